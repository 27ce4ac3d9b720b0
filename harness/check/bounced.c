/* Bounces of the message that nobody expects: wrong mail; where none must come, none may. */
#include <string.h>

#include "check/bounced_internal.h"

/* ---- what a bounce is about ---- */

static bool is_claimed_by(const struct mf_flow *flow, const struct mf_dsn_recipient *recipient)
{
    for (size_t i = 0; i < flow->expect_count; i++)
        if (flow->expects[i].kind == MF_EXPECT_BOUNCE && mf_bounce_fits(&flow->expects[i], recipient))
            return true;
    return false;
}

/* By the flow itself, or by one that looks again at its message. */
static bool is_expected(struct mf_check_context *context, const struct mf_dsn_recipient *recipient)
{
    for (const struct mf_flow *flow = mf_case(context)->message; flow; flow = mf_next_look(context, flow))
        if (is_claimed_by(flow, recipient))
            return true;
    return false;
}

/* It should have been refused at the door, and was taken. (Unknown addresses, 5.1.x: who takes mail for
 * other people's domains is another matter.) */
static bool should_be_refused(const struct mf_flow *message, const struct mf_recipient *recipient)
{
    for (size_t i = 0; recipient && i < message->expect_count; i++)
        for (size_t k = 0; message->expects[i].kind == MF_EXPECT_REFUSED && k < message->expects[i].recipient_count;
             k++)
            if (message->expects[i].recipients[k] == recipient)
                return true;
    return false;
}

static bool lives_at(const struct mf_recipient *recipient, const struct mf_server *server)
{
    const struct mf_person *person = recipient ? recipient->person : NULL;
    return person && person->mailbox_count && person->mailboxes[0]->server == server;
}

/* The secondary that did not take its copy: it is named as who refused, or as the home of an address
 * that nobody wrote to; and it is not where the recipient has his main mailbox. */
static const struct mf_server *refusing_secondary(const struct mf_site *site, const struct mf_dsn_recipient *recipient,
                                                  const struct mf_recipient *known)
{
    const char *domain = strrchr(recipient->final, '@');
    for (size_t i = 0; i < site->server_count; i++) {
        const struct mf_server *server = &site->servers[i];
        bool named = mf_server_has_host(server, recipient->remote_mta) ||
                     (!known && domain && mf_server_has_host(server, domain + 1));
        if (server->role == MF_ROLE_SECONDARY && named && !lives_at(known, server))
            return server;
    }
    return NULL;
}

/* ---- one that nobody expects ---- */

static void state_failed(struct mf_check_context *context, const struct mf_arrival *arrival, const struct mf_dsn *dsn,
                         const struct mf_dsn_recipient *recipient)
{
    const struct mf_flow *message = mf_case(context)->message;
    const struct mf_recipient *known = mf_bounce_addressed(message, recipient);
    const struct mf_server *secondary = refusing_secondary(context->plan->site, recipient, known);
    const char *words = mf_bounce_words(context, arrival, dsn, recipient);
    if (secondary)
        mf_bounce_add(context, "bounce.copy", MF_FACT_BAD, secondary->name, words, dsn, recipient, arrival);
    else if (should_be_refused(message, known) && mf_starts(recipient->status, "5.1."))
        mf_bounce_add(context, "bounce.backscatter", MF_FACT_BAD, known->address, words, dsn, recipient, arrival);
    else
        mf_bounce_add(context, "bounce.failed", MF_FACT_BAD, *recipient->final ? recipient->final : message->id, words,
                      dsn, recipient, arrival);
}

static void state_unexpected(struct mf_check_context *context, const struct mf_arrival *arrival,
                             const struct mf_dsn *dsn, bool reports_too)
{
    for (size_t i = 0; i < dsn->recipient_count; i++) {
        const struct mf_dsn_recipient *recipient = &dsn->recipients[i];
        if (is_expected(context, recipient))
            continue;
        bool delayed = mf_same(recipient->action, "delayed");
        if (delayed)
            mf_bounce_add(context, "bounce.delayed", MF_FACT_NOTE, *recipient->final ? recipient->final : "",
                          mf_bounce_words(context, arrival, dsn, recipient), dsn, recipient, arrival);
        else if (reports_too || mf_same(recipient->action, "failed"))
            state_failed(context, arrival, dsn, recipient);
    }
}

static void state_all(struct mf_check_context *context, bool reports_too)
{
    const struct mf_case *at = mf_case(context);
    for (size_t i = 0; at->evidence && i < at->evidence->arrival_count; i++) {
        const struct mf_arrival *arrival = &at->evidence->arrivals[i];
        const struct mf_dsn *dsn = arrival->copy.again ? NULL : mf_seen_dsn(context, arrival);
        if (dsn)
            state_unexpected(context, arrival, dsn, reports_too);
    }
}

static bool forbids_bounces(const struct mf_flow *flow)
{
    for (size_t i = 0; i < flow->expect_count; i++)
        if (flow->expects[i].kind == MF_EXPECT_NEVER_BOUNCE)
            return true;
    return false;
}

static bool applies(const struct mf_expect *expect)
{
    return !expect->flow->of && expect->index == 0 && !forbids_bounces(expect->flow);
}

static void judge(struct mf_check_context *context, const struct mf_expect *expect)
{
    (void)expect;
    state_all(context, false);
}

const struct mf_check mf_check_bounced = {"bounced", "no bounce came back", NULL, applies, judge};

/* ---- none must come ---- */

static bool forbids(const struct mf_expect *expect)
{
    return expect->kind == MF_EXPECT_NEVER_BOUNCE && expect->bounces_at;
}

/* Whether it was taken is not known, or not yet. */
static bool is_open(struct mf_check_context *context, const struct mf_case *at)
{
    bool refused = at->handing.state == MF_HANDED_REFUSED && !mf_same(at->handing.phase, "AUTH");
    if (at->handing.state == MF_HANDED_ACCEPTED || refused || !at->recipient)
        return false;
    mf_state_handing(context, at->recipient, &at->handing);
    return true;
}

static mf_usec refused_at(const struct mf_case *at)
{
    return at->handing.attempt && at->handing.attempt->sent ? at->handing.attempt->sent->at : 0;
}

static void judge_none(struct mf_check_context *context, const struct mf_expect *expect)
{
    const struct mf_case *at = mf_case(context);
    size_t from = context->facts->count;
    state_all(context, true);
    for (size_t i = from; i < context->facts->count; i++)
        if (context->facts->items[i].state == MF_FACT_BAD)
            return;
    if (is_open(context, at))
        return;
    struct mf_absence absence = mf_absence_of(context, at);
    mf_usec until = absence.until ? absence.until : refused_at(at);
    struct mf_coverage_answer looked =
        mf_evidence_coverage(context->evidence, expect->bounces_at->label, at->first_intent, until, at->flow->settle);
    if (looked.coverage != MF_COVERAGE_COMPLETE) {
        mf_bounce_not_looked(context, expect->bounces_at, &looked, until, "no bounce so far");
        return;
    }
    const char *when = mf_clock_words(context->arena, looked.last_scan);
    mf_fact_add(
        context, "bounce.none", MF_FACT_GOOD, MF_SEGMENT_HOP, expect->bounces_at->label,
        mf_format(context->arena, "no bounce until %s", when),
        mf_format(context->arena, "no bounce at %s until %s%s", expect->bounces_at->label, when, absence.words));
}

const struct mf_check mf_check_no_bounce = {"no-bounce", "no bounce comes, where none must", NULL, forbids, judge_none};
