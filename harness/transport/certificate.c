/* Certificates as seen: RFC 5280 fields in words, RFC 9525 names, and the reason of a distrust. */
#include <arpa/inet.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "mailflow/clock.h"
#include "mailflow/text.h"
#include "transport/certificate_internal.h"
#include "transport/endpoint_internal.h"

static void name_text(X509_NAME *name, char *to, size_t size)
{
    BIO *out = BIO_new(BIO_s_mem());
    X509_NAME_print_ex(out, name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
    char *data;
    long len = BIO_get_mem_data(out, &data);
    mf_clean_words(to, size, data, len > 0 ? (size_t)len : 0);
    BIO_free(out);
}

static void add_name(struct mf_tls_seen *seen, const char *name, size_t len)
{
    size_t used = strlen(seen->names);
    if (used + len + 2 > sizeof seen->names)
        return;
    if (used)
        seen->names[used++] = ' ';
    mf_clean_words(seen->names + used, sizeof seen->names - used, name, len);
}

static void add_alternative_name(struct mf_tls_seen *seen, const GENERAL_NAME *name)
{
    char address[INET6_ADDRSTRLEN];
    if (name->type == GEN_DNS) {
        add_name(seen, (const char *)ASN1_STRING_get0_data(name->d.dNSName), (size_t)ASN1_STRING_length(name->d.dNSName));
    } else if (name->type == GEN_IPADD) {
        int family = ASN1_STRING_length(name->d.iPAddress) == 4 ? AF_INET : AF_INET6;
        if ((family == AF_INET || ASN1_STRING_length(name->d.iPAddress) == 16) &&
            inet_ntop(family, ASN1_STRING_get0_data(name->d.iPAddress), address, sizeof address))
            add_name(seen, address, strlen(address));
    }
}

static long long seconds_of(const ASN1_TIME *time)
{
    struct tm parts;
    return ASN1_TIME_to_tm(time, &parts) == 1 ? (long long)timegm(&parts) : 0;
}

void mf_certificate_describe(X509 *certificate, struct mf_tls_seen *seen)
{
    name_text(X509_get_subject_name(certificate), seen->subject, sizeof seen->subject);
    name_text(X509_get_issuer_name(certificate), seen->issuer, sizeof seen->issuer);
    seen->names[0] = '\0';
    GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++)
        add_alternative_name(seen, sk_GENERAL_NAME_value(names, i));
    GENERAL_NAMES_free(names);
    seen->not_after = seconds_of(X509_get0_notAfter(certificate));
    long long left = seen->not_after - (long long)(mf_now() / MF_SECOND);
    seen->days_left = seen->not_after ? (int)((left - (left < 0 ? 86399 : 0)) / 86400) : 0;
}

static const char *date_text(long long seconds, char *buffer, size_t size)
{
    time_t at = (time_t)seconds;
    struct tm parts;
    strftime(buffer, size, "%Y-%m-%d", gmtime_r(&at, &parts));
    return buffer;
}

void mf_certificate_problem(long verify_error, const char *tls_name, const char *ca_file, struct mf_tls_seen *seen)
{
    char date[32];
    char *to = seen->problem;
    size_t size = sizeof seen->problem;
    switch (verify_error) {
    case X509_V_OK:
        to[0] = '\0';
        break;
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
        snprintf(to, size, "the certificate is not for %.60s but for %.150s", tls_name,
                 seen->names[0] ? seen->names : seen->subject);
        break;
    case X509_V_ERR_CERT_HAS_EXPIRED:
        if (seen->not_after && seen->not_after < (long long)(mf_now() / MF_SECOND))
            snprintf(to, size, "the certificate expired on %s", date_text(seen->not_after, date, sizeof date));
        else
            snprintf(to, size, "a certificate of the chain above it has expired");
        break;
    case X509_V_ERR_CERT_NOT_YET_VALID:
        snprintf(to, size, "the certificate is not valid yet (is this host's clock right?)");
        break;
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
        snprintf(to, size, "the certificate is self-signed and not trusted");
        break;
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
        snprintf(to, size, "the certificate is issued by %.100s, which is not among %.100s", seen->issuer,
                 ca_file ? ca_file : "this system's CAs");
        break;
    default:
        snprintf(to, size, "%s", X509_verify_cert_error_string(verify_error));
    }
}

int mf_certificate_expect(X509_VERIFY_PARAM *parameters, const char *tls_name)
{
    struct in6_addr any;
    X509_VERIFY_PARAM_set_hostflags(parameters, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    if (inet_pton(AF_INET, tls_name, &any) == 1 || inet_pton(AF_INET6, tls_name, &any) == 1)
        return X509_VERIFY_PARAM_set1_ip_asc(parameters, tls_name);
    return X509_VERIFY_PARAM_set1_host(parameters, tls_name, 0);
}

void mf_certificate_judge(X509 *certificate, STACK_OF(X509) *chain, const char *tls_name, const char *ca_file,
                          struct mf_tls_seen *seen)
{
    X509_STORE *store = mf_ca_store(ca_file);
    X509_STORE_CTX *check = X509_STORE_CTX_new();
    if (!store) {
        snprintf(seen->problem, sizeof seen->problem, "the CA file %.150s can't be read", ca_file ? ca_file : "of the system");
    } else if (X509_STORE_CTX_init(check, store, certificate, chain) == 1) {
        X509_STORE_CTX_set_default(check, "ssl_server");
        mf_certificate_expect(X509_STORE_CTX_get0_param(check), tls_name);
        X509_verify_cert(check);
        mf_certificate_problem(X509_STORE_CTX_get_error(check), tls_name, ca_file, seen);
    }
    X509_STORE_CTX_free(check);
    X509_STORE_free(store);
    ERR_clear_error();
}

static X509 *from_pem(const char *pem)
{
    BIO *in = BIO_new_mem_buf(pem, -1);
    X509 *certificate = PEM_read_bio_X509(in, NULL, NULL, NULL);
    BIO_free(in);
    return certificate;
}

void mf_certificate_from_pem(const char *const *pems, size_t count, bool judge, const char *tls_name,
                             const char *ca_file, struct mf_tls_seen *seen)
{
    STACK_OF(X509) *chain = sk_X509_new_null();
    for (size_t i = 0; i < count; i++) {
        X509 *certificate = from_pem(pems[i]);
        if (certificate)
            sk_X509_push(chain, certificate);
    }
    X509 *own = sk_X509_num(chain) > 0 ? sk_X509_value(chain, 0) : NULL;
    if (own)
        mf_certificate_describe(own, seen);
    if (own && judge)
        mf_certificate_judge(own, chain, tls_name, ca_file, seen);
    sk_X509_pop_free(chain, X509_free);
    ERR_clear_error();
}

const char *mf_certificate_hint(const struct mf_tls *tls, const struct mf_tls_seen *seen)
{
    if (strstr(seen->problem, "is not for"))
        return "Use a name that the certificate has as the host in the URL, or have the certificate made for this name.";
    if (strstr(seen->problem, "expired"))
        return "Renew the certificate on the server; mail clients refuse it as well.";
    if (tls && tls->ca_file)
        return "Does the site file's `tls: {ca: …}` name the CA that issued this certificate?";
    return "If the organisation has its own CA, name it in the site file with `tls: {ca: FILE}`; if the server omits "
           "the intermediate certificate, add it there.";
}
