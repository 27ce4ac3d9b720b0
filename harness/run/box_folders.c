/* The folders of a mailbox and their windows: what was there before. */
#include <string.h>

#include "run/box_internal.h"

/* A mailbox that opens only after something was sent has no window from before. When it is small it
 * is looked through from its first message on, which proves as much; else its newest part, which may
 * find but not deny. */
#define SMALL 3000u
#define NEWEST 2000u

const char *mf_use_word(enum mf_folder_use use)
{
    switch (use) {
    case MF_USE_NONE:
        return "";
    case MF_USE_INBOX:
        return "inbox";
    case MF_USE_JUNK:
        return "junk";
    case MF_USE_SENT:
        return "sent";
    case MF_USE_ARCHIVE:
        return "archive";
    case MF_USE_TRASH:
        return "trash";
    case MF_USE_DRAFTS:
        return "drafts";
    case MF_USE_ALL:
        return "all";
    }
    return "";
}

static struct mf_box_folder *by_wire(struct mf_box *box, const char *wire)
{
    for (size_t i = 0; i < box->folder_count; i++)
        if (strcmp(box->folders[i]->wire, wire) == 0)
            return box->folders[i];
    return NULL;
}

struct mf_box_folder *mf_box_folder_for(struct mf_box *box, const char *word)
{
    struct mf_box_folder *named = NULL;
    for (size_t i = 0; i < box->folder_count; i++) {
        struct mf_box_folder *folder = box->folders[i];
        if (!folder->listed)
            continue;
        if (folder->use != MF_USE_NONE && mf_same_nocase(mf_use_word(folder->use), word))
            return folder;
        if (!named && mf_same_nocase(folder->name, word))
            named = folder;
    }
    return named;
}

/* In which order folders are looked at; All Mail last, so that it is known what it shows again. */
static int order(enum mf_folder_use use)
{
    static const int orders[] = {[MF_USE_INBOX] = 0, [MF_USE_SENT] = 1,    [MF_USE_JUNK] = 2,  [MF_USE_NONE] = 3,
                                 [MF_USE_ARCHIVE] = 4, [MF_USE_DRAFTS] = 5, [MF_USE_TRASH] = 6, [MF_USE_ALL] = 7};
    return orders[use];
}

static void insert(struct mf_box *box, struct mf_box_folder *folder)
{
    (void)MF_PUSH(box->arena, box->folders, box->folder_count, box->folder_capacity);
    size_t i = box->folder_count - 1;
    for (; i > 0 && order(box->folders[i - 1]->use) > order(folder->use); i--)
        box->folders[i] = box->folders[i - 1];
    box->folders[i] = folder;
}

int mf_box_list(struct mf_box *box, struct mf_diag *d)
{
    struct mf_arena *scratch = mf_arena_new();
    struct mf_imap_folder *folders;
    size_t count;
    int result = mf_imap_folders(box->imap, scratch, &folders, &count, &box->trouble, d);
    for (size_t i = 0; result == 0 && i < box->folder_count; i++)
        box->folders[i]->listed = false;
    for (size_t i = 0; result == 0 && i < count; i++) {
        struct mf_box_folder *folder = by_wire(box, folders[i].wire_name);
        if (!folders[i].selectable)
            continue;
        if (!folder) {
            folder = mf_alloc(box->arena, sizeof *folder);
            *folder = (struct mf_box_folder){.name = mf_copy(box->arena, folders[i].name),
                                             .wire = mf_copy(box->arena, folders[i].wire_name), .use = folders[i].use};
            insert(box, folder);
        }
        folder->listed = true;
    }
    mf_arena_free(&scratch);
    return result;
}

/* ---- windows ---- */

static const struct mf_rec_window *window_before(const struct mf_box *box, const struct mf_box_folder *folder)
{
    if (!box->engine->before)
        return NULL;
    const struct mf_mailbox_evidence *mailbox = mf_evidence_mailbox(box->engine->before, box->mailbox->label);
    const struct mf_folder_evidence *known = mf_evidence_folder(mailbox, folder->name);
    return known && known->window.at ? &known->window : NULL;
}

