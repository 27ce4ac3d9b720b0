/* Folders: opening them, what they hold, their list and uses (RFC 3501 6.3, 6154). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "transport/imap_internal.h"

static void remember(struct mf_imap *imap, const char *wire_name, bool write, const struct mf_imap_window *window)
{
    char *name = wire_name ? mf_xstrdup(wire_name) : NULL;
    free(imap->selected);
    imap->selected = name;
    imap->writable = write;
    if (window)
        imap->window = *window;
}

int mf_imap_select(struct mf_imap *imap, const char *wire_name, bool write, struct mf_imap_window *window,
                   struct mf_net_trouble *trouble, struct mf_diag *d)
{
    char what[120];
    *window = (struct mf_imap_window){.uidvalidity = 0};
    if (mf_imap_check(imap, false, trouble, d) < 0)
        return -1;
    mf_imap_begin(imap);
    enum mf_etpan_result result = mf_etpan_select(imap->etpan, wire_name, write, window);
    if (result != MF_ETPAN_OK) {
        remember(imap, NULL, false, NULL);
        snprintf(what, sizeof what, "to open the folder \"%.80s\"", wire_name);
        return mf_imap_tell_etpan(imap, result, what, trouble, d);
    }
    if (!window->uidnext) {
        struct mf_imap_window asked;
        if (mf_imap_status(imap, wire_name, &asked, trouble, d) < 0)
            return -1;
        window->uidnext = asked.uidnext;
    }
    remember(imap, wire_name, write, window);
    return 0;
}

int mf_imap_status(struct mf_imap *imap, const char *wire_name, struct mf_imap_window *window,
                   struct mf_net_trouble *trouble, struct mf_diag *d)
{
    char what[120];
    *window = (struct mf_imap_window){.uidvalidity = 0};
    if (mf_imap_check(imap, false, trouble, d) < 0)
        return -1;
    mf_imap_begin(imap);
    enum mf_etpan_result result = mf_etpan_status(imap->etpan, wire_name, window);
    snprintf(what, sizeof what, "STATUS of the folder \"%.80s\"", wire_name);
    return result == MF_ETPAN_OK ? 0 : mf_imap_tell_etpan(imap, result, what, trouble, d);
}

int mf_imap_noop(struct mf_imap *imap, unsigned *exists_now, struct mf_net_trouble *trouble, struct mf_diag *d)
{
    *exists_now = imap->wire.exists;
    if (mf_imap_check(imap, false, trouble, d) < 0 || mf_imap_run(imap, "NOOP", "NOOP", trouble, d) < 0)
        return -1;
    *exists_now = imap->wire.exists;
    return 0;
}

/* ---- the list ---- */

struct listing {
    struct mf_arena *arena;
    struct mf_imap_folder *folders;
    size_t count, capacity;
    char delimiter;
};

static void take_folder(void *context, const char *wire_name, char delimiter, bool selectable, const char *flags)
{
    struct listing *listing = context;
    struct mf_imap_folder *folder = MF_PUSH(listing->arena, listing->folders, listing->count, listing->capacity);
    folder->wire_name = mf_copy(listing->arena, wire_name);
    folder->name = mf_utf7_decode(listing->arena, wire_name);
    folder->selectable = selectable;
    folder->use = mf_same_nocase(wire_name, "INBOX") ? MF_USE_INBOX : mf_folder_use_by_flags(flags);
    if (delimiter)
        listing->delimiter = delimiter;
}

static bool has_use(const struct listing *listing, enum mf_folder_use use)
{
    for (size_t i = 0; i < listing->count; i++)
        if (listing->folders[i].use == use)
            return true;
    return false;
}

/* Names decide only where the server's flags don't: the first folder of a use has it. */
static void guess_uses(struct listing *listing)
{
    for (size_t i = 0; i < listing->count; i++) {
        struct mf_imap_folder *folder = &listing->folders[i];
        enum mf_folder_use use = folder->use == MF_USE_NONE && folder->selectable ? mf_folder_use_by_name(folder->name, listing->delimiter) : MF_USE_NONE;
        if (use != MF_USE_NONE && !has_use(listing, use))
            folder->use = use;
    }
}

int mf_imap_folders(struct mf_imap *imap, struct mf_arena *arena, struct mf_imap_folder **folders, size_t *count,
                    struct mf_net_trouble *trouble, struct mf_diag *d)
{
    struct listing listing = {.arena = arena};
    *folders = NULL;
    *count = 0;
    if (mf_imap_check(imap, false, trouble, d) < 0)
        return -1;
    bool special = mf_imap_can(imap, "SPECIAL-USE") && mf_imap_can(imap, "LIST-EXTENDED");
    bool xlist = !mf_imap_can(imap, "SPECIAL-USE") && mf_imap_can(imap, "XLIST");
    mf_imap_begin(imap);
    enum mf_etpan_result result = mf_etpan_list(imap->etpan, xlist, special, take_folder, &listing);
    if (result != MF_ETPAN_OK)
        return mf_imap_tell_etpan(imap, result, "to list the folders", trouble, d);
    guess_uses(&listing);
    *folders = listing.folders;
    *count = listing.count;
    return 0;
}
