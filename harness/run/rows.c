/* The records that a run confirms beside its mail: how each stands, for the flows that need them. */
#include "run/engine_internal.h"

/* Its events come from a thread of its own, so through the same lock as all others. */
static void pass_on(void *context, const struct mf_event *event)
{
    struct mf_engine *engine = context;
    pthread_mutex_lock(&engine->lock);
    for (size_t i = 0; i < engine->row_count; i++)
        if (engine->rows[i].row == event->row) {
            engine->rows[i].there = event->kind == MF_EVENT_RECORD_THERE;
            engine->rows[i].decided = engine->rows[i].there || !event->again;
        }
    pthread_cond_signal(&engine->changed);
    pthread_mutex_unlock(&engine->lock);
    if (!engine->options.progress || !event->row->within)
        return; /* a record that is asked once is told in the end */
    pthread_mutex_lock(&engine->event_lock);
    engine->options.progress(engine->options.context, event);
    pthread_mutex_unlock(&engine->event_lock);
}

void mf_rows_build(struct mf_engine *engine)
{
    const struct mf_plan *plan = engine->plan;
    size_t most = 0;
    for (size_t i = 0; i < plan->section_count; i++)
        most += plan->sections[i].dns_row_count;
    engine->rows = mf_alloc_array(engine->arena, most, sizeof *engine->rows);
    for (size_t i = 0; i < plan->section_count; i++)
        for (size_t k = 0; !plan->sections[i].skip && k < plan->sections[i].dns_row_count; k++)
            engine->rows[engine->row_count++] = (struct mf_row_run){.row = &plan->sections[i].dns_rows[k]};
}

/* Is anybody to know how the records stand before the end? */
static bool is_awaited(const struct mf_engine *engine)
{
    for (size_t i = 0; i < engine->row_count; i++)
        if (engine->rows[i].row->within)
            return true;
    for (size_t i = 0; i < engine->flow_count; i++)
        for (size_t k = 0; k < engine->flows[i].flow->need_count; k++)
            if (engine->flows[i].flow->needs[k].section && engine->flows[i].flow->needs[k].section->dns_row_count)
                return true;
    return false;
}

struct mf_confirm *mf_rows_confirm(struct mf_engine *engine)
{
    mf_usec now = mf_now(), wait = engine->options.wait;
    struct mf_confirm_options options = {.more = engine->options.confirm_more,
                                         .stop = engine->options.stop,
                                         .judge = is_awaited(engine) ? engine->options.confirm_judge : NULL,
                                         .judge_context = engine->options.confirm_context,
                                         .progress = pass_on,
                                         .context = engine,
                                         .started = engine->before ? engine->before->started : now,
                                         .until = wait >= MF_NEVER - now ? MF_NEVER : now + wait};
    struct mf_confirm *confirm = mf_confirm_watch(engine->plan, engine->dns, engine->journal, &options);
    pthread_mutex_lock(&engine->lock);
    for (size_t i = 0; i < engine->row_count && (!confirm || !options.judge); i++)
        engine->rows[i].decided = true; /* nobody will tell: who needs them is not sent */
    pthread_mutex_unlock(&engine->lock);
    return confirm;
}
