/* Seen from where, and who answered? An intercepted port 53, servers without TCP, a delegation that differs; and what
 * the resolver's own word says of it: a cache, or a zone of its own (split horizon). */
#include <stdlib.h>
#include <string.h>

#include "check/dns_internal.h"

#define AT_NOBODY_V4 MF_DNS_NOBODY_V4 "@53"
#define AT_NOBODY_V6 MF_DNS_NOBODY_V6 "@53"

const char *mf_dns_vantage_from(const struct mf_evidence *evidence)
{
    const struct mf_rec_run *run = &evidence->run;
    const char *host = run->host && *run->host ? run->host : "this host";
    return run->egress && *run->egress ? mf_format(evidence->arena, "%s (%s)", host, run->egress) : host;
}

/* --- who answers at port 53? --- */

static const struct mf_dns_answer *soa_of(const struct mf_dns_view *view, const struct mf_dns_point *point)
{
    return mf_dns_point_answer(view, point, view->zone, MF_DNS_SOA);
}

/* The address that nobody has and that answered nevertheless, or NULL. */
static const char *nobody_that_answers(const struct mf_dns_view *view)
{
    static const char *const nobody[] = {AT_NOBODY_V4, AT_NOBODY_V6};
    for (size_t i = 0; i < sizeof nobody / sizeof *nobody; i++) {
        const struct mf_dns_answer *answer =
            mf_dns_direct_answer(view->context->evidence, nobody[i], view->zone, MF_DNS_SOA, MF_DNS_LAST);
        if (answer && answer->replied)
            return nobody[i];
    }
    return NULL;
}

/* All that answer do so as a resolver does: from a cache, and ready to ask others. */
static bool all_like_resolvers(const struct mf_dns_view *view)
{
    size_t answered = 0, alike = 0;
    for (size_t i = 0; i < view->point_count; i++) {
        const struct mf_dns_answer *soa = soa_of(view, &view->points[i]);
        answered += soa && soa->replied;
        alike += soa && soa->replied && soa->status == MF_DNS_OK && !soa->authoritative && soa->recursive;
    }
    return answered && answered == alike;
}

void mf_dns_vantage_examine(struct mf_dns_view *view)
{
    const char *nobody = view->source ? NULL : nobody_that_answers(view);
    view->nobody = nobody;
    view->intercepted = nobody || (!view->source && all_like_resolvers(view));
    for (size_t i = 0; view->intercepted && i < view->point_count; i++)
        if (view->points[i].state == MF_POINT_ALIVE || view->points[i].state == MF_POINT_LAME)
            view->points[i].state = MF_POINT_INTERCEPTED;
}

static const char *first_address(const struct mf_dns_view *view)
{
    for (size_t i = 0; i < view->point_count; i++)
        if (view->points[i].state == MF_POINT_INTERCEPTED)
            return mf_copy_bytes(view->arena, view->points[i].at, strcspn(view->points[i].at, "@"));
    return "";
}

void mf_dns_state_intercepted(struct mf_dns_case *at)
{
    struct mf_arena *arena = at->view->arena;
    const char *from = mf_dns_vantage_from(at->view->context->evidence), *address = first_address(at->view),
               *zone = at->view->zone;
    const char *decide = mf_format(arena, "  dig +norecurse @%s %s SOA\n", address, zone);
    if (at->view->nobody)
        mf_dns_fact_add(
            at, "dns.intercepted", MF_FACT_UNKNOWN, from, "port 53 is intercepted",
            "Something on the way answers DNS in place of the name servers",
            mf_format(arena,
                      "%s is an address that nobody has (kept for documentation), and it answers for %s. So does "
                      "whatever stands behind the addresses of %s: asked from %s, port 53 is intercepted. What the "
                      "name servers themselves publish can't be known from here; what came is some resolver's word.",
                      at->view->nobody, zone, at->view->servers, from),
            mf_format(arena,
                      "Let this host reach port 53 of the Internet, by UDP and TCP (firewall, provider's box, VPN or "
                      "security client: \"DNS redirect\", \"transparent DNS proxy\"), or run mailflow from another "
                      "network. It is right when this shows the flag aa:\n%s",
                      decide));
    else
        mf_dns_fact_add(
            at, "dns.intercepted", MF_FACT_UNKNOWN, from, "answers of a resolver, not of the name servers",
            "No name server answers for itself: port 53 looks as if it is intercepted",
            mf_format(arena,
                      "Asked from %s, all that answer at the addresses of %s answer as a resolver does: from a cache "
                      "(no AA), offering to ask others (RA). Either something on the way answers port 53 in their "
                      "place, or each of them is a resolver that does not have the zone %s loaded.",
                      from, at->view->servers, zone),
            mf_format(arena,
                      "What decides it: from another network, ask\n%swith the flag aa there, it is the way from here "
                      "(firewall, provider's box, VPN: \"DNS redirect\"); without it, load the zone at the servers.\n",
                      decide));
}

