/* Words for who had a message last, by what was seen of it: the first hop's reply, copies elsewhere, bounces. */
#include "diagnose/tell_internal.h"
#include "mailflow/received.h"

#include <string.h>

const struct mf_flow *mf_told_message(const struct mf_telling *t)
{
    return t->first->message;
}

/* Where else the message was seen: "; it reached probe". */
static const char *reached(struct mf_telling *t)
{
    const struct mf_flow_evidence *known = mf_evidence_flow(t->file->evidence, mf_told_message(t)->id);
    for (size_t i = 0; known && i < known->arrival_count; i++)
        if (!t->first->fact->mailbox || !mf_same(known->arrivals[i].copy.mailbox, t->first->fact->mailbox->label))
            return mf_finding_words(t, "; it reached %s", known->arrivals[i].copy.mailbox);
    return "";
}

size_t mf_folders_searched(struct mf_telling *t)
{
    const struct mf_mailbox *mailbox = t->first->fact->mailbox;
    const struct mf_mailbox_evidence *known = mailbox ? mf_evidence_mailbox(t->file->evidence, mailbox->label) : NULL;
    return known ? known->folder_count : 0;
}

const char *mf_taken_words(struct mf_telling *t)
{
    const struct mf_flow *message = mf_told_message(t);
    const struct mf_rec_sent *sent = mf_last_sent(t->file, message);
    const char *door = message->via && message->via->label ? message->via->label : "the first hop";
    return mf_finding_words(t, "%s took the message (%s)%s", door,
                            sent ? mf_reply_text(t->file->arena, &sent->reply) : "no reply is on record", reached(t));
}

/* The newest Received field of a server of the expected way, in a copy that was seen elsewhere: it had it. */
static const struct mf_received *custodian(struct mf_telling *t, const char **where)
{
    const struct mf_expect *expect = t->first->fact->expect;
    const struct mf_flow_evidence *known = mf_evidence_flow(t->file->evidence, mf_told_message(t)->id);
    for (size_t i = 0; expect && known && i < known->arrival_count; i++) {
        const struct mf_message *copy = mf_message_parse(t->file->arena, known->arrivals[i].message);
        size_t count;
        const struct mf_received **path = mf_message_path(t->file->arena, copy, &count);
        *where = known->arrivals[i].copy.mailbox;
        for (size_t h = count; h-- > 0;)
            for (size_t s = 0; s < expect->through_count; s++)
                if (path[h]->by && expect->through[s].server &&
                    mf_server_has_host(expect->through[s].server, path[h]->by))
                    return path[h];
    }
    return NULL;
}

const char *mf_follow_words(struct mf_telling *t)
{
    const char *where;
    const struct mf_received *last = custodian(t, &where);
    if (last && last->id)
        return mf_finding_words(t, "Follow queue id %s in the log of %s, which had it last.\n", last->id, last->by);
    const struct mf_flow *message = mf_told_message(t);
    const struct mf_rec_sent *sent = mf_last_sent(t->file, message);
    const struct mf_flow_evidence *known = mf_evidence_flow(t->file->evidence, message->id);
    const char *id = known && known->attempt_count ? known->attempts[known->attempt_count - 1].intent.message_id : "";
    const char *server = sent && sent->server && *sent->server ? sent->server
                         : message->via && message->via->label ? message->via->label
                                                               : "the first hop";
    if (sent && sent->queue_id && *sent->queue_id)
        return mf_finding_words(t, "Follow queue id %s in the log of %s; Message-ID %s.\n", sent->queue_id, server,
                                id ? id : "");
    return mf_finding_words(t, "Follow Message-ID %s in the log of %s.\n", id ? id : "", server);
}

static bool is_full(const struct mf_telling *t, const char *address)
{
    for (size_t i = 0; i < t->file->suspect_count; i++)
        if (mf_same(t->file->suspects[i]->entry->kind.id, "mailbox.full") &&
            mf_same_nocase(t->file->suspects[i]->scope, address))
            return true;
    return false;
}

/* A bounce goes to the envelope sender: its absence is known only where that mailbox is read. */
const char *mf_no_bounce_words(struct mf_telling *t)
{
    const struct mf_flow *message = mf_told_message(t);
    const struct mf_person *sender =
        *message->mail_from ? mf_site_person_at(t->file->plan->site, message->mail_from) : NULL;
    const struct mf_mailbox_evidence *known =
        sender && sender->mailbox_count ? mf_evidence_mailbox(t->file->evidence, sender->mailboxes[0]->label) : NULL;
    if (!*message->mail_from)
        return "; with a null sender there is no bounce";
    if (is_full(t, message->mail_from))
        return mf_finding_words(t, "; a bounce would go to %s, whose mailbox is full", message->mail_from);
    if (known && known->opened)
        return mf_finding_words(t, "; no bounce came to %s", sender->name);
    return mf_finding_words(t, "; a bounce would go to %s, which is not read here", message->mail_from);
}

/* The last server of the expected way that surely had the message. */
const char *mf_custody_words(struct mf_telling *t)
{
    const char *where;
    const struct mf_received *last = custodian(t, &where);
    return last ? mf_finding_words(t, " %s had it: the copy at %s came from there.", last->by, where) : "";
}
