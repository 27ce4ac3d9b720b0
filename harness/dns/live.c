/* Live look-ups: through libunbound, and straight to its forwarders where libunbound only says "failed". */
#include <stdlib.h>
#include <unistd.h>

#include "dns/live_internal.h"
#include "mailflow/trace.h"

#define ANCHOR_FILE "/usr/share/dns/root.key"

static bool has_soa(const struct mf_dns_packet *packet)
{
    for (size_t i = 0; i < packet->authority_count; i++)
        if (packet->authority[i].type == MF_DNS_SOA)
            return true;
    return false;
}

/* libunbound's answer into ours. False: it can't be read, or is a "no data" without the SOA that proves it: libunbound
 * makes that of a mere referral as well. */
static bool take_found(struct mf_arena *arena, struct mf_dns_answer *answer, const struct mf_dns_found *found)
{
    const char *why;
    struct mf_dns_packet *packet = mf_dns_packet_read(arena, found->packet, &why);
    if (!packet)
        return false;
    const char *end = mf_dns_answer_collect(arena, answer, packet->answer, packet->answer_count);
    if (end && !found->nxdomain && !found->secure && !has_soa(packet))
        return false;
    if (end) {
        answer->status = found->nxdomain ? MF_DNS_NXDOMAIN : MF_DNS_NODATA;
        answer->negative_ttl = mf_dns_packet_negative_ttl(packet);
    }
    answer->validated = answer->authenticated = found->secure;
    answer->checked = found->checked;
    return true;
}

/* libunbound got nowhere: what do its forwarders say themselves? The words come from there. */
static void ask_forwarders(struct mf_live *live, struct mf_arena *arena, struct mf_dns_answer *answer, mf_usec deadline)
{
    for (size_t i = 0; i < live->forwarders.count; i++) {
        mf_usec now = mf_now(), left = deadline > now ? deadline - now : 0;
        struct mf_dns_answer direct = {.name = answer->name, .type = answer->type, .asked = answer->asked};
        mf_dns_ask_address(&live->forwarders.address[i], arena, &direct,
                           now + left / (mf_usec)(live->forwarders.count - i));
        direct.authoritative = false; /* as through libunbound: a resolver is not the source */
        bool is_known =
            direct.status == MF_DNS_OK || direct.status == MF_DNS_NODATA || direct.status == MF_DNS_NXDOMAIN;
        if (is_known || i == 0)
            *answer = direct;
        if (is_known)
            return;
    }
}

/* The last tenth of the time (20 to 300 ms) is kept for asking the forwarders themselves. */
static mf_usec patience_until(mf_usec deadline)
{
    mf_usec left = deadline - mf_now(), kept = left / 10;
    kept = kept > 300 * MF_MS ? 300 * MF_MS : kept < 20 * MF_MS ? 20 * MF_MS : kept;
    return kept < left ? deadline - kept : deadline;
}

static struct mf_dns_found ask_unbound(struct mf_live *live, struct mf_arena *arena, const struct mf_dns_answer *answer,
                                       mf_usec deadline)
{
    struct mf_diag d = {0};
    struct mf_dns_found found = {.what = MF_DNS_FOUND_FAILURE};
    pthread_mutex_lock(&live->lock);
    struct mf_live_context *context = mf_live_usable_context(live, arena, deadline, &d);
    if (context) {
        found = mf_live_ask(live, context, arena, answer->name, answer->type, deadline);
        if (found.what == MF_DNS_FOUND_NOTHING || found.what == MF_DNS_FOUND_FAILURE)
            mf_live_retire(live, context);
        mf_live_let_go(live, context);
    }
    pthread_mutex_unlock(&live->lock);
    if (!context)
        mf_trace(MF_TRACE_DNS, "%s; asking the resolver without it", d.title);
    return found;
}

/* Nobody is there: said at once, in the words of whoever found that out. */
static bool tell_deserted(struct mf_live *live, struct mf_arena *arena, struct mf_dns_answer *answer, mf_usec deadline)
{
    pthread_mutex_lock(&live->lock);
    bool deserted = mf_live_is_deserted(live, deadline);
    if (deserted) {
        answer->server = mf_copy(arena, live->forwarders.text);
        answer->status = live->verdict.is_silent ? MF_DNS_TIMEOUT : MF_DNS_SERVFAIL;
        answer->why = mf_copy(arena, live->verdict.why);
    }
    pthread_mutex_unlock(&live->lock);
    return deserted;
}

static void tell_silence(struct mf_live *live, struct mf_arena *arena, struct mf_dns_answer *answer)
{
    char waited[32];
    if (answer->status == MF_DNS_TIMEOUT)
        answer->why = mf_format(arena, "no answer from %s within %s", live->forwarders.text,
                                mf_duration_text(mf_now() - answer->asked, waited, sizeof waited));
}

static void ask_live(struct mf_dns *dns, struct mf_arena *arena, struct mf_dns_answer *answer, mf_usec deadline)
{
    struct mf_live *live = (struct mf_live *)dns;
    if (tell_deserted(live, arena, answer, deadline))
        return;
    struct mf_dns_found found = ask_unbound(live, arena, answer, patience_until(deadline));
    answer->server = mf_copy(arena, live->forwarders.text);
    if (found.what == MF_DNS_FOUND_BOGUS) {
        answer->status = MF_DNS_BOGUS;
        answer->why = found.why;
    } else if (found.what == MF_DNS_FOUND_NOTHING && tell_deserted(live, arena, answer, deadline)) {
        return;
    } else if (found.what != MF_DNS_FOUND_ANSWER || !take_found(arena, answer, &found)) {
        ask_forwarders(live, arena, answer, deadline);
        tell_silence(live, arena, answer);
    }
}

static void flush_live(struct mf_dns *dns)
{
    struct mf_live *live = (struct mf_live *)dns;
    pthread_mutex_lock(&live->lock);
    live->anchor_state = ANCHOR_UNTRIED;
    live->verdict.presence = PRESENCE_NOT_KNOWN;
    mf_live_drop_current(live);
    pthread_mutex_unlock(&live->lock);
}

static void release_live(struct mf_dns *dns)
{
    struct mf_live *live = (struct mf_live *)dns;
    flush_live(dns);
    pthread_mutex_destroy(&live->lock);
    pthread_cond_destroy(&live->arrived);
    free(live->anchor);
    free(live);
}

static const struct mf_dns_kind kind = {.ask = ask_live, .flush = flush_live, .release = release_live};

/* MAILFLOW_TRUST_ANCHOR names a file of anchors; "none" switches validation off. */
static char *find_anchor(void)
{
    const char *file = getenv("MAILFLOW_TRUST_ANCHOR");
    file = file && *file ? file : ANCHOR_FILE;
    return access(file, R_OK) == 0 ? mf_xstrdup(file) : NULL;
}

static void init_locks(struct mf_live *live)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&live->arrived, &attributes);
    pthread_condattr_destroy(&attributes);
    pthread_mutex_init(&live->lock, NULL);
}

struct mf_dns *mf_dns_live(const char *resolver, struct mf_diag *d)
{
    struct mf_dns_forwarders forwarders;
    if (mf_dns_forwarders_find(resolver, &forwarders, d) < 0)
        return NULL;
    struct mf_live *live = mf_xmalloc(sizeof *live);
    *live = (struct mf_live){.forwarders = forwarders, .anchor = find_anchor()};
    mf_dns_base_init(&live->base, &kind);
    init_locks(live);
    live->current = mf_live_new_context(live, d);
    struct mf_dns *dns = &live->base;
    if (!live->current)
        mf_dns_free(&dns);
    return dns;
}
