/* each: the rows that a flow is made for. */
#include "plan/flow_internal.h"

#include <string.h>

#define ROWS_MAX 100000

/* The values of one variable. */
struct column {
    const char **texts;
    const struct mf_node **nodes;
    size_t count;
    bool stand_in;
};

static struct column new_column(struct mf_binder *b, size_t count)
{
    return (struct column){.texts = mf_alloc_array(b->arena, count + 1, sizeof(char *)),
                           .nodes = mf_alloc_array(b->arena, count + 1, sizeof(struct mf_node *))};
}

static bool all_applications(struct mf_binder *b, const char *variable, struct column *column)
{
    const struct mf_site *site = b->site;
    *column = new_column(b, site->application_count + 1);
    for (size_t i = 0; i < site->application_count; i++)
        column->texts[column->count++] = site->applications[i].name;
    if (column->count > 0 || b->applications_broken)
        return column->count > 0;
    column->stand_in = true;
    column->texts[column->count++] = mf_format(b->arena, "$(%s)", variable);
    return true;
}

static bool is_all(const char *text)
{
    return mf_starts_nocase(text, "all ") || mf_distance(text, "all applications", 3) <= 3;
}

static bool read_column(struct mf_binder *b, const struct mf_pair *pair, struct column *column)
{
    const struct mf_node *node = pair->value;
    struct mf_items items;
    if (!mf_bind_variable_name(b, pair->key, true) || !mf_bind_items(b, node, &items))
        return false;
    if (node->kind == MF_NODE_TEXT && strcmp(node->text, "all applications") == 0)
        return all_applications(b, pair->key->text, column);
    if (node->kind == MF_NODE_TEXT && is_all(node->text))
        return mf_tell(b, node->place, "did you mean \"all applications\"?", "\"%s\" is no list", node->text);
    if (items.count == 0)
        return mf_tell(b, node->place, "give it values", "$(%s) has no values", pair->key->text);
    *column = new_column(b, items.count);
    for (size_t i = 0; i < items.count; i++) {
        struct mf_value value;
        if (!mf_bind_value(b, mf_item(&items, i), &value) ||
            (node->kind == MF_NODE_TEXT && !mf_refuse_comma(b, &value)))
            return false;
        column->texts[column->count] = value.text;
        column->nodes[column->count++] = mf_item(&items, i);
    }
    return true;
}

static struct mf_row *new_row(struct mf_binder *b, struct mf_rows *rows, const char *const *names, size_t count)
{
    struct mf_row *row = MF_PUSH(b->arena, rows->items, rows->count, rows->capacity);
    *row = (struct mf_row){.binder = b,
                           .names = names,
                           .count = count,
                           .texts = mf_alloc_array(b->arena, count + 1, sizeof(char *)),
                           .nodes = mf_alloc_array(b->arena, count + 1, sizeof(struct mf_node *))};
    return row;
}

/* Every combination; the first variable changes slowest. */
static bool combine(struct mf_binder *b, struct mf_rows *rows, const struct mf_node *map, const struct column *columns)
{
    const char **names = mf_alloc_array(b->arena, map->count + 1, sizeof *names);
    size_t total = 1;
    for (size_t i = 0; i < map->count; i++) {
        names[i] = map->pairs[i].key->text;
        total *= columns[i].count;
        if (total > ROWS_MAX)
            return mf_tell(b, map->place, "use fewer values", "more than %d combinations", ROWS_MAX);
    }
    for (size_t n = 0; n < total; n++) {
        struct mf_row *row = new_row(b, rows, names, map->count);
        size_t rest = n;
        for (size_t i = map->count; i-- > 0; rest /= columns[i].count) {
            row->texts[i] = columns[i].texts[rest % columns[i].count];
            row->nodes[i] = columns[i].nodes[rest % columns[i].count];
            row->stand_in |= columns[i].stand_in;
        }
    }
    return true;
}

static bool rows_of_map(struct mf_binder *b, struct mf_rows *rows, const struct mf_node *map)
{
    struct column *columns = mf_alloc_array(b->arena, map->count + 1, sizeof *columns);
    bool good = map->count > 0 || mf_tell(b, map->place, "{var: [value, …]}", "\"each\" names no variable");
    for (size_t i = 0; i < map->count; i++)
        good &= read_column(b, &map->pairs[i], &columns[i]);
    return good && combine(b, rows, map, columns);
}

