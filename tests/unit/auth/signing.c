/* Signing for tests: the other side of what harness/auth verifies. */
#include "signing.h"

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#include "auth/canon.h"
#include "auth/tags.h"

struct signing_key {
    EVP_PKEY *pair;
    bool rsa;
};

struct signing_key *signing_key_rsa(int bits)
{
    struct signing_key *key = mf_xmalloc(sizeof *key);
    *key = (struct signing_key){EVP_RSA_gen((unsigned)bits), true};
    return key;
}

struct signing_key *signing_key_ed25519(void)
{
    struct signing_key *key = mf_xmalloc(sizeof *key);
    *key = (struct signing_key){EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"), false};
    return key;
}

void signing_key_free(struct signing_key **key)
{
    if (*key)
        EVP_PKEY_free((*key)->pair);
    free(*key);
    *key = NULL;
}

static const char *base64(struct mf_arena *arena, const unsigned char *data, size_t len)
{
    char *text = mf_alloc(arena, (len + 2) / 3 * 4 + 1);
    EVP_EncodeBlock((unsigned char *)text, data, (int)len);
    return text;
}

const char *signing_key_record(struct mf_arena *arena, const struct signing_key *key)
{
    unsigned char *der = NULL, raw[64];
    size_t raw_len = sizeof raw;
    if (!key->rsa) {
        EVP_PKEY_get_raw_public_key(key->pair, raw, &raw_len);
        return mf_format(arena, "v=DKIM1; k=ed25519; p=%s", base64(arena, raw, raw_len));
    }
    int len = i2d_PUBKEY(key->pair, &der);
    const char *record = mf_format(arena, "v=DKIM1; k=rsa; p=%s", base64(arena, der, (size_t)len));
    OPENSSL_free(der);
    return record;
}

static const char *body_hash(struct mf_arena *arena, const struct mf_message *message, enum mf_canon canon,
                             const EVP_MD *digest, long long limit)
{
    struct mf_text body = {0};
    unsigned char hash[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    mf_canon_body(canon, message->body, &body);
    size_t signed_len = limit >= 0 && (size_t)limit < body.len ? (size_t)limit : body.len;
    EVP_Digest(mf_text_str(&body), signed_len, hash, &len, digest, NULL);
    mf_text_release(&body);
    return base64(arena, hash, len);
}

static const char *signature(struct mf_arena *arena, const struct signing_key *key, const EVP_MD *digest,
                             struct mf_bytes header)
{
    unsigned char made[1024], hash[EVP_MAX_MD_SIZE];
    size_t made_len = sizeof made;
    unsigned hash_len = 0;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_Digest(header.data, header.len, hash, &hash_len, digest, NULL);
    if (key->rsa) {
        EVP_DigestSignInit(context, NULL, digest, NULL, key->pair);
        EVP_DigestSign(context, made, &made_len, (const unsigned char *)header.data, header.len);
    } else {
        EVP_DigestSignInit(context, NULL, NULL, NULL, key->pair);
        EVP_DigestSign(context, made, &made_len, hash, hash_len);
    }
    EVP_MD_CTX_free(context);
    return base64(arena, made, made_len);
}

struct mf_bytes sign_message(struct mf_arena *arena, struct mf_bytes raw, const struct signing *how)
{
    const struct mf_message *message = mf_message_parse(arena, raw);
    const char *canon = how->canon ? how->canon : "relaxed/relaxed",
               *names = how->names ? how->names : "From:To:Subject";
    const char *algorithm = how->algorithm ? how->algorithm : how->key->rsa ? "rsa-sha256" : "ed25519-sha256";
    const EVP_MD *digest = strstr(algorithm, "sha1") ? EVP_sha1() : EVP_sha256();
    enum mf_canon header_canon, body_canon;
    mf_canon_parse(canon, &header_canon, &body_canon);
    const char *limit = how->limit >= 0 ? mf_format(arena, "l=%lld; ", how->limit) : "";
    char *field =
        mf_format(arena, "DKIM-Signature: v=1; a=%s; c=%s; d=%s; s=%s; %s%sh=%s;\r\n\tbh=%s;\r\n\tb=", algorithm, canon,
                  how->domain, how->selector, limit, how->more ? how->more : "", names,
                  body_hash(arena, message, body_canon, digest, how->limit));
    size_t count;
    const char **list = mf_tags_list(arena, names, &count);
    struct mf_text header = {0};
    mf_canon_select(header_canon, message, NULL, list, count, &header);
    struct mf_bytes bytes = mf_bytes_of(mf_format(arena, "%s\r\n", field));
    mf_canon_signature(header_canon, bytes, (struct mf_bytes){bytes.data + strlen(field), 0}, &header);
    const char *made = signature(arena, how->key, digest, mf_text_bytes(&header));
    mf_text_release(&header);
    struct mf_text signed_message = {0};
    mf_text_printf(&signed_message, "%s%s\r\n", field, made);
    mf_text_add(&signed_message, raw.data, raw.len);
    struct mf_bytes result = {mf_copy_bytes(arena, signed_message.data, signed_message.len), signed_message.len};
    mf_text_release(&signed_message);
    return result;
}

void answer_txt(struct mf_dns *dns, const char *name, const char *const *texts, size_t count)
{
    struct mf_dns_record *records = calloc(count + 1, sizeof *records);
    for (size_t i = 0; i < count; i++)
        records[i] = (struct mf_dns_record){.type = MF_DNS_TXT,
                                            .ttl = 60,
                                            .name = name,
                                            .text = mf_bytes_of(texts[i]),
                                            .strings = (const char **)&texts[i],
                                            .string_count = 1};
    struct mf_dns_answer answer = {
        .name = name, .type = MF_DNS_TXT, .status = MF_DNS_OK, .records = records, .count = count, .server = "test"};
    mf_dns_record_answer(dns, &answer);
    free(records);
}

void answer_status(struct mf_dns *dns, const char *name, enum mf_dns_type type, enum mf_dns_status status)
{
    struct mf_dns_answer answer = {.name = name,
                                   .type = type,
                                   .status = status,
                                   .server = "test",
                                   .why = status == MF_DNS_SERVFAIL ? "the server is broken" : NULL};
    mf_dns_record_answer(dns, &answer);
}
