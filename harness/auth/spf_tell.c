/* SPF: the verdict in words, and what to do. */
#include <string.h>

#include "auth/spf_internal.h"

static const char *matched_reason(struct mf_spf_walk *walk, const struct mf_spf_verdict *v)
{
    const struct mf_spf *spf = walk->spf;
    bool is_all = strlen(v->term) <= 4 && mf_ends_nocase(v->term, "all");
    const char *way = v->path && strcmp(v->path, v->term) != 0 ? mf_format(walk->arena, " (by %s)", v->path) : "";
    if (is_all)
        return mf_format(walk->arena, "nothing before \"%s\" in the record of %s%s matches %s", v->term, v->domain, way,
                         spf->ip);
    return mf_format(walk->arena, "%s is matched by \"%s\" in the record of %s%s", spf->ip, v->term, v->domain, way);
}

static const char *reason_of(struct mf_spf_walk *walk, const struct mf_spf_verdict *v)
{
    if (walk->spf->need_more)
        return "DNS answers that are needed have not been recorded yet";
    if (v->cause == MF_SPF_MATCHED)
        return matched_reason(walk, v);
    if (v->cause == MF_SPF_NOTHING_MATCHED)
        return mf_format(walk->arena, "nothing in the record of %s matches %s, and it has no \"all\"",
                         walk->spf->domain, walk->spf->ip);
    return v->why;
}

static const char *mechanism_for(const struct mf_spf_walk *walk)
{
    return mf_format(walk->arena, "%s:%s", walk->macros.is_v6 ? "ip6" : "ip4", walk->spf->ip);
}

static bool is_last_word(const char *word, size_t len)
{
    size_t sign = len && strchr("+-~?", word[0]) != NULL;
    return (len == sign + 3 && mf_starts_nocase(word + sign, "all")) || mf_starts_nocase(word, "redirect=");
}

/* A record as it should be published: the mechanism put before its all or redirect, or in front of a term that refuses
 * this very sender. */
static const char *record_with(struct mf_spf_walk *walk, const char *mechanism, const char *refusing)
{
    const char *record = walk->spf->record, *at = record + strcspn(record, " ");
    refusing =
        refusing ? mf_copy_bytes(walk->arena, refusing, strcspn(refusing, " ")) : NULL; /* the first of its path */
    while (*at) {
        const char *word = at + strspn(at, " ");
        size_t len = strcspn(word, " ");
        if (*word && (is_last_word(word, len) || (refusing && strlen(refusing) == len && mf_starts(word, refusing))))
            return mf_format(walk->arena, "%.*s %s %s", (int)(at - record), record, mechanism, word);
        at = word + len;
    }
    return mf_format(walk->arena, "%s %s -all", record, mechanism);
}

/* The last two labels, as a guess at whose host it is. */
static const char *owner_of(const char *name)
{
    const char *dot = strrchr(name, '.');
    while (dot && dot > name && dot[-1] != '.')
        dot--;
    return dot ? dot : name;
}

/* The client's name and an included record are of the same owner, who is another than the sender's domain: it is that
 * record that lacks the address. NULL: not so. */
static const struct mf_spf_step *include_of_client(const struct mf_spf_walk *walk)
{
    const struct mf_spf *spf = walk->spf;
    const char *owner = owner_of(walk->macros.helo);
    for (size_t i = 0; *owner && i < spf->step_count; i++)
        if (spf->steps[i].depth == 0 && spf->steps[i].target && mf_starts_nocase(spf->steps[i].term, "include:") &&
            mf_same_nocase(owner_of(spf->steps[i].target), owner) && !mf_same_nocase(owner_of(spf->domain), owner))
            return &spf->steps[i];
    return NULL;
}

