/* The outcome of each flow, from its own facts and from what it needs. */
#include "diagnose/diagnose_internal.h"

/* Fail before error before pending: what is known to be wrong stays wrong. */
static int rank(enum mf_outcome outcome)
{
    static const int ranks[] = {[MF_PASS] = 0, [MF_SKIPPED] = 1, [MF_PENDING] = 2, [MF_ERROR] = 3, [MF_FAIL] = 4};
    return ranks[outcome];
}

static void worsen(struct mf_flow_verdict *verdict, enum mf_outcome outcome)
{
    if (rank(outcome) > rank(verdict->outcome))
        verdict->outcome = outcome;
}

/* A flow none of whose facts says anything was not judged; that is no pass. */
static enum mf_outcome from_facts(const struct mf_case_file *file, size_t flow)
{
    enum mf_outcome outcome = MF_PASS;
    bool good = false;
    for (size_t i = file->first_fact[flow]; i < file->first_fact[flow + 1]; i++) {
        enum mf_fact_state state = file->facts->items[i].state;
        good = good || state == MF_FACT_GOOD || state == MF_FACT_NOTE || state == MF_FACT_BAD;
        if (state == MF_FACT_WAITING && rank(MF_PENDING) > rank(outcome))
            outcome = MF_PENDING;
        if (state == MF_FACT_SKIPPED && rank(MF_SKIPPED) > rank(outcome))
            outcome = MF_SKIPPED;
    }
    return outcome == MF_PASS && !good ? MF_ERROR : outcome;
}

static const char *skipped_from_start(const struct mf_flow *flow)
{
    if (flow->section->skip)
        return flow->section->skip;
    if (flow->skip)
        return flow->skip;
    return flow->not_built;
}

/* A check that was skipped because of a hit of the same flow is no skip of the flow. */
static void judge_flow(struct mf_case_file *file, size_t f)
{
    struct mf_flow_verdict *verdict = &file->flows[f];
    verdict->flow = &file->plan->flows[f];
    verdict->took = -1;
    file->skipped_why[f] = skipped_from_start(verdict->flow);
    verdict->outcome = file->skipped_why[f] ? MF_SKIPPED : from_facts(file, f);
}

static void add_hits(struct mf_case_file *file)
{
    for (size_t i = 0; i < file->hit_count; i++) {
        struct mf_flow_verdict *verdict = &file->flows[file->hits[i].fact->flow->index];
        bool skip_of_own = verdict->outcome == MF_SKIPPED && !file->skipped_why[verdict->flow->index];
        if (file->hits[i].outcome == MF_PASS)
            continue;
        if (skip_of_own)
            verdict->outcome = file->hits[i].outcome;
        else if (!file->skipped_why[verdict->flow->index])
            worsen(verdict, file->hits[i].outcome);
    }
}

static const char *how_it_went(enum mf_outcome outcome)
{
    return outcome == MF_FAIL      ? "failed"
           : outcome == MF_ERROR   ? "is not known"
           : outcome == MF_PENDING ? "is not there yet"
                                   : "was skipped";
}

static const char *met(struct mf_case_file *file, const struct mf_flow *flow, const struct mf_flow *needed)
{
    enum mf_outcome outcome = file->flows[needed->index].outcome;
    if (outcome == MF_PASS || needed == flow)
        return NULL;
    return mf_format(file->arena, "needs \"%s\", which %s", needed->name, how_it_went(outcome));
}

/* The records that a section confirms must be there as well. */
static const char *met_records(struct mf_case_file *file, const struct mf_section *section)
{
    if (section->skip)
        return mf_format(file->arena, "needs \"%s\", which was skipped", section->title);
    for (size_t r = 0; r < file->facts->row_count; r++) {
        const struct mf_dns_row *row = file->facts->rows[r].row;
        enum mf_outcome outcome = row->section == section ? mf_dns_row_outcome(file, r) : MF_PASS;
        if (outcome != MF_PASS)
            return mf_format(file->arena, "needs \"%s\", whose %s %s", section->title, mf_dns_row_label(row),
                             how_it_went(outcome));
    }
    return NULL;
}

static const char *unmet_need(struct mf_case_file *file, const struct mf_flow *flow)
{
    for (size_t i = 0; i < flow->need_count; i++) {
        const struct mf_need *need = &flow->needs[i];
        const char *why = need->flow ? met(file, flow, need->flow) : met_records(file, need->section);
        for (size_t k = 0; !why && need->section && k < need->section->flow_count; k++)
            why = met(file, flow, need->section->flows[k]);
        if (why)
            return why;
    }
    return NULL;
}

/* Needs may hang on needs: until nothing changes. */
static void apply_needs(struct mf_case_file *file)
{
    bool changed = true;
    for (size_t round = 0; changed && round <= file->plan->flow_count; round++) {
        changed = false;
        for (size_t f = 0; f < file->plan->flow_count; f++) {
            const struct mf_flow *flow = &file->plan->flows[f];
            const char *why = flow->need_count && !file->skipped_why[f] ? unmet_need(file, flow) : NULL;
            if (!why)
                continue;
            file->skipped_why[f] = why;
            file->flows[f].outcome = MF_SKIPPED;
            changed = true;
        }
    }
}

void mf_judge_flows(struct mf_case_file *file)
{
    size_t count = file->plan->flow_count;
    file->flows = mf_alloc_array(file->arena, count + 1, sizeof *file->flows);
    file->skipped_why = mf_alloc_array(file->arena, count + 1, sizeof *file->skipped_why);
    for (size_t f = 0; f < count; f++)
        judge_flow(file, f);
    add_hits(file);
    apply_needs(file);
}
