/* Private to room message: text of any charset as UTF-8. */
#ifndef MESSAGE_CHARSET_INTERNAL_H
#define MESSAGE_CHARSET_INTERNAL_H

#include "message/bytes_internal.h"

/* Adds valid UTF-8 without NUL, whatever the bytes are: what can't be read becomes U+FFFD. With no
 * charset, or one that nobody knows, text that is UTF-8 stays, and the rest is read as Windows-1252. */
void mf_charset_add(struct mf_text *out, const char *charset, struct mf_bytes in);
const char *mf_charset_text(struct mf_arena *arena, const char *charset, struct mf_bytes in);
/* One character as UTF-8; what is no Unicode scalar value (or NUL) becomes U+FFFD. */
void mf_charset_add_character(struct mf_text *out, unsigned long character);
/* The most octets that a text of this length can become. */
size_t mf_charset_max(size_t len);

/* RFC 2047 words anywhere in a text become UTF-8; so does raw 8-bit text. */
const char *mf_words_decode(struct mf_arena *arena, const char *text);

#endif
