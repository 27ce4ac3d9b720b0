/* One verdict in every format. The verdict is made by hand: what a report must say is decided here,
 * not by the rooms before it. */
#include "unit/test.h"

#include <jansson.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mailflow/report.h"

static const char *domains[] = {"net-it.com"};
static struct mf_site site = {.name = "lab", .domains = domains, .domain_count = 1};
static struct mf_section sections[2];
static struct mf_flow flows[4];
static struct mf_flow *first_flows[3] = {&flows[0], &flows[1], &flows[2]}, *second_flows[1] = {&flows[3]};
static struct mf_plan plan = {.title = "Post go live", .run = "7f3a9c21", .site = &site, .sections = sections, .section_count = 2,
                              .flows = flows, .flow_count = 4};

static const struct mf_finding_kind changed = {.id = "dkim.body-changed", .outcome = MF_FAIL, .scope = "domain"};
static const struct mf_finding_kind unreadable = {.id = "mailbox.unreadable", .outcome = MF_ERROR, .scope = "mailbox"};
static const struct mf_finding_kind few = {.id = "dkim.few-headers", .outcome = MF_PASS, .scope = "domain"};
static const struct mf_flow *hit_by_change[] = {&flows[1]}, *hit_by_unreadable[] = {&flows[0]};
static struct mf_exhibit diff[] = {{MF_EXHIBIT_DIFF, NULL, "  2   as sent\n+ 3   a footer \x1b[31m\n"}};
static struct mf_place places[] = {{"scenarios/a.yaml", 17, 9, 4}, {"scenarios/a.yaml", 27, 9, 4}};
static struct mf_finding found[] = {
    {.kind = &changed, .outcome = MF_FAIL, .number = 1, .scope = "s._domainkey.net-it.com", .title = "Text is added after the gateway has signed",
     .why = "bh= fits the body as sent, not as received.\n", .fix = "Add the footer before the gateway signs.\n", .exhibits = diff,
     .exhibit_count = 1, .flows = hit_by_change, .flow_count = 1, .places = places, .place_count = 2,
     .place_words = "outbound: DKIM passes", .meant_so = "severity: {dkim.body-changed: ignore}"},
    {.kind = &unreadable, .outcome = MF_ERROR, .number = 2, .scope = "bob primary", .title = "bob's mailbox could not be read",
     .why = "NO <[AUTHENTICATIONFAILED]> & more\n", .fix = "look at bob's account\n", .flows = hit_by_unreadable, .flow_count = 1},
    {.kind = &few, .outcome = MF_PASS, .scope = "s", .title = "Subject is not signed", .why = "", .fix = "", .flows = hit_by_change, .flow_count = 1},
};
static struct mf_finding *all_found[] = {&found[0], &found[1], &found[2]};
static const struct mf_finding *of_outbound[] = {&found[0], &found[2]}, *of_internal[] = {&found[1]};
static struct mf_flow_verdict verdicts[4];
static const char *left[] = {"bob primary"};
static struct mf_verdict verdict = {
    .outcome = MF_FAIL, .status = 1, .started = 1795388647123456, .ended = 1795388657723456, .flows = verdicts, .flow_count = 4,
    .findings = all_found, .finding_count = 3, .passed = 1, .failed = 1, .errors = 1, .skipped = 1, .warnings = 1, .messages_sent = 3,
    .copies_seen = 2, .copies_removed = 2, .copies_left = 0, .left_where = left, .left_count = 1};

static int make_case(void **state)
{
    (void)state;
    setenv("TZ", "UTC", 1);
    sections[0] = (struct mf_section){.title = "1. Internal and external mail flow", .flows = first_flows, .flow_count = 3};
    sections[1] = (struct mf_section){.title = "2. Copies", .flows = second_flows, .flow_count = 1};
    static const char *const names[] = {"Internal mail", "Outbound mail", "Inbound mail", "Copy of <inbound> & \"mail\""};
    for (size_t i = 0; i < 4; i++) {
        flows[i] = (struct mf_flow){.name = names[i], .id = "0123456789ab", .index = i, .section = &sections[i == 3],
                                    .place = {"scenarios/a.yaml", 10 + (int)i, 9, 4}};
        verdicts[i] = (struct mf_flow_verdict){.flow = &flows[i], .outcome = MF_PASS, .took = 13000, .route = "probe → gateway → alice primary"};
    }
    verdicts[0] = (struct mf_flow_verdict){.flow = &flows[0], .outcome = MF_ERROR, .took = -1, .route = "alice → bob primary",
                                           .detail = "mailbox unreadable", .findings = of_internal, .finding_count = 1};
    verdicts[1] = (struct mf_flow_verdict){.flow = &flows[1], .outcome = MF_FAIL, .took = 15000, .route = "alice → gateway → probe",
                                           .detail = "DKIM fail, altered", .findings = of_outbound, .finding_count = 2};
    verdicts[3] = (struct mf_flow_verdict){.flow = &flows[3], .outcome = MF_SKIPPED, .took = -1, .route = "", .detail = "site lab has no secondary"};
    return 0;
}

