/* Opening an IMAP connection: logins, TLS, and servers that misbehave on the way. */
#include "imap_test.h"

#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

static struct fake_ca *known, *unknown;

static int make_cas(void **state)
{
    (void)state;
    known = fake_ca_new("Known Test CA");
    unknown = fake_ca_new("Unknown Test CA");
    return 0;
}

static int free_cas(void **state)
{
    (void)state;
    fake_ca_free(&known);
    fake_ca_free(&unknown);
    return 0;
}

static const struct { const char *mechanisms, *used; bool bearer, ir; } logins[] = {
    {NULL, "LOGIN", false, true},
    {"PLAIN", "AUTHENTICATE PLAIN ", false, true},
    {"PLAIN", "AUTHENTICATE PLAIN\n", false, false},
    {"LOGIN", "AUTHENTICATE LOGIN\n", false, true},
    {"PLAIN CRAM-MD5", "AUTHENTICATE CRAM-MD5\n", false, true},
    {"PLAIN SCRAM-SHA-1", "AUTHENTICATE SCRAM-SHA-1 ", false, true},
    {"SCRAM-SHA-256 SCRAM-SHA-1 GSSAPI", "AUTHENTICATE SCRAM-SHA-256 ", false, true},
    {"SCRAM-SHA-256", "AUTHENTICATE SCRAM-SHA-256\n", false, false},
    {"GSSAPI NTLM", "LOGIN", false, true},
    {"PLAIN XOAUTH2", "AUTHENTICATE XOAUTH2 ", true, true},
    {"OAUTHBEARER", "AUTHENTICATE OAUTHBEARER\n", true, false},
};
#define LOGINS (sizeof logins / sizeof logins[0])

static struct fake_imap_options server_for(size_t i)
{
    return (struct fake_imap_options){.mechanisms = logins[i].mechanisms, .capabilities = logins[i].ir ? NULL : "IMAP4rev1 IDLE UIDPLUS", .login.bearer = "good-token"};
}

static void the_strongest_way_offered_logs_in(void **state)
{
    (void)state;
    for (size_t i = 0; i < LOGINS; i++) {
        struct mailbox *m = mailbox_new(server_for(i));
        if (logins[i].bearer)
            m->credentials = (struct mf_credentials){.user = (char *)USER, .bearer = (char *)"good-token"};
        assert_int_equal(mailbox_open(m), 0);
        assert_true(mf_imap_alive(m->imap));
        char *log = fake_imap_log(m->server);
        assert_contains(log, logins[i].used);
        free(log);
        mailbox_end(m);
    }
}

static void a_wrong_secret_is_told_with_the_servers_words(void **state)
{
    (void)state;
    for (size_t i = 0; i < LOGINS; i++) {
        struct mailbox *m = mailbox_new(server_for(i));
        m->credentials = logins[i].bearer ? (struct mf_credentials){.user = (char *)USER, .bearer = (char *)"stale"}
                                          : (struct mf_credentials){.user = (char *)USER, .password = (char *)"wrong"};
        assert_int_equal(mailbox_open(m), -1);
        assert_null(m->imap);
        assert_int_equal(m->trouble.stage, MF_STAGE_LOGIN);
        assert_false(m->trouble.temporary);
        assert_contains(m->d.title, "login: the server refused the login: [AUTHENTICATIONFAILED] Authentication failed.");
        assert_string_equal(m->trouble.server_said, "[AUTHENTICATIONFAILED] Authentication failed.");
        if (logins[i].bearer)
            assert_contains(m->d.title, "\"status\":\"400\"");
        mailbox_end(m);
    }
}

static void a_refusal_that_may_pass_is_temporary(void **state)
{
    (void)state;
    struct mailbox *m = mailbox_new((struct fake_imap_options){.rules = {{.when = "LOGIN", .act = FAKE_SAY, .say = "$T NO [UNAVAILABLE] user database is down\r\n"}}});
    assert_int_equal(mailbox_open(m), -1);
    assert_true(m->trouble.temporary);
    assert_contains(m->trouble.server_said, "user database is down");
    mailbox_end(m);
}

static void logindisabled_is_understood(void **state)
{
    (void)state;
    struct mailbox *m = mailbox_new((struct fake_imap_options){.login_disabled = true});
    assert_int_equal(mailbox_open(m), -1);
    assert_contains(m->d.title, "LOGIN is disabled here");
    char *log = fake_imap_log(m->server);
    assert_lacks(log, "LOGIN");
    free(log);
    mailbox_end(m);
}

