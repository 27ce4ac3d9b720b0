/* AUTH: every mechanism, refusals, and that a login never goes out in clear text. */
#include "transport_test.h"

#include "mailflow/smtp.h"

static struct fake_ca *ca;
static struct ssl_ctx_st *tls;

static int set_up(void **state)
{
    (void)state;
    ca = fake_ca_new("Test CA");
    tls = fake_ca_issue(ca, "fake.test", -1, 30);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fake_tls_free(&tls);
    fake_ca_free(&ca);
    return 0;
}

#define USER "alice@net-it.com"
#define PASSWORD "pa\"ss\\ w\xc3\xb6rd,=%s"
#define TOKEN "ya29.a0AfH6SMBx-token"

struct outcome {
    struct mf_smtp_sent sent;
    struct mf_diag d;
    int result, connections;
    char log[2000], user[100];
};

static struct outcome try_it(struct fake_smtp_options server, enum mf_tls_mode mode, struct mf_credentials credentials)
{
    struct outcome o = {.result = 0};
    struct mf_tls trusted = {.ca_file = fake_ca_file(ca)};
    server.tls = tls;
    server.login.user = server.login.user ? server.login.user : USER;
    server.login.password = PASSWORD;
    server.login.bearer = TOKEN;
    struct fake_smtp *smtp = fake_smtp_start(&server);
    struct mf_smtp_options options = {.endpoint = at_port(fake_smtp_port(smtp), mode, &trusted), .ehlo = "client.test", .credentials = &credentials};
    struct mf_smtp *session = mf_smtp_new(&options);
    struct mf_smtp_recipient to = {.address = "bob@net-it.com"};
    o.result = mf_smtp_send(session, USER, &to, 1, MF_BYTES("x\r\n"), SOON, &o.sent, &o.d);
    mf_smtp_free(&session);
    char *log = fake_smtp_log(smtp);
    snprintf(o.log, sizeof o.log, "%s", log);
    free(log);
    o.connections = fake_smtp_connections(smtp);
    if (fake_smtp_count(smtp))
        snprintf(o.user, sizeof o.user, "%s", fake_smtp_mail(smtp, 0).user);
    fake_smtp_stop(&smtp);
    return o;
}

static struct mf_credentials password(const char *secret, const char *mechanism)
{
    return (struct mf_credentials){.user = (char *)USER, .password = (char *)secret, .mechanism = mechanism};
}

static struct mf_credentials token(const char *secret, const char *mechanism)
{
    return (struct mf_credentials){.user = (char *)USER, .bearer = (char *)secret, .mechanism = mechanism};
}

static const struct { const char *offered; bool bearer; const char *used; } mechanisms[] = {
    {"PLAIN", false, "PLAIN"},
    {"LOGIN", false, "LOGIN"},
    {"CRAM-MD5", false, "CRAM-MD5"},
    {"SCRAM-SHA-1", false, "SCRAM-SHA-1"},
    {"SCRAM-SHA-256", false, "SCRAM-SHA-256"},
    {"XOAUTH2", true, "XOAUTH2"},
    {"OAUTHBEARER", true, "OAUTHBEARER"},
    {"LOGIN PLAIN CRAM-MD5 SCRAM-SHA-1 SCRAM-SHA-256 DIGEST-MD5 NTLM GSSAPI", false, "SCRAM-SHA-256"},
    {"LOGIN PLAIN CRAM-MD5", false, "CRAM-MD5"},
    {"GSSAPI NTLM DIGEST-MD5 LOGIN PLAIN", false, "PLAIN"},
    {"PLAIN XOAUTH2 OAUTHBEARER", true, "XOAUTH2"},
};
#define MECHANISMS (sizeof mechanisms / sizeof mechanisms[0])

