/* Expectations: forms, replies, whom they are about, and who is covered. */
#include "unit/plan/binding.h"

static const struct mf_flow *one_flow(struct binding *binding, const char *to, const char *expect)
{
    char scenario[2000];
    snprintf(scenario, sizeof scenario, "scenario: x\nflows:\n  - flow: a\n    from: alice\n    to: %s\n    expect: %s\n", to, expect);
    *binding = bind_good(scenario);
    return &binding->plan->flows[0];
}

static void an_expectation_has_many_short_forms(void **state)
{
    (void)state;
    static const struct {
        const char *expect, *kinds; /* a: at, n: never, 0: nobody, e: nobody else, +: accepted, 5: refused, 4: deferred */
    } table[] = {
        {"bob", "a"}, {"bob primary", "a"}, {"[bob, nobody else]", "ae"}, {"{at: [bob, carol]}", "aa"}, {"{at: bob, copies: 2}", "a"},
        {"accepted", "+"}, {"refused", "5"}, {"{refused: 5xx}", "5"}, {"[refused: RCPT 550, nobody]", "50"}, {"[deferred, bob]", "4a"},
        {"[bob, never: carol]", "an"}, {"[bob, {never: [carol, alice secondary]}]", "ann"},
    };
    static const char letters[] = "an0e+54";
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct binding binding;
        const struct mf_flow *flow = one_flow(&binding, "bob", table[i].expect);
        assert_int_equal(flow->expect_count, strlen(table[i].kinds));
        for (size_t e = 0; e < flow->expect_count; e++)
            assert_int_equal(letters[flow->expects[e].kind], table[i].kinds[e]);
        forget(&binding);
    }
}

static void a_reply_is_read_part_by_part(void **state)
{
    (void)state;
    static const struct {
        const char *expect;
        enum mf_phase phase;
        const char *code, *enhanced, *regex;
        bool nocase;
    } table[] = {
        {"{refused: 5xx}", MF_PHASE_ANY, "5xx", NULL, NULL, false},
        {"{refused: RCPT 550 5.1.1}", MF_PHASE_RCPT, "550", "5.1.1", NULL, false},
        {"{refused: END-OF-DATA 554}", MF_PHASE_END_OF_DATA, "554", NULL, NULL, false},
        {"{refused: 5.7.1}", MF_PHASE_ANY, "", "5.7.1", NULL, false},
        {"{refused: '/authentication required/i'}", MF_PHASE_ANY, "", NULL, "authentication required", true},
        {"{refused: RCPT 550 5.1.1 /unknown|no such/}", MF_PHASE_RCPT, "550", "5.1.1", "unknown|no such", false},
        {"{refused: '550 /at $(domain) a.b/'}", MF_PHASE_ANY, "550", NULL, "at net-it\\.com a.b", false},
        {"{deferred: 452 4.2.2}", MF_PHASE_ANY, "452", "4.2.2", NULL, false},
        {"{deferred: AUTH 45x}", MF_PHASE_AUTH, "45x", NULL, NULL, false},
        {"{refused: }", MF_PHASE_ANY, "", NULL, NULL, false},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct binding binding;
        const struct mf_reply_expect *reply = &one_flow(&binding, "bob", table[i].expect)->expects[0].reply;
        assert_int_equal(reply->phase, table[i].phase);
        assert_string_equal(reply->code, table[i].code);
        assert_true(mf_same(reply->enhanced, table[i].enhanced));
        assert_true(mf_same(reply->regex, table[i].regex));
        assert_int_equal(reply->regex_nocase, table[i].nocase);
        forget(&binding);
    }
}

static void for_picks_recipients_and_without_it_all_are_meant(void **state)
{
    (void)state;
    struct binding binding;
    const struct mf_flow *flow =
        one_flow(&binding, "[bob, nosuch@net-it.com, carol]",
                 "[{refused: RCPT 550, for: nosuch@NET-IT.com}, {at: [bob, carol]}]");
    assert_int_equal(flow->expects[0].recipient_count, 1);
    assert_ptr_equal(flow->expects[0].recipients[0], &flow->recipients[1]);
    forget(&binding);
    flow = one_flow(&binding, "[bob, carol]", "[{accepted: , for: carol}, deferred]");
    assert_ptr_equal(flow->expects[0].recipients[0], &flow->recipients[1]);
    assert_int_equal(flow->expects[1].recipient_count, 2);
    forget(&binding);
}

