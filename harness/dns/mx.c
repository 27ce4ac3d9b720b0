/* Where mail goes: RFC 5321 5.1, null MX RFC 7505, addresses of hosts. */
#include <string.h>

#include "dns/dns_internal.h"

/* A fair share of what is left, so that one silent name leaves time for the others. */
static mf_usec share_of(mf_usec deadline, size_t questions_left)
{
    mf_usec now = mf_now();
    if (deadline == MF_NEVER || deadline <= now || questions_left < 2)
        return deadline;
    return now + (deadline - now) / (mf_usec)questions_left;
}

struct address_list {
    const char **items; /* NULL-terminated by way of one element more than count */
    size_t count;
};

static void add_addresses(struct mf_arena *arena, struct address_list *list, const struct mf_dns_answer *answer)
{
    const char **items = mf_alloc_array(arena, list->count + answer->count + 1, sizeof *items);
    if (list->count)
        memcpy(items, list->items, list->count * sizeof *items);
    for (size_t i = 0; i < answer->count; i++)
        items[list->count++] = answer->records[i].address;
    list->items = items;
}

static const char *explain(struct mf_arena *arena, const char *host, const struct mf_dns_answer *v6,
                           const struct mf_dns_answer *v4)
{
    const struct mf_dns_answer *failed = v4->why ? v4 : v6;
    if (v4->status == MF_DNS_NXDOMAIN || v6->status == MF_DNS_NXDOMAIN)
        return v4->why ? v4->why : mf_format(arena, "%s does not exist", host);
    if (v4->status == MF_DNS_NODATA && v6->status == MF_DNS_NODATA)
        return mf_format(arena, "%s has no address", host);
    return mf_format(arena, "the address of %s could not be found out (%s): %s", host,
                     mf_dns_status_name(failed->status), failed->why ? failed->why : "no reason given");
}

static const char **fixed_addresses(struct mf_arena *arena, const char *first, const char *second)
{
    const char **items = mf_alloc_array(arena, 3, sizeof *items);
    items[0] = mf_copy(arena, first);
    items[1] = mf_copy(arena, second);
    return items;
}

/* RFC 6761 6.3: localhost is this machine, whatever a resolver says. */
static bool is_localhost(const char *host)
{
    return mf_same_nocase(host, "localhost") || mf_same_nocase(host, "localhost.") ||
           mf_ends_nocase(host, ".localhost");
}

/* *aliased: the end of its CNAME chain, or NULL. */
static struct address_list look_up(struct mf_dns *dns, struct mf_arena *arena, const char *host, mf_usec deadline,
                                   const char **why, const char **aliased)
{
    struct address_list list = {0};
    const struct mf_dns_answer *v6 = mf_dns_ask(dns, arena, host, MF_DNS_AAAA, share_of(deadline, 2));
    const struct mf_dns_answer *v4 = mf_dns_ask(dns, arena, host, MF_DNS_A, deadline);
    add_addresses(arena, &list, v6);
    add_addresses(arena, &list, v4);
    *why = list.count ? NULL : explain(arena, host, v6, v4);
    *aliased = v4->canonical ? v4->canonical : v6->canonical;
    return list;
}

const char **mf_dns_addresses(struct mf_dns *dns, struct mf_arena *arena, const char *host, mf_usec deadline,
                              const char **why)
{
    const char *unused_why, *aliased;
    why = why ? why : &unused_why;
    *why = NULL;
    if (mf_dns_is_address(host))
        return fixed_addresses(arena, host, NULL);
    if (is_localhost(host))
        return fixed_addresses(arena, "127.0.0.1", "::1");
    return look_up(dns, arena, host, deadline, why, &aliased).items;
}

static void resolve_host(struct mf_dns *dns, struct mf_arena *arena, struct mf_mx_host *host, mf_usec deadline)
{
    const char *aliased = NULL;
    if (mf_dns_is_address(host->host)) {
        host->addresses = fixed_addresses(arena, host->host, NULL);
        host->address_count = 1;
        host->why = mf_format(arena,
                              "the MX target %s is an address, not a host name (RFC 5321 5.1): some servers will "
                              "not deliver there",
                              host->host);
        return;
    }
    struct address_list list = look_up(dns, arena, host->host, deadline, &host->why, &aliased);
    host->addresses = list.items;
    host->address_count = list.count;
    if (list.count && aliased)
        host->why = mf_format(arena,
                              "the MX target %s is an alias (CNAME) of %s, which RFC 2181 10.3 forbids: some "
                              "servers will not deliver there",
                              host->host, aliased);
}