static void the_strongest_mechanism_offered_logs_in(void **state)
{
    (void)state;
    for (size_t i = 0; i < MECHANISMS; i++) {
        struct outcome o = try_it((struct fake_smtp_options){.starttls = true, .mechanisms = mechanisms[i].offered}, MF_TLS_REQUIRED,
                                  mechanisms[i].bearer ? token(TOKEN, NULL) : password(PASSWORD, NULL));
        assert_int_equal(o.sent.outcome, MF_SMTP_ACCEPTED);
        assert_string_equal(o.sent.auth_used, mechanisms[i].used);
        assert_string_equal(o.sent.auth_offered, mechanisms[i].offered);
        assert_string_equal(o.user, USER);
    }
}

static void a_wrong_secret_is_a_refusal_in_auth_with_the_servers_words(void **state)
{
    (void)state;
    for (size_t i = 0; i < MECHANISMS; i++) {
        struct outcome o = try_it((struct fake_smtp_options){.starttls = true, .mechanisms = mechanisms[i].offered}, MF_TLS_REQUIRED,
                                  mechanisms[i].bearer ? token("stale", NULL) : password("wrong", NULL));
        assert_int_equal(o.result, 0);
        assert_int_equal(o.sent.outcome, MF_SMTP_REFUSED);
        assert_int_equal(o.sent.phase, MF_SMTP_AUTH);
        assert_int_equal(o.sent.reply.code, 535);
        assert_string_equal(o.sent.reply.enhanced, "5.7.8");
        assert_contains(o.sent.reply.text, "authentication failed");
        assert_lacks(o.log, "MAIL");
    }
}

static void a_refused_token_tells_what_the_provider_said(void **state)
{
    (void)state;
    static const char *const names[] = {"XOAUTH2", "OAUTHBEARER"};
    for (size_t i = 0; i < 2; i++) {
        struct outcome o = try_it((struct fake_smtp_options){.implicit_tls = true, .mechanisms = names[i],
                                                             .login.oauth_error = "{\"status\":\"401\",\"scope\":\"https://mail.google.com/\"}"},
                                  MF_TLS_IMPLICIT, token("stale", NULL));
        assert_int_equal(o.sent.outcome, MF_SMTP_REFUSED);
        assert_contains(o.sent.reply.text, "\"scope\":\"https://mail.google.com/\"");
    }
}

static void a_forced_mechanism_is_used_or_nothing(void **state)
{
    (void)state;
    struct outcome o = try_it((struct fake_smtp_options){.starttls = true, .mechanisms = "SCRAM-SHA-256 PLAIN LOGIN"}, MF_TLS_REQUIRED, password(PASSWORD, "LOGIN"));
    assert_string_equal(o.sent.auth_used, "LOGIN");
    o = try_it((struct fake_smtp_options){.starttls = true, .mechanisms = "PLAIN LOGIN"}, MF_TLS_REQUIRED, password(PASSWORD, "CRAM-MD5"));
    assert_int_equal(o.sent.outcome, MF_SMTP_TROUBLE);
    assert_contains(o.d.title, "AUTH: the server does not offer CRAM-MD5, which the login asks for; it offers PLAIN LOGIN");
    o = try_it((struct fake_smtp_options){.starttls = true, .mechanisms = "PLAIN"}, MF_TLS_REQUIRED, password(PASSWORD, "NTLM"));
    assert_contains(o.d.title, "the mechanism NTLM is not built in");
    o = try_it((struct fake_smtp_options){.starttls = true, .mechanisms = "PLAIN XOAUTH2"}, MF_TLS_REQUIRED, password(PASSWORD, "XOAUTH2"));
    assert_contains(o.d.title, "XOAUTH2 needs an OAuth2 token");
}

static void a_login_without_a_mechanism_or_without_auth_is_trouble_and_nothing_is_sent(void **state)
{
    (void)state;
    struct outcome o = try_it((struct fake_smtp_options){.starttls = true, .mechanisms = "GSSAPI NTLM"}, MF_TLS_REQUIRED, password(PASSWORD, NULL));
    assert_int_equal(o.result, -1);
    assert_int_equal(o.sent.phase, MF_SMTP_AUTH);
    assert_int_equal(o.sent.trouble.stage, MF_STAGE_LOGIN);
    assert_contains(o.d.title, "it offers GSSAPI NTLM");
    assert_lacks(o.log, "MAIL");
    o = try_it((struct fake_smtp_options){.starttls = true}, MF_TLS_REQUIRED, password(PASSWORD, NULL));
    assert_int_equal(o.sent.outcome, MF_SMTP_TROUBLE);
    assert_contains(o.d.title, "AUTH: the server offers no AUTH here");
    assert_lacks(o.log, "MAIL");
}