/* --- what the delegation says --- */

/* Why it can't be had over TCP, though it answers over UDP; NULL: it can, or it is not known. */
static const char *tcp_trouble(const struct mf_dns_view *view, const struct mf_dns_point *point)
{
    const struct mf_dns_answer *tcp =
        mf_dns_direct_answer(view->context->evidence, point->at, view->zone, MF_DNS_SOA, MF_DNS_OVER_TCP);
    if (!tcp || tcp->replied || point->state != MF_POINT_ALIVE)
        return NULL;
    return tcp->why ? tcp->why : "no answer over TCP";
}

/* A server's addresses stand one behind the other: told at the first that has the trouble. */
static void judge_tcp(struct mf_dns_case *at, size_t first)
{
    struct mf_dns_view *view = at->view;
    struct mf_arena *arena = view->arena;
    const struct mf_dns_point *point = &view->points[first];
    const char *whys = "";
    for (size_t i = 0; i < view->point_count; i++) {
        const char *why = mf_same(view->points[i].label, point->label) ? tcp_trouble(view, &view->points[i]) : NULL;
        if (why && i < first)
            return;
        whys = why ? mf_format(arena, "%s%s%s", whys, *whys ? "; " : "", why) : whys;
    }
    if (!*whys)
        return;
    mf_dns_fact_add(
        at, "dns.no-tcp", MF_FACT_NOTE, point->label, mf_format(arena, "%s takes no TCP", point->label),
        mf_format(arena, "The name server %s answers over UDP only", point->label),
        mf_format(arena,
                  "%s answers over UDP, but %s. What does not fit into a UDP reply (long keys, many TXT, DNSSEC) can't "
                  "be fetched there (RFC 7766).",
                  point->label, whys),
        mf_format(arena, "Let %s listen on TCP port 53, and open it in every firewall before it.\n", point->label));
}

