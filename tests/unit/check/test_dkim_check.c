/* DKIM as a kind of mail should have it: expectations, notes, and whom to believe. */
#include "unit/test.h"

#include "build.h"

static struct signing_key *key, *short_key;
static struct build *b;
static struct mf_flow *flow;

static int make_keys(void **state)
{
    (void)state;
    key = signing_key_rsa(2048);
    short_key = signing_key_rsa(1024);
    return 0;
}

static int free_keys(void **state)
{
    (void)state;
    signing_key_free(&key);
    signing_key_free(&short_key);
    return 0;
}

static int open_world(void **state)
{
    (void)state;
    b = build_new();
    build_publish(b, key);
    flow = build_flow(b, "Outbound mail", "alice", "probe");
    build_accept(b, flow, NULL);
    return 0;
}

static int close_world(void **state)
{
    (void)state;
    build_free(&b);
    return 0;
}

static struct signing usual(void)
{
    return (struct signing){.key = key,
                            .domain = "net-it.com",
                            .selector = BUILD_SELECTOR,
                            .limit = -1,
                            .names = "From:To:Subject:Date:Message-ID"};
}

static const char *signed_so(const struct signing *how, const char *front)
{
    struct mf_bytes made = sign_message(b->arena, mf_bytes_of(build_message(b, flow)), how);
    return mf_format(b->arena, "%s%s%.*s", build_through_gateway, front, (int)made.len, made.data);
}

static void arrived(const char *message)
{
    build_copy(b, flow, "probe", "INBOX", message);
    build_judge(b);
}

static void judged(enum mf_outcome outcome, const char *finding)
{
    const char *told = b->verdict->finding_count ? b->verdict->findings[0]->kind->id : NULL;
    if (build_outcome(b, flow) != outcome || !mf_same(told, finding))
        fail_msg("%s, %s", mf_outcome_name(build_outcome(b, flow)),
                 told ? b->verdict->findings[0]->why : "nothing told");
}

