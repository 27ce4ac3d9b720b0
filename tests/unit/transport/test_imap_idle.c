/* IDLE: awake at once, whatever way the server says it; and what happens where it has no IDLE. */
#include "imap_test.h"

#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

static int idle(struct mailbox *m, unsigned exists, int wake_fd, mf_usec until, bool *grown)
{
    m->d = (struct mf_diag){.title = ""};
    return mf_imap_idle(m->imap, exists, wake_fd, until, grown, &m->trouble, &m->d);
}

struct later {
    struct mailbox *m;
    int ms, fd;
    unsigned expunge;
    bool deliver;
};

static void *happen_later(void *context)
{
    struct later *later = context;
    mf_sleep_until(mf_now() + later->ms * MF_MS);
    if (later->expunge)
        fake_imap_expunge(later->m->server, "INBOX", later->expunge);
    if (later->deliver)
        fake_imap_deliver_text(later->m->server, "INBOX", "new\r\n");
    if (later->fd >= 0)
        eventfd_write(later->fd, 1);
    return NULL;
}

static void a_delivery_ends_it_at_once(void **state)
{
    (void)state;
    struct ssl_ctx_st *tls;
    struct fake_ca *ca = fake_ca_new("Test CA");
    tls = fake_ca_issue(ca, "fake.test", -1, 30);
    for (int secure = 0; secure < 2; secure++) {
        struct mailbox *m = mailbox_new((struct fake_imap_options){.tls = tls, .implicit_tls = secure});
        m->tls.ca_file = fake_ca_file(ca);
        m->options.endpoint.tls_mode = secure ? MF_TLS_IMPLICIT : MF_TLS_NONE;
        assert_int_equal(mailbox_open(m), 0);
        assert_int_equal(mf_imap_select(m->imap, "INBOX", false, &m->window, &m->trouble, &m->d), 0);
        for (unsigned i = 0; i < 3; i++) {
            struct later later = {.m = m, .ms = 100, .fd = -1, .deliver = true};
            pthread_t thread;
            bool grown;
            mf_usec started = mf_now();
            pthread_create(&thread, NULL, happen_later, &later);
            assert_int_equal(idle(m, i, -1, SOON, &grown), 0);
            assert_took(started, 100 * MF_MS);
            assert_true(grown);
            pthread_join(thread, NULL);
        }
        mailbox_end(m);
    }
    fake_tls_free(&tls);
    fake_ca_free(&ca);
}

static void what_is_known_already_is_not_waited_for(void **state)
{
    (void)state;
    struct mailbox *m = mailbox_at((struct fake_imap_options){.login_disabled = false});
    bool grown;
    unsigned exists;
    fake_imap_deliver_text(m->server, "INBOX", "new\r\n");
    assert_int_equal(mf_imap_noop(m->imap, &exists, &m->trouble, &m->d), 0);
    assert_int_equal(idle(m, 0, -1, SOON, &grown), 0);
    assert_true(grown);
    char *log = fake_imap_log(m->server);
    assert_lacks(log, "IDLE");
    free(log);
    mailbox_end(m);
}

static void a_delivery_between_the_last_noop_and_idle_is_seen(void **state)
{
    (void)state;
    struct mailbox *m = mailbox_at((struct fake_imap_options){.login_disabled = false});
    bool grown;
    fake_imap_deliver_text(m->server, "INBOX", "new\r\n");
    mf_usec started = mf_now();
    assert_int_equal(idle(m, 0, -1, SOON, &grown), 0);
    assert_true(grown);
    assert_quick(started);
    mailbox_end(m);
}

