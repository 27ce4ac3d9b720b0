/* Private to room message: looking at borrowed bytes without copying them. */
#ifndef MESSAGE_BYTES_INTERNAL_H
#define MESSAGE_BYTES_INTERNAL_H

#include "mailflow/arena.h"
#include "mailflow/text.h"

/* ASCII only, whatever the locale; c may be any int. */
static inline bool mf_is_wsp(int c)
{
    return c == ' ' || c == '\t';
}
static inline bool mf_is_space(int c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}
static inline bool mf_is_digit(int c)
{
    return c >= '0' && c <= '9';
}
static inline bool mf_is_alpha(int c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
static inline bool mf_is_alnum(int c)
{
    return mf_is_alpha(c) || mf_is_digit(c);
}
/* The value of a hexadecimal digit, or -1. */
int mf_hex_value(int c);
/* RFC 5322 3.2.3, with every octet of UTF-8 (RFC 6532). */
bool mf_is_atext(int c);

/* What is behind start (empty past the end); from start up to end; without white space at both ends. */
struct mf_bytes mf_bytes_from(struct mf_bytes bytes, size_t start);
struct mf_bytes mf_bytes_slice(struct mf_bytes bytes, size_t start, size_t end);
struct mf_bytes mf_bytes_trim(struct mf_bytes bytes);
bool mf_bytes_same_nocase(struct mf_bytes bytes, const char *text);
int mf_bytes_compare_nocase(struct mf_bytes a, struct mf_bytes b);
/* Where a text starts, or -1. Exact, and with ASCII case folded. */
long mf_bytes_find(struct mf_bytes bytes, const char *text);
long mf_bytes_find_nocase(struct mf_bytes bytes, const char *text);

/* Length of the first line with its line break (LF, with or without CR). */
size_t mf_line_length(struct mf_bytes bytes);
/* Length of that line's break: 0, 1 or 2. */
size_t mf_line_break(const char *line, size_t length);

/* A copy in the arena of what was built; the text is released. Never NULL. */
const char *mf_text_into(struct mf_arena *arena, struct mf_text *text);
const char *mf_bytes_copy(struct mf_arena *arena, struct mf_bytes bytes);
/* A copy in lower case. */
char *mf_lower_copy(struct mf_arena *arena, struct mf_bytes bytes);

#endif
