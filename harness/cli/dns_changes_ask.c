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

static enum mf_dns_type type_of(const char *name)
{
    static const enum mf_dns_type types[] = {MF_DNS_A,   MF_DNS_NS,   MF_DNS_CNAME, MF_DNS_PTR,  MF_DNS_MX,
                                             MF_DNS_TXT, MF_DNS_AAAA, MF_DNS_SRV,   MF_DNS_TLSA, MF_DNS_SPF};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (mf_same_nocase(name, mf_dns_type_name(types[i])))
            return types[i];
    return 0;
}

/* As the site writes it; NULL: not a type that can be compared here. */
static const char *value_of(struct mf_arena *arena, const struct mf_dns_record *record)
{
    if (record->type == MF_DNS_MX)
        return mf_format(arena, "%d %s", record->preference, record->host);
    if (record->type == MF_DNS_SRV)
        return mf_format(arena, "%d %d %d %s", record->preference, record->weight, record->port, record->host);
    if (record->type == MF_DNS_TXT || record->type == MF_DNS_SPF)
        return record->text.data;
    if (record->type == MF_DNS_A || record->type == MF_DNS_AAAA)
        return record->address;
    return record->host;
}

/* TXT of the site may stand in pieces, "…" "…": joined, as they mean. */
static const char *wanted_value(struct mf_arena *arena, const struct mf_dns_entry *entry)
{
    struct mf_text text = {.max = 1 << 20};
    bool inside = false;
    if (entry->value[0] != '"')
        return entry->value;
    mf_text_puts(&text, "");
    for (const char *at = entry->value; *at; at++) {
        if (*at == '\\' && at[1])
            mf_text_putc(&text, *++at);
        else if (*at == '"')
            inside = !inside;
        else if (inside)
            mf_text_putc(&text, *at);
    }
    const char *joined = mf_copy(arena, mf_text_str(&text));
    mf_text_release(&text);
    return joined;
}

/* An alias is asked for by its own type. At a name with an alias the answer of another type counts for nothing. */
static void take(struct change_now *now, struct mf_arena *arena, const struct mf_dns_answer *answer,
                 const struct mf_dns_entry *entry)
{
    bool known = answer->status == MF_DNS_OK || answer->status == MF_DNS_NODATA || answer->status == MF_DNS_NXDOMAIN;
    const char *wanted = wanted_value(arena, entry);
    bool there = false;
    for (size_t i = 0; i < answer->count; i++) {
        const char *value = value_of(arena, &answer->records[i]);
        there = there || (value && change_same_value(entry->type, value, wanted));
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
    enum mf_dns_type type = type_of(entry->type);
    for (size_t i = 0; type && i < sources->count; i++)
        take(&now, arena, mf_dns_ask(sources->items[i], arena, entry->name, type, mf_now() + ASK_TIME), entry);
    return now;
}
