/* A refusal that should be: phase, code, enhanced code and words of the reply. */
#include <stdio.h>
#include <string.h>

#include "check/check_internal.h"

static bool code_fits(const char *wanted, int code, int default_class)
{
    char text[16];
    snprintf(text, sizeof text, "%03d", code);
    if (!*wanted)
        return code / 100 == default_class;
    for (size_t i = 0; i < 3; i++)
        if (wanted[i] != text[i] && wanted[i] != 'x' && wanted[i] != 'X')
            return false;
    return true;
}

static bool words_fit(const struct mf_reply_expect *wanted, const char *words)
{
    struct mf_matcher matcher = {.kind = MF_MATCH_REGEX, .text = wanted->regex, .nocase = wanted->regex_nocase};
    return !wanted->regex || mf_matcher_matches(&matcher, words);
}

static const char *wanted_words(struct mf_arena *arena, const struct mf_reply_expect *wanted, int default_class)
{
    const char *code = *wanted->code ? wanted->code : default_class == 4 ? "4xx" : "5xx";
    return mf_format(arena, "%s%s%s%s%s%s%s%s", wanted->phase == MF_PHASE_ANY ? "" : mf_phase_name(wanted->phase),
                     wanted->phase == MF_PHASE_ANY ? "" : " ", code, wanted->enhanced ? " " : "",
                     wanted->enhanced ? wanted->enhanced : "", wanted->regex ? " /" : "",
                     wanted->regex ? wanted->regex : "", wanted->regex ? "/" : "");
}

/* Servers choose the phase: Postfix answers at RCPT what another says at MAIL. */
static const char *phase_advice(struct mf_arena *arena, const struct mf_reply_expect *wanted, const char *phase,
                                bool rest_fits)
{
    if (!rest_fits || wanted->phase == MF_PHASE_ANY || mf_same_nocase(mf_phase_name(wanted->phase), phase))
        return "";
    return mf_format(arena, "; only the phase differs (%s): servers choose it, so leave \"%s\" out", phase,
                     mf_phase_name(wanted->phase));
}

static void judge_reply(struct mf_check_context *context, const struct mf_reply_expect *wanted,
                        const struct mf_rec_reply *reply, const char *phase, int default_class)
{
    struct mf_arena *arena = context->arena;
    const char *words = mf_reply_words(arena, reply), *wish = wanted_words(arena, wanted, default_class);
    bool rest = code_fits(wanted->code, reply->code, default_class) &&
                (!wanted->enhanced || mf_same(wanted->enhanced, reply->enhanced)) && words_fit(wanted, words);
    bool fits = rest && (wanted->phase == MF_PHASE_ANY || mf_same_nocase(mf_phase_name(wanted->phase), phase));
    const char *brief = mf_format(arena, "%s %d%s%s", reply->code < 500 ? "deferred" : "refused", reply->code,
                                  *reply->enhanced ? " " : "", reply->enhanced);
    struct mf_fact *fact;
    if (fits)
        fact = mf_fact_add(context, "reply.as-expected", MF_FACT_GOOD, MF_SEGMENT_SMTP, wish, brief, words);
    else
        fact = mf_fact_add(context, "reply.other", MF_FACT_BAD, MF_SEGMENT_SMTP, wish, brief,
                           mf_format(arena, "expected %s, the reply at %s was %s%s", wish, phase, words,
                                     phase_advice(arena, wanted, phase, rest)));
    fact->reply = *reply;
}

/* Was there any reply that turned it away? A login that was refused comes as trouble with its words. */
static bool is_turned_away(const struct mf_handing *handing)
{
    return (handing->state == MF_HANDED_REFUSED || handing->state == MF_HANDED_DEFERRED ||
            handing->state == MF_HANDED_TROUBLE) &&
           handing->reply.code >= 400;
}

static void judge_one(struct mf_check_context *context, const struct mf_expect *expect,
                      const struct mf_recipient *recipient)
{
    struct mf_handing handing = mf_case_handing(context, expect->flow, recipient->address);
    size_t from = context->facts->count;
    if (handing.state == MF_HANDED_ACCEPTED) {
        const char *words = mf_format(
            context->arena, "expected %s, but %s took it: %s", wanted_words(context->arena, &expect->reply, 5),
            mf_door_words(mf_case(context)->message), mf_reply_words(context->arena, &handing.reply));
        mf_fact_add(context, "reply.accepted", MF_FACT_BAD, MF_SEGMENT_SMTP, recipient->address, "accepted", words)
            ->reply = handing.reply;
    } else if (is_turned_away(&handing)) {
        judge_reply(context, &expect->reply, &handing.reply, handing.phase, 5);
    } else {
        mf_state_handing(context, recipient, &handing);
    }
    for (size_t i = from; i < context->facts->count; i++)
        context->facts->items[i].recipient = recipient;
}

static bool expects_refusal(const struct mf_expect *expect)
{
    return expect->kind == MF_EXPECT_REFUSED;
}

static void judge_refusal(struct mf_check_context *context, const struct mf_expect *expect)
{
    for (size_t i = 0; i < expect->recipient_count; i++)
        judge_one(context, expect, expect->recipients[i]);
}

const struct mf_check mf_check_refused = {"refused", "refused with the reply that is expected", NULL, expects_refusal,
                                          judge_refusal};

static bool expects_deferral(const struct mf_expect *expect)
{
    return expect->kind == MF_EXPECT_DEFERRED;
}

/* The first answer counts: what comes after the retry is another expectation's matter. */
static void judge_deferral_of(struct mf_check_context *context, const struct mf_expect *expect,
                              const struct mf_recipient *recipient)
{
    struct mf_handing handing = mf_case_handing(context, expect->flow, recipient->address);
    const struct mf_rec_sent *first = handing.first_deferred ? handing.first_deferred->sent : NULL;
    if (first) {
        struct mf_rec_reply reply = first->reply;
        for (size_t i = 0; i < first->rcpt_count; i++)
            if (mf_same_nocase(first->rcpt[i].address, recipient->address) && first->rcpt[i].reply.code >= 400)
                reply = first->rcpt[i].reply;
        judge_reply(context, &expect->reply, &reply, first->phase, 4);
        return;
    }
    if (handing.state != MF_HANDED_ACCEPTED) {
        if (is_turned_away(&handing))
            judge_reply(context, &expect->reply, &handing.reply, handing.phase, 4);
        else
            mf_state_handing(context, recipient, &handing);
        return;
    }
    const char *words =
        mf_format(context->arena, "expected %s first, but %s took it at once",
                  wanted_words(context->arena, &expect->reply, 4), mf_door_words(mf_case(context)->message));
    mf_fact_add(context, "reply.accepted", MF_FACT_BAD, MF_SEGMENT_SMTP, recipient->address, "accepted at once", words)
        ->reply = handing.reply;
}

static void judge_deferral(struct mf_check_context *context, const struct mf_expect *expect)
{
    for (size_t i = 0; i < expect->recipient_count; i++)
        judge_deferral_of(context, expect, expect->recipients[i]);
}

const struct mf_check mf_check_deferred = {"deferred", "put off first with the reply that is expected", NULL,
                                           expects_deferral, judge_deferral};
