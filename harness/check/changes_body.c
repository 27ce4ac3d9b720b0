/* The parts of two messages (RFC 2046), held against each other. */
#include <string.h>

#include "check/changes_internal.h"

static const char *label(struct mf_arena *arena, const struct mf_part *part)
{
    if (part->file_name && *part->file_name)
        return mf_format(arena, "the attachment %s", part->file_name);
    return mf_format(arena, "the %s part", part->type);
}

static bool is_text(const struct mf_part *part)
{
    return mf_starts(part->type, "text/") && !mf_same_nocase(part->disposition, "attachment");
}

static const char *with_lf(struct mf_arena *arena, const char *text)
{
    char *copy = mf_copy(arena, text), *to = copy;
    for (const char *at = copy; *at; at++)
        if (!(at[0] == '\r' && at[1] == '\n'))
            *to++ = *at;
    *to = '\0';
    return copy;
}

static struct mf_bytes bytes_with_lf(struct mf_arena *arena, struct mf_bytes bytes)
{
    char *copy = mf_alloc(arena, bytes.len + 1), *to = copy;
    for (size_t i = 0; i < bytes.len; i++)
        if (!(bytes.data[i] == '\r' && i + 1 < bytes.len && bytes.data[i + 1] == '\n'))
            *to++ = bytes.data[i];
    return (struct mf_bytes){copy, (size_t)(to - copy)};
}

static const char *encoding_of(struct mf_arena *arena, const struct mf_part *part)
{
    const struct mf_message *fields = mf_message_parse(arena, part->headers);
    const struct mf_header *field = mf_message_header(fields, "Content-Transfer-Encoding", 0);
    return field ? mf_header_text(arena, field, false) : "7bit";
}

static const char *charset_of(const struct mf_part *part)
{
    return part->charset && *part->charset ? part->charset : "none";
}

/* The same bytes under another name read otherwise; other bytes that read the same do no harm. */
static bool charset_differs(struct mf_changing *changing, const struct mf_part *old, const struct mf_part *new,
                            bool same_bytes, bool same_text)
{
    struct mf_arena *arena = changing->arena;
    if (mf_same_nocase(charset_of(old), charset_of(new)) || same_bytes == same_text)
        return false;
    struct mf_change *change = mf_change_add(
        changing, MF_CHANGE_CHARSET, label(arena, old),
        same_bytes
            ? mf_format(arena,
                        "%s is called %s instead of %s, and its bytes are the same: letters beyond ASCII read wrongly",
                        label(arena, old), charset_of(new), charset_of(old))
            : mf_format(arena, "%s was converted from %s to %s and reads the same", label(arena, old), charset_of(old),
                        charset_of(new)),
        NULL);
    change->is_visible = same_bytes;
    return true;
}

/* As it stands in the message, without its fields. */
static struct mf_bytes encoded(struct mf_arena *arena, const struct mf_part *part)
{
    return bytes_with_lf(arena, mf_message_parse(arena, part->raw)->body);
}

static void compare_encoding(struct mf_changing *changing, const struct mf_part *old, const struct mf_part *new)
{
    struct mf_arena *arena = changing->arena;
    if (mf_bytes_equal(encoded(arena, old), encoded(arena, new)))
        return;
    const char *was = encoding_of(arena, old), *is = encoding_of(arena, new);
    const char *words =
        mf_same_nocase(was, is)
            ? mf_format(arena, "%s is wrapped or escaped otherwise (%s), its content is the same", label(arena, old),
                        is)
            : mf_format(arena,
                        "%s was re-encoded from %s to %s, its content is the same; signatures over the body break",
                        label(arena, old), was, is);
    mf_change_add(changing, MF_CHANGE_BODY_REENCODED, label(arena, old), words, NULL);
}

static void compare_text(struct mf_changing *changing, const struct mf_part *old, const struct mf_part *new)
{
    struct mf_arena *arena = changing->arena;
    const char *before = with_lf(arena, mf_part_text(arena, old)), *after = with_lf(arena, mf_part_text(arena, new));
    bool same_bytes = mf_bytes_equal(bytes_with_lf(arena, old->content), bytes_with_lf(arena, new->content));
    bool same_text = strcmp(before, after) == 0;
    if (charset_differs(changing, old, new, same_bytes, same_text))
        return;
    if (same_text)
        compare_encoding(changing, old, new);
    else
        mf_change_texts(changing, label(arena, old), before, after);
}

