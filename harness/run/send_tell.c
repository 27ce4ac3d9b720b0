/* What comes of a try: the policy asked, the journal written, the others told. */
#include <stdio.h>

#include "run/box_internal.h"
#include "run/send_internal.h"

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

mf_usec mf_try_after(mf_usec instant, mf_usec duration)
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
    mf_usec until = retry_at ? retry_at : mf_try_after(sent->finished, flow->within);
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

struct mf_policy mf_try_decide(const struct mf_attempt_run *attempt, const struct mf_smtp_sent *sent, bool more_hosts)
{
    const struct mf_delivery *delivery = attempt->delivery;
    const struct mf_smtp_reply *reply = deciding_reply(attempt, sent);
    struct mf_policy_case it = {
        .outcome = sent->outcome, .phase = sent->phase, .code = reply->code, .words = reply->text,
        .temporary = sent->trouble.temporary || sent->trouble.timed_out, .more_hosts = more_hosts,
        .reply_is_enough = reply_is_enough(delivery->run->flow), .rounds = delivery->rounds, .now = mf_now(),
        .first_try = delivery->first_try, .accept_by = mf_try_after(delivery->first_try, delivery->run->flow->within)};
    return mf_policy_after(&it);
}

void mf_try_conclude(struct mf_engine *engine, struct mf_attempt_run *attempt, const struct mf_smtp_sent *sent,
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
