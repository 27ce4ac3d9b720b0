/* The IMAP connection: asked, told about, closed (see imap.h). */
#include "mailflow/imap.h"

#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mailflow/trace.h"
#include "transport/imap_internal.h"

#define GOODBYE (1 * MF_SECOND)

bool mf_imap_alive(const struct mf_imap *imap)
{
    return imap && imap->alive;
}

const struct mf_tls_seen *mf_imap_tls(const struct mf_imap *imap)
{
    return &imap->tls;
}

const char *mf_imap_peer(const struct mf_imap *imap)
{
    return imap->wire.peer;
}

bool mf_imap_can(const struct mf_imap *imap, const char *capability)
{
    size_t len = strlen(capability);
    for (const char *at = imap->wire.capabilities; (at = strcasestr(at, capability)); at += len)
        if (at > imap->wire.capabilities && at[-1] == ' ' && at[len] == ' ')
            return true;
    return false;
}

/* ---- commands ---- */

/* Waits for the command budget; an interrupt ends it, which the command itself then tells. What is
 * counted is the last N commands, N of which take N / rate seconds: a few may follow each other at
 * once, and yet no second sees more of them than it may. */
static void keep_budget(struct mf_imap *imap)
{
    struct mf_budget *budget = &imap->budget;
    struct pollfd wake = {.fd = imap->wake_fd, .events = POLLIN};
    if (budget->per_second <= 0 || !imap->logged_in)
        return;
    size_t count = budget->per_second < 1 ? 1 : budget->per_second > MF_BUDGET_MAX ? MF_BUDGET_MAX : (size_t)budget->per_second;
    mf_usec *oldest = &budget->recent[budget->next % count];
    mf_usec allowed = *oldest ? *oldest + (mf_usec)((double)count * (double)MF_SECOND / budget->per_second) : 0;
    while (mf_now() < allowed && poll(&wake, 1, mf_ms_until(allowed)) <= 0)
        continue;
    *oldest = mf_now();
    budget->next = (budget->next + 1) % count;
}

unsigned mf_imap_exists(const struct mf_imap *imap)
{
    return imap->wire.exists;
}

void mf_imap_begin(struct mf_imap *imap)
{
    keep_budget(imap);
    imap->wire.patience = 0;
    mf_wire_begin(&imap->wire, mf_now() + imap->reply_timeout);
}

enum mf_io mf_imap_say(struct mf_imap *imap, const char *format, ...)
{
    struct mf_text line = {.max = 65536};
    va_list args;
    mf_text_printf(&line, "mf%u ", ++imap->tag);
    va_start(args, format);
    mf_text_vprintf(&line, format, args);
    va_end(args);
    mf_text_puts(&line, "\r\n");
    enum mf_io io = mf_wire_write(&imap->wire, line.data, line.len);
    if (imap->wire.secret)
        explicit_bzero(line.data, line.capacity);
    mf_text_release(&line);
    return io;
}

enum mf_io mf_imap_until_done(struct mf_imap *imap, bool *ok)
{
    const char *line;
    size_t len;
    for (;;) {
        enum mf_io io = mf_wire_line(&imap->wire, &line, &len);
        if (io != MF_IO_OK || mf_imap_is_done(imap, line, ok))
            return io;
        io = mf_wire_skip(&imap->wire, line, len);
        if (io != MF_IO_OK)
            return io;
    }
}

bool mf_imap_is_done(const struct mf_imap *imap, const char *line, bool *ok)
{
    char tag[24];
    if (line[0] == '*')
        return false;
    int len = snprintf(tag, sizeof tag, "mf%u ", imap->tag);
    if (strncmp(line, tag, (size_t)len) != 0)
        return false;
    *ok = mf_starts_nocase(line + len, "OK");
    return true;
}

/* ---- trouble ---- */

/* Response codes (RFC 5530) that a later attempt may not meet. */
bool mf_imap_is_temporary(const char *said)
{
    static const char *const codes[] = {"[UNAVAILABLE]", "[INUSE]", "[LIMIT]", "[SERVERBUG]", "[THROTTLED]", "[OVERQUOTA]"};
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
        if (strcasestr(said, codes[i]))
            return true;
    return false;
}

static enum mf_stage stage_of(const struct mf_imap *imap)
{
    return imap->logged_in ? MF_STAGE_COMMAND : MF_STAGE_LOGIN;
}

int mf_imap_tell_failure(struct mf_imap *imap, const struct mf_failure *failure, struct mf_net_trouble *trouble, struct mf_diag *d)
{
    if (trouble)
        *trouble = (struct mf_net_trouble){.tls = imap->tls};
    return mf_tell_failure(&imap->endpoint, failure, NULL, imap->wire.said_no ? imap->wire.said : "", trouble, d);
}

