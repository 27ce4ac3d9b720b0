/* Two messages compared as a reader would see them. */
#include "check/compare.h"

#include <string.h>

const char *const mf_kept_fields[] = {"From", "To", "Cc", "Subject", "Message-ID", "Date", NULL};

const char *mf_plain_text(struct mf_arena *arena, struct mf_bytes text)
{
    char *plain = mf_alloc(arena, text.len + 1);
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        if (c == '\r' && i + 1 < text.len && text.data[i + 1] == '\n')
            continue;
        if (c == '\n')
            while (len && (plain[len - 1] == ' ' || plain[len - 1] == '\t'))
                len--;
        plain[len++] = c ? c : '?';
    }
    while (len && strchr(" \t\n", plain[len - 1]))
        len--;
    plain[len] = '\0';
    return plain;
}

long mf_text_part(const struct mf_part *parts, size_t count)
{
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < count; i++)
            if (!mf_same_nocase(parts[i].disposition, "attachment") &&
                mf_same(parts[i].type, pass == 0 ? "text/plain" : "text/html"))
                return (long)i;
    return -1;
}

const char *mf_part_name(struct mf_arena *arena, const struct mf_part *part)
{
    if (part->file_name && *part->file_name)
        return part->file_name;
    if (part->content_id && *part->content_id)
        return part->content_id;
    return mf_format(arena, "the %s part", part->type);
}

bool mf_part_equal(struct mf_arena *arena, const struct mf_part *a, const struct mf_part *b)
{
    if (mf_bytes_equal(a->content, b->content))
        return true;
    bool text =
        mf_starts(a->type, "text/") && mf_starts(b->type, "text/") && !mf_same_nocase(a->disposition, "attachment");
    return text && strcmp(mf_plain_text(arena, a->content), mf_plain_text(arena, b->content)) == 0;
}

static const char *value_of(struct mf_arena *arena, const struct mf_message *message, const char *name)
{
    const struct mf_header *field = mf_message_header(message, name, 0);
    return field ? mf_header_text(arena, field, true) : NULL;
}

static void say(struct mf_text *what, const char *word)
{
    mf_text_printf(what, "%s%s", what->len ? ", " : "", word);
}

static void compare_fields(struct mf_arena *arena, const struct mf_seen *before, const struct mf_seen *after,
                           struct mf_text *what, struct mf_text *exhibit)
{
    for (const char *const *name = mf_kept_fields; *name; name++) {
        const char *old = value_of(arena, before->message, *name), *new = value_of(arena, after->message, *name);
        if (mf_same(old, new))
            continue;
        say(what, *name);
        if (old)
            mf_text_printf(exhibit, "- %s: %s\n", *name, old);
        if (new)
            mf_text_printf(exhibit, "+ %s: %s\n", *name, new);
    }
}

static void compare_parts(struct mf_check_context *context, const struct mf_seen *before, const struct mf_seen *after,
                          struct mf_text *what)
{
    size_t old_count, new_count;
    const struct mf_part *old = mf_seen_parts(context, before, &old_count),
                         *new = mf_seen_parts(context, after, &new_count);
    long text = mf_text_part(old, old_count);
    if (old_count != new_count) {
        say(what, "number of parts");
        return;
    }
    for (size_t i = 0; i < old_count; i++)
        if ((long)i != text && !mf_part_equal(context->arena, &old[i], &new[i]))
            say(what, mf_part_name(context->arena, &old[i]));
}

struct mf_comparison mf_compare(struct mf_check_context *context, const struct mf_seen *before,
                                const struct mf_seen *after)
{
    struct mf_arena *arena = context->arena;
    struct mf_text what = {.max = 4096}, exhibit = {.max = 64 << 10};
    compare_fields(arena, before, after, &what, &exhibit);
    struct mf_bytes old = mf_bytes_of(mf_plain_text(arena, mf_bytes_of(mf_seen_text(context, before))));
    struct mf_bytes new = mf_bytes_of(mf_plain_text(arena, mf_bytes_of(mf_seen_text(context, after))));
    if (!mf_bytes_equal(old, new)) {
        say(&what, "body");
        mf_text_puts(&exhibit, mf_diff_lines(arena, old, new, 12).text);
    }
    compare_parts(context, before, after, &what);
    struct mf_comparison result = {what.len == 0, mf_copy(arena, mf_text_str(&what)),
                                   mf_copy(arena, mf_text_str(&exhibit))};
    mf_text_release(&what);
    mf_text_release(&exhibit);
    return result;
}