static void compare_pair(struct mf_changing *changing, const struct mf_part *old, const struct mf_part *new)
{
    struct mf_arena *arena = changing->arena;
    bool is_renamed = !mf_same(old->file_name, new->file_name);
    if (is_text(old) && is_text(new) && mf_same(old->type, new->type)) {
        compare_text(changing, old, new);
    } else if (mf_bytes_equal(old->content, new->content)) {
        if (is_renamed)
            mf_change_add(
                changing, MF_CHANGE_PART_RENAMED, label(arena, old),
                mf_format(arena, "%s arrived as %s, its content is the same", label(arena, old), label(arena, new)),
                NULL);
        compare_encoding(changing, old, new);
    } else {
        mf_change_add(changing, MF_CHANGE_PART_REPLACED, label(arena, old),
                      mf_format(arena, "%s was sent with %zu bytes (%s) and arrived%s%s with %zu (%s), not the same",
                                label(arena, old), old->content.len, old->type, is_renamed ? " as " : "",
                                is_renamed ? label(arena, new) : "", new->content.len, new->type),
                      NULL);
    }
}

static bool corresponds(const struct mf_part *a, const struct mf_part *b)
{
    bool named = a->file_name || b->file_name;
    return named ? mf_same(a->file_name, b->file_name) : mf_same(a->type, b->type);
}

#define PARTS_MAX 2000 /* of hostile messages the rest is not paired */

static bool has_counterpart(const struct mf_part *part, const struct mf_part *parts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (corresponds(part, &parts[i]))
            return true;
    return false;
}

/* Parts that correspond are compared; a lone one against a lone one at its place is a replacement. */
static void compare_parts(struct mf_changing *changing, const struct mf_part *old, size_t old_count,
                          const struct mf_part *new, size_t new_count)
{
    struct mf_arena *arena = changing->arena;
    bool *taken = mf_alloc_array(arena, new_count + 1, sizeof *taken);
    for (size_t i = 0; i < old_count; i++) {
        size_t k = 0;
        while (k < new_count && (taken[k] || !corresponds(&old[i], &new[k])))
            k++;
        if (k == new_count && i < new_count && !taken[i] && !has_counterpart(&new[i], old, old_count))
            k = i;
        if (k < new_count) {
            taken[k] = true;
            compare_pair(changing, &old[i], &new[k]);
        } else {
            mf_change_add(changing, MF_CHANGE_PART_REMOVED, label(arena, &old[i]),
                          mf_format(arena, "%s (%s, %zu bytes) was removed", label(arena, &old[i]), old[i].type,
                                    old[i].content.len),
                          NULL);
        }
    }
    for (size_t k = 0; k < new_count; k++)
        if (!taken[k])
            mf_change_add(changing, MF_CHANGE_PART_ADDED, label(arena, &new[k]),
                          mf_format(arena, "%s (%s, %zu bytes) was added", label(arena, &new[k]), new[k].type,
                                    new[k].content.len),
                          NULL);
}

void mf_change_bodies(struct mf_changing *changing)
{
    struct mf_arena *arena = changing->arena;
    const struct mf_message *before = changing->before, *after = changing->after;
    if (before->lf_only != after->lf_only && before->raw.len && after->raw.len)
        mf_change_add(changing, MF_CHANGE_LINE_ENDS, "",
                      before->lf_only ? "lines end in CRLF now, they ended in LF"
                                      : "lines end in LF now, they ended in CRLF",
                      NULL);
    struct mf_bytes was = bytes_with_lf(arena, before->body), is = bytes_with_lf(arena, after->body);
    struct mf_part *old, *new;
    size_t count = changing->changes->count;
    size_t old_count = mf_message_parts(arena, before, &old), new_count = mf_message_parts(arena, after, &new);
    compare_parts(changing, old, old_count < PARTS_MAX ? old_count : PARTS_MAX, new,
                  new_count < PARTS_MAX ? new_count : PARTS_MAX);
    if (changing->changes->count == count && !mf_bytes_equal(was, is))
        mf_change_add(changing, MF_CHANGE_BODY_REENCODED, "",
                      "the parts are the same, what stands between them (boundaries, part headers, empty lines) is not",
                      NULL);
}
