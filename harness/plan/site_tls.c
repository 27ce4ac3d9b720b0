/* TLS of a server's doors. */
#include "plan/site_internal.h"

static bool tls_ca(struct mf_binder *b, const struct mf_node *node, void *target)
{
    struct mf_bytes bytes;
    return mf_bind_file(b, node, &((struct mf_tls *)target)->ca_file, &bytes);
}
static bool tls_certificate(struct mf_binder *b, const struct mf_node *node, void *target)
{
    struct mf_bytes bytes;
    return mf_bind_file(b, node, &((struct mf_tls *)target)->certificate, &bytes);
}
static bool tls_key(struct mf_binder *b, const struct mf_node *node, void *target)
{
    return mf_bind_readable(b, node, &((struct mf_tls *)target)->key);
}
static bool tls_minimum(struct mf_binder *b, const struct mf_node *node, void *target)
{
    static const char *const versions[] = {"1.2", "1.3"};
    int number;
    if (!mf_bind_word(b, node, &number))
        return false;
    ((struct mf_tls *)target)->minimum = versions[number];
    return true;
}
static bool tls_accept_invalid(struct mf_binder *b, const struct mf_node *node, void *target)
{
    return mf_bind_text(b, node, &((struct mf_tls *)target)->accept_invalid);
}

static const struct mf_key tls_keys[] = {
    {"ca", "file", "the system's", "certificates to trust, PEM", tls_ca, 0, "cafile ca-file"},
    {"minimum", "word:1.2 | 1.3", "1.2", "lowest TLS version", tls_minimum, 0, "min version"},
    {"certificate", "file", "", "client certificate, PEM", tls_certificate, 0, "cert"},
    {"key", "file", "", "its key, PEM", tls_key, 0, "private-key"},
    {"accept-invalid", "text", "", "go on although the certificate is wrong; the value is the reason",
     tls_accept_invalid, 0, "insecure verify"},
};
static const struct mf_table tls_table = {"TLS", tls_keys, sizeof tls_keys / sizeof *tls_keys};
const struct mf_form mf_form_tls = {"tls", "\"tls\" of a server of the site", MF_IN_SITE, {&tls_table}};

bool mf_server_tls(struct mf_binder *b, const struct mf_node *node, void *target)
{
    struct mf_tls *tls = ((struct mf_server_draft *)target)->tls;
    tls->place = node->place;
    return mf_keys_bind(b, &mf_form_tls, node, tls) &&
           (!tls->key == !tls->certificate ||
            mf_tell(b, node->place, "both or none", "a client certificate needs its key, and the other way round"));
}
