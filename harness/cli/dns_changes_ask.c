/* What the zone's servers say now of a record that a go-live changes. */
#include <stdlib.h>
#include <string.h>

#include "cli/dns_changes.h"

#define ASK_TIME (3 * MF_SECOND)

static void add_servers(struct change_sources *sources, const char *domain, struct mf_dns *dns)
{
    struct mf_arena *arena = mf_arena_new();
    const size_t most = sizeof sources->items / sizeof *sources->items;
    const struct mf_dns_sources *found = mf_dns_sources(dns, arena, domain, mf_now() + ASK_TIME);
    for (size_t i = 0; i < found->count && sources->count < most; i++) {
        const struct mf_dns_source *server = &found->servers[i];
        for (size_t k = 0; k < server->address_count && sources->count < most; k++) {
            struct mf_dns *one = mf_dns_server(mf_format(arena, "%s@53", server->addresses[k]), NULL);
            if (one)
                sources->items[sources->count++] = one;
        }
    }
    mf_arena_free(&arena);
}

struct change_sources change_sources_open(const char *domain, struct mf_dns *dns, const char *server, bool zone)
{
    struct change_sources sources = {.owned = !zone};
    if (zone)
        sources.items[sources.count++] = dns;
    else if (server && (sources.items[0] = mf_dns_server(server, NULL)) != NULL)
        sources.count = 1;
    else
        add_servers(&sources, domain, dns);
    return sources;
}

void change_sources_close(struct change_sources *sources)
{
    for (size_t i = 0; sources->owned && i < sources->count; i++)
        mf_dns_free(&sources->items[i]);
    sources->count = 0;
}

bool change_same_value(const char *type, const char *a, const char *b)
{
    bool names = mf_same_nocase(type, "MX") || mf_same_nocase(type, "CNAME") || mf_same_nocase(type, "SRV");
    size_t x = strlen(a), y = strlen(b);
    x -= names && x && a[x - 1] == '.';
    y -= names && y && b[y - 1] == '.';
    return names ? x == y && strncasecmp(a, b, x) == 0 : strcmp(a, b) == 0;
}

/* An alias is asked for by its own type. At a name with an alias the answer of another type counts for nothing. */
static void take(struct change_now *now, struct mf_arena *arena, const struct mf_dns_answer *answer,
                 const struct mf_dns_entry *entry)
{
    bool known = answer->status == MF_DNS_OK || answer->status == MF_DNS_NODATA || answer->status == MF_DNS_NXDOMAIN;
    bool there = false;
    for (size_t i = 0; i < answer->count; i++) {
        const char *value = mf_dns_record_text(arena, &answer->records[i]);
        there = there || change_same_value(entry->type, value, entry->value);
        now->ttl = answer->records[i].ttl > now->ttl ? answer->records[i].ttl : now->ttl;
    }
    if (!known)
        return;
    now->there = there && (now->there || !now->known);
    now->known = true;
    now->negative_ttl = answer->negative_ttl > now->negative_ttl ? answer->negative_ttl : now->negative_ttl;
}

struct change_now change_ask(struct change_sources *sources, struct mf_arena *arena, const struct mf_dns_entry *entry)
{
    struct change_now now = {.known = false};
    enum mf_dns_type type = mf_dns_type_find(entry->type);
    for (size_t i = 0; type && i < sources->count; i++)
        take(&now, arena, mf_dns_ask(sources->items[i], arena, entry->name, type, mf_now() + ASK_TIME), entry);
    return now;
}
