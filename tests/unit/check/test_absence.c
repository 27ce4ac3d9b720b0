/* What must not arrive: what a sentinel, looks and refusals say of it. */
#include "unit/test.h"

#include "build.h"

static struct build *b;
static struct mf_flow *flow, *sentinel;

/* probe → bob; alice's mailbox must not get it. The sentinel goes to bob. */
static int open_world(void **state)
{
    (void)state;
    b = build_new();
    flow = build_flow(b, "Only bob", "probe", "bob");
    flow->expects[0].dkim.want = MF_AUTH_NOT_JUDGED;
    build_expect(b, flow, MF_EXPECT_NEVER_AT, "alice primary");
    sentinel = build_sentinel(b, flow, "bob primary");
    build_accept(b, flow, NULL);
    build_copy(b, flow, "bob primary", "INBOX", NULL);
    return 0;
}

static int close_world(void **state)
{
    (void)state;
    build_free(&b);
    return 0;
}

static mf_usec after_ms(int ms)
{
    return BUILD_START + ms * MF_MS;
}

static struct mf_attempt *the_sentinel(void)
{
    return &b->evidence->flows[sentinel->index].attempts[0];
}

static void send_sentinel(int sent_ms, int seen_ms)
{
    build_accept(b, sentinel, NULL);
    the_sentinel()->intent.at = after_ms(sent_ms - 1);
    the_sentinel()->intent.sentinel_of = flow->id;
    ((struct mf_rec_sent *)the_sentinel()->sent)->at = after_ms(sent_ms);
    if (seen_ms)
        build_copy(b, sentinel, "bob primary", "INBOX", NULL)->at = after_ms(seen_ms);
}

static void judged(enum mf_outcome outcome, const char *fact)
{
    build_judge(b);
    assert_int_equal(build_outcome(b, flow), outcome);
    if (!build_fact(b, flow, fact))
        fail_msg("%s is not stated", fact);
}

static const char *words(const char *fact)
{
    return build_fact(b, flow, fact)->text;
}

static void a_sentinel_seen_and_two_walks_after_it_are_enough(void **state)
{
    (void)state;
    send_sentinel(2000, 2050);
    build_walks(b, after_ms(2100), after_ms(2400));
    b->now = after_ms(2500); /* `within` is 10 s */
    judged(MF_PASS, "absent.unseen");
    assert_non_null(strstr(words("absent.unseen"), "a sentinel sent 2.00 s later the same way was there after 50 ms"));
    assert_null(strstr(words("absent.unseen"), "proved"));
    assert_int_equal(b->verdict->messages_sent, 2);
    assert_int_equal(b->verdict->sentinels_sent, 1);
}

static void walks_from_before_it_was_seen_say_nothing(void **state)
{
    (void)state;
    send_sentinel(2000, 2050);
    build_walks(b, after_ms(500), after_ms(2060)); /* not `settle` (200 ms) after it */
    b->now = after_ms(2500);
    judged(MF_PENDING, "absent.awaited");
}

static void a_look_from_before_the_message_was_sent_is_none(void **state)
{
    (void)state;
    send_sentinel(2000, 2050);
    build_walks(b, after_ms(-500), after_ms(2400));
    b->now = after_ms(2500);
    judged(MF_PENDING, "absent.awaited");
}

static void a_sentinel_that_was_slow_gives_the_message_three_times_its_time(void **state)
{
    (void)state;
    send_sentinel(1100, 2600); /* 1.5 s under way: the message needs until 4.5 s, and the second walk 0.2 s more */
    build_walks(b, after_ms(2650), after_ms(4600));
    b->now = after_ms(4650);
    judged(MF_PENDING, "absent.awaited");
    build_walks(b, after_ms(2650), after_ms(4750));
    b->now = after_ms(4800);
    judged(MF_PASS, "absent.unseen");
}

