/* A certificate authority made at run time, so that no key is kept in the project: certificates that
 * are right, for another name, expired, or by an authority that nobody knows.
 */
#ifndef FAKES_FAKE_CA_H
#define FAKES_FAKE_CA_H

struct fake_ca;
struct ssl_ctx_st;

struct fake_ca *fake_ca_new(const char *name);
void fake_ca_free(struct fake_ca **ca); /* removes its file too */
const char *fake_ca_file(const struct fake_ca *ca); /* PEM, in a temporary folder of its own */

/* A server's (or client's) certificate for names by spaces (DNS names or addresses), valid from and
 * until so many days from now. Returns a server context; the caller frees it with fake_tls_free. */
struct ssl_ctx_st *fake_ca_issue(const struct fake_ca *ca, const char *names, int from_days, int until_days);
void fake_tls_free(struct ssl_ctx_st **context);
/* The same as files, for a client: certificate and key in one PEM. Lives as long as the CA. */
const char *fake_ca_issue_file(struct fake_ca *ca, const char *names);
/* The server wants a client certificate of this CA. */
void fake_tls_want_client(struct ssl_ctx_st *context, const struct fake_ca *ca);

#endif
