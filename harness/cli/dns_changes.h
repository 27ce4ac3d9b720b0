/* The literal changes that a go-live makes, as the guide's table has them. */
#ifndef CLI_DNS_CHANGES_H
#define CLI_DNS_CHANGES_H

#include <stdio.h>

#include "mailflow/diagnose.h"

/* From dns-before to dns; verdict: what is published now (for the TTLs). */
void dns_changes_print(const struct mf_site *site, const struct mf_verdict *verdict, FILE *out);

#endif
