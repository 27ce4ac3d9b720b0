/* Room message, inside: the two kinds of bounces. */
#ifndef MESSAGE_DSN_INTERNAL_H
#define MESSAGE_DSN_INTERNAL_H

#include "mailflow/dsn.h"

/* A bounce without RFC 3464; NULL: it is none for certain. */
const struct mf_dsn *mf_dsn_from_words(struct mf_arena *arena, const struct mf_message *message);
/* One blank for any white space, none at the ends. */
char *mf_dsn_plain(struct mf_arena *arena, const char *text);

#endif
