/* The servers that speak for a domain: where records must be, whatever caches say. */
#include <string.h>

#include "dns/dns_internal.h"

#define SERVERS_MAX 26 /* 13 fit a plain reply; more is no zone of a mail domain */

/* The NS of the nearest zone at or above the domain. One label alone is nobody's own zone. */
static const struct mf_dns_answer *find_zone(struct mf_dns *dns, struct mf_arena *arena, const char *domain,
                                             mf_usec deadline)
{
    const struct mf_dns_answer *answer = NULL;
    for (const char *zone = domain; zone && (zone == domain || strchr(zone, '.')); zone = mf_dns_name_parent(zone)) {
        if (strcmp(zone, ".") == 0)
            break;
        answer = mf_dns_ask(dns, arena, zone, MF_DNS_NS, deadline);
        if (answer->status != MF_DNS_NODATA && answer->status != MF_DNS_NXDOMAIN &&
            !(answer->status == MF_DNS_OK && answer->canonical))
            break;
    }
    return answer;
}

static void add_server(struct mf_dns *dns, struct mf_arena *arena, struct mf_dns_sources *sources, const char *host,
                       mf_usec deadline)
{
    struct mf_dns_source *server = &sources->servers[sources->count++];
    server->host = host;
    server->addresses = mf_dns_addresses(dns, arena, host, deadline, &server->why);
    while (server->addresses[server->address_count])
        server->address_count++;
}

/* Resolvers turn the set round and round; reports must not. */
static void sort_records(const struct mf_dns_record **records, size_t count)
{
    for (size_t i = 1; i < count; i++)
        for (size_t k = i; k > 0 && strcmp(records[k]->host, records[k - 1]->host) < 0; k--) {
            const struct mf_dns_record *record = records[k];
            records[k] = records[k - 1];
            records[k - 1] = record;
        }
}

static void take_servers(struct mf_dns *dns, struct mf_arena *arena, struct mf_dns_sources *sources,
                         const struct mf_dns_answer *answer, mf_usec deadline)
{
    const struct mf_dns_record **records = mf_alloc_array(arena, answer->count + 1, sizeof *records);
    size_t count = answer->count > SERVERS_MAX ? SERVERS_MAX : answer->count;
    for (size_t i = 0; i < count; i++)
        records[i] = &answer->records[i];
    sort_records(records, count);
    sources->zone = answer->name;
    sources->servers = mf_alloc_array(arena, count + 1, sizeof *sources->servers);
    for (size_t i = 0; i < count; i++)
        add_server(dns, arena, sources, records[i]->host, deadline);
}

const struct mf_dns_sources *mf_dns_sources_at(struct mf_dns *dns, struct mf_arena *arena,
                                               const struct mf_dns_answer *ns, mf_usec deadline)
{
    struct mf_dns_sources *sources = mf_alloc(arena, sizeof *sources);
    sources->status = ns->status;
    if (ns->status == MF_DNS_OK)
        take_servers(dns, arena, sources, ns, deadline);
    return sources;
}

const struct mf_dns_sources *mf_dns_sources(struct mf_dns *dns, struct mf_arena *arena, const char *domain,
                                            mf_usec deadline)
{
    struct mf_dns_sources *sources = mf_alloc(arena, sizeof *sources);
    const char *why = NULL, *name = mf_dns_name_normal(arena, domain, &why);
    const struct mf_dns_answer *answer = name ? find_zone(dns, arena, name, deadline) : NULL;
    sources->status = answer ? answer->status : MF_DNS_NXDOMAIN;
    if (!answer || answer->status != MF_DNS_OK)
        sources->why = answer && answer->why
                           ? answer->why
                           : mf_format(arena, "no name servers (NS) are known for %s or above", domain);
    else
        take_servers(dns, arena, sources, answer, deadline);
    return sources;
}
