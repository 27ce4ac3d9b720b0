/* Words for servers and mailboxes that could not be reached or read. */
#include "diagnose/tell_internal.h"

#include <string.h>

static const char *mailbox_owner(const struct mf_fact *fact)
{
    return fact->mailbox && fact->mailbox->person ? fact->mailbox->person->name : fact->scope;
}

static const char *certificate_words(const struct mf_rec_tls *tls)
{
    if (!tls->used)
        return "";
    return tls->verified ? ", certificate good" : ", certificate not verified";
}

/* "imaps://mail.net-it.com (192.0.2.20:993), certificate good, login bob, 3 tries:" */
static const char *gap_words(struct mf_telling *t, const struct mf_mailbox *mailbox, const struct mf_rec_gap *gap)
{
    const struct mf_door *door = mailbox->server->imap;
    const char *login = mailbox->login && mailbox->login->user ? mailbox->login->user : NULL;
    const char *said = gap->server_said && *gap->server_said ? gap->server_said : gap->title;
    return mf_finding_words(t, "%s%s%s%s%s%s%s%s:\n%s\n", door ? door->url : mailbox->label,
                            gap->peer && *gap->peer ? " (" : "", gap->peer ? gap->peer : "",
                            gap->peer && *gap->peer ? ")" : "", certificate_words(&gap->tls), login ? ", login " : "",
                            login ? login : "", gap->tries > 1 ? mf_finding_words(t, ", %d tries", gap->tries) : "",
                            said);
}

static bool same_secret(const struct mf_login *a, const struct mf_login *b)
{
    const struct mf_secret *x = a ? a->password : NULL, *y = b ? b->password : NULL;
    if (!x || !y)
        return false;
    return (x->env && mf_same(x->env, y->env)) || (x->path && mf_same(x->path, y->path));
}

/* Somebody else at the same server with the same secret whose mailbox could be opened. */
static const struct mf_mailbox *who_logs_in(const struct mf_telling *t, const struct mf_mailbox *mailbox)
{
    const struct mf_site *site = t->file->plan->site;
    for (size_t i = 0; i < site->mailbox_count; i++) {
        const struct mf_mailbox *other = &site->mailboxes[i];
        const struct mf_mailbox_evidence *known = mf_evidence_mailbox(t->file->evidence, other->label);
        if (other != mailbox && other->server == mailbox->server && known && known->opened &&
            same_secret(other->login, mailbox->login))
            return other;
    }
    return NULL;
}

static void put_place(struct mf_telling *t, const struct mf_place *place, const char *words)
{
    if (!place->file)
        return;
    t->finding->places = mf_alloc(t->file->arena, sizeof *place);
    t->finding->places[0] = *place;
    t->finding->place_count = 1;
    t->finding->place_words = words;
}

static void tell_imap_door(struct mf_telling *t, const struct mf_mailbox *mailbox, const struct mf_rec_gap *gap)
{
    t->finding->title = mf_finding_words(t, "IMAP at %s does not answer", mailbox->server->name);
    t->finding->why =
        mf_finding_words(t, "%s\nOther doors of %s answered in this run.\n", gap->title, mailbox->server->name);
    if (gap->hint && *gap->hint)
        t->finding->fix = mf_finding_words(t, "%s\n", gap->hint);
    put_place(t, &mailbox->server->place, mf_finding_words(t, "imap of server %s", mailbox->server->name));
}

/* It takes logins and then fails, for everybody. */
static void tell_imap_failing(struct mf_telling *t, const struct mf_mailbox *mailbox, const struct mf_rec_gap *gap)
{
    const struct mf_server *server = mailbox->server;
    t->finding->title = mf_finding_words(t, "No mailbox at %s could be read, though logins are taken", server->name);
    t->finding->why = gap_words(t, mailbox, gap);
    t->finding->fix =
        mf_finding_words(t,
                         "Look at the log of the IMAP server at %s at that time: rights on the mail store, "
                         "its path, a full disk. It fails for everybody alike.\n",
                         server->imap ? server->imap->host : server->name);
    put_place(t, &server->place, mf_finding_words(t, "imap of server %s", server->name));
}

