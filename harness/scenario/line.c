/* The parts of a line of block YAML, found by pattern: used where libfyaml has given up. */
#include "scenario/scenario_internal.h"

#include <string.h>

static bool blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool ends_word(char c)
{
    return !c || blank(c);
}

/* Behind the value: where trailing blanks or a comment start. Quotes hide a #. */
static size_t find_value_end(const char *text, size_t at)
{
    size_t end = at;
    char quote = 0;
    for (; text[at]; at++) {
        if (quote ? text[at] == quote
                  : (text[at] == '"' || text[at] == '\'') && at > 0 && strchr(" [{,:(", text[at - 1]))
            quote = quote ? 0 : text[at];
        if (!quote && text[at] == '#' && at > 0 && blank(text[at - 1]))
            break;
        if (!blank(text[at]))
            end = at + 1;
    }
    return end;
}

/* The colon that ends a key, or 0. A key is plain and short, or in quotes. */
static size_t find_key_end(const char *text, size_t at)
{
    if (text[at] == '"' || text[at] == '\'') {
        const char *close = strchr(text + at + 1, text[at]);
        return close && close[1] == ':' && ends_word(close[2]) ? (size_t)(close + 1 - text) : 0;
    }
    if (!text[at] || strchr("[]{},#&*!|>%@`", text[at]))
        return 0;
    for (; text[at]; at++) {
        if (text[at] == ':' && ends_word(text[at + 1]))
            return at;
        if (text[at] == '"' || (text[at] == '#' && blank(text[at - 1])))
            return 0;
    }
    return 0;
}

struct mf_yaml_line mf_yaml_line_at(const struct mf_yaml_source *source, size_t at)
{
    struct mf_yaml_line line = {.start = mf_yaml_line_start(source, at)};
    line.len = mf_yaml_line_end(source, line.start) - line.start;
    if (line.len > MF_YAML_MAX_MENDED)
        line.len = 0;
    const char *text = line.text = mf_copy_bytes(source->arena, source->work + line.start, line.len);
    while (text[line.indent] == ' ')
        line.indent++;
    line.body = line.indent;
    while (text[line.body] == '-' && text[line.body + 1] == ' ')
        line.body += 1 + strspn(text + line.body + 1, " ");
    line.key_end = find_key_end(text, line.body);
    line.has_key = line.key_end > 0;
    line.value = line.body;
    if (line.has_key)
        line.value = line.key_end + 1 + strspn(text + line.key_end + 1, " \t");
    line.value_end = find_value_end(text, line.value);
    return line;
}

const char *mf_yaml_quote(struct mf_arena *arena, const char *text, size_t len)
{
    if (!memchr(text, '"', len) && !memchr(text, '\\', len))
        return mf_format(arena, "\"%.*s\"", (int)len, text);
    struct mf_text quoted = {.max = 3 * len + 8};
    mf_text_putc(&quoted, '\'');
    for (size_t i = 0; i < len; i++) {
        mf_text_putc(&quoted, text[i]);
        if (text[i] == '\'')
            mf_text_putc(&quoted, '\'');
    }
    mf_text_putc(&quoted, '\'');
    const char *copy = mf_copy(arena, mf_text_str(&quoted));
    mf_text_release(&quoted);
    return copy;
}

const char *mf_yaml_line_with(struct mf_arena *arena, const struct mf_yaml_line *line, size_t from, size_t to,
                              const char *text)
{
    return mf_format(arena, "%.*s%s%s", (int)from, line->text, text, line->text + to);
}

const char *mf_yaml_line_shown(struct mf_arena *arena, const char *line)
{
    enum { SHOWN_AT_MOST = 120 };
    line += strspn(line, " \t");
    while (line[0] == '-' && line[1] == ' ')
        line += 1 + strspn(line + 1, " ");
    size_t end = find_value_end(line, 0);
    if (end <= SHOWN_AT_MOST)
        return mf_copy_bytes(arena, line, end);
    for (end = SHOWN_AT_MOST; end > 0 && ((unsigned char)line[end] & 0xC0) == 0x80;)
        end--;
    return mf_format(arena, "%.*s…", (int)end, line);
}

size_t mf_yaml_glued_colon(const char *text, size_t len)
{
    size_t i = 0;
    while (i < len && ((text[i] >= 'a' && text[i] <= 'z') || (i && text[i] == '-')))
        i++;
    bool glued = i > 1 && i + 1 < len && text[i] == ':' && text[i + 1] != '/' && text[i + 1] != ':' &&
                 !(text[i + 1] >= '0' && text[i + 1] <= '9');
    return glued ? i : 0;
}

bool mf_yaml_line_is_empty(const struct mf_yaml_line *line)
{
    return !line->text[line->indent] || line->text[line->indent] == '#';
}

bool mf_yaml_line_is_item(const struct mf_yaml_line *line)
{
    return line->text[line->indent] == '-' && strchr(" ", line->text[line->indent + 1]);
}

/* The next line that says something. False: there is none. */
bool mf_yaml_line_below(const struct mf_yaml_source *source, const struct mf_yaml_line *line, struct mf_yaml_line *next)
{
    *next = *line;
    do {
        size_t at = mf_yaml_next_line(source, next->start);
        if (at >= source->len)
            return false;
        *next = mf_yaml_line_at(source, at);
    } while (mf_yaml_line_is_empty(next));
    return true;
}

bool mf_yaml_line_above(const struct mf_yaml_source *source, const struct mf_yaml_line *line,
                        struct mf_yaml_line *above)
{
    *above = *line;
    do {
        if (above->start == 0)
            return false;
        *above = mf_yaml_line_at(source, above->start - 1);
    } while (mf_yaml_line_is_empty(above));
    return true;
}
