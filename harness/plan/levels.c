/* Defaults at a file or section that no flow took: they are checked all the same. */
#include "plan/flow_internal.h"

#include <string.h>

/* Values with variables can't be judged without a flow: its `each` may give them. */
static bool has_variables(const struct mf_node *node)
{
    bool found = node->kind == MF_NODE_TEXT && strstr(node->text, "$(");
    for (size_t i = 0; node->kind == MF_NODE_LIST && !found && i < node->count; i++)
        found = has_variables(node->items[i]);
    for (size_t i = 0; node->kind == MF_NODE_MAP && !found && i < node->count; i++)
        found = has_variables(node->pairs[i].value);
    return found;
}

static void check_key(struct mf_binder *b, struct mf_level *level, enum mf_flow_key key)
{
    struct mf_level alone = *level;
    struct mf_flow flow = {.from = "", .skip = NULL};
    struct mf_flow_draft draft = {.scenario = level->scenario, .level = &alone, .name = "", .flow = &flow};
    memset(draft.broken, true, sizeof draft.broken); /* what depends on sender or recipients stays silent */
    alone.outer = NULL;
    b->draft = &draft;
    b->vars = level->vars;
    draft.level = level;
    mf_flow_guards(b); /* what its flows would say that they need */
    draft.level = &alone;
    if (key == MF_FLOW_EACH)
        mf_each_rows(b, level);
    else if (key == MF_FLOW_NEEDS)
        mf_flow_needs(b, &draft);
    else if (key != MF_FLOW_SITE_HAS)
        mf_key_call(b, &mf_flow_table.keys[key], level->key[key], level->value[key], &flow);
    b->draft = NULL;
    b->vars = NULL;
}

void mf_levels_check(struct mf_binder *b)
{
    for (size_t i = 0; i < b->flows->level_count; i++) {
        struct mf_level *level = b->flows->levels[i];
        for (int key = 0; key < MF_FLOW_KEYS; key++)
            if (level->value[key] && !level->used[key] && !has_variables(level->value[key]))
                check_key(b, level, (enum mf_flow_key)key);
    }
}
