/* The mail transaction (RFC 5321 3.3): MAIL, RCPT, DATA, the message. The rule that matters most:
 * once the final dot is on its way, only the final reply is knowledge.
 */
#include <stdio.h>
#include <string.h>

#include "mailflow/trace.h"
#include "transport/smtp_internal.h"

static bool is_ascii(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text >= 0x80)
            return false;
    return true;
}

static bool has_8bit(struct mf_bytes message)
{
    for (size_t i = 0; i < message.len; i++)
        if ((unsigned char)message.data[i] >= 0x80)
            return true;
    return false;
}

static const char *first_not_ascii(const char *mail_from, const struct mf_smtp_recipient *recipients, size_t count)
{
    if (!is_ascii(mail_from))
        return mail_from;
    for (size_t i = 0; i < count; i++)
        if (!is_ascii(recipients[i].address))
            return recipients[i].address;
    return NULL;
}

static int trouble(struct mf_smtp *session, struct mf_smtp_sent *sent)
{
    mf_smtp_disconnect(session);
    sent->outcome = MF_SMTP_TROUBLE;
    return -1;
}

/* A refusal ends the transaction; the connection is kept for the next one unless it is 421. */
static int refused(struct mf_smtp *session, const struct mf_smtp_reply *reply, struct mf_smtp_sent *sent)
{
    sent->outcome = MF_SMTP_REFUSED;
    sent->reply = *reply;
    session->dirty = true;
    if (reply->code == 421)
        mf_smtp_disconnect(session);
    return 0;
}

/* RSET after a transaction that was broken off. */
static int clean_up(struct mf_smtp *session, mf_usec deadline, struct mf_failure *failure)
{
    struct mf_smtp_reply reply;
    if (!session->dirty)
        return 0;
    if (mf_smtp_ask(session, deadline, "RSET", "the reply to RSET", &reply, failure) == MF_IO_OK && reply.code / 100 == 2) {
        session->dirty = false;
        return 0;
    }
    return -1;
}

/* MAIL FROM with what the server offers: SIZE (RFC 1870), BODY (6152), SMTPUTF8 (6531). */
static void mail_command(const struct mf_smtp_sent *sent, const char *mail_from, bool utf8, struct mf_bytes message, struct mf_text *command)
{
    mf_text_printf(command, "MAIL FROM:<%s>", mail_from);
    if (sent->offers_size)
        mf_text_printf(command, " SIZE=%zu", message.len);
    if (sent->offers_8bitmime && has_8bit(message))
        mf_text_puts(command, " BODY=8BITMIME");
    if (utf8)
        mf_text_puts(command, " SMTPUTF8");
}

/* A connection that was there before may have been given up by the server meanwhile. */
static bool was_gone(const struct mf_smtp_sent *sent, enum mf_io io, const struct mf_smtp_reply *reply)
{
    return sent->reused && (io == MF_IO_CLOSED || io == MF_IO_BROKEN || (io == MF_IO_OK && reply->code == 421));
}

static int say_mail(struct mf_smtp *session, const char *mail_from, bool utf8, struct mf_bytes message, mf_usec deadline,
                    struct mf_smtp_sent *sent, struct mf_failure *failure)
{
    struct mf_smtp_reply reply = {.code = 0};
    struct mf_text command = {.max = 2048};
    sent->phase = MF_SMTP_MAIL;
    if (clean_up(session, deadline, failure) < 0) {
        mf_smtp_disconnect(session);
        return failure->timed_out || failure->interrupted ? trouble(session, sent) : MF_SMTP_AGAIN;
    }
    mail_command(sent, mail_from, utf8, message, &command);
    enum mf_io io = mf_smtp_ask(session, deadline, mf_text_str(&command), "the reply to MAIL", &reply, failure);
    mf_text_release(&command);
    if (was_gone(sent, io, &reply)) {
        mf_smtp_disconnect(session);
        return MF_SMTP_AGAIN;
    }
    if (io != MF_IO_OK)
        return trouble(session, sent);
    if (reply.code / 100 != 2) {
        refused(session, &reply, sent);
        return -1;
    }
    session->dirty = true;
    return 0;
}

