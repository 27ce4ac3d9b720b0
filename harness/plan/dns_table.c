/* A table of the site as single records, by their full names. */
#include <string.h>

#include "mailflow/plan.h"
#include "mailflow/text.h"

struct entries {
    struct mf_arena *arena;
    const char *domain;
    struct mf_dns_entry *items;
    size_t count, capacity;
};

static void add(struct entries *entries, const char *name, const char *type, const char *value, struct mf_place place)
{
    *MF_PUSH(entries->arena, entries->items, entries->count, entries->capacity) =
        (struct mf_dns_entry){name, type, value, place};
}

static void add_keys(struct entries *entries, const struct mf_dns_table *table)
{
    for (size_t i = 0; i < table->dkim_count; i++) {
        const struct mf_dkim_value *key = &table->dkim[i];
        const char *name = mf_format(entries->arena, "%s._domainkey.%s", key->selector, entries->domain);
        add(entries, name, key->cname ? "CNAME" : "TXT", key->cname ? key->cname : key->record, key->place);
    }
}

struct mf_dns_entry *mf_dns_table_entries(struct mf_arena *arena, const struct mf_site *site,
                                          const struct mf_dns_table *table, size_t *count)
{
    struct entries entries = {.arena = arena, .domain = site->domains[0]};
    for (size_t i = 0; i < table->mx_count; i++)
        add(&entries, entries.domain, "MX", table->mx[i], table->place);
    if (table->spf)
        add(&entries, entries.domain, "TXT", table->spf, table->place);
    add_keys(&entries, table);
    if (table->dmarc)
        add(&entries, mf_format(arena, "_dmarc.%s", entries.domain), "TXT", table->dmarc, table->place);
    for (size_t i = 0; i < table->more_count; i++)
        add(&entries, mf_dns_more_name(arena, site, table->more[i].name), table->more[i].type, table->more[i].value,
            table->more[i].place);
    *count = entries.count;
    return entries.items;
}

const char *mf_dns_table_name(const struct mf_site *site, const struct mf_dns_table *table)
{
    return table == site->dns_before ? "dns-before" : "dns";
}