static void lines_before_the_plus_and_together_with_it_are_heard(void **state)
{
    (void)state;
    static const struct fake_rule rules[] = {
        {.when = "IDLE", .act = FAKE_BEFORE, .say = "* OK still here\r\n* 3 EXISTS\r\n"},
        {.when = "IDLING", .act = FAKE_SAY, .say = "* 3 EXISTS\r\n"},
        {.when = "IDLING", .act = FAKE_SAY, .say = "* OK Still here\r\n* 3 EXISTS\r\n* 1 RECENT\r\n"},
        {.when = "IDLE", .act = FAKE_BEFORE, .say = "* 1 FETCH (X-ODD {7}\r\n* 9 EXP)\r\n* 3 EXISTS\r\n"},
    };
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        struct mailbox *m = mailbox_at((struct fake_imap_options){.rules = {rules[i]}});
        bool grown;
        mf_usec started = mf_now();
        assert_int_equal(idle(m, 2, -1, SOON, &grown), 0);
        assert_true(grown);
        assert_quick(started);
        mailbox_end(m);
    }
}

static void other_news_does_not_end_it(void **state)
{
    (void)state;
    struct mailbox *m = mailbox_at((struct fake_imap_options){.rules = {{.when = "IDLING", .act = FAKE_SAY, .say = "* OK Still here\r\n* 2 EXISTS\r\n* 1 FETCH (FLAGS (\\Seen))\r\n"}}});
    bool grown;
    mf_usec started = mf_now();
    assert_int_equal(idle(m, 2, -1, mf_now() + 200 * MF_MS, &grown), 0);
    assert_false(grown);
    assert_took(started, 200 * MF_MS);
    mailbox_end(m);
}

static void one_that_came_while_another_went_is_growth(void **state)
{
    (void)state;
    struct mailbox *m = mailbox_new((struct fake_imap_options){.login_disabled = false});
    fake_imap_deliver_text(m->server, "INBOX", "old\r\n");
    fake_imap_deliver_text(m->server, "INBOX", "old\r\n");
    assert_int_equal(mailbox_open(m), 0);
    assert_int_equal(mf_imap_select(m->imap, "INBOX", false, &m->window, &m->trouble, &m->d), 0);
    struct later later = {.m = m, .ms = 50, .fd = -1, .expunge = 1, .deliver = true};
    pthread_t thread;
    bool grown;
    pthread_create(&thread, NULL, happen_later, &later);
    assert_int_equal(idle(m, 2, -1, SOON, &grown), 0);
    assert_true(grown);
    pthread_join(thread, NULL);
    mailbox_end(m);
}

static void a_byte_on_the_wake_up_ends_it_and_is_left_there(void **state)
{
    (void)state;
    static const char *const capabilities[] = {NULL, "IMAP4rev1"};
    for (size_t i = 0; i < 2; i++) {
        struct mailbox *m = mailbox_at((struct fake_imap_options){.capabilities = capabilities[i]});
        struct later later = {.m = m, .ms = 100, .fd = eventfd(0, 0)};
        pthread_t thread;
        bool grown;
        eventfd_t value = 0;
        unsigned exists;
        mf_usec started = mf_now();
        pthread_create(&thread, NULL, happen_later, &later);
        assert_int_equal(idle(m, 0, later.fd, SOON, &grown), 0);
        assert_took(started, 100 * MF_MS);
        assert_false(grown);
        pthread_join(thread, NULL);
        eventfd_read(later.fd, &value);
        assert_int_equal(value, 1);
        close(later.fd);
        assert_int_equal(mf_imap_noop(m->imap, &exists, &m->trouble, &m->d), 0);
        mailbox_end(m);
    }
}

static void an_instant_that_is_past_is_no_wait(void **state)
{
    (void)state;
    struct mailbox *m = mailbox_at((struct fake_imap_options){.login_disabled = false});
    bool grown;
    assert_int_equal(idle(m, 0, -1, mf_now() - 1, &grown), 0);
    assert_false(grown);
    char *log = fake_imap_log(m->server);
    assert_lacks(log, "IDLE");
    free(log);
    mailbox_end(m);
}

