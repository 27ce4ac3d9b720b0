/* See stream_internal.h: sockets, non-blocking, with poll; bytes in and out. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "mailflow/text.h"
#include "transport/link_internal.h"
#include "transport/stream_state_internal.h"

/* ---- connecting ---- */

static bool make_address(const char *text, int port, struct sockaddr_storage *to, socklen_t *size)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)to;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)to;
    memset(to, 0, sizeof *to);
    if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons((uint16_t)port);
        *size = sizeof *v4;
        return true;
    }
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons((uint16_t)port);
    *size = sizeof *v6;
    return inet_pton(AF_INET6, text, &v6->sin6_addr) == 1;
}

static bool bind_source(int fd, const char *source, struct mf_failure *failure)
{
    struct sockaddr_storage from;
    socklen_t size;
    if (!source)
        return true;
    if (make_address(source, 0, &from, &size) && bind(fd, (struct sockaddr *)&from, size) == 0)
        return true;
    mf_fail(failure, MF_STAGE_CONNECT, false, "can't connect from %s: it is not an address of this host", source);
    return false;
}

enum mf_io mf_stream_wait(struct mf_stream *stream, short events, int other_fd, mf_usec until, bool *other)
{
    struct pollfd fds[3] = {{.fd = stream->fd, .events = events}, {.fd = stream->wake_fd, .events = POLLIN},
                            {.fd = other_fd, .events = POLLIN}};
    for (;;) {
        int ready = poll(fds, 3, mf_ms_until(until));
        if (ready < 0 && errno != EINTR) {
            stream->error = errno;
            return MF_IO_BROKEN;
        }
        if (ready > 0 && fds[1].revents)
            return MF_IO_INTERRUPTED;
        if (ready > 0) {
            if (other)
                *other = fds[2].revents != 0;
            return MF_IO_OK;
        }
        if (mf_now() >= until)
            return MF_IO_TIMED_OUT;
    }
}

static enum mf_io finish_connect(struct mf_stream *stream, mf_usec until)
{
    socklen_t size = sizeof stream->error;
    enum mf_io io = mf_stream_wait(stream, POLLOUT, -1, until, NULL);
    if (io == MF_IO_OK && getsockopt(stream->fd, SOL_SOCKET, SO_ERROR, &stream->error, &size) < 0)
        stream->error = errno;
    /* Reset: it stood for an instant (else it would be refused), and the next read tells more. */
    if (io == MF_IO_OK && stream->error && stream->error != ECONNRESET)
        return MF_IO_BROKEN;
    return io;
}

