/* `mailflow dns` for people: record by record what is expected and what each source says, then the causes. */
#include <string.h>

#include "report/terminal_internal.h"

#define SERVER_WIDTH 34

static const char *const words[] = {
    [MF_FACT_GOOD] = "pass",     [MF_FACT_NOTE] = "warn",    [MF_FACT_BAD] = "FAIL",
    [MF_FACT_UNKNOWN] = "ERROR", [MF_FACT_WAITING] = "wait", [MF_FACT_SKIPPED] = "skip"};
static const char *const colors[] = {
    [MF_FACT_GOOD] = "\033[32m",      [MF_FACT_NOTE] = "\033[33m",    [MF_FACT_BAD] = "\033[1;31m",
    [MF_FACT_UNKNOWN] = "\033[1;35m", [MF_FACT_WAITING] = "\033[33m", [MF_FACT_SKIPPED] = ""};

/* As much of a long value as fits into the line; the rest is in the cause, or in --json. */
static void write_value(struct terminal *t, const char *value, int column)
{
    int room = t->width - column - 1, width = 0;
    size_t len = 0;
    while (value[len]) {
        size_t step = 1;
        while (((unsigned char)value[len + step] & 0xC0) == 0x80)
            step++;
        width += report_width_of(value + len, step);
        if (width > room)
            break;
        len += step;
    }
    terminal_span(t, value, len);
    if (value[len])
        terminal_plain(t, "…");
    mf_text_putc(t->out, '\n');
}

/* What is not there while its record is awaited is no failure yet. */
static enum mf_fact_state state_to_tell(const struct mf_dns_verdict *row, enum mf_fact_state state)
{
    bool missing = state == MF_FACT_BAD || state == MF_FACT_UNKNOWN;
    return row->outcome == MF_PENDING && missing ? MF_FACT_WAITING : state;
}

static void write_seen(struct terminal *t, const struct mf_dns_verdict *row, const struct mf_dns_seen *seen)
{
    enum mf_fact_state state = state_to_tell(row, seen->state);
    mf_text_puts(t->out, "  ");
    terminal_colored(t, colors[state], words[state]);
    terminal_pad(t, 2 + (int)strlen(words[state]), 9);
    terminal_plain(t, seen->server);
    int used = 9 + report_width(seen->server), column = 9 + SERVER_WIDTH > used ? 9 + SERVER_WIDTH : used + 1;
    terminal_pad(t, used, column);
    if (seen->state != MF_FACT_GOOD) {
        write_value(t, seen->found, column);
        return;
    }
    terminal_plain(t, "as expected");
    if (seen->serial[0])
        mf_text_printf(t->out, ", SOA serial %s", seen->serial);
    mf_text_putc(t->out, '\n');
}

/* Line by line, below the row. */
static void write_tree(struct terminal *t, const char *tree)
{
    for (size_t len; tree && *tree; tree += len + (tree[len] == '\n')) {
        len = strcspn(tree, "\n");
        struct mf_text line = {0};
        mf_text_add(&line, tree, len);
        mf_text_puts(t->out, "         ");
        terminal_plain(t, mf_text_str(&line)); /* terms are whatever DNS holds */
        mf_text_putc(t->out, '\n');
        mf_text_release(&line);
    }
}

static void write_row(struct terminal *t, const struct mf_dns_verdict *row)
{
    const char *name = NULL;
    for (size_t i = 0; i < row->facts->seen_count; i++) {
        const struct mf_dns_seen *seen = &row->facts->seen[i];
        if (!mf_same(name, seen->name)) {
            mf_text_putc(t->out, '\n');
            terminal_colored(t, "\033[1m", row->name);
            terminal_pad(t, report_width(row->name), 14);
            terminal_plain(t, seen->name);
            mf_text_puts(t->out, "\n         expected");
            terminal_pad(t, 17, 9 + SERVER_WIDTH);
            write_value(t, seen->expected ? seen->expected : "", 9 + SERVER_WIDTH);
            name = seen->name;
        }
        write_seen(t, row, seen);
    }
    if (row->facts->seen_count == 0) {
        mf_text_putc(t->out, '\n');
        terminal_colored(t, "\033[1m", row->name);
        mf_text_putc(t->out, '\n');
    }
    bool warned = row->outcome == MF_PASS && row->finding_count;
    mf_text_puts(t->out, "  ");
    terminal_colored(t, warned ? "\033[33m" : terminal_outcome_color(row->outcome),
                     warned ? "warn" : terminal_outcome_word(row->outcome));
    terminal_pad(t, 2 + (int)strlen(warned ? "warn" : terminal_outcome_word(row->outcome)), 9);
    terminal_plain(t, row->detail);
    if (row->finding_count == 0 && row->right[0] && !mf_same(row->right, row->servers)) {
        terminal_plain(t, "; ");
        terminal_plain(t, row->right);
    }
    for (size_t i = 0; i < row->finding_count; i++)
        if (row->findings[i]->number)
            mf_text_printf(t->out, " [%d]", row->findings[i]->number);
    mf_text_putc(t->out, '\n');
    write_tree(t, row->outcome == MF_PASS ? row->facts->tree : NULL);
    for (size_t i = 0; i < row->facts->note_count; i++) {
        mf_text_puts(t->out, "  note   ");
        terminal_plain(t, row->facts->notes[i]);
        mf_text_putc(t->out, '\n');
    }
}

/* From another place DNS may look otherwise. */
static void write_from(struct terminal *t, const struct mf_verdict *verdict)
{
    struct mf_text from = {0};
    mf_text_printf(&from, "from: %s", verdict->from ? verdict->from : "not known");
    terminal_sides(t, "", mf_text_str(&from));
    mf_text_release(&from);
}

static void write_summary(struct terminal *t, const struct mf_verdict *verdict)
{
    struct mf_text line = {0};
    char took[32];
    const char *word = terminal_headline(verdict);
    terminal_colored(t, terminal_outcome_color(verdict->outcome), word);
    terminal_pad(t, (int)strlen(word), 7);
    terminal_counts(&line, verdict);
    terminal_plain(t, mf_text_str(&line));
    mf_duration_text(verdict->ended - verdict->started, took, sizeof took);
    terminal_pad(t, 7 + report_width(mf_text_str(&line)), t->width - (int)strlen(took));
    mf_text_printf(t->out, "%s\n", took);
    mf_text_release(&line);
}

static void write_dns(const struct mf_plan *plan, const struct mf_verdict *verdict,
                      const struct mf_report_options *options, struct mf_text *out)
{
    struct terminal t = {.out = out,
                         .color = options->color,
                         .unicode = options->unicode,
                         .width = options->width > 40 ? options->width : 92};
    struct mf_text left = {0}, right = {0};
    mf_text_printf(&left, "DNS of %s · site %s", plan->site->domains[0], plan->site->name);
    mf_text_printf(&right, "asked: %s", verdict->dns_count ? verdict->dns[0].servers : "nobody");
    terminal_sides(&t, mf_text_str(&left), mf_text_str(&right));
    mf_text_release(&left);
    mf_text_release(&right);
    if (verdict->dns_count && !verdict->dns[0].row->source)
        write_from(&t, verdict);
    for (size_t i = 0; i < verdict->dns_count; i++)
        write_row(&t, &verdict->dns[i]);
    mf_text_putc(out, '\n');
    terminal_findings(&t, verdict);
    write_summary(&t, verdict);
}

const struct mf_report_format report_dns = {"dns", "the DNS table for people", write_dns};
