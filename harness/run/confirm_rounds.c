/* Records that may take hours to be everywhere: their sources are asked again and again, quick at first
 * and then slower, until all is there, the deadline is over, or somebody has had enough. */
#include "run/confirm_internal.h"

#define PAUSE_FIRST (2 * MF_SECOND)
#define PAUSE_MOST (60 * MF_SECOND)
#define BEHIND_EVERY (300 * MF_SECOND) /* connections are not made in every round */
#define TICK (100 * MF_MS)             /* Ctrl-C is noticed that soon */

struct rounds {
    struct mf_confirm *confirm;
    const struct mf_dns_row **rows;
    size_t count;
    struct mf_row_state *states; /* after the last round that could be judged */
    bool *left;                  /* is asked in the next round: its deadline is not over */
    mf_usec pause, behind_at;
};

static struct rounds rounds_of(struct mf_confirm *confirm)
{
    const struct mf_plan *plan = confirm->plan;
    struct rounds rounds = {.confirm = confirm, .pause = PAUSE_FIRST};
    size_t most = 0;
    for (size_t i = 0; i < plan->section_count; i++)
        most += plan->sections[i].skip ? 0 : plan->sections[i].dns_row_count;
    rounds.rows = mf_alloc_array(confirm->arena, most, sizeof *rounds.rows);
    rounds.states = mf_alloc_array(confirm->arena, most, sizeof *rounds.states);
    rounds.left = mf_alloc_array(confirm->arena, most, sizeof *rounds.left);
    for (size_t i = 0; i < plan->section_count; i++)
        for (size_t k = 0; !plan->sections[i].skip && k < plan->sections[i].dns_row_count; k++)
            rounds.rows[rounds.count++] = &plan->sections[i].dns_rows[k];
    return rounds;
}

static mf_usec deadline_of(const struct rounds *rounds, size_t row)
{
    mf_usec within = rounds->rows[row]->within, started = rounds->confirm->options.started;
    return within >= MF_NEVER - started ? MF_NEVER : started + within;
}

static mf_usec earlier(mf_usec a, mf_usec b)
{
    return a < b ? a : b;
}

/* The next round: after the pause, or at the deadline that comes first. 0: there is none. */
static mf_usec plan_next(struct rounds *rounds)
{
    mf_usec now = mf_now(), next = now + rounds->pause, until = rounds->confirm->options.until;
    bool waits = false;
    for (size_t i = 0; i < rounds->count; i++) {
        rounds->left[i] = rounds->rows[i]->within && now < deadline_of(rounds, i);
        if (!rounds->left[i] || rounds->states[i].there)
            continue;
        waits = true;
        next = earlier(next, deadline_of(rounds, i));
    }
    return waits && now < until ? earlier(next, until) : 0;
}

static void tell(const struct rounds *rounds, mf_usec next)
{
    const struct mf_confirm_options *options = &rounds->confirm->options;
    for (size_t i = 0; options->progress && i < rounds->count; i++) {
        const struct mf_row_state *state = &rounds->states[i];
        struct mf_event event = {.kind = state->there ? MF_EVENT_RECORD_THERE : MF_EVENT_RECORD_AWAITED,
                                 .at = mf_now(),
                                 .row = rounds->rows[i],
                                 .words = state->words ? state->words : "",
                                 .since = options->started,
                                 .until = deadline_of(rounds, i),
                                 .again = rounds->left[i] ? next : 0};
        if (rounds->rows[i]->within || rounds->pause == PAUSE_FIRST) /* those without are asked in the first round */
            options->progress(options->context, &event);
    }
}

/* When there is a next round: its instant; 0: that was the last. */
static mf_usec look_and_judge(struct rounds *rounds)
{
    struct mf_confirm *confirm = rounds->confirm;
    struct mf_arena *arena = mf_arena_new();
    confirm->behind = rounds->behind_at == 0 || mf_now() >= rounds->behind_at + BEHIND_EVERY;
    if (confirm->behind)
        rounds->behind_at = mf_now();
    mf_confirm_round(confirm);
    bool judged = confirm->options.judge && !mf_confirm_stopped(confirm) &&
                  confirm->options.judge(confirm->options.judge_context, arena, rounds->states, rounds->count) == 0;
    mf_usec next = confirm->options.judge && !mf_confirm_stopped(confirm) ? plan_next(rounds) : 0;
    if (judged || (next == 0 && confirm->options.judge && !mf_confirm_stopped(confirm)))
        tell(rounds, next);
    for (size_t i = 0; i < rounds->count; i++)
        rounds->states[i].words = NULL; /* they go with the arena */
    mf_arena_free(&arena);
    return next;
}

static bool wait_until(const struct mf_confirm *confirm, mf_usec instant)
{
    while (!mf_confirm_stopped(confirm) && mf_now() < instant)
        mf_sleep_until(earlier(mf_now() + TICK, instant));
    return !mf_confirm_stopped(confirm);
}

void *mf_confirm_rounds(void *context)
{
    struct mf_confirm *confirm = context;
    struct rounds rounds = rounds_of(confirm);
    for (mf_usec next; (next = look_and_judge(&rounds)) != 0 && wait_until(confirm, next);) {
        rounds.pause = earlier(rounds.pause * 3 / 2, PAUSE_MOST);
        confirm->questions = mf_confirm_questions(confirm->arena, confirm->plan, rounds.left);
        mf_dns_flush(confirm->dns);
    }
    /* What stands behind the records is told as it is now that they are there. */
    confirm->deadline = mf_now() + MF_CONFIRM_ROUND_TIME;
    if (rounds.pause > PAUSE_FIRST && !confirm->behind && confirm->questions.mx && !mf_confirm_stopped(confirm))
        mf_confirm_look_behind(confirm);
    return NULL;
}
