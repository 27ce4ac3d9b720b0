/* DMARC: alignment and the policy that applies (RFC 9989 4.4, 4.10). */
#include "mailflow/dmarc.h"

#include <string.h>

#include "auth/dmarc_internal.h"
#include "mailflow/trace.h"

#define AUTHORS_MAX 20 /* each costs up to 8 look-ups (RFC 9989 4.10): more is an attack, not mail */

static bool ends_alike(const char *a, const char *b)
{
    const char *last_a = strrchr(a, '.'), *last_b = strrchr(b, '.');
    return strcmp(last_a ? last_a : a, last_b ? last_b : b) == 0;
}

enum mf_dmarc_relation mf_dmarc_align(struct mf_dmarc_judge *judge, const char *domain, bool is_strict)
{
    const struct mf_dmarc *dmarc = judge->dmarc;
    if (strcmp(domain, dmarc->from_domain) == 0)
        return MF_DMARC_ALIGNED;
    if (is_strict || !ends_alike(domain, dmarc->from_domain))
        return MF_DMARC_UNALIGNED;
    const struct mf_dmarc_walk *walk = mf_dmarc_walk(judge->arena, domain, judge->dns, judge->deadline);
    judge->dmarc->need_more = judge->dmarc->need_more || walk->need_more;
    if (walk->trouble)
        return MF_DMARC_UNDECIDED;
    return strcmp(walk->org_domain, dmarc->org_domain) == 0 ? MF_DMARC_ALIGNED : MF_DMARC_UNALIGNED;
}

static const char *mode(bool is_strict)
{
    return is_strict ? "strictly " : "";
}

/* Looks at one identifier that passed; true when it is aligned. *is_open: DNS trouble left it undecided. */
static bool judge_identifier(struct mf_dmarc_judge *judge, const char *what, const struct mf_dmarc_identifier *id,
                             bool is_strict, const char **why, const char **domain, bool *is_open)
{
    const char *name = mf_dmarc_domain(judge->arena, id->domain);
    enum mf_dmarc_relation relation = mf_dmarc_align(judge, name, is_strict);
    *domain = name;
    *is_open = *is_open || relation == MF_DMARC_UNDECIDED;
    *why = relation == MF_DMARC_ALIGNED ? mf_format(judge->arena, "%s passes for %s, which is aligned with %s", what,
                                                    name, judge->dmarc->from_domain)
           : relation == MF_DMARC_UNALIGNED
               ? mf_format(judge->arena, "%s passes for %s, which is not %saligned with %s", what, name,
                           mode(is_strict), judge->dmarc->from_domain)
               : mf_format(judge->arena, "%s passes for %s, but its organizational domain could not be found out", what,
                           name);
    return relation == MF_DMARC_ALIGNED;
}

static void judge_spf(struct mf_dmarc_judge *judge, bool *is_open)
{
    const struct mf_dmarc_identifier *spf = &judge->query->spf;
    struct mf_dmarc *dmarc = judge->dmarc;
    if (spf->domain && spf->is_pass) {
        dmarc->spf_aligned = judge_identifier(judge, "SPF", spf, dmarc->record->strict_spf, &dmarc->spf_why,
                                              &dmarc->spf_domain, is_open);
        return;
    }
    dmarc->spf_why = !spf->domain ? "SPF was not evaluated"
                     : spf->is_temperror
                         ? mf_format(judge->arena, "SPF for %s could not be found out", spf->domain)
                         : mf_format(judge->arena, "SPF does not pass for %s", *spf->domain ? spf->domain : "<>");
    *is_open = *is_open || (spf->domain && spf->is_temperror);
}

static void judge_dkim(struct mf_dmarc_judge *judge, bool *is_open)
{
    struct mf_dmarc *dmarc = judge->dmarc;
    dmarc->dkim_why = judge->query->dkim_count ? "no DKIM signature passes" : "there is no DKIM signature";
    for (size_t i = 0; i < judge->query->dkim_count && !dmarc->dkim_aligned; i++) {
        const struct mf_dmarc_identifier *id = &judge->query->dkim[i];
        *is_open = *is_open || id->is_temperror;
        if (id->domain && id->is_pass)
            dmarc->dkim_aligned = judge_identifier(judge, "DKIM", id, dmarc->record->strict_dkim, &dmarc->dkim_why,
                                                   &dmarc->dkim_domain, is_open);
    }
}

/* RFC 9989 3.2: NXDOMAIN, as RFC 8020 means it. */
static bool exists(struct mf_dmarc_judge *judge)
{
    const struct mf_dns_answer *answer =
        mf_dns_ask(judge->dns, judge->arena, judge->dmarc->from_domain, MF_DNS_A, judge->deadline);
    judge->dmarc->need_more = judge->dmarc->need_more || answer->status == MF_DNS_UNKNOWN;
    return answer->status != MF_DNS_NXDOMAIN;
}

static void choose_policy(struct mf_dmarc_judge *judge)
{
    struct mf_dmarc *dmarc = judge->dmarc;
    const struct mf_dmarc_record *record = dmarc->record;
    bool is_own = strcmp(record->domain, dmarc->from_domain) == 0;
    dmarc->published = record->p;
    dmarc->policy_tag = "p";
    if (!is_own && record->np && !exists(judge)) {
        dmarc->published = record->np;
        dmarc->policy_tag = "np";
    } else if (!is_own && record->sp) {
        dmarc->published = record->sp;
        dmarc->policy_tag = "sp";
    }
    dmarc->policy = dmarc->published;
    if (record->test && dmarc->policy > MF_DMARC_POLICY_NONE)
        dmarc->policy--;
}

