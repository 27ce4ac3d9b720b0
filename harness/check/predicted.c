/* Mail that was never seen, so that no border's line tells which client it saw: SPF for the address that
 * was bound. An application's mail that was taken with 250 and arrived nowhere: would SPF have failed for
 * it? Some gateways delete what fails, without a word; that is a prediction. And mail that was refused in
 * words about SPF: is the server right, and what must be published? */
#include <string.h>

#include "check/check_internal.h"

static const char *const needs[] = {"handed", NULL};

static bool is_v6(const char *address)
{
    return strchr(address, ':') != NULL;
}

/* The address of the source that fits the peer's family; where none is bound, the one that this host goes
 * out with. NULL: not known. */
static const char *source_address(struct mf_check_context *context, const struct mf_case *at)
{
    const struct mf_via *via = at->message->via;
    const struct mf_rec_sent *sent = at->handing.attempt ? at->handing.attempt->sent : NULL;
    if (!via || !sent || !sent->peer || !*sent->peer)
        return NULL;
    bool v6 = sent->peer[0] == '[' || strchr(sent->peer, ':') != strrchr(sent->peer, ':');
    const char *egress = context->evidence->run.egress, *why;
    if (!via->source)
        return egress && *egress && is_v6(egress) == v6 ? egress : NULL;
    const char **addresses = mf_dns_addresses(context->evidence->dns, context->arena, via->source, MF_NEVER, &why);
    for (; addresses && *addresses; addresses++)
        if (is_v6(*addresses) == v6)
            return *addresses;
    return NULL;
}

static bool is_missing(const struct mf_check_context *context, const struct mf_expect *expect)
{
    for (size_t i = context->facts->count; i-- > 0 && context->facts->items[i].expect == expect;)
        if (mf_same(context->facts->items[i].id, "arrival.missing"))
            return true;
    return false;
}

/* NULL: the address is not known, or DNS has to be asked first. */
static const struct mf_spf *evaluate(struct mf_check_context *context, const struct mf_case *at)
{
    const char *ip = source_address(context, at);
    if (!ip)
        return NULL;
    struct mf_spf_query query = {.ip = ip,
                                 .helo = at->message->via->helo ? at->message->via->helo : "",
                                 .mail_from = at->message->mail_from,
                                 .now = at->handing.attempt->sent->at};
    const struct mf_spf *spf = mf_spf_check(context->arena, &query, context->evidence->dns, MF_NEVER);
    if (spf->need_more)
        context->facts->need_dns = true;
    return spf->need_more ? NULL : spf;
}

static void state(struct mf_check_context *context, const char *id, const struct mf_spf *spf, const char *how)
{
    struct mf_arena *arena = context->arena;
    struct mf_fact *fact =
        mf_fact_add(context, id, MF_FACT_BAD, MF_SEGMENT_DNS, mf_format(arena, "%s %s", spf->domain, spf->ip), "",
                    mf_format(arena, "spf=%s smtp.mailfrom=%s %s %s: %s", mf_spf_result_name(spf->result), spf->domain,
                              how, spf->ip, spf->reason));
    if (spf->advice)
        mf_fact_show(context, fact, MF_EXHIBIT_TEXT, "", mf_format(arena, "%s\n", spf->advice));
}

static void judge(struct mf_check_context *context, const struct mf_expect *expect)
{
    const struct mf_spf *spf = is_missing(context, expect) ? evaluate(context, mf_case(context)) : NULL;
    if (!spf || spf->result != MF_SPF_FAIL)
        return;
    state(context, "spf.predicted-fail", spf, "is predicted for");
}

static bool applies(const struct mf_expect *expect)
{
    return expect->kind == MF_EXPECT_AT && !expect->is_copy && !expect->flow->of && expect->flow->from_application;
}

const struct mf_check mf_check_predicted = {"predicted", "SPF would not have failed for what vanished", needs, applies,
                                            judge};

/* RFC 7372: 5.7.23 and 5.7.24 are about SPF, 5.7.26 about DMARC. */
static bool is_about_spf(const struct mf_rec_reply *reply)
{
    const char *code = reply->enhanced ? reply->enhanced : "", *words = reply->text ? reply->text : "";
    return mf_same(code, "5.7.23") || mf_same(code, "5.7.24") || mf_same(code, "5.7.26") || strcasestr(words, "spf");
}

static bool applies_to_refusal(const struct mf_expect *expect)
{
    return (expect->kind == MF_EXPECT_AT || expect->kind == MF_EXPECT_ACCEPTED) && !expect->is_copy &&
           !expect->flow->of;
}

static void judge_refusal(struct mf_check_context *context, const struct mf_expect *expect)
{
    const struct mf_case *at = mf_case(context);
    (void)expect;
    if (at->handing.state != MF_HANDED_REFUSED || !is_about_spf(&at->handing.reply))
        return;
    const struct mf_spf *spf = evaluate(context, at);
    if (spf && spf->result != MF_SPF_PASS)
        state(context, "spf.refused", spf, "is what is found here for");
}

const struct mf_check mf_check_distrusted = {"distrusted", "SPF passes for what was refused because of SPF", NULL,
                                             applies_to_refusal, judge_refusal};
