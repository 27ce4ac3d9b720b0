/* Room scenario: YAML text → nodes that know their place. Syntax only: which keys exist and what
 * they mean is the plan room's.
 *
 * Read with libfyaml, all errors of a file at once. Refused here, each with its place and the fix:
 * anchors, aliases, merge keys, tags, second documents, control characters, invalid UTF-8, a comment
 * glued to a word, `{to: a, b}`, `*x`, keys that are no text, the same key twice, empty input, nesting
 * deeper than 64, more than 16 MB or 256 kB a line. YAML that libfyaml words badly (`flow: Step 1: x`,
 * `"Alice" <a@b>`, `from:alice`, wrong indentation, `-bob`) gets a hint by the pattern of its line,
 * and is read as it was meant, so that the errors behind it are told as well.
 *
 * Scalars are text; an empty value is an empty scalar whose span is that of its key.
 * Ownership: everything is in the arena given. Threads: one at a time.
 */
#ifndef MAILFLOW_SCENARIO_H
#define MAILFLOW_SCENARIO_H

#include <stdbool.h>

#include "mailflow/arena.h"
#include "mailflow/diag.h"
#include "mailflow/files.h"

enum mf_node_kind { MF_NODE_TEXT, MF_NODE_LIST, MF_NODE_MAP };

struct mf_node {
    enum mf_node_kind kind;
    struct mf_place place; /* of the first character of the value, a quote included */
    const char *text;      /* TEXT: decoded; "" when empty */
    bool quoted;           /* TEXT: was in quotes or a block scalar, so nothing is guessed from it */
    bool empty;            /* TEXT: nothing was written (`key:`) */
    bool literal;          /* TEXT: line n of the text is n lines below place (a `|` block, a template) */
    bool refused;          /* an error was told here already: nothing more is to be said about this
                            * value; of a map: a key is perhaps missing only because of that */
    struct mf_pair *pairs; /* MAP, in the order of the file */
    struct mf_node **items; /* LIST */
    size_t count;
};
struct mf_pair {
    struct mf_node *key, *value;
};

/* NULL when the file holds no usable tree; the reasons are in diags. A tree may come back together
 * with errors in diags (so that binding can tell its own as well); then nothing may be run. */
struct mf_node *mf_scenario_read(struct mf_arena *arena, struct mf_files *files, const char *path,
                                 struct mf_diags *diags);
/* The same from memory; `name` is used as file name in places. */
struct mf_node *mf_scenario_parse(struct mf_arena *arena, const char *name, const char *data, size_t len,
                                  struct mf_diags *diags);
/* The value of a key of a map, or NULL. */
struct mf_node *mf_node_get(const struct mf_node *map, const char *key);
/* "[alice, bob]" for an unquoted text "alice, bob" that looks like a list without its brackets, else
 * NULL: for the hint where a list is meant. */
const char *mf_node_comma_list(struct mf_arena *arena, const struct mf_node *node);
/* Names (of people, servers, applications, variables, …) that YAML 1.1 readers take for a number, a
 * boolean or nothing: no, on, y, 007. The keys themselves are read as text here; whoever knows that
 * a key is a name checks it. `what` = "a person"; false: an error was added. */
bool mf_name_is_unsafe(const char *name);
bool mf_name_check(const struct mf_node *key, const char *what, struct mf_diags *diags);
/* RFC 4180: the first line names the columns; a list of maps of text comes back, with places. Cells
 * without quotes lose the blanks around them; an empty cell is an empty text (`empty` set). NULL:
 * nothing usable; rows may come back together with errors. */
struct mf_node *mf_scenario_read_csv(struct mf_arena *arena, struct mf_files *files, const char *path,
                                     struct mf_diags *diags);

/* Variables: $(name). A scope chain, innermost first. */
struct mf_vars {
    const struct mf_vars *outer;
    /* Answers a name ("alice.address", "run") or NULL. The text lives as long as the scope. */
    const char *(*get)(const void *context, const char *name);
    /* Calls back with every name known, for "did you mean"; may be NULL. */
    void (*each)(const void *context, void (*told)(void *arg, const char *name), void *arg);
    const void *context;
};
/* Expands $(x) in a text. `$$(` gives a literal `$(`. Inside `/…/` (a regex) values are quoted for
 * POSIX extended regular expressions. Undefined: an error at the exact column inside the node with
 * a suggestion, and NULL. A `$(` without `)` is an error; `${x}` is an error with the hint "$(x)". */
const char *mf_vars_expand(struct mf_arena *arena, const struct mf_vars *vars, const struct mf_node *node,
                           struct mf_diags *diags);
/* Does the text hold a $(name)? Used to know which values must wait (captures). */
bool mf_vars_used(const char *text, const char *name);

#endif
