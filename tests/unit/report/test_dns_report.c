/* Rows of records in every format, beside the flows. */
#include "unit/test.h"

#include <jansson.h>
#include <stdlib.h>

#include "mailflow/report.h"

static const char *domains[] = {"net-it.com"};
static struct mf_site site = {.name = "lab", .domains = domains, .domain_count = 1};
static struct mf_dns_row dns_rows[2];
static struct mf_section sections[1] = {{.title = "DNS", .dns_rows = dns_rows, .dns_row_count = 2}};
static struct mf_plan plan = {.title = "Post go live", .run = "7f3a9c21", .site = &site, .sections = sections, .section_count = 1};
static const struct mf_finding_kind stale = {.id = "dns.mx-stale", .outcome = MF_FAIL, .scope = "server"};
static const struct mf_finding_kind blind = {.id = "dns.dmarc-no-rua", .outcome = MF_PASS, .scope = "domain"};
static const struct mf_dns_row *mx_row[] = {&dns_rows[0]}, *dmarc_row[] = {&dns_rows[1]};
static struct mf_finding found[] = {
    {.kind = &stale, .outcome = MF_FAIL, .number = 1, .scope = "ns2", .title = "ns2 still answers another MX", .why = "ns2 answers 10 mail.\n",
     .fix = "Push the zone:\n  net-it.com.  MX  0 in.\n", .rows = mx_row, .row_count = 1},
    {.kind = &blind, .outcome = MF_PASS, .scope = "_dmarc.net-it.com", .title = "Nobody gets DMARC reports", .why = "", .fix = "", .rows = dmarc_row, .row_count = 1},
};
static struct mf_finding *all_found[] = {&found[0], &found[1]};
static const struct mf_finding *of_mx[] = {&found[0]}, *of_dmarc[] = {&found[1]};
static struct mf_dns_seen seen[] = {
    {"net-it.com", "ns1 (192.0.2.53)", "0 in.example", "0 in.example", "7", 60, MF_FACT_GOOD},
    {"net-it.com", "ns2 (192.0.2.54)", "0 in.example", "10 mail.net-it.com", "3", 60, MF_FACT_BAD},
};
static const char *notes[] = {"SOA serial 7 at ns1, 3 at ns2"};
static struct mf_dns_row_facts facts[] = {{.row = &dns_rows[0], .seen = seen, .seen_count = 2, .notes = notes, .note_count = 1}, {.row = &dns_rows[1]}};
static struct mf_dns_verdict rows[] = {
    {.row = &dns_rows[0], .outcome = MF_FAIL, .name = "MX record", .detail = "not at ns2: 10 mail", .right = "", .servers = "ns1, ns2", .findings = of_mx,
     .finding_count = 1, .facts = &facts[0]},
    {.row = &dns_rows[1], .outcome = MF_PASS, .name = "DMARC record", .detail = "p=none", .right = "dns.dmarc-no-rua", .servers = "ns1, ns2",
     .findings = of_dmarc, .finding_count = 1, .facts = &facts[1]},
};
static struct mf_verdict verdict = {.outcome = MF_FAIL, .status = 1, .started = 1795388647123456, .ended = 1795388657723456, .dns = rows, .dns_count = 2,
                                    .findings = all_found, .finding_count = 2, .passed = 1, .failed = 1, .warnings = 1, .from = "probe (192.0.2.9), resolver 192.0.2.56@53"};

static int prepare(void **state)
{
    (void)state;
    setenv("TZ", "UTC", 1);
    dns_rows[0] = (struct mf_dns_row){.kind = MF_ROW_MX, .section = &sections[0], .place = {"a.yaml", 6, 11, 2}};
    dns_rows[1] = (struct mf_dns_row){.kind = MF_ROW_DMARC, .section = &sections[0], .place = {"a.yaml", 6, 26, 5}};
    return 0;
}

static char *written(const char *format)
{
    struct mf_report_options options = {.unicode = true};
    struct mf_text out = {0};
    mf_report_find(format)->write(&plan, &verdict, &options, &out);
    char *copy = strdup(mf_text_str(&out));
    mf_text_release(&out);
    return copy;
}

static void has(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("lacks \"%s\":\n%s", part, text);
}

static void the_checklist_has_a_row_for_each_record(void **state)
{
    (void)state;
    char *text = written("terminal");
    has(text, "\nDNS\n  FAIL   MX record                  not at ns2: 10 mail                                  [1]\n"
              "  warn   DMARC record               p=none                                  dns.dmarc-no-rua\n");
    has(text, "    Hits   MX record\n");
    has(text, "FAIL   1 passed, 1 failed for 1 reason, 1 warning; status 1");
    free(text);
}

static void the_table_shows_each_servers_word(void **state)
{
    (void)state;
    char *text = written("dns");
    has(text, "DNS of net-it.com · site lab                                                 asked: ns1, ns2\n"
              "                                             from: probe (192.0.2.9), resolver 192.0.2.56@53\n\n"
              "MX record     net-it.com\n"
              "         expected                          0 in.example\n"
              "  pass   ns1 (192.0.2.53)                  as expected, SOA serial 7\n"
              "  FAIL   ns2 (192.0.2.54)                  10 mail.net-it.com\n"
              "  FAIL   not at ns2: 10 mail [1]\n"
              "  note   SOA serial 7 at ns1, 3 at ns2\n");
    free(text);
}

static void json_has_rows_with_what_was_seen(void **state)
{
    (void)state;
    char *text = written("json");
    json_t *root = json_loads(text, 0, NULL), *dns = json_object_get(root, "dns"), *mx = json_array_get(dns, 0);
    assert_int_equal(json_array_size(dns), 2);
    assert_string_equal(json_string_value(json_object_get(mx, "name")), "MX record");
    assert_string_equal(json_string_value(json_object_get(mx, "outcome")), "fail");
    assert_string_equal(json_string_value(json_object_get(mx, "servers")), "ns1, ns2");
    assert_string_equal(json_string_value(json_object_get(mx, "place")), "a.yaml:6");
    assert_string_equal(json_string_value(json_array_get(json_object_get(mx, "findings"), 0)), "dns.mx-stale");
    assert_string_equal(json_string_value(json_object_get(json_array_get(json_object_get(mx, "seen"), 1), "found")), "10 mail.net-it.com");
    assert_string_equal(json_string_value(json_array_get(json_object_get(json_array_get(json_object_get(root, "findings"), 0), "dns"), 0)), "MX record");
    json_decref(root);
    free(text);
}

static void junit_has_a_test_case_for_each(void **state)
{
    (void)state;
    char *text = written("junit");
    has(text, "<testsuite name=\"DNS\" tests=\"2\" failures=\"1\" errors=\"0\" skipped=\"0\"");
    has(text, "<testcase name=\"MX record\" classname=\"DNS\" file=\"a.yaml\" line=\"6\"");
    has(text, "<failure message=\"ns2 still answers another MX\" type=\"dns.mx-stale\">");
    has(text, "<system-out>warning: Nobody gets DMARC reports");
    free(text);
}

static void tap_counts_them(void **state)
{
    (void)state;
    char *text = written("tap");
    has(text, "1..2\nnot ok 1 - MX record (fail)\n");
    has(text, "\nok 2 - DMARC record\n");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_checklist_has_a_row_for_each_record), cmocka_unit_test(the_table_shows_each_servers_word),
        cmocka_unit_test(json_has_rows_with_what_was_seen),        cmocka_unit_test(junit_has_a_test_case_for_each),
        cmocka_unit_test(tap_counts_them),
    };
    return cmocka_run_group_tests(tests, prepare, NULL);
}
