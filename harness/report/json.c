/* JSON (RFC 8259) for programs: the whole verdict. */
#include <jansson.h>
#include <stdlib.h>

#include "report/report_internal.h"

static json_t *text(const char *value)
{
    if (!value)
        return json_null();
    char *clean = report_clean_utf8(value);
    json_t *string = json_string(clean);
    free(clean);
    return string;
}

static json_t *seconds(mf_usec duration)
{
    return duration < 0 ? json_null() : json_real((double)duration / 1e6);
}

static json_t *instant(mf_usec at)
{
    char buffer[40];
    return json_string(mf_date_rfc3339(at, buffer, sizeof buffer));
}

static json_t *place_text(const struct mf_place *place)
{
    struct mf_text words = {0};
    report_place(&words, place);
    json_t *string = words.len ? text(words.data) : json_null();
    mf_text_release(&words);
    return string;
}

static json_t *flow_object(const struct mf_site *site, const struct mf_flow_verdict *verdict)
{
    json_t *flow = json_object(), *ids = json_array();
    json_object_set_new(flow, "name", text(verdict->flow->name));
    json_object_set_new(flow, "id", text(verdict->flow->id));
    json_object_set_new(flow, "section", text(verdict->flow->section->title));
    json_object_set_new(flow, "outcome", text(mf_outcome_name(verdict->outcome)));
    json_object_set_new(flow, "seconds", seconds(verdict->took));
    json_object_set_new(flow, "route", text(verdict->route));
    json_object_set_new(flow, "detail", text(verdict->detail));
    json_object_set_new(flow, "resolve", text(verdict->flow->resolve ? mf_dns_table_name(site, verdict->flow->resolve) : "live"));
    json_object_set_new(flow, "place", place_text(&verdict->flow->place));
    for (size_t i = 0; i < verdict->finding_count; i++)
        json_array_append_new(ids, text(verdict->findings[i]->kind->id));
    json_object_set_new(flow, "findings", ids);
    return flow;
}

static json_t *seen_array(const struct mf_dns_row_facts *facts)
{
    static const char *const words[] = {[MF_FACT_GOOD] = "pass", [MF_FACT_NOTE] = "note", [MF_FACT_BAD] = "fail",
                                        [MF_FACT_UNKNOWN] = "error", [MF_FACT_WAITING] = "pending", [MF_FACT_SKIPPED] = "skipped"};
    json_t *array = json_array();
    for (size_t i = 0; i < facts->seen_count; i++) {
        json_t *seen = json_object();
        json_object_set_new(seen, "name", text(facts->seen[i].name));
        json_object_set_new(seen, "server", text(facts->seen[i].server));
        json_object_set_new(seen, "expected", text(facts->seen[i].expected));
        json_object_set_new(seen, "found", text(facts->seen[i].found));
        json_object_set_new(seen, "serial", text(facts->seen[i].serial));
        json_object_set_new(seen, "outcome", text(words[facts->seen[i].state]));
        json_array_append_new(array, seen);
    }
    return array;
}

static json_t *dns_object(const struct mf_site *site, const struct mf_dns_verdict *verdict)
{
    json_t *row = json_object(), *ids = json_array(), *notes = json_array();
    json_object_set_new(row, "name", text(verdict->name));
    json_object_set_new(row, "section", text(verdict->row->section->title));
    json_object_set_new(row, "table", text(mf_dns_table_name(site, verdict->row->table)));
    json_object_set_new(row, "outcome", text(mf_outcome_name(verdict->outcome)));
    json_object_set_new(row, "detail", text(verdict->detail));
    if (verdict->facts->tree)
        json_object_set_new(row, "lookups", text(verdict->facts->tree));
    json_object_set_new(row, "servers", text(verdict->servers));
    json_object_set_new(row, "place", place_text(&verdict->row->place));
    for (size_t i = 0; i < verdict->finding_count; i++)
        json_array_append_new(ids, text(verdict->findings[i]->kind->id));
    json_object_set_new(row, "findings", ids);
    for (size_t i = 0; i < verdict->facts->note_count; i++)
        json_array_append_new(notes, text(verdict->facts->notes[i]));
    json_object_set_new(row, "notes", notes);
    json_object_set_new(row, "seen", seen_array(verdict->facts));
    return row;
}

static json_t *exhibit_array(const struct mf_finding *finding)
{
    static const char *const kinds[] = {"text", "diff", "table", "timeline"};
    json_t *array = json_array();
    for (size_t i = 0; i < finding->exhibit_count; i++) {
        json_t *exhibit = json_object();
        json_object_set_new(exhibit, "kind", text(kinds[finding->exhibits[i].kind]));
        json_object_set_new(exhibit, "title", text(finding->exhibits[i].title));
        json_object_set_new(exhibit, "text", text(finding->exhibits[i].text));
        json_array_append_new(array, exhibit);
    }
    return array;
}

