/* Probing an IMAP end point: libcurl connects (its TLS is another library's than that of the real
 * connections: a second opinion), then the same login and EXAMINE as in a run. */
#include <stdio.h>
#include <string.h>

#include "mailflow/trace.h"
#include "transport/imap_internal.h"
#include "transport/link_internal.h"

struct probing {
    struct mf_imap *imap;
    bool preauth;
    int lines;
};

static bool on_line(void *context, const char *line, size_t len)
{
    struct probing *probing = context;
    if (probing->lines++ == 0) {
        probing->preauth = len > 10 && strncasecmp(line, "* PREAUTH ", 10) == 0;
        if (len < 4 || (line[0] != '*' && line[0] != '+')) {
            mf_wire_note(&probing->imap->wire, line, len);
            return false;
        }
    }
    mf_wire_note(&probing->imap->wire, line, len);
    return !probing->imap->wire.bye;
}

static void on_command(void *context, const char *line, size_t len)
{
    struct probing *probing = context;
    if (memmem(line, len, "STARTTLS", 8))
        probing->imap->wire.capabilities[0] = '\0';
    mf_trace(MF_TRACE_IMAP, "%s > %.*s", probing->imap->wire.peer, (int)len, line);
}

/* What libcurl could not make of the conversation, in the server's words. */
static int explain(struct probing *probing, struct mf_failure *failure)
{
    struct mf_wire *wire = &probing->imap->wire;
    if (wire->bye)
        mf_fail(failure, MF_STAGE_GREETING, true, "the server ended the connection: %.300s", wire->said);
    else if (probing->lines == 1 && !failure->timed_out && !failure->interrupted && failure->stage > MF_STAGE_TLS)
        mf_fail(failure, MF_STAGE_GREETING, false, "the server said something that is no IMAP: \"%.150s\"", mf_wire_last_line(wire));
    return -1;
}

static int connect_by_curl(struct probing *probing, const struct mf_imap_options *options, mf_usec deadline,
                           struct mf_imap_probe *seen, struct mf_failure *failure)
{
    struct mf_imap *imap = probing->imap;
    struct mf_link_options link_options = {
        .endpoint = &imap->endpoint,
        .imap = true,
        .tls_required = mf_has_secrets(options->credentials),
        .watch = {on_line, on_command, probing},
        .wake_fd = imap->wake_fd,
        .connect_timeout = imap->connect_timeout,
        .reply_timeout = imap->reply_timeout,
    };
    struct mf_link *link = mf_link_open(&link_options, deadline, &seen->tls, seen->peer, sizeof seen->peer, failure);
    imap->tls = seen->tls;
    if (!link)
        return explain(probing, failure);
    imap->wire.stream = mf_stream_over_link(link, imap->wake_fd);
    mf_etpan_adopt(imap->etpan);
    return 0;
}

static int probe(struct probing *probing, const struct mf_imap_options *options, mf_usec deadline, struct mf_imap_probe *seen,
                 struct mf_failure *failure)
{
    struct mf_imap *imap = probing->imap;
    if (mf_imap_check_privacy(&imap->endpoint, failure) < 0 || connect_by_curl(probing, options, deadline, seen, failure) < 0)
        return -1;
    if (probing->preauth)
        mf_etpan_logged_in(imap->etpan);
    else if (mf_imap_log_in(imap, options->credentials, deadline, failure) < 0)
        return -1;
    imap->alive = imap->logged_in = true;
    const char *words = imap->wire.capabilities + (imap->wire.capabilities[0] == ' ');
    mf_clean_words(seen->capabilities, sizeof seen->capabilities, words, strlen(words));
    return 0;
}

/* The folder is asked last; within what is left of the deadline. */
static int examine(struct mf_imap *imap, const char *folder, mf_usec deadline, struct mf_imap_probe *seen,
                   struct mf_net_trouble *trouble, struct mf_diag *d)
{
    struct mf_imap_window window;
    mf_usec left = deadline - mf_now();
    if (left < imap->reply_timeout)
        imap->reply_timeout = left > 0 ? left : 0;
    if (mf_imap_select(imap, folder, false, &window, trouble, d) < 0)
        return -1;
    seen->folder_ok = true;
    seen->exists = window.exists;
    return 0;
}

int mf_imap_probe(const struct mf_imap_options *options, const char *folder, mf_usec deadline,
                  struct mf_imap_probe *seen, struct mf_net_trouble *trouble, struct mf_diag *d)
{
    struct probing probing = {.imap = mf_imap_new(options)};
    struct mf_failure failure = {.stage = MF_STAGE_NONE};
    *seen = (struct mf_imap_probe){.exists = 0};
    int result = probe(&probing, options, deadline, seen, &failure);
    if (result < 0)
        mf_imap_tell_failure(probing.imap, &failure, trouble, d);
    else if (folder)
        result = examine(probing.imap, folder, deadline, seen, trouble, d);
    mf_imap_close(&probing.imap);
    return result;
}
