/* OpenSSL for signatures: digests, public keys, verification with its reason. */
#include "auth/crypto.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <string.h>

struct mf_digest mf_digest_of(enum mf_digest_kind kind, struct mf_bytes bytes)
{
    struct mf_digest digest = {.kind = kind};
    unsigned len = 0;
    const EVP_MD *how = kind == MF_DIGEST_SHA1 ? EVP_sha1() : EVP_sha256();
    if (EVP_Digest(bytes.len ? bytes.data : "", bytes.len, digest.bytes, &len, how, NULL) == 1)
        digest.len = len;
    return digest;
}

static EVP_PKEY *rsa_key(struct mf_bytes der)
{
    const unsigned char *at = (const unsigned char *)der.data;
    EVP_PKEY *key = d2i_PUBKEY(NULL, &at, (long)der.len);
    if (!key) { /* RFC 6376 3.6.1 wants RSAPublicKey by its words, everybody uses the other */
        at = (const unsigned char *)der.data;
        key = d2i_PublicKey(EVP_PKEY_RSA, NULL, &at, (long)der.len);
    }
    if (key && EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA) {
        EVP_PKEY_free(key);
        key = NULL;
    }
    return key;
}

static EVP_PKEY *public_key(enum mf_key_type type, struct mf_bytes der)
{
    if (der.len == 0 || der.len > 16384)
        return NULL;
    if (type == MF_KEY_ED25519)
        return EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, (const unsigned char *)der.data, der.len);
    return rsa_key(der);
}

/* How long the outer SEQUENCE says that it is, with its own head; 0: it is none. */
static size_t sequence_length(struct mf_bytes der)
{
    const unsigned char *at = (const unsigned char *)der.data;
    if (der.len < 2 || at[0] != 0x30)
        return 0;
    if (at[1] < 0x80)
        return 2u + at[1];
    size_t count = at[1] & 0x7f, len = 0;
    if (count == 0 || count > 3 || der.len < 2 + count)
        return 0;
    for (size_t i = 0; i < count; i++)
        len = len << 8 | at[2 + i];
    return len + 2 + count;
}

static const char *why_unusable(struct mf_arena *arena, enum mf_key_type type, struct mf_bytes der)
{
    if (type == MF_KEY_ED25519)
        return mf_format(arena, "an Ed25519 key has 32 bytes, this one %zu", der.len);
    size_t wanted = sequence_length(der);
    if (wanted > der.len)
        return mf_format(arena, "the key is cut: %zu of its %zu bytes are there", der.len, wanted);
    return "p= is no RSA public key (DER)";
}

int mf_public_key_bits(struct mf_arena *arena, enum mf_key_type type, struct mf_bytes der, const char **why)
{
    EVP_PKEY *key = public_key(type, der);
    int bits = key ? EVP_PKEY_get_bits(key) : 0;
    if (type == MF_KEY_ED25519 && key)
        bits = 256;
    *why = key ? NULL : why_unusable(arena, type, der);
    EVP_PKEY_free(key);
    ERR_clear_error();
    return bits;
}

/* DigestInfo heads of RFC 8017 9.2, note 1. */
static const unsigned char sha1_head[] = {0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e,
                                          0x03, 0x02, 0x1a, 0x05, 0x00, 0x04, 0x14};
static const unsigned char sha256_head[] = {0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
                                            0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20};

/* What was recovered from a signature: is it this digest, another one, or no digest at all? */
static enum mf_verification compare(const unsigned char *recovered, size_t len, const struct mf_digest *digest)
{
    bool sha1 = digest->kind == MF_DIGEST_SHA1;
    const unsigned char *head = sha1 ? sha1_head : sha256_head;
    size_t head_len = sha1 ? sizeof sha1_head : sizeof sha256_head;
    if (len == head_len + digest->len && memcmp(recovered, head, head_len) == 0)
        return memcmp(recovered + head_len, digest->bytes, digest->len) == 0 ? MF_VERIFY_GOOD : MF_VERIFY_OTHER_DIGEST;
    bool some_digest = len > 2 && recovered[0] == 0x30 && recovered[1] == len - 2;
    return some_digest ? MF_VERIFY_OTHER_DIGEST : MF_VERIFY_OTHER_KEY;
}

static enum mf_verification verify_rsa(EVP_PKEY *key, struct mf_bytes signature, const struct mf_digest *digest)
{
    unsigned char recovered[2048];
    size_t len = sizeof recovered;
    if (EVP_PKEY_get_size(key) > (int)sizeof recovered)
        return MF_VERIFY_NO_KEY;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, NULL);
    bool ready = context && EVP_PKEY_verify_recover_init(context) == 1 &&
                 EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1;
    bool opened = ready && EVP_PKEY_verify_recover(context, recovered, &len, (const unsigned char *)signature.data,
                                                   signature.len) == 1;
    EVP_PKEY_CTX_free(context);
    if (!ready)
        return MF_VERIFY_NO_KEY;
    return opened ? compare(recovered, len, digest) : MF_VERIFY_OTHER_KEY;
}

static enum mf_verification verify_ed25519(EVP_PKEY *key, struct mf_bytes signature, const struct mf_digest *digest)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool ready = context && EVP_DigestVerifyInit(context, NULL, NULL, NULL, key) == 1;
    bool good = ready && EVP_DigestVerify(context, (const unsigned char *)signature.data, signature.len, digest->bytes,
                                          digest->len) == 1;
    EVP_MD_CTX_free(context);
    if (!ready)
        return MF_VERIFY_NO_KEY;
    return good ? MF_VERIFY_GOOD : MF_VERIFY_BAD;
}

enum mf_verification mf_signature_verify(enum mf_key_type type, struct mf_bytes der, struct mf_bytes signature,
                                         const struct mf_digest *digest)
{
    EVP_PKEY *key = public_key(type, der);
    if (!key) {
        ERR_clear_error();
        return MF_VERIFY_NO_KEY;
    }
    enum mf_verification result =
        type == MF_KEY_ED25519 ? verify_ed25519(key, signature, digest) : verify_rsa(key, signature, digest);
    EVP_PKEY_free(key);
    ERR_clear_error();
    return result;
}
