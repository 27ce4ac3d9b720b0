/* One signature verified with our own canonicalization, so that a failure can be told by its cause:
 * body changed, header changed, or signed with another key. */
#include <string.h>

#include "auth/dkim_internal.h"

static struct mf_bytes canonical_body(const struct mf_message *message, struct mf_dkim_bodies *bodies,
                                      enum mf_canon canon)
{
    struct mf_text *text = canon == MF_CANON_RELAXED ? &bodies->relaxed : &bodies->simple;
    bool *have = canon == MF_CANON_RELAXED ? &bodies->have_relaxed : &bodies->have_simple;
    if (!*have) {
        mf_text_init(text, message->body.len + 2);
        mf_canon_body(canon, message->body, text);
        *have = true;
    }
    return mf_text_bytes(text);
}

/* Fills in what the signature says about the body; returns why bh= does not fit, or NULL. */
static const char *judge_body(struct mf_arena *arena, const struct mf_message *message, struct mf_dkim_bodies *bodies,
                              struct mf_dkim_work *work)
{
    struct mf_dkim_signature *told = work->told;
    struct mf_bytes body = canonical_body(message, bodies, work->canon_body);
    told->body_length = told->body_covered = body.len;
    if (told->body_limit >= 0 && (unsigned long long)told->body_limit < body.len)
        told->body_covered = (size_t)told->body_limit;
    struct mf_digest digest = mf_digest_of(work->digest_kind, (struct mf_bytes){body.data, told->body_covered});
    told->body_matches = work->bh.len == digest.len && memcmp(work->bh.data, digest.bytes, digest.len) == 0;
    if (told->body_limit >= 0 && (unsigned long long)told->body_limit > body.len) {
        told->body_matches = false;
        return mf_format(arena, "the body is cut: %zu bytes arrived of %lld signed (l=)", body.len, told->body_limit);
    }
    return told->body_matches ? NULL : "the body is not what was signed (bh= does not fit)";
}

static const struct mf_tag *signature_tag(const struct mf_dkim_work *work)
{
    return mf_tags_find(&work->tags, "b");
}

/* itself: the signature's field, when it is in that message. */
static struct mf_digest header_digest(const struct mf_message *message, const struct mf_header *itself,
                                      const struct mf_dkim_work *work)
{
    struct mf_text text;
    mf_text_init(&text, 0);
    mf_canon_select(work->canon_header, message, itself, work->told->signed_headers, work->told->signed_header_count,
                    &text);
    mf_canon_signature(work->canon_header, work->field->raw, signature_tag(work)->where, &text);
    struct mf_digest digest = mf_digest_of(work->digest_kind, mf_text_bytes(&text));
    mf_text_release(&text);
    return digest;
}

static void fail(struct mf_arena *arena, struct mf_dkim_work *work, enum mf_dkim_cause cause, const char *header_why,
                 const char *body_why)
{
    const char *why = header_why && body_why ? mf_format(arena, "%s; and %s", header_why, body_why)
                      : header_why           ? header_why
                                             : body_why;
    mf_dkim_settle(work, MF_DKIM_FAIL, cause, why);
}

/* What the header's signature says, together with the body: the deeper cause names the result. */
static void settle(struct mf_arena *arena, struct mf_dkim_work *work, enum mf_verification header, const char *body_why)
{
    switch (header) {
    case MF_VERIFY_GOOD:
        if (body_why)
            fail(arena, work, MF_DKIM_BODY_CHANGED, NULL, body_why);
        else
            mf_dkim_settle(work, MF_DKIM_PASS, MF_DKIM_GOOD, "good");
        break;
    case MF_VERIFY_OTHER_DIGEST:
        fail(arena, work, body_why ? MF_DKIM_BODY_CHANGED : MF_DKIM_HEADER_CHANGED,
             "signed header fields are not what was signed (the key is right, the digest another)", body_why);
        break;
    case MF_VERIFY_OTHER_KEY:
        fail(arena, work, MF_DKIM_WRONG_KEY, "signed with another key than the one in DNS", body_why);
        break;
    case MF_VERIFY_BAD:
        fail(arena, work, body_why ? MF_DKIM_BODY_CHANGED : MF_DKIM_HEADER_OR_KEY,
             "b= does not fit: signed header fields were changed, or it was another key (Ed25519 can't tell)",
             body_why);
        break;
    case MF_VERIFY_NO_KEY:
        mf_dkim_settle(work, MF_DKIM_PERMERROR, MF_DKIM_KEY_BROKEN, "the key can't be used");
        break;
    }
}

void mf_dkim_judge(struct mf_arena *arena, const struct mf_message *message, struct mf_dkim_bodies *bodies,
                   struct mf_dkim_work *work)
{
    if (work->settled && work->told->cause == MF_DKIM_SYNTAX)
        return;
    const char *body_why = judge_body(arena, message, bodies, work);
    if (work->settled || !work->key)
        return;
    struct mf_digest digest = header_digest(message, work->field, work);
    settle(arena, work, mf_signature_verify(work->key_type, work->key->der, work->b, &digest), body_why);
}

bool mf_dkim_body_fits(const struct mf_dkim_signature *signature, struct mf_bytes raw)
{
    struct mf_arena *arena = mf_arena_new();
    const struct mf_message *message = mf_message_parse(arena, mf_canon_line_ends(arena, raw));
    struct mf_dkim_signature copy = *signature;
    struct mf_dkim_work work = {.told = &copy};
    struct mf_dkim_bodies bodies = {0};
    work.canon_body = mf_same(signature->canon_body, "relaxed") ? MF_CANON_RELAXED : MF_CANON_SIMPLE;
    work.digest_kind = mf_same(signature->algorithm, "rsa-sha1") ? MF_DIGEST_SHA1 : MF_DIGEST_SHA256;
    bool decoded = mf_base64_decode(arena, mf_bytes_of(signature->body_hash), &work.bh) == 0;
    judge_body(arena, message, &bodies, &work);
    mf_text_release(&bodies.simple);
    mf_text_release(&bodies.relaxed);
    mf_arena_free(&arena);
    return decoded && copy.body_matches;
}

bool mf_dkim_header_fits(const struct mf_dkim_signature *signature, struct mf_bytes received, struct mf_bytes sent)
{
    struct mf_arena *arena = mf_arena_new();
    const struct mf_message *message = mf_message_parse(arena, mf_canon_line_ends(arena, received));
    const struct mf_message *other = mf_message_parse(arena, mf_canon_line_ends(arena, sent));
    struct mf_dkim_work work = {0};
    bool fits = false;
    if (signature->key_record && signature->header_index < message->header_count)
        mf_dkim_read(arena, message, signature->header_index, 0, &work);
    if (work.told && work.told->cause != MF_DKIM_SYNTAX) {
        const struct mf_dkim_key *key = mf_dkim_key_parse(arena, mf_bytes_of(signature->key_record));
        struct mf_digest digest = header_digest(other, NULL, &work);
        fits = key->good && mf_signature_verify(work.key_type, key->der, work.b, &digest) == MF_VERIFY_GOOD;
    }
    mf_arena_free(&arena);
    return fits;
}
