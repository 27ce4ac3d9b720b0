/* Room evidence, inside: bytes as text and back. \DDD (three decimal digits) as in master files
 * (RFC 1035 5.1) for whatever is no printable ASCII, and for the backslash itself. */
#ifndef EVIDENCE_ESCAPE_INTERNAL_H
#define EVIDENCE_ESCAPE_INTERNAL_H

#include "mailflow/arena.h"
#include "mailflow/text.h"

char *mf_escape_bytes(const char *data, size_t len); /* heap */
struct mf_bytes mf_unescape_bytes(struct mf_arena *arena, const char *text); /* NUL behind */
/* Whatever is no UTF-8 becomes U+FFFD. Heap. */
char *mf_escape_repair(const char *text);

#endif
