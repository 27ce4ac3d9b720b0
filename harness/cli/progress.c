/* Live progress on stderr. On a terminal: what is awaited and how long, rewritten in place, as many
 * flows as fit. Elsewhere: a plain line for what an administrator would want in a log. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/session.h"

#define SHOWN_MAX 12
#define REDRAW_MS 100
#define PLAIN_FLOWS_MAX 60 /* more flows than this: only troubles get a plain line */

enum state { STATE_WAITING, STATE_SENT, STATE_DEFERRED, STATE_DONE };
struct row {
    enum state state;
    mf_usec since, until, retry;
    char words[160];
};

struct progress {
    FILE *out;
    bool terminal, color;
    const struct mf_plan *plan;
    struct row *rows;
    size_t drawn; /* lines now on the screen */
    size_t done, sent, copies;
    char note[200]; /* what happens to the mailboxes */
    mf_usec started;
    bool ended;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    pthread_t ticker;
};

static void wipe(struct progress *p)
{
    for (; p->drawn; p->drawn--)
        fputs("\033[1A\033[2K", p->out);
}

static void draw_row(struct progress *p, const struct mf_flow *flow, const struct row *row, mf_usec now)
{
    char took[32], whole[32], next[32];
    fprintf(p->out, "  %swait%s   %-26.40s ", p->color ? "\033[33m" : "", p->color ? "\033[0m" : "", flow->name);
    mf_duration_text(now - row->since, took, sizeof took);
    mf_duration_text(row->until - row->since, whole, sizeof whole);
    bool late = row->since && flow->late && now - row->since > flow->late;
    if (row->state == STATE_DEFERRED)
        fprintf(p->out, "DELAYED, %s of %s: %.60s, again in %s\n", took, whole, row->words,
                mf_duration_text(row->retry - now, next, sizeof next));
    else if (row->state == STATE_SENT)
        fprintf(p->out, "%s%s of %s\n", late ? "DELAYED, " : "awaited, ", took, whole);
    else
        fprintf(p->out, "not sent yet\n");
    p->drawn++;
}

static void draw(struct progress *p)
{
    mf_usec now = mf_now();
    char took[32];
    size_t shown = 0, more = 0;
    wipe(p);
    for (size_t i = 0; i < p->plan->flow_count; i++) {
        const struct mf_flow *flow = &p->plan->flows[i];
        if (p->rows[i].state == STATE_DONE || flow->skip || flow->not_built || flow->section->skip || flow->of)
            continue;
        if (shown == SHOWN_MAX)
            more++;
        else
            shown++, draw_row(p, flow, &p->rows[i], now);
    }
    if (more)
        p->drawn++, fprintf(p->out, "         and %zu more\n", more);
    fprintf(p->out, "  %s; %zu sent, %zu copies seen, %s\n", p->note, p->sent, p->copies,
            mf_duration_text(now - p->started, took, sizeof took));
    p->drawn++;
    fflush(p->out);
}

static void *tick(void *context)
{
    struct progress *p = context;
    pthread_mutex_lock(&p->lock);
    while (!p->ended) {
        struct timespec until;
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_nsec += REDRAW_MS * 1000000L;
        until.tv_sec += until.tv_nsec / 1000000000L;
        until.tv_nsec %= 1000000000L;
        pthread_cond_timedwait(&p->wake, &p->lock, &until);
        if (!p->ended)
            draw(p);
    }
    pthread_mutex_unlock(&p->lock);
    return NULL;
}

struct progress *progress_new(const struct mf_plan *plan, FILE *out)
{
    struct progress *p = mf_xmalloc(sizeof *p);
    *p = (struct progress){.out = out, .plan = plan, .terminal = isatty(fileno(out)), .color = cli_color(out),
                           .started = mf_now(), .note = "opening the mailboxes"};
    p->rows = mf_xmalloc((plan->flow_count + 1) * sizeof *p->rows);
    memset(p->rows, 0, (plan->flow_count + 1) * sizeof *p->rows);
    pthread_mutex_init(&p->lock, NULL);
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&p->wake, &attributes);
    pthread_condattr_destroy(&attributes);
    if (p->terminal && pthread_create(&p->ticker, NULL, tick, p) != 0)
        p->terminal = false;
    return p;
}

