/* An application's mail that was taken with 250 and arrived nowhere: would SPF have failed for it? Some
 * gateways delete what fails, without a word. The address is the one that was bound, so this is a
 * prediction: nobody told us what the gateway saw. */
#include <string.h>

#include "check/check_internal.h"

static const char *const needs[] = {"handed", NULL};

/* The address of the source that fits the peer's family, or NULL. */
static const char *source_address(struct mf_check_context *context, const struct mf_case *at)
{
    const struct mf_via *via = at->message->via;
    const struct mf_rec_sent *sent = at->handing.attempt ? at->handing.attempt->sent : NULL;
    if (!via || !via->source || !sent || !sent->peer)
        return NULL;
    const char *why;
    const char **addresses = mf_dns_addresses(context->evidence->dns, context->arena, via->source, MF_NEVER, &why);
    bool v6 = sent->peer[0] == '[' || strchr(sent->peer, ':') != strrchr(sent->peer, ':');
    for (; addresses && *addresses; addresses++)
        if ((strchr(*addresses, ':') != NULL) == v6)
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

static void judge(struct mf_check_context *context, const struct mf_expect *expect)
{
    const struct mf_case *at = mf_case(context);
    const char *ip = is_missing(context, expect) ? source_address(context, at) : NULL;
    if (!ip)
        return;
    struct mf_spf_query query = {.ip = ip,
                                 .helo = at->message->via->helo ? at->message->via->helo : "",
                                 .mail_from = at->message->mail_from,
                                 .now = at->handing.accepted_at};
    const struct mf_spf *spf = mf_spf_check(context->arena, &query, context->evidence->dns, MF_NEVER);
    if (spf->need_more)
        context->facts->need_dns = true;
    if (spf->result != MF_SPF_FAIL)
        return;
    struct mf_fact *fact = mf_fact_add(
        context, "spf.predicted-fail", MF_FACT_BAD, MF_SEGMENT_DNS, mf_format(context->arena, "%s %s", spf->domain, ip),
        "",
        mf_format(context->arena, "spf=fail smtp.mailfrom=%s is predicted for %s: %s", spf->domain, ip, spf->reason));
    if (spf->advice)
        mf_fact_show(context, fact, MF_EXHIBIT_TEXT, "", mf_format(context->arena, "%s\n", spf->advice));
}

static bool applies(const struct mf_expect *expect)
{
    return expect->kind == MF_EXPECT_AT && !expect->is_copy && !expect->flow->of && expect->flow->from_application;
}

const struct mf_check mf_check_predicted = {"predicted", "SPF would not have failed for what vanished", needs, applies,
                                            judge};
