/* A stream from the inside; shared by stream.c and stream_tls.c only. */
#ifndef TRANSPORT_STREAM_STATE_INTERNAL_H
#define TRANSPORT_STREAM_STATE_INTERNAL_H

#include <openssl/ssl.h>

#include "transport/stream_internal.h"

struct mf_stream {
    int fd, wake_fd;
    SSL_CTX *context;
    SSL *ssl;
    struct mf_link *link; /* instead of all that */
    int error; /* errno of the last failure */
};

/* Until the socket is ready for `events`, or other_fd (-1: none) is readable (*other), or woken. */
enum mf_io mf_stream_wait(struct mf_stream *stream, short events, int other_fd, mf_usec until, bool *other);
/* What an SSL_… call that did not succeed wants: to wait (MF_IO_OK: call it again), or why it is over. */
enum mf_io mf_stream_after_ssl(struct mf_stream *stream, int result, mf_usec until);

#endif
