/* SPF (RFC 7208) for the address that the receiving border really saw. */
#include "check/border.h"

static const char *const needs[] = {"arrived", NULL};

/* By result: the fact where pass is expected. */
static const struct {
    const char *id, *brief;
} results[] = {
    [MF_SPF_NONE] = {"spf.none", "SPF none"},
    [MF_SPF_NEUTRAL] = {"spf.neutral", "SPF neutral"},
    [MF_SPF_PASS] = {"spf.pass", "SPF"},
    [MF_SPF_FAIL] = {"spf.fail", "SPF fail"},
    [MF_SPF_SOFTFAIL] = {"spf.softfail", "SPF softfail"},
    [MF_SPF_TEMPERROR] = {"spf.unreachable", "SPF temperror"},
    [MF_SPF_PERMERROR] = {"spf.permerror", "SPF permerror"},
};

static void state_result(struct mf_check_context *context, const struct mf_spf *spf)
{
    bool good = spf->result == MF_SPF_PASS, unknown = spf->result == MF_SPF_TEMPERROR;
    struct mf_arena *arena = context->arena;
    const char *scope = mf_format(arena, "%s %s", spf->domain, spf->ip ? spf->ip : "");
    const char *words = mf_format(arena, "spf=%s smtp.%s=%s for %s: %s", mf_spf_result_name(spf->result),
                                  spf->helo ? "helo" : "mailfrom", spf->domain, spf->ip ? spf->ip : "?", spf->reason);
    struct mf_fact *fact = mf_fact_add(context, results[spf->result].id,
                                       good      ? MF_FACT_GOOD
                                       : unknown ? MF_FACT_UNKNOWN
                                                 : MF_FACT_BAD,
                                       MF_SEGMENT_AUTH, scope, results[spf->result].brief, words);
    if (spf->cause == MF_SPF_TOO_MANY_LOOKUPS || spf->cause == MF_SPF_TOO_MANY_VOIDS)
        mf_fact_show(context, fact, MF_EXHIBIT_TEXT, "",
                     mf_format(arena, "Evaluated so far:\n%s", mf_spf_tree(arena, spf->steps, spf->step_count)));
    if (!good && spf->advice)
        mf_fact_show(context, fact, MF_EXHIBIT_TEXT, "", mf_format(arena, "%s\n", spf->advice));
}

static void state_other(struct mf_check_context *context, const struct mf_spf *spf, const char *wanted)
{
    const char *result = mf_spf_result_name(spf->result);
    bool fits = mf_same_nocase(result, wanted);
    mf_fact_add(context, fits ? "spf.as-expected" : "spf.other-result", fits ? MF_FACT_GOOD : MF_FACT_BAD,
                MF_SEGMENT_AUTH, spf->domain, fits ? "" : mf_format(context->arena, "SPF %s", result),
                mf_format(context->arena, "spf=%s, expected %s: %s", result, wanted, spf->reason));
}

static bool applies(const struct mf_expect *expect)
{
    return expect->kind == MF_EXPECT_AT && expect->spf.want == MF_AUTH_RESULT;
}

static void judge(struct mf_check_context *context, const struct mf_expect *expect)
{
    const struct mf_case *at = mf_case(context);
    const char *wanted = expect->spf.result ? expect->spf.result : "pass";
    if (!at->arrival)
        return;
    const struct mf_spf *spf = mf_border_spf(context, at);
    if (!spf)
        mf_fact_add(context, "spf.not-seen", MF_FACT_NOTE, MF_SEGMENT_AUTH, expect->mailbox->server->name, "",
                    mf_format(context->arena, "no Received field of %s names the address that it took the message from",
                              expect->mailbox->server->name));
    else if (mf_same_nocase(wanted, "pass"))
        state_result(context, spf);
    else
        state_other(context, spf, wanted);
}

const struct mf_check mf_check_spf = {"spf", "SPF for the address that the border saw", needs, applies, judge};
