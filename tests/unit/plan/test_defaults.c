/* What a bare expectation means: defaults by copy, as the table of the language says. */
#include "unit/plan/binding.h"

static const char all_kinds[] =
    "scenario: x\n"
    "flows:\n"
    "  - {flow: internal, from: alice, to: bob}\n"
    "  - {flow: inbound, from: probe, to: alice}\n"
    "  - {flow: outbound, from: alice, to: probe}\n"
    "  - {flow: app inside, from: crm, to: alice}\n"
    "  - {flow: app outside, from: crm, to: probe}\n"
    "  - {flow: inbound copy, of: inbound, expect: alice secondary}\n"
    "  - {flow: outbound copy, of: outbound, expect: alice secondary}\n"
    "  - {flow: app copy, of: app inside, expect: alice secondary}\n"
    "  - {flow: both, from: alice, to: [bob, probe]}\n"
    "  - {flow: alias that leads outside, from: alice, to: out@net-it.com, expect: probe}\n"
    "  - {flow: stranger, from: x@example.net, via: mx, to: bob}\n";

static const struct mf_flow *flow_called(const struct mf_plan *plan, const char *name)
{
    for (size_t i = 0; i < plan->flow_count; i++)
        if (strcmp(plan->flows[i].name, name) == 0)
            return &plan->flows[i];
    fail_msg("no flow %s", name);
    return NULL;
}

static const char *auth_words(const struct mf_auth_expect *auth)
{
    switch (auth->want) {
    case MF_AUTH_NOT_JUDGED: return "-";
    case MF_AUTH_TOLD: return "told";
    case MF_AUTH_PASS_OR_NONE_WARN: return "pass or none";
    case MF_AUTH_STILL_VERIFIES: return "still verifies";
    case MF_AUTH_RESULT: return auth->aligned ? "pass, aligned" : auth->result;
    }
    return "?";
}

static const char *way_words(const struct mf_expect *expect)
{
    if (expect->through_count == 1 && expect->through[0].server && !expect->through_given)
        return expect->through[0].server->name;
    if (expect->not_through_count == 1 && !expect->not_through_given)
        return "not gateway";
    return expect->through_count || expect->not_through_count ? "?" : "-";
}

static void each_copy_gets_the_defaults_of_its_kind(void **state)
{
    (void)state;
    static const struct {
        const char *flow;
        size_t expect;
        const char *mailbox, *folder, *way, *dkim, *spf, *dmarc;
        enum mf_kind kind;
        bool is_copy;
    } table[] = {
        {"internal", 0, "bob primary", "inbox", "not gateway", "-", "-", "-", MF_KIND_INTERNAL, false},
        {"inbound", 0, "alice primary", "inbox", "gateway", "still verifies", "told", "told", MF_KIND_INBOUND, false},
        {"outbound", 0, "probe", "inbox", "gateway", "pass, aligned", "pass", "pass", MF_KIND_OUTBOUND, false},
        {"app inside", 0, "alice primary", "inbox", "gateway", "pass or none", "told", "told", MF_KIND_APPLICATION, false},
        {"app outside", 0, "probe", "inbox", "gateway", "pass, aligned", "pass", "pass", MF_KIND_APPLICATION, false},
        {"inbound copy", 0, "alice secondary", "inbox", "-", "still verifies", "-", "-", MF_KIND_INBOUND, true},
        {"outbound copy", 0, "alice secondary", "sent", "-", "still verifies", "-", "-", MF_KIND_OUTBOUND, true},
        {"app copy", 0, "alice secondary", "inbox", "-", "pass or none", "-", "-", MF_KIND_APPLICATION, true},
        {"both", 0, "bob primary", "inbox", "not gateway", "-", "-", "-", MF_KIND_INTERNAL, false},
        {"both", 1, "probe", "inbox", "gateway", "pass, aligned", "pass", "pass", MF_KIND_OUTBOUND, false},
        {"alias that leads outside", 0, "probe", "inbox", "gateway", "pass, aligned", "pass", "pass", MF_KIND_OUTBOUND, false},
        {"stranger", 0, "bob primary", "inbox", "gateway", "still verifies", "told", "told", MF_KIND_INBOUND, false},
    };
    struct binding binding = bind_good(all_kinds);
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        const struct mf_flow *flow = flow_called(binding.plan, table[i].flow);
        assert_true(flow->expect_count > table[i].expect);
        const struct mf_expect *expect = &flow->expects[table[i].expect];
        assert_int_equal(expect->kind, MF_EXPECT_AT);
        assert_string_equal(expect->mailbox->label, table[i].mailbox);
        assert_string_equal(expect->folder, table[i].folder);
        assert_string_equal(way_words(expect), table[i].way);
        assert_string_equal(auth_words(&expect->dkim), table[i].dkim);
        assert_string_equal(auth_words(&expect->spf), table[i].spf);
        assert_string_equal(auth_words(&expect->dmarc), table[i].dmarc);
        assert_string_equal(auth_words(&expect->arc), "-");
        assert_int_equal(expect->kind_of_mail, table[i].kind);
        assert_int_equal(expect->is_copy, table[i].is_copy);
        assert_int_equal(expect->copies, 1);
        assert_ptr_equal(expect->flow, flow);
        assert_int_equal(expect->index, table[i].expect);
    }
    forget(&binding);
}

