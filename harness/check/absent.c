/* What must not arrive: a mailbox (never), any mailbox (nobody), anybody else's (nobody else). It is
 * told as "not seen until then": more can't be known. */
#include <string.h>

#include "check/check_internal.h"

static bool applies(const struct mf_expect *expect)
{
    return expect->kind == MF_EXPECT_NEVER_AT || expect->kind == MF_EXPECT_NOBODY ||
           expect->kind == MF_EXPECT_NOBODY_ELSE;
}

/* Is somebody's mailbox among those that this flow reckons with? The sender's own count as well: a
 * copy in Sent, or at the secondary, is no leak. */
static bool is_reckoned_with(const struct mf_case *at, const struct mf_mailbox *mailbox)
{
    if (mf_flow_involves(at->message, mailbox->person))
        return true;
    for (size_t i = 0; i < at->flow->expect_count; i++) {
        const struct mf_expect *other = &at->flow->expects[i];
        if (other->kind == MF_EXPECT_AT && other->mailbox->person == mailbox->person)
            return true;
    }
    return false;
}

static bool is_forbidden(const struct mf_case *at, const struct mf_mailbox *mailbox)
{
    switch (at->expect->kind) {
    case MF_EXPECT_NEVER_AT:
        return mailbox == at->expect->mailbox;
    case MF_EXPECT_NOBODY:
        return true;
    case MF_EXPECT_NOBODY_ELSE:
        return !is_reckoned_with(at, mailbox);
    case MF_EXPECT_AT:
    case MF_EXPECT_ACCEPTED:
    case MF_EXPECT_REFUSED:
    case MF_EXPECT_DEFERRED:
    case MF_EXPECT_BOUNCE:
    case MF_EXPECT_NEVER_BOUNCE:
        break;
    }
    return false;
}

static const struct mf_arrival *seen_at(struct mf_check_context *context, const struct mf_flow_evidence *evidence,
                                        const char *label)
{
    for (size_t i = 0; evidence && i < evidence->arrival_count; i++) {
        const struct mf_arrival *arrival = &evidence->arrivals[i];
        if (mf_same(arrival->copy.mailbox, label) && !mf_is_bounce(context, arrival))
            return arrival;
    }
    return NULL;
}

static void state_seen(struct mf_check_context *context, const struct mf_mailbox *mailbox,
                       const struct mf_arrival *arrival, const char *which)
{
    const char *words = mf_format(context->arena, "%s is at %s, folder %s, where it must not be", which, mailbox->label,
                                  arrival->copy.folder);
    struct mf_fact *fact = mf_fact_add(context, "absent.seen", MF_FACT_BAD, MF_SEGMENT_STORE, mailbox->label,
                                       mf_format(context->arena, "seen at %s", mailbox->label), words);
    fact->mailbox = mailbox;
    fact->arrival = arrival;
}

/* It is there; or the sentinel is, in a mailbox to which this way must not lead. */
static bool is_there(struct mf_check_context *context, const struct mf_mailbox *mailbox,
                     const struct mf_absence *absence)
{
    const struct mf_case *at = mf_case(context);
    const struct mf_arrival *arrival = seen_at(context, at->evidence, mailbox->label);
    if (arrival) {
        state_seen(context, mailbox, arrival, "it");
        return true;
    }
    if (!absence->sentinel || mf_sentinel_belongs(at->message->sentinel, mailbox))
        return false;
    arrival = seen_at(context, absence->sentinel, mailbox->label);
    if (arrival)
        state_seen(context, mailbox, arrival,
                   "another message of the same sender to the same recipients (the sentinel)");
    return arrival != NULL;
}

static void state_not_looked(struct mf_check_context *context, const struct mf_mailbox *mailbox,
                             const struct mf_coverage_answer *looked, mf_usec until)
{
    bool waits =
        looked->coverage == MF_COVERAGE_NOT_YET || (looked->coverage == MF_COVERAGE_GAP && context->now < until);
    struct mf_fact *fact;
    if (waits)
        fact =
            mf_fact_add(context, "absent.awaited", MF_FACT_WAITING, MF_SEGMENT_STORE, mailbox->label, "not seen so far",
                        mf_format(context->arena, "not seen at %s so far; the time is not over", mailbox->label));
    else
        fact = mf_fact_add(context, "arrival.unknown", MF_FACT_UNKNOWN, MF_SEGMENT_MEASURE, mailbox->label,
                           "mailbox unreadable",
                           mf_format(context->arena, "%s could not be read: %s", mailbox->label,
                                     looked->gap ? looked->gap->title : "it was never opened"));
    fact->mailbox = mailbox;
}

/* When it was last looked for; 0: it is there, or not everything was looked through. */
static mf_usec judge_mailbox(struct mf_check_context *context, const struct mf_mailbox *mailbox,
                             const struct mf_absence *absence)
{
    const struct mf_case *at = mf_case(context);
    if (is_there(context, mailbox, absence))
        return 0;
    struct mf_coverage_answer looked =
        mf_evidence_coverage(context->evidence, mailbox->label, at->first_intent, absence->until, at->flow->settle);
    if (looked.coverage == MF_COVERAGE_COMPLETE)
        return looked.last_scan;
    state_not_looked(context, mailbox, &looked, absence->until);
    return 0;
}

/* Whether it was taken is not known, or not yet. */
static bool state_not_sent(struct mf_check_context *context, const struct mf_case *at)
{
    bool waits = at->handing.state == MF_HANDED_NOT_YET || at->handing.state == MF_HANDED_DEFERRED;
    bool refused = at->handing.state == MF_HANDED_REFUSED && !mf_same(at->handing.phase, "AUTH");
    if (at->handing.state == MF_HANDED_ACCEPTED || refused || !at->recipient)
        return false;
    if (at->flow->of && !waits)
        mf_fact_add(context, "handed.of", MF_FACT_SKIPPED, MF_SEGMENT_SMTP, at->message->id,
                    "its message was not accepted", "")
            ->because = "handed.unreachable";
    else
        mf_state_handing(context, at->recipient, &at->handing);
    return true;
}

static void state_unseen(struct mf_check_context *context, const struct mf_absence *absence, mf_usec until)
{
    bool refused = mf_case(context)->handing.state == MF_HANDED_REFUSED;
    const char *when = mf_clock_words(context->arena, until);
    mf_fact_add(context, "absent.unseen", MF_FACT_GOOD, MF_SEGMENT_STORE, "",
                mf_format(context->arena, "not seen until %s", when),
                mf_format(context->arena, refused ? "it was refused, and not seen until %s" : "not seen until %s%s",
                          when, absence->words));
}

static void judge(struct mf_check_context *context, const struct mf_expect *expect)
{
    (void)expect;
    const struct mf_case *at = mf_case(context);
    if (state_not_sent(context, at))
        return;
    struct mf_absence absence = mf_absence_of(context, at);
    if (at->handing.attempt && at->handing.attempt->sent && !absence.until)
        absence.until = at->handing.attempt->sent->at; /* refused: what has it all the same is there now */
    const struct mf_site *site = context->plan->site;
    mf_usec until = MF_NEVER;
    for (size_t i = 0; i < site->mailbox_count; i++) {
        if (!is_forbidden(at, &site->mailboxes[i]))
            continue;
        mf_usec looked = judge_mailbox(context, &site->mailboxes[i], &absence);
        until = looked < until ? looked : until;
    }
    if (until > 0)
        state_unseen(context, &absence, until == MF_NEVER ? absence.until : until);
}

const struct mf_check mf_check_absent = {"absent", "it is nowhere where it must not be", NULL, applies, judge};
