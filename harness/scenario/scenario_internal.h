/* Inside room scenario: how a YAML text becomes nodes.
 *
 *   bytes checked (check.c) → events of libfyaml (reader.c) → nodes (build.c)
 *
 * libfyaml stops at its first syntax error. To tell all errors of a file at once, a line whose
 * mistake is understood (mend.c and its friends) is replaced, in a working copy only, by what its
 * author must have meant; then reading starts again. What can't be understood ends the reading.
 *
 * Offsets are bytes in the working copy; mf_yaml_place() turns them into places of the real file.
 */
#ifndef MAILFLOW_SCENARIO_INTERNAL_H
#define MAILFLOW_SCENARIO_INTERNAL_H

#include "mailflow/scenario.h"
#include "mailflow/text.h"

#define MF_YAML_MAX_SIZE ((size_t)16 << 20)
/* libfyaml keeps a whole line of [a, b, …] in memory, at 400 times its size. */
#define MF_YAML_MAX_LINE ((size_t)256 << 10)
#define MF_YAML_MAX_DEPTH 64
#define MF_YAML_MAX_MENDED ((size_t)4096) /* length of a line that is looked at for mistakes */
#define MF_YAML_MAX_MENDS 60

/* source.c: the text, its mends, and places in it. */
struct mf_yaml_mend {
    size_t line_at, old_len, new_len; /* the line in the working copy, without its end */
    size_t prefix, suffix;            /* bytes that stayed as they were */
    int times;
};
struct mf_yaml_source {
    struct mf_arena *arena;
    const char *name;
    const char *original; /* as given, behind a byte order mark */
    size_t original_len;
    char *work; /* mended copy, NUL-terminated; on the heap */
    size_t len;
    struct mf_yaml_mend *mends; /* by line_at */
    size_t mend_count, mend_capacity;
    size_t seen, seen_line_at; /* where counting lines got to: offsets in the original */
    int seen_line;
    size_t counted, counted_from; /* bytes whose characters were counted on that line */
    int counted_chars;
};
void mf_yaml_source_init(struct mf_yaml_source *source, struct mf_arena *arena, const char *name, const char *data,
                         size_t len);
void mf_yaml_source_release(struct mf_yaml_source *source);
struct mf_place mf_yaml_place(struct mf_yaml_source *source, size_t start, size_t end);
/* Characters from start to end, or to the end of that line; at least 1. */
int mf_yaml_length(const struct mf_yaml_source *source, size_t start, size_t end);
size_t mf_yaml_original(const struct mf_yaml_source *source, size_t at); /* offset in the original */
size_t mf_yaml_line_start(const struct mf_yaml_source *source, size_t at);
size_t mf_yaml_line_end(const struct mf_yaml_source *source, size_t at); /* of its \n, \r\n or the text */
/* First byte of the next line, or the length of the text. */
size_t mf_yaml_next_line(const struct mf_yaml_source *source, size_t at);
size_t mf_yaml_offset(const struct mf_yaml_source *source, int line, int column); /* both 1-based */

/* check.c: is it text at all? False: errors were added, and nothing more can be read. */
bool mf_yaml_check(struct mf_yaml_source *source, struct mf_diags *diags);

/* reader.c: libfyaml behind a door. */
enum mf_yaml_kind {
    MF_YAML_END,
    MF_YAML_ERROR,
    MF_YAML_DOCUMENT,
    MF_YAML_TEXT,
    MF_YAML_ALIAS,
    MF_YAML_MAP,
    MF_YAML_MAP_END,
    MF_YAML_LIST,
    MF_YAML_LIST_END,
};
enum mf_yaml_style { MF_YAML_PLAIN, MF_YAML_SINGLE, MF_YAML_DOUBLE, MF_YAML_LITERAL, MF_YAML_FOLDED };
struct mf_yaml_event {
    enum mf_yaml_kind kind;
    enum mf_yaml_style style;
    bool flow;            /* MAP, LIST: in brackets */
    bool placed;          /* false: nothing was written, and there is no place */
    size_t start, end;    /* quotes, `*` included */
    struct mf_bytes text; /* TEXT, ALIAS, ERROR (libfyaml's words); until the next event */
    bool anchor, tag;
    size_t anchor_at, tag_at;
    struct mf_bytes anchor_name;
};
struct mf_yaml_reader;
struct mf_yaml_reader *mf_yaml_reader_new(const struct mf_yaml_source *source);
void mf_yaml_reader_free(struct mf_yaml_reader **reader);
void mf_yaml_next(struct mf_yaml_reader *reader, struct mf_yaml_event *event);

/* build.c: one reading of the working copy. */
enum mf_yaml_outcome { MF_YAML_DONE, MF_YAML_AGAIN, MF_YAML_GIVEN_UP };
struct mf_yaml_edit {
    size_t at;        /* in the line to be replaced */
    const char *text; /* its new content */
};
struct mf_yaml_reading {
    struct mf_yaml_source *source;
    struct mf_diags *told;  /* what is mended: it won't be seen again */
    struct mf_diags *draft; /* all else: holds if this reading is the last */
    struct mf_yaml_edit *edits;
    size_t edit_count, edit_capacity;
};
enum mf_yaml_outcome mf_yaml_build(struct mf_yaml_source *source, struct mf_diags *told, struct mf_diags *draft,
                                   struct mf_node **root);

