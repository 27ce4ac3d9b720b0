/* The last lines: the outcome in numbers, what was sent and removed, where the evidence is. */
#include <string.h>

#include "report/terminal_internal.h"

static const char *plural(size_t n)
{
    return n == 1 ? "" : "s";
}

static size_t causes(const struct mf_verdict *verdict, enum mf_outcome outcome)
{
    size_t count = 0;
    for (size_t i = 0; i < verdict->finding_count; i++)
        count += verdict->findings[i]->outcome == outcome;
    return count;
}

static void add_part(struct mf_text *words, const char *format, size_t n)
{
    if (!n)
        return;
    mf_text_puts(words, words->len ? ", " : "");
    mf_text_printf(words, "%zu %s", n, format);
}

void terminal_counts(struct mf_text *line, const struct mf_verdict *v)
{
    struct mf_text words = {0};
    if (v->outcome == MF_PASS && v->skipped == 0) {
        mf_text_printf(&words, "%zu of %zu", v->passed, v->flow_count + v->dns_count);
    } else {
        mf_text_printf(&words, "%zu passed", v->passed);
        if (v->failed) {
            size_t reasons = causes(v, MF_FAIL);
            mf_text_printf(&words, ", %zu failed for %zu reason%s", v->failed, reasons, plural(reasons));
        }
        add_part(&words, "not known", v->errors);
        add_part(&words, "still awaited", v->pending);
        add_part(&words, "skipped", v->skipped);
    }
    if (v->warnings)
        mf_text_printf(&words, ", %zu warning%s", v->warnings, plural(v->warnings));
    if (v->status)
        mf_text_printf(&words, "; status %d", v->status);
    mf_text_puts(line, mf_text_str(&words));
    mf_text_release(&words);
}

static void mail_words(struct mf_text *line, const struct mf_verdict *v)
{
    mf_text_printf(line, "%zu message%s sent, ", v->messages_sent, plural(v->messages_sent));
    if (v->sentinels_sent)
        mf_text_printf(line, "of which %zu sentinel%s, ", v->sentinels_sent, plural(v->sentinels_sent));
    mf_text_printf(line, "%zu cop%s seen", v->copies_seen, v->copies_seen == 1 ? "y" : "ies");
    if (v->copies_seen && v->copies_left == 0 && v->copies_removed == v->copies_seen)
        mf_text_puts(line, v->copies_seen > 1 ? ", all removed" : " and removed");
    else if (v->copies_seen)
        mf_text_printf(line, ", %zu removed", v->copies_removed);
    for (size_t i = 0; i < v->left_count; i++)
        mf_text_printf(line, "%s%s", i ? ", " : "; perhaps left at ", v->left_where[i]);
}

const char *terminal_headline(const struct mf_verdict *v)
{
    switch (v->outcome) {
    case MF_PASS:
        return "PASS";
    case MF_FAIL:
        return "FAIL";
    case MF_ERROR:
    case MF_SKIPPED:
        return "ERROR";
    case MF_PENDING:
        return "WAIT";
    }
    return "";
}

/* What was judged by a table of the site says nothing about what is published. */
static void tables_words(struct terminal *t, const struct mf_plan *plan, const struct mf_verdict *verdict)
{
    const struct mf_dns_table *tables[] = {plan->site->dns, plan->site->dns_before};
    for (size_t k = 0; k < 2; k++) {
        size_t count = 0;
        for (size_t i = 0; tables[k] && i < verdict->flow_count; i++)
            count += verdict->flows[i].flow->resolve == tables[k] && verdict->flows[i].outcome != MF_SKIPPED;
        if (count)
            mf_text_printf(t->out, "       %zu flow%s by the site's %s table, as if it were published\n", count, plural(count),
                           mf_dns_table_name(plan->site, tables[k]));
    }
}

void terminal_summary(struct terminal *t, const struct mf_plan *plan, const struct mf_verdict *verdict, const struct mf_report_options *options)
{
    struct mf_text line = {0};
    char took[32];
    mf_duration_text(verdict->ended - verdict->started, took, sizeof took);
    const char *word = terminal_headline(verdict);
    terminal_colored(t, terminal_outcome_color(verdict->outcome), word);
    terminal_pad(t, (int)strlen(word), 7);
    terminal_counts(&line, verdict);
    terminal_plain(t, mf_text_str(&line));
    terminal_pad(t, 7 + report_width(mf_text_str(&line)), t->width - (int)strlen(took));
    mf_text_printf(t->out, "%s\n       ", took);
    mf_text_clear(&line);
    mail_words(&line, verdict);
    terminal_plain(t, mf_text_str(&line));
    mf_text_putc(t->out, '\n');
    tables_words(t, plan, verdict);
    if (options->evidence_dir) {
        mf_text_puts(t->out, "       evidence: ");
        terminal_plain(t, options->evidence_dir);
        if (options->again) {
            mf_text_puts(t->out, "     again: ");
            terminal_plain(t, options->again);
        }
        mf_text_putc(t->out, '\n');
    }
    mf_text_release(&line);
}
