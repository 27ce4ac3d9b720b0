/* Maps read by their tables of keys. */
#include "plan/bind_internal.h"

#include <string.h>

const struct mf_key *mf_form_key(const struct mf_form *form, size_t i)
{
    for (const struct mf_table *const *table = form->tables; *table; table++) {
        if (i < (*table)->count)
            return &(*table)->keys[i];
        i -= (*table)->count;
    }
    return NULL;
}

int mf_form_find(const struct mf_form *form, const char *name)
{
    const struct mf_key *key;
    for (size_t i = 0; (key = mf_form_key(form, i)); i++)
        if (strcmp(key->name, name) == 0)
            return (int)i;
    return -1;
}

/* --- unknown keys --- */

/* "name" where "flow" is meant: words that other tools, or habit, put there. */
static int find_habit(const struct mf_given *given, const char *word)
{
    const struct mf_key *key;
    size_t len = strlen(word);
    for (size_t i = 0; (key = mf_form_key(given->form, i)); i++)
        for (const char *at = key->also; at && (at = strstr(at, word)); at++)
            if ((at == key->also || at[-1] == ' ') && (at[len] == ' ' || at[len] == '\0') && !given->value[i])
                return (int)i;
    return -1;
}

static bool wants_text(const struct mf_key *key)
{
    return strcmp(key->type, "text") == 0;
}

/* Does the value have the form that a key wants? Else the key is hardly the one that was meant. */
static bool fits(const struct mf_key *key, const struct mf_node *value)
{
    if (mf_starts(key->type, "list:") && strcmp(key->name, "expect") != 0)
        return value->kind == MF_NODE_LIST;
    if (mf_starts(key->type, "map:"))
        return value->kind == MF_NODE_MAP;
    return !wants_text(key) || value->kind == MF_NODE_TEXT;
}

/* Keys that are still free here and take such a value; what is required comes first. */
static void free_keys(struct mf_words *words, const struct mf_given *given, const struct mf_node *value)
{
    const struct mf_key *key;
    for (int round = 0; round < 2; round++)
        for (size_t i = 0; (key = mf_form_key(given->form, i)); i++)
            if (!mf_node_get(given->node, key->name) && fits(key, value) &&
                (key->flags & MF_KEY_REQUIRED ? 0 : 1) == round)
                mf_words_add(words, key->name);
}

/* Has a form a key of that name which takes such a value? What is inherited counts for flows only. */
static bool form_has(const struct mf_form *form, const struct mf_pair *pair)
{
    for (const struct mf_table *const *table = form->tables; *table; table++)
        for (size_t i = 0; i < (*table)->count && (*table != &mf_flow_table || form == &mf_form_flow); i++)
            if (strcmp((*table)->keys[i].name, pair->key->text) == 0)
                return fits(&(*table)->keys[i], pair->value);
    return false;
}

/* The form, other than this one, that has exactly such a key: of the same file, or else of the other. */
static const struct mf_form *form_with(const struct mf_given *given, const struct mf_pair *pair)
{
    for (int other_file = 0; other_file < 2; other_file++)
        for (const struct mf_form *const *form = mf_forms; *form; form++) {
            bool same_file = (*form)->where & given->form->where;
            if (*form != given->form && same_file != other_file && form_has(*form, pair))
                return *form;
        }
    return NULL;
}

static const char *elsewhere(struct mf_binder *b, const struct mf_given *given, const struct mf_pair *pair)
{
    const struct mf_form *form = form_with(given, pair);
    return form ? mf_format(b->arena, "\"%s\" belongs in %s", pair->key->text, form->reach) : NULL;
}

/* `bob: {folder: junk}` among expectations. */
static const char *person_as_key(struct mf_binder *b, const struct mf_given *given, const struct mf_pair *pair)
{
    if (given->form != &mf_form_expect || !b->people || !mf_map_get(b->people, pair->key->text))
        return NULL;
    const char *name = pair->key->text;
    if (pair->value->kind != MF_NODE_MAP)
        return mf_format(b->arena, "write \"at: %s\"", name);
    const struct mf_node *first = pair->value->count ? pair->value->pairs[0].key : NULL;
    if (!first)
        return mf_format(b->arena, "write {at: %s}", name);
    const struct mf_node *value = pair->value->pairs[0].value;
    bool all = pair->value->count == 1 && value->kind == MF_NODE_TEXT;
    return mf_format(b->arena, "write {at: %s, %s: %s}", name, first->text, all ? value->text : "…");
}

