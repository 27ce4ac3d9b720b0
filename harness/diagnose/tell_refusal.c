/* Words for refusals, said to us by the first hop or told by a bounce: who refused whom, about what. */
#include "diagnose/dns_internal.h"
#include "diagnose/refusal.h"
#include "diagnose/tell_internal.h"

#include <string.h>

const char *mf_door_of(const struct mf_flow *message)
{
    return message->via && message->via->label ? message->via->label : "the first hop";
}

/* "alice", "crm" */
const char *mf_sender_of(const struct mf_flow *message)
{
    return message->from_application ? message->from_application->name
           : message->from_person    ? message->from_person->name
                                     : message->from;
}

bool mf_tells_bounce(const struct mf_telling *t)
{
    return mf_starts(t->first->fact->id, "bounce.");
}

/* The server that said no: a site's server by its name, else the host, else the door. */
const char *mf_refuser_of(struct mf_telling *t)
{
    const char *by = mf_refused_by(t->file, t->first->fact);
    return mf_tells_bounce(t) || mf_same(t->suspect->scope, by) ? by : mf_door_of(t->first->message);
}

/* Who refused whom, in the server's own words; a bounce tells it at second hand. */
const char *mf_refusal_words(struct mf_telling *t)
{
    const struct mf_fact *fact = t->first->fact;
    const struct mf_rec_sent *sent = mf_last_sent(t->file, t->first->message);
    const char *sender = mf_sender_of(t->first->message);
    if (mf_tells_bounce(t))
        return mf_finding_words(t, "%s took the message of %s, and told by a bounce that %s would not have it:\n%s\n",
                                fact->told_by ? fact->told_by : "A server on the way", sender,
                                fact->by ? fact->by : "the next server",
                                fact->reply.text && *fact->reply.text ? fact->reply.text : fact->text);
    const char *peer = sent && sent->peer && *sent->peer ? mf_finding_words(t, " (%s)", sent->peer) : "";
    return mf_finding_words(t, "%s%s said to the message of %s:\n%s\n", mf_door_of(t->first->message), peer, sender,
                            mf_reply_text(t->file->arena, &fact->reply));
}

/* The address that the words name for the host that was refused, as in "<relay.example[198.51.100.11]>: …". */
const char *mf_address_in(struct mf_telling *t, const char *words)
{
    const char *open = words ? strchr(words, '[') : NULL, *close = open ? strchr(open, ']') : NULL;
    return close && close - open > 2 && close - open < 48
               ? mf_finding_words(t, "%.*s", (int)(close - open - 1), open + 1)
               : NULL;
}

static void tell_refused(struct mf_telling *t)
{
    const char *words = t->first->fact->reply.text, *address = mf_address_in(t, words);
    t->finding->title = mf_finding_words(t, "%s refused the message", mf_door_of(t->first->message));
    t->finding->why = mf_refusal_words(t);
    if (address && strcasestr(words, "client host rejected")) {
        t->finding->title = mf_finding_words(t, "%s refuses the address %s", mf_door_of(t->first->message), address);
        t->finding->fix =
            mf_finding_words(t,
                             "Look for a rule or blocklist at %s that has %s, from which %s sends here, and "
                             "take it out; or send from another address.\n",
                             mf_door_of(t->first->message), address, mf_sender_of(t->first->message));
    }
}

static size_t size_of_message(const struct mf_telling *t)
{
    const struct mf_flow_evidence *known = mf_evidence_flow(t->file->evidence, t->first->message->id);
    return known && known->attempt_count ? known->attempts[known->attempt_count - 1].message.len : 0;
}

static void tell_too_large(struct mf_telling *t)
{
    const char *server = mf_refuser_of(t);
    size_t limit = mf_refusal_size_limit(t->first->fact->reply.text);
    size_t size = size_of_message(t);
    for (size_t i = 0; i < t->suspect->hit_count && !limit; i++)
        limit = mf_refusal_size_limit(t->suspect->hits[i]->fact->reply.text);
    t->finding->title = mf_finding_words(t, "%s refuses messages for their size", server);
    t->finding->why = mf_refusal_words(t);
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
    t->finding->why = mf_refusal_words(t);
}