static char *written(const char *format, const struct mf_report_options *options)
{
    struct mf_text out = {0};
    mf_report_find(format)->write(&plan, &verdict, options, &out);
    char *text = strdup(mf_text_str(&out));
    mf_text_release(&out);
    return text;
}

static void the_checklist_has_a_row_a_flow_and_each_cause_once(void **state)
{
    (void)state;
    char *text = written("terminal", &(struct mf_report_options){.unicode = true, .evidence_dir = "build/evidence/7f3a", .again = "mailflow run x"});
    assert_string_equal(
        text,
        "Post go live · net-it.com · site lab                                      Sun 22 Nov 2026 23:04:07\n"
        "\n"
        "1. Internal and external mail flow\n"
        "  ERROR  Internal mail              alice → bob primary             mailbox unreadable         [2]\n"
        "  FAIL   Outbound mail              alice → gateway → probe         DKIM fail, altered   15 ms [1]\n"
        "  pass   Inbound mail               probe → gateway → alice primary                          13 ms\n"
        "\n"
        "2. Copies\n"
        "  skip   Copy of <inbound> & \"mail\"                                 site lab has no secondary\n"
        "\n"
        "[1] FAIL  Text is added after the gateway has signed                             dkim.body-changed\n"
        "    Hits   Outbound mail\n"
        "    Why    bh= fits the body as sent, not as received.\n"
        "             2   as sent\n"
        "           + 3   a footer \\x1B[31m\n"
        "    Fix    Add the footer before the gateway signs.\n"
        "    Place  scenarios/a.yaml:17, :27 (outbound: DKIM passes)\n"
        "           Meant so? severity: {dkim.body-changed: ignore}\n"
        "\n"
        "[2] ERROR bob's mailbox could not be read                                       mailbox.unreadable\n"
        "    Hits   Internal mail\n"
        "    Why    NO <[AUTHENTICATIONFAILED]> & more\n"
        "    Fix    look at bob's account\n"
        "\n"
        "warn  Subject is not signed                                                       dkim.few-headers\n"
        "    Hits   Outbound mail\n"
        "\n"
        "FAIL   1 passed, 1 failed for 1 reason, 1 not known, 1 skipped, 1 warning; status 1         10.6 s\n"
        "       3 messages sent, 2 copies seen, all removed; perhaps left at bob primary\n"
        "       evidence: build/evidence/7f3a     again: mailflow run x\n");
    free(text);
}

static void without_unicode_arrows_are_ascii_and_with_colour_only_escapes_are_added(void **state)
{
    (void)state;
    char *plain = written("terminal", &(struct mf_report_options){.unicode = false});
    assert_non_null(strstr(plain, "alice -> gateway -> probe"));
    for (const char *c = plain; *c; c++)
        assert_true((unsigned char)*c < 0x80);
    char *colored = written("terminal", &(struct mf_report_options){.unicode = false, .color = true});
    struct mf_text stripped = {0};
    for (const char *c = colored; *c; c++) {
        if (*c == '\033')
            c = strchr(c, 'm');
        else
            mf_text_putc(&stripped, *c);
    }
    assert_string_equal(mf_text_str(&stripped), plain);
    mf_text_release(&stripped);
    free(plain);
    free(colored);
}

static void json_has_every_flow_and_finding_and_is_valid(void **state)
{
    (void)state;
    char *text = written("json", &(struct mf_report_options){.evidence_dir = "e"});
    json_error_t error;
    json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, &error);
    assert_non_null(root);
    assert_string_equal(json_string_value(json_object_get(root, "outcome")), "fail");
    assert_string_equal(json_string_value(json_object_get(root, "started")), "2026-11-22T23:04:07.123456Z");
    assert_true(json_real_value(json_object_get(root, "seconds")) > 10.59);
    const json_t *list = json_object_get(root, "flows"), *one = json_array_get(list, 1);
    assert_int_equal(json_array_size(list), 4);
    assert_string_equal(json_string_value(json_object_get(one, "name")), "Outbound mail");
    assert_string_equal(json_string_value(json_object_get(one, "outcome")), "fail");
    assert_true(json_is_null(json_object_get(json_array_get(list, 0), "seconds")));
    list = json_object_get(root, "findings");
    one = json_array_get(list, 0);
    assert_int_equal(json_array_size(list), 3);
    assert_string_equal(json_string_value(json_object_get(one, "id")), "dkim.body-changed");
    assert_string_equal(json_string_value(json_object_get(one, "severity")), "problem");
    assert_string_equal(json_string_value(json_array_get(json_object_get(one, "flows"), 0)), "Outbound mail");
    assert_string_equal(json_string_value(json_object_get(one, "place")), "scenarios/a.yaml:17");
    assert_string_equal(json_string_value(json_object_get(one, "message")), found[0].title);
    assert_string_equal(json_string_value(json_object_get(one, "fix")), found[0].fix);
    assert_string_equal(json_string_value(json_object_get(json_array_get(list, 2), "severity")), "warning");
    json_decref(root);
    free(text);
}

