/* Results as text. */
#include "cli/tell.h"

#include <stdio.h>
#include <string.h>

static bool is_control(unsigned char c)
{
    return c < ' ' || c == 127;
}

/* token of RFC 2045 5.1. */
static bool is_token(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c <= ' ' || c >= 127 || strchr("()<>@,;:\\\"/[]?=", c))
            return false;
    }
    return len > 0;
}

/* pvalue of RFC 8601 2.2: a token, or [[local-part] "@"] domain. */
static bool is_plain(const char *value)
{
    const char *at = strrchr(value, '@');
    if (!at)
        return is_token(value, strlen(value));
    bool local = at == value || (is_token(value, (size_t)(at - value)) && *value != '.' && at[-1] != '.');
    return local && is_token(at + 1, strlen(at + 1));
}

static void add_quoted(struct mf_text *out, const char *value)
{
    mf_text_putc(out, '"');
    for (; *value; value++) {
        if (*value == '"' || *value == '\\')
            mf_text_putc(out, '\\');
        mf_text_putc(out, is_control((unsigned char)*value) ? ' ' : *value);
    }
    mf_text_putc(out, '"');
}

void tell_value(struct mf_text *out, const char *name, const char *value)
{
    if (!value || !*value)
        return;
    mf_text_printf(out, " %s=", name);
    if (is_plain(value) && strcmp(name, "reason") != 0)
        mf_text_puts(out, value);
    else
        add_quoted(out, value);
}

static void add_clean(struct mf_text *out, const char *data, size_t len)
{
    for (size_t i = 0; i < len; i++)
        mf_text_putc(out, is_control((unsigned char)data[i]) ? ' ' : data[i]);
}

void tell_line(struct mf_text *out, int indent, const char *format, ...)
{
    struct mf_text line = {.max = 1 << 20};
    va_list args;
    va_start(args, format);
    mf_text_vprintf(&line, format, args);
    va_end(args);
    if (line.len)
        mf_text_printf(out, "%*s", indent, "");
    add_clean(out, mf_text_str(&line), line.len);
    mf_text_puts(out, "\n");
    mf_text_release(&line);
}

void tell_lines(struct mf_text *out, int indent, const char *lines)
{
    while (*lines) {
        size_t len = strcspn(lines, "\n");
        mf_text_printf(out, "%*s", len ? indent : 0, "");
        add_clean(out, lines, len);
        mf_text_puts(out, "\n");
        lines += len + (lines[len] == '\n');
    }
}

void tell_print(struct mf_text *out)
{
    fwrite(mf_text_str(out), 1, out->len, stdout);
    fflush(stdout);
    mf_text_release(out);
}