static void begin_at(struct mf_box_folder *folder, unsigned uidvalidity, unsigned uid)
{
    folder->uidvalidity = uidvalidity;
    folder->from_uid = folder->next_uid = uid ? uid : 1;
    mf_uids_reset(&folder->looked, folder->from_uid);
}

static bool is_late(const struct mf_box *box)
{
    pthread_mutex_lock(&box->engine->lock);
    bool late = box->settled || box->overtaken || box->engine->before;
    pthread_mutex_unlock(&box->engine->lock);
    return late;
}

static unsigned late_start(const struct mf_imap_window *window)
{
    return window->exists <= SMALL || window->uidnext <= NEWEST ? 1 : window->uidnext - NEWEST;
}

static int write_window(struct mf_box *box, const struct mf_box_folder *folder, const struct mf_imap_window *window, struct mf_diag *d)
{
    struct mf_rec_window record = {.at = mf_now(), .mailbox = box->mailbox->label, .folder = folder->name,
                                   .use = mf_use_word(folder->use), .uidvalidity = window->uidvalidity,
                                   .uidnext = window->uidnext, .exists = window->exists};
    return mf_engine_journaled(box->engine, mf_journal_window(box->engine->journal, &record, d), d);
}

/* The first time that a folder's numbers are seen; or they changed, and all must be looked at again
 * (RFC 3501 2.3.1.1). */
static int take_window(struct mf_box *box, struct mf_box_folder *folder, const struct mf_imap_window *window, bool is_new, struct mf_diag *d)
{
    const struct mf_rec_window *before = window_before(box, folder);
    if (folder->windowed && folder->uidvalidity == window->uidvalidity)
        return 0;
    if (folder->windowed || is_new)
        begin_at(folder, window->uidvalidity, 1);
    else if (before)
        begin_at(folder, window->uidvalidity, before->uidvalidity == window->uidvalidity ? before->uidnext : 1);
    else
        begin_at(folder, window->uidvalidity, is_late(box) ? late_start(window) : window->uidnext);
    folder->anew = folder->from_uid != window->uidnext;
    folder->windowed = true;
    return before ? 0 : write_window(box, folder, window, d);
}

int mf_box_select(struct mf_box *box, struct mf_box_folder *folder, bool write, struct mf_diag *d)
{
    if (box->selected == folder && (box->selected_for_writing || !write))
        return 0;
    struct mf_imap_window window;
    box->selected = NULL;
    if (mf_imap_select(box->imap, folder->wire, write, &window, &box->trouble, d) < 0)
        return -1;
    box->selected = folder;
    box->selected_for_writing = write;
    box->exists = window.exists;
    box->uidnext = window.uidnext;
    /* A folder that was not there at the beginning (Sent, made with the first copy) is new as a whole. */
    return take_window(box, folder, &window, box->windows_noted, d);
}

static int note_window(struct mf_box *box, struct mf_box_folder *folder, struct mf_diag *d)
{
    struct mf_imap_window window;
    if (mf_imap_status(box->imap, folder->wire, &window, &box->trouble, d) < 0)
        return -1;
    return take_window(box, folder, &window, false, d);
}

/* A folder that can't be looked at (no right to read it) leaves a gap of its own; the others go on. */
static int note_others(struct mf_box *box, const struct mf_box_folder *inbox, struct mf_diag *d)
{
    for (size_t i = 0; i < box->folder_count; i++) {
        struct mf_diag trouble = {0};
        struct mf_box_folder *folder = box->folders[i];
        if (folder == inbox || !folder->listed || folder->windowed || note_window(box, folder, &trouble) == 0)
            continue;
        if (!mf_imap_alive(box->imap)) {
            *d = trouble;
            return -1;
        }
        mf_box_gap(box, folder, &trouble);
    }
    return 0;
}

int mf_box_note_windows(struct mf_box *box, struct mf_diag *d)
{
    struct mf_box_folder *inbox = mf_box_folder_for(box, "inbox");
    if (note_others(box, inbox, d) < 0 || (inbox && mf_box_select(box, inbox, false, d) < 0))
        return -1;
    box->windows_noted = true;
    mf_box_recall(box);
    /* What came while nobody looked raises no EXISTS any more: it is looked at now. */
    return inbox && box->uidnext > inbox->next_uid ? mf_box_look_new(box, d) : 0;
}
