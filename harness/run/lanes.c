/* Queues and workers. All functions named mf_lane_… are under the engine's lock; a worker gives it up
 * while it sends. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "run/lane_internal.h"

#define SHARED 4               /* messages that wait for one connection at first */
#define PATIENCE (100 * MF_MS)
#define KEEP_OPEN (5 * MF_SECOND) /* a connection that nobody needs is closed after this */
#define MINUTE (60 * MF_SECOND)

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

/* A connection costs more than a few messages on one that stands (TLS, login); but none waits long
 * behind a slow one. */
static size_t workers_wanted(const struct mf_lane *lane)
{
    bool impatient = mf_now() - lane->first->due > PATIENCE;
    return impatient ? (size_t)lane->workers - (size_t)lane->idle + lane->waiting : (lane->waiting + SHARED - 1) / SHARED;
}

static void dispatch(struct mf_engine *engine, struct mf_lane *lane)
{
    if (engine->sending_over || engine->stopping || !lane->first)
        return;
    if (lane->idle)
        pthread_cond_signal(&lane->wake);
    if ((size_t)lane->workers >= workers_wanted(lane))
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
    lane->cap->busy += !delivery->run->sentinel_of;
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
        lane->cap->busy -= !delivery->run->sentinel_of;
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
