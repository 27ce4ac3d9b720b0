/* Removing exactly the messages named, and no others: \Deleted and UID EXPUNGE (RFC 4315), through
 * the trash at Gmail, where \Deleted alone only takes a label away.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "transport/imap_internal.h"

#define PER_COMMAND 200 /* UIDs in one command: lines stay below 2,500 octets */

typedef int with_set(struct mf_imap *imap, const char *set, void *context, struct mf_net_trouble *trouble, struct mf_diag *d);

/* Calls for pieces of the list: "1,7,9". */
static int in_pieces(struct mf_imap *imap, const unsigned *uids, size_t count, with_set *each, void *context,
                     struct mf_net_trouble *trouble, struct mf_diag *d)
{
    struct mf_text set = {.max = 8192};
    int result = 0;
    for (size_t i = 0; result == 0 && i < count;) {
        mf_text_clear(&set);
        for (size_t n = 0; n < PER_COMMAND && i < count; n++, i++)
            mf_text_printf(&set, "%s%u", n ? "," : "", uids[i]);
        result = each(imap, mf_text_str(&set), context, trouble, d);
    }
    mf_text_release(&set);
    return result;
}

static int run_with(struct mf_imap *imap, const char *before, const char *set, const char *behind, const char *what,
                    struct mf_net_trouble *trouble, struct mf_diag *d)
{
    struct mf_text command = {.max = 16384};
    mf_text_printf(&command, "%s %s%s", before, set, behind);
    int result = mf_imap_run(imap, mf_text_str(&command), what, trouble, d);
    mf_text_release(&command);
    return result;
}

static int store(struct mf_imap *imap, const char *set, void *context, struct mf_net_trouble *trouble, struct mf_diag *d)
{
    (void)context;
    return run_with(imap, "UID STORE", set, " +FLAGS.SILENT (\\Deleted)", "STORE", trouble, d);
}

static int expunge(struct mf_imap *imap, const char *set, void *context, struct mf_net_trouble *trouble, struct mf_diag *d)
{
    (void)context;
    return run_with(imap, "UID EXPUNGE", set, "", "EXPUNGE", trouble, d);
}

/* Opened for writing; the UIDs must still mean what they meant. */
static int make_writable(struct mf_imap *imap, struct mf_net_trouble *trouble, struct mf_diag *d)
{
    struct mf_imap_window window, before = imap->window;
    if (imap->writable)
        return 0;
    char *name = mf_xstrdup(imap->selected);
    int result = mf_imap_select(imap, name, true, &window, trouble, d);
    free(name);
    if (result == 0 && window.uidvalidity != before.uidvalidity) {
        snprintf(imap->wire.said, sizeof imap->wire.said, "the folder was made anew meanwhile (UIDVALIDITY %u, then %u); nothing was removed",
                 before.uidvalidity, window.uidvalidity);
        return mf_imap_tell(imap, MF_IO_OK, "to remove messages", trouble, d);
    }
    return result;
}

/* ---- without UIDPLUS ---- */

static bool is_ours(const unsigned *uids, size_t count, unsigned long uid)
{
    for (size_t i = 0; i < count; i++)
        if (uids[i] == uid)
            return true;
    return false;
}

/* "* SEARCH 3 17": how many of them are none of ours. */
static size_t count_strangers(const char *line, const unsigned *uids, size_t count)
{
    size_t strangers = 0;
    char *at;
    for (const char *from = line + 8;; from = at) {
        unsigned long uid = strtoul(from, &at, 10);
        if (at == from)
            return strangers;
        strangers += !is_ours(uids, count, uid);
    }
}

/* How many messages of others are marked \Deleted; -1 with trouble. */
static long find_strangers(struct mf_imap *imap, const unsigned *uids, size_t count, struct mf_net_trouble *trouble, struct mf_diag *d)
{
    const char *line;
    size_t len;
    long strangers = 0;
    bool ok = false, told = false;
    mf_imap_begin(imap);
    enum mf_io io = mf_imap_say(imap, "UID SEARCH DELETED");
    while (io == MF_IO_OK && (io = mf_wire_line(&imap->wire, &line, &len)) == MF_IO_OK && !mf_imap_is_done(imap, line, &ok)) {
        if (mf_starts_nocase(line, "* SEARCH")) {
            strangers += (long)count_strangers(line, uids, count);
            told = true;
        }
        io = mf_wire_skip(&imap->wire, line, len);
    }
    if (io != MF_IO_OK || !ok)
        return mf_imap_tell(imap, io, "SEARCH", trouble, d);
    return told ? strangers : 1; /* no answer at all is no permission */
}

static int expunge_all(struct mf_imap *imap, const unsigned *uids, size_t count, struct mf_net_trouble *trouble, struct mf_diag *d)
{
    long strangers = find_strangers(imap, uids, count, trouble, d);
    if (strangers < 0)
        return -1;
    if (strangers == 0)
        return mf_imap_run(imap, "EXPUNGE", "EXPUNGE", trouble, d);
    snprintf(imap->wire.said, sizeof imap->wire.said, "it has no UIDPLUS, and other messages of this folder are marked as deleted too; "
             "ours stay, marked as deleted");
    return mf_imap_tell(imap, MF_IO_OK, "to remove just our messages", trouble, d);
}

