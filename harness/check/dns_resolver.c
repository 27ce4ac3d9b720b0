/* What the resolver says of a name: the same as the sources, a cache's memory of before, or a zone of its own. */
#include <string.h>

#include "check/dns_internal.h"

static const char *ttl_words(struct mf_arena *arena, uint32_t seconds)
{
    if (seconds < 120)
        return mf_format(arena, "%u s", seconds);
    return seconds < 7200 ? mf_format(arena, "%u s (%u min)", seconds, (seconds + 30) / 60)
                          : mf_format(arena, "%u s (%u h)", seconds, (seconds + 1800) / 3600);
}

/* --- a cache --- */

static void tell_cached(struct mf_dns_case *at, const struct mf_dns_wanted *wanted, const struct mf_dns_answer *cached,
                        const char *who, uint32_t ttl)
{
    struct mf_arena *arena = at->view->arena;
    const char *left = ttl_words(arena, ttl), *value = wanted->value(arena, cached);
    struct mf_dns_fact *fact = mf_dns_fact_add(
        at, "dns.cached", MF_FACT_NOTE, who,
        cached->count ? mf_format(arena, "a cache still has the old, %s", left)
                      : mf_format(arena, "a cache still has none, %s", left),
        cached->count ? mf_format(arena, "The %s still holds what was there before", who)
                      : mf_format(arena, "The %s still remembers that nothing was there", who),
        mf_format(arena,
                  "%s of %s: nothing is wrong, the name servers answer as expected; the %s answers %.300s, for up to "
                  "%s more%s. Others' caches may do the same for as long.",
                  wanted->what, wanted->name, who, value, left,
                  cached->count ? "" : " (so long it keeps that there is none, by the SOA of the zone)"),
        mf_format(arena,
                  "Wait up to %s, or flush that resolver's cache. If it stays, the resolver has a zone of its "
                  "own for %s (split horizon).\n",
                  left, at->view->domain));
    fact->name = wanted->name;
}

/* It went while we looked: mail sent before that may have gone the old way. */
static void tell_gone(struct mf_dns_case *at, const struct mf_dns_wanted *wanted, const struct mf_dns_answer *cached)
{
    struct mf_arena *arena = at->view->arena;
    const char *who = mf_format(arena, "resolver %s", cached->server), *value = wanted->value(arena, cached);
    mf_dns_seen_add(at, wanted, who, mf_format(arena, "%s, until a moment ago", value), "", 0, MF_FACT_NOTE);
    struct mf_dns_fact *fact = mf_dns_fact_add(
        at, "dns.cached", MF_FACT_NOTE, who, "a cache had the old until a moment ago",
        mf_format(arena, "The %s held what was there before until a moment ago", who),
        mf_format(arena,
                  "%s of %s: nothing is wrong, the name servers answer as expected; the %s first answered %.300s, and "
                  "as expected when asked again. Whatever was looked up before went by the old record.",
                  wanted->what, wanted->name, who, value),
        "Nothing to do here; run it again.\n");
    fact->name = wanted->name;
}

/* --- a zone of its own --- */

static const char *evidence_of(struct mf_arena *arena, const struct mf_dns_horizon *h)
{
    char apart[32];
    mf_duration_text(h->apart, apart, sizeof apart);
    switch (h->kind) {
    case MF_HORIZON_OWN_ZONE:
        return "It answers with authority (AA), as from a zone of its own, and is none of the zone's name servers";
    case MF_HORIZON_STAYS:
        return mf_format(arena, "Asked again %s later, when the TTL of %u s was over, it still said so", apart,
                         h->first_ttl);
    case MF_HORIZON_NO_COUNT:
        return mf_format(arena,
                         "Its TTL does not count down (%u s, and %u s when asked again %s later): either it has a zone "
                         "or a record of its own, or it is a cache that hides its age",
                         h->first_ttl, h->ttl, apart);
    case MF_HORIZON_CACHE:
        break;
    }
    return "";
}

static void tell_split(struct mf_dns_case *at, const struct mf_dns_wanted *wanted, const struct mf_dns_horizon *h,
                       const char *value)
{
    struct mf_arena *arena = at->view->arena;
    bool sure = h->kind != MF_HORIZON_NO_COUNT;
    const char *from = mf_dns_vantage_from(at->view->context->evidence);
    struct mf_dns_fact *fact = mf_dns_fact_add(
        at, "dns.split-horizon", MF_FACT_NOTE, mf_format(arena, "resolver %s", h->server),
        mf_format(arena, "%s answers otherwise inside", h->server),
        mf_format(arena,
                  sure ? "The resolver %s has a zone of its own for %s"
                       : "The resolver %s looks as if it had a zone of its own for %s",
                  h->server, at->view->domain),
        mf_format(arena,
                  "%s of %s: the name servers answer as expected, the resolver %s, asked from %s, answers %.300s. %s. "
                  "Waiting does not help: who asks that resolver (this host, and the mail servers that use it) goes by "
                  "that answer, everybody else by the public one.",
                  wanted->what, wanted->name, h->server, from, value, evidence_of(arena, h)),
        mf_format(arena, "Make the same change in the inner zone of %s at %s%s:\n%s", at->view->domain, h->server,
                  sure ? "" : ", if it has one (its administrator can tell; a flush of the cache decides it)",
                  wanted->publish));
    fact->name = wanted->name;
    fact->place = wanted->place;
}

