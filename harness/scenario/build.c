/* Events → nodes, one reading of the working copy. Iterative: depth costs no stack. */
#include "scenario/build_internal.h"

#define NODES_MAX 2000000

static bool on_open(struct mf_yaml_builder *b, const struct mf_yaml_event *event)
{
    struct mf_node *node = mf_yaml_new_node(b, event, event->kind == MF_YAML_MAP ? MF_NODE_MAP : MF_NODE_LIST);
    mf_yaml_take_properties(b, event);
    if (b->depth == MF_YAML_MAX_DEPTH) {
        mf_diags_addf(b->reading->draft, node->place, NULL, "nested deeper than %d", MF_YAML_MAX_DEPTH);
        b->given_up = true;
        return false;
    }
    mf_yaml_attach(b, node, event);
    bool flow = event->flow || (b->depth && mf_yaml_top(b)->flow); /* [a: b] has a map without braces */
    bool quiet = b->depth && (mf_yaml_top(b)->quiet || (mf_yaml_top(b)->key_bad && mf_yaml_top(b)->key == node));
    b->frames[b->depth++] = (struct mf_yaml_frame){
        .node = node, .start = event->start, .flow = flow, .braces = event->flow, .quiet = quiet};
    return true;
}

static void on_close(struct mf_yaml_builder *b, const struct mf_yaml_event *event)
{
    struct mf_yaml_frame *frame = mf_yaml_top(b);
    if (frame->braces && event->placed)
        frame->node->place.length = mf_yaml_length(b->reading->source, frame->start, event->end);
    if (frame->node->kind == MF_NODE_MAP) {
        mf_yaml_tell_gathered(b, frame);
        mf_yaml_refuse_duplicates(b->reading, frame->node);
    }
    if (frame->node->kind == MF_NODE_MAP && !frame->braces && frame->node->count)
        frame->node->place = frame->node->pairs[0].key->place;
    b->depth--;
}

static void on_error(struct mf_yaml_builder *b, const struct mf_yaml_event *event)
{
    size_t open[MF_YAML_MAX_DEPTH], count = 0;
    for (size_t i = 0; i < b->depth; i++)
        if (b->frames[i].flow)
            open[count++] = b->frames[i].start;
    struct mf_yaml_trouble trouble = {
        .message = event->text, .at = event->placed ? event->start : b->seen, .open = open, .open_count = count};
    mf_yaml_mend(b->reading, &trouble);
    b->given_up = true; /* unless an edit can be made */
}

static bool on_document(struct mf_yaml_builder *b, const struct mf_yaml_event *event)
{
    if (++b->documents == 1)
        return true;
    size_t at = event->placed ? event->start : b->seen;
    mf_diags_add(b->reading->draft, mf_yaml_place(b->reading->source, at, event->placed ? event->end : at),
                 "a second document starts here", "one scenario or site a file: put the rest into a file of its own");
    return false;
}

static void look_between(struct mf_yaml_builder *b, const struct mf_yaml_event *event)
{
    if (!event->placed || event->start < b->seen)
        return;
    mf_yaml_refuse_glued_comments(b->reading, b->seen, event->start);
    b->seen = event->end;
}

/* False: reading ends here. */
static bool on_event(struct mf_yaml_builder *b, const struct mf_yaml_event *event)
{
    switch (event->kind) {
    case MF_YAML_END:
        mf_yaml_refuse_glued_comments(b->reading, b->seen, b->reading->source->len);
        mf_yaml_tell_folded(b);
        return false;
    case MF_YAML_ERROR:
        on_error(b, event);
        return false;
    case MF_YAML_DOCUMENT:
        return on_document(b, event);
    case MF_YAML_TEXT:
        look_between(b, event);
        mf_yaml_take_text(b, event);
        break;
    case MF_YAML_ALIAS:
        look_between(b, event);
        mf_yaml_take_alias(b, event);
        break;
    case MF_YAML_MAP:
    case MF_YAML_LIST:
        return on_open(b, event);
    case MF_YAML_MAP_END:
    case MF_YAML_LIST_END:
        on_close(b, event);
        break;
    }
    if (b->nodes <= NODES_MAX)
        return true;
    mf_diags_addf(b->reading->draft, mf_yaml_place(b->reading->source, event->start, event->end), "split the file",
                  "more than %d values", NODES_MAX);
    b->given_up = true;
    return false;
}

static void read_all(struct mf_yaml_builder *b)
{
    struct mf_yaml_event event;
    struct mf_yaml_reader *reader = mf_yaml_reader_new(b->reading->source);
    do
        mf_yaml_next(reader, &event);
    while (on_event(b, &event));
    mf_yaml_reader_free(&reader);
}

enum mf_yaml_outcome mf_yaml_build(struct mf_yaml_source *source, struct mf_diags *told, struct mf_diags *draft,
                                   struct mf_node **root)
{
    struct mf_yaml_reading reading = {.source = source, .told = told, .draft = draft};
    struct mf_yaml_builder *b = mf_alloc(source->arena, sizeof *b);
    *b = (struct mf_yaml_builder){.reading = &reading, .arena = source->arena};
    read_all(b);
    *root = NULL;
    if (mf_yaml_apply_edits(&reading))
        return MF_YAML_AGAIN;
    if (b->given_up)
        return MF_YAML_GIVEN_UP;
    if (!b->root || (b->root->kind == MF_NODE_TEXT && b->root->empty)) {
        mf_diags_add(draft, mf_yaml_place(source, 0, 0), "the file is empty",
                     "a scenario starts with \"scenario: TITLE\", a site with \"domain: NAME\"");
        return MF_YAML_GIVEN_UP;
    }
    if (b->root->kind == MF_NODE_TEXT && !b->root->refused) {
        mf_diags_add(draft, b->root->place, "no key with a colon, so this is neither a scenario nor a site",
                     "a scenario starts with \"scenario: TITLE\", a site with \"domain: NAME\"");
        return MF_YAML_GIVEN_UP;
    }
    *root = b->root;
    return MF_YAML_DONE;
}