static const char *names_of(struct mf_arena *arena, const struct mf_dns_view *view)
{
    const char *text = "";
    for (size_t i = 0; i < view->sources->count; i++)
        text = mf_format(arena, "%s%s%s", text, i ? " " : "", view->sources->servers[i].host);
    return text;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static const char *hosts_of(struct mf_arena *arena, const struct mf_dns_answer *answer)
{
    const char **hosts = mf_alloc_array(arena, answer->count + 1, sizeof *hosts), *text = "";
    for (size_t i = 0; i < answer->count; i++)
        hosts[i] = answer->records[i].host;
    qsort(hosts, answer->count, sizeof *hosts, by_text);
    for (size_t i = 0; i < answer->count; i++)
        text = mf_format(arena, "%s%s%s", text, i ? " " : "", hosts[i]);
    return text;
}

static bool is_point(const struct mf_dns_view *view, const char *server)
{
    for (size_t i = 0; i < view->point_count; i++)
        if (mf_same(view->points[i].at, server))
            return true;
    return false;
}

/* Whom the zone above names: from a server that is none of the zone's own. */
static const struct mf_dns_answer *parent_word(const struct mf_dns_view *view)
{
    const struct mf_evidence *evidence = view->context->evidence;
    for (size_t i = evidence->answer_count; i-- > 0;) {
        const struct mf_dns_answer *answer = &evidence->answers[i];
        if (answer->direct && answer->type == MF_DNS_NS && answer->delegates &&
            mf_same_nocase(answer->name, view->zone) && !is_point(view, answer->server))
            return answer;
    }
    return NULL;
}

static void judge_names(struct mf_dns_case *at, const char *who, const char *named, const char *other_who,
                        const char *other)
{
    struct mf_arena *arena = at->view->arena;
    mf_dns_fact_add(at, "dns.delegation-differs", MF_FACT_NOTE, at->view->zone, "name servers differ",
                    mf_format(arena, "The name servers of %s are others by another word", at->view->zone),
                    mf_format(arena,
                              "%s names %s; %s names %s. Resolvers use either, so a server that only one of "
                              "them knows is asked by some and not by others.",
                              who, named, other_who, other),
                    mf_format(arena,
                              "Make the NS records in the zone %s and the delegation at the registrar the same.\n",
                              at->view->zone));
}

static void judge_delegation(struct mf_dns_case *at)
{
    struct mf_dns_view *view = at->view;
    struct mf_arena *arena = view->arena;
    const struct mf_dns_answer *parent = parent_word(view);
    const char *first = NULL, *first_who = NULL;
    for (size_t i = 0; i < view->point_count; i++) {
        const struct mf_dns_answer *own = mf_dns_point_answer(view, &view->points[i], view->zone, MF_DNS_NS);
        if (!own || own->status != MF_DNS_OK || !own->authoritative || view->points[i].state != MF_POINT_ALIVE)
            continue;
        const char *hosts = hosts_of(arena, own), *who = mf_format(arena, "the zone at %s", view->points[i].full);
        const char *above = parent ? mf_format(arena, "the zone above (at %s)", parent->server) : NULL;
        if (parent && strcmp(hosts, parent->delegates) != 0) {
            judge_names(at, above, parent->delegates, who, hosts);
            return;
        }
        if (first && strcmp(first, hosts) != 0) {
            judge_names(at, first_who, first, who, hosts);
            return;
        }
        first = hosts;
        first_who = who;
    }
}

static void judge_addresses(struct mf_dns_case *at)
{
    struct mf_arena *arena = at->view->arena;
    for (size_t i = 0; i < at->view->sources->count; i++) {
        const struct mf_dns_source *server = &at->view->sources->servers[i];
        if (server->address_count)
            continue;
        mf_dns_fact_add(
            at, "dns.ns-no-address", MF_FACT_NOTE, server->host, mf_format(arena, "%s has no address", server->host),
            mf_format(arena, "The name server %s has no address", server->host),
            mf_format(arena, "%s names it (%s), and %s. Resolvers that choose it lose time, then ask another.",
                      at->view->zone, names_of(arena, at->view), server->why ? server->why : "it has no address"),
            mf_format(arena, "Publish its address, or take %s out of the NS records and at the registrar.\n",
                      server->host));
    }
}

void mf_dns_judge_servers(struct mf_dns_case *at)
{
    if (at->view->source || at->view->intercepted)
        return;
    judge_addresses(at);
    for (size_t i = 0; i < at->view->point_count; i++)
        judge_tcp(at, i);
    judge_delegation(at);
}

/* --- the resolver --- */

static uint32_t ttl_of(const struct mf_dns_answer *answer)
{
    return answer->count ? answer->records[0].ttl : answer->negative_ttl;
}

struct mf_dns_horizon mf_dns_horizon_of(const struct mf_dns_view *view, const struct mf_dns_answer *cached)
{
    struct mf_dns_horizon horizon = {.kind = MF_HORIZON_CACHE, .server = cached->server, .ttl = ttl_of(cached)};
    const struct mf_evidence *evidence = view->context->evidence;
    for (const char *at = cached->server; *at; at += strspn(at, ", ")) {
        size_t len = strcspn(at, ",");
        const char *one = mf_copy_bytes(view->arena, at, len);
        const struct mf_dns_answer *first =
                                       mf_dns_direct_answer(evidence, one, cached->name, cached->type, MF_DNS_FIRST),
                                   *last = mf_dns_direct_answer(evidence, one, cached->name, cached->type, MF_DNS_LAST);
        at += len;
        bool known =
            last && (last->status == MF_DNS_OK || last->status == MF_DNS_NODATA || last->status == MF_DNS_NXDOMAIN);
        if (!known || is_point(view, one)) /* a resolver that is a source too has the zone by right */
            continue;
        horizon.server = one;
        horizon.last = last;
        horizon.ttl = ttl_of(last);
        horizon.apart = last->asked - first->asked;
        horizon.first_ttl = ttl_of(first);
        if (last->authoritative)
            horizon.kind = MF_HORIZON_OWN_ZONE;
        else if (horizon.apart > (mf_usec)(horizon.first_ttl + 1) * MF_SECOND)
            horizon.kind = MF_HORIZON_STAYS;
        else if (horizon.apart > MF_SECOND && horizon.ttl >= horizon.first_ttl)
            horizon.kind = MF_HORIZON_NO_COUNT;
        break;
    }
    return horizon;
}
