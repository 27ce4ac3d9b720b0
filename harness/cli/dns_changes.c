/* From dns-before to dns: what to delete, what to publish, whose TTL to lower first. */
#include "cli/dns_changes.h"

#include <string.h>

#define TTL_AT_SWITCH 300

static bool has_mx(const struct mf_dns_table *table, const char *line)
{
    for (size_t i = 0; i < table->mx_count; i++)
        if (mf_same_nocase(table->mx[i], line))
            return true;
    return false;
}

static void print_line(FILE *out, const char *what, const char *type, const char *host, const char *value)
{
    fprintf(out, "  %-8s %-6s %-30s ", what, type, host);
    if (strcmp(type, "TXT") != 0 || value[0] == '"') {
        fprintf(out, "%s\n", value);
        return;
    }
    for (size_t len = strlen(value), at = 0; at < len; at += 255)
        fprintf(out, "%s\"%.255s\"", at ? " " : "", value + at);
    fputc('\n', out);
}

static void print_mx(FILE *out, const char *domain, const struct mf_dns_table *before, const struct mf_dns_table *after)
{
    for (size_t i = 0; i < before->mx_count; i++)
        if (!has_mx(after, before->mx[i]))
            print_line(out, "delete", "MX", domain, before->mx[i]);
    for (size_t i = 0; i < after->mx_count; i++)
        if (!has_mx(before, after->mx[i]))
            print_line(out, "publish", "MX", domain, after->mx[i]);
}

static void print_txt(FILE *out, const char *host, const char *before, const char *after)
{
    if (!after || mf_same(before, after))
        return;
    if (before)
        print_line(out, "delete", "TXT", host, before);
    print_line(out, before ? "in place" : "publish", "TXT", host, after);
}

static const struct mf_dkim_value *key_of(const struct mf_dns_table *table, const char *selector)
{
    for (size_t i = 0; i < table->dkim_count; i++)
        if (mf_same_nocase(table->dkim[i].selector, selector))
            return &table->dkim[i];
    return NULL;
}

static void print_keys(FILE *out, const char *domain, const struct mf_dns_table *before,
                       const struct mf_dns_table *after)
{
    char host[600];
    for (size_t i = 0; i < after->dkim_count; i++) {
        const struct mf_dkim_value *key = &after->dkim[i], *old = key_of(before, key->selector);
        snprintf(host, sizeof host, "%s._domainkey.%s", key->selector, domain);
        if (key->record)
            print_txt(out, host, old ? old->record : NULL, key->record);
        else if (!old || !mf_same_nocase(old->cname, key->cname))
            print_line(out, "publish", "CNAME", host, key->cname);
    }
}

/* Whoever has asked before the switch keeps the old answer for as long as its TTL says. */
static void print_ttls(FILE *out, const struct mf_verdict *verdict)
{
    bool any = false;
    for (size_t r = 0; r < verdict->dns_count; r++) {
        const struct mf_dns_row_facts *facts = verdict->dns[r].facts;
        unsigned highest = 0;
        const char *name = "";
        for (size_t i = 0; i < facts->seen_count; i++)
            if (facts->seen[i].serial[0] && facts->seen[i].ttl > highest) {
                highest = facts->seen[i].ttl;
                name = facts->seen[i].name;
            }
        if (highest <= TTL_AT_SWITCH)
            continue;
        if (!any)
            fprintf(out, "\nTTLs to lower before, so that caches forget the old records soon\n");
        any = true;
        fprintf(out, "  %-14s %-30s from %u s to %d s, at least %u s before the switch\n", verdict->dns[r].name, name,
                highest, TTL_AT_SWITCH, highest);
    }
    if (!any)
        fprintf(out, "\nNo TTL needs to be lowered: none is above %d s.\n", TTL_AT_SWITCH);
}

void dns_changes_print(const struct mf_site *site, const struct mf_verdict *verdict, FILE *out)
{
    const char *domain = site->domains[0];
    char dmarc[300];
    snprintf(dmarc, sizeof dmarc, "_dmarc.%s", domain);
    fprintf(out, "\nChanges to make at the go-live\n");
    print_mx(out, domain, site->dns_before, site->dns);
    print_txt(out, domain, site->dns_before->spf, site->dns->spf);
    print_keys(out, domain, site->dns_before, site->dns);
    print_txt(out, dmarc, site->dns_before->dmarc, site->dns->dmarc);
    print_ttls(out, verdict);
}
