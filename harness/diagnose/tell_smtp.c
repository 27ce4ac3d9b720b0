/* Words for doors: who may not relay, who takes too much, who is not known there; logins; what is not known. */
#include "diagnose/refusal.h"
#include "diagnose/tell_internal.h"

#include <string.h>

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
    const char *server = mf_refuser_of(t), *client = t->suspect->scope, *relay = relay_beside(t);
    const char *address = mf_address_in(t, t->first->fact->reply.text);
    t->finding->title = mf_finding_words(t, "%s may not relay through %s", client, server);
    t->finding->why = mf_refusal_words(t);
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
    if (mf_tells_bounce(t)) {
        tell_relay_of_bounce(t);
        return;
    }
    t->finding->title = mf_finding_words(t, "%s may not relay through %s", mf_sender_of(message), mf_door_of(message));
    t->finding->why =
        mf_finding_words(t, "%s refused %s%s%s%s%s at %s:\n%s\n", mf_door_of(message), mf_sender_of(message),
                         source ? ", source address " : "", source ? source : "", helo ? ", EHLO " : "",
                         helo ? helo : "", handing.phase ? handing.phase : "", reply);
    if (source)
        t->finding->fix = mf_finding_words(t,
                                           "Register %s (%s, sender %s) at the gateway as a server that may relay, and "
                                           "see that the SPF record covers it.\n",
                                           source, mf_sender_of(message), message->mail_from);
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
    t->finding->title = mf_finding_words(t, "%s is unknown at %s", t->suspect->scope, mf_door_of(message));
    t->finding->why = mf_finding_words(t, "%s refused the recipient %s:\n%s\n", mf_door_of(message), t->suspect->scope,
                                       mf_reply_text(t->file->arena, &t->first->fact->reply));
    t->finding->fix =
        mf_finding_words(t, "Create %s there, or synchronise its list of recipients.\n", t->suspect->scope);
}

static void tell_gateway_refused(struct mf_telling *t)
{
    const char *server = mf_refuser_of(t), *gateway = t->first->fact->told_by;
    const char *address = mf_address_in(t, t->first->fact->reply.text);
    t->finding->title = mf_finding_words(t, "%s does not let the gateway in", server);
    t->finding->why = mf_refusal_words(t);
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
    t->finding->why = to_itself ? mf_finding_words(t, "%s\n", t->first->fact->text) : mf_refusal_words(t);
    t->finding->fix = mf_finding_words(t, "At %s, set the destination of %s to %s; now it is %s.\n", teller,
                                       mf_our_domain(t), host, to_itself ? "itself" : by);
}

/* "primary smtp (192.0.2.20:25) took it: 250 2.0.0 Ok: queued as 4XyZ9" */
static const char *taken_words(struct mf_telling *t)
{
    const struct mf_rec_sent *sent = mf_last_sent(t->file, t->first->message);
    const char *peer = sent && sent->peer && *sent->peer ? mf_finding_words(t, " (%s)", sent->peer) : "";
    return mf_finding_words(t, "%s%s took it from %s for %s, without a login: %s\n", mf_door_of(t->first->message),
                            peer, t->first->message->mail_from, t->first->fact->scope,
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
    const char *server = mf_refuser_of(t), *address = t->first->fact->recipient->address;
    const char *domain = strrchr(address, '@') ? strrchr(address, '@') + 1 : address;
    t->finding->title = mf_finding_words(t, "%s does not take mail for %s", server, domain);
    t->finding->why = mf_refusal_words(t);
    t->finding->fix = mf_finding_words(
        t, "Add %s at %s as a domain that it takes mail for, with the primary as its destination.\n", domain, server);
}

static void tell_auth(struct mf_telling *t)
{
    const struct mf_flow *message = mf_flow_origin(t->first->fact->flow);
    const struct mf_login *login = message->via ? message->via->login : NULL;
    t->finding->title = mf_finding_words(t, "%s refused the login of %s", mf_door_of(message), mf_sender_of(message));
    t->finding->why = mf_finding_words(t, "%s%s%s%s: %s\n", mf_door_of(message), login && login->user ? ", user " : "",
                                       login && login->user ? login->user : "", "", t->first->fact->text);
    if (strstr(t->first->fact->text, "offers no AUTH")) { /* whoever would log in */
        t->finding->title = mf_finding_words(t, "%s offers no login (AUTH)", mf_door_of(message));
        t->finding->fix = mf_finding_words(t,
                                           "Switch AUTH on at %s (Postfix: smtpd_sasl_auth_enable = yes for that port; "
                                           "providers: SMTP AUTH for the mailbox); user and secret are not at fault.\n",
                                           mf_door_of(message));
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
                                           intent->via && *intent->via ? intent->via : mf_door_of(message));
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
        {"relay.gateway-refused", tell_gateway_refused},
        {"path.wrong-destination", tell_wrong_destination},
        {"smtp.delayed", tell_delayed},
        {"relay.open", tell_open_relay},
        {"path.bypass-open", tell_bypass_open},
        {"smtp.auth-refused", tell_auth},
        {"smtp.outcome-unknown", tell_unknown},
    };
    for (size_t i = 0; i < sizeof tellers / sizeof *tellers; i++)
        if (mf_same(tellers[i].id, id))
            return tellers[i].teller;
    return NULL;
}
