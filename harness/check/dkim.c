/* DKIM as this kind of mail should have it (language README, "by copy"): from us to the outside it
 * passes and is aligned; inbound, what was signed at sending still verifies; at a secondary it is as
 * good as at the primary. */
#include <string.h>

#include "check/check_internal.h"
#include "check/dkim_tell.h"

static const char *const needs[] = {"arrived", NULL};

static bool is_wanted(const struct mf_auth_expect *want, const struct mf_dkim_signature *signature)
{
    if (want->domain && !mf_same_nocase(want->domain, signature->domain))
        return false;
    if (want->selector && !mf_same_nocase(want->selector, signature->selector))
        return false;
    return want->domain || !want->aligned || signature->aligned_relaxed;
}

static int weight(const struct mf_dkim_signature *signature)
{
    static const int weights[] = {
        [MF_DKIM_NONE] = 0,      [MF_DKIM_PERMERROR] = 2, [MF_DKIM_NEUTRAL] = 1, [MF_DKIM_POLICY] = 3,
        [MF_DKIM_TEMPERROR] = 4, [MF_DKIM_FAIL] = 5,      [MF_DKIM_PASS] = 6};
    return weights[signature->result];
}

/* The signature that says most: one that passes, else the one that failed latest in the making. */
static const struct mf_dkim_signature *best(const struct mf_dkim *dkim, const struct mf_auth_expect *want)
{
    const struct mf_dkim_signature *found = NULL;
    for (size_t i = 0; i < dkim->count; i++)
        if ((!want || is_wanted(want, &dkim->signatures[i])) &&
            (!found || weight(&dkim->signatures[i]) > weight(found)))
            found = &dkim->signatures[i];
    return found;
}

static const char *who_signed(struct mf_arena *arena, const struct mf_dkim *dkim)
{
    struct mf_text words = {.max = 4096};
    for (size_t i = 0; i < dkim->count; i++)
        mf_text_printf(&words, "%sd=%s s=%s (%s)", i ? ", " : "", dkim->signatures[i].domain,
                       dkim->signatures[i].selector, mf_dkim_result_name(dkim->signatures[i].result));
    char *text = mf_copy(arena, mf_text_str(&words));
    mf_text_release(&words);
    return text;
}

/* Not one signature of those wanted. */
static void state_absent(struct mf_check_context *context, const struct mf_dkim *dkim,
                         const struct mf_auth_expect *want, enum mf_fact_state state)
{
    struct mf_arena *arena = context->arena;
    const char *domain = mf_address_domain(mf_case(context)->message->from);
    if (dkim->count == 0) {
        mf_fact_add(context, "dkim.unsigned", state, MF_SEGMENT_AUTH, domain, state == MF_FACT_BAD ? "DKIM none" : "",
                    mf_format(arena, "no DKIM signature; mail from %s should have one", domain));
        return;
    }
    bool named = want->domain || want->selector;
    mf_fact_add(context, named ? "dkim.other-signer" : "dkim.unaligned", MF_FACT_BAD, MF_SEGMENT_AUTH, domain,
                named ? "DKIM, other signer" : "DKIM not aligned",
                mf_format(arena, "signed by %s; expected %s%s%s%s", who_signed(arena, dkim),
                          named ? "" : "a signature of ",
                          want->domain ? want->domain
                          : named      ? ""
                                       : domain,
                          want->selector ? " s=" : "", want->selector ? want->selector : ""));
}

/* Another result than pass is expected. */
static void judge_other(struct mf_check_context *context, const struct mf_dkim *dkim, const struct mf_auth_expect *want)
{
    const struct mf_dkim_signature *signature = best(dkim, want);
    const char *result = mf_dkim_result_name(signature ? signature->result : MF_DKIM_NONE);
    const char *words = mf_format(context->arena, "dkim=%s, expected %s%s%s", result, want->result,
                                  signature ? ": " : "", signature ? signature->why : "");
    bool fits = mf_same_nocase(result, want->result);
    mf_fact_add(context, fits ? "dkim.as-expected" : "dkim.other-result", fits ? MF_FACT_GOOD : MF_FACT_BAD,
                MF_SEGMENT_AUTH, signature ? signature->key_name : want->result,
                fits ? "" : mf_format(context->arena, "DKIM %s", result), words)
        ->signature = signature;
}

