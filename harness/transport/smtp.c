/* The SMTP session: its identity, its life, and how its outcomes are told (see smtp.h). */
#include "mailflow/smtp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "transport/smtp_internal.h"

#define CONNECT_TIMEOUT (30 * MF_SECOND)
#define REPLY_TIMEOUT (300 * MF_SECOND) /* RFC 5321 4.5.3.2 */

struct mf_smtp *mf_smtp_new(const struct mf_smtp_options *options)
{
    struct mf_arena *arena = mf_arena_new();
    struct mf_smtp *session = mf_xmalloc(sizeof *session);
    *session = (struct mf_smtp){.arena = arena, .out = {.max = (size_t)80 << 20}};
    session->endpoint = mf_endpoint_copy(arena, &options->endpoint);
    session->ehlo = mf_copy(arena, options->ehlo);
    session->connect_timeout = options->connect_timeout ? options->connect_timeout : CONNECT_TIMEOUT;
    session->reply_timeout = options->reply_timeout ? options->reply_timeout : REPLY_TIMEOUT;
    session->chain = options->chain;
    session->has_credentials = mf_has_secrets(options->credentials);
    if (options->credentials)
        session->credentials = mf_credentials_copy(options->credentials);
    session->credentials.mechanism = mf_copy(arena, session->credentials.mechanism);
    session->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return session;
}

/* QUIT without waiting for the answer: RFC 5321 4.1.1.10 wants it said; a server that hangs must
 * not hold us. */
static void say_goodbye(struct mf_smtp *session)
{
    size_t sent;
    if (session->link && !session->dirty && mf_link_is_quiet(session->link))
        mf_link_send(session->link, "QUIT\r\n", 6, false, mf_now(), &sent);
}

void mf_smtp_disconnect(struct mf_smtp *session)
{
    mf_link_close(&session->link);
    session->line_len = 0;
    session->dirty = false;
}

void mf_smtp_free(struct mf_smtp **session)
{
    if (!session || !*session)
        return;
    struct mf_smtp *s = *session;
    say_goodbye(s);
    mf_smtp_disconnect(s);
    mf_credentials_wipe(&s->credentials);
    mf_text_release(&s->out);
    if (s->wake_fd >= 0)
        close(s->wake_fd);
    mf_arena_free(&s->arena);
    free(s);
    *session = NULL;
}

void mf_smtp_ask_before_data(struct mf_smtp *session, bool (*allow)(void *context), void *context)
{
    session->allow_data = allow;
    session->allow_context = context;
}

void mf_smtp_request_dsn(struct mf_smtp *session, const struct mf_smtp_dsn *dsn)
{
    session->dsn = dsn;
}

void mf_smtp_interrupt(struct mf_smtp *session)
{
    uint64_t one = 1;
    if (write(session->wake_fd, &one, sizeof one) < 0)
        return; /* full: it is awake already */
}

/* ---- sending ---- */

/* What a message reports afresh; what the connection told before stays known. */
static void begin(struct mf_smtp *session, struct mf_smtp_recipient *recipients, size_t count, struct mf_smtp_sent *sent)
{
    *sent = session->link ? session->known : (struct mf_smtp_sent){.phase = MF_SMTP_CONNECT};
    sent->outcome = MF_SMTP_TROUBLE;
    sent->reused = session->link != NULL;
    sent->started = mf_now();
    for (size_t i = 0; i < count; i++)
        mf_smtp_reply_begin(&recipients[i].reply);
}

/* Line breaks in an address would be commands of somebody else's; RFC 5321 4.5.3.1 bounds it. */
static bool is_clean(const char *address)
{
    size_t len = strlen(address);
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)address[i] < 0x20 || address[i] == 0x7f || address[i] == '>' || address[i] == '<')
            return false;
    return len <= 1000;
}

static int refuse_to_send(struct mf_failure *failure, const char *address)
{
    char shown[200];
    mf_clean_words(shown, sizeof shown, address, strlen(address));
    mf_fail(failure, MF_STAGE_NONE, false, "<%s> can't be an address in SMTP; nothing was sent", shown);
    return -1;
}

