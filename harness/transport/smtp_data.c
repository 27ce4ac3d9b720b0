/* DATA and the message: the final dot, and what is known after it. */
#include <string.h>

#include "mailflow/trace.h"
#include "transport/smtp_internal.h"

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
    return mf_smtp_trouble(session, sent);
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
        mf_smtp_refused(session, &reply, sent);
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

int mf_smtp_say_message(struct mf_smtp *session, struct mf_bytes message, mf_usec deadline, struct mf_smtp_sent *sent,
                       struct mf_failure *failure)
{
    struct mf_smtp_reply reply;
    sent->phase = MF_SMTP_DATA;
    if (mf_smtp_ask(session, deadline, "DATA", "the reply to DATA", &reply, failure) != MF_IO_OK)
        return mf_smtp_trouble(session, sent);
    if (reply.code >= 400)
        return mf_smtp_refused(session, &reply, sent);
    if (reply.code != 354) {
        mf_fail(failure, MF_STAGE_COMMAND, false, "the server answered DATA with %d %.120s", reply.code, reply.text);
        return mf_smtp_trouble(session, sent);
    }
    if (session->allow_data && !session->allow_data(session->allow_context)) {
        mf_fail(failure, MF_STAGE_NONE, false, "the message was held back before its first byte; nothing was sent");
        return mf_smtp_trouble(session, sent);
    }
    stuff(&session->out, message);
    if (session->out.full) {
        mf_fail(failure, MF_STAGE_NONE, false, "the message has too many lines that begin with a dot");
        return mf_smtp_trouble(session, sent);
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
