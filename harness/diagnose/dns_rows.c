/* `dns:` rows: their facts become findings, each cause once; a record that is wrong at its source
 * explains what mail showed of it. */
#include <string.h>

#include "diagnose/dns_internal.h"

/* Until when the row is asked again: what is not there before that is awaited, not wrong. */
static bool may_still_come(const struct mf_case_file *file, const struct mf_dns_row *row)
{
    return row->within >= MF_NEVER - file->evidence->started || file->now < file->evidence->started + row->within;
}

/* FAIL, ERROR, PENDING, PASS (a warning), SKIPPED: not told. "Could not find out" can't be loosened. */
static enum mf_outcome weigh_finally(const struct mf_dns_row *row, const struct mf_fact *fact, const char *id)
{
    switch (fact->state) {
    case MF_FACT_UNKNOWN:
        return MF_ERROR;
    case MF_FACT_BAD:
    case MF_FACT_NOTE:
        break;
    case MF_FACT_GOOD:
    case MF_FACT_WAITING:
    case MF_FACT_SKIPPED:
        return MF_SKIPPED;
    }
    switch (mf_row_severity(row, id, fact->state == MF_FACT_BAD ? MF_SEVERITY_FAIL : MF_SEVERITY_WARN)) {
    case MF_SEVERITY_FAIL:
        return MF_FAIL;
    case MF_SEVERITY_WARN:
        return MF_PASS;
    case MF_SEVERITY_IGNORE:
        break;
    }
    return MF_SKIPPED;
}

static enum mf_outcome weigh(const struct mf_case_file *file, const struct mf_dns_row *row, const struct mf_fact *fact,
                             const char *id)
{
    enum mf_outcome outcome = weigh_finally(row, fact, id);
    bool wrong = outcome == MF_FAIL || outcome == MF_ERROR;
    return wrong && may_still_come(file, row) ? MF_PENDING : outcome;
}

/* A stale server is told under its MX, if that is among what it has wrong. */
static bool has_stale_mx(const struct mf_facts *facts, const char *scope)
{
    for (size_t r = 0; r < facts->row_count; r++)
        for (size_t i = 0; facts->rows[r].row->kind == MF_ROW_MX && i < facts->rows[r].count; i++)
            if (mf_same(facts->rows[r].items[i].fact.id, "dns.record-stale") &&
                mf_same(facts->rows[r].items[i].fact.scope, scope))
                return true;
    return false;
}

static const char *resolver_of(const struct mf_case_file *file)
{
    for (size_t i = 0; i < file->suspect_count; i++)
        if (mf_same(file->suspects[i]->entry->kind.id, "dns.resolver-down"))
            return file->suspects[i]->scope;
    for (size_t i = 0; i < file->evidence->answer_count; i++)
        if (!file->evidence->answers[i].direct)
            return file->evidence->answers[i].server;
    return "the resolver";
}

static struct mf_class class_of(struct mf_case_file *file, const struct mf_fact *fact)
{
    if (mf_same(fact->id, "dns.record-stale") && has_stale_mx(file->facts, fact->scope))
        return (struct mf_class){"dns.mx-stale", fact->scope};
    if (mf_same(fact->id, "dns.unreachable") && !file->dns_answered)
        return (struct mf_class){"dns.resolver-down", resolver_of(file)};
    return (struct mf_class){fact->id, fact->scope};
}

static struct mf_dns_cause *cause_for(struct mf_case_file *file, struct mf_dns_causes *causes,
                                      const struct mf_entry *entry, const char *scope)
{
    for (size_t i = 0; i < causes->count; i++)
        if (causes->items[i]->suspect.entry == entry && mf_same_nocase(causes->items[i]->suspect.scope, scope))
            return causes->items[i];
    struct mf_dns_cause *cause = mf_alloc(file->arena, sizeof *cause);
    cause->suspect.entry = entry;
    cause->suspect.scope = scope;
    cause->outcome = MF_PASS;
    *MF_PUSH(file->arena, causes->items, causes->count, causes->capacity) = cause;
    return cause;
}

static int weight(enum mf_outcome outcome)
{
    return outcome == MF_FAIL ? 3 : outcome == MF_ERROR ? 2 : outcome == MF_PENDING ? 1 : 0;
}

