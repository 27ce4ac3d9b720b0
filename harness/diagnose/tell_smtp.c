/* Words for refusals. */
#include "diagnose/tell_internal.h"

#include <string.h>

static const char *door_of(const struct mf_flow *message)
{
    return message->via && message->via->label ? message->via->label : "the first hop";
}

/* Distinct senders among the hits: "alice", "crm". */
static const char *sender_of(const struct mf_flow *message)
{
    return message->from_application ? message->from_application->name
           : message->from_person    ? message->from_person->name
                                     : message->from;
}

static void tell_relay(struct mf_telling *t)
{
    const struct mf_flow *message = mf_message_of(t->first->fact->flow);
    const struct mf_application *application = message->from_application;
    const char *reply = mf_reply_text(t->file->arena, &t->first->fact->reply);
    const char *source = message->via && message->via->source ? message->via->source : NULL;
    const char *helo = message->via && message->via->helo ? message->via->helo : NULL;
    const struct mf_handing handing =
        mf_evidence_handing(mf_evidence_flow(t->file->evidence, message->id),
                            t->first->fact->recipient ? t->first->fact->recipient->address : "");
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
    const struct mf_flow *message = mf_message_of(t->first->fact->flow);
    t->finding->title = mf_finding_words(t, "%s is unknown at %s", t->suspect->scope, door_of(message));
    t->finding->why = mf_finding_words(t, "%s refused the recipient %s:\n%s\n", door_of(message), t->suspect->scope,
                                       mf_reply_text(t->file->arena, &t->first->fact->reply));
    t->finding->fix =
        mf_finding_words(t, "Create %s there, or synchronise its list of recipients.\n", t->suspect->scope);
}

static void tell_refused(struct mf_telling *t)
{
    const struct mf_flow *message = mf_message_of(t->first->fact->flow);
    const struct mf_rec_sent *sent = mf_last_sent(t->file, message);
    t->finding->title = mf_finding_words(t, "%s refused the message", door_of(message));
    t->finding->why = mf_finding_words(
        t, "%s%s%s%s said to the message of %s:\n%s\n", door_of(message), sent && sent->peer && *sent->peer ? " (" : "",
        sent && sent->peer ? sent->peer : "", sent && sent->peer && *sent->peer ? ")" : "", sender_of(message),
        mf_reply_text(t->file->arena, &t->first->fact->reply));
}

static void tell_auth(struct mf_telling *t)
{
    const struct mf_flow *message = mf_message_of(t->first->fact->flow);
    const struct mf_login *login = message->via ? message->via->login : NULL;
    t->finding->title = mf_finding_words(t, "%s refused the login of %s", door_of(message), sender_of(message));
    t->finding->why = mf_finding_words(t, "%s%s%s%s: %s\n", door_of(message), login && login->user ? ", user " : "",
                                       login && login->user ? login->user : "", "", t->first->fact->text);
    if (login && login->place.file) {
        t->finding->places = mf_alloc(t->file->arena, sizeof login->place);
        t->finding->places[0] = login->place;
        t->finding->place_count = 1;
    }
}

static void tell_unknown(struct mf_telling *t)
{
    const struct mf_flow *message = mf_message_of(t->first->fact->flow);
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
        {"relay.denied", tell_relay},     {"smtp.recipient-unknown", tell_recipient},
        {"smtp.refused", tell_refused},   {"smtp.too-large", tell_refused},
        {"smtp.auth-refused", tell_auth}, {"smtp.outcome-unknown", tell_unknown},
    };
    for (size_t i = 0; i < sizeof tellers / sizeof *tellers; i++)
        if (mf_same(tellers[i].id, id))
            return tellers[i].teller;
    return NULL;
}
