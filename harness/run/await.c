/* The engine's thread: lets flows go once their mailboxes are open, notices deadlines, has the
 * mailboxes looked through twice before anything is called missing, ends as soon as nothing is
 * awaited any more.
 */
#include "run/box_internal.h"
#include "run/lane_internal.h"

#define TICK (50 * MF_MS)         /* Ctrl-C is noticed that soon */
#define OPEN_TIME (15 * MF_SECOND) /* so long a flow waits for its mailboxes */
#define GRACE (2 * MF_SECOND)     /* for a mailbox that became unreadable just before the deadline */

struct waiting {
    struct mf_engine *engine;
    mf_usec now, next; /* when to look again at the latest */
    mf_usec open_until;
    mf_usec *scan_at;  /* by box: when a complete look is due, 0 not */
    mf_usec started;
};

static void at_latest(struct waiting *w, mf_usec instant)
{
    if (instant < w->next)
        w->next = instant;
}

/* ---- letting go ---- */

static bool boxes_settled(struct waiting *w, const struct mf_flow_run *run)
{
    for (size_t i = 0; i < run->box_count; i++)
        if (!run->boxes[i]->settled)
            return w->now >= w->open_until;
    return true;
}

/* Its needs are not met: it is not sent. */
static void drop(struct mf_engine *engine, struct mf_flow_run *run)
{
    for (size_t i = 0; i < run->flow->recipient_count; i++)
        run->recipients[i].final = true;
    run->released = true;
    mf_flow_update(engine, run);
}

static void release(struct waiting *w, struct mf_flow_run *run)
{
    run->released = true;
    for (size_t i = 0; i < run->box_count; i++) {
        struct mf_box *box = run->boxes[i];
        box->overtaken = box->overtaken || !box->settled;
        box->stirred = w->now;
    }
    mf_flow_update(w->engine, run);
    for (size_t i = 0; i < run->delivery_count; i++)
        mf_lane_queue(w->engine, &run->deliveries[i], w->now);
    for (size_t i = 0; i < run->box_count; i++)
        if (run->boxes[i]->resting && run->boxes[i]->awaited)
            mf_box_wake(run->boxes[i]);
}

static void release_sentinel(struct waiting *w, struct mf_flow_run *run)
{
    mf_usec at = MF_NEVER;
    switch (mf_sentinel_next(run, w->now, &at)) {
    case MF_SENTINEL_GOES:
        release(w, run);
        break;
    case MF_SENTINEL_NEVER:
        drop(w->engine, run);
        break;
    case MF_SENTINEL_WAITS:
        at_latest(w, at);
        break;
    }
}

static void release_flows(struct waiting *w)
{
    for (size_t i = 0; i < w->engine->flow_count; i++) {
        struct mf_flow_run *run = &w->engine->flows[i];
        if (!run->released && run->sentinel_of) {
            release_sentinel(w, run);
            continue;
        }
        if (run->released || !boxes_settled(w, run))
            continue;
        enum mf_needs needs = mf_run_needs(w->engine, run->flow);
        if (needs == MF_NEEDS_MET)
            release(w, run);
        else if (needs == MF_NEEDS_BROKEN)
            drop(w->engine, run);
    }
}

/* ---- deadlines ---- */

/* The end of the first complete look that began not before an instant; 0: there was none. */
static mf_usec look_since(const struct mf_box *box, mf_usec instant)
{
    for (size_t i = 0; i < box->scan_count; i++)
        if (box->scans[i].began >= instant)
            return box->scans[i].ended;
    return 0;
}

/* Two of them, the later one not before the deadline and `settle` behind the end of the earlier: so every folder
 * was looked at twice with that time between, however long a look takes; both since the message was under way, or since
 * the sentinel was there. */
static bool looked_twice(const struct mf_box *box, mf_usec since, mf_usec deadline, mf_usec settle)
{
    mf_usec last = box->scan_count ? box->scans[box->scan_count - 1].began : 0, first = look_since(box, since);
    return last >= deadline && first && last > first && last - first >= settle;
}

/* Nobody can look: then it is not known, and no reason to wait on. */
static bool is_out_of_reach(const struct waiting *w, const struct mf_box *box, mf_usec deadline)
{
    switch (box->state) {
    case MF_BOX_FAILED:
    case MF_BOX_CLOSED:
        return true;
    case MF_BOX_OPENING:
        return w->now >= deadline + GRACE;
    case MF_BOX_LOST:
        return w->now >= deadline && w->now >= box->lost_at + GRACE;
    case MF_BOX_READY:
        break;
    }
    return false;
}

static void plan_look(struct waiting *w, const struct mf_box *box, mf_usec at)
{
    size_t index = (size_t)(box - w->engine->boxes);
    if (!w->scan_at[index] || at < w->scan_at[index])
        w->scan_at[index] = at;
    at_latest(w, at);
}

