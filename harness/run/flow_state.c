/* What is known of a flow while it runs, and whether anything is left to wait for. All under the
 * engine's lock. */
#include "run/box_internal.h"

const struct mf_handover *mf_flow_handover(const struct mf_flow_run *run, const struct mf_recipient *recipient)
{
    return &run->recipients[recipient - run->flow->recipients];
}

static int rank(const struct mf_handover *handover)
{
    switch (handover->state) {
    case MF_HANDED_ACCEPTED:
        return 4;
    case MF_HANDED_UNKNOWN:
        return 3;
    case MF_HANDED_NOT_YET:
    case MF_HANDED_DEFERRED:
    case MF_HANDED_TROUBLE:
        return handover->final ? 1 : 2;
    case MF_HANDED_REFUSED:
        return handover->final ? 0 : 2;
    }
    return 0;
}

/* Whose handing-over brings the message there: the mailbox's own, else the most hopeful. What must not
 * come may come through anybody. */
static const struct mf_handover *handover_for(const struct mf_flow_run *run, const struct mf_want *want)
{
    if (want->recipient && want->copies && !want->bounce)
        return mf_flow_handover(run, want->recipient);
    const struct mf_handover *best = &run->recipients[0];
    for (size_t i = 1; i < run->flow->recipient_count; i++)
        if (rank(&run->recipients[i]) > rank(best))
            best = &run->recipients[i];
    return best;
}

static bool may_come(const struct mf_handover *handover)
{
    return !handover->final || handover->state == MF_HANDED_ACCEPTED || handover->state == MF_HANDED_UNKNOWN;
}

mf_usec mf_want_deadline(const struct mf_flow_run *run, const struct mf_want *want)
{
    const struct mf_handover *handover = handover_for(run, want);
    bool handed = handover->state == MF_HANDED_ACCEPTED || handover->state == MF_HANDED_UNKNOWN;
    if (!handed) /* refused: nobody has it, which two looks confirm */
        return want->copies == 0 && handover->final && handover->state == MF_HANDED_REFUSED ? handover->at : 0;
    mf_usec whole = want->within >= MF_NEVER - handover->at ? MF_NEVER : handover->at + want->within;
    mf_usec sooner = want->copies == 0 ? mf_sentinel_word(run) : 0;
    return sooner && sooner < whole ? sooner : whole;
}

mf_usec mf_want_looks_since(const struct mf_flow_run *run, const struct mf_want *want)
{
    mf_usec word = want->copies == 0 ? mf_sentinel_word(run) : 0;
    return word ? word : handover_for(run, want)->at;
}

static struct mf_awaiting *awaiting(struct mf_box *box, const char *folder)
{
    for (size_t i = 0; i < box->awaiting_count; i++)
        if (mf_same_nocase(box->awaiting[i].folder, folder))
            return &box->awaiting[i];
    struct mf_awaiting *entry = MF_PUSH(box->engine->arena, box->awaiting, box->awaiting_count, box->awaiting_capacity);
    entry->folder = folder;
    return entry;
}

static void set_live(struct mf_want *want, bool live)
{
    if (want->live == live)
        return;
    want->live = live;
    struct mf_awaiting *entry = awaiting(want->box, want->folder);
    if (live) {
        entry->count++;
        want->box->awaited++;
    } else {
        entry->count--;
        want->box->awaited--;
    }
}

static void update_want(struct mf_flow_run *run, struct mf_want *want)
{
    const struct mf_handover *handover = handover_for(run, want);
    bool seen = want->copies ? want->seen >= want->copies : want->seen > 0;
    bool looked_for = want->copies == 0 && handover->state == MF_HANDED_REFUSED;
    if (seen || (!may_come(handover) && !looked_for))
        want->settled = true;
    /* Absence is not looked for often: the two looks at the end decide. */
    set_live(want, run->released && !want->settled && want->copies > 0);
}

static bool is_over(const struct mf_flow_run *run)
{
    for (size_t i = 0; i < run->flow->recipient_count; i++)
        if (!run->recipients[i].final)
            return false;
    for (size_t i = 0; i < run->want_count; i++)
        if (!run->wants[i].settled)
            return false;
    return true;
}

void mf_flow_update(struct mf_engine *engine, struct mf_flow_run *run)
{
    for (size_t i = 0; i < run->want_count; i++)
        update_want(run, &run->wants[i]);
    if (run->complete || !is_over(run))
        return;
    run->complete = true;
    engine->open_flows--;
    if (engine->open_flows == 0 || engine->has_needs)
        pthread_cond_signal(&engine->changed);
    mf_engine_tell(engine, MF_EVENT_COMPLETE, run->flow, NULL, "", 0, 0);
}

/* A copy that the sender's own server files under Sent is none that was delivered. */
static bool is_own_sent_copy(const struct mf_flow_run *run, const struct mf_want *want, enum mf_folder_use use)
{
    return use == MF_USE_SENT && !mf_same_nocase(want->folder, "sent") &&
           run->flow->from_person == want->box->mailbox->person;
}