static void judge_alignment(struct mf_dmarc_judge *judge)
{
    struct mf_dmarc *dmarc = judge->dmarc;
    bool is_open = false;
    judge_spf(judge, &is_open);
    judge_dkim(judge, &is_open);
    choose_policy(judge);
    dmarc->result = dmarc->spf_aligned || dmarc->dkim_aligned ? MF_DMARC_PASS
                    : is_open                                 ? MF_DMARC_TEMPERROR
                                                              : MF_DMARC_FAIL;
}

static const struct mf_dmarc *check_domain(struct mf_arena *arena, const struct mf_dmarc_query *query,
                                           const char *domain, struct mf_dns *dns, mf_usec deadline)
{
    struct mf_dmarc *dmarc = mf_alloc(arena, sizeof *dmarc);
    struct mf_dmarc_judge judge = {arena, dns, deadline, query, dmarc};
    dmarc->from_domain = mf_dmarc_domain(arena, domain);
    dmarc->walk = mf_dmarc_walk(arena, dmarc->from_domain, dns, deadline);
    dmarc->need_more = dmarc->walk->need_more;
    dmarc->record = dmarc->walk->policy;
    if (dmarc->walk->trouble) {
        dmarc->result = MF_DMARC_TEMPERROR;
        dmarc->record = NULL;
    } else {
        dmarc->org_domain = dmarc->walk->org_domain;
        if (dmarc->record && dmarc->record->is_usable)
            judge_alignment(&judge);
    }
    if (dmarc->need_more)
        dmarc->result = MF_DMARC_TEMPERROR;
    mf_dmarc_tell(&judge);
    mf_dmarc_judge_old(&judge);
    mf_trace(MF_TRACE_AUTH, "dmarc=%s %s: %s", mf_dmarc_result_name(dmarc->result), dmarc->from_domain, dmarc->reason);
    return dmarc;
}

/* The strictest of several authors: a fail with the strongest policy first. */
static int strictness(const struct mf_dmarc *dmarc)
{
    switch (dmarc->result) {
    case MF_DMARC_FAIL:
        return 10 + (int)dmarc->policy;
    case MF_DMARC_TEMPERROR:
        return 4;
    case MF_DMARC_PERMERROR:
        return 3;
    case MF_DMARC_NONE:
        return 2;
    case MF_DMARC_PASS:
        return 1;
    }
    return 0;
}

static const struct mf_dmarc *no_author(struct mf_arena *arena, const char *why)
{
    struct mf_dmarc *dmarc = mf_alloc(arena, sizeof *dmarc);
    dmarc->result = dmarc->old.result = MF_DMARC_PERMERROR;
    dmarc->from_domain = "";
    dmarc->spf_why = dmarc->dkim_why = "there is no author's domain to align with";
    dmarc->reason = why ? why : "the message has no author's domain";
    dmarc->advice = "Send exactly one From field with a full address (RFC 5322 3.6): receivers refuse anything else.";
    return dmarc;
}

const struct mf_dmarc *mf_dmarc_check(struct mf_arena *arena, const struct mf_dmarc_query *query, struct mf_dns *dns,
                                      mf_usec deadline)
{
    const struct mf_dmarc *worst = NULL;
    if (query->from_trouble || query->from_count == 0)
        return no_author(arena, query->from_trouble);
    for (size_t i = 0; i < query->from_count; i++) {
        const struct mf_dmarc *one = check_domain(arena, query, query->from_domains[i], dns, deadline);
        if (!worst || strictness(one) > strictness(worst))
            worst = one;
    }
    return worst;
}

/* ------------------------------------------------------------------ from a message and its results */

static bool has_domain(const struct mf_dmarc_query *query, const char *domain)
{
    for (size_t i = 0; i < query->from_count; i++)
        if (mf_same_nocase(query->from_domains[i], domain))
            return true;
    return false;
}

static void take_authors(struct mf_arena *arena, const struct mf_message *message, struct mf_dmarc_query *query)
{
    size_t fields = mf_message_header_count(message, "From"), count = 0, capacity = 0;
    if (fields != 1) {
        query->from_trouble =
            fields ? mf_format(arena, "the message has %zu From fields", fields) : "the message has no From field";
        return;
    }
    const char *value = mf_header_text(arena, mf_message_header(message, "From", 0), false);
    const char **addresses = mf_header_addresses(arena, value, &count);
    for (size_t i = 0; i < count && query->from_count <= AUTHORS_MAX; i++) {
        const char *domain = mf_address_domain(addresses[i]);
        if (*domain && !has_domain(query, domain))
            *MF_PUSH(arena, query->from_domains, query->from_count, capacity) = domain;
    }
    if (query->from_count == 0)
        query->from_trouble = mf_format(arena, "the From field holds no address with a domain: %.200s", value);
    if (query->from_count > AUTHORS_MAX)
        query->from_trouble = mf_format(arena, "the From field names authors of more than %d domains", AUTHORS_MAX);
}

struct mf_dmarc_query mf_dmarc_query_of(struct mf_arena *arena, const struct mf_message *message,
                                        const struct mf_spf *spf, const struct mf_dkim *dkim)
{
    struct mf_dmarc_query query = {0};
    take_authors(arena, message, &query);
    if (spf)
        query.spf =
            (struct mf_dmarc_identifier){spf->domain, spf->result == MF_SPF_PASS, spf->result == MF_SPF_TEMPERROR};
    if (dkim && dkim->count) {
        query.dkim = mf_alloc_array(arena, dkim->count, sizeof *query.dkim);
        query.dkim_count = dkim->count;
        for (size_t i = 0; i < dkim->count; i++)
            query.dkim[i] =
                (struct mf_dmarc_identifier){dkim->signatures[i].domain, dkim->signatures[i].result == MF_DKIM_PASS,
                                             dkim->signatures[i].result == MF_DKIM_TEMPERROR};
    }
    return query;
}
