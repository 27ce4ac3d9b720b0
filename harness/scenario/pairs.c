/* The pairs of maps: what can be a key, and {braces} whose author meant something else. */
#include "scenario/build_internal.h"

#include <string.h>

static void add_pair(struct mf_yaml_builder *b, struct mf_yaml_frame *frame, struct mf_node *value)
{
    *MF_PUSH(b->arena, frame->node->pairs, frame->node->count, frame->capacity) =
        (struct mf_pair){.key = frame->key, .value = value};
    frame->key = NULL;
}

/* "to: [alice, bob]" for the pair whose list was meant. */
void mf_yaml_tell_gathered(struct mf_yaml_builder *b, struct mf_yaml_frame *frame)
{
    struct mf_node *list = frame->gathered;
    if (!list)
        return;
    frame->gathered = NULL;
    struct mf_text names = {.max = 200};
    bool prose = false;
    for (size_t i = 0; i < list->count; i++) {
        mf_text_printf(&names, "%s%s", i ? ", " : "", list->items[i]->text);
        prose |= strchr(list->items[i]->text, ' ') != NULL;
    }
    struct mf_pair *pair = &frame->node->pairs[frame->node->count - 1];
    const struct mf_node *key = pair->key;
    struct mf_place place = list->items[1]->place, last = list->items[list->count - 1]->place;
    if (last.line == place.line)
        place.length = last.column + last.length - place.column;
    const char *both = mf_copy(b->arena, mf_text_str(&names));
    mf_text_release(&names);
    const char *as_list = mf_format(b->arena, "%s: [%s]", key->text, both);
    const char *as_text = mf_format(b->arena, "%s: %s", key->text, mf_yaml_quote(b->arena, both, strlen(both)));
    const char *hint =
        prose ? mf_format(b->arena, "a text with a comma needs quotes here: %s", as_text)
              : mf_format(b->arena, "a list needs brackets: %s; a text needs quotes: %s", as_list, as_text);
    mf_diags_addf(b->reading->draft, place, hint, "\"%s\" has no value", list->items[1]->text);
    if (prose)
        *list = (struct mf_node){.kind = MF_NODE_TEXT, .place = list->place, .text = both, .quoted = true};
}

/* {from: alice, to: alice, bob}: bob is a key without value to YAML, and a second recipient to the
 * author. */
static void gather(struct mf_yaml_builder *b, struct mf_yaml_frame *frame)
{
    struct mf_node **value = &frame->node->pairs[frame->node->count - 1].value;
    if (!frame->gathered) {
        struct mf_node *list = mf_alloc(b->arena, sizeof *list);
        list->kind = MF_NODE_LIST;
        list->place = (*value)->place;
        list->items = mf_alloc_array(b->arena, 16, sizeof *list->items);
        list->items[list->count++] = *value;
        frame->gathered = *value = list;
    }
    if (frame->gathered->count < 16)
        frame->gathered->items[frame->gathered->count++] = frame->key;
    frame->key = NULL;
}

/* {at: probe, through:gateway}. */
static bool split_glued(struct mf_yaml_builder *b, struct mf_yaml_frame *frame)
{
    struct mf_node *key = frame->key;
    const char *colon = strchr(key->text, ':');
    if (key->quoted || !colon || colon == key->text || !colon[1] || colon[1] == '/')
        return false;
    int before = (int)(colon - key->text);
    mf_diags_addf(b->reading->draft, key->place,
                  mf_format(b->arena, "write it with a space: %.*s: %s", before, key->text, colon + 1),
                  "no space after the colon in \"%s\"", key->text);
    struct mf_node *value = mf_alloc(b->arena, sizeof *value);
    *value = (struct mf_node){.kind = MF_NODE_TEXT, .place = key->place, .text = mf_copy(b->arena, colon + 1)};
    value->place.column += before + 1;
    value->place.length -= before + 1;
    key->text = mf_copy_bytes(b->arena, key->text, (size_t)before);
    key->place.length = before;
    add_pair(b, frame, value);
    return true;
}

static bool followed_by_colon(const struct mf_yaml_source *source, size_t at)
{
    while (at < source->len && strchr(" \t\r\n", source->work[at]))
        at++;
    return at < source->len && source->work[at] == ':';
}

