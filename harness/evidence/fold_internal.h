/* Room evidence, inside: records, one after the other, folded into evidence. */
#ifndef EVIDENCE_FOLD_INTERNAL_H
#define EVIDENCE_FOLD_INTERNAL_H

#include "evidence/records_internal.h"
#include "mailflow/evidence.h"
#include "mailflow/map.h"

struct mf_fold {
    struct mf_evidence *evidence;
    struct mf_arena *arena;   /* the evidence's */
    struct mf_arena *scratch; /* for what is needed while folding only */
    struct mf_map *flows, *mailboxes, *arrivals, *removals, *blobs;
    size_t flow_capacity, mailbox_capacity, answer_capacity;
    struct mf_fold_flow **flow_list;
    struct mf_fold_mailbox **mailbox_list;
    struct mf_files *files;
    bool started;
    mf_usec previous; /* time of the newest record before this one */
};
void mf_fold_start(struct mf_fold *fold, struct mf_evidence *evidence, struct mf_files *files);
void mf_fold_release(struct mf_fold *fold);
/* The record (of the shape's struct, in the arena) takes effect. -1 with d: it names a blob that is
 * missing or altered, or can't be. */
int mf_fold_record(struct mf_fold *fold, enum mf_record_kind kind, const void *record, struct mf_diag *d);
/* Puts all together into the evidence. */
void mf_fold_finish(struct mf_fold *fold);

#endif
