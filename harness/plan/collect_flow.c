/* Items of `flows` → drafts with their names, one for each row of `each`. */
#include "plan/flow_internal.h"

#include <string.h>

#define FLOWS_MAX 200000

/* Numbers of keys in the form of a flow, before those of mf_flow_table. */
enum { FLOW_NAME, FLOW_OF };

/* --- levels --- */

struct mf_level *mf_level_new(struct mf_binder *b, struct mf_level *outer, struct mf_scenario *scenario,
                              const struct mf_vars *vars, const struct mf_given *given)
{
    struct mf_level *level = mf_alloc(b->arena, sizeof *level);
    level->outer = outer;
    level->scenario = scenario;
    level->vars = vars;
    int first = mf_form_find(given->form, "from");
    for (int key = 0; key < MF_FLOW_KEYS; key++) {
        level->value[key] = given->value[first + key];
        level->key[key] = given->key[first + key];
        level->broken[key] = given->broken[first + key];
    }
    *MF_PUSH(b->arena, b->flows->levels, b->flows->level_count, b->flows->level_capacity) = level;
    return level;
}

const struct mf_node *mf_level_value(struct mf_level *level, enum mf_flow_key key, struct mf_level **found)
{
    for (; level; level = level->outer)
        if (level->value[key] || level->broken[key]) {
            level->used[key] = true;
            *found = level;
            return level->value[key];
        }
    *found = NULL;
    return NULL;
}

/* --- flows --- */

static void tell_same_name(struct mf_binder *b, const struct mf_flow_draft *draft, const struct mf_flow_draft *other)
{
    if (draft->name_node != other->name_node) {
        mf_tell(b, draft->name_place,
                mf_format(b->arena, "the other is in %s:%d", other->name_place.file, other->name_place.line),
                "two flows are called \"%s\"", draft->name);
        return;
    }
    const char *variables = "";
    for (size_t i = 0; draft->row && i < draft->row->count; i++)
        if (!mf_vars_used(draft->template, draft->row->names[i]))
            variables = mf_format(b->arena, "%s $(%s)", variables, draft->row->names[i]);
    const char *hint = variables[0]
                           ? mf_format(b->arena, "put what differs into the name: \"%s%s\"", draft->template, variables)
                           : "\"each\" has two rows that are the same";
    mf_tell(b, draft->name_place, hint, "\"each\" makes several flows called \"%s\"", draft->name);
}

static bool bind_name(struct mf_binder *b, struct mf_flow_draft *draft)
{
    struct mf_value value;
    if (!mf_bind_value(b, draft->name_node, &value))
        return false;
    draft->name = value.text;
    draft->name_place = value.place;
    const char *changing = mf_vars_used(draft->template, "run")     ? "run"
                           : mf_vars_used(draft->template, "token") ? "token"
                                                                    : NULL;
    if (changing && !b->any_variable)
        return mf_tell(b, value.place, "name it by what stays",
                       "a flow's name can't hold $(%s): it would change with every run", changing);
    return value.text[0] || mf_tell(b, value.place, "a few words", "a flow without name");
}

/* "file, name, bindings" as they are written: the id stays while the scenario does. */
static void identify(struct mf_binder *b, struct mf_flow_draft *draft)
{
    size_t count = 2 + (draft->row ? 2 * draft->row->count : 0), used = 0;
    const char **parts = mf_alloc_array(b->arena, count, sizeof *parts);
    parts[used++] = draft->scenario->path;
    parts[used++] = draft->template;
    for (size_t i = 0; draft->row && i < draft->row->count; i++) {
        parts[used++] = draft->row->names[i];
        parts[used++] = draft->row->nodes[i] ? draft->row->nodes[i]->text : draft->row->texts[i];
    }
    mf_identity_flow(b->identity, parts, count, draft->id);
    mf_identity_token(b->identity, draft->id, draft->token);
}

static bool has_each(struct mf_level *level)
{
    struct mf_level *found;
    mf_level_value(level, MF_FLOW_EACH, &found);
    return found != NULL;
}

static struct mf_flow_draft *new_draft(struct mf_binder *b, struct mf_section_draft *section, struct mf_level *level,
                                       const struct mf_given *given, const struct mf_row *row)
{
    struct mf_flow_draft *draft = mf_alloc(b->arena, sizeof *draft);
    const struct mf_node *written = given->value[FLOW_NAME] ? given->value[FLOW_NAME] : given->meant[FLOW_NAME];
    *draft = (struct mf_flow_draft){.scenario = level->scenario,
                                    .section = section,
                                    .level = level,
                                    .row = row,
                                    .name_node = given->value[FLOW_NAME],
                                    .of_node = given->value[FLOW_OF],
                                    .of_broken = given->broken[FLOW_OF],
                                    .each_broken = !row && has_each(level),
                                    .name = "",
                                    .template = "",
                                    .name_place = given->node->place};
    if (written && written->kind == MF_NODE_TEXT)
        draft->template = written->text;
    *MF_PUSH(b->arena, b->flows->drafts, b->flows->draft_count, b->flows->draft_capacity) = draft;
    section->flow_count++;
    identify(b, draft);
    return draft;
}

