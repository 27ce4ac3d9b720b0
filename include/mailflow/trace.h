/* Room base: one trace switch with components, MAILFLOW_TRACE=smtp,imap,dns (or "all"), to stderr.
 * Secrets are masked by those who hold them before they reach this door. Thread-safe.
 */
#ifndef MAILFLOW_TRACE_H
#define MAILFLOW_TRACE_H

#include <stdbool.h>

enum mf_trace { MF_TRACE_SMTP, MF_TRACE_IMAP, MF_TRACE_DNS, MF_TRACE_RUN, MF_TRACE_AUTH, MF_TRACE_COUNT };

/* Reads MAILFLOW_TRACE once, before threads start. Unknown words are told on stderr. */
void mf_trace_init(void);
bool mf_tracing(enum mf_trace component);
void mf_trace(enum mf_trace component, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
