/* Variables: the row of an `each`, --var, and the vars: of a file. */
#include "plan/flow_internal.h"

#include <string.h>

typedef void tell_name(void *arg, const char *name);

/* --- --var NAME=VALUE --- */

static const char *options_get(const void *context, const char *name)
{
    const struct mf_binder *b = context;
    size_t len = strlen(name);
    for (size_t i = b->options->var_count; i-- > 0;)
        if (strncmp(b->options->vars[i], name, len) == 0 && b->options->vars[i][len] == '=') {
            b->var_used[i] = true;
            return b->options->vars[i] + len + 1;
        }
    return NULL;
}

static void options_each(const void *context, tell_name *told, void *arg)
{
    const struct mf_binder *b = context;
    for (size_t i = 0; i < b->options->var_count; i++)
        told(arg, mf_copy_bytes(b->arena, b->options->vars[i], strcspn(b->options->vars[i], "=")));
}

struct mf_vars mf_scope_options(struct mf_binder *b, const struct mf_vars *outer)
{
    return (struct mf_vars){.outer = outer, .get = options_get, .each = options_each, .context = b};
}

/* --- vars: of a file --- */

struct file_scope {
    struct mf_binder *binder;
    const struct mf_node *vars; /* or NULL */
    struct mf_vars own, options;
    bool *busy; /* beside vars->pairs: being expanded */
};

static const struct mf_node *file_node(const struct file_scope *scope, const char *name, size_t *at)
{
    for (size_t i = 0; scope->vars && i < scope->vars->count; i++)
        if (strcmp(scope->vars->pairs[i].key->text, name) == 0) {
            *at = i;
            return scope->vars->pairs[i].value;
        }
    return NULL;
}

static const char *file_get(const void *context, const char *name)
{
    const struct file_scope *scope = context;
    struct mf_binder *b = scope->binder;
    size_t at;
    const struct mf_node *node = file_node(scope, name, &at);
    if (!node || node->kind != MF_NODE_TEXT)
        return node ? "" : NULL;
    if (!strchr(node->text, '$'))
        return node->text;
    if (scope->busy[at]) {
        mf_tell(b, node->place, NULL, "the variable \"%s\" is made of itself", name);
        return "";
    }
    scope->busy[at] = true;
    const char *text = mf_expand(b, &scope->options, node);
    scope->busy[at] = false;
    return text ? text : "";
}

static void file_each(const void *context, tell_name *told, void *arg)
{
    const struct file_scope *scope = context;
    for (size_t i = 0; scope->vars && i < scope->vars->count; i++)
        told(arg, scope->vars->pairs[i].key->text);
}

bool mf_bind_variable_name(struct mf_binder *b, const struct mf_node *name, bool yaml)
{
    if (name->refused || (yaml && !mf_name_check(name, "a variable", b->diags)))
        return false;
    if (!mf_is_name(name->text))
        return mf_tell(b, name->place, "letters, digits, - and _", "\"%s\" can't be the name of a variable",
                       name->text);
    return !mf_scope_reserved(name->text) ||
           mf_tell(b, name->place, "take another name", "$(%s) has a meaning of its own", name->text);
}

/* --var may set what a file declares, used or not. */
static void note_declared(struct mf_binder *b, const char *name)
{
    size_t len = strlen(name);
    for (size_t i = 0; i < b->options->var_count; i++)
        if (strncmp(b->options->vars[i], name, len) == 0 && b->options->vars[i][len] == '=')
            b->var_used[i] = true;
}

static void check_vars(struct mf_binder *b, struct file_scope *scope)
{
    bool before = b->shape_only;
    b->shape_only = true; /* $(token) may stand in them, but there is no flow yet */
    for (size_t i = 0; i < scope->vars->count; i++) {
        const struct mf_pair *pair = &scope->vars->pairs[i];
        struct mf_value value;
        note_declared(b, pair->key->text);
        mf_bind_variable_name(b, pair->key, true);
        scope->busy[i] = true;
        mf_bind_value(b, pair->value, &value);
        scope->busy[i] = false;
    }
    b->shape_only = before;
}

const struct mf_vars *mf_scope_file(struct mf_binder *b, const struct mf_vars *outer, const struct mf_node *vars)
{
    struct file_scope *scope = mf_alloc(b->arena, sizeof *scope);
    scope->binder = b;
    scope->vars = vars && mf_want_map(b, vars) ? vars : NULL;
    scope->busy = mf_alloc_array(b->arena, scope->vars ? scope->vars->count + 1 : 1, sizeof *scope->busy);
    scope->own = (struct mf_vars){.outer = outer, .get = file_get, .each = file_each, .context = scope};
    scope->options = mf_scope_options(b, &scope->own);
    const struct mf_vars *before = b->vars;
    b->vars = &scope->options;
    if (scope->vars)
        check_vars(b, scope);
    b->vars = before;
    return &scope->options;
}

/* --- the row of an `each` --- */

static const char *row_get(const void *context, const char *name)
{
    const struct mf_row *row = context;
    for (size_t i = 0; i < row->count; i++)
        if (strcmp(row->names[i], name) == 0) {
            row->binder->met_unknown |= row->stand_in && !row->nodes[i];
            return row->texts[i];
        }
    return NULL;
}

static void row_each(const void *context, tell_name *told, void *arg)
{
    const struct mf_row *row = context;
    for (size_t i = 0; i < row->count; i++)
        told(arg, row->names[i]);
}

struct mf_vars mf_scope_row(const struct mf_row *row, const struct mf_vars *outer)
{
    return (struct mf_vars){.outer = outer, .get = row_get, .each = row_each, .context = row};
}

const struct mf_node *mf_scope_origin(const struct mf_binder *b, const char *name)
{
    for (const struct mf_vars *vars = b->vars; vars; vars = vars->outer) {
        size_t at;
        if (vars->get == row_get) {
            const struct mf_row *row = vars->context;
            for (size_t i = 0; i < row->count; i++)
                if (strcmp(row->names[i], name) == 0)
                    return row->nodes[i];
        } else if (vars->get == file_get && file_node(vars->context, name, &at)) {
            return file_node(vars->context, name, &at);
        } else if (vars->get == options_get && options_get(vars->context, name)) {
            return NULL;
        }
    }
    return NULL;
}
