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

int mf_smtp_trouble(struct mf_smtp *session, struct mf_smtp_sent *sent)
{
    mf_smtp_disconnect(session);
    sent->outcome = MF_SMTP_TROUBLE;
    return -1;
}

int mf_smtp_refused(struct mf_smtp *session, const struct mf_smtp_reply *reply, struct mf_smtp_sent *sent)
{
    sent->outcome = MF_SMTP_REFUSED;
    sent->reply = *reply;
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

/* RFC 3461, 4: printable ASCII without "+" and "=" stands for itself. */
static void add_xtext(struct mf_text *command, const char *text)
{
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        mf_text_printf(command, c < 33 || c > 126 || c == '+' || c == '=' ? "+%02X" : "%c", c);
    }
}

/* MAIL FROM with what the server offers: SIZE (RFC 1870), BODY (6152), SMTPUTF8 (6531); RET, ENVID (3461). */
static void mail_command(const struct mf_smtp *session, const struct mf_smtp_sent *sent, const char *mail_from, bool utf8, struct mf_bytes message, struct mf_text *command)
{
    mf_text_printf(command, "MAIL FROM:<%s>", mail_from);
    if (sent->offers_size)
        mf_text_printf(command, " SIZE=%zu", message.len);
    if (sent->offers_8bitmime && has_8bit(message))
        mf_text_puts(command, " BODY=8BITMIME");
    if (utf8)
        mf_text_puts(command, " SMTPUTF8");
    if (session->dsn && session->dsn->ret)
        mf_text_printf(command, " RET=%s", session->dsn->ret);
    if (session->dsn && session->dsn->envid) {
        mf_text_puts(command, " ENVID=");
        add_xtext(command, session->dsn->envid);
    }
}

/* The original recipient of an address beyond ASCII would need RFC 6533's form; servers fill it in. */
static void rcpt_command(const struct mf_smtp *session, const char *address, struct mf_text *command)
{
    mf_text_printf(command, "RCPT TO:<%s>", address);
    if (!session->dsn)
        return;
    if (session->dsn->notify)
        mf_text_printf(command, " NOTIFY=%s", session->dsn->notify);
    if (is_ascii(address) && strchr(address, '@')) {
        mf_text_puts(command, " ORCPT=rfc822;");
        add_xtext(command, address);
    }
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
        return failure->timed_out || failure->interrupted ? mf_smtp_trouble(session, sent) : MF_SMTP_AGAIN;
    }
    mail_command(session, sent, mail_from, utf8, message, &command);
    enum mf_io io = mf_smtp_ask(session, deadline, mf_text_str(&command), "the reply to MAIL", &reply, failure);
    mf_text_release(&command);
    if (was_gone(sent, io, &reply)) {
        mf_smtp_disconnect(session);
        return MF_SMTP_AGAIN;
    }
    if (io != MF_IO_OK)
        return mf_smtp_trouble(session, sent);
    if (reply.code / 100 != 2) {
        mf_smtp_refused(session, &reply, sent);
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
    sent->phase = MF_SMTP_RCPT;
    for (size_t i = 0; i < count; i++) {
        struct mf_text command = {.max = 4096};
        rcpt_command(session, recipients[i].address, &command);
        enum mf_io io = mf_smtp_ask(session, deadline, mf_text_str(&command), "the reply to RCPT", &recipients[i].reply, failure);
        mf_text_release(&command);
        if (io != MF_IO_OK) {
            sent->reply = recipients[i].reply;
            mf_smtp_reply_begin(&recipients[i].reply);
            return mf_smtp_trouble(session, sent);
        }
        taken += recipients[i].reply.code / 100 == 2;
        last = i;
        if (recipients[i].reply.code == 421)
            break;
    }
    if (recipients[last].reply.code == 421 || taken == 0) {
        mf_smtp_refused(session, &recipients[last].reply, sent);
        return -1;
    }
    return 0;
}

static int check_utf8(const struct mf_smtp_sent *sent, const char *address, struct mf_failure *failure)
{
    if (!address || sent->offers_smtputf8)
        return 0;
    mf_fail(failure, MF_STAGE_COMMAND, false, "the server does not offer SMTPUTF8 (RFC 6531), which <%.200s> needs; nothing was sent", address);
    snprintf(failure->hint, sizeof failure->hint, "Switch SMTPUTF8 on at the server, or use an ASCII address.");
    return -1;
}

static int check_dsn(const struct mf_smtp *session, const struct mf_smtp_sent *sent, struct mf_failure *failure)
{
    if (!session->dsn || sent->offers_dsn)
        return 0;
    mf_fail(failure, MF_STAGE_COMMAND, false, "the server does not offer DSN (RFC 3461), which `dsn` needs; nothing was sent");
    snprintf(failure->hint, sizeof failure->hint, "Switch it on at the server for this door, send by another door, or leave `dsn` out.");
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
    if (check_utf8(sent, international, failure) < 0 || check_dsn(session, sent, failure) < 0 || check_size(message, failure) < 0)
        return -1;
    int result = say_mail(session, mail_from, international != NULL, message, deadline, sent, failure);
    if (result == 0)
        result = say_recipients(session, recipients, count, deadline, sent, failure);
    if (result == 0)
        result = mf_smtp_say_message(session, message, deadline, sent, failure);
    return result;
}