static void tell_mailbox(struct mf_telling *t)
{
    const struct mf_fact *fact = t->first->fact;
    const struct mf_mailbox *mailbox = fact->mailbox;
    const struct mf_rec_gap *gap = mailbox ? mf_gap_of(t->file, mailbox->label) : NULL;
    if (!mailbox || !gap)
        return;
    if (!mf_same(t->suspect->scope, mailbox->label)) { /* the door, not one mailbox */
        bool connecting = mf_same_nocase(gap->stage, "connect") || mf_same_nocase(gap->stage, "greeting");
        (connecting ? tell_imap_door : tell_imap_failing)(t, mailbox, gap);
        return;
    }
    const char *owner = mailbox_owner(fact);
    bool login = mf_same_nocase(gap->stage, "login");
    t->finding->title = mf_finding_words(t, "%s's mailbox%s%s could not be read", owner, mailbox->is_main ? "" : " at ",
                                         mailbox->is_main ? "" : mailbox->server->name);
    t->finding->why = gap_words(t, mailbox, gap);
    const struct mf_mailbox *other = login ? who_logs_in(t, mailbox) : NULL;
    if (other)
        t->finding->fix =
            mf_finding_words(t, "%s logs in there with the same secret: look at %s's account (locked? renamed?).\n",
                             other->person->name, owner);
    else if (login)
        t->finding->fix =
            mf_finding_words(t, "Check user and secret of %s at %s; is the account there, and not locked?\n", owner,
                             mailbox->server->name);
    else if (gap->hint && *gap->hint)
        t->finding->fix = mf_finding_words(t, "%s\n", gap->hint);
    if (mailbox->login)
        put_place(t, &mailbox->login->place, mf_finding_words(t, "login of server %s", mailbox->server->name));
}

/* Each door that did not answer, once: "imaps://mail.net-it.com (192.0.2.20:993): connection refused". */
static void add_door(struct mf_telling *t, struct mf_text *why, const struct mf_fact *fact)
{
    const char *line;
    if (fact->mailbox && mf_same(fact->id, "arrival.unknown")) {
        const struct mf_rec_gap *gap = mf_gap_of(t->file, fact->mailbox->label);
        line = gap ? gap->title : NULL;
    } else {
        const struct mf_rec_sent *sent = mf_last_sent(t->file, mf_flow_origin(fact->flow));
        line = sent ? sent->trouble : NULL;
    }
    if (line && *line && !(why->data && strstr(why->data, line)) && why->len < 1200)
        mf_text_printf(why, "%s\n", line);
}

static const struct mf_server *server_named(const struct mf_telling *t)
{
    return mf_site_server(t->file->plan->site, t->suspect->scope);
}

static void tell_server(struct mf_telling *t)
{
    const struct mf_server *server = server_named(t);
    struct mf_text why = {.max = 4096};
    for (size_t i = 0; i < t->suspect->hit_count; i++)
        add_door(t, &why, t->suspect->hits[i]->fact);
    for (size_t i = 0; i < t->suspect->absorbed_count; i++)
        add_door(t, &why, t->suspect->absorbed[i]->fact);
    bool held_up = false;
    for (size_t i = 0; i < t->suspect->absorbed_count; i++)
        held_up = held_up || mf_same(t->suspect->absorbed[i]->fact->id, "arrival.missing");
    t->finding->title = mf_finding_words(t, "%s does not answer", t->suspect->scope);
    t->finding->why = mf_finding_words(
        t, "%sNothing of it answered in this run, so what depends on it is not known.%s\n", mf_text_str(&why),
        held_up ? " Mail that was accepted elsewhere and leads through it was not seen behind it." : "");
    mf_text_release(&why);
    t->finding->fix = mf_finding_words(
        t,
        "Start %s, or let this host reach it (firewall, DNS, port); then run again. Mail that was accepted for it "
        "waits in the queue of the hop before.\n",
        t->suspect->scope);
    if (server)
        put_place(t, &server->place, mf_finding_words(t, "server %s", server->name));
}

static void tell_login(struct mf_telling *t)
{
    const struct mf_fact *fact = t->first->fact;
    const struct mf_rec_gap *gap = fact->mailbox ? mf_gap_of(t->file, fact->mailbox->label) : NULL;
    t->finding->title = mf_finding_words(t, "No login works at %s", t->suspect->scope);
    if (gap && fact->mailbox)
        t->finding->why = gap_words(t, fact->mailbox, gap);
    const struct mf_server *server = server_named(t);
    if (server && fact->mailbox && fact->mailbox->login)
        put_place(t, &fact->mailbox->login->place, mf_finding_words(t, "login of server %s", server->name));
}