static void without_its_sentinel_seen_the_whole_time_is_waited(void **state)
{
    (void)state;
    send_sentinel(2000, 0);
    build_walks(b, after_ms(2100), after_ms(9000));
    b->now = after_ms(9500);
    judged(MF_PENDING, "absent.awaited");
    build_walks(b, after_ms(2100), after_ms(10100));
    b->now = after_ms(11000);
    judged(MF_PASS, "absent.unseen");
    assert_non_null(strstr(words("absent.unseen"), "the sentinel was not seen at bob primary"));
    assert_int_equal(b->verdict->left_count, 1); /* it may come yet */
}

static void a_sentinel_that_is_refused_changes_nothing(void **state)
{
    (void)state;
    build_refuse(b, sentinel, "RCPT", 450, "4.7.1", "too fast");
    build_walks(b, after_ms(2100), after_ms(10100));
    b->now = after_ms(11000);
    judged(MF_PASS, "absent.unseen");
    assert_non_null(strstr(words("absent.unseen"), "the sentinel was not taken (450 4.7.1 too fast)"));
}

static void a_copy_is_bad_at_once(void **state)
{
    (void)state;
    build_copy(b, flow, "alice primary", "INBOX", NULL);
    build_walks(b, 0, 0);
    b->now = after_ms(100);
    judged(MF_FAIL, "absent.seen");
    assert_non_null(build_finding(b, "mailbox.unexpected-copy"));
}

static void a_sentinel_where_nobody_must_get_such_mail_shows_the_leak_as_well(void **state)
{
    (void)state;
    send_sentinel(2000, 2050);
    build_copy(b, sentinel, "alice primary", "INBOX", NULL)->at = after_ms(2060);
    judged(MF_FAIL, "absent.seen");
    assert_non_null(strstr(words("absent.seen"), "(the sentinel)"));
}

static void a_mailbox_that_can_not_be_read_is_error_though_the_sentinel_was_seen(void **state)
{
    (void)state;
    send_sentinel(2000, 2050);
    build_unreadable(b, "alice primary", "login", "NO");
    judged(MF_ERROR, "arrival.unknown");
}

/* ---- refused: nothing was handed over ---- */

static void refuse(void)
{
    b->evidence->flows[flow->index].attempt_count = b->evidence->flows[flow->index].arrival_count = 0;
    flow->expect_count = 0;
    build_expect(b, flow, MF_EXPECT_REFUSED, NULL);
    build_expect(b, flow, MF_EXPECT_NOBODY, NULL);
    build_refuse(b, flow, "END-OF-DATA", 554, "5.7.1", "virus");
}

static void refused_and_looked_for_twice_is_a_pass(void **state)
{
    (void)state;
    refuse();
    build_walks(b, after_ms(10), after_ms(300));
    b->now = after_ms(400);
    judged(MF_PASS, "absent.unseen");
}

static void refused_and_not_looked_for_is_no_pass_yet(void **state)
{
    (void)state;
    refuse();
    build_walks(b, after_ms(10), after_ms(20));
    b->now = after_ms(400);
    judged(MF_PENDING, "absent.awaited");
}

static void refused_and_delivered_all_the_same_is_fail(void **state)
{
    (void)state;
    refuse();
    build_copy(b, flow, "bob primary", "INBOX", NULL);
    judged(MF_FAIL, "absent.seen");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_sentinel_seen_and_two_walks_after_it_are_enough),
        TEST(walks_from_before_it_was_seen_say_nothing),
        TEST(a_look_from_before_the_message_was_sent_is_none),
        TEST(a_sentinel_that_was_slow_gives_the_message_three_times_its_time),
        TEST(without_its_sentinel_seen_the_whole_time_is_waited),
        TEST(a_sentinel_that_is_refused_changes_nothing),
        TEST(a_copy_is_bad_at_once),
        TEST(a_sentinel_where_nobody_must_get_such_mail_shows_the_leak_as_well),
        TEST(a_mailbox_that_can_not_be_read_is_error_though_the_sentinel_was_seen),
        TEST(refused_and_looked_for_twice_is_a_pass),
        TEST(refused_and_not_looked_for_is_no_pass_yet),
        TEST(refused_and_delivered_all_the_same_is_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