/* Every recipient is asked, also after a refusal: each has a reply of its own. */
static int say_recipients(struct mf_smtp *session, struct mf_smtp_recipient *recipients, size_t count, mf_usec deadline,
                          struct mf_smtp_sent *sent, struct mf_failure *failure)
{
    size_t taken = 0, last = 0;
    char command[1100];
    sent->phase = MF_SMTP_RCPT;
    for (size_t i = 0; i < count; i++) {
        snprintf(command, sizeof command, "RCPT TO:<%s>", recipients[i].address);
        if (mf_smtp_ask(session, deadline, command, "the reply to RCPT", &recipients[i].reply, failure) != MF_IO_OK) {
            sent->reply = recipients[i].reply;
            mf_smtp_reply_begin(&recipients[i].reply);
            return trouble(session, sent);
        }
        taken += recipients[i].reply.code / 100 == 2;
        last = i;
        if (recipients[i].reply.code == 421)
            break;
    }
    if (recipients[last].reply.code == 421 || taken == 0) {
        refused(session, &recipients[last].reply, sent);
        return -1;
    }
    return 0;
}

/* Dots at the start of a line are doubled (RFC 5321 4.5.2); the last line gets its CRLF and the
 * final dot follows. */
static void stuff(struct mf_text *out, struct mf_bytes message)
{
    const char *at = message.data, *end = message.data + message.len;
    mf_text_clear(out);
    while (at < end) {
        const char *line_end = memchr(at, '\n', (size_t)(end - at));
        const char *next = line_end ? line_end + 1 : end;
        if (*at == '.')
            mf_text_putc(out, '.');
        /* Lines without a leading dot go over in one piece. */
        while (next < end && *next != '.') {
            line_end = memchr(next, '\n', (size_t)(end - next));
            next = line_end ? line_end + 1 : end;
        }
        mf_text_add(out, at, (size_t)(next - at));
        at = next;
    }
    bool closed = message.len == 0 || (message.len >= 2 && memcmp(end - 2, "\r\n", 2) == 0);
    mf_text_puts(out, closed ? ".\r\n" : "\r\n.\r\n");
}

/* The server spoke or hung up in the middle of the message: before the final dot nothing is taken,
 * so a refusal is a refusal and silence is trouble. */
static int broken_off(struct mf_smtp *session, enum mf_io io, mf_usec since, mf_usec deadline, struct mf_smtp_sent *sent,
                      struct mf_failure *failure)
{
    struct mf_smtp_reply reply = {.code = 0};
    if (io == MF_IO_CLOSED || io == MF_IO_BROKEN) {
        mf_usec patience = mf_now() + MF_SECOND;
        if (mf_smtp_hear(session, patience < deadline ? patience : deadline, &reply) == MF_IO_OK && reply.code >= 400) {
            mf_smtp_disconnect(session);
            sent->outcome = MF_SMTP_REFUSED;
            sent->reply = reply;
            return -1;
        }
    }
    mf_smtp_fail_io(session, io, since, "the server to take the message; it was not sent to the end, so it was not taken", failure);
    failure->temporary = true;
    return trouble(session, sent);
}

/* After the final dot. */
static int hear_verdict(struct mf_smtp *session, mf_usec deadline, struct mf_smtp_sent *sent, struct mf_failure *failure)
{
    mf_usec since = mf_now();
    enum mf_io io = mf_smtp_hear(session, deadline, &sent->reply);
    sent->phase = MF_SMTP_END_OF_DATA;
    if (io == MF_IO_OK && sent->reply.code / 100 == 2) {
        sent->outcome = MF_SMTP_ACCEPTED;
        session->dirty = false;
        mf_smtp_find_queue_id(sent->reply.text, sent->queue_id, sizeof sent->queue_id);
        return 0;
    }
    if (io == MF_IO_OK && sent->reply.code >= 400) {
        struct mf_smtp_reply reply = sent->reply;
        refused(session, &reply, sent);
        session->dirty = false; /* RFC 5321 4.1.1.4: the buffers are cleared */
        return 0;
    }
    sent->outcome = MF_SMTP_UNKNOWN;
    if (io != MF_IO_OK)
        mf_smtp_fail_io(session, io, since, "the final reply; the message may have been taken", failure);
    else
        mf_fail(failure, MF_STAGE_COMMAND, false, "the final reply can't be understood: \"%.120s\"", sent->reply.text);
    mf_smtp_disconnect(session);
    return 0;
}

