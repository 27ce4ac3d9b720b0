/* The state of a SASL exchange; shared by sasl.c and sasl_crypto.c only. */
#ifndef TRANSPORT_SASL_STATE_INTERNAL_H
#define TRANSPORT_SASL_STATE_INTERNAL_H

#include "mailflow/endpoint.h"
#include "mailflow/text.h"

enum mf_sasl_kind { MF_SASL_PLAIN, MF_SASL_LOGIN, MF_SASL_CRAM_MD5, MF_SASL_SCRAM_SHA_1, MF_SASL_SCRAM_SHA_256, MF_SASL_XOAUTH2, MF_SASL_OAUTHBEARER };

struct mf_sasl_mechanism {
    const char *name;
    enum mf_sasl_kind kind;
    bool bearer;       /* proves with a token, else with a password */
    bool speaks_first;
};

struct mf_scram {
    int step;
    char nonce[40];
    struct mf_text first_bare, server_first; /* parts of the AuthMessage */
    unsigned char server_signature[32];
    bool proved;
};

struct mf_sasl {
    const struct mf_sasl_mechanism *mechanism;
    const struct mf_credentials *credentials;
    const char *host;
    int port;
    int steps;
    char refusal[400];
    struct mf_scram scram;
};

void mf_cram_md5(const struct mf_credentials *credentials, struct mf_bytes challenge, struct mf_text *raw);
int mf_scram_step(struct mf_scram *scram, bool sha256, const struct mf_credentials *credentials, const char *challenge,
                  struct mf_text *raw, char *why, size_t why_size);
void mf_scram_release(struct mf_scram *scram);

#endif
