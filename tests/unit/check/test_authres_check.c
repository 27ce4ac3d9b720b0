/* The border's own results held against ours; results forged in its name; ARC where it is asked for. */
#include "unit/test.h"

#include "build.h"

static struct signing_key *key;
static struct build *b;
static struct mf_flow *flow;

static int make_keys(void **state)
{
    (void)state;
    key = signing_key_rsa(2048);
    return 0;
}

static int free_keys(void **state)
{
    (void)state;
    signing_key_free(&key);
    return 0;
}

static int open_world(void **state)
{
    (void)state;
    b = build_new();
    b->signer = key;
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

/* What 198.51.100.11, the client that mx.example.org names, may do by SPF. */
static void publish_spf(const char *record)
{
    answer_txt(b->evidence->dns, "net-it.com", &record, 1);
}

static void arrived(const char *front, const char *behind)
{
    build_copy(b, flow, "probe", "INBOX", build_signed(b, flow, front, behind));
    build_judge(b);
}

/* All warnings and failures about the border's word: their ids, one after the other. */
static const char *told(void)
{
    const char *all = "";
    for (size_t i = 0; i < b->verdict->finding_count; i++)
        all = mf_format(b->arena, "%s%s%s", all, *all ? ", " : "", b->verdict->findings[i]->kind->id);
    return all;
}

#define OURS "Authentication-Results: mx.example.org; "
#define KEY_OF "header.d=net-it.com header.s=" BUILD_SELECTOR

static void the_borders_results_are_held_against_ours(void **state)
{
    static const struct {
        const char *name, *above, *spf, *told;
    } cases[] = {
        {"nothing is said", "", "v=spf1 ip4:198.51.100.11 -all", ""},
        {"agreement", OURS "dkim=pass " KEY_OF "; spf=pass smtp.mailfrom=net-it.com\r\n",
         "v=spf1 ip4:198.51.100.11 -all", ""},
        {"not known there", OURS "dkim=temperror " KEY_OF "; spf=temperror smtp.mailfrom=net-it.com\r\n",
         "v=spf1 ip4:198.51.100.11 -all", ""},
        {"DKIM seen otherwise", OURS "dkim=fail (bad signature) " KEY_OF "\r\n", "v=spf1 ip4:198.51.100.11 -all",
         "auth.disagrees"},
        {"SPF seen otherwise", OURS "spf=fail smtp.mailfrom=net-it.com\r\n", "v=spf1 ip4:198.51.100.11 -all",
         "auth.disagrees"},
        {"SPF passes only there", OURS "spf=pass smtp.mailfrom=net-it.com\r\n", "v=spf1 -all", "auth.disagrees"},
        {"another signature is meant", OURS "dkim=fail header.d=other.example\r\n", "v=spf1 ip4:198.51.100.11 -all",
         ""},
        {"somebody else's word", "Authentication-Results: other.example; dkim=fail " KEY_OF "\r\n",
         "v=spf1 ip4:198.51.100.11 -all", ""},
        {"no proof", "X-TM-Authentication-Results: dkim=pass; No signatures and verification is not enforced\r\n",
         "v=spf1 ip4:198.51.100.11 -all", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        open_world(state);
        publish_spf(cases[i].spf);
        arrived(mf_format(b->arena, "%s%s", cases[i].above, build_through_gateway), "");
        assert_int_equal(build_outcome(b, flow), MF_PASS); /* a warning, no failure */
        if (strcmp(told(), cases[i].told) != 0)
            fail_msg("%s: \"%s\"", cases[i].name, told());
        close_world(state);
    }
}

static void both_results_stand_in_the_finding(void **state)
{
    (void)state;
    arrived(mf_format(b->arena, OURS "dkim=fail reason=\"key too old\" " KEY_OF "\r\n%s", build_through_gateway), "");
    const struct mf_finding *finding = build_finding(b, "auth.disagrees");
    assert_non_null(finding);
    assert_non_null(strstr(finding->why, "mx.example.org found dkim=fail (key too old)"));
    assert_non_null(strstr(finding->why, "dkim=pass"));
}

static void a_failure_that_is_told_already_takes_the_borders_word_along(void **state)
{
    (void)state;
    answer_txt(b->evidence->dns, BUILD_KEY_NAME, (const char *[]){"v=DKIM1; p="}, 1);
    arrived(mf_format(b->arena, OURS "dkim=pass " KEY_OF "\r\n%s", build_through_gateway), "");
    assert_string_equal(told(), "dkim.key-revoked");
    const struct mf_fact *fact = build_fact(b, flow, "dkim.key-revoked");
    assert_int_equal(fact->exhibit_count, 1);
    assert_string_equal(fact->exhibits[0].text, "  mx.example.org: dkim=pass\n");
}

static void results_below_the_border_in_its_name_are_forged(void **state)
{
    (void)state;
    arrived(
        mf_format(b->arena, OURS "dkim=pass " KEY_OF "\r\n%s" OURS "dkim=fail " KEY_OF "\r\n", build_through_gateway),
        "");
    assert_string_equal(told(), "auth.forged");
    assert_int_equal(build_outcome(b, flow), MF_PASS);
    assert_non_null(build_fact(b, flow, "auth.forged"));
}

static void arc_is_judged_where_it_is_asked_for(void **state)
{
    static const struct {
        const char *wanted, *front, *finding;
    } cases[] = {
        {"none", "", NULL},
        {"pass", "", "arc.none"},
        {"fail", "ARC-Seal: i=2; cv=pass\r\n", NULL},
        {"pass", "ARC-Seal: i=2; cv=pass\r\n", "arc.fail"},
        {"none", "ARC-Seal: i=2; cv=pass\r\n", "arc.other-result"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        open_world(state);
        flow->expects[0].arc.want = MF_AUTH_RESULT;
        flow->expects[0].arc.result = cases[i].wanted;
        arrived(mf_format(b->arena, "%s%s", cases[i].front, build_through_gateway), "");
        assert_int_equal(build_outcome(b, flow), cases[i].finding ? MF_FAIL : MF_PASS);
        assert_string_equal(told(), cases[i].finding ? cases[i].finding : "");
        close_world(state);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_borders_results_are_held_against_ours),
        cmocka_unit_test_setup_teardown(both_results_stand_in_the_finding, open_world, close_world),
        cmocka_unit_test_setup_teardown(a_failure_that_is_told_already_takes_the_borders_word_along, open_world,
                                        close_world),
        cmocka_unit_test_setup_teardown(results_below_the_border_in_its_name_are_forged, open_world, close_world),
        cmocka_unit_test(arc_is_judged_where_it_is_asked_for),
    };
    return cmocka_run_group_tests(tests, make_keys, free_keys) ? 1 : 0;
}
