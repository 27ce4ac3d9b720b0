/* The DKIM records: at each selector one key, which is the signer's (RFC 6376 3.6). */
#include <string.h>

#include "check/dns_internal.h"

struct selector {
    const struct mf_dkim_value *value;
    const char *name; /* SELECTOR._domainkey.DOMAIN */
};

static bool is_good(const struct mf_dns_case *at, const struct mf_dns_answer *answer, const void *wanted)
{
    const struct selector *selector = wanted;
    struct mf_arena *arena = at->view->arena;
    if (selector->value->cname)
        return answer->chain_count && mf_same_nocase(answer->chain[0].host, selector->value->cname);
    return answer->count == 1 && strcmp(mf_dns_squeeze(arena, answer->records[0].text),
                                        mf_dns_squeeze(arena, mf_bytes_of(selector->value->record))) == 0;
}

static const char *value_of(struct mf_arena *arena, const struct mf_dns_answer *answer)
{
    const char *text = mf_dns_txt_value(arena, answer);
    return answer->chain_count ? mf_format(arena, "CNAME %s, there %s", answer->chain[0].host, text) : text;
}

static const char *line_of(struct mf_arena *arena, const struct selector *selector)
{
    if (selector->value->cname)
        return mf_format(arena, "  %s.  CNAME  %s.\n", selector->name, selector->value->cname);
    return mf_dns_publish_txt(arena, selector->name, selector->value->record);
}

/* What a panel that appends the domain by itself makes of the name. NULL: nothing is there. */
static const char *doubled(struct mf_dns_case *at, const struct selector *selector)
{
    const char *name = mf_format(at->view->arena, "%s.%s", selector->name, at->view->domain);
    for (size_t i = 0; i < at->view->point_count; i++) {
        const struct mf_dns_answer *answer = at->view->points[i].state == MF_POINT_ALIVE
                                                 ? mf_dns_point_answer(at->view, &at->view->points[i], name, MF_DNS_TXT)
                                                 : NULL;
        if (answer && answer->status == MF_DNS_OK && answer->count && strstr(answer->records[0].text.data, "p="))
            return name;
    }
    return NULL;
}

/* Nothing is there, nor under the doubled name: at another, or nowhere. */
static void tell_absent(struct mf_dns_case *at, const struct selector *selector, const struct mf_dns_variant *variant)
{
    struct mf_arena *arena = at->view->arena;
    const char *hint = NULL, *elsewhere = mf_dns_dkim_elsewhere(at, selector->value->selector, &hint);
    const char *s = mf_dns_verb_s(variant->who);
    if (elsewhere)
        mf_dns_fact_add(at, "dns.dkim-missing", MF_FACT_BAD, selector->name, mf_format(arena, "it is at %s", elsewhere),
                        mf_format(arena, "The DKIM key is at %s, where nobody looks for it", elsewhere),
                        mf_format(arena, "%s answer%s for %s: %s. There is a key at %s.", variant->who, s,
                                  selector->name, variant->value, elsewhere),
                        mf_format(arena, "%s It must be:\n%s", hint, line_of(arena, selector)));
    else
        mf_dns_fact_add(at, "dns.dkim-missing", MF_FACT_BAD, selector->name, "none",
                        mf_format(arena, "There is no DKIM key at %s", selector->name),
                        mf_format(arena, "%s answer%s: %s.", variant->who, s, variant->value),
                        mf_format(arena, "Publish:\n%s", line_of(arena, selector)));
}

/* An alias that the site does not have, or another than it has, with no key at its end. */
static void tell_dead_alias(struct mf_dns_case *at, const struct selector *selector,
                            const struct mf_dns_variant *variant)
{
    struct mf_arena *arena = at->view->arena;
    const struct mf_dns_answer *answer = variant->answer;
    const char *target = answer->chain[answer->chain_count - 1].host;
    const char *state = answer->status == MF_DNS_NXDOMAIN ? "which does not exist" : "where no TXT record is";
    mf_dns_fact_add(
        at, "dns.dkim-missing", MF_FACT_BAD, selector->name, mf_format(arena, "CNAME to %s, no key", target),
        mf_format(arena, "The CNAME at %s leads to %s, %s", selector->name, target, state),
        mf_format(arena, "%s answer%s a CNAME to %s, %s: there is no key, and every signature fails.", variant->who,
                  mf_dns_verb_s(variant->who), target, state),
        selector->value->cname
            ? mf_format(arena, "Publish in its place:\n%s", line_of(arena, selector))
            : mf_format(arena,
                        "Delete the CNAME (nothing may stand beside one) and publish in its place:\n%sOr let "
                        "whoever runs %s publish the key there.\n",
                        line_of(arena, selector), target));
}

