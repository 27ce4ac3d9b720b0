/* A server's certificate: what it says, and why it can't be trusted. OpenSSL stays in the .c files. */
#ifndef TRANSPORT_CERTIFICATE_INTERNAL_H
#define TRANSPORT_CERTIFICATE_INTERNAL_H

#include <stddef.h>

#include "mailflow/endpoint.h"

struct x509_st;
struct x509_store_st;
struct stack_st_X509;
struct X509_VERIFY_PARAM_st;

/* Subject, issuer, names, expiry of a certificate into *seen. */
void mf_certificate_describe(struct x509_st *certificate, struct mf_tls_seen *seen);
/* Judges a chain (the server's own first) by name and CAs; fills seen->problem, "" when all is
 * well. seen is described already. */
void mf_certificate_judge(struct x509_st *certificate, struct stack_st_X509 *chain, const char *tls_name,
                          const char *ca_file, struct mf_tls_seen *seen);
/* Words for a verification result of OpenSSL, with the names that the certificate has. */
void mf_certificate_problem(long verify_error, const char *tls_name, const char *ca_file, struct mf_tls_seen *seen);
/* The name or address that the certificate must be for. */
int mf_certificate_expect(struct X509_VERIFY_PARAM_st *parameters, const char *tls_name);
/* The same for a chain in PEM, as libcurl tells it. judge: also fill seen->problem. */
void mf_certificate_from_pem(const char *const *pems, size_t count, bool judge, const char *tls_name,
                             const char *ca_file, struct mf_tls_seen *seen);
/* chain.c: every certificate of a chain in PEM, for who compares with TLSA records. */
void mf_chain_from_pem(const char *const *pems, size_t count, struct mf_chain_seen *chain);
/* The CAs of a file, or the system's (NULL), read once for all; to be given back by X509_STORE_free.
 * NULL when they can't be read. Thread-safe. */
struct x509_store_st *mf_ca_store(const char *ca_file);
/* What to do about an untrusted certificate, as a hint. */
const char *mf_certificate_hint(const struct mf_tls *tls, const struct mf_tls_seen *seen);

#endif
