/* Syntax errors within a value: colons, variables, characters that YAML keeps for itself. */
#include "scenario/mend_internal.h"

#include <string.h>

const char *mf_yaml_with_variable(struct mf_arena *arena, const struct mf_yaml_line *line, size_t *from, size_t *to)
{
    static const char *const styles[][2] = {{"${", "}"}, {"{{", "}}"}};
    for (size_t i = 0; i < 2; i++) {
        const char *open = strstr(line->text, styles[i][0]), *close = open ? strstr(open, styles[i][1]) : NULL;
        if (!close)
            continue;
        const char *name = open + 2 + strspn(open + 2, " ");
        int len = (int)strcspn(name, " }");
        if (!len || strcspn(name, ":,[]") < (size_t)len)
            continue;
        *from = (size_t)(open - line->text);
        *to = (size_t)(close - line->text) + strlen(styles[i][1]);
        return mf_yaml_line_with(arena, line, *from, *to, mf_format(arena, "$(%.*s)", len, name));
    }
    return NULL;
}

/* [${x}] or {{x}} y: braces are YAML's own. */
bool mf_yaml_mend_variable(struct mf_yaml_case *c)
{
    size_t from = 0, to = 0;
    const char *fixed = mf_yaml_with_variable(c->arena, &c->line, &from, &to);
    if (!fixed || c->at < from || c->at > to + 1)
        return false;
    mf_yaml_tell(c, &c->line, from, to,
                 mf_format(c->arena, "%.*s is no variable here", (int)(to - from), c->line.text + from),
                 "variables are written with $()", fixed);
    return true;
}

/* A value that starts with a character that YAML keeps for itself. */
bool mf_yaml_mend_reserved(struct mf_yaml_case *c)
{
    struct mf_yaml_part part = mf_yaml_part_at(c);
    if (part.from >= part.to || !strchr("@`%,|>&*!?", c->line.text[part.from]) || c->at > part.from + 2)
        return false;
    if (!mf_yaml_says(c, "cannot start") && !mf_yaml_says(c, "block scalar") && !mf_yaml_says(c, "alias") &&
        !mf_yaml_says(c, "anchor") && !mf_yaml_says(c, "tag") && !mf_yaml_says(c, "node content") &&
        !mf_yaml_says(c, "mapping key"))
        return false;
    mf_yaml_quote_part(c, part, mf_format(c->arena, "a value can't start with %c", c->line.text[part.from]),
                       "quote it");
    return true;
}

/* "from" of `alice from: x`, a lower-case word that could be a key: 0 when there is none. */
static size_t word_before(const char *text, size_t from, size_t colon)
{
    size_t at = colon;
    while (at > from && ((text[at - 1] >= 'a' && text[at - 1] <= 'z') || text[at - 1] == '-'))
        at--;
    return at > from && at + 1 < colon && text[at - 1] == ' ' ? at : 0;
}

/* flow: Step 1: internal. */
bool mf_yaml_mend_colon(struct mf_yaml_case *c)
{
    const char *text = c->line.text;
    if (text[c->at] != ':')
        return false;
    struct mf_yaml_part part = mf_yaml_part_at(c);
    size_t word = word_before(text, part.from, c->at);
    if (part.from >= c->at || part.to <= c->at || strchr("\"'", text[part.from]))
        return false;
    if (part.flow && part.from == c->line.indent) /* the key of a line in braces: nothing ended the line before */
        return false;
    const char *title = mf_format(c->arena, "a second colon: \"%s\" needs quotes", mf_yaml_part_shown(c, part));
    if (word && part.flow)
        mf_yaml_tell(c, &c->line, word, c->at,
                     mf_format(c->arena, "a comma is missing in front of \"%.*s\"", (int)(c->at - word), text + word),
                     "put it in", mf_yaml_line_with(c->arena, &c->line, word - 1, word, ", "));
    else if (word)
        mf_yaml_quote_part(
            c, part, title,
            mf_format(c->arena, "give \"%.*s\" a line of its own, or quote it", (int)(c->at + 1 - word), text + word));
    else
        mf_yaml_quote_part(c, part, title, "quote it");
    return true;
}

/* `subject: [Test] hello` should be quoted; `do: {…} undo: {…}` and a comment without # are left out. */
bool mf_yaml_mend_behind_bracket(struct mf_yaml_case *c)
{
    const char *text = c->line.text;
    bool says = mf_yaml_says(c, "invalid value after mapping") || mf_yaml_says(c, "on same line as previous key");
    if (!says || !c->line.has_key || c->at <= c->line.value || !strchr("[{", text[c->line.value]))
        return false;
    size_t open[MF_YAML_MAX_DEPTH], count, close = c->line.value + 1;
    while (close < c->line.value_end && !mf_yaml_scan_brackets(c->reading->source, c->line.start + c->line.value,
                                                               c->line.start + close, open, &count))
        close++;
    struct mf_yaml_part all = {.from = c->line.value, .to = c->line.value_end},
                        rest = {mf_yaml_skip_blanks(text, close), all.to, false};
    const char *colon = strstr(text + rest.from, ": ");
    if (text[c->line.value] == '[' && !colon)
        mf_yaml_quote_part(c, all, "text behind the closing bracket", "quote it if the brackets are part of the text");
    else
        mf_yaml_tell(c, &c->line, rest.from, rest.to,
                     mf_format(c->arena, "\"%s\" behind the closing bracket", mf_yaml_part_shown(c, rest)),
                     colon ? "give it a line of its own; read" : "delete it, or put a # in front; read",
                     mf_yaml_line_with(c->arena, &c->line, close, c->line.value_end, ""));
    return true;
}
