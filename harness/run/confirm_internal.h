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
    const char *alone;         /* the one source that is asked, "ADDR@PORT" or "zone FILE"; NULL: the zone's servers */
};
/* What the rows of the plan's sections need, each once; count 0: no row is judged. */
struct mf_questions mf_confirm_questions(struct mf_arena *arena, const struct mf_plan *plan);

#endif
