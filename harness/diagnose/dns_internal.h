/* Room diagnose: causes found by `dns:` rows. Private to harness/diagnose. */
#ifndef DIAGNOSE_DNS_INTERNAL_H
#define DIAGNOSE_DNS_INTERNAL_H

#include "diagnose/diagnose_internal.h"

struct mf_dns_hit {
    size_t row; /* in facts->rows */
    const struct mf_dns_fact *fact;
    enum mf_outcome outcome;
};
struct mf_dns_cause {
    struct mf_suspect suspect; /* what flows' hits may be absorbed by; has no hits of its own */
    struct mf_dns_hit *hits;
    size_t hit_count, hit_capacity;
    enum mf_outcome outcome;
};
struct mf_dns_causes {
    struct mf_dns_cause **items;
    size_t count, capacity;
};

/* dns_absorb.c: what mail showed of the very record that is wrong at its source is the same cause. */
void mf_dns_absorb(struct mf_case_file *file, struct mf_dns_cause *cause);
/* dns_tell.c */
struct mf_finding *mf_dns_finding(struct mf_case_file *file, const struct mf_dns_cause *cause);
void mf_dns_add_rows(struct mf_case_file *file, const struct mf_dns_cause *cause);

#endif
