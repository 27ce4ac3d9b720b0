/* Every check, in order of custody: handed over, arrived, where, by which way, as what. A new kind of
 * check is a file and a line here. */
#include "check/border.h"

const struct mf_check *const mf_checks[] = {
    &mf_check_handed,    &mf_check_accepted,    &mf_check_refused, &mf_check_deferred, &mf_check_bounced,
    &mf_check_bounce,    &mf_check_no_bounce,   &mf_check_distrusted, &mf_check_loop,   &mf_check_arrived,
    &mf_check_absent,    &mf_check_astray,      &mf_check_where,      &mf_check_copies,
    &mf_check_predicted, &mf_check_path,        &mf_check_clock,   &mf_check_dkim,     &mf_check_dkim_notes,
    &mf_check_spf,       &mf_check_dmarc,       &mf_check_arc,     &mf_check_authres,  &mf_check_fields,
    &mf_check_body,      &mf_check_attachments, &mf_check_headers, &mf_check_pair,     NULL,
};
