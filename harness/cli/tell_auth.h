/* What `spf` and `verify` say of each method: its machine-readable line, and its explanation. */
#ifndef CLI_TELL_AUTH_H
#define CLI_TELL_AUTH_H

#include "cli/tell.h"
#include "mailflow/arc.h"
#include "mailflow/dkim.h"
#include "mailflow/dmarc.h"
#include "mailflow/received.h"
#include "mailflow/spf.h"

/* is_predicted: the client was taken from the message's own words. */
void tell_spf_result(struct mf_text *out, struct mf_arena *arena, const struct mf_spf *spf, bool is_predicted);
void tell_spf_story(struct mf_text *out, struct mf_arena *arena, const struct mf_spf *spf);
/* The HELO identity (RFC 7208 2.3), which DMARC does not look at, in one line. */
void tell_spf_helo(struct mf_text *out, const struct mf_spf *helo);

/* One line a signature, those that pass first; "dkim=none" without any. */
void tell_dkim_results(struct mf_text *out, const struct mf_dkim *dkim);
/* sent: what was sent, or NULL. */
void tell_dkim_story(struct mf_text *out, const struct mf_dkim *dkim, const struct mf_message *message,
                     const struct mf_message *sent);
/* The finding that says what to do about it ("dkim.body-changed"); NULL: nothing is wrong. */
const char *tell_dkim_finding(enum mf_dkim_cause cause);

void tell_dmarc_result(struct mf_text *out, const struct mf_dmarc *dmarc);
void tell_dmarc_story(struct mf_text *out, const struct mf_dmarc *dmarc);

void tell_arc_result(struct mf_text *out, struct mf_arena *arena, const struct mf_arc *arc);
void tell_arc_story(struct mf_text *out, const struct mf_arc *arc);

/* What servers noted in Authentication-Results and its kin, and an empty line; nothing without any. */
void tell_authres(struct mf_text *out, struct mf_arena *arena, const struct mf_message *message);

/* What was changed between sent and received, each with the signatures that cover it. */
void tell_changes(struct mf_text *out, struct mf_arena *arena, const struct mf_message *sent,
                  const struct mf_message *received, const struct mf_dkim *dkim);

/* The Received fields in order of travel. */
void tell_path(struct mf_text *out, struct mf_arena *arena, const struct mf_message *message);

#endif
