/* JUnit XML as CI systems read it: <failure> is wrong mail, <error> is could-not-find-out (also still
 * pending), <skipped> what was not judged. Warnings go to <system-out>. */
#include "report/report_internal.h"

static void attribute(struct mf_text *out, const char *name, const char *value)
{
    mf_text_printf(out, " %s=\"", name);
    report_escape_xml(out, value);
    mf_text_putc(out, '"');
}

static void seconds_attribute(struct mf_text *out, mf_usec duration)
{
    mf_text_printf(out, " time=\"%.3f\"", duration < 0 ? 0.0 : (double)duration / 1e6);
}

struct tally {
    size_t tests, failures, errors, skipped;
};

static struct tally count_section(const struct mf_verdict *verdict, const struct mf_section *section)
{
    struct tally tally = {.tests = section->flow_count};
    for (size_t i = 0; i < section->flow_count; i++) {
        enum mf_outcome outcome = report_flow(verdict, section, i)->outcome;
        tally.failures += outcome == MF_FAIL;
        tally.errors += outcome == MF_ERROR || outcome == MF_PENDING;
        tally.skipped += outcome == MF_SKIPPED;
    }
    return tally;
}

static void tally_attributes(struct mf_text *out, struct tally tally)
{
    mf_text_printf(out, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\"", tally.tests, tally.failures,
                   tally.errors, tally.skipped);
}

/* The element that says what is wrong, with every finding of the flow in it. */
static void write_trouble(struct mf_text *out, const char *element, const struct mf_flow_verdict *flow)
{
    const struct mf_finding *first = report_main_finding(flow);
    mf_text_printf(out, "      <%s", element);
    attribute(out, "message", first ? first->title : flow->detail);
    attribute(out, "type", first ? first->kind->id : mf_outcome_name(flow->outcome));
    mf_text_putc(out, '>');
    struct mf_text body = {0};
    for (size_t i = 0; i < flow->finding_count; i++)
        if (flow->findings[i]->outcome != MF_PASS)
            report_finding_text(&body, flow->findings[i]);
    report_escape_xml(out, mf_text_str(&body));
    mf_text_release(&body);
    mf_text_printf(out, "</%s>\n", element);
}

static void write_warnings(struct mf_text *out, const struct mf_flow_verdict *flow)
{
    struct mf_text body = {0};
    for (size_t i = 0; i < flow->finding_count; i++)
        if (flow->findings[i]->outcome == MF_PASS) {
            mf_text_puts(&body, "warning: ");
            report_finding_text(&body, flow->findings[i]);
        }
    if (body.len) {
        mf_text_puts(out, "      <system-out>");
        report_escape_xml(out, body.data);
        mf_text_puts(out, "</system-out>\n");
    }
    mf_text_release(&body);
}

static void write_case(struct mf_text *out, const struct mf_plan *plan, const struct mf_flow_verdict *flow)
{
    mf_text_puts(out, "    <testcase");
    attribute(out, "name", flow->flow->name);
    attribute(out, "classname", flow->flow->section->title[0] ? flow->flow->section->title : plan->title);
    if (flow->flow->place.file)
        attribute(out, "file", flow->flow->place.file);
    mf_text_printf(out, " line=\"%d\"", flow->flow->place.line);
    seconds_attribute(out, flow->took);
    mf_text_puts(out, ">\n");
    switch (flow->outcome) {
    case MF_PASS:
        break;
    case MF_FAIL:
        write_trouble(out, "failure", flow);
        break;
    case MF_ERROR:
    case MF_PENDING:
        write_trouble(out, "error", flow);
        break;
    case MF_SKIPPED:
        mf_text_puts(out, "      <skipped");
        attribute(out, "message", flow->detail);
        mf_text_puts(out, "/>\n");
        break;
    }
    write_warnings(out, flow);
    mf_text_puts(out, "    </testcase>\n");
}

static void write_suite(struct mf_text *out, const struct mf_plan *plan, const struct mf_verdict *verdict,
                        const struct mf_section *section)
{
    char started[40];
    mf_text_puts(out, "  <testsuite");
    attribute(out, "name", section->title[0] ? section->title : plan->title);
    tally_attributes(out, count_section(verdict, section));
    attribute(out, "timestamp", mf_date_rfc3339(verdict->started, started, sizeof started));
    attribute(out, "hostname", plan->site->name);
    mf_usec total = 0;
    for (size_t i = 0; i < section->flow_count; i++)
        total += report_flow(verdict, section, i)->took > 0 ? report_flow(verdict, section, i)->took : 0;
    seconds_attribute(out, total);
    mf_text_puts(out, ">\n");
    for (size_t i = 0; i < section->flow_count; i++)
        write_case(out, plan, report_flow(verdict, section, i));
    mf_text_puts(out, "  </testsuite>\n");
}

static void write_junit(const struct mf_plan *plan, const struct mf_verdict *verdict, const struct mf_report_options *options,
                        struct mf_text *out)
{
    (void)options;
    struct tally all = {verdict->flow_count, verdict->failed, verdict->errors + verdict->pending, verdict->skipped};
    mf_text_puts(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites");
    attribute(out, "name", plan->title);
    tally_attributes(out, all);
    seconds_attribute(out, verdict->ended - verdict->started);
    mf_text_puts(out, ">\n");
    for (size_t i = 0; i < plan->section_count; i++)
        if (plan->sections[i].flow_count)
            write_suite(out, plan, verdict, &plan->sections[i]);
    mf_text_puts(out, "</testsuites>\n");
}

const struct mf_report_format report_junit = {"junit", "JUnit XML for CI systems", write_junit};
