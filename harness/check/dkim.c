/* DKIM as this kind of mail should have it (language README, "by copy"): from us to the outside it
 * passes and is aligned; inbound, what was signed at sending still verifies; at a secondary it is as
 * good as at the primary. */
#include <string.h>

#include "check/check_internal.h"
#include "check/diff.h"

static const char *const needs[] = {"arrived", NULL};

/* By cause: the fact's id and the few words for the row. */
static const struct { const char *id, *brief; } causes[] = {
    [MF_DKIM_GOOD] = {"dkim.pass", ""},
    [MF_DKIM_BODY_CHANGED] = {"dkim.body-changed", "DKIM fail, altered"},
    [MF_DKIM_HEADER_OR_KEY] = {"dkim.header-or-key", "DKIM fail"},
    [MF_DKIM_HEADER_CHANGED] = {"dkim.header-changed", "DKIM fail, header altered"},
    [MF_DKIM_WRONG_KEY] = {"dkim.wrong-key", "DKIM fail, wrong key"},
    [MF_DKIM_KEY_MISSING] = {"dkim.key-missing", "DKIM permerror, no key"},
    [MF_DKIM_KEY_REVOKED] = {"dkim.key-revoked", "DKIM permerror, key revoked"},
    [MF_DKIM_KEY_BROKEN] = {"dkim.key-broken", "DKIM permerror, key broken"},
    [MF_DKIM_KEY_MULTIPLE] = {"dkim.key-multiple", "DKIM permerror, two keys"},
    [MF_DKIM_KEY_UNFIT] = {"dkim.key-unfit", "DKIM permerror, unfit key"},
    [MF_DKIM_KEY_UNREACHABLE] = {"dkim.key-unreachable", "DKIM temperror"},
    [MF_DKIM_WEAK_KEY] = {"dkim.weak-key", "DKIM policy, weak key"},
    [MF_DKIM_SHA1] = {"dkim.sha1", "DKIM permerror, SHA-1"},
    [MF_DKIM_EXPIRED] = {"dkim.expired", "DKIM permerror, expired"},
    [MF_DKIM_FUTURE] = {"dkim.future", "DKIM permerror, clock"},
    [MF_DKIM_SYNTAX] = {"dkim.syntax", "DKIM permerror, syntax"},
    [MF_DKIM_FROM_UNSIGNED] = {"dkim.from-unsigned", "DKIM permerror"},
    [MF_DKIM_SECOND_FROM] = {"dkim.second-from", "DKIM permerror, two From"},
    [MF_DKIM_NOT_PROCESSED] = {"dkim.disputed", "DKIM neutral"},
    [MF_DKIM_NEED_MORE] = {"dkim.key-unreachable", "DKIM key not looked up"},
};

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
    static const int weights[] = {[MF_DKIM_NONE] = 0,     [MF_DKIM_PERMERROR] = 2, [MF_DKIM_NEUTRAL] = 1, [MF_DKIM_POLICY] = 3,
                                  [MF_DKIM_TEMPERROR] = 4, [MF_DKIM_FAIL] = 5,      [MF_DKIM_PASS] = 6};
    return weights[signature->result];
}

/* The signature that says most: one that passes, else the one that failed latest in the making. */
static const struct mf_dkim_signature *best(const struct mf_dkim *dkim, const struct mf_auth_expect *want)
{
    const struct mf_dkim_signature *found = NULL;
    for (size_t i = 0; i < dkim->count; i++)
        if ((!want || is_wanted(want, &dkim->signatures[i])) && (!found || weight(&dkim->signatures[i]) > weight(found)))
            found = &dkim->signatures[i];
    return found;
}

/* The last host of the expected way that signs, and the host that took it at the end. */
static const char *between(struct mf_check_context *context, const struct mf_seen *seen)
{
    const struct mf_expect *expect = mf_case(context)->expect;
    size_t count;
    const struct mf_received **path = mf_seen_path(context, seen, &count);
    const struct mf_server *signer = expect->through_count ? expect->through[expect->through_count - 1].server : NULL;
    const char *from = NULL, *to = count ? path[count - 1]->by : NULL;
    for (size_t i = 0; signer && i < count; i++)
        if (path[i]->by && mf_server_has_host(signer, path[i]->by))
            from = path[i]->by;
    if (!from || !to || mf_same_nocase(from, to))
        return "";
    return mf_format(context->arena, ", between %s and %s", from, to);
}

static void show_body(struct mf_check_context *context, struct mf_fact *fact, const struct mf_seen *seen, const struct mf_seen *sent)
{
    struct mf_diff diff = mf_diff_lines(context->arena, sent->message->body, seen->message->body, 12);
    if (*diff.text)
        mf_fact_show(context, fact, MF_EXHIBIT_DIFF, "", diff.text);
}

