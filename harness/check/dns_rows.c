/* `dns:` rows, one after the other. */
#include "check/dns_internal.h"

/* The table is the first domain's. That the others are not looked at must not pass for "all is well". */
static void note_other_domains(struct mf_dns_case *at)
{
    const struct mf_site *site = at->view->context->plan->site;
    for (size_t i = 1; i < site->domain_count; i++)
        mf_dns_note_add(at, mf_format(at->view->arena,
                                      "%s is ours too and is not looked at: the table is for %s; confirm its records under "
                                      "more: {%s.: MX …}, or with a site file of its own",
                                      site->domains[i], site->domains[0], site->domains[i]));
}

static void judge_row(struct mf_dns_case *at)
{
    switch (at->row->row->kind) {
    case MF_ROW_MX:
        mf_dns_judge_mx(at);
        note_other_domains(at);
        break;
    case MF_ROW_SPF:
        mf_dns_judge_spf(at);
        break;
    case MF_ROW_DKIM:
        mf_dns_judge_dkim(at);
        break;
    case MF_ROW_DMARC:
        mf_dns_judge_dmarc(at);
        break;
    case MF_ROW_MORE:
        mf_dns_judge_more(at);
        break;
    }
}

/* Nobody to ask: by the resolver's word, or because it said none. */
static bool has_sources(struct mf_dns_case *at)
{
    const struct mf_dns_view *view = at->view;
    struct mf_arena *arena = view->arena;
    if (view->point_count)
        return true;
    bool answered = view->sources->status == MF_DNS_OK || view->sources->status == MF_DNS_NXDOMAIN ||
                    view->sources->status == MF_DNS_NODATA;
    bool missing = view->sources->status == MF_DNS_NXDOMAIN || view->sources->status == MF_DNS_NODATA;
    const char *why = view->sources->why                                      ? view->sources->why
                      : view->sources->count && view->sources->servers[0].why ? view->sources->servers[0].why
                                                                              : "no reason given";
    mf_dns_fact_add(at, missing ? "dns.no-zone" : "dns.unreachable", missing ? MF_FACT_BAD : MF_FACT_UNKNOWN,
                    view->domain, answered ? "no name servers are known" : "name servers not known",
                    mf_format(arena,
                              missing ? "There is no zone for %s" : "The name servers of %s could not be found out",
                              view->domain),
                    mf_format(arena, "%s.", why), NULL);
    return false;
}

/* SOA serials that differ though everything asked for is the same: worth knowing, no more. */
static void note_serials(struct mf_dns_case *at)
{
    const struct mf_dns_view *view = at->view;
    for (size_t i = 1; i < view->point_count; i++)
        if (view->points[0].serial[0] && view->points[i].serial[0] &&
            !mf_same(view->points[0].serial, view->points[i].serial)) {
            mf_dns_note_add(at, mf_format(view->arena, "SOA serial %s at %s, %s at %s", view->points[0].serial,
                                          view->points[0].label, view->points[i].serial, view->points[i].label));
            return;
        }
}

static void check_row(struct mf_check_context *context, const struct mf_dns_row *row, struct mf_dns_row_facts *facts)
{
    struct mf_dns_view view = mf_dns_view_new(context, row->source, row->name);
    struct mf_dns_case at = {&view, facts, row->table};
    *facts = (struct mf_dns_row_facts){.row = row, .servers = view.servers, .right = view.servers};
    if (has_sources(&at)) {
        judge_row(&at);
        note_serials(&at);
        if (facts == context->facts->rows)
            mf_dns_judge_servers(&at); /* told once, under the first row */
    }
}

void mf_dns_check_rows(struct mf_check_context *context)
{
    const struct mf_plan *plan = context->plan;
    struct mf_facts *facts = context->facts;
    size_t count = 0, row = 0;
    const char *name;
    enum mf_dns_type type;
    for (size_t i = 0; i < plan->section_count; i++)
        count += plan->sections[i].skip ? 0 : plan->sections[i].dns_row_count;
    if (count == 0)
        return;
    facts->rows = mf_alloc_array(context->arena, count, sizeof *facts->rows);
    facts->row_count = count;
    for (size_t i = 0; i < plan->section_count; i++)
        for (size_t k = 0; !plan->sections[i].skip && k < plan->sections[i].dns_row_count; k++)
            check_row(context, &plan->sections[i].dns_rows[k], &facts->rows[row++]);
    facts->need_dns = facts->need_dns || mf_dns_missing(context->evidence->dns, 0, &name, &type);
}

void mf_check_dns_ask(const struct mf_plan *plan, struct mf_dns *dns, mf_usec deadline)
{
    struct mf_arena *arena = mf_arena_new();
    for (size_t i = 0; i < plan->section_count; i++)
        for (size_t k = 0; !plan->sections[i].skip && k < plan->sections[i].dns_row_count; k++) {
            const struct mf_dns_row *row = &plan->sections[i].dns_rows[k];
            if (row->kind == MF_ROW_SPF)
                mf_dns_spf_ask(plan, dns, deadline);
            if (row->kind == MF_ROW_MX)
                mf_dns_mx(dns, arena, plan->site->domains[0], 0, deadline);
            if (row->kind == MF_ROW_MX)
                mf_dns_around_ask(plan, dns, deadline);
        }
    mf_arena_free(&arena);
}
