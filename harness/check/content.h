/* Room check: what of a message must come through, and what of it a reader sees: transfer encoding and
 * blanks at line ends don't count. Pure.
 */
#ifndef CHECK_CONTENT_H
#define CHECK_CONTENT_H

#include "check/check_internal.h"
#include "check/diff.h"

/* Text with LF ends and without blanks at the ends of lines and at the end. */
const char *mf_plain_text(struct mf_arena *arena, struct mf_bytes text);
/* Is a part the one that mf_seen_text shows? -1 when there is none. */
long mf_text_part(const struct mf_part *parts, size_t count);
const char *mf_part_name(struct mf_arena *arena, const struct mf_part *part);
/* Same content: text parts as text, others byte for byte. */
bool mf_part_equal(struct mf_arena *arena, const struct mf_part *a, const struct mf_part *b);
/* The fields that must come through as sent. NULL-terminated. */
extern const char *const mf_kept_fields[];

#endif
