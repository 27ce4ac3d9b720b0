/* One switch with components; a line each on stderr, with the time. */
#include "mailflow/trace.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mailflow/clock.h"
#include "mailflow/text.h"

static const char *const names[MF_TRACE_COUNT] = {"smtp", "imap", "dns", "run", "auth"};
static bool on[MF_TRACE_COUNT];

static void switch_on(const char *word, size_t len)
{
    bool known = len == 3 && memcmp(word, "all", 3) == 0;
    for (int i = 0; i < MF_TRACE_COUNT; i++) {
        bool this_one = strlen(names[i]) == len && memcmp(names[i], word, len) == 0;
        on[i] = on[i] || this_one || (len == 3 && memcmp(word, "all", 3) == 0);
        known = known || this_one;
    }
    if (!known && len)
        fprintf(stderr, "mailflow: MAILFLOW_TRACE: unknown component \"%.*s\"; known: smtp, imap, dns, run, auth, all\n",
                (int)len, word);
}

void mf_trace_init(void)
{
    const char *wanted = getenv("MAILFLOW_TRACE");
    while (wanted && *wanted) {
        size_t len = strcspn(wanted, ", ");
        switch_on(wanted, len);
        wanted += len + (wanted[len] != '\0');
    }
}

bool mf_tracing(enum mf_trace component)
{
    return on[component];
}

void mf_trace(enum mf_trace component, const char *format, ...)
{
    if (!on[component])
        return;
    struct mf_text line = {.max = 16384};
    mf_usec now = mf_now();
    mf_text_printf(&line, "%02d:%02d.%06d %-4s ", (int)(now / (60 * MF_SECOND) % 60), (int)(now / MF_SECOND % 60),
                   (int)(now % MF_SECOND), names[component]);
    va_list args;
    va_start(args, format);
    mf_text_vprintf(&line, format, args);
    va_end(args);
    while (line.len && (line.data[line.len - 1] == '\n' || line.data[line.len - 1] == '\r'))
        line.data[--line.len] = '\0';
    fprintf(stderr, "%s\n", mf_text_str(&line));
    mf_text_release(&line);
}
