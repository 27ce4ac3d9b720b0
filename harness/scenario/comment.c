/* `flow: Unknown #2`: to YAML, #2 is a comment. Where it is glued to what follows it was hardly
 * meant as one, so it is refused; `# a comment` and whole lines are left alone. */
#include "scenario/scenario_internal.h"

#include <string.h>

bool mf_yaml_is_glued_comment(const char *text, size_t at)
{
    while (text[at] == '#')
        at++;
    return text[at] && !strchr(" \t\r\n", text[at]);
}

/* A plain value of a block line can be quoted as a whole; anything else has to be seen to by hand. */
static const char *quoted_line(struct mf_arena *arena, const struct mf_yaml_line *line, size_t end)
{
    if (!line->has_key && line->body == line->indent)
        return NULL;
    if (line->value < end && strchr("[{\"'|>&*!", line->text[line->value]) && line->text[line->value])
        return NULL;
    return mf_yaml_line_with(arena, line, line->value, end,
                             mf_yaml_quote(arena, line->text + line->value, end - line->value));
}

static void tell(struct mf_yaml_reading *reading, size_t at)
{
    struct mf_yaml_source *source = reading->source;
    struct mf_yaml_line line = mf_yaml_line_at(source, at);
    size_t end = line.len;
    while (end > 0 && strchr(" \t", line.text[end - 1]))
        end--;
    const char *comment = source->work + at;
    const char *fixed = quoted_line(source->arena, &line, end);
    const char *hint = fixed ? mf_format(source->arena, "quote it: %s", mf_yaml_line_shown(source->arena, fixed))
                             : "quote it if it is text, or put a space after the # if it is a comment";
    bool edited = fixed && mf_yaml_edit(reading, at, fixed);
    size_t word = strcspn(comment, " \t\r\n,]}");
    mf_diags_addf(edited ? reading->told : reading->draft, mf_yaml_place(source, at, line.start + end), hint,
                  "YAML takes \"%.*s\" for a comment, not for text", (int)word, comment);
}

void mf_yaml_refuse_glued_comments(struct mf_yaml_reading *reading, size_t from, size_t to)
{
    const char *text = reading->source->work;
    for (size_t at = from; at < to; at++) {
        if (text[at] != '#' || (at > 0 && !strchr(" \t\n", text[at - 1])))
            continue;
        size_t line = mf_yaml_line_start(reading->source, at);
        bool alone = line + strspn(text + line, " \t") == at;
        if (!alone && mf_yaml_is_glued_comment(text, at))
            tell(reading, at);
        at = mf_yaml_line_end(reading->source, at);
    }
}
