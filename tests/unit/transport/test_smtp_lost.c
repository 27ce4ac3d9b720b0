/* Servers that hang, hang up or are slow, in every phase; and being interrupted. After the final dot
 * only the final reply is knowledge; before it, nothing was taken.
 */
#include "transport_test.h"

#include <pthread.h>

#include "mailflow/smtp.h"

#define MESSAGE "From: alice@net-it.com\r\nTo: bob@net-it.com\r\nSubject: test\r\n\r\nHello\r\n"

struct attempt {
    struct fake_smtp *server;
    struct mf_smtp *session;
    struct mf_smtp_recipient to;
    struct mf_smtp_sent sent;
    struct mf_diag d;
    int result;
};

static struct attempt *begin(struct fake_smtp_options options, mf_usec connect_timeout, mf_usec reply_timeout, const struct mf_tls *tls)
{
    static const struct mf_tls none = {.ca_file = NULL};
    struct attempt *a = calloc(1, sizeof *a);
    enum mf_tls_mode mode = options.implicit_tls ? MF_TLS_IMPLICIT : options.starttls ? MF_TLS_REQUIRED : MF_TLS_NONE;
    a->server = fake_smtp_start(&options);
    struct mf_smtp_options session = {.endpoint = at_port(fake_smtp_port(a->server), mode, tls ? tls : &none),
                                      .connect_timeout = connect_timeout, .reply_timeout = reply_timeout, .ehlo = "client.test"};
    a->session = mf_smtp_new(&session);
    a->to.address = "bob@net-it.com";
    return a;
}

static void send_it(struct attempt *a, mf_usec deadline)
{
    a->d = (struct mf_diag){.title = ""};
    a->result = mf_smtp_send(a->session, "alice@net-it.com", &a->to, 1, MF_BYTES(MESSAGE), deadline, &a->sent, &a->d);
}

static void end(struct attempt *a)
{
    mf_smtp_free(&a->session);
    fake_smtp_stop(&a->server);
    free(a);
}

static const struct { const char *when; enum mf_smtp_phase phase; enum mf_stage stage; } moments[] = {
    {"GREETING", MF_SMTP_CONNECT, MF_STAGE_GREETING}, {"EHLO", MF_SMTP_EHLO, MF_STAGE_COMMAND},
    {"MAIL", MF_SMTP_MAIL, MF_STAGE_COMMAND},         {"RCPT", MF_SMTP_RCPT, MF_STAGE_COMMAND},
    {"DATA", MF_SMTP_DATA, MF_STAGE_COMMAND},         {".", MF_SMTP_END_OF_DATA, MF_STAGE_COMMAND},
};
#define MOMENTS (sizeof moments / sizeof moments[0])

static void a_server_that_hangs_in_any_phase_is_left_at_the_deadline(void **state)
{
    (void)state;
    for (size_t i = 0; i < MOMENTS; i++) {
        struct attempt *a = begin((struct fake_smtp_options){.rules = {{.when = moments[i].when, .act = FAKE_HANG}}}, 0, 0, NULL);
        bool after_dot = moments[i].when[0] == '.';
        mf_usec started = mf_now();
        send_it(a, started + 300 * MF_MS);
        assert_took(started, 300 * MF_MS);
        assert_int_equal(a->result, after_dot ? 0 : -1);
        assert_int_equal(a->sent.outcome, after_dot ? MF_SMTP_UNKNOWN : MF_SMTP_TROUBLE);
        assert_int_equal(a->sent.phase, moments[i].phase);
        assert_int_equal(a->sent.trouble.stage, moments[i].stage);
        assert_true(a->sent.trouble.timed_out && a->sent.trouble.temporary);
        assert_contains(a->d.title, "no answer in ");
        end(a);
    }
}

