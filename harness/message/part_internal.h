/* Private to room message: MIME parts, decoded only where wanted. */
#ifndef MESSAGE_PART_INTERNAL_H
#define MESSAGE_PART_INTERNAL_H

#include "mailflow/message.h"

typedef bool mf_part_wanted(const struct mf_part *part);
/* Like mf_message_parts; parts that are not wanted have no content. wanted NULL: all. */
size_t mf_message_parts_wanted(struct mf_arena *arena, const struct mf_message *message, mf_part_wanted *wanted,
                               struct mf_part **parts);
/* A part as UTF-8 without NUL. */
const char *mf_part_text(struct mf_arena *arena, const struct mf_part *part);
bool mf_part_is_message(const struct mf_part *part); /* message/rfc822 or message/global */
/* HTML as a person would read it, roughly: no tags, no scripts. */
const char *mf_html_text(struct mf_arena *arena, const char *html);

#endif