static int check_addresses(const char *mail_from, const struct mf_smtp_recipient *recipients, size_t count, struct mf_failure *failure)
{
    if (!is_clean(mail_from))
        return refuse_to_send(failure, mail_from);
    for (size_t i = 0; i < count; i++)
        if (!is_clean(recipients[i].address) || !*recipients[i].address)
            return refuse_to_send(failure, recipients[i].address);
    if (count == 0) {
        mf_fail(failure, MF_STAGE_NONE, false, "a message without recipients can't be sent");
        return -1;
    }
    return 0;
}

static bool was_interrupted(const struct mf_smtp *session)
{
    uint64_t count;
    if (read(session->wake_fd, &count, sizeof count) < 0)
        return false;
    return write(session->wake_fd, &count, sizeof count) > 0; /* stays so */
}

/* One title for every trouble; the words in front of the reason are where it happened. */
static int tell(struct mf_smtp *session, struct mf_smtp_sent *sent, const struct mf_failure *failure, struct mf_diag *d)
{
    const char *where = failure->stage == MF_STAGE_CONNECT ? "connect"
                        : failure->stage == MF_STAGE_GREETING ? "greeting"
                        : failure->stage == MF_STAGE_NONE ? "not sent"
                                                          : mf_smtp_phase_name(sent->phase);
    sent->finished = mf_now();
    sent->trouble.tls = sent->tls;
    return mf_tell_failure(&session->endpoint, failure, where, sent->reply.text, &sent->trouble, d);
}

/* Every end goes through here: what was learned is kept, an outcome that is none of trouble's is 0. */
static int finish(struct mf_smtp *session, int result, struct mf_smtp_sent *sent, const struct mf_failure *failure, struct mf_diag *d)
{
    sent->finished = mf_now();
    if (result < 0 && sent->outcome == MF_SMTP_TROUBLE)
        return tell(session, sent, failure, d);
    if (sent->outcome == MF_SMTP_UNKNOWN)
        tell(session, sent, failure, d);
    return 0;
}

static int ready(struct mf_smtp *session, mf_usec deadline, struct mf_smtp_sent *sent, struct mf_failure *failure)
{
    if (session->link && !mf_link_is_quiet(session->link))
        mf_smtp_disconnect(session); /* hung up between two messages */
    if (session->link)
        return 0;
    mf_usec started = sent->started;
    *sent = (struct mf_smtp_sent){.outcome = MF_SMTP_TROUBLE, .started = started};
    return mf_smtp_connect(session, deadline, sent, failure);
}

int mf_smtp_send(struct mf_smtp *session, const char *mail_from, struct mf_smtp_recipient *recipients,
                 size_t recipient_count, struct mf_bytes message, mf_usec deadline,
                 struct mf_smtp_sent *sent, struct mf_diag *d)
{
    struct mf_failure failure = {.stage = MF_STAGE_NONE};
    begin(session, recipients, recipient_count, sent);
    if (check_addresses(mail_from, recipients, recipient_count, &failure) < 0)
        return finish(session, -1, sent, &failure, d);
    int result = MF_SMTP_AGAIN;
    for (int attempt = 0; result == MF_SMTP_AGAIN && attempt < 2; attempt++) {
        if (was_interrupted(session)) {
            mf_fail(&failure, MF_STAGE_NONE, true, "interrupted");
            failure.interrupted = true;
            return finish(session, -1, sent, &failure, d);
        }
        result = ready(session, deadline, sent, &failure);
        if (result == 0)
            result = mf_smtp_transact(session, mail_from, recipients, recipient_count, message, deadline, sent, &failure);
    }
    return finish(session, result, sent, &failure, d);
}

int mf_smtp_probe(struct mf_smtp *session, mf_usec deadline, struct mf_smtp_sent *sent, struct mf_diag *d)
{
    struct mf_failure failure = {.stage = MF_STAGE_NONE};
    mf_smtp_disconnect(session);
    begin(session, NULL, 0, sent);
    int result = ready(session, deadline, sent, &failure);
    if (result == 0) {
        struct mf_smtp_reply reply;
        sent->outcome = MF_SMTP_ACCEPTED;
        mf_usec patience = mf_now() + MF_SECOND;
        mf_smtp_ask(session, patience < deadline ? patience : deadline, "QUIT", "the reply to QUIT", &reply, &failure);
        mf_smtp_disconnect(session);
    }
    return finish(session, result, sent, &failure, d);
}
