/* libcurl's start and TLS settings, for all that use it. */
#include <pthread.h>

#include "mailflow/text.h"
#include "transport/curl_internal.h"

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void start(void)
{
    curl_global_init(CURL_GLOBAL_ALL);
}

void mf_curl_start(void)
{
    pthread_once(&once, start);
}

void mf_curl_set_tls(CURL *easy, const struct mf_tls *tls, bool judged)
{
    bool newest = mf_same(tls->minimum, "1.3");
    curl_easy_setopt(easy, CURLOPT_SSLVERSION, newest ? (long)CURL_SSLVERSION_TLSv1_3 : (long)CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, judged ? 1L : 0L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, judged ? 2L : 0L);
    /* GnuTLS reads every CA of the system for each connection, 25 to 90 ms, also when they are not
     * wanted: only those that decide are read. */
    if (tls->ca_file || !judged) {
        curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
        curl_easy_setopt(easy, CURLOPT_CAINFO, judged ? tls->ca_file : NULL);
    }
    if (tls->certificate) {
        curl_easy_setopt(easy, CURLOPT_SSLCERT, tls->certificate);
        curl_easy_setopt(easy, CURLOPT_SSLKEY, tls->key ? tls->key : tls->certificate);
    }
}
