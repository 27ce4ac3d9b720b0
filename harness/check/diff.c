/* Differences line by line: common head and tail first, then the longest common subsequence between. */
#include <stdlib.h>
#include <string.h>

#include "check/diff_internal.h"

#define MIDDLE_MAX 2000

static void add(struct mf_diff_script *script, char sign, size_t before, size_t after)
{
    script->steps[script->count++] = (struct mf_diff_step){sign, before, after};
}

/* Lengths of common subsequences of the middles, from each pair of places to the end. */
static unsigned short *common_lengths(const struct mf_diff_lines *a, const struct mf_diff_lines *b, size_t head,
                                      size_t rows, size_t columns)
{
    unsigned short *table = mf_xmalloc((rows + 1) * (columns + 1) * sizeof *table);
    memset(table, 0, (rows + 1) * (columns + 1) * sizeof *table);
    for (size_t i = rows; i-- > 0;)
        for (size_t j = columns; j-- > 0;) {
            unsigned short *cell = &table[i * (columns + 1) + j], down = cell[columns + 1], right = cell[1];
            if (mf_bytes_equal(a->items[head + i], b->items[head + j]))
                *cell = (unsigned short)(cell[columns + 2] + 1);
            else
                *cell = down > right ? down : right;
        }
    return table;
}

static void compare_middles(const struct mf_diff_lines *a, const struct mf_diff_lines *b, size_t head, size_t rows,
                            size_t columns, struct mf_diff_script *script)
{
    size_t i = 0, j = 0;
    if (rows <= MIDDLE_MAX && columns <= MIDDLE_MAX && rows && columns) {
        unsigned short *table = common_lengths(a, b, head, rows, columns);
        while (i < rows && j < columns) {
            const unsigned short *cell = &table[i * (columns + 1) + j];
            if (mf_bytes_equal(a->items[head + i], b->items[head + j])) {
                add(script, ' ', head + i, head + j);
                i++;
                j++;
            } else if (cell[columns + 1] >= cell[1]) {
                add(script, '-', head + i++, head + j);
            } else {
                add(script, '+', head + i, head + j++);
            }
        }
        free(table);
    }
    for (; i < rows; i++)
        add(script, '-', head + i, head + j);
    for (; j < columns; j++)
        add(script, '+', head + i, head + j);
}

static struct mf_diff_script compare(struct mf_arena *arena, const struct mf_diff_lines *a,
                                     const struct mf_diff_lines *b)
{
    struct mf_diff_script script = {mf_alloc_array(arena, a->count + b->count + 1, sizeof(struct mf_diff_step)), 0};
    size_t shorter = a->count < b->count ? a->count : b->count, head = 0, tail = 0;
    while (head < shorter && mf_bytes_equal(a->items[head], b->items[head]))
        head++;
    while (tail < shorter - head && mf_bytes_equal(a->items[a->count - 1 - tail], b->items[b->count - 1 - tail]))
        tail++;
    for (size_t i = 0; i < head; i++)
        add(&script, ' ', i, i);
    compare_middles(a, b, head, a->count - head - tail, b->count - head - tail, &script);
    for (size_t i = 0; i < tail; i++)
        add(&script, ' ', a->count - tail + i, b->count - tail + i);
    return script;
}

static const char *added_lines(struct mf_arena *arena, const struct mf_diff_script *script,
                               const struct mf_diff_lines *b)
{
    struct mf_text out = {.max = 64 << 10};
    size_t count = 0;
    for (size_t i = 0; i < script->count && count < 20; i++)
        if (script->steps[i].sign == '+') {
            mf_text_add(&out, b->items[script->steps[i].after].data, b->items[script->steps[i].after].len);
            mf_text_puts(&out, "\n");
            count++;
        }
    char *text = mf_copy(arena, mf_text_str(&out));
    mf_text_release(&out);
    return text;
}

struct mf_diff mf_diff_lines(struct mf_arena *arena, struct mf_bytes before, struct mf_bytes after, size_t limit)
{
    struct mf_diff_lines a, b;
    mf_diff_split(arena, before, after, &a, &b);
    struct mf_diff_script script = compare(arena, &a, &b);
    struct mf_diff diff = {.added = b.left, .removed = a.left};
    size_t first_added = script.count, last_same = 0, last_added = 0, first_same = script.count;
    for (size_t i = 0; i < script.count; i++) {
        diff.added += script.steps[i].sign == '+';
        diff.removed += script.steps[i].sign == '-';
        if (script.steps[i].sign == '+') {
            first_added = first_added == script.count ? i : first_added;
            last_added = i;
        } else if (script.steps[i].sign == ' ') {
            first_same = first_same == script.count ? i : first_same;
            last_same = i;
        }
    }
    bool only_added = diff.added && !diff.removed;
    diff.only_appended = only_added && (a.count == 0 || first_added > last_same);
    diff.only_prepended = only_added && a.count && last_added < first_same;
    diff.added_text = added_lines(arena, &script, &b);
    diff.text = mf_diff_exhibit(arena, &script, &a, &b, limit);
    return diff;
}
