/* One cause, told once: what explains what, by which link of evidence, and what must stay apart. */
#include "unit/test.h"

#include "unit/check/build.h"

static struct build *b;

static int open_world(void **state)
{
    (void)state;
    b = build_new();
    return 0;
}

static int close_world(void **state)
{
    (void)state;
    build_free(&b);
    return 0;
}

/* These findings, in this order, and no other that is not a warning. */
static void told(const char *ids)
{
    char seen[512] = "";
    build_judge(b);
    for (size_t i = 0; i < b->verdict->finding_count; i++)
        if (b->verdict->findings[i]->outcome != MF_PASS) {
            strcat(seen, *seen ? ", " : "");
            strcat(seen, b->verdict->findings[i]->kind->id);
        }
    assert_string_equal(seen, ids);
}

static void record(const char *name, enum mf_dns_type type, enum mf_dns_status status)
{
    struct mf_dns_answer *answers = mf_alloc_array(b->arena, b->evidence->answer_count + 1, sizeof *answers);
    if (b->evidence->answer_count)
        memcpy(answers, b->evidence->answers, b->evidence->answer_count * sizeof *answers);
    answers[b->evidence->answer_count] = (struct mf_dns_answer){
        .name = name, .type = type, .status = status, .server = "192.0.2.56@53", .why = "SERVFAIL"};
    b->evidence->answers = answers;
    b->evidence->answer_count++;
}