static void add_fact(struct mf_case_file *file, struct mf_dns_causes *causes, size_t row,
                     const struct mf_dns_fact *fact)
{
    struct mf_class class = class_of(file, &fact->fact);
    const struct mf_entry *entry = mf_entry_find(class.id);
    enum mf_outcome outcome = entry ? weigh(file, file->facts->rows[row].row, &fact->fact, class.id) : MF_SKIPPED;
    if (outcome == MF_SKIPPED)
        return;
    struct mf_dns_cause *cause = cause_for(file, causes, entry, class.scope);
    struct mf_dns_hit *hit = MF_PUSH(file->arena, cause->hits, cause->hit_count, cause->hit_capacity);
    *hit = (struct mf_dns_hit){.row = row, .fact = fact, .outcome = outcome};
    if (weight(outcome) > weight(cause->outcome))
        cause->outcome = outcome;
}

enum mf_outcome mf_dns_row_outcome(struct mf_case_file *file, size_t r)
{
    const struct mf_dns_row_facts *facts = &file->facts->rows[r];
    enum mf_outcome worst = MF_PASS;
    for (size_t i = 0; i < facts->count; i++) {
        struct mf_class class = class_of(file, &facts->items[i].fact);
        enum mf_outcome one =
            mf_entry_find(class.id) ? weigh(file, facts->row, &facts->items[i].fact, class.id) : MF_SKIPPED;
        worst = weight(one) > weight(worst) ? one : worst;
    }
    return worst;
}

void mf_dns_find_causes(struct mf_case_file *file)
{
    struct mf_dns_causes *causes = file->dns = mf_alloc(file->arena, sizeof *causes);
    for (size_t r = 0; r < file->facts->row_count; r++)
        for (size_t i = 0; i < file->facts->rows[r].count; i++)
            add_fact(file, causes, r, &file->facts->rows[r].items[i]);
    for (size_t i = 0; i < causes->count; i++)
        mf_dns_absorb(file, causes->items[i]);
}

/* Told already because of mail? Then the rows join that finding. */
static struct mf_finding *told_by_flows(struct mf_case_file *file, const struct mf_dns_cause *cause)
{
    for (size_t i = 0; i < file->suspect_count; i++)
        if (file->suspects[i]->entry == cause->suspect.entry && file->suspects[i]->finding &&
            mf_same_nocase(file->suspects[i]->scope, cause->suspect.scope))
            return file->suspects[i]->finding;
    return NULL;
}

void mf_dns_tell_causes(struct mf_case_file *file, struct mf_verdict *verdict)
{
    size_t count = verdict->finding_count;
    struct mf_finding **all = mf_alloc_array(file->arena, count + file->dns->count + 2, sizeof *all);
    if (count)
        memcpy(all, verdict->findings, count * sizeof *all);
    for (size_t i = 0; i < file->dns->count; i++) {
        struct mf_dns_cause *cause = file->dns->items[i];
        struct mf_finding *known = told_by_flows(file, cause);
        cause->suspect.finding = known ? known : mf_dns_finding(file, cause);
        mf_dns_add_rows(file, cause);
        if (!known)
            all[count++] = cause->suspect.finding;
    }
    verdict->findings = all;
    verdict->finding_count = count;
}

/* --- rows --- */

int mf_dns_compare_rows(const struct mf_finding *a, const struct mf_finding *b)
{
    if (!a->row_count || !b->row_count)
        return !a->row_count == !b->row_count ? 0 : a->row_count ? -1 : 1;
    const struct mf_section *x = a->rows[0]->section, *y = b->rows[0]->section;
    if (x != y)
        return x->index < y->index ? -1 : 1;
    return a->rows[0] == b->rows[0] ? 0 : a->rows[0] < b->rows[0] ? -1 : 1;
}

static void worsen(enum mf_outcome *outcome, enum mf_outcome by)
{
    if (weight(by) > weight(*outcome))
        *outcome = by;
}

