/* Macros of SPF (RFC 7208 7). */
#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "auth/spf_internal.h"

#define PARTS_MAX 128
#define DOMAIN_MAX 253

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter_or_digit(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_delimiter(char c)
{
    return c && strchr(".-+,/_=", c);
}

struct macro {
    char letter;     /* lower case; '%', '_', '-' for the short ones */
    bool is_escaped; /* upper case: for URLs */
    int keep;        /* 0: all parts */
    bool is_reversed;
    char delimiters[8];
    size_t length; /* with "%{" and "}"; 0: malformed */
};

/* Reads what begins with "%". */
static struct macro read_macro(struct mf_bytes text)
{
    struct macro m = {0};
    size_t at = 2, delimiters = 0;
    if (text.len >= 2 && text.data[1] && strchr("%_-", text.data[1]))
        return (struct macro){.letter = text.data[1], .length = 2};
    if (text.len < 4 || text.data[1] != '{')
        return m;
    char letter = text.data[at++];
    m.letter = (char)mf_lower((unsigned char)letter);
    m.is_escaped = m.letter != letter;
    size_t digits_at = at;
    while (at < text.len && is_digit(text.data[at])) {
        m.keep = m.keep > 1000 ? m.keep : m.keep * 10 + (text.data[at] - '0');
        at++;
    }
    bool is_zero = at > digits_at && m.keep == 0;
    if (at < text.len && (text.data[at] == 'r' || text.data[at] == 'R')) {
        m.is_reversed = true;
        at++;
    }
    for (; at < text.len && is_delimiter(text.data[at]); at++)
        if (delimiters < sizeof m.delimiters - 1 && !memchr(m.delimiters, text.data[at], delimiters))
            m.delimiters[delimiters++] = text.data[at];
    bool good = !is_zero && at < text.len && text.data[at] == '}' && m.letter && strchr("slodiphcrtv", m.letter);
    m.length = good ? at + 1 : 0;
    return m;
}

const char *mf_spf_macro_wrong(struct mf_bytes text, bool in_explanation)
{
    for (size_t i = 0; i < text.len;) {
        unsigned char c = (unsigned char)text.data[i];
        if (c == '%') {
            struct macro m = read_macro((struct mf_bytes){text.data + i, text.len - i});
            if (!m.length)
                return "this is no macro (a plain % is written %%)";
            if (!in_explanation && strchr("crt", m.letter))
                return "the macros c, r and t are for explanations only";
            i += m.length;
        } else if (c > ' ' && c < 127) {
            i++;
        } else if (in_explanation && c == ' ') {
            i++;
        } else {
            return c < 127 ? "it holds a control character" : "it holds a character that is no ASCII";
        }
    }
    return NULL;
}

/* domain-end = ( "." toplabel [ "." ] ) / macro-expand */
bool mf_spf_domain_spec_ends_right(struct mf_bytes spec)
{
    size_t last_macro_end = 0;
    for (size_t i = 0; i < spec.len;) {
        size_t length = spec.data[i] == '%' ? read_macro((struct mf_bytes){spec.data + i, spec.len - i}).length : 0;
        last_macro_end = length ? i + length : last_macro_end;
        i += length ? length : 1;
    }
    if (last_macro_end == spec.len)
        return spec.len > 0;
    size_t end = spec.len - (spec.data[spec.len - 1] == '.'), start = end;
    bool has_non_digit = false;
    while (start > last_macro_end && spec.data[start - 1] != '.') {
        char c = spec.data[--start];
        if (!is_letter_or_digit(c) && c != '-')
            return false;
        has_non_digit = has_non_digit || !is_digit(c);
    }
    bool has_dot = start > last_macro_end;
    return has_dot && end > start && has_non_digit && spec.data[start] != '-' && spec.data[end - 1] != '-';
}

/* ------------------------------------------------------------------ expansion */

static const char *dotted(struct mf_arena *arena, const struct mf_spf_macros *macros)
{
    char text[80], *at = text;
    if (!macros->is_v6)
        return mf_copy(arena, inet_ntop(AF_INET, macros->ip, text, sizeof text));
    for (int i = 0; i < 16; i++)
        at += sprintf(at, "%s%X.%X", i ? "." : "", macros->ip[i] >> 4, macros->ip[i] & 15);
    return mf_copy(arena, text);
}

static const char *readable(struct mf_arena *arena, const struct mf_spf_macros *macros)
{
    char text[INET6_ADDRSTRLEN];
    return mf_copy(arena, inet_ntop(macros->is_v6 ? AF_INET6 : AF_INET, macros->ip, text, sizeof text));
}

static const char *value_of(struct mf_arena *arena, const struct mf_spf_macros *macros, char letter)
{
    switch (letter) {
    case 's':
        return macros->sender;
    case 'l':
        return macros->local;
    case 'o':
        return macros->sender_domain;
    case 'd':
        return macros->domain;
    case 'i':
        return dotted(arena, macros);
    case 'p':
        return macros->validated_name(macros->context, macros->domain);
    case 'v':
        return macros->is_v6 ? "ip6" : "in-addr";
    case 'h':
        return macros->helo;
    case 'c':
        return readable(arena, macros);
    case 'r':
        return macros->receiver;
    case 't':
        return mf_format(arena, "%lld", (long long)(macros->now / MF_SECOND));
    }
    return "";
}

struct part {
    const char *start;
    size_t len;
};

static size_t split(const char *value, const char *delimiters, struct part *parts)
{
    size_t count = 0;
    for (;;) {
        size_t len = strcspn(value, delimiters);
        if (count == PARTS_MAX)
            return count;
        parts[count++] = (struct part){value, len};
        if (!value[len])
            return count;
        value += len + 1;
    }
}

static void add_parts(struct mf_text *out, const struct macro *m, const char *value)
{
    struct part parts[PARTS_MAX];
    size_t count = split(value, m->delimiters[0] ? m->delimiters : ".", parts);
    size_t keep = m->keep && (size_t)m->keep < count ? (size_t)m->keep : count;
    for (size_t i = count - keep; i < count; i++) {
        const struct part *part = &parts[m->is_reversed ? count - 1 - i : i];
        if (i > count - keep)
            mf_text_putc(out, '.');
        mf_text_add(out, part->start, part->len);
    }
}

/* RFC 3986 2.3: unreserved characters stay. */
static void add_escaped(struct mf_text *out, const char *text)
{
    for (; *text; text++)
        if (is_letter_or_digit(*text) || strchr("-._~", *text))
            mf_text_putc(out, *text);
        else
            mf_text_printf(out, "%%%02X", (unsigned char)*text);
}

static void add_macro(struct mf_arena *arena, const struct mf_spf_macros *macros, const struct macro *m,
                      struct mf_text *out)
{
    struct mf_text text = {.max = 65536};
    if (m->letter == '%' || m->letter == '_' || m->letter == '-') {
        mf_text_puts(out, m->letter == '%' ? "%" : m->letter == '_' ? " " : "%20");
        return;
    }
    add_parts(&text, m, value_of(arena, macros, m->letter));
    if (m->is_escaped)
        add_escaped(out, mf_text_str(&text));
    else
        mf_text_add(out, text.data, text.len);
    mf_text_release(&text);
}

const char *mf_spf_expand(struct mf_arena *arena, const struct mf_spf_macros *macros, struct mf_bytes text)
{
    struct mf_text out = {.max = 65536};
    for (size_t i = 0; i < text.len;) {
        struct macro m = {0};
        if (text.data[i] == '%')
            m = read_macro((struct mf_bytes){text.data + i, text.len - i});
        if (m.length)
            add_macro(arena, macros, &m, &out);
        else
            mf_text_putc(&out, text.data[i]);
        i += m.length ? m.length : 1;
    }
    const char *result = mf_copy(arena, mf_text_str(&out));
    mf_text_release(&out);
    return result;
}

const char *mf_spf_expand_domain(struct mf_arena *arena, const struct mf_spf_macros *macros, const char *spec)
{
    const char *name = mf_spf_expand(arena, macros, mf_bytes_of(spec));
    size_t len = strlen(name);
    if (len && name[len - 1] == '.')
        len--;
    while (len > DOMAIN_MAX) {
        size_t cut = strcspn(name, ".") + 1;
        if (cut > len)
            break;
        name += cut;
        len -= cut;
    }
    return mf_copy_bytes(arena, name, len);
}
