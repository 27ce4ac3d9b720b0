/* Words for DKIM, and for what goes around the gateway. */
#include "diagnose/tell_internal.h"
#include "mailflow/received.h"

#include <ctype.h>
#include <string.h>

static const struct mf_dkim_signature *signature_of(const struct mf_telling *t)
{
    return t->first->fact->signature;
}

/* The server that signs: the gateway, where the site has one. */
static const char *signer_of(const struct mf_telling *t)
{
    const struct mf_server *gateway = mf_site_role(t->file->plan->site, MF_ROLE_GATEWAY);
    return gateway ? mf_format(t->file->arena, "the %s", gateway->name) : "the signer";
}

/* Was a fact with this id and state stated for the hit's own expectation? */
static bool was_stated(const struct mf_telling *t, const char *id)
{
    const struct mf_fact *fact = t->first->fact;
    for (size_t i = t->file->first_fact[fact->flow->index]; i < t->file->first_fact[fact->flow->index + 1]; i++)
        if (t->file->facts->items[i].expect == fact->expect && mf_same(t->file->facts->items[i].id, id))
            return true;
    return false;
}

/* A signature of our domain that passes in this run, on a message by way of the gateway; or NULL. */
static const struct mf_fact *signed_elsewhere(const struct mf_telling *t)
{
    for (size_t i = 0; i < t->file->facts->count; i++) {
        const struct mf_fact *fact = &t->file->facts->items[i];
        if (mf_same(fact->id, "dkim.pass") && fact->signature &&
            mf_same_nocase(fact->signature->domain, t->suspect->scope))
            return fact;
    }
    return NULL;
}

/* Whom the gateway took it from: "mail.net-it.com [192.0.2.20]"; else the door that it was handed over by. */
static const char *client_of_gateway(struct mf_telling *t)
{
    const struct mf_server *gateway = mf_site_role(t->file->plan->site, MF_ROLE_GATEWAY);
    const struct mf_arrival *arrival = t->first->fact->arrival;
    size_t count = 0;
    const struct mf_received **path =
        arrival ? mf_message_path(t->file->arena, mf_message_parse(t->file->arena, arrival->message), &count) : NULL;
    for (size_t i = 0; gateway && i < count; i++) {
        const char *name = path[i]->rdns ? path[i]->rdns : path[i]->helo;
        if (path[i]->by && path[i]->ip && mf_server_has_host(gateway, path[i]->by))
            return mf_finding_words(t, "%s%s[%s]", name ? name : "", name ? " " : "", path[i]->ip);
    }
    return t->first->message->via && t->first->message->via->label ? t->first->message->via->label : "its first hop";
}

/* The signer works, and not for this sender's mail: it goes by who hands it over, or by the address. */
static void tell_unsigned_by_some(struct mf_telling *t, const struct mf_fact *other)
{
    const struct mf_flow *message = t->first->message, *with = mf_flow_origin(other->flow);
    const char *signer = signer_of(t);
    const char *sender = message->from_application ? message->from_application->name : message->from;
    const char *signed_sender = with->from_application ? with->from_application->name : with->from;
    const char *client = client_of_gateway(t);
    t->finding->title =
        mf_finding_words(t, "%c%s does not sign the mail of %s", toupper((unsigned char)signer[0]), signer + 1, sender);
    t->finding->why = mf_finding_words(
        t,
        "%s; it was taken from %s. The mail of %s is signed there in this run (s=%s d=%s passes), so signing is on.\n",
        t->first->fact->text, client, signed_sender, other->signature->selector, other->signature->domain);
    t->finding->fix = mf_finding_words(
        t, "Let %s sign what comes from %s as well: add that server, or the sender %s, to those that it signs for.\n",
        signer, client, message->mail_from);
}

