/* Queues and workers. All functions named mf_lane_… are under the engine's lock; a worker gives it up
 * while it sends. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "mailflow/message.h"
#include "run/lane_internal.h"

#define KEEP_OPEN (5 * MF_SECOND) /* a connection that nobody needs is closed after this */
#define MINUTE (60 * MF_SECOND)

/* ---- building ---- */

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
    return mf_format(arena, "%d %s|%s:%d|%d|%p|%s|%s|%s", (int)via->kind, domain ? domain : "", via->door ? via->door->host : "",
                     via->door ? via->door->port : 0, (int)via->tls_mode, via->door ? (const void *)via->door->tls : NULL,
                     via->helo ? via->helo : "", via->source ? via->source : "", login_words(arena, via->login));
}

static const char *cap_key(struct mf_arena *arena, const struct mf_via *via, const char *domain)
{
    if (via->kind == MF_VIA_COMMAND)
        return "command";
    if (via->kind == MF_VIA_MX)
        return mf_format(arena, "mx %s", domain);
    return via->door->server ? mf_format(arena, "server %s", via->door->server->name) : mf_format(arena, "host %s", via->door->host);
}

static struct mf_cap *cap_for(struct mf_engine *engine, struct mf_map *caps, const struct mf_via *via, const char *domain)
{
    const char *key = cap_key(engine->arena, via, domain);
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
    *lane = (struct mf_lane){.key = key, .via = flow->via, .domain = domain, .cap = cap_for(engine, caps, flow->via, domain)};
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

/* ---- workers ---- */

static void *work(void *worker);

static bool start_worker(struct mf_engine *engine, struct mf_lane *lane)
{
    struct mf_worker *worker = mf_alloc(engine->arena, sizeof *worker);
    *worker = (struct mf_worker){.engine = engine, .lane = lane, .next = engine->workers};
    if (pthread_create(&worker->thread, NULL, work, worker) != 0)
        return false; /* no more threads: those that are there do the work */
    engine->workers = worker;
    lane->workers++;
    lane->cap->active++;
    return true;
}

/* Somebody of another lane keeps a connection that he does not need now. */
static void ask_for_place(struct mf_engine *engine, struct mf_cap *cap)
{
    cap->starving = true;
    for (size_t i = 0; i < engine->lane_count; i++)
        if (engine->lanes[i]->cap == cap && engine->lanes[i]->idle)
            pthread_cond_broadcast(&engine->lanes[i]->wake);
}

static void dispatch(struct mf_engine *engine, struct mf_lane *lane)
{
    if (engine->sending_over || engine->stopping || !lane->first)
        return;
    if (lane->idle)
        pthread_cond_signal(&lane->wake);
    if (lane->waiting <= (size_t)lane->idle)
        return;
    bool started = lane->cap->active < lane->cap->most && start_worker(engine, lane);
    if (!started && lane->workers == 0)
        ask_for_place(engine, lane->cap);
}

static void push_due(struct mf_lane *lane, struct mf_delivery *delivery)
{
    delivery->next = NULL;
    if (lane->last)
        lane->last->next = delivery;
    else
        lane->first = delivery;
    lane->last = delivery;
    lane->waiting++;
}

static struct mf_delivery *pop_due(struct mf_lane *lane)
{
    struct mf_delivery *delivery = lane->first;
    if (!delivery)
        return NULL;
    lane->first = delivery->next;
    if (!lane->first)
        lane->last = NULL;
    lane->waiting--;
    return delivery;
}

static void promote(struct mf_lane *lane, mf_usec now)
{
    while (lane->later && lane->later->due <= now) {
        struct mf_delivery *delivery = lane->later;
        lane->later = delivery->next;
        push_due(lane, delivery);
    }
}

void mf_lane_queue(struct mf_engine *engine, struct mf_delivery *delivery, mf_usec due)
{
    struct mf_lane *lane = delivery->lane;
    delivery->due = due;
    if (due <= mf_now()) {
        push_due(lane, delivery);
        dispatch(engine, lane);
        return;
    }
    struct mf_delivery **at = &lane->later;
    while (*at && (*at)->due <= due)
        at = &(*at)->next;
    delivery->next = *at;
    *at = delivery;
    pthread_cond_signal(&lane->wake);
}

/* What became due with nobody waiting for it; and who got no connection before. */
mf_usec mf_lanes_tick(struct mf_engine *engine, mf_usec now)
{
    mf_usec next = MF_NEVER;
    for (size_t i = 0; i < engine->lane_count; i++) {
        struct mf_lane *lane = engine->lanes[i];
        promote(lane, now);
        dispatch(engine, lane);
        if (lane->later && lane->later->due < next)
            next = lane->later->due;
    }
    return next;
}

/* A place at the server became free: first for lanes that have none. */
static void feed(struct mf_engine *engine, struct mf_cap *cap)
{
    cap->starving = false;
    for (int others = 0; others <= 1; others++)
        for (size_t i = 0; i < engine->lane_count; i++)
            if (engine->lanes[i]->cap == cap && (engine->lanes[i]->workers > 0) == (others == 1))
                dispatch(engine, engine->lanes[i]);
}

/* Until the server's messages a minute allow one more. False: the run stops. */
static bool wait_for_rate(struct mf_engine *engine, struct mf_lane *lane)
{
    struct mf_cap *cap = lane->cap;
    while (cap->rate && !engine->stopping && !engine->sending_over) {
        mf_usec allowed = cap->recent[cap->next] ? cap->recent[cap->next] + MINUTE : 0;
        if (allowed <= mf_now()) {
            cap->recent[cap->next] = mf_now();
            cap->next = (cap->next + 1) % cap->rate;
            break;
        }
        struct timespec until = mf_engine_time(allowed);
        pthread_cond_timedwait(&lane->wake, &engine->lock, &until);
    }
    return !engine->stopping && !engine->sending_over;
}

/* Waits for work. False: the worker is not needed any more. */
static bool wait_for_work(struct mf_engine *engine, struct mf_lane *lane)
{
    mf_usec since = mf_now();
    while (!engine->sending_over && !engine->stopping) {
        mf_usec now = mf_now(), until = since + KEEP_OPEN;
        promote(lane, now);
        if (lane->first)
            return true;
        bool soon = lane->later && lane->later->due <= until;
        if (lane->cap->starving || now >= until)
            return false;
        struct timespec wait = mf_engine_time(soon ? lane->later->due : until);
        lane->idle++;
        pthread_cond_timedwait(&lane->wake, &engine->lock, &wait);
        lane->idle--;
    }
    return false;
}

static void *work(void *context)
{
    struct mf_worker *worker = context;
    struct mf_engine *engine = worker->engine;
    struct mf_lane *lane = worker->lane;
    pthread_mutex_lock(&engine->lock);
    while (wait_for_work(engine, lane)) {
        if (!wait_for_rate(engine, lane))
            break;
        struct mf_delivery *delivery = pop_due(lane);
        if (!delivery)
            continue;
        pthread_mutex_unlock(&engine->lock);
        mf_send_delivery(worker, delivery);
        pthread_mutex_lock(&engine->lock);
        if (lane->cap->starving && lane->workers > 1)
            break; /* the others of this lane go on */
    }
    pthread_mutex_unlock(&engine->lock);
    mf_worker_drop_session(worker);
    pthread_mutex_lock(&engine->lock);
    lane->workers--;
    lane->cap->active--;
    feed(engine, lane->cap);
    pthread_cond_signal(&engine->changed);
    pthread_mutex_unlock(&engine->lock);
    return NULL;
}

void mf_lanes_end(struct mf_engine *engine, bool interrupt)
{
    engine->sending_over = true;
    for (struct mf_worker *worker = engine->workers; interrupt && worker; worker = worker->next)
        if (worker->session)
            mf_smtp_interrupt(worker->session);
    for (size_t i = 0; i < engine->lane_count; i++)
        pthread_cond_broadcast(&engine->lanes[i]->wake);
}

void mf_lanes_join(struct mf_engine *engine)
{
    for (struct mf_worker *worker = engine->workers; worker; worker = worker->next)
        pthread_join(worker->thread, NULL);
    for (size_t i = 0; i < engine->lane_count; i++)
        pthread_cond_destroy(&engine->lanes[i]->wake);
}
