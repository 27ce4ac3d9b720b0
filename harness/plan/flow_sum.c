/* tags, severity and needs: what adds up from the flow out to the file. */
#include "plan/flow_internal.h"

#include <string.h>

void mf_flow_tags(struct mf_binder *b)
{
    struct mf_flow *flow = b->draft->flow;
    size_t capacity = 0;
    const struct mf_key *key_before = b->key;
    b->key = &mf_flow_table.keys[MF_FLOW_TAGS];
    for (struct mf_level *level = b->draft->level; level; level = level->outer) {
        const char **tags;
        size_t count = 0;
        level->used[MF_FLOW_TAGS] = true;
        if (!level->value[MF_FLOW_TAGS] || !mf_bind_texts(b, level->value[MF_FLOW_TAGS], &tags, &count))
            continue;
        for (size_t i = 0; i < count; i++)
            *MF_PUSH(b->arena, flow->tags, flow->tag_count, capacity) = tags[i];
    }
    b->key = key_before;
}

void mf_flow_severities(struct mf_binder *b)
{
    struct mf_flow *flow = b->draft->flow;
    size_t capacity = 0;
    const struct mf_key *key_before = b->key;
    b->key = &mf_flow_table.keys[MF_FLOW_SEVERITY];
    for (struct mf_level *level = b->draft->level; level; level = level->outer) {
        level->used[MF_FLOW_SEVERITY] = true;
        if (level->value[MF_FLOW_SEVERITY])
            mf_bind_severity(b, level->value[MF_FLOW_SEVERITY], &flow->severities, &flow->severity_count, &capacity);
    }
    b->key = key_before;
    if (flow->severity_count == 0) {
        flow->severities = b->severities;
        flow->severity_count = b->severity_count;
        return;
    }
    for (size_t i = 0; i < b->severity_count; i++)
        *MF_PUSH(b->arena, flow->severities, flow->severity_count, capacity) = b->severities[i];
}

/* --- needs --- */

static bool tell_no_need(struct mf_binder *b, const struct mf_value *value)
{
    struct mf_scenario *scenario = b->draft->scenario;
    struct mf_words words = {.arena = b->arena};
    bool raw = strchr(value->node->text, '$') != NULL;
    if (mf_told_enough(b))
        return mf_tell(b, value->place, NULL, "there is no flow or section \"%s\"", value->text);
    if (value->unknown || mf_names_broken_flow(b, value))
        return false;
    mf_words_add_names(raw ? scenario->templates : scenario->flows, &words);
    mf_words_add_names(scenario->sections, &words);
    const char *near = mf_words_near(&words, raw ? value->node->text : value->text);
    if (!near && (scenario->names_broken || !mf_refuse_comma(b, value)))
        return false;
    return mf_tell(b, value->place, near ? near : "the name of a flow or a section of this scenario",
                   "there is no flow or section \"%s\"", value->text);
}

static void add_need(struct mf_binder *b, const struct mf_node *node, size_t *capacity)
{
    struct mf_scenario *scenario = b->draft->scenario;
    struct mf_flow *flow = b->draft->flow;
    struct mf_value value;
    if (!mf_bind_value(b, node, &value))
        return;
    const struct mf_flow_draft *needed = mf_map_get(scenario->flows, value.text);
    const struct mf_section_draft *section = needed ? NULL : mf_map_get(scenario->sections, value.text);
    if (!needed && !section) {
        tell_no_need(b, &value);
        return;
    }
    struct mf_need *need = MF_PUSH(b->arena, flow->needs, flow->need_count, *capacity);
    need->flow = needed ? needed->flow : NULL;
    need->section = section ? &b->plan->sections[section->index] : NULL;
}

void mf_flow_needs(struct mf_binder *b, struct mf_flow_draft *draft)
{
    struct mf_vars scope = draft->row ? mf_scope_row(draft->row, draft->level->vars) : *draft->level->vars;
    size_t capacity = 0;
    b->draft = draft;
    b->vars = &scope;
    b->key = &mf_flow_table.keys[MF_FLOW_NEEDS];
    b->any_variable = draft->each_broken;
    for (struct mf_level *level = draft->level; level; level = level->outer) {
        struct mf_items items;
        level->used[MF_FLOW_NEEDS] = true;
        if (!level->value[MF_FLOW_NEEDS] || !mf_bind_items(b, level->value[MF_FLOW_NEEDS], &items))
            continue;
        for (size_t i = 0; i < items.count; i++)
            add_need(b, mf_item(&items, i), &capacity);
    }
    b->draft = NULL;
    b->vars = NULL;
    b->key = NULL;
    b->any_variable = false;
}
