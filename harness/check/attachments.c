/* Attachments as sent, byte for byte once the transfer encoding is removed; or by name. */
#include <string.h>

#include "check/content.h"

static const char *const needs[] = {"arrived", NULL};

static void state(struct mf_check_context *context, const char *id, const char *name, const char *brief,
                  const char *words)
{
    mf_fact_add(context, id, MF_FACT_BAD, MF_SEGMENT_CONTENT, name, brief, words);
}

/* The part that corresponds: same name; without names, same type. */
static const struct mf_part *counterpart(struct mf_arena *arena, const struct mf_part *part,
                                         const struct mf_part *parts, size_t count, long text)
{
    for (size_t i = 0; i < count; i++)
        if ((long)i != text && mf_same(mf_part_name(arena, part), mf_part_name(arena, &parts[i])))
            return &parts[i];
    return NULL;
}

/* The other form of a text (HTML beside plain) whose change is told with the text: one cause, told once. */
static bool is_told_with_text(const struct mf_check_context *context, const struct mf_part *part)
{
    static const char *const ids[] = {"content.links-rewritten", "content.charset-changed", "content.footer-added",
                                      "content.banner-added", "content.changed"};
    const struct mf_expect *expect = mf_case(context)->expect;
    if (!mf_starts(part->type, "text/") || part->file_name)
        return false;
    for (size_t i = context->facts->count; i-- > 0 && context->facts->items[i].expect == expect;)
        for (size_t k = 0; k < sizeof ids / sizeof *ids; k++)
            if (mf_same(context->facts->items[i].id, ids[k]))
                return true;
    return false;
}

static void judge_as_sent(struct mf_check_context *context, const struct mf_seen *sent, const struct mf_seen *seen)
{
    struct mf_arena *arena = context->arena;
    size_t old_count, new_count;
    const struct mf_part *old = mf_seen_parts(context, sent, &old_count),
                         *new = mf_seen_parts(context, seen, &new_count);
    long old_text = mf_text_part(old, old_count), new_text = mf_text_part(new, new_count);
    for (size_t i = 0; i < old_count; i++) {
        const struct mf_part *now = (long)i == old_text ? NULL : counterpart(arena, &old[i], new, new_count, new_text);
        const char *name = mf_part_name(arena, &old[i]);
        if ((long)i == old_text)
            continue;
        if (!now)
            state(context, "content.attachment-missing", name, "attachment missing",
                  mf_format(arena, "%s (%zu bytes) was sent and is gone", name, old[i].content.len));
        else if (!mf_part_equal(arena, &old[i], now) && !is_told_with_text(context, &old[i]))
            state(context, "content.attachment-changed", name, "attachment changed",
                  mf_format(arena, "%s was sent with %zu bytes and arrived with %zu, not the same", name,
                            old[i].content.len, now->content.len));
    }
    for (size_t i = 0; i < new_count; i++)
        if ((long)i != new_text && new[i].file_name && !counterpart(arena, &new[i], old, old_count, old_text))
            state(context, "content.attachment-added", new[i].file_name, "attachment added",
                  mf_format(arena, "%s arrived and was not sent", new[i].file_name));
}

static bool has_file(const struct mf_part *parts, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (mf_same(parts[i].file_name, name))
            return true;
    return false;
}

static void judge_names(struct mf_check_context *context, const struct mf_expect *expect, const struct mf_seen *seen)
{
    size_t count;
    const struct mf_part *parts = mf_seen_parts(context, seen, &count);
    for (size_t i = 0; i < expect->attach_count; i++)
        if (!has_file(parts, count, expect->attach[i]))
            state(context, "content.attachment-missing", expect->attach[i], "attachment missing",
                  mf_format(context->arena, "%s is not there", expect->attach[i]));
    for (size_t i = 0; i < count; i++) {
        bool expected = !parts[i].file_name;
        for (size_t n = 0; n < expect->attach_count; n++)
            expected = expected || mf_same(parts[i].file_name, expect->attach[n]);
        if (!expected)
            state(context, "content.attachment-added", parts[i].file_name, "attachment added",
                  mf_format(context->arena, "%s is there and not expected", parts[i].file_name));
    }
}

static void judge(struct mf_check_context *context, const struct mf_expect *expect)
{
    const struct mf_case *at = mf_case(context);
    const struct mf_seen *sent = mf_seen_sent(context, at->sent);
    if (!at->arrival)
        return;
    const struct mf_seen *seen = mf_seen_copy(context, at);
    if (expect->attach_given)
        judge_names(context, expect, seen);
    else if (sent)
        judge_as_sent(context, sent, seen);
}

const struct mf_check mf_check_attachments = {"attachments", "attachments as sent", needs, mf_expects_arrival, judge};