static void tell_unsigned(struct mf_telling *t)
{
    const struct mf_fact *other = was_stated(t, "path.through") ? signed_elsewhere(t) : NULL;
    if (other) {
        tell_unsigned_by_some(t, other);
        return;
    }
    bool passed = was_stated(t, "path.through");
    const char *signer = signer_of(t);
    t->finding->title = passed
                            ? mf_finding_words(t, "%c%s is not signing", signer[0] == 't' ? 'T' : signer[0], signer + 1)
                            : t->finding->kind->title;
    t->finding->why =
        mf_finding_words(t, "%s%s\n", t->first->fact->text,
                         passed ? mf_finding_words(t, "; it passed %s, which should have signed it", signer) : "");
    t->finding->fix = mf_finding_words(
        t, "Switch DKIM signing on for %s at %s; in the first hours after go-live it may still wait for the key.\n",
        t->suspect->scope, signer);
}

static void tell_wrong_key(struct mf_telling *t)
{
    const struct mf_dkim_signature *signature = signature_of(t);
    if (!signature)
        return;
    t->finding->title = "DNS holds another DKIM key than the one that signs";
    t->finding->why = mf_finding_words(
        t, "s=%s: the key at %s (%s, %d bits) does not open the signature: it was made with another private key.%s\n",
        signature->selector, signature->key_name, mf_starts(signature->algorithm, "rsa") ? "RSA" : signature->algorithm,
        signature->key_bits,
        signature->body_matches ? " The body hash fits, so the mail itself is as it was signed." : "");
    t->finding->fix =
        mf_finding_words(t, "Ask for the record of selector %s at %s again and publish exactly that at %s.\n",
                         signature->selector, signer_of(t), signature->key_name);
}

/* Text that was only added has its own title. */
static bool only_adds(const struct mf_fact *fact)
{
    for (size_t i = 0; i < fact->exhibit_count; i++) {
        const char *text = fact->exhibits[i].text;
        if (fact->exhibits[i].kind == MF_EXHIBIT_DIFF && text && (text[0] == '-' || strstr(text, "\n-")))
            return false;
    }
    return fact->exhibit_count > 0;
}

static void tell_body_changed(struct mf_telling *t)
{
    const char *signer = signer_of(t);
    if (only_adds(t->first->fact)) {
        t->finding->title = mf_finding_words(t, "Text is added after %s has signed", signer);
        t->finding->fix =
            mf_finding_words(t, "Add the text before %s signs: at the primary, or earlier in its rules.\n", signer);
    } else {
        t->finding->title = mf_finding_words(t, "The text is changed after %s has signed", signer);
        t->finding->fix = mf_finding_words(
            t, "Whatever changes the text must do so before %s signs: at the primary, or earlier in its rules.\n",
            signer);
    }
    bool saved = was_stated(t, "spf.pass") && was_stated(t, "dmarc.pass");
    t->finding->why = mf_finding_words(t, "%s\n%s", t->first->fact->text,
                                       saved ? "DMARC still passes, by SPF alone; forwarded mail will fail it.\n" : "");
}

/* Where the evaluation has advice of its own, that is the fix. */
static void tell_policy(struct mf_telling *t)
{
    const struct mf_fact *fact = t->first->fact;
    t->finding->why = mf_finding_words(t, "%s\n", fact->text);
    for (size_t i = 0; i < fact->exhibit_count; i++)
        if (i + 1 == fact->exhibit_count)
            t->finding->fix = fact->exhibits[i].text;
        else
            t->finding->why = mf_finding_words(t, "%s%s", t->finding->why, fact->exhibits[i].text);
    t->no_exhibits = true;
}

/* What vanished may have been deleted for it; told as what it is, a prediction. */
static void tell_predicted(struct mf_telling *t)
{
    const struct mf_flow *message = t->first->message;
    const char *sender = message->from_application ? message->from_application->name : message->from;
    const struct mf_fact *fact = t->first->fact;
    t->finding->title = mf_finding_words(t, "Mail of %s vanishes, and SPF would fail for it", sender);
    t->finding->why = mf_finding_words(
        t,
        "%s took it with 250 and it arrived nowhere. %s\nA gateway that checks SPF deletes such mail without "
        "a word; whether it was that, only its log can say.\n",
        message->via && message->via->label ? message->via->label : "The first hop", fact->text);
    if (fact->exhibit_count)
        t->finding->fix = fact->exhibits[0].text;
    t->no_exhibits = true;
}