static size_t count_of(const char *text, const char *needle)
{
    size_t count = 0;
    for (; (text = strstr(text, needle)); text += strlen(needle))
        count++;
    return count;
}

static void junit_tells_wrong_mail_from_could_not_find_out(void **state)
{
    (void)state;
    char *text = written("junit", &(struct mf_report_options){0});
    assert_non_null(strstr(text, "<testsuites name=\"Post go live\" tests=\"4\" failures=\"1\" errors=\"1\" skipped=\"1\" time=\"10.600\">"));
    assert_int_equal(count_of(text, "<testcase "), 4);
    assert_int_equal(count_of(text, "</testcase>"), 4);
    assert_non_null(strstr(text, "<failure message=\"Text is added after the gateway has signed\" type=\"dkim.body-changed\">"));
    assert_non_null(strstr(text, "<error message=\"bob's mailbox could not be read\" type=\"mailbox.unreadable\">"));
    assert_non_null(strstr(text, "<skipped message=\"site lab has no secondary\"/>"));
    assert_non_null(strstr(text, "<system-out>warning: Subject is not signed"));
    free(text);
}

static void what_xml_cannot_hold_is_replaced_and_markup_is_escaped(void **state)
{
    (void)state;
    char *text = written("junit", &(struct mf_report_options){0});
    assert_null(strchr(text, '\033'));
    assert_non_null(strstr(text, "a footer \xEF\xBF\xBD[31m"));
    assert_non_null(strstr(text, "name=\"Copy of &lt;inbound&gt; &amp; &quot;mail&quot;\""));
    assert_non_null(strstr(text, "NO &lt;[AUTHENTICATIONFAILED]&gt; &amp; more"));
    free(text);
}

static void tap_has_a_line_a_flow(void **state)
{
    (void)state;
    char *text = written("tap", &(struct mf_report_options){0});
    assert_int_equal(strncmp(text, "TAP version 14\n1..4\nnot ok 1 - Internal mail (error)\n", 52), 0);
    assert_non_null(strstr(text, "\nnot ok 2 - Outbound mail (fail)\n"));
    assert_non_null(strstr(text, "\nok 3 - Inbound mail\n"));
    assert_non_null(strstr(text, " # SKIP site lab has no secondary\n"));
    free(text);
}

static void a_report_is_written_whole_or_not_at_all(void **state)
{
    (void)state;
    char dir[] = "/tmp/mailflow-report-XXXXXX", path[64];
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/out.json", dir);
    struct mf_report_options options = {0};
    struct mf_diag d = {0};
    assert_int_equal(mf_report_save(mf_report_find("json"), &plan, &verdict, &options, path, &d), 0);
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    assert_true(st.st_size > 1000);
    assert_int_equal(mf_report_save(mf_report_find("json"), &plan, &verdict, &options, "/nowhere/at/all.json", &d), -1);
    assert_non_null(strstr(d.title, "/nowhere/at/all.json: No such file or directory"));
    char link[100];
    snprintf(link, sizeof link, "%s/link", dir);
    assert_int_equal(symlink(path, link), 0); /* as /dev/stdout is one: it must not be replaced by a file */
    assert_int_equal(truncate(path, 0), 0);
    assert_int_equal(mf_report_save(mf_report_find("json"), &plan, &verdict, &options, link, &d), 0);
    assert_int_equal(lstat(link, &st), 0);
    assert_true(S_ISLNK(st.st_mode));
    assert_int_equal(stat(path, &st), 0);
    assert_true(st.st_size > 1000);
    unlink(link);
    unlink(path);
    assert_int_equal(rmdir(dir), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_checklist_has_a_row_a_flow_and_each_cause_once),
        cmocka_unit_test(without_unicode_arrows_are_ascii_and_with_colour_only_escapes_are_added),
        cmocka_unit_test(json_has_every_flow_and_finding_and_is_valid),
        cmocka_unit_test(junit_tells_wrong_mail_from_could_not_find_out),
        cmocka_unit_test(what_xml_cannot_hold_is_replaced_and_markup_is_escaped),
        cmocka_unit_test(tap_has_a_line_a_flow),
        cmocka_unit_test(a_report_is_written_whole_or_not_at_all),
    };
    return cmocka_run_group_tests(tests, make_case, NULL) ? 1 : 0;
}