static void a_forced_mechanism_is_used_or_nothing(void **state)
{
    (void)state;
    static const struct { const char *forced, *used, *trouble; } cases[] = {
        {"PLAIN", "AUTHENTICATE PLAIN", NULL},
        {"LOGIN", "LOGIN\n", NULL}, /* not offered as AUTH=LOGIN: the command */
        {"CRAM-MD5", NULL, "does not offer CRAM-MD5"},
        {"GSSAPI", NULL, "GSSAPI is not built in"},
        {"XOAUTH2", NULL, "XOAUTH2 needs an OAuth2 token"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct mailbox *m = mailbox_new((struct fake_imap_options){.mechanisms = "PLAIN SCRAM-SHA-256"});
        m->credentials.mechanism = cases[i].forced;
        assert_int_equal(mailbox_open(m), cases[i].used ? 0 : -1);
        char *log = fake_imap_log(m->server);
        if (cases[i].used)
            assert_contains(log, cases[i].used);
        else
            assert_contains(m->d.title, cases[i].trouble);
        free(log);
        mailbox_end(m);
    }
}

static void capabilities_are_those_after_the_login_and_asked_for_only_when_not_told(void **state)
{
    (void)state;
    for (int told = 0; told < 2; told++) {
        struct mailbox *m = mailbox_new((struct fake_imap_options){.greeting_tells = told, .login_tells = told, .capabilities = "IMAP4rev1 IDLE uidplus X-GM-EXT-1"});
        assert_int_equal(mailbox_open(m), 0);
        assert_true(mf_imap_can(m->imap, "IDLE") && mf_imap_can(m->imap, "UIDPLUS") && mf_imap_can(m->imap, "x-gm-ext-1"));
        assert_false(mf_imap_can(m->imap, "IDL") || mf_imap_can(m->imap, "GM-EXT-1") || mf_imap_can(m->imap, "MOVE"));
        char *log = fake_imap_log(m->server);
        assert_string_equal(log, told ? "LOGIN\n" : "CAPABILITY\nLOGIN\nCAPABILITY\n");
        free(log);
        mailbox_end(m);
    }
}

static void a_server_that_knows_us_already_is_not_logged_in_to(void **state)
{
    (void)state;
    struct mailbox *m = mailbox_new((struct fake_imap_options){.rules = {{.when = "GREETING", .act = FAKE_SAY, .say = "* PREAUTH [CAPABILITY IMAP4rev1 IDLE] hello again\r\n"}}});
    assert_int_equal(mailbox_open(m), 0);
    assert_true(mf_imap_can(m->imap, "IDLE"));
    mailbox_end(m);
}

/* ---- TLS ---- */

static int open_tls(struct mailbox **m, const char *names, int from, int until, const struct fake_ca *ca, bool implicit, const char *accept_invalid)
{
    static struct ssl_ctx_st *tls;
    fake_tls_free(&tls);
    tls = fake_ca_issue(ca, names, from, until);
    *m = mailbox_new((struct fake_imap_options){.tls = tls, .implicit_tls = implicit, .starttls = !implicit, .mechanisms = "PLAIN"});
    (*m)->tls = (struct mf_tls){.ca_file = fake_ca_file(known), .accept_invalid = accept_invalid};
    (*m)->options.endpoint.tls_mode = implicit ? MF_TLS_IMPLICIT : MF_TLS_REQUIRED;
    return mailbox_open(*m);
}

static void a_right_certificate_is_verified_and_told(void **state)
{
    (void)state;
    for (int implicit = 0; implicit < 2; implicit++) {
        struct mailbox *m;
        assert_int_equal(open_tls(&m, "fake.test 127.0.0.1", -1, 30, known, implicit, NULL), 0);
        const struct mf_tls_seen *seen = mf_imap_tls(m->imap);
        assert_true(seen->used && seen->verified);
        assert_string_equal(seen->version, "TLSv1.3");
        assert_string_equal(seen->names, "fake.test 127.0.0.1");
        assert_string_equal(seen->issuer, "CN=Known Test CA");
        assert_in_range(seen->days_left, 29, 30);
        mailbox_end(m);
    }
}

static const struct { const char *names; int from, until; bool unknown; const char *problem; } bad[] = {
    {"other.test also.test", -1, 30, false, "the certificate is not for fake.test but for other.test also.test"},
    {"fake.test", -1, 30, true, "the certificate is issued by CN=Unknown Test CA, which is not among "},
    {"fake.test", -30, -2, false, "the certificate expired on 20"},
    {"fake.test", 2, 30, false, "the certificate is not valid yet"},
};

static void a_wrong_certificate_ends_it_before_the_login(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2 * sizeof bad / sizeof bad[0]; i++) {
        struct mailbox *m;
        assert_int_equal(open_tls(&m, bad[i / 2].names, bad[i / 2].from, bad[i / 2].until, bad[i / 2].unknown ? unknown : known, i % 2, NULL), -1);
        assert_int_equal(m->trouble.stage, MF_STAGE_TLS);
        assert_contains(m->d.title, bad[i / 2].problem);
        assert_contains(m->trouble.tls.problem, bad[i / 2].problem);
        assert_true(m->d.hint[0] != '\0');
        char *log = fake_imap_log(m->server);
        assert_lacks(log, "AUTHENTICATE");
        free(log);
        mailbox_end(m);
        assert_int_equal(open_tls(&m, bad[i / 2].names, bad[i / 2].from, bad[i / 2].until, bad[i / 2].unknown ? unknown : known, i % 2, "known"), 0);
        assert_false(mf_imap_tls(m->imap)->verified);
        assert_contains(mf_imap_tls(m->imap)->problem, bad[i / 2].problem);
        mailbox_end(m);
    }
}

