/* Where copies are, how many, by which way; and where none may be. */
#include "unit/test.h"

#include "build.h"

static struct build *b;
static struct mf_flow *flow;

static int open_world(void **state)
{
    (void)state;
    b = build_new();
    flow = build_flow(b, "Inbound mail", "probe", "alice");
    build_accept(b, flow, NULL);
    return 0;
}

static int close_world(void **state)
{
    (void)state;
    build_free(&b);
    return 0;
}

static void judged(enum mf_outcome outcome, const char *finding)
{
    build_judge(b);
    const char *told = b->verdict->finding_count ? b->verdict->findings[0]->kind->id : NULL;
    if (build_outcome(b, flow) != outcome || !mf_same(told, finding))
        fail_msg("%s, %s", mf_outcome_name(build_outcome(b, flow)), told ? told : "nothing told");
}

static void a_folder_is_known_by_its_use_or_its_name(void **state)
{
    (void)state;
    flow->expects[0].folder = "Invoices";
    build_copy(b, flow, "alice primary", "Invoices", NULL);
    judged(MF_PASS, NULL);
    flow->expects[0].folder = "inbox";
    judged(MF_FAIL, "copy.wrong-folder");
}

static void junk_is_told_as_junk(void **state)
{
    (void)state;
    build_copy(b, flow, "alice primary", "Junk", NULL);
    judged(MF_FAIL, "copy.in-junk");
    assert_string_equal(build_detail(b, flow), "in Junk");
}

/* Such folders are gone through at the end only: that it was found late is no lateness. */
static void what_lies_in_a_folder_that_is_not_watched_is_told_by_its_place_not_by_its_time(void **state)
{
    (void)state;
    build_copy(b, flow, "alice primary", "Projects", NULL)->at = BUILD_START + BUILD_WITHIN + MF_SECOND;
    judged(MF_FAIL, "copy.wrong-folder");
    assert_int_equal(b->verdict->finding_count, 1);
    assert_string_equal(build_detail(b, flow), "in Projects");
    assert_true(b->verdict->flows[flow->index].took < 0);
}

static void the_folder_of_a_use_is_told_by_its_name_there(void **state)
{
    (void)state;
    flow->expects[0].folder = "sent";
    b->evidence->mailboxes[0].folders[2].folder = "Sent Items";
    build_copy(b, flow, "alice primary", "Sent", NULL)->use = "";
    judged(MF_FAIL, "copy.wrong-folder");
    assert_non_null(strstr(build_finding(b, "copy.wrong-folder")->why, "Sent Items"));
}

static void two_copies_are_one_too_many(void **state)
{
    (void)state;
    build_copy(b, flow, "alice primary", "INBOX", NULL);
    build_copy(b, flow, "alice primary", "INBOX", NULL);
    judged(MF_FAIL, "copy.duplicate");
    assert_string_equal(build_detail(b, flow), "2 copies");
    flow->expects[0].copies = 2;
    judged(MF_PASS, NULL);
    flow->expects[0].copies = 3;
    judged(MF_FAIL, "copy.fewer");
}

static void a_view_of_all_mail_is_no_second_copy(void **state)
{
    (void)state;
    build_copy(b, flow, "alice primary", "INBOX", NULL);
    build_copy(b, flow, "alice primary", "All Mail", NULL)->again = true;
    judged(MF_PASS, NULL);
    assert_int_equal(b->verdict->copies_seen, 1);
}

static void the_senders_own_sent_copy_is_no_second_copy(void **state)
{
    (void)state;
    struct mf_flow *to_self = build_flow(b, "To myself", "alice", "alice");
    build_accept(b, to_self, NULL);
    build_copy(b, to_self, "alice primary", "INBOX", NULL);
    build_copy(b, to_self, "alice primary", "Sent", NULL);
    build_judge(b);
    assert_int_equal(build_outcome(b, to_self), MF_PASS);
}

static void a_copy_in_the_right_folder_is_looked_at_first(void **state)
{
    (void)state;
    flow->expects[0].copies = 2;
    build_copy(b, flow, "alice primary", "Junk", NULL);
    build_copy(b, flow, "alice primary", "INBOX", NULL);
    judged(MF_PASS, NULL);
}

static const char direct[] = "Received: from probe (probe [203.0.113.5]) by mail.net-it.com with ESMTP id 1; Mon, 23 "
                             "Nov 2026 02:31:41 +0000\r\n";

