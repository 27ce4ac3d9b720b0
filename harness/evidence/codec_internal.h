/* Room evidence, inside: plain C structs ↔ one line of JSON, by tables. A shape lists the fields of
 * a struct; the writer leaves out what is empty, the reader gives what is left out its empty value.
 * Bytes that are no UTF-8 (servers may say anything) are written as U+FFFD in texts; where every
 * byte counts (DNS), a field is written with \DDD escapes instead and comes back exactly.
 */
#ifndef EVIDENCE_CODEC_INTERNAL_H
#define EVIDENCE_CODEC_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>

#include "mailflow/arena.h"
#include "mailflow/text.h"

enum mf_field_type {
    MF_FIELD_TEXT,     /* const char *; "" when left out */
    MF_FIELD_NULLABLE, /* const char *; NULL when left out */
    MF_FIELD_CHARS,    /* char [size] */
    MF_FIELD_TEXTS,    /* const char *const *, counted by the size_t at `count` */
    MF_FIELD_RAW_TEXTS,/* likewise, every byte kept */
    MF_FIELD_BYTES,    /* struct mf_bytes, every byte kept; NUL added behind */
    MF_FIELD_BOOL,
    MF_FIELD_INT,      /* int */
    MF_FIELD_UINT,     /* unsigned, uint32_t */
    MF_FIELD_TIME,     /* mf_usec */
    MF_FIELD_WORD,     /* an enum, by the words of `word` */
    MF_FIELD_ONE,      /* a struct inside, of `shape` */
    MF_FIELD_MANY,     /* pointer to structs of `shape`, counted by the size_t at `count` */
};
struct mf_shape;
struct mf_field {
    const char *name;
    enum mf_field_type type;
    size_t offset, count, size;
    const struct mf_shape *shape;
    const char *(*word)(int value); /* NULL past the last */
};
struct mf_shape {
    const char *kind;
    size_t size;
    const struct mf_field *fields;
    size_t field_count;
};

/* Appends {"kind":…,…} and a line break. */
void mf_codec_write(struct mf_text *out, const struct mf_shape *shape, const void *record);

/* One line, read. NULL when it is no JSON object with a kind. */
struct mf_codec_line;
struct mf_codec_line *mf_codec_parse(const char *data, size_t len);
void mf_codec_line_free(struct mf_codec_line **line);
const char *mf_codec_kind(const struct mf_codec_line *line);
/* Fills a zeroed record of the shape, texts copied into arena. NULL, or the name of the field that
 * is not what it should be. */
const char *mf_codec_read(const struct mf_codec_line *line, const struct mf_shape *shape, struct mf_arena *arena,
                          void *record);

#endif
