/* The design's table of outcomes: what was sent, what was seen, how well was looked, how late it is. */
#include "unit/test.h"

#include "build.h"

static struct build *b;
static struct mf_flow *flow;

static int open_world(void **state)
{
    (void)state;
    b = build_new();
    flow = build_flow(b, "Internal mail", "alice", "bob");
    return 0;
}

static int close_world(void **state)
{
    (void)state;
    build_free(&b);
    return 0;
}

static void judged(enum mf_outcome outcome, const char *finding, const char *detail)
{
    build_judge(b);
    assert_int_equal(build_outcome(b, flow), outcome);
    if (finding) {
        if (!build_finding(b, finding))
            fail_msg("%s is not told", finding);
    } else {
        assert_int_equal(b->verdict->finding_count, 0);
    }
    assert_string_equal(build_detail(b, flow), detail);
}

static void refused_for_good_is_fail(void **state)
{
    (void)state;
    build_refuse(b, flow, "RCPT", 550, "5.1.1", "User unknown");
    judged(MF_FAIL, "smtp.recipient-unknown", "refused 550 5.1.1");
    assert_int_equal(b->verdict->status, 1);
}

static void a_first_hop_that_can_not_be_reached_is_error(void **state)
{
    (void)state;
    build_trouble(b, flow, "connect", "smtp://mail.net-it.com:587: connection refused");
    judged(MF_ERROR, "smtp.unreachable", "could not be handed over"); /* its IMAP answered: the server is up */
    assert_int_equal(b->verdict->status, 2);
}

static void accepted_and_seen_is_pass(void **state)
{
    (void)state;
    build_accept(b, flow, NULL);
    build_copy(b, flow, "bob primary", "INBOX", NULL);
    judged(MF_PASS, NULL, "");
    assert_int_equal(b->verdict->status, 0);
}

static void accepted_and_nowhere_after_a_complete_look_is_fail(void **state)
{
    (void)state;
    build_accept(b, flow, NULL);
    judged(MF_FAIL, "copy.missing", "none in 10.0 s");
    assert_non_null(strstr(build_finding(b, "copy.missing")->why, "all 3 folders searched"));
    assert_non_null(strstr(build_finding(b, "copy.missing")->fix, "4XyZ9"));
}

static void accepted_and_a_mailbox_that_was_lost_is_error(void **state)
{
    (void)state;
    build_accept(b, flow, NULL);
    build_lost(b, "bob primary");
    judged(MF_ERROR, "mailbox.unreadable", "mailbox unreadable");
}

static void accepted_and_a_mailbox_that_never_opened_is_error_even_before_the_deadline(void **state)
{
    (void)state;
    build_accept(b, flow, NULL);
    build_unreadable(b, "bob primary", "login", "NO");
    b->now = BUILD_START + 3 * MF_SECOND;
    judged(MF_ERROR, "mailbox.unreadable", "mailbox unreadable");
}

static void accepted_and_before_the_deadline_is_pending(void **state)
{
    (void)state;
    build_accept(b, flow, NULL);
    build_not_searched_again(b, "bob primary");
    b->now = BUILD_START + MF_SECOND;
    judged(MF_PENDING, NULL, "1.00 s of 10.0 s");
    assert_int_equal(b->verdict->status, 75);
    b->now = BUILD_START + 5 * MF_SECOND;
    judged(MF_PENDING, NULL, "DELAYED, 5.00 s of 10.0 s");
}

static void after_the_deadline_but_not_looked_again_is_still_pending(void **state)
{
    (void)state;
    build_accept(b, flow, NULL);
    build_not_searched_again(b, "bob primary");
    build_judge(b);
    assert_int_equal(build_outcome(b, flow), MF_PENDING);
}

static void put_off_and_tried_again_later_is_pending_in_the_servers_words(void **state)
{
    (void)state;
    b->now = BUILD_START + MF_SECOND;
    build_defer(b, flow, 451, "greylisted", BUILD_START + 41 * MF_SECOND);
    judged(MF_PENDING, NULL, "451 4.7.1 greylisted, again in 40.0 s");
}

static void put_off_until_there_was_no_more_time_is_fail(void **state)
{
    (void)state;
    build_defer(b, flow, 451, "try later", 0);
    judged(MF_FAIL, "smtp.deferred", "refused 451 4.7.1");
}

