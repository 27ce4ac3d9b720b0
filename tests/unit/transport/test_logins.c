/* Logins: passwords, wrong ones on purpose, OAuth2 tokens had, kept and asked for again. */
#include "transport_test.h"

#include <pthread.h>
#include <unistd.h>

#include "fakes/fake_http.h"
#include "mailflow/login.h"
#include "transport/oauth2_internal.h"

#define CLIENT_SECRET "cl13nt+s3cret/&="
#define REFRESH "1//refresh-token"

struct office {
    struct fake_http *http;
    struct mf_logins *logins;
    struct mf_secret client_secret, refresh;
    struct mf_oauth2 oauth2;
    struct mf_login login;
    struct mf_credentials credentials;
    struct mf_diag d;
    char url[80];
};

static struct office *open_office(const struct fake_http_options *options, bool refresh)
{
    struct office *o = calloc(1, sizeof *o);
    setenv("MF_CLIENT_SECRET", CLIENT_SECRET, 1);
    setenv("MF_REFRESH", REFRESH, 1);
    o->http = fake_http_start(options);
    o->logins = mf_logins_new();
    snprintf(o->url, sizeof o->url, "http%s://127.0.0.1:%d/token", options->tls ? "s" : "", fake_http_port(o->http));
    o->client_secret.env = "MF_CLIENT_SECRET";
    o->refresh.env = "MF_REFRESH";
    o->oauth2 = (struct mf_oauth2){.token_url = o->url, .scope = "https://mail.example/.default", .client_id = "client id",
                                   .client_secret = &o->client_secret, .refresh_token = refresh ? &o->refresh : NULL};
    o->login = (struct mf_login){.kind = MF_LOGIN_OAUTH2, .user = "alice@net-it.com", .oauth2 = &o->oauth2};
    return o;
}

static int get(struct office *o, bool fresh)
{
    mf_credentials_wipe(&o->credentials);
    o->d = (struct mf_diag){.title = ""};
    return mf_logins_get(o->logins, &o->login, fresh, mf_now() + 2 * MF_SECOND, &o->credentials, &o->d);
}

static void close_office(struct office *o)
{
    mf_credentials_wipe(&o->credentials);
    mf_logins_free(&o->logins);
    fake_http_stop(&o->http);
    free(o);
}

static void client_credentials_are_asked_for_once_and_shared(void **state)
{
    (void)state;
    struct office *o = open_office(&(struct fake_http_options){.answers = {{.status = 200, .body = "{\"access_token\":\"T1\",\"expires_in\":3600,\"token_type\":\"Bearer\"}"},
                                                                           {.status = 200, .body = "{\"access_token\":\"T2\",\"expires_in\":\"3600\"}"}}}, false);
    assert_int_equal(get(o, false), 0);
    assert_string_equal(o->credentials.bearer, "T1");
    assert_string_equal(o->credentials.user, "alice@net-it.com");
    assert_null(o->credentials.password);
    assert_string_equal(fake_http_form(o->http, 0), "grant_type=client_credentials&client_id=client%20id&client_secret=cl13nt%2Bs3cret%2F%26%3D&scope=https%3A%2F%2Fmail.example%2F.default");
    o->login.user = "bob@net-it.com"; /* another mailbox of the same registration */
    assert_int_equal(get(o, false), 0);
    assert_string_equal(o->credentials.bearer, "T1");
    assert_string_equal(o->credentials.user, "bob@net-it.com");
    assert_int_equal(fake_http_count(o->http), 1);
    assert_int_equal(get(o, true), 0); /* the server refused it */
    assert_string_equal(o->credentials.bearer, "T2");
    assert_int_equal(get(o, false), 0);
    assert_string_equal(o->credentials.bearer, "T2");
    assert_int_equal(fake_http_count(o->http), 2);
    o->oauth2.scope = "another";
    assert_int_equal(get(o, false), 0);
    assert_int_equal(fake_http_count(o->http), 3);
    close_office(o);
}

