/* A chain of certificates as TLSA records name them: digests of each, and of its key (RFC 6698 2.1). */
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "transport/certificate_internal.h"

static void digest(const unsigned char *data, int len, const EVP_MD *method, char *hex)
{
    static const char digits[] = "0123456789abcdef";
    unsigned char sum[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    if (len <= 0 || EVP_Digest(data, (size_t)len, sum, &size, method, NULL) != 1)
        size = 0;
    for (unsigned i = 0; i < size; i++) {
        hex[2 * i] = digits[sum[i] >> 4];
        hex[2 * i + 1] = digits[sum[i] & 15];
    }
    hex[2 * size] = '\0';
}

static void note_digests(X509 *certificate, struct mf_certificate_seen *seen)
{
    unsigned char *whole = NULL, *key = NULL;
    int whole_len = i2d_X509(certificate, &whole), key_len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &key);
    digest(whole, whole_len, EVP_sha256(), seen->whole_256);
    digest(whole, whole_len, EVP_sha512(), seen->whole_512);
    digest(key, key_len, EVP_sha256(), seen->key_256);
    digest(key, key_len, EVP_sha512(), seen->key_512);
    OPENSSL_free(whole);
    OPENSSL_free(key);
}

static bool signs(X509 *above, X509 *below)
{
    EVP_PKEY *key = X509_get0_pubkey(above);
    return key && X509_check_issued(above, below) == X509_V_OK && X509_verify(below, key) == 1;
}

static void note(X509 *certificate, X509 *below, struct mf_certificate_seen *seen)
{
    struct mf_tls_seen words = {0};
    mf_certificate_describe(certificate, &words);
    *seen = (struct mf_certificate_seen){.days_left = words.days_left, .signs_below = below && signs(certificate, below)};
    memcpy(seen->subject, words.subject, sizeof seen->subject);
    note_digests(certificate, seen);
}

void mf_chain_from_pem(const char *const *pems, size_t count, struct mf_chain_seen *chain)
{
    X509 *below = NULL;
    chain->count = 0;
    for (size_t i = 0; i < count && chain->count < MF_CHAIN_MAX; i++) {
        BIO *in = BIO_new_mem_buf(pems[i], -1);
        X509 *certificate = PEM_read_bio_X509(in, NULL, NULL, NULL);
        BIO_free(in);
        if (!certificate)
            break; /* what stands above it would be held against the wrong one */
        note(certificate, below, &chain->items[chain->count++]);
        X509_free(below);
        below = certificate;
    }
    X509_free(below);
    ERR_clear_error();
}
