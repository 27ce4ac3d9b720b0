/* How words stand on a terminal: escaped, coloured, in columns. */
#include <string.h>

#include "report/terminal_internal.h"

static const char *const words[] = {[MF_PASS] = "pass", [MF_FAIL] = "FAIL", [MF_ERROR] = "ERROR", [MF_PENDING] = "wait", [MF_SKIPPED] = "skip"};
static const char *const colors[] = {[MF_PASS] = "\033[32m", [MF_FAIL] = "\033[1;31m", [MF_ERROR] = "\033[1;35m",
                                     [MF_PENDING] = "\033[33m", [MF_SKIPPED] = "\033[2m"};

/* What stands for a sign of ours on a terminal without Unicode; NULL: no sign of ours. */
static const char *plain_sign(const char *text, size_t len, size_t *step)
{
    static const struct { const char *sign, *plain; } signs[] = {{"→", "->"}, {"·", "-"}, {"…", "..."}};
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        if (strlen(signs[i].sign) <= len && memcmp(text, signs[i].sign, strlen(signs[i].sign)) == 0) {
            *step = strlen(signs[i].sign);
            return signs[i].plain;
        }
    return NULL;
}

void terminal_span(struct terminal *t, const char *text, size_t len)
{
    for (size_t step; len; text += step, len -= step) {
        const char *plain = t->unicode ? NULL : plain_sign(text, len, &step);
        if (plain) {
            mf_text_puts(t->out, plain);
            continue;
        }
        step = 1;
        while (step < len && ((unsigned char)text[step] & 0xC0) == 0x80)
            step++;
        report_escape_terminal(t->out, text, step);
    }
}

void terminal_plain(struct terminal *t, const char *text)
{
    terminal_span(t, text, strlen(text));
}

void terminal_colored(struct terminal *t, const char *color, const char *text)
{
    mf_text_puts(t->out, t->color ? color : "");
    terminal_plain(t, text);
    mf_text_puts(t->out, t->color ? "\033[0m" : "");
}

const char *terminal_outcome_color(enum mf_outcome outcome)
{
    return colors[outcome];
}

const char *terminal_outcome_word(enum mf_outcome outcome)
{
    return words[outcome];
}

void terminal_pad(struct terminal *t, int used, int wanted)
{
    do
        mf_text_putc(t->out, ' ');
    while (++used < wanted);
}

void terminal_sides(struct terminal *t, const char *left, const char *right)
{
    terminal_plain(t, left);
    terminal_pad(t, report_width(left), t->width - report_width(right));
    terminal_plain(t, right);
    mf_text_putc(t->out, '\n');
}
