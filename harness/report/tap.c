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

static void write_tap(const struct mf_plan *plan, const struct mf_verdict *verdict, const struct mf_report_options *options,
                      struct mf_text *out)
{
    (void)options;
    (void)plan;
    mf_text_printf(out, "TAP version 14\n1..%zu\n", verdict->flow_count);
    for (size_t i = 0; i < verdict->flow_count; i++) {
        const struct mf_flow_verdict *flow = &verdict->flows[i];
        bool ok = flow->outcome == MF_PASS || flow->outcome == MF_SKIPPED;
        mf_text_printf(out, "%sok %zu - ", ok ? "" : "not ", i + 1);
        description(out, flow->flow->name);
        if (flow->outcome == MF_SKIPPED) {
            mf_text_puts(out, " # SKIP ");
            description(out, flow->detail ? flow->detail : "");
        } else if (!ok) {
            mf_text_printf(out, " (%s)", mf_outcome_name(flow->outcome));
        }
        mf_text_putc(out, '\n');
        for (size_t f = 0; f < flow->finding_count; f++) {
            struct mf_text body = {0};
            report_finding_text(&body, flow->findings[f]);
            comment(out, mf_text_str(&body));
            mf_text_release(&body);
        }
    }
}

const struct mf_report_format report_tap = {"tap", "Test Anything Protocol", write_tap};
