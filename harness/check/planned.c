/* Flows with `resolve: dns`: judged as if that table of the site were published. */
#include "check/check_internal.h"

static struct mf_dns *dns_of(struct mf_check_context *context, const struct mf_dns_table *table)
{
    const struct mf_site *site = context->plan->site;
    struct mf_arena *arena = context->arena;
    struct mf_dns *dns =
        mf_dns_overlay(mf_format(arena, "site %s", mf_dns_table_name(site, table)), context->evidence->dns);
    size_t count;
    const struct mf_dns_entry *entries = mf_dns_table_entries(arena, site, table, &count);
    for (size_t i = 0; i < count; i++)
        mf_dns_overlay_add(dns, entries[i].name, entries[i].type, entries[i].value);
    return dns;
}

struct mf_dns *mf_case_dns(struct mf_check_context *context)
{
    struct mf_check_cache *cache = context->cache;
    const struct mf_dns_table *table = cache->now.flow->resolve;
    if (!table)
        return context->evidence->dns;
    for (size_t i = 0; i < cache->planned_count; i++)
        if (cache->planned[i].table == table)
            return cache->planned[i].dns;
    struct mf_check_planned *planned = &cache->planned[cache->planned_count++];
    *planned = (struct mf_check_planned){table, dns_of(context, table)};
    return planned->dns;
}

void mf_check_cache_release(struct mf_check_context *context)
{
    struct mf_check_cache *cache = context->cache;
    for (size_t i = 0; i < cache->planned_count; i++)
        mf_dns_free(&cache->planned[i].dns);
    cache->planned_count = 0;
}