static void tell_rate(struct mf_telling *t)
{
    const char *server = mf_refuser_of(t);
    t->finding->title = mf_finding_words(t, "%s takes no more for now: a rate limit, not the routing", server);
    t->finding->why = mf_refusal_words(t);
}

/* "Client host [198.51.100.11] blocked using zen.spamhaus.org": an address, whoever's mail it is. */
static bool tell_blocklist(struct mf_telling *t)
{
    const char *words = t->first->fact->reply.text ? t->first->fact->reply.text : "";
    const char *using = strcasestr(words, "blocked using "), *address = mf_address_in(t, words);
    if (!using || !address)
        return false;
    using += strlen("blocked using ");
    size_t len = strcspn(using, " ;,:)\r\n");
    while (len && using[len - 1] == '.')
        len--;
    t->finding->title = mf_finding_words(t, "%s is on the blocklist %.*s, so %s refuses it", address, (int)len, using,
                                         mf_refuser_of(t));
    t->finding->fix = mf_finding_words(
        t,
        "Have the owner of the address take %s off %.*s, and find out why it got there; until then send by another.\n",
        address, (int)len, using);
    return true;
}

static void tell_blocked(struct mf_telling *t)
{
    t->finding->why = mf_refusal_words(t);
    if (!tell_blocklist(t))
        t->finding->title = mf_finding_words(t, "%s takes mail of %s for spam, or its sender", mf_refuser_of(t),
                                             mf_sender_of(t->first->message));
}

static void tell_utf8(struct mf_telling *t)
{
    t->finding->title = mf_finding_words(t, "%s can't carry addresses or headers beyond ASCII", mf_refuser_of(t));
    t->finding->why = mf_refusal_words(t);
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
    t->finding->title = mf_finding_words(t, "%s refuses mail of %s: SPF, DKIM or DMARC fails there", mf_refuser_of(t),
                                         mf_sender_of(t->first->message));
    t->finding->why = mf_finding_words(t, "%s%s", mf_refusal_words(t), troubles_found(t));
}

static void tell_signer(struct mf_telling *t)
{
    const char *server = mf_refuser_of(t);
    t->finding->title = mf_finding_words(t, "%s can't sign, and refuses what it should sign", server);
    t->finding->why = mf_refusal_words(t);
    t->finding->fix = mf_finding_words(t,
                                       "Look at the signer of %s: its log, the private key of %s (readable? at least "
                                       "1024 bits?), its table of keys.\n",
                                       server, mf_our_domain(t));
}

static void tell_sender(struct mf_telling *t)
{
    const struct mf_login *login = t->first->message->via ? t->first->message->via->login : NULL;
    const char *server = mf_refuser_of(t), *words = t->first->fact->reply.text ? t->first->fact->reply.text : "";
    t->finding->title = mf_finding_words(t, "%s refuses the sender address %s", server, t->suspect->scope);
    t->finding->why = mf_refusal_words(t);
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
    const char *sender = mf_sender_of(t->first->message);
    t->finding->title = mf_finding_words(t, "%s refuses the EHLO name of %s", mf_refuser_of(t), sender);
    t->finding->why = mf_refusal_words(t);
    t->finding->fix =
        mf_finding_words(t, "Let %s greet with its full name in DNS%s%s; in the site file that is helo.\n", sender,
                         via && via->helo ? ", not " : "", via && via->helo ? via->helo : "");
}

mf_teller *mf_refusal_teller(const char *id)
{
    static const struct {
        const char *id;
        mf_teller *teller;
    } tellers[] = {
        {"smtp.refused", tell_refused},       {"smtp.too-large", tell_too_large},
        {"mailbox.full", tell_full},          {"smtp.rate-limited", tell_rate},
        {"smtp.blocked", tell_blocked},       {"smtp.utf8-refused", tell_utf8},
        {"smtp.sender-refused", tell_sender}, {"smtp.helo-refused", tell_helo},
        {"dkim.signer-broken", tell_signer},  {"smtp.unauthenticated", tell_unauthenticated},
    };
    for (size_t i = 0; i < sizeof tellers / sizeof *tellers; i++)
        if (mf_same(tellers[i].id, id))
            return tellers[i].teller;
    return NULL;
}
