/* Many connections at once, high descriptors, and what the trace shows of secrets. */
#include "imap_test.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include "mailflow/smtp.h"
#include "mailflow/trace.h"
#include "transport/stream_internal.h"

#define MANY 200

struct many {
    struct mailbox *m;
    pthread_t thread;
    struct mf_imap *imap;
    bool fine;
};

static void *live(void *context)
{
    struct many *one = context;
    struct mf_net_trouble trouble;
    struct mf_diag d = {.title = ""};
    struct mf_imap_window window;
    bool grown = false;
    if (mf_imap_open(&one->m->options, mf_now() + 20 * MF_SECOND, &one->imap, &trouble, &d) < 0)
        return NULL;
    one->fine = mf_imap_select(one->imap, "INBOX", false, &window, &trouble, &d) == 0 &&
                mf_imap_idle(one->imap, 0, -1, mf_now() + 20 * MF_SECOND, &grown, &trouble, &d) == 0 && grown;
    mf_imap_close(&one->imap);
    return NULL;
}

static void hundreds_of_idlers_all_hear_of_one_message(void **state)
{
    (void)state;
    struct mailbox *m = mailbox_new((struct fake_imap_options){.login_disabled = false});
    struct many *all = calloc(MANY, sizeof *all);
    for (int i = 0; i < MANY; i++) {
        all[i].m = m;
        assert_int_equal(pthread_create(&all[i].thread, NULL, live, &all[i]), 0);
    }
    mf_sleep_until(mf_now() + 500 * MF_MS);
    fake_imap_deliver_text(m->server, "INBOX", "x\r\n");
    int fine = 0;
    for (int i = 0; i < MANY; i++) {
        pthread_join(all[i].thread, NULL);
        fine += all[i].fine;
    }
    assert_int_equal(fine, MANY);
    free(all);
    mailbox_end(m);
}

static int high[1200];

static int occupy(void **state)
{
    (void)state;
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max < 4096 ? limit.rlim_max : 4096;
    setrlimit(RLIMIT_NOFILE, &limit);
    for (size_t i = 0; i < 1200; i++)
        high[i] = open("/dev/null", O_RDONLY | O_CLOEXEC);
    return 0;
}

static int let_go(void **state)
{
    (void)state;
    for (size_t i = 0; i < 1200; i++)
        if (high[i] >= 0)
            close(high[i]);
    return 0;
}

static void descriptors_beyond_1024_work(void **state)
{
    (void)state;
    if (high[1199] < 1100) /* this host allows no more */
        skip();
    struct fake_ca *ca = fake_ca_new("Test CA");
    struct ssl_ctx_st *tls = fake_ca_issue(ca, "fake.test", -1, 30);
    struct mailbox *m = mailbox_new((struct fake_imap_options){.tls = tls, .starttls = true});
    m->tls.ca_file = fake_ca_file(ca);
    m->options.endpoint.tls_mode = MF_TLS_REQUIRED;
    assert_int_equal(mailbox_open(m), 0);
    assert_int_equal(mf_imap_select(m->imap, "INBOX", false, &m->window, &m->trouble, &m->d), 0);
    bool grown;
    assert_int_equal(mf_imap_idle(m->imap, 0, -1, mf_now() + 50 * MF_MS, &grown, &m->trouble, &m->d), 0);
    mailbox_end(m);
    struct fake_smtp *smtp = fake_smtp_start(&(struct fake_smtp_options){.tls = tls, .starttls = true});
    struct mf_tls trusted = {.ca_file = fake_ca_file(ca)};
    struct mf_smtp_options options = {.endpoint = at_port(fake_smtp_port(smtp), MF_TLS_REQUIRED, &trusted)};
    struct mf_smtp *session = mf_smtp_new(&options);
    struct mf_smtp_recipient to = {.address = "bob@net-it.com"};
    struct mf_smtp_sent sent;
    struct mf_diag d = {.title = ""};
    assert_int_equal(mf_smtp_send(session, "", &to, 1, MF_BYTES("x\r\n"), SOON, &sent, &d), 0);
    assert_int_equal(sent.outcome, MF_SMTP_ACCEPTED);
    mf_smtp_free(&session);
    fake_smtp_stop(&smtp);
    fake_tls_free(&tls);
    fake_ca_free(&ca);
}

