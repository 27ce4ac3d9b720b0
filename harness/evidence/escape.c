/* Bytes as text and back. */
#include "evidence/escape_internal.h"

#include <string.h>

char *mf_escape_bytes(const char *data, size_t len)
{
    char *out = mf_xmalloc(len * 4 + 1), *to = out;
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)data[i];
        if (c >= 0x20 && c < 0x7f && c != '\\') {
            *to++ = (char)c;
            continue;
        }
        *to++ = '\\';
        *to++ = (char)('0' + c / 100);
        *to++ = (char)('0' + c / 10 % 10);
        *to++ = (char)('0' + c % 10);
    }
    *to = '\0';
    return out;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

struct mf_bytes mf_unescape_bytes(struct mf_arena *arena, const char *text)
{
    char *out = mf_alloc(arena, strlen(text) + 1);
    size_t len = 0;
    while (*text) {
        if (text[0] == '\\' && is_digit(text[1]) && is_digit(text[2]) && is_digit(text[3])) {
            out[len++] = (char)((text[1] - '0') * 100 + (text[2] - '0') * 10 + (text[3] - '0'));
            text += 4;
        } else {
            out[len++] = *text++;
        }
    }
    return (struct mf_bytes){out, len};
}

char *mf_escape_repair(const char *text)
{
    size_t len = strlen(text), to = 0;
    char *out = mf_xmalloc(len * 3 + 1);
    while (len) {
        size_t good = len;
        bool whole = mf_is_utf8(text, len, &good);
        memcpy(out + to, text, whole ? len : good);
        to += whole ? len : good;
        if (whole)
            break;
        memcpy(out + to, "\xEF\xBF\xBD", 3);
        to += 3;
        text += good + 1;
        len -= good + 1;
    }
    out[to] = '\0';
    return out;
}