static void mark_meant(struct mf_given *given, int key, const struct mf_pair *pair)
{
    given->broken[key] = true;
    given->meant[key] = pair->value;
}

/* What was most probably meant, as a hint; the keys that are it are marked, so that nobody misses them. */
static const char *guess(struct mf_binder *b, struct mf_given *given, const struct mf_pair *pair)
{
    struct mf_words words = {.arena = b->arena};
    const char *word = pair->key->text, *hint = person_as_key(b, given, pair);
    int habit = hint ? -1 : find_habit(given, word);
    if (habit >= 0) {
        mark_meant(given, habit, pair);
        return mf_format(b->arena, "write \"%s\"", mf_form_key(given->form, (size_t)habit)->name);
    }
    free_keys(&words, given, pair->value);
    if (!hint &&
        mf_words_distance(&words, word) > 1) /* a word that is right elsewhere beats one that is two letters off */
        hint = elsewhere(b, given, pair);
    struct mf_words near = mf_words_all_near(&words, word);
    for (size_t i = 0; !hint && i < near.count; i++)
        mark_meant(given, mf_form_find(given->form, near.items[i]), pair);
    given->strange |= hint || near.count == 0;
    return hint ? hint : mf_words_hint(&words, word);
}

static void tell_unknown(struct mf_binder *b, struct mf_given *given, const struct mf_pair *pair)
{
    const char *hint = guess(b, given, pair);
    mf_tell(b, pair->key->place, hint, "unknown key \"%s\" in %s", pair->key->text, given->form->what);
}

/* --- reading --- */

static void sort_in(struct mf_binder *b, struct mf_given *given, const struct mf_pair *pair)
{
    int i = mf_form_find(given->form, pair->key->text);
    if (i < 0) {
        if (!pair->key->refused)
            tell_unknown(b, given, pair);
        return;
    }
    bool flag = mf_form_key(given->form, (size_t)i)->flags & MF_KEY_FLAG;
    given->key[i] = pair->key;
    if (pair->value->refused) {
        given->broken[i] = true;
    } else if (pair->value->empty && !flag) {
        given->broken[i] = true;
        mf_tell(b, pair->key->place, "write a value behind the colon, or take the key out", "\"%s\" is empty",
                pair->key->text);
    } else {
        given->value[i] = pair->value;
    }
}

bool mf_keys_read(struct mf_binder *b, const struct mf_form *form, const struct mf_node *node, struct mf_given *given)
{
    *given = (struct mf_given){.form = form, .node = node};
    if (node->kind != MF_NODE_MAP)
        return !node->refused &&
               mf_tell(b, node->place, mf_format(b->arena, "\"%s: …\" and its like", mf_form_key(form, 0)->name),
                       "%s is a map (key: value), not %s", form->what,
                       node->kind == MF_NODE_LIST ? "a list" : "a text");
    for (size_t i = 0; i < node->count; i++)
        sort_in(b, given, &node->pairs[i]);
    return true;
}

bool mf_keys_require(struct mf_binder *b, const struct mf_given *given)
{
    const struct mf_key *key;
    for (size_t i = 0; (key = mf_form_key(given->form, i)); i++)
        if ((key->flags & MF_KEY_REQUIRED) && !given->value[i]) {
            if (!given->broken[i] && !given->node->refused)
                mf_tell(b, given->node->place,
                        mf_format(b->arena, "%s: %s", key->name, key->meaning[0] ? key->meaning : key->type),
                        "\"%s\" is missing in %s", key->name, given->form->what);
            return false;
        }
    return true;
}

bool mf_key_call(struct mf_binder *b, const struct mf_key *key, const struct mf_node *key_node,
                 const struct mf_node *value, void *target)
{
    const struct mf_key *key_before = b->key;
    const struct mf_node *node_before = b->key_node;
    b->key = key;
    b->key_node = key_node;
    bool good = key->bind(b, value, target);
    b->key = key_before;
    b->key_node = node_before;
    return good;
}

bool mf_keys_bind_given(struct mf_binder *b, const struct mf_given *given, void *target)
{
    bool good = mf_keys_require(b, given) && !given->strange;
    const struct mf_key *key;
    for (size_t i = 0; (key = mf_form_key(given->form, i)); i++)
        good &= given->value[i] ? mf_key_call(b, key, given->key[i], given->value[i], target) : !given->broken[i];
    return good;
}

bool mf_keys_bind(struct mf_binder *b, const struct mf_form *form, const struct mf_node *node, void *target)
{
    struct mf_given given;
    return mf_keys_read(b, form, node, &given) && mf_keys_bind_given(b, &given, target);
}
