/* Room auth: the little of OpenSSL that judging signatures needs. Pure functions, thread-safe.
 */
#ifndef AUTH_CRYPTO_H
#define AUTH_CRYPTO_H

#include "mailflow/arena.h"
#include "mailflow/text.h"

enum mf_digest_kind { MF_DIGEST_SHA1, MF_DIGEST_SHA256 };
struct mf_digest {
    enum mf_digest_kind kind;
    unsigned char bytes[32];
    size_t len;
};
struct mf_digest mf_digest_of(enum mf_digest_kind kind, struct mf_bytes bytes);

enum mf_key_type { MF_KEY_RSA, MF_KEY_ED25519 };
/* Bits of a public key (RSA: SubjectPublicKeyInfo or RSAPublicKey; Ed25519: 32 bytes), or 0 with
 * *why in arena. */
int mf_public_key_bits(struct mf_arena *arena, enum mf_key_type type, struct mf_bytes der, const char **why);

enum mf_verification {
    MF_VERIFY_GOOD,
    MF_VERIFY_OTHER_DIGEST, /* RSA: made with this very key, over something else */
    MF_VERIFY_OTHER_KEY,    /* RSA: not made with this key (or b= is damaged) */
    MF_VERIFY_BAD,          /* Ed25519: can't be told which */
    MF_VERIFY_NO_KEY,       /* the key can't be used */
};
/* RFC 8017 8.2 for RSA (PKCS #1 v1.5), RFC 8463 for Ed25519 (the digest is what is signed). */
enum mf_verification mf_signature_verify(enum mf_key_type type, struct mf_bytes der, struct mf_bytes signature,
                                         const struct mf_digest *digest);

#endif