/* What a server said about it, when it refused the mail for this. */
static const char *refusal_of(const struct mf_telling *t)
{
    for (size_t i = 0; i < t->suspect->absorbed_count; i++)
        if (mf_same(t->suspect->absorbed[i]->fact->id, "handed.refused"))
            return t->suspect->absorbed[i]->fact->text;
    return NULL;
}

static void tell_spf_refused(struct mf_telling *t)
{
    const struct mf_flow *message = t->first->message;
    const char *refused = refusal_of(t);
    t->finding->title = mf_finding_words(t, "Mail of %s is refused because SPF does not cover it",
                                         message->from_application ? message->from_application->name : message->from);
    tell_policy(t);
    t->finding->why = mf_finding_words(t, "%s%s%s", refused ? refused : "", refused ? "\n" : "", t->finding->why);
}

static void tell_header_changed(struct mf_telling *t)
{
    const struct mf_dkim_signature *signature = signature_of(t);
    if (signature && mf_same(signature->canon_header, "simple"))
        t->finding->fix =
            "Let nothing touch the header after signing. If fields are only refolded, sign with c=relaxed.\n";
}

static bool is_in_site(const struct mf_telling *t, const char *selector)
{
    const struct mf_dns_table *table = t->file->plan->site->dns;
    for (size_t i = 0; table && i < table->dkim_count; i++)
        if (mf_same_nocase(table->dkim[i].selector, selector))
            return true;
    return false;
}

/* The signer uses a selector that the site does not know: switch it over, or publish that one's key. */
static void tell_other_selector(struct mf_telling *t, const struct mf_dkim_signature *signature)
{
    const struct mf_dns_table *table = t->file->plan->site->dns;
    const char *signer = signer_of(t), *ours = table->dkim[0].selector;
    t->finding->title = mf_finding_words(t, "Mail is signed with selector %s, which is not the site's and has no key",
                                         signature->selector);
    t->finding->why = mf_finding_words(t, "%s The site's selector is %s.\n", t->first->fact->text, ours);
    t->finding->fix = mf_finding_words(t,
                                       "Set the selector to %s at %s, if its key is the site's; else publish the key "
                                       "of %s, as %s shows it, at %s, and put "
                                       "it into the site file.\n",
                                       ours, signer, signature->selector, signer, signature->key_name);
}

static void tell_key_missing(struct mf_telling *t)
{
    const struct mf_dkim_signature *signature = signature_of(t);
    const struct mf_site *site = t->file->plan->site;
    if (!signature)
        return;
    if (site->dns && site->dns->dkim_count && mf_same_nocase(signature->domain, mf_our_domain(t)) &&
        !is_in_site(t, signature->selector)) {
        tell_other_selector(t, signature);
        return;
    }
    t->finding->title = mf_finding_words(t, "No DKIM key at %s", signature->key_name);
    if (signature->key_elsewhere)
        t->finding->fix = mf_finding_words(
            t, "The panel appended the domain: the record is at %s. Enter the name as \"%s._domainkey\" only.\n",
            signature->key_elsewhere, signature->selector);
    else
        t->finding->fix = mf_finding_words(t, "Publish the key of selector %s as TXT at %s.\n", signature->selector,
                                           signature->key_name);
}

static void tell_key_state(struct mf_telling *t)
{
    const struct mf_dkim_signature *signature = signature_of(t);
    if (signature && signature->key_record)
        t->finding->why = mf_finding_words(t, "%s\nThe record: %.200s%s\n", t->first->fact->text, signature->key_record,
                                           strlen(signature->key_record) > 200 ? " …" : "");
}

static void tell_clock(struct mf_telling *t)
{
    t->finding->title = mf_finding_words(t, "The clock of %s is wrong", t->suspect->scope);
    t->finding->fix = mf_finding_words(
        t, "Set clock and time zone of %s (NTP). If every server seems wrong by the same time, it is this host's.\n",
        t->suspect->scope);
}

