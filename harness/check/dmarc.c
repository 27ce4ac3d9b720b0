/* DMARC (RFC 9989): does SPF or DKIM pass for the domain in From? */
#include "check/check_internal.h"

static const char *const needs[] = {"arrived", NULL};

static const struct {
    const char *id, *brief;
} results[] = {
    [MF_DMARC_NONE] = {"dmarc.none", "DMARC none"},
    [MF_DMARC_PASS] = {"dmarc.pass", "DMARC"},
    [MF_DMARC_FAIL] = {"dmarc.fail", "DMARC fail"},
    [MF_DMARC_TEMPERROR] = {"dmarc.unreachable", "DMARC temperror"},
    [MF_DMARC_PERMERROR] = {"dmarc.permerror", "DMARC permerror"},
};

static void state_result(struct mf_check_context *context, const struct mf_dmarc *dmarc)
{
    bool good = dmarc->result == MF_DMARC_PASS, unknown = dmarc->result == MF_DMARC_TEMPERROR;
    struct mf_arena *arena = context->arena;
    const char *words = mf_format(arena, "dmarc=%s header.from=%s: %s", mf_dmarc_result_name(dmarc->result), dmarc->from_domain, dmarc->reason);
    struct mf_fact *fact = mf_fact_add(context, results[dmarc->result].id, good ? MF_FACT_GOOD : unknown ? MF_FACT_UNKNOWN : MF_FACT_BAD,
                                       MF_SEGMENT_AUTH, dmarc->from_domain, results[dmarc->result].brief, words);
    if (!good && dmarc->spf_why && dmarc->dkim_why)
        mf_fact_show(context, fact, MF_EXHIBIT_TEXT, "", mf_format(arena, "SPF: %s\nDKIM: %s\n", dmarc->spf_why, dmarc->dkim_why));
    if (!good && dmarc->advice)
        mf_fact_show(context, fact, MF_EXHIBIT_TEXT, "", mf_format(arena, "%s\n", dmarc->advice));
}

static void state_other(struct mf_check_context *context, const struct mf_dmarc *dmarc, const char *wanted)
{
    const char *result = mf_dmarc_result_name(dmarc->result);
    bool fits = mf_same_nocase(result, wanted);
    mf_fact_add(context, fits ? "dmarc.as-expected" : "dmarc.other-result", fits ? MF_FACT_GOOD : MF_FACT_BAD, MF_SEGMENT_AUTH,
                dmarc->from_domain, fits ? "" : mf_format(context->arena, "DMARC %s", result),
                mf_format(context->arena, "dmarc=%s, expected %s: %s", result, wanted, dmarc->reason));
}

static bool applies(const struct mf_expect *expect)
{
    return expect->kind == MF_EXPECT_AT && expect->dmarc.want == MF_AUTH_RESULT;
}

static void judge(struct mf_check_context *context, const struct mf_expect *expect)
{
    const struct mf_case *at = mf_case(context);
    const char *wanted = expect->dmarc.result ? expect->dmarc.result : "pass";
    if (!at->arrival)
        return;
    const struct mf_dmarc *dmarc = mf_seen_dmarc(context, at);
    if (mf_same_nocase(wanted, "pass"))
        state_result(context, dmarc);
    else
        state_other(context, dmarc, wanted);
}

const struct mf_check mf_check_dmarc = {"dmarc", "DMARC: SPF or DKIM passes for the From domain", needs, applies, judge};
