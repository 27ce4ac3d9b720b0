/* Room report: a verdict told on a terminal, as JSON, JUnit XML, TAP; one table of functions. Reads
 * plan and verdict only, never evidence. Text from mail is escaped for each format by one escaper.
 */
#ifndef MAILFLOW_REPORT_H
#define MAILFLOW_REPORT_H

#include <stdio.h>

#include "mailflow/diagnose.h"

struct mf_report_options {
    bool color, unicode; /* terminal only */
    int width;           /* terminal only; 0: 92 */
    const char *evidence_dir; /* told at the end, or NULL */
    const char *again;        /* command line to run again, or NULL */
};
struct mf_report_format {
    const char *name;    /* "terminal", "json", "junit", "tap" */
    const char *summary;
    void (*write)(const struct mf_plan *plan, const struct mf_verdict *verdict, const struct mf_report_options *options,
                  struct mf_text *out);
};
extern const struct mf_report_format *const mf_report_formats[]; /* NULL-terminated */
const struct mf_report_format *mf_report_find(const char *name);
/* Writes the report to a file, whole or not at all (temporary file, then rename); through a link, to a device or a pipe
 * as it is; "-": to standard output. */
int mf_report_save(const struct mf_report_format *format, const struct mf_plan *plan, const struct mf_verdict *verdict,
                   const struct mf_report_options *options, const char *path, struct mf_diag *d);

#endif
