/* The argv of a command for one message. */
#include "mailflow/plan.h"
#include "mailflow/text.h"

#include <string.h>

static void add_joined(struct mf_text *text, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        mf_text_puts(text, i ? " " : "");
        mf_text_puts(text, words[i]);
    }
}

/* One argument with the variables in the middle of it filled in. */
static const char *fill_in(struct mf_arena *arena, const char *word, const char *mail_from, const char *const *rcpt,
                           size_t count)
{
    struct mf_text text = {.max = 1 << 20};
    mf_text_puts(&text, "");
    while (*word) {
        if (mf_starts(word, "$(mail-from)")) {
            mf_text_puts(&text, mail_from);
            word += strlen("$(mail-from)");
        } else if (mf_starts(word, "$(rcpt-to)")) {
            add_joined(&text, rcpt, count);
            word += strlen("$(rcpt-to)");
        } else {
            mf_text_putc(&text, *word++);
        }
    }
    const char *filled = mf_copy(arena, mf_text_str(&text));
    mf_text_release(&text);
    return filled;
}

const char **mf_plan_argv(struct mf_arena *arena, const struct mf_via *via, const char *mail_from,
                          const char *const *rcpt, size_t rcpt_count)
{
    size_t count = 0, used = 0;
    while (via->argv[count])
        count++;
    const char **argv = mf_alloc_array(arena, count * (rcpt_count + 1) + 1, sizeof *argv);
    const char *sender = mail_from[0] ? mail_from : "<>";
    for (size_t i = 0; i < count; i++) {
        if (strcmp(via->argv[i], "$(rcpt-to)") != 0) {
            argv[used++] = fill_in(arena, via->argv[i], sender, rcpt, rcpt_count);
            continue;
        }
        for (size_t j = 0; j < rcpt_count; j++)
            argv[used++] = rcpt[j];
    }
    return argv;
}
