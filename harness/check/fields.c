/* From, To, Cc, Subject, Message-ID, Date as sent; no Bcc. */
#include <string.h>

#include "check/content.h"

static const char *const needs[] = {"arrived", NULL};

/* The scenario says itself what this field should be. */
static bool is_expected_otherwise(const struct mf_expect *expect, const char *name)
{
    for (size_t i = 0; i < expect->header_count; i++)
        if (mf_same_nocase(expect->headers[i].name, name))
            return true;
    return false;
}

/* A tag put in front or behind is the same change in every message: its scope is the tag. */
static const char *tag_of(struct mf_arena *arena, const char *before, const char *after)
{
    size_t len = strlen(before), longer = strlen(after);
    const char *inside = before[0] ? strstr(after, before) : NULL;
    if (!inside || longer <= len)
        return NULL;
    if (inside == after)
        return mf_format(arena, "Subject: … + \"%s\"", after + len);
    return mf_format(arena, "Subject: \"%.*s\" + …", (int)(inside - after), after);
}

static void state_subject(struct mf_check_context *context, const char *before, const char *after)
{
    struct mf_arena *arena = context->arena;
    const char *tag = tag_of(arena, before, after);
    struct mf_fact *fact = mf_fact_add(
        context, "content.subject-changed", MF_FACT_BAD, MF_SEGMENT_CONTENT, tag ? tag : "Subject", "Subject changed",
        mf_format(arena, "Subject was sent as \"%s\" and arrived as \"%s\"", before, after));
    mf_fact_show(context, fact, MF_EXHIBIT_DIFF, "", mf_format(arena, "- Subject: %s\n+ Subject: %s\n", before, after));
}

static void state_field(struct mf_check_context *context, const char *name, const char *before, const char *after)
{
    struct mf_arena *arena = context->arena;
    const char *words = !before  ? mf_format(arena, "%s was not sent and arrived as \"%s\"", name, after)
                        : !after ? mf_format(arena, "%s was sent as \"%s\" and is gone", name, before)
                                 : mf_format(arena, "%s was sent as \"%s\" and arrived as \"%s\"", name, before, after);
    mf_fact_add(context, "content.header-changed", MF_FACT_BAD, MF_SEGMENT_CONTENT, name,
                mf_format(arena, "%s changed", name), words);
}

static const char *value_of(struct mf_arena *arena, const struct mf_message *message, const char *name)
{
    const struct mf_header *field = mf_message_header(message, name, 0);
    return field ? mf_header_text(arena, field, true) : NULL;
}

static void judge_field(struct mf_check_context *context, const struct mf_seen *sent, const struct mf_seen *seen,
                        const char *name)
{
    const char *before = value_of(context->arena, sent->message, name),
               *after = value_of(context->arena, seen->message, name);
    /* What was not sent may be added by the first server (RFC 6409 8): only a change is wrong. */
    if (mf_same(before, after) || !before)
        return;
    if (mf_same(name, "Subject") && after)
        state_subject(context, before, after);
    else
        state_field(context, name, before, after);
}

/* Left in by whom it was handed to, or added by a hop: another mend. */
static void judge_bcc(struct mf_check_context *context, const struct mf_seen *sent, const struct mf_seen *seen)
{
    struct mf_arena *arena = context->arena;
    const char *bcc = value_of(arena, seen->message, "Bcc");
    bool was_sent = mf_message_header(sent->message, "Bcc", 0) != NULL;
    if (bcc && *bcc)
        mf_fact_add(context, "content.bcc-visible", MF_FACT_BAD, MF_SEGMENT_CONTENT,
                    was_sent ? "Bcc" : mf_format(arena, "Bcc: %s", bcc), "Bcc visible",
                    mf_format(arena, "the message %sarrived with \"Bcc: %s\"",
                              was_sent ? "" : "was sent without Bcc and ", bcc));
}

static void judge(struct mf_check_context *context, const struct mf_expect *expect)
{
    const struct mf_case *at = mf_case(context);
    const struct mf_seen *sent = mf_seen_sent(context, at->sent);
    if (!at->arrival || !sent)
        return;
    const struct mf_seen *seen = mf_seen_copy(context, at);
    for (const char *const *name = mf_kept_fields; *name; name++)
        if (!is_expected_otherwise(expect, *name))
            judge_field(context, sent, seen, *name);
    if (!is_expected_otherwise(expect, "Bcc"))
        judge_bcc(context, sent, seen);
}

const struct mf_check mf_check_fields = {"fields", "From, To, Subject, Message-ID, Date as sent; no Bcc", needs,
                                         mf_expects_arrival, judge};
