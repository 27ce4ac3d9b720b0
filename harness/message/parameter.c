/* Parameters of MIME fields. */
#include "message/parameter_internal.h"

#include <stdlib.h>
#include <string.h>

#include "message/charset_internal.h"

#define PARAMETERS_MAX 256

static const char *take_quoted(struct mf_arena *arena, const char **at)
{
    struct mf_text value;
    mf_text_init(&value, 0);
    for (++*at; **at && **at != '"'; ++*at) {
        if (**at == '\\' && (*at)[1])
            ++*at;
        mf_text_putc(&value, **at);
    }
    *at += strcspn(*at, ";");
    return mf_text_into(arena, &value);
}

/* Up to the semicolon: names with spaces stand unquoted in much real mail. A comment ends it too. */
static const char *take_plain(struct mf_arena *arena, const char **at)
{
    const char *start = *at;
    size_t len = strcspn(start, ";");
    *at += len;
    for (size_t i = 1; i < len; ++i)
        if (start[i] == '(' && mf_is_wsp(start[i - 1]))
            len = i;
    return mf_bytes_copy(arena, mf_bytes_trim((struct mf_bytes){start, len}));
}

struct mf_parameters mf_parameters_parse(struct mf_arena *arena, const char *text)
{
    struct mf_parameters found = {0};
    const char *at = text + strspn(text, " \t\r\n");
    size_t len = strcspn(at, "; \t(");
    found.value = mf_lower_copy(arena, (struct mf_bytes){at, len});
    at += strcspn(at, ";");
    while (*at && found.count < PARAMETERS_MAX) {
        at += strspn(at, "; \t\r\n");
        size_t name = strcspn(at, "=;");
        if (at[name] != '=') {
            at += name;
            continue;
        }
        struct mf_parameter *parameter = MF_PUSH(arena, found.items, found.count, found.capacity);
        parameter->name = mf_lower_copy(arena, mf_bytes_trim((struct mf_bytes){at, name}));
        at += name + 1;
        at += strspn(at, " \t\r\n");
        parameter->value = *at == '"' ? take_quoted(arena, &at) : take_plain(arena, &at);
    }
    return found;
}

static const char *find(const struct mf_parameters *parameters, const char *name)
{
    for (size_t i = 0; i < parameters->count; ++i)
        if (mf_same(parameters->items[i].name, name))
            return parameters->items[i].value;
    return NULL;
}

/* "%41" → "A" (RFC 2231 4). */
static void add_unescaped(struct mf_text *out, const char *value)
{
    for (; *value; ++value) {
        int high = *value == '%' ? mf_hex_value((unsigned char)value[1]) : -1;
        int low = high >= 0 ? mf_hex_value((unsigned char)value[2]) : -1;
        mf_text_putc(out, low >= 0 ? (char)(high * 16 + low) : *value);
        if (low >= 0)
            value += 2;
    }
}

/* charset'language'text: the text, and the charset if there is one. */
static const char *split_extended(struct mf_arena *arena, const char *value, const char **charset)
{
    const char *first = strchr(value, '\'');
    const char *second = first ? strchr(first + 1, '\'') : NULL;
    if (!second)
        return value;
    if (first > value)
        *charset = mf_copy_bytes(arena, value, (size_t)(first - value));
    return second + 1;
}

/* name*0, name*1* …; false when there is no first one. */
static bool join_sections(struct mf_arena *arena, const struct mf_parameters *parameters, const char *name,
                          struct mf_text *octets, const char **charset)
{
    for (size_t n = 0; n < parameters->count; ++n) {
        const char *plain = find(parameters, mf_format(arena, "%s*%zu", name, n));
        const char *extended = plain ? NULL : find(parameters, mf_format(arena, "%s*%zu*", name, n));
        if (plain)
            mf_text_puts(octets, plain);
        else if (extended)
            add_unescaped(octets, n == 0 ? split_extended(arena, extended, charset) : extended);
        else
            return n > 0;
    }
    return parameters->count > 0;
}

const char *mf_parameters_get(struct mf_arena *arena, const struct mf_parameters *parameters, const char *name)
{
    const char *charset = NULL, *extended = find(parameters, mf_format(arena, "%s*", name));
    struct mf_text octets;
    mf_text_init(&octets, 0);
    bool found = extended != NULL;
    if (extended)
        add_unescaped(&octets, split_extended(arena, extended, &charset));
    else
        found = join_sections(arena, parameters, name, &octets, &charset);
    const char *value = NULL, *plain = find(parameters, name);
    if (found)
        value = mf_charset_text(arena, charset, mf_text_bytes(&octets));
    else if (plain)
        value = mf_words_decode(arena, plain); /* forbidden inside quotes by RFC 2047 5, and common */
    mf_text_release(&octets);
    return value;
}
