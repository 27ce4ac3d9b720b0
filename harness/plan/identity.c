/* Flow ids and tokens: SHA-256 and HMAC-SHA-256 (RFC 2104) by OpenSSL. */
#include "plan/bind_internal.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK 64 /* of SHA-256 */

struct mf_identity {
    EVP_MD *md;
    EVP_MD_CTX *context, *inner, *outer; /* inner, outer: the key is hashed in already */
    const char *run;
};

static void start_keyed(EVP_MD_CTX *context, const EVP_MD *md, const unsigned char secret[32], unsigned char pad)
{
    unsigned char block[BLOCK];
    memset(block, pad, sizeof block);
    for (size_t i = 0; i < 32; i++)
        block[i] ^= secret[i];
    EVP_DigestInit_ex2(context, md, NULL);
    EVP_DigestUpdate(context, block, sizeof block);
}

struct mf_identity *mf_identity_new(const unsigned char secret[32], const char *run)
{
    struct mf_identity *identity = mf_xmalloc(sizeof *identity);
    *identity = (struct mf_identity){.md = EVP_MD_fetch(NULL, "SHA256", NULL),
                                     .context = EVP_MD_CTX_new(),
                                     .inner = EVP_MD_CTX_new(),
                                     .outer = EVP_MD_CTX_new(),
                                     .run = run};
    start_keyed(identity->inner, identity->md, secret, 0x36);
    start_keyed(identity->outer, identity->md, secret, 0x5c);
    return identity;
}

void mf_identity_free(struct mf_identity **identity)
{
    if (!*identity)
        return;
    EVP_MD_CTX_free((*identity)->context);
    EVP_MD_CTX_free((*identity)->inner);
    EVP_MD_CTX_free((*identity)->outer);
    EVP_MD_free((*identity)->md);
    free(*identity);
    *identity = NULL;
}

static void hex12(const unsigned char *digest, char *out)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < 6; i++) {
        out[2 * i] = digits[digest[i] >> 4];
        out[2 * i + 1] = digits[digest[i] & 15];
    }
    out[12] = '\0';
}

/* Each part ends with a NUL, so that no two lists of parts hash alike. */
static void add_part(EVP_MD_CTX *context, const char *part)
{
    EVP_DigestUpdate(context, part, strlen(part) + 1);
}

void mf_identity_flow(struct mf_identity *identity, const char *const *parts, size_t count, char *out)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    EVP_DigestInit_ex2(identity->context, identity->md, NULL);
    for (size_t i = 0; i < count; i++)
        add_part(identity->context, parts[i]);
    EVP_DigestFinal_ex(identity->context, digest, NULL);
    hex12(digest, out);
}

/* HMAC(secret, "token" + flow id + run). */
void mf_identity_token(struct mf_identity *identity, const char *flow_id, char *out)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int len = 0;
    EVP_MD_CTX_copy_ex(identity->context, identity->inner);
    EVP_DigestUpdate(identity->context, "token", 5);
    EVP_DigestUpdate(identity->context, flow_id, strlen(flow_id));
    EVP_DigestUpdate(identity->context, identity->run, strlen(identity->run));
    EVP_DigestFinal_ex(identity->context, digest, &len);
    EVP_MD_CTX_copy_ex(identity->context, identity->outer);
    EVP_DigestUpdate(identity->context, digest, len);
    EVP_DigestFinal_ex(identity->context, digest, NULL);
    hex12(digest, out);
}
