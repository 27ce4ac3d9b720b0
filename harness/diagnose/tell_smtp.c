/* Words for refusals. */
#include "diagnose/dns_internal.h"
#include "diagnose/refusal.h"
#include "diagnose/tell_internal.h"

#include <string.h>

static const char *door_of(const struct mf_flow *message)
{
    return message->via && message->via->label ? message->via->label : "the first hop";
}

/* "alice", "crm" */
static const char *sender_of(const struct mf_flow *message)
{
    return message->from_application ? message->from_application->name
           : message->from_person    ? message->from_person->name
                                     : message->from;
}

static bool is_bounce(const struct mf_telling *t)
{
    return mf_starts(t->first->fact->id, "bounce.");
}

/* The server that said no: a site's server by its name, else the host, else the door. */
static const char *refuser_of(struct mf_telling *t)
{
    const char *by = mf_refused_by(t->file, t->first->fact);
    return is_bounce(t) || mf_same(t->suspect->scope, by) ? by : door_of(t->first->message);
}

/* Who refused whom, in the server's own words; a bounce tells it at second hand. */
static const char *refusal_words(struct mf_telling *t)
{
    const struct mf_fact *fact = t->first->fact;
    const struct mf_rec_sent *sent = mf_last_sent(t->file, t->first->message);
    const char *sender = sender_of(t->first->message);
    if (is_bounce(t))
        return mf_finding_words(t, "%s took the message of %s, and told by a bounce that %s would not have it:\n%s\n",
                                fact->told_by ? fact->told_by : "A server on the way", sender,
                                fact->by ? fact->by : "the next server",
                                fact->reply.text && *fact->reply.text ? fact->reply.text : fact->text);
    const char *peer = sent && sent->peer && *sent->peer ? mf_finding_words(t, " (%s)", sent->peer) : "";
    return mf_finding_words(t, "%s%s said to the message of %s:\n%s\n", door_of(t->first->message), peer, sender,
                            mf_reply_text(t->file->arena, &fact->reply));
}

/* The address that the words name for the host that was refused, as in "<relay.example[198.51.100.11]>: …". */
static const char *address_in(struct mf_telling *t, const char *words)
{
    const char *open = words ? strchr(words, '[') : NULL, *close = open ? strchr(open, ']') : NULL;
    return close && close - open > 2 && close - open < 48
               ? mf_finding_words(t, "%.*s", (int)(close - open - 1), open + 1)
               : NULL;
}

/* The relay's door, where mail was handed to another host of the same server: the way in. NULL: it was the relay. */
static const char *relay_beside(const struct mf_telling *t)
{
    const struct mf_server *gateway = mf_site_role(t->file->plan->site, MF_ROLE_GATEWAY);
    const char *by = t->first->fact->by;
    for (size_t i = 0; gateway && i < gateway->smtp_count; i++)
        if (mf_same_nocase(gateway->smtp[i].host, by))
            return NULL;
    return gateway && gateway->smtp_count && by ? gateway->smtp[0].host : NULL;
}

/* A server of the house is not registered at the relay that it hands its mail to, or hands it to another host. */
static void tell_relay_of_bounce(struct mf_telling *t)
{
    const char *server = refuser_of(t), *client = t->suspect->scope, *relay = relay_beside(t);
    const char *address = address_in(t, t->first->fact->reply.text);
    t->finding->title = mf_finding_words(t, "%s may not relay through %s", client, server);
    t->finding->why = refusal_words(t);
    if (relay)
        t->finding->fix = mf_finding_words(
            t, "At %s, set the smart host (relayhost) to %s; now it is %s, which takes mail for %s only.\n", client,
            relay, t->first->fact->by, mf_our_domain(t));
    else
        t->finding->fix = mf_finding_words(
            t, "Register %s%s%s%s and the sender domain %s at %s; SPF must cover it too.\n",
            address ? address : "the address of ", address ? " (" : client,
            address ? client : ", as it is seen from there,", address ? ")" : "", mf_our_domain(t), server);
}

