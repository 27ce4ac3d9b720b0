/* Clocks of the hops: a time stamp before the message was sent, or after it was seen, tells a wrong
 * clock. Told, and never used for a verdict. */
#include "check/check_internal.h"

static const char *const needs[] = {"arrived", NULL};

#define TOLERANCE (60 * MF_SECOND)

/* How far a time lies outside of the time in which it must lie; 0: it is inside. */
static mf_usec skew_of(mf_usec at, mf_usec sent, mf_usec seen)
{
    if (at < sent - TOLERANCE)
        return at - sent;
    return at > seen + TOLERANCE ? at - seen : 0;
}

static void judge(struct mf_check_context *context, const struct mf_expect *expect)
{
    (void)expect;
    const struct mf_case *at = mf_case(context);
    size_t count;
    if (!at->arrival || !at->first_intent)
        return;
    const struct mf_received **path = mf_seen_path(context, mf_seen_arrival(context, at->arrival), &count);
    for (size_t i = 0; i < count; i++) {
        mf_usec skew = path[i]->at && path[i]->by ? skew_of(path[i]->at, at->first_intent, at->arrival->copy.at) : 0;
        bool again = i && mf_same_nocase(path[i]->by, path[i - 1]->by);
        char words[32];
        if (!skew || again)
            continue;
        mf_duration_text(skew < 0 ? -skew : skew, words, sizeof words);
        mf_fact_add(context, "path.clock-skew", MF_FACT_NOTE, MF_SEGMENT_HOP, path[i]->by, "",
                    mf_format(context->arena, "%s stamped it %s %s (%s)", path[i]->by, words,
                              skew < 0 ? "before it was sent" : "after it was seen",
                              path[i]->date_text ? path[i]->date_text : ""));
    }
}

const struct mf_check mf_check_clock = {"clock", "the hops' clocks are right", needs, mf_expects_arrival, judge};
