/* Removing our messages: only what is proved ours, only where it was seen, only under the same
 * UIDVALIDITY. Everything else stays and is told. */
#include <stdio.h>

#include "run/box_internal.h"

static void note(struct mf_box *box, struct mf_ours *ours, bool removed, const char *why)
{
    struct mf_diag d = {0};
    struct mf_rec_removed record = {.at = mf_now(), .mailbox = box->mailbox->label, .folder = ours->folder->name,
                                    .uidvalidity = ours->uidvalidity, .uid = ours->uid, .removed = removed, .why = why};
    ours->removed = removed;
    mf_engine_journaled(box->engine, mf_journal_removed(box->engine->journal, &record, &d), &d);
}

void mf_box_note_taken(struct mf_box *box, const struct mf_box_folder *folder, const struct mf_uids *there)
{
    for (size_t i = 0; i < box->ours_count; i++) {
        struct mf_ours *ours = &box->ours[i];
        bool here = ours->folder == folder && ours->uidvalidity == folder->uidvalidity && ours->uid >= folder->from_uid;
        if (here && !ours->removed && !ours->superseded && !mf_uids_has(there, ours->uid))
            note(box, ours, true, MF_TAKEN_AWAY);
    }
}

static void note_all(struct mf_box *box, struct mf_ours **ours, size_t count, bool removed, const char *why)
{
    for (size_t i = 0; i < count; i++)
        note(box, ours[i], removed, why);
}

static int remove_some(struct mf_box *box, struct mf_box_folder *folder, struct mf_ours **ours, size_t count, struct mf_diag *d)
{
    if (mf_box_select(box, folder, true, d) < 0)
        return -1;
    size_t right = 0;
    unsigned *uids = mf_alloc_array(box->arena, count, sizeof *uids);
    for (size_t i = 0; i < count; i++) {
        if (ours[i]->uidvalidity != folder->uidvalidity) {
            note(box, ours[i], false, "the folder was numbered anew meanwhile (UIDVALIDITY changed)");
            continue;
        }
        uids[right] = ours[i]->uid;
        ours[right++] = ours[i];
    }
    if (right && mf_imap_remove(box->imap, uids, right, &box->trouble, d) < 0) {
        note_all(box, ours, right, false, d->title);
        return mf_imap_alive(box->imap) ? 0 : -1;
    }
    note_all(box, ours, right, true, "");
    return 0;
}

/* All Mail's view of a message goes with the message itself; what was numbered anew goes by its new
 * number. */
static bool is_to_go(struct mf_box *box, struct mf_ours *ours)
{
    if (ours->removed || ours->superseded || (ours->again && ours->folder->use == MF_USE_ALL))
        return false;
    if (!ours->proved)
        note(box, ours, false, "not proved to be ours: none of its marks is one that only this run could make");
    return ours->proved;
}

static int clean_folder(struct mf_box *box, struct mf_box_folder *folder, size_t *removed, struct mf_diag *d)
{
    struct mf_ours **ours = mf_alloc_array(box->arena, box->ours_count, sizeof *ours);
    size_t count = 0;
    for (size_t i = 0; i < box->ours_count; i++)
        if (box->ours[i].folder == folder && is_to_go(box, &box->ours[i]))
            ours[count++] = &box->ours[i];
    if (count && remove_some(box, folder, ours, count, d) < 0) {
        for (size_t i = 0; i < count; i++)
            if (!ours[i]->removed)
                note(box, ours[i], false, d->title);
        return mf_imap_alive(box->imap) ? 0 : -1;
    }
    bool all = true;
    for (size_t i = 0; i < count; i++) {
        *removed += ours[i]->removed;
        all = all && ours[i]->removed;
    }
    for (size_t i = 0; i < box->ours_count; i++)
        if (box->ours[i].folder == folder && box->ours[i].superseded)
            note(box, &box->ours[i], all, "by its new number (UIDVALIDITY changed)");
    return 0;
}

void mf_box_clean(struct mf_box *box)
{
    size_t removed = 0;
    char words[32];
    if (box->ours_count == 0)
        return;
    mf_engine_tell(box->engine, MF_EVENT_CLEANING, NULL, box->mailbox, "", 0, 0);
    for (size_t i = 0; i < box->folder_count; i++) {
        struct mf_diag d = {0};
        if (clean_folder(box, box->folders[i], &removed, &d) < 0)
            break;
    }
    snprintf(words, sizeof words, "%zu", removed);
    mf_engine_tell(box->engine, MF_EVENT_REMOVED, NULL, box->mailbox, words, 0, 0);
}
