/* Room check: facts about one DKIM signature, for the check of DKIM. Private to harness/check.
 */
#ifndef CHECK_DKIM_TELL_H
#define CHECK_DKIM_TELL_H

#include "check/check_internal.h"

void mf_dkim_state_pass(struct mf_check_context *context, const struct mf_dkim_signature *signature);
/* By its cause; a note only, where the border vouches for it. */
void mf_dkim_state_failed(struct mf_check_context *context, const struct mf_dkim_signature *signature,
                          const struct mf_seen *seen);

#endif
