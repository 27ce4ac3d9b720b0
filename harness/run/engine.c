/* mf_run: threads started, the end brought about, everything put away. */
#include <stdlib.h>
#include <string.h>

#include "mailflow/login.h"
#include "run/box_internal.h"
#include "run/confirm_internal.h"
#include "run/lane_internal.h"

#define CLEAN_TIME (60 * MF_SECOND)     /* for the last looks and the cleaning up */
#define CLEAN_TIME_STOPPED (4 * MF_SECOND)

void mf_engine_tell(struct mf_engine *engine, enum mf_event_kind kind, const struct mf_flow *flow,
                    const struct mf_mailbox *mailbox, const char *words, mf_usec since, mf_usec until)
{
    if (!engine->options.progress || (flow && flow->sentinel_of)) /* no flow that anybody has written */
        return;
    struct mf_event event = {.kind = kind, .at = mf_now(), .flow = flow, .mailbox = mailbox, .words = words, .since = since, .until = until};
    pthread_mutex_lock(&engine->event_lock);
    engine->options.progress(engine->options.context, &event);
    pthread_mutex_unlock(&engine->event_lock);
}

int mf_engine_journaled(struct mf_engine *engine, int result, const struct mf_diag *d)
{
    if (result >= 0)
        return result;
    pthread_mutex_lock(&engine->lock);
    if (!engine->failed)
        engine->trouble = *d;
    engine->failed = engine->stopping = true;
    pthread_cond_signal(&engine->changed);
    pthread_mutex_unlock(&engine->lock);
    return -1;
}

void mf_engine_cond_init(pthread_cond_t *condition)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(condition, &attributes);
    pthread_condattr_destroy(&attributes);
}

struct timespec mf_engine_time(mf_usec instant)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    mf_usec left = instant - mf_now(), most = 3600 * MF_SECOND;
    left = left < 0 ? 0 : left > most ? most : left;
    time.tv_sec += left / MF_SECOND;
    time.tv_nsec += left % MF_SECOND * 1000;
    time.tv_sec += time.tv_nsec / 1000000000;
    time.tv_nsec %= 1000000000;
    return time;
}

bool mf_engine_stopped(const struct mf_engine *engine)
{
    return engine->options.stop && *engine->options.stop != 0;
}

/* ---- the beginning ---- */

static void build_boxes(struct mf_engine *engine)
{
    const struct mf_site *site = engine->plan->site;
    engine->boxes = mf_alloc_array(engine->arena, site->mailbox_count, sizeof *engine->boxes);
    engine->by_mailbox = mf_alloc_array(engine->arena, site->mailbox_count, sizeof *engine->by_mailbox);
    for (size_t i = 0; i < site->mailbox_count; i++) {
        if (!engine->plan->watch[i])
            continue;
        struct mf_box *box = &engine->boxes[engine->box_count++];
        mf_box_init(box, engine, &site->mailboxes[i]);
        engine->by_mailbox[i] = box;
    }
}

static void build_marks(struct mf_engine *engine)
{
    const char **ids = mf_alloc_array(engine->arena, engine->flow_count, sizeof *ids);
    const char **tokens = mf_alloc_array(engine->arena, engine->flow_count, sizeof *tokens);
    for (size_t i = 0; i < engine->flow_count; i++) {
        ids[i] = engine->flows[i].flow->id;
        tokens[i] = engine->flows[i].flow->token;
    }
    struct mf_mark_key *key = mf_alloc(engine->arena, sizeof *key);
    *key = (struct mf_mark_key){engine->plan->run, engine->plan->secret, ids, tokens, engine->flow_count};
    engine->marks = mf_mark_index_new(key);
}

static void begin(struct mf_engine *engine)
{
    pthread_mutex_init(&engine->lock, NULL);
    pthread_mutex_init(&engine->event_lock, NULL);
    mf_engine_cond_init(&engine->changed);
    engine->arena = mf_arena_new();
    engine->logins = mf_logins_new();
    engine->resolver = mf_resolver_new(engine->dns);
    build_boxes(engine);
    mf_flows_build(engine);
    mf_rows_build(engine);
    mf_lanes_build(engine);
    build_marks(engine);
    mf_raw_build(engine);
}

/* ---- threads ---- */

