/* TXT records that were meant as SPF and are none, SPF records at other names, and what a record would be
 * with an address more. */
#include <string.h>

#include "check/dns_internal.h"
#include "mailflow/pasted.h"
#include "mailflow/spf.h"

#define TERMS_SHOWN 300 /* characters */

static bool looks_like(struct mf_arena *arena, struct mf_bytes text)
{
    const char *plain = mf_pasted_plain(arena, text);
    return !mf_starts_nocase(plain, "v=DMARC") && !mf_starts_nocase(plain, "v=DKIM") &&
           mf_spf_corrected(arena, mf_bytes_of(plain)) != NULL;
}

static const struct mf_dns_record *alike(struct mf_arena *arena, const struct mf_dns_answer *answer)
{
    for (size_t i = 0; i < answer->count; i++)
        if (looks_like(arena, answer->records[i].text))
            return &answer->records[i];
    return NULL;
}

const char *mf_dns_spf_alike(struct mf_arena *arena, const struct mf_dns_answer *answer)
{
    const struct mf_dns_record *record = alike(arena, answer);
    return record ? mf_pasted_shown(arena, record->text) : NULL;
}

/* Why it does not count: RFC 7208 4.5 wants exactly "v=spf1", then a space or the end. */
static const char *why_not(struct mf_arena *arena, const struct mf_dns_record *record)
{
    const char *text = mf_copy_bytes(arena, record->text.data, record->text.len), *version = strcasestr(text, "v=spf1");
    struct mf_bytes head = {text, version ? (size_t)(version - text) + 6 : 12};
    head.len = head.len < strlen(text) ? head.len : strlen(text);
    while (head.len < strlen(text) && ((unsigned char)text[head.len] >= 128 || text[head.len] == '\t'))
        head.len++;
    const char *odd = mf_pasted_odd(arena, head);
    if (text[0] == '"')
        return "quotes were pasted into the value; they belong to a zone file, not to a panel's field";
    if (odd)
        return mf_format(arena, "%s was pasted in with it", odd);
    if (!version)
        return mf_format(arena, "it begins with \"%.8s\", which is not v=spf1", text);
    if (version > text && strspn(text, " ") == (size_t)(version - text))
        return "a space stands before v=spf1";
    if (version > text)
        return mf_format(arena, "\"%.*s\" stands before v=spf1", (int)(version - text), text);
    if (strchr(";,", version[6]) && version[6])
        return mf_format(arena,
                         "\"%c\" stands behind v=spf1, where a space must be; SPF parts its terms by spaces only",
                         version[6]);
    return mf_format(arena, "no space stands behind v=spf1 (\"%.12s\")%s", version,
                     record->string_count > 1 ? ": strings of one record are joined without a space" : "");
}

void mf_dns_spf_tell_alike(struct mf_dns_case *at, const struct mf_dns_variant *variant, const char *publish)
{
    struct mf_arena *arena = at->view->arena;
    const struct mf_dns_record *record = alike(arena, variant->answer);
    mf_dns_fact_add(at, "dns.spf-broken", MF_FACT_BAD, at->view->domain, "no SPF record, though meant as one",
                    mf_format(arena, "The TXT record of %s that is meant as SPF does not count", at->view->domain),
                    mf_format(arena, "%s answer%s \"%s\": %s. For receivers there is no SPF record.", variant->who,
                              mf_dns_verb_s(variant->who), mf_pasted_shown(arena, record->text),
                              why_not(arena, record)),
                    mf_format(arena, "Publish in its place:\n%s", publish));
}

/* Does every name of the domain answer SPF? Then none of them was meant. */
static bool has_wildcard(struct mf_dns_case *at)
{
    return *mf_dns_spf_at(at, mf_format(at->view->arena, "no-such-name-mailflow.%s", at->view->domain)) != '\0';
}

/* " There is one at spf.net-it.com, where nobody looks for it." */
const char *mf_dns_spf_elsewhere(struct mf_dns_case *at)
{
    struct mf_arena *arena = at->view->arena;
    const char *domain = at->view->domain;
    const char *names[] = {domain, mf_format(arena, "%s.%s", domain, domain), mf_format(arena, "spf.%s", domain),
                           mf_format(arena, "_spf.%s", domain), mf_format(arena, "www.%s", domain)};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const struct mf_dns_answer *answer = mf_dns_view_ask(at->view, names[i], i ? MF_DNS_TXT : MF_DNS_SPF);
        for (size_t k = 0; answer->status == MF_DNS_OK && k < answer->count; k++)
            if (mf_starts_nocase(answer->records[k].text.data, "v=spf1") && (i == 0 || !has_wildcard(at)))
                return i == 0
                           ? mf_format(arena, " There is one of type SPF (99), which nobody asks for since RFC 7208.")
                           : mf_format(arena, " There is one at %s, where nobody looks for it%s.", names[i],
                                       i == 1 ? ": the panel has appended the domain" : "");
    }
    return "";
}

