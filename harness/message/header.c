/* The text of a header field (RFC 5322 2.2.3). */
#include "mailflow/message.h"

#include <string.h>

#include "message/charset_internal.h"

static size_t count_nul(struct mf_bytes bytes)
{
    size_t count = 0;
    for (size_t i = 0; i < bytes.len; ++i)
        count += bytes.data[i] == '\0';
    return count;
}

/* Takes out the line breaks, and nothing else; NUL, which no C string can hold, becomes U+FFFD. */
static const char *unfold(struct mf_arena *arena, struct mf_bytes value)
{
    char *text = mf_alloc(arena, value.len + 2 * count_nul(value) + 1);
    char *end = text;
    for (size_t i = 0; i < value.len; ++i) {
        char c = value.data[i];
        if (c == '\n' || (c == '\r' && i + 1 < value.len && value.data[i + 1] == '\n'))
            continue;
        if (c == '\0')
            end = mempcpy(end, "\xEF\xBF\xBD", 3);
        else
            *end++ = c;
    }
    *end = '\0';
    return text;
}

const char *mf_header_text(struct mf_arena *arena, const struct mf_header *header, bool decode)
{
    if (!header)
        return "";
    const char *text = unfold(arena, mf_bytes_trim(header->value));
    return decode ? mf_words_decode(arena, text) : text;
}
