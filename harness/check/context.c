/* The case in hand: one expectation and what the evidence says about it. */
#include <string.h>

#include "check/check_internal.h"

struct mf_check_cache *mf_check_cache_new(struct mf_check_context *context)
{
    struct mf_arena *arena = context->arena;
    const struct mf_plan *plan = context->plan;
    struct mf_check_cache *cache = mf_alloc(arena, sizeof *cache);
    cache->blobs = mf_map_new(arena);
    cache->flows = mf_alloc_array(arena, plan->flow_count + 1, sizeof *cache->flows);
    cache->senders = mf_alloc_array(arena, plan->flow_count + 1, sizeof *cache->senders);
    cache->next_look = mf_plan_looks(arena, plan);
    for (size_t i = 0; i < plan->flow_count; i++) {
        cache->senders[i] = mf_flow_origin(&plan->flows[i]);
        cache->flows[i] = mf_evidence_flow(context->evidence, cache->senders[i]->id);
    }
    return cache;
}

const struct mf_flow *mf_next_look(const struct mf_check_context *context, const struct mf_flow *flow)
{
    return ((const struct mf_check_cache *)context->cache)->next_look[flow->index];
}

const struct mf_case *mf_case(const struct mf_check_context *context)
{
    return &((struct mf_check_cache *)context->cache)->now;
}

bool mf_in_folder(const struct mf_arrival *arrival, const char *folder)
{
    const char *use = arrival->copy.use;
    if (use && *use && mf_same_nocase(use, folder))
        return true;
    return mf_same_nocase(arrival->copy.folder, folder);
}

const char *mf_folder_of_use(const struct mf_check_context *context, const struct mf_expect *expect)
{
    const struct mf_mailbox_evidence *known = mf_evidence_mailbox(context->evidence, expect->mailbox->label);
    for (size_t i = 0; known && i < known->folder_count; i++)
        if (known->folders[i].use && mf_same_nocase(known->folders[i].use, expect->folder))
            return known->folders[i].folder;
    return NULL;
}

bool mf_where_expected(const struct mf_check_context *context, const struct mf_expect *expect,
                       const struct mf_arrival *arrival)
{
    const char *name = mf_folder_of_use(context, expect);
    return name ? mf_same(arrival->copy.folder, name) || mf_same_nocase(arrival->copy.use, expect->folder)
                : mf_in_folder(arrival, expect->folder);
}

/* A message whose acceptance was never confirmed, but of which a copy is there, was taken. */
static const struct mf_arrival *proof_of_acceptance(const struct mf_flow_evidence *evidence,
                                                    const struct mf_attempt *attempt)
{
    for (size_t i = 0; i < evidence->arrival_count; i++)
        if (evidence->arrivals[i].copy.attempt == attempt->intent.attempt && evidence->arrivals[i].copy.proved)
            return &evidence->arrivals[i];
    return NULL;
}

struct mf_handing mf_case_handing(const struct mf_check_context *context, const struct mf_flow *flow,
                                  const char *address)
{
    const struct mf_check_cache *cache = context->cache;
    const struct mf_flow_evidence *evidence = cache->flows[flow->index];
    struct mf_handing handing = mf_evidence_handing(evidence, address);
    if (handing.state == MF_HANDED_UNKNOWN && proof_of_acceptance(evidence, handing.attempt)) {
        handing.state = MF_HANDED_ACCEPTED;
        handing.accepted_at = handing.attempt->intent.at;
    }
    return handing;
}

/* Of several recipients, whose handing-over tells most about a mailbox that is none of theirs (the
 * sender's copy): the best one. */
static int how_good(enum mf_handed state)
{
    static const int ranks[] = {[MF_HANDED_ACCEPTED] = 5, [MF_HANDED_DEFERRED] = 4, [MF_HANDED_UNKNOWN] = 3,
                                [MF_HANDED_TROUBLE] = 2,  [MF_HANDED_NOT_YET] = 1,  [MF_HANDED_REFUSED] = 2};
    return ranks[state];
}