static const char *body_words(struct mf_check_context *context, const struct mf_dkim_signature *signature, const struct mf_seen *seen,
                              const struct mf_seen *sent)
{
    struct mf_arena *arena = context->arena;
    if (sent && mf_dkim_body_fits(signature, sent->raw))
        return mf_format(arena, "s=%s: bh= fits the body as sent, not as received. The signer is right; the change came later%s.",
                         signature->selector, between(context, seen));
    return mf_format(arena, "s=%s: %s; it does not fit the body as sent either, so it was changed before signing as well.",
                     signature->selector, signature->why);
}

static const char *field_text(struct mf_arena *arena, const struct mf_message *message, const char *name)
{
    const struct mf_header *field = mf_message_header(message, name, 0);
    return field ? mf_header_text(arena, field, false) : NULL;
}

/* Which signed fields differ from what was sent: the likely culprits. */
static void show_fields(struct mf_check_context *context, struct mf_fact *fact, const struct mf_dkim_signature *signature,
                        const struct mf_seen *seen, const struct mf_seen *sent)
{
    struct mf_text lines = {.max = 16 << 10};
    for (size_t i = 0; i < signature->signed_header_count; i++) {
        const char *name = signature->signed_headers[i];
        const char *before = field_text(context->arena, sent->message, name), *after = field_text(context->arena, seen->message, name);
        if (mf_same(before, after) || (i && mf_same_nocase(name, signature->signed_headers[i - 1])))
            continue;
        if (before)
            mf_text_printf(&lines, "- %s: %s\n", name, before);
        if (after)
            mf_text_printf(&lines, "+ %s: %s\n", name, after);
    }
    if (lines.len)
        mf_fact_show(context, fact, MF_EXHIBIT_DIFF, "Signed fields that differ from what was sent:", mf_copy(context->arena, lines.data));
    mf_text_release(&lines);
}

static void add_exhibits(struct mf_check_context *context, struct mf_fact *fact, const struct mf_dkim_signature *signature,
                         const struct mf_seen *seen, const struct mf_seen *sent)
{
    if (!sent)
        return;
    if (signature->cause == MF_DKIM_BODY_CHANGED)
        show_body(context, fact, seen, sent);
    if (signature->cause == MF_DKIM_HEADER_CHANGED || signature->cause == MF_DKIM_HEADER_OR_KEY)
        show_fields(context, fact, signature, seen, sent);
}

/* The border verified it when it came in, and we can't: then the store rewrote it afterwards
 * (Exchange does), which proves nothing against the mail. Only the top-most result under the
 * configured name is believed (RFC 8601 5). */
static bool border_says_pass(struct mf_check_context *context, const struct mf_seen *seen, const struct mf_dkim_signature *signature)
{
    const struct mf_header *field = mf_message_header(seen->message, "Authentication-Results", 0);
    const struct mf_server *border = mf_case(context)->expect->mailbox->server;
    if (!field || !border)
        return false;
    const char *words = mf_header_text(context->arena, field, false);
    size_t len = strcspn(words, "; \t");
    char *id = mf_copy_bytes(context->arena, words, len);
    bool ours = false;
    for (size_t i = 0; i < border->authserv_id_count; i++)
        ours = ours || mf_same_nocase(border->authserv_ids[i], id);
    const char *pass = ours ? strcasestr(words, "dkim=pass") : NULL;
    return pass && strcasestr(pass, signature->domain);
}

static bool is_alteration(enum mf_dkim_cause cause)
{
    return cause == MF_DKIM_BODY_CHANGED || cause == MF_DKIM_HEADER_CHANGED || cause == MF_DKIM_HEADER_OR_KEY;
}

static void state_failed(struct mf_check_context *context, const struct mf_dkim_signature *signature, const struct mf_seen *seen)
{
    struct mf_arena *arena = context->arena;
    const struct mf_seen *sent = mf_seen_sent(context, mf_case(context)->sent);
    if (is_alteration(signature->cause) && border_says_pass(context, seen, signature)) {
        const char *words = mf_format(arena, "s=%s: the border verified it (Authentication-Results), here it does not verify any more: the store rewrote it",
                                      signature->selector);
        mf_fact_add(context, "dkim.unverifiable-here", MF_FACT_NOTE, MF_SEGMENT_AUTH, signature->key_name, "", words)->signature = signature;
        return;
    }
    bool unknown = signature->cause == MF_DKIM_KEY_UNREACHABLE || signature->cause == MF_DKIM_NEED_MORE;
    const char *words = signature->cause == MF_DKIM_BODY_CHANGED
                            ? body_words(context, signature, seen, sent)
                            : mf_format(arena, "s=%s: %s.", signature->selector, signature->why);
    struct mf_fact *fact = mf_fact_add(context, causes[signature->cause].id, unknown ? MF_FACT_UNKNOWN : MF_FACT_BAD, MF_SEGMENT_AUTH,
                                    signature->key_name, causes[signature->cause].brief, words);
    fact->signature = signature;
    add_exhibits(context, fact, signature, seen, sent);
}

