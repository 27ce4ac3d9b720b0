/* A byte stream over TCP, with TLS by OpenSSL on top when wanted. Nothing here ever waits without a
 * deadline, uses select(), or raises SIGPIPE.
 */
#ifndef TRANSPORT_STREAM_INTERNAL_H
#define TRANSPORT_STREAM_INTERNAL_H

#include "transport/endpoint_internal.h"

struct mf_stream;

/* Connects. NULL with *failure filled. wake_fd: readable = give up (belongs to the caller). */
struct mf_stream *mf_stream_connect(const struct mf_endpoint *endpoint, int wake_fd, mf_usec until, struct mf_failure *failure);
/* A connection that libcurl made, as a stream; the link belongs to it from now on. */
struct mf_link;
struct mf_stream *mf_stream_over_link(struct mf_link *link, int wake_fd);
void mf_stream_close(struct mf_stream **stream);
/* TLS handshake; the certificate is judged as the end point says. *seen is filled also on failure. */
int mf_stream_start_tls(struct mf_stream *stream, const struct mf_endpoint *endpoint, mf_usec until,
                        struct mf_tls_seen *seen, struct mf_failure *failure);

/* At least one byte, or why not. */
enum mf_io mf_stream_read(struct mf_stream *stream, char *buffer, size_t size, mf_usec until, size_t *got);
enum mf_io mf_stream_write(struct mf_stream *stream, const char *data, size_t len, mf_usec until);
/* Until there may be something to read, or other_fd (-1: none) is readable (*other), or the
 * instant (MF_IO_TIMED_OUT). Bytes that TLS holds already count. Not for a stream over a link. */
enum mf_io mf_stream_await(struct mf_stream *stream, int other_fd, mf_usec until, bool *other);
int mf_stream_error(const struct mf_stream *stream); /* errno of the last MF_IO_BROKEN */

#endif