static void a_refresh_token_that_the_provider_changes_is_changed(void **state)
{
    (void)state;
    struct office *o = open_office(&(struct fake_http_options){.answers = {{.status = 200, .body = "{\"access_token\":\"T1\",\"expires_in\":3600,\"refresh_token\":\"newer\"}"},
                                                                           {.status = 200, .body = "{\"access_token\":\"T2\",\"expires_in\":3600}"}}}, true);
    assert_int_equal(get(o, false), 0);
    assert_contains(fake_http_form(o->http, 0), "grant_type=refresh_token&");
    assert_contains(fake_http_form(o->http, 0), "&refresh_token=1%2F%2Frefresh-token");
    assert_int_equal(get(o, true), 0);
    assert_contains(fake_http_form(o->http, 1), "&refresh_token=newer&");
    assert_int_equal(get(o, true), 0);
    assert_contains(fake_http_form(o->http, 2), "&refresh_token=newer&");
    close_office(o);
}

static void a_short_lived_token_is_renewed_at_half_its_life(void **state)
{
    (void)state;
    struct office *o = open_office(&(struct fake_http_options){.answers = {{.status = 200, .body = "{\"access_token\":\"T1\",\"expires_in\":1}"},
                                                                           {.status = 200, .body = "{\"access_token\":\"T2\",\"expires_in\":1}"}}}, false);
    assert_int_equal(get(o, false), 0);
    assert_int_equal(get(o, false), 0);
    assert_int_equal(fake_http_count(o->http), 1);
    mf_sleep_until(mf_now() + 600 * MF_MS);
    assert_int_equal(get(o, false), 0);
    assert_string_equal(o->credentials.bearer, "T2");
    close_office(o);
}

static void *get_in_thread(void *context)
{
    struct office *o = context;
    struct mf_credentials mine;
    struct mf_diag d = {.title = ""};
    int result = mf_logins_get(o->logins, &o->login, false, mf_now() + 2 * MF_SECOND, &mine, &d);
    bool fine = result == 0 && strcmp(mine.bearer, "T1") == 0;
    mf_credentials_wipe(&mine);
    return fine ? o : NULL;
}

static void many_mailboxes_at_once_cause_one_request(void **state)
{
    (void)state;
    struct office *o = open_office(&(struct fake_http_options){.answers = {{.status = 200, .body = "{\"access_token\":\"T1\",\"expires_in\":3600}"}}, .delay_ms = 100}, false);
    pthread_t threads[20];
    for (int i = 0; i < 20; i++)
        pthread_create(&threads[i], NULL, get_in_thread, o);
    for (int i = 0; i < 20; i++) {
        void *fine;
        pthread_join(threads[i], &fine);
        assert_non_null(fine);
    }
    assert_int_equal(fake_http_count(o->http), 1);
    close_office(o);
}

static void a_refusal_is_told_with_the_providers_words_and_what_they_mean(void **state)
{
    (void)state;
    static const struct { int status; const char *body, *title, *hint; } cases[] = {
        {401, "{\"error\":\"invalid_client\",\"error_description\":\"AADSTS7000215: Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID.\\r\\nTrace ID: 1\\r\\nCorrelation ID: 2\"}",
         "(HTTP 401): invalid_client: AADSTS7000215: Invalid client secret provided.", "*value*"},
        {400, "{\"error\":\"invalid_grant\",\"error_description\":\"Token has been expired or revoked.\"}", "invalid_grant: Token has been expired or revoked.", "7 days"},
        {401, "{\"error\":\"invalid_client\",\"error_description\":\"AADSTS7000222: The provided client secret keys for app 'x' are expired.\"}", "AADSTS7000222", "has expired"},
        {400, "{\"error\":\"unauthorized_client\",\"error_description\":\"AADSTS700016: Application with identifier 'x' was not found in the directory 'y'.\"}", "AADSTS700016", "tenant"},
        {400, "{\"error\":\"invalid_scope\"}", "invalid_scope", "https://mail.google.com/"},
        {400, "{\"error\":\"strange_error\",\"error_description\":\"what?\"}", "strange_error: what?", "Check client-id"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct office *o = open_office(&(struct fake_http_options){.answers = {{.status = cases[i].status, .body = cases[i].body}}}, false);
        o->login.place = (struct mf_place){.file = "site.yaml", .line = 12};
        assert_int_equal(get(o, false), -1);
        assert_contains(o->d.title, "127.0.0.1");
        assert_contains(o->d.title, cases[i].title);
        assert_lacks(o->d.title, "Trace ID");
        assert_contains(o->d.hint, cases[i].hint);
        assert_string_equal(o->d.place.file, "site.yaml");
        assert_null(o->credentials.bearer);
        close_office(o);
    }
}

static void secrets_that_a_provider_repeats_are_masked(void **state)
{
    (void)state;
    struct office *o = open_office(&(struct fake_http_options){.answers = {{.status = 400, .body = "{\"error\":\"invalid_grant\",\"error_description\":\"bad token 1//refresh-token for cl13nt+s3cret/&= given\"}"},
                                                                           {.status = 500, .body = "oops: client_secret=cl13nt+s3cret/&= failed"}}}, true);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(get(o, false), -1);
        assert_lacks(o->d.title, "1//refresh-token");
        assert_lacks(o->d.title, "s3cret");
        assert_contains(o->d.title, "****");
    }
    close_office(o);
}

