/* A process with the sink of tests/fakes/smtp_sink.h, for senders that are measured one after the other:
 *   sink DELAY_US MESSAGES
 * prints its port, then for every MESSAGES taken a line "MESSAGES CONNECTIONS BYTES SECONDS". Ends when its input does.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "fakes/smtp_sink.h"

static bool input_ended(void)
{
    struct pollfd input = {.fd = 0, .events = POLLIN};
    char byte;
    return poll(&input, 1, 0) > 0 && read(0, &byte, 1) <= 0;
}

int main(int argc, char **argv)
{
    struct smtp_sink_options options = {.delay_us = argc == 3 ? atol(argv[1]) : 0};
    long messages = argc == 3 ? atol(argv[2]) : 0;
    struct smtp_sink *sink = messages > 0 ? smtp_sink_start(&options) : NULL;
    if (!sink) {
        fprintf(stderr, "usage: sink DELAY_US MESSAGES, and a free port of 127.0.0.1\n");
        return 1;
    }
    printf("%d\n", smtp_sink_port(sink));
    fflush(stdout);
    while (!input_ended()) {
        struct smtp_sink_round round;
        if (!smtp_sink_await(sink, messages, 1000, &round))
            continue;
        printf("%ld %ld %lld %.6f\n", round.messages, round.connections, round.bytes, round.seconds);
        fflush(stdout);
    }
    smtp_sink_stop(&sink);
    return 0;
}