static void find_handing(const struct mf_check_context *context, struct mf_case *at)
{
    const struct mf_mailbox *mailbox = at->expect->mailbox;
    for (size_t i = 0; i < at->message->recipient_count; i++) {
        const struct mf_recipient *recipient = &at->message->recipients[i];
        struct mf_handing handing = mf_case_handing(context, at->flow, recipient->address);
        /* What must not come may come through anybody. */
        bool own = mailbox && at->expect->kind == MF_EXPECT_AT && recipient->person == mailbox->person;
        if (!at->recipient || own || how_good(handing.state) > how_good(at->handing.state)) {
            at->recipient = recipient;
            at->handing = handing;
        }
        if (own)
            return;
    }
}

/* A copy in the sender's own Sent folder, made by the submission server, is no second delivery. */
static bool is_own_sent_copy(const struct mf_case *at, const struct mf_arrival *arrival)
{
    return mf_in_folder(arrival, "sent") && !mf_same_nocase(at->expect->folder, "sent") &&
           at->message->from_person == at->expect->mailbox->person;
}

static void find_copies(struct mf_check_context *context, struct mf_case *at)
{
    const struct mf_expect *expect = at->expect;
    for (size_t i = 0; at->evidence && expect->mailbox && i < at->evidence->arrival_count; i++) {
        const struct mf_arrival *arrival = &at->evidence->arrivals[i];
        if (!mf_same(arrival->copy.mailbox, expect->mailbox->label) || arrival->copy.again ||
            mf_is_bounce(context, arrival) || is_own_sent_copy(at, arrival))
            continue;
        *MF_PUSH(context->arena, at->copies, at->copy_count, at->copy_capacity) = arrival;
        bool better = at->arrival && !mf_where_expected(context, expect, at->arrival) &&
                      mf_where_expected(context, expect, arrival);
        if (!at->arrival || better)
            at->arrival = arrival;
    }
}

static const struct mf_attempt *attempt_of(const struct mf_case *at)
{
    const struct mf_flow_evidence *evidence = at->evidence;
    for (size_t i = 0; evidence && at->arrival && i < evidence->attempt_count; i++)
        if (evidence->attempts[i].intent.attempt == at->arrival->copy.attempt)
            return &evidence->attempts[i];
    return at->handing.attempt;
}

static mf_usec after(mf_usec instant, mf_usec duration)
{
    return duration >= MF_NEVER - instant ? MF_NEVER : instant + duration;
}

void mf_case_prepare(struct mf_check_context *context, const struct mf_expect *expect)
{
    struct mf_check_cache *cache = context->cache;
    struct mf_case *at = &cache->now;
    *at = (struct mf_case){.expect = expect, .flow = expect->flow};
    at->message = cache->senders[expect->flow->index];
    at->evidence = cache->flows[expect->flow->index];
    at->handing = (struct mf_handing){.state = MF_HANDED_NOT_YET, .phase = "", .reply = {0, "", ""}};
    if (at->evidence && at->evidence->attempt_count)
        at->first_intent = at->evidence->attempts[0].intent.at;
    find_handing(context, at);
    if (at->handing.state == MF_HANDED_ACCEPTED) {
        at->late_at = after(at->handing.accepted_at, expect->late);
        at->deadline = after(at->handing.accepted_at, expect->within);
    }
    find_copies(context, at);
    at->sent = attempt_of(at);
}

bool mf_expects_arrival(const struct mf_expect *expect)
{
    return expect->kind == MF_EXPECT_AT;
}

const struct mf_arrival *mf_main_copy(struct mf_check_context *context, const struct mf_case *at)
{
    const struct mf_arrival *other = NULL;
    for (size_t i = 0; at->evidence && i < at->evidence->arrival_count; i++) {
        const struct mf_arrival *arrival = &at->evidence->arrivals[i];
        const struct mf_mailbox *mailbox = mf_site_mailbox(context->plan->site, arrival->copy.mailbox);
        if (!mailbox || !mailbox->is_main || mailbox == at->expect->mailbox || mf_is_bounce(context, arrival))
            continue;
        if (mailbox->person == at->expect->mailbox->person)
            return arrival;
        if (!other)
            other = arrival;
    }
    return other;
}
