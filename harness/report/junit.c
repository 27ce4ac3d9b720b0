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
    for (size_t i = 0; i < verdict->dns_count; i++)
        if (verdict->dns[i].row->section == section) {
            tally.tests++;
            tally.failures += verdict->dns[i].outcome == MF_FAIL;
            tally.errors += verdict->dns[i].outcome == MF_ERROR || verdict->dns[i].outcome == MF_PENDING;
        }
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

/* A flow or a record, as a test case. */
struct one {
    const char *name, *section, *detail;
    struct mf_place place;
    mf_usec took;
    enum mf_outcome outcome;
    const struct mf_finding **findings;
    size_t finding_count;
};

static const struct mf_finding *first_problem(const struct one *one)
{
    for (size_t i = 0; i < one->finding_count; i++)
        if (one->findings[i]->outcome != MF_PASS)
            return one->findings[i];
    return NULL;
}

/* The element that says what is wrong, with every finding in it. */
static void write_trouble(struct mf_text *out, const char *element, const struct one *one)
{
    const struct mf_finding *first = first_problem(one);
    mf_text_printf(out, "      <%s", element);
    attribute(out, "message", first ? first->title : one->detail);
    attribute(out, "type", first ? first->kind->id : mf_outcome_name(one->outcome));
    mf_text_putc(out, '>');
    struct mf_text body = {0};
    for (size_t i = 0; i < one->finding_count; i++)
        if (one->findings[i]->outcome != MF_PASS)
            report_finding_text(&body, one->findings[i]);
    report_escape_xml(out, mf_text_str(&body));
    mf_text_release(&body);
    mf_text_printf(out, "</%s>\n", element);
}

static void write_warnings(struct mf_text *out, const struct one *one)
{
    struct mf_text body = {0};
    for (size_t i = 0; i < one->finding_count; i++)
        if (one->findings[i]->outcome == MF_PASS) {
            mf_text_puts(&body, "warning: ");
            report_finding_text(&body, one->findings[i]);
        }
    if (body.len) {
        mf_text_puts(out, "      <system-out>");
        report_escape_xml(out, body.data);
        mf_text_puts(out, "</system-out>\n");
    }
    mf_text_release(&body);
}

static void write_case(struct mf_text *out, const struct mf_plan *plan, const struct one *one)
{
    mf_text_puts(out, "    <testcase");
    attribute(out, "name", one->name);
    attribute(out, "classname", one->section[0] ? one->section : plan->title);
    if (one->place.file)
        attribute(out, "file", one->place.file);
    mf_text_printf(out, " line=\"%d\"", one->place.line);
    seconds_attribute(out, one->took);
    mf_text_puts(out, ">\n");
    switch (one->outcome) {
    case MF_PASS:
        break;
    case MF_FAIL:
        write_trouble(out, "failure", one);
        break;
    case MF_ERROR:
    case MF_PENDING:
        write_trouble(out, "error", one);
        break;
    case MF_SKIPPED:
        mf_text_puts(out, "      <skipped");
        attribute(out, "message", one->detail);
        mf_text_puts(out, "/>\n");
        break;
    }
    write_warnings(out, one);
    mf_text_puts(out, "    </testcase>\n");
}

static void write_flow(struct mf_text *out, const struct mf_plan *plan, const struct mf_flow_verdict *flow)
{
    write_case(out, plan, &(struct one){flow->flow->name, flow->flow->section->title, flow->detail, flow->flow->place, flow->took,
                                        flow->outcome, flow->findings, flow->finding_count});
}

static void write_record(struct mf_text *out, const struct mf_plan *plan, const struct mf_dns_verdict *row)
{
    write_case(out, plan, &(struct one){row->name, row->row->section->title, row->detail, row->row->place, 0, row->outcome,
                                        row->findings, row->finding_count});
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
    for (size_t i = 0; i < verdict->dns_count; i++)
        if (verdict->dns[i].row->section == section)
            write_record(out, plan, &verdict->dns[i]);
    for (size_t i = 0; i < section->flow_count; i++)
        write_flow(out, plan, report_flow(verdict, section, i));
    mf_text_puts(out, "  </testsuite>\n");
}

static void write_junit(const struct mf_plan *plan, const struct mf_verdict *verdict, const struct mf_report_options *options,
                        struct mf_text *out)
{
    (void)options;
    struct tally all = {verdict->flow_count + verdict->dns_count, verdict->failed, verdict->errors + verdict->pending, verdict->skipped};
    mf_text_puts(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites");
    attribute(out, "name", plan->title);
    tally_attributes(out, all);
    seconds_attribute(out, verdict->ended - verdict->started);
    mf_text_puts(out, ">\n");
    for (size_t i = 0; i < plan->section_count; i++)
        if (count_section(verdict, &plan->sections[i]).tests)
            write_suite(out, plan, verdict, &plan->sections[i]);
    mf_text_puts(out, "</testsuites>\n");
}

const struct mf_report_format report_junit = {"junit", "JUnit XML for CI systems", write_junit};
