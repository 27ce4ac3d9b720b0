/* Differences as an exhibit shows them. */
#include "check/diff_internal.h"

#define WIDTH_MAX 100
#define BEFORE_CHANGE 40 /* of a long line, shown in front of where it differs */

static bool is_shown(const struct mf_diff_script *script, size_t i)
{
    bool before = i > 0 && script->steps[i - 1].sign != ' ',
         after = i + 1 < script->count && script->steps[i + 1].sign != ' ';
    return script->steps[i].sign != ' ' || before || after;
}

/* What a removed line became, or an added one was: the line at its place in the other half of one change. */
static const struct mf_bytes *counterpart(const struct mf_diff_script *script, size_t i, const struct mf_diff_lines *a,
                                          const struct mf_diff_lines *b)
{
    char sign = script->steps[i].sign, other = sign == '-' ? '+' : '-';
    size_t start = i, at;
    while (start > 0 && script->steps[start - 1].sign == sign)
        start--;
    if (sign == '-') {
        for (at = i; at < script->count && script->steps[at].sign == sign; at++)
            ;
    } else {
        for (at = start; at > 0 && script->steps[at - 1].sign == other; at--)
            ;
    }
    at += i - start;
    if (at >= script->count || script->steps[at].sign != other)
        return NULL;
    return other == '-' ? &a->items[script->steps[at].before] : &b->items[script->steps[at].after];
}

static bool is_inside_character(struct mf_bytes line, size_t at)
{
    return at && at < line.len && ((unsigned char)line.data[at] & 0xC0) == 0x80;
}

/* Where to begin to show a long line: a little before it differs. */
static size_t begin_of(struct mf_bytes line, const struct mf_bytes *other)
{
    size_t same = 0;
    while (other && same < line.len && same < other->len && line.data[same] == other->data[same])
        same++;
    size_t begin = line.len > WIDTH_MAX && same > BEFORE_CHANGE ? same - BEFORE_CHANGE : 0;
    while (is_inside_character(line, begin))
        begin--;
    return begin;
}

static void show_line(struct mf_text *out, const struct mf_diff_script *script, size_t i, const struct mf_diff_lines *a,
                      const struct mf_diff_lines *b)
{
    const struct mf_diff_step *step = &script->steps[i];
    const struct mf_diff_lines *lines = step->sign == '-' ? a : b;
    size_t index = step->sign == '-' ? step->before : step->after;
    struct mf_bytes line = lines->items[index];
    size_t begin = line.len > WIDTH_MAX && step->sign != ' ' ? begin_of(line, counterpart(script, i, a, b)) : 0;
    size_t end = line.len - begin > WIDTH_MAX ? begin + WIDTH_MAX : line.len;
    while (is_inside_character(line, end))
        end--;
    mf_text_printf(out, "%c %-3zu %s", step->sign, lines->first + index + 1, begin ? "… " : "");
    mf_text_add(out, line.data + begin, end - begin);
    mf_text_puts(out, end < line.len ? " …\n" : "\n");
}

const char *mf_diff_exhibit(struct mf_arena *arena, const struct mf_diff_script *script, const struct mf_diff_lines *a,
                            const struct mf_diff_lines *b, size_t limit)
{
    struct mf_text out = {.max = 256 << 10};
    size_t shown = 0, left = a->left + b->left;
    for (size_t i = 0; i < script->count; i++) {
        if (!is_shown(script, i))
            continue;
        if (shown++ < limit)
            show_line(&out, script, i, a, b);
        else
            left += script->steps[i].sign != ' ';
    }
    if (left)
        mf_text_printf(&out, "  … and %zu changed lines more\n", left);
    char *text = mf_copy(arena, mf_text_str(&out));
    mf_text_release(&out);
    return text;
}
