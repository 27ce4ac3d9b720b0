/* Was the message taken by the first hop? By the design's table: refused is wrong mail, a first hop
 * that can't be asked is "could not find out", and after the data only a final reply is knowledge. */
#include <string.h>

#include "check/check_internal.h"

const char *mf_reply_words(struct mf_arena *arena, const struct mf_rec_reply *reply)
{
    if (!reply->code)
        return "no reply";
    const char *enhanced = reply->enhanced ? reply->enhanced : "", *text = reply->text ? reply->text : "";
    return mf_format(arena, "%d%s%s%s%s", reply->code, *enhanced ? " " : "", enhanced, *text ? " " : "", text);
}

const char *mf_door_words(const struct mf_flow *flow)
{
    return flow->via && flow->via->label ? flow->via->label : "the first hop";
}

static const char *short_reply(struct mf_arena *arena, const struct mf_rec_reply *reply)
{
    const char *enhanced = reply->enhanced ? reply->enhanced : "";
    return mf_format(arena, "%d%s%s", reply->code, *enhanced ? " " : "", enhanced);
}

static void remember(struct mf_fact *fact, const struct mf_recipient *recipient, const struct mf_handing *handing)
{
    const struct mf_rec_sent *sent = handing->attempt ? handing->attempt->sent : NULL;
    fact->recipient = recipient;
    fact->reply = handing->reply;
    fact->by = sent && sent->server && *sent->server ? sent->server : NULL;
}

/* Our own login was refused: that says nothing about the mail. */
static bool is_login(const struct mf_handing *handing)
{
    return mf_same(handing->phase, "AUTH");
}

static void state_refused(struct mf_check_context *context, const struct mf_recipient *recipient,
                          const struct mf_handing *handing)
{
    struct mf_arena *arena = context->arena;
    const char *door = mf_door_words(mf_case(context)->message);
    const char *reply = mf_reply_words(arena, &handing->reply);
    const char *brief = mf_format(arena, "refused %s", short_reply(arena, &handing->reply));
    struct mf_fact *fact;
    if (is_login(handing))
        fact = mf_fact_add(context, "handed.login-refused", MF_FACT_UNKNOWN, MF_SEGMENT_LOGIN, door, "login refused",
                           mf_format(arena, "%s refused the login: %s", door, reply));
    else if (handing->reply.code < 500)
        fact = mf_fact_add(context, "handed.deferred-out", MF_FACT_BAD, MF_SEGMENT_SMTP, door, brief,
                           mf_format(arena, "%s put it off until there was no more time: %s", door, reply));
    else
        fact = mf_fact_add(context, "handed.refused", MF_FACT_BAD, MF_SEGMENT_SMTP, door, brief,
                           mf_format(arena, "%s refused it at %s: %s", door, handing->phase, reply));
    remember(fact, recipient, handing);
}

static enum mf_segment segment_of(const char *stage)
{
    if (mf_same_nocase(stage, "TLS"))
        return MF_SEGMENT_TLS;
    if (mf_same_nocase(stage, "login"))
        return MF_SEGMENT_LOGIN;
    if (mf_same_nocase(stage, "command"))
        return MF_SEGMENT_SMTP;
    return MF_SEGMENT_CONNECT;
}

static void state_trouble(struct mf_check_context *context, const struct mf_recipient *recipient,
                          const struct mf_handing *handing)
{
    const struct mf_rec_sent *sent = handing->attempt ? handing->attempt->sent : NULL;
    const char *door = mf_door_words(mf_case(context)->message);
    const char *why = sent && sent->trouble ? sent->trouble : "no reason was noted";
    bool login = is_login(handing) || (sent && mf_same_nocase(sent->stage, "login"));
    enum mf_segment segment = sent ? segment_of(sent->stage) : MF_SEGMENT_CONNECT;
    struct mf_fact *fact = mf_fact_add(context, login ? "handed.login-refused" : "handed.unreachable", MF_FACT_UNKNOWN,
                                       login ? MF_SEGMENT_LOGIN : segment, door,
                                       login ? "login refused" : "could not be handed over", why);
    remember(fact, recipient, handing);
}

static void state_deferred(struct mf_check_context *context, const struct mf_recipient *recipient,
                           const struct mf_handing *handing)
{
    const struct mf_rec_sent *sent = handing->attempt ? handing->attempt->sent : NULL;
    const char *reply = mf_reply_words(context->arena, &handing->reply);
    const char *again = "";
    char wait[32];
    if (sent && sent->retry_at > context->now)
        again = mf_format(context->arena, ", again in %s",
                          mf_duration_text(sent->retry_at - context->now, wait, sizeof wait));
    const char *words = mf_format(context->arena, "%s%s", reply, again);
    remember(mf_fact_add(context, "handed.deferred", MF_FACT_WAITING, MF_SEGMENT_SMTP,
                         mf_door_words(mf_case(context)->message), words, words),
             recipient, handing);
}

