/* Which flows are sent, and what is awaited because of them. */
#include "mailflow/message.h"
#include "run/box_internal.h"
#include "run/lane_internal.h"

static bool sends(const struct mf_flow *flow)
{
    return !flow->of && !flow->skip && !flow->section->skip && !flow->not_built && flow->via;
}

/* ---- what is awaited ---- */

static const struct mf_recipient *recipient_of(const struct mf_flow *flow, const struct mf_mailbox *mailbox)
{
    for (size_t i = 0; i < flow->recipient_count; i++)
        if (flow->recipients[i].person && flow->recipients[i].person == mailbox->person)
            return &flow->recipients[i];
    return NULL;
}

struct wants {
    struct mf_engine *engine;
    struct mf_flow_run *run;
    size_t want_capacity, box_capacity;
};

static void need_box(struct wants *w, struct mf_box *box)
{
    for (size_t i = 0; i < w->run->box_count; i++)
        if (w->run->boxes[i] == box)
            return;
    *MF_PUSH(w->engine->arena, w->run->boxes, w->run->box_count, w->box_capacity) = box;
}

/* Several expectations of the same copies are one want. */
static void want(struct wants *w, const struct mf_mailbox *mailbox, const char *folder, int copies, mf_usec within)
{
    struct mf_box *box = w->engine->by_mailbox[mailbox->index];
    if (!box)
        return;
    need_box(w, box);
    for (size_t i = 0; i < w->run->want_count; i++) {
        struct mf_want *known = &w->run->wants[i];
        if (known->bounce || known->box != box || (known->copies == 0) != (copies == 0) || !mf_same_nocase(known->folder, folder))
            continue;
        known->copies = copies > known->copies ? copies : known->copies;
        known->within = within > known->within ? within : known->within;
        return;
    }
    *MF_PUSH(w->engine->arena, w->run->wants, w->run->want_count, w->want_capacity) =
        (struct mf_want){.box = box, .folder = folder, .copies = copies, .within = within,
                         .recipient = recipient_of(w->run->flow, mailbox)};
}

/* expect NULL: a bounce that nobody expects. */
static void want_bounce(struct wants *w, const struct mf_mailbox *mailbox, const struct mf_expect *expect, int copies, mf_usec within)
{
    struct mf_box *box = mailbox ? w->engine->by_mailbox[mailbox->index] : NULL;
    if (!box)
        return;
    need_box(w, box);
    *MF_PUSH(w->engine->arena, w->run->wants, w->run->want_count, w->want_capacity) =
        (struct mf_want){.box = box, .folder = "inbox", .copies = copies, .within = within, .bounce = true,
                         .expect = copies ? expect : NULL, .soft = !expect};
}

/* What should be refused may be accepted and come back: to know that, it is waited for a little. */
static void want_backscatter(struct wants *w, const struct mf_flow *flow)
{
    const struct mf_person *sender = *flow->mail_from ? mf_site_person_at(w->engine->plan->site, flow->mail_from) : NULL;
    if (sender && sender->mailbox_count)
        want_bounce(w, sender->mailboxes[0], NULL, 1, flow->late);
}

/* The flow's own people: a copy with them is no copy with somebody else. */
static bool is_party(const struct mf_flow *flow, const struct mf_expect *among, size_t count, const struct mf_mailbox *mailbox)
{
    if (mailbox->person == flow->from_person || recipient_of(flow, mailbox))
        return true;
    for (size_t i = 0; i < count; i++)
        if (among[i].kind == MF_EXPECT_AT && among[i].mailbox->person == mailbox->person)
            return true;
    return false;
}

static void want_absence(struct wants *w, const struct mf_flow *from, const struct mf_expect *expect)
{
    const struct mf_site *site = w->engine->plan->site;
    mf_usec within = expect->within ? expect->within : from->within;
    for (size_t i = 0; i < site->mailbox_count; i++) {
        const struct mf_mailbox *mailbox = &site->mailboxes[i];
        bool excepted = expect->kind == MF_EXPECT_NOBODY_ELSE && is_party(w->run->flow, from->expects, from->expect_count, mailbox);
        if (!excepted)
            want(w, mailbox, "inbox", 0, within);
    }
}

