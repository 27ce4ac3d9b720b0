/* One try of a delivery: over the targets of its lane in turn, until an answer is had or none is left;
 * then the policy says whether there is another try. */
#include <stdio.h>
#include <string.h>

#include "mailflow/login.h"
#include "run/box_internal.h"
#include "run/lane_internal.h"
#include "run/policy_internal.h"

#define CONNECT_TIME (10 * MF_SECOND)
#define TRY_TIME (300 * MF_SECOND)

/* ---- sessions ---- */

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
static int open_session(struct mf_worker *worker, const struct mf_target *target, bool fresh, mf_usec deadline, struct mf_diag *d)
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

/* ---- what a try tells ---- */

static enum mf_event_kind event_for(const struct mf_smtp_sent *sent, mf_usec retry_at)
{
    switch (sent->outcome) {
    case MF_SMTP_ACCEPTED:
        return MF_EVENT_ACCEPTED;
    case MF_SMTP_REFUSED:
        return retry_at ? MF_EVENT_DEFERRED : MF_EVENT_REFUSED;
    case MF_SMTP_UNKNOWN:
        return MF_EVENT_UNKNOWN;
    case MF_SMTP_TROUBLE:
        break;
    }
    return MF_EVENT_TROUBLE;
}

static mf_usec after(mf_usec instant, mf_usec duration)
{
    return duration >= MF_NEVER - instant ? MF_NEVER : instant + duration;
}

static void tell(struct mf_engine *engine, const struct mf_delivery *delivery, const struct mf_smtp_sent *sent,
                 const struct mf_diag *trouble, mf_usec retry_at)
{
    const struct mf_flow *flow = delivery->run->flow;
    char words[640];
    const struct mf_smtp_reply *reply = &sent->reply;
    if (trouble->title[0])
        snprintf(words, sizeof words, "%s", trouble->title);
    else
        snprintf(words, sizeof words, "%d%s%s %.500s", reply->code, reply->enhanced[0] ? " " : "", reply->enhanced, reply->text);
    mf_usec until = retry_at ? retry_at : after(sent->finished, flow->within);
    mf_engine_tell(engine, event_for(sent, retry_at), flow, NULL, words, sent->finished, until);
}

/* Taken: those who look for it look often from now on. Under the lock. */
static void stir(struct mf_flow_run *run)
{
    for (size_t i = 0; i < run->want_count; i++) {
        struct mf_box *box = run->wants[i].box;
        if (!run->wants[i].live)
            continue;
        box->stirred = mf_now();
        if (box->resting)
            mf_box_wake(box);
    }
}

static bool reply_is_enough(const struct mf_flow *flow)
{
    bool refusal = false;
    for (size_t i = 0; i < flow->expect_count; i++) {
        refusal = refusal || flow->expects[i].kind == MF_EXPECT_REFUSED || flow->expects[i].kind == MF_EXPECT_DEFERRED;
        if (flow->expects[i].kind == MF_EXPECT_AT || flow->expects[i].kind == MF_EXPECT_ACCEPTED)
            return false;
    }
    return refusal;
}

/* Of several recipients one that was put off makes another try worth while. */
static const struct mf_smtp_reply *deciding_reply(const struct mf_attempt_run *attempt, const struct mf_smtp_sent *sent)
{
    bool by_recipient = sent->outcome == MF_SMTP_ACCEPTED || (sent->outcome == MF_SMTP_REFUSED && sent->phase == MF_SMTP_RCPT);
    for (size_t i = 0; by_recipient && i < attempt->recipient_count; i++)
        if (attempt->recipients[i].reply.code / 100 == 4)
            return &attempt->recipients[i].reply;
    return &sent->reply;
}

static struct mf_policy decide(const struct mf_attempt_run *attempt, const struct mf_smtp_sent *sent, bool more_hosts)
{
    const struct mf_delivery *delivery = attempt->delivery;
    const struct mf_smtp_reply *reply = deciding_reply(attempt, sent);
    struct mf_policy_case it = {
        .outcome = sent->outcome, .phase = sent->phase, .code = reply->code, .words = reply->text,
        .temporary = sent->trouble.temporary || sent->trouble.timed_out, .more_hosts = more_hosts,
        .reply_is_enough = reply_is_enough(delivery->run->flow), .rounds = delivery->rounds, .now = mf_now(),
        .first_try = delivery->first_try, .accept_by = after(delivery->first_try, delivery->run->flow->within)};
    return mf_policy_after(&it);
}

static void conclude(struct mf_engine *engine, struct mf_attempt_run *attempt, const struct mf_smtp_sent *sent,
                     const struct mf_diag *trouble, struct mf_policy policy)
{
    mf_usec retry_at = policy.step == MF_POLICY_DONE ? 0 : policy.retry_at;
    mf_attempt_record(engine, attempt, sent, trouble, retry_at);
    pthread_mutex_lock(&engine->lock);
    mf_attempt_settle(engine, attempt, sent, retry_at);
    if (sent->outcome == MF_SMTP_ACCEPTED || sent->outcome == MF_SMTP_UNKNOWN)
        stir(attempt->delivery->run);
    pthread_mutex_unlock(&engine->lock);
    if (policy.step != MF_POLICY_NEXT_HOST)
        tell(engine, attempt->delivery, sent, trouble, retry_at);
}

/* ---- a try ---- */

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
    } else if (open_session(t->worker, t->target, t->delivery->fresh_token, t->deadline, d) < 0) {
        fail(sent, MF_SMTP_AUTH, MF_STAGE_LOGIN, via->login->kind == MF_LOGIN_OAUTH2);
    } else {
        struct about_to_send about = {t->worker->engine, attempt};
        mf_smtp_ask_before_data(t->worker->session, note_data, &about);
        mf_smtp_send(t->worker->session, flow->mail_from, attempt->recipients, attempt->recipient_count,
                     mf_text_bytes(&attempt->message), t->deadline, sent, d);
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
    } else {
        policy = decide(&attempt, &sent, t->more_hosts);
    }
    conclude(engine, &attempt, &sent, &d, policy);
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
    mf_usec accept_by = after(delivery->first_try, flow->within), longest = now + TRY_TIME;
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
