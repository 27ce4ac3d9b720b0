/* Words for copies that are missing, late, double or somewhere else. */
#include "diagnose/tell_internal.h"
#include "mailflow/received.h"

#include <string.h>

static const struct mf_flow *message_of(const struct mf_telling *t)
{
    return t->first->message;
}

static const struct mf_server *secondary_of(const struct mf_telling *t)
{
    return t->first->fact->mailbox ? t->first->fact->mailbox->server : NULL;
}

/* "1 of 1 inbound, 2 of 2 application, 0 of 1 outbound" */
static const char *count_words(struct mf_telling *t, const struct mf_server *server)
{
    static const enum mf_kind order[] = {MF_KIND_INBOUND, MF_KIND_APPLICATION, MF_KIND_INTERNAL, MF_KIND_OUTBOUND};
    struct mf_text words = {.max = 512};
    for (size_t i = 0; i < MF_KIND_COUNT; i++) {
        const struct mf_copy_count *count = mf_copies_of_kind(t->file, server, order[i]);
        size_t all = count->seen + count->missing + count->unknown;
        if (all)
            mf_text_printf(&words, "%s%zu of %zu %s", words.len ? ", " : "", count->seen, all, mf_kind_name(order[i]));
    }
    const char *copy = mf_copy(t->file->arena, mf_text_str(&words));
    mf_text_release(&words);
    return copy;
}

/* Where else the message was seen: "; it reached probe". */
static const char *reached(struct mf_telling *t)
{
    const struct mf_flow_evidence *known = mf_evidence_flow(t->file->evidence, message_of(t)->id);
    for (size_t i = 0; known && i < known->arrival_count; i++)
        if (!t->first->fact->mailbox || !mf_same(known->arrivals[i].copy.mailbox, t->first->fact->mailbox->label))
            return mf_finding_words(t, "; it reached %s", known->arrivals[i].copy.mailbox);
    return "";
}

static size_t folders_of(struct mf_telling *t)
{
    const struct mf_mailbox *mailbox = t->first->fact->mailbox;
    const struct mf_mailbox_evidence *known = mailbox ? mf_evidence_mailbox(t->file->evidence, mailbox->label) : NULL;
    return known ? known->folder_count : 0;
}

static const char *taken_words(struct mf_telling *t)
{
    const struct mf_flow *message = message_of(t);
    const struct mf_rec_sent *sent = mf_last_sent(t->file, message);
    const char *door = message->via && message->via->label ? message->via->label : "the first hop";
    return mf_finding_words(t, "%s took the message (%s)%s", door,
                            sent ? mf_reply_text(t->file->arena, &sent->reply) : "no reply is on record", reached(t));
}

