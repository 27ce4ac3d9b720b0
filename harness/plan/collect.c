/* Scenario files, with what they include → sections, and the lists of flows in them. */
#include "plan/flow_internal.h"

#include <string.h>

#define INCLUDE_DEPTH_MAX 16

/* Numbers of keys in the forms, before those of mf_flow_table. */
enum { FILE_SCENARIO, FILE_ABOUT, FILE_VARS, FILE_SECTIONS, FILE_PHASES, FILE_DNS, FILE_FLOWS };
enum { SECTION_TITLE, SECTION_ABOUT, SECTION_DNS, SECTION_FLOWS };
enum { PHASE_TITLE, PHASE_ABOUT, PHASE_ACTION, PHASE_DNS, PHASE_FLOWS };

/* --- sections and phases --- */

static const char *bind_heading(struct mf_binder *b, const struct mf_given *given, size_t i, const char *fallback)
{
    const char *text = fallback;
    const struct mf_key *key_before = b->key;
    b->key = mf_form_key(given->form, i);
    bool good = given->value[i] && mf_bind_text(b, given->value[i], &text);
    b->key = key_before;
    return good ? text : fallback;
}

static void check_actions(struct mf_binder *b, const struct mf_node *node)
{
    struct mf_items items;
    const struct mf_key *key_before = b->key;
    b->key = mf_form_key(&mf_form_phase, PHASE_ACTION);
    bool good = mf_bind_items(b, node, &items);
    for (size_t i = 0; good && i < items.count; i++) {
        struct mf_value value;
        struct mf_words words = {.arena = b->arena};
        if (!mf_bind_value(b, mf_item(&items, i), &value) || !mf_refuse_comma(b, &value) ||
            mf_map_get(b->actions, value.text))
            continue;
        mf_words_add_names(b->actions, &words);
        mf_tell(b, value.place, mf_words_hint(&words, value.text), "site %s has no action \"%s\"", b->site->name,
                value.text);
    }
    b->key = key_before;
}

static void collect_section(struct mf_binder *b, struct mf_level *outer, const struct mf_node *node, bool phase)
{
    struct mf_given given;
    if (!mf_keys_read(b, phase ? &mf_form_phase : &mf_form_section, node, &given))
        return;
    mf_keys_require(b, &given);
    const struct mf_node *dns = given.value[phase ? PHASE_DNS : SECTION_DNS];
    const struct mf_node *flows = given.value[phase ? PHASE_FLOWS : SECTION_FLOWS];
    struct mf_level *level = mf_level_new(b, outer, outer->scenario, outer->vars, &given);
    struct mf_place place = given.value[SECTION_TITLE] ? given.value[SECTION_TITLE]->place : node->place;
    struct mf_section_draft *section = mf_section_new(b, level, bind_heading(b, &given, SECTION_TITLE, ""),
                                                      bind_heading(b, &given, SECTION_ABOUT, NULL), place);
    if (section->title[0])
        mf_map_add(outer->scenario->sections, section->title, section);
    else
        outer->scenario->names_broken = true;
    if (phase && given.value[PHASE_ACTION])
        check_actions(b, given.value[PHASE_ACTION]);
    if (phase && !flows)
        section->skip = outer->scenario->later;
    if (dns)
        mf_section_dns(b, section, given.key[phase ? PHASE_DNS : SECTION_DNS], dns, flows != NULL);
    if (flows)
        mf_collect_flows(b, section, flows);
    outer->scenario->names_broken |= given.broken[phase ? PHASE_FLOWS : SECTION_FLOWS] || given.strange;
    if (!flows && !dns && !phase && !given.broken[SECTION_FLOWS] && !given.broken[SECTION_DNS] && !given.strange)
        mf_tell(b, place, "give it flows: or dns:", "nothing is tested in the section \"%s\"", section->title);
}

static void collect_sections(struct mf_binder *b, struct mf_level *level, const struct mf_node *list, bool phases)
{
    const char *one = phases ? "phase" : "section";
    if (list->kind != MF_NODE_LIST) {
        if (!list->refused)
            mf_tell(b, list->place, mf_format(b->arena, "\"- %s: HEADING\", one below the other", one),
                    "\"%ss\" wants a list", one);
        return;
    }
    for (size_t i = 0; i < list->count; i++)
        collect_section(b, level, list->items[i], phases);
}

/* --- files --- */

/* Names of variables that captures anywhere in the file will fill. */
static void collect_captures(struct mf_binder *b, struct mf_scenario *scenario, const struct mf_node *node)
{
    for (size_t i = 0; node->kind == MF_NODE_LIST && i < node->count; i++)
        collect_captures(b, scenario, node->items[i]);
    for (size_t i = 0; node->kind == MF_NODE_MAP && i < node->count; i++) {
        struct mf_node *key = node->pairs[i].key, *value = node->pairs[i].value;
        collect_captures(b, scenario, value);
        bool capture = mf_distance(key->text, "capture", 2) <= 2; /* also a misspelled one */
        for (size_t j = 0; capture && value->kind == MF_NODE_MAP && j < value->count; j++)
            mf_map_add(scenario->captures, value->pairs[j].key->text, &key->place);
    }
}