static void tell_missing(struct mf_dns_case *at, const struct selector *selector, const struct mf_dns_variant *variant)
{
    struct mf_arena *arena = at->view->arena;
    const char *elsewhere = doubled(at, selector), *s = mf_dns_verb_s(variant->who);
    if (elsewhere)
        mf_dns_fact_add(at, "dns.dkim-doubled-name", MF_FACT_BAD, selector->name, "under a doubled name",
                        "The panel has appended the domain to the DKIM key's name",
                        mf_format(arena, "%s answer%s nothing for %s, but there is a key at %s.", variant->who, s,
                                  selector->name, elsewhere),
                        mf_format(arena, "Enter the name as \"%s._domainkey\" only; it must be:\n%s",
                                  selector->value->selector, line_of(arena, selector)));
    else
        tell_absent(at, selector, variant);
}

struct judgement {
    const char *id, *brief, *title, *why;
    bool warn;
};

/* Is the key cut: the beginning of the expected one, or of a length at which panels cut? */
static bool is_cut(struct mf_arena *arena, const struct mf_dns_record *record, const struct mf_dkim_key *key,
                   const struct selector *selector)
{
    const char *expected = selector->value->record;
    const char *squeezed = mf_dns_squeeze(arena, record->text);
    if (expected) {
        const char *whole = mf_dns_squeeze(arena, mf_bytes_of(expected));
        return strlen(squeezed) < strlen(whole) && strncmp(squeezed, whole, strlen(squeezed)) == 0;
    }
    return !key->good && !key->revoked && (record->text.len == 255 || record->text.len == 254);
}

/* The expected record with t=y in it, and nothing else changed. */
static bool same_but_for_test(const struct mf_dkim_key *key, const struct mf_dkim_key *expected)
{
    return key->test && expected && !expected->test && mf_same(key->p, expected->p);
}

/* Did mail of this run verify with the key at a selector? */
static bool was_used(const struct mf_dns_case *at, const struct mf_dkim_value *value)
{
    const struct mf_facts *facts = at->view->context->facts;
    for (size_t i = 0; i < facts->count; i++) {
        const struct mf_dkim_signature *signature = facts->items[i].signature;
        if (signature && signature->result == MF_DKIM_PASS && mf_same_nocase(signature->selector, value->selector) &&
            mf_same_nocase(signature->domain, at->view->domain))
            return true;
    }
    return false;
}

static struct judgement judge_key(struct mf_dns_case *at, const struct mf_dns_record *record,
                                  const struct mf_dkim_key *key, const struct selector *selector)
{
    struct mf_arena *arena = at->view->arena;
    const struct mf_dkim_key *expected =
        selector->value->record ? mf_dkim_key_parse(arena, mf_bytes_of(selector->value->record)) : NULL;
    if (key->revoked)
        return (struct judgement){"dns.dkim-revoked", "revoked", "The DKIM key at %s is revoked",
                                  "p= is empty, which withdraws the key: every signature with it fails", false};
    if (memchr(record->text.data, '"', record->text.len) || memchr(record->text.data, '\\', record->text.len))
        return (struct judgement){"dns.dkim-quoted", "quotes inside", "Quotes were pasted into the DKIM key at %s",
                                  key->why ? key->why : "quotes stand inside the value", false};
    if (is_cut(arena, record, key, selector))
        return (struct judgement){"dns.dkim-cut", "cut", "The DKIM key at %s is cut",
                                  mf_format(arena, "only the first %zu characters are there%s", record->text.len,
                                            record->text.len >= 254 && record->text.len <= 256
                                                ? ": the panel takes one string of 255 at most"
                                                : ""),
                                  false};
    if (!key->good)
        return (struct judgement){"dns.dkim-broken", "broken", "The DKIM key at %s can't be used", key->why, false};
    if (mf_dns_dkim_unfit(arena, key))
        return (struct judgement){"dns.dkim-broken", "not for mail", "The DKIM key at %s may not be used for mail",
                                  mf_format(arena, "%s: signatures with it fail", mf_dns_dkim_unfit(arena, key)),
                                  false};
    if (same_but_for_test(key, expected))
        return (struct judgement){"dns.dkim-test-mode", "in test mode", "The DKIM key at %s is in test mode",
                                  "t=y asks receivers to treat signatures as if there were none", false};
    if (expected && !mf_same(key->p, expected->p) && was_used(at, selector->value))
        return (struct judgement){
            "dns.dkim-differs", "newer than the site's", "At %s is the signer's key, and the site file has another",
            "p= is another key than the site's, but mail of this run is signed with the one in DNS: "
            "the signer has a new key, and the site file is old",
            true};
    if (expected && !mf_same(key->p, expected->p))
        return (struct judgement){"dns.dkim-other-key", "another key", "At %s is another DKIM key than the signer's",
                                  "p= is another key than the site's, so signatures fail", false};
    return (struct judgement){"dns.dkim-differs", "tags differ", "The DKIM record at %s differs from the site's",
                              "the key is the same, other tags differ", true};
}

