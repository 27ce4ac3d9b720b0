/* OAuth2 tokens: the request, and its answer in JSON. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mailflow/arena.h"
#include "transport/endpoint_internal.h"
#include "transport/oauth2_internal.h"

#define UNKNOWN_LIFETIME 300 /* seconds, when the provider does not tell (RFC 6749 5.1 lets it) */

static const char *text_of(const json_t *answer, const char *name)
{
    const char *value = json_string_value(json_object_get(answer, name));
    return value ? value : "";
}

/* expires_in is a number; some send it as text. */
static long long lifetime_of(const json_t *answer)
{
    const json_t *value = json_object_get(answer, "expires_in");
    long long seconds = json_is_integer(value) ? json_integer_value(value)
                        : json_is_real(value)  ? (long long)json_real_value(value)
                                               : atoll(text_of(answer, "expires_in"));
    return seconds > 0 && seconds <= 366LL * 86400 ? seconds : UNKNOWN_LIFETIME;
}

/* Overwrites every appearance of a secret by stars. */
static void mask(char *words, const char *const *secrets)
{
    for (; *secrets; secrets++) {
        size_t len = strlen(*secrets);
        for (char *at = words; len >= 4 && (at = strstr(at, *secrets)); at += len)
            memset(at, '*', len);
    }
}

static int refused(long status, const char *error, const char *description, const char *host, const char *const *secrets, struct mf_diag *d)
{
    char words[420];
    const char *advice = mf_oauth2_advice(error, description);
    /* Microsoft adds Trace ID, Correlation ID and Timestamp lines, which only its support can use. */
    size_t len = strcspn(description, "\r\n");
    const char *trace = strstr(description, " Trace ID:");
    if (trace && (size_t)(trace - description) < len)
        len = (size_t)(trace - description);
    mf_clean_words(words, sizeof words, description, len);
    mask(words, secrets);
    mf_trouble(d, "%s refuses an OAuth2 token (HTTP %ld): %.80s%s%s", host, status, error, *words ? ": " : "", words);
    mf_hint(d, "%s", advice ? advice : "Check client-id, client-secret, tenant, scope and refresh-token of this login in the site file.");
    return -1;
}

static int no_token(long status, struct mf_bytes body, const char *host, const char *const *secrets, struct mf_diag *d)
{
    char words[160];
    mf_clean_words(words, sizeof words, body.data, body.len);
    mask(words, secrets);
    mf_trouble(d, "%s answers HTTP %ld without an OAuth2 token: \"%s\"", host, status, words);
    mf_hint(d, "Is token-url the provider's token end point?");
    return -1;
}

int mf_oauth2_answer(long status, struct mf_bytes body, const char *url_host, const char *const *secrets,
                     struct mf_token *token, struct mf_diag *d)
{
    json_error_t unused;
    json_t *answer = json_loadb(body.data ? body.data : "", body.len, 0, &unused);
    const char *access = text_of(answer, "access_token"), *error = text_of(answer, "error"), *refresh = text_of(answer, "refresh_token");
    int result = 0;
    if (status / 100 == 2 && *access) {
        token->access = mf_xstrdup(access);
        token->refresh = *refresh ? mf_xstrdup(refresh) : NULL;
        token->expires = mf_now() + lifetime_of(answer) * MF_SECOND;
    } else if (*error) {
        result = refused(status, error, text_of(answer, "error_description"), url_host, secrets, d);
    } else {
        result = no_token(status, body, url_host, secrets, d);
    }
    json_decref(answer);
    return result;
}

static void host_of(const char *url, char *host, size_t size)
{
    const char *at = strstr(url, "://");
    at = at ? at + 3 : url;
    snprintf(host, size, "%.*s", (int)strcspn(at, "/?"), at);
}

int mf_oauth2_request(const struct mf_oauth2 *oauth2, const char *client_secret, const char *refresh_token,
                      mf_usec deadline, struct mf_token *token, struct mf_diag *d)
{
    struct mf_text form = {.max = 65536}, answer = {.max = 0};
    char host[200];
    const char *secrets[] = {client_secret ? client_secret : refresh_token, client_secret && refresh_token ? refresh_token : NULL, NULL};
    *token = (struct mf_token){.access = NULL};
    host_of(oauth2->token_url, host, sizeof host);
    mf_form_add(&form, "grant_type", refresh_token ? "refresh_token" : "client_credentials");
    mf_form_add(&form, "client_id", oauth2->client_id);
    mf_form_add(&form, "client_secret", client_secret);
    mf_form_add(&form, "refresh_token", refresh_token);
    mf_form_add(&form, "scope", oauth2->scope);
    long status = mf_post_form(oauth2->token_url, mf_text_bytes(&form), deadline, &answer, d);
    int result = status < 0 ? -1 : mf_oauth2_answer(status, mf_text_bytes(&answer), host, secrets, token, d);
    if (form.data)
        explicit_bzero(form.data, form.capacity);
    if (answer.data)
        explicit_bzero(answer.data, answer.capacity);
    mf_text_release(&form);
    mf_text_release(&answer);
    return result;
}
