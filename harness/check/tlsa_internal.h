/* Room check: TLSA records (RFC 6698) read. Private to harness/check. */
#ifndef CHECK_TLSA_INTERNAL_H
#define CHECK_TLSA_INTERNAL_H

#include "mailflow/dns.h"

struct mf_tlsa {
    int usage, selector, matching; /* -1: the record is too short */
    struct mf_bytes data;
    const char *hex, *text; /* of the data, lower case; "3 1 1 HEX" */
};
struct mf_tlsa mf_tlsa_read(struct mf_arena *arena, const struct mf_dns_record *record);
/* Why it can't be used for SMTP (RFC 7672 3.1), or NULL. */
const char *mf_tlsa_trouble(struct mf_arena *arena, const struct mf_tlsa *tlsa);

#endif
