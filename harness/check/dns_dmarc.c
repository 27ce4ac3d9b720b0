/* The DMARC record: one, valid, as the site says; who gets reports (RFC 9989). */
#include <string.h>

#include "check/dns_internal.h"
#include "mailflow/dmarc.h"
#include "mailflow/pasted.h"

static size_t records_of(const struct mf_dns_answer *answer, const struct mf_dns_record **first)
{
    size_t count = 0;
    for (size_t i = 0; i < answer->count; i++)
        if (mf_dmarc_is_record(answer->records[i].text) && count++ == 0)
            *first = &answer->records[i];
    return count;
}

/* Blanks, a final semicolon and upper case in policies say nothing. */
static const char *normal(struct mf_arena *arena, struct mf_bytes text)
{
    char *squeezed = (char *)mf_dns_squeeze(arena, text);
    size_t len = strlen(squeezed);
    while (len && squeezed[len - 1] == ';')
        squeezed[--len] = '\0';
    return squeezed;
}

static bool is_good(const struct mf_dns_case *at, const struct mf_dns_answer *answer, const void *wanted)
{
    const struct mf_dns_record *record = NULL;
    (void)wanted;
    return records_of(answer, &record) == 1 && mf_same_nocase(normal(at->view->arena, record->text),
                                                              normal(at->view->arena, mf_bytes_of(at->table->dmarc)));
}

/* None that counts: one that was meant so, one at another name, or none at all. */
static void tell_none(struct mf_dns_case *at, const struct mf_dns_wanted *wanted, const struct mf_dns_variant *variant,
                      const char *seen)
{
    struct mf_arena *arena = at->view->arena;
    const struct mf_dns_record *alike = mf_dns_dmarc_alike(arena, variant->answer);
    const char *hint = NULL, *elsewhere = alike ? NULL : mf_dns_dmarc_elsewhere(at, &hint);
    if (alike)
        mf_dns_fact_add(at, "dns.dmarc-broken", MF_FACT_BAD, wanted->name, "can't be used",
                        mf_format(arena, "The DMARC record at %s does not count", wanted->name),
                        mf_format(arena, "%s %s For receivers there is no DMARC record.", seen,
                                  mf_dns_sentence(arena, mf_dns_dmarc_why_not(arena, alike))),
                        mf_format(arena, "Publish in its place:\n%s", wanted->publish));
    else if (elsewhere)
        mf_dns_fact_add(at, "dns.dmarc-missing", MF_FACT_BAD, wanted->name, mf_format(arena, "it is at %s", elsewhere),
                        mf_format(arena, "The DMARC record is at %s, where nobody looks for it", elsewhere),
                        mf_format(arena, "%s Receivers ask for %s.", seen, wanted->name),
                        mf_format(arena, "%s It must be:\n%s", hint, wanted->publish));
    else
        mf_dns_fact_add(at, "dns.dmarc-missing", MF_FACT_BAD, wanted->name, "none",
                        mf_format(arena, "There is no DMARC record at %s", wanted->name),
                        mf_format(arena, "%s%s%s", seen, mf_dns_alias_words(arena, variant->answer),
                                  mf_dns_wildcard_words(at->view, variant->answer)),
                        mf_format(arena, "%sPublish:\n%s", mf_dns_alias_fix(arena, variant->answer), wanted->publish));
}

