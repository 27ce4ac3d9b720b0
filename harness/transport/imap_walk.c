/* Walking a folder by UID, and fetching one message. Only a complete walk may say that something is
 * not there; SEARCH can't. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "transport/fetch_internal.h"

#define BATCH 500 /* messages a command, where there are many */

struct walk {
    struct mf_imap *imap;
    unsigned from;
    bool headers_only;
    mf_imap_take *take;
    void *context;
    unsigned walked_to;
    bool stopped;
    struct mf_fetched fetched;
};

static void give(struct walk *walk)
{
    const struct mf_fetched *f = &walk->fetched;
    /* Flags that somebody changed come without a body; "n:*" also gives the last message below n. */
    if (!f->has_body || f->uid < walk->from || walk->stopped)
        return;
    struct mf_imap_message message = {f->uid, mf_text_bytes(&f->raw), f->internaldate, f->seen, f->deleted, f->cut};
    walk->stopped = !walk->take(walk->context, &message);
    if (f->uid >= walk->walked_to)
        walk->walked_to = f->uid + 1;
}

/* "*" names no message of an empty folder; some servers call that a bad command. */
static bool is_empty_set(const struct mf_imap *imap)
{
    const char *said = imap->wire.said;
    return imap->wire.exists == 0 && (imap->wire.said_bad || strcasestr(said, "message set") || strcasestr(said, "messageset") ||
                                      strcasestr(said, "no matching messages"));
}

/* Reads FETCH answers to the end of the command. */
typedef void on_fetched(void *context);
static int read_answers(struct mf_imap *imap, struct mf_fetched *fetched, on_fetched *each, void *context,
                        struct mf_net_trouble *trouble, struct mf_diag *d)
{
    const char *line;
    size_t len;
    bool ok = false;
    imap->wire.patience = imap->reply_timeout; /* as long as bytes come, it may take */
    for (;;) {
        if (mf_wire_line(&imap->wire, &line, &len) != MF_IO_OK)
            return mf_imap_tell(imap, imap->wire.io, "FETCH", trouble, d);
        if (mf_imap_is_done(imap, line, &ok))
            break;
        enum mf_fetch_line kind = mf_fetch_read(&imap->wire, line, len, fetched);
        if (kind == MF_FETCH_READ)
            each(context);
        else if (kind == MF_FETCH_GARBAGE)
            return mf_imap_tell_garbage(imap, "FETCH", trouble, d);
        else if (kind == MF_FETCH_STREAM || mf_wire_skip(&imap->wire, line, len) != MF_IO_OK)
            return mf_imap_tell(imap, imap->wire.io, "FETCH", trouble, d);
    }
    /* Some of them are gone meanwhile: that is no trouble of ours (RFC 5530). */
    if (ok || strcasestr(imap->wire.said, "[EXPUNGEISSUED]") || is_empty_set(imap))
        return 0;
    return mf_imap_tell(imap, MF_IO_OK, "FETCH", trouble, d);
}

static void on_message(void *context)
{
    give(context);
}

/* One command: the UIDs first:last, last 0 for "*". */
static int walk_range(struct walk *walk, unsigned first, unsigned last, struct mf_net_trouble *trouble, struct mf_diag *d)
{
    struct mf_imap *imap = walk->imap;
    char end[16] = "*";
    if (last)
        snprintf(end, sizeof end, "%u", last);
    mf_imap_begin(imap);
    enum mf_io io = mf_imap_say(imap, "UID FETCH %u:%s (UID FLAGS INTERNALDATE BODY.PEEK[%s])", first, end, walk->headers_only ? "HEADER" : "");
    if (io != MF_IO_OK)
        return mf_imap_tell(imap, io, "FETCH", trouble, d);
    return read_answers(imap, &walk->fetched, on_message, walk, trouble, d);
}

/* ---- many messages: which UIDs there are, then batch by batch ---- */

struct uid_list {
    struct walk *walk;
    unsigned *uids; /* heap */
    size_t count, capacity;
};

