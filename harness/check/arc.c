/* ARC (RFC 8617), where an expectation asks for it. */
#include "mailflow/arc.h"
#include "check/border.h"

static const char *const needs[] = {"arrived", NULL};

static bool applies(const struct mf_expect *expect)
{
    return expect->kind == MF_EXPECT_AT && expect->arc.want == MF_AUTH_RESULT;
}

/* Who sealed last, which is where to look; else that there is none. */
static const char *scope_of(const struct mf_arc *arc)
{
    const char *domain = arc->count ? arc->sets[arc->count - 1].seal.domain : NULL;
    return domain ? domain : "no sealer";
}

static const char *chain(struct mf_arena *arena, const struct mf_arc *arc)
{
    static const char *const states[] = {[MF_ARC_NOT_CHECKED] = "not checked",
                                         [MF_ARC_GOOD] = "good",
                                         [MF_ARC_BAD] = "bad",
                                         [MF_ARC_UNKNOWN] = "not known"};
    struct mf_text out = {.max = 64 << 10};
    for (size_t i = 0; i < arc->count; i++) {
        const struct mf_arc_set *set = &arc->sets[i];
        mf_text_printf(&out, "  i=%d  cv=%s  message %s%s%s, seal of %s %s%s%s\n", set->instance,
                       set->cv ? set->cv : "?", states[set->message.state], set->message.why ? ": " : "",
                       set->message.why ? set->message.why : "", set->seal.domain ? set->seal.domain : "?",
                       states[set->seal.state], set->seal.why ? ": " : "", set->seal.why ? set->seal.why : "");
    }
    const char *text = mf_copy(arena, mf_text_str(&out));
    mf_text_release(&out);
    return text;
}

static const char *id_of(const struct mf_arc *arc, const char *wanted)
{
    if (arc->result == MF_ARC_TEMPERROR)
        return "arc.unreachable";
    if (mf_same_nocase(wanted, mf_arc_result_name(arc->result)))
        return "arc.as-expected";
    if (!mf_same_nocase(wanted, "pass"))
        return "arc.other-result";
    return arc->result == MF_ARC_NONE ? "arc.none" : "arc.fail";
}

static void judge(struct mf_check_context *context, const struct mf_expect *expect)
{
    const struct mf_case *at = mf_case(context);
    struct mf_arena *arena = context->arena;
    const char *wanted = expect->arc.result ? expect->arc.result : "pass";
    if (!at->arrival)
        return;
    const struct mf_arc *arc = mf_arc_verify(arena, mf_seen_copy(context, at)->raw, mf_case_dns(context), MF_NEVER);
    context->facts->need_dns = context->facts->need_dns || arc->need_more;
    const char *id = id_of(arc, wanted), *result = mf_arc_result_name(arc->result);
    bool fits = mf_same(id, "arc.as-expected"), pass = fits && arc->result == MF_ARC_PASS;
    enum mf_fact_state state = fits ? MF_FACT_GOOD : arc->result == MF_ARC_TEMPERROR ? MF_FACT_UNKNOWN : MF_FACT_BAD;
    const char *brief = pass ? "ARC" : fits ? "" : mf_format(arena, "ARC %s", result);
    struct mf_fact *fact = mf_fact_add(
        context, id, state, MF_SEGMENT_AUTH, scope_of(arc), brief,
        mf_format(arena, "arc=%s%s%s: %s", result, fits ? "" : ", expected ", fits ? "" : wanted, arc->reason));
    if (arc->count)
        mf_fact_show(context, fact, MF_EXHIBIT_TABLE, "The chain:", chain(arena, arc));
}

const struct mf_check mf_check_arc = {"arc", "the chain of custody is as expected (ARC)", needs, applies, judge};
