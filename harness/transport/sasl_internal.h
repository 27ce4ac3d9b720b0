/* SASL (RFC 4422), the client's side, for SMTP and IMAP alike: PLAIN (4616), LOGIN, CRAM-MD5 (2195),
 * SCRAM-SHA-1 and -256 (5802, 7677), OAUTHBEARER (7628), XOAUTH2 (Google's and Microsoft's).
 * DIGEST-MD5, NTLM and GSSAPI are left out on purpose: broken, or they need what a harness lacks.
 */
#ifndef TRANSPORT_SASL_INTERNAL_H
#define TRANSPORT_SASL_INTERNAL_H

#include "mailflow/endpoint.h"
#include "mailflow/text.h"

/* The mechanism to use: the forced one, else the strongest of `offered` (upper or lower case, by
 * spaces) that the credentials can serve. NULL: none, `why` says the reason. */
const char *mf_sasl_choose(const char *offered, const struct mf_credentials *credentials, char *why, size_t why_size);
/* "PLAIN LOGIN" with the mechanism's name in it as a word? */
bool mf_sasl_is_offered(const char *offered, const char *mechanism);

struct mf_sasl;
/* credentials are used until the end; host and port go into OAUTHBEARER. */
struct mf_sasl *mf_sasl_new(const char *mechanism, const struct mf_credentials *credentials, const char *host, int port);
void mf_sasl_free(struct mf_sasl **sasl);
/* Does the client speak first (may it send an initial response)? */
bool mf_sasl_speaks_first(const struct mf_sasl *sasl);
bool mf_sasl_is_bearer(const struct mf_sasl *sasl); /* proves with an OAuth2 token */
/* One answer. challenge: the server's, in base64, NULL for the initial response. Puts the response
 * in base64 ("" for an empty one) into `response`. -1: the exchange must be cancelled; why in `why`. */
int mf_sasl_step(struct mf_sasl *sasl, const char *challenge, struct mf_text *response, char *why, size_t why_size);
/* After the server said yes: has it proved to know the secret too (SCRAM)? -1 with why. */
int mf_sasl_finish(struct mf_sasl *sasl, char *why, size_t why_size);
/* What an OAuth2 server put into its refusal ({"status":"400",…}), "" if nothing. */
const char *mf_sasl_refusal(const struct mf_sasl *sasl);

/* base64, for the traces and tests as well */
void mf_base64_encode(struct mf_text *to, const void *data, size_t len);
/* -1 on what is no base64. to is cleared first. */
int mf_sasl_base64_decode(struct mf_text *to, const char *text);

#endif