static uint64_t next_random(uint64_t *state) /* splitmix64: the same seed gives the same order everywhere */
{
    uint64_t z = *state += 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

/* Shuffled, then put in order by a sort that keeps equals as they are. */
static void order(struct mf_mx_host *hosts, size_t count, unsigned seed)
{
    uint64_t state = seed;
    for (size_t i = count; i > 1; i--) {
        size_t k = (size_t)(next_random(&state) % i);
        struct mf_mx_host kept = hosts[i - 1];
        hosts[i - 1] = hosts[k];
        hosts[k] = kept;
    }
    for (size_t i = 1; i < count; i++)
        for (size_t k = i; k > 0 && hosts[k - 1].preference > hosts[k].preference; k--) {
            struct mf_mx_host kept = hosts[k];
            hosts[k] = hosts[k - 1];
            hosts[k - 1] = kept;
        }
}

static void resolve_all(struct mf_dns *dns, struct mf_arena *arena, struct mf_mx_route *route, mf_usec deadline)
{
    for (size_t i = 0; i < route->count; i++)
        resolve_host(dns, arena, &route->hosts[i], share_of(deadline, route->count - i));
    size_t reachable = 0;
    for (size_t i = 0; i < route->count; i++)
        reachable += route->hosts[i].address_count > 0;
    if (!reachable && route->count)
        route->why = route->count == 1 ? route->hosts[0].why
                                       : mf_format(arena, "none of its %zu MX hosts has an address; the first: %s",
                                                   route->count, route->hosts[0].why);
}

static void take_mx(struct mf_dns *dns, struct mf_arena *arena, struct mf_mx_route *route,
                    const struct mf_dns_answer *answer, unsigned seed, mf_usec deadline)
{
    route->hosts = mf_alloc_array(arena, answer->count, sizeof *route->hosts);
    for (size_t i = 0; i < answer->count; i++)
        if (strcmp(answer->records[i].host, ".") != 0) /* beside real ones a null MX says nothing */
            route->hosts[route->count++] =
                (struct mf_mx_host){.host = answer->records[i].host, .preference = answer->records[i].preference};
    order(route->hosts, route->count, seed);
    resolve_all(dns, arena, route, deadline);
    route->null_mx = route->count == 0;
    if (route->null_mx)
        route->why = mf_format(arena, "%s takes no mail: it publishes a null MX (RFC 7505)", answer->name);
}

static void take_implicit(struct mf_dns *dns, struct mf_arena *arena, struct mf_mx_route *route, const char *domain,
                          mf_usec deadline)
{
    struct mf_mx_host host = {.host = domain};
    const char *aliased;
    struct address_list list = look_up(dns, arena, domain, deadline, &host.why, &aliased);
    host.addresses = list.items;
    host.address_count = list.count;
    route->implicit = true;
    if (list.count == 0) {
        route->why = mf_format(arena, "%s has no MX record, and no address instead: %s", domain, host.why);
        return;
    }
    route->hosts = mf_alloc(arena, sizeof host);
    route->hosts[0] = host;
    route->count = 1;
}

/* "[192.0.2.1]" or "[IPv6:2001:db8::1]" (RFC 5321 4.1.3): the address itself. */
static bool take_literal(struct mf_arena *arena, struct mf_mx_route *route, const char *domain)
{
    size_t len = strlen(domain);
    if (len < 3 || domain[0] != '[' || domain[len - 1] != ']')
        return false;
    char *inner = mf_copy_bytes(arena, domain + 1, len - 2);
    inner = mf_starts_nocase(inner, "IPv6:") ? inner + 5 : inner;
    if (!mf_dns_is_address(inner))
        return false;
    route->hosts = mf_alloc(arena, sizeof *route->hosts);
    *route->hosts =
        (struct mf_mx_host){.host = domain, .addresses = fixed_addresses(arena, inner, NULL), .address_count = 1};
    route->count = 1;
    return true;
}

const struct mf_mx_route *mf_dns_mx(struct mf_dns *dns, struct mf_arena *arena, const char *domain, unsigned seed,
                                    mf_usec deadline)
{
    struct mf_mx_route *route = mf_alloc(arena, sizeof *route);
    if (take_literal(arena, route, domain))
        return route;
    const struct mf_dns_answer *answer = mf_dns_ask(dns, arena, domain, MF_DNS_MX, share_of(deadline, 2));
    route->status = answer->status;
    if (answer->status == MF_DNS_OK)
        take_mx(dns, arena, route, answer, seed, deadline);
    else if (answer->status == MF_DNS_NODATA)
        take_implicit(dns, arena, route, answer->name, deadline);
    else if (answer->status == MF_DNS_NXDOMAIN)
        route->why = answer->why ? answer->why : mf_format(arena, "%s does not exist", domain);
    else
        route->why = mf_format(arena, "the MX of %s could not be found out (%s): %s", domain,
                               mf_dns_status_name(answer->status), answer->why ? answer->why : "no reason given");
    return route;
}
