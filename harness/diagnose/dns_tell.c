/* The words of a finding about DNS records: those of its facts, each once. */
#include <string.h>

#include "diagnose/dns_internal.h"

#define PARAGRAPHS_MAX 4

static int weight(enum mf_outcome outcome)
{
    return outcome == MF_FAIL ? 3 : outcome == MF_ERROR ? 2 : outcome == MF_PENDING ? 1 : 0;
}

static const struct mf_dns_hit *heaviest(const struct mf_dns_cause *cause)
{
    const struct mf_dns_hit *first = &cause->hits[0];
    for (size_t i = 1; i < cause->hit_count; i++)
        if (weight(cause->hits[i].outcome) > weight(first->outcome))
            first = &cause->hits[i];
    return first;
}

/* Distinct texts as paragraphs. */
static const char *paragraphs(struct mf_arena *arena, const struct mf_dns_cause *cause, bool advice)
{
    const char *all = "";
    size_t told = 0;
    for (size_t i = 0; i < cause->hit_count; i++) {
        const char *text = advice ? cause->hits[i].fact->advice : cause->hits[i].fact->fact.text;
        size_t len = text ? strlen(text) : 0;
        if (len == 0 || strstr(all, text) || told == PARAGRAPHS_MAX)
            continue;
        told++;
        all = mf_format(arena, "%s%s%s", all, text, text[len - 1] == '\n' ? "" : "\n");
    }
    return all;
}

static void add_flows(struct mf_case_file *file, const struct mf_dns_cause *cause, struct mf_finding *finding)
{
    size_t flows = 0, facts = 0;
    for (size_t i = 0; i < cause->suspect.absorbed_count; i++) {
        const struct mf_hit *hit = cause->suspect.absorbed[i];
        bool known = false;
        *MF_PUSH(file->arena, finding->facts, finding->fact_count, facts) = hit->fact;
        if (weight(hit->outcome) > weight(finding->outcome))
            finding->outcome = hit->outcome; /* a failure stays one, whatever explains it */
        if (weight(hit->outcome) == 0)
            continue;
        for (size_t k = 0; k < finding->flow_count && !known; k++)
            known = finding->flows[k] == hit->fact->flow;
        if (!known)
            *MF_PUSH(file->arena, finding->flows, finding->flow_count, flows) = hit->fact->flow;
    }
}

static void add_places(struct mf_case_file *file, const struct mf_dns_cause *cause, struct mf_finding *finding)
{
    size_t capacity = 0;
    for (size_t i = 0; i < cause->hit_count; i++) {
        const struct mf_place *place = &cause->hits[i].fact->place;
        bool known = !place->file;
        for (size_t k = 0; k < finding->place_count && !known; k++)
            known = finding->places[k].line == place->line && mf_same(finding->places[k].file, place->file);
        if (!known)
            *MF_PUSH(file->arena, finding->places, finding->place_count, capacity) = *place;
    }
}

static const char *title_of(struct mf_case_file *file, const struct mf_dns_cause *cause, const struct mf_dns_hit *first)
{
    bool stale = mf_same(first->fact->fact.id, "dns.record-stale");
    for (size_t i = 0; stale && i < cause->hit_count; i++)
        if (cause->hits[i].row != first->row)
            return mf_format(file->arena, "%s does not have the zone that the others have", cause->suspect.scope);
    return first->fact->title ? first->fact->title : cause->suspect.entry->kind.title;
}

struct mf_finding *mf_dns_finding(struct mf_case_file *file, const struct mf_dns_cause *cause)
{
    struct mf_finding *finding = mf_alloc(file->arena, sizeof *finding);
    const struct mf_dns_hit *first = heaviest(cause);
    finding->kind = &cause->suspect.entry->kind;
    finding->scope = cause->suspect.scope;
    finding->outcome = cause->outcome;
    finding->title = title_of(file, cause, first);
    finding->why = paragraphs(file->arena, cause, false);
    finding->fix = paragraphs(file->arena, cause, true);
    if (!*finding->fix)
        finding->fix = mf_format(file->arena, "%s\n", finding->kind->fix);
    finding->exhibits = first->fact->fact.exhibits;
    finding->exhibit_count = first->fact->fact.exhibit_count;
    add_places(file, cause, finding);
    add_flows(file, cause, finding);
    mf_finding_explain(file, finding, &cause->suspect);
    if (cause->suspect.entry->may_be_meant && finding->outcome == MF_FAIL)
        finding->meant_so = mf_format(file->arena, "severity: {%s: ignore}", finding->kind->id);
    return finding;
}

/* Rows that are only warned are not hit by what fails others. */
void mf_dns_add_rows(struct mf_case_file *file, const struct mf_dns_cause *cause)
{
    struct mf_finding *finding = cause->suspect.finding;
    size_t capacity = finding->row_count;
    for (size_t i = 0; i < cause->hit_count; i++) {
        const struct mf_dns_row *row = file->facts->rows[cause->hits[i].row].row;
        bool known = weight(cause->hits[i].outcome) == 0 && weight(cause->outcome) > 0;
        for (size_t k = 0; k < finding->row_count && !known; k++)
            known = finding->rows[k] == row;
        if (!known)
            *MF_PUSH(file->arena, finding->rows, finding->row_count, capacity) = row;
    }
}