static void on_uid(void *context)
{
    struct uid_list *list = context;
    unsigned uid = list->walk->fetched.uid;
    if (uid < list->walk->from)
        return;
    if (list->count == list->capacity) {
        list->capacity = list->capacity ? list->capacity * 2 : 4096;
        list->uids = mf_xrealloc(list->uids, list->capacity * sizeof *list->uids);
    }
    list->uids[list->count++] = uid;
}

static int walk_batches(struct walk *walk, struct mf_net_trouble *trouble, struct mf_diag *d)
{
    struct uid_list list = {.walk = walk};
    struct mf_imap *imap = walk->imap;
    mf_imap_begin(imap);
    enum mf_io io = mf_imap_say(imap, "UID FETCH %u:* (UID)", walk->from);
    int result = io == MF_IO_OK ? read_answers(imap, &walk->fetched, on_uid, &list, trouble, d)
                                : mf_imap_tell(imap, io, "FETCH", trouble, d);
    unsigned first = walk->from;
    for (size_t i = 0; result == 0 && !walk->stopped && i < list.count; i += BATCH) {
        bool is_last = i + BATCH >= list.count; /* and whatever came meanwhile */
        unsigned last = is_last ? 0 : list.uids[i + BATCH - 1];
        result = walk_range(walk, first, last, trouble, d);
        first = last + 1;
    }
    free(list.uids);
    return result;
}

/* One command is enough for what came since the folder was opened, and for small folders. */
static bool is_much(const struct walk *walk)
{
    const struct mf_imap *imap = walk->imap;
    return imap->wire.exists > 2 * BATCH && walk->from + 2 * BATCH < imap->window.uidnext;
}

int mf_imap_walk(struct mf_imap *imap, unsigned from_uid, bool headers_only, mf_imap_take *take, void *context,
                 unsigned *walked_to, struct mf_net_trouble *trouble, struct mf_diag *d)
{
    struct walk walk = {.imap = imap, .from = from_uid ? from_uid : 1, .headers_only = headers_only, .take = take, .context = context};
    walk.walked_to = walk.from;
    int result = mf_imap_check(imap, true, trouble, d);
    if (result == 0)
        result = is_much(&walk) ? walk_batches(&walk, trouble, d) : walk_range(&walk, walk.from, 0, trouble, d);
    *walked_to = walk.walked_to;
    mf_fetched_release(&walk.fetched);
    return result;
}

/* ---- one message ---- */

struct single {
    struct mf_fetched fetched;
    unsigned uid;
    struct mf_text *raw;
    bool found, full;
};

static void on_single(void *context)
{
    struct single *single = context;
    if (single->fetched.uid != single->uid || !single->fetched.has_body)
        return;
    mf_text_clear(single->raw);
    mf_text_add(single->raw, single->fetched.raw.data, single->fetched.raw.len);
    single->found = true;
    single->full = single->fetched.cut || single->raw->full;
}

int mf_imap_fetch(struct mf_imap *imap, unsigned uid, struct mf_text *raw, struct mf_net_trouble *trouble, struct mf_diag *d)
{
    struct single single = {.uid = uid, .raw = raw};
    if (mf_imap_check(imap, true, trouble, d) < 0)
        return -1;
    mf_imap_begin(imap);
    enum mf_io io = mf_imap_say(imap, "UID FETCH %u (UID BODY.PEEK[])", uid);
    int result = io == MF_IO_OK ? read_answers(imap, &single.fetched, on_single, &single, trouble, d)
                                : mf_imap_tell(imap, io, "FETCH", trouble, d);
    mf_fetched_release(&single.fetched);
    if (result == 0 && single.full) {
        snprintf(imap->wire.said, sizeof imap->wire.said, "message %u is larger than mailflow reads", uid);
        return mf_imap_tell(imap, MF_IO_OK, "FETCH", trouble, d);
    }
    return result < 0 ? -1 : single.found ? 0 : 1;
}