static void put_off_first_and_taken_later_is_a_pass_with_a_warning(void **state)
{
    (void)state;
    build_defer(b, flow, 451, "greylisted", BUILD_START + MF_SECOND);
    build_accept(b, flow, NULL);
    build_copy(b, flow, "bob primary", "INBOX", NULL)->attempt = 2;
    judged(MF_PASS, "smtp.delayed", "");
    assert_int_equal(b->verdict->warnings, 1);
    assert_int_equal(b->verdict->status, 0);
}

static void lost_after_the_data_and_nowhere_is_error(void **state)
{
    (void)state;
    build_lose(b, flow);
    judged(MF_ERROR, "smtp.outcome-unknown", "outcome unknown");
}

static void lost_after_the_data_but_seen_was_taken(void **state)
{
    (void)state;
    build_lose(b, flow);
    build_copy(b, flow, "bob primary", "INBOX", NULL);
    judged(MF_PASS, NULL, "");
}

static void not_sent_yet_is_pending(void **state)
{
    (void)state;
    judged(MF_PENDING, NULL, "not sent yet");
}

static void later_than_usual_is_a_warning_later_than_allowed_a_failure(void **state)
{
    (void)state;
    build_accept(b, flow, NULL);
    struct mf_rec_copy *copy = build_copy(b, flow, "bob primary", "INBOX", NULL);
    copy->at = BUILD_START + 5 * MF_SECOND;
    judged(MF_PASS, "copy.late", "");
    copy->at = BUILD_START + 12 * MF_SECOND;
    judged(MF_FAIL, "copy.too-late", "too late");
}

static void earlier_than_asked_for_is_a_failure(void **state)
{
    (void)state;
    flow->expects[0].not_before = 5 * MF_SECOND;
    build_accept(b, flow, NULL);
    build_copy(b, flow, "bob primary", "INBOX", NULL);
    judged(MF_FAIL, "copy.early", "early");
}

static void our_own_login_refused_is_error_not_fail(void **state)
{
    (void)state;
    build_refuse(b, flow, "AUTH", 535, "5.7.8", "authentication failed");
    judged(MF_ERROR, "smtp.auth-refused", "login refused");
}

static void a_bounce_tells_why_the_mail_is_missing(void **state)
{
    (void)state;
    static const char bounce[] =
        "From: MAILER-DAEMON@net-it.com\r\nTo: alice@net-it.com\r\nSubject: Undelivered\r\nMIME-Version: 1.0\r\n"
        "Content-Type: multipart/report; report-type=delivery-status; boundary=\"x\"\r\n\r\n--x\r\nContent-Type: "
        "text/plain\r\n\r\nSorry.\r\n"
        "--x\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; "
        "mail.net-it.com\r\n\r\nFinal-Recipient: rfc822; bob@net-it.com\r\n"
        "Action: failed\r\nStatus: 5.2.2\r\nDiagnostic-Code: smtp; 552 5.2.2 mailbox full\r\n\r\n--x--\r\n";
    build_accept(b, flow, NULL);
    build_copy(b, flow, "alice primary", "INBOX", bounce);
    judged(MF_FAIL, "mailbox.full", "bounced 5.2.2");
    assert_null(build_finding(b, "copy.missing"));
    assert_non_null(strstr(build_finding(b, "mailbox.full")->why, "552 5.2.2 mailbox full"));
}

static void nothing_passed_is_never_status_0(void **state)
{
    (void)state;
    flow->skip = "not today";
    judged(MF_SKIPPED, NULL, "not today");
    assert_int_equal(b->verdict->status, 2);
    assert_int_equal(b->verdict->outcome, MF_ERROR);
}

static void a_flow_whose_need_failed_is_skipped_and_its_findings_are_not_told(void **state)
{
    (void)state;
    struct mf_flow *second = build_flow(b, "Second", "alice", "probe");
    second->needs = mf_alloc(b->arena, sizeof *second->needs);
    second->needs[0].flow = flow;
    second->need_count = 1;
    build_accept(b, flow, NULL);
    build_accept(b, second, NULL);
    build_judge(b);
    assert_int_equal(build_outcome(b, second), MF_SKIPPED);
    assert_string_equal(build_detail(b, second), "needs \"Internal mail\", which failed");
    assert_int_equal(b->verdict->finding_count, 1);
    assert_false(build_hits(b->verdict->findings[0], second));
}

static void an_interrupted_run_says_how_to_go_on(void **state)
{
    (void)state;
    build_accept(b, flow, NULL);
    build_not_searched_again(b, "bob primary");
    b->evidence->ended = "interrupted";
    b->evidence->dir = "evidence/7f3a";
    judged(MF_PENDING, "run.interrupted", "DELAYED, 1:00:00 of 10.0 s");
    assert_string_equal(build_finding(b, "run.interrupted")->fix,
                        "Go on waiting and judge then: mailflow resume evidence/7f3a\n");
    assert_int_equal(build_finding(b, "run.interrupted")->number, 0);
}

