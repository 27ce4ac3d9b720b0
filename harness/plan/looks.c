/* Whose message a flow looks at, which flows look at one message, and who has to do with it. */
#include "mailflow/arena.h"
#include "mailflow/plan.h"

const struct mf_flow *mf_flow_origin(const struct mf_flow *flow)
{
    for (int depth = 0; flow->of && depth < 64; depth++)
        flow = flow->of;
    return flow;
}

/* Backwards, each put right behind its message: so they stand in their order. */
const struct mf_flow **mf_plan_looks(struct mf_arena *arena, const struct mf_plan *plan)
{
    const struct mf_flow **next = mf_alloc_array(arena, plan->flow_count + 1, sizeof *next);
    for (size_t i = plan->flow_count; i-- > 0;) {
        size_t message = mf_flow_origin(&plan->flows[i])->index;
        if (message == i)
            continue;
        next[i] = next[message];
        next[message] = &plan->flows[i];
    }
    return next;
}

bool mf_flow_involves(const struct mf_flow *flow, const struct mf_person *person)
{
    bool involved = person == flow->from_person;
    for (size_t i = 0; i < flow->recipient_count; i++)
        involved = involved || person == flow->recipients[i].person;
    return involved;
}
