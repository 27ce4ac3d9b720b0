/* Which deliveries share a connection, and which connections a server. */
#include "mailflow/message.h"
#include "run/lane_internal.h"

static const char *login_words(struct mf_arena *arena, const struct mf_login *login)
{
    if (!login || login->kind == MF_LOGIN_NONE)
        return "-";
    return mf_format(arena, "%d %s %s %p %p", (int)login->kind, login->user ? login->user : "", login->mechanism ? login->mechanism : "",
                     (const void *)login->password, (const void *)login->oauth2);
}

/* Everything that makes one connection differ from another. */
static const char *lane_key(struct mf_arena *arena, const struct mf_flow *flow, const char *domain)
{
    const struct mf_via *via = flow->via;
    if (via->kind == MF_VIA_COMMAND)
        return mf_format(arena, "command %p", (const void *)via->argv);
    return mf_format(arena, "%d %p %s|%s:%d|%d|%p|%s|%s|%s", (int)via->kind, (const void *)flow->resolve, domain ? domain : "", via->door ? via->door->host : "",
                     via->door ? via->door->port : 0, (int)via->tls_mode, via->door ? (const void *)via->door->tls : NULL,
                     via->helo ? via->helo : "", via->source ? via->source : "", login_words(arena, via->login));
}

static const char *cap_key(struct mf_arena *arena, const struct mf_flow *flow, const char *domain)
{
    const struct mf_via *via = flow->via;
    if (via->kind == MF_VIA_COMMAND)
        return "command";
    if (via->kind == MF_VIA_MX)
        return mf_format(arena, "mx %p %s", (const void *)flow->resolve, domain);
    return via->door->server ? mf_format(arena, "server %s", via->door->server->name) : mf_format(arena, "host %s", via->door->host);
}

static struct mf_cap *cap_for(struct mf_engine *engine, struct mf_map *caps, const struct mf_flow *flow, const char *domain)
{
    const struct mf_via *via = flow->via;
    const char *key = cap_key(engine->arena, flow, domain);
    struct mf_cap *cap = mf_map_get(caps, key);
    if (cap)
        return cap;
    const struct mf_limits *limits = &engine->plan->site->limits;
    bool submission = via->kind == MF_VIA_DOORS && via->door->kind == MF_DOOR_SUBMISSION;
    cap = mf_alloc(engine->arena, sizeof *cap);
    *cap = (struct mf_cap){.key = key, .most = limits->connections > 0 ? limits->connections : 1};
    cap->rate = submission && limits->messages >= 1 ? (size_t)limits->messages : submission && limits->messages > 0;
    cap->recent = mf_alloc_array(engine->arena, cap->rate, sizeof *cap->recent);
    mf_map_add(caps, key, cap);
    engine->cap_count++;
    return cap;
}

static struct mf_lane *lane_for(struct mf_engine *engine, struct mf_map *lanes, struct mf_map *caps, const struct mf_flow *flow, const char *domain)
{
    const char *key = lane_key(engine->arena, flow, domain);
    struct mf_lane *lane = mf_map_get(lanes, key);
    if (lane)
        return lane;
    lane = mf_alloc(engine->arena, sizeof *lane);
    *lane = (struct mf_lane){.key = key, .via = flow->via, .domain = domain, .resolver = mf_planned_resolver(engine, flow->resolve),
                              .cap = cap_for(engine, caps, flow, domain)};
    mf_engine_cond_init(&lane->wake);
    mf_map_add(lanes, key, lane);
    return lane;
}

static const char *domain_of(const struct mf_engine *engine, const struct mf_delivery *delivery)
{
    const struct mf_flow *flow = delivery->run->flow;
    if (flow->via->kind != MF_VIA_MX)
        return NULL;
    const char *domain = mf_address_domain(flow->recipients[delivery->recipients[0]].address);
    return *domain ? domain : engine->plan->site->domains[0];
}

void mf_lanes_build(struct mf_engine *engine)
{
    struct mf_map *lanes = mf_map_new(engine->arena), *caps = mf_map_new(engine->arena);
    for (size_t i = 0; i < engine->flow_count; i++)
        for (size_t k = 0; k < engine->flows[i].delivery_count; k++) {
            struct mf_delivery *delivery = &engine->flows[i].deliveries[k];
            delivery->lane = lane_for(engine, lanes, caps, engine->flows[i].flow, domain_of(engine, delivery));
        }
    engine->lane_count = mf_map_count(lanes);
    engine->lanes = mf_alloc_array(engine->arena, engine->lane_count, sizeof *engine->lanes);
    for (size_t i = 0; i < engine->lane_count; i++)
        engine->lanes[i] = mf_map_get(lanes, mf_map_key(lanes, i));
}