/* The record of a domain below ours that the record includes: the place for own servers. NULL: none. */
const char *mf_dns_spf_below(struct mf_dns_case *at)
{
    struct mf_arena *arena = at->view->arena;
    const struct mf_spf_survey *survey =
        mf_spf_survey(arena, at->view->domain, at->view->context->evidence->dns, MF_NEVER);
    for (size_t i = 0; i < survey->step_count; i++)
        if (mf_starts_nocase(survey->steps[i].term, "include:") && survey->steps[i].depth == 0 &&
            mf_ends_nocase(survey->steps[i].target, mf_format(arena, ".%s", at->view->domain)) &&
            *mf_dns_spf_at(at, survey->steps[i].target))
            return survey->steps[i].target;
    return NULL;
}

/* "" none */
const char *mf_dns_spf_at(struct mf_dns_case *at, const char *domain)
{
    const struct mf_dns_answer *answer = mf_dns_view_ask(at->view, domain, MF_DNS_TXT);
    for (size_t i = 0; i < answer->count; i++)
        if (mf_starts_nocase(answer->records[i].text.data, "v=spf1"))
            return mf_copy_bytes(at->view->arena, answer->records[i].text.data, answer->records[i].text.len);
    return "";
}

const char *mf_dns_spf_with(struct mf_arena *arena, const char *record, const char *add)
{
    for (const char *at = record; (at = strcasestr(at, "all")); at++)
        if ((at[3] == ' ' || at[3] == '\0') && at > record) {
            const char *word = at - (strchr("+-~?", at[-1]) != NULL);
            if (word > record && word[-1] == ' ')
                return mf_format(arena, "%.*s%s %s", (int)(word - 1 - record), record, add, word);
        }
    return mf_format(arena, "%s%s", record, add);
}

static bool has_term(struct mf_arena *arena, const char *record, const char *term)
{
    return strcasestr(mf_format(arena, " %s ", record), mf_format(arena, " %s ", term)) != NULL;
}

/* The terms of one that the other lacks: "ptr", "a:www.net-it.com" */
static const char *terms_only_in(struct mf_arena *arena, const char *one, const char *other)
{
    const char *text = "";
    for (const char *at = one + strspn(one, " "); *at && strlen(text) < TERMS_SHOWN; at += strspn(at, " ")) {
        const char *term = mf_copy_bytes(arena, at, strcspn(at, " "));
        if (!has_term(arena, other, term))
            text = mf_format(arena, "%s%s\"%s\"", text, *text ? ", " : "", term);
        at += strlen(term);
    }
    return text;
}

const char *mf_dns_spf_differences(struct mf_arena *arena, const char *found, const char *expected)
{
    const char *added = terms_only_in(arena, found ? found : "", expected);
    const char *missing = terms_only_in(arena, expected, found ? found : "");
    return *added || *missing ? mf_format(arena, " What differs: %s%s%s%s%s.", added, *added ? " is added" : "",
                                          *added && *missing ? ", " : "", missing, *missing ? " is missing" : "")
                              : "";
}

/* Where the end of one string and the beginning of the next have grown together into the wrong term. */
const char *mf_dns_spf_joint(struct mf_arena *arena, const struct mf_dns_answer *answer, const char *term)
{
    for (size_t i = 0; term && i < answer->count; i++) {
        const struct mf_dns_record *record = &answer->records[i];
        for (size_t k = 0; mf_starts_nocase(record->text.data, "v=spf1") && k + 1 < record->string_count; k++) {
            const char *blank = strrchr(record->strings[k], ' '), *right = record->strings[k + 1];
            const char *left = blank ? blank + 1 : record->strings[k];
            if (*left && *right && *right != ' ' && mf_starts_nocase(term, left) &&
                strstr(term, mf_copy_bytes(arena, right, strcspn(right, " "))))
                return " The strings of one record are joined without a space: each must end in one.";
        }
    }
    return "";
}
