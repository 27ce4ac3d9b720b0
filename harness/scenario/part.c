/* One value on a line, found by pattern: in a block all behind the colon, in brackets what stands
 * between commas. */
#include "scenario/mend_internal.h"

#include <string.h>

size_t mf_yaml_skip_blanks(const char *text, size_t at)
{
    return at + strspn(text + at, " \t");
}

size_t mf_yaml_behind_quoted(const char *text, size_t at)
{
    char quote = text[at];
    for (at++; text[at] && text[at] != quote; at++)
        if (quote == '"' && text[at] == '\\' && text[at + 1])
            at++;
    return text[at] ? at + 1 : at;
}

/* Where the value ends that starts at `from`. */
static size_t part_end(const struct mf_yaml_line *line, size_t from, bool flow)
{
    const char *text = line->text;
    if (!flow)
        return line->value_end > from ? line->value_end : from;
    size_t at = text[from] == '"' || text[from] == '\'' ? mf_yaml_behind_quoted(text, from) : from;
    while (text[at] && !strchr(",]}", text[at]) && !(text[at] == '#' && at && text[at - 1] == ' '))
        at++;
    while (at > from && strchr(" \t", text[at - 1]))
        at--;
    return at;
}

struct mf_yaml_part mf_yaml_part_at(const struct mf_yaml_case *c)
{
    const char *text = c->line.text;
    int depth = c->open_count && c->open[0] < c->line.start;
    size_t i = depth ? c->line.indent : c->line.value, from = i;
    bool valued = false;
    while (i < c->at && text[i]) {
        if (i == from && (text[i] == '"' || text[i] == '\'') && mf_yaml_behind_quoted(text, i) <= c->at) {
            i = mf_yaml_behind_quoted(text, i);
            continue;
        }
        bool opens = strchr("[{", text[i]) && (depth || i == from), comma = depth && text[i] == ',';
        bool closes = depth && strchr("]}", text[i]);
        bool colon = depth && !valued && text[i] == ':' && strchr(" \t", text[i + 1]) && i != c->at;
        depth += opens - closes;
        valued = colon || (valued && !opens && !comma && !closes);
        i = mf_yaml_skip_blanks(text, i + 1);
        if (opens || comma || closes || colon)
            from = i;
    }
    return (struct mf_yaml_part){.from = from, .to = part_end(&c->line, from, depth > 0), .flow = depth > 0};
}

const char *mf_yaml_part_shown(struct mf_yaml_case *c, struct mf_yaml_part part)
{
    size_t len = part.to - part.from, shown = len;
    if (shown > 60)
        for (shown = 60; shown > 0 && ((unsigned char)c->line.text[part.from + shown] & 0xC0) == 0x80;)
            shown--;
    return mf_format(c->arena, "%.*s%s", (int)shown, c->line.text + part.from, shown < len ? "…" : "");
}

void mf_yaml_quote_part(struct mf_yaml_case *c, struct mf_yaml_part part, const char *title, const char *advice)
{
    const char *quoted = mf_yaml_quote(c->arena, c->line.text + part.from, part.to - part.from);
    mf_yaml_tell(c, &c->line, part.from, part.to, title, advice,
                 mf_yaml_line_with(c->arena, &c->line, part.from, part.to, quoted));
}