void mf_imap_fail_stream(struct mf_imap *imap, const char *what, struct mf_failure *failure)
{
    struct mf_wire *wire = &imap->wire;
    enum mf_stage stage = failure->stage ? failure->stage : stage_of(imap);
    if (wire->bye)
        mf_fail(failure, stage, true, "the server ended the connection: %.300s", wire->said[0] ? wire->said : "BYE");
    else if (wire->io == MF_IO_OK || (wire->io == MF_IO_BROKEN && !mf_stream_error(wire->stream)))
        mf_fail(failure, stage, false, "the server's answer can't be understood: \"%.200s\"", mf_wire_last_line(wire));
    else
        mf_fail_io(failure, stage, wire->io, mf_stream_error(wire->stream), mf_now() - wire->asked, what);
}

static int tell_stream(struct mf_imap *imap, const char *what, struct mf_net_trouble *trouble, struct mf_diag *d)
{
    struct mf_failure failure = {.stage = MF_STAGE_NONE};
    imap->alive = false;
    mf_imap_fail_stream(imap, what, &failure);
    return mf_imap_tell_failure(imap, &failure, trouble, d);
}

int mf_imap_tell_garbage(struct mf_imap *imap, const char *what, struct mf_net_trouble *trouble, struct mf_diag *d)
{
    struct mf_failure failure = {.stage = MF_STAGE_NONE};
    imap->alive = false;
    mf_fail(&failure, stage_of(imap), false, "the answer to %s can't be understood: \"%.200s\"", what, mf_wire_last_line(&imap->wire));
    return mf_imap_tell_failure(imap, &failure, trouble, d);
}

static int tell_no(struct mf_imap *imap, const char *what, struct mf_net_trouble *trouble, struct mf_diag *d)
{
    struct mf_failure failure = {.stage = MF_STAGE_NONE};
    imap->alive = imap->alive && !imap->wire.said_bad; /* BAD: the two do not understand each other */
    mf_fail(&failure, stage_of(imap), mf_imap_is_temporary(imap->wire.said), "the server refused %s: %.300s", what, imap->wire.said);
    return mf_imap_tell_failure(imap, &failure, trouble, d);
}

int mf_imap_tell(struct mf_imap *imap, enum mf_io io, const char *what, struct mf_net_trouble *trouble, struct mf_diag *d)
{
    return io == MF_IO_OK ? tell_no(imap, what, trouble, d) : tell_stream(imap, what, trouble, d);
}

int mf_imap_tell_etpan(struct mf_imap *imap, enum mf_etpan_result result, const char *what, struct mf_net_trouble *trouble, struct mf_diag *d)
{
    switch (result) {
    case MF_ETPAN_NO:
    case MF_ETPAN_BAD:
        return tell_no(imap, what, trouble, d);
    case MF_ETPAN_STREAM:
        return tell_stream(imap, what, trouble, d);
    case MF_ETPAN_OK:
    case MF_ETPAN_GARBAGE:
        break;
    }
    return mf_imap_tell_garbage(imap, what, trouble, d);
}

int mf_imap_check(struct mf_imap *imap, bool folder, struct mf_net_trouble *trouble, struct mf_diag *d)
{
    struct mf_failure failure = {.stage = MF_STAGE_NONE};
    if (imap->alive && (!folder || imap->selected))
        return 0;
    mf_fail(&failure, MF_STAGE_COMMAND, !imap->alive, imap->alive ? "no folder is open" : "the connection is gone already");
    return mf_imap_tell_failure(imap, &failure, trouble, d);
}

int mf_imap_run(struct mf_imap *imap, const char *command, const char *what, struct mf_net_trouble *trouble, struct mf_diag *d)
{
    bool ok = false;
    mf_imap_begin(imap);
    enum mf_io io = mf_imap_say(imap, "%s", command);
    if (io == MF_IO_OK)
        io = mf_imap_until_done(imap, &ok);
    return io == MF_IO_OK && ok ? 0 : mf_imap_tell(imap, io, what, trouble, d);
}

/* ---- closing ---- */

static void say_goodbye(struct mf_imap *imap)
{
    bool ok;
    imap->wire.leaving = true;
    imap->wire.patience = 0;
    mf_wire_begin(&imap->wire, mf_now() + GOODBYE);
    if (mf_imap_say(imap, "LOGOUT") == MF_IO_OK)
        mf_imap_until_done(imap, &ok);
}

void mf_imap_close(struct mf_imap **imap)
{
    if (!imap || !*imap)
        return;
    struct mf_imap *it = *imap;
    if (it->alive)
        say_goodbye(it);
    mf_etpan_free(&it->etpan);
    mf_stream_close(&it->wire.stream);
    if (it->wake_fd >= 0)
        close(it->wake_fd);
    free(it->selected);
    mf_arena_free(&it->arena);
    free(it);
    *imap = NULL;
}

void mf_imap_interrupt(struct mf_imap *imap)
{
    uint64_t one = 1;
    if (write(imap->wake_fd, &one, sizeof one) < 0)
        return; /* full: it is awake already */
}