static bool connect_to(struct mf_stream *stream, const struct mf_endpoint *endpoint, mf_usec until, struct mf_failure *failure)
{
    struct sockaddr_storage to;
    socklen_t size;
    int on = 1;
    mf_usec started = mf_now();
    if (!make_address(endpoint->address, endpoint->port, &to, &size)) {
        mf_fail(failure, MF_STAGE_CONNECT, false, "\"%.80s\" is no address", endpoint->address);
        return false;
    }
    stream->fd = socket(to.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (stream->fd >= 0 && !bind_source(stream->fd, endpoint->source, failure))
        return false;
    enum mf_io io = MF_IO_OK;
    if (stream->fd < 0 || (connect(stream->fd, (struct sockaddr *)&to, size) < 0 && errno != EINPROGRESS)) {
        stream->error = errno;
        io = MF_IO_BROKEN;
    } else {
        io = finish_connect(stream, until);
    }
    if (io == MF_IO_OK) {
        setsockopt(stream->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        return true;
    }
    if (io == MF_IO_BROKEN)
        mf_fail(failure, MF_STAGE_CONNECT, true, "%s", mf_errno_words(stream->error));
    else
        mf_fail_io(failure, MF_STAGE_CONNECT, io, 0, mf_now() - started, "the connection");
    return false;
}

struct mf_stream *mf_stream_connect(const struct mf_endpoint *endpoint, int wake_fd, mf_usec until, struct mf_failure *failure)
{
    struct mf_stream *stream = mf_xmalloc(sizeof *stream);
    *stream = (struct mf_stream){.fd = -1, .wake_fd = wake_fd};
    if (!connect_to(stream, endpoint, until, failure))
        mf_stream_close(&stream);
    return stream;
}

struct mf_stream *mf_stream_over_link(struct mf_link *link, int wake_fd)
{
    struct mf_stream *stream = mf_xmalloc(sizeof *stream);
    *stream = (struct mf_stream){.fd = -1, .wake_fd = wake_fd, .link = link};
    return stream;
}

void mf_stream_close(struct mf_stream **stream)
{
    if (!stream || !*stream)
        return;
    mf_link_close(&(*stream)->link);
    if ((*stream)->ssl && SSL_is_init_finished((*stream)->ssl))
        SSL_shutdown((*stream)->ssl); /* close_notify, without waiting for theirs */
    SSL_free((*stream)->ssl);
    SSL_CTX_free((*stream)->context);
    ERR_clear_error();
    if ((*stream)->fd >= 0)
        close((*stream)->fd);
    free(*stream);
    *stream = NULL;
}

int mf_stream_error(const struct mf_stream *stream)
{
    return stream->link ? mf_link_error(stream->link) : stream->error;
}

/* ---- bytes ---- */

static enum mf_io read_plain(struct mf_stream *stream, char *buffer, size_t size, mf_usec until, size_t *got)
{
    for (;;) {
        ssize_t n = recv(stream->fd, buffer, size, 0);
        if (n > 0) {
            *got = (size_t)n;
            return MF_IO_OK;
        }
        if (n == 0)
            return MF_IO_CLOSED;
        if (errno != EAGAIN && errno != EINTR) {
            stream->error = errno;
            return MF_IO_BROKEN;
        }
        enum mf_io io = mf_stream_wait(stream, POLLIN, -1, until, NULL);
        if (io != MF_IO_OK)
            return io;
    }
}

enum mf_io mf_stream_read(struct mf_stream *stream, char *buffer, size_t size, mf_usec until, size_t *got)
{
    int result;
    if (stream->link)
        return mf_link_receive(stream->link, buffer, size, until, got);
    if (!stream->ssl)
        return read_plain(stream, buffer, size, until, got);
    ERR_clear_error();
    while (errno = 0, (result = SSL_read_ex(stream->ssl, buffer, size, got)) != 1) {
        enum mf_io io = mf_stream_after_ssl(stream, result, until);
        if (io != MF_IO_OK)
            return io;
    }
    return MF_IO_OK;
}

static enum mf_io write_some(struct mf_stream *stream, const char *data, size_t len, mf_usec until, size_t *taken)
{
    *taken = 0;
    if (stream->ssl) {
        ERR_clear_error();
        errno = 0;
        int result = SSL_write_ex(stream->ssl, data, len, taken);
        return result == 1 ? MF_IO_OK : mf_stream_after_ssl(stream, result, until);
    }
    ssize_t n = send(stream->fd, data, len, MSG_NOSIGNAL);
    if (n >= 0) {
        *taken = (size_t)n;
        return MF_IO_OK;
    }
    if (errno == EAGAIN || errno == EINTR)
        return mf_stream_wait(stream, POLLOUT, -1, until, NULL);
    stream->error = errno;
    return MF_IO_BROKEN;
}

enum mf_io mf_stream_write(struct mf_stream *stream, const char *data, size_t len, mf_usec until)
{
    size_t sent;
    if (stream->link)
        return mf_link_send(stream->link, data, len, false, until, &sent);
    while (len) {
        size_t taken;
        enum mf_io io = write_some(stream, data, len, until, &taken);
        if (io != MF_IO_OK)
            return io;
        data += taken;
        len -= taken;
    }
    return MF_IO_OK;
}

enum mf_io mf_stream_await(struct mf_stream *stream, int other_fd, mf_usec until, bool *other)
{
    *other = false;
    if (stream->ssl && SSL_has_pending(stream->ssl))
        return MF_IO_OK;
    return mf_stream_wait(stream, POLLIN, other_fd, until, other);
}
