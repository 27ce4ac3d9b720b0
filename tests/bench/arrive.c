/* How long after a server announces a message is the copy in hand?
 *   arrive MESSAGES SECONDS [LIMIT]
 * runs a scenario of MESSAGES flows by mf_run against a sink and an IMAP server of tests/fakes. Each message is put into
 * the mailbox at a random instant of its own after it was sent. From just before that to MF_EVENT_COPY, when the copy is
 * journaled, is printed:
 *   arrival SINCE_SENT LATENCY        microseconds, a line a message
 *   commands COUNT SECONDS            what the mailbox was asked, while it was watched
 * LIMIT is the site's `imap-commands` ("10/s"); then each message has a slot of SECONDS / MESSAGES of its own and comes at
 * a random instant in it, the first slot beginning 1 s after the send: a crowd at one instant can't be fetched by a budget.
 * Without it the harness may ask quickly at first, and as many messages come 3 to 30 ms after they were sent as 30 to
 * 300 ms, and so on.
 */
#include <ftw.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fakes/fake_ca.h"
#include "fakes/fake_imap.h"
#include "fakes/smtp_sink.h"
#include "mailflow/run.h"
#include "mailflow/trace.h"

#define MESSAGES_MAX 190 /* with 200 and more at once the harness fetches in batches */
#define EARLIEST (3 * MF_MS)

struct arrival {
    char *raw;
    size_t len;
    mf_usec sent, due, announced, seen;
};

struct bench {
    int messages;
    mf_usec latest;
    bool evenly;
    struct fake_imap *imap;
    pthread_mutex_t lock;
    pthread_cond_t sent;
    struct arrival arrivals[MESSAGES_MAX + 1]; /* by the number in the flow's name */
    int announced, seen;
    mf_usec first_sent, last_seen;
    size_t commands_before, commands_after;
    bool over;
    unsigned random;
};

static void give_up(const char *why)
{
    fprintf(stderr, "arrive: %s\n", why);
    exit(1);
}

/* ---- the mail's way: taken by the sink, put into the mailbox later ---- */

static double uniform(struct bench *bench)
{
    bench->random = bench->random * 1103515245u + 12345u;
    return (double)(bench->random >> 8 & 0xffff) / 65536;
}

static mf_usec some_time(struct bench *bench, int number)
{
    double low = (double)EARLIEST, high = (double)bench->latest, slot = high / bench->messages;
    if (bench->evenly)
        return MF_SECOND + (mf_usec)(slot * (number - 1 + uniform(bench)));
    return (mf_usec)(low * pow(high / low, uniform(bench)));
}

static size_t count_commands(struct fake_imap *imap)
{
    size_t count = 0;
    char *log = fake_imap_log(imap);
    for (const char *at = log; (at = strchr(at, '\n')); at++)
        count++;
    free(log);
    return count;
}

static void take(void *context, const char *message, size_t len)
{
    struct bench *bench = context;
    char *raw = strndup(message, len), *subject = strstr(raw, "Subject: arrival ");
    int number = subject ? atoi(subject + strlen("Subject: arrival ")) : 0;
    if (number < 1 || number > bench->messages)
        give_up("a message without its number came");
    pthread_mutex_lock(&bench->lock);
    mf_usec now = mf_now();
    if (!bench->first_sent) {
        bench->first_sent = now;
        bench->commands_before = count_commands(bench->imap);
    }
    bench->arrivals[number] = (struct arrival){.raw = raw, .len = len, .sent = now, .due = now + some_time(bench, number)};
    pthread_cond_signal(&bench->sent);
    pthread_mutex_unlock(&bench->lock);
}

static struct arrival *next_due(struct bench *bench)
{
    struct arrival *next = NULL;
    for (int i = 1; i <= bench->messages; i++) {
        struct arrival *arrival = &bench->arrivals[i];
        if (arrival->raw && !arrival->announced && (!next || arrival->due < next->due))
            next = arrival;
    }
    return next;
}

