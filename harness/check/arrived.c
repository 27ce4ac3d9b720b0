/* Did it arrive? The design's table of outcomes: accepted and not seen is wrong mail only where the
 * mailbox was looked through completely and the time is over. */
#include "check/check_internal.h"

static const char *const needs[] = {"handed", NULL};

static void show_way(struct mf_check_context *context, struct mf_fact *fact)
{
    mf_fact_show(context, fact, MF_EXHIBIT_TIMELINE, "The way it came:", mf_hop_table(context, fact->arrival));
}

/* It was there when the watch began again: it came somewhere between, so its time decides nothing. */
static bool state_unwatched(struct mf_check_context *context, const struct mf_case *at)
{
    struct mf_arena *arena = context->arena;
    const char *label = at->expect->mailbox->label;
    mf_usec since = mf_evidence_unwatched_since(context->evidence, label, at->arrival->copy.at);
    if (!since || at->arrival->copy.at <= at->late_at || since > at->late_at)
        return false;
    char from[32], to[32];
    mf_usec begin = since > at->handing.accepted_at ? since - at->handing.accepted_at : 0;
    mf_duration_text(begin, from, sizeof from);
    mf_duration_text(at->arrival->copy.at - at->handing.accepted_at, to, sizeof to);
    mf_fact_add(context, "arrival.time-unknown", MF_FACT_NOTE, MF_SEGMENT_STORE, label, "time not known",
                mf_format(arena,
                          "it was at %s when the watch went on after a break: it came %s to %s after it was sent",
                          label, from, to));
    return true;
}

/* Inbox, junk and sent are looked at all the time, and the folder that is expected; the others are
 * walked at the end only, so that what is found there tells nothing about when it came. */
static bool is_watched(struct mf_check_context *context, const struct mf_case *at)
{
    static const char *const usual[] = {"inbox", "junk", "sent"};
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
        if (at->arrival->copy.use && mf_same(at->arrival->copy.use, usual[i]))
            return true;
    return mf_where_expected(context, at->expect, at->arrival);
}

static bool state_aside(struct mf_check_context *context, const struct mf_case *at)
{
    if (is_watched(context, at))
        return false;
    const char *label = at->expect->mailbox->label, *dated = at->arrival->copy.internaldate;
    bool is_dated = dated && *dated;
    mf_fact_add(context, "arrival.aside", MF_FACT_GOOD, MF_SEGMENT_STORE, label, "",
                mf_format(context->arena, "found at %s in folder %s when all folders were looked through%s%s", label,
                          at->arrival->copy.folder, is_dated ? "; the server dates it " : "", is_dated ? dated : ""));
    return true;
}

static void state_seen(struct mf_check_context *context, const struct mf_case *at)
{
    if (state_unwatched(context, at) || state_aside(context, at))
        return;
    struct mf_arena *arena = context->arena;
    const char *label = at->expect->mailbox->label;
    mf_usec took = at->arrival->copy.at - at->handing.accepted_at;
    char words[32], limit[32];
    mf_duration_text(took > 0 ? took : 0, words, sizeof words);
    if (at->expect->not_before && took < at->expect->not_before)
        mf_fact_add(context, "arrival.early", MF_FACT_BAD, MF_SEGMENT_STORE, label, "early",
                    mf_format(arena, "it was at %s after %s, expected not before %s", label, words,
                              mf_duration_text(at->expect->not_before, limit, sizeof limit)));
    else if (at->arrival->copy.at > at->deadline)
        show_way(context, mf_fact_add(context, "arrival.too-late", MF_FACT_BAD, MF_SEGMENT_STORE, label, "too late",
                                      mf_format(arena, "it was at %s after %s only, expected within %s", label, words,
                                                mf_duration_text(at->expect->within, limit, sizeof limit))));
    else if (at->arrival->copy.at > at->late_at)
        show_way(context, mf_fact_add(context, "arrival.late", MF_FACT_NOTE, MF_SEGMENT_STORE, label, "delayed",
                                      mf_format(arena, "it was at %s after %s, usual is less than %s", label, words,
                                                mf_duration_text(at->expect->late, limit, sizeof limit))));
    else
        mf_fact_add(context, "arrival.seen", MF_FACT_GOOD, MF_SEGMENT_STORE, label, "",
                    mf_format(arena, "seen at %s after %s", label, words));
}