static void a_login_is_never_sent_in_clear_text(void **state)
{
    (void)state;
    struct fake_smtp_options clear = {.mechanisms = "PLAIN LOGIN", .auth_in_clear = true};
    struct outcome o = try_it(clear, MF_TLS_NONE, password(PASSWORD, NULL));
    assert_int_equal(o.result, -1);
    assert_contains(o.d.title, "a login is never sent in clear text");
    assert_int_equal(o.connections, 0);
    o = try_it(clear, MF_TLS_OFFERED, password(PASSWORD, NULL));
    assert_int_equal(o.result, -1);
    assert_contains(o.d.title, "does not offer STARTTLS");
    assert_lacks(o.log, "AUTH");
    assert_lacks(o.log, "MAIL");
    struct fake_smtp_options refusing = {.mechanisms = "PLAIN", .auth_in_clear = true, .starttls = true,
                                         .rules = {{.when = "STARTTLS", .act = FAKE_SAY, .say = "454 4.7.0 no\r\n"}}};
    o = try_it(refusing, MF_TLS_OFFERED, password(PASSWORD, NULL));
    assert_int_equal(o.sent.outcome, MF_SMTP_REFUSED);
    assert_int_equal(o.sent.phase, MF_SMTP_TLS);
    assert_lacks(o.log, "AUTH");
}

static void a_login_and_a_refused_ehlo_do_not_end_in_helo_without_auth(void **state)
{
    (void)state;
    struct outcome o = try_it((struct fake_smtp_options){.implicit_tls = true, .mechanisms = "PLAIN",
        .rules = {{.when = "EHLO", .act = FAKE_SAY, .say = "502 5.5.1 no\r\n"}}}, MF_TLS_IMPLICIT, password(PASSWORD, NULL));
    assert_int_equal(o.sent.outcome, MF_SMTP_REFUSED);
    assert_int_equal(o.sent.phase, MF_SMTP_EHLO);
    assert_lacks(o.log, "MAIL");
}

static void temporary_trouble_in_auth_is_told_as_such(void **state)
{
    (void)state;
    struct outcome o = try_it((struct fake_smtp_options){.starttls = true, .mechanisms = "PLAIN",
        .rules = {{.when = "AUTH", .act = FAKE_SAY, .say = "454 4.7.0 Temporary authentication failure\r\n"}}}, MF_TLS_REQUIRED, password(PASSWORD, NULL));
    assert_int_equal(o.sent.outcome, MF_SMTP_REFUSED);
    assert_int_equal(o.sent.phase, MF_SMTP_AUTH);
    assert_int_equal(o.sent.reply.code, 454);
}

static void a_server_that_cannot_prove_the_password_is_not_trusted(void **state)
{
    (void)state;
    struct outcome o = try_it((struct fake_smtp_options){.starttls = true, .mechanisms = "SCRAM-SHA-256", .login.scram_lies = true}, MF_TLS_REQUIRED, password(PASSWORD, NULL));
    assert_int_equal(o.sent.outcome, MF_SMTP_TROUBLE);
    assert_contains(o.d.title, "the server could not prove that it knows the password");
    o = try_it((struct fake_smtp_options){.starttls = true, .mechanisms = "SCRAM-SHA-1", .login.scram_skips_proof = true}, MF_TLS_REQUIRED, password(PASSWORD, NULL));
    assert_int_equal(o.sent.outcome, MF_SMTP_TROUBLE);
    assert_contains(o.d.title, "without proving");
    assert_lacks(o.log, "MAIL");
}

