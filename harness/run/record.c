/* What transport says, as the journal wants it. */
#include "run/lane_internal.h"

struct mf_rec_tls mf_record_tls(const struct mf_tls_seen *seen)
{
    return (struct mf_rec_tls){.used = seen->used, .verified = seen->verified, .version = seen->version,
                               .cipher = seen->cipher, .subject = seen->subject, .issuer = seen->issuer,
                               .names = seen->names, .problem = seen->problem, .days_left = seen->days_left};
}
