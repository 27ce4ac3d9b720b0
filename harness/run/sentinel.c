/* When a flow's sentinel goes, and what it says. All under the engine's lock. */
#include "run/box_internal.h"
#include "run/lane_internal.h"

static bool is_seen(const struct mf_want *want)
{
    return want->copies > 0 && want->seen >= want->copies;
}

/* When its recipients were taken: the first of them, the last; 0: none was. */
static mf_usec accepted_at(const struct mf_flow_run *run, bool last)
{
    mf_usec at = 0;
    for (size_t i = 0; i < run->flow->recipient_count; i++) {
        const struct mf_handover *handover = &run->recipients[i];
        if (handover->state == MF_HANDED_ACCEPTED && (!at || (handover->at > at) == last))
            at = handover->at;
    }
    return at;
}

static bool all_handed(const struct mf_flow_run *run)
{
    for (size_t i = 0; i < run->flow->recipient_count; i++)
        if (!run->recipients[i].final || run->recipients[i].state == MF_HANDED_UNKNOWN)
            return false;
    return true;
}

mf_usec mf_sentinel_word(const struct mf_flow_run *run)
{
    const struct mf_flow_run *sentinel = run->sentinel;
    mf_usec accepted = accepted_at(run, true), handed = sentinel ? accepted_at(sentinel, false) : 0, seen = 0;
    if (!accepted || !handed)
        return 0;
    for (size_t i = 0; i < sentinel->want_count; i++) {
        if (!is_seen(&sentinel->wants[i]))
            return 0;
        seen = sentinel->wants[i].seen_at > seen ? sentinel->wants[i].seen_at : seen;
    }
    return mf_sentinel_until(accepted, handed, seen);
}

/* What is expected has come: how long it took. -1: not yet; -2: it did not come, so nothing is known of
 * the way, or what must not come has come. */
static mf_usec path_time(const struct mf_flow_run *run)
{
    mf_usec accepted = accepted_at(run, false), path = 0;
    for (size_t i = 0; i < run->want_count; i++) {
        const struct mf_want *want = &run->wants[i];
        if (want->soft)
            continue;
        if (want->copies == 0 ? want->seen > 0 : want->settled && !is_seen(want))
            return -2;
        if (want->copies && !is_seen(want))
            return -1;
        if (want->copies && want->seen_at - accepted > path)
            path = want->seen_at - accepted;
    }
    return path;
}

/* Since when nobody of ours has been on its way there; MF_NEVER: somebody is. */
static mf_usec quiet_since(const struct mf_flow_run *sentinel)
{
    mf_usec since = sentinel->sentinel_of->changed;
    for (size_t i = 0; i < sentinel->delivery_count; i++) {
        const struct mf_cap *cap = sentinel->deliveries[i].lane->cap;
        if (cap->busy)
            return MF_NEVER;
        since = cap->last_sent > since ? cap->last_sent : since;
    }
    return since;
}

enum mf_sentinel_step mf_sentinel_next(const struct mf_flow_run *sentinel, mf_usec now, mf_usec *at)
{
    const struct mf_flow_run *run = sentinel->sentinel_of;
    if (run->complete)
        return MF_SENTINEL_NEVER;
    if (sentinel->attempts > 0) /* by a run before this one */
        return MF_SENTINEL_GOES;
    if (!run->released || !all_handed(run))
        return MF_SENTINEL_WAITS;
    mf_usec accepted = accepted_at(run, false), path = path_time(run);
    if (!accepted || path == -2)
        return MF_SENTINEL_NEVER;
    mf_usec since = quiet_since(sentinel);
    if (path < 0 || since == MF_NEVER)
        return MF_SENTINEL_WAITS;
    *at = since + mf_sentinel_gap(path);
    if (*at <= now)
        return MF_SENTINEL_GOES;
    bool in_vain = run->flow->within < MF_NEVER - accepted && *at >= accepted + run->flow->within;
    return in_vain ? MF_SENTINEL_NEVER : MF_SENTINEL_WAITS;
}