static void wait_until(struct bench *bench, mf_usec instant)
{
    mf_usec left = instant - mf_now();
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    mf_usec nsec = at.tv_nsec / 1000 + (left > 0 ? left : 0);
    at.tv_sec += nsec / MF_SECOND;
    at.tv_nsec = nsec % MF_SECOND * 1000;
    pthread_cond_timedwait(&bench->sent, &bench->lock, &at);
}

static void *announce(void *context)
{
    struct bench *bench = context;
    pthread_mutex_lock(&bench->lock);
    while (!bench->over && bench->announced < bench->messages) {
        struct arrival *next = next_due(bench);
        if (!next || mf_now() < next->due) {
            wait_until(bench, next ? next->due : mf_now() + MF_SECOND);
            continue;
        }
        bench->announced++;
        next->announced = mf_now();
        pthread_mutex_unlock(&bench->lock);
        fake_imap_deliver(bench->imap, "INBOX", next->raw, next->len, 0);
        pthread_mutex_lock(&bench->lock);
    }
    pthread_mutex_unlock(&bench->lock);
    return NULL;
}

static void progress(void *context, const struct mf_event *event)
{
    struct bench *bench = context;
    mf_usec now = mf_now();
    int number = event->kind == MF_EVENT_COPY && event->flow ? atoi(event->flow->name + strlen("arrival ")) : 0;
    if (number < 1 || number > bench->messages)
        return;
    pthread_mutex_lock(&bench->lock);
    bench->arrivals[number].seen = bench->last_seen = now;
    if (++bench->seen == bench->messages)
        bench->commands_after = count_commands(bench->imap);
    pthread_mutex_unlock(&bench->lock);
}

/* ---- the run ---- */

static void write_file(const char *dir, const char *name, const char *text)
{
    char path[300];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *out = fopen(path, "w");
    if (!out || fputs(text, out) < 0 || fclose(out) != 0)
        give_up("a temporary file can't be written");
}

static void write_files(const char *dir, int messages, int smtp, int imap, const char *ca, const char *limit)
{
    struct mf_text site = {0}, scenario = {0};
    mf_text_printf(&site, "domain: bench.example\n"
                          "servers:\n  primary:\n    smtp: smtp://127.0.0.1:%d\n    imap: imaps://127.0.0.1:%d\n"
                          "    login: {user: bob, password: {file: password}}\n    tls: {ca: %s}\n"
                          "people: {bob: bob@bench.example}\n"
                          "applications: {app: {address: app@bench.example, via: primary smtp}}\n"
                          "deadlines: {late: 30 s, within: 60 s, settle: 50 ms}\n", smtp, imap, ca);
    if (limit)
        mf_text_printf(&site, "limits: {imap-commands: %s}\n", limit);
    mf_text_puts(&scenario, "scenario: Arrivals\nflows:\n  - flow: arrival $(number)\n    from: app\n    to: bob\n    each: {number: [1");
    for (int i = 2; i <= messages; i++)
        mf_text_printf(&scenario, ", %d", i);
    mf_text_puts(&scenario, "]}\n");
    write_file(dir, "site.yaml", mf_text_str(&site));
    write_file(dir, "scenario.yaml", mf_text_str(&scenario));
    write_file(dir, "password", "secret\n");
    mf_text_release(&site);
    mf_text_release(&scenario);
}

static struct mf_plan *bind_plan(const char *dir)
{
    static const unsigned char secret[32] = "not a secret: it is only a bench";
    char site[300], scenario[300];
    snprintf(site, sizeof site, "%s/site.yaml", dir);
    snprintf(scenario, sizeof scenario, "%s/scenario.yaml", dir);
    const char *scenarios[] = {scenario};
    struct mf_plan_options options = {.site = site, .scenarios = scenarios, .scenario_count = 1, .run = "0123456789ab", .secret = secret};
    struct mf_files *files = mf_files_new();
    struct mf_diags *diags = mf_diags_new();
    struct mf_plan *plan = mf_plan_bind(&options, files, diags);
    if (!plan)
        mf_diags_print(diags, stderr, false);
    mf_diags_free(&diags);
    mf_files_free(&files);
    return plan;
}

