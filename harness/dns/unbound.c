/* libunbound behind a small door: cache and validation, forwarding, waits under our own deadline.
 *
 * libunbound works in one thread of its own a context. Of the threads that wait, one reads its results (the reader);
 * the others sleep until theirs is there or the reader leaves. A look-up that was given up stays on the list until the
 * context goes, because libunbound may still finish it. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unbound.h>

#include "dns/dns_internal.h"

struct mf_dns_waiter {
    struct mf_dns_unbound *unbound;
    struct mf_dns_waiter *next;
    struct ub_result *result;
    int error;
    bool done;
};
struct mf_dns_unbound {
    struct ub_ctx *context;
    struct mf_dns_waiter *waiters;
    pthread_mutex_t *lock;
    pthread_cond_t *arrived;
    bool has_reader;
    bool has_anchor;
};

/* Built-in answers that would hide what the resolver says. Names under private top levels are never signed. */
static const char *const built_in[] = {"127.in-addr.arpa.", "test.", "invalid.", "home.arpa.",
                                       "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.ip6.arpa."};
static const char *const unsigned_here[] = {"test.", "invalid.", "local.", "internal.", "home.arpa.",
                                            "lan.",  "corp.",    "home.",  "intranet.", "127.in-addr.arpa."};
static const struct {
    const char *name, *value;
} options[] = {
    {"do-not-query-localhost:", "no"}, {"unblock-lan-zones:", "yes"}, {"insecure-lan-zones:", "yes"},
    {"infra-keep-probing:", "yes"},    {"outgoing-num-tcp:", "10"},   {"edns-buffer-size:", "1232"},
};

static int set(struct ub_ctx *context, const char *name, const char *value, struct mf_diag *d)
{
    int error = ub_ctx_set_option(context, name, value);
    return error ? mf_trouble(d, "DNS resolver: option %s %s: %s", name, value, ub_strerror(error)) : 0;
}

static int configure(struct ub_ctx *context, const struct mf_dns_forwarders *forwarders, const char *anchor,
                     struct mf_diag *d)
{
    int result = 0, error = ub_ctx_async(context, 1); /* a thread, not a process */
    ub_ctx_debugout(context, NULL);                   /* stderr is not libunbound's */
    for (size_t i = 0; i < sizeof options / sizeof *options && result == 0; i++)
        result = set(context, options[i].name, options[i].value, d);
    for (size_t i = 0; i < sizeof unsigned_here / sizeof *unsigned_here && result == 0; i++)
        result = set(context, "domain-insecure:", unsigned_here[i], d);
    for (size_t i = 0; i < forwarders->count && !error; i++)
        error = ub_ctx_set_fwd(context, forwarders->address[i].text);
    if (!error && anchor)
        error = ub_ctx_add_ta_file(context, anchor);
    for (size_t i = 0; i < sizeof built_in / sizeof *built_in && !error && result == 0; i++)
        error = ub_ctx_zone_remove(context, built_in[i]); /* comes last: it ends the configuration */
    if (error)
        return mf_trouble(d, "DNS resolver (forwarding to %s): %s", forwarders->text, ub_strerror(error));
    return result;
}

struct mf_dns_unbound *mf_dns_unbound_new(const struct mf_dns_forwarders *forwarders, const char *anchor,
                                          pthread_mutex_t *lock, pthread_cond_t *arrived, struct mf_diag *d)
{
    struct ub_ctx *context = ub_ctx_create();
    if (!context) {
        mf_trouble(d, "DNS resolver: libunbound can't start: %s", strerror(errno));
        return NULL;
    }
    if (configure(context, forwarders, anchor, d) < 0) {
        ub_ctx_delete(context);
        return NULL;
    }
    struct mf_dns_unbound *unbound = mf_xmalloc(sizeof *unbound);
    *unbound = (struct mf_dns_unbound){.context = context, .lock = lock, .arrived = arrived, .has_anchor = anchor != NULL};
    return unbound;
}

void mf_dns_unbound_free(struct mf_dns_unbound **unbound)
{
    if (!*unbound)
        return;
    ub_ctx_delete((*unbound)->context); /* ends its thread: nobody calls back any more */
    while ((*unbound)->waiters) {
        struct mf_dns_waiter *waiter = (*unbound)->waiters;
        (*unbound)->waiters = waiter->next;
        ub_resolve_free(waiter->result);
        free(waiter);
    }
    free(*unbound);
    *unbound = NULL;
}

