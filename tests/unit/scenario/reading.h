/* A text read as YAML, for tests: the tree as one line, each error as one line. */
#ifndef UNIT_SCENARIO_READING_H
#define UNIT_SCENARIO_READING_H

#include "unit/test.h"

#include <stdlib.h>

#include "mailflow/scenario.h"
#include "mailflow/text.h"

struct reading {
    struct mf_arena *arena;
    struct mf_diags *diags;
    struct mf_node *root;
};

static inline struct reading read_bytes(const char *data, size_t len)
{
    struct reading r = {mf_arena_new(), mf_diags_new(), NULL};
    r.root = mf_scenario_parse(r.arena, "x.yaml", data, len, r.diags);
    return r;
}

static inline struct reading read_text(const char *text)
{
    return read_bytes(text, strlen(text));
}

static inline void forget(struct reading *r)
{
    mf_diags_free(&r->diags);
    mf_arena_free(&r->arena);
}

static inline void add_node(struct mf_text *out, const struct mf_node *node)
{
    switch (node->kind) {
    case MF_NODE_TEXT:
        mf_text_puts(out, node->empty ? "-" : node->text);
        break;
    case MF_NODE_LIST:
        mf_text_putc(out, '[');
        for (size_t i = 0; i < node->count; i++) {
            mf_text_puts(out, i ? ", " : "");
            add_node(out, node->items[i]);
        }
        mf_text_putc(out, ']');
        break;
    case MF_NODE_MAP:
        mf_text_putc(out, '{');
        for (size_t i = 0; i < node->count; i++) {
            mf_text_printf(out, "%s%s: ", i ? ", " : "", node->pairs[i].key->text);
            add_node(out, node->pairs[i].value);
        }
        mf_text_putc(out, '}');
        break;
    }
}

/* {flow: a, to: [alice, bob]}, or "no tree". */
static inline const char *tree_of(const struct reading *r)
{
    struct mf_text out = {0};
    if (!r->root)
        return "no tree";
    add_node(&out, r->root);
    const char *copy = mf_copy(r->arena, mf_text_str(&out));
    mf_text_release(&out);
    return copy;
}

/* "3:7+5 title | hint", or "" past the last. */
static inline const char *error_of(const struct reading *r, size_t i)
{
    const struct mf_diag *d = i < mf_diags_count(r->diags) ? mf_diags_at(r->diags, i) : NULL;
    if (!d)
        return "";
    return mf_format(r->arena, "%d:%d+%d %s | %s", d->place.line, d->place.column, d->place.length, d->title, d->hint);
}

/* The value at a path of keys and numbers, "flows.0.to"; fails the test when it isn't there. */
static inline struct mf_node *node_at(const struct reading *r, const char *path)
{
    struct mf_node *node = r->root;
    char *copy = mf_copy(r->arena, path), *rest = NULL;
    for (char *step = strtok_r(copy, ".", &rest); step; step = strtok_r(NULL, ".", &rest)) {
        assert_non_null(node);
        if (node->kind == MF_NODE_LIST)
            node = (size_t)atoi(step) < node->count ? node->items[atoi(step)] : NULL;
        else
            node = mf_node_get(node, step);
    }
    assert_non_null(node);
    return node;
}

/* A text that is told off once, and read on as it was meant. */
struct mistake {
    const char *about;
    const char *yaml;
    const char *error; /* "line:column+length title | hint" */
    const char *tree;
};

static inline void check_mistake(const struct mistake *m)
{
    struct reading r = read_text(m->yaml);
    if (strcmp(error_of(&r, 0), m->error) != 0 || *error_of(&r, 1) || strcmp(tree_of(&r), m->tree) != 0)
        fail_msg("%s:\n%s\n told: %s\n then: %s\n want: %s\n tree: %s\n want: %s", m->about, m->yaml, error_of(&r, 0),
                 error_of(&r, 1), m->error, tree_of(&r), m->tree);
    forget(&r);
}

#define CHECK_ALL(table)                                                                                               \
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)                                                          \
    check_mistake(&table[i])

#define assert_place(given, at_line, at_column, at_length)                                                             \
    do {                                                                                                               \
        assert_int_equal((given).line, at_line);                                                                       \
        assert_int_equal((given).column, at_column);                                                                   \
        assert_int_equal((given).length, at_length);                                                                   \
    } while (0)

#endif
