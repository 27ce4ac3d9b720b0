/* Room auth, ARC inside: sets as found in the header, before and while they are verified. */
#ifndef AUTH_ARC_INTERNAL_H
#define AUTH_ARC_INTERNAL_H

#include "auth/canon.h"
#include "auth/tags.h"
#include "mailflow/arc.h"
#include "mailflow/message.h"

enum mf_arc_field { MF_ARC_RESULTS, MF_ARC_MESSAGE, MF_ARC_SEAL, MF_ARC_FIELD_COUNT };
struct mf_arc_work { /* beside struct mf_arc_set of the same index */
    const struct mf_header *field[MF_ARC_FIELD_COUNT];
    struct mf_tags tags[MF_ARC_FIELD_COUNT]; /* of MESSAGE and SEAL */
};
struct mf_arc_chain {
    struct mf_arena *arena;
    struct mf_dns *dns;
    mf_usec deadline;
    const struct mf_message *message; /* with CRLF */
    struct mf_arc *arc;
    struct mf_arc_work works[MF_ARC_SETS_MAX];
};

/* arc_read.c: finds the sets and reads them. NULL: well-formed, or there are none; else what is wrong, and
 * arc->broken_at where. */
const char *mf_arc_read(struct mf_arc_chain *chain);
/* arc_verify.c: sets state and why of one signature. */
void mf_arc_verify_message(struct mf_arc_chain *chain, size_t set);
void mf_arc_verify_seal(struct mf_arc_chain *chain, size_t set);

#endif