static void a_server_without_idle_is_asked_now_and_then(void **state)
{
    (void)state;
    struct mailbox *m = mailbox_at((struct fake_imap_options){.capabilities = "IMAP4rev1"});
    struct later later = {.m = m, .ms = 100, .fd = -1, .deliver = true};
    pthread_t thread;
    bool grown;
    mf_usec started = mf_now();
    pthread_create(&thread, NULL, happen_later, &later);
    assert_int_equal(idle(m, 0, -1, SOON, &grown), 0);
    assert_took(started, 2 * MF_SECOND);
    assert_true(grown);
    pthread_join(thread, NULL);
    char *log = fake_imap_log(m->server);
    assert_contains(log, "NOOP\nNOOP\n");
    free(log);
    mailbox_end(m);
}

static void a_line_cut_in_two_does_not_hold_up_the_wake_up_nor_the_instant(void **state)
{
    (void)state;
    struct mailbox *m = mailbox_new((struct fake_imap_options){.rules = {{.when = "IDLING", .act = FAKE_SAY, .say = "* 3 EXI"}}});
    bool grown;
    m->options.reply_timeout = 100 * MF_MS;
    assert_int_equal(mailbox_open(m), 0);
    assert_int_equal(mf_imap_select(m->imap, "INBOX", false, &m->window, &m->trouble, &m->d), 0);
    mf_usec started = mf_now();
    assert_int_equal(idle(m, 2, -1, mf_now() + 150 * MF_MS, &grown), -1); /* what follows is no line of IMAP any more */
    assert_took(started, 250 * MF_MS);
    mailbox_end(m);
}

static void a_refusal_a_bye_and_a_lost_connection_are_told(void **state)
{
    (void)state;
    static const struct { struct fake_rule rule; const char *words; bool alive; } cases[] = {
        {{.when = "IDLE", .act = FAKE_SAY, .say = "$T NO [LIMIT] too many idlers\r\n"}, "the server refused IDLE: [LIMIT] too many idlers", true},
        {{.when = "IDLING", .act = FAKE_SAY, .say = "* BYE Disconnected for inactivity.\r\n"}, "the server ended the connection: Disconnected for inactivity.", false},
        {{.when = "IDLING", .act = FAKE_DROP}, "the server closed the connection", false},
        {{.when = "IDLING", .act = FAKE_RESET}, "connection", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct mailbox *m = mailbox_at((struct fake_imap_options){.rules = {cases[i].rule}});
        bool grown;
        assert_int_equal(idle(m, 0, -1, SOON, &grown), -1);
        assert_false(grown);
        assert_contains(m->d.title, cases[i].words);
        assert_int_equal(mf_imap_alive(m->imap), cases[i].alive);
        mailbox_end(m);
    }
}

static void *interrupt_soon(void *context)
{
    mf_sleep_until(mf_now() + 100 * MF_MS);
    mf_imap_interrupt(context);
    return NULL;
}

static void an_interrupt_ends_it(void **state)
{
    (void)state;
    struct mailbox *m = mailbox_at((struct fake_imap_options){.login_disabled = false});
    pthread_t thread;
    bool grown;
    mf_usec started = mf_now();
    pthread_create(&thread, NULL, interrupt_soon, m->imap);
    assert_int_equal(idle(m, 0, -1, SOON, &grown), -1);
    assert_took(started, 100 * MF_MS);
    pthread_join(thread, NULL);
    mailbox_end(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_delivery_ends_it_at_once),
        cmocka_unit_test(what_is_known_already_is_not_waited_for),
        cmocka_unit_test(a_delivery_between_the_last_noop_and_idle_is_seen),
        cmocka_unit_test(lines_before_the_plus_and_together_with_it_are_heard),
        cmocka_unit_test(other_news_does_not_end_it),
        cmocka_unit_test(one_that_came_while_another_went_is_growth),
        cmocka_unit_test(a_byte_on_the_wake_up_ends_it_and_is_left_there),
        cmocka_unit_test(an_instant_that_is_past_is_no_wait),
        cmocka_unit_test(a_server_without_idle_is_asked_now_and_then),
        cmocka_unit_test(a_line_cut_in_two_does_not_hold_up_the_wake_up_nor_the_instant),
        cmocka_unit_test(a_refusal_a_bye_and_a_lost_connection_are_told),
        cmocka_unit_test(an_interrupt_ends_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
