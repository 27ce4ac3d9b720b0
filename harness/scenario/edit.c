/* Replacing lines of the working copy, and remembering what stood there. */
#include "scenario/scenario_internal.h"

#include <stdlib.h>
#include <string.h>

static size_t common_prefix(const char *a, size_t a_len, const char *b, size_t b_len)
{
    size_t n = 0;
    while (n < a_len && n < b_len && a[n] == b[n])
        n++;
    return n;
}

static size_t common_suffix(const char *a, size_t a_len, const char *b, size_t b_len)
{
    size_t n = 0;
    while (n < a_len && n < b_len && a[a_len - 1 - n] == b[b_len - 1 - n])
        n++;
    return n;
}

static struct mf_yaml_mend *mend_of(const struct mf_yaml_source *source, size_t line_at)
{
    for (size_t i = 0; i < source->mend_count; i++)
        if (source->mends[i].line_at == line_at)
            return &source->mends[i];
    return NULL;
}

bool mf_yaml_line_is_mended(const struct mf_yaml_source *source, size_t start)
{
    return mend_of(source, start) != NULL;
}

/* The mend of this line, perhaps a new one in the order of the text. NULL: no more. */
static struct mf_yaml_mend *take_mend(struct mf_yaml_source *source, size_t line_at, size_t len)
{
    enum { SAME_LINE_AT_MOST = 4 };
    struct mf_yaml_mend *mend = mend_of(source, line_at);
    if (mend)
        return ++mend->times <= SAME_LINE_AT_MOST ? mend : NULL;
    size_t readings = ((size_t)32 << 20) / (source->original_len + 1); /* each mend costs one */
    if (source->mend_count >= MF_YAML_MAX_MENDS || source->mend_count > readings)
        return NULL;
    (void)MF_PUSH(source->arena, source->mends, source->mend_count, source->mend_capacity);
    size_t i = source->mend_count - 1;
    for (; i > 0 && source->mends[i - 1].line_at > line_at; i--)
        source->mends[i] = source->mends[i - 1];
    source->mends[i] =
        (struct mf_yaml_mend){.line_at = line_at, .old_len = len, .new_len = len, .prefix = len, .times = 1};
    return &source->mends[i];
}

static void replace(struct mf_yaml_source *source, size_t start, size_t len, const char *text, size_t new_len)
{
    size_t rest = source->len - start - len;
    char *work = mf_xmalloc(start + new_len + rest + 1);
    memcpy(work, source->work, start);
    memcpy(work + start, text, new_len);
    memcpy(work + start + new_len, source->work + start + len, rest);
    work[start + new_len + rest] = '\0';
    free(source->work);
    source->work = work;
    source->len = start + new_len + rest;
}

static bool mend_line(struct mf_yaml_source *source, size_t start, const char *text)
{
    size_t len = mf_yaml_line_end(source, start) - start, new_len = strlen(text);
    struct mf_yaml_mend *mend = take_mend(source, start, len);
    if (!mend)
        return false;
    const char *original = source->original + mf_yaml_original(source, start);
    for (struct mf_yaml_mend *m = mend + 1; m < source->mends + source->mend_count; m++)
        m->line_at += new_len - len;
    mend->new_len = new_len;
    mend->prefix = common_prefix(original, mend->old_len, text, new_len);
    mend->suffix = common_suffix(original + mend->prefix, mend->old_len - mend->prefix, text + mend->prefix,
                                 new_len - mend->prefix);
    replace(source, start, len, text, new_len);
    return true;
}

bool mf_yaml_edit(struct mf_yaml_reading *reading, size_t at, const char *text)
{
    size_t line = mf_yaml_line_start(reading->source, at);
    if (reading->edit_count == MF_YAML_MAX_MENDS)
        return false;
    for (size_t i = 0; i < reading->edit_count; i++)
        if (reading->edits[i].at == line)
            return false;
    *MF_PUSH(reading->source->arena, reading->edits, reading->edit_count, reading->edit_capacity) =
        (struct mf_yaml_edit){.at = line, .text = text};
    return true;
}

/* From the last to the first, so that the others' offsets still hold. False: none could be made. */
bool mf_yaml_apply_edits(struct mf_yaml_reading *reading)
{
    bool any = false;
    while (reading->edit_count) {
        size_t last = 0;
        for (size_t i = 1; i < reading->edit_count; i++)
            if (reading->edits[i].at > reading->edits[last].at)
                last = i;
        any |= mend_line(reading->source, reading->edits[last].at, reading->edits[last].text);
        reading->edits[last] = reading->edits[--reading->edit_count];
    }
    return any;
}
