/* What a message says: its text, and the message that it wraps. */
#include <string.h>

#include "message/charset_internal.h"
#include "message/part_internal.h"

bool mf_part_is_message(const struct mf_part *part)
{
    return mf_same(part->type, "message/rfc822") || mf_same(part->type, "message/global");
}

const char *mf_part_text(struct mf_arena *arena, const struct mf_part *part)
{
    return mf_charset_text(arena, part->charset, part->content);
}

static bool is_shown(const struct mf_part *part, const char *type)
{
    return mf_same(part->type, type) && !mf_same(part->disposition, "attachment");
}

static bool is_text(const struct mf_part *part)
{
    return is_shown(part, "text/plain") || is_shown(part, "text/html");
}

/* CRLF becomes LF; a CR that stands alone stays. */
static const char *with_lf(struct mf_arena *arena, const char *text)
{
    char *copy = mf_copy(arena, text), *end = copy;
    for (const char *at = copy; *at; ++at)
        if (!(at[0] == '\r' && at[1] == '\n'))
            *end++ = *at;
    *end = '\0';
    return copy;
}

const char *mf_message_text(struct mf_arena *arena, const struct mf_message *message)
{
    struct mf_part *parts;
    size_t count = mf_message_parts_wanted(arena, message, is_text, &parts);
    for (size_t i = 0; i < count; ++i)
        if (is_shown(&parts[i], "text/plain"))
            return with_lf(arena, mf_part_text(arena, &parts[i]));
    for (size_t i = 0; i < count; ++i)
        if (is_shown(&parts[i], "text/html"))
            return with_lf(arena, mf_html_text(arena, mf_part_text(arena, &parts[i])));
    return "";
}

const struct mf_message *mf_message_unwrap(struct mf_arena *arena, const struct mf_message *message)
{
    struct mf_part *parts;
    size_t count = mf_message_parts_wanted(arena, message, mf_part_is_message, &parts);
    for (size_t i = 0; i < count; ++i)
        if (mf_part_is_message(&parts[i]))
            return mf_message_parse(arena, parts[i].content);
    return NULL;
}
