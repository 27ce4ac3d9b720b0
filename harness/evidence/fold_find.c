/* Finding, or making, what a record is about. */
#include <string.h>

#include "evidence/fold_internal.h"
#include "evidence/pack_internal.h"

struct mf_fold_flow *mf_fold_flow(struct mf_fold *fold, const char *id)
{
    struct mf_fold_flow *flow = mf_map_get(fold->flows, id);
    if (!flow) {
        flow = mf_alloc(fold->scratch, sizeof *flow);
        flow->flow.flow = id;
        mf_map_add(fold->flows, id, flow);
        *MF_PUSH(fold->scratch, fold->flow_list, fold->evidence->flow_count, fold->flow_capacity) = flow;
    }
    return flow;
}

struct mf_fold_mailbox *mf_fold_mailbox(struct mf_fold *fold, const char *label)
{
    struct mf_fold_mailbox *mailbox = mf_map_get(fold->mailboxes, label);
    if (!mailbox) {
        mailbox = mf_alloc(fold->scratch, sizeof *mailbox);
        mailbox->mailbox.mailbox = label;
        mf_map_add(fold->mailboxes, label, mailbox);
        *MF_PUSH(fold->scratch, fold->mailbox_list, fold->evidence->mailbox_count, fold->mailbox_capacity) = mailbox;
    }
    return mailbox;
}

struct mf_fold_folder *mf_fold_folder(struct mf_fold *fold, const char *label, const char *name)
{
    struct mf_fold_mailbox *mailbox = mf_fold_mailbox(fold, label);
    for (size_t i = 0; i < mailbox->folder_count; i++)
        if (strcmp(mailbox->folders[i]->folder.folder, name) == 0)
            return mailbox->folders[i];
    struct mf_fold_folder *folder = mf_alloc(fold->scratch, sizeof *folder);
    folder->folder.folder = name;
    folder->folder.use = "";
    *MF_PUSH(fold->scratch, mailbox->folders, mailbox->folder_count, mailbox->folder_capacity) = folder;
    return folder;
}

struct mf_attempt *mf_fold_attempt(struct mf_fold_flow *flow, int number)
{
    for (size_t i = flow->flow.attempt_count; i > 0; i--)
        if (flow->flow.attempts[i - 1].intent.attempt == number)
            return &flow->flow.attempts[i - 1];
    return NULL;
}

const char *mf_fold_place(struct mf_fold *fold, const char *mailbox, const char *folder, unsigned uidvalidity, unsigned uid)
{
    return mf_format(fold->scratch, "%s\n%s\n%u\n%u", mailbox, folder, uidvalidity, uid);
}

int mf_fold_blob(struct mf_fold *fold, const char *hash, struct mf_bytes *bytes, struct mf_diag *d)
{
    struct mf_pack_item *item = mf_map_get(fold->blobs, hash);
    if (!item)
        return mf_trouble(d, "%s/" MF_PACK_FILE " lacks the blob %s, which the journal names", fold->evidence->dir, hash);
    char found[MF_HASH_SIZE];
    if (!item->checked)
        mf_hash(item->bytes, found);
    if (!item->checked && strcmp(found, hash) != 0)
        return mf_trouble(d, "%s/" MF_PACK_FILE " holds altered bytes for the blob %s", fold->evidence->dir, hash);
    item->checked = true;
    *bytes = item->bytes;
    return 0;
}
