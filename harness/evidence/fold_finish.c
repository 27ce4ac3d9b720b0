/* All that was folded, put together into the evidence. */
#include <stdlib.h>
#include <string.h>

#include "evidence/fold_internal.h"

static int by_time(const void *a, const void *b)
{
    const struct mf_arrival *x = a, *y = b;
    return x->copy.at != y->copy.at ? (x->copy.at > y->copy.at) - (x->copy.at < y->copy.at)
                                    : (x->copy.uid > y->copy.uid) - (x->copy.uid < y->copy.uid);
}

static int by_flow(const void *a, const void *b)
{
    return strcmp(((const struct mf_flow_evidence *)a)->flow, ((const struct mf_flow_evidence *)b)->flow);
}

static void finish_flow(struct mf_fold *fold, struct mf_flow_evidence *flow)
{
    for (size_t i = 0; i < flow->arrival_count; i++) {
        const struct mf_rec_copy *copy = &flow->arrivals[i].copy;
        const char *key = mf_fold_place(fold, copy->mailbox, copy->folder, copy->uidvalidity, copy->uid);
        const struct mf_rec_removed **removed = mf_map_get(fold->removals, key);
        flow->arrivals[i].removed = removed ? *removed : NULL;
    }
    if (flow->arrival_count)
        qsort(flow->arrivals, flow->arrival_count, sizeof *flow->arrivals, by_time);
}

static void finish_mailbox(struct mf_fold *fold, struct mf_fold_mailbox *from, struct mf_mailbox_evidence *to)
{
    *to = from->mailbox;
    to->folder_count = from->folder_count;
    to->folders = mf_alloc_array(fold->arena, from->folder_count, sizeof *to->folders);
    for (size_t i = 0; i < from->folder_count; i++)
        to->folders[i] = from->folders[i]->folder;
}

void mf_fold_finish(struct mf_fold *fold)
{
    struct mf_evidence *evidence = fold->evidence;
    evidence->flows = mf_alloc_array(fold->arena, evidence->flow_count, sizeof *evidence->flows);
    for (size_t i = 0; i < evidence->flow_count; i++) {
        finish_flow(fold, &fold->flow_list[i]->flow);
        evidence->flows[i] = fold->flow_list[i]->flow;
    }
    if (evidence->flow_count)
        qsort(evidence->flows, evidence->flow_count, sizeof *evidence->flows, by_flow);
    evidence->mailboxes = mf_alloc_array(fold->arena, evidence->mailbox_count, sizeof *evidence->mailboxes);
    for (size_t i = 0; i < evidence->mailbox_count; i++)
        finish_mailbox(fold, fold->mailbox_list[i], &evidence->mailboxes[i]);
}
