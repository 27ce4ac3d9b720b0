/* Room auth: one DKIM signature on its way from header field to result. Private to dkim*.c. */
#ifndef AUTH_DKIM_INTERNAL_H
#define AUTH_DKIM_INTERNAL_H

#include "auth/canon.h"
#include "auth/crypto.h"
#include "auth/tags.h"
#include "mailflow/dkim.h"

#define MF_DKIM_MAX_SIGNATURES 20 /* more than that is an attack, not mail */
#define MF_DKIM_MAX_NAMES 512     /* in h= */

struct mf_dkim_work {
    struct mf_dkim_signature *told; /* what comes out */
    bool settled;                   /* its result stands */
    const struct mf_header *field;
    struct mf_tags tags;
    const char *domain, *identity_domain; /* of d= and i=, with A-labels */
    enum mf_canon canon_header, canon_body;
    enum mf_digest_kind digest_kind;
    enum mf_key_type key_type;
    struct mf_bytes b, bh;         /* decoded */
    const struct mf_dkim_key *key; /* NULL until found */
};

/* Sets the result, once: the first reason stands. */
void mf_dkim_settle(struct mf_dkim_work *work, enum mf_dkim_result result, enum mf_dkim_cause cause, const char *why);
/* Reads a DKIM-Signature field and settles what its own words rule out. */
void mf_dkim_read(struct mf_arena *arena, const struct mf_message *message, size_t header_index, mf_usec now,
                  struct mf_dkim_work *work);
/* Fetches the key and settles what it rules out. Returns false when recorded answers lack something. */
bool mf_dkim_find_key(struct mf_arena *arena, struct mf_dns *dns, mf_usec deadline, struct mf_dkim_work *work);
/* Hashes and verifies; settles everything that is not settled yet. */
struct mf_dkim_bodies {
    struct mf_text simple, relaxed;
    bool have_simple, have_relaxed;
};
void mf_dkim_judge(struct mf_arena *arena, const struct mf_message *message, struct mf_dkim_bodies *bodies,
                   struct mf_dkim_work *work);

/* The same message judged by libopendkim, the second opinion: what it refuses for its words does not pass. */
enum mf_opendkim_word {
    MF_OPENDKIM_CANNOT_SAY,
    MF_OPENDKIM_PASS,
    MF_OPENDKIM_FAIL,
    MF_OPENDKIM_OTHER_DIGEST, /* it only computed another digest than was signed */
};
struct mf_opendkim_verdict {
    enum mf_opendkim_word word;
    const char *why;
};
/* works: one for each DKIM-Signature field, in order; verdicts likewise. */
void mf_opendkim_verify(struct mf_arena *arena, struct mf_bytes message, const struct mf_dkim_work *works, size_t count,
                        struct mf_opendkim_verdict *verdicts);

#endif
