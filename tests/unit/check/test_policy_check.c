/* SPF and DMARC of mail to the outside: judged for the address that the border saw, each cause once. */
#include "unit/test.h"

#include "build.h"

static struct signing_key *key;
static struct build *b;
static struct mf_flow *flow;

static int make_key(void **state)
{
    (void)state;
    key = signing_key_rsa(2048);
    return 0;
}

static int free_key(void **state)
{
    (void)state;
    signing_key_free(&key);
    return 0;
}

static void answer(const char *name, const char *text)
{
    if (text)
        answer_txt(b->evidence->dns, name, &text, 1);
    else
        answer_status(b->evidence->dns, name, MF_DNS_TXT, MF_DNS_NXDOMAIN);
}

static int open_world(void **state)
{
    (void)state;
    b = build_new();
    b->signer = key;
    build_publish(b, key);
    flow = build_flow(b, "Outbound mail", "alice", "probe");
    flow->expects[0].spf.want = flow->expects[0].dmarc.want = MF_AUTH_RESULT;
    answer("net-it.com", "v=spf1 ip4:198.51.100.11 -all");
    answer("_dmarc.net-it.com", "v=DMARC1; p=none; rua=mailto:d@net-it.com");
    answer("_dmarc.com", NULL);
    answer_status(b->evidence->dns, "example.org", MF_DNS_MX, MF_DNS_NODATA);
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
    if (build_outcome(b, flow) != outcome || !mf_same(told, finding) || b->verdict->finding_count > 1)
        fail_msg("%s, %zu findings, %s", mf_outcome_name(build_outcome(b, flow)), b->verdict->finding_count,
                 told ? b->verdict->findings[0]->why : "nothing told");
}

static void arrived_signed(void)
{
    build_copy(b, flow, "probe", "INBOX", build_signed(b, flow, build_through_gateway, ""));
}

static void all_three_pass_and_are_told_in_the_row(void **state)
{
    (void)state;
    arrived_signed();
    judged(MF_PASS, NULL);
    assert_string_equal(build_detail(b, flow), "DKIM, SPF, DMARC");
    assert_false(b->verdict->need_dns);
}

