/* Syntax errors in front of a line: tabs, no-break spaces, indentation. */
#include "scenario/mend_internal.h"

#include <string.h>

/* ---- what only looks like a space ---- */

bool mf_yaml_mend_tabs(struct mf_yaml_case *c)
{
    enum { TELL_AT_MOST = 20 };
    const struct mf_yaml_source *source = c->reading->source;
    if (!mf_yaml_says(c, "tab") && c->line.text[c->line.indent] != '\t')
        return false;
    int told = 0;
    for (size_t at = 0; at < source->len && told < TELL_AT_MOST; at = mf_yaml_next_line(source, at)) {
        size_t blanks = strspn(source->work + at, " \t");
        if (!memchr(source->work + at, '\t', blanks) || strchr("#\r\n", source->work[at + blanks]))
            continue;
        struct mf_yaml_line line = mf_yaml_line_at(source, at);
        size_t tab = strcspn(line.text, "\t");
        mf_yaml_tell(c, &line, tab, tab + 1, "a tab in the indentation", "indent with spaces", NULL);
        told++;
    }
    return told > 0;
}

/* A no-break space where YAML needs a real one: in front of all, or beside a dash or a colon. */
static bool is_hard_space(const char *text, size_t at)
{
    if (!mf_starts(text + at, "\xC2\xA0"))
        return false;
    for (size_t i = 0; i < at; i++)
        if (!strchr(" -\xC2\xA0", text[i]))
            return text[at - 1] == ':' || text[at + 2] == ':';
    return true;
}

/* They come in by copying from web pages. */
bool mf_yaml_mend_hard_spaces(struct mf_yaml_case *c)
{
    const char *text = c->line.text;
    struct mf_text fixed = {.max = c->line.len + 1};
    size_t first = SIZE_MAX;
    for (size_t at = 0; text[at]; at++) {
        bool hard = is_hard_space(text, at);
        if (hard && first == SIZE_MAX)
            first = at;
        mf_text_putc(&fixed, hard ? ' ' : text[at]);
        at += hard;
    }
    if (first != SIZE_MAX)
        mf_yaml_tell(c, &c->line, first, first + 2, "a no-break space (U+00A0), which only looks like a space",
                     "type it again", mf_copy(c->arena, mf_text_str(&fixed)));
    mf_text_release(&fixed);
    return first != SIZE_MAX;
}

/* ---- indentation ---- */

/* Where a line of this kind could stand, going by the lines above: the nearest to where it stands. */
static size_t wanted_indent(const struct mf_yaml_source *source, const struct mf_yaml_line *line)
{
    enum { LINES_BACK = 200 };
    bool item = mf_yaml_line_is_item(line);
    size_t best = SIZE_MAX, limit = SIZE_MAX, at = line->start;
    for (int i = 0; i < LINES_BACK && at > 0 && limit > 0; i++) {
        struct mf_yaml_line above = mf_yaml_line_at(source, at - 1);
        at = above.start;
        if (mf_yaml_line_is_empty(&above) || above.indent >= limit)
            continue;
        limit = above.indent;
        size_t column = item ? above.indent : above.body;
        if (item && !mf_yaml_line_is_item(&above))
            continue;
        size_t off = column > line->indent ? column - line->indent : line->indent - column;
        size_t best_off = best == SIZE_MAX ? SIZE_MAX : best > line->indent ? best - line->indent : line->indent - best;
        if (off < best_off)
            best = column;
    }
    return best;
}

static const char *reindented(struct mf_yaml_case *c, const struct mf_yaml_line *line, size_t indent)
{
    return mf_format(c->arena, "%*s%s", (int)indent, "", line->text + line->indent);
}

/* The lines that go with the first one: those as deep as it or, for a list item, as its keys. Told
 * once, moved together. */
static void move_block(struct mf_yaml_case *c, const struct mf_yaml_line *first, size_t indent)
{
    enum { LINES_AT_MOST = 40 };
    const struct mf_yaml_source *source = c->reading->source;
    size_t keys = mf_yaml_line_is_item(first) ? first->body : first->indent,
           low = first->indent < indent ? first->indent : indent;
    mf_yaml_edit(c->reading, first->start, reindented(c, first, indent));
    size_t at = mf_yaml_next_line(source, first->start);
    for (int i = 0; i < LINES_AT_MOST && at < source->len; i++, at = mf_yaml_next_line(source, at)) {
        struct mf_yaml_line line = mf_yaml_line_at(source, at);
        if (mf_yaml_line_is_empty(&line))
            continue;
        if (line.indent < low || line.indent == indent + keys - first->indent)
            return;
        if (line.indent == keys ||
            (line.indent == first->indent && mf_yaml_line_is_item(&line) == mf_yaml_line_is_item(first)))
            mf_yaml_edit(c->reading, at, reindented(c, &line, line.indent + indent - first->indent));
    }
}