static void what_a_good_signature_does_not_cover_is_a_warning(void **state)
{
    static const struct {
        const char *what;
        long long limit;
        const char *names;
        bool small, test;
        const char *finding;
    } cases[] = {
        {"everything", -1, "From:To:Subject:Date:Message-ID", false, false, NULL},
        {"l=", 10, "From:To:Subject:Date:Message-ID", false, false, "dkim.partial-body"},
        {"l= of the whole body", 31, "From:To:Subject:Date:Message-ID", false, false, "dkim.partial-body"},
        {"a short h=", -1, "From:To:Date", false, false, "dkim.few-headers"},
        {"1024 bits", -1, "From:To:Subject:Date:Message-ID", true, false, "dkim.short-key"},
        {"t=y", -1, "From:To:Subject:Date:Message-ID", false, true, "dkim.test-mode"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        open_world(state);
        struct signing how = usual();
        how.limit = cases[i].limit;
        how.names = cases[i].names;
        how.key = cases[i].small ? short_key : key;
        const char *record = signing_key_record(b->arena, how.key);
        if (cases[i].test)
            record = mf_format(b->arena, "%s; t=y", record);
        answer_txt(b->evidence->dns, BUILD_KEY_NAME, &record, 1);
        arrived(signed_so(&how, ""));
        judged(MF_PASS, cases[i].finding);
        assert_int_equal(b->verdict->warnings, cases[i].finding ? 1 : 0);
        close_world(state);
    }
}

/* t= a minute before it arrives, x= so much later */
static void a_signature_that_ends_soon_is_a_warning(void **state)
{
    static const struct {
        long long lasts;
        bool told;
    } cases[] = {{1, true}, {3600, true}, {86399, true}, {7 * 86400, false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        open_world(state);
        struct signing how = usual();
        long long at = BUILD_START / MF_SECOND;
        how.more = mf_format(b->arena, "t=%lld; x=%lld; ", at, at + cases[i].lasts);
        arrived(signed_so(&how, ""));
        judged(MF_PASS, cases[i].told ? "dkim.expires-soon" : NULL);
        close_world(state);
    }
}

static void a_second_signature_that_fails_is_a_warning(void **state)
{
    (void)state;
    struct signing how = usual(), old = usual();
    old.selector = "old2017";
    answer_status(b->evidence->dns, "old2017._domainkey.net-it.com", MF_DNS_TXT, MF_DNS_NXDOMAIN);
    answer_status(b->evidence->dns, "old2017._domainkey.net-it.com.net-it.com", MF_DNS_TXT, MF_DNS_NXDOMAIN);
    struct mf_bytes once = sign_message(b->arena, mf_bytes_of(build_message(b, flow)), &how);
    struct mf_bytes twice = sign_message(b->arena, once, &old);
    arrived(mf_format(b->arena, "%s%.*s", build_through_gateway, (int)twice.len, twice.data));
    judged(MF_PASS, "dkim.second-fails");
    assert_non_null(strstr(b->verdict->findings[0]->why, "s=old2017 d=net-it.com"));
    assert_non_null(strstr(b->verdict->findings[0]->fix, "old2017"));
}

static void a_partial_body_is_a_failure_where_the_scenario_says_so(void **state)
{
    (void)state;
    struct signing how = usual();
    how.limit = 10;
    build_rule(b, flow, "dkim.partial-body", MF_SEVERITY_FAIL);
    arrived(signed_so(&how, ""));
    judged(MF_FAIL, "dkim.partial-body");
}

static void a_signature_of_a_stranger_does_not_count(void **state)
{
    (void)state;
    struct signing how = usual();
    how.domain = "provider.example";
    const char *record = signing_key_record(b->arena, key);
    answer_txt(b->evidence->dns, BUILD_SELECTOR "._domainkey.provider.example", &record, 1);
    arrived(signed_so(&how, ""));
    judged(MF_FAIL, "dkim.unaligned");
}

static void a_selector_that_is_expected_must_be_the_one(void **state)
{
    (void)state;
    struct signing how = usual();
    flow->expects[0].dkim.selector = BUILD_SELECTOR;
    arrived(signed_so(&how, ""));
    judged(MF_PASS, NULL);
    flow->expects[0].dkim.selector = "another";
    build_judge(b);
    judged(MF_FAIL, "dkim.other-signer");
}

static void another_result_may_be_expected(void **state)
{
    (void)state;
    flow->expects[0].dkim.result = "none";
    arrived(build_received(b, flow, build_through_gateway, ""));
    judged(MF_PASS, NULL);
    flow->expects[0].dkim.result = "fail";
    build_judge(b);
    judged(MF_FAIL, "dkim.other-result");
}

static void a_key_that_was_not_looked_up_is_asked_for_and_not_known(void **state)
{
    (void)state;
    struct signing how = usual();
    how.selector = "fresh";
    arrived(signed_so(&how, ""));
    assert_true(b->facts->need_dns && b->verdict->need_dns);
    judged(MF_ERROR, "dkim.key-unreachable");
}

static void the_key_that_the_panel_misplaced_is_told_with_its_fix(void **state)
{
    (void)state;
    struct signing how = usual();
    how.selector = "s1";
    const char *record = signing_key_record(b->arena, key);
    answer_status(b->evidence->dns, "s1._domainkey.net-it.com", MF_DNS_TXT, MF_DNS_NXDOMAIN);
    answer_txt(b->evidence->dns, "s1._domainkey.net-it.com.net-it.com", &record, 1);
    arrived(signed_so(&how, ""));
    judged(MF_FAIL, "dkim.key-missing");
    assert_non_null(strstr(b->verdict->findings[0]->fix, "\"s1._domainkey\" only"));
}

/* above: written by the border; below: came with the mail. */
static const char *rewritten(const char *above, const char *below)
{
    struct signing how = usual();
    const char *message = signed_so(&how, below);
    return mf_format(b->arena, "%s%srebuilt by the store\r\n", above, message);
}

static void where_the_store_rewrites_the_border_is_believed(void **state)
{
    static const struct {
        const char *above, *below;
        bool believed;
    } cases[] = {
        {"Authentication-Results: mx.example.org; dkim=pass header.d=net-it.com\r\n", "", true},
        {"Authentication-Results: mx.example.org; dkim=fail header.d=net-it.com\r\n", "", false},
        {"Authentication-Results: forged.example; dkim=pass header.d=net-it.com\r\n", "", false},
        {"Authentication-Results: mx.example.org; dkim=pass header.d=other.example\r\n", "", false},
        {"Authentication-Results: mx.example.org; none\r\n",
         "Authentication-Results: mx.example.org; dkim=pass header.d=net-it.com\r\n", false},
        {"", "Authentication-Results: mx.example.org; dkim=pass header.d=net-it.com\r\n", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        open_world(state);
        struct mf_matcher any = {.kind = MF_MATCH_REGEX, .text = "."};
        flow->expects[0].text = &any;
        arrived(rewritten(cases[i].above, cases[i].below));
        judged(cases[i].believed ? MF_PASS : MF_FAIL,
               cases[i].believed ? "dkim.unverifiable-here" : "dkim.body-changed");
        close_world(state);
    }
}

static void what_was_signed_at_sending_still_verifies_inbound(void **state)
{
    (void)state;
    struct mf_flow *inbound = build_flow(b, "Inbound", "probe", "alice");
    struct signing how = {.key = key, .domain = "example.org", .selector = "x", .limit = -1};
    const char *record = signing_key_record(b->arena, key);
    answer_txt(b->evidence->dns, "x._domainkey.example.org", &record, 1);
    struct mf_bytes sent = sign_message(b->arena, mf_bytes_of(build_message(b, inbound)), &how);
    const char *text = mf_format(b->arena, "%.*s", (int)sent.len, sent.data), *field_end = strstr(text, "From: ");
    build_accept(b, inbound, text);
    build_copy(b, inbound, "alice primary", "INBOX", mf_format(b->arena, "%s%s", build_through_gateway, text));
    build_judge(b);
    assert_int_equal(build_outcome(b, inbound), MF_PASS);
    b->evidence->flows[inbound->index].arrival_count = 0;
    build_copy(b, inbound, "alice primary", "INBOX", mf_format(b->arena, "%s%s", build_through_gateway, field_end))
        ->hash = "without";
    build_judge(b);
    assert_int_equal(build_outcome(b, inbound), MF_FAIL);
    assert_non_null(build_finding(b, "dkim.removed"));
}

static void inbound_mail_without_any_signature_is_all_right(void **state)
{
    (void)state;
    struct mf_flow *inbound = build_flow(b, "Inbound", "probe", "alice");
    build_accept(b, inbound, NULL);
    build_copy(b, inbound, "alice primary", "INBOX", NULL);
    build_judge(b);
    assert_int_equal(build_outcome(b, inbound), MF_PASS);
    assert_int_equal(b->verdict->flows[inbound->index].finding_count, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)
int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_good_signature_does_not_cover_is_a_warning),
        cmocka_unit_test(a_signature_that_ends_soon_is_a_warning),
        TEST(a_second_signature_that_fails_is_a_warning),
        TEST(a_partial_body_is_a_failure_where_the_scenario_says_so),
        TEST(a_signature_of_a_stranger_does_not_count),
        TEST(a_selector_that_is_expected_must_be_the_one),
        TEST(another_result_may_be_expected),
        TEST(a_key_that_was_not_looked_up_is_asked_for_and_not_known),
        TEST(the_key_that_the_panel_misplaced_is_told_with_its_fix),
        cmocka_unit_test(where_the_store_rewrites_the_border_is_believed),
        TEST(what_was_signed_at_sending_still_verifies_inbound),
        TEST(inbound_mail_without_any_signature_is_all_right),
    };
    return cmocka_run_group_tests(tests, make_keys, free_keys) ? 1 : 0;
}