static void a_login_is_never_sent_in_clear_text_beyond_this_host(void **state)
{
    (void)state;
    struct mailbox *m = mailbox_new((struct fake_imap_options){.mechanisms = "PLAIN"});
    m->options.endpoint.address = "192.0.2.1";
    assert_int_equal(mailbox_open(m), -1);
    assert_contains(m->d.title, "a login is never sent in clear text");
    m->options.endpoint.address = "127.0.0.1";
    m->options.endpoint.tls_mode = MF_TLS_REQUIRED;
    assert_int_equal(mailbox_open(m), -1);
    assert_contains(m->d.title, "TLS: the server does not offer STARTTLS");
    m->options.endpoint.tls_mode = MF_TLS_OFFERED;
    assert_int_equal(mailbox_open(m), -1);
    assert_contains(m->d.title, "TLS: the server does not offer STARTTLS");
    char *log = fake_imap_log(m->server);
    assert_lacks(log, "AUTHENTICATE");
    free(log);
    mailbox_end(m);
}

static void bytes_ahead_of_the_handshake_are_refused(void **state)
{
    (void)state;
    struct ssl_ctx_st *tls = fake_ca_issue(known, "fake.test", -1, 30);
    struct mailbox *m = mailbox_new((struct fake_imap_options){.tls = tls, .starttls = true,
        .rules = {{.when = "STARTTLS", .act = FAKE_SAY, .say = "$T OK go\r\n* CAPABILITY IMAP4rev1 AUTH=INJECTED\r\n"}}});
    m->options.endpoint.tls_mode = MF_TLS_REQUIRED;
    m->tls.ca_file = fake_ca_file(known);
    assert_int_equal(mailbox_open(m), -1);
    assert_contains(m->d.title, "in clear text after STARTTLS");
    mailbox_end(m);
    fake_tls_free(&tls);
}

/* ---- misbehaviour ---- */

static const struct { const char *when; enum mf_stage stage; } moments[] = {
    {"GREETING", MF_STAGE_GREETING}, {"CAPABILITY", MF_STAGE_LOGIN}, {"LOGIN", MF_STAGE_LOGIN},
};

static void a_server_that_hangs_while_opening_is_left_at_the_deadline(void **state)
{
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct mailbox *m = mailbox_new((struct fake_imap_options){.rules = {{.when = moments[i].when, .act = FAKE_HANG}}});
        mf_usec started = mf_now();
        assert_int_equal(mf_imap_open(&m->options, started + 300 * MF_MS, &m->imap, &m->trouble, &m->d), -1);
        assert_took(started, 300 * MF_MS);
        assert_int_equal(m->trouble.stage, moments[i].stage);
        assert_true(m->trouble.timed_out && m->trouble.temporary);
        m->options.reply_timeout = 150 * MF_MS;
        started = mf_now();
        assert_int_equal(mailbox_open(m), -1);
        assert_took(started, 150 * MF_MS);
        mailbox_end(m);
    }
}