static void mail_that_did_not_pass_the_gateway_is_told(void **state)
{
    (void)state;
    build_copy(b, flow, "alice primary", "INBOX", build_received(b, flow, direct, ""));
    judged(MF_FAIL, "path.gateway-bypassed");
    assert_string_equal(build_detail(b, flow), "not through gateway");
    assert_non_null(strstr(build_finding(b, "path.gateway-bypassed")->exhibits[0].text, "mail.net-it.com"));
    assert_non_null(strstr(build_finding(b, "path.gateway-bypassed")->fix, "MX of net-it.com"));
}

static void a_missing_hop_that_is_no_gateway_is_told_by_its_name(void **state)
{
    (void)state;
    struct mf_hop hop = {.host = "filter.example.com"};
    flow->expects[0].through = &hop;
    build_copy(b, flow, "alice primary", "INBOX", NULL);
    judged(MF_FAIL, "path.missing-hop");
}

static void hops_out_of_order_are_told(void **state)
{
    (void)state;
    struct mf_hop hops[] = {{.host = "mx.example.org"}, {.host = ".hes.trendmicro.com"}};
    flow->expects[0].through = hops;
    flow->expects[0].through_count = 2;
    build_copy(b, flow, "alice primary", "INBOX",
               build_received(b, flow,
                              "Received: from a.test (a.test [192.0.2.1]) by mx.example.org with ESMTP id 3; Mon, 23 "
                              "Nov 2026 02:31:42 +0000\r\n"
                              "Received: from b.test (b.test [192.0.2.2]) by in.hes.trendmicro.com with ESMTP id 2; "
                              "Mon, 23 Nov 2026 02:31:41 +0000\r\n",
                              ""));
    judged(MF_FAIL, "path.wrong-order");
}

static void internal_mail_through_the_gateway_only_warns_unless_it_is_forbidden(void **state)
{
    (void)state;
    struct mf_flow *internal = build_flow(b, "Internal", "alice", "bob");
    build_accept(b, internal, NULL);
    build_copy(b, internal, "bob primary", "INBOX", build_received(b, internal, build_through_gateway, ""));
    build_copy(b, flow, "alice primary", "INBOX", NULL);
    build_judge(b);
    assert_int_equal(build_outcome(b, internal), MF_PASS);
    assert_non_null(build_finding(b, "path.internal-through-gateway"));
    internal->expects[0].not_through_given = true;
    build_judge(b);
    assert_int_equal(build_outcome(b, internal), MF_FAIL);
    assert_non_null(build_finding(b, "path.forbidden-hop"));
}

static void a_mailbox_that_must_not_have_it_is_told(void **state)
{
    (void)state;
    build_expect(b, flow, MF_EXPECT_NEVER_AT, "bob primary");
    build_copy(b, flow, "alice primary", "INBOX", NULL);
    judged(MF_PASS, NULL);
    build_copy(b, flow, "bob primary", "INBOX", NULL);
    judged(MF_FAIL, "mailbox.unexpected-copy");
}

static void whom_another_row_expects_to_have_it_is_no_stranger(void **state)
{
    (void)state;
    build_again(b, "Copy for bob", flow, "bob primary")->expects[0].through_count = 0;
    build_copy(b, flow, "alice primary", "INBOX", NULL);
    build_copy(b, flow, "bob primary", "INBOX", NULL);
    build_judge(b);
    assert_null(build_finding(b, "mailbox.unexpected-copy"));
}

/* Who reads an address that is no person's, is not known. */
static void the_readers_of_a_list_are_worth_a_warning(void **state)
{
    (void)state;
    struct mf_flow *to_list = build_flow(b, "To the list", "probe", "sales@net-it.com");
    build_accept(b, to_list, NULL);
    build_expect(b, to_list, MF_EXPECT_AT, "alice primary");
    build_copy(b, to_list, "alice primary", "INBOX", NULL);
    build_copy(b, to_list, "bob primary", "INBOX", NULL);
    build_judge(b);
    assert_int_equal(build_outcome(b, to_list), MF_PASS);
    assert_non_null(build_finding(b, "mailbox.unexpected-copy"));
}

static void nobody_else_leaves_out_those_who_may_have_it(void **state)
{
    (void)state;
    build_expect(b, flow, MF_EXPECT_NOBODY_ELSE, NULL);
    build_copy(b, flow, "alice primary", "INBOX", NULL);
    build_copy(b, flow, "alice secondary", "INBOX", NULL);
    build_copy(b, flow, "probe", "Sent", NULL);
    judged(MF_PASS, NULL);
    build_copy(b, flow, "bob secondary", "INBOX", NULL);
    judged(MF_FAIL, "mailbox.unexpected-copy");
}

static void a_mailbox_that_could_not_be_read_proves_no_absence(void **state)
{
    (void)state;
    build_expect(b, flow, MF_EXPECT_NOBODY_ELSE, NULL);
    build_copy(b, flow, "alice primary", "INBOX", NULL);
    build_unreadable(b, "bob primary", "login", "NO");
    judged(MF_ERROR, "mailbox.unreadable");
}