/* The newest Received field of a server of the expected way, in a copy that was seen elsewhere: it had it. */
static const struct mf_received *custodian(struct mf_telling *t, const char **where)
{
    const struct mf_expect *expect = t->first->fact->expect;
    const struct mf_flow_evidence *known = mf_evidence_flow(t->file->evidence, message_of(t)->id);
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

static const char *last_in_custody(struct mf_telling *t)
{
    const char *where;
    const struct mf_received *last = custodian(t, &where);
    if (last && last->id)
        return mf_finding_words(t, "Follow queue id %s in the log of %s, which had it last.\n", last->id, last->by);
    const struct mf_flow *message = message_of(t);
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

static void tell_kind_missing(struct mf_telling *t)
{
    const struct mf_server *server = secondary_of(t);
    if (!server)
        return;
    const char *label = t->first->fact->mailbox->label;
    t->finding->why =
        mf_finding_words(t, "%s. At %s: %s; all %zu folders searched.\n", taken_words(t),
                         t->suspect->hit_count > 1 ? server->name : label, count_words(t, server), folders_of(t));
}

static bool saw(struct mf_telling *t, enum mf_kind kind)
{
    return mf_copies_of_kind(t->file, secondary_of(t), kind)->seen > 0;
}

static void tell_inbound(struct mf_telling *t)
{
    tell_kind_missing(t);
    if (saw(t, MF_KIND_OUTBOUND) && !saw(t, MF_KIND_APPLICATION) && !saw(t, MF_KIND_INTERNAL))
        t->finding->title = mf_finding_words(t, "The %s gets outbound mail only", secondary_of(t)->name);
    else
        t->finding->title = mf_finding_words(t, "The %s does not get inbound mail", secondary_of(t)->name);
    t->finding->fix = mf_finding_words(
        t,
        "Let the gateway copy incoming mail too: by recipient in %s, not only by sender. If it does, look in its log "
        "whether the secondary refuses them.\n",
        mf_our_domain(t));
}

static void tell_outbound(struct mf_telling *t)
{
    tell_kind_missing(t);
    if (saw(t, MF_KIND_INBOUND))
        t->finding->title = mf_finding_words(t, "The %s gets inbound mail only", secondary_of(t)->name);
    else
        t->finding->title = mf_finding_words(t, "The %s does not get outbound mail", secondary_of(t)->name);
    t->finding->fix = mf_finding_words(
        t,
        "Let the gateway copy outgoing mail too: by sender in %s, not only by recipient. If it does, look in its log "
        "whether the secondary refuses them.\n",
        mf_our_domain(t));
}

static void tell_application(struct mf_telling *t)
{
    tell_kind_missing(t);
    const struct mf_application *application = message_of(t)->from_application;
    if (application && mf_same(t->suspect->scope, application->name))
        t->finding->title =
            mf_finding_words(t, "The %s does not get mail from %s", secondary_of(t)->name, application->name);
}

/* Among the facts of its own message alone: there are many hits. */
static const struct mf_fact *doubled(const struct mf_case_file *file, const struct mf_hit *hit)
{
    for (const struct mf_flow *flow = hit->message; flow; flow = file->next_look[flow->index])
        for (size_t i = file->first_fact[flow->index]; i < file->first_fact[flow->index + 1]; i++)
            if (mf_same(file->facts->items[i].id, "copies.more") &&
                file->facts->items[i].mailbox != hit->fact->mailbox)
                return &file->facts->items[i];
    return NULL;
}

/* Where messages whose copies are missing came more than once; NULL: nowhere. */
static const struct mf_mailbox *doubled_at(const struct mf_telling *t, size_t *count)
{
    const struct mf_mailbox *at = NULL;
    *count = 0;
    for (size_t h = 0; h < t->suspect->hit_count; h++) {
        const struct mf_fact *fact = doubled(t->file, t->suspect->hits[h]);
        at = fact ? fact->mailbox : at;
        *count += fact != NULL;
    }
    return at;
}

static void tell_all(struct mf_telling *t)
{
    size_t count;
    const struct mf_mailbox *doubled = doubled_at(t, &count);
    tell_kind_missing(t);
    t->finding->title = mf_finding_words(t, "The %s gets no copies at all", secondary_of(t)->name);
    if (!doubled)
        return;
    t->finding->why = mf_finding_words(t, "%s%zu of the messages are at %s more than once instead.\n", t->finding->why,
                                       count, doubled->label);
    t->finding->fix = mf_finding_words(t,
                                       "Look whether the gateway hands the copies to %s in place of the %s: then mend "
                                       "that, and the duplicates go with it.\n",
                                       doubled->server->name, secondary_of(t)->name);
}

/* Who else gets copies there; NULL: nobody. */
static const struct mf_mailbox *who_gets_copies(const struct mf_telling *t, const struct mf_mailbox *mailbox)
{
    const struct mf_site *site = t->file->plan->site;
    for (size_t i = 0; i < site->mailbox_count; i++)
        if (site->mailboxes[i].server == mailbox->server && mf_copies_in(t->file, &site->mailboxes[i])->seen)
            return &site->mailboxes[i];
    return NULL;
}

static void tell_user(struct mf_telling *t)
{
    const struct mf_mailbox *mailbox = t->first->fact->mailbox;
    const struct mf_mailbox *other = mailbox ? who_gets_copies(t, mailbox) : NULL;
    if (!mailbox || !other)
        return;
    const char *address = mailbox->person->address;
    t->finding->title =
        mf_finding_words(t, "%s gets no copies at the %s, others do", mailbox->person->name, mailbox->server->name);
    t->finding->why = mf_finding_words(t, "%s. At %s: 0 of %zu copies, at %s: %zu; all %zu folders searched.\n",
                                       taken_words(t), mailbox->label, mf_copies_in(t->file, mailbox)->missing,
                                       other->label, mf_copies_in(t->file, other)->seen, folders_of(t));
    t->finding->fix = mf_finding_words(t,
                                       "Add %s to the rules that copy, by recipient and by sender, as %s is; and look "
                                       "whether the %s has the mailbox.\n",
                                       address, other->person->address, mailbox->server->name);
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
static const char *bounce_words(struct mf_telling *t)
{
    const struct mf_flow *message = message_of(t);
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
static const char *custody_words(struct mf_telling *t)
{
    const char *where;
    const struct mf_received *last = custodian(t, &where);
    return last ? mf_finding_words(t, " %s had it: the copy at %s came from there.", last->by, where) : "";
}

/* Mailboxes at the same server that nobody watched: an alias or a catch-all may have led it there. */
static const char *not_looked_at(struct mf_telling *t)
{
    const struct mf_site *site = t->file->plan->site;
    const struct mf_mailbox *missing = t->first->fact->mailbox;
    const char *names = "";
    size_t count = 0;
    for (size_t i = 0; missing && i < site->mailbox_count; i++)
        if (site->mailboxes[i].server == missing->server && &site->mailboxes[i] != missing &&
            !mf_evidence_mailbox(t->file->evidence, site->mailboxes[i].label) && ++count <= 3)
            names = mf_format(t->file->arena, "%s%s%s", names, *names ? ", " : "", site->mailboxes[i].label);
    if (count == 0)
        return "";
    return count > 3 ? mf_finding_words(t, " Not looked at: %s and %zu others.", names, count - 3)
                     : mf_finding_words(t, " Not looked at: %s.", names);
}

/* What an application sends with our domain is missing in a mailbox that gets the mail of outsiders, by the same way.
 */
static bool only_from_our_domain(const struct mf_telling *t)
{
    const struct mf_suspect *suspect = t->suspect;
    const struct mf_mailbox *mailbox = t->first->fact->mailbox;
    const struct mf_facts *facts = t->file->facts;
    for (size_t i = 0; i < suspect->hit_count; i++)
        if (!suspect->hits[i]->message->from_application || suspect->hits[i]->fact->mailbox != mailbox ||
            !mf_site_is_ours(t->file->plan->site, suspect->hits[i]->message->mail_from))
            return false;
    for (size_t i = 0; i < facts->count; i++)
        if (mf_same(facts->items[i].id, "arrival.seen") && facts->items[i].mailbox == mailbox &&
            mf_flow_origin(facts->items[i].flow)->kind == MF_KIND_INBOUND)
            return true;
    return false;
}

static void tell_missing(struct mf_telling *t)
{
    const char *label = t->suspect->scope;
    char within[32];
    const struct mf_expect *expect = t->first->fact->expect;
    mf_duration_text(expect ? expect->within : 0, within, sizeof within);
    bool everybody = mf_site_server(t->file->plan->site, label) && !mf_same(label, t->first->fact->scope);
    t->finding->title = mf_finding_words(
        t, everybody ? "No mail arrives at %s, though it is accepted" : "Mail for %s was accepted and did not arrive",
        label);
    const char *gone = strstr(t->first->fact->text, "; meanwhile "); /* somebody else may have taken it */
    t->finding->why = mf_finding_words(t, "%s. It was not at %s within %s; all %zu folders searched%s%s.%s%s\n",
                                       taken_words(t), label, within, folders_of(t), bounce_words(t), gone ? gone : "",
                                       custody_words(t), not_looked_at(t));
    t->finding->fix = last_in_custody(t);
    if (!everybody && only_from_our_domain(t))
        t->finding->fix = mf_finding_words(
            t,
            "Mail of outsiders arrives there by the same gateway: look for an anti-spoofing rule at %s that refuses "
            "senders of %s from the gateway, and admit its addresses. %s",
            expect->mailbox->server->name, mf_our_domain(t), t->finding->fix);
}

static void tell_dropped(struct mf_telling *t)
{
    const struct mf_flow *message = message_of(t);
    const struct mf_application *application = message->from_application;
    const char *door = message->via && message->via->label ? message->via->label : "the first hop";
    t->finding->title = mf_finding_words(t, "Nothing that %s sends arrives, though it is accepted", t->suspect->scope);
    t->finding->why =
        mf_finding_words(t,
                         "%s; 0 of %zu messages of %s came to anybody%s. Mail of others that is handed over at %s "
                         "arrives.\n",
                         taken_words(t), mf_homes_of_application(t->file, application)->missing, application->name,
                         bounce_words(t), door);
    t->finding->fix = mf_finding_words(t, "Look for a rule, a quarantine or a list about %s at %s. %s",
                                       message->mail_from, door, last_in_custody(t));
}

/* Where it was found, and by which way it came there. */
static const char *found_words(struct mf_telling *t, const struct mf_mailbox *instead)
{
    const struct mf_flow_evidence *known = mf_evidence_flow(t->file->evidence, message_of(t)->id);
    for (size_t i = 0; known && i < known->arrival_count; i++) {
        const struct mf_arrival *arrival = &known->arrivals[i];
        if (!mf_same(arrival->copy.mailbox, instead->label))
            continue;
        size_t count;
        const struct mf_message *copy = mf_message_parse(t->file->arena, arrival->message);
        const struct mf_received **path = mf_message_path(t->file->arena, copy, &count);
        const char *by = count && path[count - 1]->by ? path[count - 1]->by : NULL;
        return mf_finding_words(t, "It is at %s, folder %s%s%s", instead->label, arrival->copy.folder,
                                by ? ", delivered by " : "", by ? by : "");
    }
    return "";
}

static void tell_at_old(struct mf_telling *t)
{
    const struct mf_mailbox *instead = mf_lies_instead_at(t->file, t->first->fact);
    const char *label = t->first->fact->mailbox ? t->first->fact->mailbox->label : t->first->fact->scope;
    if (!instead)
        return;
    const char *host = instead->server->host_count ? instead->server->hosts[0] : instead->server->name;
    t->finding->title = mf_finding_words(t, "%s keeps mail for %s for itself", t->suspect->scope, mf_our_domain(t));
    t->finding->why = mf_finding_words(t, "%s. %s, and not at %s: %s still believes that %s is its own domain.\n",
                                       taken_words(t), found_words(t, instead), label, host, mf_our_domain(t));
    t->finding->fix = mf_finding_words(t,
                                       "At %s, take %s out of the domains that it delivers locally (set it to remote, "
                                       "or delete it), so that it asks the "
                                       "MX; then move what has come into its mailboxes since.\n",
                                       host, mf_our_domain(t));
}

/* The last host that a copy passed which belongs to the server; without one, to any that is not outside. */
static const char *last_host(struct mf_telling *t, const struct mf_arrival *arrival, const struct mf_server *server)
{
    const struct mf_site *site = t->file->plan->site;
    const char *last = NULL;
    size_t count;
    const struct mf_received **path =
        mf_message_path(t->file->arena, mf_message_parse(t->file->arena, arrival->message), &count);
    for (size_t h = 0; h < count; h++)
        for (size_t s = 0; s < site->server_count; s++) {
            const struct mf_server *of = &site->servers[s];
            bool counts = server ? of == server : of->role != MF_ROLE_OUTSIDE;
            if (counts && path[h]->by && mf_server_has_host(of, path[h]->by))
                last = path[h]->by;
        }
    return last;
}

/* Where it was led away. To an outsider: by the server that has the recipient's mailbox, if it passed that, since
 * that one should have kept it; else by the last of ours. */
static const char *led_by(struct mf_telling *t, const struct mf_mailbox *instead)
{
    const struct mf_flow_evidence *known = mf_evidence_flow(t->file->evidence, message_of(t)->id);
    const struct mf_mailbox *mailbox = t->first->fact->mailbox;
    for (size_t i = 0; instead->person->outside && known && i < known->arrival_count; i++) {
        if (!mf_same(known->arrivals[i].copy.mailbox, instead->label))
            continue;
        const char *by = mailbox ? last_host(t, &known->arrivals[i], mailbox->server) : NULL;
        by = by ? by : last_host(t, &known->arrivals[i], NULL);
        if (by)
            return by;
    }
    return instead->server->name;
}

static void tell_misdelivered(struct mf_telling *t)
{
    const struct mf_mailbox *instead = mf_lies_instead_at(t->file, t->first->fact);
    if (!instead)
        return;
    const char *address = t->first->fact->recipient ? t->first->fact->recipient->address : t->suspect->scope;
    t->finding->title = mf_finding_words(t, "Mail for %s is delivered to %s", t->suspect->scope, instead->label);
    t->finding->why =
        mf_finding_words(t, "%s. %s, and not at %s.\n", taken_words(t), found_words(t, instead), t->suspect->scope);
    const struct mf_expect *expect = t->first->fact->expect;
    const char *other = instead->person->address;
    if (expect && expect->is_copy)
        t->finding->fix = mf_finding_words(t,
                                           "Correct the rule that copies mail of %s: its copies go to %s. Look at the "
                                           "gateway's copy rules, then at aliases of %s.\n",
                                           expect->mailbox->person->address, other, instead->server->name);
    else
        t->finding->fix = mf_finding_words(t, "Correct the alias, forwarding or rule at %s that leads %s to %s.\n",
                                           led_by(t, instead), address, other);
}

/* Where it stayed longest, by the hops' own clocks; false: no step of a second is seen. */
static bool longest_stay(struct mf_telling *t, const struct mf_received **stayed, const struct mf_received **then,
                         mf_usec *took)
{
    const struct mf_arrival *arrival = t->first->fact->arrival;
    size_t count = 0;
    const struct mf_received **path =
        arrival ? mf_message_path(t->file->arena, mf_message_parse(t->file->arena, arrival->message), &count) : NULL;
    *took = 0;
    for (size_t i = 1; i < count; i++) {
        mf_usec step = path[i]->at && path[i - 1]->at ? path[i]->at - path[i - 1]->at : 0;
        if (step <= *took || !path[i - 1]->by || !path[i]->by)
            continue;
        *took = step;
        *stayed = path[i - 1];
        *then = path[i];
    }
    return *took >= MF_SECOND;
}

static void tell_stay(struct mf_telling *t)
{
    const struct mf_received *stayed, *then;
    mf_usec took;
    char words[32];
    if (!longest_stay(t, &stayed, &then, &took))
        return;
    mf_duration_text(took, words, sizeof words);
    bool same = mf_same_nocase(stayed->by, then->by);
    t->finding->why =
        mf_finding_words(t, "%s. It stayed longest at %s: %s%s%s (by their clocks).\n", t->first->fact->text,
                         stayed->by, words, same ? "" : ", until ", same ? "" : then->by);
    t->finding->fix =
        mf_finding_words(t,
                         "Look into the log of %s%s%s: a queue, a filter, or a next hop that put it off; or set "
                         "`late` to what is usual here.\n",
                         stayed->by, stayed->id ? " for queue id " : "", stayed->id ? stayed->id : "");
}

static void tell_late(struct mf_telling *t)
{
    tell_stay(t);
    bool too_late = mf_same(t->finding->kind->id, "copy.too-late");
    t->finding->title =
        mf_finding_words(t, too_late ? "Mail for %s arrives too late" : "Mail for %s is delayed", t->suspect->scope);
}

static void tell_junk(struct mf_telling *t)
{
    t->finding->title = mf_finding_words(t, "Mail for %s lands in %s", t->suspect->scope,
                                         t->first->fact->arrival ? t->first->fact->arrival->copy.folder : "junk");
}

static const char *owner_of(const struct mf_telling *t)
{
    const struct mf_mailbox *mailbox = t->first->fact->mailbox;
    return mailbox && mailbox->person ? mailbox->person->name : t->suspect->scope;
}

static void tell_sent_missing(struct mf_telling *t)
{
    t->finding->title = mf_finding_words(t, "The Sent folder of %s does not show what was sent", owner_of(t));
}

static void tell_sent_double(struct mf_telling *t)
{
    t->finding->title = mf_finding_words(t, "Sent mail is in the Sent folder of %s more than once", t->suspect->scope);
}

static void tell_taken_away(struct mf_telling *t)
{
    t->finding->title = mf_finding_words(t, "Another client takes mail out of %s", t->suspect->scope);
}

static void tell_duplicate(struct mf_telling *t)
{
    t->finding->title = mf_finding_words(t, "%s gets mail more than once", t->suspect->scope);
}

static void tell_unexpected(struct mf_telling *t)
{
    t->finding->title = mf_finding_words(t, "%s has mail that it must not have", t->suspect->scope);
}

/* The address that it was sent to, where the bounce is about another one of our domain; or NULL. */
static const char *led_from_address(const struct mf_telling *t)
{
    const struct mf_flow *message = t->first->message;
    const char *about = t->suspect->scope;
    if (!strchr(about, '@') || !mf_site_is_ours(t->file->plan->site, about))
        return NULL;
    for (size_t i = 0; i < message->recipient_count; i++)
        if (mf_same_nocase(message->recipients[i].address, about))
            return NULL;
    return message->recipient_count ? message->recipients[0].address : NULL;
}

static void tell_bounce(struct mf_telling *t)
{
    const struct mf_rec_reply *reply = &t->first->fact->reply;
    t->finding->title = mf_finding_words(
        t, "Mail for %s came back", strchr(t->suspect->scope, '@') ? t->suspect->scope : t->first->fact->flow->name);
    const char *led_from = mf_starts(reply->enhanced, "5.1.") ? led_from_address(t) : NULL;
    if (led_from)
        t->finding->fix = mf_finding_words(
            t,
            "It was sent to %s: correct the alias, forwarding or rewriting at %s that leads "
            "to %s, which nobody has; or create that mailbox.\n",
            led_from, t->first->fact->told_by ? t->first->fact->told_by : "the last hop", t->suspect->scope);
    else if (mf_starts(reply->enhanced, "5.1."))
        t->finding->fix = mf_finding_words(
            t,
            "The server behind does not know %s: create the mailbox or alias there. And let the gateway refuse "
            "unknown recipients at RCPT: bounces go to strangers.\n",
            t->suspect->scope);
}

static void tell_copy_bounced(struct mf_telling *t)
{
    const struct mf_recipient *recipient = t->first->fact->recipient;
    const char *whose = recipient && recipient->person ? recipient->person->name : "a user";
    t->finding->title =
        mf_finding_words(t, "The %s refuses copies for %s, and senders get bounces", t->suspect->scope, whose);
}

static void tell_backscatter(struct mf_telling *t)
{
    t->finding->title = mf_finding_words(t, "%s is accepted, and bounced later", t->suspect->scope);
}

static void tell_no_bounce(struct mf_telling *t)
{
    t->finding->title = mf_finding_words(t, "No bounce came to %s", t->suspect->scope);
    t->finding->fix = last_in_custody(t);
}

mf_teller *mf_copy_teller(const char *id)
{
    static const struct {
        const char *id;
        mf_teller *teller;
    } tellers[] = {
        {"copy.inbound-missing", tell_inbound},
        {"copy.outbound-missing", tell_outbound},
        {"copy.application-missing", tell_application},
        {"copy.internal-missing", tell_kind_missing},
        {"copy.all-missing", tell_all},
        {"copy.missing", tell_missing},
        {"copy.sender-dropped", tell_dropped},
        {"copy.user-missing", tell_user},
        {"copy.at-old-server", tell_at_old},
        {"copy.misdelivered", tell_misdelivered},
        {"copy.late", tell_late},
        {"copy.too-late", tell_late},
        {"copy.in-junk", tell_junk},
        {"copy.duplicate", tell_duplicate},
        {"copy.sent-missing", tell_sent_missing},
        {"copy.sent-double", tell_sent_double},
        {"copy.taken-away", tell_taken_away},
        {"mailbox.unexpected-copy", tell_unexpected},
        {"mail.bounced", tell_bounce},
        {"copy.bounced", tell_copy_bounced},
        {"smtp.backscatter", tell_backscatter},
        {"bounce.missing", tell_no_bounce},
    };
    for (size_t i = 0; i < sizeof tellers / sizeof *tellers; i++)
        if (mf_same(tellers[i].id, id))
            return tellers[i].teller;
    return NULL;
}
