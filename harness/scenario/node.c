/* Small questions to nodes. */
#include "mailflow/scenario.h"
#include "mailflow/text.h"

#include <string.h>

struct mf_node *mf_node_get(const struct mf_node *map, const char *key)
{
    if (!map || map->kind != MF_NODE_MAP)
        return NULL;
    for (size_t i = 0; i < map->count; i++)
        if (strcmp(map->pairs[i].key->text, key) == 0)
            return map->pairs[i].value;
    return NULL;
}

/* One name of a list: no blanks inside, and nothing that a sentence would have. */
static bool is_list_word(const char *text, size_t len)
{
    if (!len)
        return false;
    for (size_t i = 0; i < len; i++)
        if (strchr(" \t\n,;!?\"'", text[i]))
            return false;
    return true;
}

const char *mf_node_comma_list(struct mf_arena *arena, const struct mf_node *node)
{
    if (node->kind != MF_NODE_TEXT || node->quoted || !strchr(node->text, ','))
        return NULL;
    for (const char *at = node->text; at;) {
        const char *comma = strchr(at, ',');
        size_t len = comma ? (size_t)(comma - at) : strlen(at);
        if (!is_list_word(at, len))
            return NULL;
        at = comma ? comma + 1 + strspn(comma + 1, " ") : NULL;
    }
    return mf_format(arena, "[%s]", node->text);
}

/* Digits, signs, dots, times: all that YAML 1.1 reads as a number, a date or a sexagesimal. */
static bool looks_like_number(const char *name)
{
    size_t digits = strspn(name, "0123456789+-._:");
    if (mf_starts_nocase(name, "0x") && name[2])
        return !name[2 + strspn(name + 2, "0123456789abcdefABCDEF_")];
    size_t exponent = mf_lower((unsigned char)name[digits]) == 'e' ? strspn(name + digits + 1, "0123456789+-") : 0;
    if (digits && exponent)
        digits += 1 + exponent;
    return digits && !name[digits] && name[strcspn(name, "0123456789")];
}

bool mf_name_is_unsafe(const char *name)
{
    static const char *const words[] = {"y",    "n", "yes",  "no",    "on",    "off",  "true", "false",
                                        "null", "~", ".inf", "-.inf", "+.inf", ".nan", "<<",   "="};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (mf_same_nocase(name, words[i]))
            return true;
    return looks_like_number(name);
}

bool mf_name_check(const struct mf_node *key, const char *what, struct mf_diags *diags)
{
    if (!mf_name_is_unsafe(key->text))
        return true;
    mf_diags_addf(diags, key->place, "choose another name; quoting it does not help",
                  "\"%s\" can't be the name of %s: YAML readers take it for %s", key->text, what,
                  looks_like_number(key->text) ? "a number" : "a yes, a no or nothing");
    return false;
}
