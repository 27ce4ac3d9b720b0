#include "world.h"

#include <ftw.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "unit/test.h"

#include "fakes/fake_ca.h"
#include "fakes/fake_server.h"

struct world_private {
    struct world_options options;
    struct fake_ca *ca;
    struct ssl_ctx_st *tls;
    struct mf_files *files;
    struct mf_diags *diags;
    struct mf_dns *dns;
    struct mf_journal *journal;
    pthread_t carrier;
    bool carrying, ended;
    pthread_mutex_t lock;
    char folder[WORLD_FOLDER];
    int imap_port;
    char *scenario;
    struct mf_text events;
};

const char world_raw[] = "From: app@net-it.com\r\nTo: bob@net-it.com\r\nSubject: raw\r\nMessage-ID: <raw-1@net-it.com>\r\n\r\nhello\r\n";
static const unsigned char secret[32] = "thirty-two bytes, known to tests";
static const char secret_hex[] = "7468697274792d74776f2062797465732c206b6e6f776e20746f207465737473";

/* ---- the carrier ---- */

static void carry(struct world *world, struct fake_mail mail)
{
    struct world_private *p = world->more;
    char folder[WORLD_FOLDER];
    pthread_mutex_lock(&p->lock);
    memcpy(folder, p->folder, sizeof folder);
    pthread_mutex_unlock(&p->lock);
    for (int i = 0; folder[0] && world->imap && i < (p->options.copies ? p->options.copies : 1); i++) {
        usleep((useconds_t)p->options.delay_ms * 1000);
        struct mf_text text = {0};
        mf_text_puts(&text, p->options.wrap ? p->options.wrap : "Received: from here by there; Mon, 23 Nov 2026 02:14:07 +0000\r\n");
        mf_text_add(&text, mail.data, mail.len);
        fake_imap_deliver(world->imap, folder, text.data, text.len, 0);
        mf_text_release(&text);
    }
}

static void *carrier(void *context)
{
    struct world *world = context;
    struct world_private *p = world->more;
    for (size_t done = 0;;) {
        pthread_mutex_lock(&p->lock);
        bool ended = p->ended;
        pthread_mutex_unlock(&p->lock);
        if (ended)
            return NULL;
        if (done < fake_smtp_count(world->smtp))
            carry(world, fake_smtp_mail(world->smtp, done++));
        else
            usleep(500);
    }
}

void world_set_delivery(struct world *world, const char *folder)
{
    pthread_mutex_lock(&world->more->lock);
    snprintf(world->more->folder, sizeof world->more->folder, "%s", folder);
    pthread_mutex_unlock(&world->more->lock);
}

/* ---- building ---- */

static void start_servers(struct world *world)
{
    struct world_private *p = world->more;
    struct world_options *options = &p->options;
    p->ca = fake_ca_new("test authority");
    p->tls = fake_ca_issue(p->ca, "127.0.0.1 localhost", -1, 90);
    options->imap.tls = p->tls;
    options->imap.implicit_tls = true;
    options->imap.login.user = options->imap.login.user ? options->imap.login.user : "reader";
    options->imap.login.password = options->imap.login.password ? options->imap.login.password : "secret";
    if (options->submission) {
        options->smtp.tls = p->tls;
        options->smtp.implicit_tls = true;
        options->smtp.mechanisms = options->smtp.mechanisms ? options->smtp.mechanisms : "PLAIN";
        options->smtp.login.user = options->smtp.login.user ? options->smtp.login.user : "reader";
        options->smtp.login.password = options->smtp.login.password ? options->smtp.login.password : "secret";
    }
    world->smtp = options->no_smtp ? NULL : fake_smtp_start(&options->smtp);
    world->imap = options->no_imap ? NULL : fake_imap_start(&options->imap);
    p->imap_port = world->imap ? fake_imap_port(world->imap) : fake_free_port();
}