void progress_free(struct progress **progress)
{
    struct progress *p = *progress;
    if (!p)
        return;
    if (p->terminal) {
        pthread_mutex_lock(&p->lock);
        p->ended = true;
        pthread_cond_signal(&p->wake);
        pthread_mutex_unlock(&p->lock);
        pthread_join(p->ticker, NULL);
        wipe(p);
        fflush(p->out);
    }
    pthread_cond_destroy(&p->wake);
    pthread_mutex_destroy(&p->lock);
    free(p->rows);
    free(p);
    *progress = NULL;
}

static const char *verb(enum mf_event_kind kind)
{
    switch (kind) {
    case MF_EVENT_OPENING:
    case MF_EVENT_OPENED:
    case MF_EVENT_CLEANING:
    case MF_EVENT_REMOVED:
    case MF_EVENT_SENDING:
    case MF_EVENT_COMPLETE:
        return NULL; /* not worth a line in a log */
    case MF_EVENT_UNREADABLE:
        return "unreadable";
    case MF_EVENT_LOST:
        return "connection lost";
    case MF_EVENT_ACCEPTED:
        return "accepted";
    case MF_EVENT_REFUSED:
        return "refused";
    case MF_EVENT_DEFERRED:
        return "deferred";
    case MF_EVENT_UNKNOWN:
        return "outcome unknown";
    case MF_EVENT_TROUBLE:
        return "trouble";
    case MF_EVENT_COPY:
        return "seen";
    }
    return NULL;
}

static bool is_routine(enum mf_event_kind kind)
{
    return kind == MF_EVENT_ACCEPTED || kind == MF_EVENT_COPY;
}

static void plain_line(struct progress *p, const struct mf_event *event)
{
    const char *what = verb(event->kind);
    if (!what || (is_routine(event->kind) && p->plan->flow_count > PLAIN_FLOWS_MAX))
        return;
    fprintf(p->out, "  %-15s %s%s%s%s%.300s\n", what, event->flow ? event->flow->name : "",
            event->flow && event->mailbox ? ", " : "", event->mailbox ? event->mailbox->label : "",
            event->words && *event->words ? ": " : "", event->words ? event->words : "");
    fflush(p->out);
}

static void note_flow(struct progress *p, const struct mf_event *event)
{
    struct row *row = &p->rows[event->flow->index];
    row->since = event->since ? event->since : row->since;
    if (event->kind == MF_EVENT_DEFERRED) {
        row->state = STATE_DEFERRED;
        row->retry = event->until;
        snprintf(row->words, sizeof row->words, "%s", event->words ? event->words : "");
    } else if (event->kind == MF_EVENT_ACCEPTED) {
        row->state = STATE_SENT;
        row->until = event->until;
        p->sent++;
    } else if (event->kind == MF_EVENT_COMPLETE) {
        p->done += row->state != STATE_DONE;
        row->state = STATE_DONE;
    } else if (event->kind == MF_EVENT_COPY) {
        p->copies++;
    }
}

void progress_event(void *progress, const struct mf_event *event)
{
    struct progress *p = progress;
    pthread_mutex_lock(&p->lock);
    if (event->flow)
        note_flow(p, event);
    if (event->kind == MF_EVENT_SENDING)
        snprintf(p->note, sizeof p->note, "waiting for mail");
    if (event->kind == MF_EVENT_CLEANING)
        snprintf(p->note, sizeof p->note, "removing the test messages");
    if (event->kind == MF_EVENT_UNREADABLE && event->mailbox)
        snprintf(p->note, sizeof p->note, "%s can't be read", event->mailbox->label);
    if (!p->terminal)
        plain_line(p, event);
    pthread_mutex_unlock(&p->lock);
}
