/* What `spf` and `verify` ask the world: whose DNS, which time, which bytes. */
#ifndef CLI_ASK_H
#define CLI_ASK_H

#include "mailflow/dns.h"
#include "mailflow/message.h"

/* At most one of the two is given; none: the live resolver. NULL with d. */
struct mf_dns *ask_dns(const char *server, const char *zone, struct mf_diag *d);
/* "2026-11-23T02:14:07Z", "2026-11-23", seconds since 1970, or a date of RFC 5322. 0 on success. */
int ask_time(const char *text, mf_usec *at);
/* The bytes of a file, "-": of standard input; in arena, at most 64 MB. -1 with d. */
int ask_bytes(struct mf_arena *arena, const char *path, struct mf_bytes *bytes, struct mf_diag *d);

/* A file as a message. NULL with d: it can't be read. Without any header field, or empty, it is returned, and d says
 * that it is no message. */
const struct mf_message *ask_message(struct mf_arena *arena, const char *path, struct mf_diag *d);

#define ASK_DEADLINE (20 * MF_SECOND) /* for each evaluation, as RFC 7208 4.6.4 advises */

#endif
