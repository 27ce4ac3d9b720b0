/* Bounces: expected, forbidden, come without being expected; and whose fault they tell of. */
#include "unit/test.h"

#include "build.h"

#define UNKNOWN                                                                                  \
    "Final-Recipient: rfc822; nosuch@example.org\r\nAction: failed\r\nStatus: 5.1.1\r\nRemote-MTA: dns; mx.example.org\r\n" \
    "Diagnostic-Code: smtp; 550 5.1.1 User unknown\r\n"

static struct build *b;
static struct mf_flow *flow;
static struct mf_expect *expect;

static int open_world(void **state)
{
    (void)state;
    b = build_new();
    flow = build_flow(b, "Unknown outside", "alice", "nosuch@example.org");
    build_accept(b, flow, NULL);
    return 0;
}

static int close_world(void **state)
{
    (void)state;
    build_free(&b);
    return 0;
}

static void expect_bounce(enum mf_expect_kind kind, const char *status)
{
    expect = build_expect(b, flow, kind, NULL);
    expect->recipient_count = 0;
    expect->bounces_at = build_mailbox(b, "alice primary");
    expect->bounce = (struct mf_bounce_expect){.action = "failed", .status = status};
}

static void judged(enum mf_outcome outcome, const char *finding, const char *detail)
{
    build_judge(b);
    assert_int_equal(build_outcome(b, flow), outcome);
    if (finding && !build_finding(b, finding))
        fail_msg("%s is not told", finding);
    if (!finding)
        assert_int_equal(b->verdict->finding_count, 0);
    assert_string_equal(build_detail(b, flow), detail);
}

static void one_that_is_expected_and_came_is_good_and_no_problem(void **state)
{
    (void)state;
    expect_bounce(MF_EXPECT_BOUNCE, "5.1.x");
    build_bounce(b, flow, "alice primary", UNKNOWN);
    judged(MF_PASS, NULL, "bounced 5.1.1");
}

static void each_part_of_the_expectation_counts(void **state)
{
    (void)state;
    static const struct {
        const char *action, *status, *regex, *remote_mta;
        bool fits;
    } table[] = {
        {"failed", NULL, NULL, NULL, true},
        {"failed", "5.1.1", "user unknown", "mx.example.org", true},
        {"failed", "x.1.x", NULL, ".example.org", true},
        {"delayed", NULL, NULL, NULL, false},
        {"failed", "5.1.10", NULL, NULL, false},
        {"failed", "5.1", NULL, NULL, false},
        {"failed", NULL, "mailbox full", NULL, false},
        {"failed", NULL, NULL, "mx.example.net", false},
    };
    expect_bounce(MF_EXPECT_BOUNCE, NULL);
    build_bounce(b, flow, "alice primary", UNKNOWN);
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        expect->bounce = (struct mf_bounce_expect){.action = table[i].action, .status = table[i].status, .remote_mta = table[i].remote_mta,
                                                   .diagnostic = {MF_MATCH_REGEX, table[i].regex, {0}, true}};
        build_judge(b);
        if ((build_outcome(b, flow) == MF_PASS) != table[i].fits)
            fail_msg("row %zu", i);
    }
}

static void another_one_fails_once_the_time_is_over_and_says_what_came(void **state)
{
    (void)state;
    expect_bounce(MF_EXPECT_BOUNCE, "5.4.6");
    build_bounce(b, flow, "alice primary", UNKNOWN);
    build_judge(b);
    assert_int_equal(build_outcome(b, flow), MF_FAIL);
    assert_non_null(strstr(build_finding(b, "bounce.other")->why, "expected \"failed 5.4.6\", and the bounce says failed 5.1.1"));
    assert_int_equal(b->verdict->finding_count, 1);
    build_walks(b, BUILD_START + MF_SECOND, BUILD_START + 2 * MF_SECOND);
    b->now = BUILD_START + 3 * MF_SECOND;
    build_judge(b);
    assert_null(build_finding(b, "bounce.other")); /* the right one may come yet; the wrong one is told already */
    assert_non_null(build_finding(b, "mail.bounced"));
}

static void one_that_came_to_somebody_else_is_told_as_that(void **state)
{
    (void)state;
    expect_bounce(MF_EXPECT_BOUNCE, "5.1.1");
    build_bounce(b, flow, "bob primary", UNKNOWN);
    build_judge(b);
    assert_non_null(strstr(build_finding(b, "bounce.other")->why, "expected at alice primary, and it came to bob primary"));
}

static void none_is_fail_when_everything_was_looked_through_and_pending_before(void **state)
{
    (void)state;
    expect_bounce(MF_EXPECT_BOUNCE, "5.1.1");
    judged(MF_FAIL, "bounce.missing", "no bounce in 10.0 s");
    build_walks(b, BUILD_START + MF_SECOND, BUILD_START + 2 * MF_SECOND);
    b->now = BUILD_START + 3 * MF_SECOND;
    judged(MF_PENDING, NULL, "no such bounce so far");
}

static void where_it_can_not_be_read_is_error(void **state)
{
    (void)state;
    expect_bounce(MF_EXPECT_BOUNCE, "5.1.1");
    build_unreadable(b, "alice primary", "login", "NO");
    judged(MF_ERROR, "mailbox.unreadable", "mailbox unreadable");
}

