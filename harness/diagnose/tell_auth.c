/* Words for DKIM, and for what goes around the gateway. */
#include "diagnose/tell_internal.h"

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

static void tell_unsigned(struct mf_telling *t)
{
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

static void tell_key_missing(struct mf_telling *t)
{
    const struct mf_dkim_signature *signature = signature_of(t);
    if (!signature)
        return;
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

static void tell_bypass(struct mf_telling *t)
{
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
    else
        t->finding->fix = mf_finding_words(t, "Set the %s as smart host of the server that sends for %s.\n",
                                           t->suspect->scope, sender);
}

mf_teller *mf_auth_teller(const char *id)
{
    static const struct {
        const char *id;
        mf_teller *teller;
    } tellers[] = {
        {"dkim.unsigned", tell_unsigned},
        {"dkim.wrong-key", tell_wrong_key},
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
