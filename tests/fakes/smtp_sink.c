/* See smtp_sink.h. The delay is the same for all replies, so they fall due in the order in which they were made. */
#include "fakes/smtp_sink.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define CONNECTIONS_MAX 256
#define LINE_MAX_LEN 4096
#define MESSAGE_MAX ((size_t)4 << 20)
#define EVENTS 64

enum { LISTENER = CONNECTIONS_MAX, TIMER, STOP }; /* what an epoll event is about, beside connections */

struct connection {
    int fd; /* -1: free */
    unsigned serial;
    bool in_data;
    char line[LINE_MAX_LEN];
    size_t line_len;
    long long bytes; /* of the present message */
    char *message;   /* only where somebody takes them */
    size_t message_len, message_capacity;
};

struct reply {
    long long due;
    int connection;
    unsigned serial; /* the slot may have been given to another meanwhile */
    const char *text;
    long long taken; /* bytes of the message that this reply takes, or -1 */
    bool last;       /* hang up behind it */
};

struct smtp_sink {
    struct smtp_sink_options options;
    pthread_t thread;
    int listener, epoll, timer, stop, port;
    struct connection connections[CONNECTIONS_MAX];
    struct reply *replies; /* a ring: every connection waits for one at most, or two at its end */
    size_t first, count;
    unsigned serial;
    pthread_mutex_t lock;
    pthread_cond_t progressed;
    struct smtp_sink_round round;
    long long began, ended;
};

static long long now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (long long)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* ---- connections ---- */

static void watch(struct smtp_sink *sink, int fd, unsigned what)
{
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = what};
    epoll_ctl(sink->epoll, EPOLL_CTL_ADD, fd, &event);
}

static void hang_up(struct connection *connection)
{
    if (connection->fd < 0)
        return;
    close(connection->fd);
    free(connection->message);
    connection->fd = -1;
    connection->message = NULL;
}

/* ---- replies ---- */

static void note_taken(struct smtp_sink *sink, long long bytes)
{
    pthread_mutex_lock(&sink->lock);
    sink->round.messages++;
    sink->round.bytes += bytes;
    sink->ended = now_ns();
    pthread_cond_signal(&sink->progressed);
    pthread_mutex_unlock(&sink->lock);
}

static void give(struct smtp_sink *sink, const struct reply *reply)
{
    struct connection *connection = &sink->connections[reply->connection];
    if (connection->fd < 0 || connection->serial != reply->serial)
        return;
    if (reply->taken >= 0)
        note_taken(sink, reply->taken);
    if (send(connection->fd, reply->text, strlen(reply->text), MSG_NOSIGNAL) < 0 || reply->last)
        hang_up(connection);
}

static void set_timer(struct smtp_sink *sink)
{
    long long due = sink->count ? sink->replies[sink->first].due : 0;
    struct itimerspec at = {.it_value = {due / 1000000000, due % 1000000000}};
    timerfd_settime(sink->timer, TFD_TIMER_ABSTIME, &at, NULL);
}

static void give_due(struct smtp_sink *sink)
{
    while (sink->count && sink->replies[sink->first].due <= now_ns()) {
        give(sink, &sink->replies[sink->first]);
        sink->first = (sink->first + 1) % (2 * CONNECTIONS_MAX);
        sink->count--;
    }
    set_timer(sink);
}

static void answer(struct smtp_sink *sink, int index, const char *text, long long taken, bool last)
{
    struct reply reply = {now_ns() + sink->options.delay_us * 1000LL, index, sink->connections[index].serial, text, taken, last};
    if (sink->options.delay_us == 0 || sink->count == 2 * CONNECTIONS_MAX) {
        give(sink, &reply);
        return;
    }
    sink->replies[(sink->first + sink->count++) % (2 * CONNECTIONS_MAX)] = reply;
    if (sink->count == 1)
        set_timer(sink);
}

/* ---- what is said ---- */

static void keep(struct connection *connection, const char *data, size_t len)
{
    if (connection->message_len + len > MESSAGE_MAX)
        return;
    if (connection->message_len + len > connection->message_capacity) {
        connection->message_capacity = 2 * (connection->message_len + len);
        connection->message = realloc(connection->message, connection->message_capacity);
        if (!connection->message)
            abort();
    }
    memcpy(connection->message + connection->message_len, data, len);
    connection->message_len += len;
}

static void end_of_data(struct smtp_sink *sink, int index)
{
    struct connection *connection = &sink->connections[index];
    connection->in_data = false;
    if (sink->options.take)
        sink->options.take(sink->options.context, connection->message, connection->message_len);
    connection->message_len = 0;
    answer(sink, index, "250 2.0.0 Ok: queued as SINK\r\n", connection->bytes, false);
}

static void command(struct smtp_sink *sink, int index, const char *line)
{
    if (strncasecmp(line, "EHLO", 4) == 0)
        answer(sink, index, "250-sink.example\r\n250-SIZE 10485760\r\n250 8BITMIME\r\n", -1, false);
    else if (strncasecmp(line, "DATA", 4) == 0) {
        sink->connections[index].in_data = true;
        sink->connections[index].bytes = 0;
        answer(sink, index, "354 End data with <CR><LF>.<CR><LF>\r\n", -1, false);
    } else if (strncasecmp(line, "QUIT", 4) == 0)
        answer(sink, index, "221 2.0.0 Bye\r\n", -1, true);
    else
        answer(sink, index, "250 2.0.0 Ok\r\n", -1, false);
}

/* One line, its line break included. */
static void hear(struct smtp_sink *sink, int index, const char *line, size_t len)
{
    struct connection *connection = &sink->connections[index];
    if (!connection->in_data) {
        command(sink, index, line);
        return;
    }
    if (len == 3 && memcmp(line, ".\r\n", 3) == 0) {
        end_of_data(sink, index);
        return;
    }
    connection->bytes += (long long)len;
    if (sink->options.take)
        keep(connection, line + (line[0] == '.'), len - (line[0] == '.'));
}