static void certificates_are_told_apart_by_what_is_wrong_with_them(void **state)
{
    static const struct {
        const char *problem, *finding;
    } cases[] = {
        {"the certificate expired on 2026-11-22", "tls.expired"},
        {"the certificate is not valid yet (is this host's clock right?)", "tls.expired"},
        {"the certificate is not for mail.net-it.com but for www.net-it.com", "tls.name"},
        {"the certificate is self-signed and not trusted", "tls.untrusted"},
        {"the certificate is issued by CN=x, which is not among this system's CAs", "tls.untrusted"},
        {"no shared cipher", "tls.failed"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        open_world(state);
        struct mf_flow *flow = build_flow(b, "Internal", "alice", "bob");
        build_trouble(b, flow, "TLS", cases[i].problem);
        told(cases[i].finding);
        close_world(state);
    }
}

static void one_certificate_stops_sending_and_reading_and_is_told_once(void **state)
{
    (void)state;
    struct mf_flow *sends = build_flow(b, "Outbound", "alice", "probe"),
                   *reads = build_flow(b, "Inbound", "probe", "alice");
    build_trouble(b, sends, "TLS", "the certificate expired on 2026-11-22");
    build_accept(b, reads, NULL);
    build_unreadable(b, "alice primary", "TLS", "the certificate expired on 2026-11-22");
    told("tls.expired");
    assert_int_equal(b->verdict->findings[0]->flow_count, 2);
}

static void a_server_that_fails_after_every_login_is_one_cause(void **state)
{
    (void)state;
    struct mf_flow *internal = build_flow(b, "Internal", "alice", "bob"), *inbound = build_flow(b, "Inbound", "probe", "alice");
    build_accept(b, internal, NULL);
    build_accept(b, inbound, NULL);
    build_unreadable(b, "alice primary", "command", "[SERVERBUG] Internal error occurred");
    build_unreadable(b, "bob primary", "command", "[SERVERBUG] Internal error occurred");
    for (size_t i = 0; i < b->evidence->mailbox_count; i++) { /* the login was taken, no folder could be searched */
        static struct mf_rec_opened opened = {.at = BUILD_START};
        if (strstr(b->evidence->mailboxes[i].mailbox, "primary"))
            b->evidence->mailboxes[i].opened = &opened;
    }
    told("mailbox.unreadable");
    assert_int_equal(b->verdict->findings[0]->flow_count, 2);
    assert_non_null(strstr(b->verdict->findings[0]->title, "No mailbox at primary could be read"));
    assert_non_null(strstr(b->verdict->findings[0]->fix, "log of the IMAP server at mail.net-it.com"));
}

static void one_mailbox_that_fails_says_nothing_of_the_server(void **state)
{
    (void)state;
    struct mf_flow *internal = build_flow(b, "Internal", "alice", "bob"), *inbound = build_flow(b, "Inbound", "probe", "alice");
    build_accept(b, internal, NULL);
    build_copy(b, internal, "bob primary", "INBOX", NULL);
    build_accept(b, inbound, NULL);
    build_unreadable(b, "alice primary", "command", "[SERVERBUG] Internal error occurred");
    told("mailbox.unreadable");
    assert_non_null(strstr(b->verdict->findings[0]->title, "alice's mailbox"));
}

static void a_zone_that_can_not_be_looked_up_is_one_cause_for_all_its_names(void **state)
{
    (void)state;
    struct mf_flow *sends = build_flow(b, "Outbound", "alice", "probe"),
                   *reads = build_flow(b, "Inbound", "probe", "alice");
    record("relay.hes.trendmicro.com", MF_DNS_A, MF_DNS_OK);
    record("mail.net-it.com", MF_DNS_A, MF_DNS_SERVFAIL);
    record("net-it.com", MF_DNS_MX, MF_DNS_SERVFAIL);
    build_trouble(b, sends, "connect", "the address of mail.net-it.com could not be found out");
    build_trouble(b, reads, "connect", "the MX of net-it.com could not be found out");
    told("dns.unreachable");
    assert_string_equal(b->verdict->findings[0]->scope, "net-it.com");
    assert_int_equal(b->verdict->findings[0]->flow_count, 2);
}

static void a_resolver_that_answers_nothing_is_the_cause_for_all_zones(void **state)
{
    (void)state;
    struct mf_flow *sends = build_flow(b, "Outbound", "alice", "probe"), *app = build_flow(b, "crm", "crm", "alice");
    record("mail.net-it.com", MF_DNS_A, MF_DNS_TIMEOUT);
    record("relay.hes.trendmicro.com", MF_DNS_A, MF_DNS_TIMEOUT);
    build_trouble(b, sends, "connect", "no address");
    build_trouble(b, app, "connect", "no address");
    told("dns.resolver-down");
}

static void a_name_that_does_not_exist_is_told_by_itself(void **state)
{
    (void)state;
    struct mf_flow *sends = build_flow(b, "Outbound", "alice", "probe");
    record("mail.net-it.com", MF_DNS_A, MF_DNS_NXDOMAIN);
    build_trouble(b, sends, "connect", "no address");
    told("dns.no-address");
}

static void a_gateway_that_is_down_explains_what_was_to_pass_it(void **state)
{
    (void)state;
    struct mf_flow *app = build_flow(b, "crm", "crm", "alice"), *outbound = build_flow(b, "Outbound", "alice", "probe");
    struct mf_flow *copy = build_again(b, "Copy of outbound", outbound, "alice secondary");
    build_trouble(b, app, "connect", "connection refused");
    build_accept(b, outbound, NULL);
    told("server.down");
    assert_int_equal(b->verdict->findings[0]->outcome, MF_FAIL); /* accepted and not seen stays a failure */
    assert_int_equal(b->verdict->findings[0]->flow_count, 3);
    assert_int_equal(build_outcome(b, app), MF_ERROR);
    assert_int_equal(build_outcome(b, copy), MF_FAIL);
}

static void a_server_that_is_down_explains_nothing_that_does_not_pass_it(void **state)
{
    (void)state;
    struct mf_flow *app = build_flow(b, "crm", "crm", "alice"), *internal = build_flow(b, "Internal", "alice", "bob");
    build_trouble(b, app, "connect", "connection refused");
    build_accept(b, internal, NULL);
    told("copy.missing, server.down");
}

static void mail_that_never_came_explains_its_missing_copy(void **state)
{
    (void)state;
    struct mf_flow *inbound = build_flow(b, "Inbound", "probe", "alice");
    build_again(b, "Copy", inbound, "alice secondary");
    build_accept(b, inbound, NULL);
    told("copy.missing");
    assert_int_equal(b->verdict->findings[0]->flow_count, 2);
}

static void two_mailboxes_of_one_message_do_not_explain_each_other(void **state)
{
    (void)state;
    struct mf_flow *inbound = build_flow(b, "Inbound", "probe", "alice");
    build_expect(b, inbound, MF_EXPECT_AT, "probe");
    build_accept(b, inbound, NULL);
    told("copy.missing, copy.missing");
}

static void a_server_where_nobodys_mail_arrives_is_told_once(void **state)
{
    (void)state;
    struct mf_flow *one = build_flow(b, "To alice", "probe", "alice"), *two = build_flow(b, "To bob", "probe", "bob");
    build_accept(b, one, NULL);
    build_accept(b, two, NULL);
    told("copy.missing");
    assert_string_equal(b->verdict->findings[0]->scope, "primary");
    build_copy(b, two, "bob primary", "INBOX", NULL);
    told("copy.missing");
    assert_string_equal(b->verdict->findings[0]->scope, "alice primary");
}

static const char bounce[] =
    "From: MAILER-DAEMON@x\r\nTo: probe@example.org\r\nSubject: Undelivered\r\nMIME-Version: 1.0\r\n"
    "Content-Type: multipart/report; report-type=delivery-status; boundary=\"x\"\r\n\r\n--x\r\nContent-Type: "
    "message/delivery-status\r\n\r\n"
    "Reporting-MTA: dns; in.hes.trendmicro.com\r\n\r\nFinal-Recipient: rfc822; alice@net-it.com\r\nAction: "
    "failed\r\nStatus: %s\r\n"
    "Diagnostic-Code: smtp; 550 no\r\n\r\n--x--\r\n";

static void a_bounce_about_the_address_explains_all_that_is_missing_there(void **state)
{
    static const struct {
        const char *status, *told;
    } cases[] = {{"5.1.1", "mail.bounced"}, {"5.6.0", "mail.bounced, copy.missing"}};
    for (size_t i = 0; i < 2; i++) {
        open_world(state);
        struct mf_flow *inbound = build_flow(b, "Inbound", "probe", "alice"),
                       *app = build_flow(b, "crm", "crm", "alice");
        build_accept(b, inbound, NULL);
        build_accept(b, app, NULL);
        build_copy(b, inbound, "probe", "INBOX", mf_format(b->arena, bounce, cases[i].status));
        told(cases[i].told);
        close_world(state);
    }
}

static const char *round_and_round(const struct mf_flow *flow)
{
    static const char *const hosts[] = {"continuity.net-it.com", "in.hes.trendmicro.com", "mail.net-it.com",
                                        "in.hes.trendmicro.com", "mail.net-it.com",       "in.hes.trendmicro.com"};
    const char *front = "";
    for (size_t i = 0; i < 6; i++)
        front = mf_format(
            b->arena, "%sReceived: from x (x [192.0.2.9]) by %s with ESMTP id %zu; Mon, 23 Nov 2026 02:31:41 +0000\r\n",
            front, hosts[i], i);
    return build_received(b, flow, front, "");
}

static void a_circle_explains_what_is_missing_and_what_is_there_too_often(void **state)
{
    (void)state;
    struct mf_flow *inbound = build_flow(b, "Inbound", "probe", "alice");
    build_again(b, "Copy", inbound, "alice secondary");
    build_accept(b, inbound, NULL);
    build_copy(b, inbound, "alice secondary", "INBOX", round_and_round(inbound));
    build_copy(b, inbound, "alice secondary", "INBOX", round_and_round(inbound));
    build_copy(b, inbound, "probe", "INBOX", mf_format(b->arena, bounce, "5.4.6"));
    told("path.loop");
    assert_string_equal(b->verdict->findings[0]->scope, "in.hes.trendmicro.com, mail.net-it.com");
    assert_int_equal(b->verdict->findings[0]->flow_count, 2);
}

static void mail_that_leaves_and_comes_back_is_no_circle(void **state)
{
    (void)state;
    struct mf_flow *internal = build_flow(b, "Internal", "alice", "bob");
    build_accept(b, internal, NULL);
    build_copy(b, internal, "bob primary", "INBOX",
               build_received(b, internal,
                              "Received: from in.hes.trendmicro.com (in.hes.trendmicro.com [198.51.100.10]) by "
                              "mail.net-it.com with ESMTP id 3; Mon, 23 Nov 2026 02:31:41 +0000\r\n"
                              "Received: from localhost (localhost [127.0.0.1]) by in.hes.trendmicro.com with ESMTP id "
                              "2; Mon, 23 Nov 2026 02:31:41 +0000\r\n"
                              "Received: from mail.net-it.com (mail.net-it.com [192.0.2.20]) by in.hes.trendmicro.com "
                              "with ESMTP id 2; Mon, 23 Nov 2026 02:31:41 +0000\r\n"
                              "Received: from client (client [192.0.2.1]) by mail.net-it.com with ESMTPSA id 1; Mon, "
                              "23 Nov 2026 02:31:41 +0000\r\n",
                              ""));
    told("");
}

static void a_delay_of_the_mail_explains_the_delay_of_its_copy(void **state)
{
    (void)state;
    struct mf_flow *inbound = build_flow(b, "Inbound", "probe", "alice");
    build_again(b, "Copy", inbound, "alice secondary");
    build_accept(b, inbound, NULL);
    build_copy(b, inbound, "alice primary", "INBOX", NULL)->at = BUILD_START + 4 * MF_SECOND;
    build_copy(b, inbound, "alice secondary", "INBOX", NULL)->at = BUILD_START + 5 * MF_SECOND;
    told("");
    assert_int_equal(b->verdict->warnings, 1);
    assert_string_equal(b->verdict->findings[0]->scope, "alice primary");
}

static void an_applications_mail_that_vanishes_is_told_with_what_spf_would_say(void **state)
{
    (void)state;
    struct mf_flow *app = build_flow(b, "crm to inside", "crm", "alice");
    const char *record_text = "v=spf1 ip4:198.51.100.11 -all";
    answer_txt(b->evidence->dns, "net-it.com", &record_text, 1);
    build_accept(b, app, NULL);
    ((struct mf_rec_sent *)b->evidence->flows[app->index].attempts[0].sent)->peer = "198.51.100.11:25";
    told("spf.fail-predicted");
    assert_non_null(strstr(b->verdict->findings[0]->why, "192.0.2.41"));
    record_text = "v=spf1 ip4:192.0.2.41 -all";
    answer_txt(b->evidence->dns, "net-it.com", &record_text, 1);
    told("copy.missing");
}

static void a_clock_that_is_wrong_is_told_and_never_a_failure(void **state)
{
    (void)state;
    struct mf_flow *inbound = build_flow(b, "Inbound", "probe", "alice");
    build_accept(b, inbound, NULL);
    build_copy(b, inbound, "alice primary", "INBOX",
               build_received(b, inbound,
                              "Received: from x (x [192.0.2.9]) by in.hes.trendmicro.com with ESMTP id 2; Mon, 23 Nov "
                              "2026 02:31:41 +0530\r\n",
                              ""));
    told("");
    const struct mf_finding *finding = build_finding(b, "path.clock-skew");
    assert_non_null(finding);
    assert_string_equal(finding->scope, "gateway");
    assert_non_null(strstr(finding->why, "time zone"));
}

static void a_wrapped_copy_is_told_as_that_and_nothing_else(void **state)
{
    (void)state;
    struct mf_flow *inbound = build_flow(b, "Inbound", "probe", "alice");
    struct mf_flow *copy = build_again(b, "Copy", inbound, "alice secondary");
    build_accept(b, inbound, NULL);
    build_copy(b, inbound, "alice primary", "INBOX", NULL);
    build_copy(
        b, inbound, "alice secondary", "INBOX",
        mf_format(
            b->arena,
            "From: journal@net-it.com\r\nTo: x\r\nSubject: report\r\nMessage-ID: <report@x>\r\nMIME-Version: 1.0\r\n"
            "Content-Type: multipart/mixed; boundary=\"j\"\r\n\r\n--j\r\nContent-Type: text/plain\r\n\r\nSender: "
            "probe\r\n"
            "--j\r\nContent-Type: message/rfc822\r\n\r\n%s\r\n--j--\r\n",
            build_message(b, inbound)));
    told("copy.wrapped");
    assert_string_equal(build_detail(b, copy), "wrapped in a report");
}

static void ten_hits_of_one_cause_are_one_finding_with_ten_flows(void **state)
{
    (void)state;
    for (int i = 0; i < 10; i++)
        build_refuse(b, build_flow(b, mf_format(b->arena, "Mail %d", i), "crm", "alice"), "RCPT", 554, "5.7.1",
                     "Access denied");
    told("relay.denied");
    assert_int_equal(b->verdict->findings[0]->flow_count, 10);
    assert_int_equal(b->verdict->failed, 10);
}

static const char *with_from(const struct mf_flow *flow, const char *address)
{
    return mf_format(b->arena,
                     "%sFrom: %s\r\nTo: probe@example.org\r\nSubject: %s\r\nDate: Mon, 23 Nov 2026 02:31:41 +0000\r\n"
                     "Message-ID: <mf.run.%s.1@net-it.com>\r\n\r\nHello\r\n",
                     build_through_gateway, address, flow->name, flow->id);
}

static void a_senders_domain_that_is_rewritten_explains_what_is_judged_by_it(void **state)
{
    (void)state;
    struct mf_flow *flow = build_flow(b, "Outbound", "alice", "probe");
    struct mf_flow *copy = build_again(b, "Copy", flow, "alice secondary");
    build_accept(b, flow, NULL);
    build_copy(b, flow, "probe", "INBOX", with_from(flow, "alice@mail.net-it.com"));
    build_judge(b);
    const struct mf_finding *finding = build_finding(b, "content.sender-rewritten");
    assert_non_null(finding);
    assert_string_equal(finding->scope, "net-it.com → mail.net-it.com");
    assert_true(build_hits(finding, copy));
    assert_null(build_finding(b, "dkim.unsigned"));
    assert_null(build_finding(b, "copy.outbound-missing"));
}

static const char tagged[] =
    "From: %s\r\nTo: alice@net-it.com\r\nSubject: [ext] %s\r\nDate: Mon, 23 Nov 2026 02:31:41 +0000\r\n"
    "Message-ID: <mf.run.%s.1@net-it.com>\r\n\r\nHello\r\n";
static const char at_gateway[] =
    "Received: from probe.example.org (probe.example.org [203.0.113.11]) by in.hes.trendmicro.com with ESMTP id 1; Mon, "
    "23 Nov 2026 02:31:41 +0000\r\n";
static const char to_primary[] =
    "Received: from in.hes.trendmicro.com (in.hes.trendmicro.com [198.51.100.10]) by mail.net-it.com with ESMTP id 2; Mon, "
    "23 Nov 2026 02:31:41 +0000\r\n";
static const char to_secondary[] =
    "Received: from in.hes.trendmicro.com (in.hes.trendmicro.com [198.51.100.10]) by continuity.net-it.com with ESMTP id 3; "
    "Mon, 23 Nov 2026 02:31:41 +0000\r\n";

/* The hop that changed it follows from which copies have the change. */
static void who_changed_it_is_told_by_the_copies_that_have_the_change(void **state)
{
    static const struct {
        const char *what;
        bool copy_has_it;
        const char *words;
    } cases[] = {
        {"both have it: before they parted", true, "it was changed by in.hes.trendmicro.com, which both passed"},
        {"the copy is as sent: behind the hop where they parted", false,
         "it was changed behind that, by in.hes.trendmicro.com or mail.net-it.com"},
    };
    for (size_t i = 0; i < 2; i++) {
        open_world(state);
        struct mf_flow *flow = build_flow(b, "Inbound", "probe", "alice");
        build_again(b, "Copy", flow, "alice secondary");
        build_accept(b, flow, NULL);
        const char *with_tag = mf_format(b->arena, tagged, "probe@example.org", flow->name, flow->id);
        build_copy(b, flow, "alice primary", "INBOX", mf_format(b->arena, "%s%s%s", to_primary, at_gateway, with_tag));
        build_copy(b, flow, "alice secondary", "INBOX",
                   cases[i].copy_has_it
                       ? mf_format(b->arena, "%s%s%s", to_secondary, at_gateway, with_tag)
                       : build_received(b, flow, mf_format(b->arena, "%s%s", to_secondary, at_gateway), ""));
        build_judge(b);
        const struct mf_finding *finding = build_finding(b, "content.subject-changed");
        if (!finding || !strstr(finding->why, cases[i].words))
            fail_msg("%s: %s", cases[i].what, finding ? finding->why : "not told");
        close_world(state);
    }
}

static void a_local_part_that_is_rewritten_explains_no_missing_signature(void **state)
{
    (void)state;
    struct mf_flow *flow = build_flow(b, "Outbound", "alice", "probe");
    build_accept(b, flow, NULL);
    build_copy(b, flow, "probe", "INBOX", with_from(flow, "a.l.ice@net-it.com"));
    build_judge(b);
    assert_non_null(build_finding(b, "content.header-changed"));
    assert_non_null(build_finding(b, "dkim.unsigned"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)
int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(certificates_are_told_apart_by_what_is_wrong_with_them),
        TEST(one_certificate_stops_sending_and_reading_and_is_told_once),
        TEST(a_server_that_fails_after_every_login_is_one_cause),
        TEST(one_mailbox_that_fails_says_nothing_of_the_server),
        TEST(a_zone_that_can_not_be_looked_up_is_one_cause_for_all_its_names),
        TEST(a_resolver_that_answers_nothing_is_the_cause_for_all_zones),
        TEST(a_name_that_does_not_exist_is_told_by_itself),
        TEST(a_gateway_that_is_down_explains_what_was_to_pass_it),
        TEST(a_server_that_is_down_explains_nothing_that_does_not_pass_it),
        TEST(mail_that_never_came_explains_its_missing_copy),
        TEST(two_mailboxes_of_one_message_do_not_explain_each_other),
        TEST(a_server_where_nobodys_mail_arrives_is_told_once),
        cmocka_unit_test(a_bounce_about_the_address_explains_all_that_is_missing_there),
        TEST(a_circle_explains_what_is_missing_and_what_is_there_too_often),
        TEST(mail_that_leaves_and_comes_back_is_no_circle),
        TEST(a_delay_of_the_mail_explains_the_delay_of_its_copy),
        TEST(an_applications_mail_that_vanishes_is_told_with_what_spf_would_say),
        TEST(a_clock_that_is_wrong_is_told_and_never_a_failure),
        TEST(a_wrapped_copy_is_told_as_that_and_nothing_else),
        TEST(a_senders_domain_that_is_rewritten_explains_what_is_judged_by_it),
        cmocka_unit_test(who_changed_it_is_told_by_the_copies_that_have_the_change),
        TEST(a_local_part_that_is_rewritten_explains_no_missing_signature),
        TEST(ten_hits_of_one_cause_are_one_finding_with_ten_flows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