static void run(struct bench *bench, const char *dir)
{
    char evidence[300];
    struct mf_diag d = {0};
    struct mf_run_options options = {.wait = MF_NEVER, .progress = progress, .context = bench};
    snprintf(evidence, sizeof evidence, "%s/evidence", dir);
    struct mf_plan *plan = bind_plan(dir);
    struct mf_journal *journal = plan ? mf_journal_create(evidence, &d) : NULL;
    struct mf_dns *dns = mf_dns_recorded(); /* addresses need none */
    if (!journal || mf_run(plan, dns, journal, NULL, &options, &d) < 0)
        give_up(plan ? d.title : "its own scenario can't be bound");
    mf_journal_close(&journal, &d);
    mf_dns_free(&dns);
    mf_plan_free(&plan);
}

static int tell(struct bench *bench)
{
    int missing = 0;
    for (int i = 1; i <= bench->messages; i++) {
        struct arrival *arrival = &bench->arrivals[i];
        if (arrival->seen && arrival->announced)
            printf("arrival %lld %lld\n", (long long)(arrival->announced - arrival->sent), (long long)(arrival->seen - arrival->announced));
        else
            missing++;
        free(arrival->raw);
    }
    double watched = (double)(bench->last_seen - bench->first_sent) / 1e6;
    printf("commands %zu %.3f\n", bench->commands_after - bench->commands_before, watched);
    if (missing)
        fprintf(stderr, "arrive: %d of %d messages were not seen\n", missing, bench->messages);
    return missing ? 1 : 0;
}

static int remove_entry(const char *path, const struct stat *st, int kind, struct FTW *walk)
{
    (void)st;
    (void)kind;
    (void)walk;
    return remove(path);
}

static void read_arguments(struct bench *bench, int argc, char **argv)
{
    pthread_condattr_t clock;
    bench->messages = argc >= 3 ? atoi(argv[1]) : 0;
    bench->latest = argc >= 3 ? (mf_usec)(atof(argv[2]) * 1e6) : 0;
    bench->evenly = argc > 3;
    bench->random = (unsigned)mf_now();
    if (bench->messages < 1 || bench->messages > MESSAGES_MAX || bench->latest < EARLIEST)
        give_up("usage: arrive MESSAGES SECONDS [LIMIT]");
    pthread_mutex_init(&bench->lock, NULL);
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_cond_init(&bench->sent, &clock);
}

static void run_and_announce(struct bench *bench, const char *dir)
{
    pthread_t announcer;
    if (pthread_create(&announcer, NULL, announce, bench) != 0)
        give_up("no thread can be started");
    run(bench, dir);
    pthread_mutex_lock(&bench->lock);
    bench->over = true;
    pthread_cond_signal(&bench->sent);
    pthread_mutex_unlock(&bench->lock);
    pthread_join(announcer, NULL);
}

int main(int argc, char **argv)
{
    static struct bench bench;
    char dir[256];
    mf_trace_init();
    read_arguments(&bench, argc, argv);
    struct fake_ca *ca = fake_ca_new("bench");
    struct ssl_ctx_st *tls = fake_ca_issue(ca, "127.0.0.1", -1, 10);
    struct fake_imap_options imap = {.tls = tls, .implicit_tls = true, .mechanisms = "PLAIN", .login = {.user = "bob", .password = "secret"}};
    struct smtp_sink_options smtp = {.take = take, .context = &bench};
    bench.imap = fake_imap_start(&imap);
    struct smtp_sink *sink = smtp_sink_start(&smtp);
    snprintf(dir, sizeof dir, "%s/mailflow-bench.XXXXXX", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
    if (!bench.imap || !sink || !mkdtemp(dir))
        give_up("the servers can't be started");
    write_files(dir, bench.messages, smtp_sink_port(sink), fake_imap_port(bench.imap), fake_ca_file(ca), argc > 3 ? argv[3] : NULL);
    run_and_announce(&bench, dir);
    int status = tell(&bench);
    smtp_sink_stop(&sink);
    fake_imap_stop(&bench.imap);
    fake_tls_free(&tls);
    fake_ca_free(&ca);
    nftw(dir, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
    return status;
}
