/* The server's side of SASL, for the fakes; written apart from the harness's own, so that the two
 * hold each other to the RFCs.
 */
#ifndef FAKES_FAKE_SASL_H
#define FAKES_FAKE_SASL_H

#include <stdbool.h>

struct fake_login {
    const char *user, *password, *bearer;
    const char *oauth_error;   /* JSON told when a token is refused */
    bool scram_lies;           /* shows a wrong server signature */
    bool scram_skips_proof;    /* says yes without a server signature */
};
/* Sends a challenge (base64) and returns the answer (base64), NULL when the client is gone. */
typedef const char *fake_ask(void *context, const char *challenge);
enum fake_verdict { FAKE_GRANTED, FAKE_DENIED, FAKE_CANCELLED, FAKE_GONE, FAKE_UNKNOWN_MECHANISM };
/* initial: the initial response in base64, NULL when there was none. */
enum fake_verdict fake_sasl(const struct fake_login *login, const char *mechanism, const char *initial, fake_ask *ask, void *context);

#endif
