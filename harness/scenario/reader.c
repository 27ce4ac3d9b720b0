/* libfyaml behind a door: its event parser, with nothing resolved, and its first error as an event. */
#include "scenario/scenario_internal.h"

#include <libfyaml.h>
#include <stdlib.h>

struct mf_yaml_reader {
    const struct mf_yaml_source *source;
    struct fy_diag *diag;
    struct fy_parser *parser;
    struct fy_event *event; /* the one told last */
};

struct mf_yaml_reader *mf_yaml_reader_new(const struct mf_yaml_source *source)
{
    struct fy_diag_cfg diag_cfg;
    fy_diag_cfg_default(&diag_cfg);
    diag_cfg.fp = NULL;
    struct mf_yaml_reader *reader = mf_xmalloc(sizeof *reader);
    *reader = (struct mf_yaml_reader){.source = source, .diag = fy_diag_create(&diag_cfg)};
    if (reader->diag)
        fy_diag_set_collect_errors(reader->diag, true);
    struct fy_parse_cfg cfg = {.flags = FYPCF_QUIET | FYPCF_COLLECT_DIAG | FYPCF_DISABLE_DEPTH_LIMIT,
                               .diag = reader->diag};
    reader->parser = fy_parser_create(&cfg);
    if (reader->parser)
        fy_parser_set_string(reader->parser, source->work, source->len);
    return reader;
}

void mf_yaml_reader_free(struct mf_yaml_reader **reader)
{
    if (!*reader)
        return;
    if ((*reader)->event)
        fy_parser_event_free((*reader)->parser, (*reader)->event);
    fy_parser_destroy((*reader)->parser);
    fy_diag_destroy((*reader)->diag);
    free(*reader);
    *reader = NULL;
}

static struct mf_bytes token_text(struct fy_token *token)
{
    struct mf_bytes text = {NULL, 0};
    text.data = fy_token_get_text(token, &text.len);
    if (!text.data || text.len == (size_t)-1)
        return (struct mf_bytes){"", 0};
    return text;
}

static void error_event(struct mf_yaml_reader *reader, struct mf_yaml_event *event)
{
    void *iterator = NULL;
    struct fy_diag_error *error = fy_diag_errors_iterate(reader->diag, &iterator);
    event->kind = MF_YAML_ERROR;
    event->text = mf_bytes_of(error && error->msg ? error->msg : "the file can't be read as YAML");
    event->placed = error && error->line > 0;
    if (event->placed)
        event->start = mf_yaml_offset(reader->source, error->line, error->column);
    event->end = event->start;
}

/* Marks leave out quotes and `*`. */
static void scalar_event(const struct fy_event *e, struct mf_yaml_event *event)
{
    event->kind = MF_YAML_TEXT;
    event->text = token_text(e->scalar.value);
    switch (fy_token_scalar_style(e->scalar.value)) {
    case FYSS_SINGLE_QUOTED:
        event->style = MF_YAML_SINGLE;
        break;
    case FYSS_DOUBLE_QUOTED:
        event->style = MF_YAML_DOUBLE;
        break;
    case FYSS_LITERAL:
        event->style = MF_YAML_LITERAL;
        break;
    case FYSS_FOLDED:
        event->style = MF_YAML_FOLDED;
        break;
    case FYSS_ANY:
    case FYSS_PLAIN:
    case FYSS_MAX:
        event->style = MF_YAML_PLAIN;
        break;
    }
    if (event->placed && (event->style == MF_YAML_SINGLE || event->style == MF_YAML_DOUBLE)) {
        event->start -= event->start > 0;
        event->end++;
    }
}

static void properties(struct mf_yaml_event *event, struct fy_token *anchor, struct fy_token *tag)
{
    const struct fy_mark *at = anchor ? fy_token_start_mark(anchor) : NULL;
    event->anchor = anchor != NULL;
    event->anchor_at = at && at->input_pos ? at->input_pos - 1 : 0;
    if (anchor)
        event->anchor_name = token_text(anchor);
    at = tag ? fy_token_start_mark(tag) : NULL;
    event->tag = tag != NULL;
    event->tag_at = at ? at->input_pos : 0;
}

static void place_event(struct fy_event *e, struct mf_yaml_event *event)
{
    const struct fy_mark *start = fy_event_start_mark(e), *end = fy_event_end_mark(e);
    event->placed = start != NULL;
    event->start = start ? start->input_pos : 0;
    event->end = end && end->input_pos > event->start ? end->input_pos : event->start;
}

/* False: an event that says nothing. */
static bool translate(struct fy_event *e, struct mf_yaml_event *event)
{
    place_event(e, event);
    switch (e->type) {
    case FYET_NONE:
    case FYET_STREAM_START:
    case FYET_DOCUMENT_END:
        return false;
    case FYET_STREAM_END:
        event->kind = MF_YAML_END;
        break;
    case FYET_DOCUMENT_START:
        event->kind = MF_YAML_DOCUMENT;
        break;
    case FYET_MAPPING_START:
        event->kind = MF_YAML_MAP;
        event->flow = event->end > event->start;
        properties(event, e->mapping_start.anchor, e->mapping_start.tag);
        break;
    case FYET_MAPPING_END:
        event->kind = MF_YAML_MAP_END;
        break;
    case FYET_SEQUENCE_START:
        event->kind = MF_YAML_LIST;
        event->flow = event->end > event->start;
        properties(event, e->sequence_start.anchor, e->sequence_start.tag);
        break;
    case FYET_SEQUENCE_END:
        event->kind = MF_YAML_LIST_END;
        break;
    case FYET_SCALAR:
        scalar_event(e, event);
        properties(event, e->scalar.anchor, e->scalar.tag);
        break;
    case FYET_ALIAS:
        event->kind = MF_YAML_ALIAS;
        event->text = token_text(e->alias.anchor);
        event->start -= event->start > 0;
        break;
    }
    return true;
}

void mf_yaml_next(struct mf_yaml_reader *reader, struct mf_yaml_event *event)
{
    do {
        *event = (struct mf_yaml_event){.kind = MF_YAML_END};
        if (reader->event)
            fy_parser_event_free(reader->parser, reader->event);
        reader->event = reader->parser ? fy_parser_parse(reader->parser) : NULL;
        if (!reader->event) {
            error_event(reader, event);
            return;
        }
    } while (!translate(reader->event, event));
}
