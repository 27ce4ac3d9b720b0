/* Texts, and what may stand in front of them or instead of them. */
#include "scenario/build_internal.h"

#include <string.h>

static bool is_anchor(const struct mf_yaml_builder *b, struct mf_bytes name)
{
    for (size_t i = 0; i < b->anchor_count; i++)
        if (mf_bytes_equal(b->anchors[i], name))
            return true;
    return b->anchor_count == MF_YAML_MAX_ANCHORS;
}

/* Each anchor is told, up to a number; the aliases that go with them are not. */
bool mf_yaml_take_properties(struct mf_yaml_builder *b, const struct mf_yaml_event *event)
{
    if (!event->anchor && !event->tag)
        return false;
    if (event->anchor && b->anchor_count == MF_YAML_MAX_ANCHORS)
        return true;
    if (event->anchor)
        b->anchors[b->anchor_count++] = (struct mf_bytes){
            mf_copy_bytes(b->arena, event->anchor_name.data, event->anchor_name.len), event->anchor_name.len};
    mf_yaml_refuse_properties(b->reading, event);
    return true;
}

/* An empty item of a list is where its dash or comma is. */
static struct mf_place place_of_nothing(struct mf_yaml_builder *b)
{
    const struct mf_yaml_source *source = b->reading->source;
    size_t at = b->seen;
    while (at < source->len && strchr(" \t\r\n", source->work[at]))
        at++;
    return mf_yaml_place(b->reading->source, at, at);
}

/* A block scalar starts at its own margin. */
static void place_block(struct mf_yaml_builder *b, const struct mf_yaml_event *event, struct mf_node *node)
{
    const struct mf_yaml_source *source = b->reading->source;
    size_t at = event->start;
    while (at < event->end && strchr("\r\n", source->work[at]))
        at++;
    size_t line = mf_yaml_line_start(source, at);
    for (at = line; at < event->end && source->work[at] == ' ';)
        at++;
    if (at >= event->end)
        return;
    node->place.column = (int)(at - line) + 1;
    node->place.length = mf_yaml_length(source, at, event->end);
}

/* A plain text that ends on another line than it starts. */
static void take_folded(struct mf_yaml_builder *b, const struct mf_yaml_event *event, struct mf_node *node)
{
    const struct mf_yaml_frame *frame = mf_yaml_top(b);
    if (!memchr(b->reading->source->work + event->start, '\n', event->end - event->start) || !frame)
        return;
    if (!frame->flow)
        node->refused |= mf_yaml_refuse_folded(b->reading, event, frame->node->kind == MF_NODE_LIST);
    else if (b->folded_count < sizeof b->folded / sizeof *b->folded)
        b->folded[b->folded_count++] = (struct folded){event->start, event->end};
}

void mf_yaml_tell_folded(struct mf_yaml_builder *b)
{
    for (size_t i = 0; i < b->folded_count; i++)
        mf_diags_add(b->reading->draft, mf_yaml_place(b->reading->source, b->folded[i].start, b->folded[i].end),
                     "in brackets, a text without quotes can't go on over the end of the line",
                     "put a comma or the closing bracket behind it, or quote the whole text");
}

void mf_yaml_take_text(struct mf_yaml_builder *b, const struct mf_yaml_event *event)
{
    struct mf_node *node = mf_yaml_new_node(b, event, MF_NODE_TEXT);
    node->text = mf_copy_bytes(b->arena, event->text.data, event->text.len);
    node->quoted = event->style != MF_YAML_PLAIN;
    node->literal = event->style == MF_YAML_LITERAL;
    node->empty = !event->placed || (!node->quoted && !event->text.len);
    node->refused = mf_yaml_take_properties(b, event);
    if (event->style == MF_YAML_LITERAL || event->style == MF_YAML_FOLDED)
        place_block(b, event, node);
    if (event->style == MF_YAML_DOUBLE)
        mf_yaml_refuse_escapes(b->reading, event, node);
    if (event->style == MF_YAML_PLAIN && event->placed) {
        bool glued = mf_yaml_refuse_glued_value(b->reading, event);
        node->refused |= glued;
        if (!glued)
            take_folded(b, event, node);
    }
    if (!event->placed)
        node->place = place_of_nothing(b);
    mf_yaml_attach(b, node, event);
}

void mf_yaml_take_alias(struct mf_yaml_builder *b, const struct mf_yaml_event *event)
{
    struct mf_node *node = mf_yaml_new_node(b, event, MF_NODE_TEXT);
    const struct mf_yaml_frame *frame = mf_yaml_top(b);
    node->refused = true;
    node->text = mf_format(b->arena, "*%.*s", (int)event->text.len, event->text.data);
    if ((!frame || !frame->key_bad) && !is_anchor(b, event->text)) /* <<: *x is told once */
        mf_yaml_refuse_alias(b->reading, node);
    mf_yaml_attach(b, node, event);
}
