/* ARC signatures against their keys (RFC 8617 5.1.1, 5.1.2; the cryptography is DKIM's). */
#include <string.h>

#include "auth/arc_internal.h"
#include "auth/crypto.h"
#include "mailflow/dkim.h"

#define RSA_BITS_MIN 1024 /* RFC 8301 3.2 */
#define SIGNED_MAX ((size_t)16 << 20)

static void bad(struct mf_arc_signature *signature, const char *why)
{
    signature->state = MF_ARC_BAD;
    signature->why = why;
}

/* The TXT record that holds a key; others at the name are passed over. */
static const struct mf_dkim_key *choose_key(struct mf_arena *arena, const struct mf_dns_answer *answer)
{
    const struct mf_dkim_key *key = NULL;
    for (size_t i = 0; i < answer->count; i++) {
        const struct mf_dkim_key *one = mf_dkim_key_parse(arena, answer->records[i].text);
        if (!key || (one->good && !key->good))
            key = one;
    }
    return key;
}

static const char *why_unfit(struct mf_arena *arena, const struct mf_dkim_key *key, const char *type)
{
    if (!key->good)
        return key->why;
    if (strcmp(key->type, type) != 0)
        return mf_format(arena, "it is a %.20s key", key->type);
    if (strcmp(type, "rsa") == 0 && key->bits < RSA_BITS_MIN)
        return mf_format(arena, "it has %d bits only, and %d are the least (RFC 8301)", key->bits, RSA_BITS_MIN);
    if (key->hashes && !mf_tags_list_has(key->hashes, "sha256"))
        return "it does not allow sha256 (h=)";
    if (key->services && !mf_tags_list_has(key->services, "*") && !mf_tags_list_has(key->services, "email"))
        return "it is not for mail (s=)";
    return NULL;
}

/* The key of a signature; NULL with state and why set. */
static const struct mf_dkim_key *find_key(struct mf_arc_chain *chain, struct mf_arc_signature *signature,
                                          const char *type)
{
    const struct mf_dns_answer *answer =
        mf_dns_ask(chain->dns, chain->arena, signature->key_name, MF_DNS_TXT, chain->deadline);
    if (answer->status == MF_DNS_NXDOMAIN || answer->status == MF_DNS_NODATA) {
        bad(signature, mf_format(chain->arena, "there is no key at %s", signature->key_name));
        return NULL;
    }
    if (answer->status != MF_DNS_OK) {
        chain->arc->need_more = chain->arc->need_more || answer->status == MF_DNS_UNKNOWN;
        signature->state = MF_ARC_UNKNOWN;
        signature->why =
            mf_format(chain->arena, "the key at %s could not be found out (%s)%s%s", signature->key_name,
                      mf_dns_status_name(answer->status), answer->why ? ": " : "", answer->why ? answer->why : "");
        return NULL;
    }
    const struct mf_dkim_key *key = choose_key(chain->arena, answer);
    const char *why = key ? why_unfit(chain->arena, key, type) : "the answer is empty";
    signature->key_bits = key ? key->bits : 0;
    if (why)
        bad(signature, mf_format(chain->arena, "the key at %s can't be used: %s", signature->key_name, why));
    return why ? NULL : key;
}

static const char *verdict_text(struct mf_arena *arena, enum mf_verification verification, const char *key_name)
{
    switch (verification) {
    case MF_VERIFY_GOOD:
        return NULL;
    case MF_VERIFY_OTHER_DIGEST:
        return "it was made with this key, but over something else: what it signs was changed";
    case MF_VERIFY_OTHER_KEY:
        return mf_format(arena, "it was not made with the key at %s, or b= is damaged", key_name);
    case MF_VERIFY_BAD:
        return mf_format(arena, "it does not fit: what it signs was changed, or the key at %s is another one",
                         key_name);
    case MF_VERIFY_NO_KEY:
        return mf_format(arena, "the key at %s can't be used", key_name);
    }
    return "it does not fit";
}

/* Checks b= over the text that was signed. */
static void verify(struct mf_arc_chain *chain, struct mf_arc_signature *signature, const struct mf_tags *tags,
                   const struct mf_text *text)
{
    struct mf_bytes b;
    bool is_rsa = strcmp(signature->algorithm, "rsa-sha256") == 0;
    if (mf_base64_decode(chain->arena, mf_bytes_of(mf_tags_squeeze(chain->arena, mf_tags_value(tags, "b"))), &b) != 0) {
        bad(signature, "b= is no base64");
        return;
    }
    const struct mf_dkim_key *key = find_key(chain, signature, is_rsa ? "rsa" : "ed25519");
    if (!key)
        return;
    struct mf_digest digest = mf_digest_of(MF_DIGEST_SHA256, mf_text_bytes(text));
    const char *why =
        text->full ? "what it signs is too long"
                   : verdict_text(chain->arena,
                                  mf_signature_verify(is_rsa ? MF_KEY_RSA : MF_KEY_ED25519, key->der, b, &digest),
                                  signature->key_name);
    if (why)
        bad(signature, why);
    else
        signature->state = MF_ARC_GOOD;
}