static const char *publish_instead(struct mf_dns_case *at, const struct selector *selector)
{
    return mf_format(at->view->arena, "Publish in its place:\n%s", line_of(at->view->arena, selector));
}

/* A key stands, by itself or behind another alias, where the site has an alias. */
static void tell_other_target(struct mf_dns_case *at, const struct selector *selector,
                              const struct mf_dns_variant *variant)
{
    struct mf_arena *arena = at->view->arena;
    mf_dns_fact_add(at, "dns.dkim-differs", MF_FACT_BAD, selector->name, "another target",
                    mf_format(arena, "The DKIM record at %s is another than expected", selector->name),
                    mf_format(arena, "%s answer%s %.300s. The site has a CNAME to %s there.", variant->who,
                              mf_dns_verb_s(variant->who), variant->value, selector->value->cname),
                    publish_instead(at, selector));
}

static void tell_several(struct mf_dns_case *at, const struct selector *selector, const struct mf_dns_variant *variant)
{
    struct mf_arena *arena = at->view->arena;
    size_t count = variant->answer->count;
    mf_dns_fact_add(
        at, "dns.dkim-two", MF_FACT_BAD, selector->name, mf_format(arena, "%zu records", count),
        mf_format(arena, "%zu TXT records are at the DKIM selector %s", count, selector->value->selector),
        mf_format(arena,
                  "%s answer%s %zu records for %s; what receivers do then is not defined: some fail every signature.",
                  variant->who, mf_dns_verb_s(variant->who), count, selector->name),
        mf_format(arena, "Leave only this one:\n%s", line_of(arena, selector)));
}

static void tell_key(struct mf_dns_case *at, const struct selector *selector, const struct mf_dns_variant *variant)
{
    struct mf_arena *arena = at->view->arena;
    const struct mf_dns_record *record = &variant->answer->records[0];
    struct judgement judged = judge_key(at, record, mf_dkim_key_parse(arena, record->text), selector);
    const char *before = strstr(judged.title, "%s"); /* the name goes there */
    mf_dns_fact_add(
        at, judged.id, judged.warn ? MF_FACT_NOTE : MF_FACT_BAD, selector->name, judged.brief,
        mf_format(arena, "%.*s%s%s", (int)(before - judged.title), judged.title, selector->name, before + 2),
        mf_format(arena, "%s answer%s %.200s%s: %s.", variant->who, mf_dns_verb_s(variant->who), variant->value,
                  strlen(variant->value) > 200 ? "…" : "", judged.why),
        judged.warn && was_used(at, selector->value)
            ? mf_format(arena,
                        "Leave DNS as it is. In the site file, put the record that is published:\n  %s: \"%.*s\"\n",
                        selector->value->selector, (int)record->text.len, record->text.data)
            : publish_instead(at, selector));
}

static void judge_variant(struct mf_dns_case *at, const struct selector *selector, const struct mf_dns_variant *variant)
{
    const struct mf_dns_answer *answer = variant->answer;
    if (answer->count == 0 && !answer->chain_count)
        tell_missing(at, selector, variant);
    else if (answer->count == 0)
        tell_dead_alias(at, selector, variant);
    else if (selector->value->cname)
        tell_other_target(at, selector, variant);
    else if (answer->count > 1)
        tell_several(at, selector, variant);
    else
        tell_key(at, selector, variant);
}

