/* Room base: bytes, growing text, and the few string helpers that every room needs.
 *
 * Every growable text has a maximum: what comes from a network or a file can't make it grow
 * without end. Past the maximum nothing is added and `full` is set; the owner decides what that means.
 */
#ifndef MAILFLOW_TEXT_H
#define MAILFLOW_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Borrowed bytes; may hold NUL; data may be NULL when len is 0. Not NUL-terminated unless said. */
struct mf_bytes {
    const char *data;
    size_t len;
};
#define MF_BYTES(literal) ((struct mf_bytes){(literal), sizeof(literal) - 1})
struct mf_bytes mf_bytes_of(const char *text); /* of a C string; NULL gives empty */
bool mf_bytes_equal(struct mf_bytes a, struct mf_bytes b);

struct mf_text {
    char *data; /* NUL-terminated once anything was added; NULL before */
    size_t len, capacity, max;
    bool full; /* something did not fit */
};
#define MF_TEXT_MAX_DEFAULT ((size_t)64 << 20)
/* max in bytes; 0 means MF_TEXT_MAX_DEFAULT. A zeroed struct is a valid empty text as well. */
void mf_text_init(struct mf_text *text, size_t max);
void mf_text_release(struct mf_text *text);
void mf_text_clear(struct mf_text *text); /* keeps the memory */
void mf_text_add(struct mf_text *text, const void *data, size_t len);
void mf_text_puts(struct mf_text *text, const char *string);
void mf_text_putc(struct mf_text *text, char c);
void mf_text_printf(struct mf_text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void mf_text_vprintf(struct mf_text *text, const char *format, va_list args);
const char *mf_text_str(const struct mf_text *text); /* "" when nothing was added */
struct mf_bytes mf_text_bytes(const struct mf_text *text);

/* ASCII only, as RFC 5321/5322 keywords and host names want it; the C locale plays no part. */
bool mf_same(const char *a, const char *b);        /* both NULL or equal */
bool mf_same_nocase(const char *a, const char *b); /* likewise, ASCII case folded */
bool mf_starts(const char *text, const char *prefix);
bool mf_starts_nocase(const char *text, const char *prefix);
bool mf_ends_nocase(const char *text, const char *suffix);
int mf_lower(int c);
bool mf_is_utf8(const char *data, size_t len, size_t *bad_at); /* RFC 3629: no surrogates, no overlong */

/* Optimal string alignment distance (a swap of neighbours counts one), case folded; at most
 * limit+1 is returned. For "did you mean". */
int mf_distance(const char *a, const char *b, int limit);
/* The nearest of a list, or NULL when none is near enough to be worth saying
 * (distance > 1 + len/4, or another is as near and shares no first letter). */
const char *mf_nearest(const char *word, const char *const *candidates, size_t count);

struct mf_arena;
/* "a", "a or b", "a, b or c", with " or " as last; "" when there is none. In arena. */
const char *mf_join(struct mf_arena *arena, const char *const *words, size_t count, const char *last);
const char *mf_hex(struct mf_arena *arena, struct mf_bytes bytes); /* two lower-case digits each; in arena */

/* Durations for people: "13 ms", "0.41 s", "10.6 s", "5:12", "1:02:03". */
const char *mf_duration_text(int64_t usec, char *buffer, size_t size);

#endif
