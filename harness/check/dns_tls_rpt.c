/* TLS-RPT (RFC 8460): who hears from senders that they could not deliver by TLS. */
#include <string.h>

#include "check/dns_internal.h"

static bool is_meant(struct mf_bytes text)
{
    return text.len >= 10 && strncasecmp(text.data, "v=TLSRPTv1", 10) == 0;
}

/* "mailto:ADDRESS" or "https://HOST…" */
static bool is_uri(const char *uri)
{
    if (mf_starts_nocase(uri, "mailto:")) {
        const char *sign = strchr(uri + 7, '@');
        return sign && sign > uri + 7 && sign[1] && !strpbrk(uri, " \t");
    }
    return mf_starts_nocase(uri, "https://") && uri[8] && !strpbrk(uri, " \t");
}

static const char *trimmed(struct mf_arena *arena, const char *data, size_t len)
{
    while (len && strchr(" \t", data[0]))
        data++, len--;
    while (len && strchr(" \t", data[len - 1]))
        len--;
    return mf_copy_bytes(arena, data, len);
}

static const char *uris_trouble(struct mf_arena *arena, const char *list)
{
    for (const char *at = list;; at++) {
        size_t len = strcspn(at, ",");
        const char *uri = trimmed(arena, at, len);
        if (!is_uri(uri))
            return mf_format(arena, "\"%.80s\" in rua= is neither mailto:ADDRESS nor https://…", uri);
        at += len;
        if (!*at)
            return NULL;
    }
}

/* Why senders do not count it, or NULL (RFC 8460 3). */
static const char *record_trouble(struct mf_arena *arena, struct mf_bytes text)
{
    const char *at = mf_copy_bytes(arena, text.data, text.len), *rua = NULL;
    if (strncmp(at, "v=TLSRPTv1", 10) != 0)
        return "it must begin with v=TLSRPTv1; in just these letters";
    at += 10 + strspn(at + 10, " \t");
    if (*at && *at != ';')
        return "a semicolon must follow v=TLSRPTv1";
    for (at += *at == ';'; *at;) {
        size_t len = strcspn(at, ";");
        const char *field = trimmed(arena, at, len);
        if (!*field && at[len])
            return "a field is empty (two semicolons)";
        if (*field && !strchr(field, '='))
            return mf_format(arena, "\"%.40s\" is no NAME=VALUE", field);
        rua = !rua && strncmp(field, "rua=", 4) == 0 ? field + 4 : rua;
        at += len + (at[len] == ';');
    }
    return rua ? uris_trouble(arena, rua) : "rua=, whom to report to, is missing";
}

static void tell_missing(struct mf_dns_case *at, const char *name, const char *publish,
                         const struct mf_dns_promises *promises)
{
    struct mf_arena *arena = at->view->arena;
    if (!promises->sts && !promises->dane) {
        mf_dns_note_add(at, mf_format(arena, "no TLS-RPT record (%s): senders' failures with TLS are reported to nobody",
                                      name));
        return;
    }
    mf_dns_fact_add(at, "dns.tls-rpt-missing", MF_FACT_NOTE, at->view->domain, "no TLS-RPT record",
                    "Nobody hears of senders that can't deliver by TLS",
                    mf_format(arena, "%s makes senders insist on TLS, and there is no record at %s: what they do not "
                                     "deliver for that is reported to nobody.",
                              promises->sts ? "An MTA-STS policy" : "A TLSA record (DANE)", name),
                    mf_format(arena, "Publish, with an address that is read:\n%s", publish));
}

void mf_dns_judge_tls_rpt(struct mf_dns_case *at, const struct mf_dns_promises *promises)
{
    struct mf_arena *arena = at->view->arena;
    const char *name = mf_format(arena, "_smtp._tls.%s", at->view->domain);
    const char *publish = mf_dns_publish_txt(
        arena, name, mf_format(arena, "v=TLSRPTv1; rua=mailto:tls-reports@%s", at->view->domain));
    const struct mf_dns_answer *answer = mf_dns_view_ask(at->view, name, MF_DNS_TXT);
    const struct mf_dns_record *record = NULL;
    size_t count = 0;
    for (size_t i = 0; i < answer->count; i++)
        if (is_meant(answer->records[i].text) && count++ == 0)
            record = &answer->records[i];
    const char *trouble = count == 1 ? record_trouble(arena, record->text) : NULL;
    if (count > 1)
        mf_dns_fact_add(at, "dns.tls-rpt-two", MF_FACT_NOTE, at->view->domain,
                        mf_format(arena, "%zu TLS-RPT records", count),
                        mf_format(arena, "There are %zu TLS-RPT records at %s: none counts", count, name),
                        mf_format(arena, "%s answers %.300s. Senders then report to nobody (RFC 8460 3).", name,
                                  mf_dns_txt_value(arena, answer)),
                        mf_format(arena, "Leave only one, such as:\n%s", publish));
    else if (trouble)
        mf_dns_fact_add(at, "dns.tls-rpt-broken", MF_FACT_NOTE, at->view->domain, "the TLS-RPT record can't be used",
                        mf_format(arena, "The TLS-RPT record at %s does not count", name),
                        mf_format(arena, "%s answers %.300s: %s. Senders report to nobody (RFC 8460 3).", name,
                                  mf_dns_txt_value(arena, answer), trouble),
                        mf_format(arena, "Publish in its place, with an address that is read:\n%s", publish));
    else if (answer->status == MF_DNS_NODATA || answer->status == MF_DNS_NXDOMAIN ||
             (answer->status == MF_DNS_OK && count == 0))
        tell_missing(at, name, publish, promises);
    else if (answer->status != MF_DNS_OK && answer->status != MF_DNS_UNKNOWN)
        mf_dns_note_add(at, mf_format(arena, "TLS-RPT: %s could not be looked up", name));
}
