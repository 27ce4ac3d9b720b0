/* A suspect becomes a finding: words by its teller, or by the catalogue and the facts; whom it hits;
 * where in the files the expectations are. */
#include "diagnose/tell_internal.h"

#include <string.h>

static int weight(enum mf_outcome outcome)
{
    return outcome == MF_FAIL ? 2 : outcome == MF_ERROR ? 1 : 0;
}

static const struct mf_hit *heaviest(const struct mf_suspect *suspect)
{
    const struct mf_hit *first = suspect->hits[0];
    for (size_t i = 1; i < suspect->hit_count; i++)
        if (weight(suspect->hits[i]->outcome) > weight(first->outcome))
            first = suspect->hits[i];
    return first;
}

static bool has_flow(const struct mf_finding *finding, const struct mf_flow *flow)
{
    for (size_t i = 0; i < finding->flow_count; i++)
        if (finding->flows[i] == flow)
            return true;
    return false;
}

static bool same_place(const struct mf_place *a, const struct mf_place *b)
{
    return a->line == b->line && a->column == b->column && mf_same(a->file, b->file);
}

struct lists {
    size_t flows, places, facts; /* capacities */
};

static void add_place(struct mf_arena *arena, struct mf_finding *finding, size_t *capacity,
                      const struct mf_place *place)
{
    for (size_t i = 0; i < finding->place_count && i < 40; i++)
        if (same_place(&finding->places[i], place))
            return;
    if (place->file && finding->place_count < 40)
        *MF_PUSH(arena, finding->places, finding->place_count, *capacity) = *place;
}

static void add_hit(struct mf_arena *arena, struct mf_finding *finding, struct lists *lists, const struct mf_hit *hit)
{
    const struct mf_fact *fact = hit->fact;
    *MF_PUSH(arena, finding->facts, finding->fact_count, lists->facts) = fact;
    /* Flows that are only warned are not hit by what fails others. */
    if (weight(hit->outcome) == 0 && weight(finding->outcome) > 0)
        return;
    bool newest = finding->flow_count && finding->flows[finding->flow_count - 1] == fact->flow;
    if (!newest && !has_flow(finding, fact->flow))
        *MF_PUSH(arena, finding->flows, finding->flow_count, lists->flows) = fact->flow;
    add_place(arena, finding, &lists->places, fact->expect ? &fact->expect->place : &fact->flow->place);
}

/* Flows in the order of the report. */
static void sort_flows(struct mf_finding *finding)
{
    for (size_t i = 1; i < finding->flow_count; i++)
        for (size_t k = i; k > 0 && finding->flows[k]->index < finding->flows[k - 1]->index; k--) {
            const struct mf_flow *flow = finding->flows[k];
            finding->flows[k] = finding->flows[k - 1];
            finding->flows[k - 1] = flow;
        }
}

static void add_hits(struct mf_case_file *file, const struct mf_suspect *suspect, struct mf_finding *finding)
{
    struct lists lists = {0, 0, 0};
    for (size_t i = 0; i < suspect->hit_count; i++)
        add_hit(file->arena, finding, &lists, suspect->hits[i]);
    for (size_t i = 0; i < suspect->absorbed_count; i++)
        add_hit(file->arena, finding, &lists, suspect->absorbed[i]);
    if (suspect->absorbed_count)
        sort_flows(finding);
}

/* The words of the facts, each once, at most three, with whose they are where there are several. */
static const char *words_of_facts(struct mf_telling *t)
{
    struct mf_text why = {.max = 16 << 10};
    size_t told = 0;
    for (size_t i = 0; i < t->suspect->hit_count; i++) {
        const struct mf_fact *fact = t->suspect->hits[i]->fact;
        bool known = false;
        for (size_t k = 0; k < i && !known; k++)
            known = mf_same(t->suspect->hits[k]->fact->text, fact->text);
        if (known || !*fact->text)
            continue;
        if (told++ == 3)
            break;
        mf_text_printf(&why, "%s%s%s\n", t->finding->flow_count > 1 ? fact->flow->name : "",
                       t->finding->flow_count > 1 ? ": " : "", fact->text);
    }
    const char *words = mf_copy(t->file->arena, mf_text_str(&why));
    mf_text_release(&why);
    return words;
}

static const char *place_words(struct mf_telling *t)
{
    const struct mf_expect *expect = t->first->fact->expect;
    if (!expect || !mf_starts(t->finding->kind->id, "dkim."))
        return NULL;
    return mf_finding_words(t, "%s: DKIM passes", mf_kind_name(expect->kind_of_mail));
}

