/* Texts and lists of texts. */
#include "plan/bind_internal.h"

#include <string.h>

static int characters(const char *text, size_t len)
{
    int count = 0;
    for (size_t i = 0; i < len; i++)
        count += ((unsigned char)text[i] & 0xC0) != 0x80;
    return count;
}

static const char *kind_name(enum mf_node_kind kind)
{
    switch (kind) {
    case MF_NODE_TEXT:
        return "a text";
    case MF_NODE_LIST:
        return "a list";
    case MF_NODE_MAP:
        return "a map";
    }
    return "";
}

static bool wrong_form(struct mf_binder *b, const struct mf_node *node, const char *wanted)
{
    const char *hint = NULL;
    if (b->key && b->key->type[0])
        hint = mf_format(b->arena, "its type is %s%s%s", b->key->type, b->key->meaning[0] ? ": " : "", b->key->meaning);
    return mf_tell(b, node->place, hint, "\"%s\" wants %s here, not %s", mf_key_name(b), wanted, kind_name(node->kind));
}

bool mf_want_map(struct mf_binder *b, const struct mf_node *node)
{
    return node->kind == MF_NODE_MAP || (!node->refused && wrong_form(b, node, "a map"));
}

/* The name in a text that is nothing but $(name); NULL when there is more, or less. */
static const char *only_variable(struct mf_binder *b, const char *text)
{
    size_t len = strlen(text);
    if (len < 4 || text[0] != '$' || text[1] != '(' || strchr(text, ')') != text + len - 1)
        return NULL;
    return mf_copy_bytes(b->arena, text + 2, len - 3);
}

static void place_value(struct mf_value *value, const struct mf_node *node)
{
    size_t len = strlen(value->text);
    int shown = characters(value->text, len);
    value->place = node->place;
    value->quoted = node->quoted;
    value->verbatim = strcmp(node->text, value->text) == 0 && node->place.length == shown + (node->quoted ? 2 : 0);
}

/* "\b" in double quotes is one control character: most often a Windows path or login was meant. */
static bool refuse_controls(struct mf_binder *b, const struct mf_value *value)
{
    for (const char *at = value->text; *at; at++) {
        unsigned char c = (unsigned char)*at;
        if ((c >= 0x20 && c != 0x7F) || c == '\n' || c == '\t')
            continue;
        const char *letter = c == '\a'   ? "a"
                             : c == '\b' ? "b"
                             : c == '\v' ? "v"
                             : c == '\f' ? "f"
                             : c == '\r' ? "r"
                             : c == 0x1B ? "e"
                                         : NULL;
        const char *hint = "a backslash in double quotes starts an escape: use single quotes";
        if (letter)
            hint = mf_format(b->arena, "in double quotes \\%s is an escape; use single quotes: '%.*s\\%s%s'", letter,
                             (int)(at - value->text), value->text, letter, at + 1);
        return mf_tell(b, value->place, hint, "\"%s\" holds a control character (U+%04X)", mf_key_name(b), c);
    }
    return true;
}

static bool expand(struct mf_binder *b, const struct mf_node *node, struct mf_value *value)
{
    b->met_unknown = false;
    value->text = mf_expand(b, b->vars, node);
    if (!value->text)
        return false;
    value->unknown = b->met_unknown;
    const char *name = only_variable(b, node->text);
    const struct mf_node *origin = name ? mf_scope_origin(b, name) : NULL;
    place_value(value, origin ? origin : node);
    return true;
}

bool mf_bind_value(struct mf_binder *b, const struct mf_node *node, struct mf_value *value)
{
    *value = (struct mf_value){.node = node, .text = node->text, .place = node->place};
    if (node->refused)
        return false;
    if (node->kind != MF_NODE_TEXT)
        return wrong_form(b, node, "one text");
    if (node->empty)
        return mf_tell(b, node->place, "write a value, or take it out", "\"%s\" is empty", mf_key_name(b));
    if (!strchr(node->text, '$'))
        place_value(value, node);
    else if (!expand(b, node, value))
        return false;
    return refuse_controls(b, value);
}

struct mf_place mf_value_place(const struct mf_value *value, size_t offset, size_t len)
{
    struct mf_place place = value->place;
    if (!value->verbatim)
        return place;
    place.column += characters(value->text, offset) + (value->quoted ? 1 : 0);
    place.length = characters(value->text + offset, len);
    if (place.length < 1)
        place.length = 1;
    return place;
}

struct mf_value mf_value_part(struct mf_binder *b, const struct mf_value *whole, size_t offset, size_t len)
{
    struct mf_value part = *whole;
    part.text = mf_copy_bytes(b->arena, whole->text + offset, len);
    part.place = mf_value_place(whole, offset, len);
    part.quoted = whole->quoted && !whole->verbatim;
    return part;
}

bool mf_bind_text(struct mf_binder *b, const struct mf_node *node, const char **text)
{
    struct mf_value value;
    if (!mf_bind_value(b, node, &value))
        return false;
    *text = value.text;
    return true;
}

bool mf_refuse_comma(struct mf_binder *b, const struct mf_value *value)
{
    if (!strchr(value->text, ',') || value->quoted)
        return true;
    const char *hint = mf_format(b->arena, "a list needs brackets: [%s]", value->text);
    return mf_tell(b, value->place, hint, "\"%s\" is one text, no list", value->text);
}

bool mf_bind_items(struct mf_binder *b, const struct mf_node *node, struct mf_items *items)
{
    *items = (struct mf_items){.single = node, .count = 1};
    if (node->kind == MF_NODE_LIST)
        *items = (struct mf_items){.list = node, .count = node->count};
    return node->kind != MF_NODE_MAP || (!node->refused && wrong_form(b, node, "a text or a list of texts"));
}

const struct mf_node *mf_item(const struct mf_items *items, size_t i)
{
    return items->list ? items->list->items[i] : items->single;
}

bool mf_bind_texts(struct mf_binder *b, const struct mf_node *node, const char ***texts, size_t *count)
{
    struct mf_items items;
    if (!mf_bind_items(b, node, &items))
        return false;
    const char **list = mf_alloc_array(b->arena, items.count + 1, sizeof *list);
    size_t used = 0;
    for (size_t i = 0; i < items.count; i++) {
        struct mf_value value;
        if (mf_bind_value(b, mf_item(&items, i), &value) && mf_refuse_comma(b, &value))
            list[used++] = value.text;
    }
    *texts = list;
    *count = used;
    return used == items.count;
}