static void a_server_that_hangs_in_any_phase_is_left_after_the_reply_timeout(void **state)
{
    (void)state;
    for (size_t i = 0; i < MOMENTS; i++) {
        struct attempt *a = begin((struct fake_smtp_options){.rules = {{.when = moments[i].when, .act = FAKE_HANG}}}, 0, 150 * MF_MS, NULL);
        mf_usec started = mf_now();
        send_it(a, started + 20 * MF_SECOND);
        assert_took(started, 150 * MF_MS);
        assert_int_equal(a->sent.phase, moments[i].phase);
        assert_true(a->sent.trouble.timed_out);
        end(a);
    }
}

static void a_slow_server_within_the_reply_timeout_is_waited_for_in_every_phase(void **state)
{
    (void)state;
    struct attempt *a = begin((struct fake_smtp_options){.rules = {
        {.when = "GREETING", .act = FAKE_SLOW, .ms = 120}, {.when = "EHLO", .act = FAKE_SLOW, .ms = 120},
        {.when = "MAIL", .act = FAKE_SLOW, .ms = 120}, {.when = "RCPT", .act = FAKE_SLOW, .ms = 120},
        {.when = "DATA", .act = FAKE_SLOW, .ms = 120}, {.when = ".", .act = FAKE_SLOW, .ms = 120}}}, 200 * MF_MS, 200 * MF_MS, NULL);
    send_it(a, SOON);
    assert_int_equal(a->sent.outcome, MF_SMTP_ACCEPTED);
    end(a);
}

static void a_reply_that_drips_is_not_waited_for_longer_than_one_that_does_not_come(void **state)
{
    (void)state;
    struct attempt *a = begin((struct fake_smtp_options){.rules = {{.when = "RCPT", .act = FAKE_DRIP, .ms = 40,
        .say = "250-one line after the other\r\n250-comes but never the last\r\n250-and again\r\n250-and again\r\n250 at last\r\n"}}}, 0, 150 * MF_MS, NULL);
    mf_usec started = mf_now();
    send_it(a, SOON);
    assert_took(started, 150 * MF_MS);
    assert_int_equal(a->sent.phase, MF_SMTP_RCPT);
    assert_true(a->sent.trouble.timed_out);
    end(a);
}

static void a_server_that_hangs_up_before_the_final_dot_has_taken_nothing(void **state)
{
    (void)state;
    static const enum fake_act acts[] = {FAKE_DROP, FAKE_RESET};
    for (size_t i = 0; i < MOMENTS - 1; i++) {
        for (size_t k = 0; k < 2; k++) {
            struct attempt *a = begin((struct fake_smtp_options){.rules = {{.when = moments[i].when, .act = acts[k]}}}, 0, 0, NULL);
            send_it(a, SOON);
            assert_int_equal(a->result, -1);
            assert_int_equal(a->sent.outcome, MF_SMTP_TROUBLE);
            assert_int_equal(a->sent.phase, moments[i].phase);
            assert_true(a->sent.trouble.temporary);
            assert_false(a->sent.trouble.timed_out);
            assert_int_equal(fake_smtp_count(a->server), 0);
            end(a);
        }
    }
}

static void a_server_that_hangs_up_after_the_final_dot_may_have_taken_it(void **state)
{
    (void)state;
    static const enum fake_act acts[] = {FAKE_DROP, FAKE_RESET};
    for (size_t k = 0; k < 2; k++) {
        struct attempt *a = begin((struct fake_smtp_options){.rules = {{.when = ".", .act = acts[k]}}}, 0, 0, NULL);
        send_it(a, SOON);
        assert_int_equal(a->result, 0);
        assert_int_equal(a->sent.outcome, MF_SMTP_UNKNOWN);
        assert_int_equal(a->sent.phase, MF_SMTP_END_OF_DATA);
        assert_int_equal(a->sent.reply.code, 0);
        assert_contains(a->d.title, "END-OF-DATA");
        assert_contains(a->d.title, "may have been taken");
        assert_int_equal(fake_smtp_count(a->server), 1); /* it was, here */
        end(a);
    }
}

static mf_usec send_large(struct attempt *a, mf_usec allowed)
{
    size_t len = (size_t)32 << 20;
    char *message = malloc(len);
    for (size_t i = 0; i < len; i++)
        message[i] = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\n"[i % 64];
    mf_usec started = mf_now();
    a->result = mf_smtp_send(a->session, "alice@net-it.com", &a->to, 1, (struct mf_bytes){message, len}, started + allowed, &a->sent, &a->d);
    free(message);
    return started;
}

