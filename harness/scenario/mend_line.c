/* Syntax errors of whole lines: dashes, keys without their colon. */
#include "scenario/mend_internal.h"

#include <string.h>

/* expect: - bob */
bool mf_yaml_mend_list_beside(struct mf_yaml_case *c)
{
    const struct mf_yaml_line *line = &c->line;
    if (!mf_yaml_says(c, "block sequence on the same line") || !line->has_key || line->text[line->value] != '-')
        return false;
    size_t item = line->value + 1 + strspn(line->text + line->value + 1, " ");
    size_t next_at = mf_yaml_next_line(c->reading->source, line->start);
    struct mf_yaml_line next = mf_yaml_line_at(c->reading->source, next_at);
    bool alone = next_at >= c->reading->source->len || next.indent <= line->indent;
    const char *list = mf_format(c->arena, "[%.*s]", (int)(line->value_end - item), line->text + item);
    mf_yaml_tell(c, line, line->value, line->value_end, "a list can't start on the line of its key",
                 alone ? "write" : "put each \"- item\" on a line of its own, below the key",
                 alone ? mf_yaml_line_with(c->arena, line, line->value, line->value_end, list) : NULL);
    return true;
}

bool mf_yaml_mend_dash(struct mf_yaml_case *c)
{
    return !c->open_count && mf_yaml_tell_dash(c->reading, &c->line);
}

static size_t word_length(const char *text)
{
    return strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_");
}

/* Does the line stand above a list or a map that belongs to it? */
static bool is_heading(const struct mf_yaml_case *c, const struct mf_yaml_line *line)
{
    struct mf_yaml_line next;
    if (!mf_yaml_line_below(c->reading->source, line, &next))
        return false;
    return next.indent > line->body || (mf_yaml_line_is_item(&next) && next.indent == line->body);
}

/* expec:t with a list below. */
static bool mend_swapped_colon(struct mf_yaml_case *c, size_t word)
{
    const struct mf_yaml_line *line = &c->line;
    if (!is_heading(c, line))
        return false;
    const char *rest = line->text + line->body + word + 1;
    mf_yaml_tell(c, line, line->body, line->value_end, "the colon belongs to the end of the key", "write",
                 mf_format(c->arena, "%.*s%.*s:", (int)(line->body + word), line->text,
                           (int)(line->value_end - line->body - word - 1), rest));
    return true;
}

/* from :alice */
static bool mend_loose_colon(struct mf_yaml_case *c, size_t word)
{
    const struct mf_yaml_line *line = &c->line;
    size_t colon = line->body + word + strspn(line->text + line->body + word, " ");
    if (colon == line->body + word || line->text[colon] != ':' || strchr(" /", line->text[colon + 1]))
        return false;
    mf_yaml_tell(c, line, line->body, line->value_end, "the space belongs behind the colon", "write",
                 mf_yaml_line_with(c->arena, line, line->body + word, colon + 1, ": "));
    return true;
}

/* from:alice. A key is needed here, so that anything in front of a colon will do. */
bool mf_yaml_mend_glued_colon(struct mf_yaml_case *c)
{
    const struct mf_yaml_line *line = &c->line;
    size_t word = line->has_key ? 0 : word_length(line->text + line->body);
    size_t behind = line->body + word + 1;
    if (word && !c->open_count && mend_loose_colon(c, word))
        return true;
    if (!word || line->text[behind - 1] != ':' || !line->text[behind] || line->text[behind] == '/' || c->open_count)
        return false;
    if (mend_swapped_colon(c, word))
        return true;
    mf_yaml_tell(c, line, line->body, line->value_end,
                 mf_format(c->arena, "no space after the colon in \"%.*s\"", (int)strcspn(line->text + line->body, " "),
                           line->text + line->body),
                 "write it with a space", mf_yaml_line_with(c->arena, line, behind, behind, " "));
    return true;
}

/* from = alice */
bool mf_yaml_mend_equals(struct mf_yaml_case *c)
{
    const struct mf_yaml_line *line = &c->line;
    size_t word = word_length(line->text + line->body);
    size_t sign = line->body + word + strspn(line->text + line->body + word, " ");
    if (line->has_key || !word || line->text[sign] != '=')
        return false;
    size_t value = sign + 1 + strspn(line->text + sign + 1, " ");
    mf_yaml_tell(c, line, line->body, line->value_end, "a key is followed by a colon, not by =", "write",
                 mf_yaml_line_with(c->arena, line, line->body + word, value, ": "));
    return true;
}

/* from alice */
bool mf_yaml_mend_no_colon(struct mf_yaml_case *c)
{
    const struct mf_yaml_line *line = &c->line;
    size_t word = word_length(line->text + line->body);
    if (line->has_key || !word || mf_yaml_line_is_empty(line) || c->open_count)
        return false;
    if (!mf_yaml_says(c, "expected ':'") && !mf_yaml_says(c, "multiline plain key") &&
        !mf_yaml_says(c, "after mapping") && !mf_yaml_says(c, "invalid scalar") && !mf_yaml_says(c, "missing ':'"))
        return false;
    size_t value = line->body + word + strspn(line->text + line->body + word, " ");
    bool two = value > line->body + word && value < line->value_end;
    if (!two && line->body + word == line->value_end && is_heading(c, line)) {
        mf_yaml_tell(c, line, line->body, line->value_end, "a colon is missing", "write",
                     mf_yaml_line_with(c->arena, line, line->value_end, line->value_end, ":"));
        return true;
    }
    const char *title = mf_format(c->arena, "a key and a colon are missing: \"%.*s\"",
                                  (int)(line->value_end - line->body), line->text + line->body);
    mf_yaml_tell(c, line, line->body, line->value_end, title, two ? "perhaps" : "write KEY: VALUE",
                 two ? mf_yaml_line_with(c->arena, line, line->body + word, value, ": ") : NULL);
    return true;
}

/* libfyaml often complains about the line below the mistake. */
bool mf_yaml_mend_line_above(struct mf_yaml_case *c)
{
    struct mf_yaml_case above = *c;
    if (c->open_count || !mf_yaml_line_above(c->reading->source, &c->line, &above.line))
        return false;
    above.at = above.line.body;
    if (mf_yaml_mend_dash(&above))
        return true;
    return !above.line.has_key && (mf_yaml_mend_glued_colon(&above) || mf_yaml_mend_equals(&above));
}
