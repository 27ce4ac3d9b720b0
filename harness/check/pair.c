/* A copy at the secondary held against the same message at the primary, and against what was sent.
 * What was changed for both before they parted is told once, at the main copy. */
#include <string.h>

#include "check/compare.h"

static const char *const needs[] = {"arrived", NULL};

static bool applies(const struct mf_expect *expect)
{
    return expect->kind == MF_EXPECT_AT && expect->is_copy;
}

static void state_wrapping(struct mf_check_context *context, const struct mf_seen *outer, const struct mf_seen *inner)
{
    if (mf_case(context)->expect->journal && outer == inner)
        mf_fact_add(context, "copy.not-wrapped", MF_FACT_NOTE, MF_SEGMENT_CONTENT, mf_case(context)->expect->mailbox->label, "",
                 "a journal report was expected, a plain copy came");
}

static void judge(struct mf_check_context *context, const struct mf_expect *expect)
{
    const struct mf_case *at = mf_case(context);
    struct mf_arena *arena = context->arena;
    if (!at->arrival)
        return;
    const struct mf_seen *copy = mf_seen_copy(context, at), *sent = mf_seen_sent(context, at->sent);
    state_wrapping(context, mf_seen_arrival(context, at->arrival), copy);
    const struct mf_arrival *main = mf_main_copy(context, at);
    bool outbound = main && !mf_same(main->copy.mailbox, expect->mailbox->person->mailboxes[0]->label);
    struct mf_comparison with_main = {.same = false}, with_sent = {.same = false, .what = "", .exhibit = ""};
    if (main && !outbound)
        with_main = mf_compare(context, mf_seen_arrival(context, main), copy);
    if (sent)
        with_sent = mf_compare(context, sent, copy);
    const char *label = expect->mailbox->label;
    if (with_main.same)
        mf_fact_add(context, "copy.as-main", MF_FACT_GOOD, MF_SEGMENT_CONTENT, label,
                 mf_format(arena, "as at the %s", expect->mailbox->person->mailboxes[0]->server->name), "the same as in the main mailbox");
    else if (with_sent.same || !sent)
        mf_fact_add(context, "copy.as-sent", MF_FACT_GOOD, MF_SEGMENT_CONTENT, label, "as sent", "the same as sent");
    else if (main && !outbound) {
        struct mf_fact *fact = mf_fact_add(context, "copy.altered", MF_FACT_BAD, MF_SEGMENT_CONTENT, label, "copy altered",
                                        mf_format(arena, "not the same as at %s: %s", main->copy.mailbox, with_main.what));
        mf_fact_show(context, fact, MF_EXHIBIT_DIFF, "", with_main.exhibit);
    }
}

const struct mf_check mf_check_pair = {"pair", "the same as in the main mailbox", needs, applies, judge};
