/* DKIM keys at other names than the one that is asked for, and keys that mail may not be signed with. */
#include <string.h>

#include "check/dns_internal.h"

static bool is_key(struct mf_bytes text)
{
    return text.len > 2 && !mf_starts_nocase(text.data, "v=DMARC1") && !mf_starts_nocase(text.data, "v=spf1") &&
           (strcasestr(text.data, "v=DKIM1") || (strstr(text.data, "p=") && strcasestr(text.data, "k=")));
}

static bool has_key(struct mf_dns_case *at, const char *name)
{
    const struct mf_dns_answer *answer = mf_dns_view_ask(at->view, name, MF_DNS_TXT);
    for (size_t i = 0; answer->status == MF_DNS_OK && i < answer->count; i++)
        if (is_key(answer->records[i].text))
            return true;
    return false;
}

const char *mf_dns_dkim_elsewhere(struct mf_dns_case *at, const char *selector, const char **hint)
{
    struct mf_arena *arena = at->view->arena;
    const char *domain = at->view->domain;
    const struct {
        const char *name, *hint;
    } places[] = {
        {mf_format(arena, "%s.domainkey.%s", selector, domain), "The underscore is missing before domainkey."},
        {mf_format(arena, "%s_domainkey.%s", selector, domain), "The dot is missing between selector and _domainkey."},
        {mf_format(arena, "%s._domainkeys.%s", selector, domain), "It is _domainkey, without s."},
        {mf_format(arena, "%s._domainkey._domainkey.%s", selector, domain),
         "The panel has put _domainkey behind the name by itself: enter the selector only."},
        {mf_format(arena, "%s.%s", selector, domain), "\"._domainkey\" is missing behind the selector."},
        {mf_format(arena, "_domainkey.%s", domain), "The selector is missing before \"._domainkey\"."},
        {domain, "The name was left empty, or \"@\"."},
    };
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        if (has_key(at, places[i].name)) {
            *hint = places[i].hint;
            return places[i].name;
        }
    return NULL;
}

static bool allows(const char *list, const char *word)
{
    size_t len = strlen(word);
    for (const char *at = list; at && *at;) {
        at += strspn(at, " \t");
        size_t part = strcspn(at, ": \t");
        if (part == len && mf_starts_nocase(at, word))
            return true;
        at += strcspn(at, ":");
        at += *at == ':';
    }
    return false;
}

const char *mf_dns_dkim_unfit(struct mf_arena *arena, const struct mf_dkim_key *key)
{
    if (key->services && !allows(key->services, "*") && !allows(key->services, "email"))
        return mf_format(arena, "s=%.60s forbids its use for mail (it must be * or email, or not be there)",
                         key->services);
    if (key->hashes && !allows(key->hashes, "sha256"))
        return mf_format(arena, "h=%.60s forbids sha256, which today's signatures are made with", key->hashes);
    return NULL;
}