static int remove_here(struct mf_imap *imap, const unsigned *uids, size_t count, struct mf_net_trouble *trouble, struct mf_diag *d)
{
    if (in_pieces(imap, uids, count, store, NULL, trouble, d) < 0)
        return -1;
    if (mf_imap_can(imap, "UIDPLUS") || mf_imap_can(imap, "IMAP4REV2"))
        return in_pieces(imap, uids, count, expunge, NULL, trouble, d);
    return expunge_all(imap, uids, count, trouble, d);
}

/* ---- Gmail ---- */

struct moving {
    const char *trash; /* wire name */
    unsigned *there;   /* the UIDs that they got, heap */
    size_t count;
};

/* "304,319:320" */
static void add_uids(struct moving *moving, const char *set)
{
    char *at;
    for (const char *from = set; *from; from = *at ? at + 1 : at) {
        unsigned long first = strtoul(from, &at, 10), last = first;
        if (at == from)
            return;
        if (*at == ':')
            last = strtoul(at + 1, &at, 10);
        for (unsigned long uid = first; uid <= last && last - first < PER_COMMAND; uid++) {
            moving->there = mf_xrealloc(moving->there, (moving->count + 1) * sizeof *moving->there);
            moving->there[moving->count++] = (unsigned)uid;
        }
    }
}

/* A quoted string (RFC 3501 9). */
static void add_quoted(struct mf_text *to, const char *name)
{
    mf_text_puts(to, " \"");
    for (; *name; name++) {
        if (*name == '"' || *name == '\\')
            mf_text_putc(to, '\\');
        mf_text_putc(to, *name);
    }
    mf_text_putc(to, '"');
}

static int move(struct mf_imap *imap, const char *set, void *context, struct mf_net_trouble *trouble, struct mf_diag *d)
{
    struct moving *moving = context;
    struct mf_text target = {.max = 2048};
    add_quoted(&target, moving->trash);
    int result = run_with(imap, mf_imap_can(imap, "MOVE") ? "UID MOVE" : "UID COPY", set, mf_text_str(&target), "to move to the trash", trouble, d);
    mf_text_release(&target);
    if (result == 0)
        add_uids(moving, imap->wire.copied);
    return result;
}

static const char *find_trash(struct mf_imap *imap, struct mf_arena *arena, struct mf_net_trouble *trouble, struct mf_diag *d)
{
    struct mf_imap_folder *folders;
    size_t count;
    if (mf_imap_folders(imap, arena, &folders, &count, trouble, d) < 0)
        return NULL;
    for (size_t i = 0; i < count; i++)
        if (folders[i].use == MF_USE_TRASH)
            return folders[i].wire_name;
    snprintf(imap->wire.said, sizeof imap->wire.said, "Gmail shows no trash folder over IMAP (Settings, Labels)");
    mf_imap_tell(imap, MF_IO_OK, "to remove messages", trouble, d);
    return NULL;
}

/* Moved to the trash, removed there, and back to the folder. */
static int remove_through(struct mf_imap *imap, const char *trash, const unsigned *uids, size_t count,
                          struct mf_net_trouble *trouble, struct mf_diag *d)
{
    struct moving moving = {.trash = trash};
    struct mf_imap_window window;
    char *home = mf_xstrdup(imap->selected);
    bool is_trash = mf_same(home, trash);
    int result = is_trash ? 0 : in_pieces(imap, uids, count, move, &moving, trouble, d);
    if (result == 0 && is_trash)
        result = remove_here(imap, uids, count, trouble, d);
    if (result == 0 && moving.count) {
        result = mf_imap_select(imap, trash, true, &window, trouble, d);
        if (result == 0)
            result = remove_here(imap, moving.there, moving.count, trouble, d);
        if (imap->alive && mf_imap_select(imap, home, true, &window, trouble, d) < 0)
            result = -1;
    }
    free(moving.there);
    free(home);
    return result;
}

int mf_imap_remove(struct mf_imap *imap, const unsigned *uids, size_t count, struct mf_net_trouble *trouble, struct mf_diag *d)
{
    if (mf_imap_check(imap, true, trouble, d) < 0)
        return -1;
    if (count == 0)
        return 0;
    if (make_writable(imap, trouble, d) < 0)
        return -1;
    if (!mf_imap_can(imap, "X-GM-EXT-1"))
        return remove_here(imap, uids, count, trouble, d);
    struct mf_arena *arena = mf_arena_new();
    const char *trash = find_trash(imap, arena, trouble, d);
    int result = trash ? remove_through(imap, trash, uids, count, trouble, d) : -1;
    mf_arena_free(&arena);
    return result;
}
