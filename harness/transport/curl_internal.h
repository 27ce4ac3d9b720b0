/* What the files that speak to libcurl share. Included by curl_*.c only. */
#ifndef TRANSPORT_CURL_INTERNAL_H
#define TRANSPORT_CURL_INTERNAL_H

#include <curl/curl.h>

#include "mailflow/endpoint.h"

void mf_curl_start(void); /* curl_global_init, once for the process */
/* CAs, minimum version, client certificate; judged: the certificate must be right. */
void mf_curl_set_tls(CURL *easy, const struct mf_tls *tls, bool judged);

#endif
