/* What is stated about one DKIM signature: that it passes, or why not, with what shows it. */
#include "check/dkim_tell.h"
#include "check/border.h"

#include <string.h>

#include "check/diff.h"

/* By cause: the fact's id and the few words for the row. */
static const struct {
    const char *id, *brief;
} causes[] = {
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

static void show_body(struct mf_check_context *context, struct mf_fact *fact, const struct mf_seen *seen,
                      const struct mf_seen *sent)
{
    struct mf_diff diff = mf_diff_lines(context->arena, sent->message->body, seen->message->body, 12);
    if (*diff.text)
        mf_fact_show(context, fact, MF_EXHIBIT_DIFF, "", diff.text);
}

static const char *body_words(struct mf_check_context *context, const struct mf_dkim_signature *signature,
                              const struct mf_seen *seen, const struct mf_seen *sent)
{
    struct mf_arena *arena = context->arena;
    if (sent && mf_dkim_body_fits(signature, sent->raw))
        return mf_format(
            arena, "s=%s: bh= fits the body as sent, not as received. The signer is right; the change came later%s.",
            signature->selector, between(context, seen));
    return mf_format(arena,
                     "s=%s: %s; it does not fit the body as sent either, so it was changed before signing as well.",
                     signature->selector, signature->why);
}

static const char *field_text(struct mf_arena *arena, const struct mf_message *message, const char *name)
{
    const struct mf_header *field = mf_message_header(message, name, 0);
    return field ? mf_header_text(arena, field, false) : NULL;
}

/* Folds and blanks only: what c=relaxed forgives, and c=simple does not. */
static bool is_reformatted(const struct mf_message *before, const struct mf_message *after, const char *name)
{
    const struct mf_header *a = mf_message_header(before, name, 0), *b = mf_message_header(after, name, 0);
    return a && b && (a->value.len != b->value.len || memcmp(a->value.data, b->value.data, a->value.len) != 0);
}

static void add_reformatted(struct mf_check_context *context, struct mf_fact *fact,
                            const struct mf_dkim_signature *signature, const struct mf_text *names)
{
    if (!names->len || !mf_same(signature->canon_header, "simple"))
        return;
    fact->text = mf_format(context->arena,
                           "%s Reformatted only (folds, blanks): %s; c=simple does not forgive that, c=relaxed would",
                           fact->text, names->data);
}

/* Which signed fields differ from what was sent: the likely culprits. */
static void show_fields(struct mf_check_context *context, struct mf_fact *fact,
                        const struct mf_dkim_signature *signature, const struct mf_seen *seen,
                        const struct mf_seen *sent)
{
    struct mf_text lines = {.max = 16 << 10}, reformatted = {.max = 1024};
    for (size_t i = 0; i < signature->signed_header_count; i++) {
        const char *name = signature->signed_headers[i];
        const char *before = field_text(context->arena, sent->message, name),
                   *after = field_text(context->arena, seen->message, name);
        if (i && mf_same_nocase(name, signature->signed_headers[i - 1]))
            continue;
        if (mf_same(before, after)) {
            if (is_reformatted(sent->message, seen->message, name))
                mf_text_printf(&reformatted, "%s%s", reformatted.len ? ", " : "", name);
            continue;
        }
        if (before)
            mf_text_printf(&lines, "- %s: %s\n", name, before);
        if (after)
            mf_text_printf(&lines, "+ %s: %s\n", name, after);
    }
    if (lines.len)
        mf_fact_show(context, fact, MF_EXHIBIT_DIFF,
                     "Signed fields that differ from what was sent:", mf_copy(context->arena, lines.data));
    else
        add_reformatted(context, fact, signature, &reformatted);
    mf_text_release(&lines);
    mf_text_release(&reformatted);
}

static void add_exhibits(struct mf_check_context *context, struct mf_fact *fact,
                         const struct mf_dkim_signature *signature, const struct mf_seen *seen,
                         const struct mf_seen *sent)
{
    if (!sent)
        return;
    if (signature->cause == MF_DKIM_BODY_CHANGED)
        show_body(context, fact, seen, sent);
    if (signature->cause == MF_DKIM_HEADER_CHANGED || signature->cause == MF_DKIM_HEADER_OR_KEY)
        show_fields(context, fact, signature, seen, sent);
}

static bool is_alteration(enum mf_dkim_cause cause)
{
    return cause == MF_DKIM_BODY_CHANGED || cause == MF_DKIM_HEADER_CHANGED || cause == MF_DKIM_HEADER_OR_KEY;
}

void mf_dkim_state_failed(struct mf_check_context *context, const struct mf_dkim_signature *signature,
                          const struct mf_seen *seen)
{
    struct mf_arena *arena = context->arena;
    const struct mf_seen *sent = mf_seen_sent(context, mf_case(context)->sent);
    /* The border verified it when it came in, and we can't: then the store rewrote it afterwards
     * (Exchange does), which proves nothing against the mail. */
    if (is_alteration(signature->cause) && signature->domain &&
        mf_border_verified(context, mf_case(context), signature->domain)) {
        const char *words = mf_format(arena,
                                      "s=%s: the border verified it (Authentication-Results), here it does not verify "
                                      "any more: the store rewrote it",
                                      signature->selector);
        mf_fact_add(context, "dkim.unverifiable-here", MF_FACT_NOTE, MF_SEGMENT_AUTH, signature->key_name, "", words)
            ->signature = signature;
        return;
    }
    bool unknown = signature->cause == MF_DKIM_KEY_UNREACHABLE || signature->cause == MF_DKIM_NEED_MORE;
    const char *words = signature->cause == MF_DKIM_BODY_CHANGED
                            ? body_words(context, signature, seen, sent)
                            : mf_format(arena, "s=%s: %s.", signature->selector, signature->why);
    struct mf_fact *fact = mf_fact_add(context, causes[signature->cause].id, unknown ? MF_FACT_UNKNOWN : MF_FACT_BAD,
                                       MF_SEGMENT_AUTH, signature->key_name, causes[signature->cause].brief, words);
    fact->signature = signature;
    add_exhibits(context, fact, signature, seen, sent);
}

void mf_dkim_state_pass(struct mf_check_context *context, const struct mf_dkim_signature *signature)
{
    bool required = mf_case(context)->expect->dkim.want == MF_AUTH_RESULT;
    struct mf_fact *fact = mf_fact_add(
        context, "dkim.pass", MF_FACT_GOOD, MF_SEGMENT_AUTH, signature->key_name, required ? "DKIM" : "",
        mf_format(context->arena, "s=%s d=%s %s, %d bits, %s/%s", signature->selector, signature->domain,
                  signature->algorithm, signature->key_bits, signature->canon_header, signature->canon_body));
    fact->signature = signature;
}