static void what_is_written_replaces_the_default(void **state)
{
    (void)state;
    struct binding binding = bind_good(
        "scenario: x\nfrom: alice\nto: probe\nflows:\n"
        "  - flow: all given\n"
        "    expect: {at: probe, folder: Junk, copies: 2, through: [.example.net, gateway], dkim: {domain: net-it.com, selector: s1},\n"
        "             spf: any, header: {X-A: b, X-B: /b+/i}, no-header: [X-C], text: /hello/, attach: [a.pdf, b.pdf]}\n"
        "  - flow: no way at all\n"
        "    expect: {at: probe, through: [], dkim: any}\n"
        "  - flow: not the primary\n"
        "    expect: {at: probe, not-through: primary}\n");
    const struct mf_expect *e = &flow_called(binding.plan, "all given")->expects[0];
    assert_string_equal(e->folder, "junk");
    assert_int_equal(e->copies, 2);
    assert_true(e->through_given && e->folder_given && e->dkim.given);
    assert_int_equal(e->through_count, 2);
    assert_string_equal(e->through[0].host, ".example.net");
    assert_string_equal(e->through[1].server->name, "gateway");
    assert_int_equal(e->dkim.want, MF_AUTH_RESULT);
    assert_string_equal(e->dkim.result, "pass");
    assert_string_equal(e->dkim.domain, "net-it.com");
    assert_string_equal(e->dkim.selector, "s1");
    assert_int_equal(e->spf.want, MF_AUTH_NOT_JUDGED);
    assert_int_equal(e->header_count, 3);
    assert_true(mf_matcher_matches(&e->headers[0].matcher, "b"));
    assert_false(mf_matcher_matches(&e->headers[0].matcher, "B"));
    assert_true(mf_matcher_matches(&e->headers[1].matcher, "aBBc"));
    assert_true(e->headers[2].absent && mf_matcher_matches(&e->headers[2].matcher, ""));
    assert_true(mf_matcher_matches(e->text, "well, hello there"));
    assert_int_equal(e->attach_count, 2);
    assert_null(e->flow->not_built);
    e = &flow_called(binding.plan, "no way at all")->expects[0];
    assert_int_equal(e->through_count + e->not_through_count, 0);
    assert_int_equal(e->dkim.want, MF_AUTH_NOT_JUDGED);
    e = &flow_called(binding.plan, "not the primary")->expects[0];
    assert_int_equal(e->through_count, 0);
    assert_string_equal(e->not_through[0].server->name, "primary");
    assert_true(e->not_through_given);
    forget(&binding);
}

static void without_a_gateway_no_way_is_expected(void **state)
{
    (void)state;
    struct binding binding = bind_text(
        "domain: a.example\nservers: {primary: {imap: imaps://m.a.example, submission: smtp://m.a.example,"
        " login: {password: {env: LAB_PASSWORD}}}}\npeople: {ann: ann@a.example, ben: ben@a.example}\n",
        "scenario: x\nflows: [{flow: a, from: ann, to: ben}]\n");
    assert_non_null(binding.plan);
    assert_int_equal(binding.plan->flows[0].expects[0].not_through_count, 0);
    forget(&binding);
}

/* --- deadlines --- */

static void deadlines_come_from_the_expectation_the_flow_or_the_site_by_kind(void **state)
{
    (void)state;
    static const char site_with_kinds[] =
        "deadlines: {late: 1 min, internal: {late: 3 s, within: 1 min}, application: {within: 2 h}}\n";
    static const struct {
        const char *flow;
        size_t expect;
        mf_usec late, within, not_before;
    } table[] = {
        {"internal", 0, 3 * MF_SECOND, 60 * MF_SECOND, 0},
        {"inbound", 0, 60 * MF_SECOND, 1800 * MF_SECOND, 0},
        {"app", 0, 60 * MF_SECOND, 7200 * MF_SECOND, 0},
        {"both", 0, 3 * MF_SECOND, 60 * MF_SECOND, 0},
        {"both", 1, 60 * MF_SECOND, 1800 * MF_SECOND, 0},
        {"own", 0, 5 * MF_SECOND, 10 * MF_SECOND, 0},
        {"own", 1, 5 * MF_SECOND, 20 * MF_SECOND, 0},
        {"own", 2, 5 * MF_SECOND, 1200 * MF_SECOND, 300 * MF_SECOND},
        {"short", 0, 2 * MF_SECOND, 2 * MF_SECOND, 0},
    };
    char site[sizeof usual_site + sizeof site_with_kinds];
    size_t head = (size_t)(strstr(usual_site, "deadlines:") - usual_site);
    snprintf(site, sizeof site, "%.*s%s", (int)head, usual_site, site_with_kinds);
    struct binding binding = bind_text(
        site, "scenario: x\nflows:\n"
              "  - {flow: internal, from: alice, to: bob}\n  - {flow: inbound, from: probe, to: bob}\n"
              "  - {flow: app, from: crm, to: bob}\n  - {flow: both, from: alice, to: [bob, probe]}\n"
              "  - {flow: short, from: alice, to: bob, within: 2 s}\n"
              "  - flow: own\n    from: alice\n    to: [bob, carol, alice]\n    late: 5 s\n    within: 10 s\n"
              "    expect: [bob, {at: carol, within: 20 s}, {at: alice, within: 5 min..20 min}]\n");
    assert_non_null(binding.plan);
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        const struct mf_expect *expect = &flow_called(binding.plan, table[i].flow)->expects[table[i].expect];
        assert_int_equal(expect->late, table[i].late);
        assert_int_equal(expect->within, table[i].within);
        assert_int_equal(expect->not_before, table[i].not_before);
    }
    assert_int_equal(flow_called(binding.plan, "internal")->settle, 30 * MF_SECOND);
    forget(&binding);
}

