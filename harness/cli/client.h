/* Who handed a message to the border: as given, or as the message itself tells it. */
#ifndef CLI_CLIENT_H
#define CLI_CLIENT_H

#include "mailflow/received.h"

struct client {
    const char *ip, *helo, *mail_from; /* NULL: not given */
    const char *unknown;               /* why SPF can't be judged; NULL: it can */
    const char *from_where;            /* what was taken from the message, in a sentence; NULL: nothing */
};
/* Fills what is not given from the top-most Received that names a client in the Internet (else the
 * top-most that names any), and from Return-Path. */
struct client client_find(struct mf_arena *arena, const struct client *given, const struct mf_message *message);

#endif
