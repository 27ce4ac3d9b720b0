/* See fetch_internal.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "transport/fetch_internal.h"

/* Where in the answer we are; a literal moves us to the line behind it. */
struct cursor {
    struct mf_wire *wire;
    const char *at, *end;
    bool stream_ended;
};

static void skip_spaces(struct cursor *c)
{
    while (c->at < c->end && (*c->at == ' ' || *c->at == '\r' || *c->at == '\n'))
        c->at++;
}

/* "UID", "RFC822.SIZE", "BODY[HEADER.FIELDS (A B)]<0>" in upper case. */
static bool take_name(struct cursor *c, char *name, size_t size)
{
    size_t used = 0;
    bool bracket = false;
    skip_spaces(c);
    while (c->at < c->end && (bracket || (*c->at != ' ' && *c->at != ')' && *c->at != '\r' && *c->at != '\n'))) {
        bracket = *c->at == '[' || (bracket && *c->at != ']');
        if (used + 1 < size)
            name[used++] = *c->at >= 'a' && *c->at <= 'z' ? (char)(*c->at - 'a' + 'A') : *c->at;
        c->at++;
    }
    name[used] = '\0';
    return used > 0;
}

/* The bytes of a literal into `to` (NULL: nowhere), and the line behind it. */
static bool take_literal(struct cursor *c, size_t len, struct mf_text *to)
{
    struct mf_text nowhere = {.max = 1, .full = true};
    const char *line;
    size_t line_len;
    if (mf_wire_bytes(c->wire, len, to ? to : &nowhere) != MF_IO_OK || mf_wire_line(c->wire, &line, &line_len) != MF_IO_OK) {
        c->stream_ended = true;
        return false;
    }
    c->at = line;
    c->end = line + line_len;
    return true;
}

static bool take_quoted(struct cursor *c, struct mf_text *to)
{
    for (c->at++; c->at < c->end && *c->at != '"'; c->at++) {
        if (*c->at == '\\' && c->at + 1 < c->end)
            c->at++;
        if (to)
            mf_text_putc(to, *c->at);
    }
    return c->at++ < c->end;
}

static bool at_literal(const struct cursor *c)
{
    return c->at < c->end && *c->at == '{';
}

/* A string, NIL or literal. */
static bool take_string(struct cursor *c, struct mf_text *to)
{
    skip_spaces(c);
    if (at_literal(c)) {
        long long len = mf_wire_literal(c->at, (size_t)(c->end - c->at));
        return len >= 0 && take_literal(c, (size_t)len, to);
    }
    if (c->at < c->end && *c->at == '"')
        return take_quoted(c, to);
    char nil[8];
    return take_name(c, nil, sizeof nil);
}

/* Whatever stands there: a word, a string, or a list with anything in it. */
static bool skip_value(struct cursor *c)
{
    int depth = 0;
    do {
        skip_spaces(c);
        if (c->at >= c->end)
            return false;
        if (*c->at == '(') {
            depth++;
            c->at++;
        } else if (*c->at == ')') {
            depth--;
            c->at++;
        } else if (!take_string(c, NULL)) {
            return false;
        }
    } while (depth > 0);
    return depth == 0;
}

static bool take_flags(struct cursor *c, struct mf_fetched *fetched)
{
    char flag[64];
    skip_spaces(c);
    if (c->at >= c->end || *c->at++ != '(')
        return false;
    while (take_name(c, flag, sizeof flag)) {
        fetched->seen = fetched->seen || mf_same(flag, "\\SEEN");
        fetched->deleted = fetched->deleted || mf_same(flag, "\\DELETED");
    }
    return c->at < c->end && *c->at++ == ')';
}

static bool take_uid(struct cursor *c, struct mf_fetched *fetched)
{
    char number[24];
    if (!take_name(c, number, sizeof number))
        return false;
    fetched->uid = (unsigned)strtoul(number, NULL, 10);
    return true;
}

/* Of fixed form, and in every answer: no need for a growing text. */
static bool take_date(struct cursor *c, struct mf_fetched *fetched)
{
    size_t used = 0;
    skip_spaces(c);
    if (c->at >= c->end || *c->at != '"')
        return take_string(c, NULL);
    for (c->at++; c->at < c->end && *c->at != '"'; c->at++)
        if (used + 1 < sizeof fetched->internaldate)
            fetched->internaldate[used++] = *c->at;
    fetched->internaldate[used] = '\0';
    return c->at++ < c->end;
}

/* Of what is too large only the header is kept: its beginning up to the first empty line. */
static void cut_to_header(struct mf_fetched *fetched)
{
    char *end = fetched->raw.data ? memmem(fetched->raw.data, fetched->raw.len, "\r\n\r\n", 4) : NULL;
    fetched->cut = true;
    if (end) {
        fetched->raw.len = (size_t)(end - fetched->raw.data) + 4;
        fetched->raw.data[fetched->raw.len] = '\0';
    }
}

static bool take_body(struct cursor *c, struct mf_fetched *fetched)
{
    skip_spaces(c);
    long long len = at_literal(c) ? mf_wire_literal(c->at, (size_t)(c->end - c->at)) : 0;
    bool large = len > (long long)MF_MESSAGE_MAX;
    mf_text_clear(&fetched->raw);
    fetched->raw.max = large ? MF_HEADER_MAX : MF_MESSAGE_MAX;
    fetched->has_body = take_string(c, &fetched->raw);
    if (large)
        cut_to_header(fetched);
    return fetched->has_body;
}

static bool take_attribute(struct cursor *c, const char *name, struct mf_fetched *fetched)
{
    if (mf_same(name, "UID"))
        return take_uid(c, fetched);
    if (mf_same(name, "FLAGS"))
        return take_flags(c, fetched);
    if (mf_same(name, "INTERNALDATE"))
        return take_date(c, fetched);
    if (mf_same(name, "BODY[]") || mf_same(name, "BODY[HEADER]"))
        return take_body(c, fetched);
    return skip_value(c);
}

/* "* 12 FETCH (": where the attributes begin, NULL when it is another line. */
static const char *attributes_of(const char *line, size_t len)
{
    const char *at = line + 2, *end = line + len;
    if (len < 12 || line[0] != '*' || line[1] != ' ')
        return NULL;
    while (at < end && *at >= '0' && *at <= '9')
        at++;
    bool is_fetch = at > line + 2 && end - at > 8 && mf_starts_nocase(at, " FETCH (");
    return is_fetch ? at + 8 : NULL;
}

enum mf_fetch_line mf_fetch_read(struct mf_wire *wire, const char *line, size_t len, struct mf_fetched *fetched)
{
    struct cursor c = {.wire = wire, .at = attributes_of(line, len), .end = line + len};
    char name[256];
    if (!c.at)
        return MF_FETCH_OTHER;
    fetched->uid = 0;
    fetched->seen = fetched->deleted = fetched->has_body = fetched->cut = false;
    fetched->internaldate[0] = '\0';
    while (take_name(&c, name, sizeof name))
        if (!take_attribute(&c, name, fetched))
            return c.stream_ended ? MF_FETCH_STREAM : MF_FETCH_GARBAGE;
    return c.at < c.end && *c.at == ')' ? MF_FETCH_READ : MF_FETCH_GARBAGE;
}

void mf_fetched_release(struct mf_fetched *fetched)
{
    mf_text_release(&fetched->raw);
}