static void saw(struct mf_want *want, mf_usec at)
{
    want->seen++;
    want->seen_at = at > want->seen_at ? at : want->seen_at;
}

static void changed(struct mf_engine *engine, struct mf_flow_run *run)
{
    run->changed = mf_now();
    if (engine->open_flows) /* not yet while building */
        mf_flow_update(engine, run);
    if (run->sentinel_of || run->sentinel)
        pthread_cond_signal(&engine->changed); /* one waits for the other */
}

void mf_flow_saw(struct mf_engine *engine, struct mf_flow_run *run, struct mf_box *box, enum mf_folder_use use, mf_usec at)
{
    for (size_t i = 0; i < run->want_count; i++)
        if (run->wants[i].box == box && !run->wants[i].bounce && !is_own_sent_copy(run, &run->wants[i], use))
            saw(&run->wants[i], at);
    changed(engine, run);
}

static bool is_wanted(const struct mf_want *want, const struct mf_dsn *dsn)
{
    for (size_t i = 0; want->expect && i < dsn->recipient_count; i++)
        if (mf_bounce_fits(want->expect, &dsn->recipients[i]))
            return true;
    return !want->expect && !mf_same(dsn->recipients[0].action, "delayed");
}

bool mf_flow_bounced(struct mf_engine *engine, struct mf_flow_run *run, struct mf_box *box, const struct mf_dsn *dsn, mf_usec at)
{
    bool expected = false;
    for (size_t i = 0; i < run->want_count; i++) {
        struct mf_want *want = &run->wants[i];
        if (want->box != box || !want->bounce || !is_wanted(want, dsn))
            continue;
        saw(want, at);
        expected = expected || (want->expect && want->copies > 0);
    }
    changed(engine, run);
    return expected;
}

/* ---- needs ---- */

static bool refusal_is_expected(const struct mf_flow *flow, const struct mf_recipient *recipient)
{
    for (size_t i = 0; i < flow->expect_count; i++) {
        const struct mf_expect *expect = &flow->expects[i];
        if (expect->kind != MF_EXPECT_REFUSED && expect->kind != MF_EXPECT_DEFERRED)
            continue;
        for (size_t k = 0; k < expect->recipient_count; k++)
            if (expect->recipients[k] == recipient)
                return true;
    }
    return false;
}

static bool went_well(const struct mf_flow_run *run)
{
    for (size_t i = 0; i < run->flow->recipient_count; i++) {
        bool taken = run->recipients[i].state == MF_HANDED_ACCEPTED;
        bool refused = run->recipients[i].state == MF_HANDED_REFUSED || run->recipients[i].state == MF_HANDED_DEFERRED;
        if (!taken && !(refused && refusal_is_expected(run->flow, &run->flow->recipients[i])))
            return false;
    }
    for (size_t i = 0; i < run->want_count; i++)
        if (!run->wants[i].soft &&
            (run->wants[i].copies ? run->wants[i].seen < run->wants[i].copies : run->wants[i].seen > 0))
            return false;
    return true;
}

static enum mf_needs need_of(const struct mf_engine *engine, const struct mf_flow *flow)
{
    const struct mf_flow_run *run = engine->by_index[flow->index];
    if (!run)
        return MF_NEEDS_BROKEN;
    if (!run->complete)
        return MF_NEEDS_OPEN;
    return went_well(run) ? MF_NEEDS_MET : MF_NEEDS_BROKEN;
}

/* The records that a section confirms must be there as well. */
static enum mf_needs need_of_records(const struct mf_engine *engine, const struct mf_section *section)
{
    enum mf_needs worst = section->skip ? MF_NEEDS_BROKEN : MF_NEEDS_MET;
    for (size_t i = 0; i < engine->row_count; i++) {
        const struct mf_row_run *run = &engine->rows[i];
        enum mf_needs one = !run->decided ? MF_NEEDS_OPEN : run->there ? MF_NEEDS_MET : MF_NEEDS_BROKEN;
        worst = run->row->section == section && one > worst ? one : worst;
    }
    return worst;
}

enum mf_needs mf_run_needs(const struct mf_engine *engine, const struct mf_flow *flow)
{
    enum mf_needs worst = MF_NEEDS_MET;
    for (size_t i = 0; i < flow->need_count; i++) {
        const struct mf_need *need = &flow->needs[i];
        size_t count = need->flow ? 1 : need->section->flow_count;
        enum mf_needs records = need->section ? need_of_records(engine, need->section) : MF_NEEDS_MET;
        worst = records > worst ? records : worst;
        for (size_t k = 0; k < count; k++) {
            enum mf_needs one = need_of(engine, need->flow ? need->flow : need->section->flows[k]);
            worst = one > worst ? one : worst;
        }
    }
    return worst;
}
