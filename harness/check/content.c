/* Fields, texts and parts as a reader sees them. */
#include "check/content.h"

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
