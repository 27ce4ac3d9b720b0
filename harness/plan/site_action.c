/* Actions: what a drill does to a site. */
#include "plan/site_internal.h"

static bool ask_text(struct mf_binder *b, const struct mf_node *node, void *target)
{
    return mf_bind_text(b, node, (const char **)target);
}
static const struct mf_key ask_keys[] = {
    {"ask", "text", "", "what a human is asked to do", ask_text, MF_KEY_REQUIRED, NULL}};
static const struct mf_table ask_table = {"Ask", ask_keys, 1};
const struct mf_form mf_form_ask = {"an action by hand", "do: {ask: …} of an action", MF_IN_SITE, {&ask_table}};

static bool bind_step(struct mf_binder *b, const struct mf_node *node, const char ***command, const char **ask)
{
    return node->kind == MF_NODE_MAP ? mf_keys_bind(b, &mf_form_ask, node, (void *)ask)
                                     : mf_bind_argv(b, node, command);
}

static bool action_do(struct mf_binder *b, const struct mf_node *node, void *target)
{
    struct mf_action *action = target;
    return bind_step(b, node, &action->command, &action->ask);
}
static bool action_undo(struct mf_binder *b, const struct mf_node *node, void *target)
{
    struct mf_action *action = target;
    return bind_step(b, node, &action->undo, &action->undo_ask);
}

static bool action_down(struct mf_binder *b, const struct mf_node *node, void *target)
{
    struct mf_action *action = target;
    struct mf_items items;
    if (!mf_bind_items(b, node, &items))
        return false;
    bool good = true;
    action->down = mf_alloc_array(b->arena, items.count + 1, sizeof *action->down);
    for (size_t i = 0; i < items.count; i++) {
        struct mf_value value;
        const struct mf_server *server = NULL;
        if (mf_bind_value(b, mf_item(&items, i), &value) && mf_refuse_comma(b, &value))
            server = mf_find_server(b, &value);
        if (server)
            action->down[action->down_count++] = server;
        good &= server != NULL;
    }
    return good;
}

static const struct mf_key keys[] = {
    {"do", "command", "required", "argv, no shell; or {ask: text} for a human", action_do, MF_KEY_REQUIRED,
     "command run start"},
    {"undo", "command", "", "run when no phase names it any more, also after failure and Ctrl-C", action_undo, 0,
     "stop revert"},
    {"down", "names", "", "servers that are and must be unreachable while it is in force", action_down, 0, NULL},
};
static const struct mf_table table = {"Action", keys, 3};
const struct mf_form mf_form_action = {"an action", "an action of the site", MF_IN_SITE, {&table}};

static const struct mf_place *place_of_action(const void *action)
{
    return &((const struct mf_action *)action)->place;
}

bool mf_site_actions(struct mf_binder *b, const struct mf_node *node, void *target)
{
    struct mf_site *site = target;
    if (!mf_want_map(b, node))
        return false;
    for (size_t i = 0; i < node->count; i++) {
        struct mf_action *action = &site->actions[site->action_count];
        *action = (struct mf_action){.name = node->pairs[i].key->text, .place = node->pairs[i].key->place};
        if (!mf_site_name(b, node->pairs[i].key, "an action", b->actions, action, place_of_action))
            continue;
        site->action_count++;
        mf_keys_bind(b, &mf_form_action, node->pairs[i].value, action);
    }
    return true;
}
