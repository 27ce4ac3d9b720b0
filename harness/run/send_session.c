/* The session of a worker: the connection to one target, kept from message to message. */
#include <stdio.h>
#include <string.h>

#include "mailflow/login.h"
#include "run/lane_internal.h"

#define CONNECT_TIME (10 * MF_SECOND)

void mf_worker_drop_session(struct mf_worker *worker)
{
    pthread_mutex_lock(&worker->engine->lock);
    struct mf_smtp *session = worker->session;
    worker->session = NULL;
    pthread_mutex_unlock(&worker->engine->lock);
    worker->target = NULL;
    mf_smtp_free(&session);
}

static bool leads_to(const struct mf_worker *worker, const struct mf_target *target)
{
    return worker->session && worker->target->port == target->port && strcmp(worker->target->address, target->address) == 0;
}

/* Secrets are had now and gone again as soon as the session has its own copy. */
int mf_worker_open_session(struct mf_worker *worker, const struct mf_target *target, bool fresh, mf_usec deadline, struct mf_diag *d)
{
    const struct mf_via *via = worker->lane->via;
    struct mf_credentials credentials = {0};
    bool login = via->login && via->login->kind != MF_LOGIN_NONE;
    char label[320];
    if (leads_to(worker, target) && !fresh)
        return 0;
    mf_worker_drop_session(worker);
    if (login && mf_logins_get(worker->engine->logins, via->login, fresh, deadline, &credentials, d) < 0)
        return -1;
    snprintf(label, sizeof label, "smtp://%s:%d", target->host, target->port);
    struct mf_smtp_options options = {
        .endpoint = {.address = target->address, .port = target->port, .tls_name = target->host, .tls_mode = target->tls_mode,
                     .tls = target->tls, .source = target->source, .label = via->door ? via->door->url : label},
        .ehlo = via->helo, .credentials = login ? &credentials : NULL, .connect_timeout = CONNECT_TIME};
    struct mf_smtp *session = mf_smtp_new(&options);
    mf_credentials_wipe(&credentials);
    worker->target = target;
    pthread_mutex_lock(&worker->engine->lock);
    worker->session = session;
    pthread_mutex_unlock(&worker->engine->lock);
    return 0;
}
