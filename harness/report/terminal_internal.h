/* The terminal report's parts: rows (terminal.c), causes (terminal_findings.c), the last lines
 * (terminal_summary.c); all write with terminal_words.c. */
#ifndef TERMINAL_INTERNAL_H
#define TERMINAL_INTERNAL_H

#include "report/report_internal.h"

struct terminal {
    struct mf_text *out;
    bool color, unicode;
    int width, name_width, route_width; /* in cells */
};

/* Text escaped for a terminal; without Unicode, arrows and dots in ASCII. */
void terminal_plain(struct terminal *t, const char *text);
void terminal_span(struct terminal *t, const char *text, size_t len);
void terminal_colored(struct terminal *t, const char *color, const char *text);
/* Spaces from column `used` to column `wanted`, at least one. */
void terminal_pad(struct terminal *t, int used, int wanted);
const char *terminal_outcome_color(enum mf_outcome outcome);
const char *terminal_outcome_word(enum mf_outcome outcome);
void terminal_findings(struct terminal *t, const struct mf_verdict *verdict);
/* left, then right at the far side. */
void terminal_sides(struct terminal *t, const char *left, const char *right);
void terminal_counts(struct mf_text *line, const struct mf_verdict *verdict); /* "4 of 4, 1 warning" */
const char *terminal_headline(const struct mf_verdict *verdict);              /* "PASS" */
void terminal_summary(struct terminal *t, const struct mf_plan *plan, const struct mf_verdict *verdict, const struct mf_report_options *options);

#endif
