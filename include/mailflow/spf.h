/* Room auth: SPF (RFC 7208), evaluated here so that the verdict comes with its reason: which term
 * matched in whose record, the tree of look-ups with their counts, what is wrong with a record, and
 * what would have to be added for this sender.
 *
 * A pure function of the envelope and of what `dns` answers. With recorded answers a missing one
 * makes `need_more` (the result is then temperror), and mf_dns_missing says which. Deadline over or
 * DNS failing is temperror, never fail.
 */
#ifndef MAILFLOW_SPF_H
#define MAILFLOW_SPF_H

#include "mailflow/arena.h"
#include "mailflow/clock.h"
#include "mailflow/dns.h"

enum mf_spf_result { MF_SPF_NONE, MF_SPF_NEUTRAL, MF_SPF_PASS, MF_SPF_FAIL, MF_SPF_SOFTFAIL, MF_SPF_TEMPERROR, MF_SPF_PERMERROR };
const char *mf_spf_result_name(enum mf_spf_result result); /* RFC 8601 words */

enum mf_spf_cause {
    MF_SPF_MATCHED,           /* `term` decided */
    MF_SPF_NOTHING_MATCHED,   /* the record ends without all or redirect */
    MF_SPF_NO_DOMAIN,         /* no domain to ask about: address literal, one label, impossible name */
    MF_SPF_NO_RECORD,         /* none: no v=spf1 record; permerror: an include or redirect leads to none */
    MF_SPF_SEVERAL_RECORDS,
    MF_SPF_SYNTAX,
    MF_SPF_CIRCLE,            /* an include or redirect leads back to a record that it was reached from */
    MF_SPF_TOO_MANY_LOOKUPS,  /* more than 10 terms that need DNS, or more than 10 MX hosts */
    MF_SPF_TOO_MANY_VOIDS,    /* more than 2 of them without an answer */
    MF_SPF_DNS,               /* could not find out */
    MF_SPF_BAD_ADDRESS,       /* ip is no IP address (result none) */
};

/* A mistake that spoils a whole evaluation (permerror), and what mends it. */
struct mf_spf_mistake {
    enum mf_spf_cause cause;
    const char *domain;      /* whose record it is in */
    const char *term;        /* as written; or NULL */
    const char *record;      /* that record as it is; NULL: not one */
    const char *mended;      /* the record as it was probably meant; or NULL */
    const char *via;         /* the term of the judged domain's record that leads there; NULL: in that one itself */
    bool is_own, is_within;  /* in the record of the judged domain; of that or of a domain below it */
};
/* What to do, with the record to publish and at whose name; lines ended by \n. */
const char *mf_spf_mend(struct mf_arena *arena, const struct mf_spf_mistake *mistake);
/* A record as it was probably meant, all slips mended; NULL: nobody can say. For text that should be an SPF
 * record and need not be one. */
const char *mf_spf_corrected(struct mf_arena *arena, struct mf_bytes text);

/* One term as it was evaluated, in order, those of an included record behind the include. */
enum mf_spf_step_outcome { MF_SPF_STEP_NO_MATCH, MF_SPF_STEP_MATCH, MF_SPF_STEP_ERROR };
struct mf_spf_step {
    int depth;               /* 0: in the sender's own record */
    const char *domain;      /* whose record */
    const char *term;        /* as written: "include:spf.example.net" */
    const char *target;      /* the name looked up, or NULL */
    enum mf_spf_step_outcome outcome;
    int lookups;             /* of the limit of 10, with all below it */
    bool is_void;            /* its own look-up had no answer */
    const char *found;       /* what DNS said, in few words; or NULL */
};

struct mf_spf {
    enum mf_spf_result result;
    enum mf_spf_cause cause;
    bool helo;               /* the identity judged is HELO (null sender, or asked for) */
    const char *domain;      /* judged; lower case; "" none */
    const char *sender;      /* as used for macros: postmaster@HELO for the null sender */
    const char *ip;          /* as compared: ::ffff:1.2.3.4 is 1.2.3.4 */
    const char *term;        /* the term that decided or is wrong, as written; or NULL */
    const char *term_domain; /* whose record it is in; or NULL */
    const char *path;        /* how it was reached: "include:a.example > ip4:192.0.2.0/24"; or NULL */
    const char *reason;      /* one sentence, never NULL */
    const char *advice;      /* what to change so that this sender passes; NULL on pass */
    const struct mf_spf_mistake *mistake; /* on permerror for one; or NULL */
    const char *record;      /* of `domain`, NULL: none */
    char all;                /* qualifier of its all: '-', '~', '?', '+'; 0: it has none */
    const char *explanation; /* exp= of a fail, expanded; or NULL */
    struct mf_spf_step *steps; size_t step_count, step_capacity;
    int lookups, voids;      /* used until the verdict */
    bool need_more;
};

struct mf_spf_query {
    const char *ip;
    const char *helo;        /* as given in HELO/EHLO; "" unknown */
    const char *mail_from;   /* without <>; "" is the null sender */
    const char *receiver;    /* for %{r}; NULL: "unknown" */
    mf_usec now;             /* for %{t} */
};
/* MAIL FROM identity; the null sender is judged by HELO (RFC 7208 2.4). Never NULL; in arena. */
const struct mf_spf *mf_spf_check(struct mf_arena *arena, const struct mf_spf_query *query, struct mf_dns *dns, mf_usec deadline);
/* HELO identity (RFC 7208 2.3). */
const struct mf_spf *mf_spf_check_helo(struct mf_arena *arena, const struct mf_spf_query *query, struct mf_dns *dns, mf_usec deadline);

/* A domain's whole record tree, whoever sends: every include and redirect is entered, also those
 * that an evaluation would not reach. */
struct mf_spf_survey {
    enum mf_spf_result result;   /* NONE, NEUTRAL (readable), TEMPERROR or PERMERROR */
    const char *record;
    const char *why;             /* of an error, in words; or NULL */
    const struct mf_spf_mistake *mistake; /* of an error for one; or NULL */
    const char *idle;            /* terms that count for nobody, and why: a sentence each; "" none */
    const char *open;            /* what lets anybody pass, and in whose record; NULL: nothing below the own all */
    int lookups, voids;          /* of all terms: above 10 and 2 the unlucky senders get permerror */
    char all;                    /* of the record that decides: own, or the redirect's; 0: none */
    struct mf_spf_step *steps; size_t step_count, step_capacity;
    bool need_more;
};
const struct mf_spf_survey *mf_spf_survey(struct mf_arena *arena, const char *domain, struct mf_dns *dns, mf_usec deadline);

/* Steps as a tree for people, one a line ended by \n: term, outcome, look-ups, what was found. In arena. */
const char *mf_spf_tree(struct mf_arena *arena, const struct mf_spf_step *steps, size_t count);

#define MF_SPF_LOOKUPS_MAX 10
#define MF_SPF_VOIDS_MAX 2

#endif
