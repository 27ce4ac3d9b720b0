/* Room base: time. One clock for the whole program: microseconds since 1970 that never jump
 * (the wall clock at start plus the monotonic clock since). Durations come from it; other hosts'
 * clocks are only told, never compared for a verdict.
 */
#ifndef MAILFLOW_CLOCK_H
#define MAILFLOW_CLOCK_H

#include <stddef.h>
#include <stdint.h>

typedef int64_t mf_usec; /* an instant (since 1970) or a duration, in microseconds */

#define MF_MS ((mf_usec)1000)
#define MF_SECOND ((mf_usec)1000000)
#define MF_NEVER INT64_MAX

mf_usec mf_now(void); /* thread-safe */
/* Milliseconds left until an instant, rounded up, for poll(): 0 when past, at most INT_MAX. */
int mf_ms_until(mf_usec deadline);
void mf_sleep_until(mf_usec instant);

/* "Mon, 23 Nov 2026 02:14:07 +0530" (RFC 5322 3.3), local offset. */
const char *mf_date_rfc5322(mf_usec at, char *buffer, size_t size);
/* "2026-11-23T02:14:07.123456Z" (RFC 3339), UTC. */
const char *mf_date_rfc3339(mf_usec at, char *buffer, size_t size);

#endif
