/* Where a lane leads: the addresses of a door, or the hosts of a domain's MX in their order
 * (RFC 5321 5.1), each with the local address to come from. */
#include <string.h>

#include "run/lane_internal.h"

#define KEPT (60 * MF_SECOND)
#define TROUBLE_KEPT (1 * MF_SECOND)
#define SMTP_PORT 25

/* A certificate of an MX is not judged (RFC 7435): only the versions are. */
static const struct mf_tls opportunistic = {.minimum = "1.2"};

struct building {
    struct mf_engine *engine;
    struct mf_lane *lane;
    struct mf_arena *arena;
    struct mf_route *route;
    size_t capacity;
    mf_usec deadline;
    bool no_source;
};

static struct mf_resolver *resolver_of(const struct building *b)
{
    return b->lane->resolver ? b->lane->resolver : b->engine->resolver;
}

static void add(struct building *b, const char *host, const char *address, int port, const struct mf_tls *tls)
{
    const char *source = NULL;
    if (b->lane->via->source) {
        source = mf_resolve_source(resolver_of(b), b->lane->via->source, address, b->deadline);
        if (!source) {
            b->no_source = true;
            return;
        }
    }
    *MF_PUSH(b->arena, b->route->targets, b->route->count, b->capacity) =
        (struct mf_target){.host = mf_copy(b->arena, host), .address = mf_copy(b->arena, address), .port = port,
                           .tls_mode = b->lane->via->tls_mode, .tls = tls, .source = source};
}

static void add_door(struct building *b, const struct mf_door *door)
{
    const char *why;
    const char **addresses = mf_resolve(resolver_of(b), door->host, b->deadline, &why, &b->route->temporary);
    if (!addresses) {
        mf_trouble(&b->route->why, "%s: %s", door->url, why);
        mf_hint(&b->route->why, "Correct the name in the site, or publish its address in DNS.");
    }
    for (size_t i = 0; addresses && addresses[i]; i++)
        add(b, door->host, addresses[i], door->port, door->tls);
}

static unsigned seed_of(const struct mf_engine *engine)
{
    const unsigned char *secret = engine->plan->secret;
    return (unsigned)secret[0] << 16 | (unsigned)secret[1] << 8 | secret[2];
}

static void add_mx(struct building *b)
{
    const char *domain = b->lane->domain;
    const struct mf_mx_route *mx = mf_resolve_mx(resolver_of(b), domain, seed_of(b->engine), b->deadline);
    for (size_t i = 0; i < mx->count; i++)
        for (size_t k = 0; k < mx->hosts[i].address_count; k++)
            add(b, mx->hosts[i].host, mx->hosts[i].addresses[k], SMTP_PORT, &opportunistic);
    b->route->temporary = mx->status == MF_DNS_SERVFAIL || mx->status == MF_DNS_TIMEOUT || mx->status == MF_DNS_BOGUS;
    if (b->route->count == 0 && !b->no_source) {
        mf_trouble(&b->route->why, "mail for %s has nowhere to go: %s", domain, mx->why ? mx->why : "its MX hosts have no addresses");
        mf_hint(&b->route->why, "Look at the MX records of %s and at the addresses of the hosts that they name.", domain);
    }
}

static void explain_source(struct building *b)
{
    const char *source = b->lane->via->source;
    mf_trouble(&b->route->why, "no address of the source \"%s\" fits the addresses of the server", source);
    mf_hint(&b->route->why, "Give `source` as a local address of the same kind (IPv4 or IPv6) as the server's.");
}

static bool is_down(const struct mf_lane *lane, const char *address)
{
    for (size_t i = 0; i < lane->down_count; i++)
        if (strcmp(lane->down[i], address) == 0)
            return true;
    return false;
}

/* Hosts that did not answer a moment ago are tried last: their timeout is not paid for each message. */
static void down_last(struct mf_lane *lane, struct mf_arena *arena, struct mf_route *route)
{
    struct mf_target *sorted = mf_alloc_array(arena, route->count, sizeof *sorted);
    size_t to = 0;
    for (int down = 0; down <= 1; down++)
        for (size_t i = 0; i < route->count; i++)
            if (is_down(lane, route->targets[i].address) == (down == 1))
                sorted[to++] = route->targets[i];
    route->targets = sorted;
}

const struct mf_route *mf_route_find(struct mf_engine *engine, struct mf_lane *lane, mf_usec deadline)
{
    mf_usec now = mf_now();
    pthread_mutex_lock(&engine->lock);
    struct mf_route *known = lane->route && lane->route_until > now ? lane->route : NULL;
    pthread_mutex_unlock(&engine->lock);
    if (known)
        return known;
    struct mf_route fresh = {.temporary = false};
    struct building b = {.engine = engine, .lane = lane, .arena = mf_arena_new(), .route = &fresh, .deadline = deadline};
    if (lane->via->kind == MF_VIA_MX)
        add_mx(&b);
    else
        add_door(&b, lane->via->door);
    if (fresh.count == 0 && b.no_source)
        fresh.temporary = false, explain_source(&b);
    pthread_mutex_lock(&engine->lock);
    bool forget = lane->route_until <= now;
    if (forget)
        lane->down_count = 0; /* after a minute they get another chance */
    /* Routes live as long as the engine: other workers may still look at the one before. */
    struct mf_route *kept = mf_alloc(engine->arena, sizeof *kept);
    *kept = fresh;
    kept->targets = mf_alloc_array(engine->arena, fresh.count, sizeof *kept->targets);
    for (size_t i = 0; i < fresh.count; i++) {
        kept->targets[i] = fresh.targets[i];
        kept->targets[i].host = mf_copy(engine->arena, fresh.targets[i].host);
        kept->targets[i].address = mf_copy(engine->arena, fresh.targets[i].address);
    }
    down_last(lane, engine->arena, kept);
    lane->route = kept;
    lane->route_until = mf_now() + (fresh.count ? KEPT : TROUBLE_KEPT);
    pthread_mutex_unlock(&engine->lock);
    mf_arena_free(&b.arena);
    return kept;
}
