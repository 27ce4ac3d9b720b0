/* Room run, inside: the one policy "this reply ⇒ retry, fail or error". Pure: no clock, no network. */
#ifndef RUN_POLICY_INTERNAL_H
#define RUN_POLICY_INTERNAL_H

#include "mailflow/smtp.h"

struct mf_policy_case {
    enum mf_smtp_outcome outcome;
    enum mf_smtp_phase phase;
    int code;             /* of the deciding reply; 0: none */
    const char *words;    /* its text: may say when to come again */
    bool temporary;       /* TROUBLE: worth trying again */
    bool more_hosts;      /* another address or MX was not tried yet in this round */
    bool reply_is_enough; /* a refusal is what the flow expects, and no arrival */
    int rounds;           /* rounds over all hosts that ended like this, this one included */
    mf_usec now, first_try;
    mf_usec accept_by;    /* no try begins after this instant */
};
enum mf_policy_step {
    MF_POLICY_DONE,      /* nothing more is tried; what was said stands */
    MF_POLICY_NEXT_HOST, /* at once, at the next host */
    MF_POLICY_RETRY,     /* later, see retry_at */
};
struct mf_policy { enum mf_policy_step step; mf_usec retry_at; };
struct mf_policy mf_policy_after(const struct mf_policy_case *it);

/* "try again in 5 minutes", "greylisted for 300 seconds": a duration, 0 when the words tell none. */
mf_usec mf_policy_wait_told(const char *words);

#endif
