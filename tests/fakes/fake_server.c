/* See fake_server.h. */
#include "fakes/fake_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <netinet/tcp.h>
#include <unistd.h>

#define LINE_MAX_LEN ((size_t)1 << 20)

struct fake_talk {
    struct fake_server *server;
    struct fake_talk *next;
    pthread_t thread;
    int fd, number;
    SSL *ssl;
    char *buffer; /* LINE_MAX_LEN + 1 */
    size_t start, end;
    bool reset;
};

struct fake_server {
    struct fake_server_options options;
    int listener, stop_fd, port;
    pthread_t thread;
    pthread_mutex_t lock;
    struct fake_talk *talks;
    int count;
};

static int listen_anywhere(int family, int backlog, int *port)
{
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr *address = family == AF_INET6 ? (struct sockaddr *)&v6 : (struct sockaddr *)&v4;
    socklen_t size = family == AF_INET6 ? sizeof v6 : sizeof v4;
    int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, address, size) < 0 || listen(fd, backlog) < 0 || getsockname(fd, address, &size) < 0)
        abort();
    *port = ntohs(family == AF_INET6 ? v6.sin6_port : v4.sin_port);
    return fd;
}

int fake_free_port(void)
{
    int port;
    close(listen_anywhere(AF_INET, 1, &port));
    return port;
}

bool fake_has_ipv6(void)
{
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool has = fd >= 0 && bind(fd, (struct sockaddr *)&v6, sizeof v6) == 0;
    if (fd >= 0)
        close(fd);
    return has;
}

/* ---- a wall: Linux drops a request for a connection while the queue of those not yet taken is full ---- */

#define BRICKS 8

struct fake_wall {
    int listener, port, bricks[BRICKS];
};

struct fake_wall *fake_wall_build(void)
{
    struct fake_wall *wall = calloc(1, sizeof *wall);
    wall->listener = listen_anywhere(AF_INET, 0, &wall->port);
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)wall->port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    for (int i = 0; i < BRICKS; i++) {
        wall->bricks[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (connect(wall->bricks[i], (struct sockaddr *)&to, sizeof to) < 0 && errno != EINPROGRESS)
            abort();
    }
    return wall;
}

void fake_wall_tear_down(struct fake_wall **wall)
{
    for (int i = 0; i < BRICKS; i++)
        close((*wall)->bricks[i]);
    close((*wall)->listener);
    free(*wall);
    *wall = NULL;
}

int fake_wall_port(const struct fake_wall *wall)
{
    return wall->port;
}

/* ---- one connection ---- */

static void *serve(void *context)
{
    struct fake_talk *talk = context;
    const struct fake_server_options *options = &talk->server->options;
    sigset_t pipe; /* OpenSSL's write() raises it in this thread; what is tested must not, in its own */
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe, NULL);
    if (options->silent_tls)
        fake_hang(talk);
    else if (!options->implicit_tls || fake_start_tls(talk))
        options->script(talk, options->context);
    if (talk->ssl && !talk->reset)
        SSL_shutdown(talk->ssl);
    struct linger at_once = {1, 0};
    if (talk->reset)
        setsockopt(talk->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    SSL_free(talk->ssl);
    ERR_clear_error();
    pthread_mutex_lock(&talk->server->lock);
    close(talk->fd);
    talk->fd = -1;
    pthread_mutex_unlock(&talk->server->lock);
    free(talk->buffer);
    return NULL;
}

static void accept_one(struct fake_server *server)
{
    int fd = accept4(server->listener, NULL, NULL, SOCK_CLOEXEC), on = 1;
    if (fd < 0)
        return;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    struct fake_talk *talk = calloc(1, sizeof *talk);
    talk->server = server;
    talk->fd = fd;
    talk->buffer = malloc(LINE_MAX_LEN + 1);
    pthread_mutex_lock(&server->lock);
    talk->number = server->count++;
    talk->next = server->talks;
    server->talks = talk;
    pthread_mutex_unlock(&server->lock);
    if (pthread_create(&talk->thread, NULL, serve, talk))
        abort();
}

static void *accept_all(void *context)
{
    struct fake_server *server = context;
    struct pollfd fds[2] = {{.fd = server->stop_fd, .events = POLLIN}, {.fd = server->options.deaf ? -1 : server->listener, .events = POLLIN}};
    while (poll(fds, 2, -1) >= 0 || errno == EINTR) {
        if (fds[0].revents)
            break;
        if (fds[1].revents)
            accept_one(server);
    }
    return NULL;
}

struct fake_server *fake_server_start(const struct fake_server_options *options)
{
    struct fake_server *server = calloc(1, sizeof *server);
    signal(SIGPIPE, SIG_DFL); /* what is tested must not raise it */
    server->options = *options;
    server->listener = listen_anywhere(options->ipv6 ? AF_INET6 : AF_INET, 512, &server->port);
    server->stop_fd = eventfd(0, EFD_CLOEXEC);
    pthread_mutex_init(&server->lock, NULL);
    if (pthread_create(&server->thread, NULL, accept_all, server))
        abort();
    return server;
}

