/* Room transport: what a connection needs to know, as plain values. `run` has resolved every name
 * and read every secret; transport never asks DNS and never reads a site.
 */
#ifndef MAILFLOW_ENDPOINT_H
#define MAILFLOW_ENDPOINT_H

#include "mailflow/site.h"

struct mf_endpoint {
    const char *address;  /* numeric IPv4 or IPv6, without brackets */
    int port;
    const char *tls_name; /* for SNI and the certificate's name */
    enum mf_tls_mode tls_mode;
    const struct mf_tls *tls;
    const char *source;   /* numeric local address to bind, or NULL */
    const char *label;    /* "imaps://mail.net-it.com" for messages */
};

/* Credentials as used on the wire. Whoever owns them wipes them (mf_credentials_wipe). */
struct mf_credentials {
    char *user, *password; /* heap */
    char *bearer;          /* OAuth2 access token: XOAUTH2 (or OAUTHBEARER where only that is offered) */
    const char *mechanism; /* forced SASL mechanism, or NULL */
};
void mf_credentials_wipe(struct mf_credentials *credentials);

/* What was seen of TLS and the certificate. Plain value; strings are cut to fit. */
struct mf_tls_seen {
    bool used, verified;
    char version[16], cipher[64];
    char subject[256], issuer[256], names[512]; /* names: SAN DNS entries, space-separated */
    long long not_after;                         /* seconds since 1970, 0 unknown */
    int days_left;
    char problem[256];                           /* why it was not verified, "" if it was */
};

/* A certificate that was shown, as a TLSA record can name it (RFC 6698): digests in hex. */
struct mf_certificate_seen {
    char subject[256];
    char whole_256[65], whole_512[129]; /* of the certificate */
    char key_256[65], key_512[129];     /* of its public key (SubjectPublicKeyInfo) */
    bool signs_below;                   /* its key made the signature of the one before it */
    int days_left;                      /* until it expires; below 0: since it did */
};
#define MF_CHAIN_MAX 8
struct mf_chain_seen { struct mf_certificate_seen items[MF_CHAIN_MAX]; size_t count; }; /* the server's own first */

/* In which phase a connection failed, for messages and facts. */
enum mf_stage { MF_STAGE_NONE, MF_STAGE_CONNECT, MF_STAGE_TLS, MF_STAGE_GREETING, MF_STAGE_LOGIN, MF_STAGE_COMMAND };
const char *mf_stage_name(enum mf_stage stage);

/* Trouble with a server. The title says host, port, phase and reason. */
struct mf_net_trouble {
    enum mf_stage stage;
    bool timed_out;
    bool temporary;       /* worth trying again: refused connection, timeout, [UNAVAILABLE], 421 … */
    char server_said[512]; /* the server's own words, "" if none */
    struct mf_tls_seen tls; /* as far as it got */
};

#endif
