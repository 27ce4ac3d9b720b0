/* Room check: MTA-STS (RFC 8461), its record and its policy read. Private to harness/check. */
#ifndef CHECK_STS_INTERNAL_H
#define CHECK_STS_INTERNAL_H

#include "mailflow/arena.h"
#include "mailflow/text.h"

/* A TXT record that is meant to announce a policy, right or wrong. */
bool mf_sts_is_meant(struct mf_bytes text);
/* Why senders do not count it, or NULL. */
const char *mf_sts_record_trouble(struct mf_arena *arena, struct mf_bytes text);

struct mf_sts_policy {
    const char *version, *mode, *max_age; /* NULL: not there */
    const char **mx;
    size_t count, capacity;
    long long age;       /* seconds */
    const char *trouble; /* why it can't be used, or NULL */
};
struct mf_sts_policy mf_sts_parse(struct mf_arena *arena, const char *page);
/* Is this host among those of its mx: lines? */
bool mf_sts_names(const struct mf_sts_policy *policy, const char *host);

#endif
