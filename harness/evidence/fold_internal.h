/* Room evidence, inside: records, one after the other, folded into evidence. */
#ifndef EVIDENCE_FOLD_INTERNAL_H
#define EVIDENCE_FOLD_INTERNAL_H

#include "evidence/records_internal.h"
#include "mailflow/evidence.h"
#include "mailflow/map.h"

struct mf_fold_flow {
    struct mf_flow_evidence flow;
    size_t attempt_capacity, arrival_capacity;
};
struct mf_fold_folder {
    struct mf_folder_evidence folder;
    size_t scan_capacity;
};
struct mf_fold_mailbox {
    struct mf_mailbox_evidence mailbox;
    struct mf_fold_folder **folders;
    size_t folder_count, folder_capacity, gap_capacity, blind_capacity;
};

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

/* fold_find.c: finding, or making, what a record is about. */
struct mf_fold_flow *mf_fold_flow(struct mf_fold *fold, const char *id);
struct mf_fold_mailbox *mf_fold_mailbox(struct mf_fold *fold, const char *label);
struct mf_fold_folder *mf_fold_folder(struct mf_fold *fold, const char *label, const char *name);
struct mf_attempt *mf_fold_attempt(struct mf_fold_flow *flow, int number); /* NULL: there is none */
const char *mf_fold_place(struct mf_fold *fold, const char *mailbox, const char *folder, unsigned uidvalidity, unsigned uid);
int mf_fold_blob(struct mf_fold *fold, const char *hash, struct mf_bytes *bytes, struct mf_diag *d);

#endif