static void each_result_of_spf_is_told_by_its_finding(void **state)
{
    static const struct {
        const char *record, *finding;
    } cases[] = {
        {"v=spf1 ip4:192.0.2.1 -all", "spf.fail"},    {"v=spf1 ip4:192.0.2.1 ~all", "spf.softfail"},
        {"v=spf1 ip4:192.0.2.1 ?all", "spf.neutral"}, {"v=spf1 ip4:192.0.2.1", "spf.neutral"},
        {"v=spf1 nonsense:x -all", "spf.permerror"},  {"no spf here", "spf.none"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        open_world(state);
        answer("net-it.com", cases[i].record);
        arrived_signed();
        judged(MF_FAIL, cases[i].finding);
        close_world(state);
    }
}

static void the_fix_names_the_address_to_add(void **state)
{
    (void)state;
    answer("net-it.com", "v=spf1 ip4:192.0.2.1 -all");
    arrived_signed();
    judged(MF_FAIL, "spf.fail");
    assert_non_null(strstr(build_finding(b, "spf.fail")->fix, "198.51.100.11"));
}

static void neither_spf_nor_dkim_is_two_causes_and_dmarc_is_none(void **state)
{
    (void)state;
    answer("net-it.com", "v=spf1 ip4:192.0.2.1 -all");
    build_copy(b, flow, "probe", "INBOX", build_received(b, flow, build_through_gateway, ""));
    build_judge(b);
    assert_int_equal(b->verdict->finding_count, 2);
    assert_true(build_finding(b, "spf.fail") && build_finding(b, "dkim.unsigned"));
}

static void dmarc_alone_fails_where_both_pass_for_strangers(void **state)
{
    (void)state;
    flow->mail_from = "bounce@lists.example";
    flow->expects[0].dkim.want = MF_AUTH_NOT_JUDGED;
    answer("lists.example", "v=spf1 ip4:198.51.100.11 -all");
    answer("_dmarc.lists.example", NULL);
    answer("_dmarc.example", NULL);
    build_copy(b, flow, "probe", "INBOX", build_received(b, flow, build_through_gateway, ""));
    judged(MF_FAIL, "dmarc.fail");
}

static void no_dmarc_record_is_told(void **state)
{
    (void)state;
    answer("_dmarc.net-it.com", NULL);
    arrived_signed();
    judged(MF_FAIL, "dmarc.none");
}

static void what_dns_did_not_say_yet_is_asked_for_and_not_known(void **state)
{
    (void)state;
    answer("net-it.com", "v=spf1 include:spf.example.net -all");
    arrived_signed();
    build_judge(b);
    assert_true(b->verdict->need_dns);
    assert_int_equal(build_outcome(b, flow), MF_ERROR);
    answer("spf.example.net", "v=spf1 ip4:198.51.100.11 -all");
    judged(MF_PASS, NULL);
}

static void without_the_borders_word_on_the_address_nothing_is_judged(void **state)
{
    (void)state;
    build_copy(b, flow, "probe", "INBOX",
               build_signed(b, flow,
                            "Received: from mail.net-it.com (mail.net-it.com [192.0.2.20]) by relay.hes.trendmicro.com "
                            "with ESMTPS id 2; Mon, 23 Nov 2026 02:31:41 +0000\r\n",
                            ""));
    judged(MF_PASS, "spf.not-seen");
    assert_string_equal(build_detail(b, flow), "DKIM, DMARC");
}

static void a_second_mx_that_handed_it_on_is_the_border(void **state)
{
    (void)state;
    struct mf_dns_record mx[] = {
        {.type = MF_DNS_MX, .name = "example.org", .host = "mx.example.org", .preference = 10},
        {.type = MF_DNS_MX, .name = "example.org", .host = "mx2.example.org", .preference = 20}};
    struct mf_dns_answer both = {
        .name = "example.org", .type = MF_DNS_MX, .status = MF_DNS_OK, .records = mx, .count = 2, .server = "test"};
    mf_dns_record_answer(b->evidence->dns, &both);
    build_copy(b, flow, "probe", "INBOX",
               build_signed(b, flow,
                            "Received: from mx2.example.org (mx2.example.org [203.0.113.11]) by mx.example.org with "
                            "ESMTP id 4; Mon, 23 Nov 2026 02:31:42 +0000\r\n"
                            "Received: from relay.hes.trendmicro.com (relay.hes.trendmicro.com [198.51.100.11]) by "
                            "mx2.example.org with ESMTP id 3; Mon, 23 Nov 2026 02:31:42 +0000\r\n",
                            ""));
    flow->expects[0].through_count = 0;
    judged(MF_PASS, NULL);
    assert_string_equal(build_detail(b, flow), "DKIM, SPF, DMARC");
}

static void the_return_path_is_the_sender_that_counts(void **state)
{
    (void)state;
    answer("other.example", "v=spf1 -all");
    build_copy(
        b, flow, "probe", "INBOX",
        build_signed(b, flow, mf_format(b->arena, "Return-Path: <x@other.example>\r\n%s", build_through_gateway), ""));
    build_judge(b);
    assert_int_equal(build_outcome(b, flow), MF_FAIL);
    assert_non_null(build_finding(b, "spf.fail"));
    assert_int_equal(build_finding(b, "path.sender-changed")->outcome, MF_PASS); /* said besides, as a warning */
    assert_int_equal(b->verdict->finding_count, 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(all_three_pass_and_are_told_in_the_row),
        cmocka_unit_test(each_result_of_spf_is_told_by_its_finding),
        TEST(the_fix_names_the_address_to_add),
        TEST(neither_spf_nor_dkim_is_two_causes_and_dmarc_is_none),
        TEST(dmarc_alone_fails_where_both_pass_for_strangers),
        TEST(no_dmarc_record_is_told),
        TEST(what_dns_did_not_say_yet_is_asked_for_and_not_known),
        TEST(without_the_borders_word_on_the_address_nothing_is_judged),
        TEST(a_second_mx_that_handed_it_on_is_the_border),
        TEST(the_return_path_is_the_sender_that_counts),
    };
    return cmocka_run_group_tests(tests, make_key, free_key) ? 1 : 0;
}
