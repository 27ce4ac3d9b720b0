/* Is the message as it was handed over right by RFC 5322: with Date and Message-ID, and a Date that is
 * near the time at which it was sent? Applications that make their mail themselves get that wrong. Told,
 * never a failure: servers add what is missing, and filters make of it what they like. */
#include <stdlib.h>

#include "check/check_internal.h"

static const char *const needs[] = {"arrived", NULL};

#define TOLERANCE (10 * 60 * MF_SECOND)
#define QUARTER (15 * 60 * MF_SECOND)

static const char *sender_name(const struct mf_flow *message)
{
    return message->from_application ? message->from_application->name
           : message->from_person    ? message->from_person->name
                                     : message->from;
}

static const char *value_of(struct mf_arena *arena, const struct mf_message *message, const char *name)
{
    const struct mf_header *field = mf_message_header(message, name, 0);
    return field ? mf_header_text(arena, field, false) : NULL;
}

/* A submission server adds what is missing: RFC 6409, 8. */
static bool by_submission(const struct mf_flow *message)
{
    const struct mf_door *door = message->via ? message->via->door : NULL;
    return door && door->kind == MF_DOOR_SUBMISSION;
}

/* A field that the sender has to give; what the first server does about it differs. */
static void judge_field(struct mf_check_context *context, const struct mf_message *sent, const char *id,
                        const char *name)
{
    const struct mf_case *at = mf_case(context);
    struct mf_arena *arena = context->arena;
    if (value_of(arena, sent, name))
        return;
    const char *added = value_of(arena, mf_seen_copy(context, at)->message, name);
    if (added && by_submission(at->message))
        return;
    mf_fact_add(
        context, id, MF_FACT_NOTE, MF_SEGMENT_CONTENT, sender_name(at->message), "",
        added ? mf_format(arena, "it was sent without %s; a server on the way added \"%s\"", name, added)
              : mf_format(arena, "it was sent without %s, and arrived at %s without", name, at->arrival->copy.mailbox));
}

/* "+5:30 h": whole quarters, so the clock may be right and its zone wrong; else just how far. */
static const char *offset_words(struct mf_arena *arena, mf_usec off)
{
    mf_usec size = off < 0 ? -off : off, quarters = (size + QUARTER / 2) / QUARTER;
    mf_usec rest = llabs(size - quarters * QUARTER);
    char words[32];
    if (quarters > 0 && quarters <= 14 * 4 && rest < 60 * MF_SECOND)
        return mf_format(arena, "%c%d:%02d h off, whole quarters of an hour: a wrong time zone", off < 0 ? '-' : '+',
                         (int)(quarters / 4), (int)(quarters % 4) * 15);
    return mf_format(arena, "%s %s", mf_duration_text(size, words, sizeof words), off < 0 ? "behind" : "ahead");
}

static void judge_clock(struct mf_check_context *context, const struct mf_message *sent)
{
    const struct mf_case *at = mf_case(context);
    const char *date = value_of(context->arena, sent, "Date");
    mf_usec said, handed = at->sent->intent.at;
    if (!date)
        return;
    bool readable = mf_date_parse(date, &said, NULL) == 0;
    mf_usec off = readable ? said - handed : 0;
    if (readable && off < TOLERANCE && off > -TOLERANCE)
        return;
    mf_fact_add(context, "message.date-wrong", MF_FACT_NOTE, MF_SEGMENT_CONTENT, sender_name(at->message), "",
                readable
                    ? mf_format(context->arena, "Date says \"%s\"; by the time at which it was handed over that is %s",
                                date, offset_words(context->arena, off))
                    : mf_format(context->arena, "Date says \"%s\", which is no date by RFC 5322", date));
}

static void judge(struct mf_check_context *context, const struct mf_expect *expect)
{
    const struct mf_case *at = mf_case(context);
    const struct mf_seen *sent = mf_seen_sent(context, at->sent);
    if (!at->arrival || !sent || expect->is_copy || expect->flow->of)
        return;
    judge_field(context, sent->message, "message.no-date", "Date");
    judge_field(context, sent->message, "message.no-id", "Message-ID");
    judge_clock(context, sent->message);
}

const struct mf_check mf_check_wellformed = {"wellformed", "it was sent with Date and Message-ID, and the right time",
                                             needs, mf_expects_arrival, judge};
