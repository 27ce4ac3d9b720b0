/* See fake_ca.h. */
#include "fakes/fake_ca.h"

#include <arpa/inet.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct fake_ca {
    EVP_PKEY *key;
    X509 *certificate;
    char folder[64], file[80], client[80];
};

static X509 *certificate_for(EVP_PKEY *key, const char *common_name, int from_days, int until_days)
{
    X509 *certificate = X509_new();
    unsigned serial;
    RAND_bytes((unsigned char *)&serial, sizeof serial);
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), serial);
    X509_gmtime_adj(X509_getm_notBefore(certificate), 86400L * from_days);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 86400L * until_days);
    X509_set_pubkey(certificate, key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8, (const unsigned char *)common_name, -1, -1, 0);
    return certificate;
}

static void extend(X509 *certificate, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
}

struct fake_ca *fake_ca_new(const char *name)
{
    struct fake_ca *ca = calloc(1, sizeof *ca);
    ca->key = EVP_EC_gen("P-256");
    ca->certificate = certificate_for(ca->key, name, -1, 365);
    X509_set_issuer_name(ca->certificate, X509_get_subject_name(ca->certificate));
    extend(ca->certificate, ca->certificate, NID_basic_constraints, "critical,CA:TRUE");
    extend(ca->certificate, ca->certificate, NID_key_usage, "critical,keyCertSign,cRLSign");
    extend(ca->certificate, ca->certificate, NID_subject_key_identifier, "hash");
    X509_sign(ca->certificate, ca->key, EVP_sha256());
    snprintf(ca->folder, sizeof ca->folder, "/tmp/fake-ca-XXXXXX");
    if (!mkdtemp(ca->folder))
        abort();
    snprintf(ca->file, sizeof ca->file, "%s/ca.pem", ca->folder);
    FILE *out = fopen(ca->file, "w");
    PEM_write_X509(out, ca->certificate);
    fclose(out);
    return ca;
}

void fake_ca_free(struct fake_ca **ca)
{
    if (!*ca)
        return;
    unlink((*ca)->file);
    if ((*ca)->client[0])
        unlink((*ca)->client);
    rmdir((*ca)->folder);
    X509_free((*ca)->certificate);
    EVP_PKEY_free((*ca)->key);
    free(*ca);
    *ca = NULL;
}

const char *fake_ca_file(const struct fake_ca *ca)
{
    return ca->file;
}

/* "DNS:a,DNS:b,IP:127.0.0.1" */
static void alternative_names(const char *names, char *to, size_t size)
{
    char copy[512], *rest = NULL;
    snprintf(copy, sizeof copy, "%s", names);
    size_t used = 0;
    for (char *name = strtok_r(copy, " ", &rest); name; name = strtok_r(NULL, " ", &rest)) {
        struct in6_addr any;
        int is_address = inet_pton(AF_INET, name, &any) == 1 || inet_pton(AF_INET6, name, &any) == 1;
        used += (size_t)snprintf(to + used, size - used, "%s%s:%s", used ? "," : "", is_address ? "IP" : "DNS", name);
    }
}

static X509 *issue(const struct fake_ca *ca, EVP_PKEY *key, const char *names, int from_days, int until_days)
{
    char common_name[64], alternatives[700];
    snprintf(common_name, sizeof common_name, "%.*s", (int)strcspn(names, " "), names);
    alternative_names(names, alternatives, sizeof alternatives);
    X509 *certificate = certificate_for(key, common_name, from_days, until_days);
    X509_set_issuer_name(certificate, X509_get_subject_name(ca->certificate));
    extend(certificate, ca->certificate, NID_subject_alt_name, alternatives);
    extend(certificate, ca->certificate, NID_ext_key_usage, "serverAuth,clientAuth");
    extend(certificate, ca->certificate, NID_authority_key_identifier, "keyid");
    X509_sign(certificate, ca->key, EVP_sha256());
    return certificate;
}

struct ssl_ctx_st *fake_ca_issue(const struct fake_ca *ca, const char *names, int from_days, int until_days)
{
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = issue(ca, key, names, from_days, until_days);
    SSL_CTX_use_certificate(context, certificate);
    SSL_CTX_use_PrivateKey(context, key);
    X509_free(certificate);
    EVP_PKEY_free(key);
    return context;
}

void fake_tls_free(struct ssl_ctx_st **context)
{
    SSL_CTX_free(*context);
    *context = NULL;
}

const char *fake_ca_issue_file(struct fake_ca *ca, const char *names)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = issue(ca, key, names, -1, 30);
    snprintf(ca->client, sizeof ca->client, "%s/client.pem", ca->folder);
    FILE *out = fopen(ca->client, "w");
    PEM_write_X509(out, certificate);
    PEM_write_PrivateKey(out, key, NULL, NULL, 0, NULL, NULL);
    fclose(out);
    X509_free(certificate);
    EVP_PKEY_free(key);
    return ca->client;
}

void fake_tls_want_client(struct ssl_ctx_st *context, const struct fake_ca *ca)
{
    SSL_CTX_load_verify_file(context, ca->file);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
}
