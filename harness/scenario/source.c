/* The text that is read: a working copy with mended lines, and the way back to the real places. */
#include "scenario/scenario_internal.h"

#include <stdlib.h>
#include <string.h>

void mf_yaml_source_init(struct mf_yaml_source *source, struct mf_arena *arena, const char *name, const char *data,
                         size_t len)
{
    if (!data)
        data = "";
    if (len >= 3 && memcmp(data, "\xEF\xBB\xBF", 3) == 0) {
        data += 3;
        len -= 3;
    }
    *source = (struct mf_yaml_source){
        .arena = arena, .name = name, .original = data, .original_len = len, .len = len, .seen_line = 1};
    source->work = mf_xmalloc(len + 1);
    if (len)
        memcpy(source->work, data, len);
    source->work[len] = '\0';
}

void mf_yaml_source_release(struct mf_yaml_source *source)
{
    free(source->work);
    source->work = NULL;
}

/* Where a byte of the working copy is in the original. Inside what was replaced: where that began. */
size_t mf_yaml_original(const struct mf_yaml_source *source, size_t at)
{
    size_t shift_old = 0, shift_new = 0;
    for (size_t i = 0; i < source->mend_count; i++) {
        const struct mf_yaml_mend *mend = &source->mends[i];
        if (at < mend->line_at + mend->prefix)
            break;
        if (at < mend->line_at + mend->new_len - mend->suffix)
            return mend->line_at + mend->prefix + shift_old - shift_new;
        shift_old += mend->old_len;
        shift_new += mend->new_len;
    }
    return at + shift_old - shift_new;
}

/* Characters between two bytes of one line: those that don't continue another. */
static int count_characters(const char *text, size_t from, size_t to)
{
    int count = 0;
    for (size_t i = from; i < to; i++)
        count += ((unsigned char)text[i] & 0xC0) != 0x80;
    return count;
}

/* Counting goes on from where it stopped, since places are mostly asked for in order. */
static void count_lines_to(struct mf_yaml_source *source, size_t at)
{
    if (at < source->seen_line_at) {
        source->seen = source->seen_line_at = 0;
        source->seen_line = 1;
    }
    if (at < source->seen)
        source->seen = source->seen_line_at;
    for (const char *nl; source->seen < at; source->seen = source->seen_line_at) {
        nl = memchr(source->original + source->seen, '\n', at - source->seen);
        if (!nl)
            break;
        source->seen_line_at = (size_t)(nl - source->original) + 1;
        source->seen_line++;
    }
    source->seen = at;
}

static int column_of(struct mf_yaml_source *source, size_t at)
{
    if (source->counted_from != source->seen_line_at || source->counted > at ||
        source->counted < source->seen_line_at) {
        source->counted_from = source->counted = source->seen_line_at;
        source->counted_chars = 0;
    }
    source->counted_chars += count_characters(source->original, source->counted, at);
    source->counted = at;
    return source->counted_chars + 1;
}

static int length_of(const struct mf_yaml_source *source, size_t from, size_t to)
{
    if (to > source->original_len)
        to = source->original_len;
    if (to <= from)
        return 1;
    const char *nl = memchr(source->original + from, '\n', to - from);
    if (nl)
        to = (size_t)(nl - source->original);
    while (to > from + 1 && strchr(" \t\r", source->original[to - 1]))
        to--;
    int length = count_characters(source->original, from, to);
    return length > 0 ? length : 1;
}

struct mf_place mf_yaml_place(struct mf_yaml_source *source, size_t start, size_t end)
{
    size_t from = mf_yaml_original(source, start), to = mf_yaml_original(source, end);
    if (from > source->original_len)
        from = source->original_len;
    count_lines_to(source, from);
    struct mf_place place = {.file = source->name, .line = source->seen_line, .column = column_of(source, from)};
    place.length = length_of(source, from, to);
    return place;
}

int mf_yaml_length(const struct mf_yaml_source *source, size_t start, size_t end)
{
    return length_of(source, mf_yaml_original(source, start), mf_yaml_original(source, end));
}

size_t mf_yaml_line_start(const struct mf_yaml_source *source, size_t at)
{
    if (at > source->len)
        at = source->len;
    const char *nl = at ? memrchr(source->work, '\n', at) : NULL;
    return nl ? (size_t)(nl - source->work) + 1 : 0;
}

size_t mf_yaml_next_line(const struct mf_yaml_source *source, size_t at)
{
    const char *nl = at < source->len ? memchr(source->work + at, '\n', source->len - at) : NULL;
    return nl ? (size_t)(nl - source->work) + 1 : source->len;
}

size_t mf_yaml_line_end(const struct mf_yaml_source *source, size_t at)
{
    size_t end = mf_yaml_next_line(source, at);
    if (end > at && end && source->work[end - 1] == '\n')
        end--;
    if (end > at && end && source->work[end - 1] == '\r')
        end--;
    return end;
}

size_t mf_yaml_offset(const struct mf_yaml_source *source, int line, int column)
{
    size_t at = 0;
    for (int i = 1; i < line && at < source->len; i++)
        at = mf_yaml_next_line(source, at);
    size_t end = mf_yaml_line_end(source, at);
    for (int i = 1; i < column && at < end; i++)
        do
            at++;
        while (at < end && ((unsigned char)source->work[at] & 0xC0) == 0x80);
    return at;
}
