/* Finding a domain's SPF record (RFC 7208 4.3 to 4.5). */
#include <string.h>

#include "auth/spf_internal.h"
#include "mailflow/pasted.h"

bool mf_spf_is_name(const char *name)
{
    size_t len = strlen(name);
    if (len && name[len - 1] == '.')
        len--;
    if (len == 0 || len > 253)
        return false;
    for (size_t at = 0, label = 0; at <= len; at++) {
        if (at < len && name[at] != '.') {
            label++;
            continue;
        }
        if (label == 0 || label > 63)
            return false;
        label = 0;
    }
    return true;
}

const struct mf_dns_answer *mf_spf_ask(struct mf_spf_walk *walk, const char *name, enum mf_dns_type type)
{
    const char *backslash = strchr(name, '\\'), *asked = backslash ? "" : name;
    for (const char *at = name; backslash && *at; at++)
        asked = *at == '\\' ? mf_format(walk->arena, "%s\\092", asked) : mf_format(walk->arena, "%s%c", asked, *at);
    return mf_dns_ask(walk->dns, walk->arena, asked, type, walk->deadline);
}

const char *mf_spf_dns_trouble(struct mf_arena *arena, const struct mf_dns_answer *answer)
{
    return mf_format(arena, "%s %s could not be found out (%s)%s%s", mf_dns_type_name(answer->type), answer->name,
                     mf_dns_status_name(answer->status), answer->why ? ": " : "", answer->why ? answer->why : "");
}

static struct mf_spf_verdict verdict_of(enum mf_spf_result result, enum mf_spf_cause cause, const char *why)
{
    return (struct mf_spf_verdict){.result = result, .cause = cause, .why = why};
}

/* Multi-label, and no address literal (RFC 7208 4.3). */
static bool is_domain(const char *domain)
{
    size_t len = strlen(domain);
    const char *dot = strchr(domain, '.');
    return mf_spf_is_name(domain) && dot && (size_t)(dot - domain) + 1 < len && domain[0] != '[' &&
           !strpbrk(domain, " \t\"<>@");
}

/* A TXT record that was meant as one, in brackets; or "". */
static const char *alike(struct mf_arena *arena, const struct mf_dns_answer *answer)
{
    for (size_t i = 0; i < answer->count; i++)
        if (mf_spf_corrected(arena, answer->records[i].text))
            return mf_format(arena, " (\"%s\" was meant as one, and does not begin with \"v=spf1\" and a space)",
                             mf_pasted_shown(arena, answer->records[i].text));
    return "";
}

/* RFC 7208 4.5: the one TXT record that begins with v=spf1. */
static bool select_record(struct mf_arena *arena, const struct mf_dns_answer *answer, struct mf_bytes *text,
                          struct mf_spf_verdict *verdict)
{
    size_t count = 0;
    for (size_t i = 0; i < answer->count; i++)
        if (mf_spf_is_record(answer->records[i].text) && count++ == 0)
            *text = answer->records[i].text;
    if (count == 1)
        return true;
    *verdict =
        count
            ? verdict_of(MF_SPF_PERMERROR, MF_SPF_SEVERAL_RECORDS,
                         mf_format(arena, "%s publishes %zu SPF records, and only one is allowed", answer->name, count))
            : verdict_of(MF_SPF_NONE, MF_SPF_NO_RECORD,
                         mf_format(arena, "%s publishes no SPF record%s", answer->name, alike(arena, answer)));
    verdict->several = count ? answer->name : NULL;
    return false;
}

bool mf_spf_find_record(struct mf_spf_walk *walk, const char *domain, const char **record, struct mf_bytes *text,
                        struct mf_spf_verdict *verdict)
{
    if (!is_domain(domain)) {
        *verdict =
            verdict_of(MF_SPF_NONE, MF_SPF_NO_DOMAIN, mf_format(walk->arena, "\"%s\" is no full domain name", domain));
        return false;
    }
    const struct mf_dns_answer *answer = mf_spf_ask(walk, domain, MF_DNS_TXT);
    walk->spf->need_more = walk->spf->need_more || answer->status == MF_DNS_UNKNOWN;
    if (answer->status == MF_DNS_NXDOMAIN) {
        *verdict = verdict_of(MF_SPF_NONE, MF_SPF_NO_RECORD, mf_format(walk->arena, "%s does not exist", domain));
        return false;
    }
    if (answer->status != MF_DNS_OK && answer->status != MF_DNS_NODATA) {
        *verdict = verdict_of(MF_SPF_TEMPERROR, MF_SPF_DNS, mf_spf_dns_trouble(walk->arena, answer));
        return false;
    }
    if (!select_record(walk->arena, answer, text, verdict))
        return false;
    *record = text->data;
    return true;
}
