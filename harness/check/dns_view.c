/* Who the sources are, and what each said: from the evidence alone. */
#include <string.h>

#include "check/dns_internal.h"

const struct mf_dns_answer *mf_dns_point_answer(const struct mf_dns_view *view, const struct mf_dns_point *point,
                                                const char *name, enum mf_dns_type type)
{
    const struct mf_evidence *evidence = view->context->evidence;
    for (size_t i = evidence->answer_count; i-- > 0;) { /* the newest counts */
        const struct mf_dns_answer *answer = &evidence->answers[i];
        if (answer->direct && !answer->over_tcp && answer->type == type &&
            (view->source || strcmp(answer->server, point->at) == 0) && mf_same_nocase(answer->name, name))
            return answer;
    }
    return NULL;
}

const struct mf_dns_answer *mf_dns_direct_answer(const struct mf_evidence *evidence, const char *server,
                                                 const char *name, enum mf_dns_type type, enum mf_dns_which which)
{
    const struct mf_dns_answer *found = NULL;
    for (size_t i = 0; i < evidence->answer_count; i++) {
        const struct mf_dns_answer *answer = &evidence->answers[i];
        if (answer->direct && answer->over_tcp == (which == MF_DNS_OVER_TCP) && answer->type == type &&
            mf_same(answer->server, server) && mf_same_nocase(answer->name, name) && !(found && which == MF_DNS_FIRST))
            found = answer;
    }
    return found;
}

const struct mf_dns_answer *mf_dns_view_ask(struct mf_dns_view *view, const char *name, enum mf_dns_type type)
{
    const struct mf_dns_answer *answer = mf_dns_ask(view->context->evidence->dns, view->arena, name, type, MF_NEVER);
    if (answer->status == MF_DNS_UNKNOWN)
        view->context->facts->need_dns = true;
    return answer;
}

/* "ns1" of ns1.net-it.com in zone net-it.com; others in full. */
static const char *label_of(struct mf_arena *arena, const char *host, const char *zone)
{
    size_t len = strlen(host), tail = strlen(zone);
    if (len > tail + 1 && host[len - tail - 1] == '.' && mf_same_nocase(host + len - tail, zone))
        return mf_copy_bytes(arena, host, len - tail - 1);
    return host;
}

/* By its word on the zone's SOA: silent, not speaking for the zone, or alive. */
static void examine(struct mf_dns_view *view, struct mf_dns_point *point)
{
    const struct mf_dns_answer *soa = mf_dns_point_answer(view, point, view->zone, MF_DNS_SOA);
    point->serial = "";
    point->state = MF_POINT_ALIVE;
    if (!soa) {
        point->state = MF_POINT_UNASKED;
        point->why = "it was not asked";
    } else if (!mf_dns_is_definite(soa) && !(soa->replied && soa->status == MF_DNS_SERVFAIL)) {
        point->state = MF_POINT_SILENT;
        point->why = soa->why ? soa->why : mf_dns_status_name(soa->status);
        point->no_route = strcasestr(point->why, "unreachable") || strcasestr(point->why, "no route") ||
                          strcasestr(point->why, "not supported") || strcasestr(point->why, "cannot assign");
    } else if (!view->source && (!soa->authoritative || soa->status != MF_DNS_OK)) {
        point->state = MF_POINT_LAME;
        point->why = soa->why ? soa->why
                              : mf_format(view->arena, "%s answers for %s %s", soa->server, view->zone,
                                          soa->authoritative ? "that there is no such zone"
                                                             : "from a cache, not with authority (no AA)");
    } else if (soa->count) {
        point->serial = mf_format(view->arena, "%u", soa->records[0].serial);
    }
}

static void add_point(struct mf_dns_view *view, const char *label, const char *address, const char *at)
{
    struct mf_dns_point *point = &view->points[view->point_count++];
    *point = (struct mf_dns_point){
        .label = label, .full = address ? mf_format(view->arena, "%s (%s)", label, address) : label, .at = at};
    examine(view, point);
}

static void name_servers(struct mf_dns_view *view)
{
    const char *names = "";
    for (size_t i = 0; i < view->sources->count; i++)
        names = mf_format(view->arena, "%s%s%s", names, i ? ", " : "",
                          label_of(view->arena, view->sources->servers[i].host, view->zone));
    view->servers = names;
}

static void add_servers(struct mf_dns_view *view)
{
    size_t count = 0;
    for (size_t i = 0; i < view->sources->count; i++)
        count += view->sources->servers[i].address_count;
    view->points = mf_alloc_array(view->arena, count + 1, sizeof *view->points);
    for (size_t i = 0; i < view->sources->count; i++)
        for (size_t k = 0; k < view->sources->servers[i].address_count; k++) {
            const struct mf_dns_source *server = &view->sources->servers[i];
            add_point(view, label_of(view->arena, server->host, view->zone), server->addresses[k],
                      mf_format(view->arena, "%s@53", server->addresses[k]));
        }
    name_servers(view);
}

struct mf_dns_view mf_dns_view_new(struct mf_check_context *context, const char *source, const char *name)
{
    struct mf_dns_view view = {
        .context = context, .arena = context->arena, .domain = context->plan->site->domains[0], .source = source};
    if (source) {
        view.zone = view.domain;
        view.servers = source;
        view.points = mf_alloc_array(view.arena, 1, sizeof *view.points);
        add_point(&view, source, NULL, "");
        return view;
    }
    view.sources = mf_dns_sources(context->evidence->dns, view.arena, name ? name : view.domain, MF_NEVER);
    view.zone = view.sources->zone ? view.sources->zone : view.domain;
    view.servers = "";
    if (view.sources->status == MF_DNS_UNKNOWN)
        context->facts->need_dns = true;
    add_servers(&view);
    mf_dns_vantage_examine(&view);
    return view;
}