/* A key in {} without colon. */
static void bare_key(struct mf_yaml_builder *b, struct mf_yaml_frame *frame)
{
    struct mf_node *previous = frame->node->count ? frame->node->pairs[frame->node->count - 1].value : NULL;
    if (split_glued(b, frame))
        return;
    if (previous &&
        (previous == frame->gathered || (previous->kind == MF_NODE_TEXT && !previous->quoted && !previous->empty))) {
        gather(b, frame);
        return;
    }
    if (!frame->quiet)
        mf_diags_addf(b->reading->draft, frame->key->place,
                      "braces hold \"key: value\"; a list is written [alice, bob]", "\"%s\" has no value",
                      frame->key->text);
    frame->node->refused = true;
    frame->key = NULL;
}

/* {{x}} */
static bool refuse_braces(struct mf_yaml_builder *b, const struct mf_yaml_event *event)
{
    enum { TRIED_AT_MOST = 100 };
    if (b->braces_tried++ >= TRIED_AT_MOST)
        return false;
    struct mf_yaml_line line = mf_yaml_line_at(b->reading->source, event->start);
    size_t from = 0, to = 0;
    const char *fixed = mf_yaml_with_variable(b->arena, &line, &from, &to);
    if (!fixed || event->start != line.start + from + 1 || !mf_yaml_edit(b->reading, line.start, fixed))
        return false;
    mf_diags_addf(b->reading->told, mf_yaml_place(b->reading->source, line.start + from, line.start + to),
                  mf_format(b->arena, "variables are written with $(): %s", mf_yaml_line_shown(b->arena, fixed)),
                  "%.*s is no variable here", (int)(to - from), line.text + from);
    return true;
}

/* Something that can't be a key was one: it and its value are left out. */
static void refuse_key(struct mf_yaml_builder *b, struct mf_yaml_frame *frame, const struct mf_node *node,
                       const struct mf_yaml_event *event)
{
    frame->key_bad = true;
    if (node->refused || frame->quiet)
        return;
    const char *text = node->kind == MF_NODE_TEXT ? node->text : NULL;
    if (text && strcmp(text, "<<") == 0)
        mf_diags_add(b->reading->draft, node->place, "merge keys (<<) are not part of the language",
                     "write the keys out; what all flows share goes to the section or the file");
    else if (text)
        mf_diags_add(b->reading->draft, node->place, "a key is missing in front of the colon",
                     "write KEY: VALUE; quote the text if the colon is part of it");
    else if (!refuse_braces(b, event))
        mf_diags_add(b->reading->draft, node->place, "a key must be a word, not a list or a map",
                     "quote it if it is meant as text");
}

void mf_yaml_take_key(struct mf_yaml_builder *b, struct mf_yaml_frame *frame, struct mf_node *node,
                      const struct mf_yaml_event *event)
{
    if (frame->gathered && !(frame->flow && !followed_by_colon(b->reading->source, event->end)))
        mf_yaml_tell_gathered(b, frame);
    frame->key = node;
    frame->key_end = event->end;
    frame->key_bad = false;
    if (node->kind != MF_NODE_TEXT || node->refused || node->empty || (!node->quoted && strcmp(node->text, "<<") == 0))
        refuse_key(b, frame, node, event);
}

/* c:
 * d     libfyaml takes d for the value of c. */
static void refuse_margin(struct mf_yaml_builder *b, const struct mf_node *key, struct mf_node *value)
{
    mf_diags_addf(
        b->reading->draft, value->place,
        mf_format(b->arena, "if it is the value of \"%s\", indent it; if it is a key, a colon is missing", key->text),
        "\"%.60s\" is neither a key nor indented", value->text);
    value->refused = true;
}

void mf_yaml_take_value(struct mf_yaml_builder *b, struct mf_yaml_frame *frame, struct mf_node *node)
{
    if (frame->key_bad) {
        frame->node->refused = true;
        frame->key = NULL;
        return;
    }
    if (node->empty && frame->flow && !followed_by_colon(b->reading->source, frame->key_end)) {
        bare_key(b, frame);
        return;
    }
    if (node->empty)
        node->place = frame->key->place;
    else if (!frame->flow && node->kind == MF_NODE_TEXT && node->place.line > frame->key->place.line &&
             node->place.column <= frame->key->place.column && !node->refused)
        refuse_margin(b, frame->key, node);
    add_pair(b, frame, node);
}