static void ipv6_is_connected_to_and_named_in_brackets(void **state)
{
    (void)state;
    if (!fake_has_ipv6())
        skip();
    struct fake_ca *ca = fake_ca_new("Test CA");
    struct ssl_ctx_st *tls = fake_ca_issue(ca, "fake.test ::1", -1, 30);
    static const char *const names[] = {"fake.test", "::1"}; /* a name, and the address itself */
    for (size_t i = 0; i < 2; i++) {
        char peer[64];
        struct mailbox *m = mailbox_new((struct fake_imap_options){.tls = tls, .implicit_tls = true, .ipv6 = true});
        m->tls.ca_file = fake_ca_file(ca);
        m->options.endpoint.tls_mode = MF_TLS_IMPLICIT;
        m->options.endpoint.address = "::1";
        m->options.endpoint.tls_name = names[i];
        assert_int_equal(mailbox_open(m), 0);
        assert_true(mf_imap_tls(m->imap)->verified);
        snprintf(peer, sizeof peer, "[::1]:%d", fake_imap_port(m->server));
        assert_string_equal(mf_imap_peer(m->imap), peer);
        mailbox_end(m);
        struct fake_smtp *smtp = fake_smtp_start(&(struct fake_smtp_options){.tls = tls, .starttls = true, .ipv6 = true});
        struct mf_tls trusted = {.ca_file = fake_ca_file(ca)};
        struct mf_smtp_options options = {.endpoint = at_port(fake_smtp_port(smtp), MF_TLS_REQUIRED, &trusted)};
        options.endpoint.address = "::1";
        options.endpoint.tls_name = names[i];
        struct mf_smtp *session = mf_smtp_new(&options);
        struct mf_smtp_sent sent;
        struct mf_diag d = {.title = ""};
        assert_int_equal(mf_smtp_probe(session, SOON, &sent, &d), 0);
        assert_true(sent.tls.verified);
        snprintf(peer, sizeof peer, "[::1]:%d", fake_smtp_port(smtp));
        assert_string_equal(sent.peer, peer);
        mf_smtp_free(&session);
        fake_smtp_stop(&smtp);
    }
    fake_tls_free(&tls);
    fake_ca_free(&ca);
}

static void a_host_that_answers_nothing_is_left_after_the_connect_timeout(void **state)
{
    (void)state;
    struct fake_wall *wall = fake_wall_build();
    struct mailbox *m = mailbox_new((struct fake_imap_options){.login_disabled = false});
    struct mf_imap_probe seen;
    m->options.endpoint.port = fake_wall_port(wall);
    m->options.connect_timeout = 200 * MF_MS;
    mf_usec started = mf_now();
    assert_int_equal(mailbox_open(m), -1);
    assert_took(started, 200 * MF_MS);
    assert_int_equal(m->trouble.stage, MF_STAGE_CONNECT);
    assert_true(m->trouble.timed_out && m->trouble.temporary);
    assert_contains(m->d.title, "connect: no answer in 0.2");
    assert_contains(m->d.hint, "firewall");
    started = mf_now();
    assert_int_equal(mf_imap_probe(&m->options, NULL, SOON, &seen, &m->trouble, &m->d), -1);
    assert_took(started, 200 * MF_MS);
    assert_int_equal(m->trouble.stage, MF_STAGE_CONNECT);
    mailbox_end(m);
    static const struct mf_tls none = {.ca_file = NULL};
    struct mf_smtp_options options = {.endpoint = at_port(fake_wall_port(wall), MF_TLS_NONE, &none), .connect_timeout = 200 * MF_MS};
    struct mf_smtp *session = mf_smtp_new(&options);
    struct mf_smtp_sent sent;
    struct mf_diag d = {.title = ""};
    started = mf_now();
    assert_int_equal(mf_smtp_probe(session, SOON, &sent, &d), -1);
    assert_took(started, 200 * MF_MS);
    assert_int_equal(sent.phase, MF_SMTP_CONNECT);
    assert_contains(d.title, "connect: no answer in 0.2");
    mf_smtp_free(&session);
    fake_wall_tear_down(&wall);
}

static void reset_at_once(struct fake_talk *talk, void *context)
{
    (void)context;
    fake_reset(talk);
}

static void writing_to_a_connection_that_was_reset_is_no_signal(void **state)
{
    (void)state;
    struct fake_server *server = fake_server_start(&(struct fake_server_options){.script = reset_at_once});
    struct mf_endpoint endpoint = at_port(fake_server_port(server), MF_TLS_NONE, NULL);
    struct mf_failure failure = {.stage = MF_STAGE_NONE};
    struct mf_stream *stream = mf_stream_connect(&endpoint, -1, SOON, &failure);
    assert_non_null(stream);
    mf_sleep_until(mf_now() + 50 * MF_MS);
    assert_int_not_equal(mf_stream_write(stream, "x", 1, SOON), MF_IO_OK);
    assert_int_not_equal(mf_stream_write(stream, "x", 1, SOON), MF_IO_OK);
    mf_stream_close(&stream);
    fake_server_stop(&server);
}

