/* Facts that tell something, under the id of a finding, with the severity that the flow gives it. */
#include "diagnose/diagnose_internal.h"

/* FAIL, ERROR, PASS (a warning), or SKIPPED: not told here. "Could not find out" can't be loosened:
 * it is never a pass. */
static enum mf_outcome weigh(const struct mf_fact *fact, const struct mf_entry *entry)
{
    if (fact->state == MF_FACT_UNKNOWN || entry->kind.outcome == MF_ERROR)
        return MF_ERROR;
    enum mf_severity normal = fact->state == MF_FACT_BAD ? MF_SEVERITY_FAIL : MF_SEVERITY_WARN;
    switch (mf_flow_severity(fact->flow, fact->expect, entry->kind.id, normal)) {
    case MF_SEVERITY_FAIL:
        return MF_FAIL;
    case MF_SEVERITY_WARN:
        return MF_PASS;
    case MF_SEVERITY_IGNORE:
        break;
    }
    return MF_SKIPPED;
}

static bool is_telling(const struct mf_fact *fact)
{
    return fact->state == MF_FACT_BAD || fact->state == MF_FACT_UNKNOWN || fact->state == MF_FACT_NOTE;
}

static void index_facts(struct mf_case_file *file)
{
    size_t flows = file->plan->flow_count, at = 0;
    file->first_fact = mf_alloc_array(file->arena, flows + 1, sizeof *file->first_fact);
    for (size_t f = 0; f < flows; f++) {
        file->first_fact[f] = at;
        while (at < file->facts->count && file->facts->items[at].flow->index == f)
            at++;
    }
    file->first_fact[flows] = at;
}

static void index_hits(struct mf_case_file *file)
{
    size_t flows = file->plan->flow_count, at = 0;
    file->first_hit = mf_alloc_array(file->arena, flows + 1, sizeof *file->first_hit);
    for (size_t f = 0; f < flows; f++) {
        file->first_hit[f] = at;
        while (at < file->hit_count && file->hits[at].fact->flow->index == f)
            at++;
    }
    file->first_hit[flows] = at;
}

void mf_collect_hits(struct mf_case_file *file)
{
    index_facts(file);
    file->next_look = mf_plan_looks(file->arena, file->plan);
    mf_count_everything(file);
    file->hits = mf_alloc_array(file->arena, file->facts->count + 1, sizeof *file->hits);
    for (size_t i = 0; i < file->facts->count; i++) {
        const struct mf_fact *fact = &file->facts->items[i];
        if (!is_telling(fact))
            continue;
        struct mf_class class = mf_classify(file, fact);
        const struct mf_entry *entry = mf_entry_find(class.id);
        enum mf_outcome outcome = entry ? weigh(fact, entry) : MF_SKIPPED;
        if (outcome == MF_SKIPPED)
            continue;
        struct mf_hit *hit = &file->hits[file->hit_count++];
        *hit = (struct mf_hit){.fact = fact, .entry = entry, .scope = class.scope, .outcome = outcome};
        hit->message = mf_flow_origin(fact->flow);
        hit->server = mf_server_of_fact(file, fact);
    }
    index_hits(file);
}
