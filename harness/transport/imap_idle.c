/* IDLE (RFC 2177), and NOOP now and then where a server has none. */
#include <poll.h>

#include "transport/imap_internal.h"

#define REISSUE (28 * 60 * MF_SECOND) /* RFC 2177: before 29 minutes */
#define POLL_EVERY (2 * MF_SECOND)

struct waiting {
    struct mf_imap *imap;
    unsigned exists, expunged; /* what the caller knows, and how many had gone by then */
    int wake_fd;
    mf_usec until;
    bool woken;
};

/* One that came while another went is growth as well. */
static bool has_grown(const struct waiting *waiting)
{
    const struct mf_wire *wire = &waiting->imap->wire;
    return (unsigned long)wire->exists + (wire->expunged - waiting->expunged) > waiting->exists;
}

/* Waits for the "+"; the server may say other things before. *ok is false when it refuses. */
static enum mf_io enter(struct mf_imap *imap, bool *ok)
{
    const char *line;
    size_t len;
    mf_imap_begin(imap);
    *ok = true;
    enum mf_io io = mf_imap_say(imap, "IDLE");
    while (io == MF_IO_OK) {
        io = mf_wire_line(&imap->wire, &line, &len);
        if (io != MF_IO_OK || line[0] == '+')
            break;
        if (mf_imap_is_done(imap, line, ok)) {
            *ok = false;
            break;
        }
        io = mf_wire_skip(&imap->wire, line, len);
    }
    return io;
}

/* Everything that is there already, without waiting for more than the rest of a literal. */
static enum mf_io read_news(struct mf_imap *imap)
{
    const char *line;
    size_t len;
    enum mf_io io = MF_IO_OK;
    imap->wire.limit = mf_now() + imap->reply_timeout;
    while (io == MF_IO_OK && mf_wire_has_line(&imap->wire)) {
        io = mf_wire_line(&imap->wire, &line, &len);
        if (io == MF_IO_OK)
            io = mf_wire_skip(&imap->wire, line, len);
    }
    return io;
}

/* Between "+" and DONE. Lines that came along with the "+" are looked at before any waiting; so is
 * what TLS holds (mf_stream_await), and what TLS keeps to itself wakes us without being news. */
static enum mf_io stay(struct waiting *waiting, mf_usec until)
{
    struct mf_wire *wire = &waiting->imap->wire;
    for (;;) {
        enum mf_io io = read_news(waiting->imap);
        if (io != MF_IO_OK || has_grown(waiting))
            return io;
        io = mf_stream_await(wire->stream, waiting->wake_fd, until, &waiting->woken);
        if (io == MF_IO_TIMED_OUT || waiting->woken)
            return MF_IO_OK;
        if (io != MF_IO_OK)
            return wire->io = io;
        io = mf_wire_gather(wire);
        if (io != MF_IO_OK && io != MF_IO_TIMED_OUT)
            return io;
    }
}

static enum mf_io leave(struct mf_imap *imap, bool *ok)
{
    mf_wire_begin(&imap->wire, mf_now() + imap->reply_timeout);
    enum mf_io io = mf_wire_write(&imap->wire, "DONE\r\n", 6);
    return io == MF_IO_OK ? mf_imap_until_done(imap, ok) : io;
}

static int idle_once(struct waiting *waiting, struct mf_net_trouble *trouble, struct mf_diag *d)
{
    struct mf_imap *imap = waiting->imap;
    mf_usec reissue = mf_now() + REISSUE;
    bool ok;
    enum mf_io io = enter(imap, &ok);
    if (io == MF_IO_OK && ok)
        io = stay(waiting, reissue < waiting->until ? reissue : waiting->until);
    if (io == MF_IO_OK && ok)
        io = leave(imap, &ok);
    return io == MF_IO_OK && ok ? 0 : mf_imap_tell(imap, io, "IDLE", trouble, d);
}

/* Without IDLE: NOOP every now and then. */
static int poll_once(struct waiting *waiting, struct mf_net_trouble *trouble, struct mf_diag *d)
{
    struct mf_imap *imap = waiting->imap;
    unsigned exists;
    if (mf_imap_noop(imap, &exists, trouble, d) < 0)
        return -1;
    if (has_grown(waiting))
        return 0;
    mf_usec next = mf_now() + POLL_EVERY;
    struct pollfd fds[2] = {{.fd = waiting->wake_fd, .events = POLLIN}, {.fd = imap->wake_fd, .events = POLLIN}};
    if (poll(fds, 2, mf_ms_until(next < waiting->until ? next : waiting->until)) > 0)
        waiting->woken = fds[0].revents != 0;
    return 0;
}

int mf_imap_idle(struct mf_imap *imap, unsigned exists, int wake_fd, mf_usec until, bool *grown,
                 struct mf_net_trouble *trouble, struct mf_diag *d)
{
    struct waiting waiting = {imap, exists, imap->wire.expunged, wake_fd, until, false};
    *grown = false;
    if (mf_imap_check(imap, true, trouble, d) < 0)
        return -1;
    bool can_idle = mf_imap_can(imap, "IDLE");
    while (!has_grown(&waiting) && !waiting.woken && mf_now() < until)
        if ((can_idle ? idle_once : poll_once)(&waiting, trouble, d) < 0)
            return -1;
    *grown = has_grown(&waiting);
    return 0;
}
