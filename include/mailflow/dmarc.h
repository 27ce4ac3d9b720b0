/* Room auth: DMARC (RFC 9989): the record found by the DNS tree walk, alignment, the policy that
 * applies, each with its reason; and where receivers that still follow RFC 7489 judge differently.
 *
 * A pure function of the author's domain, of the SPF and DKIM results and of what `dns` answers.
 * With recorded answers a missing one makes `need_more`, and mf_dns_missing says which. DNS that
 * fails is temperror.
 */
#ifndef MAILFLOW_DMARC_H
#define MAILFLOW_DMARC_H

#include "mailflow/dkim.h"
#include "mailflow/message.h"
#include "mailflow/spf.h"

enum mf_dmarc_result { MF_DMARC_NONE, MF_DMARC_PASS, MF_DMARC_FAIL, MF_DMARC_TEMPERROR, MF_DMARC_PERMERROR };
const char *mf_dmarc_result_name(enum mf_dmarc_result result); /* RFC 8601 words */

enum mf_dmarc_policy { MF_DMARC_POLICY_UNSET, MF_DMARC_POLICY_NONE, MF_DMARC_POLICY_QUARANTINE, MF_DMARC_POLICY_REJECT };
const char *mf_dmarc_policy_name(enum mf_dmarc_policy policy); /* "none", "quarantine", "reject"; "" */

/* What is worth knowing about a record, though it may be used. */
struct mf_dmarc_note {
    const char *id;   /* history-tag, unknown-tag, tag-twice, tag-invalid, p-missing, policy-invalid, no-rua, rua-invalid, test-mode, p-late */
    const char *text; /* one sentence */
};
/* A policy record (RFC 9989 4.7). */
struct mf_dmarc_record {
    const char *name;     /* "_dmarc.example.com" */
    const char *domain;   /* "example.com" */
    const char *text;
    enum mf_dmarc_policy p, sp, np; /* UNSET: the tag is not there, or not understood */
    bool strict_dkim, strict_spf, test;
    char psd;             /* 'y', 'n', 'u' */
    int pct;              /* history (RFC 7489): 100 */
    const char *rua, *ruf;
    bool has_valid_rua;
    bool is_usable;       /* false: RFC 9989 4.10.1 wants no DMARC processing with it */
    const char *why;      /* not usable: in words */
    struct mf_dmarc_note *notes; size_t note_count, note_capacity;
};
/* Does a TXT record begin as a DMARC policy record? */
bool mf_dmarc_is_record(struct mf_bytes text);
/* domain: where it was found. Never NULL. */
const struct mf_dmarc_record *mf_dmarc_parse(struct mf_arena *arena, const char *domain, struct mf_bytes text);

/* One question of a tree walk, in order. */
struct mf_dmarc_step {
    const char *name;     /* "_dmarc.example.com" */
    const char *found;    /* the record, or in words what was there */
    const struct mf_dmarc_record *record; /* NULL: none that counts */
};
/* RFC 9989 4.10: from a domain upward, at most 8 questions. */
struct mf_dmarc_walk {
    const char *start;
    const char *org_domain;                  /* of `start` (4.10.2) */
    const struct mf_dmarc_record *policy;    /* that applies to mail from `start` (4.10.1), or NULL */
    struct mf_dmarc_step *steps; size_t step_count, step_capacity;
    const char *trouble;                     /* DNS failed: org_domain and policy are not known */
    const char *several;                     /* a name with several records, which are all ignored; or NULL */
    bool need_more;
};
const struct mf_dmarc_walk *mf_dmarc_walk(struct mf_arena *arena, const char *domain, struct mf_dns *dns, mf_usec deadline);

struct mf_dmarc_identifier { const char *domain; bool is_pass, is_temperror; };
struct mf_dmarc_query {
    const char **from_domains; size_t from_count; /* of the From field; several authors may have several */
    const char *from_trouble;             /* no usable From field: in words; NULL: it is fine */
    struct mf_dmarc_identifier spf;       /* MAIL FROM identity; domain NULL: not known */
    struct mf_dmarc_identifier *dkim; size_t dkim_count;
};
/* spf or dkim may be NULL: not evaluated. */
struct mf_dmarc_query mf_dmarc_query_of(struct mf_arena *arena, const struct mf_message *message, const struct mf_spf *spf,
                                        const struct mf_dkim *dkim);

/* What a receiver that follows RFC 7489 makes of it. Its organizational domain comes from a public
 * suffix list, which is only guessed here. */
struct mf_dmarc_old {
    enum mf_dmarc_result result;
    enum mf_dmarc_policy policy;
    const char *org_domain;
    const char *why;                      /* how and why it differs; NULL: it does not */
};
struct mf_dmarc {
    enum mf_dmarc_result result;
    const char *from_domain;              /* lower case; "" none */
    const char *org_domain;               /* or NULL: not known */
    const struct mf_dmarc_record *record; /* that applies, or NULL */
    enum mf_dmarc_policy published;       /* for this author: of p=, sp= or np= */
    const char *policy_tag;               /* "p", "sp", "np", or NULL */
    enum mf_dmarc_policy policy;          /* with t=y one step weaker; this is what a receiver is asked to do on fail */
    bool spf_aligned, dkim_aligned;       /* passed and aligned */
    const char *spf_domain, *dkim_domain; /* the aligned one, else one that passed, or NULL */
    const char *spf_why, *dkim_why;       /* why it helps or not: one sentence each */
    const char *reason;                   /* one sentence, never NULL */
    const char *advice;                   /* what to change; NULL on pass */
    const struct mf_dmarc_walk *walk;     /* of the author's domain, or NULL */
    struct mf_dmarc_old old;
    bool need_more;
};
/* Never NULL; in arena. Several author domains: the strictest outcome (RFC 9989 10.x). */
const struct mf_dmarc *mf_dmarc_check(struct mf_arena *arena, const struct mf_dmarc_query *query, struct mf_dns *dns, mf_usec deadline);

#endif
