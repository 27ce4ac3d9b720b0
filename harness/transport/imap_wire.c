/* The IMAP wire: lines and literals (RFC 3501 2.2). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mailflow/trace.h"
#include "transport/imap_internal.h"

void mf_wire_begin(struct mf_wire *wire, mf_usec limit)
{
    wire->asked = mf_now();
    wire->limit = limit;
    wire->io = MF_IO_OK;
    wire->said_no = wire->said_bad = false;
    wire->said[0] = wire->copied[0] = '\0';
}

bool mf_wire_has_input(const struct mf_wire *wire)
{
    return wire->end > wire->start;
}

long long mf_wire_literal(const char *line, size_t len)
{
    while (len && (line[len - 1] == '\n' || line[len - 1] == '\r'))
        len--;
    if (len < 3 || line[len - 1] != '}')
        return -1;
    size_t at = len - 2, digits = 0;
    long long size = 0, unit = 1;
    if (line[at] == '+')
        at--;
    while (at > 0 && line[at] >= '0' && line[at] <= '9' && digits < 15) {
        size += (line[at--] - '0') * unit;
        unit *= 10;
        digits++;
    }
    return digits && line[at] == '{' ? size : -1;
}

/* Makes room and reads more; false when it ended (wire->io). */
static bool fill(struct mf_wire *wire)
{
    size_t got;
    if (wire->start == wire->end)
        wire->start = wire->end = 0;
    if (wire->end == MF_WIRE_SIZE) {
        memmove(wire->buffer, wire->buffer + wire->start, wire->end - wire->start);
        wire->end -= wire->start;
        wire->start = 0;
    }
    if (wire->end == MF_WIRE_SIZE) {
        wire->last_len = (size_t)snprintf(wire->last_line, sizeof wire->last_line, "a line longer than %zu octets", MF_WIRE_SIZE);
        wire->io = MF_IO_BROKEN;
        return false;
    }
    wire->io = mf_stream_read(wire->stream, wire->buffer + wire->end, MF_WIRE_SIZE - wire->end, wire->limit, &got);
    if (wire->io != MF_IO_OK)
        return false;
    wire->end += got;
    if (wire->patience)
        wire->limit = mf_now() + wire->patience;
    return true;
}

bool mf_wire_has_line(const struct mf_wire *wire)
{
    return memchr(wire->buffer + wire->start, '\n', wire->end - wire->start) != NULL;
}

enum mf_io mf_wire_gather(struct mf_wire *wire)
{
    mf_usec limit = wire->limit;
    wire->limit = mf_now();
    fill(wire);
    wire->limit = limit;
    return wire->io;
}

enum mf_io mf_wire_line(struct mf_wire *wire, const char **line, size_t *len)
{
    size_t searched = 0;
    for (;;) {
        const char *from = wire->buffer + wire->start;
        const char *end = memchr(from + searched, '\n', wire->end - wire->start - searched);
        if (end) {
            *line = from;
            *len = (size_t)(end - from) + 1;
            break;
        }
        searched = wire->end - wire->start;
        if (!fill(wire))
            return wire->io;
    }
    wire->start += *len;
    mf_wire_note(wire, *line, *len);
    wire->continued = false;
    if (wire->bye && !wire->leaving)
        return wire->io = MF_IO_CLOSED;
    return MF_IO_OK;
}

enum mf_io mf_wire_bytes(struct mf_wire *wire, size_t len, struct mf_text *to)
{
    while (len) {
        if (wire->start == wire->end && !fill(wire))
            return wire->io;
        size_t here = wire->end - wire->start < len ? wire->end - wire->start : len;
        if (!to->full)
            mf_text_add(to, wire->buffer + wire->start, here);
        wire->start += here;
        len -= here;
    }
    wire->continued = true;
    return MF_IO_OK;
}

enum mf_io mf_wire_skip(struct mf_wire *wire, const char *line, size_t len)
{
    struct mf_text nowhere = {.max = 1, .full = true};
    enum mf_io io = MF_IO_OK;
    for (long long literal; io == MF_IO_OK && (literal = mf_wire_literal(line, len)) >= 0;) {
        io = mf_wire_bytes(wire, (size_t)literal, &nowhere);
        if (io == MF_IO_OK)
            io = mf_wire_line(wire, &line, &len);
    }
    return io;
}

