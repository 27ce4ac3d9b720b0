/* Flows that go as if a table of the site were published: their names are looked up in it first. */
#include "run/lane_internal.h"

/* What others answer is written down by whoever watches their `dns`. */
static void write_down(void *context, const struct mf_dns_answer *answer)
{
    struct mf_engine *engine = context;
    struct mf_diag d = {0};
    if (answer->planned)
        mf_journal_dns(engine->journal, answer, &d); /* closing the journal tells what went wrong */
}

static struct mf_dns *dns_of(struct mf_engine *engine, const struct mf_dns_table *table)
{
    const struct mf_site *site = engine->plan->site;
    struct mf_dns *dns =
        mf_dns_overlay(mf_format(engine->arena, "site %s", mf_dns_table_name(site, table)), engine->dns);
    size_t count;
    const struct mf_dns_entry *entries = mf_dns_table_entries(engine->arena, site, table, &count);
    for (size_t i = 0; i < count; i++)
        mf_dns_overlay_add(dns, entries[i].name, entries[i].type, entries[i].value);
    mf_dns_watch(dns, write_down, engine);
    return dns;
}

struct mf_resolver *mf_planned_resolver(struct mf_engine *engine, const struct mf_dns_table *table)
{
    if (!table)
        return engine->resolver;
    for (size_t i = 0; i < engine->planned_count; i++)
        if (engine->planned[i].table == table)
            return engine->planned[i].resolver;
    struct mf_planned *planned = &engine->planned[engine->planned_count++];
    planned->table = table;
    planned->dns = dns_of(engine, table);
    planned->resolver = mf_resolver_new(planned->dns);
    return planned->resolver;
}

void mf_planned_release(struct mf_engine *engine)
{
    for (size_t i = 0; i < engine->planned_count; i++) {
        mf_resolver_free(&engine->planned[i].resolver);
        mf_dns_free(&engine->planned[i].dns);
    }
    engine->planned_count = 0;
}
