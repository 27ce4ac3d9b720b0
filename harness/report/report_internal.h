/* What the report formats share: names, escaping, widths. */
#ifndef REPORT_INTERNAL_H
#define REPORT_INTERNAL_H

#include "mailflow/report.h"

/* XML 1.0 text and attribute values. Characters that XML can't hold (mail may hold them) become
 * U+FFFD, broken UTF-8 likewise. */
void report_escape_xml(struct mf_text *out, const char *text);
/* For a terminal: control characters and broken UTF-8 shown as \xNN, so mail can't play with it. */
void report_escape_terminal(struct mf_text *out, const char *text, size_t len);
/* Only what JSON may hold: broken UTF-8 becomes U+FFFD. In arena of the caller: heap; free(). */
char *report_clean_utf8(const char *text);
/* Cells that a text takes on a terminal. */
int report_width(const char *text);
int report_width_of(const char *text, size_t len);

/* The verdict on the i-th flow of a section. */
const struct mf_flow_verdict *report_flow(const struct mf_verdict *verdict, const struct mf_section *section, size_t i);
/* "problem", "warning" or "info" */
const char *report_severity(const struct mf_finding *finding);
/* "scenarios/x.yaml:17" of the i-th place; "" without. */
void report_place(struct mf_text *out, const struct mf_place *place);
/* First sentence of what went wrong with a flow: its first finding that is no warning. NULL: none. */
const struct mf_finding *report_main_finding(const struct mf_flow_verdict *flow);
/* A finding whole, as plain text, for formats that take one block. */
void report_finding_text(struct mf_text *out, const struct mf_finding *finding);

extern const struct mf_report_format report_terminal, report_dns, report_json, report_junit, report_tap;

#endif
