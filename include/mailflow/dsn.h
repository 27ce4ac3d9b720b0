/* Room message: a bounce, read: a delivery status notification (RFC 3464, RFC 6533 as well), or what
 * servers write that never heard of it (qmail, Exim, a report flattened to plain text), as far as that
 * is certain: it must come from the mail system (null return path, or MAILER-DAEMON or postmaster) *and*
 * say of itself that it is one. No I/O; texts are in the arena.
 */
#ifndef MAILFLOW_DSN_H
#define MAILFLOW_DSN_H

#include "mailflow/message.h"

struct mf_dsn_recipient {
    const char *final, *original;        /* addresses without type; "" when not given */
    const char *action;                  /* RFC 3464 2.3.3, lower case: "failed", "delayed" …; "failed" when it is not said */
    const char *status;                  /* "5.1.1", "" when not given */
    const char *diagnostic, *remote_mta; /* without type, folds as one blank; "" when not given */
};
struct mf_dsn {
    bool standard;             /* RFC 3464; else only its words tell, and the action is ours */
    const char *reporting_mta; /* "" when not given */
    const char *envelope_id;   /* RFC 3461 ENVID, xtext decoded; "" when not given */
    struct mf_dsn_recipient *recipients; size_t recipient_count; /* at least one, perhaps of empty fields */
};
/* NULL: it is no bounce. */
const struct mf_dsn *mf_message_dsn(struct mf_arena *arena, const struct mf_message *message);
/* Is a report by its Content-Type, without a look inside? Cheap: most mail is none. */
bool mf_message_is_report(const struct mf_message *message);

#endif
