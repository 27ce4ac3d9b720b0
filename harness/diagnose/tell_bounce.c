/* Words for bounces: of mail, of copies, of what should have been refused, and for one that does not come. */
#include "diagnose/tell_internal.h"

#include <string.h>

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
    t->finding->fix = mf_follow_words(t);
}

mf_teller *mf_bounce_teller(const char *id)
{
    static const struct {
        const char *id;
        mf_teller *teller;
    } tellers[] = {
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