/* edit.c: the line will be replaced before the next reading. False: there is an edit for it already. */
bool mf_yaml_edit(struct mf_yaml_reading *reading, size_t at, const char *text);
/* False: there was none, or none that helps, since the line was replaced too often. */
bool mf_yaml_apply_edits(struct mf_yaml_reading *reading);
bool mf_yaml_line_is_mended(const struct mf_yaml_source *source, size_t start);

/* line.c: the parts of a line of block YAML:  `  - key: value   # comment`. */
struct mf_yaml_line {
    const char *text;      /* the line, NUL-terminated, in the arena */
    size_t start, len;     /* in the working copy */
    size_t indent, body;   /* first character that is no space; first behind dashes */
    size_t key_end, value; /* the colon; first character of the value. Without key: key_end 0, value = body */
    size_t value_end;      /* behind the value; what follows is blank or a comment */
    bool has_key;
};
/* A very long line comes back as an empty one: nobody wrote it by hand. */
struct mf_yaml_line mf_yaml_line_at(const struct mf_yaml_source *source, size_t at);
/* Text in quotes, the way that needs the fewest escapes: "Step 1: x", 'say "x"'. */
const char *mf_yaml_quote(struct mf_arena *arena, const char *text, size_t len);
/* The line with the bytes from..to (offsets in the line) replaced. */
const char *mf_yaml_line_with(struct mf_arena *arena, const struct mf_yaml_line *line, size_t from, size_t to,
                              const char *text);
/* Without indent, dashes and comment, for hints; cut when very long. */
const char *mf_yaml_line_shown(struct mf_arena *arena, const char *line);
bool mf_yaml_line_is_empty(const struct mf_yaml_line *line); /* or a comment */
bool mf_yaml_line_is_item(const struct mf_yaml_line *line);  /* starts with "- " */
/* The next line, or the one before, that is not empty. False: there is none. Both may be the same variable. */
bool mf_yaml_line_below(const struct mf_yaml_source *source, const struct mf_yaml_line *line,
                        struct mf_yaml_line *next);
bool mf_yaml_line_above(const struct mf_yaml_source *source, const struct mf_yaml_line *line,
                        struct mf_yaml_line *above);
/* "word" of "word:word" that is no URL, no host:port and no time; 0: it isn't that. */
size_t mf_yaml_glued_colon(const char *text, size_t len);

/* refuse.c: what is YAML, but no part of our language. */
/* An anchor or a tag in front of a value. */
void mf_yaml_refuse_properties(struct mf_yaml_reading *reading, const struct mf_yaml_event *event);
/* `*x`; the node gets the text that was perhaps meant. */
void mf_yaml_refuse_alias(struct mf_yaml_reading *reading, struct mf_node *node);
/* "NETIT\bob" in double quotes holds a backspace. Puts the text as written into the node. */
void mf_yaml_refuse_escapes(struct mf_yaml_reading *reading, const struct mf_yaml_event *event, struct mf_node *node);
/* glued.c: `-bob` and `at:bob` where a line starts: true when the line will be mended. */
bool mf_yaml_refuse_glued_value(struct mf_yaml_reading *reading, const struct mf_yaml_event *event);
/* The line starts with -bob or -- bob: told, and an edit is waiting. */
bool mf_yaml_tell_dash(struct mf_yaml_reading *reading, const struct mf_yaml_line *line);
/* A plain text over several lines, in a block: did its author mean that? True: no, and it is told. */
bool mf_yaml_refuse_folded(struct mf_yaml_reading *reading, const struct mf_yaml_event *event, bool in_list);
/* comment.c: looks for `text #2` between two values: from and to are their offsets. */
void mf_yaml_refuse_glued_comments(struct mf_yaml_reading *reading, size_t from, size_t to);
/* Is the # at `at` glued to what follows? Rulers (#####) are not. */
bool mf_yaml_is_glued_comment(const char *text, size_t at);
/* The line with its first ${x} or {{x}} as $(x), or NULL when there is none. from..to: where it was. */
const char *mf_yaml_with_variable(struct mf_arena *arena, const struct mf_yaml_line *line, size_t *from, size_t *to);
void mf_yaml_refuse_duplicates(struct mf_yaml_reading *reading, struct mf_node *map);

/* mend.c: after a syntax error. Which mistake it was is told, in libfyaml's words at worst. */
struct mf_yaml_trouble {
    struct mf_bytes message; /* libfyaml's */
    size_t at;               /* libfyaml's */
    const size_t *open;      /* brackets known to be open, outermost first */
    size_t open_count;
};
void mf_yaml_mend(struct mf_yaml_reading *reading, const struct mf_yaml_trouble *trouble);
/* mend_indent.c: a list item that stands too deep. */
void mf_yaml_mend_item(struct mf_yaml_reading *reading, const struct mf_yaml_line *line);

#endif