static void tell_relay(struct mf_telling *t)
{
    const struct mf_flow *message = mf_flow_origin(t->first->fact->flow);
    const struct mf_application *application = message->from_application;
    const char *reply = mf_reply_text(t->file->arena, &t->first->fact->reply);
    const char *source = message->via && message->via->source ? message->via->source : NULL;
    const char *helo = message->via && message->via->helo ? message->via->helo : NULL;
    const struct mf_handing handing =
        mf_evidence_handing(mf_evidence_flow(t->file->evidence, message->id),
                            t->first->fact->recipient ? t->first->fact->recipient->address : "");
    if (is_bounce(t)) {
        tell_relay_of_bounce(t);
        return;
    }
    t->finding->title = mf_finding_words(t, "%s may not relay through %s", sender_of(message), door_of(message));
    t->finding->why = mf_finding_words(t, "%s refused %s%s%s%s%s at %s:\n%s\n", door_of(message), sender_of(message),
                                       source ? ", source address " : "", source ? source : "", helo ? ", EHLO " : "",
                                       helo ? helo : "", handing.phase ? handing.phase : "", reply);
    if (source)
        t->finding->fix = mf_finding_words(t,
                                           "Register %s (%s, sender %s) at the gateway as a server that may relay, and "
                                           "see that the SPF record covers it.\n",
                                           source, sender_of(message), message->mail_from);
    else
        t->finding->fix = mf_finding_words(t,
                                           "Register the address of this host (sender %s) at the gateway as a server "
                                           "that may relay, and see that the SPF "
                                           "record covers it.\n",
                                           message->mail_from);
    if (application && application->place.file) {
        t->finding->places = mf_alloc(t->file->arena, sizeof application->place);
        t->finding->places[0] = application->place;
        t->finding->place_count = 1;
        t->finding->place_words = mf_finding_words(t, "application %s", application->name);
    }
}

static void tell_recipient(struct mf_telling *t)
{
    const struct mf_flow *message = mf_flow_origin(t->first->fact->flow);
    t->finding->title = mf_finding_words(t, "%s is unknown at %s", t->suspect->scope, door_of(message));
    t->finding->why = mf_finding_words(t, "%s refused the recipient %s:\n%s\n", door_of(message), t->suspect->scope,
                                       mf_reply_text(t->file->arena, &t->first->fact->reply));
    t->finding->fix =
        mf_finding_words(t, "Create %s there, or synchronise its list of recipients.\n", t->suspect->scope);
}

static void tell_refused(struct mf_telling *t)
{
    const char *words = t->first->fact->reply.text, *address = address_in(t, words);
    t->finding->title = mf_finding_words(t, "%s refused the message", door_of(t->first->message));
    t->finding->why = refusal_words(t);
    if (address && strcasestr(words, "client host rejected")) {
        t->finding->title = mf_finding_words(t, "%s refuses the address %s", door_of(t->first->message), address);
        t->finding->fix =
            mf_finding_words(t,
                             "Look for a rule or blocklist at %s that has %s, from which %s sends here, and "
                             "take it out; or send from another address.\n",
                             door_of(t->first->message), address, sender_of(t->first->message));
    }
}

static size_t size_of_message(const struct mf_telling *t)
{
    const struct mf_flow_evidence *known = mf_evidence_flow(t->file->evidence, t->first->message->id);
    return known && known->attempt_count ? known->attempts[known->attempt_count - 1].message.len : 0;
}

static void tell_too_large(struct mf_telling *t)
{
    const char *server = refuser_of(t);
    size_t limit = mf_refusal_size_limit(t->first->fact->reply.text);
    size_t size = size_of_message(t);
    for (size_t i = 0; i < t->suspect->hit_count && !limit; i++)
        limit = mf_refusal_size_limit(t->suspect->hits[i]->fact->reply.text);
    t->finding->title = mf_finding_words(t, "%s refuses messages for their size", server);
    t->finding->why = refusal_words(t);
    if (limit)
        t->finding->fix = mf_finding_words(t,
                                           "Raise the limit of %s, now %zu octets, to the largest message that is to "
                                           "pass (this one has %zu, and base64 "
                                           "makes attachments a third larger); the smallest limit on the way counts.\n",
                                           server, limit, size);
    else
        t->finding->fix = mf_finding_words(t,
                                           "Raise the limit of %s to the largest message that is to pass (this one has "
                                           "%zu octets); the smallest limit on "
                                           "the way counts.\n",
                                           server, size);
}

static void tell_full(struct mf_telling *t)
{
    t->finding->title = mf_finding_words(t, "The mailbox of %s is full", t->suspect->scope);
    t->finding->why = refusal_words(t);
}