/* Called by libunbound inside ub_process, in the thread that reads. */
static void take_result(void *argument, int error, struct ub_result *result)
{
    struct mf_dns_waiter *waiter = argument;
    pthread_mutex_lock(waiter->unbound->lock);
    waiter->error = error;
    waiter->result = result;
    waiter->done = true;
    pthread_cond_broadcast(waiter->unbound->arrived);
    pthread_mutex_unlock(waiter->unbound->lock);
}

static void read_results(struct mf_dns_unbound *unbound, mf_usec deadline)
{
    struct pollfd p = {.fd = ub_fd(unbound->context), .events = POLLIN};
    unbound->has_reader = true;
    pthread_mutex_unlock(unbound->lock);
    if (poll(&p, 1, mf_ms_until(deadline)) > 0)
        ub_process(unbound->context);
    pthread_mutex_lock(unbound->lock);
    unbound->has_reader = false;
    pthread_cond_broadcast(unbound->arrived); /* somebody else may have to read on */
}

/* `arrived` counts by the monotonic clock. */
static void sleep_until(struct mf_dns_unbound *unbound, mf_usec deadline)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    mf_usec left = deadline - mf_now();
    mf_usec wake = at.tv_sec * MF_SECOND + at.tv_nsec / 1000 + (left > 3600 * MF_SECOND ? 3600 * MF_SECOND : left);
    at.tv_sec = (time_t)(wake / MF_SECOND);
    at.tv_nsec = (long)(wake % MF_SECOND) * 1000;
    pthread_cond_timedwait(unbound->arrived, unbound->lock, &at);
}

static void await(struct mf_dns_waiter *waiter, mf_usec deadline)
{
    while (!waiter->done && mf_now() < deadline) {
        if (waiter->unbound->has_reader)
            sleep_until(waiter->unbound, deadline);
        else
            read_results(waiter->unbound, deadline);
    }
}

static void forget(struct mf_dns_waiter *waiter)
{
    struct mf_dns_waiter **at = &waiter->unbound->waiters;
    while (*at != waiter)
        at = &(*at)->next;
    *at = waiter->next;
    ub_resolve_free(waiter->result);
    free(waiter);
}

static struct mf_dns_found read_result(struct mf_arena *arena, const struct mf_dns_waiter *waiter)
{
    const struct ub_result *result = waiter->result;
    struct mf_dns_found found = {.what = MF_DNS_FOUND_FAILURE};
    if (waiter->error || !result) {
        found.why = mf_format(arena, "libunbound: %s", ub_strerror(waiter->error));
        return found;
    }
    found.secure = result->secure;
    found.checked = waiter->unbound->has_anchor;
    found.nxdomain = result->nxdomain;
    if (result->bogus) {
        found.what = MF_DNS_FOUND_BOGUS;
        found.why =
            mf_format(arena, "DNSSEC validation failed: %s", result->why_bogus ? result->why_bogus : "no reason given");
    } else if (result->answer_packet && (result->rcode == 0 || result->rcode == 3)) {
        found.what = MF_DNS_FOUND_ANSWER;
        found.packet = (struct mf_bytes){mf_copy_bytes(arena, result->answer_packet, (size_t)result->answer_len),
                                         (size_t)result->answer_len};
    }
    return found;
}

struct mf_dns_waiter *mf_dns_unbound_begin(struct mf_dns_unbound *unbound, const char *name, unsigned type)
{
    struct mf_dns_waiter *waiter = mf_xmalloc(sizeof *waiter);
    *waiter = (struct mf_dns_waiter){.unbound = unbound, .next = unbound->waiters};
    unbound->waiters = waiter;
    waiter->error = ub_resolve_async(unbound->context, name, (int)type, 1, waiter, take_result, NULL);
    waiter->done = waiter->error != 0;
    return waiter;
}

bool mf_dns_unbound_wait(struct mf_dns_waiter *waiter, mf_usec deadline)
{
    await(waiter, deadline);
    return waiter->done;
}

struct mf_dns_found mf_dns_unbound_end(struct mf_dns_waiter *waiter, struct mf_arena *arena)
{
    if (!waiter->done)
        return (struct mf_dns_found){.what = MF_DNS_FOUND_NOTHING};
    struct mf_dns_found found = read_result(arena, waiter);
    forget(waiter);
    return found;
}
