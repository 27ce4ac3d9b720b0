/* See fake_sasl.h. */
#include "fakes/fake_sasl.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PART_MAX 4096

struct exchange {
    const struct fake_login *login;
    const char *initial;
    fake_ask *ask;
    void *context;
    bool gone, cancelled;
};

static void encode(const void *data, size_t len, char *to)
{
    EVP_EncodeBlock((unsigned char *)to, data, (int)len);
}

/* Into at most PART_MAX bytes, NUL added. -1: not base64. */
static int decode(const char *text, char *to)
{
    size_t len = strlen(text), padding = 0;
    while (padding < len && text[len - 1 - padding] == '=')
        padding++;
    if (len % 4 || padding > 2 || len / 4 * 3 >= PART_MAX)
        return -1;
    int n = EVP_DecodeBlock((unsigned char *)to, (const unsigned char *)text, (int)len);
    n = n < 0 ? -1 : n - (int)padding;
    to[n < 0 ? 0 : n] = '\0';
    return n;
}

/* Asks (unless the client spoke first) and decodes; -1 ends the exchange. */
static int hear(struct exchange *e, const char *challenge, size_t challenge_len, char *to)
{
    char encoded[PART_MAX * 2] = "";
    const char *answer = e->initial;
    e->initial = NULL;
    if (!answer) {
        encode(challenge, challenge_len, encoded);
        answer = e->ask(e->context, encoded);
    }
    e->gone = answer == NULL;
    e->cancelled = answer && strcmp(answer, "*") == 0;
    if (e->gone || e->cancelled)
        return -1;
    return strcmp(answer, "=") == 0 ? (to[0] = '\0', 0) : decode(answer, to);
}

static bool plain(struct exchange *e)
{
    char said[PART_MAX];
    int len = hear(e, "", 0, said);
    const char *user = said + strlen(said) + 1;
    return len > 0 && user < said + len && strcmp(user, e->login->user) == 0 && user + strlen(user) < said + len &&
           strcmp(user + strlen(user) + 1, e->login->password) == 0;
}

static bool login(struct exchange *e)
{
    char user[PART_MAX], password[PART_MAX];
    return hear(e, "Username:", 9, user) >= 0 && hear(e, "Password:", 9, password) >= 0 &&
           strcmp(user, e->login->user) == 0 && strcmp(password, e->login->password) == 0;
}

static bool cram_md5(struct exchange *e)
{
    static const char challenge[] = "<1896.697170952@fake.test>";
    char said[PART_MAX], wanted[PART_MAX];
    unsigned char digest[16];
    unsigned len;
    if (hear(e, challenge, strlen(challenge), said) < 0)
        return false;
    HMAC(EVP_md5(), e->login->password, (int)strlen(e->login->password), (const unsigned char *)challenge, strlen(challenge), digest, &len);
    size_t used = (size_t)snprintf(wanted, sizeof wanted, "%s ", e->login->user);
    for (unsigned i = 0; i < len; i++)
        used += (size_t)snprintf(wanted + used, sizeof wanted - used, "%02x", digest[i]);
    return strcmp(said, wanted) == 0;
}

static bool bearer(struct exchange *e, bool rfc7628)
{
    char said[PART_MAX], wanted[PART_MAX], unused[PART_MAX];
    int len = hear(e, "", 0, said);
    if (len < 0)
        return false;
    snprintf(wanted, sizeof wanted, "\x01" "auth=Bearer %s\x01\x01", e->login->bearer);
    const char *start = rfc7628 ? "n,a=" : "user=";
    bool fine = strncmp(said, start, strlen(start)) == 0 && strncmp(said + strlen(start), e->login->user, strlen(e->login->user)) == 0 &&
                (size_t)len >= strlen(wanted) && strcmp(said + (size_t)len - strlen(wanted), wanted) == 0;
    const char *error = e->login->oauth_error ? e->login->oauth_error : "{\"status\":\"400\",\"schemes\":\"Bearer\"}";
    if (!fine)
        hear(e, error, strlen(error), unused); /* the client answers with nothing, or 0x01 */
    return fine;
}

