/* Bytes and growing text. */
#include "mailflow/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mailflow/arena.h"

struct mf_bytes mf_bytes_of(const char *text)
{
    return (struct mf_bytes){text, text ? strlen(text) : 0};
}

bool mf_bytes_equal(struct mf_bytes a, struct mf_bytes b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

void mf_text_init(struct mf_text *text, size_t max)
{
    *text = (struct mf_text){.max = max};
}

void mf_text_release(struct mf_text *text)
{
    free(text->data);
    *text = (struct mf_text){.max = text->max};
}

void mf_text_clear(struct mf_text *text)
{
    text->len = 0;
    text->full = false;
    if (text->data)
        text->data[0] = '\0';
}

/* Makes room for len more bytes and the NUL; false when the maximum forbids it. */
static bool make_room(struct mf_text *text, size_t len)
{
    size_t max = text->max ? text->max : MF_TEXT_MAX_DEFAULT;
    if (len > max || text->len > max - len) {
        text->full = true;
        return false;
    }
    size_t wanted = text->len + len + 1;
    if (wanted > text->capacity) {
        size_t larger = text->capacity ? text->capacity * 2 : 256;
        text->capacity = larger > wanted ? larger : wanted;
        text->data = mf_xrealloc(text->data, text->capacity);
    }
    return true;
}

void mf_text_add(struct mf_text *text, const void *data, size_t len)
{
    if (!make_room(text, len))
        return;
    if (len)
        memcpy(text->data + text->len, data, len);
    text->len += len;
    text->data[text->len] = '\0';
}

void mf_text_puts(struct mf_text *text, const char *string)
{
    mf_text_add(text, string, strlen(string));
}

void mf_text_putc(struct mf_text *text, char c)
{
    mf_text_add(text, &c, 1);
}

void mf_text_vprintf(struct mf_text *text, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    if (len >= 0 && make_room(text, (size_t)len)) {
        vsnprintf(text->data + text->len, (size_t)len + 1, format, again);
        text->len += (size_t)len;
    }
    va_end(again);
}

void mf_text_printf(struct mf_text *text, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    mf_text_vprintf(text, format, args);
    va_end(args);
}

const char *mf_text_str(const struct mf_text *text)
{
    return text->data ? text->data : "";
}

struct mf_bytes mf_text_bytes(const struct mf_text *text)
{
    return (struct mf_bytes){text->data, text->len};
}

const char *mf_join(struct mf_arena *arena, const char *const *words, size_t count, const char *last)
{
    struct mf_text text = {0};
    for (size_t i = 0; i < count; i++)
        mf_text_printf(&text, "%s%s", i == 0 ? "" : i + 1 == count ? last : ", ", words[i]);
    const char *joined = mf_copy(arena, mf_text_str(&text));
    mf_text_release(&text);
    return joined;
}

const char *mf_hex(struct mf_arena *arena, struct mf_bytes bytes)
{
    static const char digits[] = "0123456789abcdef";
    char *hex = mf_alloc(arena, 2 * bytes.len + 1);
    for (size_t i = 0; i < bytes.len; i++) {
        hex[2 * i] = digits[(unsigned char)bytes.data[i] >> 4];
        hex[2 * i + 1] = digits[(unsigned char)bytes.data[i] & 15];
    }
    return hex;
}
