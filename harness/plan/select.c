/* --only: which flows are run. */
#include "plan/flow_internal.h"

#include <string.h>

static bool has_tag(const struct mf_flow *flow, const char *word)
{
    for (size_t i = 0; i < flow->tag_count; i++)
        if (strcmp(flow->tags[i], word) == 0)
            return true;
    return false;
}

static bool is_meant(const struct mf_flow *flow, const char *word)
{
    return strcmp(flow->name, word) == 0 || strcmp(flow->section->title, word) == 0 || has_tag(flow, word);
}

static void tell_nothing(struct mf_binder *b, const char *word)
{
    struct mf_words words = {.arena = b->arena};
    for (size_t i = 0; i < b->plan->flow_count; i++) {
        const struct mf_flow *flow = &b->plan->flows[i];
        mf_words_add(&words, flow->name);
        for (size_t j = 0; j < flow->tag_count; j++)
            mf_words_add(&words, flow->tags[j]);
    }
    for (size_t i = 0; i < b->plan->section_count; i++)
        if (b->plan->sections[i].title[0])
            mf_words_add(&words, b->plan->sections[i].title);
    const char *near = mf_words_hint(&words, word);
    mf_tell(b, (struct mf_place){.file = NULL}, near ? near : "the name of a flow or a section, or a tag",
            "--only: no flow, section or tag is called \"%s\"", word);
}

static bool mark(struct mf_binder *b, bool *chosen, bool *sections)
{
    struct mf_plan *plan = b->plan;
    bool good = true;
    for (size_t w = 0; w < b->options->only_count; w++) {
        bool found = false;
        for (size_t i = 0; i < plan->section_count; i++) {
            bool meant = plan->sections[i].title[0] && strcmp(plan->sections[i].title, b->options->only[w]) == 0;
            sections[i] |= meant;
            found |= meant;
        }
        for (size_t i = 0; i < plan->flow_count; i++)
            if (is_meant(&plan->flows[i], b->options->only[w]))
                found = chosen[i] = true;
        if (!found) {
            tell_nothing(b, b->options->only[w]);
            good = false;
        }
    }
    for (size_t i = 0; i < plan->flow_count; i++)
        if (chosen[i] && plan->flows[i].of)
            chosen[plan->flows[i].of->index] = true;
    return good;
}

/* What a chosen flow needs, but nobody chose, is not waited for. */
static void drop_needs(struct mf_flow *flow, const bool *chosen, const bool *section_left)
{
    size_t kept = 0;
    for (size_t i = 0; i < flow->need_count; i++) {
        const struct mf_need *need = &flow->needs[i];
        if (need->flow ? chosen[need->flow->index] : section_left[need->section->index])
            flow->needs[kept++] = *need;
    }
    flow->need_count = kept;
}

/* Where each flow and section goes: its old number → its new place. */
struct moving {
    struct mf_flow *flows, **flow_to;
    struct mf_section *sections, **section_to;
    size_t flow_count, section_count;
};

static struct moving copy_chosen(struct mf_binder *b, const bool *chosen, const bool *section_left)
{
    const struct mf_plan *plan = b->plan;
    struct moving m = {.flows = mf_alloc_array(b->arena, plan->flow_count + 1, sizeof *m.flows),
                       .flow_to = mf_alloc_array(b->arena, plan->flow_count + 1, sizeof *m.flow_to),
                       .sections = mf_alloc_array(b->arena, plan->section_count + 1, sizeof *m.sections),
                       .section_to = mf_alloc_array(b->arena, plan->section_count + 1, sizeof *m.section_to)};
    for (size_t i = 0; i < plan->section_count; i++)
        if (section_left[i]) {
            m.section_to[i] = &m.sections[m.section_count++];
            *m.section_to[i] = plan->sections[i];
        }
    for (size_t i = 0; i < plan->flow_count; i++)
        if (chosen[i]) {
            m.flow_to[i] = &m.flows[m.flow_count++];
            *m.flow_to[i] = plan->flows[i];
        }
    return m;
}

/* Every pointer to a flow or section follows it. Numbers are still the old ones. */
static void follow(struct mf_flow *flow, const struct moving *m)
{
    flow->section = m->section_to[flow->section->index];
    flow->of = flow->of ? m->flow_to[flow->of->index] : NULL;
    for (size_t i = 0; i < flow->need_count; i++) {
        struct mf_need *need = &flow->needs[i];
        need->flow = need->flow ? m->flow_to[need->flow->index] : NULL;
        need->section = need->section ? m->section_to[need->section->index] : NULL;
    }
    for (size_t i = 0; i < flow->expect_count; i++)
        flow->expects[i].flow = flow;
}

static void keep_chosen(struct mf_binder *b, const bool *chosen, const bool *section_left)
{
    struct mf_plan *plan = b->plan;
    struct moving m = copy_chosen(b, chosen, section_left);
    for (size_t i = 0; i < m.flow_count; i++)
        follow(&m.flows[i], &m);
    for (size_t i = 0; i < m.flow_count; i++)
        m.flows[i].index = i;
    for (size_t i = 0; i < m.section_count; i++) {
        m.sections[i].index = i;
        for (size_t j = 0; j < m.sections[i].dns_row_count; j++)
            m.sections[i].dns_rows[j].section = &m.sections[i];
    }
    plan->flows = m.flows;
    plan->flow_count = m.flow_count;
    plan->sections = m.sections;
    plan->section_count = m.section_count;
}

void mf_plan_select(struct mf_binder *b)
{
    struct mf_plan *plan = b->plan;
    bool *chosen = mf_alloc_array(b->arena, plan->flow_count + 1, sizeof *chosen);
    bool *sections = mf_alloc_array(b->arena, plan->section_count + 1, sizeof *sections);
    bool *left = mf_alloc_array(b->arena, plan->section_count + 1, sizeof *left);
    if (b->options->only_count == 0 || !mark(b, chosen, sections))
        return;
    for (size_t i = 0; i < plan->section_count; i++)
        left[i] = sections[i];
    for (size_t i = 0; i < plan->flow_count; i++)
        if (chosen[i])
            left[plan->flows[i].section->index] = true;
    for (size_t i = 0; i < plan->section_count; i++)
        if (!sections[i])
            plan->sections[i].dns_row_count = 0;
    for (size_t i = 0; i < plan->flow_count; i++)
        if (chosen[i])
            drop_needs(&plan->flows[i], chosen, left);
    keep_chosen(b, chosen, left);
}
