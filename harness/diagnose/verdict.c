/* The verdict of a run: flows judged, causes told once and numbered, everything counted. */
#include <stdlib.h>
#include <string.h>

#include "diagnose/diagnose_internal.h"

/* Failures first, then errors, what is awaited, warnings; each in the order of the flows that they hit. */
static int order_of(const struct mf_finding *finding)
{
    static const int orders[] = {[MF_FAIL] = 0, [MF_ERROR] = 1, [MF_PENDING] = 2, [MF_SKIPPED] = 3, [MF_PASS] = 4};
    return orders[finding->outcome];
}

static int compare_findings(const void *a, const void *b)
{
    const struct mf_finding *x = *(struct mf_finding *const *)a, *y = *(struct mf_finding *const *)b;
    if (order_of(x) != order_of(y))
        return order_of(x) - order_of(y);
    int by_row = mf_dns_compare_rows(x, y);
    if (by_row)
        return by_row;
    size_t first = x->flow_count ? x->flows[0]->index : 0, second = y->flow_count ? y->flows[0]->index : 0;
    if (first != second)
        return first < second ? -1 : 1;
    int by_id = strcmp(x->kind->id, y->kind->id);
    return by_id ? by_id : strcmp(x->scope, y->scope);
}

static void tell_suspects(struct mf_case_file *file, struct mf_verdict *verdict)
{
    verdict->findings = mf_alloc_array(file->arena, file->suspect_count + 2, sizeof *verdict->findings);
    for (size_t i = 0; i < file->suspect_count; i++)
        if (file->suspects[i]->hit_count)
            verdict->findings[verdict->finding_count++] = mf_finding_tell(file, file->suspects[i]);
}

/* The run ended while some flows or records were still within their time. */
static void tell_interruption(struct mf_case_file *file, struct mf_verdict *verdict)
{
    struct mf_finding *finding = mf_alloc(file->arena, sizeof *finding);
    size_t capacity = 0;
    for (size_t i = 0; i < file->plan->flow_count; i++)
        if (file->flows[i].outcome == MF_PENDING)
            *MF_PUSH(file->arena, finding->flows, finding->flow_count, capacity) = file->flows[i].flow;
    mf_dns_add_awaited(file, finding);
    bool done = mf_same(file->evidence->ended, "done");
    if ((finding->flow_count == 0 && finding->row_count == 0) || done)
        return;
    finding->kind = mf_catalogue_find("run.interrupted");
    finding->outcome = MF_PENDING;
    finding->scope = "";
    finding->title = finding->kind->title;
    finding->why = !file->evidence->ended ? "The run was killed, or is still under way.\n"
                   : mf_same(file->evidence->ended, "wait-over")
                       ? "The waiting time (--wait) was over before all was seen, and counted again.\n"
                       : "The run was interrupted.\n";
    finding->fix = mf_format(file->arena, "Go on waiting and judge then: mailflow resume %s\n",
                             file->evidence->dir ? file->evidence->dir : "DIR");
    verdict->findings[verdict->finding_count++] = finding;
}

static void number_findings(struct mf_verdict *verdict)
{
    int number = 0;
    if (verdict->finding_count)
        qsort(verdict->findings, verdict->finding_count, sizeof *verdict->findings, compare_findings);
    for (size_t i = 0; i < verdict->finding_count; i++) {
        bool counts = verdict->findings[i]->outcome == MF_FAIL || verdict->findings[i]->outcome == MF_ERROR;
        verdict->findings[i]->number = counts ? ++number : 0;
        verdict->warnings += verdict->findings[i]->outcome == MF_PASS;
    }
}

/* Each flow knows the findings about it, in their order; those that only warn it as well. */
static void hand_out(struct mf_case_file *file)
{
    size_t *capacities = mf_alloc_array(file->arena, file->plan->flow_count + 1, sizeof *capacities);
    for (size_t i = 0; i < file->hit_count; i++) {
        struct mf_hit *hit = &file->hits[i];
        const struct mf_suspect *suspect = hit->absorbed_by ? hit->absorbed_by : hit->suspect;
        if (!suspect || !suspect->finding)
            continue;
        struct mf_flow_verdict *flow = &file->flows[hit->fact->flow->index];
        bool known = false;
        for (size_t k = 0; k < flow->finding_count && !known; k++)
            known = flow->findings[k] == suspect->finding;
        if (!known)
            *MF_PUSH(file->arena, flow->findings, flow->finding_count, capacities[hit->fact->flow->index]) =
                suspect->finding;
    }
}

