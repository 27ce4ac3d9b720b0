/* What the tests of this room share: end points at the fakes, deadlines, readable assertions. */
#ifndef TRANSPORT_TEST_H
#define TRANSPORT_TEST_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit/test.h"

#include "fakes/fake_ca.h"
#include "fakes/fake_imap.h"
#include "fakes/fake_lag.h"
#include "fakes/fake_server.h"
#include "fakes/fake_smtp.h"
#include "mailflow/clock.h"
#include "mailflow/endpoint.h"
#include "mailflow/text.h"

#define SOON (mf_now() + 5 * MF_SECOND)

static inline struct mf_endpoint at_port(int port, enum mf_tls_mode mode, const struct mf_tls *tls)
{
    fake_lag_watch();
    fake_lag_worst();
    return (struct mf_endpoint){.address = "127.0.0.1", .port = port, .tls_name = "fake.test", .tls_mode = mode, .tls = tls, .label = "test://fake.test"};
}

static inline void assert_contains_at(const char *text, const char *part, const char *file, int line)
{
    if (strstr(text, part))
        return;
    print_error("\"%s\"\nholds no \"%s\"\n", text, part);
    _fail(file, line);
}
#define assert_contains(text, part) assert_contains_at(text, part, __FILE__, __LINE__)

static inline void assert_lacks_at(const char *text, const char *part, const char *file, int line)
{
    if (!strstr(text, part))
        return;
    print_error("\"%s\"\nholds \"%s\"\n", text, part);
    _fail(file, line);
}
#define assert_lacks(text, part) assert_lacks_at(text, part, __FILE__, __LINE__)

/* Returned by its deadline, with 200 ms of grace (more only where this machine itself was late), and
 * not much before it either. */
static inline void assert_took_at(mf_usec started, mf_usec allowed, const char *file, int line)
{
    mf_usec took = mf_now() - started, lag = fake_lag_worst();
    if (took >= allowed - 20 * MF_MS && took <= allowed + 200 * MF_MS + 4 * lag)
        return;
    print_error("took %lld ms, allowed were %lld ms (the machine was %lld ms late)\n", (long long)(took / MF_MS),
                (long long)(allowed / MF_MS), (long long)(lag / MF_MS));
    _fail(file, line);
}
#define assert_took(started, allowed) assert_took_at(started, allowed, __FILE__, __LINE__)
/* At once, or nearly so. */
#define assert_quick(started) assert_took_at(started, 0, __FILE__, __LINE__)

#endif
