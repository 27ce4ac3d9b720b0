/* libunbound contexts under one live resolver: made, shared, retired; and whether they may validate. */
#include <stdlib.h>

#include "dns/live_internal.h"
#include "mailflow/trace.h"

#define DNSKEY 48
#define ANCHOR_PATIENCE (2 * MF_SECOND)
#define ANCHOR_RETRY (30 * MF_SECOND)

void mf_live_let_go(struct mf_live *live, struct mf_live_context *context)
{
    if (--context->holders > 0)
        return;
    pthread_mutex_unlock(&live->lock);
    mf_dns_unbound_free(&context->unbound);
    free(context);
    pthread_mutex_lock(&live->lock);
}

void mf_live_retire(struct mf_live *live, struct mf_live_context *context)
{
    if (live->current != context)
        return;
    live->current = NULL;
    context->holders--;
}

void mf_live_drop_current(struct mf_live *live)
{
    struct mf_live_context *context = live->current;
    live->current = NULL;
    if (context)
        mf_live_let_go(live, context);
}

static struct mf_dns_unbound *new_unbound(struct mf_live *live, const char *anchor, struct mf_diag *d)
{
    return mf_dns_unbound_new(&live->forwarders, anchor, &live->lock, &live->arrived, d);
}

struct mf_live_context *mf_live_new_context(struct mf_live *live, struct mf_diag *d)
{
    bool validates = live->anchor && live->anchor_state != ANCHOR_UNFIT;
    struct mf_dns_unbound *unbound = new_unbound(live, validates ? live->anchor : NULL, validates ? NULL : d);
    if (!unbound && validates) {
        mf_trace(MF_TRACE_DNS, "trust anchors in %s can't be used: answers are not validated", live->anchor);
        live->anchor_state = ANCHOR_UNFIT;
        live->anchor_retry = MF_NEVER;
        validates = false;
        unbound = new_unbound(live, NULL, d);
    }
    if (!unbound)
        return NULL;
    struct mf_live_context *context = mf_xmalloc(sizeof *context);
    *context = (struct mf_live_context){.unbound = unbound, .holders = 1, .validates = validates};
    return context;
}

static struct mf_live_context *take_context(struct mf_live *live, struct mf_diag *d)
{
    if (live->anchor_state == ANCHOR_UNFIT && mf_now() > live->anchor_retry) {
        live->anchor_state = ANCHOR_UNTRIED;
        mf_live_drop_current(live);
    }
    if (!live->current)
        live->current = mf_live_new_context(live, d);
    if (live->current)
        live->current->holders++;
    return live->current;
}

/* Does the resolver hand on the root that our trust anchor is for? Silence is no answer: asked again later. */
static void try_anchor(struct mf_live *live, struct mf_live_context *context, struct mf_arena *arena, mf_usec deadline)
{
    mf_usec now = mf_now(), patience = (deadline - now) / 2;
    mf_usec until = now + (patience < ANCHOR_PATIENCE ? patience : ANCHOR_PATIENCE);
    struct mf_dns_found found = mf_live_ask(live, context, arena, ".", DNSKEY, until);
    bool fits = found.what == MF_DNS_FOUND_ANSWER && found.secure;
    bool is_known = found.what == MF_DNS_FOUND_ANSWER || found.what == MF_DNS_FOUND_BOGUS;
    live->anchor_state = fits ? ANCHOR_FITS : ANCHOR_UNFIT;
    live->anchor_retry = is_known ? MF_NEVER : mf_now() + ANCHOR_RETRY;
    if (!fits)
        mf_trace(MF_TRACE_DNS, "%s %s: answers are not validated", live->forwarders.text,
                 is_known ? "does not hand on the signed root of the trust anchor"
                          : "did not answer for the root's keys");
}

struct mf_live_context *mf_live_usable_context(struct mf_live *live, struct mf_arena *arena, mf_usec deadline,
                                               struct mf_diag *d)
{
    for (;;) {
        struct mf_live_context *context = take_context(live, d);
        if (!context || !context->validates || live->anchor_state == ANCHOR_FITS)
            return context;
        try_anchor(live, context, arena, deadline);
        if (live->anchor_state == ANCHOR_FITS)
            return context;
        mf_live_retire(live, context);
        mf_live_let_go(live, context);
    }
}
