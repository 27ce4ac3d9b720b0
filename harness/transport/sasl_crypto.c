/* The parts of SASL that need digests: CRAM-MD5 (RFC 2195), SCRAM (RFC 5802, 7677), base64. */
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "transport/sasl_internal.h"
#include "transport/sasl_state_internal.h"

void mf_base64_encode(struct mf_text *to, const void *data, size_t len)
{
    const unsigned char *from = data;
    unsigned char out[5];
    for (size_t i = 0; i < len; i += 3) {
        EVP_EncodeBlock(out, from + i, (int)(len - i < 3 ? len - i : 3));
        mf_text_add(to, out, 4);
    }
}

int mf_sasl_base64_decode(struct mf_text *to, const char *text)
{
    mf_text_clear(to);
    size_t len = strcspn(text, "\r\n \t");
    if (len % 4 != 0)
        return -1;
    for (size_t i = 0; i < len; i += 4) {
        unsigned char out[4];
        int padding = text[i + 3] == '=' ? (text[i + 2] == '=' ? 2 : 1) : 0;
        bool misplaced = text[i] == '=' || text[i + 1] == '=' || (text[i + 2] == '=' && text[i + 3] != '=');
        if (misplaced || (padding && i + 4 != len) || EVP_DecodeBlock(out, (const unsigned char *)text + i, 4) != 3)
            return -1;
        mf_text_add(to, out, (size_t)(3 - padding));
    }
    return 0;
}

static void add_hex(struct mf_text *to, const unsigned char *data, size_t len)
{
    for (size_t i = 0; i < len; i++)
        mf_text_printf(to, "%02x", data[i]);
}

void mf_cram_md5(const struct mf_credentials *credentials, struct mf_bytes challenge, struct mf_text *raw)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int len = 0;
    HMAC(EVP_md5(), credentials->password, (int)strlen(credentials->password), (const unsigned char *)challenge.data,
         challenge.len, digest, &len);
    mf_text_printf(raw, "%s ", credentials->user);
    add_hex(raw, digest, len);
}

void mf_scram_release(struct mf_scram *scram)
{
    mf_text_release(&scram->first_bare);
    mf_text_release(&scram->server_first);
    OPENSSL_cleanse(scram->server_signature, sizeof scram->server_signature);
}

/* saslname: "=" and "," are escaped (RFC 5802 5.1). */
static void add_name(struct mf_text *to, const char *name)
{
    for (; *name; name++)
        if (*name == '=' || *name == ',')
            mf_text_puts(to, *name == '=' ? "=3D" : "=2C");
        else
            mf_text_putc(to, *name);
}

static void say_first(struct mf_scram *scram, const char *user, struct mf_text *raw)
{
    unsigned char random[18];
    struct mf_text nonce = {.max = 64};
    RAND_bytes(random, sizeof random);
    mf_base64_encode(&nonce, random, sizeof random);
    snprintf(scram->nonce, sizeof scram->nonce, "%s", mf_text_str(&nonce));
    mf_text_release(&nonce);
    mf_text_puts(&scram->first_bare, "n=");
    add_name(&scram->first_bare, user);
    mf_text_printf(&scram->first_bare, ",r=%s", scram->nonce);
    mf_text_printf(raw, "n,,%s", mf_text_str(&scram->first_bare));
}

/* The value of "x=" in "a=…,x=…,b=…"; heap, NULL when it is not there. */
static char *attribute(const char *message, char name)
{
    for (const char *at = message; at && *at; at = strchr(at, ','), at = at ? at + 1 : NULL)
        if (at[0] == name && at[1] == '=')
            return strndup(at + 2, strcspn(at + 2, ","));
    return NULL;
}

static void mac(const EVP_MD *digest, const unsigned char *key, size_t key_len, const char *text, size_t len, unsigned char *out)
{
    unsigned int out_len = 0;
    HMAC(digest, key, (int)key_len, (const unsigned char *)text, len, out, &out_len);
}

