/* One try of a delivery: over the targets of its lane in turn, until an answer is had or none is left;
 * then the policy says whether there is another try. */
#include <stdio.h>
#include <string.h>

#include "run/send_internal.h"

#define TRY_TIME (300 * MF_SECOND)

struct trying {
    struct mf_worker *worker;
    struct mf_delivery *delivery;
    const struct mf_target *target; /* NULL: none is known */
    bool more_hosts;
    mf_usec deadline;
    struct mf_diag why_no_target;
    bool temporary;
};

static void fail(struct mf_smtp_sent *sent, enum mf_smtp_phase phase, enum mf_stage stage, bool temporary)
{
    sent->outcome = MF_SMTP_TROUBLE;
    sent->phase = phase;
    sent->trouble.stage = stage;
    sent->trouble.temporary = temporary;
    sent->finished = mf_now();
}

struct about_to_send {
    struct mf_engine *engine;
    const struct mf_attempt_run *attempt;
};

static bool note_data(void *context)
{
    struct about_to_send *about = context;
    return mf_attempt_data(about->engine, about->attempt);
}

static void hand_over(struct trying *t, struct mf_attempt_run *attempt, struct mf_smtp_sent *sent, struct mf_diag *d)
{
    const struct mf_flow *flow = t->delivery->run->flow;
    const struct mf_via *via = t->worker->lane->via;
    *sent = (struct mf_smtp_sent){.started = mf_now()};
    if (attempt->unfit.title[0]) {
        *d = attempt->unfit;
        fail(sent, MF_SMTP_CONNECT, MF_STAGE_NONE, false);
    } else if (via->kind == MF_VIA_COMMAND) {
        mf_command_send(t->worker, attempt, t->deadline, sent, d);
    } else if (!t->target) {
        *d = t->why_no_target;
        fail(sent, MF_SMTP_CONNECT, MF_STAGE_CONNECT, t->temporary);
    } else if (mf_worker_open_session(t->worker, t->target, t->delivery->fresh_token, t->deadline, d) < 0) {
        fail(sent, MF_SMTP_AUTH, MF_STAGE_LOGIN, via->login->kind == MF_LOGIN_OAUTH2);
    } else {
        struct about_to_send about = {t->worker->engine, attempt};
        struct mf_smtp_dsn dsn = {flow->dsn.notify, flow->dsn.ret, flow->dsn.envid};
        mf_smtp_ask_before_data(t->worker->session, note_data, &about);
        mf_smtp_request_dsn(t->worker->session, flow->dsn.given ? &dsn : NULL);
        mf_smtp_send(t->worker->session, flow->mail_from, attempt->recipients, attempt->recipient_count,
                     mf_text_bytes(&attempt->message), t->deadline, sent, d);
        mf_smtp_request_dsn(t->worker->session, NULL);
        mf_smtp_ask_before_data(t->worker->session, NULL, NULL);
    }
}

static const char *via_words(const struct trying *t)
{
    const struct mf_via *via = t->worker->lane->via;
    return via->kind == MF_VIA_MX && t->target ? t->target->host : via->label ? via->label : "";
}

/* A refused token may just be worn out: once, a new one is had. */
static bool wants_fresh_token(const struct trying *t, const struct mf_smtp_sent *sent)
{
    const struct mf_login *login = t->worker->lane->via->login;
    return login && login->kind == MF_LOGIN_OAUTH2 && !t->delivery->fresh_token && sent->outcome == MF_SMTP_REFUSED &&
           sent->phase == MF_SMTP_AUTH && sent->reply.code >= 500;
}

static struct mf_policy try_once(struct trying *t)
{
    struct mf_engine *engine = t->worker->engine;
    struct mf_attempt_run attempt;
    struct mf_smtp_sent sent;
    struct mf_diag d = {0};
    struct mf_policy policy = {MF_POLICY_DONE, 0};
    char peer[96] = "";
    if (t->target)
        snprintf(peer, sizeof peer, strchr(t->target->address, ':') ? "[%s]:%d" : "%s:%d", t->target->address, t->target->port);
    if (mf_attempt_begin(engine, t->delivery, via_words(t), peer, &attempt, &d) < 0) {
        mf_attempt_release(&attempt); /* the journal can't be written: nothing is sent any more */
        return policy;
    }
    hand_over(t, &attempt, &sent, &d);
    if (wants_fresh_token(t, &sent)) {
        t->delivery->fresh_token = true;
        policy = (struct mf_policy){MF_POLICY_RETRY, mf_now()};
        /* Our login was refused, not the mail; and that is not its last word. */
        mf_trouble(&d, "%s: the access token was refused: %d %.300s", via_words(t), sent.reply.code, sent.reply.text);
        fail(&sent, MF_SMTP_AUTH, MF_STAGE_LOGIN, true);
    } else {
        policy = mf_try_decide(&attempt, &sent, t->more_hosts);
    }
    mf_try_conclude(engine, &attempt, &sent, &d, policy);
    mf_attempt_release(&attempt);
    return policy;
}

/* The next messages need not wait for it too. */
static void note_down(struct mf_engine *engine, struct mf_lane *lane, const char *address)
{
    pthread_mutex_lock(&engine->lock);
    for (size_t i = 0; i < lane->down_count; i++)
        if (strcmp(lane->down[i], address) == 0)
            address = NULL, i = lane->down_count - 1;
    if (address)
        *MF_PUSH(engine->arena, lane->down, lane->down_count, lane->down_capacity) = address;
    lane->route = NULL; /* sorted anew */
    pthread_mutex_unlock(&engine->lock);
}

static bool goes_on(struct mf_engine *engine)
{
    pthread_mutex_lock(&engine->lock);
    bool on = !engine->stopping && !engine->sending_over;
    pthread_mutex_unlock(&engine->lock);
    return on;
}

void mf_send_delivery(struct mf_worker *worker, struct mf_delivery *delivery)
{
    struct mf_engine *engine = worker->engine;
    const struct mf_flow *flow = delivery->run->flow;
    mf_usec now = mf_now();
    delivery->first_try = delivery->first_try ? delivery->first_try : now;
    delivery->rounds++;
    mf_usec accept_by = mf_try_after(delivery->first_try, flow->within), longest = now + TRY_TIME;
    struct trying t = {.worker = worker, .delivery = delivery, .deadline = accept_by < longest ? accept_by : longest};
    mf_engine_tell(engine, MF_EVENT_SENDING, flow, NULL, "", now, accept_by);
    const struct mf_route *route = NULL;
    if (worker->lane->via->kind != MF_VIA_COMMAND) {
        route = mf_route_find(engine, worker->lane, t.deadline);
        t.why_no_target = route->why;
        t.temporary = route->temporary;
    }
    struct mf_policy policy = {MF_POLICY_NEXT_HOST, 0};
    for (size_t i = 0; policy.step == MF_POLICY_NEXT_HOST && goes_on(engine); i++) {
        t.target = route && i < route->count ? &route->targets[i] : NULL;
        t.more_hosts = route && i + 1 < route->count;
        policy = try_once(&t);
        if (policy.step == MF_POLICY_NEXT_HOST)
            note_down(engine, worker->lane, t.target->address);
    }
    if (policy.step != MF_POLICY_RETRY)
        return;
    pthread_mutex_lock(&engine->lock);
    mf_lane_queue(engine, delivery, policy.retry_at);
    pthread_mutex_unlock(&engine->lock);
}