static void want_expectation(struct wants *w, const struct mf_flow *from, const struct mf_expect *expect)
{
    switch (expect->kind) {
    case MF_EXPECT_AT:
        want(w, expect->mailbox, expect->folder, expect->copies > 0 ? expect->copies : 1, expect->within);
        break;
    case MF_EXPECT_NEVER_AT:
        want(w, expect->mailbox, "inbox", 0, expect->within ? expect->within : from->within);
        break;
    case MF_EXPECT_NOBODY:
    case MF_EXPECT_NOBODY_ELSE:
        want_absence(w, from, expect);
        break;
    case MF_EXPECT_BOUNCE:
        want_bounce(w, expect->bounces_at, expect, 1, expect->within);
        break;
    case MF_EXPECT_NEVER_BOUNCE:
        want_bounce(w, expect->bounces_at, expect, 0, expect->within);
        break;
    case MF_EXPECT_REFUSED:
        if (!from->of)
            want_backscatter(w, from);
        break;
    case MF_EXPECT_ACCEPTED:
    case MF_EXPECT_DEFERRED:
        break;
    }
}

/* A bounce comes to the sender: his mailboxes are open as well. */
static void need_sender(struct wants *w)
{
    const struct mf_person *sender = w->run->flow->from_person;
    for (size_t i = 0; sender && i < sender->mailbox_count; i++)
        if (w->engine->by_mailbox[sender->mailboxes[i]->index])
            need_box(w, w->engine->by_mailbox[sender->mailboxes[i]->index]);
}

static void collect_wants(struct mf_engine *engine, struct wants *all)
{
    for (size_t i = 0; i < engine->plan->flow_count; i++) {
        const struct mf_flow *flow = &engine->plan->flows[i];
        struct mf_flow_run *run = engine->by_index[i];
        if (!run || flow->skip || flow->section->skip || flow->not_built)
            continue;
        struct wants *w = &all[run - engine->flows];
        for (size_t k = 0; k < flow->expect_count; k++)
            want_expectation(w, flow, &flow->expects[k]);
    }
    for (size_t i = 0; i < engine->flow_count; i++) {
        const struct mf_flow *sentinel = engine->flows[i].sentinel_of ? engine->flows[i].flow : NULL;
        for (size_t k = 0; sentinel && k < sentinel->expect_count; k++)
            want_expectation(&all[i], sentinel, &sentinel->expects[k]);
    }
}

/* ---- what the run before knows ---- */

static bool is_final(const struct mf_handing *handing)
{
    switch (handing->state) {
    case MF_HANDED_ACCEPTED:
    case MF_HANDED_REFUSED:
    case MF_HANDED_UNKNOWN:
        return true;
    case MF_HANDED_TROUBLE: /* given up, unless a further try was planned when it was interrupted */
        return !handing->attempt->sent->retry_at;
    case MF_HANDED_NOT_YET:
    case MF_HANDED_DEFERRED:
        break;
    }
    return false;
}

static void recall_recipient(struct mf_flow_run *run, const struct mf_flow_evidence *seen, size_t i)
{
    struct mf_handing handing = mf_evidence_handing(seen, run->flow->recipients[i].address);
    mf_usec at = handing.accepted_at;
    if (handing.state == MF_HANDED_UNKNOWN)
        at = handing.attempt->sent ? handing.attempt->sent->at : handing.attempt->intent.at;
    bool too_late = run->began && run->flow->within < MF_NEVER - run->began && mf_now() >= run->began + run->flow->within;
    run->recipients[i] = (struct mf_handover){handing.state, is_final(&handing) || too_late, at};
}

static void recall_arrival(struct mf_engine *engine, struct mf_flow_run *run, struct mf_box *box, const struct mf_arrival *arrival)
{
    const struct mf_rec_copy *copy = &arrival->copy;
    const struct mf_message *message = mf_message_parse(engine->arena, arrival->message);
    bool report = !copy->proved || mf_message_is_report(message);
    const struct mf_dsn *dsn = report ? mf_message_dsn(engine->arena, message) : NULL;
    if (dsn)
        mf_flow_bounced(engine, run, box, dsn, copy->at);
    else
        mf_flow_saw(engine, run, box, mf_same(copy->use, "sent") ? MF_USE_SENT : MF_USE_NONE, copy->at);
}