static void refused_at_the_door_where_a_bounce_is_expected_is_told_in_the_servers_words(void **state)
{
    (void)state;
    b->evidence->flows[flow->index].attempt_count = 0;
    build_refuse(b, flow, "RCPT", 550, "5.1.1", "User unknown");
    expect_bounce(MF_EXPECT_BOUNCE, "5.1.1");
    judged(MF_FAIL, "smtp.recipient-unknown", "refused 550 5.1.1");
}

static void never_a_bounce_and_none_came(void **state)
{
    (void)state;
    expect_bounce(MF_EXPECT_NEVER_BOUNCE, NULL);
    build_judge(b);
    assert_int_equal(build_outcome(b, flow), MF_PASS);
    assert_non_null(build_fact(b, flow, "bounce.none"));
}

static void never_a_bounce_and_one_came_is_told_once(void **state)
{
    (void)state;
    expect_bounce(MF_EXPECT_NEVER_BOUNCE, NULL);
    build_bounce(b, flow, "alice primary", UNKNOWN);
    judged(MF_FAIL, "mail.bounced", "bounced 5.1.1");
    assert_int_equal(b->verdict->finding_count, 1);
}

static void a_report_of_success_is_a_bounce_where_none_must_come(void **state)
{
    (void)state;
    expect_bounce(MF_EXPECT_NEVER_BOUNCE, NULL);
    build_bounce(b, flow, "alice primary", "Final-Recipient: rfc822; nosuch@example.org\r\nAction: relayed\r\nStatus: 2.0.0\r\n");
    build_judge(b);
    assert_int_equal(build_outcome(b, flow), MF_FAIL);
}

/* ---- nobody expects it ---- */

static void accepted_and_bounced_where_a_refusal_is_expected_is_backscatter(void **state)
{
    (void)state;
    flow->expect_count = 0;
    build_expect(b, flow, MF_EXPECT_REFUSED, NULL);
    build_judge(b);
    assert_non_null(build_finding(b, "smtp.accepted-unexpectedly"));
    build_bounce(b, flow, "alice primary", UNKNOWN);
    build_judge(b);
    assert_int_equal(build_outcome(b, flow), MF_FAIL);
    assert_non_null(build_finding(b, "smtp.backscatter"));
    assert_int_equal(b->verdict->finding_count, 1); /* one cause, told once */
}

/* The copy went to an address that the secondary does not know; the sender is told of it. */
static void a_copy_that_the_secondary_refuses_comes_back_to_the_sender(void **state)
{
    (void)state;
    struct mf_flow *inbound = build_flow(b, "Inbound", "probe", "bob");
    struct mf_flow *copy = build_again(b, "Copy", inbound, "bob secondary");
    inbound->expects[0].dkim.want = MF_AUTH_NOT_JUDGED;
    build_accept(b, inbound, NULL);
    build_copy(b, inbound, "bob primary", "INBOX", NULL);
    build_bounce(b, inbound, "probe",
                 "Final-Recipient: rfc822; bob.smith@continuity.net-it.com\r\nAction: failed\r\nStatus: 5.1.1\r\n"
                 "Remote-MTA: dns; continuity.net-it.com\r\nDiagnostic-Code: smtp; 550 5.1.1 no such user\r\n");
    build_judge(b);
    const struct mf_finding *told = build_finding(b, "copy.bounced");
    assert_non_null(told);
    assert_string_equal(told->title, "The secondary refuses copies for bob, and senders get bounces");
    assert_true(build_hits(told, inbound) && build_hits(told, copy)); /* what is missing there is explained by it */
    assert_null(build_finding(b, "copy.inbound-missing"));
}

static void a_notice_of_delay_is_no_failure(void **state)
{
    (void)state;
    expect_bounce(MF_EXPECT_NEVER_BOUNCE, NULL);
    build_bounce(b, flow, "alice primary", "Final-Recipient: rfc822; nosuch@example.org\r\nAction: delayed\r\nStatus: 4.4.1\r\n");
    build_judge(b);
    assert_int_equal(build_outcome(b, flow), MF_PASS);
    assert_non_null(build_finding(b, "mail.delay-notice"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(one_that_is_expected_and_came_is_good_and_no_problem),
        TEST(each_part_of_the_expectation_counts),
        TEST(another_one_fails_once_the_time_is_over_and_says_what_came),
        TEST(one_that_came_to_somebody_else_is_told_as_that),
        TEST(none_is_fail_when_everything_was_looked_through_and_pending_before),
        TEST(where_it_can_not_be_read_is_error),
        TEST(refused_at_the_door_where_a_bounce_is_expected_is_told_in_the_servers_words),
        TEST(never_a_bounce_and_none_came),
        TEST(never_a_bounce_and_one_came_is_told_once),
        TEST(a_report_of_success_is_a_bounce_where_none_must_come),
        TEST(accepted_and_bounced_where_a_refusal_is_expected_is_backscatter),
        TEST(a_copy_that_the_secondary_refuses_comes_back_to_the_sender),
        TEST(a_notice_of_delay_is_no_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