static void a_server_that_hangs_up_while_opening_is_told(void **state)
{
    (void)state;
    static const enum fake_act acts[] = {FAKE_DROP, FAKE_RESET};
    for (size_t i = 0; i < 6; i++) {
        struct mailbox *m = mailbox_new((struct fake_imap_options){.rules = {{.when = moments[i / 2].when, .act = acts[i % 2]}}});
        assert_int_equal(mailbox_open(m), -1);
        assert_int_equal(m->trouble.stage, moments[i / 2].stage);
        assert_true(m->trouble.temporary && !m->trouble.timed_out);
        mailbox_end(m);
    }
}

static void a_handshake_that_hangs_is_left_after_the_connect_timeout(void **state)
{
    (void)state;
    struct ssl_ctx_st *tls = fake_ca_issue(known, "fake.test", -1, 30);
    struct fake_imap_options servers[] = {
        {.tls = tls, .implicit_tls = true, .silent_tls = true},
        {.tls = tls, .starttls = true, .rules = {{.when = "HANDSHAKE", .act = FAKE_HANG}}},
    };
    for (size_t i = 0; i < 2; i++) {
        struct mailbox *m = mailbox_new(servers[i]);
        m->options.endpoint.tls_mode = i == 0 ? MF_TLS_IMPLICIT : MF_TLS_REQUIRED;
        m->options.connect_timeout = 200 * MF_MS;
        mf_usec started = mf_now();
        assert_int_equal(mailbox_open(m), -1);
        assert_took(started, 200 * MF_MS);
        assert_int_equal(m->trouble.stage, MF_STAGE_TLS);
        mailbox_end(m);
    }
    fake_tls_free(&tls);
}

static void a_bye_is_told_with_its_reason_wherever_it_comes(void **state)
{
    (void)state;
    static const char *const moments_of_bye[] = {"GREETING", "CAPABILITY", "LOGIN"};
    for (size_t i = 0; i < 3; i++) {
        struct mailbox *m = mailbox_new((struct fake_imap_options){.rules = {{.when = moments_of_bye[i], .act = FAKE_SAY, .say = "* BYE [UNAVAILABLE] too many connections from you\r\n"}}});
        assert_int_equal(mailbox_open(m), -1);
        assert_contains(m->d.title, "the server ended the connection: [UNAVAILABLE] too many connections from you");
        assert_contains(m->trouble.server_said, "too many connections");
        assert_true(m->trouble.temporary);
        mailbox_end(m);
    }
}

static void what_is_no_imap_is_told_with_its_words(void **state)
{
    (void)state;
    static const struct { const char *say, *words; } cases[] = {
        {"220 mail.net-it.com ESMTP Postfix\r\n", "greeting: the server said something that is no IMAP: \"220 mail.net-it.com ESMTP Postfix\""},
        {"HTTP/1.1 400 Bad Request\r\n\r\n", "\"HTTP/1.1 400 Bad Request\""},
        {"\x80\xff\x01\r\n", "no IMAP"},
    };
    for (size_t i = 0; i < 3; i++) {
        struct mailbox *m = mailbox_new((struct fake_imap_options){.rules = {{.when = "GREETING", .act = FAKE_SAY, .say = cases[i].say}}});
        assert_int_equal(mailbox_open(m), -1);
        assert_contains(m->d.title, cases[i].words);
        mailbox_end(m);
    }
}

static void an_ok_without_an_answer_is_told(void **state)
{
    (void)state;
    struct mailbox *m = mailbox_new((struct fake_imap_options){.rules = {{.when = "CAPABILITY", .act = FAKE_SAY, .say = "$T OK nothing more to say\r\n"}}});
    assert_int_equal(mailbox_open(m), -1);
    assert_contains(m->d.title, "nothing more to say");
    mailbox_end(m);
}

static void a_line_without_end_does_not_eat_memory(void **state)
{
    (void)state;
    char *line = malloc(300001);
    memset(line, 'x', 300000);
    line[300000] = '\0';
    memcpy(line, "* OK ", 5);
    struct mailbox *m = mailbox_new((struct fake_imap_options){.rules = {{.when = "GREETING", .act = FAKE_SAY, .say = line}}});
    assert_int_equal(mailbox_open(m), -1);
    assert_contains(m->d.title, "a line longer than");
    mailbox_end(m);
    free(line);
}