static void tell_indent(struct mf_yaml_case *c, const struct mf_yaml_line *line, size_t indent)
{
    int more = (int)line->indent - (int)indent, off = more < 0 ? -more : more;
    const char *title = mf_format(c->arena, "this line is indented by %d %s too %s", off, off == 1 ? "space" : "spaces",
                                  more < 0 ? "few" : "many");
    const char *advice =
        mf_format(c->arena, "line it up with those above: %zu %s in front", indent, indent == 1 ? "space" : "spaces");
    mf_yaml_tell(c, line, line->indent, line->value_end, title, advice, NULL);
    move_block(c, line, indent);
}

/* `- flow: a` and the line below it don't fit. The other items of the list decide which of the two is
 * wrong: when they stand where the first key would fit the line below, it was the dash. */
static bool blame_item(struct mf_yaml_case *c, const struct mf_yaml_line *item, const struct mf_yaml_line *below)
{
    enum { LINES_AT_MOST = 200 };
    if (!mf_yaml_line_is_item(item) || mf_yaml_line_is_item(below) || item->indent + below->indent < item->body)
        return false;
    size_t wanted = item->indent + below->indent - item->body, low = wanted < item->indent ? wanted : item->indent;
    struct mf_yaml_line line = *item;
    for (int i = 0; i < LINES_AT_MOST && mf_yaml_line_above(c->reading->source, &line, &line) && line.indent >= low;
         i++)
        if (mf_yaml_line_is_item(&line) && line.indent == item->indent)
            return false;
    line = *below;
    for (int i = 0; i < LINES_AT_MOST && mf_yaml_line_below(c->reading->source, &line, &line) && line.indent >= low;
         i++)
        if (mf_yaml_line_is_item(&line) && (line.indent == item->indent || line.indent == wanted)) {
            if (line.indent == wanted)
                tell_indent(c, item, wanted);
            return line.indent == wanted;
        }
    return false;
}

void mf_yaml_mend_item(struct mf_yaml_reading *reading, const struct mf_yaml_line *line)
{
    struct mf_yaml_case c = {.reading = reading, .arena = reading->source->arena, .line = *line};
    size_t indent = wanted_indent(reading->source, line);
    if (indent != SIZE_MAX && indent != line->indent)
        tell_indent(&c, line, indent);
}

/* The line behind `key: value` goes deeper, as if the value had parts. libfyaml marks the value. */
bool mf_yaml_mend_deeper(struct mf_yaml_case *c)
{
    if (!mf_yaml_says(c, "multiline plain key") || !c->line.has_key || c->at < c->line.value)
        return false;
    struct mf_yaml_line next;
    if (!mf_yaml_line_below(c->reading->source, &c->line, &next) || next.indent <= c->line.body)
        return false;
    if (mf_yaml_line_is_item(&next)) {
        mf_yaml_tell(c, &next, next.indent, next.value_end,
                     mf_format(c->arena, "a list can't follow here: \"%.*s\" has a value already",
                               (int)(c->line.key_end - c->line.body), c->line.text + c->line.body),
                     "make the value above the first \"- item\" of the list, or delete it", NULL);
        return true;
    }
    if (!blame_item(c, &c->line, &next))
        tell_indent(c, &next, c->line.body);
    return true;
}

bool mf_yaml_mend_indent(struct mf_yaml_case *c)
{
    static const char *const messages[] = {"expected '-'", "wrongly indented",    "at the end of block sequence",
                                           "expected key", "invalid indentation", "indendation in sequence"};
    bool says = false;
    for (size_t i = 0; i < sizeof messages / sizeof *messages; i++)
        says |= mf_yaml_says(c, messages[i]);
    if (!says || mf_yaml_line_is_empty(&c->line) || c->open_count)
        return false;
    size_t indent = wanted_indent(c->reading->source, &c->line);
    if (indent == SIZE_MAX || indent == c->line.indent)
        return false;
    struct mf_yaml_line above;
    if (!mf_yaml_line_above(c->reading->source, &c->line, &above) || !blame_item(c, &above, &c->line))
        tell_indent(c, &c->line, indent);
    return true;
}