static void an_answer_that_is_no_token_is_told(void **state)
{
    (void)state;
    static const struct { int status; const char *body, *words; } cases[] = {
        {200, "<html>login here</html>", "HTTP 200 without an OAuth2 token: \"<html>login here</html>\""}, {200, "{}", "without an OAuth2 token"},
        {200, "{\"access_token\":42}", "without"}, {503, "busy", "HTTP 503"}, {302, "moved", "HTTP 302"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct office *o = open_office(&(struct fake_http_options){.answers = {{.status = cases[i].status, .body = cases[i].body}}}, false);
        assert_int_equal(get(o, false), -1);
        assert_contains(o->d.title, cases[i].words);
        close_office(o);
    }
}

static void a_provider_that_hangs_is_left_at_the_deadline(void **state)
{
    (void)state;
    struct office *o = open_office(&(struct fake_http_options){.answers = {{.status = 200, .body = "", .hang = true}}}, false);
    mf_usec started = mf_now();
    assert_int_equal(mf_logins_get(o->logins, &o->login, false, started + 300 * MF_MS, &o->credentials, &o->d), -1);
    assert_took(started, 300 * MF_MS);
    assert_contains(o->d.title, "no answer in time");
    close_office(o);
}

static void secrets_go_to_https_or_this_host_only_and_to_verified_names(void **state)
{
    (void)state;
    struct fake_ca *ca = fake_ca_new("Unknown Test CA");
    struct ssl_ctx_st *tls = fake_ca_issue(ca, "127.0.0.1", -1, 30);
    struct office *o = open_office(&(struct fake_http_options){.answers = {{.status = 200, .body = "{\"access_token\":\"T1\"}"}}, .tls = tls}, false);
    assert_int_equal(get(o, false), -1);
    assert_contains(o->d.title, "certificate");
    assert_int_equal(fake_http_count(o->http), 0);
    static const char *const urls[] = {"http://192.0.2.1/token", "http://token.example/", "ftp://127.0.0.1/", "file:///etc/passwd", "nonsense"};
    for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++) {
        o->oauth2.token_url = urls[i];
        assert_int_equal(get(o, false), -1);
        assert_contains(o->d.title, "secrets are not sent there");
    }
    close_office(o);
    fake_tls_free(&tls);
    fake_ca_free(&ca);
}

