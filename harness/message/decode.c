/* Transfer encodings taken off (RFC 2045 6.7 and 6.8). What is broken is kept as well as can be. */
#include "mailflow/message.h"

#include <string.h>

#include "message/bytes_internal.h"

/* One line without its break; true when it goes on in the next ("=" at its end). */
static bool decode_line(const char *line, size_t len, char **out, int *damaged)
{
    bool goes_on = false;
    while (len && mf_is_wsp(line[len - 1])) /* added on the way: not of the text */
        --len;
    if (len && line[len - 1] == '=') {
        goes_on = true;
        --len;
    }
    for (size_t i = 0; i < len; ++i) {
        int high = -1, low = -1;
        if (line[i] == '=' && i + 2 < len) {
            high = mf_hex_value((unsigned char)line[i + 1]);
            low = mf_hex_value((unsigned char)line[i + 2]);
        }
        if (high >= 0 && low >= 0) {
            *(*out)++ = (char)(high * 16 + low);
            i += 2;
            continue;
        }
        if (line[i] == '=')
            *damaged = 1;
        *(*out)++ = line[i];
    }
    return goes_on;
}

int mf_quoted_printable_decode(struct mf_arena *arena, struct mf_bytes in, struct mf_bytes *out)
{
    char *start = mf_alloc(arena, in.len + 1), *end = start;
    int damaged = 0;
    while (in.len) {
        size_t length = mf_line_length(in), line_break = mf_line_break(in.data, length);
        size_t len = length - line_break;
        if (!decode_line(in.data, len, &end, &damaged))
            end = mempcpy(end, in.data + len, line_break);
        in = mf_bytes_from(in, length);
    }
    *out = (struct mf_bytes){start, (size_t)(end - start)};
    return damaged;
}

static int base64_value(int c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (mf_is_digit(c))
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Ends a group of four; returns 1 when bits are left over that make no octet. */
static int end_group(unsigned *bits, int *filled, char **out)
{
    int count = *filled;
    if (count >= 2)
        *(*out)++ = (char)(*bits >> (count == 2 ? 4 : 10));
    if (count >= 3)
        *(*out)++ = (char)(*bits >> 2);
    *bits = 0;
    *filled = 0;
    return count == 1;
}

int mf_base64_decode(struct mf_arena *arena, struct mf_bytes in, struct mf_bytes *out)
{
    char *start = mf_alloc(arena, in.len / 4 * 3 + 4), *end = start;
    unsigned bits = 0;
    int filled = 0, padding = 0, damaged = 0;
    for (size_t i = 0; i < in.len; ++i) {
        int c = (unsigned char)in.data[i], value = base64_value(c);
        if (c == '=') {
            if (padding++ == 0) {
                padding += filled == 3 ? 1 : 0; /* counts to two either way */
                damaged |= filled < 2;
                damaged |= end_group(&bits, &filled, &end);
            }
            damaged |= padding > 2;
        } else if (value >= 0) {
            damaged |= padding; /* something stands behind the end: two encodings in a row */
            padding = 0;
            bits = bits << 6 | (unsigned)value;
            if (++filled == 4) {
                end = mempcpy(end, (char[]){(char)(bits >> 16), (char)(bits >> 8), (char)bits}, 3);
                bits = 0;
                filled = 0;
            }
        } else {
            damaged |= !mf_is_space(c);
        }
    }
    damaged |= filled != 0;
    end_group(&bits, &filled, &end);
    *out = (struct mf_bytes){start, (size_t)(end - start)};
    return damaged != 0;
}