static void a_port_where_nobody_listens_is_told_with_host_port_phase_and_reason(void **state)
{
    (void)state;
    struct mailbox *m = mailbox_new((struct fake_imap_options){.login_disabled = false});
    char wanted[200];
    m->options.endpoint.port = fake_free_port();
    assert_int_equal(mailbox_open(m), -1);
    snprintf(wanted, sizeof wanted, "test://fake.test (127.0.0.1:%d): connect: refused", m->options.endpoint.port);
    assert_string_equal(m->d.title, wanted);
    assert_true(m->trouble.temporary);
    mailbox_end(m);
}

static void untagged_lines_anywhere_do_no_harm(void **state)
{
    (void)state;
    const char *chatter = "* OK [ALERT] maintenance tonight\r\n* 7 EXISTS\r\n* NO something odd\r\n";
    struct mailbox *m = mailbox_new((struct fake_imap_options){.mechanisms = "PLAIN", .rules = {
        {.when = "CAPABILITY", .act = FAKE_BEFORE, .say = chatter}, {.when = "AUTHENTICATE", .act = FAKE_BEFORE, .say = chatter},
        {.when = "EXAMINE", .act = FAKE_BEFORE, .say = chatter}}});
    assert_int_equal(mailbox_open(m), 0);
    fake_imap_deliver_text(m->server, "INBOX", "x\r\n");
    assert_int_equal(mf_imap_select(m->imap, "INBOX", false, &m->window, &m->trouble, &m->d), 0);
    assert_int_equal(m->window.exists, 1);
    mailbox_end(m);
}

static void logout_is_said_and_a_server_that_hangs_then_holds_us_a_second_at_most(void **state)
{
    (void)state;
    struct mailbox *m = mailbox_new((struct fake_imap_options){.login_disabled = false});
    assert_int_equal(mailbox_open(m), 0);
    mf_imap_close(&m->imap);
    char *log = fake_imap_log(m->server);
    assert_contains(log, "LOGOUT\n");
    free(log);
    mailbox_end(m);
    m = mailbox_new((struct fake_imap_options){.rules = {{.when = "LOGOUT", .act = FAKE_HANG}}});
    assert_int_equal(mailbox_open(m), 0);
    mf_usec started = mf_now();
    mf_imap_close(&m->imap);
    assert_took(started, MF_SECOND);
    mailbox_end(m);
}

static void a_connection_that_died_unnoticed_is_closed_without_a_signal(void **state)
{
    (void)state;
    struct ssl_ctx_st *tls = fake_ca_issue(known, "fake.test", -1, 30);
    for (int secure = 0; secure < 2; secure++) {
        struct mailbox *m = mailbox_new((struct fake_imap_options){.tls = tls, .implicit_tls = secure, .rules = {{.when = "NOOP", .act = FAKE_AFTER}}});
        unsigned exists;
        m->options.endpoint.tls_mode = secure ? MF_TLS_IMPLICIT : MF_TLS_NONE;
        m->tls.ca_file = fake_ca_file(known);
        assert_int_equal(mailbox_open(m), 0);
        assert_int_equal(mf_imap_noop(m->imap, &exists, &m->trouble, &m->d), 0);
        mf_sleep_until(mf_now() + 50 * MF_MS);
        mailbox_end(m); /* LOGOUT and TLS's own goodbye go to nobody: SIGPIPE would end us */
    }
    fake_tls_free(&tls);
}

static void *interrupt_soon(void *context)
{
    mf_sleep_until(mf_now() + 150 * MF_MS);
    mf_imap_interrupt(context);
    return NULL;
}

static void an_interrupt_ends_the_wait_at_once_and_the_connection(void **state)
{
    (void)state;
    struct mailbox *m = mailbox_at((struct fake_imap_options){.rules = {{.when = "NOOP", .act = FAKE_HANG}}});
    unsigned exists;
    pthread_t thread;
    pthread_create(&thread, NULL, interrupt_soon, m->imap);
    mf_usec started = mf_now();
    assert_int_equal(mf_imap_noop(m->imap, &exists, &m->trouble, &m->d), -1);
    pthread_join(thread, NULL);
    assert_took(started, 150 * MF_MS);
    assert_contains(m->d.title, "interrupted");
    assert_false(mf_imap_alive(m->imap));
    mailbox_end(m);
}

static void *wake_soon(void *context)
{
    mf_sleep_until(mf_now() + 150 * MF_MS);
    eventfd_write(*(int *)context, 1);
    return NULL;
}

