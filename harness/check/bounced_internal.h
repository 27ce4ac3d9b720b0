/* Room check: bounces, for the checks of those that are expected and those that are not. Private to harness/check. */
#ifndef CHECK_BOUNCED_INTERNAL_H
#define CHECK_BOUNCED_INTERNAL_H

#include "check/check_internal.h"

/* Whom of the message a bounce is about; NULL: nobody whom it was addressed to. */
const struct mf_recipient *mf_bounce_addressed(const struct mf_flow *message, const struct mf_dsn_recipient *recipient);
/* "mx.example.org told alice primary: could not be delivered: 550 5.1.1 …" */
const char *mf_bounce_words(struct mf_check_context *context, const struct mf_arrival *arrival,
                            const struct mf_dsn *dsn, const struct mf_dsn_recipient *recipient);
/* A fact about the case in hand, with the reply of the host that refused, and who that is and who told it. */
struct mf_fact *mf_bounce_add(struct mf_check_context *context, const char *id, enum mf_fact_state state,
                              const char *scope, const char *words, const struct mf_dsn *dsn,
                              const struct mf_dsn_recipient *recipient, const struct mf_arrival *arrival);
/* Bounces come to that mailbox, and it was not looked through until then: not yet, or it could not be. waiting: what is
 * so far, in words. */
void mf_bounce_not_looked(struct mf_check_context *context, const struct mf_mailbox *mailbox,
                          const struct mf_coverage_answer *looked, mf_usec until, const char *waiting);

#endif