static void a_site_without_deadlines_has_the_usual_ones(void **state)
{
    (void)state;
    char site[sizeof usual_site];
    snprintf(site, sizeof site, "%.*s", (int)(strstr(usual_site, "deadlines:") - usual_site), usual_site);
    struct binding binding = bind_text(site, "scenario: x\nfrom: alice\nflows: [{flow: a, to: bob}, {flow: b, to: probe}]\n");
    const struct mf_flow *inside = &binding.plan->flows[0], *outside = &binding.plan->flows[1];
    assert_int_equal(inside->late, 30 * MF_SECOND);
    assert_int_equal(inside->within, 300 * MF_SECOND);
    assert_int_equal(outside->late, 300 * MF_SECOND);
    assert_int_equal(outside->within, 1800 * MF_SECOND);
    assert_int_equal(outside->settle, 30 * MF_SECOND);
    forget(&binding);
}

/* --- who must be watched --- */

static void what_is_expected_and_where_bounces_go_is_watched(void **state)
{
    (void)state;
    static const struct {
        const char *about, *flows, *watched;
    } table[] = {
        {"the recipient and the sender's own mailbox", "[{flow: a, from: alice, to: bob}]", "alice primary,bob primary,"},
        {"whoever takes part, where something is expected: it may go to the wrong one",
         "[{flow: a, from: alice, to: bob, mail-from: <>}]", "alice primary,bob primary,"},
        {"nobody's bounces with a null sender", "[{flow: a, from: crm, to: bob, mail-from: <>}]", "bob primary,"},
        {"the envelope sender's, not the From's", "[{flow: a, from: crm, to: bob, mail-from: $(carol.address)}]",
         "bob primary,carol primary,"},
        {"an alias is its person", "[{flow: a, from: crm, to: bob, mail-from: c.gruen@NET-IT.com}]", "bob primary,carol primary,"},
        {"never is watched as well", "[{flow: a, from: probe, to: bob, expect: [bob, never: alice secondary]}]",
         "alice primary,alice secondary,bob primary,bob secondary,probe,"},
        {"nobody else opens all", "[{flow: a, from: probe, to: bob, expect: [bob, nobody else]}]",
         "alice primary,alice secondary,bob primary,bob secondary,carol primary,carol secondary,probe,"},
        {"what is skipped opens nothing", "[{flow: a, from: alice, to: bob, skip: not today}]", ""},
        {"what is not built opens nothing", "[{flow: a, from: alice, to: bob, client: web}]", ""},
        {"a bounce comes to the envelope sender, or where the scenario says",
         "[{flow: a, from: alice, to: nosuch@net-it.com, expect: {bounce: {status: 5.1.1, at: carol}}}]",
         "alice primary,carol primary,"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char scenario[1000];
        snprintf(scenario, sizeof scenario, "scenario: x\nflows: %s\n", table[i].flows);
        struct binding binding = bind_good(scenario);
        struct mf_text watched = {.max = 1000};
        mf_text_puts(&watched, "");
        for (size_t m = 0; m < binding.plan->site->mailbox_count; m++)
            if (binding.plan->watch[m])
                mf_text_printf(&watched, "%s,", binding.plan->site->mailboxes[m].label);
        if (strcmp(watched.data, table[i].watched) != 0)
            print_error("%s\n", table[i].about);
        assert_string_equal(watched.data, table[i].watched);
        mf_text_release(&watched);
        forget(&binding);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_copy_gets_the_defaults_of_its_kind),
        cmocka_unit_test(what_is_written_replaces_the_default),
        cmocka_unit_test(without_a_gateway_no_way_is_expected),
        cmocka_unit_test(deadlines_come_from_the_expectation_the_flow_or_the_site_by_kind),
        cmocka_unit_test(a_site_without_deadlines_has_the_usual_ones),
        cmocka_unit_test(what_is_expected_and_where_bounces_go_is_watched),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