/* The last of our own servers on the way, and whom it handed it to: "mail.net-it.com", "mx.example.org". */
static bool handed_on(struct mf_telling *t, const char **by, const char **to)
{
    const struct mf_site *site = t->file->plan->site;
    const struct mf_arrival *arrival = t->first->fact->arrival;
    size_t count = 0;
    const struct mf_received **path =
        arrival ? mf_message_path(t->file->arena, mf_message_parse(t->file->arena, arrival->message), &count) : NULL;
    bool found = false;
    for (size_t i = 0; i + 1 < count; i++)
        for (size_t s = 0; s < site->server_count; s++)
            if (path[i]->by && path[i + 1]->by && !mf_same_nocase(path[i]->by, path[i + 1]->by) &&
                site->servers[s].role == MF_ROLE_PRIMARY && mf_server_has_host(&site->servers[s], path[i]->by)) {
                *by = path[i]->by;
                *to = path[i + 1]->by;
                found = true;
            }
    return found;
}

static void tell_bypass(struct mf_telling *t)
{
    const char *by, *to;
    const struct mf_flow *message = t->first->message;
    const char *sender = message->from_application ? message->from_application->name
                         : message->from_person    ? message->from_person->name
                                                   : message->from;
    t->finding->title = mf_finding_words(t, "Mail goes around the %s", t->suspect->scope);
    t->finding->why = mf_finding_words(t, "%s: the message of %s shows no Received field of the %s.\n",
                                       t->first->fact->flow->name, sender, t->suspect->scope);
    if (message->kind == MF_KIND_INBOUND)
        t->finding->fix =
            mf_finding_words(t, "Let the MX of %s be the %s alone, and let the primary take mail from the %s only.\n",
                             mf_our_domain(t), t->suspect->scope, t->suspect->scope);
    else if (handed_on(t, &by, &to)) {
        const struct mf_server *gateway = mf_site_server(t->file->plan->site, t->suspect->scope);
        const char *host = gateway && gateway->smtp_count ? gateway->smtp[0].host : t->suspect->scope;
        t->finding->why = mf_finding_words(t, "%s: %s handed the message of %s to %s itself.\n",
                                           t->first->fact->flow->name, by, sender, to);
        t->finding->fix = mf_finding_words(
            t, "Set %s as smart host of %s, for %s too; look for a rule that sends past it.\n", host, by, sender);
    } else
        t->finding->fix = mf_finding_words(t, "Set the %s as smart host of the server that sends for %s.\n",
                                           t->suspect->scope, sender);
}

static void tell_second(struct mf_telling *t)
{
    const struct mf_dkim_signature *signature = signature_of(t);
    t->finding->fix =
        mf_finding_words(t, "Take selector %s of %s out of the server that signs with it, or publish its key at %s.\n",
                         signature->selector, signature->domain, signature->key_name);
}

mf_teller *mf_auth_teller(const char *id)
{
    static const struct {
        const char *id;
        mf_teller *teller;
    } tellers[] = {
        {"dkim.unsigned", tell_unsigned},
        {"dkim.wrong-key", tell_wrong_key},
        {"dkim.second-fails", tell_second},
        {"dkim.body-changed", tell_body_changed},
        {"dkim.header-changed", tell_header_changed},
        {"dkim.key-missing", tell_key_missing},
        {"dkim.key-broken", tell_key_state},
        {"dkim.key-revoked", tell_key_state},
        {"dkim.key-unfit", tell_key_state},
        {"path.gateway-bypassed", tell_bypass},
        {"path.clock-skew", tell_clock},
        {"spf.fail-predicted", tell_predicted},
        {"spf.refused", tell_spf_refused},
        {"spf.fail", tell_policy},
        {"spf.softfail", tell_policy},
        {"spf.neutral", tell_policy},
        {"spf.none", tell_policy},
        {"spf.permerror", tell_policy},
        {"dmarc.fail", tell_policy},
        {"dmarc.none", tell_policy},
        {"dmarc.permerror", tell_policy},
    };
    for (size_t i = 0; i < sizeof tellers / sizeof *tellers; i++)
        if (mf_same(tellers[i].id, id))
            return tellers[i].teller;
    return NULL;
}