static char *site_text(const struct world *world)
{
    const struct world_private *p = world->more;
    struct mf_text text = {0};
    mf_text_printf(&text,
                   "site: world\ndomain: net-it.com\n"
                   "servers:\n"
                   "  primary:\n"
                   "    %s://127.0.0.1:%d\n"
                   "    imap: imaps://127.0.0.1:%d\n"
                   "    login: %s\n"
                   "    tls: {ca: %s}\n"
                   "people:\n  alice: alice@net-it.com\n  bob: bob@net-it.com\n"
                   "%s"
                   "deadlines: %s\n%s",
                   p->options.submission ? "submission: smtps" : "smtp: smtp",
                   world->smtp ? fake_smtp_port(world->smtp) : fake_free_port(), p->imap_port,
                   p->options.login ? p->options.login : "{user: reader, password: {env: WORLD_PASSWORD}}", fake_ca_file(p->ca),
                   p->options.submission ? "" : "applications:\n  app: {address: app@net-it.com, via: primary smtp}\n",
                   p->options.deadlines ? p->options.deadlines : "{late: 1 s, within: 1500 ms, settle: 60 ms}",
                   p->options.site ? p->options.site : "");
    return text.data;
}

static void bind_plan(struct world *world, const char *scenario)
{
    struct world_private *p = world->more;
    static const char *const paths[] = {"x.yaml"};
    char *site = site_text(world), head[] = "scenario: world\n";
    struct mf_text text = {0};
    mf_text_printf(&text, "%s%s", head, scenario);
    p->scenario = text.data;
    struct mf_bytes ca;
    struct mf_diag d = {0};
    struct mf_files *disk = mf_files_new();
    if (mf_files_read(disk, fake_ca_file(p->ca), &ca, &d) == 0)
        mf_files_snapshot(p->files, fake_ca_file(p->ca), ca);
    mf_files_snapshot(p->files, "site.yaml", mf_bytes_of(site));
    mf_files_snapshot(p->files, "x.yaml", mf_bytes_of(p->scenario));
    mf_files_snapshot(p->files, "raw.eml", mf_bytes_of(world_raw));
    setenv("WORLD_PASSWORD", "secret", 1);
    struct mf_plan_options options = {.site = "site.yaml", .scenarios = paths, .scenario_count = 1, .run = "7f3a", .secret = secret};
    world->plan = mf_plan_bind(&options, p->files, p->diags);
    if (!world->plan) {
        mf_diags_print(p->diags, stderr, false);
        fail_msg("the plan can't be bound");
    }
    mf_files_free(&disk);
    free(site);
}

static const char *kind_word(enum mf_event_kind kind)
{
    static const char *const words[] = {"opening", "opened", "unreadable", "lost", "sending", "accepted", "refused", "deferred",
                                        "unknown", "trouble", "copy", "complete", "cleaning", "removed"};
    return words[kind];
}

static void note_event(void *context, const struct mf_event *event)
{
    struct world *world = context;
    mf_text_printf(&world->more->events, "%s %s %s\n", kind_word(event->kind), event->flow ? event->flow->name : "-",
                   event->mailbox ? event->mailbox->label : "-");
}

struct world *world_new(const struct world_options *options, const char *scenario)
{
    struct world *world = calloc(1, sizeof *world);
    struct world_private *p = world->more = calloc(1, sizeof *p);
    p->options = *options;
    pthread_mutex_init(&p->lock, NULL);
    snprintf(p->folder, sizeof p->folder, "%s", options->folder ? options->folder : "INBOX");
    char dir[] = "/tmp/mailflow-run-XXXXXX";
    assert_non_null(mkdtemp(dir));
    world->dir = strdup(dir);
    start_servers(world);
    p->files = mf_files_new();
    p->diags = mf_diags_new();
    bind_plan(world, scenario);
    p->dns = mf_dns_recorded();
    world->run = (struct mf_run_options){.wait = MF_NEVER, .progress = note_event, .context = world};
    p->carrying = world->smtp && pthread_create(&p->carrier, NULL, carrier, world) == 0;
    return world;
}

/* ---- running ---- */

