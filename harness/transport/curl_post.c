/* One HTTPS POST by libcurl, verified against the system's CAs. */
#include <stdio.h>
#include <string.h>

#include "mailflow/text.h"
#include "transport/curl_internal.h"
#include "transport/endpoint_internal.h"
#include "transport/oauth2_internal.h"

#define ANSWER_MAX 262144

static size_t take(char *data, size_t size, size_t count, void *context)
{
    struct mf_text *answer = context;
    mf_text_add(answer, data, size * count);
    return answer->full ? 0 : size * count;
}

/* Secrets go over https only; plain http never leaves this host. */
static int check_url(const char *url, struct mf_diag *d)
{
    char *scheme = NULL, *host = NULL;
    CURLU *parts = curl_url();
    bool fine = !curl_url_set(parts, CURLUPART_URL, url, 0) && !curl_url_get(parts, CURLUPART_SCHEME, &scheme, 0) &&
                !curl_url_get(parts, CURLUPART_HOST, &host, 0);
    if (fine && host[0] == '[') {
        memmove(host, host + 1, strlen(host));
        host[strcspn(host, "]")] = '\0';
    }
    fine = fine && (mf_same(scheme, "https") || (mf_same(scheme, "http") && mf_is_loopback(host)));
    curl_free(scheme);
    curl_free(host);
    curl_url_cleanup(parts);
    return fine ? 0 : mf_trouble(d, "the token URL %s is not an https:// URL; secrets are not sent there", url);
}

static void set_up(CURL *easy, const char *url, struct mf_bytes form, mf_usec deadline, struct mf_text *answer)
{
    long ms = mf_ms_until(deadline);
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "https,http");
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, ms > 0 ? ms : 1L);
    curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "mailflow");
    if (mf_starts(url, "http:"))
        curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)form.len);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, form.data);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, answer);
}

static int tell(const char *url, CURLcode code, const char *error, const struct mf_text *answer, struct mf_diag *d)
{
    if (answer->full)
        return mf_trouble(d, "%s: answers without end; that is no token", url);
    mf_trouble(d, "%s: %s", url, code == CURLE_OPERATION_TIMEDOUT ? "no answer in time" : *error ? error : curl_easy_strerror(code));
    mf_hint(d, "The OAuth2 provider is asked from this host: is it allowed out (https_proxy is heeded), and does its resolver work?");
    return -1;
}

long mf_post_form(const char *url, struct mf_bytes form, mf_usec deadline, struct mf_text *answer, struct mf_diag *d)
{
    char error[CURL_ERROR_SIZE] = "";
    long status = 0;
    if (check_url(url, d) < 0)
        return -1;
    mf_curl_start();
    CURL *easy = curl_easy_init();
    answer->max = ANSWER_MAX;
    set_up(easy, url, form, deadline, answer);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, error);
    CURLcode code = curl_easy_perform(easy);
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_cleanup(easy);
    return code == CURLE_OK ? status : tell(url, code, error, answer, d);
}

void mf_form_add(struct mf_text *form, const char *name, const char *value)
{
    if (!value)
        return;
    char *escaped = curl_easy_escape(NULL, value, 0);
    mf_text_printf(form, "%s%s=", form->len ? "&" : "", name);
    mf_text_puts(form, escaped ? escaped : "");
    if (escaped)
        explicit_bzero(escaped, strlen(escaped));
    curl_free(escaped);
}
