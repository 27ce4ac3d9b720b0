/* Room check: the border of a message: the first server of the receiving side that took it. What it
 * says of its client it saw itself; what stands below its Received came with the mail.
 */
#ifndef CHECK_BORDER_H
#define CHECK_BORDER_H

#include "check/check_internal.h"
#include "mailflow/authres.h"

struct mf_border {
    const struct mf_server *server; /* NULL: no Received names one */
    const struct mf_received *line;
    size_t header; /* place of that line among the message's headers */
};
/* The receiving side: for somebody outside his own server and the MX hosts of his domain; for our
 * people all of our servers. May set need_dns. */
struct mf_border mf_border_find(struct mf_check_context *context, const struct mf_case *at);
/* SPF as the border could judge it, once for each message; NULL: its client is not named. May set need_dns. */
const struct mf_spf *mf_border_spf(struct mf_check_context *context, const struct mf_case *at);
/* DMARC from that SPF and our own DKIM. May set need_dns. */
const struct mf_dmarc *mf_border_dmarc(struct mf_check_context *context, const struct mf_case *at);

/* Did the border itself note "pass" for DKIM of this domain (RFC 8601), in a field that is not forged? */
bool mf_border_verified(struct mf_check_context *context, const struct mf_case *at, const char *domain);

extern const struct mf_check mf_check_authres, mf_check_arc;

#endif