/* ---- the trace ---- */

static char *traced;

static void start_trace(int *saved, FILE **into)
{
    fflush(stderr);
    *saved = dup(2);
    *into = tmpfile();
    dup2(fileno(*into), 2);
}

static void end_trace(int saved, FILE *into)
{
    fflush(stderr);
    dup2(saved, 2);
    close(saved);
    long len = (fseek(into, 0, SEEK_END), ftell(into));
    traced = calloc(1, (size_t)len + 1);
    rewind(into);
    assert_int_equal(fread(traced, 1, (size_t)len, into), len);
    fclose(into);
}

#define SECRET "Correct-Horse-9"

static void talk(const char *mechanisms, bool bearer, struct ssl_ctx_st *tls, const struct fake_ca *ca)
{
    struct mf_tls trusted = {.ca_file = fake_ca_file(ca)};
    struct mf_credentials login = {.user = (char *)USER, .password = bearer ? NULL : (char *)SECRET, .bearer = bearer ? (char *)SECRET : NULL};
    struct fake_login known = {.user = USER, .password = SECRET, .bearer = SECRET};
    struct fake_smtp *smtp = fake_smtp_start(&(struct fake_smtp_options){.tls = tls, .starttls = true, .mechanisms = mechanisms, .login = known});
    struct mf_smtp_options options = {.endpoint = at_port(fake_smtp_port(smtp), MF_TLS_REQUIRED, &trusted), .credentials = &login};
    struct mf_smtp *session = mf_smtp_new(&options);
    struct mf_smtp_sent sent;
    struct mf_diag d = {.title = ""};
    mf_smtp_probe(session, SOON, &sent, &d);
    mf_smtp_free(&session);
    fake_smtp_stop(&smtp);
    static const char *const ways[] = {NULL, "IMAP4rev1"}; /* with and without SASL-IR */
    for (size_t i = 0; i < 2; i++) {
        struct mailbox *m = mailbox_new((struct fake_imap_options){.mechanisms = i < 2 ? mechanisms : NULL, .capabilities = ways[i], .login = known});
        m->credentials = login;
        mailbox_open(m);
        mailbox_end(m);
    }
    if (!bearer) { /* the LOGIN command */
        struct mailbox *m = mailbox_new((struct fake_imap_options){.login = known});
        m->credentials = login;
        mailbox_open(m);
        mailbox_end(m);
    }
}

static void the_trace_shows_the_conversation_and_no_secret(void **state)
{
    (void)state;
    static const struct { const char *mechanisms; bool bearer; } cases[] = {
        {"PLAIN", false}, {"LOGIN", false}, {"CRAM-MD5", false}, {"SCRAM-SHA-256", false}, {"XOAUTH2", true}, {"OAUTHBEARER", true}};
    /* the secret as it is, and in base64 at each of the three offsets */
    static const char *const forms[] = {SECRET, "Q29ycmVjdC1Ib3JzZS05", "NvcnJlY3QtSG9yc2UtO", "Db3JyZWN0LUhvcnNlLT"};
    struct fake_ca *ca = fake_ca_new("Test CA");
    struct ssl_ctx_st *tls = fake_ca_issue(ca, "fake.test", -1, 30);
    FILE *into;
    int saved;
    setenv("MAILFLOW_TRACE", "smtp,imap", 1);
    mf_trace_init();
    start_trace(&saved, &into);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        talk(cases[i].mechanisms, cases[i].bearer, tls, ca);
    end_trace(saved, into);
    assert_contains(traced, "smtp 127.0.0.1:");
    assert_contains(traced, "> EHLO ");
    assert_contains(traced, "> AUTH SCRAM-SHA-256");
    assert_contains(traced, "< 235 2.7.0");
    assert_contains(traced, "imap 127.0.0.1:");
    assert_contains(traced, "> ********");
    assert_contains(traced, "LOGOUT");
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
        assert_lacks(traced, forms[i]);
    free(traced);
    fake_tls_free(&tls);
    fake_ca_free(&ca);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hundreds_of_idlers_all_hear_of_one_message),
        cmocka_unit_test_setup_teardown(descriptors_beyond_1024_work, occupy, let_go),
        cmocka_unit_test(ipv6_is_connected_to_and_named_in_brackets),
        cmocka_unit_test(a_host_that_answers_nothing_is_left_after_the_connect_timeout),
        cmocka_unit_test(writing_to_a_connection_that_was_reset_is_no_signal),
        cmocka_unit_test(the_trace_shows_the_conversation_and_no_secret),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
