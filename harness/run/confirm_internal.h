/* Room run, inside: what the sources of DNS records are asked. */
#ifndef RUN_CONFIRM_INTERNAL_H
#define RUN_CONFIRM_INTERNAL_H

#include <pthread.h>

#include "mailflow/run.h"

#define MF_CONFIRM_ROUND_TIME (15 * MF_SECOND)

struct mf_question {
    const char *name;
    enum mf_dns_type type;
    bool of_resolver; /* what a cache says about it matters too */
    bool of_more;     /* of the table's other names: it may lie in another zone */
    bool elsewhere;   /* it does: not for the servers of the domain's zone */
};
struct mf_questions {
    struct mf_question *items; /* the first: the SOA of the zone, named by the domain until that is known */
    size_t count, capacity;
    const struct mf_dns_table *mx; /* the MX of this table is confirmed: its hosts' TLS and the MTA-STS policy too */
    const char *alone;         /* the one source that is asked, "ADDR@PORT" or "zone FILE"; NULL: the zone's servers */
};
/* What the rows of the plan's sections need, each once; count 0: no row is judged. left: by number of the row among
 * those of the sections that are not skipped, whether it is asked; NULL: all are. */
struct mf_questions mf_confirm_questions(struct mf_arena *arena, const struct mf_plan *plan, const bool *left);

struct mf_confirm {
    const struct mf_plan *plan;
    struct mf_dns *dns;
    struct mf_journal *journal;
    struct mf_confirm_options options;
    mf_usec deadline;          /* of this round */
    struct mf_arena *arena;
    struct mf_arena *scratch;  /* for this round */
    struct mf_questions questions;
    struct mf_vantage *vantage; /* of this round; NULL: one source alone is asked */
    bool behind;               /* this round looks at the hosts behind the records too */
    volatile bool broken;      /* the journal can't be written, or nobody wants to know any more */
    pthread_t thread;
};
/* confirm.c: asks every source once. */
void mf_confirm_round(struct mf_confirm *confirm);
void mf_confirm_look_behind(struct mf_confirm *confirm);
/* Ctrl-C, or no use in going on. */
bool mf_confirm_stopped(const struct mf_confirm *confirm);
void mf_confirm_cancel(struct mf_confirm *confirm);
/* confirm_rounds.c: the thread of it (struct mf_confirm). */
void *mf_confirm_rounds(void *context);

/* confirm_other.c: zones that are not the domain's own, with what their servers are to be asked. */
struct mf_other_zone {
    const struct mf_dns_sources *sources;
    struct mf_question *items;
    size_t count, capacity;
};
struct mf_other_zones {
    struct mf_other_zone *items;
    size_t count, capacity;
};
/* Which questions are about other zones than that of the first one; these are marked. */
struct mf_other_zones mf_confirm_sort(struct mf_arena *arena, struct mf_questions *questions, struct mf_dns *dns,
                                      mf_usec deadline);
void mf_confirm_others(const struct mf_other_zones *zones, struct mf_journal *journal, mf_usec deadline);

/* confirm_policy.c: the MTA-STS policy, where one is announced. */
void mf_confirm_policy(const struct mf_plan *plan, struct mf_dns *dns, struct mf_journal *journal, mf_usec deadline);

const struct mf_tls *mf_confirm_tls(const struct mf_site *site); /* a CA that the site names, or NULL */
/* confirm_mx.c: TLS of the expected MX. */
void mf_confirm_mx(const struct mf_dns_table *table, const struct mf_tls *tls, struct mf_dns *dns, struct mf_journal *journal,
                   mf_usec deadline);

/* confirm_vantage.c: who it is that answers, seen from here. Threads: mf_vantage_heard may be called by many at once. */
struct mf_vantage {
    struct mf_dns *dns;
    struct mf_journal *journal;
    const char *zone;
    mf_usec deadline;
    pthread_mutex_t lock;
    struct mf_arena *arena;
    struct heard *heard;
    size_t heard_count, heard_capacity;
    size_t replied, as_resolver; /* addresses of sources; those that answer as a resolver does */
    bool has_v4, has_v6;
    const char *resolver; /* "ADDR@PORT" of the one that replies, NULL: not known */
};
void mf_vantage_init(struct mf_vantage *v, struct mf_dns *dns, struct mf_journal *journal, const char *zone, mf_usec deadline);
void mf_vantage_release(struct mf_vantage *v);
void mf_vantage_heard(struct mf_vantage *v, const struct mf_dns_answer *answer, bool of_resolver);
/* A source that answers: the name servers that it names, and whether it takes TCP. */
void mf_vantage_source(struct mf_vantage *v, struct mf_arena *arena, const char *at);
void *mf_vantage_beside(void *vantage); /* a thread's: the resolver itself, and the zone above */
void mf_vantage_doubts(struct mf_vantage *v); /* when all have been heard */

#endif