static const char *authorize(struct mf_spf_walk *walk, const struct mf_spf_verdict *v)
{
    const struct mf_spf *spf = walk->spf;
    const char *mechanism = mechanism_for(walk);
    const struct mf_spf_step *vendor = include_of_client(walk);
    if (vendor)
        return mf_format(
            walk->arena,
            "%s (the HELO name) is a host of %s: ask whoever runs %s, which the record includes, to add %s to it. "
            "Until then, publish TXT %s \"%s\".",
            walk->macros.helo, owner_of(walk->macros.helo), vendor->target, mechanism, spf->domain,
            record_with(walk, mechanism, v->cause == MF_SPF_MATCHED ? v->path : NULL));
    if (!spf->record)
        return mf_format(walk->arena,
                         "If %s sends for %s, publish TXT %s \"v=spf1 %s -all\" with all other senders in it.", spf->ip,
                         spf->domain, spf->domain, mechanism);
    return mf_format(walk->arena, "If %s sends for %s, publish TXT %s \"%s\".", spf->ip, spf->domain, spf->domain,
                     record_with(walk, mechanism, v->cause == MF_SPF_MATCHED ? v->path : NULL));
}

static const char *advice_of(struct mf_spf_walk *walk, const struct mf_spf_verdict *v)
{
    if (walk->spf->mistake) {
        const char *text = mf_spf_mend(walk->arena, walk->spf->mistake);
        return mf_copy_bytes(walk->arena, text, strlen(text) - 1);
    }
    switch (v->cause) {
    case MF_SPF_MATCHED:
    case MF_SPF_NOTHING_MATCHED:
        return authorize(walk, v);
    case MF_SPF_NO_RECORD:
    case MF_SPF_SEVERAL_RECORDS:
    case MF_SPF_SYNTAX:
    case MF_SPF_CIRCLE: /* mistakes are mended above */
        return authorize(walk, v);
    case MF_SPF_TOO_MANY_LOOKUPS:
        return "Replace includes, a and mx by ip4 and ip6 where the addresses are known, and take out what no longer "
               "sends.";
    case MF_SPF_TOO_MANY_VOIDS:
        return "Take out the terms whose names no longer exist or have no address.";
    case MF_SPF_DNS:
        return "Find out why the name servers don't answer, then look again.";
    case MF_SPF_NO_DOMAIN:
        return "Use an envelope sender or HELO name with a full domain name.";
    case MF_SPF_BAD_ADDRESS:
        return "Give the IP address of the sending server.";
    }
    return NULL;
}

static bool is_ascii(struct mf_bytes text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.data[i] >= 127 || (unsigned char)text.data[i] < ' ')
            return false;
    return true;
}

/* RFC 7208 6.2: whatever is wrong with an explanation, there simply is none. */
static const char *explanation_of(struct mf_spf_walk *walk, const struct mf_spf_verdict *v)
{
    if (v->result != MF_SPF_FAIL || !v->exp)
        return NULL;
    walk->macros.domain = v->exp_domain;
    const char *name = mf_spf_expand_domain(walk->arena, &walk->macros, v->exp->domain_spec);
    if (!mf_spf_is_name(name))
        return NULL;
    const struct mf_dns_answer *answer = mf_spf_ask(walk, name, MF_DNS_TXT);
    if (answer->status == MF_DNS_UNKNOWN)
        walk->spf->need_more = true;
    if (answer->status != MF_DNS_OK || answer->count != 1 || !is_ascii(answer->records[0].text) ||
        mf_spf_macro_wrong(answer->records[0].text, true))
        return NULL;
    return mf_spf_expand(walk->arena, &walk->macros, answer->records[0].text);
}

void mf_spf_tell(struct mf_spf_walk *walk, const struct mf_spf_verdict *verdict)
{
    struct mf_spf *spf = walk->spf;
    spf->result = verdict->result;
    spf->cause = verdict->cause;
    spf->term = verdict->term;
    spf->term_domain = verdict->domain;
    spf->path = verdict->path;
    if (spf->result == MF_SPF_PERMERROR && !spf->need_more && verdict->cause != MF_SPF_TOO_MANY_LOOKUPS &&
        verdict->cause != MF_SPF_TOO_MANY_VOIDS)
        spf->mistake = mf_spf_mistake_of(walk, verdict, spf->domain);
    spf->explanation = explanation_of(walk, verdict);
    if (spf->need_more) {
        spf->result = MF_SPF_TEMPERROR;
        spf->cause = MF_SPF_DNS;
    }
    spf->reason = reason_of(walk, verdict);
    spf->advice = spf->result == MF_SPF_PASS || spf->need_more ? NULL : advice_of(walk, verdict);
}