static void what_was_refused_is_with_nobody(void **state)
{
    (void)state;
    struct mf_flow *refused = build_flow(b, "Refused", "probe", "nosuch@net-it.com");
    build_expect(b, refused, MF_EXPECT_REFUSED, NULL);
    build_expect(b, refused, MF_EXPECT_NOBODY, NULL);
    build_refuse(b, refused, "RCPT", 550, "5.1.1", "User unknown");
    build_judge(b);
    assert_int_equal(build_outcome(b, refused), MF_PASS);
}

/* ---- row 36: the Sent folder, and other clients ---- */

static struct mf_flow *sent_by_alice(void)
{
    struct mf_flow *outbound = build_flow(b, "Outbound mail", "alice", "probe");
    outbound->expect_count = 0;
    build_expect(b, outbound, MF_EXPECT_AT, "alice primary")->folder = "sent";
    build_accept(b, outbound, NULL);
    return outbound;
}

static void an_empty_sent_folder_is_no_lost_mail(void **state)
{
    (void)state;
    struct mf_flow *outbound = sent_by_alice();
    build_judge(b);
    assert_int_equal(build_outcome(b, outbound), MF_FAIL);
    assert_string_equal(build_finding(b, "copy.sent-missing")->title, "The Sent folder of alice does not show what was sent");
    assert_false(build_hits(build_finding(b, "copy.missing"), outbound));
}

static void sent_mail_that_is_filed_twice_is_told_as_that(void **state)
{
    (void)state;
    struct mf_flow *outbound = sent_by_alice();
    build_copy(b, outbound, "alice primary", "Sent", build_received(b, outbound, "", ""));
    build_copy(b, outbound, "alice primary", "Sent", build_received(b, outbound, "", ""));
    build_judge(b);
    assert_int_equal(build_outcome(b, outbound), MF_FAIL);
    assert_non_null(build_finding(b, "copy.sent-double"));
    assert_null(build_finding(b, "copy.duplicate"));
}

static void a_copy_that_somebody_else_removed_is_a_pass_with_a_warning(void **state)
{
    (void)state;
    flow->expects[0].dkim.want = MF_AUTH_NOT_JUDGED;
    build_copy(b, flow, "alice primary", "INBOX", NULL);
    ((struct mf_rec_removed *)b->evidence->flows[flow->index].arrivals[0].removed)->why = MF_TAKEN_AWAY;
    judged(MF_PASS, "copy.taken-away");
}

static void what_is_missing_may_have_been_taken_by_another_client(void **state)
{
    (void)state;
    struct mf_folder_evidence *inbox = &b->evidence->mailboxes[build_mailbox(b, "alice primary")->index].folders[0];
    build_judge(b);
    assert_null(strstr(build_finding(b, "copy.missing")->why, "another client"));
    inbox->scans[1].gone = 1;
    build_judge(b);
    assert_non_null(strstr(build_finding(b, "copy.missing")->why, "1 message came into INBOX and was gone before it could be looked at"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_folder_is_known_by_its_use_or_its_name),
        TEST(junk_is_told_as_junk),
        TEST(two_copies_are_one_too_many),
        TEST(a_view_of_all_mail_is_no_second_copy),
        TEST(the_senders_own_sent_copy_is_no_second_copy),
        TEST(a_copy_in_the_right_folder_is_looked_at_first),
        TEST(mail_that_did_not_pass_the_gateway_is_told),
        TEST(a_missing_hop_that_is_no_gateway_is_told_by_its_name),
        TEST(hops_out_of_order_are_told),
        TEST(internal_mail_through_the_gateway_only_warns_unless_it_is_forbidden),
        TEST(a_mailbox_that_must_not_have_it_is_told),
        TEST(what_lies_in_a_folder_that_is_not_watched_is_told_by_its_place_not_by_its_time),
        TEST(the_folder_of_a_use_is_told_by_its_name_there),
        TEST(whom_another_row_expects_to_have_it_is_no_stranger),
        TEST(the_readers_of_a_list_are_worth_a_warning),
        TEST(nobody_else_leaves_out_those_who_may_have_it),
        TEST(a_mailbox_that_could_not_be_read_proves_no_absence),
        TEST(what_was_refused_is_with_nobody),
        TEST(an_empty_sent_folder_is_no_lost_mail),
        TEST(sent_mail_that_is_filed_twice_is_told_as_that),
        TEST(a_copy_that_somebody_else_removed_is_a_pass_with_a_warning),
        TEST(what_is_missing_may_have_been_taken_by_another_client),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
