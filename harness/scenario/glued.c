/* `-bob` and `at:bob`: YAML reads them as plain texts, the author meant a list item and a key. And
 * texts over several lines whose author did not know that they were one. */
#include "scenario/scenario_internal.h"

#include <string.h>

bool mf_yaml_tell_dash(struct mf_yaml_reading *reading, const struct mf_yaml_line *line)
{
    struct mf_arena *arena = reading->source->arena;
    const char *at = line->text + line->indent;
    bool two = mf_starts(at, "-- ");
    if (at[0] != '-' || !at[1] || (strchr(" -", at[1]) && !two))
        return false;
    size_t behind = line->indent + 1;
    const char *fixed = mf_yaml_line_with(arena, line, behind, behind + two, two ? "" : " ");
    if (mf_yaml_edit(reading, line->start, fixed))
        mf_diags_add(reading->told,
                     mf_yaml_place(reading->source, line->start + line->indent, line->start + line->value_end),
                     two ? "two dashes" : "no space after the dash",
                     mf_format(arena, "write it as a list item: - %s", mf_yaml_line_shown(arena, fixed)));
    return true;
}

/* Every line of the value that looks like a list item. */
static bool refuse_dashes(struct mf_yaml_reading *reading, const struct mf_yaml_event *event)
{
    const struct mf_yaml_source *source = reading->source;
    struct mf_yaml_line line = mf_yaml_line_at(source, event->start);
    if (line.start + line.indent != event->start || !mf_yaml_tell_dash(reading, &line))
        return false;
    for (size_t at = mf_yaml_next_line(source, event->start); at < event->end; at = mf_yaml_next_line(source, at)) {
        line = mf_yaml_line_at(source, at);
        mf_yaml_tell_dash(reading, &line);
    }
    return true;
}

static bool refuse_colon(struct mf_yaml_reading *reading, const struct mf_yaml_event *event)
{
    struct mf_arena *arena = reading->source->arena;
    struct mf_yaml_line line = mf_yaml_line_at(reading->source, event->start);
    size_t at = event->start - line.start;
    if (at != line.body || event->end != line.start + line.value_end)
        return false;
    size_t word = mf_yaml_glued_colon(line.text + at, line.value_end - at);
    if (!word || memchr(line.text + at, ' ', line.value_end - at))
        return false;
    const char *fixed = mf_yaml_line_with(arena, &line, at + word + 1, at + word + 1, " ");
    if (!mf_yaml_edit(reading, line.start, fixed))
        return false;
    mf_diags_addf(reading->told, mf_yaml_place(reading->source, event->start, event->end),
                  mf_format(arena, "write it with a space: %s", mf_yaml_line_shown(arena, fixed)),
                  "no space after the colon in \"%.*s\"", (int)(line.value_end - at), line.text + at);
    return true;
}

/* Are there only spaces and dashes in front? */
static bool starts_line(const struct mf_yaml_source *source, size_t at)
{
    while (at > 0 && strchr(" -", source->work[at - 1]))
        at--;
    return at == 0 || source->work[at - 1] == '\n';
}

bool mf_yaml_refuse_glued_value(struct mf_yaml_reading *reading, const struct mf_yaml_event *event)
{
    char first = reading->source->work[event->start];
    if (!starts_line(reading->source, event->start))
        return false;
    if (first == '-')
        return refuse_dashes(reading, event);
    if (!memchr(reading->source->work + event->start, ':', event->end - event->start))
        return false;
    return refuse_colon(reading, event);
}

/* ---- `a: x` with `  - b` below is the text "x - b" to YAML ---- */

static void tell_list(struct mf_yaml_reading *reading, const struct mf_yaml_line *line)
{
    mf_diags_add(
        reading->draft, mf_yaml_place(reading->source, line->start + line->indent, line->start + line->value_end),
        "a list can't follow here: its key has a value already",
        "make that value the first \"- item\" of the list, or delete it; a text over several lines starts with |");
}

static bool tell_folded_colon(struct mf_yaml_reading *reading, const struct mf_yaml_line *line)
{
    size_t len = line->value_end - line->body;
    size_t word = line->body == line->indent ? mf_yaml_glued_colon(line->text + line->body, len) : 0;
    if (!word || memchr(line->text + line->body, ' ', len))
        return false;
    const char *fixed =
        mf_yaml_line_with(reading->source->arena, line, line->body + word + 1, line->body + word + 1, " ");
    mf_diags_addf(reading->draft,
                  mf_yaml_place(reading->source, line->start + line->body, line->start + line->value_end),
                  mf_format(reading->source->arena, "write it with a space, in line with the other keys: %s",
                            mf_yaml_line_shown(reading->source->arena, fixed)),
                  "no space after the colon in \"%.*s\"", (int)len, line->text + line->body);
    return true;
}

bool mf_yaml_refuse_folded(struct mf_yaml_reading *reading, const struct mf_yaml_event *event, bool in_list)
{
    const struct mf_yaml_source *source = reading->source;
    for (size_t at = mf_yaml_next_line(source, event->start); at < event->end; at = mf_yaml_next_line(source, at)) {
        struct mf_yaml_line line = mf_yaml_line_at(source, at);
        if (tell_folded_colon(reading, &line))
            return true;
        if (line.body == line.indent)
            continue;
        if (in_list)
            mf_yaml_mend_item(reading, &line);
        else
            tell_list(reading, &line);
        return true;
    }
    return false;
}
