/* A zone file as if a name server held it: wildcards (RFC 4592), empty non-terminals (RFC 8020), aliases followed. */
#include <stdlib.h>
#include <string.h>

#include "dns/dns_internal.h"
#include "mailflow/map.h"

struct node {
    struct mf_dns_raw *records;
    size_t count, capacity;
};
struct zone {
    struct mf_dns base;
    struct mf_arena *arena;
    const char *server; /* "zone FILE" */
    struct mf_dns_master master;
    struct mf_map *nodes; /* every name that exists, also those that only lead to others */
};

static struct node *add_node(struct zone *zone, const char *name)
{
    struct node *node = mf_map_get(zone->nodes, name);
    if (node)
        return node;
    node = mf_alloc(zone->arena, sizeof *node);
    mf_map_add(zone->nodes, name, node);
    const char *parent = mf_dns_name_parent(name);
    if (parent)
        add_node(zone, parent);
    return node;
}

static void build(struct zone *zone)
{
    for (size_t i = 0; i < zone->master.count; i++) {
        const struct mf_dns_raw *record = &zone->master.records[i];
        struct node *node = add_node(zone, record->name);
        *MF_PUSH(zone->arena, node->records, node->count, node->capacity) = *record;
    }
    for (size_t i = 0; i < zone->master.special_count; i++)
        add_node(zone, zone->master.specials[i].name);
}

/* RFC 4592 3.3.1: "*" below the closest encloser, the nearest ancestor that exists. */
static const struct node *find_wildcard(const struct zone *zone, struct mf_arena *arena, const char *name)
{
    const char *encloser = mf_dns_name_parent(name);
    while (encloser && !mf_map_get(zone->nodes, encloser))
        encloser = mf_dns_name_parent(encloser);
    if (!encloser || strcmp(encloser, ".") == 0)
        return NULL;
    return mf_map_get(zone->nodes, mf_format(arena, "*.%s", encloser));
}

static const struct mf_dns_special *find_special(const struct zone *zone, const char *name, unsigned type)
{
    const struct mf_dns_special *general = NULL;
    for (size_t i = 0; i < zone->master.special_count; i++) {
        const struct mf_dns_special *special = &zone->master.specials[i];
        if (strcmp(special->name, name) != 0)
            continue;
        if (special->type == type)
            return special;
        if (special->type == 0 && !general)
            general = special;
    }
    return general;
}

static bool has_answer(const struct node *node, unsigned type)
{
    for (size_t i = 0; node && i < node->count; i++)
        if (node->records[i].type == type || node->records[i].type == MF_DNS_CNAME)
            return true;
    return false;
}

static void obey(struct mf_arena *arena, struct mf_dns_answer *answer, const struct mf_dns_special *special)
{
    answer->status = special->status;
    answer->records = NULL;
    answer->count = 0;
    if (special->status != MF_DNS_NODATA)
        answer->why =
            mf_format(arena, "the zone file says %s for %s", mf_dns_status_name(special->status), special->name);
}

struct collection {
    struct mf_dns_raw *raw;
    size_t count, capacity;
};

static void add_records(struct mf_arena *arena, struct collection *all, const struct node *node, const char *name)
{
    for (size_t i = 0; node && i < node->count; i++) {
        struct mf_dns_raw *raw = MF_PUSH(arena, all->raw, all->count, all->capacity);
        *raw = node->records[i];
        raw->name = name; /* of a wildcard: the name that was asked */
    }
}

static uint32_t negative_ttl(const struct zone *zone, const char *name)
{
    for (; name; name = mf_dns_name_parent(name)) {
        const struct node *node = mf_map_get(zone->nodes, name);
        for (size_t i = 0; node && i < node->count; i++) {
            struct mf_dns_packet authority = {.authority = &node->records[i], .authority_count = 1};
            if (node->records[i].type == MF_DNS_SOA)
                return mf_dns_packet_negative_ttl(&authority);
        }
    }
    return 0;
}

static void ask_zone(struct mf_dns *dns, struct mf_arena *arena, struct mf_dns_answer *answer, mf_usec deadline)
{
    const struct zone *zone = (const struct zone *)dns;
    struct collection all = {0};
    const char *name = answer->name;
    (void)deadline; /* nothing to wait for */
    answer->server = mf_copy(arena, zone->server);
    answer->authoritative = true;
    for (;;) {
        const struct node *node = mf_map_get(zone->nodes, name);
        const struct mf_dns_special *special = find_special(zone, name, answer->type);
        bool exists = node != NULL;
        node = node ? node : find_wildcard(zone, arena, name);
        if (special && (special->type || !has_answer(node, answer->type))) {
            obey(arena, answer, special);
            return;
        }
        add_records(arena, &all, node, name);
        answer->chain = NULL;
        answer->chain_count = 0;
        const char *end = mf_dns_answer_collect(arena, answer, all.raw, all.count);
        if (end && strcmp(end, name) == 0) {
            answer->status = exists || node ? MF_DNS_NODATA : MF_DNS_NXDOMAIN;
            answer->why = NULL; /* a step along the alias left its mark */
            answer->negative_ttl = negative_ttl(zone, name);
        }
        if (!end || strcmp(end, name) == 0)
            return;
        name = end;
    }
}

static void release_zone(struct mf_dns *dns)
{
    struct zone *zone = (struct zone *)dns;
    mf_arena_free(&zone->arena);
    free(zone);
}

static const struct mf_dns_kind kind = {.ask = ask_zone, .release = release_zone};

struct mf_dns *mf_dns_zone(const char *path, struct mf_diag *d)
{
    struct zone *zone = mf_xmalloc(sizeof *zone);
    *zone = (struct zone){.arena = mf_arena_new()};
    mf_dns_base_init(&zone->base, &kind);
    struct mf_dns *dns = &zone->base;
    if (mf_dns_master_read(zone->arena, path, &zone->master, d) < 0) {
        mf_dns_free(&dns);
        return NULL;
    }
    zone->server = mf_format(zone->arena, "zone %s", path);
    zone->nodes = mf_map_new(zone->arena);
    build(zone);
    return dns;
}
