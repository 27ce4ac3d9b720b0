/* Looking at messages. SEARCH is not used: a complete UID walk from the noted UIDNEXT is as quick,
 * and only it may deny. */
#include "run/box_internal.h"

struct looking {
    struct mf_box *box;
    struct mf_box_folder *folder;
    struct mf_uids there; /* what a complete walk found */
    unsigned *again; /* UIDs of which only the header was seen, in the box's arena */
    size_t again_count, again_capacity;
    struct mf_arena *arena;
};

static bool take_whole(void *context, const struct mf_imap_message *message)
{
    struct looking *looking = context;
    mf_uids_add(&looking->there, message->uid);
    mf_box_examine(looking->box, looking->folder, message);
    return true;
}

static bool take_header(void *context, const struct mf_imap_message *message)
{
    struct looking *looking = context;
    mf_uids_add(&looking->there, message->uid);
    if (!mf_uids_has(&looking->folder->looked, message->uid))
        *MF_PUSH(looking->arena, looking->again, looking->again_count, looking->again_capacity) = message->uid;
    return true;
}

static int walk_whole(struct looking *looking, unsigned from, unsigned *to, struct mf_diag *d)
{
    return mf_imap_walk(looking->box->imap, from, false, take_whole, looking, to, &looking->box->trouble, d);
}

static void raise_next(struct mf_box_folder *folder, unsigned to)
{
    if (to > folder->next_uid)
        folder->next_uid = to;
}

int mf_box_look_new(struct mf_box *box, struct mf_diag *d)
{
    struct mf_box_folder *folder = box->selected;
    struct looking looking = {.box = box, .folder = folder, .there.base = folder->next_uid};
    unsigned to = folder->next_uid;
    int result = walk_whole(&looking, folder->next_uid, &to, d);
    raise_next(folder, to);
    mf_uids_reset(&looking.there, 0);
    return result;
}

/* What was not there when it was walked before, though its UID is lower than others that were. */
static int fetch_again(struct looking *looking, struct mf_diag *d)
{
    for (size_t i = 0; i < looking->again_count; i++) {
        struct mf_text raw = {0};
        int result = mf_imap_fetch(looking->box->imap, looking->again[i], &raw, &looking->box->trouble, d);
        struct mf_imap_message message = {.uid = looking->again[i], .raw = mf_text_bytes(&raw), .internaldate = ""};
        if (result == 0)
            mf_box_examine(looking->box, looking->folder, &message);
        mf_text_release(&raw);
        if (result < 0)
            return -1;
    }
    return 0;
}

/* Much was looked at already: its headers are enough to see that nothing else is there. */
static int walk_again(struct looking *looking, unsigned *to, struct mf_diag *d)
{
    struct mf_box_folder *folder = looking->folder;
    looking->arena = mf_arena_new();
    int result = mf_imap_walk(looking->box->imap, folder->from_uid, true, take_header, looking, to, &looking->box->trouble, d);
    if (result == 0)
        result = fetch_again(looking, d);
    mf_arena_free(&looking->arena);
    return result;
}

/* UIDs that were given and that nobody shows: mail that came and was taken away by somebody else. Where
 * the folder was numbered anew, or a run before this one removed its own, that can't be told. */
static unsigned never_seen(const struct mf_box *box, const struct mf_box_folder *folder)
{
    unsigned gone = 0;
    for (unsigned uid = folder->from_uid; uid < box->uidnext && !folder->anew && !box->engine->before && gone < 1000; uid++)
        gone += !mf_uids_has(&folder->looked, uid);
    return gone;
}

static int scan_folder(struct mf_box *box, struct mf_box_folder *folder, struct mf_diag *d)
{
    mf_usec at = mf_now();
    unsigned to = 0;
    box->selected = NULL; /* opened anew: what it holds is told afresh */
    if (mf_box_select(box, folder, false, d) < 0)
        return -1;
    struct looking looking = {.box = box, .folder = folder, .there.base = folder->from_uid};
    bool seen_before = folder->next_uid > folder->from_uid;
    int result = seen_before ? walk_again(&looking, &to, d) : walk_whole(&looking, folder->from_uid, &to, d);
    if (result == 0)
        mf_box_note_taken(box, folder, &looking.there);
    mf_uids_reset(&looking.there, 0);
    if (result < 0)
        return -1;
    raise_next(folder, to);
    struct mf_rec_scan scan = {.at = at, .mailbox = box->mailbox->label, .folder = folder->name,
                               .uidvalidity = folder->uidvalidity, .from_uid = folder->from_uid, .to_uid = to,
                               .gone = never_seen(box, folder)};
    return mf_engine_journaled(box->engine, mf_journal_scan(box->engine->journal, &scan, d), d);
}

static bool is_awaited(struct mf_box *box, const struct mf_box_folder *folder)
{
    bool awaited = false;
    pthread_mutex_lock(&box->engine->lock);
    for (size_t i = 0; i < box->awaiting_count && !awaited; i++)
        awaited = mf_same_nocase(box->awaiting[i].folder, folder->name) ||
                  mf_same_nocase(box->awaiting[i].folder, mf_use_word(folder->use));
    pthread_mutex_unlock(&box->engine->lock);
    return awaited;
}

static bool is_in_scope(struct mf_box *box, const struct mf_box_folder *folder, enum mf_box_scope scope)
{
    switch (scope) {
    case MF_SCOPE_NONE:
        return false;
    case MF_SCOPE_ALL:
        return true;
    case MF_SCOPE_USUAL:
        return folder->use == MF_USE_INBOX || folder->use == MF_USE_JUNK || folder->use == MF_USE_SENT || is_awaited(box, folder);
    }
    return false;
}

int mf_box_scan(struct mf_box *box, enum mf_box_scope scope, struct mf_diag *d)
{
    if (scope == MF_SCOPE_ALL && mf_box_list(box, d) < 0)
        return -1;
    for (size_t i = 0; i < box->folder_count; i++) {
        struct mf_box_folder *folder = box->folders[i];
        struct mf_diag trouble = {0};
        if (!folder->listed || !is_in_scope(box, folder, scope) || scan_folder(box, folder, &trouble) == 0)
            continue;
        if (!mf_imap_alive(box->imap)) {
            *d = trouble;
            return -1;
        }
        mf_box_gap(box, folder, &trouble);
    }
    return 0;
}