/* As published and expected: is it a key that receivers will use? */
static void judge_good(struct mf_dns_case *at, const struct selector *selector, const struct mf_dns_variant *variant)
{
    struct mf_arena *arena = at->view->arena;
    const struct mf_dns_answer *answer = variant->answer;
    const char *fix = "Ask the signer's operator for a new key, and put it into the site file and DNS.\n";
    if (answer->count == 0) {
        bool known =
            answer->status == MF_DNS_OK || answer->status == MF_DNS_NODATA || answer->status == MF_DNS_NXDOMAIN;
        mf_dns_fact_add(at, known ? "dns.dkim-missing" : "dns.unreachable", known ? MF_FACT_BAD : MF_FACT_UNKNOWN,
                        selector->name, known ? "alias leads to no key" : "alias not followed",
                        mf_format(arena, "There is no DKIM key behind %s", selector->name),
                        mf_format(arena, "The alias leads to %s, as the site says, and there: %s.",
                                  selector->value->cname, answer->why ? answer->why : "nothing"),
                        mf_format(arena, "Let the signer's operator publish the key at %s.\n", selector->value->cname));
        return;
    }
    const struct mf_dkim_key *key = mf_dkim_key_parse(arena, answer->records[0].text);
    const char *kind = mf_same_nocase(key->type, "ed25519") ? "Ed25519" : mf_format(arena, "RSA %d", key->bits);
    at->row->detail = mf_format(arena, "%s%s%s, %s", at->row->detail ? at->row->detail : "",
                                at->row->detail ? "; " : "", selector->value->selector, kind);
    const char *why = key->good ? mf_dns_dkim_unfit(arena, key) : key->why;
    if (why)
        mf_dns_fact_add(at, key->revoked ? "dns.dkim-revoked" : "dns.dkim-broken", MF_FACT_BAD, selector->name,
                        "can't be used", mf_format(arena, "The DKIM key at %s can't be used", selector->name),
                        mf_format(arena, "It is as the site file says, but %s.", why), fix);
    else if (mf_same(key->type, "rsa") && key->bits < 2048)
        mf_dns_fact_add(at, "dns.dkim-weak", key->bits < 1024 ? MF_FACT_BAD : MF_FACT_NOTE, selector->name,
                        mf_format(arena, "%d bits only", key->bits),
                        mf_format(arena, "The DKIM key at %s has %d bits", selector->name, key->bits),
                        "RFC 8301: below 1024 is not valid, 2048 is advised.", fix);
    else if (key->test)
        mf_dns_fact_add(at, "dns.dkim-test-mode", MF_FACT_NOTE, selector->name, "in test mode",
                        mf_format(arena, "The DKIM key at %s is in test mode", selector->name),
                        "t=y asks receivers to treat signatures as if there were none; the site file has it as well.",
                        "Take t=y out once mail is signed.\n");
}

static bool any_was_used(const struct mf_dns_case *at)
{
    for (size_t k = 0; k < at->table->dkim_count; k++)
        if (was_used(at, &at->table->dkim[k]))
            return true;
    return false;
}

void mf_dns_judge_dkim(struct mf_dns_case *at)
{
    struct mf_arena *arena = at->view->arena;
    for (size_t k = 0; k < at->table->dkim_count; k++) {
        const struct mf_dkim_value *value = &at->table->dkim[k];
        struct selector selector = {value, mf_format(arena, "%s._domainkey.%s", value->selector, at->view->domain)};
        struct mf_dns_wanted wanted = {.name = selector.name,
                                       .type = MF_DNS_TXT,
                                       .what = "DKIM key",
                                       .expected =
                                           value->cname ? mf_format(arena, "CNAME %s", value->cname) : value->record,
                                       .publish = line_of(arena, &selector),
                                       .is_good = is_good,
                                       .value = value_of,
                                       .wanted = &selector,
                                       .place = value->place};
        struct mf_dns_variants variants = mf_dns_compare(at, &wanted);
        size_t before = at->row->count;
        for (size_t i = 0; i < variants.count; i++)
            if (!variants.good)
                judge_variant(at, &selector, &variants.items[i]);
            else if (variants.items[i].good)
                judge_good(at, &selector, &variants.items[i]);
        for (; before < at->row->count; before++)
            at->row->items[before].place = value->place;
    }
    at->row->right = any_was_used(at) ? "the signer's key" : at->view->servers;
}
