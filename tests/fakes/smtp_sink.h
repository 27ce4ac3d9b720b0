/* An SMTP server for tests and benchmarks that takes every message: one port of 127.0.0.1, one thread, any number of
 * connections, each reply a settable time after its command. It can say what a sender achieved, measured at the same
 * place for all senders: from the first connection of a round to its last final reply.
 */
#ifndef SMTP_SINK_H
#define SMTP_SINK_H

#include <stdbool.h>
#include <stddef.h>

struct smtp_sink;

/* A message as it came, without dots and envelope; not kept. Called from the sink's thread. */
typedef void smtp_sink_take(void *context, const char *message, size_t len);

struct smtp_sink_options {
    long delay_us;        /* between a command and its reply */
    smtp_sink_take *take; /* may be NULL */
    void *context;
};

/* NULL when it can't listen. */
struct smtp_sink *smtp_sink_start(const struct smtp_sink_options *options);
void smtp_sink_stop(struct smtp_sink **sink);
int smtp_sink_port(const struct smtp_sink *sink);

struct smtp_sink_round {
    long messages, connections;
    long long bytes;  /* of messages, dots included */
    double seconds;   /* first connection to last final reply */
};
/* Waits until `messages` were taken in this round, and begins the next one; false when the deadline came first. */
bool smtp_sink_await(struct smtp_sink *sink, long messages, int deadline_ms, struct smtp_sink_round *round);

#endif