static void mac(const EVP_MD *md, const void *key, size_t key_len, const char *text, unsigned char *out)
{
    unsigned len;
    HMAC(md, key, (int)key_len, (const unsigned char *)text, strlen(text), out, &len);
}

/* RFC 5802, without channel binding. */
static bool scram(struct exchange *e, const EVP_MD *md)
{
    char first[PART_MAX], final[PART_MAX], server_first[PART_MAX], auth[PART_MAX * 4], proof64[PART_MAX], proof[PART_MAX], unused[PART_MAX];
    unsigned char salted[32], client_key[32], stored[32], signature[32], server_key[32];
    size_t size = (size_t)EVP_MD_get_size(md);
    if (hear(e, "", 0, first) < 0 || strncmp(first, "n,,n=", 5) != 0 || !strstr(first, ",r="))
        return false;
    char *nonce = strstr(first, ",r=") + 3;
    if (strncmp(first + 5, e->login->user, strlen(e->login->user)) != 0)
        return false;
    snprintf(server_first, sizeof server_first, "r=%.200sSERVERNONCE,s=c2FsdHNhbHQ=,i=4096", nonce);
    if (hear(e, server_first, strlen(server_first), final) < 0)
        return false;
    char *p = strstr(final, ",p=");
    if (!p || strncmp(final, "c=biws,r=", 9) != 0)
        return false;
    snprintf(proof64, sizeof proof64, "%s", p + 3);
    *p = '\0';
    snprintf(auth, sizeof auth, "%s,%s,%s", first + 3, server_first, final);
    PKCS5_PBKDF2_HMAC(e->login->password, (int)strlen(e->login->password), (const unsigned char *)"saltsalt", 8, 4096, md, (int)size, salted);
    mac(md, salted, size, "Client Key", client_key);
    EVP_Digest(client_key, size, stored, NULL, md, NULL);
    mac(md, stored, size, auth, signature);
    for (size_t i = 0; i < size; i++)
        client_key[i] ^= signature[i];
    if (decode(proof64, proof) != (int)size || memcmp(proof, client_key, size) != 0)
        return false;
    if (e->login->scram_skips_proof)
        return true;
    mac(md, salted, size, "Server Key", server_key);
    mac(md, server_key, size, auth, signature);
    if (e->login->scram_lies)
        signature[0] ^= 1;
    char last[100] = "v=";
    encode(signature, size, last + 2);
    return hear(e, last, strlen(last), unused) == 0;
}

enum fake_verdict fake_sasl(const struct fake_login *login_, const char *mechanism, const char *initial, fake_ask *ask, void *context)
{
    struct exchange e = {.login = login_, .initial = initial, .ask = ask, .context = context};
    bool yes;
    if (strcmp(mechanism, "PLAIN") == 0)
        yes = plain(&e);
    else if (strcmp(mechanism, "LOGIN") == 0)
        yes = login(&e);
    else if (strcmp(mechanism, "CRAM-MD5") == 0)
        yes = cram_md5(&e);
    else if (strcmp(mechanism, "XOAUTH2") == 0 || strcmp(mechanism, "OAUTHBEARER") == 0)
        yes = bearer(&e, mechanism[0] == 'O');
    else if (strcmp(mechanism, "SCRAM-SHA-1") == 0 || strcmp(mechanism, "SCRAM-SHA-256") == 0)
        yes = scram(&e, strstr(mechanism, "256") ? EVP_sha256() : EVP_sha1());
    else
        return FAKE_UNKNOWN_MECHANISM;
    return e.gone ? FAKE_GONE : e.cancelled ? FAKE_CANCELLED : yes ? FAKE_GRANTED : FAKE_DENIED;
}