/* What else was seen and would have been told, had it no deeper cause. */
static json_t *explains_array(const struct mf_finding *finding)
{
    json_t *array = json_array();
    for (size_t i = 0; i < finding->explains_count; i++) {
        json_t *symptom = json_object();
        json_object_set_new(symptom, "finding", text(finding->explains[i].id));
        json_object_set_new(symptom, "scope", text(finding->explains[i].scope));
        json_object_set_new(symptom, "flow", text(finding->explains[i].flow->name));
        json_array_append_new(array, symptom);
    }
    return array;
}

static json_t *finding_object(const struct mf_finding *finding)
{
    json_t *object = json_object(), *flows = json_array(), *rows = json_array(), *places = json_array();
    json_object_set_new(object, "id", text(finding->kind->id));
    json_object_set_new(object, "severity", text(report_severity(finding)));
    json_object_set_new(object, "outcome", text(mf_outcome_name(finding->outcome)));
    json_object_set_new(object, "number", finding->number ? json_integer(finding->number) : json_null());
    for (size_t i = 0; i < finding->flow_count; i++)
        json_array_append_new(flows, text(finding->flows[i]->name));
    json_object_set_new(object, "flows", flows);
    for (size_t i = 0; i < finding->row_count; i++)
        json_array_append_new(rows, text(mf_dns_row_label(finding->rows[i])));
    json_object_set_new(object, "dns", rows);
    json_object_set_new(object, "scope", text(finding->scope));
    json_object_set_new(object, "message", text(finding->title));
    json_object_set_new(object, "why", text(finding->why));
    json_object_set_new(object, "fix", text(finding->fix));
    json_object_set_new(object, "place", finding->place_count ? place_text(&finding->places[0]) : json_null());
    for (size_t i = 0; i < finding->place_count; i++)
        json_array_append_new(places, place_text(&finding->places[i]));
    json_object_set_new(object, "places", places);
    json_object_set_new(object, "explains", explains_array(finding));
    json_object_set_new(object, "exhibits", exhibit_array(finding));
    return object;
}

static json_t *counts_object(const struct mf_verdict *v)
{
    const struct { const char *name; size_t value; } counts[] = {
        {"passed", v->passed}, {"failed", v->failed}, {"errors", v->errors}, {"pending", v->pending},
        {"skipped", v->skipped}, {"warnings", v->warnings}, {"sent", v->messages_sent}, {"sentinels", v->sentinels_sent},
        {"copies", v->copies_seen}, {"removed", v->copies_removed}, {"left", v->copies_left},
    };
    json_t *object = json_object();
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        json_object_set_new(object, counts[i].name, json_integer((json_int_t)counts[i].value));
    return object;
}

static void write_json(const struct mf_plan *plan, const struct mf_verdict *verdict, const struct mf_report_options *options,
                       struct mf_text *out)
{
    json_t *root = json_object(), *flows = json_array(), *dns = json_array(), *findings = json_array();
    json_object_set_new(root, "outcome", text(mf_outcome_name(verdict->outcome)));
    json_object_set_new(root, "status", json_integer(verdict->status));
    json_object_set_new(root, "scenario", text(plan->title));
    json_object_set_new(root, "site", text(plan->site->name));
    json_object_set_new(root, "domain", text(plan->site->domains[0]));
    json_object_set_new(root, "run", text(plan->run));
    json_object_set_new(root, "from", text(verdict->from ? verdict->from : ""));
    json_object_set_new(root, "started", instant(verdict->started));
    json_object_set_new(root, "seconds", seconds(verdict->ended - verdict->started));
    json_object_set_new(root, "evidence", text(options->evidence_dir));
    json_object_set_new(root, "counts", counts_object(verdict));
    for (size_t i = 0; i < verdict->flow_count; i++)
        json_array_append_new(flows, flow_object(plan->site, &verdict->flows[i]));
    json_object_set_new(root, "flows", flows);
    for (size_t i = 0; i < verdict->dns_count; i++)
        json_array_append_new(dns, dns_object(plan->site, &verdict->dns[i]));
    json_object_set_new(root, "dns", dns);
    for (size_t i = 0; i < verdict->finding_count; i++)
        json_array_append_new(findings, finding_object(verdict->findings[i]));
    json_object_set_new(root, "findings", findings);
    char *dumped = json_dumps(root, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
    mf_text_puts(out, dumped ? dumped : "{}");
    mf_text_putc(out, '\n');
    free(dumped);
    json_decref(root);
}

const struct mf_report_format report_json = {"json", "the whole verdict for programs", write_json};
