/* Room auth, SPF inside: records as terms, macros, and one evaluation under way. */
#ifndef AUTH_SPF_INTERNAL_H
#define AUTH_SPF_INTERNAL_H

#include "mailflow/spf.h"

enum mf_spf_kind { MF_SPF_ALL, MF_SPF_INCLUDE, MF_SPF_A, MF_SPF_MX, MF_SPF_PTR, MF_SPF_IP4, MF_SPF_IP6, MF_SPF_EXISTS,
                   MF_SPF_REDIRECT, MF_SPF_EXP, MF_SPF_OTHER_MODIFIER };
struct mf_spf_term {
    enum mf_spf_kind kind;
    char qualifier;           /* '+', '-', '~', '?' */
    const char *text;         /* as written */
    const char *domain_spec;  /* or NULL: not given */
    int cidr4, cidr6;
    unsigned char address[16]; /* ip4, ip6 */
};
struct mf_spf_record {
    struct mf_spf_term *terms; size_t count, capacity; /* mechanisms and modifiers in order */
    const struct mf_spf_term *redirect, *exp, *all;
    const char *why, *wrong;   /* syntax error in words, and the term; NULL: well-formed */
};

/* spf_parse.c */
bool mf_spf_is_record(struct mf_bytes text); /* begins with v=spf1 and a space or the end */
struct mf_spf_record mf_spf_parse(struct mf_arena *arena, struct mf_bytes text);
bool mf_spf_needs_lookup(const struct mf_spf_term *term); /* counts toward the 10 */

/* spf_macro.c: macros (RFC 7208 7) */
const char *mf_spf_macro_wrong(struct mf_bytes text, bool in_explanation); /* NULL: well-formed */
bool mf_spf_domain_spec_ends_right(struct mf_bytes spec); /* domain-end */
struct mf_spf_macros {
    const char *sender, *local, *sender_domain, *domain, *helo, *receiver;
    bool is_v6;
    unsigned char ip[16];
    mf_usec now;
    /* %{p}, looked for only when used. */
    const char *(*validated_name)(void *context, const char *domain);
    void *context;
};
/* Expands a well-formed text. */
const char *mf_spf_expand(struct mf_arena *arena, const struct mf_spf_macros *macros, struct mf_bytes text);
/* The same as a domain name: no final dot, cut from the left to 253 characters. */
const char *mf_spf_expand_domain(struct mf_arena *arena, const struct mf_spf_macros *macros, const char *spec);

/* spf_walk.c: one evaluation */
struct mf_spf_walk {
    struct mf_arena *arena;
    struct mf_dns *dns;
    mf_usec deadline;
    struct mf_spf_macros macros; /* domain is set by each record */
    struct mf_spf *spf;
    const char *chain[MF_SPF_LOOKUPS_MAX + 6]; /* the domains that lead to the one being walked */
};
struct mf_spf_verdict {
    enum mf_spf_result result;
    enum mf_spf_cause cause;
    const char *why;              /* of errors and of no record */
    const char *term, *domain, *path;
    const struct mf_spf_term *exp;
    const char *exp_domain;
    const char *several;          /* MF_SPF_SEVERAL_RECORDS: the domain that has them */
};
struct mf_spf_verdict mf_spf_walk_domain(struct mf_spf_walk *walk, const char *domain, int depth);
/* spf_find.c
 * Can it be asked for in DNS: no empty part, none over 63 bytes, 253 at most? */
bool mf_spf_is_name(const char *name);
/* A name from a macro may hold a backslash, which is an escape for mf_dns_ask. */
const struct mf_dns_answer *mf_spf_ask(struct mf_spf_walk *walk, const char *name, enum mf_dns_type type);
const char *mf_spf_dns_trouble(struct mf_arena *arena, const struct mf_dns_answer *answer); /* in words */
/* The one record of a domain; false: verdict tells. */
bool mf_spf_find_record(struct mf_spf_walk *walk, const char *domain, const char **record, struct mf_bytes *text,
                        struct mf_spf_verdict *verdict);

/* spf_match.c */
enum mf_spf_match { MF_SPF_NO, MF_SPF_YES, MF_SPF_ERROR };
struct mf_spf_matched {
    enum mf_spf_match match;
    bool is_void;
    const char *found;             /* for the step */
    enum mf_spf_result error;      /* MF_SPF_ERROR: temperror or permerror */
    enum mf_spf_cause cause;
    const char *why;
};
/* a, mx, ptr, ip4, ip6, exists, all; target: the name to ask for, expanded. */
struct mf_spf_matched mf_spf_match(struct mf_spf_walk *walk, const struct mf_spf_term *term, const char *target);
/* RFC 7208 7.3: a validated name of the client for %{p}, "unknown" when there is none. */
const char *mf_spf_validated_name(void *walk, const char *domain);

/* spf_walk.c: does a domain stand in the chain that leads to itself? */
bool mf_spf_is_circle(const char *const *chain, int depth, const char *domain);
const char *mf_spf_circle_words(struct mf_arena *arena, const char *from, const char *domain);

/* spf_correct.c: one term as it was probably meant; NULL: nobody can say */
const char *mf_spf_corrected_term(struct mf_arena *arena, const char *word);

/* spf_mend.c: of an error; judged: the domain whose record the evaluation began with */
const struct mf_spf_mistake *mf_spf_mistake_of(struct mf_spf_walk *walk, const struct mf_spf_verdict *verdict,
                                               const char *judged);

/* spf_tell.c */
void mf_spf_tell(struct mf_spf_walk *walk, const struct mf_spf_verdict *verdict);

#endif
