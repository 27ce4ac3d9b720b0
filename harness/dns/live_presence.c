/* Is anybody there at all? Without this each look-up of a dead resolver waits for its own deadline, one after the
 * other.
 *
 * Whoever waits longer than a moment asks the forwarders for the root, past libunbound, all at once; any reply will do.
 * The others wait for what comes of it, and look-ups that begin while nobody is there end at once. A resolver that is
 * slow with one name is still there. */
#include <pthread.h>
#include <time.h>

#include "dns/live_internal.h"
#include "mailflow/trace.h"

#define DOUBT (500 * MF_MS)
#define SILENCE (4 * MF_SECOND)       /* asked four times in that time (socket.c) */
#define SILENCE_LEAST (2 * MF_SECOND) /* where a deadline is nearer: three times; less says nothing */
#define THERE_KEPT (2 * MF_SECOND)
#define SILENT_KEPT (10 * MF_SECOND) /* to ask again costs SILENCE */
#define NOBODY_KEPT (1 * MF_SECOND)  /* to ask again costs nothing: it may just be restarted */

struct probe {
    const struct mf_dns_address *address;
    struct mf_arena *arena;
    mf_usec deadline;
    pthread_t thread;
    bool started, replied;
    enum mf_dns_status status;
    const char *why;
};

static void *ask_for_root(void *context)
{
    struct probe *probe = context;
    probe->replied = mf_dns_query(probe->arena, probe->address, ".", MF_DNS_NS, probe->deadline, &probe->status,
                                  &probe->why) != NULL;
    return NULL;
}

/* All forwarders side by side. The words are of those that can't be had. */
static void ask_around(const struct mf_dns_forwarders *forwarders, mf_usec deadline, struct mf_live_verdict *verdict)
{
    struct probe probes[MF_DNS_FORWARDERS_MAX] = {0};
    size_t used = 0;
    verdict->presence = PRESENCE_NOBODY;
    for (size_t i = 0; i < forwarders->count; i++) {
        probes[i] = (struct probe){
            .address = &forwarders->address[i], .arena = mf_arena_new(), .deadline = deadline, .why = "not asked"};
        probes[i].started = pthread_create(&probes[i].thread, NULL, ask_for_root, &probes[i]) == 0;
    }
    for (size_t i = 0; i < forwarders->count; i++) {
        if (probes[i].started)
            pthread_join(probes[i].thread, NULL);
        else
            ask_for_root(&probes[i]);
        if (probes[i].replied)
            verdict->presence = PRESENCE_THERE;
        verdict->is_silent = verdict->is_silent || probes[i].status == MF_DNS_TIMEOUT;
        if (!probes[i].replied && used < sizeof verdict->why)
            used += (size_t)snprintf(verdict->why + used, sizeof verdict->why - used, "%s%s", used ? "; " : "",
                                     probes[i].why);
        mf_arena_free(&probes[i].arena);
    }
}

static mf_usec kept(const struct mf_live_verdict *verdict)
{
    if (verdict->presence == PRESENCE_THERE)
        return THERE_KEPT;
    return verdict->is_silent ? SILENT_KEPT : NOBODY_KEPT;
}

static void find_out(struct mf_live *live, mf_usec deadline)
{
    mf_usec started = mf_now(), until = started + SILENCE < deadline ? started + SILENCE : deadline;
    struct mf_live_verdict verdict = {0};
    live->verdict.asking = true;
    pthread_mutex_unlock(&live->lock);
    ask_around(&live->forwarders, until, &verdict);
    pthread_mutex_lock(&live->lock);
    if (verdict.presence == PRESENCE_NOBODY && verdict.is_silent && mf_now() - started < SILENCE_LEAST)
        verdict.presence = PRESENCE_NOT_KNOWN; /* our own time was too short to say so */
    if (verdict.presence == PRESENCE_NOBODY)
        mf_trace(MF_TRACE_DNS, "nobody answers at %s: %s", live->forwarders.text, verdict.why);
    verdict.until = mf_now() + kept(&verdict);
    live->verdict = verdict;
    pthread_cond_broadcast(&live->arrived);
}

/* `arrived` counts by the monotonic clock. */
static void wait_for_others(struct mf_live *live, mf_usec deadline)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    mf_usec left = deadline - mf_now(), wake = at.tv_sec * MF_SECOND + at.tv_nsec / 1000;
    wake += left > SILENCE ? SILENCE : left;
    at.tv_sec = (time_t)(wake / MF_SECOND);
    at.tv_nsec = (long)(wake % MF_SECOND) * 1000;
    pthread_cond_timedwait(&live->arrived, &live->lock, &at);
}

/* Nothing came for a moment: is anybody there? */
static bool doubt(struct mf_live *live, mf_usec deadline)
{
    const struct mf_live_verdict *verdict = &live->verdict;
    while (verdict->asking && verdict->presence != PRESENCE_NOBODY && mf_now() < deadline)
        wait_for_others(live, deadline);
    bool counts = verdict->presence != PRESENCE_NOT_KNOWN && (verdict->asking || mf_now() < verdict->until);
    if (!counts && mf_now() < deadline)
        find_out(live, deadline);
    return verdict->presence == PRESENCE_NOBODY;
}

bool mf_live_is_deserted(struct mf_live *live, mf_usec deadline)
{
    return live->verdict.presence == PRESENCE_NOBODY && doubt(live, deadline);
}

struct mf_dns_found mf_live_ask(struct mf_live *live, struct mf_live_context *context, struct mf_arena *arena,
                                const char *name, unsigned type, mf_usec deadline)
{
    if (live->verdict.presence == PRESENCE_NOBODY && mf_now() < live->verdict.until)
        return (struct mf_dns_found){.what = MF_DNS_FOUND_NOTHING};
    struct mf_dns_waiter *waiter = mf_dns_unbound_begin(context->unbound, name, type);
    mf_usec moment = mf_now() + DOUBT;
    bool done = mf_dns_unbound_wait(waiter, moment < deadline ? moment : deadline);
    if (!done && !doubt(live, deadline))
        mf_dns_unbound_wait(waiter, deadline);
    return mf_dns_unbound_end(waiter, arena);
}
