/* Flows: rows of each, of, needs, guards, what is not built yet, and --only. */
#include "unit/plan/binding.h"

static const char *names_of(const struct mf_plan *plan)
{
    static char names[4000];
    names[0] = '\0';
    for (size_t i = 0; i < plan->flow_count; i++)
        snprintf(names + strlen(names), sizeof names - strlen(names), "%s%s", i ? "; " : "", plan->flows[i].name);
    return names;
}

static void expect_names(const char *about, const char *scenario, const char *names)
{
    struct binding binding = bind_good(scenario);
    if (strcmp(names_of(binding.plan), names) != 0)
        print_error("%s\n", about);
    assert_string_equal(names_of(binding.plan), names);
    forget(&binding);
}

/* --- each --- */

static void each_makes_a_flow_for_every_row(void **state)
{
    (void)state;
    static const struct {
        const char *about, *scenario, *names;
    } table[] = {
        {"one variable", "flows: [{flow: to $(who), each: {who: [bob, carol]}, from: alice, to: $(who)}]\n", "to bob; to carol"},
        {"every combination, the first slowest", "flows: [{flow: $(a) $(b), each: {a: [alice, probe], b: [bob, carol]}, from: $(a), to: $(b)}]\n",
         "alice bob; alice carol; probe bob; probe carol"},
        {"rows", "flows: [{flow: $(a) $(b), each: [{a: alice, b: bob}, {a: probe, b: carol}], from: $(a), to: $(b)}]\n",
         "alice bob; probe carol"},
        {"one value is a list of one", "flows: [{flow: $(a), each: {a: alice}, from: $(a), to: bob}]\n", "alice"},
        {"all applications", "flows: [{flow: $(app), each: {app: all applications}, from: $(app), to: bob}]\n", "crm; billing"},
        {"of a section: each row goes through its flows",
         "sections: [{section: s, each: {w: [bob, carol]}, from: alice, flows: [{flow: $(w) 1, to: $(w)}, {flow: $(w) 2, to: $(w)}]}]\n",
         "bob 1; bob 2; carol 1; carol 2"},
        {"a flow's own replaces the section's",
         "sections: [{section: s, each: {w: [bob, carol]}, from: alice, flows: [{flow: $(w) 1, to: $(w)},"
         " {flow: $(v), each: {v: [alice]}, to: $(v)}]}]\n",
         "bob 1; carol 1; alice"},
        {"values may hold variables", "flows: [{flow: to $(form), each: {form: [bob+x@$(domain)]}, from: probe, to: $(form), expect: bob}]\n",
         "to bob+x@net-it.com"},
        {"a field of the person that a variable names",
         "flows: [{flow: $(w.address) is $(w.local), each: {w: [bob, crm]}, from: $(w), to: alice}]\n",
         "bob@net-it.com is bob; crm@net-it.com is crm"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char scenario[1000];
        snprintf(scenario, sizeof scenario, "scenario: x\n%s", table[i].scenario);
        expect_names(table[i].about, scenario, table[i].names);
    }
}

static void each_reads_a_table(void **state)
{
    (void)state;
    static const char *const path[] = {"dir/x.yaml"};
    static const struct file_in_memory memory[] = {
        {"site.yaml", usual_site},
        {"dir/x.yaml", "scenario: x\nflows: [{flow: \"$(n): $(who), $(what)\", each: rows.csv, from: alice, to: $(who)}]\n"},
        {"dir/rows.csv", "n,who,what\n1,bob,\"a, b\"\n2,carol,\n"},
        {NULL, NULL}};
    struct mf_plan_options options = usual_options("site.yaml", path, 1);
    setenv("LAB_PASSWORD", "x", 1);
    struct binding binding = bind_files(&options, memory);
    assert_non_null(binding.plan);
    assert_string_equal(names_of(binding.plan), "1: bob, a, b; 2: carol, ");
    forget(&binding);
}

static void an_each_that_is_no_good_is_told_once(void **state)
{
    (void)state;
    expect_errors(usual_site,
                  "scenario: x\nfrom: alice\nto: bob\nflows:\n"
                  "  - {flow: a $(x), each: {x: []}}\n"
                  "  - {flow: b $(run), each: {run: [1, 2]}}\n"
                  "  - {flow: c $(x), each: [{x: 1}, {y: 2}, {x: 3}]}\n"
                  "  - {flow: d $(x), each: [{y: 1}, {x: 2}, {x: 3}]}\n"
                  "  - {flow: e $(x), each: [alice]}\n"
                  "  - {flow: f $(x), each: {x: \"all application\"}}\n"
                  "  - {flow: g $(x), each: nothing.csv}\n"
                  "  - {flow: h $(x), each: {x: [1, 1]}}\n"
                  "  - {flow: of a, of: a $(x), each: {x: [1]}}\n",
                  "x.yaml:5:30 $(x) has no values | give it values\n"
                  "x.yaml:6:29 $(run) has a meaning of its own | take another name\n"
                  "x.yaml:7:35 this row has no \"x\" | each row gives all of them a value\n"
                  "x.yaml:8:27 this row has no \"x\" | each row gives all of them a value\n"
                  "x.yaml:9:27 a row of \"each\" is a map | [{var: value}, …] or {var: [value, …]}\n"
                  "x.yaml:10:30 \"all application\" is no list | did you mean \"all applications\"?\n"
                  "x.yaml:11:26 nothing.csv is not in the snapshot that the run took | the path is relative to the file that names it\n"
                  "x.yaml:12:12 \"each\" makes several flows called \"h 1\" | \"each\" has two rows that are the same\n");
}

/* --- of --- */

static void of_looks_again_at_the_same_message(void **state)
{
    (void)state;
    struct binding binding = bind_good(
        "scenario: x\nflows:\n"
        "  - {flow: again, of: first, expect: alice secondary}\n"
        "  - {flow: first, from: probe, to: alice, mail-from: x@example.org}\n"
        "  - {flow: and again, of: again}\n");
    const struct mf_flow *again = &binding.plan->flows[0], *first = &binding.plan->flows[1], *third = &binding.plan->flows[2];
    assert_ptr_equal(again->of, first);
    assert_ptr_equal(third->of, first);
    assert_null(first->of);
    assert_null(again->via);
    assert_string_equal(again->mail_from, "x@example.org");
    assert_ptr_equal(again->recipients, first->recipients);
    assert_int_equal(again->kind, MF_KIND_INBOUND);
    assert_string_not_equal(again->id, first->id);
    assert_string_equal(third->expects[0].mailbox->label, "alice primary");
    forget(&binding);
}

static void circles_are_told(void **state)
{
    (void)state;
    expect_errors(usual_site, "scenario: x\nflows: [{flow: a, of: b}, {flow: b, of: a}]\n",
                  "x.yaml:2:41 \"b\" looks again at itself | name the flow that sends the message\n");
    expect_errors(usual_site,
                  "scenario: x\nfrom: alice\nto: bob\nsections:\n  - {section: s, flows: [{flow: a, needs: b}, {flow: b, needs: t}]}\n"
                  "  - {section: t, flows: [{flow: c, needs: a}]}\n",
                  "x.yaml:5:33 \"a\" waits for itself | needs and of must not lead back\n");
}

/* --- needs, tags, severity add up --- */

static void needs_tags_and_severity_add_up(void **state)
{
    (void)state;
    struct binding binding = bind_good(
        "scenario: x\nfrom: alice\nto: bob\ntags: file\nseverity: {copy.late: fail, copy.missing: warn, spf.fail: ignore}\nsections:\n"
        "  - section: s\n    tags: [section, two]\n    severity: {copy.late: ignore}\n    needs: first\n    flows:\n"
        "      - {flow: a, tags: flow, needs: [t], severity: {copy.missing: ignore},\n"
        "         expect: {at: bob, severity: {spf.fail: fail}}}\n"
        "  - section: t\n    flows: [{flow: first}]\n");
    const struct mf_flow *flow = &binding.plan->flows[0];
    assert_int_equal(flow->tag_count, 4);
    assert_string_equal(flow->tags[0], "flow");
    assert_string_equal(flow->tags[3], "file");
    assert_int_equal(flow->need_count, 2);
    assert_string_equal(flow->needs[0].section->title, "t");
    assert_string_equal(flow->needs[1].flow->name, "first");
    assert_int_equal(mf_flow_severity(flow, NULL, "copy.missing", MF_SEVERITY_FAIL), MF_SEVERITY_IGNORE);
    assert_int_equal(mf_flow_severity(flow, NULL, "copy.late", MF_SEVERITY_WARN), MF_SEVERITY_IGNORE);
    assert_int_equal(mf_flow_severity(flow, NULL, "spf.fail", MF_SEVERITY_FAIL), MF_SEVERITY_IGNORE);
    assert_int_equal(mf_flow_severity(flow, &flow->expects[0], "spf.fail", MF_SEVERITY_WARN), MF_SEVERITY_FAIL);
    assert_int_equal(mf_flow_severity(flow, NULL, "dkim.missing", MF_SEVERITY_WARN), MF_SEVERITY_WARN);
    assert_int_equal(binding.plan->flows[1].severity_count, 3);
    forget(&binding);
}

/* --- guards --- */

static const char small_site[] =
    "site: small\ndomain: net-it.com\n"
    "servers:\n"
    "  primary: {submission: smtp://m.net-it.com, imap: imaps://m.net-it.com, login: {password: {env: LAB_PASSWORD}}}\n"
    "people: {alice: alice@net-it.com, bob: bob@net-it.com}\n";

static void a_guard_that_is_not_met_skips_with_its_reason(void **state)
{
    (void)state;
    static const struct {
        const char *flow, *skip;
    } table[] = {
        {"{flow: a, from: alice, to: bob, site-has: secondary, expect: [bob, bob secondary]}", "site small has no secondary"},
        {"{flow: a, from: alice, to: bob, site-has: [primary, gateway], expect: {at: bob, through: gateway}}", "site small has no gateway"},
        {"{flow: a, from: probe, to: bob, site-has: outsiders}", "site small has no people outside"},
        {"{flow: a, from: crm, to: bob, site-has: applications}", "site small has no applications"},
        {"{flow: $(app), each: {app: all applications}, from: $(app), to: bob, expect: {at: bob, header: {From: $(app.address)}}}",
         "site small has no applications"},
        {"{flow: a, from: alice, to: bob, site-has: primary}", NULL},
        {"{flow: a, from: alice, to: bob, skip: not today}", "not today"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char scenario[1000];
        snprintf(scenario, sizeof scenario, "scenario: x\nflows: [%s]\n", table[i].flow);
        struct binding binding = bind_text(small_site, scenario);
        char *errors = errors_of(&binding);
        assert_string_equal(errors, "");
        if (table[i].skip)
            assert_string_equal(binding.plan->flows[0].skip, table[i].skip);
        else
            assert_null(binding.plan->flows[0].skip);
        free(errors);
        forget(&binding);
    }
}

static void what_is_skipped_is_checked_all_the_same(void **state)
{
    (void)state;
    expect_errors(small_site,
                  "scenario: x\nflows:\n"
                  "  - {flow: a, from: alcie, to: bob, site-has: secondary, expect: [bob, bob secondry]}\n"
                  "  - {flow: b, from: alice, to: bob, site-has: secundary}\n"
                  "  - {flow: c, from: alice, to: bob, skip: later, expect: {at: bob, folde: junk}}\n"
                  "  - {flow: d, from: alice, to: bob, expect: [bob, bob secondary]}\n",
                  "x.yaml:3:21 nobody is called \"alcie\" in site small | did you mean \"alice\"?\n"
                  "x.yaml:3:76 there is no server \"secondry\" | did you mean \"secondary\"?\n"
                  "x.yaml:4:47 unknown word \"secundary\" for \"site-has\" | did you mean \"secondary\"?\n"
                  "x.yaml:5:68 unknown key \"folde\" in an expectation | did you mean \"folder\"?\n"
                  "x.yaml:6:55 site small has no secondary | \"site-has: secondary\" skips this on such a site\n");
}

static void a_section_is_skipped_as_a_whole(void **state)
{
    (void)state;
    struct binding binding = bind_text(small_site, "scenario: x\nfrom: alice\nto: bob\nsections:\n"
                                                   "  - {section: dns, dns: [mx, spf]}\n"
                                                   "  - {section: both, dns: mx, flows: [{flow: a}]}\n"
                                                   "  - {section: copies, site-has: secondary, flows: [{flow: b, expect: [bob, bob secondary]}]}\n");
    assert_non_null(binding.plan);
    const struct mf_section *sections = binding.plan->sections;
    assert_int_equal(binding.plan->section_count, 4);
    assert_string_equal(sections[0].skip, "site small has no dns table");
    assert_int_equal(sections[0].dns_row_count, 2);
    assert_null(sections[1].skip);
    assert_int_equal(sections[1].dns_row_count, 0);
    assert_int_equal(sections[1].flow_count, 1);
    assert_string_equal(sections[2].title, "both");
    assert_string_equal(sections[2].skip, "site small has no dns table");
    assert_int_equal(sections[2].dns_row_count, 1);
    assert_string_equal(sections[3].skip, "site small has no secondary");
    assert_string_equal(binding.plan->flows[1].skip, "site small has no secondary");
    forget(&binding);
}

/* --- not built yet --- */

static void what_a_later_version_does_is_bound_and_marked(void **state)
{
    (void)state;
    static const struct {
        const char *flow, *not_built;
    } table[] = {
        {"dsn: [success, failure]", NULL},
        {"dsn: {notify: never, ret: hdrs, envid: abc}", NULL},
        {"client: web", "client: web (x.yaml:5:5) is not built yet"},
        {"client: imap", NULL},
        {"resolve: dns", NULL},
        {"resolve: live", NULL},
        {"known-failure: ticket 4711", "known-failure (x.yaml:5:5) is not built yet"},
        {"known-failure: {finding: copy.missing, reason: a ticket, until: 2028-02-29}", "known-failure (x.yaml:5:5) is not built yet"},
        {"expect: [bob, never: bounce]", NULL},
        {"expect: {bounce: failed 5.4.6 /loop/}", NULL},
        {"expect: {bounce: {action: relayed, status: 2.1.5, remote-mta: a.example, at: alice}, for: bob}", NULL},
        {"expect: {at: bob, spf: pass}", NULL},
        {"expect: {at: bob, dmarc: fail}", NULL},
        {"expect: {at: bob, arc: none}", NULL},
        {"expect: {at: bob, spf: any}", NULL},
        {"expect: {at: bob, dkim: fail}", NULL},
        {"expect: {at: bob, capture: {mid: Message-ID, number: {text: '/no ([0-9]+)/'}}}", "capture (x.yaml:5:23) is not built yet"},
        {"expect: {at: bob, like: site.yaml}", "like (x.yaml:5:23) is not built yet"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char scenario[1000];
        snprintf(scenario, sizeof scenario, "scenario: x\nflows:\n  - flow: a\n    from: alice\n    %s\n    to: bob\n", table[i].flow);
        struct binding binding = bind_good(scenario);
        if (table[i].not_built)
            assert_string_equal(binding.plan->flows[0].not_built, table[i].not_built);
        else
            assert_null(binding.plan->flows[0].not_built);
        forget(&binding);
    }
}

/* --- dns --- */

static const char two_tables[] = "dns-before: {mx: 10 mail.net-it.com, spf: v=spf1 mx ~all}\n";

static const char *rows_of(const struct mf_plan *plan, const struct mf_section *section)
{
    static char text[400];
    text[0] = '\0';
    for (size_t i = 0; i < section->dns_row_count; i++) {
        const struct mf_dns_row *row = &section->dns_rows[i];
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s%.*s of %s %d", i ? ", " : "",
                 (int)strcspn(mf_dns_row_name(row->kind), " "), mf_dns_row_name(row->kind),
                 row->table ? mf_dns_table_name(plan->site, row->table) : "nothing", (int)(row->within / MF_SECOND));
    }
    return text;
}

static void which_records_of_which_table_until_when(void **state)
{
    (void)state;
    static const struct {
        const char *about, *dns, *rows;
    } table[] = {
        {"a list", "[mx, spf]", "MX of dns 0, SPF of dns 0"},
        {"one value may stand for a list", "mx", "MX of dns 0"},
        {"a map names the same list", "{records: [spf, mx]}", "SPF of dns 0, MX of dns 0"},
        {"without records: all that the table has", "{table: dns}", "MX of dns 0, SPF of dns 0, DKIM of dns 0, DMARC of dns 0"},
        {"the other table has fewer", "{table: dns-before}", "MX of dns-before 0, SPF of dns-before 0"},
        {"within alone waits for all", "{within: 6 h}", "MX of dns 21600, SPF of dns 21600, DKIM of dns 21600, DMARC of dns 21600"},
        {"all three, in any order", "{within: 90 s, records: mx, table: dns-before}", "MX of dns-before 90"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char site[sizeof usual_site + sizeof two_tables], scenario[300];
        snprintf(site, sizeof site, "%s%s", usual_site, two_tables);
        for (int at_file = 0; at_file < 2; at_file++) {
            snprintf(scenario, sizeof scenario, at_file ? "scenario: x\ndns: %s\n" : "scenario: x\nsections: [{section: s, dns: %s}]\n",
                     table[i].dns);
            struct binding binding = bind_text(site, scenario);
            assert_non_null(binding.plan);
            assert_null(binding.plan->sections[0].skip);
            if (strcmp(rows_of(binding.plan, &binding.plan->sections[0]), table[i].rows) != 0)
                print_error("%s\n", table[i].about);
            assert_string_equal(rows_of(binding.plan, &binding.plan->sections[0]), table[i].rows);
            forget(&binding);
        }
    }
}

static void mistakes_in_dns_are_told_where_they_stand(void **state)
{
    (void)state;
    char site[sizeof usual_site + sizeof two_tables];
    snprintf(site, sizeof site, "%s%s", usual_site, two_tables);
    expect_errors(site,
                  "scenario: x\nsections:\n"
                  "  - {section: a, dns: {records: [mx, spff]}}\n"
                  "  - {section: b, dns: {table: dns-after}}\n"
                  "  - {section: c, dns: {within: 6}}\n"
                  "  - {section: d, dns: {records: dkim, table: dns-before}}\n"
                  "  - {section: e, dns: {recrods: mx}}\n"
                  "  - {section: f, dns: {records: []}}\n",
                  "x.yaml:3:38 unknown word \"spff\" for \"records\" | did you mean \"spf\"?\n"
                  "x.yaml:4:31 unknown word \"dns-after\" for \"table\" | one of: dns, dns-before\n"
                  "x.yaml:5:32 \"6\" is no duration: the unit is missing | write 6 s or 6 min\n"
                  "x.yaml:6:33 the dns-before table of site lab has no dkim | write it under dns-before: in site.yaml\n"
                  "x.yaml:7:24 unknown key \"recrods\" in dns | did you mean \"records\"?\n"
                  "x.yaml:8:33 \"records\" is an empty list | mx, spf, dkim, dmarc, more; or leave it out: all that the table has\n");
}

static void a_table_that_the_site_lacks_skips_the_rows(void **state)
{
    (void)state;
    struct binding binding = bind_good("scenario: x\nsections:\n  - {section: a, dns: {table: dns-before}}\n"
                                       "  - {section: b, dns: {table: dns-before, records: mx}, flows: [{flow: f, from: alice, to: bob}]}\n");
    const struct mf_section *sections = binding.plan->sections;
    assert_string_equal(sections[0].skip, "site lab has no dns-before table");
    assert_null(sections[1].skip); /* its flow runs */
    assert_string_equal(sections[2].skip, "site lab has no dns-before table");
    assert_int_equal(sections[2].dns_row_count, 1);
    forget(&binding);
}

static void names_are_answered_by_the_table_that_stands_nearest(void **state)
{
    (void)state;
    char site[sizeof usual_site + sizeof two_tables];
    snprintf(site, sizeof site, "%s%s", usual_site, two_tables);
    struct binding binding = bind_text(site, "scenario: x\nfrom: alice\nto: bob\nresolve: dns\nsections:\n"
                                             "  - section: s\n    resolve: dns-before\n    flows:\n"
                                             "      - {flow: section's}\n      - {flow: its own, resolve: live}\n"
                                             "      - {flow: looks again, of: its own, expect: bob}\n"
                                             "  - section: t\n    flows: [{flow: file's}]\n"
                                             "  - {section: u, flows: [{flow: as it was sent, of: section's, resolve: live, expect: bob}]}\n");
    assert_non_null(binding.plan);
    const struct mf_flow *flows = binding.plan->flows;
    const struct mf_site *lab = binding.plan->site;
    assert_ptr_equal(flows[0].resolve, lab->dns_before);
    assert_null(flows[1].resolve);
    assert_ptr_equal(flows[2].resolve, lab->dns_before); /* its section says so: the message is judged by both */
    assert_ptr_equal(flows[3].resolve, lab->dns);
    assert_null(flows[4].resolve);
    forget(&binding);
    binding = bind_good("scenario: x\nflows:\n  - {flow: a, from: alice, to: bob, resolve: dns}\n  - {flow: b, of: a, expect: bob}\n");
    assert_ptr_equal(binding.plan->flows[1].resolve, binding.plan->site->dns); /* nobody says otherwise: as it was sent */
    forget(&binding);
    expect_errors(usual_site, "scenario: x\nflows: [{flow: a, from: alice, to: bob, resolve: dns-before}]\n",
                  "x.yaml:2:50 site lab has no dns-before table | write one in site.yaml\n");
}

static void a_table_is_single_records_by_their_full_names(void **state)
{
    (void)state;
    char site[sizeof usual_site + 400], text[1000] = "";
    size_t count;
    const char *rest = strchr(strstr(usual_site, "dns:"), '\n');
    snprintf(site, sizeof site,
             "site: lab\ndomain: net-it.com\ndns:\n  mx: [0 a.example, 10 b.example]\n  spf: v=spf1 -all\n"
             "  dkim: {s1: {cname: s1.host.example}}\n  dmarc: v=DMARC1; p=none\n"
             "  more: {autodiscover: CNAME x.example, _mta-sts.net-it.com: TXT v=STSv1; id=1, mail.other.example.: A 192.0.2.1}%s", rest);
    struct binding binding = bind_text(site, "scenario: x\nflows: [{flow: a, from: alice, to: bob}]\n");
    assert_non_null(binding.plan);
    const struct mf_dns_entry *entries =
        mf_dns_table_entries(binding.plan->arena, binding.plan->site, binding.plan->site->dns, &count);
    for (size_t i = 0; i < count; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s %s %s\n", entries[i].name, entries[i].type, entries[i].value);
    assert_string_equal(text, "net-it.com MX 0 a.example\nnet-it.com MX 10 b.example\nnet-it.com TXT v=spf1 -all\n"
                              "s1._domainkey.net-it.com CNAME s1.host.example\n_dmarc.net-it.com TXT v=DMARC1; p=none\n"
                              "autodiscover.net-it.com CNAME x.example\n_mta-sts.net-it.com TXT v=STSv1; id=1\n"
                              "mail.other.example A 192.0.2.1\n");
    forget(&binding);
}

static void phases_are_bound_and_none_of_their_flows_is_run(void **state)
{
    (void)state;
    char site[sizeof usual_site + 100];
    snprintf(site, sizeof site, "%sactions: {stop: {do: ci/lab/lab stop primary, undo: [true], down: primary}}\n", usual_site);
    struct binding binding = bind_text(site, "scenario: x\nfrom: alice\nto: bob\nphases:\n"
                                             "  - {phase: one, action: stop, flows: [{flow: a}]}\n"
                                             "  - {phase: two, needs: one, action: [stop], dns: {within: 6 h}}\n");
    assert_non_null(binding.plan);
    assert_string_equal(binding.plan->flows[0].not_built, "phases (x.yaml:4:1) is not built yet");
    assert_string_equal(binding.plan->sections[1].skip, "phases (x.yaml:4:1) is not built yet");
    forget(&binding);
    expect_errors(site, "scenario: x\nphases:\n  - {phase: one, action: stopp, needs: tow}\n  - {phase: two}\n",
                  "x.yaml:3:26 site lab has no action \"stopp\" | did you mean \"stop\"?\n"
                  "x.yaml:3:40 there is no flow or section \"tow\" | did you mean \"two\"?\n");
}

/* --- include --- */

static void an_included_file_inherits_and_brings_its_sections(void **state)
{
    (void)state;
    static const char *const path[] = {"a/x.yaml"};
    static const struct file_in_memory memory[] = {
        {"site.yaml", usual_site},
        {"a/x.yaml", "scenario: outer\nvars: {who: bob}\nfrom: alice\nsections:\n  - section: s\n    tags: t\n    flows:\n"
                     "      - {flow: one, to: bob}\n      - include: ../b/y.yaml\n      - {flow: two, to: $(who)}\n"},
        {"b/y.yaml", "scenario: inner\nvars: {what: $(who)}\nto: $(what)\nflows: [{flow: three}]\nsections: [{section: deep, flows: [{flow: four, needs: one}]}]\n"},
        {NULL, NULL}};
    struct mf_plan_options options = usual_options("site.yaml", path, 1);
    setenv("LAB_PASSWORD", "x", 1);
    struct binding binding = bind_files(&options, memory);
    char *errors = errors_of(&binding);
    assert_string_equal(errors, "");
    free(errors);
    assert_string_equal(binding.plan->title, "outer");
    assert_int_equal(binding.plan->section_count, 2);
    assert_int_equal(binding.plan->sections[0].flow_count, 3);
    assert_string_equal(binding.plan->sections[0].flows[1]->name, "three");
    assert_string_equal(binding.plan->sections[0].flows[1]->tags[0], "t");
    assert_string_equal(binding.plan->sections[0].flows[1]->recipients[0].person->name, "bob");
    assert_string_equal(binding.plan->sections[1].title, "deep");
    assert_string_equal(binding.plan->sections[1].flows[0]->needs[0].flow->name, "one");
    forget(&binding);
}

static void a_file_that_includes_itself_is_told(void **state)
{
    (void)state;
    expect_errors(usual_site, "scenario: x\nflows:\n  - {flow: a, from: alice, to: bob}\n  - include: x.yaml\n",
                  "x.yaml:4:14 x.yaml includes itself | take it out\n");
}

/* --- --only --- */

static void only_picks_by_name_section_or_tag_and_takes_of_along(void **state)
{
    (void)state;
    static const char scenario[] = "scenario: x\nfrom: alice\nto: bob\nsections:\n"
                                   "  - {section: s, dns: mx, flows: [{flow: a}, {flow: b, tags: quick}]}\n"
                                   "  - {section: t, flows: [{flow: c, of: a, needs: [b, s]}, {flow: d, tags: quick, needs: s}]}\n";
    static const struct {
        const char *only, *names;
        size_t sections;
    } table[] = {{"a", "a", 1}, {"quick", "b; d", 2}, {"t", "a; c; d", 2}, {"s", "a; b", 1}, {"c", "a; c", 2}};
    static const char *const path[] = {"x.yaml"};
    setenv("LAB_PASSWORD", "x", 1);
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct file_in_memory memory[] = {{"site.yaml", usual_site}, {"x.yaml", scenario}, {NULL, NULL}};
        struct mf_plan_options options = usual_options("site.yaml", path, 1);
        options.only = &table[i].only;
        options.only_count = 1;
        struct binding binding = bind_files(&options, memory);
        assert_non_null(binding.plan);
        assert_string_equal(names_of(binding.plan), table[i].names);
        assert_int_equal(binding.plan->section_count, table[i].sections);
        for (size_t f = 0; f < binding.plan->flow_count; f++) {
            const struct mf_flow *flow = &binding.plan->flows[f];
            assert_int_equal(flow->index, f);
            assert_ptr_equal(flow->section, &binding.plan->sections[flow->section->index]);
            assert_true(!flow->of || flow->of == &binding.plan->flows[0]);
            assert_ptr_equal(flow->expects[0].flow, flow);
            for (size_t n = 0; n < flow->need_count; n++)
                assert_true(!flow->needs[n].flow || flow->needs[n].flow == &binding.plan->flows[flow->needs[n].flow->index]);
        }
        assert_int_equal(binding.plan->sections[0].dns_row_count, strcmp(table[i].only, "s") == 0 ? 1 : 0);
        forget(&binding);
    }
}

static void only_with_an_unknown_name_is_refused(void **state)
{
    (void)state;
    static const char *const path[] = {"x.yaml"}, *const only[] = {"intenal"};
    struct file_in_memory memory[] = {{"site.yaml", usual_site},
                                      {"x.yaml", "scenario: x\nflows: [{flow: internal, from: alice, to: bob}]\n"}, {NULL, NULL}};
    struct mf_plan_options options = usual_options("site.yaml", path, 1);
    options.only = only;
    options.only_count = 1;
    struct binding binding = bind_files(&options, memory);
    char *errors = errors_of(&binding);
    assert_string_equal(errors, "--only: no flow, section or tag is called \"intenal\" | did you mean \"internal\"?\n");
    free(errors);
    forget(&binding);
}

/* --- several files --- */

static void names_hold_within_one_file(void **state)
{
    (void)state;
    static const char *const paths[] = {"x.yaml", "y.yaml"};
    struct file_in_memory memory[] = {{"site.yaml", usual_site},
                                      {"x.yaml", "scenario: x\nflows: [{flow: a, from: alice, to: bob}]\n"},
                                      {"y.yaml", "scenario: y\nflows: [{flow: a, from: bob, to: alice}, {flow: b, of: a}]\n"},
                                      {NULL, NULL}};
    struct mf_plan_options options = usual_options("site.yaml", paths, 2);
    setenv("LAB_PASSWORD", "x", 1);
    struct binding binding = bind_files(&options, memory);
    assert_non_null(binding.plan);
    assert_ptr_equal(binding.plan->flows[2].of, &binding.plan->flows[1]);
    assert_string_not_equal(binding.plan->flows[0].id, binding.plan->flows[1].id);
    forget(&binding);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_makes_a_flow_for_every_row),
        cmocka_unit_test(each_reads_a_table),
        cmocka_unit_test(an_each_that_is_no_good_is_told_once),
        cmocka_unit_test(of_looks_again_at_the_same_message),
        cmocka_unit_test(circles_are_told),
        cmocka_unit_test(needs_tags_and_severity_add_up),
        cmocka_unit_test(a_guard_that_is_not_met_skips_with_its_reason),
        cmocka_unit_test(what_is_skipped_is_checked_all_the_same),
        cmocka_unit_test(a_section_is_skipped_as_a_whole),
        cmocka_unit_test(what_a_later_version_does_is_bound_and_marked),
        cmocka_unit_test(which_records_of_which_table_until_when),
        cmocka_unit_test(mistakes_in_dns_are_told_where_they_stand),
        cmocka_unit_test(a_table_that_the_site_lacks_skips_the_rows),
        cmocka_unit_test(names_are_answered_by_the_table_that_stands_nearest),
        cmocka_unit_test(a_table_is_single_records_by_their_full_names),
        cmocka_unit_test(phases_are_bound_and_none_of_their_flows_is_run),
        cmocka_unit_test(an_included_file_inherits_and_brings_its_sections),
        cmocka_unit_test(a_file_that_includes_itself_is_told),
        cmocka_unit_test(only_picks_by_name_section_or_tag_and_takes_of_along),
        cmocka_unit_test(only_with_an_unknown_name_is_refused),
        cmocka_unit_test(names_hold_within_one_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
