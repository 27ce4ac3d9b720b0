/* What must not arrive: the second message that shows that the way was open. */
#include "unit/test.h"
#include "world.h"

#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#define NEVER_BOB "flows:\n  - {flow: One, from: app, to: bob, expect: {never: bob}}\n"
#define PATIENT "{late: 10 s, within: 20 s, settle: 60 ms}"

static const struct mf_flow_evidence *the_sentinel(const struct world *world)
{
    const struct mf_flow *sentinel = world_flow(world, "One")->sentinel;
    assert_non_null(sentinel);
    return mf_evidence_flow(world->evidence, sentinel->id);
}

static size_t sent(struct world *world)
{
    return fake_smtp_count(world->smtp);
}

/* The first message is lost, as it should be; what comes later is delivered. */
static void *deliver_what_comes_later(void *context)
{
    struct world *world = context;
    while (sent(world) == 0)
        usleep(1000);
    usleep(100000);
    world_set_delivery(world, "INBOX");
    return NULL;
}

static void run_with_the_first_lost(struct world *world)
{
    pthread_t thread;
    pthread_create(&thread, NULL, deliver_what_comes_later, world);
    world_run(world);
    pthread_join(thread, NULL);
}

static void it_goes_once_the_way_is_quiet_and_ends_the_waiting(void **state)
{
    (void)state;
    struct world *w = world_new(&(struct world_options){.folder = "", .deadlines = PATIENT}, NEVER_BOB);
    run_with_the_first_lost(w);
    const struct mf_flow_evidence *sentinel = the_sentinel(w);
    assert_non_null(sentinel);
    assert_int_equal(sentinel->attempt_count, 1);
    assert_string_equal(sentinel->attempts[0].intent.sentinel_of, world_flow(w, "One")->id); /* the journal says what it is */
    assert_null(world_seen(w, "One")->attempts[0].intent.sentinel_of);
    assert_true(sentinel->attempts[0].intent.at - world_seen(w, "One")->attempts[0].sent->at >= MF_SENTINEL_QUIET);
    assert_int_equal(sentinel->arrival_count, 1);
    assert_true(sentinel->arrivals[0].removed->removed);
    assert_int_equal(fake_imap_count(w->imap, "INBOX"), 0);
    assert_int_equal(sent(w), 2);
    assert_true(w->took < 10 * MF_SECOND); /* not 20 */
    world_free(&w);
}

static void it_goes_to_the_same_recipient_from_the_same_sender(void **state)
{
    (void)state;
    struct world *w = world_new(&(struct world_options){.folder = "", .deadlines = PATIENT}, NEVER_BOB);
    run_with_the_first_lost(w);
    struct fake_mail first = fake_smtp_mail(w->smtp, 0), second = fake_smtp_mail(w->smtp, 1);
    assert_memory_equal(first.from, second.from, strlen("MAIL FROM:<app@net-it.com>"));
    assert_string_equal(first.recipients, second.recipients);
    assert_non_null(strstr(second.data, "Subject: Sentinel ["));
    assert_non_null(strstr(second.data, the_sentinel(w)->flow)); /* a mark of its own */
    assert_null(strstr(second.data, world_flow(w, "One")->token));
    world_free(&w);
}

static void mailboxes_are_walked_twice_after_it(void **state)
{
    (void)state;
    struct world *w = world_new(&(struct world_options){.folder = "", .deadlines = PATIENT}, NEVER_BOB);
    run_with_the_first_lost(w);
    const struct mf_folder_evidence *inbox =
        mf_evidence_folder(mf_evidence_mailbox(w->evidence, "bob primary"), "INBOX");
    mf_usec seen = the_sentinel(w)->arrivals[0].copy.at;
    size_t after = 0;
    for (size_t i = 0; i < inbox->scan_count; i++)
        after += inbox->scans[i].at >= seen;
    assert_true(after >= 2);
    world_free(&w);
}

static void one_that_does_not_come_leaves_the_whole_time_to_be_waited(void **state)
{
    (void)state;
    struct world *w = world_new(&(struct world_options){.folder = "", .deadlines = "{late: 1 s, within: 2500 ms, settle: 60 ms}"}, NEVER_BOB);
    world_run(w);
    assert_int_equal(the_sentinel(w)->arrival_count, 0);
    assert_true(w->took >= 2500 * MF_MS);
    assert_int_equal(world_coverage(w, "One", "bob primary").coverage, MF_COVERAGE_COMPLETE);
    world_free(&w);
}

static void none_is_sent_where_the_message_is_seen_or_refused(void **state)
{
    (void)state;
    struct world *w = world_new(&(struct world_options){.deadlines = PATIENT}, NEVER_BOB);
    world_run(w);
    assert_int_equal(world_arrivals(w, "One"), 1);
    assert_int_equal(sent(w), 1);
    assert_true(w->took < 5 * MF_SECOND); /* bad at once */
    world_free(&w);
    struct world_options refusing = {.smtp.rules = {{.when = "RCPT", .act = FAKE_SAY, .say = "550 5.1.1 no\r\n"}}, .deadlines = PATIENT};
    w = world_new(&refusing, NEVER_BOB);
    world_run(w);
    assert_int_equal(sent(w), 0);
    assert_null(the_sentinel(w));
    assert_int_equal(world_seen(w, "One")->attempt_count, 1);
    assert_true(w->took < 5 * MF_SECOND); /* nothing was handed over: two looks, no waiting */
    const struct mf_folder_evidence *inbox =
        mf_evidence_folder(mf_evidence_mailbox(w->evidence, "bob primary"), "INBOX");
    assert_true(inbox->scan_count >= 2);
    world_free(&w);
}

/* ---- cut short ---- */