static void tell_rate(struct mf_telling *t)
{
    const char *server = refuser_of(t);
    t->finding->title = mf_finding_words(t, "%s takes no more for now: a rate limit, not the routing", server);
    t->finding->why = refusal_words(t);
}

/* "Client host [198.51.100.11] blocked using zen.spamhaus.org": an address, whoever's mail it is. */
static bool tell_blocklist(struct mf_telling *t)
{
    const char *words = t->first->fact->reply.text ? t->first->fact->reply.text : "";
    const char *using = strcasestr(words, "blocked using "), *address = address_in(t, words);
    if (!using || !address)
        return false;
    using += strlen("blocked using ");
    size_t len = strcspn(using, " ;,:)\r\n");
    while (len && using[len - 1] == '.')
        len--;
    t->finding->title =
        mf_finding_words(t, "%s is on the blocklist %.*s, so %s refuses it", address, (int)len, using, refuser_of(t));
    t->finding->fix = mf_finding_words(
        t,
        "Have the owner of the address take %s off %.*s, and find out why it got there; until then send by another.\n",
        address, (int)len, using);
    return true;
}

static void tell_blocked(struct mf_telling *t)
{
    t->finding->why = refusal_words(t);
    if (!tell_blocklist(t))
        t->finding->title = mf_finding_words(t, "%s takes mail of %s for spam, or its sender", refuser_of(t),
                                             sender_of(t->first->message));
}

static void tell_utf8(struct mf_telling *t)
{
    t->finding->title = mf_finding_words(t, "%s can't carry addresses or headers beyond ASCII", refuser_of(t));
    t->finding->why = refusal_words(t);
}

static void add_trouble(struct mf_text *words, const char *title)
{
    if (!words->data || !strstr(words->data, title))
        mf_text_printf(words, "%s%s", words->len ? "; " : "", title);
}

/* What this run found itself of SPF and DKIM: by that the others refuse. "": nothing. */
static const char *troubles_found(struct mf_telling *t)
{
    const struct mf_case_file *file = t->file;
    struct mf_text words = {.max = 2048};
    for (size_t i = 0; file->dns && i < file->dns->count; i++) {
        const struct mf_dns_cause *cause = file->dns->items[i];
        const char *id = cause->suspect.entry->kind.id;
        if (cause->outcome != MF_PASS && (mf_starts(id, "dns.spf-") || mf_starts(id, "dns.dkim-")))
            add_trouble(&words, cause->hits[0].fact->title);
    }
    for (size_t i = 0; i < file->suspect_count; i++) {
        const struct mf_finding_kind *kind = &file->suspects[i]->entry->kind;
        if (kind->outcome != MF_PASS && (mf_starts(kind->id, "dkim.") || mf_starts(kind->id, "spf.")))
            add_trouble(&words, kind->title);
    }
    const char *found = words.len ? mf_finding_words(t, "What this run found of it: %s.\n", mf_text_str(&words)) : "";
    mf_text_release(&words);
    return found;
}

static void tell_unauthenticated(struct mf_telling *t)
{
    t->finding->title = mf_finding_words(t, "%s refuses mail of %s: SPF, DKIM or DMARC fails there", refuser_of(t),
                                         sender_of(t->first->message));
    t->finding->why = mf_finding_words(t, "%s%s", refusal_words(t), troubles_found(t));
}

static void tell_signer(struct mf_telling *t)
{
    const char *server = refuser_of(t);
    t->finding->title = mf_finding_words(t, "%s can't sign, and refuses what it should sign", server);
    t->finding->why = refusal_words(t);
    t->finding->fix = mf_finding_words(t,
                                       "Look at the signer of %s: its log, the private key of %s (readable? at least "
                                       "1024 bits?), its table of keys.\n",
                                       server, mf_our_domain(t));
}

static void tell_gateway_refused(struct mf_telling *t)
{
    const char *server = refuser_of(t), *gateway = t->first->fact->told_by;
    const char *address = address_in(t, t->first->fact->reply.text);
    t->finding->title = mf_finding_words(t, "%s does not let the gateway in", server);
    t->finding->why = refusal_words(t);
    t->finding->fix =
        mf_finding_words(t, "Admit %s%s%s at %s; ask the gateway's vendor for the whole list of its addresses.\n",
                         gateway, address ? ", " : "", address ? address : "", server);
}

