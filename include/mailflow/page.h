/* Room transport: one page fetched by HTTPS, as the MTA-STS policy of a domain (RFC 8461 3.3): verified,
 * no redirects, at most 64 KiB. `run` has resolved the name.
 */
#ifndef MAILFLOW_PAGE_H
#define MAILFLOW_PAGE_H

#include "mailflow/endpoint.h"
#include "mailflow/text.h"

/* The HTTP status with the body and its Content-Type; -1 with d when no answer came about. tls: whose CA to trust;
 * NULL: the system's. */
long mf_page_get(const char *url, const char *host, const char *address, const struct mf_tls *tls, mf_usec deadline,
                 struct mf_text *body, struct mf_text *media, struct mf_diag *d);

#endif
