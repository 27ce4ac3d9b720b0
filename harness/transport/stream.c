/* See stream_internal.h: sockets and OpenSSL, non-blocking, with poll. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "mailflow/text.h"
#include "transport/certificate_internal.h"
#include "transport/link_internal.h"
#include "transport/stream_bio_internal.h"
#include "transport/stream_internal.h"

struct mf_stream {
    int fd, wake_fd;
    SSL_CTX *context;
    SSL *ssl;
    struct mf_link *link; /* instead of all that */
    int error; /* errno of the last failure */
};

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

static enum mf_io wait_for(struct mf_stream *stream, short events, int other_fd, mf_usec until, bool *other)
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
    enum mf_io io = wait_for(stream, POLLOUT, -1, until, NULL);
    if (io == MF_IO_OK && (getsockopt(stream->fd, SOL_SOCKET, SO_ERROR, &stream->error, &size) < 0 || stream->error))
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

/* ---- TLS ---- */

static const char *openssl_words(void)
{
    unsigned long code = ERR_peek_last_error();
    const char *words = code ? ERR_reason_error_string(code) : NULL;
    return words ? words : "no reason given";
}

static bool load_certificates(SSL_CTX *context, const struct mf_tls *tls, struct mf_failure *failure)
{
    X509_STORE *cas = mf_ca_store(tls->ca_file);
    if (!cas) {
        mf_fail(failure, MF_STAGE_TLS, false, "the CA file %.200s can't be read: %.80s", tls->ca_file ? tls->ca_file : "of the system", openssl_words());
        return false;
    }
    SSL_CTX_set_cert_store(context, cas); /* given to it */
    const char *key = tls->key ? tls->key : tls->certificate;
    if (tls->certificate && (SSL_CTX_use_certificate_chain_file(context, tls->certificate) != 1 ||
                             SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) != 1)) {
        mf_fail(failure, MF_STAGE_TLS, false, "the client certificate %.150s or its key can't be used: %.80s", tls->certificate, openssl_words());
        return false;
    }
    return true;
}

static bool make_tls(struct mf_stream *stream, const struct mf_endpoint *endpoint, struct mf_failure *failure)
{
    struct in6_addr any;
    bool newest = mf_same(endpoint->tls->minimum, "1.3");
    stream->context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_min_proto_version(stream->context, newest ? TLS1_3_VERSION : TLS1_2_VERSION);
    if (!load_certificates(stream->context, endpoint->tls, failure))
        return false;
    stream->ssl = SSL_new(stream->context);
    mf_certificate_expect(SSL_get0_param(stream->ssl), endpoint->tls_name);
    /* SNI is for names only (RFC 6066 3). The verdict is read after the handshake, so that the
     * certificate can be told in any case; nothing is sent before it. */
    if (inet_pton(AF_INET, endpoint->tls_name, &any) != 1 && inet_pton(AF_INET6, endpoint->tls_name, &any) != 1)
        SSL_set_tlsext_host_name(stream->ssl, endpoint->tls_name);
    SSL_set_verify(stream->ssl, SSL_VERIFY_NONE, NULL);
    SSL_set_mode(stream->ssl, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
    mf_stream_attach_bio(stream->ssl, stream->fd);
    return true;
}

/* What an SSL_… call that did not succeed wants: to wait (MF_IO_OK), or why it is over. */
static enum mf_io after_ssl(struct mf_stream *stream, int result, mf_usec until)
{
    int saved = errno, what = SSL_get_error(stream->ssl, result);
    if (what == SSL_ERROR_WANT_READ)
        return wait_for(stream, POLLIN, -1, until, NULL);
    if (what == SSL_ERROR_WANT_WRITE)
        return wait_for(stream, POLLOUT, -1, until, NULL);
    unsigned long code = ERR_peek_last_error();
    if (what == SSL_ERROR_ZERO_RETURN || ERR_GET_REASON(code) == SSL_R_UNEXPECTED_EOF_WHILE_READING)
        return MF_IO_CLOSED;
    stream->error = what == SSL_ERROR_SYSCALL ? saved : EPROTO;
    return what == SSL_ERROR_SYSCALL && saved == 0 ? MF_IO_CLOSED : MF_IO_BROKEN;
}

static void describe(struct mf_stream *stream, const struct mf_endpoint *endpoint, struct mf_tls_seen *seen)
{
    X509 *certificate = SSL_get1_peer_certificate(stream->ssl);
    seen->used = true;
    snprintf(seen->version, sizeof seen->version, "%s", SSL_get_version(stream->ssl));
    snprintf(seen->cipher, sizeof seen->cipher, "%s", SSL_get_cipher_name(stream->ssl));
    if (certificate)
        mf_certificate_describe(certificate, seen);
    mf_certificate_problem(SSL_get_verify_result(stream->ssl), endpoint->tls_name, endpoint->tls->ca_file, seen);
    if (!certificate)
        snprintf(seen->problem, sizeof seen->problem, "the server showed no certificate");
    seen->verified = !seen->problem[0];
    X509_free(certificate);
}

static int handshake_failed(struct mf_stream *stream, enum mf_io io, mf_usec waited, struct mf_failure *failure)
{
    unsigned long code = ERR_peek_last_error();
    if (io == MF_IO_BROKEN && code)
        mf_fail(failure, MF_STAGE_TLS, false, "the TLS handshake failed: %.200s%s", openssl_words(),
                ERR_GET_REASON(code) == SSL_R_WRONG_VERSION_NUMBER ? " (that is no TLS: does this port want clear text first?)" : "");
    else
        mf_fail_io(failure, MF_STAGE_TLS, io, stream->error, waited, "the TLS handshake");
    return -1;
}

int mf_stream_start_tls(struct mf_stream *stream, const struct mf_endpoint *endpoint, mf_usec until,
                        struct mf_tls_seen *seen, struct mf_failure *failure)
{
    mf_usec started = mf_now();
    int result;
    ERR_clear_error();
    if (!make_tls(stream, endpoint, failure))
        return -1;
    while (errno = 0, (result = SSL_connect(stream->ssl)) != 1) {
        enum mf_io io = after_ssl(stream, result, until);
        if (io != MF_IO_OK)
            return handshake_failed(stream, io, mf_now() - started, failure);
    }
    describe(stream, endpoint, seen);
    bool judged = endpoint->tls_mode != MF_TLS_OFFERED && !endpoint->tls->accept_invalid;
    if (judged && !seen->verified) {
        mf_fail(failure, MF_STAGE_TLS, false, "%s", seen->problem);
        snprintf(failure->hint, sizeof failure->hint, "%s", mf_certificate_hint(endpoint->tls, seen));
        return -1;
    }
    return 0;
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
        enum mf_io io = wait_for(stream, POLLIN, -1, until, NULL);
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
        enum mf_io io = after_ssl(stream, result, until);
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
        return result == 1 ? MF_IO_OK : after_ssl(stream, result, until);
    }
    ssize_t n = send(stream->fd, data, len, MSG_NOSIGNAL);
    if (n >= 0) {
        *taken = (size_t)n;
        return MF_IO_OK;
    }
    if (errno == EAGAIN || errno == EINTR)
        return wait_for(stream, POLLOUT, -1, until, NULL);
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
    return wait_for(stream, POLLIN, other_fd, until, other);
}
