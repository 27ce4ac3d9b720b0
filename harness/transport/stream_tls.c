/* TLS on a stream, by OpenSSL: handshake, the certificate judged. */
#include <arpa/inet.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "mailflow/text.h"
#include "transport/certificate_internal.h"
#include "transport/stream_bio_internal.h"
#include "transport/stream_state_internal.h"

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

enum mf_io mf_stream_after_ssl(struct mf_stream *stream, int result, mf_usec until)
{
    int saved = errno, what = SSL_get_error(stream->ssl, result);
    if (what == SSL_ERROR_WANT_READ)
        return mf_stream_wait(stream, POLLIN, -1, until, NULL);
    if (what == SSL_ERROR_WANT_WRITE)
        return mf_stream_wait(stream, POLLOUT, -1, until, NULL);
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
        enum mf_io io = mf_stream_after_ssl(stream, result, until);
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
