/* Syntax errors of [lists] and {maps}: brackets and commas. */
#include "scenario/mend_internal.h"

#include <string.h>

static char closer(char open)
{
    return open == '[' ? ']' : '}';
}

static char bracket(const struct mf_yaml_case *c, size_t i)
{
    return c->reading->source->work[c->open[i]];
}

/* {at: [bob}: put the missing one in front, or right what was mistyped. */
bool mf_yaml_mend_wrong_bracket(struct mf_yaml_case *c)
{
    if (!mf_yaml_says(c, "mismatched flow") || !c->open_count)
        return false;
    size_t last = c->open_count - 1, wrong = c->at;
    while (wrong > 0 && !strchr("]}", c->line.text[wrong]))
        wrong--;
    if (!c->line.text[wrong] || !strchr("]}", c->line.text[wrong]))
        return false;
    const char missing[2] = {closer(bracket(c, last)), 0};
    bool opened_too = last > 0 && closer(bracket(c, last - 1)) == c->line.text[wrong];
    struct mf_place open = mf_yaml_place(c->reading->source, c->open[last], c->open[last]);
    mf_yaml_tell(c, &c->line, wrong, wrong + 1,
                 mf_format(c->arena, "%c closes nothing: a %c is open, from column %d of line %d", c->line.text[wrong],
                           bracket(c, last), open.column, open.line),
                 "write", mf_yaml_line_with(c->arena, &c->line, wrong, wrong + !opened_too, missing));
    return true;
}

bool mf_yaml_mend_extra_bracket(struct mf_yaml_case *c)
{
    if (!mf_yaml_says(c, "extra closing") || c->at >= c->line.len || !strchr("]}", c->line.text[c->at]))
        return false;
    mf_yaml_tell(c, &c->line, c->at, c->at + 1, "this bracket was never opened", "delete it, or quote the text",
                 mf_yaml_line_with(c->arena, &c->line, c->at, c->at + 1, ""));
    return true;
}

/* ---- brackets that are never closed ---- */

/* The line where the author thought that the bracket was closed: the last before one that goes back
 * to the margin of the bracket's line. */
static struct mf_yaml_line find_end(const struct mf_yaml_case *c, size_t open)
{
    enum { LINES_AT_MOST = 2000 };
    const struct mf_yaml_source *source = c->reading->source;
    const struct mf_yaml_line first = mf_yaml_line_at(source, open);
    struct mf_yaml_line end = first;
    int lines = 0;
    for (size_t at = mf_yaml_next_line(source, open); at < source->len && lines++ < LINES_AT_MOST;
         at = mf_yaml_next_line(source, at)) {
        struct mf_yaml_line line = mf_yaml_line_at(source, at);
        if (mf_yaml_line_is_empty(&line))
            continue;
        bool block = line.has_key || line.body > line.indent;
        if (block &&
            (line.indent <= first.indent || (line.indent <= first.body && !strchr("[{", first.text[first.body]))))
            break;
        end = line;
    }
    return end;
}

/* Everything that is open at the end of that line is closed there. */
static const char *closed_line(struct mf_yaml_case *c, const struct mf_yaml_line *line)
{
    char closers[MF_YAML_MAX_DEPTH + 1] = "";
    size_t count = 0, end = line->value_end;
    for (size_t i = c->open_count; i-- > 0;)
        closers[count++] = closer(bracket(c, i));
    while (end > 0 && strchr(", ", line->text[end - 1]))
        end--;
    return mf_yaml_line_with(c->arena, line, end, line->value_end, closers);
}

/* [b #c]: the bracket is there, but in a comment. */
static bool mend_hidden(struct mf_yaml_case *c, const struct mf_yaml_line *line)
{
    size_t hash = line->value_end + strspn(line->text + line->value_end, " \t");
    if (line->text[hash] != '#' || !mf_yaml_is_glued_comment(line->text, hash) || !strpbrk(line->text + hash, "]}"))
        return false;
    size_t from = hash, to = hash + strcspn(line->text + hash, ",]}");
    while (from > 0 && !strchr(",[{", line->text[from - 1]) &&
           !(from > 1 && strchr(" ", line->text[from - 1]) && line->text[from - 2] == ':'))
        from--;
    from += strspn(line->text + from, " ");
    const char *quoted = mf_yaml_quote(c->arena, line->text + from, to - from);
    mf_yaml_tell(
        c, line, hash, to,
        mf_format(c->arena, "YAML takes \"%.*s\" for a comment, not for text", (int)(to - hash), line->text + hash),
        "quote it", mf_yaml_line_with(c->arena, line, from, to, quoted));
    return true;
}

