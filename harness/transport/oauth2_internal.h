/* OAuth2 access tokens: asked for (RFC 6749 4.4, 6), and refusals explained. */
#ifndef TRANSPORT_OAUTH2_INTERNAL_H
#define TRANSPORT_OAUTH2_INTERNAL_H

#include "mailflow/clock.h"
#include "mailflow/diag.h"
#include "mailflow/site.h"
#include "mailflow/text.h"

struct mf_token {
    char *access;  /* heap secret */
    char *refresh; /* a new refresh token that replaces the old one, or NULL; heap secret */
    mf_usec expires;
};
/* One request. client_secret and refresh_token may be NULL; with a refresh token it is the refresh
 * grant, without it client credentials. */
int mf_oauth2_request(const struct mf_oauth2 *oauth2, const char *client_secret, const char *refresh_token,
                      mf_usec deadline, struct mf_token *token, struct mf_diag *d);
/* What an answer means (jansson). url_host is for messages; secrets are masked in what is told. */
int mf_oauth2_answer(long status, struct mf_bytes body, const char *url_host, const char *const *secrets,
                     struct mf_token *token, struct mf_diag *d);
/* Advice for an error of a provider, NULL when nothing better is known than its own words. */
const char *mf_oauth2_advice(const char *error, const char *description);

/* HTTPS POST of a form (curl_post.c). http:// is taken for a loopback address only. Returns the
 * status, or -1 with d. */
long mf_post_form(const char *url, struct mf_bytes form, mf_usec deadline, struct mf_text *answer, struct mf_diag *d);
void mf_form_add(struct mf_text *form, const char *name, const char *value); /* value NULL: nothing */

#endif
