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
    if (mailbox->person == at->message->from_person)
        return true;
    for (size_t i = 0; i < at->message->recipient_count; i++)
        if (at->message->recipients[i].person == mailbox->person)
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
        break;
    }
    return false;
}

static const struct mf_arrival *seen_at(struct mf_check_context *context, const struct mf_case *at, const char *label)
{
    for (size_t i = 0; at->evidence && i < at->evidence->arrival_count; i++) {
        const struct mf_arrival *arrival = &at->evidence->arrivals[i];
        if (mf_same(arrival->copy.mailbox, label) && !mf_is_bounce(context, arrival))
            return arrival;
    }
    return NULL;
}

static void state_seen(struct mf_check_context *context, const struct mf_mailbox *mailbox,
                       const struct mf_arrival *arrival)
{
    const char *words =
        mf_format(context->arena, "it is at %s, folder %s, where it must not be", mailbox->label, arrival->copy.folder);
    struct mf_fact *fact = mf_fact_add(context, "absent.seen", MF_FACT_BAD, MF_SEGMENT_STORE, mailbox->label,
                                       mf_format(context->arena, "seen at %s", mailbox->label), words);
    fact->mailbox = mailbox;
    fact->arrival = arrival;
}

/* True when nothing is there and everything was looked through. */
static bool judge_mailbox(struct mf_check_context *context, const struct mf_mailbox *mailbox, mf_usec until)
{
    const struct mf_case *at = mf_case(context);
    const struct mf_arrival *arrival = seen_at(context, at, mailbox->label);
    if (arrival) {
        state_seen(context, mailbox, arrival);
        return false;
    }
    struct mf_coverage_answer looked =
        mf_evidence_coverage(context->evidence, mailbox->label, at->first_intent, until, at->flow->settle);
    if (looked.coverage == MF_COVERAGE_COMPLETE)
        return true;
    bool waits = looked.coverage == MF_COVERAGE_NOT_YET || (looked.coverage == MF_COVERAGE_GAP && context->now < until);
    struct mf_fact *fact;
    if (waits)
        fact =
            mf_fact_add(context, "absent.awaited", MF_FACT_WAITING, MF_SEGMENT_STORE, mailbox->label, "not seen so far",
                        mf_format(context->arena, "not seen at %s so far; the time is not over", mailbox->label));
    else
        fact = mf_fact_add(context, "arrival.unknown", MF_FACT_UNKNOWN, MF_SEGMENT_MEASURE, mailbox->label,
                           "mailbox unreadable",
                           mf_format(context->arena, "%s could not be read: %s", mailbox->label,
                                     looked.gap ? looked.gap->title : "it was never opened"));
    fact->mailbox = mailbox;
    return false;
}

/* Nothing was taken, so nothing can arrive: that proves nothing about filters further on. */
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

static void judge(struct mf_check_context *context, const struct mf_expect *expect)
{
    const struct mf_case *at = mf_case(context);
    if (state_not_sent(context, at))
        return;
    if (at->handing.state != MF_HANDED_ACCEPTED) {
        mf_fact_add(context, "absent.unseen", MF_FACT_GOOD, MF_SEGMENT_STORE, "", "refused",
                    "it was refused, so nobody has it");
        return;
    }
    const struct mf_site *site = context->plan->site;
    mf_usec until = at->handing.accepted_at + (expect->within ? expect->within : at->flow->within);
    bool all = true;
    for (size_t i = 0; i < site->mailbox_count; i++)
        if (is_forbidden(at, &site->mailboxes[i]) && !judge_mailbox(context, &site->mailboxes[i], until))
            all = false;
    char when[64];
    if (all)
        mf_fact_add(context, "absent.unseen", MF_FACT_GOOD, MF_SEGMENT_STORE, "", "not seen",
                    mf_format(context->arena, "not seen until %s", mf_date_rfc3339(until, when, sizeof when)));
}

const struct mf_check mf_check_absent = {"absent", "it is nowhere where it must not be", NULL, applies, judge};
