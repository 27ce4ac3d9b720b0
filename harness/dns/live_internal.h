/* Room dns, live look-ups inside: libunbound contexts that come and go under one resolver.
 *
 * libunbound remembers a silent server for minutes: after a failure or a silence its context is retired and the next
 * look-up starts with a fresh one (1 ms), so that a server that is back is seen to be back.
 *
 * Trust anchors are used only where the resolver hands on a root that fits them, found out by asking it for the root's
 * keys: with a private root (a lab, a split horizon) everything would be bogus otherwise. */
#ifndef DNS_LIVE_INTERNAL_H
#define DNS_LIVE_INTERNAL_H

#include "dns/dns_internal.h"

struct mf_live_context {
    struct mf_dns_unbound *unbound;
    int holders; /* `current` and each look-up under way */
    bool validates;
};
/* Whether anybody answers there at all: found out once, for all who ask. */
enum mf_live_presence { PRESENCE_NOT_KNOWN, PRESENCE_THERE, PRESENCE_NOBODY };
struct mf_live_verdict {
    enum mf_live_presence presence;
    mf_usec until;  /* it counts so long */
    bool asking;    /* somebody is finding out */
    bool is_silent; /* NOBODY: no reply came in time; false: there is nobody to reply */
    char why[512];
};
enum mf_anchor_state { ANCHOR_UNTRIED, ANCHOR_FITS, ANCHOR_UNFIT };
struct mf_live {
    struct mf_dns base;
    struct mf_dns_forwarders forwarders;
    char *anchor; /* file, NULL: none */
    enum mf_anchor_state anchor_state;
    mf_usec anchor_retry; /* of an unfit one */
    pthread_mutex_t lock; /* over all that follows and anchor_state */
    pthread_cond_t arrived;
    struct mf_live_verdict verdict;
    struct mf_live_context *current; /* NULL: made by the next look-up */
};

/* All of these with the lock held. */
struct mf_live_context *mf_live_new_context(struct mf_live *live, struct mf_diag *d);
/* A context in which names can be asked, held for the caller; NULL with d. */
struct mf_live_context *mf_live_usable_context(struct mf_live *live, struct mf_arena *arena, mf_usec deadline,
                                               struct mf_diag *d);
/* The lock is let go while libunbound ends its thread. */
void mf_live_let_go(struct mf_live *live, struct mf_live_context *context);
/* No later look-up begins with it; the caller holds it still. */
void mf_live_retire(struct mf_live *live, struct mf_live_context *context);
void mf_live_drop_current(struct mf_live *live);

/* live_presence.c, with the lock held too, which is let go while it waits. */
/* Asks through a context. A resolver that is known to be deserted is not waited for: MF_DNS_FOUND_NOTHING at once. */
struct mf_dns_found mf_live_ask(struct mf_live *live, struct mf_live_context *context, struct mf_arena *arena,
                                const char *name, unsigned type, mf_usec deadline);
/* By the verdict that counts now, found out again if the last one, that nobody is there, is too old. */
bool mf_live_is_deserted(struct mf_live *live, mf_usec deadline);

#endif
