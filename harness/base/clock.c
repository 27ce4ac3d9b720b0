/* The wall clock at start plus the monotonic clock since: it never jumps. */
#include "mailflow/clock.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <time.h>

static mf_usec read_clock(clockid_t id)
{
    struct timespec now;
    clock_gettime(id, &now);
    return (mf_usec)now.tv_sec * MF_SECOND + now.tv_nsec / 1000;
}

static mf_usec wall_minus_monotonic;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void note_difference(void)
{
    wall_minus_monotonic = read_clock(CLOCK_REALTIME) - read_clock(CLOCK_MONOTONIC);
}

mf_usec mf_now(void)
{
    pthread_once(&once, note_difference);
    return read_clock(CLOCK_MONOTONIC) + wall_minus_monotonic;
}

int mf_ms_until(mf_usec deadline)
{
    if (deadline == MF_NEVER)
        return INT_MAX;
    mf_usec left = deadline - mf_now();
    if (left <= 0)
        return 0;
    return left / MF_MS >= INT_MAX ? INT_MAX : (int)((left + MF_MS - 1) / MF_MS);
}

void mf_sleep_until(mf_usec instant)
{
    mf_usec left;
    while ((left = instant - mf_now()) > 0) {
        struct timespec pause = {(time_t)(left / MF_SECOND), (long)(left % MF_SECOND) * 1000};
        if (nanosleep(&pause, NULL) < 0 && errno != EINTR)
            return;
    }
}

/* Names are ours, not the locale's: RFC 5322 wants English ones. */
static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

const char *mf_date_rfc5322(mf_usec at, char *buffer, size_t size)
{
    time_t seconds = (time_t)(at / MF_SECOND);
    struct tm t;
    localtime_r(&seconds, &t);
    long offset = t.tm_gmtoff / 60;
    long size_of = offset < 0 ? -offset : offset;
    snprintf(buffer, size, "%s, %d %s %d %02d:%02d:%02d %c%02ld%02ld", days[t.tm_wday], t.tm_mday, months[t.tm_mon],
             t.tm_year + 1900, t.tm_hour, t.tm_min, t.tm_sec, offset < 0 ? '-' : '+', size_of / 60, size_of % 60);
    return buffer;
}

const char *mf_date_rfc3339(mf_usec at, char *buffer, size_t size)
{
    time_t seconds = (time_t)(at / MF_SECOND);
    struct tm t;
    gmtime_r(&seconds, &t);
    snprintf(buffer, size, "%04d-%02d-%02dT%02d:%02d:%02d.%06dZ", t.tm_year + 1900, t.tm_mon + 1, t.tm_mday, t.tm_hour,
             t.tm_min, t.tm_sec, (int)(at % MF_SECOND));
    return buffer;
}