/* --- the resolver's word --- */

void mf_dns_judge_resolver(struct mf_dns_case *at, const struct mf_dns_wanted *wanted)
{
    struct mf_arena *arena = at->view->arena;
    const struct mf_dns_answer *cached = mf_dns_view_ask(at->view, wanted->name, wanted->type);
    if (!mf_dns_is_definite(cached))
        return;
    struct mf_dns_horizon horizon = mf_dns_horizon_of(at->view, cached);
    const struct mf_dns_answer *last = horizon.last && !horizon.last->chain_count ? horizon.last : NULL;
    if (last && wanted->is_good(at, last, wanted->wanted) && !wanted->is_good(at, cached, wanted->wanted)) {
        tell_gone(at, wanted, cached);
        return;
    }
    cached = last ? last : cached; /* its own word, past every cache of ours */
    const char *who = mf_format(arena, "resolver %s", cached->server), *value = wanted->value(arena, cached);
    if (wanted->is_good(at, cached, wanted->wanted)) {
        mf_dns_seen_add(at, wanted, who, value, "", horizon.ttl, MF_FACT_GOOD);
        return;
    }
    bool waits = horizon.kind == MF_HORIZON_CACHE;
    const char *found = waits ? mf_format(arena, "%s, for up to %s", value, ttl_words(arena, horizon.ttl))
                              : mf_format(arena, "%s, and stays so", value);
    mf_dns_seen_add(at, wanted, who, found, "", horizon.ttl, MF_FACT_NOTE);
    if (waits)
        tell_cached(at, wanted, cached, who, horizon.ttl);
    else
        tell_split(at, wanted, &horizon, value);
}

/* --- inner addresses --- */

struct places {
    size_t inner, outer;
    const char *which; /* "mail.net-it.com 10.0.0.5" */
};

static void add_addresses(struct mf_arena *arena, struct places *places, const char *host, const char *address)
{
    bool inner = mf_dns_is_private(address);
    places->inner += inner;
    places->outer += !inner;
    if (inner && !places->which)
        places->which = mf_format(arena, "%s %s", host, address);
}

static void add_host(struct mf_dns_view *view, struct places *places, const char *host)
{
    static const enum mf_dns_type types[] = {MF_DNS_A, MF_DNS_AAAA};
    for (size_t t = 0; t < sizeof types / sizeof *types; t++) {
        const struct mf_dns_answer *answer = mf_dns_view_ask(view, host, types[t]);
        for (size_t i = 0; i < answer->count; i++)
            add_addresses(view->arena, places, host, answer->records[i].address);
    }
}

/* In a network that is private altogether (a lab) there is nothing to wonder about. */
void mf_dns_judge_private(struct mf_dns_case *at)
{
    struct mf_dns_view *view = at->view;
    struct mf_arena *arena = view->arena;
    struct places mx = {0}, ns = {0};
    if (view->source)
        return;
    for (size_t i = 0; i < at->table->mx_count; i++) {
        const char *host = strrchr(at->table->mx[i], ' ');
        host = host ? host + 1 : at->table->mx[i];
        if (!mf_same(host, "."))
            add_host(view, &mx, host);
    }
    for (size_t i = 0; i < view->sources->count; i++)
        for (size_t k = 0; k < view->sources->servers[i].address_count; k++)
            add_addresses(arena, &ns, view->sources->servers[i].host, view->sources->servers[i].addresses[k]);
    bool mx_inside = mx.inner && !mx.outer && ns.outer, ns_inside = ns.inner && !ns.outer && mx.outer;
    if (!mx_inside && !ns_inside)
        return;
    const char *server = mf_dns_view_ask(view, view->domain, MF_DNS_MX)->server;
    mf_dns_fact_add(
        at, "dns.split-horizon", MF_FACT_NOTE, mf_format(arena, "resolver %s", server),
        mf_format(arena, "%s: an inner address", mx_inside ? mx.which : ns.which),
        mf_format(arena, "The resolver %s gives an inner address for the %s", server,
                  mx_inside ? "MX" : "name servers"),
        mf_format(arena,
                  "Asked from %s, the resolver %s says %s, an address of an inner network. Either it "
                  "answers otherwise inside than outside (split horizon)%s, or that address is public and "
                  "nobody outside can reach it.",
                  mf_dns_vantage_from(view->context->evidence), server, mx_inside ? mx.which : ns.which,
                  ns_inside ? ", and then the servers asked here are the inner ones" : ""),
        mf_format(arena, "What decides it: the same question to a public resolver, with\n  mailflow dns --site FILE "
                         "and MAILFLOW_RESOLVER=ADDR, from outside.\n"));
}