/* Its name, with the row's values in it. False: it has none that could be referred to. */
static bool name_draft(struct mf_binder *b, struct mf_flow_draft *draft)
{
    struct mf_vars scope = draft->row ? mf_scope_row(draft->row, draft->level->vars) : *draft->level->vars;
    const struct mf_vars *before = b->vars;
    b->vars = &scope;
    b->any_variable = draft->each_broken;
    bool named = draft->name_node && bind_name(b, draft) && !draft->each_broken;
    b->any_variable = false;
    b->vars = before;
    return named;
}

static void add_draft(struct mf_binder *b, struct mf_section_draft *section, struct mf_level *level,
                      const struct mf_given *given, const struct mf_row *row)
{
    struct mf_scenario *scenario = level->scenario;
    struct mf_flow_draft *draft = new_draft(b, section, level, given, row);
    bool named = name_draft(b, draft);
    mf_map_add(named ? scenario->templates : scenario->broken_templates, draft->template, draft);
    scenario->names_broken |= !named;
    const struct mf_flow_draft *other = named ? mf_map_add(scenario->flows, draft->name, draft) : NULL;
    if (other)
        tell_same_name(b, draft, other);
}

/* Flows one below the other that take the same `each` from further out: each row goes through all of
 * them before the next does. */
struct batch {
    struct mf_level *each;
    struct mf_given *given;
    struct mf_level **levels;
    size_t count, given_capacity, level_capacity, level_count;
};

static void flush(struct mf_binder *b, struct mf_section_draft *section, struct batch *batch)
{
    struct mf_rows *rows = batch->count ? mf_each_rows(b, batch->each) : NULL;
    for (size_t j = 0; !rows && j < batch->count; j++) /* told; all else of these flows is bound once */
        add_draft(b, section, batch->levels[j], &batch->given[j], NULL);
    for (size_t i = 0; rows && i < rows->count; i++)
        for (size_t j = 0; j < batch->count && b->flows->draft_count < FLOWS_MAX; j++)
            add_draft(b, section, batch->levels[j], &batch->given[j], &rows->items[i]);
    batch->count = batch->level_count = 0;
}

static void collect_flow(struct mf_binder *b, struct mf_section_draft *section, const struct mf_node *node,
                         struct batch *batch)
{
    struct mf_given given;
    if (!mf_keys_read(b, &mf_form_flow, node, &given))
        return;
    mf_keys_require(b, &given);
    struct mf_level *level = mf_level_new(b, section->level, section->level->scenario, section->level->vars, &given);
    struct mf_level *each;
    bool rows = mf_level_value(level, MF_FLOW_EACH, &each) != NULL;
    if (!rows || each != batch->each)
        flush(b, section, batch);
    if (!rows) {
        add_draft(b, section, level, &given, NULL);
        return;
    }
    batch->each = each;
    *MF_PUSH(b->arena, batch->given, batch->count, batch->given_capacity) = given;
    *MF_PUSH(b->arena, batch->levels, batch->level_count, batch->level_capacity) = level;
}

/* Also a misspelled one. */
static bool looks_like_include(const struct mf_node *item)
{
    if (item->kind != MF_NODE_MAP || item->count != 1)
        return mf_node_get(item, "include") != NULL;
    return mf_distance(item->pairs[0].key->text, "include", 2) <= 2;
}

static void collect_item(struct mf_binder *b, struct mf_section_draft *section, const struct mf_node *item,
                         struct batch *batch)
{
    struct mf_given given;
    if (!looks_like_include(item)) {
        collect_flow(b, section, item, batch);
        return;
    }
    const struct mf_key *key_before = b->key;
    flush(b, section, batch);
    b->key = mf_form_key(&mf_form_include, 0);
    if (mf_keys_read(b, &mf_form_include, item, &given) && given.value[0])
        mf_collect_include(b, section, given.value[0]);
    b->key = key_before;
}

void mf_collect_flows(struct mf_binder *b, struct mf_section_draft *section, const struct mf_node *list)
{
    const struct mf_vars *before = b->vars;
    if (list->kind != MF_NODE_LIST) {
        if (!list->refused)
            mf_tell(b, list->place, "\"- flow: NAME\", one below the other", "\"flows\" wants a list of flows");
        return;
    }
    struct batch batch = {.each = NULL};
    b->vars = section->level->vars;
    for (size_t i = 0; i < list->count && b->flows->draft_count < FLOWS_MAX; i++)
        collect_item(b, section, list->items[i], &batch);
    flush(b, section, &batch);
    if (b->flows->draft_count >= FLOWS_MAX)
        mf_tell(b, list->place, "split the scenario", "more than %d flows", FLOWS_MAX - 1);
    b->vars = before;
}
