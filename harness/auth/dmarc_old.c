/* The same by RFC 7489, which many receivers still follow: no tree walk, no np, psd and t, but pct. The public suffix
 * list that it wants is not here: two labels are taken for the registered domain, three below suffixes like co.uk. */
#include <string.h>

#include "auth/dmarc_internal.h"

static bool is_suffix_below_country(const char *label, size_t len)
{
    static const char *const words[] = {"ac", "co",  "com", "edu", "gen", "go",  "gob", "gov", "gouv", "ind", "ltd",
                                        "me", "mil", "ne",  "net", "nhs", "nic", "or",  "org", "plc",  "res", "sch"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strlen(words[i]) == len && strncmp(words[i], label, len) == 0)
            return true;
    return false;
}

static const char *guess_registered(const char *domain)
{
    const char *starts[3] = {domain, domain, domain}; /* of the last label, the last two, the last three */
    size_t len = strlen(domain);
    int found = 0;
    for (const char *at = domain + len; at > domain && found < 3; at--)
        if (at[-1] == '.')
            starts[found++] = at;
    for (; found < 3; found++)
        starts[found] = domain;
    bool is_country = strlen(starts[0]) == 2;
    bool has_suffix =
        is_country && starts[1] != starts[0] && is_suffix_below_country(starts[1], (size_t)(starts[0] - starts[1] - 1));
    return has_suffix ? starts[2] : starts[1];
}

/* Records at one name as RFC 7489 6.6.3 takes them: one, none, or several (which end the search). */
static const struct mf_dmarc_record *old_record_at(struct mf_dmarc_judge *judge, const char *domain, bool *is_over)
{
    const struct mf_dns_answer *answer =
        mf_dns_ask(judge->dns, judge->arena, mf_format(judge->arena, "_dmarc.%s", domain), MF_DNS_TXT, judge->deadline);
    const struct mf_dmarc_record *record = NULL;
    size_t count = 0;
    for (size_t i = 0; i < answer->count; i++)
        if (mf_dmarc_is_record(answer->records[i].text) && count++ == 0)
            record = mf_dmarc_parse(judge->arena, domain, answer->records[i].text);
    judge->dmarc->need_more = judge->dmarc->need_more || answer->status == MF_DNS_UNKNOWN;
    *is_over = count > 0;
    return count == 1 ? record : NULL;
}

static bool has_note(const struct mf_dmarc_record *record, const char *id)
{
    for (size_t i = 0; i < record->note_count; i++)
        if (strcmp(record->notes[i].id, id) == 0)
            return true;
    return false;
}

static bool is_usable_then(const struct mf_dmarc_record *record)
{
    return record && (record->has_valid_rua || (!has_note(record, "p-missing") && !has_note(record, "policy-invalid")));
}

static bool old_aligned(const struct mf_dmarc *dmarc, const char *domain, bool is_strict)
{
    if (!domain)
        return false;
    return is_strict ? mf_same_nocase(domain, dmarc->from_domain)
                     : mf_same_nocase(guess_registered(domain), dmarc->old.org_domain);
}

static bool old_pass(struct mf_dmarc_judge *judge, const struct mf_dmarc_record *record)
{
    const struct mf_dmarc_query *query = judge->query;
    if (query->spf.is_pass &&
        old_aligned(judge->dmarc, mf_dmarc_domain(judge->arena, query->spf.domain), record->strict_spf))
        return true;
    for (size_t i = 0; i < query->dkim_count; i++)
        if (query->dkim[i].is_pass && query->dkim[i].domain &&
            old_aligned(judge->dmarc, mf_dmarc_domain(judge->arena, query->dkim[i].domain), record->strict_dkim))
            return true;
    return false;
}

static void explain(struct mf_dmarc_judge *judge, const struct mf_dmarc_record *record)
{
    struct mf_dmarc *dmarc = judge->dmarc;
    struct mf_dmarc_old *old = &dmarc->old;
    if (old->result != dmarc->result)
        old->why = mf_format(judge->arena,
                             "receivers of RFC 7489 say %s: they look at %s and %s only (its registered domain, by a "
                             "public suffix list), RFC 9989 walks up the DNS tree and finds %s",
                             mf_dmarc_result_name(old->result), dmarc->from_domain, old->org_domain,
                             dmarc->record ? dmarc->record->domain : "no record");
    else if (old->result == MF_DMARC_FAIL && old->policy != dmarc->policy)
        old->why =
            mf_format(judge->arena, "receivers of RFC 7489 apply %s instead of %s: they know no t=, np= and psd=",
                      mf_dmarc_policy_name(old->policy), mf_dmarc_policy_name(dmarc->policy));
    else if (old->result == MF_DMARC_FAIL && record->pct < 100 && old->policy > MF_DMARC_POLICY_NONE)
        old->why = mf_format(judge->arena, "receivers of RFC 7489 apply %s to %d %% of such mail only (pct)",
                             mf_dmarc_policy_name(old->policy), record->pct);
}

void mf_dmarc_judge_old(struct mf_dmarc_judge *judge)
{
    struct mf_dmarc *dmarc = judge->dmarc;
    struct mf_dmarc_old *old = &dmarc->old;
    bool is_over = false;
    old->org_domain = guess_registered(dmarc->from_domain);
    if (dmarc->result == MF_DMARC_TEMPERROR || dmarc->result == MF_DMARC_PERMERROR) {
        old->result = dmarc->result; /* what could not be found out can't be compared */
        old->policy = dmarc->policy;
        return;
    }
    const struct mf_dmarc_record *record = old_record_at(judge, dmarc->from_domain, &is_over);
    if (!record && !is_over && strcmp(old->org_domain, dmarc->from_domain) != 0)
        record = old_record_at(judge, old->org_domain, &is_over);
    if (is_usable_then(record)) {
        bool is_own = strcmp(record->domain, dmarc->from_domain) == 0;
        old->result = old_pass(judge, record) ? MF_DMARC_PASS : MF_DMARC_FAIL;
        old->policy = !is_own && record->sp ? record->sp : record->p;
    }
    explain(judge, record);
}
