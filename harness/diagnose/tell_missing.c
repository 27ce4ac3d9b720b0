/* Words for mail that was taken and is not where it should be: nowhere, or with somebody else. */
#include "diagnose/tell_internal.h"
#include "mailflow/received.h"

#include <string.h>

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
                                       mf_taken_words(t), label, within, mf_folders_searched(t), mf_no_bounce_words(t),
                                       gone ? gone : "", mf_custody_words(t), not_looked_at(t));
    t->finding->fix = mf_follow_words(t);
    if (!everybody && only_from_our_domain(t))
        t->finding->fix = mf_finding_words(
            t,
            "Mail of outsiders arrives there by the same gateway: look for an anti-spoofing rule at %s that refuses "
            "senders of %s from the gateway, and admit its addresses. %s",
            expect->mailbox->server->name, mf_our_domain(t), t->finding->fix);
}

static void tell_dropped(struct mf_telling *t)
{
    const struct mf_flow *message = mf_told_message(t);
    const struct mf_application *application = message->from_application;
    const char *door = message->via && message->via->label ? message->via->label : "the first hop";
    t->finding->title = mf_finding_words(t, "Nothing that %s sends arrives, though it is accepted", t->suspect->scope);
    t->finding->why =
        mf_finding_words(t,
                         "%s; 0 of %zu messages of %s came to anybody%s. Mail of others that is handed over at %s "
                         "arrives.\n",
                         mf_taken_words(t), mf_homes_of_application(t->file, application)->missing, application->name,
                         mf_no_bounce_words(t), door);
    t->finding->fix = mf_finding_words(t, "Look for a rule, a quarantine or a list about %s at %s. %s",
                                       message->mail_from, door, mf_follow_words(t));
}

/* Where it was found, and by which way it came there. */
static const char *found_words(struct mf_telling *t, const struct mf_mailbox *instead)
{
    const struct mf_flow_evidence *known = mf_evidence_flow(t->file->evidence, mf_told_message(t)->id);
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
                                       mf_taken_words(t), found_words(t, instead), label, host, mf_our_domain(t));
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
    const struct mf_flow_evidence *known = mf_evidence_flow(t->file->evidence, mf_told_message(t)->id);
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
        mf_finding_words(t, "%s. %s, and not at %s.\n", mf_taken_words(t), found_words(t, instead), t->suspect->scope);
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

mf_teller *mf_missing_teller(const char *id)
{
    static const struct {
        const char *id;
        mf_teller *teller;
    } tellers[] = {
        {"copy.missing", tell_missing},
        {"copy.sender-dropped", tell_dropped},
        {"copy.at-old-server", tell_at_old},
        {"copy.misdelivered", tell_misdelivered},
    };
    for (size_t i = 0; i < sizeof tellers / sizeof *tellers; i++)
        if (mf_same(tellers[i].id, id))
            return tellers[i].teller;
    return NULL;
}