#define LITERAL_MAX 65536 /* in answers that libetpan reads: folder names */

/* libetpan 1.9.4 crashes on response codes and flag lists that are malformed ([PERMANENTFLAGS …),
 * so it gets to see only what it is asked for: LIST, STATUS, EXISTS, conditions, continuations. */
static bool is_for_libetpan(const char *line)
{
    static const char *const wanted[] = {"* LIST ", "* XLIST ", "* STATUS ", "* OK", "* NO", "* BAD", "* PREAUTH", "* BYE"};
    if (line[0] != '*')
        return true;
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
        if (mf_starts_nocase(line, wanted[i]))
            return true;
    return false;
}

/* Is the code at "[" one that is harmless and needed: [UIDNEXT 5], [UIDVALIDITY 7]? */
static bool is_plain_number_code(const char *code)
{
    const char *at = mf_starts_nocase(code, "[UIDNEXT ") ? code + 9 : mf_starts_nocase(code, "[UIDVALIDITY ") ? code + 13 : "";
    size_t digits = strspn(at, "0123456789");
    return digits > 0 && digits <= 10 && at[digits] == ']';
}

/* Other codes (which have been noted) are turned into words: "[" becomes "(". */
static void defuse(char *line, size_t len)
{
    char *end = line + len;
    char *code = memchr(line, '[', len < 200 ? len : 200);
    bool condition = line[0] != '+' && !mf_starts_nocase(line, "* LIST") && !mf_starts_nocase(line, "* XLIST") && !mf_starts_nocase(line, "* STATUS");
    if (condition && code && end[-1] == '\n' && !is_plain_number_code(code))
        *code = '(';
}

/* The next line for libetpan, noted whole before libetpan sees its first byte. */
static enum mf_io take_line(struct mf_wire *wire)
{
    const char *line;
    size_t len;
    enum mf_io io;
    while ((io = mf_wire_line(wire, &line, &len)) == MF_IO_OK && !wire->in_answer && !is_for_libetpan(line))
        if ((io = mf_wire_skip(wire, line, len)) != MF_IO_OK)
            break;
    if (io != MF_IO_OK)
        return io;
    long long literal = mf_wire_literal(line, len);
    if (literal > LITERAL_MAX)
        return wire->io = MF_IO_BROKEN;
    if (!wire->in_answer)
        defuse(wire->buffer + (line - wire->buffer), len);
    wire->in_answer = literal >= 0;
    wire->literal_left = literal > 0 ? (size_t)literal : 0;
    wire->start -= len; /* given out below */
    wire->line_left = len;
    return MF_IO_OK;
}

static size_t give(struct mf_wire *wire, char *to, size_t size, size_t *left)
{
    size_t here = wire->end - wire->start;
    here = here < *left ? here : *left;
    here = here < size ? here : size;
    memcpy(to, wire->buffer + wire->start, here);
    wire->start += here;
    *left -= here;
    return here;
}

enum mf_io mf_wire_some(struct mf_wire *wire, char *to, size_t size, size_t *got)
{
    enum mf_io io = MF_IO_OK;
    if (!wire->line_left && wire->literal_left) {
        if (wire->start == wire->end && !fill(wire))
            return wire->io;
        *got = give(wire, to, size, &wire->literal_left);
        wire->continued = true;
        return MF_IO_OK;
    }
    if (!wire->line_left)
        io = take_line(wire);
    if (io == MF_IO_OK)
        *got = give(wire, to, size, &wire->line_left);
    return io;
}

enum mf_io mf_wire_write(struct mf_wire *wire, const char *data, size_t len)
{
    if (mf_tracing(MF_TRACE_IMAP))
        mf_trace(MF_TRACE_IMAP, "%s > %.*s", wire->peer, wire->secret ? 8 : (int)len, wire->secret ? "********" : data);
    return wire->io = mf_stream_write(wire->stream, data, len, wire->limit);
}
