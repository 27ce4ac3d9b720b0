/* What is worth telling about a DKIM signature that passes: how little it covers, how weak it is,
 * how soon it ends, and what stands beside it. */
#include "check/check_internal.h"

static const char *const needs[] = {"dkim", NULL};

static void note(struct mf_check_context *context, const char *id, const struct mf_dkim_signature *signature,
                 const char *words)
{
    mf_fact_add(context, id, MF_FACT_NOTE, MF_SEGMENT_AUTH, signature->key_name, "", words)->signature = signature;
}

static void note_body(struct mf_check_context *context, const struct mf_dkim_signature *signature)
{
    if (signature->body_limit < 0)
        return;
    size_t rest = signature->body_length - signature->body_covered;
    const char *words =
        rest ? mf_format(context->arena, "l=%lld: the pass covers the first %zu of %zu bytes of the body",
                         signature->body_limit, signature->body_covered, signature->body_length)
             : mf_format(context->arena, "l=%lld covers the body as it is, but anybody may add to it",
                         signature->body_limit);
    note(context, "dkim.partial-body", signature, words);
}

static void note_fields(struct mf_check_context *context, const struct mf_dkim_signature *signature,
                        const struct mf_message *message)
{
    const struct {
        const char *name;
        bool covered;
    } fields[] = {
        {"Subject", signature->covers_subject},
        {"To", signature->covers_to},
        {"Date", signature->covers_date},
        {"Message-ID", signature->covers_message_id},
        {"Content-Type", signature->covers_content_type},
    };
    struct mf_text missing = {.max = 256};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (!fields[i].covered && mf_message_header(message, fields[i].name, 0))
            mf_text_printf(&missing, "%s%s", missing.len ? ", " : "", fields[i].name);
    if (missing.len)
        note(context, "dkim.few-headers", signature,
             mf_format(context->arena, "h= leaves out %s: they may be changed unnoticed", missing.data));
    mf_text_release(&missing);
}

/* Queues hold mail for days, and gateways for longer while the primary is down. */
#define LASTS_ENOUGH (24 * 3600 * MF_SECOND)

static void note_end(struct mf_check_context *context, const struct mf_dkim_signature *signature, mf_usec seen_at)
{
    mf_usec from = signature->signed_at ? signature->signed_at : seen_at, lasts = signature->expires_at - from;
    char words[32];
    if (signature->expires_at && signature->expires_at != MF_NEVER && lasts < LASTS_ENOUGH)
        note(context, "dkim.expires-soon", signature,
             mf_format(context->arena, "x= ends the signature %s after it was made: mail that waits longer fails",
                       mf_duration_text(lasts, words, sizeof words)));
}

/* Beside the one that passes: of a key that is gone, or made before something was changed. */
static void note_others(struct mf_check_context *context, const struct mf_dkim *dkim)
{
    for (size_t i = 0; i < dkim->count; i++) {
        const struct mf_dkim_signature *other = &dkim->signatures[i];
        bool failed =
            other->result == MF_DKIM_FAIL || other->result == MF_DKIM_PERMERROR || other->result == MF_DKIM_POLICY;
        if (failed && other->domain && other->selector)
            note(context, "dkim.second-fails", other,
                 mf_format(context->arena, "a further signature, s=%s d=%s, does not pass: %s", other->selector,
                           other->domain, other->why));
    }
}

static void judge(struct mf_check_context *context, const struct mf_expect *expect)
{
    const struct mf_case *at = mf_case(context);
    bool ours = expect->dkim.want == MF_AUTH_RESULT || expect->dkim.want == MF_AUTH_PASS_OR_NONE_WARN;
    if (!at->arrival || !ours || (expect->is_copy && !expect->dkim.given))
        return;
    const struct mf_seen *seen = mf_seen_copy(context, at);
    const struct mf_dkim *dkim = mf_seen_dkim(context, seen, at->arrival->copy.at);
    const struct mf_dkim_signature *signature = mf_dkim_aligned_pass(dkim);
    if (!signature)
        return;
    note_body(context, signature);
    note_fields(context, signature, seen->message);
    if (signature->key_bits && signature->key_bits < 2048 && mf_starts(signature->algorithm, "rsa"))
        note(context, "dkim.short-key", signature,
             mf_format(context->arena, "the key has %d bits; 2048 are advised (RFC 8301)", signature->key_bits));
    if (signature->key_test)
        note(context, "dkim.test-mode", signature,
             "the key is in test mode (t=y): receivers may treat the mail as unsigned");
    note_end(context, signature, at->arrival->copy.at);
    note_others(context, dkim);
}

const struct mf_check mf_check_dkim_notes = {"dkim-notes", "what DKIM covers, and how strong it is", needs,
                                             mf_expects_arrival, judge};
