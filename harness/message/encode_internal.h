/* Private to room message: writing header fields and transfer encodings. Lines end in CRLF and hold
 * at most 76 characters where that can be.
 */
#ifndef MESSAGE_ENCODE_INTERNAL_H
#define MESSAGE_ENCODE_INTERNAL_H

#include "message/bytes_internal.h"

#define MF_LINE_MAX 76

/* RFC 2045 6.8; lines of 76 with CRLF, also behind the last. */
void mf_encode_base64(struct mf_text *out, struct mf_bytes in);
/* RFC 2045 6.7; in: lines that end in CRLF. What relays like to touch (space at the end of a line,
 * a dot or "From " at its start) is encoded too. */
void mf_encode_quoted_printable(struct mf_text *out, struct mf_bytes in);

/* A header field being written. Folds only where white space is, never before the first word. */
struct mf_field {
    struct mf_text *out;
    size_t column;
    bool has_word;
};
struct mf_field mf_field_start(struct mf_text *out, const char *name);
void mf_field_end(struct mf_field *field);
/* One word that may start on a new line. */
void mf_field_word(struct mf_field *field, const char *word);
void mf_field_words(struct mf_field *field, const char *words);  /* ASCII, as it stands */
void mf_field_text(struct mf_field *field, const char *utf8);    /* unstructured; RFC 2047 where needed */
void mf_field_mailbox(struct mf_field *field, const char *name, const char *address, const char *behind);
/* A value as somebody wrote it: ASCII stays as it is, else names and text are encoded by RFC 2047. */
void mf_field_given(struct mf_field *field, const char *name, const char *value);
/* name="value", or RFC 2231's forms; `behind` (";" or "") stands behind it. */
void mf_field_parameter(struct mf_field *field, const char *name, const char *value, const char *behind);

bool mf_is_ascii(const char *text, size_t len);

#endif
