/* Room message: trace header fields (RFC 5321 4.4, and the dialects of some fifty kinds of server).
 * Nothing is invented: what a line does not say stays NULL.
 */
#ifndef MAILFLOW_RECEIVED_H
#define MAILFLOW_RECEIVED_H

#include "mailflow/message.h"

struct mf_received {
    const char *helo, *rdns, *ip;     /* of the client, as this server saw it */
    const char *ident, *envelope_from;
    const char *auth;                 /* how the client logged in: the mechanism ("LOGIN"), else the protocol that
                                       * tells it ("ESMTPSA", "HTTP"), else whose words say so ("Postfix") */
    const char *auth_user;            /* and as whom, where that is said */
    const char *by, *by_ip;           /* who took it */
    const char *with, *id, *for_address;
    const char *tls;                  /* "TLSv1.3", "TLS" (from ESMTPS) or NULL: in the clear */
    const char *date_text;
    mf_usec at;                       /* 0: no readable date */
    bool local;                       /* picked up locally, no client: (qmail 123 invoked by uid …) */
    bool understood;                  /* false: shown raw only */
    const char *raw;                  /* unfolded */
};
/* One value of a Received field. Always a result, in arena. */
const struct mf_received *mf_received_parse(struct mf_arena *arena, const char *value);
/* All of a message, in order of travel (the oldest first). */
const struct mf_received **mf_message_path(struct mf_arena *arena, const struct mf_message *message, size_t *count);

#endif
