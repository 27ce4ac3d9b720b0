/* SPF: the evaluation as a tree for people: every term looked at, what it cost, what it gave. */
#include <string.h>

#include "mailflow/spf.h"

#define TERM_MAX 64 /* columns */

static size_t term_width(const struct mf_spf_step *steps, size_t count)
{
    size_t width = 0;
    for (size_t i = 0; i < count; i++) {
        size_t one = strlen(steps[i].term) + 2 * (size_t)steps[i].depth;
        width = one > width ? one : width;
    }
    return width < TERM_MAX ? width : TERM_MAX;
}

static const char *outcome_words(const struct mf_spf_step *step)
{
    switch (step->outcome) {
    case MF_SPF_STEP_NO_MATCH:
        return "no match";
    case MF_SPF_STEP_MATCH:
        return "MATCH";
    case MF_SPF_STEP_ERROR:
        return "ERROR";
    }
    return "";
}

static void add_step(struct mf_text *out, const struct mf_spf_step *step, size_t width)
{
    int indent = 2 * step->depth;
    mf_text_printf(out, "%*s%-*s  %-8s", indent, "", (int)width - indent > 0 ? (int)width - indent : 0, step->term,
                   outcome_words(step));
    if (step->lookups)
        mf_text_printf(out, "  %d look-up%s", step->lookups, step->lookups == 1 ? "" : "s");
    if (step->is_void)
        mf_text_puts(out, ", void");
    if (step->target && !strstr(step->term, step->target))
        mf_text_printf(out, "  [%s]", step->target);
    if (step->found)
        mf_text_printf(out, "  %s", step->found);
    mf_text_puts(out, "\n");
}

const char *mf_spf_tree(struct mf_arena *arena, const struct mf_spf_step *steps, size_t count)
{
    struct mf_text out = {.max = 256 << 10};
    size_t width = term_width(steps, count);
    for (size_t i = 0; i < count; i++)
        add_step(&out, &steps[i], width);
    const char *text = mf_copy(arena, mf_text_str(&out));
    mf_text_release(&out);
    return text;
}