/* What was asked and what came back, each name once. */
static void tell_lookup(struct mf_telling *t)
{
    struct mf_text why = {.max = 2048};
    for (size_t i = 0; i < t->suspect->hit_count; i++) {
        const struct mf_dns_answer *answer = mf_failed_lookup(t->file, t->suspect->hits[i]->fact);
        const char *line = answer ? mf_finding_words(t, "%s %s: %s, %s\n", answer->name, mf_dns_type_name(answer->type),
                                                     mf_dns_status_name(answer->status),
                                                     answer->why      ? answer->why
                                                     : answer->server ? answer->server
                                                                      : "no reason known")
                                  : "";
        if (*line && !(why.data && strstr(why.data, line)) && why.len < 600)
            mf_text_puts(&why, line);
    }
    const char *id = t->finding->kind->id;
    const char *title = mf_same(id, "dns.no-address")      ? "has no address in DNS"
                        : mf_same(id, "dns.resolver-down") ? "answers no look-up"
                                                           : NULL;
    t->finding->title = title ? mf_finding_words(t, "%s %s", t->suspect->scope, title)
                              : mf_finding_words(t, "Names of %s can't be looked up", t->suspect->scope);
    t->finding->why = mf_copy(t->file->arena, mf_text_str(&why));
    mf_text_release(&why);
}

static void tell_unreachable(struct mf_telling *t)
{
    const struct mf_flow *message = mf_flow_origin(t->first->fact->flow);
    const struct mf_rec_sent *sent = mf_last_sent(t->file, message);
    const char *what = sent && sent->trouble && strstr(sent->trouble, "greeting: no answer") ? "does not greet"
                                                                                             : "could not be reached";
    t->finding->title = mf_finding_words(
        t, "%s %s", message->via && message->via->label ? message->via->label : t->suspect->scope, what);
    if (sent && sent->trouble && *sent->trouble)
        t->finding->why = mf_finding_words(t, "%s\n", sent->trouble);
    if (sent && sent->hint && *sent->hint)
        t->finding->fix = mf_finding_words(t, "%s\n", sent->hint);
}

static void tell_tls(struct mf_telling *t)
{
    const struct mf_fact *fact = t->first->fact;
    const struct mf_rec_gap *gap =
        fact->mailbox && mf_same(fact->id, "arrival.unknown") ? mf_gap_of(t->file, fact->mailbox->label) : NULL;
    const struct mf_rec_sent *sent = gap ? NULL : mf_last_sent(t->file, mf_flow_origin(fact->flow));
    const struct mf_rec_tls *tls = gap ? &gap->tls : sent ? &sent->tls : NULL;
    const char *line = gap ? gap->title : sent ? sent->trouble : "";
    t->finding->title = mf_finding_words(t, "%s at %s", t->finding->kind->title, t->suspect->scope);
    t->finding->why = mf_finding_words(
        t, "%s\n%s%s%s%s%s", line ? line : "", tls && tls->subject && *tls->subject ? "Certificate: " : "",
        tls && tls->subject ? tls->subject : "", tls && tls->names && *tls->names ? ", names " : "",
        tls && tls->names ? tls->names : "", tls && tls->subject && *tls->subject ? "\n" : "");
    if (mf_same(t->finding->kind->id, "tls.failed") && line && strcasestr(line, "version"))
        t->finding->fix = mf_finding_words(t,
                                           "%s offers only TLS versions that are not to be used any more (below 1.2), "
                                           "or none that this host has: allow "
                                           "TLS 1.2 and 1.3 there.\n",
                                           t->suspect->scope);
}

static void tell_certificate_demand(struct mf_telling *t)
{
    const struct mf_flow *message = t->first->message;
    t->finding->title = mf_finding_words(t, "%s demands a client certificate", t->suspect->scope);
    t->finding->why = mf_finding_words(t, "%s said: %s\n", message->via ? message->via->label : t->suspect->scope,
                                       mf_reply_text(t->file->arena, &t->first->fact->reply));
}

mf_teller *mf_reach_teller(const char *id)
{
    static const struct {
        const char *id;
        mf_teller *teller;
    } tellers[] = {
        {"mailbox.unreadable", tell_mailbox},
        {"server.down", tell_server},
        {"login.refused", tell_login},
        {"smtp.unreachable", tell_unreachable},
        {"dns.unreachable", tell_lookup},
        {"dns.no-address", tell_lookup},
        {"dns.resolver-down", tell_lookup},
        {"tls.untrusted", tell_tls},
        {"tls.name", tell_tls},
        {"tls.expired", tell_tls},
        {"tls.failed", tell_tls},
        {"tls.client-certificate", tell_certificate_demand},
    };
    for (size_t i = 0; i < sizeof tellers / sizeof *tellers; i++)
        if (mf_same(tellers[i].id, id))
            return tellers[i].teller;
    return NULL;
}
