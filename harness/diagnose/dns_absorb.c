/* What a wrong record explains of what mail showed: only where both speak of the same name, key,
 * address or host. */
#include <string.h>

#include "diagnose/dns_internal.h"

static bool key_concerns(const struct mf_dns_fact *fact, const struct mf_hit *hit)
{
    return mf_same_nocase(hit->scope, fact->name ? fact->name : fact->fact.scope);
}

/* The scope is "DOMAIN" or "DOMAIN ADDRESS"; an address that is not covered must be that very one. */
static bool spf_concerns(const char *domain, const struct mf_dns_fact *fact, const struct mf_hit *hit)
{
    size_t len = strlen(domain);
    if (!mf_starts_nocase(hit->scope, domain) || (hit->scope[len] && hit->scope[len] != ' '))
        return false;
    return !mf_same(fact->fact.id, "dns.spf-not-covered") ||
           (hit->scope[len] && strstr(fact->fact.text, hit->scope + len + 1));
}

/* "192.0.2.20:25" or "[2001:db8::20]:25" */
static bool is_peer(const char *peer, const char *address)
{
    size_t len = strlen(address);
    peer += peer[0] == '[';
    return strncmp(peer, address, len) == 0 && (peer[len] == ':' || peer[len] == ']');
}

/* Was it tried at a host of the expected MX? Then the record is no excuse. */
static bool went_to_expected(struct mf_case_file *file, const struct mf_dns_table *table, const char *peer)
{
    for (size_t i = 0; i < table->mx_count; i++) {
        const char *host = strrchr(table->mx[i], ' ');
        const char **addresses =
            mf_dns_addresses(file->evidence->dns, file->arena, host ? host + 1 : table->mx[i], MF_NEVER, NULL);
        for (size_t k = 0; addresses[k]; k++)
            if (is_peer(peer, addresses[k]))
                return true;
    }
    return false;
}

static bool mx_concerns(struct mf_case_file *file, const struct mf_dns_row *row, const struct mf_hit *hit)
{
    const struct mf_flow *message = hit->message;
    bool ours = message->recipient_count && mf_site_is_ours(file->plan->site, message->recipients[0].address);
    if (!message->via || message->via->kind != MF_VIA_MX || !ours)
        return false;
    const struct mf_rec_sent *sent = mf_last_sent(file, message);
    return !sent || !sent->peer || !went_to_expected(file, row->table, sent->peer);
}

/* Behind the server's name in the scope of a disagreement. */
static const char *method_of(enum mf_dns_row_kind kind)
{
    switch (kind) {
    case MF_ROW_SPF:
        return " spf";
    case MF_ROW_DKIM:
        return " dkim";
    case MF_ROW_DMARC:
        return " dmarc";
    case MF_ROW_MX:
    case MF_ROW_MORE:
        break;
    }
    return "\n";
}

static bool concerns(struct mf_case_file *file, const struct mf_dns_hit *cause, const struct mf_hit *hit)
{
    const struct mf_dns_row *row = file->facts->rows[cause->row].row;
    const char *domain = file->plan->site->domains[0];
    if (cause->fact->fact.state == MF_FACT_UNKNOWN)
        return false;
    if (mf_rests_on_records(hit) ? hit->fact->flow->resolve : row->kind == MF_ROW_MX ? hit->message->resolve : NULL)
        return false; /* it went, or was judged, by a table of the site: what is published had no part in it */
    if (mf_same(hit->entry->kind.id, "auth.disagrees"))
        return mf_ends_nocase(hit->scope, method_of(row->kind));
    switch (row->kind) {
    case MF_ROW_MX:
        return mx_concerns(file, row, hit);
    case MF_ROW_SPF:
        return spf_concerns(domain, cause->fact, hit);
    case MF_ROW_DKIM:
        return key_concerns(cause->fact, hit);
    case MF_ROW_DMARC:
        return mf_same_nocase(hit->scope, domain);
    case MF_ROW_MORE:
        break; /* no mail of ours depends on it */
    }
    return false;
}

static bool is_explained(struct mf_case_file *file, const struct mf_dns_cause *cause, const struct mf_hit *hit)
{
    if (!mf_explains(cause->suspect.entry, hit->entry->kind.id))
        return false;
    for (size_t i = 0; i < cause->hit_count; i++)
        if (concerns(file, &cause->hits[i], hit))
            return true;
    return false;
}

static void take(struct mf_case_file *file, struct mf_dns_cause *cause, struct mf_hit *hit)
{
    hit->absorbed_by = &cause->suspect;
    *MF_PUSH(file->arena, cause->suspect.absorbed, cause->suspect.absorbed_count, cause->suspect.absorbed_capacity) =
        hit;
}

void mf_dns_absorb(struct mf_case_file *file, struct mf_dns_cause *cause)
{
    for (size_t i = 0; i < file->suspect_count; i++) {
        struct mf_suspect *symptom = file->suspects[i];
        size_t kept = 0, count = symptom->hit_count;
        for (size_t k = 0; k < count; k++)
            if (is_explained(file, cause, symptom->hits[k]))
                take(file, cause, symptom->hits[k]);
            else
                symptom->hits[kept++] = symptom->hits[k];
        symptom->hit_count = kept;
        if (kept || count == 0)
            continue;
        for (size_t k = 0; k < symptom->absorbed_count; k++) /* what it explained, goes with it */
            take(file, cause, symptom->absorbed[k]);
        symptom->absorbed_count = 0;
    }
}
