/* Private to room message: a Received value as items and clauses (RFC 5321 4.4), before anybody
 * guesses which server wrote it.
 */
#ifndef MESSAGE_TRACE_INTERNAL_H
#define MESSAGE_TRACE_INTERNAL_H

#include "mailflow/received.h"
#include "message/bytes_internal.h"

enum mf_trace_kind { MF_TRACE_WORD, MF_TRACE_COMMENT, MF_TRACE_LITERAL, MF_TRACE_ANGLE, MF_TRACE_SEMICOLON };
struct mf_trace_item {
    enum mf_trace_kind kind;
    struct mf_bytes text;  /* without its brackets; a word without quotes and commas at its end */
    struct mf_bytes whole; /* as it stands */
};
struct mf_trace_items {
    const struct mf_trace_item *items;
    size_t count;
};
struct mf_trace_items mf_trace_lex(struct mf_arena *arena, struct mf_bytes text);

enum mf_trace_clause { MF_TRACE_FROM, MF_TRACE_BY, MF_TRACE_VIA, MF_TRACE_WITH, MF_TRACE_ID, MF_TRACE_FOR,
                       MF_TRACE_TLS, MF_TRACE_DATE, MF_TRACE_SECOND_FROM, MF_TRACE_CLAUSES };
struct mf_trace {
    struct mf_arena *arena;
    const char *text; /* unfolded */
    struct mf_trace_items all;
    struct mf_trace_items clauses[MF_TRACE_CLAUSES]; /* the first of each kind; of the date the last */
};
struct mf_trace mf_trace_split(struct mf_arena *arena, const char *value);

/* The n-th item of a kind in a clause (from 0), or NULL. */
const struct mf_trace_item *mf_trace_nth(struct mf_trace_items items, enum mf_trace_kind kind, size_t n);
bool mf_trace_is(const struct mf_trace_item *item, const char *word); /* a word, ASCII case ignored */
/* The first comment, anywhere, that starts with these words; NULL if none. */
const struct mf_trace_item *mf_trace_comment(struct mf_trace_items items, const char *start);
bool mf_bytes_start_nocase(struct mf_bytes bytes, const char *start);

/* An address as servers write it: 192.0.2.1, with :port or .port, IPv6:…, ::ffff:192.0.2.1, [in
 * brackets]. NULL when it is none; else as inet_ntop writes it, in arena. */
const char *mf_trace_address(struct mf_arena *arena, struct mf_bytes text);

/* The parts of the interpretation, each filling its fields of the result. */
void mf_trace_read_client(const struct mf_trace *trace, struct mf_received *received);   /* needs with, date_text */
void mf_trace_read_security(const struct mf_trace *trace, struct mf_received *received); /* tls, auth; needs with */

#endif
