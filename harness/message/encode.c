/* Transfer encodings put on (RFC 2045 6.7 and 6.8). */
#include "message/encode_internal.h"

#include <string.h>

static const char base64_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static void encode_group(char *digits, const unsigned char *octets, size_t count)
{
    unsigned bits = (unsigned)octets[0] << 16;
    bits |= count > 1 ? (unsigned)octets[1] << 8 : 0;
    bits |= count > 2 ? octets[2] : 0u;
    digits[0] = base64_digits[bits >> 18];
    digits[1] = base64_digits[bits >> 12 & 63];
    digits[2] = count > 1 ? base64_digits[bits >> 6 & 63] : '=';
    digits[3] = count > 2 ? base64_digits[bits & 63] : '=';
}

void mf_encode_base64(struct mf_text *out, struct mf_bytes in)
{
    char line[MF_LINE_MAX + 2];
    size_t column = 0;
    for (size_t i = 0; i < in.len; i += 3) {
        size_t count = in.len - i < 3 ? in.len - i : 3;
        encode_group(line + column, (const unsigned char *)in.data + i, count);
        column += 4;
        if (column == MF_LINE_MAX || i + 3 >= in.len) {
            memcpy(line + column, "\r\n", 2);
            mf_text_add(out, line, column + 2);
            column = 0;
        }
    }
}

static bool is_plain(struct mf_bytes line, size_t i)
{
    unsigned char c = (unsigned char)line.data[i];
    if (mf_is_wsp(c))
        return i + 1 < line.len;
    if (i == 0 && (c == '.' || (line.len >= 5 && memcmp(line.data, "From ", 5) == 0)))
        return false;
    return c > ' ' && c < 0x7f && c != '=';
}

static void encode_line(struct mf_text *out, struct mf_bytes line)
{
    size_t column = 0;
    for (size_t i = 0; i < line.len; ++i) {
        bool plain = is_plain(line, i);
        if (column + (plain ? 1 : 3) > MF_LINE_MAX - 1) {
            mf_text_puts(out, "=\r\n");
            column = 0;
        }
        if (plain)
            mf_text_putc(out, line.data[i]);
        else
            mf_text_printf(out, "=%02X", (unsigned char)line.data[i]);
        column += plain ? 1 : 3;
    }
}

void mf_encode_quoted_printable(struct mf_text *out, struct mf_bytes in)
{
    while (in.len) {
        size_t length = mf_line_length(in), line_break = mf_line_break(in.data, length);
        encode_line(out, mf_bytes_slice(in, 0, length - line_break));
        mf_text_puts(out, line_break ? "\r\n" : "=\r\n");
        in = mf_bytes_from(in, length);
    }
}

bool mf_is_ascii(const char *text, size_t len)
{
    for (size_t i = 0; i < len; ++i)
        if ((unsigned char)text[i] >= 0x80)
            return false;
    return true;
}
