/* The checklist for people: a row a flow under the scenario's headings, then each cause once. */
#include <string.h>
#include <time.h>

#include "report/terminal_internal.h"

#define DEFAULT_WIDTH 92
#define NAME_MIN 26
#define NAME_MAX 44
#define ROUTE_MAX 40
#define WIDTH_MAX 120

static void write_heading(struct terminal *t, const struct mf_plan *plan, const struct mf_verdict *verdict)
{
    struct mf_text left = {0};
    char when[40];
    time_t seconds = (time_t)(verdict->started / MF_SECOND);
    struct tm local;
    localtime_r(&seconds, &local);
    strftime(when, sizeof when, "%a %d %b %Y %H:%M:%S", &local);
    mf_text_printf(&left, "%s · %s · site %s", plan->title, plan->site->domains[0], plan->site->name);
    terminal_sides(t, mf_text_str(&left), when);
    mf_text_release(&left);
}

static void add_numbers(struct mf_text *right, const struct mf_finding **findings, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (findings[i]->number)
            mf_text_printf(right, "%s[%d]", right->len ? " " : "", findings[i]->number);
}

/* "15 ms [1]": how long, and which causes hit it. */
static void right_words(struct mf_text *right, const struct mf_flow_verdict *flow)
{
    char buffer[32];
    if (flow->took >= 0)
        mf_text_puts(right, mf_duration_text(flow->took, buffer, sizeof buffer));
    add_numbers(right, flow->findings, flow->finding_count);
}

struct row {
    enum mf_outcome outcome;
    bool warned;
    const char *name, *cells[2];
};

static void print_row(struct terminal *t, const struct row *row, struct mf_text *right)
{
    const char *word = row->warned ? "warn" : terminal_outcome_word(row->outcome);
    mf_text_puts(t->out, "  ");
    terminal_colored(t, row->warned ? "\033[33m" : terminal_outcome_color(row->outcome), word);
    terminal_pad(t, 2 + (int)strlen(word), 9);
    terminal_plain(t, row->name);
    int used = 9 + report_width(row->name);
    int columns[] = {9 + t->name_width, 9 + t->name_width + t->route_width};
    for (int i = 0; i < 2; i++)
        if (row->cells[i] && *row->cells[i]) {
            int column = columns[i] > used + 1 ? columns[i] : used + 1;
            terminal_pad(t, used, column);
            terminal_plain(t, row->cells[i]);
            used = column + report_width(row->cells[i]);
        }
    if (right->len) {
        terminal_pad(t, used, t->width - report_width(right->data));
        terminal_plain(t, right->data);
    }
    mf_text_putc(t->out, '\n');
    mf_text_release(right);
}

static void write_row(struct terminal *t, const struct mf_flow_verdict *flow)
{
    struct mf_text right = {0};
    right_words(&right, flow);
    print_row(t, &(struct row){flow->outcome, flow->outcome == MF_PASS && flow->finding_count, flow->flow->name, {flow->route, flow->detail}},
              &right);
}

static void write_dns_row(struct terminal *t, const struct mf_dns_verdict *dns)
{
    struct mf_text right = {0};
    mf_text_puts(&right, dns->right);
    add_numbers(&right, dns->findings, dns->finding_count);
    print_row(t, &(struct row){dns->outcome, dns->outcome == MF_PASS && dns->finding_count, dns->name, {dns->detail, NULL}}, &right);
}

static void write_section(struct terminal *t, const struct mf_verdict *verdict, const struct mf_section *section)
{
    mf_text_putc(t->out, '\n');
    if (section->title[0]) {
        terminal_colored(t, "\033[1m", section->title);
        mf_text_putc(t->out, '\n');
    }
    if (section->skip) {
        mf_text_puts(t->out, "  ");
        terminal_colored(t, terminal_outcome_color(MF_SKIPPED), "skip");
        mf_text_puts(t->out, "   ");
        terminal_plain(t, section->skip);
        mf_text_putc(t->out, '\n');
        return;
    }
    for (size_t i = 0; i < verdict->dns_count; i++)
        if (verdict->dns[i].row->section == section)
            write_dns_row(t, &verdict->dns[i]);
    for (size_t i = 0; i < section->flow_count; i++)
        write_row(t, report_flow(verdict, section, i));
}

#define TIME_WIDTH 7 /* "1:02:03"; the same for every time, so that the layout does not depend on how long things took */

/* A detail must not run into the time: rather a few columns more, up to WIDTH_MAX. */
static void widen_for(struct terminal *t, const struct mf_flow_verdict *flow)
{
    struct mf_text right = {0};
    add_numbers(&right, flow->findings, flow->finding_count);
    int wanted = 9 + t->name_width + t->route_width + (flow->detail ? report_width(flow->detail) + 1 : 0) +
                 (flow->took >= 0 ? TIME_WIDTH + 1 : 0) + (int)right.len;
    mf_text_release(&right);
    if (wanted > t->width)
        t->width = wanted > WIDTH_MAX ? WIDTH_MAX : wanted;
}

/* Columns as wide as this run needs them, so that short names don't leave the rows apart. */
static void measure(struct terminal *t, const struct mf_verdict *verdict)
{
    t->name_width = NAME_MIN;
    t->route_width = 20;
    for (size_t i = 0; i < verdict->flow_count; i++) {
        int name = report_width(verdict->flows[i].flow->name);
        int route = verdict->flows[i].route ? report_width(verdict->flows[i].route) : 0;
        t->name_width = name > t->name_width ? name : t->name_width;
        t->route_width = route > t->route_width ? route : t->route_width;
    }
    t->name_width = (t->name_width > NAME_MAX ? NAME_MAX : t->name_width) + 1;
    t->route_width = (t->route_width > ROUTE_MAX ? ROUTE_MAX : t->route_width) + 1;
    for (size_t i = 0; i < verdict->flow_count; i++)
        widen_for(t, &verdict->flows[i]);
}

static void write_terminal(const struct mf_plan *plan, const struct mf_verdict *verdict,
                           const struct mf_report_options *options, struct mf_text *out)
{
    struct terminal t = {.out = out, .color = options->color, .unicode = options->unicode,
                         .width = options->width > 40 ? options->width : DEFAULT_WIDTH};
    measure(&t, verdict);
    write_heading(&t, plan, verdict);
    for (size_t i = 0; i < plan->section_count; i++)
        write_section(&t, verdict, &plan->sections[i]);
    mf_text_putc(out, '\n');
    terminal_findings(&t, verdict);
    terminal_summary(&t, plan, verdict, options);
}

const struct mf_report_format report_terminal = {"terminal", "the checklist for people", write_terminal};