static void every_addressed_person_is_covered_by_something(void **state)
{
    (void)state;
    static const struct {
        const char *to, *expect;
    } covered[] = {
        {"[bob, carol]", "[bob, carol]"},           {"[bob, carol]", "accepted"},
        {"[bob, carol]", "[bob, {never: carol}]"},  {"[bob, carol]", "[bob, {refused: 5xx, for: carol}]"},
        {"[bob, carol]", "nobody"},                 {"[bob, carol]", "[bob, carol secondary]"},
        {"[bob, x@net-it.com]", "bob"},             {"bob+tag@net-it.com", "bob"},
        {"[bob, carol]", "[bob, {bounce: failed, for: carol}]"},
    };
    for (size_t i = 0; i < sizeof covered / sizeof *covered; i++) {
        char scenario[500];
        snprintf(scenario, sizeof scenario, "scenario: x\nflows: [{flow: a, from: probe, to: %s, expect: %s}]\n", covered[i].to, covered[i].expect);
        struct binding binding = bind_good(scenario);
        forget(&binding);
    }
    static const struct {
        const char *to, *expect, *whom;
    } forgotten[] = {
        {"[bob, carol]", "bob", "carol"},
        {"[bob, carol]", "[bob, nobody else]", "carol"},
        {"[bob, carol]", "[bob, {refused: 5xx, for: bob}]", "carol"},
        {"[bob, c.gruen@net-it.com]", "bob", "carol"},
        {"bob+tag@net-it.com", "carol", "bob"},
        {"[bob, carol]", "[bob, never: bounce]", "carol"},
    };
    for (size_t i = 0; i < sizeof forgotten / sizeof *forgotten; i++) {
        char scenario[500], title[200];
        snprintf(scenario, sizeof scenario, "scenario: x\nflows: [{flow: a, from: probe, to: %s, expect: %s}]\n", forgotten[i].to, forgotten[i].expect);
        snprintf(title, sizeof title, "%s is addressed, but no expectation says what becomes of it", forgotten[i].whom);
        struct binding binding = bind_text(usual_site, scenario);
        assert_null(binding.plan);
        assert_int_equal(mf_diags_count(binding.diags), 1);
        assert_string_equal(mf_diags_at(binding.diags, 0)->title, title);
        forget(&binding);
    }
}

static void without_expect_an_address_of_nobody_needs_one(void **state)
{
    (void)state;
    expect_errors(usual_site, "scenario: x\nflows: [{flow: a, from: alice, to: [bob, sales@net-it.com]}]\n",
                  "x.yaml:2:42 nobody of the site is sales@net-it.com: \"expect\" is missing | expect: says who gets it, or refused, or accepted\n");
}

static void mailboxes_are_named_by_server_or_role(void **state)
{
    (void)state;
    static const char site[] =
        "domain: a.example\nservers:\n"
        "  m365: {role: primary, submission: smtp://m.example, imap: imaps://m.example, login: {password: {env: LAB_PASSWORD}}}\n"
        "  sky: {role: secondary, imap: imaps://s.example, login: {password: {env: LAB_PASSWORD}}}\n"
        "people: {ann: ann@a.example, ben: ben@a.example, pat: pat@example.org}\n";
    struct binding binding = bind_text(
        site, "scenario: x\nfrom: ann\nto: ben\nflows:\n"
              "  - {flow: a, expect: [ben m365, {at: ben secondary, folder: sent}]}\n  - {flow: b, expect: [ben primary, {at: ben sky, folder: sent}]}\n");
    assert_non_null(binding.plan);
    for (size_t i = 0; i < 2; i++) {
        assert_string_equal(binding.plan->flows[i].expects[0].mailbox->label, "ben m365");
        assert_string_equal(binding.plan->flows[i].expects[1].mailbox->label, "ben sky");
    }
    forget(&binding);
    expect_errors(site, "scenario: x\nfrom: ann\nflows: [{flow: a, to: pat}, {flow: b, to: ben, expect: [ben, ben outside]}]\n",
                  "x.yaml:3:23 pat has no mailbox that could be read | give the site a server with role: outside and imap:\n"
                  "x.yaml:3:66 site site has no outside | \"site-has: outside\" skips this on such a site\n");
}

static void matchers_are_equal_or_regular_expressions(void **state)
{
    (void)state;
    static const struct {
        const char *matcher, *value;
        bool matches;
    } table[] = {
        {"abc", "abc", true},       {"abc", "abcd", false},      {"'/b+/'", "abbc", true},       {"'/^b/'", "abbc", false},
        {"'/B/i'", "abc", true},    {"'/B/'", "abc", false},     {"'/a.c/'", "xa.cx", true},     {"'/$(domain)$/'", "x@net-it.com", true},
        {"'/$(domain)$/'", "x@net-itxcom", false}, {"/etc", "/etc", true}, {"''", "", true},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char expect[200];
        snprintf(expect, sizeof expect, "{at: bob, header: {X-A: %s}}", table[i].matcher);
        struct binding binding;
        const struct mf_flow *flow = one_flow(&binding, "bob", expect);
        assert_int_equal(mf_matcher_matches(&flow->expects[0].headers[0].matcher, table[i].value), table[i].matches);
        forget(&binding);
    }
}

static void phases_have_the_names_of_the_commands(void **state)
{
    (void)state;
    assert_string_equal(mf_phase_name(MF_PHASE_ANY), "");
    assert_string_equal(mf_phase_name(MF_PHASE_CONNECT), "CONNECT");
    assert_string_equal(mf_phase_name(MF_PHASE_END_OF_DATA), "END-OF-DATA");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_expectation_has_many_short_forms),
        cmocka_unit_test(a_reply_is_read_part_by_part),
        cmocka_unit_test(for_picks_recipients_and_without_it_all_are_meant),
        cmocka_unit_test(every_addressed_person_is_covered_by_something),
        cmocka_unit_test(without_expect_an_address_of_nobody_needs_one),
        cmocka_unit_test(mailboxes_are_named_by_server_or_role),
        cmocka_unit_test(matchers_are_equal_or_regular_expressions),
        cmocka_unit_test(phases_have_the_names_of_the_commands),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