/* All rows have the same variables. */
static bool same_variables(struct mf_binder *b, const struct mf_node *row, const struct mf_node *first)
{
    for (size_t i = 0; i < first->count; i++)
        if (!mf_node_get(row, first->pairs[i].key->text))
            return mf_tell(b, row->place, "each row gives all of them a value", "this row has no \"%s\"",
                           first->pairs[i].key->text);
    for (size_t i = 0; i < row->count; i++)
        if (!mf_node_get(first, row->pairs[i].key->text)) {
            struct mf_words words = {.arena = b->arena};
            for (size_t j = 0; j < first->count; j++)
                mf_words_add(&words, first->pairs[j].key->text);
            return mf_tell(b, row->pairs[i].key->place, mf_words_hint(&words, row->pairs[i].key->text),
                           "the first row has no \"%s\"", row->pairs[i].key->text);
        }
    return true;
}

/* A misspelled variable in the first row: the others agree against it. */
static const struct mf_node *model_row(const struct mf_node *list)
{
    const struct mf_node *first = list->items[0];
    if (list->count < 3 || first->kind != MF_NODE_MAP || list->items[1]->kind != MF_NODE_MAP ||
        list->items[2]->kind != MF_NODE_MAP)
        return first;
    for (size_t i = 0; i < first->count; i++) {
        const char *name = first->pairs[i].key->text;
        if (!mf_node_get(list->items[1], name) && !mf_node_get(list->items[2], name))
            return list->items[1];
    }
    return first;
}

static bool row_of_map(struct mf_binder *b, struct mf_rows *rows, const struct mf_node *map, bool table)
{
    const char **names = mf_alloc_array(b->arena, map->count + 1, sizeof *names);
    struct mf_row *row = new_row(b, rows, names, map->count);
    bool good = true;
    for (size_t i = 0; i < map->count; i++) {
        struct mf_value value;
        names[i] = map->pairs[i].key->text;
        good &= mf_bind_variable_name(b, map->pairs[i].key, !table);
        if (map->pairs[i].value->empty && table)
            value.text = ""; /* an empty cell of a table */
        else if (!mf_bind_value(b, map->pairs[i].value, &value))
            return false;
        row->texts[i] = value.text;
        row->nodes[i] = map->pairs[i].value;
    }
    return good;
}

static bool rows_of_list(struct mf_binder *b, struct mf_rows *rows, const struct mf_node *list, bool table)
{
    bool good = list->count > 0 || mf_tell(b, list->place, "[{var: value}, …]", "\"each\" has no rows");
    const struct mf_node *model = good ? model_row(list) : NULL;
    for (size_t i = 0; i < list->count; i++) {
        const struct mf_node *row = list->items[i];
        if (row->kind != MF_NODE_MAP)
            return !row->refused &&
                   mf_tell(b, row->place, "[{var: value}, …] or {var: [value, …]}", "a row of \"each\" is a map");
        good &= (table || same_variables(b, row, model)) && row_of_map(b, rows, row, table);
    }
    return good;
}

static bool rows_of_text(struct mf_binder *b, struct mf_rows *rows, const struct mf_node *node)
{
    struct mf_value value;
    const char *path;
    struct mf_bytes bytes;
    if (!mf_bind_value(b, node, &value))
        return false;
    if (!mf_ends_nocase(value.text, ".csv"))
        return mf_tell(b, value.place,
                       is_all(value.text) ? "{app: all applications}"
                                          : "{var: [value, …]}, [{var: value}, …] or FILE.csv",
                       "\"each\" can't be \"%s\": which variable has which values?", value.text);
    if (!mf_bind_file(b, node, &path, &bytes))
        return false;
    const struct mf_node *list = mf_scenario_read_csv(b->arena, b->files, path, b->diags);
    return list && rows_of_list(b, rows, list, true);
}

struct mf_rows *mf_each_rows(struct mf_binder *b, struct mf_level *level)
{
    const struct mf_node *node = level->value[MF_FLOW_EACH];
    if (level->rows || level->rows_broken)
        return level->rows;
    const struct mf_vars *vars_before = b->vars;
    const struct mf_key *key_before = b->key;
    struct mf_rows *rows = mf_alloc(b->arena, sizeof *rows);
    b->vars = level->vars;
    b->key = &mf_flow_table.keys[MF_FLOW_EACH];
    bool good = node->kind == MF_NODE_MAP    ? rows_of_map(b, rows, node)
                : node->kind == MF_NODE_LIST ? rows_of_list(b, rows, node, false)
                                             : rows_of_text(b, rows, node);
    b->vars = vars_before;
    b->key = key_before;
    level->rows_broken = !good || rows->count == 0;
    level->rows = level->rows_broken ? NULL : rows;
    return level->rows;
}