void fake_server_stop(struct fake_server **server)
{
    if (!*server)
        return;
    uint64_t one = 1;
    if (write((*server)->stop_fd, &one, sizeof one) < 0)
        abort();
    pthread_join((*server)->thread, NULL);
    pthread_mutex_lock(&(*server)->lock);
    for (struct fake_talk *talk = (*server)->talks; talk; talk = talk->next)
        if (talk->fd >= 0)
            shutdown(talk->fd, SHUT_RDWR); /* also out of a TLS handshake */
    pthread_mutex_unlock(&(*server)->lock);
    for (struct fake_talk *talk = (*server)->talks, *next; talk; talk = next) {
        next = talk->next;
        pthread_join(talk->thread, NULL);
        free(talk);
    }
    close((*server)->listener);
    close((*server)->stop_fd);
    pthread_mutex_destroy(&(*server)->lock);
    free(*server);
    *server = NULL;
}

int fake_server_port(const struct fake_server *server)
{
    return server->port;
}

int fake_server_connections(struct fake_server *server)
{
    pthread_mutex_lock(&server->lock);
    int count = server->count;
    pthread_mutex_unlock(&server->lock);
    return count;
}

/* ---- bytes ---- */

/* 1: the socket, 2: fd, 0: time is up, -1: the server is being stopped. */
static int wait_socket(struct fake_talk *talk, short events, int fd, int ms)
{
    struct pollfd fds[3] = {{.fd = talk->server->stop_fd, .events = POLLIN}, {.fd = talk->fd, .events = events}, {.fd = fd, .events = POLLIN}};
    int ready;
    while ((ready = poll(fds, 3, ms)) < 0 && errno == EINTR)
        continue;
    if (ready < 0 || fds[0].revents)
        return -1;
    return ready == 0 ? 0 : fds[2].revents ? 2 : 1;
}

static ssize_t read_some(struct fake_talk *talk, char *to, size_t size)
{
    for (;;) {
        if (!(talk->ssl && SSL_pending(talk->ssl)) && wait_socket(talk, POLLIN, -1, -1) < 0)
            return -1;
        if (!talk->ssl)
            return recv(talk->fd, to, size, 0);
        int n = SSL_read(talk->ssl, to, (int)size);
        if (n > 0 || SSL_get_error(talk->ssl, n) != SSL_ERROR_WANT_READ)
            return n;
    }
}

bool fake_say_bytes(struct fake_talk *talk, const void *data, size_t len)
{
    const char *at = data;
    while (len) {
        if (wait_socket(talk, POLLOUT, -1, -1) < 0)
            return false;
        ssize_t n = talk->ssl ? SSL_write(talk->ssl, at, (int)(len < 16384 ? len : 16384)) : send(talk->fd, at, len, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && !talk->ssl && errno == EAGAIN)
            continue;
        if (n <= 0)
            return false;
        at += n;
        len -= (size_t)n;
    }
    return true;
}

bool fake_say(struct fake_talk *talk, const char *format, ...)
{
    char *text = NULL;
    va_list args;
    va_start(args, format);
    int len = vasprintf(&text, format, args);
    va_end(args);
    bool fine = len >= 0 && fake_say_bytes(talk, text, (size_t)len);
    free(text);
    return fine;
}

static bool fill(struct fake_talk *talk)
{
    memmove(talk->buffer, talk->buffer + talk->start, talk->end - talk->start);
    talk->end -= talk->start;
    talk->start = 0;
    if (talk->end == LINE_MAX_LEN)
        return false;
    ssize_t n = read_some(talk, talk->buffer + talk->end, LINE_MAX_LEN - talk->end);
    talk->end += n > 0 ? (size_t)n : 0;
    return n > 0;
}

const char *fake_hear(struct fake_talk *talk)
{
    char *end;
    while (!(end = memchr(talk->buffer + talk->start, '\n', talk->end - talk->start)))
        if (!fill(talk))
            return NULL;
    char *line = talk->buffer + talk->start;
    talk->start = (size_t)(end - talk->buffer) + 1;
    *end = '\0';
    if (end > line && end[-1] == '\r')
        end[-1] = '\0';
    return line;
}

bool fake_hear_bytes(struct fake_talk *talk, char *to, size_t len)
{
    while (len) {
        if (talk->start == talk->end && !fill(talk))
            return false;
        size_t here = talk->end - talk->start < len ? talk->end - talk->start : len;
        memcpy(to, talk->buffer + talk->start, here);
        talk->start += here;
        to += here;
        len -= here;
    }
    return true;
}

bool fake_start_tls(struct fake_talk *talk)
{
    talk->ssl = SSL_new(talk->server->options.tls);
    SSL_set_fd(talk->ssl, talk->fd);
    /* A client that goes away in the middle must not leave us waiting: the socket is polled first. */
    return wait_socket(talk, POLLIN, -1, -1) == 1 && SSL_accept(talk->ssl) == 1;
}

bool fake_has_tls(const struct fake_talk *talk)
{
    return talk->ssl != NULL;
}

int fake_wait(struct fake_talk *talk, int fd, int ms)
{
    if (talk->end > talk->start || (talk->ssl && SSL_pending(talk->ssl)))
        return 1;
    return wait_socket(talk, POLLIN, fd, ms);
}

void fake_hang(struct fake_talk *talk)
{
    char nothing[512];
    while (wait_socket(talk, POLLIN, -1, -1) == 1 && recv(talk->fd, nothing, sizeof nothing, 0) > 0)
        continue;
}

void fake_pause(struct fake_talk *talk, int ms)
{
    struct pollfd stop = {.fd = talk->server->stop_fd, .events = POLLIN};
    poll(&stop, 1, ms);
}

void fake_reset(struct fake_talk *talk)
{
    talk->reset = true;
}

int fake_talk_number(const struct fake_talk *talk)
{
    return talk->number;
}