static void a_challenge_that_is_garbage_is_cancelled(void **state)
{
    (void)state;
    struct outcome o = try_it((struct fake_smtp_options){.starttls = true, .mechanisms = "CRAM-MD5",
        .rules = {{.when = "AUTH", .act = FAKE_SAY, .say = "334 !!!not base64\r\n"}}}, MF_TLS_REQUIRED, password(PASSWORD, NULL));
    assert_int_equal(o.sent.outcome, MF_SMTP_TROUBLE);
    assert_contains(o.d.title, "challenge is not base64");
}

static void a_hang_in_auth_is_left_at_the_deadline(void **state)
{
    (void)state;
    struct mf_tls trusted = {.ca_file = fake_ca_file(ca)};
    struct mf_credentials login = password(PASSWORD, NULL);
    struct fake_smtp *smtp = fake_smtp_start(&(struct fake_smtp_options){.tls = tls, .implicit_tls = true, .mechanisms = "PLAIN", .rules = {{.when = "AUTH", .act = FAKE_HANG}}});
    struct mf_smtp_options options = {.endpoint = at_port(fake_smtp_port(smtp), MF_TLS_IMPLICIT, &trusted), .credentials = &login};
    struct mf_smtp *session = mf_smtp_new(&options);
    struct mf_smtp_sent sent;
    struct mf_diag d = {.title = ""};
    mf_usec started = mf_now();
    assert_int_equal(mf_smtp_probe(session, started + 400 * MF_MS, &sent, &d), -1);
    assert_took(started, 400 * MF_MS);
    assert_int_equal(sent.phase, MF_SMTP_AUTH);
    assert_int_equal(sent.trouble.stage, MF_STAGE_LOGIN);
    mf_smtp_free(&session);
    fake_smtp_stop(&smtp);
}

static void a_probe_logs_in_and_sends_nothing(void **state)
{
    (void)state;
    struct mf_tls trusted = {.ca_file = fake_ca_file(ca)};
    struct mf_credentials login = password(PASSWORD, NULL);
    struct fake_smtp *smtp = fake_smtp_start(&(struct fake_smtp_options){.tls = tls, .starttls = true, .mechanisms = "PLAIN", .login = {.user = USER, .password = PASSWORD}});
    struct mf_smtp_options options = {.endpoint = at_port(fake_smtp_port(smtp), MF_TLS_REQUIRED, &trusted), .ehlo = "client.test", .credentials = &login};
    struct mf_smtp *session = mf_smtp_new(&options);
    struct mf_smtp_sent sent;
    struct mf_diag d = {.title = ""};
    assert_int_equal(mf_smtp_probe(session, SOON, &sent, &d), 0);
    assert_int_equal(sent.outcome, MF_SMTP_ACCEPTED);
    assert_int_equal(sent.phase, MF_SMTP_AUTH);
    assert_string_equal(sent.auth_used, "PLAIN");
    assert_true(sent.tls.verified);
    char *log = fake_smtp_log(smtp);
    assert_string_equal(log, "EHLO client.test\nSTARTTLS\nEHLO client.test\nAUTH PLAIN\n(answer)\nQUIT\n");
    free(log);
    mf_smtp_free(&session);
    fake_smtp_stop(&smtp);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_strongest_mechanism_offered_logs_in),
        cmocka_unit_test(a_wrong_secret_is_a_refusal_in_auth_with_the_servers_words),
        cmocka_unit_test(a_refused_token_tells_what_the_provider_said),
        cmocka_unit_test(a_forced_mechanism_is_used_or_nothing),
        cmocka_unit_test(a_login_without_a_mechanism_or_without_auth_is_trouble_and_nothing_is_sent),
        cmocka_unit_test(a_login_is_never_sent_in_clear_text),
        cmocka_unit_test(a_login_and_a_refused_ehlo_do_not_end_in_helo_without_auth),
        cmocka_unit_test(temporary_trouble_in_auth_is_told_as_such),
        cmocka_unit_test(a_server_that_cannot_prove_the_password_is_not_trusted),
        cmocka_unit_test(a_challenge_that_is_garbage_is_cancelled),
        cmocka_unit_test(a_hang_in_auth_is_left_at_the_deadline),
        cmocka_unit_test(a_probe_logs_in_and_sends_nothing),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down) != 0;
}