static void split(struct smtp_sink *sink, int index, const char *data, size_t len)
{
    struct connection *connection = &sink->connections[index];
    unsigned serial = connection->serial;
    while (len && connection->fd >= 0 && connection->serial == serial) {
        const char *end = memchr(data, '\n', len);
        size_t here = end ? (size_t)(end - data) + 1 : len;
        if (end && connection->line_len == 0) {
            hear(sink, index, data, here);
        } else if (connection->line_len + here < sizeof connection->line) {
            memcpy(connection->line + connection->line_len, data, here);
            connection->line_len += here;
            if (end) {
                size_t whole = connection->line_len;
                connection->line_len = 0;
                hear(sink, index, connection->line, whole);
            }
        } else {
            hang_up(connection);
        }
        data += here;
        len -= here;
    }
}

static void take_input(struct smtp_sink *sink, int index)
{
    char buffer[16384];
    struct connection *connection = &sink->connections[index];
    ssize_t got = connection->fd >= 0 ? recv(connection->fd, buffer, sizeof buffer, MSG_DONTWAIT) : -1;
    if (got > 0)
        split(sink, index, buffer, (size_t)got);
    else if (got == 0 || (connection->fd >= 0 && errno != EAGAIN && errno != EINTR))
        hang_up(connection);
}

static void take_connection(struct smtp_sink *sink)
{
    int on = 1, index = 0, fd = accept4(sink->listener, NULL, NULL, SOCK_CLOEXEC);
    while (index < CONNECTIONS_MAX && sink->connections[index].fd >= 0)
        index++;
    if (fd < 0 || index == CONNECTIONS_MAX) {
        if (fd >= 0)
            close(fd);
        return;
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    sink->connections[index] = (struct connection){.fd = fd, .serial = ++sink->serial};
    pthread_mutex_lock(&sink->lock);
    if (sink->round.connections++ == 0)
        sink->began = now_ns();
    pthread_mutex_unlock(&sink->lock);
    watch(sink, fd, (unsigned)index);
    answer(sink, index, "220 sink.example ESMTP\r\n", -1, false);
}

/* ---- life ---- */

static void *serve(void *argument)
{
    struct smtp_sink *sink = argument;
    struct epoll_event events[EVENTS];
    for (;;) {
        int ready = epoll_wait(sink->epoll, events, EVENTS, -1);
        for (int i = 0; i < ready; i++) {
            if (events[i].data.u32 == STOP)
                return NULL;
            if (events[i].data.u32 == LISTENER)
                take_connection(sink);
            else if (events[i].data.u32 == TIMER)
                give_due(sink);
            else
                take_input(sink, (int)events[i].data.u32);
        }
    }
}

static bool listen_anywhere(struct smtp_sink *sink)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    sink->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(sink->listener, (struct sockaddr *)&at, len) < 0 || listen(sink->listener, 128) < 0 ||
        getsockname(sink->listener, (struct sockaddr *)&at, &len) < 0)
        return false;
    sink->port = ntohs(at.sin_port);
    return true;
}

static void release(struct smtp_sink *sink)
{
    for (int i = 0; i < CONNECTIONS_MAX; i++)
        hang_up(&sink->connections[i]);
    close(sink->listener);
    close(sink->epoll);
    close(sink->timer);
    close(sink->stop);
    pthread_mutex_destroy(&sink->lock);
    pthread_cond_destroy(&sink->progressed);
    free(sink->replies);
    free(sink);
}

struct smtp_sink *smtp_sink_start(const struct smtp_sink_options *options)
{
    struct smtp_sink *sink = calloc(1, sizeof *sink);
    if (!sink)
        return NULL;
    sink->options = *options;
    sink->replies = calloc(2 * CONNECTIONS_MAX, sizeof *sink->replies);
    for (int i = 0; i < CONNECTIONS_MAX; i++)
        sink->connections[i].fd = -1;
    sink->epoll = epoll_create1(EPOLL_CLOEXEC);
    sink->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    sink->stop = eventfd(0, EFD_CLOEXEC);
    pthread_mutex_init(&sink->lock, NULL);
    pthread_cond_init(&sink->progressed, NULL);
    bool listening = sink->replies && listen_anywhere(sink);
    watch(sink, sink->listener, LISTENER);
    watch(sink, sink->timer, TIMER);
    watch(sink, sink->stop, STOP);
    if (listening && pthread_create(&sink->thread, NULL, serve, sink) == 0)
        return sink;
    release(sink);
    return NULL;
}

void smtp_sink_stop(struct smtp_sink **sink)
{
    if (!*sink)
        return;
    if (eventfd_write((*sink)->stop, 1) == 0)
        pthread_join((*sink)->thread, NULL);
    release(*sink);
    *sink = NULL;
}

int smtp_sink_port(const struct smtp_sink *sink)
{
    return sink->port;
}

bool smtp_sink_await(struct smtp_sink *sink, long messages, int deadline_ms, struct smtp_sink_round *round)
{
    struct timespec until;
    int waited = 0;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += deadline_ms / 1000;
    pthread_mutex_lock(&sink->lock);
    while (sink->round.messages < messages && waited == 0)
        waited = pthread_cond_timedwait(&sink->progressed, &sink->lock, &until);
    bool all = sink->round.messages >= messages;
    *round = sink->round;
    round->seconds = (double)(sink->ended - sink->began) / 1e9;
    if (all)
        sink->round = (struct smtp_sink_round){0};
    pthread_mutex_unlock(&sink->lock);
    return all;
}