/* ------------------------------------------------------------------ ARC-Message-Signature */

/* l= as in DKIM: only so much of the canonicalized body is signed. False: more than there is. */
static bool cut_body(const struct mf_tags *tags, struct mf_text *body)
{
    long long limit;
    const char *l = mf_tags_value(tags, "l");
    if (!l)
        return true;
    if (!mf_tags_number(l, &limit) || (unsigned long long)limit > body->len)
        return false;
    body->len = (size_t)limit;
    return true;
}

static bool body_fits(struct mf_arc_chain *chain, const struct mf_tags *tags, enum mf_canon canon, const char **why)
{
    struct mf_text body;
    struct mf_bytes wanted;
    mf_text_init(&body, chain->message->body.len * 2 + 2);
    mf_canon_body(canon, chain->message->body, &body);
    bool has_length = cut_body(tags, &body);
    struct mf_digest digest = mf_digest_of(MF_DIGEST_SHA256, mf_text_bytes(&body));
    mf_text_release(&body);
    bool is_base64 =
        mf_base64_decode(chain->arena, mf_bytes_of(mf_tags_squeeze(chain->arena, mf_tags_value(tags, "bh"))),
                         &wanted) == 0;
    *why = !is_base64    ? "bh= is no base64"
           : !has_length ? "l= does not fit the body"
                         : "the body was changed (bh= does not fit)";
    return is_base64 && has_length && mf_bytes_equal(wanted, (struct mf_bytes){(char *)digest.bytes, digest.len});
}

static void verify_as(struct mf_arc_chain *chain, size_t i, enum mf_canon header, enum mf_canon body)
{
    struct mf_arc_set *set = &chain->arc->sets[i];
    const struct mf_arc_work *work = &chain->works[i];
    const struct mf_tags *tags = &work->tags[MF_ARC_MESSAGE];
    const char *why = NULL;
    size_t count = 0;
    set->body_matches = body_fits(chain, tags, body, &why);
    if (!set->body_matches) {
        bad(&set->message, why);
        return;
    }
    const char **signed_names = mf_tags_list(chain->arena, mf_tags_value(tags, "h"), &count);
    struct mf_text text = {.max = SIGNED_MAX};
    mf_canon_select(header, chain->message, work->field[MF_ARC_MESSAGE], signed_names, count, &text);
    mf_canon_signature(header, work->field[MF_ARC_MESSAGE]->raw, mf_tags_find(tags, "b")->where, &text);
    verify(chain, &set->message, tags, &text);
    mf_text_release(&text);
}

/* Without c= DKIM means simple; ARC's signers and the public suite mean relaxed: what fits was meant. */
void mf_arc_verify_message(struct mf_arc_chain *chain, size_t i)
{
    struct mf_arc_signature *signature = &chain->arc->sets[i].message;
    const char *canon = mf_tags_value(&chain->works[i].tags[MF_ARC_MESSAGE], "c");
    enum mf_canon header = MF_CANON_SIMPLE, body = MF_CANON_SIMPLE;
    if (canon && !mf_canon_parse(canon, &header, &body)) {
        bad(signature, mf_format(chain->arena, "c=%.40s is no canonicalization", canon));
        return;
    }
    if (!canon)
        verify_as(chain, i, MF_CANON_RELAXED, MF_CANON_RELAXED);
    if (canon || signature->state == MF_ARC_BAD)
        verify_as(chain, i, header, body);
    if (signature->state == MF_ARC_GOOD)
        signature->why = NULL;
}

/* ------------------------------------------------------------------ ARC-Seal */

/* RFC 8617 5.1.1: all sets up to this one, relaxed, in order; of its own seal without b=. */
void mf_arc_verify_seal(struct mf_arc_chain *chain, size_t i)
{
    struct mf_text text = {.max = SIGNED_MAX};
    const struct mf_tags *tags = &chain->works[i].tags[MF_ARC_SEAL];
    for (size_t k = 0; k <= i; k++) {
        const struct mf_arc_work *work = &chain->works[k];
        mf_canon_header(MF_CANON_RELAXED, work->field[MF_ARC_RESULTS]->raw, &text);
        mf_canon_header(MF_CANON_RELAXED, work->field[MF_ARC_MESSAGE]->raw, &text);
        if (k < i)
            mf_canon_header(MF_CANON_RELAXED, work->field[MF_ARC_SEAL]->raw, &text);
    }
    mf_canon_signature(MF_CANON_RELAXED, chain->works[i].field[MF_ARC_SEAL]->raw, mf_tags_find(tags, "b")->where,
                       &text);
    verify(chain, &chain->arc->sets[i].seal, tags, &text);
    mf_text_release(&text);
}