static void state_pass(struct mf_check_context *context, const struct mf_dkim_signature *signature)
{
    struct mf_fact *fact = mf_fact_add(context, "dkim.pass", MF_FACT_GOOD, MF_SEGMENT_AUTH, signature->key_name, "DKIM",
                                    mf_format(context->arena, "s=%s d=%s %s, %d bits, %s/%s", signature->selector, signature->domain,
                                              signature->algorithm, signature->key_bits, signature->canon_header, signature->canon_body));
    fact->signature = signature;
}

static const char *who_signed(struct mf_arena *arena, const struct mf_dkim *dkim)
{
    struct mf_text words = {.max = 4096};
    for (size_t i = 0; i < dkim->count; i++)
        mf_text_printf(&words, "%sd=%s s=%s (%s)", i ? ", " : "", dkim->signatures[i].domain, dkim->signatures[i].selector,
                       mf_dkim_result_name(dkim->signatures[i].result));
    char *text = mf_copy(arena, mf_text_str(&words));
    mf_text_release(&words);
    return text;
}

/* Not one signature of those wanted. */
static void state_absent(struct mf_check_context *context, const struct mf_dkim *dkim, const struct mf_auth_expect *want, enum mf_fact_state state)
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
             mf_format(arena, "signed by %s; expected %s%s%s%s", who_signed(arena, dkim), named ? "" : "a signature of ",
                       want->domain ? want->domain : named ? "" : domain, want->selector ? " s=" : "", want->selector ? want->selector : ""));
}

/* Another result than pass is expected. */
static void judge_other(struct mf_check_context *context, const struct mf_dkim *dkim, const struct mf_auth_expect *want)
{
    const struct mf_dkim_signature *signature = best(dkim, want);
    const char *result = mf_dkim_result_name(signature ? signature->result : MF_DKIM_NONE);
    const char *words = mf_format(context->arena, "dkim=%s, expected %s%s%s", result, want->result, signature ? ": " : "", signature ? signature->why : "");
    bool fits = mf_same_nocase(result, want->result);
    mf_fact_add(context, fits ? "dkim.as-expected" : "dkim.other-result", fits ? MF_FACT_GOOD : MF_FACT_BAD, MF_SEGMENT_AUTH,
             signature ? signature->key_name : want->result, fits ? "" : mf_format(context->arena, "DKIM %s", result), words)->signature = signature;
}

static void judge_result(struct mf_check_context *context, const struct mf_seen *seen, const struct mf_dkim *dkim, const struct mf_auth_expect *want)
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
        state_pass(context, signature);
    else
        state_failed(context, signature, seen);
}

static const struct mf_dkim_signature *same_signature(const struct mf_dkim *dkim, const struct mf_dkim_signature *wanted)
{
    const struct mf_dkim_signature *found = NULL;
    for (size_t i = 0; i < dkim->count; i++) {
        const struct mf_dkim_signature *signature = &dkim->signatures[i];
        bool same = mf_same_nocase(signature->key_name, wanted->key_name) && mf_same(signature->algorithm, wanted->algorithm) &&
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
static void judge_still(struct mf_check_context *context, const struct mf_seen *seen, const struct mf_dkim *dkim, const struct mf_dkim *before)
{
    for (size_t i = 0; i < before->count; i++) {
        const struct mf_dkim_signature *earlier = &before->signatures[i], *now;
        if (earlier->result != MF_DKIM_PASS)
            continue;
        now = same_signature(dkim, earlier);
        if (now && now->result != MF_DKIM_PASS)
            state_failed(context, now, seen);
        else if (!now && !may_lack(context, earlier))
            mf_fact_add(context, "dkim.removed", MF_FACT_BAD, MF_SEGMENT_AUTH, earlier->key_name, "DKIM signature gone",
                     mf_format(context->arena, "the signature s=%s d=%s was taken away on the way", earlier->selector, earlier->domain));
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

const struct mf_check mf_check_dkim = {"dkim", "DKIM is as this kind of mail should have it", needs, mf_expects_arrival, judge};
