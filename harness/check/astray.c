/* Mail in the mailbox of somebody who has nothing to do with it: he can read what is not meant for him.
 * No pass, though the scenario does not speak of it (nobody else), where the message was for people of the
 * site; a warning where others may be behind its address. Only mailboxes that are watched anyway are looked
 * at, so that none is there proves nothing. */
#include "check/check_internal.h"

static bool applies(const struct mf_expect *expect)
{
    return expect->kind == MF_EXPECT_AT && expect->index == 0 && !expect->flow->of;
}

static bool is_spoken_of(const struct mf_flow *flow, const struct mf_mailbox *mailbox)
{
    for (size_t i = 0; i < flow->expect_count; i++)
        if (flow->expects[i].kind == MF_EXPECT_NOBODY || flow->expects[i].kind == MF_EXPECT_NOBODY_ELSE ||
            (flow->expects[i].mailbox && flow->expects[i].mailbox->person == mailbox->person))
            return true;
    return false;
}

/* Flows that look again at the message may expect it elsewhere. */
static bool is_expected(struct mf_check_context *context, const struct mf_flow *message,
                        const struct mf_mailbox *mailbox)
{
    for (const struct mf_flow *flow = message; flow; flow = mf_next_look(context, flow))
        if (is_spoken_of(flow, mailbox))
            return true;
    return false;
}

/* Who reads a list, or an address that is no person's, is not known here. */
static bool goes_to_people(const struct mf_flow *message)
{
    for (size_t i = 0; i < message->recipient_count; i++)
        if (!message->recipients[i].person)
            return false;
    return true;
}

static void judge(struct mf_check_context *context, const struct mf_expect *expect)
{
    const struct mf_case *at = mf_case(context);
    struct mf_arena *arena = context->arena;
    for (size_t i = 0; at->evidence && i < at->evidence->arrival_count; i++) {
        const struct mf_arrival *arrival = &at->evidence->arrivals[i];
        const struct mf_mailbox *mailbox = mf_site_mailbox(context->plan->site, arrival->copy.mailbox);
        if (!mailbox || arrival->copy.again || mf_flow_involves(at->message, mailbox->person) ||
            is_expected(context, expect->flow, mailbox) || mf_is_bounce(context, arrival))
            continue;
        struct mf_fact *fact = mf_fact_add(
            context, "absent.seen", goes_to_people(at->message) ? MF_FACT_BAD : MF_FACT_NOTE, MF_SEGMENT_STORE,
            mailbox->label, mf_format(arena, "also at %s", mailbox->label),
            mf_format(arena, "it is also at %s, folder %s, who neither sent it nor was addressed; it came by way of %s",
                      mailbox->label, arrival->copy.folder, mf_way_words(context, arrival)));
        fact->mailbox = mailbox;
        fact->arrival = arrival;
    }
}

const struct mf_check mf_check_astray = {"astray", "nobody else has it, as far as was looked", NULL, applies, judge};