/* RFC 5802 3: ClientProof into `proof`; the expected ServerSignature is kept. */
static void prove(struct mf_scram *scram, const EVP_MD *digest, const unsigned char *salted, const char *auth_message,
                  unsigned char *proof)
{
    size_t len = (size_t)EVP_MD_get_size(digest);
    unsigned char client_key[32], stored_key[32], signature[32], server_key[32];
    mac(digest, salted, len, "Client Key", 10, client_key);
    EVP_Digest(client_key, len, stored_key, NULL, digest, NULL);
    mac(digest, stored_key, len, auth_message, strlen(auth_message), signature);
    for (size_t i = 0; i < len; i++)
        proof[i] = client_key[i] ^ signature[i];
    mac(digest, salted, len, "Server Key", 10, server_key);
    mac(digest, server_key, len, auth_message, strlen(auth_message), scram->server_signature);
    OPENSSL_cleanse(client_key, sizeof client_key);
    OPENSSL_cleanse(server_key, sizeof server_key);
}

/* "r=NONCE,s=SALT,i=COUNT" checked and taken apart. */
struct server_first {
    char *nonce, *salt_text, *count;
    struct mf_text salt;
    long iterations;
};

static bool read_server_first(const struct mf_scram *scram, const char *challenge, struct server_first *first)
{
    first->nonce = attribute(challenge, 'r');
    first->salt_text = attribute(challenge, 's');
    first->count = attribute(challenge, 'i');
    first->iterations = first->count ? strtol(first->count, NULL, 10) : 0;
    return first->nonce && mf_starts(first->nonce, scram->nonce) && strlen(first->nonce) > strlen(scram->nonce) &&
           first->salt_text && mf_sasl_base64_decode(&first->salt, first->salt_text) == 0 && first->salt.len > 0 &&
           first->iterations > 0 && first->iterations <= 1000000;
}

static void free_server_first(struct server_first *first)
{
    free(first->nonce);
    free(first->salt_text);
    free(first->count);
    mf_text_release(&first->salt);
}

static int say_final(struct mf_scram *scram, bool sha256, const char *password, const char *challenge, struct mf_text *raw,
                     char *why, size_t why_size)
{
    const EVP_MD *digest = sha256 ? EVP_sha256() : EVP_sha1();
    struct server_first first = {.salt = {.max = 1024}};
    if (!read_server_first(scram, challenge, &first)) {
        free_server_first(&first);
        snprintf(why, why_size, "the server's SCRAM message is malformed, or answers another client's");
        return -1;
    }
    size_t len = (size_t)EVP_MD_get_size(digest);
    unsigned char salted[32], proof[32];
    PKCS5_PBKDF2_HMAC(password, (int)strlen(password), (const unsigned char *)first.salt.data, (int)first.salt.len,
                      (int)first.iterations, digest, (int)len, salted);
    struct mf_text without_proof = {.max = 4096}, auth_message = {.max = 65536};
    mf_text_printf(&without_proof, "c=biws,r=%s", first.nonce); /* biws: base64 of "n,," */
    mf_text_printf(&auth_message, "%s,%s,%s", mf_text_str(&scram->first_bare), challenge, mf_text_str(&without_proof));
    prove(scram, digest, salted, mf_text_str(&auth_message), proof);
    mf_text_printf(raw, "%s,p=", mf_text_str(&without_proof));
    mf_base64_encode(raw, proof, len);
    OPENSSL_cleanse(salted, sizeof salted);
    mf_text_release(&without_proof);
    mf_text_release(&auth_message);
    free_server_first(&first);
    return 0;
}

static int check_server(struct mf_scram *scram, bool sha256, const char *challenge, char *why, size_t why_size)
{
    size_t len = sha256 ? 32 : 20;
    struct mf_text signature = {.max = 256};
    char *value = attribute(challenge, 'v'), *error = attribute(challenge, 'e');
    scram->proved = value && mf_sasl_base64_decode(&signature, value) == 0 && signature.len == len &&
                    CRYPTO_memcmp(signature.data, scram->server_signature, len) == 0;
    if (!scram->proved)
        snprintf(why, why_size, error ? "the server refused: %.100s" : "the server could not prove that it knows the password", error);
    free(value);
    free(error);
    mf_text_release(&signature);
    return scram->proved ? 0 : -1;
}

int mf_scram_step(struct mf_scram *scram, bool sha256, const struct mf_credentials *credentials, const char *challenge,
                  struct mf_text *raw, char *why, size_t why_size)
{
    switch (scram->step++) {
    case 0:
        say_first(scram, credentials->user, raw);
        return 0;
    case 1:
        return say_final(scram, sha256, credentials->password, challenge, raw, why, why_size);
    case 2:
        return check_server(scram, sha256, challenge, why, why_size);
    default:
        snprintf(why, why_size, "the server goes on asking after the proof");
        return -1;
    }
}
