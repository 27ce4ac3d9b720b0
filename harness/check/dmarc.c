/* DMARC (RFC 9989): does SPF or DKIM pass for the domain in From? */
#include "check/border.h"

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
    const char *words = mf_format(arena, "dmarc=%s header.from=%s: %s", mf_dmarc_result_name(dmarc->result),
                                  dmarc->from_domain, dmarc->reason);
    struct mf_fact *fact = mf_fact_add(context, results[dmarc->result].id,
                                       good      ? MF_FACT_GOOD
                                       : unknown ? MF_FACT_UNKNOWN
                                                 : MF_FACT_BAD,
                                       MF_SEGMENT_AUTH, dmarc->from_domain, results[dmarc->result].brief, words);
    if (!good && dmarc->spf_why && dmarc->dkim_why)
        mf_fact_show(context, fact, MF_EXHIBIT_TEXT, "",
                     mf_format(arena, "SPF: %s\nDKIM: %s\n", dmarc->spf_why, dmarc->dkim_why));
    if (!good && dmarc->advice)
        mf_fact_show(context, fact, MF_EXHIBIT_TEXT, "", mf_format(arena, "%s\n", dmarc->advice));
}

/* SPF passes for another domain than the one in From: it does not help DMARC. */
static void note_alignment(struct mf_check_context *context, const struct mf_dmarc *dmarc)
{
    const struct mf_spf *spf = mf_border_spf(context, mf_case(context));
    if (dmarc->result == MF_DMARC_PASS && !dmarc->spf_aligned && spf && spf->result == MF_SPF_PASS)
        mf_fact_add(context, "spf.unaligned", MF_FACT_NOTE, MF_SEGMENT_AUTH, spf->domain, "",
                    mf_format(context->arena, "SPF passes for %s, From is %s: DMARC passes by DKIM alone", spf->domain,
                              dmarc->from_domain));
}

static void state_other(struct mf_check_context *context, const struct mf_dmarc *dmarc, const char *wanted)
{
    const char *result = mf_dmarc_result_name(dmarc->result);
    bool fits = mf_same_nocase(result, wanted);
    mf_fact_add(context, fits ? "dmarc.as-expected" : "dmarc.other-result", fits ? MF_FACT_GOOD : MF_FACT_BAD,
                MF_SEGMENT_AUTH, dmarc->from_domain, fits ? "" : mf_format(context->arena, "DMARC %s", result),
                mf_format(context->arena, "dmarc=%s, expected %s: %s", result, wanted, dmarc->reason));
}

/* Was it said of this very copy that its DKIM can't be judged here? */
static bool dkim_is_out_of_reach(const struct mf_check_context *context, const struct mf_expect *expect)
{
    for (size_t i = context->facts->count; i-- > 0 && context->facts->items[i].expect == expect;)
        if (mf_same(context->facts->items[i].id, "dkim.unverifiable-here"))
            return true;
    return false;
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
    const struct mf_dmarc *dmarc = mf_border_dmarc(context, at);
    /* A fail stands only where both ways to a pass were judged. */
    if (dmarc->result == MF_DMARC_FAIL && (!mf_border_spf(context, at) || dkim_is_out_of_reach(context, expect)))
        return;
    note_alignment(context, dmarc);
    if (mf_same_nocase(wanted, "pass"))
        state_result(context, dmarc);
    else
        state_other(context, dmarc, wanted);
}

const struct mf_check mf_check_dmarc = {"dmarc", "DMARC: SPF or DKIM passes for the From domain", needs, applies,
                                        judge};
