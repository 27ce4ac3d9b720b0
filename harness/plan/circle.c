/* Flows that wait for themselves, by way of needs and of. */
#include "plan/flow_internal.h"

struct walk {
    struct mf_binder *b;
    const struct mf_plan *plan;
    unsigned char *flow_state, *section_state; /* 0 new, 1 on the way, 2 done */
    struct mf_flow **members;                  /* flows by section */
    size_t *first;                             /* section → first of its members; one more at the end */
};

static bool visit_flow(struct walk *w, const struct mf_flow *flow, int depth);

static bool visit_section(struct walk *w, const struct mf_section *section, int depth)
{
    unsigned char *state = &w->section_state[section->index];
    if (*state)
        return *state == 2;
    *state = 1;
    for (size_t i = w->first[section->index]; i < w->first[section->index + 1]; i++)
        if (!visit_flow(w, w->members[i], depth + 1))
            return false;
    *state = 2;
    return true;
}

#define DEPTH_MAX 10000 /* a chain longer than this is not walked to its end */

static bool visit_flow(struct walk *w, const struct mf_flow *flow, int depth)
{
    unsigned char *state = &w->flow_state[flow->index];
    if (*state || depth > DEPTH_MAX)
        return *state != 1;
    *state = 1;
    bool good = !flow->of || visit_flow(w, flow->of, depth + 1);
    for (size_t i = 0; good && i < flow->need_count; i++)
        good = flow->needs[i].flow ? visit_flow(w, flow->needs[i].flow, depth + 1)
                                   : visit_section(w, flow->needs[i].section, depth + 1);
    *state = 2;
    return good;
}

static void sort_members(struct walk *w)
{
    const struct mf_plan *plan = w->plan;
    for (size_t i = 0; i < plan->flow_count; i++)
        w->first[plan->flows[i].section->index + 1]++;
    for (size_t i = 0; i < plan->section_count; i++)
        w->first[i + 1] += w->first[i];
    size_t *next = mf_alloc_array(w->b->arena, plan->section_count + 1, sizeof *next);
    for (size_t i = 0; i < plan->flow_count; i++) {
        size_t section = plan->flows[i].section->index;
        w->members[w->first[section] + next[section]++] = &plan->flows[i];
    }
}

void mf_plan_needs_circles(struct mf_binder *b)
{
    const struct mf_plan *plan = b->plan;
    struct walk w = {.b = b,
                     .plan = plan,
                     .flow_state = mf_alloc_array(b->arena, plan->flow_count + 1, 1),
                     .section_state = mf_alloc_array(b->arena, plan->section_count + 1, 1),
                     .members = mf_alloc_array(b->arena, plan->flow_count + 1, sizeof *w.members),
                     .first = mf_alloc_array(b->arena, plan->section_count + 2, sizeof *w.first)};
    sort_members(&w);
    for (size_t i = 0; i < plan->flow_count; i++)
        if (!visit_flow(&w, &plan->flows[i], 0)) {
            mf_tell(b, plan->flows[i].place, "needs and of must not lead back", "\"%s\" waits for itself",
                    plan->flows[i].name);
            return;
        }
}
