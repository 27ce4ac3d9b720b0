/* RFC 2047: words of other charsets in header fields. */
#include <string.h>

#include "message/charset_internal.h"
#include "mailflow/message.h"

#define CHARSET_MAX 40

struct encoded_word {
    char charset[CHARSET_MAX + 1];
    char encoding;        /* 'b' or 'q' */
    struct mf_bytes text; /* still encoded */
    size_t length;        /* of the whole, from "=?" to "?=" */
};

static bool read_charset(const char *at, struct encoded_word *word, const char **end)
{
    size_t len = strcspn(at, "? \t\r\n");
    if (at[len] != '?' || len == 0)
        return false;
    *end = at + len + 1;
    size_t name = strcspn(at, "*?"); /* RFC 2231 5: a language may follow */
    if (name > CHARSET_MAX)
        return false;
    memcpy(word->charset, at, name);
    word->charset[name] = '\0';
    return true;
}

static bool read_word(const char *at, struct encoded_word *word)
{
    const char *text;
    if (!mf_starts(at, "=?") || !read_charset(at + 2, word, &text))
        return false;
    word->encoding = (char)mf_lower((unsigned char)*text);
    if ((word->encoding != 'b' && word->encoding != 'q') || text[1] != '?')
        return false;
    text += 2;
    size_t len = strcspn(text, "? \t\r\n");
    if (text[len] != '?' || text[len + 1] != '=')
        return false;
    word->text = (struct mf_bytes){text, len};
    word->length = (size_t)(text + len + 2 - at);
    return true;
}

static void decode_q(struct mf_text *out, struct mf_bytes text)
{
    for (size_t i = 0; i < text.len; ++i) {
        int c = (unsigned char)text.data[i];
        int high = -1, low = -1;
        if (c == '=' && i + 2 < text.len) {
            high = mf_hex_value((unsigned char)text.data[i + 1]);
            low = mf_hex_value((unsigned char)text.data[i + 2]);
        }
        if (high >= 0 && low >= 0) {
            c = high * 16 + low;
            i += 2;
        } else if (c == '_') {
            c = ' ';
        }
        mf_text_putc(out, (char)c);
    }
}

static void decode_word(struct mf_arena *arena, struct mf_text *octets, const struct encoded_word *word)
{
    if (word->encoding == 'q') {
        decode_q(octets, word->text);
        return;
    }
    struct mf_bytes decoded;
    mf_base64_decode(arena, word->text, &decoded);
    mf_text_add(octets, decoded.data, decoded.len);
}

/* Neighbours of one charset are joined before they are converted: a character may be cut in two
 * (forbidden by RFC 2047 5, and common). */
struct joined {
    char charset[CHARSET_MAX + 1];
    struct mf_text octets;
};

static void flush(struct mf_text *out, struct joined *joined)
{
    if (joined->octets.len)
        mf_charset_add(out, joined->charset, mf_text_bytes(&joined->octets));
    mf_text_clear(&joined->octets);
}

const char *mf_words_decode(struct mf_arena *arena, const char *text)
{
    text = mf_charset_text(arena, NULL, mf_bytes_of(text));
    if (!strstr(text, "=?"))
        return text;
    struct mf_text out;
    struct joined joined = {.charset = ""};
    mf_text_init(&out, mf_charset_max(strlen(text)));
    const char *at = text;
    while (*at) {
        /* Space between two encoded words is not part of the text (RFC 2047 6.2). */
        const char *next = at + strspn(at, " \t\r\n");
        struct encoded_word word;
        bool after_word = joined.octets.len > 0;
        if (read_word(after_word ? next : at, &word)) {
            if (!mf_same_nocase(joined.charset, word.charset))
                flush(&out, &joined);
            memcpy(joined.charset, word.charset, sizeof word.charset);
            decode_word(arena, &joined.octets, &word);
            at = (after_word ? next : at) + word.length;
            continue;
        }
        flush(&out, &joined);
        size_t plain = 1 + strcspn(at + 1, "= \t\r\n");
        mf_text_add(&out, at, plain);
        at += plain;
    }
    flush(&out, &joined);
    mf_text_release(&joined.octets);
    return mf_text_into(arena, &out);
}
