/* Room check: differences between two texts, line by line, for an exhibit. Pure.
 */
#ifndef CHECK_DIFF_H
#define CHECK_DIFF_H

#include "mailflow/arena.h"
#include "mailflow/text.h"

struct mf_diff {
    size_t added, removed;  /* lines */
    bool only_appended;     /* lines were added behind all others, nothing else */
    bool only_prepended;    /* … before all others */
    const char *added_text; /* the added lines (the first 20), each ended by \n */
    const char *text;       /* exhibit: changed lines with their number and one line of context, at most
                             * `limit` lines: "  12  same", "+ 13  new", "- 13  gone" */
};
/* Longest common subsequence; where the differing middles are larger than 2000 lines, they are told
 * as removed and added whole. Line ends CRLF and LF count alike; long lines are cut in the exhibit. */
struct mf_diff mf_diff_lines(struct mf_arena *arena, struct mf_bytes before, struct mf_bytes after, size_t limit);

#endif