static void seen_but_not_counted_again_since_the_run_was_cut_short_is_pending(void **state)
{
    (void)state;
    static const char *const ends[] = {"interrupted", "wait-over", NULL};
    build_accept(b, flow, NULL);
    build_copy(b, flow, "bob primary", "INBOX", NULL);
    build_walks(b, BUILD_START + 20 * MF_MS, BUILD_START + 100 * MF_MS); /* `settle` is 200 ms */
    for (size_t i = 0; i < 3; i++) {
        b->evidence->ended = ends[i];
        judged(MF_PENDING, "run.interrupted", "seen, not counted again");
        assert_int_equal(b->verdict->status, 75);
    }
    build_walks(b, BUILD_START + 20 * MF_MS, BUILD_START + 300 * MF_MS);
    judged(MF_PASS, NULL, ""); /* cut short later: it was counted */
}

static void severity_rules_loosen_a_failure_but_never_an_unknown(void **state)
{
    (void)state;
    build_accept(b, flow, NULL);
    build_copy(b, flow, "bob primary", "Junk", NULL);
    judged(MF_FAIL, "copy.in-junk", "in Junk");
    build_rule(b, flow, "copy.in-junk", MF_SEVERITY_WARN);
    judged(MF_PASS, "copy.in-junk", "");
    build_rule(b, flow, "copy.in-junk", MF_SEVERITY_IGNORE);
    judged(MF_PASS, NULL, "");
    build_unreadable(b, "bob primary", "login", "NO");
    b->evidence->flows[flow->index].arrival_count = 0;
    build_rule(b, flow, "mailbox.unreadable", MF_SEVERITY_IGNORE);
    judged(MF_ERROR, "mailbox.unreadable", "mailbox unreadable");
}

static void severity_rules_make_a_warning_a_failure(void **state)
{
    (void)state;
    build_accept(b, flow, NULL);
    build_copy(b, flow, "bob primary", "INBOX", NULL)->at = BUILD_START + 5 * MF_SECOND;
    build_rule(b, flow, "copy.late", MF_SEVERITY_FAIL);
    judged(MF_FAIL, "copy.late", "delayed");
    assert_int_equal(build_finding(b, "copy.late")->number, 1);
}

static void the_same_evidence_always_gives_the_same_verdict(void **state)
{
    (void)state;
    build_accept(b, flow, NULL);
    build_judge(b);
    const struct mf_verdict *first = b->verdict;
    build_judge(b);
    assert_int_equal(first->finding_count, b->verdict->finding_count);
    assert_string_equal(first->findings[0]->why, b->verdict->findings[0]->why);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(refused_for_good_is_fail),
        TEST(a_first_hop_that_can_not_be_reached_is_error),
        TEST(accepted_and_seen_is_pass),
        TEST(accepted_and_nowhere_after_a_complete_look_is_fail),
        TEST(accepted_and_a_mailbox_that_was_lost_is_error),
        TEST(accepted_and_a_mailbox_that_never_opened_is_error_even_before_the_deadline),
        TEST(accepted_and_before_the_deadline_is_pending),
        TEST(after_the_deadline_but_not_looked_again_is_still_pending),
        TEST(put_off_and_tried_again_later_is_pending_in_the_servers_words),
        TEST(put_off_until_there_was_no_more_time_is_fail),
        TEST(put_off_first_and_taken_later_is_a_pass_with_a_warning),
        TEST(lost_after_the_data_and_nowhere_is_error),
        TEST(lost_after_the_data_but_seen_was_taken),
        TEST(not_sent_yet_is_pending),
        TEST(later_than_usual_is_a_warning_later_than_allowed_a_failure),
        TEST(earlier_than_asked_for_is_a_failure),
        TEST(our_own_login_refused_is_error_not_fail),
        TEST(a_bounce_tells_why_the_mail_is_missing),
        TEST(nothing_passed_is_never_status_0),
        TEST(a_flow_whose_need_failed_is_skipped_and_its_findings_are_not_told),
        TEST(an_interrupted_run_says_how_to_go_on),
        TEST(seen_but_not_counted_again_since_the_run_was_cut_short_is_pending),
        TEST(severity_rules_loosen_a_failure_but_never_an_unknown),
        TEST(severity_rules_make_a_warning_a_failure),
        TEST(the_same_evidence_always_gives_the_same_verdict),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