struct mf_journal *world_journal(struct world *world)
{
    struct mf_journal *journal = mf_journal_create(world->dir, &world->d);
    if (!journal)
        fail_msg("%s", world->d.title);
    struct mf_rec_run run = {.at = mf_now(), .version = "test", .run = "7f3a", .secret_hex = secret_hex, .site = "site.yaml", .host = "here", .egress = ""};
    assert_int_equal(mf_journal_run(journal, &run, &world->d), 0);
    return journal;
}

static void run_with(struct world *world, struct mf_journal *journal, const struct mf_evidence *before)
{
    mf_usec started = mf_now();
    world->d = (struct mf_diag){0};
    world->result = mf_run(world->plan, world->more->dns, journal, before, &world->run, &world->d);
    world->took = mf_now() - started;
    mf_journal_close(&journal, NULL);
    world->events = world->more->events.data ? world->more->events.data : "";
    struct mf_diag d = {0};
    mf_evidence_free(&world->evidence);
    world->evidence = mf_evidence_load(world->dir, NULL, &d);
    if (!world->evidence)
        fail_msg("%s", d.title);
}

void world_run(struct world *world)
{
    run_with(world, world_journal(world), NULL);
}

void world_resume(struct world *world)
{
    struct mf_diag d = {0};
    struct mf_evidence *before = mf_evidence_load(world->dir, NULL, &d);
    struct mf_journal *journal = mf_journal_append(world->dir, &d);
    if (!before || !journal)
        fail_msg("%s", d.title);
    struct mf_rec_run run = before->run;
    run.at = mf_now();
    run.resumed = true;
    assert_int_equal(mf_journal_run(journal, &run, &d), 0);
    run_with(world, journal, before);
    mf_evidence_free(&before);
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *walk)
{
    (void)st, (void)kind, (void)walk;
    return remove(path);
}

void world_free(struct world **world)
{
    struct world *w = *world;
    struct world_private *p = w->more;
    pthread_mutex_lock(&p->lock);
    p->ended = true;
    pthread_mutex_unlock(&p->lock);
    if (p->carrying)
        pthread_join(p->carrier, NULL);
    mf_evidence_free(&w->evidence);
    mf_dns_free(&p->dns);
    mf_plan_free(&w->plan);
    mf_diags_free(&p->diags);
    mf_files_free(&p->files);
    if (w->smtp)
        fake_smtp_stop(&w->smtp);
    if (w->imap)
        fake_imap_stop(&w->imap);
    fake_tls_free(&p->tls);
    fake_ca_free(&p->ca);
    mf_text_release(&p->events);
    free(p->scenario);
    nftw(w->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    free(w->dir);
    pthread_mutex_destroy(&p->lock);
    free(p);
    free(w);
    *world = NULL;
}

/* ---- looking ---- */

const struct mf_flow *world_flow(const struct world *world, const char *name)
{
    for (size_t i = 0; i < world->plan->flow_count; i++)
        if (strcmp(world->plan->flows[i].name, name) == 0)
            return &world->plan->flows[i];
    fail_msg("no flow \"%s\"", name);
    return NULL;
}

const struct mf_flow_evidence *world_seen(const struct world *world, const char *name)
{
    return mf_evidence_flow(world->evidence, world_flow(world, name)->id);
}

struct mf_handing world_handing(const struct world *world, const char *name, const char *recipient)
{
    return mf_evidence_handing(world_seen(world, name), recipient);
}

size_t world_arrivals(const struct world *world, const char *name)
{
    const struct mf_flow_evidence *seen = world_seen(world, name);
    return seen ? seen->arrival_count : 0;
}

struct mf_coverage_answer world_coverage(const struct world *world, const char *name, const char *mailbox)
{
    const struct mf_flow *flow = world_flow(world, name);
    const struct mf_flow_evidence *seen = world_seen(world, name);
    struct mf_handing handing = mf_evidence_handing(seen, flow->recipients[0].address);
    return mf_evidence_coverage(world->evidence, mailbox, seen->attempts[0].intent.at, handing.accepted_at + flow->within, flow->settle);
}