static void tell_wrong_destination(struct mf_telling *t)
{
    const struct mf_server *primary = mf_site_role(t->file->plan->site, MF_ROLE_PRIMARY);
    const char *host = primary && primary->host_count ? primary->hosts[0] : "the primary";
    const char *by = t->suspect->scope, *teller = t->first->fact->told_by ? t->first->fact->told_by : "the gateway";
    bool to_itself = mf_same(by, teller);
    t->finding->title =
        to_itself ? mf_finding_words(t, "%s would hand mail for %s to itself", by, mf_our_domain(t))
                  : mf_finding_words(t, "Mail for %s is handed to %s, which is not ours", mf_our_domain(t), by);
    t->finding->why = to_itself ? mf_finding_words(t, "%s\n", t->first->fact->text) : refusal_words(t);
    t->finding->fix = mf_finding_words(t, "At %s, set the destination of %s to %s; now it is %s.\n", teller,
                                       mf_our_domain(t), host, to_itself ? "itself" : by);
}

static void tell_sender(struct mf_telling *t)
{
    const struct mf_login *login = t->first->message->via ? t->first->message->via->login : NULL;
    const char *server = refuser_of(t), *words = t->first->fact->reply.text ? t->first->fact->reply.text : "";
    t->finding->title = mf_finding_words(t, "%s refuses the sender address %s", server, t->suspect->scope);
    t->finding->why = refusal_words(t);
    if (login && login->user && (strcasestr(words, "owned") || strcasestr(words, "send as")))
        t->finding->fix = mf_finding_words(t, "Let the user %s send as %s at %s (sender-login map, \"send as\").\n",
                                           login->user, t->suspect->scope, server);
    else if (!mf_site_is_ours(t->file->plan->site, t->suspect->scope))
        t->finding->fix = mf_finding_words(
            t, "Look for a rule or blocklist at %s that refuses %s, or all of that domain, and take it out.\n", server,
            t->suspect->scope);
    else
        t->finding->fix =
            mf_finding_words(t, "Register the sender %s, or its domain, at %s.\n", t->suspect->scope, server);
}

static void tell_helo(struct mf_telling *t)
{
    const struct mf_via *via = t->first->message->via;
    const char *sender = sender_of(t->first->message);
    t->finding->title = mf_finding_words(t, "%s refuses the EHLO name of %s", refuser_of(t), sender);
    t->finding->why = refusal_words(t);
    t->finding->fix =
        mf_finding_words(t, "Let %s greet with its full name in DNS%s%s; in the site file that is helo.\n", sender,
                         via && via->helo ? ", not " : "", via && via->helo ? via->helo : "");
}

/* "primary smtp (192.0.2.20:25) took it: 250 2.0.0 Ok: queued as 4XyZ9" */
static const char *taken_words(struct mf_telling *t)
{
    const struct mf_rec_sent *sent = mf_last_sent(t->file, t->first->message);
    const char *peer = sent && sent->peer && *sent->peer ? mf_finding_words(t, " (%s)", sent->peer) : "";
    return mf_finding_words(t, "%s%s took it from %s for %s, without a login: %s\n", door_of(t->first->message), peer,
                            t->first->message->mail_from, t->first->fact->scope,
                            mf_reply_text(t->file->arena, &t->first->fact->reply));
}

static void tell_open_relay(struct mf_telling *t)
{
    t->finding->title = mf_finding_words(t, "%s relays for strangers (open relay)", t->suspect->scope);
    t->finding->why = taken_words(t);
    t->finding->fix = mf_finding_words(t, "Let %s relay only for registered addresses and for those who log in.\n",
                                       t->suspect->scope);
}

static void tell_bypass_open(struct mf_telling *t)
{
    const struct mf_server *gateway = mf_site_role(t->file->plan->site, MF_ROLE_GATEWAY);
    const char *hosts = gateway && gateway->host_count ? gateway->hosts[0] : "its own";
    t->finding->title = mf_finding_words(t, "%s takes mail straight from the Internet", t->suspect->scope);
    t->finding->why = taken_words(t);
    t->finding->fix = mf_finding_words(t, "Let %s take mail at port 25 from the gateway's addresses only (%s).\n",
                                       t->suspect->scope, hosts);
}

