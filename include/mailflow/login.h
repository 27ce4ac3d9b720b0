/* Room transport: from a login as bound to credentials as used: secrets read, OAuth2 tokens had.
 *
 * Tokens are fetched by libcurl over verified HTTPS (refresh grant or client credentials,
 * RFC 6749 6 and 4.4), kept until shortly before they expire, shared by all mailboxes of one
 * registration. A token command is run again for each new token. Errors tell the provider's
 * `error` and `error_description` and what they mean (AADSTS7000215: the client secret is wrong …).
 *
 * Threads: one mf_logins may be used by many; it has a lock.
 */
#ifndef MAILFLOW_LOGIN_H
#define MAILFLOW_LOGIN_H

#include "mailflow/clock.h"
#include "mailflow/endpoint.h"

struct mf_logins;
struct mf_logins *mf_logins_new(void);
void mf_logins_free(struct mf_logins **logins);

/* The value of a secret: trailing line break removed, first line only for a command. Commands get
 * `deadline`. Fills *value (heap; wipe and free with mf_secret_wipe). -1: title names the place of
 * the secret and the reason (variable unset, file unreadable, command's status and stderr). */
int mf_secret_read(const struct mf_secret *secret, mf_usec deadline, char **value, struct mf_diag *d);
void mf_secret_wipe(char **value);

/* Credentials for a login; kind WRONG gives a random password. -1 with d. fresh: don't use a kept
 * token (the server refused it). */
int mf_logins_get(struct mf_logins *logins, const struct mf_login *login, bool fresh, mf_usec deadline,
                  struct mf_credentials *credentials, struct mf_diag *d);

#endif
