/* AUTH (RFC 4954) over a connection that is private. */
#include <stdio.h>
#include <string.h>

#include "mailflow/trace.h"
#include "transport/sasl_internal.h"
#include "transport/smtp_internal.h"

/* One step of the exchange: says `response` or cancels. */
static enum mf_io say_step(struct mf_smtp *session, mf_usec deadline, const struct mf_text *response)
{
    return mf_smtp_say(session, deadline, true, "%s", mf_text_str(response));
}

static int told(struct mf_smtp_sent *sent, const struct mf_smtp_reply *reply)
{
    sent->outcome = MF_SMTP_REFUSED;
    sent->reply = *reply;
    return -1;
}

static int trouble(struct mf_smtp_sent *sent)
{
    sent->outcome = MF_SMTP_TROUBLE;
    return -1;
}

/* The server's last word: yes, no, or what its challenge said before. */
static int conclude(struct mf_sasl *sasl, const char *mechanism, struct mf_smtp_reply *reply, struct mf_smtp_sent *sent,
                    struct mf_failure *failure)
{
    char why[300];
    if (reply->code / 100 == 2) {
        if (mf_sasl_finish(sasl, why, sizeof why) == 0) {
            snprintf(sent->auth_used, sizeof sent->auth_used, "%s", mechanism);
            return 0;
        }
        mf_fail(failure, MF_STAGE_LOGIN, false, "%s", why);
        return trouble(sent);
    }
    const char *refusal = mf_sasl_refusal(sasl);
    size_t used = strlen(reply->text);
    if (*refusal && used + 4 < sizeof reply->text)
        snprintf(reply->text + used, sizeof reply->text - used, " (%.*s)", (int)(sizeof reply->text - used - 4), refusal);
    return told(sent, reply);
}

static int exchange(struct mf_smtp *session, struct mf_sasl *sasl, const char *mechanism, mf_usec deadline,
                    struct mf_smtp_sent *sent, struct mf_failure *failure)
{
    struct mf_text response = {.max = 65536};
    struct mf_smtp_reply reply;
    char why[300] = "";
    mf_usec since = mf_now();
    bool cancelled = false;
    enum mf_io io = mf_smtp_say(session, deadline, false, "AUTH %s", mechanism);
    while (io == MF_IO_OK) {
        since = mf_now();
        io = mf_smtp_hear(session, deadline, &reply);
        if (io != MF_IO_OK || reply.code / 100 != 3)
            break;
        /* An empty challenge asks for what the client has to say first. LOGIN prompts; XOAUTH2 is
         * asked a second time only to tell an error. */
        bool first = !reply.text[0] && !cancelled;
        if (cancelled || mf_sasl_step(sasl, first ? NULL : reply.text, &response, why, sizeof why) < 0) {
            if (cancelled)
                break;
            cancelled = true;
            mf_text_clear(&response);
            mf_text_puts(&response, "*");
        }
        io = say_step(session, deadline, &response);
    }
    if (response.data)
        explicit_bzero(response.data, response.capacity);
    mf_text_release(&response);
    if (io != MF_IO_OK) {
        mf_smtp_fail_io(session, io, since, "the reply to AUTH", failure);
        failure->stage = MF_STAGE_LOGIN;
        return trouble(sent);
    }
    if (cancelled) {
        mf_fail(failure, MF_STAGE_LOGIN, false, "%s", why);
        return trouble(sent);
    }
    return conclude(sasl, mechanism, &reply, sent, failure);
}

int mf_smtp_authenticate(struct mf_smtp *session, mf_usec deadline, struct mf_smtp_sent *sent, struct mf_failure *failure)
{
    char why[300];
    sent->phase = MF_SMTP_AUTH;
    const char *mechanism = mf_sasl_choose(sent->auth_offered, &session->credentials, why, sizeof why);
    if (!mechanism) {
        mf_fail(failure, MF_STAGE_LOGIN, false, "%s", sent->auth_offered[0] ? why : "the server offers no AUTH here");
        snprintf(failure->hint, sizeof failure->hint, sent->auth_offered[0]
                 ? "Set `mechanism` in the login, or switch one on at the server."
                 : "Is this the submission port (587 or 465)? Port 25 has no login. Or leave the login out.");
        return trouble(sent);
    }
    struct mf_sasl *sasl = mf_sasl_new(mechanism, &session->credentials, session->endpoint.tls_name, session->endpoint.port);
    int result = exchange(session, sasl, mechanism, deadline, sent, failure);
    mf_sasl_free(&sasl);
    return result;
}