static void a_token_command_is_asked_and_asked_again_when_its_token_was_refused(void **state)
{
    (void)state;
    char path[] = "/tmp/mf-token-XXXXXX", shell[200];
    close(mkstemp(path));
    snprintf(shell, sizeof shell, "echo x >> %s; echo token-$(wc -l < %s)", path, path);
    const char *argv[] = {"sh", "-c", shell, NULL};
    struct mf_secret command = {.argv = argv};
    struct mf_oauth2 oauth2 = {.token = &command};
    struct mf_login login = {.kind = MF_LOGIN_OAUTH2, .user = "alice", .oauth2 = &oauth2, .mechanism = "XOAUTH2"};
    struct mf_logins *logins = mf_logins_new();
    static const struct { bool fresh; const char *token; } steps[] = {{false, "token-1"}, {false, "token-1"}, {true, "token-2"}, {false, "token-2"}};
    for (size_t i = 0; i < 4; i++) {
        struct mf_credentials credentials;
        struct mf_diag d = {.title = ""};
        assert_int_equal(mf_logins_get(logins, &login, steps[i].fresh, SOON, &credentials, &d), 0);
        assert_string_equal(credentials.bearer, steps[i].token);
        assert_string_equal(credentials.mechanism, "XOAUTH2");
        mf_credentials_wipe(&credentials);
    }
    mf_logins_free(&logins);
    unlink(path);
}

static void a_password_a_wrong_one_and_none(void **state)
{
    (void)state;
    struct mf_secret secret = {.env = "MF_TEST_PASSWORD"};
    struct mf_login login = {.kind = MF_LOGIN_PASSWORD, .user = "alice", .password = &secret};
    struct mf_logins *logins = mf_logins_new();
    struct mf_credentials credentials, other;
    struct mf_diag d = {.title = ""};
    setenv("MF_TEST_PASSWORD", "hunter2", 1);
    assert_int_equal(mf_logins_get(logins, &login, false, SOON, &credentials, &d), 0);
    assert_string_equal(credentials.password, "hunter2");
    mf_credentials_wipe(&credentials);
    assert_null(credentials.password);
    login.kind = MF_LOGIN_WRONG;
    assert_int_equal(mf_logins_get(logins, &login, false, SOON, &credentials, &d), 0);
    assert_int_equal(mf_logins_get(logins, &login, false, SOON, &other, &d), 0);
    assert_true(strlen(credentials.password) >= 16);
    assert_string_not_equal(credentials.password, other.password);
    assert_string_equal(credentials.user, "alice");
    mf_credentials_wipe(&credentials);
    mf_credentials_wipe(&other);
    login.kind = MF_LOGIN_NONE;
    assert_int_equal(mf_logins_get(logins, &login, false, SOON, &credentials, &d), 0);
    assert_true(!credentials.user && !credentials.password && !credentials.bearer);
    login.kind = MF_LOGIN_PASSWORD;
    unsetenv("MF_TEST_PASSWORD");
    assert_int_equal(mf_logins_get(logins, &login, false, SOON, &credentials, &d), -1);
    assert_contains(d.title, "MF_TEST_PASSWORD");
    assert_null(credentials.user);
    mf_logins_free(&logins);
    assert_null(logins);
}

static void advice_goes_by_the_whole_number(void **state)
{
    (void)state;
    assert_contains(mf_oauth2_advice("x", "AADSTS70008: expired"), "refresh token has expired");
    assert_null(mf_oauth2_advice("x", "AADSTS700089: something else"));
    assert_contains(mf_oauth2_advice("x", "AADSTS7000215: y"), "value");
    assert_contains(mf_oauth2_advice("invalid_grant", ""), "refresh token");
    assert_null(mf_oauth2_advice("unheard_of", ""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(client_credentials_are_asked_for_once_and_shared),
        cmocka_unit_test(a_refresh_token_that_the_provider_changes_is_changed),
        cmocka_unit_test(a_short_lived_token_is_renewed_at_half_its_life),
        cmocka_unit_test(many_mailboxes_at_once_cause_one_request),
        cmocka_unit_test(a_refusal_is_told_with_the_providers_words_and_what_they_mean),
        cmocka_unit_test(secrets_that_a_provider_repeats_are_masked),
        cmocka_unit_test(an_answer_that_is_no_token_is_told),
        cmocka_unit_test(a_provider_that_hangs_is_left_at_the_deadline),
        cmocka_unit_test(secrets_go_to_https_or_this_host_only_and_to_verified_names),
        cmocka_unit_test(a_token_command_is_asked_and_asked_again_when_its_token_was_refused),
        cmocka_unit_test(a_password_a_wrong_one_and_none),
        cmocka_unit_test(advice_goes_by_the_whole_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