/* It was seen, and was gone before we removed it. */
static void state_taken_away(struct mf_check_context *context, const struct mf_case *at)
{
    const struct mf_rec_removed *removed = at->arrival->removed;
    if (!removed || !removed->removed || !mf_same(removed->why, MF_TAKEN_AWAY))
        return;
    struct mf_arena *arena = context->arena;
    const char *label = at->expect->mailbox->label;
    char after[32];
    mf_usec since = removed->at > at->arrival->copy.at ? removed->at - at->arrival->copy.at : 0;
    mf_duration_text(since, after, sizeof after);
    mf_fact_add(context, "arrival.taken-away", MF_FACT_NOTE, MF_SEGMENT_STORE, label, "",
                mf_format(arena, "it was at %s, folder %s, and %s later it was gone, though the run had not removed it", label,
                          at->arrival->copy.folder, after));
}

/* What came into the mailbox since the message was sent and was gone before anybody could look. */
static const char *gone_words(struct mf_check_context *context, const struct mf_case *at)
{
    const struct mf_mailbox_evidence *mailbox = mf_evidence_mailbox(context->evidence, at->expect->mailbox->label);
    for (size_t f = 0; mailbox && f < mailbox->folder_count; f++) {
        const struct mf_folder_evidence *folder = &mailbox->folders[f];
        unsigned gone = folder->scan_count ? folder->scans[folder->scan_count - 1].gone : 0;
        if (gone)
            return mf_format(context->arena,
                             "; meanwhile %u message%s came into %s and %s gone before %s could be looked at: another client, or "
                             "a rule, may have taken it",
                             gone, gone == 1 ? "" : "s", folder->folder, gone == 1 ? "was" : "were", gone == 1 ? "it" : "they");
    }
    return "";
}

static void state_missing(struct mf_check_context *context, const struct mf_case *at, size_t folders)
{
    struct mf_arena *arena = context->arena;
    const char *label = at->expect->mailbox->label;
    char within[32];
    mf_duration_text(at->expect->within, within, sizeof within);
    mf_fact_add(context, "arrival.missing", MF_FACT_BAD, MF_SEGMENT_STORE, label,
                mf_format(arena, "none in %s", within),
                mf_format(arena, "accepted (%s), but not at %s within %s; all %zu folders were searched%s",
                          mf_reply_words(arena, &at->handing.reply), label, within, folders, gone_words(context, at)));
}

static void state_unknown(struct mf_check_context *context, const struct mf_case *at, const struct mf_rec_gap *gap)
{
    struct mf_arena *arena = context->arena;
    const char *label = at->expect->mailbox->label;
    const char *why = gap ? gap->title : "it was never opened";
    mf_fact_add(context, "arrival.unknown", MF_FACT_UNKNOWN, MF_SEGMENT_MEASURE, label, "mailbox unreadable",
                mf_format(arena, "accepted (%s); whether it arrived is not known, %s could not be read: %s",
                          mf_reply_words(arena, &at->handing.reply), label, why));
}

static void state_waiting(struct mf_check_context *context, const struct mf_case *at)
{
    struct mf_arena *arena = context->arena;
    char passed[32], within[32];
    mf_usec waited = context->now - at->handing.accepted_at;
    mf_duration_text(waited > 0 ? waited : 0, passed, sizeof passed);
    mf_duration_text(at->expect->within, within, sizeof within);
    const char *words = mf_format(arena, "%s%s of %s", context->now > at->late_at ? "DELAYED, " : "", passed, within);
    mf_fact_add(context, "arrival.awaited", MF_FACT_WAITING, MF_SEGMENT_STORE, at->expect->mailbox->label, words,
                words);
}

static void judge(struct mf_check_context *context, const struct mf_expect *expect)
{
    const struct mf_case *at = mf_case(context);
    if (at->handing.state != MF_HANDED_ACCEPTED)
        return;
    if (at->arrival) {
        state_seen(context, at);
        state_taken_away(context, at);
        return;
    }
    bool over = context->now >= at->deadline;
    struct mf_coverage_answer looked = mf_evidence_coverage(context->evidence, expect->mailbox->label, at->first_intent,
                                                            at->deadline, expect->flow->settle);
    switch (looked.coverage) {
    case MF_COVERAGE_COMPLETE:
        state_missing(context, at, looked.folders_searched);
        break;
    case MF_COVERAGE_NEVER_OPEN:
        state_unknown(context, at, looked.gap);
        break;
    case MF_COVERAGE_GAP:
        if (over)
            state_unknown(context, at, looked.gap);
        else
            state_waiting(context, at);
        break;
    case MF_COVERAGE_NOT_YET:
        state_waiting(context, at);
        break;
    }
}

const struct mf_check mf_check_arrived = {"arrived", "it is in the mailbox, in time", needs, mf_expects_arrival, judge};
