/* For tests: key pairs made on the spot, messages signed with them (RFC 6376, 8463), and recorded
 * answers that hold the public keys.
 */
#ifndef AUTH_SIGNING_H
#define AUTH_SIGNING_H

#include "mailflow/dkim.h"

struct signing_key;
struct signing_key *signing_key_rsa(int bits);
struct signing_key *signing_key_ed25519(void);
void signing_key_free(struct signing_key **key);
/* "v=DKIM1; k=rsa; p=…" */
const char *signing_key_record(struct mf_arena *arena, const struct signing_key *key);

struct signing {
    const struct signing_key *key;
    const char *domain, *selector;
    const char *canon;     /* "relaxed/relaxed" when NULL */
    const char *names;     /* "From:To:Subject" when NULL */
    const char *more;      /* further tags, each ended by "; ", or NULL */
    long long limit;       /* l=, -1: none */
    const char *algorithm; /* a=; NULL: by the key, with SHA-256 */
};
/* The message with a DKIM-Signature field put in front. */
struct mf_bytes sign_message(struct mf_arena *arena, struct mf_bytes message, const struct signing *how);

/* Puts a TXT answer into recorded answers; text NULL: NXDOMAIN; several with count. */
void answer_txt(struct mf_dns *dns, const char *name, const char *const *texts, size_t count);
void answer_status(struct mf_dns *dns, const char *name, enum mf_dns_type type, enum mf_dns_status status);

#endif
