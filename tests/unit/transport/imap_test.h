/* What the IMAP tests share: a fake with a client connected to it. */
#ifndef IMAP_TEST_H
#define IMAP_TEST_H

#include "transport_test.h"

#include "mailflow/arena.h"
#include "mailflow/imap.h"

#define USER "alice@net-it.com"
#define PASSWORD "pa\"ss\\ w,=%s"

struct mailbox {
    struct fake_imap *server;
    struct mf_imap *imap;
    struct mf_net_trouble trouble;
    struct mf_diag d;
    struct mf_imap_options options;
    struct mf_tls tls;
    struct mf_credentials credentials;
    struct mf_imap_window window;
};

/* A fake and the options for a client; not connected. In clear text, which is right for loopback. */
static inline struct mailbox *mailbox_new(struct fake_imap_options server)
{
    struct mailbox *m = calloc(1, sizeof *m);
    server.login.user = server.login.user ? server.login.user : USER;
    server.login.password = server.login.password ? server.login.password : PASSWORD;
    m->server = fake_imap_start(&server);
    m->credentials = (struct mf_credentials){.user = (char *)USER, .password = (char *)PASSWORD};
    m->options = (struct mf_imap_options){.endpoint = at_port(fake_imap_port(m->server), MF_TLS_NONE, &m->tls), .credentials = &m->credentials};
    return m;
}

static inline int mailbox_open(struct mailbox *m)
{
    m->d = (struct mf_diag){.title = ""};
    return mf_imap_open(&m->options, SOON, &m->imap, &m->trouble, &m->d);
}

/* Connected, with a folder selected for reading. */
static inline struct mailbox *mailbox_at(struct fake_imap_options server)
{
    struct mailbox *m = mailbox_new(server);
    if (mailbox_open(m) < 0 || mf_imap_select(m->imap, "INBOX", false, &m->window, &m->trouble, &m->d) < 0)
        fail_msg("%s", m->d.title);
    return m;
}

static inline void mailbox_end(struct mailbox *m)
{
    mf_imap_close(&m->imap);
    fake_imap_stop(&m->server);
    free(m);
}

#endif
