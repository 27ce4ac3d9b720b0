/* After a syntax error: which mistake was it? The rules look at it in turn, the surest first. */
#include "scenario/mend_internal.h"

#include <string.h>

static mf_yaml_rule *const rules[] = {
    mf_yaml_mend_tabs,           mf_yaml_mend_hard_spaces,  mf_yaml_mend_variable,     mf_yaml_mend_reserved,
    mf_yaml_mend_escape,         mf_yaml_mend_open_quote,   mf_yaml_mend_behind_quote, mf_yaml_mend_wrong_bracket,
    mf_yaml_mend_extra_bracket,  mf_yaml_mend_open_bracket, mf_yaml_mend_colon,        mf_yaml_mend_comma,
    mf_yaml_mend_behind_bracket, mf_yaml_mend_list_beside,  mf_yaml_mend_dash,         mf_yaml_mend_glued_colon,
    mf_yaml_mend_equals,         mf_yaml_mend_line_above,   mf_yaml_mend_deeper,       mf_yaml_mend_indent,
    mf_yaml_mend_no_colon,
};

bool mf_yaml_says(const struct mf_yaml_case *c, const char *part)
{
    return memmem(c->trouble->message.data, c->trouble->message.len, part, strlen(part)) != NULL;
}

void mf_yaml_tell(struct mf_yaml_case *c, const struct mf_yaml_line *line, size_t from, size_t to, const char *title,
                  const char *advice, const char *fixed)
{
    struct mf_place place = mf_yaml_place(c->reading->source, line->start + from, line->start + to);
    if (fixed)
        mf_yaml_edit(c->reading, line->start, fixed);
    mf_diags_add(c->reading->told, place, title,
                 fixed ? mf_format(c->arena, "%s: %s", advice, mf_yaml_line_shown(c->arena, fixed)) : advice);
}

/* Not understood. On a line that was mended this is hardly news. */
static void tell_plainly(struct mf_yaml_case *c)
{
    if (mf_yaml_line_is_mended(c->reading->source, c->line.start))
        return;
    const char *title =
        mf_format(c->arena, "this is no YAML: %.*s", (int)c->trouble->message.len, c->trouble->message.data);
    size_t at = c->trouble->at - c->line.start, to = at > c->line.value_end ? at : c->line.value_end;
    mf_yaml_tell(c, &c->line, at, to, title, "look at quotes, brackets and indentation here and just above", NULL);
}

static bool is_separator(char c)
{
    return strchr(" [{,:\n", c) != NULL;
}

bool mf_yaml_scan_brackets(const struct mf_yaml_source *source, size_t from, size_t to, size_t *open, size_t *count)
{
    const char *work = source->work;
    char quote = 0;
    *count = 0;
    for (size_t at = from; at < to; at++) {
        bool first = at == 0 || is_separator(work[at - 1]);
        if (quote)
            quote = work[at] == quote ? 0 : quote;
        else if (first && (work[at] == '"' || work[at] == '\''))
            quote = work[at];
        else if (first && work[at] == '#')
            at = mf_yaml_line_end(source, at);
        else if (strchr("[{", work[at]) && *count < MF_YAML_MAX_DEPTH)
            open[(*count)++] = at;
        else if (strchr("]}", work[at]) && --*count == 0)
            return true;
    }
    return false;
}

/* libfyaml reads ahead: brackets that were opened just before the trouble were not told yet. So they
 * are looked for from the outermost known one, or from the value of the line. */
static void find_brackets(struct mf_yaml_case *c)
{
    size_t from = c->trouble->open_count ? c->trouble->open[0] : c->line.start + c->line.value;
    if (mf_yaml_says(c, "indented flow") && !c->trouble->open_count && c->line.start > 0) {
        struct mf_yaml_line above = mf_yaml_line_at(c->reading->source, c->line.start - 1);
        from = above.start + above.value;
    }
    if (from < c->trouble->at && strchr("[{", c->reading->source->work[from]))
        mf_yaml_scan_brackets(c->reading->source, from, c->trouble->at, c->open, &c->open_count);
}

void mf_yaml_mend(struct mf_yaml_reading *reading, const struct mf_yaml_trouble *trouble)
{
    struct mf_yaml_case c = {.reading = reading, .trouble = trouble, .arena = reading->source->arena};
    c.line = mf_yaml_line_at(reading->source, trouble->at);
    c.at = trouble->at - c.line.start;
    if (c.at > c.line.len)
        c.at = c.line.len;
    find_brackets(&c);
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        if (rules[i](&c))
            return;
    tell_plainly(&c);
}
