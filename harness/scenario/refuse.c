/* What is YAML, but no part of our language: anchors, aliases, tags, and what YAML reads otherwise
 * than its author. */
#include "scenario/scenario_internal.h"

#include <stdlib.h>
#include <string.h>

void mf_yaml_refuse_properties(struct mf_yaml_reading *reading, const struct mf_yaml_event *event)
{
    struct mf_yaml_source *source = reading->source;
    if (event->anchor) {
        size_t end = event->anchor_at + 1 + event->anchor_name.len;
        mf_diags_addf(
            reading->draft, mf_yaml_place(source, event->anchor_at, end),
            "write the value out, or give it a name under vars: and use $(name); quote it if & is part of the text",
            "anchors (&%.*s) are not part of the language", (int)event->anchor_name.len, event->anchor_name.data);
    }
    if (event->tag) {
        size_t end = event->tag_at + strcspn(source->work + event->tag_at, " \t\r\n,]}");
        mf_diags_addf(reading->draft, mf_yaml_place(source, event->tag_at, end),
                      "leave it out: the key gives the type; quote it if ! is part of the text",
                      "tags (%.*s) are not part of the language", (int)(end - event->tag_at),
                      source->work + event->tag_at);
    }
}

void mf_yaml_refuse_alias(struct mf_yaml_reading *reading, struct mf_node *node)
{
    struct mf_arena *arena = reading->source->arena;
    const char *hint = mf_format(arena,
                                 "write the value out, or give it a name under vars: and use $(name); quote it "
                                 "if * is part of the text: \"%s\"",
                                 node->text);
    if (mf_starts(node->text, "*."))
        hint = mf_format(arena, "any host below is written with a leading dot: %s", node->text + 1);
    mf_diags_addf(reading->draft, node->place, hint, "a value can't start with *: to YAML, %s is an alias", node->text);
}

/* ---- control characters by escapes ---- */

static bool is_control(char c)
{
    unsigned char u = (unsigned char)c;
    return (u < 0x20 && u != '\t' && u != '\n' && u != '\r') || u == 0x7F;
}

/* Length of the escape at s (behind the backslash) if it makes a control character, else 0. */
static size_t control_escape(const char *s, size_t left)
{
    if (left && strchr("0abefv", s[0]))
        return 1;
    size_t digits = left && s[0] == 'x' ? 2 : left && s[0] == 'u' ? 4 : left && s[0] == 'U' ? 8 : 0;
    if (!digits || left <= digits)
        return 0;
    char number[9] = "";
    memcpy(number, s + 1, digits);
    unsigned long code = strtoul(number, NULL, 16);
    return code < 0x20 || (code >= 0x7F && code < 0xA0) ? digits + 1 : 0;
}

void mf_yaml_refuse_escapes(struct mf_yaml_reading *reading, const struct mf_yaml_event *event, struct mf_node *node)
{
    const char *work = reading->source->work;
    bool found = false;
    for (size_t i = 0; i < event->text.len && !found; i++)
        found = is_control(event->text.data[i]);
    for (size_t at = event->start + 1; found && at + 1 < event->end; at++) {
        if (work[at] != '\\')
            continue;
        size_t len = control_escape(work + at + 1, event->end - at - 1);
        if (!len) {
            at++;
            continue;
        }
        const char *written =
            mf_copy_bytes(reading->source->arena, work + event->start + 1, event->end - event->start - 2);
        mf_diags_addf(reading->draft, mf_yaml_place(reading->source, at, at + 1 + len),
                      mf_format(reading->source->arena, "in single quotes a backslash is a backslash: '%s'", written),
                      "\"%.*s\" in double quotes is a control character", (int)len + 1, work + at);
        node->text = written;
        return;
    }
}

/* ---- the same key twice ---- */

static int compare_keys(const void *a, const void *b)
{
    const struct mf_pair *x = *(const struct mf_pair *const *)a, *y = *(const struct mf_pair *const *)b;
    int order = strcmp(x->key->text, y->key->text);
    return order ? order : x < y ? -1 : 1;
}

static void tell_duplicate(struct mf_yaml_reading *reading, const struct mf_node *key, const struct mf_node *first)
{
    mf_diags_addf(reading->draft, key->place, "keep one of the two", "\"%s\" is here already, in line %d", key->text,
                  first->place.line);
}

void mf_yaml_refuse_duplicates(struct mf_yaml_reading *reading, struct mf_node *map)
{
    const struct mf_pair **sorted = mf_xmalloc((map->count + 1) * sizeof *sorted);
    size_t kept = 0;
    for (size_t i = 0; i < map->count; i++)
        sorted[i] = &map->pairs[i];
    qsort(sorted, map->count, sizeof *sorted, compare_keys);
    const struct mf_pair *first = map->count ? sorted[0] : NULL;
    for (size_t i = 1; i < map->count; i++) {
        if (strcmp(sorted[i]->key->text, first->key->text) != 0) {
            first = sorted[i];
            continue;
        }
        tell_duplicate(reading, sorted[i]->key, first->key);
        sorted[i]->key->refused = true;
    }
    free(sorted);
    for (size_t i = 0; i < map->count; i++)
        if (!map->pairs[i].key->refused)
            map->pairs[kept++] = map->pairs[i];
    map->count = kept;
}
