/* Live progress on stderr. On a terminal: what is awaited and how long, rewritten in place, as many
 * flows as fit. Elsewhere: a plain line for what an administrator would want in a log. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
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

/* A record that is asked for again and again. */
struct record {
    const struct mf_dns_row *row;
    bool there;
    mf_usec since, until, again;
    char words[320];
};

struct progress {
    FILE *out;
    bool terminal, color;
    const struct mf_plan *plan;
    struct row *rows;
    struct record *records;
    size_t record_count;
    bool mail_is_over;
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

static const char *record_name(const struct progress *p, const struct mf_dns_row *row, char *buffer, size_t size)
{
    snprintf(buffer, size, "%s%s", mf_dns_row_label(row), row->table != p->plan->site->dns ? " (before)" : "");
    return buffer;
}

static size_t columns_of(FILE *out)
{
    struct winsize size;
    return ioctl(fileno(out), TIOCGWINSZ, &size) == 0 && size.ws_col ? size.ws_col : 80;
}

/* As many octets of a text as take so many columns: a line that wraps could not be wiped. */
static int fitting(const char *text, size_t columns)
{
    size_t len = 0;
    for (size_t used = 0; text[len]; len++) {
        used += ((unsigned char)text[len] & 0xC0) != 0x80;
        if (used > columns)
            break;
    }
    return (int)len;
}

/* "wait   MX record   ns2 answers 10 mail.net-it.com, SOA serial 9, again in 10 s, 5:12 of 6:00:00" */
static void draw_record(struct progress *p, const struct record *record, mf_usec now)
{
    char name[40], took[32], whole[32], next[32], times[120];
    mf_duration_text(now - record->since, took, sizeof took);
    mf_duration_text(record->until - record->since, whole, sizeof whole);
    mf_duration_text(record->again > now ? record->again - now : 0, next, sizeof next);
    size_t len = (size_t)snprintf(times, sizeof times, ", again in %s, %s of %s", next, took, whole);
    size_t columns = columns_of(p->out), taken = 9 + 21 + len;
    int words = fitting(record->words, columns > taken ? columns - taken : 0);
    fprintf(p->out, "  %swait%s   %-20.20s %.*s%.*s\n", p->color ? "\033[33m" : "", p->color ? "\033[0m" : "",
            record_name(p, record->row, name, sizeof name), words, record->words,
            fitting(times, columns > 30 ? columns - 30 : 0), times);
    p->drawn++;
}

static void draw_records(struct progress *p, mf_usec now)
{
    for (size_t i = 0; i < p->record_count; i++)
        if (!p->records[i].there && p->records[i].again)
            draw_record(p, &p->records[i], now);
}

static void draw(struct progress *p)
{
    mf_usec now = mf_now();
    char took[32];
    size_t shown = 0, more = 0;
    wipe(p);
    draw_records(p, now);
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
    mf_duration_text(now - p->started, took, sizeof took);
    if (p->plan->flow_count)
        fprintf(p->out, "  %s; %zu sent, %zu copies seen, %s\n", p->note, p->sent, p->copies, took);
    else
        fprintf(p->out, "  %s, %s\n", p->note, took);
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
    if (plan->flow_count == 0)
        snprintf(p->note, sizeof p->note, "asking the name servers");
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
    free(p->records);
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
    case MF_EVENT_RECORD_AWAITED: /* see note_record */
    case MF_EVENT_RECORD_THERE:
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

static struct record *record_of(struct progress *p, const struct mf_dns_row *row)
{
    for (size_t i = 0; i < p->record_count; i++)
        if (p->records[i].row == row)
            return &p->records[i];
    p->records = mf_xrealloc(p->records, (p->record_count + 1) * sizeof *p->records);
    struct record *record = &p->records[p->record_count++];
    *record = (struct record){.row = row};
    return record;
}

/* What has changed since the last round, with the time: it stays, also on a terminal. */
static void tell_change(struct progress *p, const struct record *record)
{
    char when[16], name[40];
    time_t now = time(NULL);
    struct tm local;
    localtime_r(&now, &local);
    strftime(when, sizeof when, "%H:%M:%S", &local);
    wipe(p);
    fprintf(p->out, "  %s  %s%s: %s\n", when, record_name(p, record->row, name, sizeof name),
            record->there ? " is there" : "", record->words);
    fflush(p->out);
}

static void note_record(struct progress *p, const struct mf_event *event)
{
    struct record *record = record_of(p, event->row), before = *record;
    *record = (struct record){.row = event->row,
                              .there = event->kind == MF_EVENT_RECORD_THERE,
                              .since = event->since,
                              .until = event->until,
                              .again = event->again};
    snprintf(record->words, sizeof record->words, "%s", event->words ? event->words : "");
    if (before.there != record->there || (!record->there && strcmp(before.words, record->words) != 0))
        tell_change(p, record);
    if (p->mail_is_over && event->again)
        snprintf(p->note, sizeof p->note, "waiting for the records");
}

void progress_event(void *progress, const struct mf_event *event)
{
    struct progress *p = progress;
    pthread_mutex_lock(&p->lock);
    if (event->flow)
        note_flow(p, event);
    if (event->kind == MF_EVENT_SENDING)
        snprintf(p->note, sizeof p->note, "waiting for mail");
    if (event->row)
        note_record(p, event);
    p->mail_is_over = p->mail_is_over || event->kind == MF_EVENT_CLEANING;
    if (event->kind == MF_EVENT_CLEANING)
        snprintf(p->note, sizeof p->note, "removing the test messages");
    if (event->kind == MF_EVENT_UNREADABLE && event->mailbox)
        snprintf(p->note, sizeof p->note, "%s can't be read", event->mailbox->label);
    if (!p->terminal)
        plain_line(p, event);
    pthread_mutex_unlock(&p->lock);
}