static void tell_differs(struct mf_dns_case *at, const struct mf_dns_wanted *wanted, const char *seen,
                         const struct mf_dmarc_record *record)
{
    struct mf_arena *arena = at->view->arena;
    const char *differences = mf_dns_dmarc_differences(arena, record->text, at->table->dmarc);
    const char *mailto = record->rua && !record->has_valid_rua ? mf_dns_dmarc_with_mailto(arena, record->text) : NULL;
    const char *fix = mf_format(arena, "Publish in its place, or correct the site file:\n%s", wanted->publish);
    if (mailto)
        fix = mf_format(arena, "%sOr, if reports are wanted there, this one, in the site file too:\n%s", fix,
                        mf_dns_publish_txt(arena, wanted->name, mailto));
    mf_dns_fact_add(at, "dns.dmarc-differs", MF_FACT_BAD, wanted->name,
                    *differences ? mf_format(arena, "%.60s", differences) : "another than expected",
                    mf_format(arena, "The DMARC record at %s is another than expected", wanted->name),
                    mf_format(arena, "%s%s%s%s%s%s", seen, *differences ? " What differs: " : "", differences,
                              *differences ? "." : "", mf_dns_dmarc_faults(arena, record),
                              mf_dns_dmarc_danger(at, record)),
                    fix);
}

static void judge_variant(struct mf_dns_case *at, const struct mf_dns_wanted *wanted,
                          const struct mf_dns_variant *variant)
{
    struct mf_arena *arena = at->view->arena;
    const struct mf_dns_record *first = NULL;
    size_t count = records_of(variant->answer, &first);
    const char *s = mf_dns_verb_s(variant->who);
    const char *seen = mf_format(arena, "%s answer%s: %.400s.", variant->who, s, variant->value);
    const struct mf_dmarc_record *record = count == 1 ? mf_dmarc_parse(arena, at->view->domain, first->text) : NULL;
    const char *odd = record ? mf_pasted_odd(arena, first->text) : NULL;
    if (count == 0)
        tell_none(at, wanted, variant, seen);
    else if (count > 1)
        mf_dns_fact_add(at, "dns.dmarc-two", MF_FACT_BAD, wanted->name, mf_format(arena, "%zu records", count),
                        mf_format(arena, "There are %zu DMARC records at %s: none counts", count, wanted->name), seen,
                        mf_format(arena, "Leave only this one:\n%s", wanted->publish));
    else if (!record->is_usable || odd)
        mf_dns_fact_add(at, "dns.dmarc-broken", MF_FACT_BAD, wanted->name, "can't be used",
                        mf_format(arena, "The DMARC record at %s does not count", wanted->name),
                        odd ? mf_format(arena, "%s It holds %s, which spoils the tag that it is in.", seen, odd)
                            : mf_format(arena, "%s %s", seen, mf_dns_sentence(arena, record->why)),
                        mf_format(arena, "Publish in its place:\n%s", wanted->publish));
    else
        tell_differs(at, wanted, seen, record);
}

/* RFC 9990 3: a domain that is not below ours must say that it wants our reports. */
static void check_reports(struct mf_dns_case *at, const struct mf_dmarc_record *record)
{
    struct mf_arena *arena = at->view->arena;
    for (const char *uri = record->rua; uri && *uri;) {
        size_t len = strcspn(uri, ",");
        const char *end = memchr(uri, '!', len), *host = memchr(uri, '@', len);
        const char *stop = end ? end : uri + len;
        if (host && host + 1 < stop) {
            const char *domain = mf_copy_bytes(arena, host + 1, (size_t)(stop - host - 1));
            bool inside = mf_same_nocase(domain, at->view->domain) ||
                          mf_ends_nocase(domain, mf_format(arena, ".%s", at->view->domain)) ||
                          mf_ends_nocase(at->view->domain, mf_format(arena, ".%s", domain));
            const char *name = mf_format(arena, "%s._report._dmarc.%s", at->view->domain, domain);
            const struct mf_dns_answer *answer = inside ? NULL : mf_dns_view_ask(at->view, name, MF_DNS_TXT);
            const struct mf_dns_record *first = NULL;
            if (answer && (answer->status == MF_DNS_NXDOMAIN || answer->status == MF_DNS_NODATA ||
                           (answer->status == MF_DNS_OK && records_of(answer, &first) == 0)))
                mf_dns_fact_add(
                    at, "dns.dmarc-report-refused", MF_FACT_NOTE, domain,
                    mf_format(arena, "%s takes no reports", domain),
                    mf_format(arena, "DMARC reports go to %s, which does not say that it takes them", domain),
                    mf_format(arena, "There is no v=DMARC1 record at %s, so receivers don't send reports there.", name),
                    mf_format(arena, "Let %s publish:\n%s", domain, mf_dns_publish_txt(arena, name, "v=DMARC1")));
        }
        uri += len + (uri[len] == ',');
    }
}

