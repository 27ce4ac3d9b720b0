/* A message that was seen: whose is it? Ours are written down; nobody else's mail ever is. */
#include <string.h>

#include "mailflow/message.h"
#include "run/box_internal.h"

static const char *place_key(struct mf_arena *arena, const char *folder, unsigned uidvalidity, unsigned uid)
{
    return mf_format(arena, "%s\n%u\n%u", folder, uidvalidity, uid);
}

static struct mf_ours *add_ours(struct mf_box *box, struct mf_box_folder *folder, unsigned uidvalidity, unsigned uid, const char *hash)
{
    struct mf_ours *ours = MF_PUSH(box->arena, box->ours, box->ours_count, box->ours_capacity);
    *ours = (struct mf_ours){.folder = folder, .uidvalidity = uidvalidity, .uid = uid, .hash = mf_copy(box->arena, hash)};
    return ours;
}

/* ---- the run before ---- */

static void recall_arrival(struct mf_box *box, const struct mf_arrival *arrival)
{
    const struct mf_rec_copy *copy = &arrival->copy;
    mf_map_add(box->known, place_key(box->arena, copy->folder, copy->uidvalidity, copy->uid), box);
    struct mf_box_folder *folder = mf_box_folder_for(box, copy->folder);
    if (!folder || (arrival->removed && arrival->removed->removed))
        return;
    struct mf_ours *ours = add_ours(box, folder, copy->uidvalidity, copy->uid, copy->hash);
    ours->proved = copy->proved;
    ours->again = copy->again;
}

void mf_box_recall(struct mf_box *box)
{
    const struct mf_evidence *before = box->engine->before;
    if (box->known)
        return;
    box->known = mf_map_new(box->arena);
    for (size_t i = 0; before && i < before->flow_count; i++)
        for (size_t k = 0; k < before->flows[i].arrival_count; k++)
            if (mf_same(before->flows[i].arrivals[k].copy.mailbox, box->mailbox->label))
                recall_arrival(box, &before->flows[i].arrivals[k]);
}

static bool was_known(struct mf_box *box, const struct mf_box_folder *folder, unsigned uid)
{
    if (mf_map_count(box->known) == 0)
        return false;
    struct mf_arena *scratch = mf_arena_new();
    bool known = mf_map_get(box->known, place_key(scratch, folder->name, folder->uidvalidity, uid)) != NULL;
    mf_arena_free(&scratch);
    return known;
}

/* ---- now ---- */

/* A copy that was seen before: All Mail shows again what another folder holds; and a folder that was
 * numbered anew shows everything again. */
static bool is_shown_again(struct mf_box *box, const struct mf_box_folder *folder, const char *hash)
{
    for (size_t i = 0; i < box->ours_count; i++) {
        struct mf_ours *known = &box->ours[i];
        if (strcmp(known->hash, hash) != 0 || known->superseded)
            continue;
        if (folder->use == MF_USE_ALL && known->folder != folder)
            return true;
        if (known->folder == folder && known->uidvalidity != folder->uidvalidity)
            return known->superseded = true;
    }
    return false;
}

struct found {
    struct mf_flow_run *run;
    struct mf_marks marks;
    const struct mf_dsn *dsn; /* a bounce, which may quote our marks: it is no copy */
    bool returns_ours;        /* with our whole proof in what it returns */
    bool again;
    char hash[MF_HASH_SIZE];
};

static int write_copy(struct mf_box *box, const struct mf_box_folder *folder, const struct mf_imap_message *message,
                      struct found *found, mf_usec at, struct mf_diag *d)
{
    if (mf_journal_blob(box->engine->journal, message->raw, found->hash, d) < 0)
        return -1;
    found->again = is_shown_again(box, folder, found->hash);
    const struct mf_marks *marks = &found->marks;
    struct mf_rec_copy copy = {
        .at = at, .mailbox = box->mailbox->label, .folder = folder->name, .use = mf_use_word(folder->use),
        .uidvalidity = folder->uidvalidity, .uid = message->uid, .hash = found->hash, .flow = found->run->flow->id,
        .attempt = marks->attempt, .internaldate = message->internaldate ? message->internaldate : "",
        .proved = marks->proof == MF_PROOF_OURS, .mac_good = marks->mac_good, .in_header = marks->in_header,
        .in_message_id = marks->in_message_id, .in_subject = marks->in_subject, .in_body = marks->in_body,
        .again = found->again};
    return mf_journal_copy(box->engine->journal, &copy, d);
}

/* True: it is a bounce that is expected. */
static bool count_copy(struct mf_box *box, const struct mf_box_folder *folder, const struct found *found, mf_usec at)
{
    bool expected = false;
    struct mf_engine *engine = box->engine;
    mf_usec since = 0;
    pthread_mutex_lock(&engine->lock);
    for (size_t i = 0; i < found->run->flow->recipient_count; i++)
        if (found->run->recipients[i].at > since)
            since = found->run->recipients[i].at;
    if (!found->again && found->dsn)
        expected = mf_flow_bounced(engine, found->run, box, found->dsn, at);
    else if (!found->again)
        mf_flow_saw(engine, found->run, box, folder->use, at);
    pthread_mutex_unlock(&engine->lock);
    mf_engine_tell(engine, MF_EVENT_COPY, found->run->flow, box->mailbox, folder->name, since, at);
    return expected;
}

static void find_owner(struct mf_box *box, const struct mf_imap_message *message, struct mf_arena *scratch, struct found *found)
{
    struct mf_engine *engine = box->engine;
    long index = -1;
    found->marks = mf_mark_index_find(engine->marks, message->raw, &index);
    bool marked = index >= 0 && found->marks.proof != MF_PROOF_NONE;
    found->run = marked ? &engine->flows[index] : mf_raw_find(engine, message->raw);
    if (found->marks.proof == MF_PROOF_OURS)
        return;
    const struct mf_message *parsed = mf_message_parse(scratch, message->raw);
    if (found->run || mf_message_is_report(parsed))
        found->dsn = mf_message_dsn(scratch, parsed);
    if (found->run && found->dsn)
        found->returns_ours = mf_bounce_returns_ours(box, scratch, parsed, found->run);
    if (!found->run && found->dsn)
        found->run = mf_bounce_owner(box, scratch, parsed, found->dsn);
}

static void take(struct mf_box *box, struct mf_box_folder *folder, const struct mf_imap_message *message, struct found *found, mf_usec at)
{
    struct mf_diag d = {0};
    if (mf_engine_journaled(box->engine, write_copy(box, folder, message, found, at, &d), &d) < 0)
        return;
    struct mf_ours *ours = add_ours(box, folder, folder->uidvalidity, message->uid, found->hash);
    ours->flow = found->run->flow;
    ours->proved = found->marks.proof == MF_PROOF_OURS;
    ours->again = found->again;
    /* A notice about our message that the scenario asked for: nobody else has a use for it. */
    if (count_copy(box, folder, found, at) && found->returns_ours)
        ours->proved = true;
}

void mf_box_examine(struct mf_box *box, struct mf_box_folder *folder, const struct mf_imap_message *message)
{
    mf_usec at = mf_now();
    if (mf_uids_has(&folder->looked, message->uid))
        return;
    mf_uids_add(&folder->looked, message->uid);
    struct mf_arena *scratch = mf_arena_new();
    struct found found = {0};
    find_owner(box, message, scratch, &found);
    if (found.run && !was_known(box, folder, message->uid))
        take(box, folder, message, &found, at);
    mf_arena_free(&scratch);
}
