/* Opening a mailbox: every address of its door in turn, one fresh token when the kept one is refused. */
#include <string.h>

#include "mailflow/login.h"
#include "run/box_internal.h"
#include "run/lane_internal.h"

#define CONNECT_TIME (10 * MF_SECOND)
#define REPLY_TIME (20 * MF_SECOND)

static struct mf_imap_options options_for(struct mf_box *box, const char *address, const struct mf_credentials *credentials)
{
    const struct mf_door *door = box->mailbox->server->imap;
    const struct mf_limits *limits = &box->engine->plan->site->limits;
    return (struct mf_imap_options){
        .endpoint = {.address = address, .port = door->port, .tls_name = door->host, .tls_mode = door->tls_mode,
                     .tls = door->tls, .label = door->url},
        .credentials = credentials,
        .commands_per_second = limits->imap_given ? limits->imap_commands : 0,
        .connect_timeout = CONNECT_TIME,
        .reply_timeout = REPLY_TIME,
        .interrupt_fd = box->interrupt_fd,
    };
}

static int try_address(struct mf_box *box, const char *address, const struct mf_credentials *credentials, mf_usec deadline, struct mf_diag *d)
{
    struct mf_imap_options options = options_for(box, address, credentials);
    struct mf_imap *imap;
    *d = (struct mf_diag){0};
    if (mf_imap_open(&options, deadline, &imap, &box->trouble, d) < 0)
        return -1;
    pthread_mutex_lock(&box->engine->lock);
    box->imap = imap;
    pthread_mutex_unlock(&box->engine->lock);
    return 0;
}

/* Which trouble is told when every address fails: the first one's; another family of addresses may
 * just not exist here. */
static int try_addresses(struct mf_box *box, const char **addresses, const struct mf_credentials *credentials, mf_usec deadline, struct mf_diag *d)
{
    struct mf_diag first = {0};
    struct mf_net_trouble first_trouble = {0};
    for (size_t i = 0; addresses[i]; i++) {
        if (try_address(box, addresses[i], credentials, deadline, d) == 0)
            return 0;
        bool nearer = first_trouble.stage < box->trouble.stage; /* it came further */
        if (i == 0 || nearer)
            first = *d, first_trouble = box->trouble;
        if (box->trouble.stage == MF_STAGE_LOGIN)
            break; /* the same login at another address would only count as one more failure */
    }
    *d = first;
    box->trouble = first_trouble;
    return -1;
}

static int log_in(struct mf_box *box, const char **addresses, mf_usec deadline, bool *permanent, struct mf_diag *d)
{
    const struct mf_login *login = box->mailbox->login;
    for (int fresh = 0; fresh <= 1; fresh++) {
        struct mf_credentials credentials = {0};
        if (mf_logins_get(box->engine->logins, login, fresh == 1, deadline, &credentials, d) < 0) {
            box->trouble = (struct mf_net_trouble){.stage = MF_STAGE_LOGIN, .temporary = login->kind == MF_LOGIN_OAUTH2};
            *permanent = !box->trouble.temporary;
            return -1;
        }
        int result = try_addresses(box, addresses, &credentials, deadline, d);
        mf_credentials_wipe(&credentials);
        if (result == 0)
            return 0;
        bool refused = box->trouble.stage == MF_STAGE_LOGIN && !box->trouble.temporary && !box->trouble.timed_out;
        if (!refused || login->kind != MF_LOGIN_OAUTH2)
            break;
    }
    *permanent = !box->trouble.temporary && !box->trouble.timed_out;
    return -1;
}

static int note_opened(struct mf_box *box, struct mf_diag *d)
{
    struct mf_rec_opened opened = {.at = mf_now(), .mailbox = box->mailbox->label, .peer = mf_imap_peer(box->imap),
                                   .tls = mf_record_tls(mf_imap_tls(box->imap)), .capabilities = ""};
    return mf_engine_journaled(box->engine, mf_journal_opened(box->engine->journal, &opened, d), d);
}

static int connect_box(struct mf_box *box, mf_usec deadline, bool *permanent, struct mf_diag *d)
{
    const struct mf_door *door = box->mailbox->server->imap;
    const char *why;
    bool temporary;
    *permanent = true;
    if (!door || !box->mailbox->login) {
        box->trouble = (struct mf_net_trouble){.stage = MF_STAGE_CONNECT};
        mf_hint(d, "Give the server `imap: imaps://HOST` and a login in the site.");
        return mf_trouble(d, "%s has no way to be read: server %s lacks `imap` or a login", box->mailbox->label, box->mailbox->server->name);
    }
    const char **addresses = mf_resolve(box->engine->resolver, door->host, deadline, &why, &temporary);
    if (!addresses) {
        box->trouble = (struct mf_net_trouble){.stage = MF_STAGE_CONNECT, .temporary = temporary};
        *permanent = !temporary;
        mf_hint(d, "Correct the name in the site, or publish its address in DNS.");
        return mf_trouble(d, "%s: %s", door->url, why);
    }
    return log_in(box, addresses, deadline, permanent, d);
}

int mf_box_open(struct mf_box *box, mf_usec deadline, bool *permanent, struct mf_diag *d)
{
    if (connect_box(box, deadline, permanent, d) < 0)
        return -1;
    *permanent = false;
    box->selected = NULL;
    if (note_opened(box, d) == 0 && mf_box_list(box, d) == 0 && mf_box_note_windows(box, d) == 0)
        return 0;
    mf_box_close(box);
    return -1;
}

void mf_box_close(struct mf_box *box)
{
    pthread_mutex_lock(&box->engine->lock);
    struct mf_imap *imap = box->imap;
    box->imap = NULL;
    pthread_mutex_unlock(&box->engine->lock);
    box->selected = NULL;
    mf_imap_close(&imap);
}

void mf_box_gap(struct mf_box *box, const struct mf_box_folder *folder, const struct mf_diag *d)
{
    const char *peer = box->imap ? mf_imap_peer(box->imap) : "";
    struct mf_rec_gap gap = {.at = mf_now(), .mailbox = box->mailbox->label, .folder = folder ? folder->name : "",
                             .stage = mf_stage_name(box->trouble.stage), .title = d->title, .hint = d->hint,
                             .server_said = box->trouble.server_said, .peer = peer, .tries = box->tries,
                             .tls = mf_record_tls(&box->trouble.tls)};
    struct mf_diag trouble = {0};
    mf_engine_journaled(box->engine, mf_journal_gap(box->engine->journal, &gap, &trouble), &trouble);
}