static void tell_delayed(struct mf_telling *t)
{
    const struct mf_flow_evidence *known = mf_evidence_flow(t->file->evidence, t->first->message->id);
    const struct mf_rec_sent *first = known && known->attempt_count ? known->attempts[0].sent : NULL;
    if (first && mf_refusal_read(&first->reply) == MF_REFUSAL_RATE)
        t->finding->fix =
            "The words are about a rate or a number of connections, not greylisting: let the server allow more "
            "for this sender, or send more slowly (limits in the site).\n";
}

static void tell_not_served(struct mf_telling *t)
{
    const char *server = refuser_of(t), *address = t->first->fact->recipient->address;
    const char *domain = strrchr(address, '@') ? strrchr(address, '@') + 1 : address;
    t->finding->title = mf_finding_words(t, "%s does not take mail for %s", server, domain);
    t->finding->why = refusal_words(t);
    t->finding->fix = mf_finding_words(
        t, "Add %s at %s as a domain that it takes mail for, with the primary as its destination.\n", domain, server);
}

static void tell_auth(struct mf_telling *t)
{
    const struct mf_flow *message = mf_flow_origin(t->first->fact->flow);
    const struct mf_login *login = message->via ? message->via->login : NULL;
    t->finding->title = mf_finding_words(t, "%s refused the login of %s", door_of(message), sender_of(message));
    t->finding->why = mf_finding_words(t, "%s%s%s%s: %s\n", door_of(message), login && login->user ? ", user " : "",
                                       login && login->user ? login->user : "", "", t->first->fact->text);
    if (strstr(t->first->fact->text, "offers no AUTH")) { /* whoever would log in */
        t->finding->title = mf_finding_words(t, "%s offers no login (AUTH)", door_of(message));
        t->finding->fix = mf_finding_words(t,
                                           "Switch AUTH on at %s (Postfix: smtpd_sasl_auth_enable = yes for that port; "
                                           "providers: SMTP AUTH for the mailbox); user and secret are not at fault.\n",
                                           door_of(message));
    }
    if (login && login->place.file) {
        t->finding->places = mf_alloc(t->file->arena, sizeof login->place);
        t->finding->places[0] = login->place;
        t->finding->place_count = 1;
    }
}

static void tell_unknown(struct mf_telling *t)
{
    const struct mf_flow *message = mf_flow_origin(t->first->fact->flow);
    const struct mf_flow_evidence *known = mf_evidence_flow(t->file->evidence, message->id);
    const struct mf_rec_intent *intent =
        known && known->attempt_count ? &known->attempts[known->attempt_count - 1].intent : NULL;
    t->finding->why =
        mf_finding_words(t, "%s%s%s.\nIt was not sent again: that could double it.\n", t->first->fact->text,
                         intent ? "; Message-ID " : "", intent ? intent->message_id : "");
    if (intent)
        t->finding->fix = mf_finding_words(t, "Look for %s in the log of %s, then run again.\n", intent->message_id,
                                           intent->via && *intent->via ? intent->via : door_of(message));
}

mf_teller *mf_smtp_teller(const char *id)
{
    static const struct {
        const char *id;
        mf_teller *teller;
    } tellers[] = {
        {"relay.denied", tell_relay},
        {"smtp.recipient-unknown", tell_recipient},
        {"smtp.domain-not-served", tell_not_served},
        {"smtp.refused", tell_refused},
        {"smtp.too-large", tell_too_large},
        {"mailbox.full", tell_full},
        {"smtp.rate-limited", tell_rate},
        {"smtp.blocked", tell_blocked},
        {"smtp.utf8-refused", tell_utf8},
        {"relay.gateway-refused", tell_gateway_refused},
        {"path.wrong-destination", tell_wrong_destination},
        {"smtp.sender-refused", tell_sender},
        {"smtp.helo-refused", tell_helo},
        {"smtp.delayed", tell_delayed},
        {"relay.open", tell_open_relay},
        {"path.bypass-open", tell_bypass_open},
        {"dkim.signer-broken", tell_signer},
        {"smtp.unauthenticated", tell_unauthenticated},
        {"smtp.auth-refused", tell_auth},
        {"smtp.outcome-unknown", tell_unknown},
    };
    for (size_t i = 0; i < sizeof tellers / sizeof *tellers; i++)
        if (mf_same(tellers[i].id, id))
            return tellers[i].teller;
    return NULL;
}
