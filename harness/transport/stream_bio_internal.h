/* OpenSSL's own socket BIO calls write(), which raises SIGPIPE; this one sends with MSG_NOSIGNAL. */
#ifndef TRANSPORT_STREAM_BIO_INTERNAL_H
#define TRANSPORT_STREAM_BIO_INTERNAL_H

struct ssl_st;
void mf_stream_attach_bio(struct ssl_st *ssl, int fd);

#endif
