/* How far libcurl came with a connection, and what its errors mean there. */
#include <stdio.h>
#include <string.h>

#include "transport/certificate_internal.h"
#include "transport/curl_link_internal.h"

bool mf_link_is_judged(const struct mf_endpoint *e)
{
    return e->tls_mode != MF_TLS_OFFERED && !e->tls->accept_invalid;
}

enum mf_stage mf_link_stage(const struct mf_link *link)
{
    if (!link->connected)
        return MF_STAGE_CONNECT;
    if (link->options.endpoint->tls_mode == MF_TLS_IMPLICIT && !link->tls->used && link->lines == 0)
        return MF_STAGE_TLS;
    if (link->upgrading && !link->tls->used)
        return MF_STAGE_TLS;
    return link->lines == 0 ? MF_STAGE_GREETING : MF_STAGE_COMMAND;
}

const char *mf_link_awaited(enum mf_stage stage)
{
    switch (stage) {
    case MF_STAGE_CONNECT: return "the connection";
    case MF_STAGE_TLS: return "the TLS handshake";
    case MF_STAGE_GREETING: return "the greeting";
    case MF_STAGE_NONE:
    case MF_STAGE_LOGIN:
    case MF_STAGE_COMMAND: return "a reply";
    }
    return "a reply";
}

static void fail_tls(struct mf_link *link, struct mf_failure *failure, CURLcode code)
{
    const struct mf_endpoint *e = link->options.endpoint;
    if (code == CURLE_PEER_FAILED_VERIFICATION) {
        if (!link->tls->problem[0])
            snprintf(link->tls->problem, sizeof link->tls->problem, "%.200s", link->error);
        mf_fail(failure, MF_STAGE_TLS, false, "%s", link->tls->problem);
        snprintf(failure->hint, sizeof failure->hint, "%s", mf_certificate_hint(e->tls, link->tls));
    } else if (code == CURLE_SSL_CACERT_BADFILE) {
        mf_fail(failure, MF_STAGE_TLS, false, "the CA file %s can't be read", e->tls->ca_file ? e->tls->ca_file : "of the system");
    } else if (code == CURLE_SSL_CERTPROBLEM || strstr(link->error, "X.509 key or certificate file")) {
        mf_fail(failure, MF_STAGE_TLS, false, "the client certificate %s or its key can't be used", e->tls->certificate ? e->tls->certificate : "");
    } else if (code == CURLE_USE_SSL_FAILED) {
        mf_fail(failure, MF_STAGE_TLS, false, "the server does not offer STARTTLS, and TLS is required here");
        snprintf(failure->hint, sizeof failure->hint, "Switch STARTTLS on at the server, or use the port with TLS from the "
                 "first byte (%s).", link->options.imap ? "imaps://, 993" : "smtps://, 465");
    } else {
        mf_fail(failure, MF_STAGE_TLS, false, "the TLS handshake failed: %s", link->error[0] ? link->error : curl_easy_strerror(code));
    }
}

void mf_link_explain(struct mf_link *link, CURLcode code, struct mf_failure *failure)
{
    enum mf_stage stage = mf_link_stage(link);
    long os_error = 0;
    curl_easy_getinfo(link->easy, CURLINFO_OS_ERRNO, &os_error);
    if (code == CURLE_INTERFACE_FAILED) {
        mf_fail(failure, MF_STAGE_CONNECT, false, "can't connect from %s: it is not an address of this host", link->options.endpoint->source);
        snprintf(failure->hint, sizeof failure->hint, "Run mailflow on the host that has this address, or leave out `source`.");
    } else if (code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE || code == CURLE_SSL_CERTPROBLEM ||
               code == CURLE_USE_SSL_FAILED || code == CURLE_SSL_CONNECT_ERROR || stage == MF_STAGE_TLS) {
        fail_tls(link, failure, code);
        failure->temporary = code == CURLE_RECV_ERROR || code == CURLE_SEND_ERROR;
    } else if (stage == MF_STAGE_CONNECT) {
        mf_fail(failure, stage, true, "%s", os_error ? mf_errno_words((int)os_error) : link->error[0] ? link->error : curl_easy_strerror(code));
    } else if (code == CURLE_RECV_ERROR || code == CURLE_GOT_NOTHING || code == CURLE_SEND_ERROR) {
        mf_fail_io(failure, stage, MF_IO_CLOSED, 0, 0, mf_link_awaited(stage));
    } else {
        mf_fail(failure, stage, false, "%s", link->error[0] ? link->error : curl_easy_strerror(code));
    }
}
