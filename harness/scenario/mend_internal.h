/* Inside room scenario: the rules by which mend.c understands syntax errors. */
#ifndef MAILFLOW_SCENARIO_MEND_INTERNAL_H
#define MAILFLOW_SCENARIO_MEND_INTERNAL_H

#include "scenario/scenario_internal.h"

/* One trouble, looked at by the rules in turn. */
struct mf_yaml_case {
    struct mf_yaml_reading *reading;
    const struct mf_yaml_trouble *trouble;
    struct mf_arena *arena;
    struct mf_yaml_line line;                   /* that libfyaml complains about */
    size_t at;                                  /* in that line */
    size_t open[MF_YAML_MAX_DEPTH], open_count; /* brackets open there, outermost first */
};
typedef bool mf_yaml_rule(struct mf_yaml_case *c);                 /* true: it was this, and it is told */
bool mf_yaml_says(const struct mf_yaml_case *c, const char *part); /* libfyaml's message has it */
/* The brackets open at `to`, outermost first, when the one at `from` is the outermost. True: they were
 * all closed before. */
bool mf_yaml_scan_brackets(const struct mf_yaml_source *source, size_t from, size_t to, size_t *open, size_t *count);
/* Tells a mistake at from..to of a line. With `fixed`, the line is read as that, and the hint shows it
 * behind `advice`. */
void mf_yaml_tell(struct mf_yaml_case *c, const struct mf_yaml_line *line, size_t from, size_t to, const char *title,
                  const char *advice, const char *fixed);
/* part.c */
struct mf_yaml_part {
    size_t from, to; /* in the line */
    bool flow;       /* inside brackets */
};
struct mf_yaml_part mf_yaml_part_at(const struct mf_yaml_case *c); /* the value around c->at */
const char *mf_yaml_part_shown(struct mf_yaml_case *c, struct mf_yaml_part part);
void mf_yaml_quote_part(struct mf_yaml_case *c, struct mf_yaml_part part, const char *title, const char *advice);
size_t mf_yaml_skip_blanks(const char *text, size_t at);
size_t mf_yaml_behind_quoted(const char *text, size_t at); /* at: the opening quote */
/* mend_value.c */
bool mf_yaml_mend_variable(struct mf_yaml_case *c);
bool mf_yaml_mend_reserved(struct mf_yaml_case *c);
bool mf_yaml_mend_colon(struct mf_yaml_case *c);
bool mf_yaml_mend_behind_bracket(struct mf_yaml_case *c);
/* mend_quote.c */
bool mf_yaml_mend_escape(struct mf_yaml_case *c);
bool mf_yaml_mend_open_quote(struct mf_yaml_case *c);
bool mf_yaml_mend_behind_quote(struct mf_yaml_case *c);
/* mend_bracket.c */
bool mf_yaml_mend_wrong_bracket(struct mf_yaml_case *c);
bool mf_yaml_mend_extra_bracket(struct mf_yaml_case *c);
bool mf_yaml_mend_open_bracket(struct mf_yaml_case *c);
bool mf_yaml_mend_comma(struct mf_yaml_case *c);
/* mend_indent.c */
bool mf_yaml_mend_tabs(struct mf_yaml_case *c);
bool mf_yaml_mend_hard_spaces(struct mf_yaml_case *c);
bool mf_yaml_mend_deeper(struct mf_yaml_case *c);
bool mf_yaml_mend_indent(struct mf_yaml_case *c);
/* mend_line.c */
bool mf_yaml_mend_list_beside(struct mf_yaml_case *c);
bool mf_yaml_mend_dash(struct mf_yaml_case *c);
bool mf_yaml_mend_glued_colon(struct mf_yaml_case *c);
bool mf_yaml_mend_equals(struct mf_yaml_case *c);
bool mf_yaml_mend_line_above(struct mf_yaml_case *c);
bool mf_yaml_mend_no_colon(struct mf_yaml_case *c);

#endif
