/* mailflow check: every login, folder, port, certificate and token of the site, looked at side by
 * side, told in order.
 */
#include <stdio.h>
#include <stdlib.h>

#include "run/check_internal.h"

#define SIDE_BY_SIDE 8
#define JOB_TIME (25 * MF_SECOND)

struct checking {
    const struct mf_plan *plan;
    struct mf_resolver *resolver;
    struct mf_logins *logins;
    struct mf_arena *arena;
    struct mf_job *jobs;
    size_t count, capacity;
    pthread_mutex_t lock;
    pthread_cond_t done;
    size_t next;
};

/* ---- what there is to look at ---- */

static struct mf_job *add(struct checking *c, enum mf_job_kind kind, const struct mf_door *door, const struct mf_login *login, const char *who)
{
    struct mf_job *job = MF_PUSH(c->arena, c->jobs, c->count, c->capacity);
    *job = (struct mf_job){.kind = kind, .door = door, .login = login, .who = who, .place = door ? door->place : login->place,
                           .resolver = c->resolver, .logins = c->logins};
    return job;
}

static bool can_log_in(const struct mf_login *login)
{
    return login && (login->kind == MF_LOGIN_PASSWORD || login->kind == MF_LOGIN_OAUTH2);
}

/* A submission door is tried with every login that leads there. */
static void add_submission(struct checking *c, const struct mf_server *server, const struct mf_door *door)
{
    const struct mf_site *site = c->plan->site;
    bool tried = false;
    for (size_t i = 0; i < site->mailbox_count; i++) {
        if (site->mailboxes[i].server != server || !can_log_in(site->mailboxes[i].login))
            continue;
        add(c, MF_JOB_SMTP, door, site->mailboxes[i].login, site->mailboxes[i].label)->place = site->mailboxes[i].login->place;
        tried = true;
    }
    if (!tried)
        add(c, MF_JOB_SMTP, door, NULL, "");
}

static void add_imap(struct checking *c, const struct mf_server *server)
{
    const struct mf_site *site = c->plan->site;
    bool first = true;
    for (size_t i = 0; i < site->mailbox_count; i++) {
        const struct mf_mailbox *mailbox = &site->mailboxes[i];
        if (mailbox->server != server || !can_log_in(mailbox->login))
            continue;
        if (first)
            add(c, MF_JOB_IMAP_DOOR, server->imap, mailbox->login, "");
        first = false;
        add(c, MF_JOB_MAILBOX, server->imap, mailbox->login, mailbox->label)->place = mailbox->login->place;
    }
}

static void add_token(struct checking *c, const struct mf_login *login)
{
    if (!login || login->kind != MF_LOGIN_OAUTH2)
        return;
    for (size_t i = 0; i < c->count; i++)
        if (c->jobs[i].kind == MF_JOB_TOKEN && c->jobs[i].login->oauth2 == login->oauth2)
            return;
    add(c, MF_JOB_TOKEN, NULL, login, login->user ? login->user : "");
}

static void add_application(struct checking *c, const struct mf_application *application)
{
    const struct mf_via *via = application->via;
    if (via->kind != MF_VIA_DOORS)
        return;
    struct mf_job *job = add(c, MF_JOB_SMTP, via->door, can_log_in(via->login) ? via->login : NULL, application->name);
    job->helo = via->helo;
    job->source = via->source;
    job->place = application->place;
}

static void add_server(struct checking *c, const struct mf_server *server)
{
    for (size_t i = 0; i < server->submission_count; i++)
        add_submission(c, server, &server->submission[i]);
    for (size_t i = 0; i < server->smtp_count; i++)
        add(c, MF_JOB_SMTP, &server->smtp[i], NULL, "");
    if (server->imap)
        add_imap(c, server);
}

static void collect(struct checking *c)
{
    const struct mf_site *site = c->plan->site;
    for (size_t i = 0; i < site->mailbox_count; i++)
        add_token(c, site->mailboxes[i].login);
    for (size_t i = 0; i < site->server_count; i++)
        add_server(c, &site->servers[i]);
    for (size_t i = 0; i < site->application_count; i++)
        add_application(c, &site->applications[i]);
}

/* ---- side by side ---- */

static void *work(void *context)
{
    struct checking *c = context;
    pthread_mutex_lock(&c->lock);
    while (c->next < c->count) {
        struct mf_job *job = &c->jobs[c->next++];
        pthread_mutex_unlock(&c->lock);
        job->deadline = mf_now() + JOB_TIME;
        mf_job_do(job);
        pthread_mutex_lock(&c->lock);
        job->done = true;
        pthread_cond_broadcast(&c->done);
    }
    pthread_mutex_unlock(&c->lock);
    return NULL;
}

static void wait_for(struct checking *c, const struct mf_job *job)
{
    pthread_mutex_lock(&c->lock);
    while (!job->done) { /* each job ends by its own deadline */
        struct timespec tick = mf_engine_time(mf_now() + MF_SECOND);
        pthread_cond_timedwait(&c->done, &c->lock, &tick);
    }
    pthread_mutex_unlock(&c->lock);
}

static void take(struct mf_arena *arena, const struct mf_job *job, struct mf_probe *probe)
{
    const char *url = job->door ? job->door->url : job->login->oauth2->token_url ? job->login->oauth2->token_url : "token command";
    *probe = (struct mf_probe){.state = job->state, .what = mf_copy(arena, url), .who = mf_copy(arena, job->who),
                               .words = mf_copy(arena, job->words), .hint = mf_copy(arena, job->hint), .place = job->place};
}

struct mf_probe *mf_run_check(const struct mf_plan *plan, struct mf_dns *dns, struct mf_arena *arena, size_t *count,
                              void (*told)(void *context, const struct mf_probe *probe), void *context)
{
    struct checking c = {.plan = plan, .resolver = mf_resolver_new(dns), .logins = mf_logins_new(), .arena = mf_arena_new()};
    pthread_t threads[SIDE_BY_SIDE];
    size_t started = 0;
    collect(&c);
    pthread_mutex_init(&c.lock, NULL);
    mf_engine_cond_init(&c.done);
    while (started < SIDE_BY_SIDE && started < c.count && pthread_create(&threads[started], NULL, work, &c) == 0)
        started++;
    if (started == 0)
        work(&c);
    struct mf_probe *probes = mf_alloc_array(arena, c.count, sizeof *probes);
    for (size_t i = 0; i < c.count; i++) {
        wait_for(&c, &c.jobs[i]);
        take(arena, &c.jobs[i], &probes[i]);
        if (told)
            told(context, &probes[i]);
    }
    for (size_t i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
    *count = c.count;
    pthread_cond_destroy(&c.done);
    pthread_mutex_destroy(&c.lock);
    mf_logins_free(&c.logins);
    mf_resolver_free(&c.resolver);
    mf_arena_free(&c.arena);
    return probes;
}
