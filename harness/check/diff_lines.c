/* Two texts cut into lines, as far as they may differ. */
#include <string.h>

#include "check/diff_internal.h"

#define LINES_MAX 100000 /* of each side, from the first difference on; what is behind is only counted */

static struct mf_bytes without_cr(const char *line, size_t len)
{
    return (struct mf_bytes){line, len && line[len - 1] == '\r' ? len - 1 : len};
}

/* The line at `from`; returns where the next one starts. */
static size_t next_line(struct mf_bytes text, size_t from, struct mf_bytes *line)
{
    const char *end = memchr(text.data + from, '\n', text.len - from);
    size_t len = end ? (size_t)(end - text.data) - from : text.len - from;
    *line = without_cr(text.data + from, len);
    return from + len + (end != NULL);
}

/* The line that ends at `end`; returns where it starts. */
static size_t last_line(struct mf_bytes text, size_t from, size_t end, struct mf_bytes *line)
{
    end -= text.data[end - 1] == '\n';
    const char *before = end > from ? memrchr(text.data + from, '\n', end - from) : NULL;
    size_t start = before ? (size_t)(before - text.data) + 1 : from;
    *line = without_cr(text.data + start, end - start);
    return start;
}

static void split(struct mf_arena *arena, struct mf_bytes text, size_t first, struct mf_diff_lines *lines)
{
    size_t total = 1;
    for (size_t i = 0; i < text.len; i++)
        total += text.data[i] == '\n';
    size_t kept = total < LINES_MAX ? total : LINES_MAX;
    *lines = (struct mf_diff_lines){.items = mf_alloc_array(arena, kept, sizeof *lines->items), .first = first};
    for (size_t from = 0; from < text.len;) {
        struct mf_bytes line;
        from = next_line(text, from, &line);
        if (lines->count < kept)
            lines->items[lines->count++] = line;
        else
            lines->left++;
    }
}

/* Most of two texts is the same: only what lies between the common head and the common tail is taken apart, with one
 * line of each. */
void mf_diff_split(struct mf_arena *arena, struct mf_bytes before, struct mf_bytes after, struct mf_diff_lines *a,
                   struct mf_diff_lines *b)
{
    size_t i = 0, k = 0, head = 0, i_shown = 0, k_shown = 0, i_next, k_next;
    struct mf_bytes x, y;
    for (; i < before.len && k < after.len; i = i_next, k = k_next, head++) {
        i_next = next_line(before, i, &x);
        k_next = next_line(after, k, &y);
        if (!mf_bytes_equal(x, y))
            break;
        i_shown = i;
        k_shown = k;
    }
    size_t i_end = before.len, k_end = after.len, i_last = i_end, k_last = k_end;
    while (i_end > i && k_end > k) {
        size_t i_start = last_line(before, i, i_end, &x), k_start = last_line(after, k, k_end, &y);
        if (!mf_bytes_equal(x, y))
            break;
        i_last = i_end;
        k_last = k_end;
        i_end = i_start;
        k_end = k_start;
    }
    size_t first = head ? head - 1 : 0;
    split(arena, (struct mf_bytes){before.data + i_shown, i_last - i_shown}, first, a);
    split(arena, (struct mf_bytes){after.data + k_shown, k_last - k_shown}, first, b);
}