static void check_want(struct waiting *w, struct mf_flow_run *run, struct mf_want *want)
{
    mf_usec deadline = mf_want_deadline(run, want), settle = run->flow->settle;
    if (want->settled || !deadline)
        return;
    if (is_out_of_reach(w, want->box, deadline) || looked_twice(want->box, mf_want_looks_since(run, want), deadline, settle)) {
        want->settled = true;
        return;
    }
    at_latest(w, deadline > w->now ? deadline : w->now + TICK);
    mf_usec first = look_since(want->box, deadline);
    plan_look(w, want->box, first ? first + settle : deadline);
}

/* Nobody needs it any more. */
static void let_go(struct mf_engine *engine, struct mf_flow_run *sentinel)
{
    for (size_t i = 0; i < sentinel->flow->recipient_count; i++)
        sentinel->recipients[i].final = true;
    for (size_t i = 0; i < sentinel->want_count; i++)
        sentinel->wants[i].settled = true;
    mf_flow_update(engine, sentinel);
}

static void check_deadlines(struct waiting *w)
{
    for (size_t i = 0; i < w->engine->box_count; i++)
        w->scan_at[i] = 0;
    for (size_t i = 0; i < w->engine->flow_count; i++) {
        struct mf_flow_run *run = &w->engine->flows[i];
        if (run->complete)
            continue;
        for (size_t k = 0; k < run->want_count; k++)
            check_want(w, run, &run->wants[k]);
        mf_flow_update(w->engine, run);
        if (run->complete && run->sentinel && !run->sentinel->complete)
            let_go(w->engine, run->sentinel);
    }
}

/* Thousands of deadlines close together share their looks. */
static void ask_for_looks(struct waiting *w)
{
    for (size_t i = 0; i < w->engine->box_count; i++) {
        struct mf_box *box = &w->engine->boxes[i];
        bool asked = box->scan_asked || box->scanning;
        if (!w->scan_at[i] || w->scan_at[i] > w->now || asked || box->state != MF_BOX_READY)
            continue;
        mf_usec last = box->scan_count ? box->scans[box->scan_count - 1].began : 0;
        mf_usec rested = last + 5 * box->scan_took;
        if (rested > w->now) {
            at_latest(w, rested);
            continue;
        }
        box->scan_asked = true;
        mf_box_wake(box);
    }
}

/* ---- waiting ---- */

static mf_usec after(mf_usec instant, mf_usec duration)
{
    return duration >= MF_NEVER - instant ? MF_NEVER : instant + duration;
}

/* Nothing is awaited: only second copies may still come, until `settle` after the last. */
static mf_usec quiet_since(const struct mf_engine *engine)
{
    mf_usec quiet = 0;
    for (size_t i = 0; i < engine->flow_count; i++) {
        const struct mf_flow_run *run = &engine->flows[i];
        mf_usec over = after(run->changed, run->flow->settle);
        bool sent = run->attempts > 0 && !run->sentinel_of;
        if (sent && over > quiet)
            quiet = over;
    }
    return quiet;
}

static bool wait_is_over(struct waiting *w)
{
    const struct mf_engine *engine = w->engine;
    if (engine->options.wait == MF_NEVER)
        return false;
    mf_usec until = after(engine->last_sent ? engine->last_sent : w->started, engine->options.wait);
    at_latest(w, until);
    return w->now >= until;
}

static bool is_over(struct waiting *w)
{
    if (w->engine->stopping || w->engine->failed)
        return true;
    bool over = wait_is_over(w);
    mf_usec quiet = quiet_since(w->engine);
    bool done = w->engine->open_flows == 0 && w->now >= quiet;
    if (w->engine->options.wait_over)
        *w->engine->options.wait_over = over && !done;
    at_latest(w, quiet > w->now ? quiet : MF_NEVER);
    return over || done;
}

void mf_engine_await(struct mf_engine *engine)
{
    struct waiting w = {.engine = engine, .started = mf_now()};
    w.open_until = w.started + OPEN_TIME;
    pthread_mutex_lock(&engine->lock);
    w.scan_at = mf_alloc_array(engine->arena, engine->box_count, sizeof *w.scan_at);
    for (;;) {
        w.now = mf_now();
        w.next = w.now + TICK;
        engine->stopping = engine->stopping || mf_engine_stopped(engine);
        if (!engine->stopping)
            release_flows(&w);
        at_latest(&w, mf_lanes_tick(engine, w.now));
        check_deadlines(&w);
        ask_for_looks(&w);
        if (is_over(&w))
            break;
        struct timespec until = mf_engine_time(w.next);
        pthread_cond_timedwait(&engine->changed, &engine->lock, &until);
    }
    pthread_mutex_unlock(&engine->lock);
}
