/* A new node, and where it belongs. */
#include "scenario/build_internal.h"

struct mf_yaml_frame *mf_yaml_top(struct mf_yaml_builder *b)
{
    return b->depth ? &b->frames[b->depth - 1] : NULL;
}

void mf_yaml_attach(struct mf_yaml_builder *b, struct mf_node *node, const struct mf_yaml_event *event)
{
    struct mf_yaml_frame *frame = mf_yaml_top(b);
    if (!frame)
        b->root = b->root ? b->root : node;
    else if (frame->node->kind == MF_NODE_LIST)
        *MF_PUSH(b->arena, frame->node->items, frame->node->count, frame->capacity) = node;
    else if (!frame->key)
        mf_yaml_take_key(b, frame, node, event);
    else
        mf_yaml_take_value(b, frame, node);
}

struct mf_node *mf_yaml_new_node(struct mf_yaml_builder *b, const struct mf_yaml_event *event, enum mf_node_kind kind)
{
    struct mf_node *node = mf_alloc(b->arena, sizeof *node);
    node->kind = kind;
    b->nodes++;
    if (event->placed)
        node->place = mf_yaml_place(b->reading->source, event->start, event->end);
    return node;
}
