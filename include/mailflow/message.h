/* Room message: a message as received (RFC 5322), read without I/O and without trust: whatever the
 * bytes are, parsing ends and says what it found. Views point into the bytes given, which must
 * outlive them; the arrays are in the arena.
 */
#ifndef MAILFLOW_MESSAGE_H
#define MAILFLOW_MESSAGE_H

#include "mailflow/arena.h"
#include "mailflow/clock.h"
#include "mailflow/text.h"

struct mf_header {
    struct mf_bytes name;  /* without colon and space before it */
    struct mf_bytes raw;   /* the whole field with its final line break */
    struct mf_bytes value; /* behind the colon, folding still in it, final line break not */
};
struct mf_message {
    struct mf_bytes raw;
    struct mf_header *headers; size_t header_count; /* top first */
    const size_t *by_name;     /* places in headers, by name and then top first: for mf_message_header */
    struct mf_bytes body;      /* behind the empty line */
    bool lf_only;              /* lines end in bare LF */
    bool has_broken_header;    /* a line that is no header field before the empty line */
};
struct mf_message *mf_message_parse(struct mf_arena *arena, struct mf_bytes raw);
/* The n-th field of a name (0 = top), or NULL. ASCII case is ignored. */
const struct mf_header *mf_message_header(const struct mf_message *message, const char *name, size_t n);
size_t mf_message_header_count(const struct mf_message *message, const char *name);
/* Unfolded, trimmed; RFC 2047 words decoded to UTF-8 when `decode`. In arena; never NULL. */
const char *mf_header_text(struct mf_arena *arena, const struct mf_header *header, bool decode);
/* The addresses of an address field (RFC 5322 3.4, groups and comments included), without names. */
const char **mf_header_addresses(struct mf_arena *arena, const char *value, size_t *count);
const char *mf_address_domain(const char *address); /* behind the last @; "" when there is none */
/* A domain with its U-labels as A-labels (RFC 5890, 8616), as DNS and comparing want it: "bücher.example" is
 * "xn--bcher-kva.example". The domain as given when it is ASCII, no UTF-8, or too long for DNS. */
const char *mf_domain_ascii(struct mf_arena *arena, const char *domain);
/* "b <x@y>" forms: is it one addr-spec (RFC 5321 Mailbox, RFC 6531 UTF-8 allowed)? */
bool mf_address_valid(const char *address);
/* RFC 5322 3.3 and obsolete dates. 0 on success; *offset_minutes may be NULL. */
int mf_date_parse(const char *text, mf_usec *at, int *offset_minutes);

/* MIME (RFC 2045-2049), depth at most 32. Leaf parts in order. */
struct mf_part {
    const char *type;        /* "text/plain", lower case */
    const char *charset, *file_name, *disposition, *content_id; /* or NULL */
    struct mf_bytes headers, raw; /* as in the message */
    struct mf_bytes content; /* transfer encoding removed (in arena) */
    bool damaged;            /* encoding or boundary broken; content is what could be had */
    int depth;
};
size_t mf_message_parts(struct mf_arena *arena, const struct mf_message *message, struct mf_part **parts);
/* The first text/plain (else text/html without tags) as UTF-8, line ends LF; "" if none. */
const char *mf_message_text(struct mf_arena *arena, const struct mf_message *message);
/* A part as UTF-8 without NUL, by its charset. */
const char *mf_part_text(struct mf_arena *arena, const struct mf_part *part);
/* A message inside message/rfc822 (journal report), or NULL. */
const struct mf_message *mf_message_unwrap(struct mf_arena *arena, const struct mf_message *message);
int mf_quoted_printable_decode(struct mf_arena *arena, struct mf_bytes in, struct mf_bytes *out); /* 1 = damaged */
int mf_base64_decode(struct mf_arena *arena, struct mf_bytes in, struct mf_bytes *out);           /* 1 = damaged */

#endif
