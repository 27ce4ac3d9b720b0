/* Room auth, DMARC inside. */
#ifndef AUTH_DMARC_INTERNAL_H
#define AUTH_DMARC_INTERNAL_H

#include "mailflow/dmarc.h"

/* Lower case, A-labels, no final dot. */
const char *mf_dmarc_domain(struct mf_arena *arena, const char *domain);

enum mf_dmarc_relation { MF_DMARC_UNALIGNED, MF_DMARC_ALIGNED, MF_DMARC_UNDECIDED };
struct mf_dmarc_judge { /* one evaluation under way */
    struct mf_arena *arena;
    struct mf_dns *dns;
    mf_usec deadline;
    const struct mf_dmarc_query *query;
    struct mf_dmarc *dmarc;
};
/* Relaxed: the same organizational domain (RFC 9989 4.10.2); strict: the same domain. */
enum mf_dmarc_relation mf_dmarc_align(struct mf_dmarc_judge *judge, const char *domain, bool is_strict);

/* dmarc_old.c */
void mf_dmarc_judge_old(struct mf_dmarc_judge *judge);
/* scheme ":" something; of mailto an address (RFC 9989 4.6). */
bool mf_dmarc_is_uri(struct mf_bytes uri);
/* dmarc_tell.c: reason and advice */
void mf_dmarc_tell(struct mf_dmarc_judge *judge);

#endif
