/* Room auth: canonicalization (RFC 6376 3.4), used by DKIM and by ARC seals. Pure functions.
 *
 * Input has CRLF line ends (mf_canon_line_ends makes them); only CRLF ends a line here, as in the
 * RFC. Results are appended, the caller owns the text and sets its maximum.
 */
#ifndef AUTH_CANON_H
#define AUTH_CANON_H

#include "mailflow/message.h"

enum mf_canon { MF_CANON_SIMPLE, MF_CANON_RELAXED };
const char *mf_canon_name(enum mf_canon canon);
/* "relaxed/simple" as in c=; without "/" the body is simple. false: unknown words. */
bool mf_canon_parse(const char *words, enum mf_canon *header, enum mf_canon *body);

/* The whole message with CRLF where a bare LF stood; the same bytes when there is none to repair. */
struct mf_bytes mf_canon_line_ends(struct mf_arena *arena, struct mf_bytes raw);
/* One header field, with its final CRLF. */
void mf_canon_header(enum mf_canon canon, struct mf_bytes field, struct mf_text *out);
void mf_canon_body(enum mf_canon canon, struct mf_bytes body, struct mf_text *out);

/* The fields named in h=, in its order, repeated names from the bottom up (RFC 6376 5.4.2); names
 * that the message lacks add nothing. `itself`: the signature field in hand, which h= can't mean (3.5), or NULL. */
void mf_canon_select(enum mf_canon canon, const struct mf_message *message, const struct mf_header *itself,
                     const char *const *names, size_t count, struct mf_text *out);
/* The signature field itself: the value of b= removed, without final CRLF. `value` is where the
 * value of b= lies inside the field. */
void mf_canon_signature(enum mf_canon canon, struct mf_bytes field, struct mf_bytes value, struct mf_text *out);

#endif