/* The words of what decides, each once. */
static const char *briefs(struct mf_case_file *file, size_t row, enum mf_outcome outcome)
{
    struct mf_arena *arena = file->arena;
    const char *text = "";
    size_t told = 0;
    for (size_t i = 0; i < file->dns->count; i++)
        for (size_t k = 0; k < file->dns->items[i]->hit_count; k++) {
            const struct mf_dns_hit *hit = &file->dns->items[i]->hits[k];
            if (hit->row != row || hit->outcome != outcome || strstr(text, hit->fact->fact.brief) || told == 2)
                continue;
            text = mf_format(arena, "%s%s%s", text, told++ ? ", " : "", hit->fact->fact.brief);
        }
    return text;
}

/* "awaited, 5:12 of 6:00:00" */
static const char *time_words(struct mf_case_file *file, const struct mf_dns_row *row)
{
    char gone[32], whole[32];
    mf_duration_text(row->within, whole, sizeof whole);
    if (!may_still_come(file, row))
        return mf_format(file->arena, "not there within %s", whole);
    return mf_format(file->arena, "awaited, %s of %s",
                     mf_duration_text(file->now - file->evidence->started, gone, sizeof gone), whole);
}

void mf_dns_add_awaited(struct mf_case_file *file, struct mf_finding *finding)
{
    size_t capacity = 0;
    for (size_t r = 0; r < file->facts->row_count; r++) {
        bool awaited = false;
        for (size_t i = 0; i < file->dns->count; i++)
            for (size_t k = 0; k < file->dns->items[i]->hit_count; k++)
                awaited = awaited ||
                          (file->dns->items[i]->hits[k].row == r && file->dns->items[i]->hits[k].outcome == MF_PENDING);
        if (awaited)
            *MF_PUSH(file->arena, finding->rows, finding->row_count, capacity) = file->facts->rows[r].row;
    }
}

static void judge_row(struct mf_case_file *file, size_t r, struct mf_dns_verdict *verdict)
{
    const struct mf_dns_row_facts *facts = &file->facts->rows[r];
    size_t capacity = 0;
    *verdict = (struct mf_dns_verdict){.row = facts->row,
                                       .outcome = MF_PASS,
                                       .name = mf_dns_row_label(facts->row),
                                       .servers = facts->servers ? facts->servers : "",
                                       .right = "",
                                       .facts = facts};
    for (size_t i = 0; i < file->dns->count; i++) {
        const struct mf_dns_cause *cause = file->dns->items[i];
        bool mine = false;
        for (size_t k = 0; k < cause->hit_count; k++)
            if (cause->hits[k].row == r) {
                mine = true;
                worsen(&verdict->outcome, cause->hits[k].outcome);
            }
        if (mine)
            *MF_PUSH(file->arena, verdict->findings, verdict->finding_count, capacity) = cause->suspect.finding;
    }
    const char *words = verdict->finding_count ? briefs(file, r, verdict->outcome) : "";
    verdict->detail = *words ? words : facts->detail ? facts->detail : "as in the site";
    if (facts->row->within && verdict->outcome != MF_PASS)
        verdict->detail = mf_format(file->arena, "%s; %s", verdict->detail, time_words(file, facts->row));
    if (verdict->finding_count == 0)
        verdict->right = facts->right ? facts->right : "";
    else if (verdict->outcome == MF_PASS)
        verdict->right = verdict->findings[0]->kind->id;
}

static const char *place_of(const struct mf_case_file *file)
{
    const struct mf_rec_run *run = &file->evidence->run;
    const char *host = run->host && *run->host ? run->host : "this host";
    return mf_format(file->arena, "%s%s%s%s, resolver %s", host, run->egress && *run->egress ? " (" : "",
                     run->egress ? run->egress : "", run->egress && *run->egress ? ")" : "", resolver_of(file));
}

void mf_dns_judge_rows(struct mf_case_file *file, struct mf_verdict *verdict)
{
    verdict->from = place_of(file);
    verdict->dns_count = file->facts->row_count;
    verdict->dns = mf_alloc_array(file->arena, verdict->dns_count + 1, sizeof *verdict->dns);
    for (size_t r = 0; r < verdict->dns_count; r++) {
        judge_row(file, r, &verdict->dns[r]);
        verdict->passed += verdict->dns[r].outcome == MF_PASS;
        verdict->failed += verdict->dns[r].outcome == MF_FAIL;
        verdict->errors += verdict->dns[r].outcome == MF_ERROR;
        verdict->pending += verdict->dns[r].outcome == MF_PENDING;
    }
}
