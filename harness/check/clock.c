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

/* One server may have several names. */
static const char *server_words(const struct mf_check_context *context, const char *host)
{
    const struct mf_site *site = context->plan->site;
    for (size_t i = 0; i < site->server_count; i++)
        if (mf_server_has_host(&site->servers[i], host))
            return site->servers[i].name;
    return host;
}

/* Off by whole quarters of an hour: the clock may be right and the zone wrong. */
static bool looks_like_a_zone(mf_usec skew)
{
    mf_usec quarter = 15 * 60 * MF_SECOND, rest = (skew < 0 ? -skew : skew) % quarter;
    return skew <= -quarter + TOLERANCE || skew >= quarter - TOLERANCE ? rest < TOLERANCE || rest > quarter - TOLERANCE
                                                                       : false;
}

static void judge(struct mf_check_context *context, const struct mf_expect *expect)
{
    const struct mf_case *at = mf_case(context);
    size_t count;
    if (!at->arrival || !at->first_intent || expect->is_copy)
        return;
    const struct mf_received **path = mf_seen_path(context, mf_seen_arrival(context, at->arrival), &count);
    for (size_t i = 0; i < count; i++) {
        mf_usec skew = path[i]->at && path[i]->by ? skew_of(path[i]->at, at->first_intent, at->arrival->copy.at) : 0;
        bool again = i && mf_same_nocase(path[i]->by, path[i - 1]->by);
        char words[32];
        if (!skew || again)
            continue;
        mf_duration_text(skew < 0 ? -skew : skew, words, sizeof words);
        mf_fact_add(
            context, "path.clock-skew", MF_FACT_NOTE, MF_SEGMENT_HOP, server_words(context, path[i]->by), "",
            mf_format(context->arena, "%s stamped it %s %s (%s)%s", path[i]->by, words,
                      skew < 0 ? "before it was sent" : "after it was seen",
                      path[i]->date_text ? path[i]->date_text : "",
                      looks_like_a_zone(skew) ? ": whole quarters of an hour, so perhaps only its time zone" : ""));
    }
}

const struct mf_check mf_check_clock = {"clock", "the hops' clocks are right", needs, mf_expects_arrival, judge};