static void nothing_tested(struct mf_binder *b, const struct mf_given *given, const struct mf_section_draft *section)
{
    const struct mf_node *flows = given->value[FILE_FLOWS];
    bool something = given->value[FILE_SECTIONS] || given->value[FILE_PHASES] || given->value[FILE_DNS] ||
                     (section && flows && flows->count);
    bool excused =
        given->strange || given->broken[FILE_FLOWS] || given->broken[FILE_SECTIONS] || given->broken[FILE_PHASES];
    if (!something && !excused && mf_diags_count(b->diags) == 0)
        mf_tell(b, flows ? flows->place : given->node->place,
                "\"- flow: NAME\" under flows:", "nothing is tested in this file");
}

static void collect_content(struct mf_binder *b, struct mf_level *level, struct mf_section_draft *section,
                            const struct mf_given *given)
{
    const struct mf_node *dns = given->value[FILE_DNS], *flows = given->value[FILE_FLOWS];
    if (!section && (dns || flows))
        section = mf_section_new(b, level, "", NULL, given->node->place);
    if (dns)
        mf_section_dns(b, section, given->key[FILE_DNS], dns, flows != NULL);
    if (flows) { /* included ones go where the include stands, but inherit from their own file first */
        struct mf_level *before = section->level;
        section->level = level;
        mf_collect_flows(b, section, flows);
        section->level = before;
    }
    if (given->value[FILE_SECTIONS])
        collect_sections(b, level, given->value[FILE_SECTIONS], false);
    if (given->value[FILE_PHASES])
        collect_sections(b, level, given->value[FILE_PHASES], true);
    level->scenario->names_broken |=
        given->broken[FILE_FLOWS] || given->broken[FILE_SECTIONS] || given->broken[FILE_PHASES] || given->strange;
    nothing_tested(b, given, section);
}

static void collect_file(struct mf_binder *b, struct mf_scenario *scenario, struct mf_level *outer,
                         struct mf_section_draft *section, const char *path)
{
    struct mf_node *node = mf_scenario_read(b->arena, b->files, path, b->diags);
    struct mf_given given;
    if (!node || !mf_keys_read(b, &mf_form_file, node, &given))
        return;
    mf_keys_require(b, &given);
    collect_captures(b, scenario, node);
    const struct mf_vars *before = b->vars;
    b->key = mf_form_key(&mf_form_file, FILE_VARS);
    const struct mf_vars *vars = mf_scope_file(b, outer->vars, given.value[FILE_VARS]);
    b->key = NULL;
    struct mf_level *level = mf_level_new(b, outer->scenario ? outer : NULL, scenario, vars, &given);
    b->vars = vars;
    const char *title = bind_heading(b, &given, FILE_SCENARIO, ""), *about = bind_heading(b, &given, FILE_ABOUT, NULL);
    if (!b->plan->file) {
        b->plan->file = path;
        b->plan->title = title;
        b->plan->about = about;
    }
    if (given.value[FILE_PHASES])
        scenario->later = mf_not_built_text(b, "phases", given.key[FILE_PHASES]->place);
    if (given.value[FILE_PHASES] && given.value[FILE_SECTIONS])
        mf_tell(b, given.key[FILE_PHASES]->place, "keep one of them",
                "a file has sections, which run side by side, or phases, "
                "which run one after the other, not both");
    b->flows->reading[b->flows->reading_count++] = path;
    collect_content(b, level, section, &given);
    b->flows->reading_count--;
    b->vars = before;
}

void mf_collect_include(struct mf_binder *b, struct mf_section_draft *section, const struct mf_node *path_node)
{
    const char *path;
    struct mf_bytes bytes;
    if (!mf_bind_file(b, path_node, &path, &bytes))
        return;
    bool circle = b->flows->reading_count == INCLUDE_DEPTH_MAX;
    for (size_t i = 0; i < b->flows->reading_count; i++)
        circle |= strcmp(b->flows->reading[i], path) == 0;
    if (circle)
        mf_tell(b, path_node->place, "take it out", "%s includes itself", path);
    else
        collect_file(b, section->level->scenario, section->level, section, path);
}

void mf_collect_scenario(struct mf_binder *b, const char *path)
{
    struct mf_scenario *scenario = mf_alloc(b->arena, sizeof *scenario);
    scenario->path = path;
    scenario->flows = mf_map_new(b->arena);
    scenario->templates = mf_map_new(b->arena);
    scenario->broken_templates = mf_map_new(b->arena);
    scenario->sections = mf_map_new(b->arena);
    scenario->captures = mf_map_new(b->arena);
    *MF_PUSH(b->arena, b->flows->scenarios, b->flows->scenario_count, b->flows->scenario_capacity) = scenario;
    struct mf_vars *names = mf_alloc(b->arena, sizeof *names), *captures = mf_alloc(b->arena, sizeof *captures);
    *names = mf_scope_names(b);
    *captures = mf_scope_captures(b, names, scenario->captures);
    struct mf_level nowhere = {.vars = captures};
    collect_file(b, scenario, &nowhere, NULL, path);
}
