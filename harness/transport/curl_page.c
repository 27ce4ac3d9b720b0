/* One HTTPS GET by libcurl, to an address that is known. */
#include <string.h>

#include "mailflow/page.h"
#include "transport/curl_internal.h"

#define BODY_MAX 65536

static size_t take(char *data, size_t size, size_t count, void *context)
{
    struct mf_text *body = context;
    mf_text_add(body, data, size * count);
    return body->full ? 0 : size * count;
}

static void set_up(CURL *easy, const char *url, struct curl_slist *resolve, const struct mf_tls *tls, mf_usec deadline,
                   struct mf_text *body)
{
    long ms = mf_ms_until(deadline);
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "https");
    curl_easy_setopt(easy, CURLOPT_RESOLVE, resolve);
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, ms > 0 ? ms : 1L);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "mailflow");
    if (tls)
        mf_curl_set_tls(easy, tls, true);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, body);
}

static int tell(const char *url, CURLcode code, const char *error, const struct mf_text *body, struct mf_diag *d)
{
    if (body->full)
        return mf_trouble(d, "%s: more than %d bytes", url, BODY_MAX);
    return mf_trouble(d, "%s: %s", url,
                      code == CURLE_OPERATION_TIMEDOUT ? "no answer in time"
                      : *error                         ? error
                                                       : curl_easy_strerror(code));
}

long mf_page_get(const char *url, const char *host, const char *address, const struct mf_tls *tls, mf_usec deadline,
                 struct mf_text *body, struct mf_text *media, struct mf_diag *d)
{
    const char *type = NULL;
    char error[CURL_ERROR_SIZE] = "";
    long status = 0;
    struct mf_text known = {.max = 1024};
    bool v6 = strchr(address, ':') != NULL;
    mf_text_printf(&known, "%s:443:%s%s%s", host, v6 ? "[" : "", address, v6 ? "]" : "");
    mf_curl_start();
    CURL *easy = curl_easy_init();
    struct curl_slist *resolve = curl_slist_append(NULL, mf_text_str(&known));
    body->max = BODY_MAX;
    set_up(easy, url, resolve, tls, deadline, body);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, error);
    CURLcode code = curl_easy_perform(easy);
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(easy, CURLINFO_CONTENT_TYPE, &type);
    mf_text_puts(media, type ? type : "");
    curl_slist_free_all(resolve);
    curl_easy_cleanup(easy);
    mf_text_release(&known);
    return code == CURLE_OK ? status : tell(url, code, error, body, d);
}