static void count_flows(struct mf_case_file *file, struct mf_verdict *verdict)
{
    for (size_t i = 0; i < file->plan->flow_count; i++)
        switch (file->flows[i].outcome) {
        case MF_PASS:
            verdict->passed++;
            break;
        case MF_FAIL:
            verdict->failed++;
            break;
        case MF_ERROR:
            verdict->errors++;
            break;
        case MF_PENDING:
            verdict->pending++;
            break;
        case MF_SKIPPED:
            verdict->skipped++;
            break;
        }
}

/* What failed stays failed, so it goes first; what is awaited may still become known, so it goes
 * before errors; a run in which nothing passed is never good. */
static void conclude(struct mf_verdict *verdict)
{
    if (verdict->failed) {
        verdict->outcome = MF_FAIL;
        verdict->status = 1;
    } else if (verdict->pending) {
        verdict->outcome = MF_PENDING;
        verdict->status = 75;
    } else if (verdict->errors || verdict->passed == 0) {
        verdict->outcome = MF_ERROR;
        verdict->status = 2;
    } else {
        verdict->outcome = MF_PASS;
        verdict->status = 0;
    }
}

static void add_left(struct mf_case_file *file, struct mf_verdict *verdict, size_t *capacity, const char *label)
{
    verdict->copies_left++;
    for (size_t i = 0; i < verdict->left_count; i++)
        if (mf_same(verdict->left_where[i], label))
            return;
    *MF_PUSH(file->arena, verdict->left_where, verdict->left_count, *capacity) = label;
}

static void count_attempt(struct mf_verdict *verdict, const struct mf_attempt *attempt)
{
    if (!attempt->sent || !mf_same(attempt->sent->outcome, "accepted"))
        return;
    verdict->messages_sent++;
    verdict->sentinels_sent += attempt->intent.sentinel_of != NULL;
}

/* A sentinel that was taken and has not come may come yet. */
static void add_lost_sentinels(struct mf_case_file *file, struct mf_verdict *verdict, size_t *capacity)
{
    for (size_t i = 0; i < file->plan->flow_count; i++) {
        const struct mf_flow *sentinel = file->plan->flows[i].sentinel;
        const struct mf_flow_evidence *known = sentinel ? mf_evidence_flow(file->evidence, sentinel->id) : NULL;
        bool taken = known && mf_evidence_handing(known, sentinel->recipients[0].address).state == MF_HANDED_ACCEPTED;
        if (taken && known->arrival_count == 0)
            add_left(file, verdict, capacity, sentinel->expects[0].mailbox->label);
    }
}

static void count_mail(struct mf_case_file *file, struct mf_verdict *verdict)
{
    size_t capacity = 0;
    for (size_t i = 0; i < file->evidence->flow_count; i++) {
        const struct mf_flow_evidence *flow = &file->evidence->flows[i];
        for (size_t k = 0; k < flow->attempt_count; k++)
            count_attempt(verdict, &flow->attempts[k]);
        for (size_t k = 0; k < flow->arrival_count; k++) {
            const struct mf_arrival *arrival = &flow->arrivals[k];
            if (arrival->copy.again)
                continue;
            verdict->copies_seen++;
            if (arrival->removed && arrival->removed->removed)
                verdict->copies_removed++;
            else
                add_left(file, verdict, &capacity, arrival->copy.mailbox);
        }
    }
    add_lost_sentinels(file, verdict, &capacity);
    /* Accepted for a mailbox that could not be read: perhaps it lies there. */
    for (size_t i = 0; i < file->facts->count; i++)
        if (mf_same(file->facts->items[i].id, "arrival.unknown") && file->facts->items[i].mailbox &&
            file->facts->items[i].expect->kind == MF_EXPECT_AT)
            add_left(file, verdict, &capacity, file->facts->items[i].mailbox->label);
}

struct mf_verdict *mf_diagnose(struct mf_arena *arena, const struct mf_plan *plan, const struct mf_evidence *evidence,
                               const struct mf_facts *facts, mf_usec now)
{
    struct mf_case_file file = {.arena = arena, .plan = plan, .evidence = evidence, .facts = facts, .now = now};
    struct mf_verdict *verdict = mf_alloc(arena, sizeof *verdict);
    mf_collect_hits(&file);
    mf_judge_flows(&file);
    mf_group_hits(&file);
    mf_dns_find_causes(&file);
    tell_suspects(&file, verdict);
    mf_dns_tell_causes(&file, verdict);
    tell_interruption(&file, verdict);
    number_findings(verdict);
    hand_out(&file);
    for (size_t i = 0; i < plan->flow_count; i++)
        mf_write_row(&file, &file.flows[i]);
    verdict->flows = file.flows;
    verdict->flow_count = plan->flow_count;
    verdict->started = evidence->started;
    verdict->ended = evidence->last;
    verdict->need_dns = facts->need_dns;
    count_flows(&file, verdict);
    mf_dns_judge_rows(&file, verdict);
    count_mail(&file, verdict);
    conclude(verdict);
    return verdict;
}
