/* Syntax errors of quotes: never closed, closed too early, unknown escapes. */
#include "scenario/mend_internal.h"

#include <string.h>

/* "C:\quarantine". */
bool mf_yaml_mend_escape(struct mf_yaml_case *c)
{
    if (!mf_yaml_says(c, "invalid escape") && !mf_yaml_says(c, "hex"))
        return false;
    struct mf_yaml_part part = mf_yaml_part_at(c);
    const char *text = c->line.text;
    size_t slash = c->at;
    while (slash > part.from && text[slash] != '\\')
        slash--;
    if (text[part.from] != '"' || text[part.to - 1] != '"' || part.to - part.from < 2 || text[slash] != '\\')
        return false;
    const char *inside = mf_copy_bytes(c->arena, text + part.from + 1, part.to - part.from - 2);
    mf_yaml_tell(
        c, &c->line, slash, slash + 2, mf_format(c->arena, "\\%c means nothing in double quotes", text[slash + 1]),
        "in single quotes a backslash is a backslash",
        mf_yaml_line_with(c->arena, &c->line, part.from, part.to, mf_yaml_quote(c->arena, inside, strlen(inside))));
    return true;
}

static void close_quote(struct mf_yaml_case *c, const struct mf_yaml_line *line, size_t open)
{
    size_t end = line->len;
    while (end > open + 1 && strchr(" \t", line->text[end - 1]))
        end--;
    while (end > open + 1 && strchr("]}", line->text[end - 1]))
        end--;
    const char quote[2] = {line->text[open], 0};
    mf_yaml_tell(c, line, open, end, "this quote is never closed", "close it",
                 mf_yaml_line_with(c->arena, line, end, end, quote));
}

bool mf_yaml_mend_open_quote(struct mf_yaml_case *c)
{
    if (!mf_yaml_says(c, "closing quote") && !mf_yaml_says(c, "wrongly indented"))
        return false;
    size_t at = c->at; /* libfyaml marks a quoted key behind its quote */
    if (at > 0 && !strchr("\"'", c->line.text[at]))
        at--;
    if (!c->line.text[at] || !strchr("\"'", c->line.text[at]))
        return false;
    close_quote(c, &c->line, at);
    return true;
}

/* The quote that was opened on an earlier line and closed by the next opening one. */
static bool mend_earlier_quote(struct mf_yaml_case *c)
{
    enum { LINES_BACK = 50 };
    struct mf_yaml_line line = c->line;
    for (int i = 0; i < LINES_BACK && line.start > 0; i++) {
        line = mf_yaml_line_at(c->reading->source, line.start - 1);
        char first = line.text[line.value];
        if ((first == '"' || first == '\'') && line.text[mf_yaml_behind_quoted(line.text, line.value) - 1] != first) {
            close_quote(c, &line, line.value);
            return true;
        }
    }
    return false;
}

/* "Alice" <a@b>: the language wants the address alone. */
static bool mend_display_name(struct mf_yaml_case *c, struct mf_yaml_part part)
{
    const char *text = c->line.text, *open = strchr(text + part.from, '<');
    const char *close = open ? strchr(open, '>') : NULL;
    if (!close || (size_t)(close + 1 - text) != part.to || !memchr(open, '@', (size_t)(close - open)))
        return false;
    const char *address = mf_copy_bytes(c->arena, open + 1, (size_t)(close - open - 1));
    mf_yaml_tell(c, &c->line, part.from, part.to, "text behind the closing quote: a display name has no place here",
                 "write the address alone", mf_yaml_line_with(c->arena, &c->line, part.from, part.to, address));
    return true;
}

bool mf_yaml_mend_behind_quote(struct mf_yaml_case *c)
{
    struct mf_yaml_part part = mf_yaml_part_at(c);
    char quote = c->line.text[part.from];
    if (mf_yaml_says(c, "missing comma") && quote == '"')
        return mend_display_name(c, part);
    if (!mf_yaml_says(c, "trailing content"))
        return false;
    if (quote != '"' && quote != '\'')
        return mend_earlier_quote(c);
    if (mend_display_name(c, part))
        return true;
    if (mf_yaml_behind_quoted(c->line.text, part.from) >= part.to)
        return false;
    mf_yaml_quote_part(c, part, "text behind the closing quote", "quote all of it");
    return true;
}