/* A 4xx first, then taken: a delay that we saw ourselves. */
static void state_accepted(struct mf_check_context *context, const struct mf_recipient *recipient,
                           const struct mf_handing *handing)
{
    struct mf_arena *arena = context->arena;
    const char *door = mf_door_words(mf_case(context)->message);
    const char *words = mf_format(arena, "%s took it: %s", door, mf_reply_words(arena, &handing->reply));
    remember(mf_fact_add(context, "handed.accepted", MF_FACT_GOOD, MF_SEGMENT_SMTP, door, "", words), recipient,
             handing);
    const struct mf_attempt *first = handing->first_deferred;
    if (!first || !first->sent || mf_case(context)->flow->of)
        return;
    char took[32];
    mf_duration_text(handing->accepted_at - first->intent.at, took, sizeof took);
    words = mf_format(arena, "%s said %s first and took it %s later", door, mf_reply_words(arena, &first->sent->reply),
                      took);
    remember(mf_fact_add(context, "handed.late", MF_FACT_NOTE, MF_SEGMENT_SMTP, door, "", words), recipient, handing);
}

void mf_state_handing(struct mf_check_context *context, const struct mf_recipient *recipient,
                      const struct mf_handing *handing)
{
    const char *door = mf_door_words(mf_case(context)->message);
    switch (handing->state) {
    case MF_HANDED_ACCEPTED:
        state_accepted(context, recipient, handing);
        break;
    case MF_HANDED_REFUSED:
        state_refused(context, recipient, handing);
        break;
    case MF_HANDED_DEFERRED:
        state_deferred(context, recipient, handing);
        break;
    case MF_HANDED_TROUBLE:
        state_trouble(context, recipient, handing);
        break;
    case MF_HANDED_UNKNOWN:
        remember(
            mf_fact_add(context, "handed.unknown", MF_FACT_UNKNOWN, MF_SEGMENT_SMTP, door, "outcome unknown",
                        mf_format(context->arena,
                                  "the connection to %s was lost after the data: perhaps it was taken, perhaps not",
                                  door)),
            recipient, handing);
        break;
    case MF_HANDED_NOT_YET:
        remember(mf_fact_add(context, "handed.not-yet", MF_FACT_WAITING, MF_SEGMENT_SMTP, door, "not sent yet",
                             "not handed over yet"),
                 recipient, handing);
        break;
    }
}

/* The looked-at message did not get under way: this row can say nothing of its own. */
static void state_of(struct mf_check_context *context)
{
    const struct mf_case *at = mf_case(context);
    static const char *const ids[] = {[MF_HANDED_REFUSED] = "handed.refused",
                                      [MF_HANDED_TROUBLE] = "handed.unreachable",
                                      [MF_HANDED_UNKNOWN] = "handed.unknown"};
    bool waits = at->handing.state == MF_HANDED_NOT_YET || at->handing.state == MF_HANDED_DEFERRED;
    const char *words = at->handing.state == MF_HANDED_UNKNOWN ? "it is not known whether its message was accepted"
                        : waits                                ? "its message is not accepted yet"
                                                               : "its message was not accepted";
    struct mf_fact *fact = mf_fact_add(context, "handed.of", waits ? MF_FACT_WAITING : MF_FACT_SKIPPED, MF_SEGMENT_SMTP,
                                       at->message->id, words, words);
    if (!waits)
        fact->because = ids[at->handing.state];
}

static void judge(struct mf_check_context *context, const struct mf_expect *expect)
{
    const struct mf_case *at = mf_case(context);
    bool looks_again = expect->flow->of != NULL;
    if (looks_again && (at->message->skip || at->message->section->skip)) {
        const char *why = mf_format(context->arena, "\"%s\" was skipped", at->message->name);
        mf_fact_add(context, "handed.of", MF_FACT_SKIPPED, MF_SEGMENT_SMTP, at->message->id, why, why)->because =
            "flow.skipped";
        return;
    }
    if (looks_again && at->handing.state != MF_HANDED_ACCEPTED)
        state_of(context);
    else if (at->recipient)
        mf_state_handing(context, at->recipient, &at->handing);
}

const struct mf_check mf_check_handed = {"handed", "the first hop took the message", NULL, mf_expects_arrival, judge};

static bool expects_acceptance(const struct mf_expect *expect)
{
    return expect->kind == MF_EXPECT_ACCEPTED;
}

static void judge_acceptance(struct mf_check_context *context, const struct mf_expect *expect)
{
    for (size_t i = 0; i < expect->recipient_count; i++) {
        struct mf_handing handing = mf_case_handing(context, expect->flow, expect->recipients[i]->address);
        mf_state_handing(context, expect->recipients[i], &handing);
    }
}

const struct mf_check mf_check_accepted = {"accepted", "taken with 250, for each recipient", NULL, expects_acceptance,
                                           judge_acceptance};
