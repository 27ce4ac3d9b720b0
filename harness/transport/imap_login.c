/* Logging in to IMAP: AUTHENTICATE (RFC 3501 6.2.2, SASL-IR 4959), else LOGIN. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "transport/imap_internal.h"
#include "transport/sasl_internal.h"

/* "PLAIN XOAUTH2 …" out of "AUTH=PLAIN AUTH=XOAUTH2 …". */
static void offered_mechanisms(const struct mf_imap *imap, struct mf_text *offered)
{
    for (const char *at = imap->wire.capabilities; (at = strstr(at, " AUTH=")); at += 6) {
        mf_text_add(offered, at + 6, strcspn(at + 6, " "));
        mf_text_putc(offered, ' ');
    }
}

static int refused(struct mf_imap *imap, const struct mf_sasl *sasl, bool bearer, struct mf_failure *failure)
{
    const char *more = sasl ? mf_sasl_refusal(sasl) : "";
    mf_fail(failure, MF_STAGE_LOGIN, strcasestr(imap->wire.said, "[UNAVAILABLE]") != NULL, "the server refused the login: %.200s%s%.150s%s",
            imap->wire.said, *more ? " (" : "", more, *more ? ")" : "");
    if (bearer)
        snprintf(failure->hint, sizeof failure->hint, "The provider gave the token, but the mailbox does not accept it. Microsoft: has the application "
                 "IMAP.AccessAsApp (or IMAP.AccessAsUser.All), and its service principal access to this mailbox? Google: is the "
                 "scope https://mail.google.com/? Is the user the mailbox's own address?");
    return -1;
}

static int lost(struct mf_imap *imap, struct mf_failure *failure)
{
    struct mf_wire *wire = &imap->wire;
    if (wire->bye)
        mf_fail(failure, MF_STAGE_LOGIN, true, "the server ended the connection: %.300s", wire->said);
    else
        mf_fail_io(failure, MF_STAGE_LOGIN, wire->io, mf_stream_error(wire->stream), mf_now() - wire->asked, "the answer to the login");
    return -1;
}

/* "+ CHALLENGE": the challenge, NULL for an empty one. */
static const char *challenge_of(const char *line, char *challenge, size_t size)
{
    mf_clean_words(challenge, size, line + 1, strcspn(line + 1, "\r\n"));
    const char *at = challenge + strspn(challenge, " ");
    return *at ? at : NULL;
}

static enum mf_io answer(struct mf_imap *imap, const char *words)
{
    struct mf_text line = {.max = 65536};
    mf_text_printf(&line, "%s\r\n", words);
    imap->wire.secret = true;
    enum mf_io io = mf_wire_write(&imap->wire, line.data, line.len);
    imap->wire.secret = false;
    explicit_bzero(line.data, line.capacity);
    mf_text_release(&line);
    return io;
}

/* Until the tagged answer. */
static int exchange(struct mf_imap *imap, struct mf_sasl *sasl, struct mf_text *response, struct mf_failure *failure)
{
    const char *line;
    size_t len;
    bool ok = false, cancelled = false;
    char why[300] = "", challenge[8192];
    for (;;) {
        if (mf_wire_line(&imap->wire, &line, &len) != MF_IO_OK)
            return lost(imap, failure);
        if (mf_imap_is_done(imap, line, &ok))
            break;
        if (line[0] != '+')
            continue;
        bool hopeless = cancelled || mf_sasl_step(sasl, challenge_of(line, challenge, sizeof challenge), response, why, sizeof why) < 0;
        if (answer(imap, hopeless ? "*" : mf_text_str(response)) != MF_IO_OK)
            return lost(imap, failure);
        cancelled = hopeless;
    }
    if (ok && mf_sasl_finish(sasl, why, sizeof why) == 0)
        return 0;
    if (!ok && !cancelled)
        return refused(imap, sasl, mf_sasl_is_bearer(sasl), failure);
    mf_fail(failure, MF_STAGE_LOGIN, false, "%s", why);
    return -1;
}

/* With SASL-IR the client's first words go along with the command. */
static enum mf_io say_authenticate(struct mf_imap *imap, struct mf_sasl *sasl, const char *mechanism, struct mf_text *response)
{
    char why[200];
    if (!mf_imap_can(imap, "SASL-IR") || !mf_sasl_speaks_first(sasl))
        return mf_imap_say(imap, "AUTHENTICATE %s", mechanism);
    mf_sasl_step(sasl, NULL, response, why, sizeof why);
    imap->wire.secret = true;
    enum mf_io io = mf_imap_say(imap, "AUTHENTICATE %s %s", mechanism, response->len ? response->data : "=");
    imap->wire.secret = false;
    return io;
}

static int authenticate(struct mf_imap *imap, const char *mechanism, const struct mf_credentials *credentials, struct mf_failure *failure)
{
    struct mf_text response = {.max = 65536};
    struct mf_sasl *sasl = mf_sasl_new(mechanism, credentials, imap->endpoint.tls_name, imap->endpoint.port);
    enum mf_io io = say_authenticate(imap, sasl, mechanism, &response);
    imap->wire.capabilities[0] = '\0'; /* they differ after the login; the answer may bring them */
    int result = io == MF_IO_OK ? exchange(imap, sasl, &response, failure) : lost(imap, failure);
    if (response.data)
        explicit_bzero(response.data, response.capacity);
    mf_text_release(&response);
    mf_sasl_free(&sasl);
    if (result == 0)
        mf_etpan_logged_in(imap->etpan);
    return result;
}

static int login(struct mf_imap *imap, const struct mf_credentials *credentials, struct mf_failure *failure)
{
    imap->wire.capabilities[0] = '\0';
    enum mf_etpan_result result = mf_etpan_login(imap->etpan, credentials->user, credentials->password);
    switch (result) {
    case MF_ETPAN_OK:
        return 0;
    case MF_ETPAN_NO:
    case MF_ETPAN_BAD:
        return refused(imap, NULL, false, failure);
    case MF_ETPAN_STREAM:
        return lost(imap, failure);
    case MF_ETPAN_GARBAGE:
        break;
    }
    mf_fail(failure, MF_STAGE_LOGIN, false, "the answer to the login can't be understood: \"%.150s\"", mf_wire_last_line(&imap->wire));
    return -1;
}

int mf_imap_authenticate(struct mf_imap *imap, const struct mf_credentials *credentials, struct mf_failure *failure)
{
    char why[300];
    struct mf_text offered = {.max = 2048};
    offered_mechanisms(imap, &offered);
    const char *mechanism = mf_sasl_choose(mf_text_str(&offered), credentials, why, sizeof why);
    mf_text_release(&offered);
    if (mechanism)
        return authenticate(imap, mechanism, credentials, failure);
    bool plain_login = credentials->password && !mf_imap_can(imap, "LOGINDISABLED") &&
                       (!credentials->mechanism || mf_same(credentials->mechanism, "LOGIN"));
    if (plain_login)
        return login(imap, credentials, failure);
    mf_fail(failure, MF_STAGE_LOGIN, false, "%s%s", why, mf_imap_can(imap, "LOGINDISABLED") ? " (LOGIN is disabled here)" : "");
    snprintf(failure->hint, sizeof failure->hint, "Set `mechanism` in the login, or switch one on at the server.");
    return -1;
}
