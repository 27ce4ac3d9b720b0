/* Inside room plan: a `via` between its keys (via.c) and the door it leads to (via_door.c). */
#ifndef MAILFLOW_PLAN_VIA_INTERNAL_H
#define MAILFLOW_PLAN_VIA_INTERNAL_H

#include "plan/site_internal.h"

struct mf_via_draft {
    struct mf_via *via;
    const struct mf_server *server;
    bool mx, submission, smtp; /* the last two: the door asked for */
    const struct mf_door *url; /* a bare URL */
    const struct mf_node *login, *login_key;
    int tls;                   /* -1, or required, offered, none */
    int port;
    struct mf_place port_place;
};

/* Chooses the door and the login, and folds TLS in. False: told. */
bool mf_via_finish(struct mf_binder *b, const struct mf_via_draft *draft, const struct mf_sender *sender);

#endif
