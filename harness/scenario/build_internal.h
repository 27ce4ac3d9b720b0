/* Inside room scenario: the state of one reading, shared by build.c (events), pairs.c (keys and
 * values) and scalars.c (texts, anchors, aliases). */
#ifndef MAILFLOW_SCENARIO_BUILD_INTERNAL_H
#define MAILFLOW_SCENARIO_BUILD_INTERNAL_H

#include "scenario/scenario_internal.h"

#define MF_YAML_MAX_ANCHORS 20

struct mf_yaml_frame {
    struct mf_node *node, *key; /* key: waits for its value */
    size_t start, key_end, capacity;
    bool flow, braces, key_bad; /* inside brackets; in brackets of its own */
    bool quiet;                 /* what is wrong in here follows from what was told */
    struct mf_node *gathered;   /* {to: alice, bob}: what was meant as a list, not told yet */
};

struct mf_yaml_builder {
    struct mf_yaml_reading *reading;
    struct mf_arena *arena;
    struct mf_yaml_frame frames[MF_YAML_MAX_DEPTH];
    size_t depth, documents, nodes, braces_tried;
    size_t seen; /* end of what was looked at */
    struct folded {
        size_t start, end;
    } folded[10]; /* texts over several lines in brackets, told at the end */
    size_t folded_count;
    struct mf_bytes anchors[MF_YAML_MAX_ANCHORS];
    size_t anchor_count;
    struct mf_node *root;
    bool given_up; /* no usable tree */
};

/* build.c */
struct mf_yaml_frame *mf_yaml_top(struct mf_yaml_builder *b); /* the innermost open list or map, or NULL */
struct mf_node *mf_yaml_new_node(struct mf_yaml_builder *b, const struct mf_yaml_event *event, enum mf_node_kind kind);
/* Puts a node where it belongs: into a list, as a key, as a value, or as the root. */
void mf_yaml_attach(struct mf_yaml_builder *b, struct mf_node *node, const struct mf_yaml_event *event);
/* pairs.c */
void mf_yaml_take_key(struct mf_yaml_builder *b, struct mf_yaml_frame *frame, struct mf_node *node,
                      const struct mf_yaml_event *event);
void mf_yaml_take_value(struct mf_yaml_builder *b, struct mf_yaml_frame *frame, struct mf_node *node);
void mf_yaml_tell_gathered(struct mf_yaml_builder *b, struct mf_yaml_frame *frame);
/* scalars.c */
bool mf_yaml_take_properties(struct mf_yaml_builder *b, const struct mf_yaml_event *event); /* true: there were some */
void mf_yaml_take_text(struct mf_yaml_builder *b, const struct mf_yaml_event *event);
void mf_yaml_take_alias(struct mf_yaml_builder *b, const struct mf_yaml_event *event);
void mf_yaml_tell_folded(struct mf_yaml_builder *b);

#endif
