/* See pasted.h. */
#include "mailflow/pasted.h"

#include <string.h>

#define NO_CHARACTER 0x110000 /* a byte that is no UTF-8 */

/* What it looks like, and what was meant by it. */
static const struct {
    uint32_t code;
    const char *name;
    char plain; /* '\0': nothing */
} known[] = {
    {0x0000, "a zero byte", '\0'},
    {0x0009, "a tab", ' '},
    {0x000A, "a line break", ' '},
    {0x000D, "a line break", ' '},
    {0x00A0, "a no-break space", ' '},
    {0x00AD, "a soft hyphen", '\0'},
    {0x2010, "a hyphen that is not the plain -", '-'},
    {0x2011, "a no-break hyphen", '-'},
    {0x2012, "a dash in place of -", '-'},
    {0x2013, "a dash in place of -", '-'},
    {0x2014, "a dash in place of -", '-'},
    {0x2018, "a curly quote", '\0'},
    {0x2019, "a curly quote", '\0'},
    {0x201C, "a curly quote", '\0'},
    {0x201D, "a curly quote", '\0'},
    {0x201E, "a curly quote", '\0'},
    {0x00AB, "a curly quote", '\0'},
    {0x00BB, "a curly quote", '\0'},
    {0x2007, "a blank that is no plain space", ' '},
    {0x2009, "a thin space", ' '},
    {0x202F, "a narrow no-break space", ' '},
    {0x3000, "a blank that is no plain space", ' '},
    {0x200B, "an invisible zero-width space", '\0'},
    {0x200C, "an invisible zero-width character", '\0'},
    {0x200D, "an invisible zero-width character", '\0'},
    {0x200E, "an invisible mark of writing direction", '\0'},
    {0x200F, "an invisible mark of writing direction", '\0'},
    {0x2060, "an invisible word joiner", '\0'},
    {0xFEFF, "an invisible byte-order mark", '\0'},
    {0x2212, "a minus sign in place of -", '-'},
    {0x2026, "an ellipsis", '\0'},
    {0xFF1A, "a wide colon in place of :", ':'},
    {0xFF1B, "a wide semicolon in place of ;", ';'},
};

/* The character at the beginning, with its length in bytes. */
static uint32_t decode(struct mf_bytes text, size_t *len)
{
    const unsigned char *at = (const unsigned char *)text.data;
    size_t count = at[0] < 0x80 ? 1 : at[0] < 0xE0 ? 2 : at[0] < 0xF0 ? 3 : 4;
    *len = 1;
    if (count == 1)
        return at[0];
    if (count > text.len || !mf_is_utf8(text.data, count, NULL))
        return NO_CHARACTER;
    uint32_t code = at[0] & (0xFFu >> (count + 1));
    for (size_t i = 1; i < count; i++)
        code = code << 6 | (at[i] & 0x3F);
    *len = count;
    return code;
}

static bool is_plain(uint32_t code)
{
    return code >= ' ' && code < 127;
}

static const char *name_of(struct mf_arena *arena, uint32_t code, unsigned char byte)
{
    if (code == NO_CHARACTER)
        return mf_format(arena, "a byte 0x%02x that is no character", byte);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (known[i].code == code && code < 128)
            return known[i].name;
        else if (known[i].code == code)
            return mf_format(arena, "%s (U+%04X)", known[i].name, (unsigned)code);
    return code < 128 ? mf_format(arena, "a control character (U+%04X)", (unsigned)code)
                      : mf_format(arena, "a character that is no ASCII (U+%04X)", (unsigned)code);
}

const char *mf_pasted_odd(struct mf_arena *arena, struct mf_bytes text)
{
    for (size_t i = 0, len; i < text.len; i += len) {
        uint32_t code = decode((struct mf_bytes){text.data + i, text.len - i}, &len);
        if (!is_plain(code))
            return name_of(arena, code, (unsigned char)text.data[i]);
    }
    return NULL;
}

static const char *kept(struct mf_arena *arena, struct mf_text *text)
{
    const char *copy = mf_copy(arena, mf_text_str(text));
    mf_text_release(text);
    return copy;
}

const char *mf_pasted_shown(struct mf_arena *arena, struct mf_bytes text)
{
    struct mf_text shown = {.max = 65536};
    for (size_t i = 0, len; i < text.len; i += len) {
        uint32_t code = decode((struct mf_bytes){text.data + i, text.len - i}, &len);
        if (is_plain(code))
            mf_text_putc(&shown, (char)code);
        else if (code == NO_CHARACTER)
            mf_text_printf(&shown, "<%02X>", (unsigned char)text.data[i]);
        else
            mf_text_printf(&shown, "<U+%04X>", (unsigned)code);
    }
    return kept(arena, &shown);
}

static char plain_of(uint32_t code)
{
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (known[i].code == code)
            return known[i].plain;
    return is_plain(code) && code != '"' && code != '\\' ? (char)code : '\0';
}

const char *mf_pasted_plain(struct mf_arena *arena, struct mf_bytes text)
{
    struct mf_text plain = {.max = 65536};
    for (size_t i = 0, len; i < text.len; i += len) {
        char c = plain_of(decode((struct mf_bytes){text.data + i, text.len - i}, &len));
        if (c && !(c == ' ' && plain.len == 0))
            mf_text_putc(&plain, c);
    }
    while (plain.len && plain.data[plain.len - 1] == ' ')
        plain.data[--plain.len] = '\0';
    return kept(arena, &plain);
}
