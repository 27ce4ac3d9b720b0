/* Flows with `resolve: dns`: judged by a table of the site as if it were published, apart from those that are judged by
 * what DNS says, even about the same message. */
#include "unit/test.h"

#include <stdlib.h>

#include "build.h"

static struct signing_key *key;
static const char *key_record;
static struct build *b;
static struct mf_dns_table *table;

static int make_key(void **state)
{
    (void)state;
    struct mf_arena *arena = mf_arena_new();
    key = signing_key_rsa(2048);
    key_record = strdup(signing_key_record(arena, key));
    mf_arena_free(&arena);
    return 0;
}

static int free_key(void **state)
{
    (void)state;
    free((char *)key_record);
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

/* Before the switch: SPF does not cover the gateway, there is no key and no DMARC. The table has all three. */
static int open_world(void **state)
{
    (void)state;
    b = build_new();
    b->signer = key;
    table = mf_alloc(b->arena, sizeof *table);
    table->spf = "v=spf1 ip4:198.51.100.11 -all";
    table->dmarc = "v=DMARC1; p=none; rua=mailto:d@net-it.com";
    table->dkim = mf_alloc_array(b->arena, 1, sizeof *table->dkim);
    table->dkim[0] = (struct mf_dkim_value){.selector = BUILD_SELECTOR, .record = key_record};
    table->dkim_count = 1;
    table->place = (struct mf_place){"site.yaml", 5, 3, 1};
    b->plan->site->dns = table;
    answer("net-it.com", "v=spf1 ip4:192.0.2.20 -all");
    answer(BUILD_KEY_NAME, NULL);
    answer("_dmarc.net-it.com", NULL);
    answer("_dmarc.com", NULL);
    answer_status(b->evidence->dns, "example.org", MF_DNS_MX, MF_DNS_NODATA);
    return 0;
}

static int close_world(void **state)
{
    (void)state;
    build_free(&b);
    return 0;
}

static void judge_all(struct mf_flow *flow)
{
    flow->expects[0].spf.want = flow->expects[0].dmarc.want = MF_AUTH_RESULT;
}

static struct mf_flow *arrived(const char *name, const struct mf_dns_table *resolve)
{
    struct mf_flow *flow = build_flow(b, name, "alice", "probe");
    flow->resolve = resolve;
    judge_all(flow);
    build_accept(b, flow, NULL);
    build_copy(b, flow, "probe", "INBOX", build_signed(b, flow, build_through_gateway, ""));
    return flow;
}

static void the_table_is_as_good_as_published(void **state)
{
    (void)state;
    struct mf_flow *flow = arrived("Outbound", table);
    build_judge(b);
    assert_int_equal(build_outcome(b, flow), MF_PASS);
    assert_string_equal(build_detail(b, flow), "DKIM, SPF, DMARC by site dns"); /* nobody shall take it for published */
    assert_int_equal(b->verdict->finding_count, 0);
}

static void what_is_published_is_judged_apart_in_the_same_run(void **state)
{
    (void)state;
    struct mf_flow *rehearsed = arrived("Rehearsed", table), *live = arrived("Live", NULL);
    build_judge(b);
    assert_int_equal(build_outcome(b, rehearsed), MF_PASS);
    assert_int_equal(build_outcome(b, live), MF_FAIL);
    for (size_t i = 0; i < b->verdict->finding_count; i++)
        assert_false(build_hits(b->verdict->findings[i], rehearsed));
}

static void one_message_is_judged_by_both(void **state)
{
    (void)state;
    struct mf_flow *live = arrived("Live", NULL), *again = build_again(b, "As rehearsed", live, "probe");
    again->resolve = table;
    judge_all(again);
    build_judge(b);
    assert_int_equal(build_outcome(b, live), MF_FAIL);
    assert_int_equal(build_outcome(b, again), MF_PASS);
}

static void a_finding_says_that_it_rests_on_the_table(void **state)
{
    (void)state;
    table->spf = "v=spf1 ip4:192.0.2.1 -all";
    struct mf_flow *flow = arrived("Outbound", table);
    build_judge(b);
    assert_int_equal(build_outcome(b, flow), MF_FAIL);
    const struct mf_finding *finding = build_finding(b, "spf.fail");
    assert_non_null(finding);
    assert_non_null(strstr(finding->why, "by the site's dns table (site.yaml:5), as if it were published"));
}

static void the_same_trouble_in_dns_and_in_the_table_is_two_causes(void **state)
{
    (void)state;
    table->spf = "v=spf1 ip4:192.0.2.1 -all";
    table->dkim_count = 0; /* then live: there is none */
    struct mf_flow *rehearsed = arrived("Rehearsed", table), *live = arrived("Live", NULL);
    build_judge(b);
    assert_int_equal(build_findings(b, "spf.fail"), 2);
    for (size_t i = 0; i < b->verdict->finding_count; i++)
        assert_false(build_hits(b->verdict->findings[i], rehearsed) && build_hits(b->verdict->findings[i], live));
}

static void what_the_table_lacks_is_asked_of_dns(void **state)
{
    (void)state;
    const char *name;
    enum mf_dns_type type;
    table->dkim[0] = (struct mf_dkim_value){.selector = BUILD_SELECTOR, .cname = "key.host.example"};
    struct mf_flow *flow = arrived("Outbound", table);
    build_judge(b);
    assert_true(b->facts->need_dns);
    assert_true(mf_dns_missing(b->evidence->dns, 0, &name, &type));
    assert_string_equal(name, "key.host.example"); /* the end of the alias: nobody asked for it yet */
    answer("key.host.example", key_record);
    build_judge(b);
    assert_false(b->facts->need_dns);
    assert_int_equal(build_outcome(b, flow), MF_PASS);
}

/* The border asks what is published: that it finds less is no disagreement with a rehearsal. */
static void the_borders_own_results_are_not_held_against_the_table(void **state)
{
    (void)state;
    struct mf_flow *flow = build_flow(b, "Outbound", "alice", "probe");
    flow->resolve = table;
    judge_all(flow);
    build_accept(b, flow, NULL);
    const char *front =
        mf_format(b->arena, "Authentication-Results: mx.example.org; spf=fail smtp.mailfrom=alice@net-it.com\r\n%s",
                  build_through_gateway);
    build_copy(b, flow, "probe", "INBOX", build_signed(b, flow, front, ""));
    build_judge(b);
    assert_int_equal(build_outcome(b, flow), MF_PASS);
    assert_null(build_finding(b, "auth.disagrees"));
    flow->resolve = NULL;
    answer("net-it.com", "v=spf1 ip4:198.51.100.11 -all");
    build_judge(b);
    assert_non_null(build_finding(b, "auth.disagrees")); /* without a table it is one */
}

/* A row that finds the old record at its source explains no failure of a flow that never asked for it. */
static void a_wrong_record_at_its_source_explains_nothing_of_a_rehearsal(void **state)
{
    (void)state;
    struct mf_dns_table *rows = mf_alloc(b->arena, sizeof *rows);
    rows->spf = "v=spf1 ip4:198.51.100.11 ip4:192.0.2.20 -all";
    table->spf = "v=spf1 ip4:192.0.2.1 -all";
    struct mf_flow *flow = arrived("Outbound", table);
    b->plan->arena = b->arena;
    mf_plan_add_dns_rows(b->plan, rows, "192.0.2.53@53");
    struct mf_dns_record txt = {.type = MF_DNS_TXT, .name = "net-it.com", .text = mf_bytes_of("v=spf1 -all")},
                         soa = {.type = MF_DNS_SOA, .name = "net-it.com", .serial = 1};
    b->evidence->answers = mf_alloc_array(b->arena, 2, sizeof *b->evidence->answers);
    b->evidence->answers[0] = (struct mf_dns_answer){.name = "net-it.com",
                                                     .type = MF_DNS_SOA,
                                                     .status = MF_DNS_OK,
                                                     .records = &soa,
                                                     .count = 1,
                                                     .authoritative = true,
                                                     .replied = true,
                                                     .direct = true,
                                                     .server = "192.0.2.53@53"};
    b->evidence->answers[1] = (struct mf_dns_answer){.name = "net-it.com",
                                                     .type = MF_DNS_TXT,
                                                     .status = MF_DNS_OK,
                                                     .records = &txt,
                                                     .count = 1,
                                                     .authoritative = true,
                                                     .replied = true,
                                                     .direct = true,
                                                     .server = "192.0.2.53@53"};
    b->evidence->answer_count = 2;
    build_judge(b);
    const struct mf_finding *finding = build_finding(b, "spf.fail");
    assert_non_null(finding);
    assert_true(build_hits(finding, flow));
    assert_int_equal(b->verdict->dns[0].outcome, MF_FAIL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_table_is_as_good_as_published),
        TEST(what_is_published_is_judged_apart_in_the_same_run),
        TEST(one_message_is_judged_by_both),
        TEST(a_finding_says_that_it_rests_on_the_table),
        TEST(the_same_trouble_in_dns_and_in_the_table_is_two_causes),
        TEST(what_the_table_lacks_is_asked_of_dns),
        TEST(the_borders_own_results_are_not_held_against_the_table),
        TEST(a_wrong_record_at_its_source_explains_nothing_of_a_rehearsal),
    };
    return cmocka_run_group_tests(tests, make_key, free_key);
}
