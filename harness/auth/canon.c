/* Canonicalization, RFC 6376 3.4. */
#include "auth/canon.h"

#include <stdlib.h>
#include <string.h>

#define NOT_COUNTED SIZE_MAX

const char *mf_canon_name(enum mf_canon canon)
{
    return canon == MF_CANON_RELAXED ? "relaxed" : "simple";
}

static bool one_word(const char *word, size_t len, enum mf_canon *canon)
{
    if (len == 6 && memcmp(word, "simple", 6) == 0)
        *canon = MF_CANON_SIMPLE;
    else if (len == 7 && memcmp(word, "relaxed", 7) == 0)
        *canon = MF_CANON_RELAXED;
    else
        return false;
    return true;
}

bool mf_canon_parse(const char *words, enum mf_canon *header, enum mf_canon *body)
{
    size_t first = strcspn(words, "/");
    *body = MF_CANON_SIMPLE;
    if (!one_word(words, first, header))
        return false;
    return words[first] == '\0' || one_word(words + first + 1, strlen(words + first + 1), body);
}

struct mf_bytes mf_canon_line_ends(struct mf_arena *arena, struct mf_bytes raw)
{
    size_t bare = 0;
    for (size_t i = 0; i < raw.len; i++)
        bare += raw.data[i] == '\n' && (i == 0 || raw.data[i - 1] != '\r');
    if (bare == 0)
        return raw;
    char *fixed = mf_alloc(arena, raw.len + bare + 1), *to = fixed;
    for (size_t i = 0; i < raw.len; i++) {
        if (raw.data[i] == '\n' && (i == 0 || raw.data[i - 1] != '\r'))
            *to++ = '\r';
        *to++ = raw.data[i];
    }
    return (struct mf_bytes){fixed, (size_t)(to - fixed)};
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t';
}

/* RFC 6376 3.4.2: name in lower case, unfolded, runs of white space to one space, none around the
 * colon or at the end. */
static void relaxed_header(struct mf_bytes field, struct mf_text *out)
{
    const char *colon = field.len ? memchr(field.data, ':', field.len) : NULL;
    size_t name = colon ? (size_t)(colon - field.data) : field.len;
    size_t name_end = name;
    while (name_end && is_space(field.data[name_end - 1]))
        name_end--;
    for (size_t i = 0; i < name_end; i++)
        mf_text_putc(out, (char)mf_lower((unsigned char)field.data[i]));
    mf_text_putc(out, ':');
    bool space = false, any = false;
    for (size_t i = name + 1; i < field.len; i++) {
        char c = field.data[i];
        if (c == '\r' && i + 1 < field.len && field.data[i + 1] == '\n')
            i++;
        else if (is_space(c))
            space = true;
        else {
            if (space && any)
                mf_text_putc(out, ' ');
            mf_text_putc(out, c);
            space = false;
            any = true;
        }
    }
    mf_text_puts(out, "\r\n");
}

void mf_canon_header(enum mf_canon canon, struct mf_bytes field, struct mf_text *out)
{
    if (canon == MF_CANON_RELAXED) {
        relaxed_header(field, out);
        return;
    }
    mf_text_add(out, field.data, field.len);
    if (field.len < 2 || memcmp(field.data + field.len - 2, "\r\n", 2) != 0)
        mf_text_puts(out, "\r\n");
}

/* One line without its CRLF, as the canonicalization wants it. */
static void body_line(enum mf_canon canon, const char *line, size_t len, struct mf_text *out)
{
    if (canon == MF_CANON_SIMPLE) {
        mf_text_add(out, line, len);
        return;
    }
    while (len && is_space(line[len - 1]))
        len--;
    for (size_t i = 0; i < len; i++) {
        if (!is_space(line[i]))
            mf_text_putc(out, line[i]);
        else if (i == 0 || !is_space(line[i - 1]))
            mf_text_putc(out, ' ');
    }
}

static size_t line_length(struct mf_bytes body, size_t from, bool *ended)
{
    for (size_t i = from; i + 1 < body.len; i++)
        if (body.data[i] == '\r' && body.data[i + 1] == '\n') {
            *ended = true;
            return i - from;
        }
    *ended = false;
    return body.len - from;
}

static bool is_empty_line(enum mf_canon canon, const char *line, size_t len)
{
    if (canon == MF_CANON_RELAXED)
        while (len && is_space(line[len - 1]))
            len--;
    return len == 0;
}

/* RFC 6376 3.4.3 and 3.4.4: empty lines at the end are left out; a body that is not empty ends with
 * CRLF; an empty one is CRLF when simple and nothing when relaxed. */
void mf_canon_body(enum mf_canon canon, struct mf_bytes body, struct mf_text *out)
{
    size_t start = out->len, held_back = 0;
    for (size_t from = 0; from < body.len;) {
        bool ended;
        size_t len = line_length(body, from, &ended);
        if (is_empty_line(canon, body.data + from, len)) {
            held_back++;
        } else {
            for (; held_back; held_back--)
                mf_text_puts(out, "\r\n");
            body_line(canon, body.data + from, len, out);
            mf_text_puts(out, "\r\n");
        }
        from += len + (ended ? 2 : 0);
    }
    if (canon == MF_CANON_SIMPLE && out->len == start)
        mf_text_puts(out, "\r\n");
}

/* The next field of a name from the bottom up. left: how many of a name were not taken yet, kept at the place of
 * its top-most field, so that thousands of names and fields stay cheap. */
static const struct mf_header *take_lowest(const struct mf_message *message, const struct mf_header *itself,
                                           const char *name, size_t *left)
{
    const struct mf_header *top = mf_message_header(message, name, 0);
    if (!top)
        return NULL;
    size_t *count = &left[top - message->headers];
    if (*count == NOT_COUNTED)
        *count = mf_message_header_count(message, name);
    while (*count) {
        const struct mf_header *field = mf_message_header(message, name, --*count);
        if (field != itself)
            return field;
    }
    return NULL;
}

void mf_canon_select(enum mf_canon canon, const struct mf_message *message, const struct mf_header *itself,
                     const char *const *names, size_t count, struct mf_text *out)
{
    size_t *left = mf_xmalloc((message->header_count + 1) * sizeof *left);
    for (size_t i = 0; i < message->header_count; i++)
        left[i] = NOT_COUNTED;
    for (size_t n = 0; n < count; n++) {
        const struct mf_header *field = take_lowest(message, itself, names[n], left);
        if (field)
            mf_canon_header(canon, field->raw, out);
    }
    free(left);
}

void mf_canon_signature(enum mf_canon canon, struct mf_bytes field, struct mf_bytes value, struct mf_text *out)
{
    struct mf_text emptied;
    mf_text_init(&emptied, field.len + 2);
    size_t before = (size_t)(value.data - field.data), after = before + value.len;
    mf_text_add(&emptied, field.data, before);
    mf_text_add(&emptied, field.data + after, field.len - after);
    mf_canon_header(canon, mf_text_bytes(&emptied), out);
    mf_text_release(&emptied);
    if (out->len >= 2 && memcmp(out->data + out->len - 2, "\r\n", 2) == 0)
        out->data[out->len -= 2] = '\0';
}
