/* Private to diff*.c: two texts as lines, and the way from one to the other. */
#ifndef CHECK_DIFF_INTERNAL_H
#define CHECK_DIFF_INTERNAL_H

#include "check/diff.h"

/* The lines from the one before the first difference to the one behind the last. */
struct mf_diff_lines {
    struct mf_bytes *items;
    size_t count;
    size_t first; /* number of items[0] in the text, from 0 */
    size_t left;  /* lines behind LINES_MAX */
};

/* One step of the way from before to after. */
struct mf_diff_step {
    char sign; /* ' ', '-', '+' */
    size_t before, after;
};
struct mf_diff_script {
    struct mf_diff_step *steps;
    size_t count;
};

/* diff_lines.c: the lines that may differ. */
void mf_diff_split(struct mf_arena *arena, struct mf_bytes before, struct mf_bytes after, struct mf_diff_lines *a,
                   struct mf_diff_lines *b);
/* diff_show.c: the exhibit, at most `limit` lines. */
const char *mf_diff_exhibit(struct mf_arena *arena, const struct mf_diff_script *script, const struct mf_diff_lines *a,
                            const struct mf_diff_lines *b, size_t limit);

#endif
