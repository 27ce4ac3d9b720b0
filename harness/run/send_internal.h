/* Room run, inside: what send*.c share. */
#ifndef RUN_SEND_INTERNAL_H
#define RUN_SEND_INTERNAL_H

#include "run/lane_internal.h"
#include "run/policy_internal.h"

/* A session that leads to the target, the worker's own if it does already. -1: no credentials. */
int mf_worker_open_session(struct mf_worker *worker, const struct mf_target *target, bool fresh, mf_usec deadline, struct mf_diag *d);
struct mf_policy mf_try_decide(const struct mf_attempt_run *attempt, const struct mf_smtp_sent *sent, bool more_hosts);
/* Written down, counted, told. */
void mf_try_conclude(struct mf_engine *engine, struct mf_attempt_run *attempt, const struct mf_smtp_sent *sent,
                     const struct mf_diag *trouble, struct mf_policy policy);
mf_usec mf_try_after(mf_usec instant, mf_usec duration); /* never overflows */

#endif