static void a_server_that_hangs_up_in_the_middle_of_the_message_has_not_taken_it(void **state)
{
    (void)state;
    struct attempt *a = begin((struct fake_smtp_options){.rules = {{.when = "BODY", .act = FAKE_RESET}}}, 0, 0, NULL);
    send_large(a, 5 * MF_SECOND);
    assert_int_equal(a->sent.outcome, MF_SMTP_TROUBLE);
    assert_int_equal(a->sent.phase, MF_SMTP_DATA);
    assert_true(a->sent.trouble.temporary);
    assert_contains(a->d.title, "it was not taken");
    end(a);
}

static void a_server_that_refuses_in_the_middle_of_the_message_is_heard(void **state)
{
    (void)state;
    struct attempt *a = begin((struct fake_smtp_options){.rules = {{.when = "DATA", .act = FAKE_SAY,
        .say = "354 go on\r\n552 5.3.4 too large for me\r\n"}}}, 0, 0, NULL);
    send_large(a, 5 * MF_SECOND);
    assert_int_equal(a->result, 0);
    assert_int_equal(a->sent.outcome, MF_SMTP_REFUSED);
    assert_int_equal(a->sent.reply.code, 552);
    assert_int_equal(a->sent.phase, MF_SMTP_DATA);
    end(a);
}

static void a_server_that_stops_reading_the_message_is_left_at_the_deadline(void **state)
{
    (void)state;
    struct attempt *a = begin((struct fake_smtp_options){.rules = {{.when = "BODY", .act = FAKE_SLOW, .ms = 60000}}}, 0, 0, NULL);
    mf_usec started = send_large(a, 400 * MF_MS);
    assert_took(started, 400 * MF_MS);
    assert_int_equal(a->sent.outcome, MF_SMTP_TROUBLE);
    assert_int_equal(a->sent.phase, MF_SMTP_DATA);
    end(a);
}

static void a_listener_that_never_answers_is_a_greeting_that_does_not_come(void **state)
{
    (void)state;
    struct attempt *a = begin((struct fake_smtp_options){.deaf = true}, 0, 200 * MF_MS, NULL);
    mf_usec started = mf_now();
    send_it(a, SOON);
    assert_took(started, 200 * MF_MS);
    assert_int_equal(a->sent.trouble.stage, MF_STAGE_GREETING);
    assert_non_null(strstr(a->d.title, "greeting: no answer in 0.2"));
    assert_non_null(strstr(a->d.hint, "Real senders wait 5 minutes"));
    end(a);
}

static void a_handshake_that_hangs_is_left_after_the_connect_timeout(void **state)
{
    (void)state;
    struct fake_ca *ca = fake_ca_new("Test CA");
    struct ssl_ctx_st *tls = fake_ca_issue(ca, "fake.test", -1, 30);
    struct mf_tls trusted = {.ca_file = fake_ca_file(ca)};
    struct fake_smtp_options options[] = {
        {.tls = tls, .implicit_tls = true, .silent_tls = true},
        {.tls = tls, .starttls = true, .rules = {{.when = "HANDSHAKE", .act = FAKE_HANG}}},
    };
    for (size_t i = 0; i < 2; i++) {
        struct attempt *a = begin(options[i], 200 * MF_MS, 0, &trusted);
        mf_usec started = mf_now();
        send_it(a, SOON);
        assert_took(started, 200 * MF_MS);
        assert_int_equal(a->sent.phase, MF_SMTP_TLS);
        assert_int_equal(a->sent.trouble.stage, MF_STAGE_TLS);
        assert_true(a->sent.trouble.timed_out);
        assert_contains(a->d.title, "TLS: no answer in ");
        end(a);
    }
    fake_tls_free(&tls);
    fake_ca_free(&ca);
}