static void tell_open(struct mf_yaml_case *c, size_t i, const struct mf_yaml_line *end)
{
    struct mf_yaml_line line = mf_yaml_line_at(c->reading->source, c->open[i]);
    size_t from = c->open[i] - line.start;
    const char *fixed = closed_line(c, end);
    if (mend_hidden(c, end))
        return;
    if (end->start == line.start) {
        mf_yaml_tell(c, &line, from, line.value_end, "this bracket is never closed", "close it", fixed);
        return;
    }
    mf_yaml_tell(c, &line, from, from + 1, "this bracket is never closed",
                 mf_format(c->arena, "close it, perhaps at the end of line %d: %s",
                           mf_yaml_place(c->reading->source, end->start, end->start).line,
                           mf_yaml_line_shown(c->arena, fixed)),
                 NULL);
    mf_yaml_edit(c->reading, end->start, fixed);
}

bool mf_yaml_mend_open_bracket(struct mf_yaml_case *c)
{
    if (!c->open_count)
        return false;
    size_t open[MF_YAML_MAX_DEPTH], count;
    struct mf_yaml_line end = find_end(c, c->open[0]);
    if (mf_yaml_scan_brackets(c->reading->source, c->open[0], end.start + end.value_end, open, &count))
        return false;
    memcpy(c->open, open, count * sizeof *open);
    c->open_count = count;
    tell_open(c, c->open_count - 1, &end);
    return true;
}

/* ---- commas ---- */

static bool mend_extra_comma(struct mf_yaml_case *c)
{
    size_t at = c->at < c->line.len ? c->at : c->line.len;
    while (at > 0 && c->line.text[at] != ',')
        at--;
    if (c->line.text[at] != ',')
        return false;
    mf_yaml_tell(c, &c->line, at, at + 1, "a comma too many", "delete it",
                 mf_yaml_line_with(c->arena, &c->line, at, at + 1, ""));
    return true;
}

/* {from: alice
 *  to: bob}: the line before should end with one. */
static bool mend_comma_above(struct mf_yaml_case *c)
{
    struct mf_yaml_line line = c->line;
    do
        line = mf_yaml_line_at(c->reading->source, line.start - 1);
    while (line.start > c->open[0] && mf_yaml_line_is_empty(&line));
    if (line.start + line.value_end < c->open[0] || !line.value_end)
        return false;
    mf_yaml_tell(c, &line, line.value_end - 1, line.value_end, "a comma is missing at the end of this line", "write",
                 mf_yaml_line_with(c->arena, &line, line.value_end, line.value_end, ","));
    return true;
}

bool mf_yaml_mend_comma(struct mf_yaml_case *c)
{
    bool nothing = mf_yaml_says(c, "expected node content") && c->line.text[c->at] == ',' && c->open_count;
    if (nothing || mf_yaml_says(c, "extra comma") || mf_yaml_says(c, "comma in the beginning"))
        return mend_extra_comma(c);
    if (!mf_yaml_says(c, "missing comma") || !c->open_count)
        return false;
    bool key = c->line.text[c->at] == ':' && c->line.has_key && c->line.key_end == c->at;
    if (key && c->open[0] < c->line.start && c->line.start > 0)
        return mend_comma_above(c);
    size_t at = c->at;
    while (at > 0 && c->line.text[at - 1] == ' ')
        at--;
    if (at <= c->line.indent)
        return false;
    mf_yaml_tell(c, &c->line, c->at, c->at + 1, "a comma is missing in front of this, or quotes around the whole",
                 "write", mf_yaml_line_with(c->arena, &c->line, at, at, ","));
    return true;
}