#define SLICE ((size_t)1 << 20)
#define MEMORY_KEPT (2 * SLICE)

/* The deadline is for all; a server that takes nothing for the reply timeout is given up earlier. */
static enum mf_io send_all(struct mf_smtp *session, mf_usec deadline)
{
    size_t done = 0, taken;
    enum mf_io io = MF_IO_OK;
    while (io == MF_IO_OK && done < session->out.len) {
        mf_usec limit = mf_now() + session->reply_timeout;
        size_t left = session->out.len - done;
        io = mf_link_send(session->link, session->out.data + done, left < SLICE ? left : SLICE, true,
                          limit < deadline ? limit : deadline, &taken);
        done += taken;
    }
    return io;
}

static int say_message(struct mf_smtp *session, struct mf_bytes message, mf_usec deadline, struct mf_smtp_sent *sent,
                       struct mf_failure *failure)
{
    struct mf_smtp_reply reply;
    sent->phase = MF_SMTP_DATA;
    if (mf_smtp_ask(session, deadline, "DATA", "the reply to DATA", &reply, failure) != MF_IO_OK)
        return trouble(session, sent);
    if (reply.code >= 400)
        return refused(session, &reply, sent);
    if (reply.code != 354) {
        mf_fail(failure, MF_STAGE_COMMAND, false, "the server answered DATA with %d %.120s", reply.code, reply.text);
        return trouble(session, sent);
    }
    stuff(&session->out, message);
    if (session->out.full) {
        mf_fail(failure, MF_STAGE_NONE, false, "the message has too many lines that begin with a dot");
        return trouble(session, sent);
    }
    mf_trace(MF_TRACE_SMTP, "%s > (%zu octets of message, final dot)", session->known.peer, message.len);
    mf_usec since = mf_now();
    enum mf_io io = send_all(session, deadline);
    if (io != MF_IO_OK)
        return broken_off(session, io, since, deadline, sent, failure);
    sent->mail_sent = mf_now();
    if (session->out.capacity > MEMORY_KEPT)
        mf_text_release(&session->out);
    return hear_verdict(session, deadline, sent, failure);
}

static int check_utf8(const struct mf_smtp_sent *sent, const char *address, struct mf_failure *failure)
{
    if (!address || sent->offers_smtputf8)
        return 0;
    mf_fail(failure, MF_STAGE_COMMAND, false, "the server does not offer SMTPUTF8 (RFC 6531), which <%.200s> needs; nothing was sent", address);
    snprintf(failure->hint, sizeof failure->hint, "Switch SMTPUTF8 on at the server, or use an ASCII address.");
    return -1;
}

#define MESSAGE_MAX ((size_t)72 << 20) /* stuffed, it still fits into what session->out may hold */

static int check_size(struct mf_bytes message, struct mf_failure *failure)
{
    if (message.len <= MESSAGE_MAX)
        return 0;
    mf_fail(failure, MF_STAGE_NONE, false, "a message of %zu octets is too large for mailflow (%zu at most)", message.len, MESSAGE_MAX);
    return -1;
}

int mf_smtp_transact(struct mf_smtp *session, const char *mail_from, struct mf_smtp_recipient *recipients, size_t count,
                     struct mf_bytes message, mf_usec deadline, struct mf_smtp_sent *sent, struct mf_failure *failure)
{
    const char *international = first_not_ascii(mail_from, recipients, count);
    sent->phase = MF_SMTP_MAIL;
    sent->outcome = MF_SMTP_TROUBLE;
    if (check_utf8(sent, international, failure) < 0 || check_size(message, failure) < 0)
        return -1;
    int result = say_mail(session, mail_from, international != NULL, message, deadline, sent, failure);
    if (result == 0)
        result = say_recipients(session, recipients, count, deadline, sent, failure);
    if (result == 0)
        result = say_message(session, message, deadline, sent, failure);
    return result;
}
