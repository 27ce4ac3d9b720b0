/* Commands out, replies in, each within its time. */
#include <stdarg.h>
#include <string.h>

#include "mailflow/trace.h"
#include "transport/smtp_internal.h"

enum mf_io mf_smtp_say(struct mf_smtp *session, mf_usec deadline, bool secret, const char *format, ...)
{
    size_t sent;
    va_list args;
    mf_text_clear(&session->out);
    va_start(args, format);
    mf_text_vprintf(&session->out, format, args);
    va_end(args);
    if (mf_tracing(MF_TRACE_SMTP))
        mf_trace(MF_TRACE_SMTP, "%s > %s", session->known.peer, secret ? "********" : mf_text_str(&session->out));
    mf_text_add(&session->out, "\r\n", 2);
    enum mf_io io = mf_link_send(session->link, session->out.data, session->out.len, false, deadline, &sent);
    if (secret)
        explicit_bzero(session->out.data, session->out.capacity);
    return io;
}

/* Takes one line out of what came in. Returns its length with the line break, 0 when there is none
 * yet. A line longer than the buffer is taken in pieces, the first of which counts. */
static size_t whole_line(const struct mf_smtp *session)
{
    const char *end = memchr(session->line, '\n', session->line_len);
    if (end)
        return (size_t)(end - session->line) + 1;
    return session->line_len == sizeof session->line ? session->line_len : 0;
}

enum mf_io mf_smtp_hear(struct mf_smtp *session, mf_usec deadline, struct mf_smtp_reply *reply)
{
    mf_usec limit = mf_now() + session->reply_timeout;
    mf_usec until = limit < deadline ? limit : deadline;
    mf_smtp_reply_begin(reply);
    for (;;) {
        size_t len = whole_line(session), got;
        if (len) {
            mf_trace(MF_TRACE_SMTP, "%s < %.*s", session->known.peer, (int)len, session->line);
            enum mf_reply_state state = mf_smtp_reply_line(reply, session->line, len);
            session->line_len -= len;
            memmove(session->line, session->line + len, session->line_len);
            if (state == MF_REPLY_MORE)
                continue;
            if (state == MF_REPLY_GARBAGE)
                reply->code = 0;
            return MF_IO_OK;
        }
        enum mf_io io = mf_link_receive(session->link, session->line + session->line_len,
                                        sizeof session->line - session->line_len, until, &got);
        if (io != MF_IO_OK)
            return io;
        session->line_len += got;
    }
}

void mf_smtp_fail_io(struct mf_smtp *session, enum mf_io io, mf_usec since, const char *for_what, struct mf_failure *failure)
{
    mf_fail_io(failure, MF_STAGE_COMMAND, io, mf_link_error(session->link), mf_now() - since, for_what);
}

enum mf_io mf_smtp_ask(struct mf_smtp *session, mf_usec deadline, const char *command, const char *for_what,
                       struct mf_smtp_reply *reply, struct mf_failure *failure)
{
    mf_usec since = mf_now();
    enum mf_io io = mf_smtp_say(session, deadline, false, "%s", command);
    if (io == MF_IO_OK)
        io = mf_smtp_hear(session, deadline, reply);
    if (io != MF_IO_OK) {
        mf_smtp_fail_io(session, io, since, for_what, failure);
    } else if (!reply->code) {
        mf_fail(failure, MF_STAGE_COMMAND, false, "the server said something that is no SMTP reply: \"%.120s\"", reply->text);
        io = MF_IO_BROKEN;
    }
    return io;
}