static int start_boxes(struct mf_engine *engine, struct mf_diag *d)
{
    for (size_t i = 0; i < engine->box_count; i++) {
        struct mf_box *box = &engine->boxes[i];
        int why = pthread_create(&box->thread, NULL, mf_box_main, box);
        if (why) {
            mf_hint(d, "Raise the limit on processes (ulimit -u), or watch fewer mailboxes at once.");
            return mf_trouble(d, "no thread could be started for %s: %s", box->mailbox->label, strerror(why));
        }
        box->started = true;
    }
    return 0;
}

/* What is looked at in the end: everything where something is missing, or nobody must have it. */
static void set_scopes(struct mf_engine *engine)
{
    for (size_t i = 0; i < engine->box_count; i++)
        engine->boxes[i].finish_scope = MF_SCOPE_USUAL;
    for (size_t i = 0; i < engine->flow_count; i++)
        for (size_t k = 0; k < engine->flows[i].want_count; k++) {
            const struct mf_want *want = &engine->flows[i].wants[k];
            bool missing = want->copies == 0 || want->seen < want->copies;
            if (missing && engine->flows[i].attempts > 0 && !engine->stopping)
                want->box->finish_scope = MF_SCOPE_ALL;
        }
}

static bool all_closed(const struct mf_engine *engine)
{
    for (size_t i = 0; i < engine->box_count; i++)
        if (engine->boxes[i].started && engine->boxes[i].state != MF_BOX_CLOSED)
            return false;
    return true;
}

static bool stopped_twice(const struct mf_engine *engine)
{
    return engine->options.stop && *engine->options.stop > 1;
}

static void wait_closed(struct mf_engine *engine, mf_usec until)
{
    while (!all_closed(engine) && mf_now() < until && !stopped_twice(engine)) {
        mf_usec tick = mf_now() + 50 * MF_MS;
        bool stopped_meanwhile = mf_engine_stopped(engine) && until > mf_now() + CLEAN_TIME_STOPPED;
        if (stopped_meanwhile)
            until = mf_now() + CLEAN_TIME_STOPPED;
        struct timespec time = mf_engine_time(tick < until ? tick : until);
        pthread_cond_timedwait(&engine->changed, &engine->lock, &time);
    }
}

static void finish_boxes(struct mf_engine *engine)
{
    bool stopped = engine->stopping;
    pthread_mutex_lock(&engine->lock);
    set_scopes(engine);
    for (size_t i = 0; i < engine->box_count; i++) {
        engine->boxes[i].finish_asked = true;
        mf_box_wake(&engine->boxes[i]);
    }
    wait_closed(engine, mf_now() + (stopped ? CLEAN_TIME_STOPPED : CLEAN_TIME));
    for (size_t i = 0; i < engine->box_count; i++) {
        if (engine->boxes[i].state != MF_BOX_CLOSED)
            mf_box_interrupt(&engine->boxes[i]);
    }
    pthread_mutex_unlock(&engine->lock);
    for (size_t i = 0; i < engine->box_count; i++)
        if (engine->boxes[i].started)
            pthread_join(engine->boxes[i].thread, NULL);
}

static void end_sending(struct mf_engine *engine)
{
    pthread_mutex_lock(&engine->lock);
    mf_lanes_end(engine, true);
    pthread_mutex_unlock(&engine->lock);
    mf_lanes_join(engine);
}

static void release(struct mf_engine *engine)
{
    for (size_t i = 0; i < engine->box_count; i++)
        mf_box_release(&engine->boxes[i]);
    mf_mark_index_free(&engine->marks);
    mf_planned_release(engine);
    mf_resolver_free(&engine->resolver);
    mf_logins_free(&engine->logins);
    pthread_cond_destroy(&engine->changed);
    pthread_mutex_destroy(&engine->event_lock);
    pthread_mutex_destroy(&engine->lock);
    mf_arena_free(&engine->arena);
}

int mf_run(const struct mf_plan *plan, struct mf_dns *dns, struct mf_journal *journal, const struct mf_evidence *before,
           const struct mf_run_options *options, struct mf_diag *d)
{
    struct mf_engine engine = {.plan = plan, .dns = dns, .journal = journal, .before = before, .options = *options};
    begin(&engine);
    struct mf_confirm *confirm = mf_rows_confirm(&engine);
    int result = start_boxes(&engine, d);
    if (result == 0)
        mf_engine_await(&engine);
    end_sending(&engine);
    finish_boxes(&engine);
    if (result < 0 || engine.failed)
        mf_confirm_cancel(confirm);
    mf_confirm_end(&confirm);
    if (result == 0 && engine.failed) {
        *d = engine.trouble;
        result = -1;
    }
    release(&engine);
    return result;
}
