/* Room auth: DKIM (RFC 6376, 8301, 8463) by libopendkim over our own resolver, and what the library
 * lets through. A pure function of message, answers and time: keys come from `dns`; with recorded
 * answers a missing key is `need_more`, and mf_dns_missing says which.
 */
#ifndef MAILFLOW_DKIM_H
#define MAILFLOW_DKIM_H

#include "mailflow/arena.h"
#include "mailflow/clock.h"
#include "mailflow/dns.h"
#include "mailflow/text.h"

enum mf_dkim_result { MF_DKIM_NONE, MF_DKIM_PASS, MF_DKIM_FAIL, MF_DKIM_POLICY, MF_DKIM_NEUTRAL, MF_DKIM_TEMPERROR, MF_DKIM_PERMERROR };
const char *mf_dkim_result_name(enum mf_dkim_result result); /* RFC 8601 words */

/* Why a signature is not pass; told apart as far as one message allows. */
enum mf_dkim_cause {
    MF_DKIM_GOOD,
    MF_DKIM_BODY_CHANGED,       /* bh= does not fit */
    MF_DKIM_HEADER_OR_KEY,      /* bh= fits, b= does not, and it can't be told which */
    MF_DKIM_HEADER_CHANGED,     /* RSA verify-recover worked: another header digest was signed with this very key */
    MF_DKIM_WRONG_KEY,          /* RSA verify-recover gives no digest: signed with another key */
    MF_DKIM_KEY_MISSING, MF_DKIM_KEY_REVOKED, MF_DKIM_KEY_BROKEN, MF_DKIM_KEY_MULTIPLE, MF_DKIM_KEY_UNFIT, /* h=, s=, t=s, k= forbid this use */
    MF_DKIM_KEY_UNREACHABLE,    /* DNS could not say: temperror */
    MF_DKIM_WEAK_KEY, MF_DKIM_SHA1, /* RFC 8301 */
    MF_DKIM_EXPIRED, MF_DKIM_FUTURE, MF_DKIM_SYNTAX, MF_DKIM_FROM_UNSIGNED, MF_DKIM_SECOND_FROM, MF_DKIM_NOT_PROCESSED,
    MF_DKIM_NEED_MORE,
};
struct mf_dkim_signature {
    enum mf_dkim_result result;
    enum mf_dkim_cause cause;
    const char *why;               /* in words */
    const char *domain, *selector, *algorithm, *identity; /* d= s= a= i= */
    const char *canon_header, *canon_body;
    const char **signed_headers; size_t signed_header_count; /* h= */
    int key_bits;                  /* 0 unknown */
    bool key_test;                 /* t=y */
    long long body_limit;          /* l=, -1: none */
    size_t body_length, body_covered; /* canonicalized body, and how much of it is signed */
    mf_usec signed_at, expires_at; /* t=, x=; 0: none */
    bool aligned_strict, aligned_relaxed; /* d= with From; relaxed: same domain or one below the other */
    bool covers_subject, covers_date, covers_message_id, covers_to, covers_content_type, oversigns_from;
    const char *key_name;          /* SELECTOR._domainkey.DOMAIN */
    const char *key_record;        /* as found, or NULL */
    const char *key_elsewhere;     /* KEY_MISSING: a name with the domain doubled that holds a key, or NULL */
    bool body_matches;             /* bh= fits what was received */
    const char *body_hash;         /* bh=, base64 without white space */
    size_t header_index;           /* in the message */
};
struct mf_dkim {
    enum mf_dkim_result result;    /* best of all signatures; NONE: no signature */
    bool need_more;                /* recorded answers lack something */
    struct mf_dkim_signature *signatures; size_t count;
};
/* now: to judge t= and x=. Always a result, in arena. Thread-safe. */
const struct mf_dkim *mf_dkim_verify(struct mf_arena *arena, struct mf_bytes message, struct mf_dns *dns, mf_usec now, mf_usec deadline);
/* The first signature that passes and whose d= aligns with From (relaxed), or NULL. */
const struct mf_dkim_signature *mf_dkim_aligned_pass(const struct mf_dkim *dkim);

/* Does bh= fit the body of another message (what was sent)? Then the signer signed that. */
bool mf_dkim_body_fits(const struct mf_dkim_signature *signature, struct mf_bytes message);

/* Does b= fit the fields of another message (what was sent), by the key found? Then that was signed with this key, also
 * where Ed25519 alone can't tell. received: the message that the signature is in. */
bool mf_dkim_header_fits(const struct mf_dkim_signature *signature, struct mf_bytes received, struct mf_bytes sent);

/* A key record (RFC 6376 3.6.1): parsed and checked. */
struct mf_dkim_key {
    bool good, revoked, test, strict; /* test: t=y; strict: t=s */
    bool is_line, has_bare_key;       /* a line of a zone file; what looks like a key, wherever it stands */
    const char *why;                  /* not good: in words */
    const char *type;                 /* k=, "rsa" when not given */
    int bits;
    const char *p;                    /* base64, white space removed; "" revoked */
    const char *hashes, *services;    /* h= and s= as lists with colons; NULL: any */
    struct mf_bytes der;              /* p= decoded */
};
const struct mf_dkim_key *mf_dkim_key_parse(struct mf_arena *arena, struct mf_bytes record);

#endif