static void recall(struct mf_engine *engine, struct mf_flow_run *run)
{
    const struct mf_flow_evidence *seen = mf_evidence_flow(engine->before, run->flow->id);
    if (!seen)
        return;
    for (size_t i = 0; i < seen->attempt_count; i++)
        if (seen->attempts[i].intent.attempt > run->attempts)
            run->attempts = seen->attempts[i].intent.attempt;
    for (size_t i = seen->attempt_count; i > 0; i--) /* one that never came to its data does not count */
        if (seen->attempts[i - 1].sent || seen->attempts[i - 1].data_at)
            run->began = seen->attempts[i - 1].intent.at;
    for (size_t i = 0; i < run->flow->recipient_count; i++)
        recall_recipient(run, seen, i);
    for (size_t i = 0; i < seen->arrival_count; i++) {
        const struct mf_rec_copy *copy = &seen->arrivals[i].copy;
        for (size_t k = 0; k < engine->box_count && !copy->again; k++)
            if (mf_same(engine->boxes[k].mailbox->label, copy->mailbox))
                recall_arrival(engine, run, &engine->boxes[k], &seen->arrivals[i]);
    }
}

/* ---- building ---- */

static bool same_group(const struct mf_flow *flow, size_t a, size_t b)
{
    return flow->via->kind != MF_VIA_MX ||
           mf_same_nocase(mf_address_domain(flow->recipients[a].address), mf_address_domain(flow->recipients[b].address));
}

/* One delivery for all recipients; by MX one for each domain. Those of whom all is known are left out. */
static void build_deliveries(struct mf_engine *engine, struct mf_flow_run *run)
{
    size_t count = run->flow->recipient_count;
    bool *taken = mf_alloc_array(engine->arena, count, sizeof *taken);
    run->deliveries = mf_alloc_array(engine->arena, count, sizeof *run->deliveries);
    for (size_t i = 0; i < count; i++) {
        if (taken[i] || run->recipients[i].final)
            continue;
        struct mf_delivery *delivery = &run->deliveries[run->delivery_count++];
        *delivery = (struct mf_delivery){.run = run, .first_try = run->began, .recipients = mf_alloc_array(engine->arena, count, sizeof(size_t))};
        for (size_t k = i; k < count; k++) {
            if (taken[k] || run->recipients[k].final || !same_group(run->flow, i, k))
                continue;
            taken[k] = true;
            delivery->recipients[delivery->recipient_count++] = k;
        }
    }
}

static struct mf_flow_run *add_run(struct mf_engine *engine, const struct mf_flow *flow)
{
    struct mf_flow_run *run = &engine->flows[engine->flow_count++];
    run->flow = flow;
    run->recipients = mf_alloc_array(engine->arena, flow->recipient_count, sizeof *run->recipients);
    return run;
}

static void add_sentinels(struct mf_engine *engine)
{
    size_t count = engine->flow_count;
    for (size_t i = 0; i < count; i++) {
        struct mf_flow_run *run = &engine->flows[i];
        if (!run->flow->sentinel)
            continue;
        run->sentinel = add_run(engine, run->flow->sentinel);
        run->sentinel->sentinel_of = run;
    }
}

void mf_flows_build(struct mf_engine *engine)
{
    const struct mf_plan *plan = engine->plan;
    engine->flows = mf_alloc_array(engine->arena, 2 * plan->flow_count, sizeof *engine->flows);
    engine->by_index = mf_alloc_array(engine->arena, plan->flow_count, sizeof *engine->by_index);
    for (size_t i = 0; i < plan->flow_count; i++) {
        const struct mf_flow *flow = &plan->flows[i];
        if (!sends(flow))
            continue;
        engine->by_index[i] = add_run(engine, flow);
        engine->has_needs = engine->has_needs || flow->need_count > 0;
    }
    for (size_t i = 0; i < plan->flow_count; i++)
        engine->by_index[i] = engine->by_index[mf_flow_origin(&plan->flows[i])->index];
    add_sentinels(engine);
    struct wants *wants = mf_alloc_array(engine->arena, engine->flow_count, sizeof *wants);
    for (size_t i = 0; i < engine->flow_count; i++)
        wants[i] = (struct wants){.engine = engine, .run = &engine->flows[i]};
    collect_wants(engine, wants);
    for (size_t i = 0; i < engine->flow_count; i++) {
        need_sender(&wants[i]);
        if (engine->before)
            recall(engine, &engine->flows[i]);
        build_deliveries(engine, &engine->flows[i]);
    }
    engine->open_flows = engine->flow_count;
}
