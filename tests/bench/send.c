/* Sends messages as `run` does, one thread a session:
 *   send PORT SESSIONS MESSAGES OCTETS
 * to 127.0.0.1, in clear text. What it achieved is measured where the messages arrive (sink.c).
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "mailflow/smtp.h"

#define SESSIONS_MAX 200

struct work {
    int port;
    struct mf_text message;
    atomic_long left, failed;
};

static void compose(struct mf_text *message, size_t octets)
{
    mf_text_puts(message, "From: <alice@bench.example>\r\nTo: <bob@bench.example>\r\nSubject: bench\r\n\r\n");
    while (message->len + 80 < octets)
        mf_text_puts(message, "the quick brown fox jumps over the lazy dog and comes back again in the even\r\n");
    while (message->len + 2 < octets)
        mf_text_putc(message, 'x');
    mf_text_puts(message, "\r\n");
}

static void send_one(struct work *work, struct mf_smtp *session)
{
    struct mf_smtp_recipient recipient = {.address = "bob@bench.example"};
    struct mf_smtp_sent sent;
    struct mf_diag d = {0};
    int result = mf_smtp_send(session, "alice@bench.example", &recipient, 1, mf_text_bytes(&work->message),
                              mf_now() + 20 * MF_SECOND, &sent, &d);
    if (result == 0 && sent.outcome == MF_SMTP_ACCEPTED)
        return;
    if (atomic_fetch_add(&work->failed, 1) == 0)
        fprintf(stderr, "send: %s\n", d.title[0] ? d.title : sent.reply.text);
}

static void *send_many(void *context)
{
    struct work *work = context;
    struct mf_tls tls = {.minimum = "1.2"};
    struct mf_smtp_options options = {.endpoint = {.address = "127.0.0.1", .port = work->port, .tls_name = "localhost",
                                                   .tls_mode = MF_TLS_NONE, .tls = &tls, .label = "the sink"},
                                      .ehlo = "bench.example"};
    struct mf_smtp *session = mf_smtp_new(&options);
    while (atomic_fetch_sub(&work->left, 1) > 0)
        send_one(work, session);
    mf_smtp_free(&session);
    return NULL;
}

int main(int argc, char **argv)
{
    pthread_t threads[SESSIONS_MAX];
    int sessions = argc == 5 ? atoi(argv[2]) : 0, started = 0;
    if (sessions < 1 || sessions > SESSIONS_MAX) {
        fprintf(stderr, "usage: send PORT SESSIONS MESSAGES OCTETS\n");
        return 1;
    }
    struct work work = {.port = atoi(argv[1]), .left = atol(argv[3])};
    compose(&work.message, (size_t)atol(argv[4]));
    while (started < sessions && pthread_create(&threads[started], NULL, send_many, &work) == 0)
        started++;
    for (int i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
    mf_text_release(&work.message);
    return started == sessions && work.failed == 0 ? 0 : 1;
}
