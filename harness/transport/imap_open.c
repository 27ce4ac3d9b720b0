/* Opening an IMAP connection: TCP, TLS, greeting, login, capabilities (see imap.h). */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>

#include "transport/imap_internal.h"

#define CONNECT_TIMEOUT (30 * MF_SECOND)
#define REPLY_TIMEOUT (60 * MF_SECOND)

/* What happened while opening, to be told in one place. */
struct opening {
    struct mf_imap *imap;
    mf_usec deadline;
    struct mf_failure failure;
};

static void begin(struct opening *opening)
{
    mf_usec limit = mf_now() + opening->imap->reply_timeout;
    mf_wire_begin(&opening->imap->wire, limit < opening->deadline ? limit : opening->deadline);
}

static int failed(struct opening *opening, enum mf_stage stage, enum mf_etpan_result result, const char *what)
{
    struct mf_wire *wire = &opening->imap->wire;
    opening->failure.stage = stage;
    if (result == MF_ETPAN_STREAM)
        mf_imap_fail_stream(opening->imap, what, &opening->failure);
    else if (result == MF_ETPAN_NO || result == MF_ETPAN_BAD)
        mf_fail(&opening->failure, stage, mf_imap_is_temporary(wire->said), "the server refused %s: %.300s", what, wire->said);
    else
        mf_fail(&opening->failure, stage, false, "the server said something that is no IMAP: \"%.150s\"", mf_wire_last_line(wire));
    return -1;
}

static int start_tls(struct opening *opening)
{
    struct mf_imap *imap = opening->imap;
    mf_usec limit = mf_now() + imap->connect_timeout;
    return mf_stream_start_tls(imap->wire.stream, &imap->endpoint, limit < opening->deadline ? limit : opening->deadline,
                               &imap->tls, &opening->failure);
}

/* Unless the server told them without being asked. */
static int learn_capabilities(struct opening *opening, enum mf_stage stage)
{
    struct mf_imap *imap = opening->imap;
    bool ok = false;
    if (imap->wire.capabilities[0])
        return 0;
    begin(opening);
    enum mf_io io = mf_imap_say(imap, "CAPABILITY");
    if (io == MF_IO_OK)
        io = mf_imap_until_done(imap, &ok);
    if (io != MF_IO_OK || !ok)
        return failed(opening, stage, io != MF_IO_OK ? MF_ETPAN_STREAM : MF_ETPAN_NO, "CAPABILITY");
    return imap->wire.capabilities[0] ? 0 : failed(opening, stage, MF_ETPAN_GARBAGE, "CAPABILITY");
}

/* STARTTLS where the end point wants it. What the server said before TLS is forgotten (RFC 3501
 * 6.2.1), and bytes sent ahead of the handshake are an attack. */
static int upgrade(struct opening *opening, bool needed)
{
    struct mf_imap *imap = opening->imap;
    if (learn_capabilities(opening, MF_STAGE_GREETING) < 0)
        return -1;
    if (!mf_imap_can(imap, "STARTTLS")) {
        if (!needed)
            return 0;
        mf_fail(&opening->failure, MF_STAGE_TLS, false, "the server does not offer STARTTLS, and TLS is required here");
        snprintf(opening->failure.hint, sizeof opening->failure.hint,
                 "Switch STARTTLS on at the server, or use the port with TLS from the first byte (imaps://, 993).");
        return -1;
    }
    begin(opening);
    enum mf_etpan_result result = mf_etpan_starttls(imap->etpan);
    if (result != MF_ETPAN_OK)
        return failed(opening, MF_STAGE_TLS, result, "STARTTLS");
    if (mf_wire_has_input(&imap->wire)) {
        mf_fail(&opening->failure, MF_STAGE_TLS, false, "the server went on in clear text after STARTTLS");
        return -1;
    }
    imap->wire.capabilities[0] = '\0';
    return start_tls(opening);
}

static int greet(struct opening *opening, bool *authenticated)
{
    struct mf_imap *imap = opening->imap;
    if (imap->endpoint.tls_mode == MF_TLS_IMPLICIT && start_tls(opening) < 0)
        return -1;
    begin(opening);
    enum mf_etpan_result result = mf_etpan_greeting(imap->etpan, authenticated);
    return result == MF_ETPAN_OK ? 0 : failed(opening, MF_STAGE_GREETING, result, "the greeting");
}