static void judge_result(struct mf_check_context *context, const struct mf_seen *seen, const struct mf_dkim *dkim,
                         const struct mf_auth_expect *want)
{
    bool none_is_noted = want->want == MF_AUTH_PASS_OR_NONE_WARN;
    if (want->result && !mf_same_nocase(want->result, "pass") && !none_is_noted) {
        judge_other(context, dkim, want);
        return;
    }
    const struct mf_dkim_signature *signature = best(dkim, want);
    if (!signature)
        state_absent(context, dkim, want, none_is_noted && dkim->count == 0 ? MF_FACT_NOTE : MF_FACT_BAD);
    else if (signature->result == MF_DKIM_PASS)
        mf_dkim_state_pass(context, signature);
    else
        mf_dkim_state_failed(context, signature, seen);
}

static const struct mf_dkim_signature *same_signature(const struct mf_dkim *dkim,
                                                      const struct mf_dkim_signature *wanted)
{
    const struct mf_dkim_signature *found = NULL;
    for (size_t i = 0; i < dkim->count; i++) {
        const struct mf_dkim_signature *signature = &dkim->signatures[i];
        bool same = mf_same_nocase(signature->key_name, wanted->key_name) &&
                    mf_same(signature->algorithm, wanted->algorithm) &&
                    mf_same(signature->body_hash, wanted->body_hash);
        if (same && (!found || signature->result == MF_DKIM_PASS))
            found = signature;
    }
    return found;
}

/* The gateway may take the copy before it signs: its own signature is not missed there. */
static bool may_lack(struct mf_check_context *context, const struct mf_dkim_signature *signature)
{
    return mf_case(context)->expect->is_copy &&
           mf_site_is_ours(context->plan->site, mf_format(context->arena, "x@%s", signature->domain));
}

/* Everything that verified when it was sent (or at the main copy) still does. */
static void judge_still(struct mf_check_context *context, const struct mf_seen *seen, const struct mf_dkim *dkim,
                        const struct mf_dkim *before)
{
    for (size_t i = 0; i < before->count; i++) {
        const struct mf_dkim_signature *earlier = &before->signatures[i], *now;
        if (earlier->result != MF_DKIM_PASS)
            continue;
        now = same_signature(dkim, earlier);
        if (now && now->result != MF_DKIM_PASS)
            mf_dkim_state_failed(context, now, seen);
        else if (!now && !may_lack(context, earlier))
            mf_fact_add(context, "dkim.removed", MF_FACT_BAD, MF_SEGMENT_AUTH, earlier->key_name, "DKIM signature gone",
                        mf_format(context->arena, "the signature s=%s d=%s was taken away on the way",
                                  earlier->selector, earlier->domain));
    }
}

static const struct mf_dkim *dkim_before(struct mf_check_context *context, const struct mf_case *at)
{
    const struct mf_seen *sent = mf_seen_sent(context, at->sent);
    if (!at->expect->is_copy)
        return sent ? mf_seen_dkim(context, sent, at->arrival->copy.at) : NULL;
    const struct mf_arrival *main = mf_main_copy(context, at);
    bool same_person = main && at->message->kind != MF_KIND_OUTBOUND;
    return same_person ? mf_seen_dkim(context, mf_seen_arrival(context, main), main->copy.at) : NULL;
}

static void judge(struct mf_check_context *context, const struct mf_expect *expect)
{
    const struct mf_case *at = mf_case(context);
    const struct mf_auth_expect *want = &expect->dkim;
    if (!at->arrival || want->want == MF_AUTH_NOT_JUDGED || want->want == MF_AUTH_TOLD)
        return;
    const struct mf_seen *seen = mf_seen_copy(context, at);
    const struct mf_dkim *dkim = mf_seen_dkim(context, seen, at->arrival->copy.at);
    bool still = want->want == MF_AUTH_STILL_VERIFIES || (expect->is_copy && !want->given);
    const struct mf_dkim *before = still ? dkim_before(context, at) : NULL;
    if (!still)
        judge_result(context, seen, dkim, want);
    else if (before)
        judge_still(context, seen, dkim, before);
}

const struct mf_check mf_check_dkim = {"dkim", "DKIM is as this kind of mail should have it", needs, mf_expects_arrival,
                                       judge};