static void a_server_that_hangs_at_quit_does_not_hold_us(void **state)
{
    (void)state;
    struct attempt *a = begin((struct fake_smtp_options){.rules = {{.when = "QUIT", .act = FAKE_HANG}}}, 0, 0, NULL);
    send_it(a, SOON);
    assert_int_equal(a->sent.outcome, MF_SMTP_ACCEPTED);
    mf_usec started = mf_now();
    mf_smtp_free(&a->session);
    assert_quick(started);
    end(a);
}

static void *interrupt_soon(void *context)
{
    mf_sleep_until(mf_now() + 150 * MF_MS);
    mf_smtp_interrupt(context);
    return NULL;
}

static void an_interrupt_ends_the_wait_in_any_phase_at_once(void **state)
{
    (void)state;
    for (size_t i = 0; i < MOMENTS; i++) {
        struct attempt *a = begin((struct fake_smtp_options){.rules = {{.when = moments[i].when, .act = FAKE_HANG}}}, 0, 0, NULL);
        bool after_dot = moments[i].when[0] == '.';
        pthread_t thread;
        mf_usec started = mf_now();
        pthread_create(&thread, NULL, interrupt_soon, a->session);
        send_it(a, started + 20 * MF_SECOND);
        pthread_join(thread, NULL);
        assert_took(started, 150 * MF_MS);
        assert_int_equal(a->sent.outcome, after_dot ? MF_SMTP_UNKNOWN : MF_SMTP_TROUBLE);
        assert_contains(a->d.title, "interrupted");
        end(a);
    }
}

static void an_interrupted_session_sends_nothing_more(void **state)
{
    (void)state;
    struct attempt *a = begin((struct fake_smtp_options){.implicit_tls = false}, 0, 0, NULL);
    send_it(a, SOON);
    mf_smtp_interrupt(a->session);
    for (int i = 0; i < 2; i++) {
        send_it(a, SOON);
        assert_int_equal(a->sent.outcome, MF_SMTP_TROUBLE);
        assert_contains(a->d.title, "interrupted");
    }
    assert_int_equal(fake_smtp_count(a->server), 1);
    end(a);
}

static void a_deadline_that_is_past_sends_nothing(void **state)
{
    (void)state;
    struct attempt *a = begin((struct fake_smtp_options){.implicit_tls = false}, 0, 0, NULL);
    send_it(a, mf_now() - MF_SECOND);
    assert_int_equal(a->sent.outcome, MF_SMTP_TROUBLE);
    assert_true(a->sent.trouble.timed_out);
    assert_int_equal(fake_smtp_count(a->server), 0);
    end(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_server_that_hangs_in_any_phase_is_left_at_the_deadline),
        cmocka_unit_test(a_server_that_hangs_in_any_phase_is_left_after_the_reply_timeout),
        cmocka_unit_test(a_slow_server_within_the_reply_timeout_is_waited_for_in_every_phase),
        cmocka_unit_test(a_reply_that_drips_is_not_waited_for_longer_than_one_that_does_not_come),
        cmocka_unit_test(a_server_that_hangs_up_before_the_final_dot_has_taken_nothing),
        cmocka_unit_test(a_server_that_hangs_up_after_the_final_dot_may_have_taken_it),
        cmocka_unit_test(a_server_that_hangs_up_in_the_middle_of_the_message_has_not_taken_it),
        cmocka_unit_test(a_server_that_refuses_in_the_middle_of_the_message_is_heard),
        cmocka_unit_test(a_server_that_stops_reading_the_message_is_left_at_the_deadline),
        cmocka_unit_test(a_listener_that_never_answers_is_a_greeting_that_does_not_come),
        cmocka_unit_test(a_handshake_that_hangs_is_left_after_the_connect_timeout),
        cmocka_unit_test(a_server_that_hangs_at_quit_does_not_hold_us),
        cmocka_unit_test(an_interrupt_ends_the_wait_in_any_phase_at_once),
        cmocka_unit_test(an_interrupted_session_sends_nothing_more),
        cmocka_unit_test(a_deadline_that_is_past_sends_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
