/* What the sentinel of a message says: was the way open after it, and travelled? */
#include <time.h>

#include "check/check_internal.h"

const char *mf_clock_words(struct mf_arena *arena, mf_usec at)
{
    time_t seconds = (time_t)(at / MF_SECOND);
    struct tm local;
    char words[16];
    localtime_r(&seconds, &local);
    strftime(words, sizeof words, "%H:%M:%S", &local);
    return mf_copy(arena, words);
}

static mf_usec after(mf_usec instant, mf_usec duration)
{
    return duration >= MF_NEVER - instant ? MF_NEVER : instant + duration;
}

bool mf_sentinel_belongs(const struct mf_flow *sentinel, const struct mf_mailbox *mailbox)
{
    for (size_t i = 0; i < sentinel->expect_count; i++)
        if (sentinel->expects[i].mailbox == mailbox)
            return true;
    return false;
}

/* When its recipients were taken: the first of them, the last; 0: none was. */
static mf_usec accepted_at(const struct mf_flow *flow, const struct mf_flow_evidence *evidence, bool last)
{
    mf_usec at = 0;
    for (size_t i = 0; i < flow->recipient_count; i++) {
        struct mf_handing handing = mf_evidence_handing(evidence, flow->recipients[i].address);
        if (handing.state == MF_HANDED_ACCEPTED && (!at || (handing.accepted_at > at) == last))
            at = handing.accepted_at;
    }
    return at;
}

/* What the submission server files under Sent has not travelled. */
static bool has_travelled(const struct mf_flow *sentinel, const struct mf_expect *place,
                          const struct mf_arrival *arrival)
{
    return !mf_in_folder(arrival, "sent") || mf_same_nocase(place->folder, "sent") ||
           sentinel->from_person != place->mailbox->person;
}

/* 0: it is not there. */
static mf_usec seen_at(struct mf_check_context *context, const struct mf_flow *sentinel,
                       const struct mf_flow_evidence *evidence, const struct mf_expect *place)
{
    for (size_t i = 0; i < evidence->arrival_count; i++) {
        const struct mf_arrival *arrival = &evidence->arrivals[i];
        if (mf_same(arrival->copy.mailbox, place->mailbox->label) && !mf_is_bounce(context, arrival) &&
            has_travelled(sentinel, place, arrival))
            return arrival->copy.at;
    }
    return 0;
}

/* When it was in the last of its mailboxes; 0 with *missing: it is not in that one. */
static mf_usec seen_everywhere(struct mf_check_context *context, const struct mf_flow *sentinel,
                               const struct mf_flow_evidence *evidence, const struct mf_mailbox **missing)
{
    mf_usec last = 0;
    for (size_t i = 0; i < sentinel->expect_count; i++) {
        mf_usec one = seen_at(context, sentinel, evidence, &sentinel->expects[i]);
        *missing = sentinel->expects[i].mailbox;
        if (!one)
            return 0;
        last = one > last ? one : last;
    }
    return last;
}

static const char *not_taken(struct mf_check_context *context, const struct mf_flow *sentinel,
                             const struct mf_flow_evidence *evidence)
{
    struct mf_handing handing = mf_evidence_handing(evidence, sentinel->recipients[0].address);
    if (handing.state == MF_HANDED_NOT_YET)
        return "";
    return mf_format(context->arena, "; the sentinel was not taken (%s)",
                     mf_reply_words(context->arena, &handing.reply));
}

static const char *seen_words(struct mf_check_context *context, mf_usec accepted, mf_usec handed, mf_usec seen)
{
    char later[32], took[32];
    mf_duration_text(handed - accepted, later, sizeof later);
    mf_duration_text(seen > handed ? seen - handed : 0, took, sizeof took);
    return mf_format(context->arena, "; a sentinel sent %s later the same way was there after %s", later, took);
}

struct mf_absence mf_absence_of(struct mf_check_context *context, const struct mf_case *at)
{
    struct mf_absence absence = {.words = ""};
    const struct mf_flow *sentinel = at->message->sentinel;
    const struct mf_mailbox *missing = NULL;
    if (at->handing.state != MF_HANDED_ACCEPTED)
        return absence;
    absence.until = after(at->handing.accepted_at, at->expect->within ? at->expect->within : at->flow->within);
    absence.sentinel = sentinel ? mf_evidence_flow(context->evidence, sentinel->id) : NULL;
    if (!absence.sentinel)
        return absence;
    mf_usec accepted = accepted_at(at->message, at->evidence, true),
            handed = accepted_at(sentinel, absence.sentinel, false);
    mf_usec seen = handed && accepted ? seen_everywhere(context, sentinel, absence.sentinel, &missing) : 0;
    if (!handed)
        absence.words = not_taken(context, sentinel, absence.sentinel);
    else if (!seen && missing)
        absence.words = mf_format(context->arena, "; the sentinel was not seen at %s", missing->label);
    if (!seen)
        return absence;
    mf_usec until = after(mf_sentinel_until(accepted, handed, seen), at->flow->settle);
    absence.by_sentinel = until < absence.until;
    absence.until = absence.by_sentinel ? until : absence.until;
    absence.words = seen_words(context, accepted, handed, seen);
    return absence;
}
