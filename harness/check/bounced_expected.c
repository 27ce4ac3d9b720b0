/* A bounce that is expected has to come, where it is expected, and to say what is expected. */
#include "check/bounced_internal.h"

static bool expects_bounce(const struct mf_expect *expect)
{
    return expect->kind == MF_EXPECT_BOUNCE && expect->bounces_at;
}

static const char *wanted_words(struct mf_arena *arena, const struct mf_expect *expect)
{
    const struct mf_bounce_expect *wanted = &expect->bounce;
    const char *slash = wanted->diagnostic.kind == MF_MATCH_REGEX ? "/" : "\"";
    const char *text = wanted->diagnostic.text;
    return mf_format(arena, "%s%s%s%s%s%s%s%s%s", wanted->action, wanted->status ? " " : "",
                     wanted->status ? wanted->status : "", text ? " " : "", text ? slash : "", text ? text : "",
                     text ? slash : "", wanted->remote_mta ? " from " : "",
                     wanted->remote_mta ? wanted->remote_mta : "");
}

struct bounces {
    const struct mf_arrival *fitting, *elsewhere, *other; /* other: the newest that says something else */
    const struct mf_dsn *dsn;                             /* of the one to tell */
    const struct mf_dsn_recipient *recipient;
};

static void sort_in(struct bounces *found, const struct mf_expect *expect, const struct mf_arrival *arrival,
                    const struct mf_dsn *dsn, const struct mf_dsn_recipient *recipient)
{
    bool fits = mf_bounce_fits(expect, recipient);
    bool here = mf_same(arrival->copy.mailbox, expect->bounces_at->label);
    const struct mf_arrival **place = fits && here ? &found->fitting : fits ? &found->elsewhere : &found->other;
    bool better = (fits && here) || (!found->fitting && (fits || !found->elsewhere));
    if (*place && fits)
        return;
    *place = arrival;
    if (!better)
        return;
    found->dsn = dsn;
    found->recipient = recipient;
}

static struct bounces find_bounces(struct mf_check_context *context, const struct mf_expect *expect)
{
    const struct mf_case *at = mf_case(context);
    struct bounces found = {.fitting = NULL};
    for (size_t i = 0; at->evidence && i < at->evidence->arrival_count; i++) {
        const struct mf_arrival *arrival = &at->evidence->arrivals[i];
        const struct mf_dsn *dsn = arrival->copy.again ? NULL : mf_seen_dsn(context, arrival);
        for (size_t k = 0; dsn && k < dsn->recipient_count; k++)
            sort_in(&found, expect, arrival, dsn, &dsn->recipients[k]);
    }
    return found;
}

static void state_good(struct mf_check_context *context, const struct mf_expect *expect, const struct bounces *found)
{
    char took[32];
    mf_usec time = found->fitting->copy.at - mf_case(context)->handing.accepted_at;
    mf_duration_text(time > 0 ? time : 0, took, sizeof took);
    const char *words = mf_format(context->arena, "after %s %s", took,
                                  mf_bounce_words(context, found->fitting, found->dsn, found->recipient));
    mf_bounce_add(context, "bounce.seen", MF_FACT_GOOD, expect->bounces_at->label, words,
                  mf_seen_dsn(context, found->fitting), found->recipient, found->fitting);
}

/* Some bounce came, and not the one: what was expected, and what it says. */
static void state_other(struct mf_check_context *context, const struct mf_expect *expect, const struct bounces *found)
{
    struct mf_arena *arena = context->arena;
    const struct mf_arrival *arrival = found->elsewhere ? found->elsewhere : found->other;
    const char *said = mf_bounce_words(context, arrival, found->dsn, found->recipient);
    const char *status = *found->recipient->status ? found->recipient->status : "no status";
    const char *words =
        found->elsewhere
            ? mf_format(arena, "expected at %s, and it came to %s", expect->bounces_at->label, arrival->copy.mailbox)
            : mf_format(arena, "expected \"%s\", and the bounce says %s %s; %s", wanted_words(arena, expect),
                        found->recipient->action, status, said);
    mf_bounce_add(context, "bounce.other", MF_FACT_BAD, expect->bounces_at->label, words, mf_seen_dsn(context, arrival),
                  found->recipient, arrival);
}

static void state_missing(struct mf_check_context *context, const struct mf_expect *expect, mf_usec until,
                          const struct bounces *found)
{
    struct mf_arena *arena = context->arena;
    const struct mf_case *at = mf_case(context);
    struct mf_coverage_answer looked =
        mf_evidence_coverage(context->evidence, expect->bounces_at->label, at->first_intent, until, at->flow->settle);
    if (looked.coverage != MF_COVERAGE_COMPLETE) {
        mf_bounce_not_looked(context, expect->bounces_at, &looked, until, "no such bounce so far");
        return;
    }
    if (found->elsewhere || found->other) {
        state_other(context, expect, found);
        return;
    }
    char within[32];
    mf_duration_text(expect->within, within, sizeof within);
    const char *label = expect->bounces_at->label;
    struct mf_fact *fact = mf_fact_add(
        context, "bounce.missing", MF_FACT_BAD, MF_SEGMENT_STORE, label, mf_format(arena, "no bounce in %s", within),
        mf_format(arena, "accepted (%s), and no bounce \"%s\" at %s within %s; all %zu folders were searched",
                  mf_reply_words(arena, &at->handing.reply), wanted_words(arena, expect), label, within,
                  looked.folders_searched));
    fact->mailbox = expect->bounces_at;
}

static void judge_bounce(struct mf_check_context *context, const struct mf_expect *expect)
{
    const struct mf_case *at = mf_case(context);
    struct bounces found = find_bounces(context, expect);
    if (found.fitting)
        state_good(context, expect, &found);
    else if (at->handing.state == MF_HANDED_ACCEPTED)
        state_missing(context, expect, at->deadline, &found);
    else if (at->recipient)
        mf_state_handing(context, at->recipient, &at->handing);
}

const struct mf_check mf_check_bounce = {"bounce", "the bounce that is expected came", NULL, expects_bounce,
                                         judge_bounce};
