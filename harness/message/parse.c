/* The outer form of a message: header fields, an empty line, a body (RFC 5322 2.1 and 2.2). */
#include "mailflow/message.h"

#include <stdlib.h>
#include <string.h>

#include "message/bytes_internal.h"

/* A field with the lines that go on with it. */
static size_t field_length(struct mf_bytes rest)
{
    size_t length = mf_line_length(rest);
    while (length < rest.len && mf_is_wsp(rest.data[length]))
        length += mf_line_length(mf_bytes_from(rest, length));
    return length;
}

/* False: no field name, or no colon behind it. Space before the colon is obsolete, but seen. */
static bool split_field(struct mf_bytes raw, struct mf_header *header)
{
    size_t end = 0;
    while (end < raw.len && (unsigned char)raw.data[end] > ' ' && raw.data[end] != ':' && raw.data[end] != 0x7f)
        ++end;
    size_t colon = end;
    while (colon < raw.len && mf_is_wsp(raw.data[colon]))
        ++colon;
    if (end == 0 || colon == raw.len || raw.data[colon] != ':')
        return false;
    header->name = mf_bytes_slice(raw, 0, end);
    header->raw = raw;
    header->value = mf_bytes_slice(raw, colon + 1, raw.len - mf_line_break(raw.data, raw.len));
    return true;
}

static int compare_places(const void *a, const void *b, void *headers)
{
    size_t left = *(const size_t *)a, right = *(const size_t *)b;
    const struct mf_header *all = headers;
    int difference = mf_bytes_compare_nocase(all[left].name, all[right].name);
    return difference ? difference : left < right ? -1 : 1;
}

static void sort_by_name(struct mf_arena *arena, struct mf_message *message)
{
    size_t *places = mf_alloc_array(arena, message->header_count, sizeof *places);
    for (size_t i = 0; i < message->header_count; ++i)
        places[i] = i;
    if (message->header_count > 1)
        qsort_r(places, message->header_count, sizeof *places, compare_places, message->headers);
    message->by_name = places;
}

struct mf_message *mf_message_parse(struct mf_arena *arena, struct mf_bytes raw)
{
    struct mf_message *message = mf_alloc(arena, sizeof *message);
    size_t at = 0, capacity = 0;
    message->raw = raw;
    while (at < raw.len) {
        struct mf_bytes rest = mf_bytes_from(raw, at);
        size_t line = mf_line_length(rest);
        if (line == mf_line_break(rest.data, line)) {
            message->body = mf_bytes_from(rest, line);
            break;
        }
        size_t length = field_length(rest);
        struct mf_header header;
        if (split_field(mf_bytes_slice(rest, 0, length), &header))
            *MF_PUSH(arena, message->headers, message->header_count, capacity) = header;
        else
            message->has_broken_header = true;
        at += length;
    }
    message->lf_only = mf_bytes_find(raw, "\n") >= 0 && mf_bytes_find(raw, "\r\n") < 0;
    sort_by_name(arena, message);
    return message;
}

/* The place in by_name of the first field of a name, or of where it would be. */
static size_t first_of_name(const struct mf_message *message, struct mf_bytes name)
{
    size_t low = 0, high = message->header_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (mf_bytes_compare_nocase(message->headers[message->by_name[middle]].name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct mf_header *mf_message_header(const struct mf_message *message, const char *name, size_t n)
{
    size_t place = first_of_name(message, mf_bytes_of(name));
    if (n >= message->header_count - place)
        return NULL;
    const struct mf_header *header = &message->headers[message->by_name[place + n]];
    return mf_bytes_same_nocase(header->name, name) ? header : NULL;
}

size_t mf_message_header_count(const struct mf_message *message, const char *name)
{
    size_t count = 0;
    for (size_t i = first_of_name(message, mf_bytes_of(name)); i < message->header_count; ++i, ++count)
        if (!mf_bytes_same_nocase(message->headers[message->by_name[i]].name, name))
            break;
    return count;
}