static void the_callers_own_interrupt_ends_also_the_opening(void **state)
{
    (void)state;
    static const char *const hang_at[] = {"GREETING", "LOGIN", "NOOP"};
    for (size_t i = 0; i < 3; i++) {
        struct mailbox *m = mailbox_new((struct fake_imap_options){.rules = {{.when = hang_at[i], .act = FAKE_HANG}}});
        int fd = eventfd(0, EFD_CLOEXEC);
        pthread_t thread;
        unsigned exists;
        m->options.interrupt_fd = fd;
        pthread_create(&thread, NULL, wake_soon, &fd);
        mf_usec started = mf_now();
        int result = mailbox_open(m);
        assert_int_equal(result, i == 2 ? 0 : -1);
        if (result == 0)
            assert_int_equal(mf_imap_noop(m->imap, &exists, &m->trouble, &m->d), -1);
        assert_took(started, 150 * MF_MS);
        assert_contains(m->d.title, "interrupted");
        pthread_join(thread, NULL);
        mailbox_end(m);
        eventfd_t value;
        assert_int_equal(eventfd_read(fd, &value), 0); /* it is the caller's, open and as it was */
        close(fd);
    }
}

static void the_command_budget_is_kept_after_the_login(void **state)
{
    (void)state;
    struct mailbox *m = mailbox_new((struct fake_imap_options){.login_disabled = false});
    unsigned exists;
    m->options.commands_per_second = 5;
    assert_int_equal(mailbox_open(m), 0);
    mf_usec started = mf_now();
    for (int i = 0; i < 5; i++)
        assert_int_equal(mf_imap_noop(m->imap, &exists, &m->trouble, &m->d), 0);
    assert_took(started, 0); /* what a second may see goes at once */
    for (int i = 0; i < 2; i++)
        assert_int_equal(mf_imap_noop(m->imap, &exists, &m->trouble, &m->d), 0);
    assert_took(started, MF_SECOND); /* the sixth a second after the first */
    mailbox_end(m);
    m = mailbox_new((struct fake_imap_options){.login_disabled = false});
    m->options.commands_per_second = 0.5;
    assert_int_equal(mailbox_open(m), 0);
    assert_int_equal(mf_imap_noop(m->imap, &exists, &m->trouble, &m->d), 0);
    started = mf_now();
    assert_int_equal(mf_imap_noop(m->imap, &exists, &m->trouble, &m->d), 0);
    assert_took(started, 2 * MF_SECOND);
    mailbox_end(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_strongest_way_offered_logs_in),
        cmocka_unit_test(a_wrong_secret_is_told_with_the_servers_words),
        cmocka_unit_test(a_refusal_that_may_pass_is_temporary),
        cmocka_unit_test(logindisabled_is_understood),
        cmocka_unit_test(a_forced_mechanism_is_used_or_nothing),
        cmocka_unit_test(capabilities_are_those_after_the_login_and_asked_for_only_when_not_told),
        cmocka_unit_test(a_server_that_knows_us_already_is_not_logged_in_to),
        cmocka_unit_test(a_right_certificate_is_verified_and_told),
        cmocka_unit_test(a_wrong_certificate_ends_it_before_the_login),
        cmocka_unit_test(a_login_is_never_sent_in_clear_text_beyond_this_host),
        cmocka_unit_test(bytes_ahead_of_the_handshake_are_refused),
        cmocka_unit_test(a_server_that_hangs_while_opening_is_left_at_the_deadline),
        cmocka_unit_test(a_server_that_hangs_up_while_opening_is_told),
        cmocka_unit_test(a_handshake_that_hangs_is_left_after_the_connect_timeout),
        cmocka_unit_test(a_bye_is_told_with_its_reason_wherever_it_comes),
        cmocka_unit_test(what_is_no_imap_is_told_with_its_words),
        cmocka_unit_test(an_ok_without_an_answer_is_told),
        cmocka_unit_test(a_line_without_end_does_not_eat_memory),
        cmocka_unit_test(a_port_where_nobody_listens_is_told_with_host_port_phase_and_reason),
        cmocka_unit_test(untagged_lines_anywhere_do_no_harm),
        cmocka_unit_test(logout_is_said_and_a_server_that_hangs_then_holds_us_a_second_at_most),
        cmocka_unit_test(a_connection_that_died_unnoticed_is_closed_without_a_signal),
        cmocka_unit_test(an_interrupt_ends_the_wait_at_once_and_the_connection),
        cmocka_unit_test(the_callers_own_interrupt_ends_also_the_opening),
        cmocka_unit_test(the_command_budget_is_kept_after_the_login),
    };
    return cmocka_run_group_tests(tests, make_cas, free_cas) != 0;
}