/* A login in clear text is refused, but for TLS_NONE to this very host (tests, benchmarks). */
int mf_imap_check_privacy(const struct mf_endpoint *e, struct mf_failure *failure)
{
    if (e->tls_mode != MF_TLS_NONE || mf_is_loopback(e->address))
        return 0;
    mf_fail(failure, MF_STAGE_LOGIN, false, "a login is never sent in clear text, and TLS is switched off here");
    snprintf(failure->hint, sizeof failure->hint, "Use imaps://, or imap:// with STARTTLS.");
    return -1;
}

static int log_in(struct opening *opening, const struct mf_credentials *credentials)
{
    struct mf_imap *imap = opening->imap;
    if (!mf_has_secrets(credentials)) {
        mf_fail(&opening->failure, MF_STAGE_LOGIN, false, "no password and no token is given for this mailbox");
        return -1;
    }
    if (learn_capabilities(opening, MF_STAGE_LOGIN) < 0)
        return -1;
    begin(opening);
    opening->failure.stage = MF_STAGE_LOGIN;
    if (mf_imap_authenticate(imap, credentials, &opening->failure) < 0)
        return -1;
    return learn_capabilities(opening, MF_STAGE_LOGIN); /* they differ after the login */
}

int mf_imap_log_in(struct mf_imap *imap, const struct mf_credentials *credentials, mf_usec deadline, struct mf_failure *failure)
{
    struct opening opening = {.imap = imap, .deadline = deadline};
    int result = log_in(&opening, credentials);
    *failure = opening.failure;
    return result;
}

static int open_all(struct opening *opening, const struct mf_imap_options *options)
{
    struct mf_imap *imap = opening->imap;
    bool authenticated = false, needed = imap->endpoint.tls_mode == MF_TLS_REQUIRED || mf_has_secrets(options->credentials);
    mf_usec limit = mf_now() + imap->connect_timeout;
    if (mf_imap_check_privacy(&imap->endpoint, &opening->failure) < 0)
        return -1;
    imap->wire.stream = mf_stream_connect(&imap->endpoint, imap->wake_fd, limit < opening->deadline ? limit : opening->deadline, &opening->failure);
    if (!imap->wire.stream || greet(opening, &authenticated) < 0)
        return -1;
    bool starttls = imap->endpoint.tls_mode == MF_TLS_REQUIRED || imap->endpoint.tls_mode == MF_TLS_OFFERED;
    if (starttls && upgrade(opening, needed) < 0)
        return -1;
    if (!authenticated && log_in(opening, options->credentials) < 0)
        return -1;
    return authenticated ? learn_capabilities(opening, MF_STAGE_LOGIN) : 0;
}

struct mf_imap *mf_imap_new(const struct mf_imap_options *options)
{
    struct mf_arena *arena = mf_arena_new();
    struct mf_imap *imap = mf_xmalloc(sizeof *imap);
    *imap = (struct mf_imap){.arena = arena, .budget.per_second = options->commands_per_second};
    imap->endpoint = mf_endpoint_copy(arena, &options->endpoint);
    imap->connect_timeout = options->connect_timeout ? options->connect_timeout : CONNECT_TIMEOUT;
    imap->reply_timeout = options->reply_timeout ? options->reply_timeout : REPLY_TIMEOUT;
    imap->wake_fd = options->interrupt_fd > 0 ? fcntl(options->interrupt_fd, F_DUPFD_CLOEXEC, 0) : eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    imap->wire.buffer = mf_alloc(arena, MF_WIRE_SIZE);
    mf_address_text(imap->endpoint.address, imap->endpoint.port, imap->wire.peer, sizeof imap->wire.peer);
    imap->etpan = mf_etpan_new(&imap->wire);
    return imap;
}

int mf_imap_open(const struct mf_imap_options *options, mf_usec deadline, struct mf_imap **imap,
                 struct mf_net_trouble *trouble, struct mf_diag *d)
{
    struct opening opening = {.imap = mf_imap_new(options), .deadline = deadline};
    *imap = NULL;
    if (open_all(&opening, options) < 0) {
        mf_imap_tell_failure(opening.imap, &opening.failure, trouble, d);
        mf_imap_close(&opening.imap);
        return -1;
    }
    opening.imap->alive = opening.imap->logged_in = true;
    *imap = opening.imap;
    return 0;
}