static enum mf_outcome outcome_of(const struct mf_suspect *suspect)
{
    enum mf_outcome outcome = MF_PASS;
    for (size_t i = 0; i < suspect->hit_count; i++)
        if (weight(suspect->hits[i]->outcome) > weight(outcome))
            outcome = suspect->hits[i]->outcome;
    for (size_t i = 0; i < suspect->absorbed_count; i++) /* a failure stays one, whatever explains it */
        if (weight(suspect->absorbed[i]->outcome) > weight(outcome))
            outcome = suspect->absorbed[i]->outcome;
    return outcome;
}

static mf_teller *teller_for(const char *id)
{
    mf_teller *(*const subjects[])(const char *) = {mf_reach_teller, mf_smtp_teller,  mf_refusal_teller, mf_copy_teller,   mf_missing_teller,
                                                 mf_where_teller, mf_bounce_teller, mf_auth_teller,    mf_content_teller};
    for (size_t i = 0; i < sizeof subjects / sizeof *subjects; i++) {
        mf_teller *teller = subjects[i](id);
        if (teller)
            return teller;
    }
    return NULL;
}

/* Nobody shall take what a table says for what the world finds in DNS. */
static void tell_table(struct mf_telling *t)
{
    const struct mf_flow *flow = t->first->fact->flow, *message = t->first->message;
    const struct mf_dns_table *table = mf_rests_on_records(t->first) ? flow->resolve : message->resolve;
    bool by_mx = message->via && message->via->kind == MF_VIA_MX;
    if (!table || (!mf_rests_on_records(t->first) && !by_mx))
        return;
    t->finding->why = mf_finding_words(t, "%s%s by the site's %s table (%s:%d), as if it were published: what the world finds in DNS may differ.\n",
                                       t->finding->why, mf_rests_on_records(t->first) ? "Judged" : "Sent to the MX",
                                       mf_dns_table_name(t->file->plan->site, table), table->place.file, table->place.line);
}

static void fill_in(struct mf_telling *t)
{
    struct mf_finding *finding = t->finding;
    const struct mf_fact *fact = t->first->fact;
    if (!finding->title)
        finding->title = finding->kind->title;
    if (!finding->why)
        finding->why = mf_finding_words(t, "%s%s", words_of_facts(t),
                                        mf_starts(finding->kind->id, "content.") ? mf_where_changed(t) : "");
    tell_table(t);
    if (!finding->fix)
        finding->fix = mf_finding_words(t, "%s\n", finding->kind->fix);
    if (!t->no_exhibits && !finding->exhibit_count && fact->exhibit_count) {
        finding->exhibits = fact->exhibits;
        finding->exhibit_count = fact->exhibit_count;
    }
    if (!finding->place_words)
        finding->place_words = place_words(t);
    if (t->suspect->entry->may_be_meant && finding->outcome == MF_FAIL)
        finding->meant_so = mf_finding_words(t, "severity: {%s: ignore}", finding->kind->id);
}

void mf_finding_explain(struct mf_case_file *file, struct mf_finding *finding, const struct mf_suspect *suspect)
{
    struct mf_symptom *symptoms = mf_alloc_array(file->arena, suspect->absorbed_count + 1, sizeof *symptoms);
    for (size_t i = 0; i < suspect->absorbed_count; i++) {
        const struct mf_hit *hit = suspect->absorbed[i];
        symptoms[i] = (struct mf_symptom){hit->entry->kind.id, hit->scope, hit->fact->flow};
    }
    finding->explains = symptoms;
    finding->explains_count = suspect->absorbed_count;
}

struct mf_finding *mf_finding_tell(struct mf_case_file *file, struct mf_suspect *suspect)
{
    struct mf_finding *finding = mf_alloc(file->arena, sizeof *finding);
    struct mf_telling t = {.file = file, .suspect = suspect, .first = heaviest(suspect), .finding = finding};
    finding->kind = &suspect->entry->kind;
    finding->scope = suspect->scope;
    finding->outcome = outcome_of(suspect);
    add_hits(file, suspect, finding);
    mf_teller *teller = teller_for(finding->kind->id);
    if (teller)
        teller(&t);
    fill_in(&t);
    mf_finding_explain(file, finding, suspect);
    suspect->finding = finding;
    return finding;
}