/* The record to publish so that somebody gets reports. */
static const char *with_rua(struct mf_dns_case *at, const char *name, const struct mf_dmarc_record *record)
{
    struct mf_arena *arena = at->view->arena;
    const char *mailto = mf_dns_dmarc_with_mailto(arena, record->text);
    size_t len = strlen(record->text);
    while (len && strchr("; ", record->text[len - 1]))
        len--;
    if (record->rua)
        return mailto ? mf_format(arena, "Write mailto: before it, in the site file too:\n%s",
                                  mf_dns_publish_txt(arena, name, mailto))
                      : "Write it as rua=mailto:ADDRESS, in the site file too.\n";
    return mf_format(arena, "Add an address, in the site file too:\n%s",
                     mf_dns_publish_txt(arena, name,
                                        mf_format(arena, "%.*s; rua=mailto:dmarc-reports@%s", (int)len, record->text,
                                                  at->view->domain)));
}

static void judge_good(struct mf_dns_case *at, const char *name, const struct mf_dns_variant *variant)
{
    struct mf_arena *arena = at->view->arena;
    const struct mf_dns_record *first = NULL;
    records_of(variant->answer, &first);
    const struct mf_dmarc_record *record = mf_dmarc_parse(arena, at->view->domain, first->text);
    const char *policy = mf_dmarc_policy_name(record->p);
    at->row->detail = mf_format(arena, "p=%s", policy);
    for (size_t i = 0; i < record->note_count; i++)
        if (mf_same(record->notes[i].id, "history-tag") || mf_same(record->notes[i].id, "unknown-tag") ||
            mf_same(record->notes[i].id, "test-mode"))
            mf_dns_note_add(at, mf_format(arena, "DMARC: %s", record->notes[i].text));
    if (!record->is_usable)
        mf_dns_fact_add(at, "dns.dmarc-broken", MF_FACT_BAD, name, "can't be used",
                        mf_format(arena, "The DMARC record at %s does not count", name),
                        mf_format(arena, "It is as the site file says, but %s.", record->why),
                        "Correct it in the site file and in DNS.\n");
    else if (!record->has_valid_rua)
        mf_dns_fact_add(
            at, "dns.dmarc-no-rua", MF_FACT_NOTE, name, mf_format(arena, "p=%s, no rua: nobody gets reports", policy),
            "Nobody gets DMARC reports",
            record->rua
                ? mf_format(arena, "The record at %s has rua=%s, which is no URI (mailto:ADDRESS): reports go nowhere.",
                            name, record->rua)
                : mf_format(arena,
                            "The record at %s has no rua=: p=%s is fine at go-live, but what fails at receivers is "
                            "seen by nobody.",
                            name, policy),
            with_rua(at, name, record));
    else
        check_reports(at, record);
}

void mf_dns_judge_dmarc(struct mf_dns_case *at)
{
    struct mf_arena *arena = at->view->arena;
    const char *name = mf_format(arena, "_dmarc.%s", at->view->domain);
    struct mf_dns_wanted wanted = {.name = name,
                                   .type = MF_DNS_TXT,
                                   .what = "DMARC record",
                                   .expected = at->table->dmarc,
                                   .publish = mf_dns_publish_txt(arena, name, at->table->dmarc),
                                   .is_good = is_good,
                                   .value = mf_dns_txt_value,
                                   .place = at->table->place};
    struct mf_dns_variants variants = mf_dns_compare(at, &wanted);
    for (size_t i = 0; i < variants.count; i++)
        if (!variants.good)
            judge_variant(at, &wanted, &variants.items[i]);
        else if (variants.items[i].good)
            judge_good(at, name, &variants.items[i]);
}
