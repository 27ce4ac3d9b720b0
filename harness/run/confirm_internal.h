/* Room run, inside: what the sources of DNS records are asked. */
#ifndef RUN_CONFIRM_INTERNAL_H
#define RUN_CONFIRM_INTERNAL_H

#include <pthread.h>

#include "mailflow/run.h"

struct mf_question {
    const char *name;
    enum mf_dns_type type;
    bool of_resolver; /* what a cache says about it matters too */
};
struct mf_questions {
    struct mf_question *items; /* the first: the SOA of the zone, named by the domain until that is known */
    size_t count, capacity;
    const struct mf_dns_table *mx; /* the MX of this table is confirmed: its hosts' TLS and the MTA-STS policy too */
    const char *alone;         /* the one source that is asked, "ADDR@PORT" or "zone FILE"; NULL: the zone's servers */
};
/* What the rows of the plan's sections need, each once; count 0: no row is judged. */
struct mf_questions mf_confirm_questions(struct mf_arena *arena, const struct mf_plan *plan);

/* confirm_policy.c: the MTA-STS policy, where one is announced. */
void mf_confirm_policy(const struct mf_plan *plan, struct mf_dns *dns, struct mf_journal *journal, mf_usec deadline);

const struct mf_tls *mf_confirm_tls(const struct mf_site *site); /* a CA that the site names, or NULL */
/* confirm_mx.c: TLS of the expected MX. */
void mf_confirm_mx(const struct mf_dns_table *table, const struct mf_tls *tls, struct mf_dns *dns, struct mf_journal *journal,
                   mf_usec deadline);

#endif
