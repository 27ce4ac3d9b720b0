/* Looking at borrowed bytes. */
#include "message/bytes_internal.h"

#include <string.h>

int mf_hex_value(int c)
{
    if (mf_is_digit(c))
        return c - '0';
    c = mf_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool mf_is_atext(int c)
{
    unsigned char octet = (unsigned char)c;
    return mf_is_alnum(octet) || octet >= 0x80 || (octet && strchr("!#$%&'*+-/=?^_`{|}~", octet));
}

struct mf_bytes mf_bytes_from(struct mf_bytes bytes, size_t start)
{
    if (start >= bytes.len)
        return (struct mf_bytes){NULL, 0};
    return (struct mf_bytes){bytes.data + start, bytes.len - start};
}

struct mf_bytes mf_bytes_slice(struct mf_bytes bytes, size_t start, size_t end)
{
    if (end > bytes.len)
        end = bytes.len;
    if (start >= end)
        return (struct mf_bytes){bytes.data, 0};
    return (struct mf_bytes){bytes.data + start, end - start};
}

struct mf_bytes mf_bytes_trim(struct mf_bytes bytes)
{
    while (bytes.len && mf_is_space((unsigned char)bytes.data[bytes.len - 1]))
        --bytes.len;
    while (bytes.len && mf_is_space((unsigned char)bytes.data[0])) {
        ++bytes.data;
        --bytes.len;
    }
    return bytes;
}

int mf_bytes_compare_nocase(struct mf_bytes a, struct mf_bytes b)
{
    size_t shorter = a.len < b.len ? a.len : b.len;
    for (size_t i = 0; i < shorter; ++i) {
        int difference = mf_lower((unsigned char)a.data[i]) - mf_lower((unsigned char)b.data[i]);
        if (difference)
            return difference;
    }
    return a.len < b.len ? -1 : a.len > b.len;
}

bool mf_bytes_same_nocase(struct mf_bytes bytes, const char *text)
{
    return mf_bytes_compare_nocase(bytes, mf_bytes_of(text)) == 0;
}

long mf_bytes_find(struct mf_bytes bytes, const char *text)
{
    if (!bytes.len)
        return -1;
    const char *found = memmem(bytes.data, bytes.len, text, strlen(text));
    return found ? found - bytes.data : -1;
}

long mf_bytes_find_nocase(struct mf_bytes bytes, const char *text)
{
    size_t len = strlen(text);
    for (size_t i = 0; i + len <= bytes.len; ++i)
        if (mf_lower((unsigned char)bytes.data[i]) == mf_lower((unsigned char)text[0]) &&
            mf_bytes_same_nocase((struct mf_bytes){bytes.data + i, len}, text))
            return (long)i;
    return -1;
}

size_t mf_line_length(struct mf_bytes bytes)
{
    const char *end = bytes.len ? memchr(bytes.data, '\n', bytes.len) : NULL;
    return end ? (size_t)(end - bytes.data) + 1 : bytes.len;
}

size_t mf_line_break(const char *line, size_t length)
{
    if (!length || line[length - 1] != '\n')
        return 0;
    return length > 1 && line[length - 2] == '\r' ? 2 : 1;
}

const char *mf_text_into(struct mf_arena *arena, struct mf_text *text)
{
    const char *copy = mf_copy_bytes(arena, text->data, text->len);
    mf_text_release(text);
    return copy;
}

const char *mf_bytes_copy(struct mf_arena *arena, struct mf_bytes bytes)
{
    return mf_copy_bytes(arena, bytes.data, bytes.len);
}

char *mf_lower_copy(struct mf_arena *arena, struct mf_bytes bytes)
{
    char *copy = mf_copy_bytes(arena, bytes.data, bytes.len);
    for (size_t i = 0; i < bytes.len; ++i)
        copy[i] = (char)mf_lower((unsigned char)copy[i]);
    return copy;
}
