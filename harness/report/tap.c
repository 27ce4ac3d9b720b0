/* TAP 14: a line a flow, the findings as YAML-like diagnostics. */
#include <string.h>

#include "report/report_internal.h"

/* '#' and '\' have a meaning in a TAP description. */
static void description(struct mf_text *out, const char *words)
{
    for (; *words; words++) {
        if (*words == '#' || *words == '\\')
            mf_text_putc(out, '\\');
        mf_text_putc(out, *words == '\n' ? ' ' : *words);
    }
}

static void comment(struct mf_text *out, const char *words)
{
    while (*words) {
        size_t len = strcspn(words, "\n");
        mf_text_puts(out, "  # ");
        report_escape_terminal(out, words, len);
        mf_text_putc(out, '\n');
        words += len + (words[len] == '\n');
    }
}

static void write_line(struct mf_text *out, size_t number, enum mf_outcome outcome, const char *name, const char *detail)
{
    bool ok = outcome == MF_PASS || outcome == MF_SKIPPED;
    mf_text_printf(out, "%sok %zu - ", ok ? "" : "not ", number);
    description(out, name);
    if (outcome == MF_SKIPPED) {
        mf_text_puts(out, " # SKIP ");
        description(out, detail ? detail : "");
    } else if (!ok) {
        mf_text_printf(out, " (%s)", mf_outcome_name(outcome));
    }
    mf_text_putc(out, '\n');
}

static void write_findings(struct mf_text *out, const struct mf_finding **findings, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct mf_text body = {0};
        report_finding_text(&body, findings[i]);
        comment(out, mf_text_str(&body));
        mf_text_release(&body);
    }
}

static void write_tap(const struct mf_plan *plan, const struct mf_verdict *verdict, const struct mf_report_options *options,
                      struct mf_text *out)
{
    (void)options;
    (void)plan;
    mf_text_printf(out, "TAP version 14\n1..%zu\n", verdict->dns_count + verdict->flow_count);
    for (size_t i = 0; i < verdict->dns_count; i++) {
        const struct mf_dns_verdict *row = &verdict->dns[i];
        write_line(out, i + 1, row->outcome, row->name, row->detail);
        write_findings(out, row->findings, row->finding_count);
    }
    for (size_t i = 0; i < verdict->flow_count; i++) {
        const struct mf_flow_verdict *flow = &verdict->flows[i];
        write_line(out, verdict->dns_count + i + 1, flow->outcome, flow->flow->name, flow->detail);
        write_findings(out, flow->findings, flow->finding_count);
    }
}

const struct mf_report_format report_tap = {"tap", "Test Anything Protocol", write_tap};