static volatile sig_atomic_t pressed;

static void *press_after_the_second(void *context)
{
    struct world *world = context;
    deliver_what_comes_later(world);
    while (sent(world) < 2)
        usleep(1000);
    pressed = 1;
    return NULL;
}

static void a_resumed_run_sends_no_second_one(void **state)
{
    (void)state;
    struct world *w = world_new(&(struct world_options){.folder = "", .deadlines = "{late: 10 s, within: 20 s, settle: 500 ms}"}, NEVER_BOB);
    pthread_t thread;
    pressed = 0;
    w->run.stop = &pressed;
    pthread_create(&thread, NULL, press_after_the_second, w);
    world_run(w);
    pthread_join(thread, NULL);
    assert_int_equal(sent(w), 2);
    pressed = 0;
    world_resume(w);
    assert_int_equal(sent(w), 2);
    assert_int_equal(the_sentinel(w)->attempt_count, 1);
    assert_int_equal(the_sentinel(w)->arrival_count, 1);
    assert_int_equal(fake_imap_count(w->imap, "INBOX"), 0);
    assert_true(w->took < 10 * MF_SECOND);
    world_free(&w);
}

static void several_wait_for_the_last_message_and_go_together(void **state)
{
    (void)state;
    struct world *w = world_new(&(struct world_options){.deadlines = PATIENT},
                                "flows:\n  - {flow: One, from: app, to: bob, expect: [bob, never: bounce], mail-from: alice@net-it.com}\n"
                                "  - {flow: Two, from: app, to: bob, expect: [bob, never: bounce], mail-from: alice@net-it.com}\n");
    world_run(w);
    const char *names[] = {"One", "Two"};
    mf_usec last = 0;
    for (size_t i = 0; i < 2; i++)
        last = world_seen(w, names[i])->attempts[0].sent->at > last ? world_seen(w, names[i])->attempts[0].sent->at : last;
    for (size_t i = 0; i < 2; i++)
        assert_true(mf_evidence_flow(w->evidence, world_flow(w, names[i])->sentinel->id)->attempts[0].intent.at >= last + MF_SENTINEL_QUIET);
    assert_int_equal(sent(w), 4);
    assert_true(w->took < 10 * MF_SECOND);
    world_free(&w);
}

/* ---- bounces ---- */

#define EXPECT_BOUNCE \
    "flows:\n  - {flow: One, from: app, mail-from: alice@net-it.com, to: nosuch@net-it.com, expect: {bounce: failed 5.1.1}}\n"

static void bounce_comes(struct world *world, const char *action, const char *returned)
{
    struct mf_text text = {0};
    mf_text_printf(&text,
                   "Return-Path: <>\r\nFrom: MAILER-DAEMON@net-it.com\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n"
                   "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; net-it.com\r\n\r\n"
                   "Final-Recipient: rfc822; nosuch@net-it.com\r\nAction: %s\r\nStatus: 5.1.1\r\n\r\n%s--b--\r\n", action, returned);
    fake_imap_deliver(world->imap, "INBOX", text.data, text.len, 0);
    mf_text_release(&text);
}

static void *bounce_it(void *context)
{
    struct world *world = context;
    while (sent(world) == 0)
        usleep(1000);
    usleep(100000);
    bounce_comes(world, "delayed", ""); /* is none that ends the waiting */
    usleep(200000);
    bounce_comes(world, "failed", "");
    return NULL;
}

static void a_bounce_that_returns_nothing_is_known_by_its_recipient(void **state)
{
    (void)state;
    struct world *w = world_new(&(struct world_options){.folder = "", .deadlines = PATIENT}, EXPECT_BOUNCE);
    pthread_t thread;
    pthread_create(&thread, NULL, bounce_it, w);
    world_run(w);
    pthread_join(thread, NULL);
    assert_int_equal(world_arrivals(w, "One"), 2); /* at the sender's; bob reads the same folder here, and it is none of his */
    assert_true(w->took >= 300 * MF_MS && w->took < 5 * MF_SECOND);
    assert_int_equal(fake_imap_count(w->imap, "INBOX"), 2); /* what does not prove to be ours stays */
    world_free(&w);
}

static void *somebody_elses_bounce(void *context)
{
    struct world *world = context;
    while (sent(world) == 0)
        usleep(1000);
    bounce_comes(world, "failed", "--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <other@net-it.com>\r\n\r\n");
    return NULL;
}

static void a_bounce_that_returns_another_message_is_not_ours(void **state)
{
    (void)state;
    struct world *w = world_new(&(struct world_options){.folder = "", .deadlines = "{late: 500 ms, within: 800 ms, settle: 60 ms}"}, EXPECT_BOUNCE);
    pthread_t thread;
    pthread_create(&thread, NULL, somebody_elses_bounce, w);
    world_run(w);
    pthread_join(thread, NULL);
    assert_int_equal(world_arrivals(w, "One"), 0);
    assert_true(w->took >= 800 * MF_MS);
    world_free(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_goes_once_the_way_is_quiet_and_ends_the_waiting),
        cmocka_unit_test(it_goes_to_the_same_recipient_from_the_same_sender),
        cmocka_unit_test(mailboxes_are_walked_twice_after_it),
        cmocka_unit_test(one_that_does_not_come_leaves_the_whole_time_to_be_waited),
        cmocka_unit_test(none_is_sent_where_the_message_is_seen_or_refused),
        cmocka_unit_test(a_resumed_run_sends_no_second_one),
        cmocka_unit_test(several_wait_for_the_last_message_and_go_together),
        cmocka_unit_test(a_bounce_that_returns_nothing_is_known_by_its_recipient),
        cmocka_unit_test(a_bounce_that_returns_another_message_is_not_ours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
