/* MIME parts (RFC 2046 5.1), found in one pass over the body: a line that starts with "--" is held
 * against the boundaries of all open multiparts, innermost first, so that a part whose end is lost
 * ends where an outer one does.
 */
#include "message/part_internal.h"

#include <string.h>

#include "message/parameter_internal.h"

#define DEPTH_MAX 32
#define PARTS_MAX 10000
#define BOUNDARY_MAX 200 /* RFC 2046 allows 70 */

struct delimiter {
    size_t start, end; /* the line with its break; start == end: none, the message ends here */
    size_t level;      /* which open multipart */
    bool closes;
};

struct scan {
    struct mf_arena *arena;
    struct mf_bytes all;
    size_t at; /* start of a line */
    const char *boundaries[DEPTH_MAX];
    size_t depth;
    mf_part_wanted *wanted;
    struct mf_part *parts;
    size_t count, capacity;
};

/* Is this line (from "--" to its break) a delimiter of an open multipart? */
static bool match_delimiter(const struct scan *scan, struct mf_bytes line, struct delimiter *found)
{
    line = mf_bytes_from(mf_bytes_trim(line), 2);
    for (size_t level = scan->depth; level-- > 0;) {
        const char *boundary = scan->boundaries[level];
        size_t len = strlen(boundary);
        if (line.len < len || memcmp(line.data, boundary, len) != 0)
            continue;
        struct mf_bytes rest = mf_bytes_from(line, len);
        bool closes = rest.len >= 2 && rest.data[0] == '-' && rest.data[1] == '-';
        rest = mf_bytes_trim(mf_bytes_from(rest, closes ? 2 : 0));
        if (rest.len)
            continue; /* a longer boundary that starts alike */
        found->level = level;
        found->closes = closes;
        return true;
    }
    return false;
}

/* The next delimiter line at or behind scan->at. */
static bool find_delimiter(const struct scan *scan, struct delimiter *found)
{
    for (size_t at = scan->at; at < scan->all.len;) {
        struct mf_bytes rest = mf_bytes_from(scan->all, at);
        if (!(rest.len >= 2 && rest.data[0] == '-' && rest.data[1] == '-')) {
            long next = mf_bytes_find(rest, "\n--");
            if (next < 0)
                break;
            at += (size_t)next + 1;
            rest = mf_bytes_from(scan->all, at);
        }
        size_t length = mf_line_length(rest);
        if (match_delimiter(scan, mf_bytes_slice(rest, 0, length), found)) {
            found->start = at;
            found->end = at + length;
            return true;
        }
        at += length;
    }
    *found = (struct delimiter){.start = scan->all.len, .end = scan->all.len};
    return false;
}

/* Up to and with the empty line; a delimiter line ends it as well. */
static size_t header_end(const struct scan *scan, size_t at)
{
    while (at < scan->all.len) {
        struct mf_bytes rest = mf_bytes_from(scan->all, at);
        size_t length = mf_line_length(rest);
        struct delimiter ignored;
        if (length == mf_line_break(rest.data, length))
            return at + length;
        if (length > 2 && rest.data[0] == '-' && rest.data[1] == '-' &&
            match_delimiter(scan, mf_bytes_slice(rest, 0, length), &ignored))
            return at;
        at += length;
    }
    return at;
}

static struct mf_parameters field(struct scan *scan, const struct mf_message *entity, const char *name)
{
    return mf_parameters_parse(scan->arena,
                               mf_header_text(scan->arena, mf_message_header(entity, name, 0), false));
}

static const char *content_id(struct scan *scan, const struct mf_message *entity)
{
    const char *id = mf_header_text(scan->arena, mf_message_header(entity, "Content-ID", 0), false);
    size_t len = strlen(id);
    if (len >= 2 && id[0] == '<' && id[len - 1] == '>')
        id = mf_copy_bytes(scan->arena, id + 1, len - 2);
    return *id ? id : NULL;
}

static void describe(struct scan *scan, const struct mf_message *entity, bool in_digest, struct mf_part *part)
{
    struct mf_parameters type = field(scan, entity, "Content-Type");
    struct mf_parameters disposition = field(scan, entity, "Content-Disposition");
    const char *slash = strchr(type.value, '/');
    part->type = slash && slash != type.value && slash[1] ? type.value : in_digest ? "message/rfc822" : "text/plain";
    part->charset = mf_parameters_get(scan->arena, &type, "charset");
    part->file_name = mf_parameters_get(scan->arena, &disposition, "filename");
    if (!part->file_name)
        part->file_name = mf_parameters_get(scan->arena, &type, "name");
    part->disposition = *disposition.value ? disposition.value : NULL;
    part->content_id = content_id(scan, entity);
}

static void decode_content(struct scan *scan, const struct mf_message *entity, struct mf_bytes encoded,
                           struct mf_part *part)
{
    const char *encoding = field(scan, entity, "Content-Transfer-Encoding").value;
    int damaged = 0;
    part->content = encoded;
    if (mf_same(encoding, "base64"))
        damaged = mf_base64_decode(scan->arena, encoded, &part->content);
    else if (mf_same(encoding, "quoted-printable"))
        damaged = mf_quoted_printable_decode(scan->arena, encoded, &part->content);
    else if (*encoding && !mf_same(encoding, "7bit") && !mf_same(encoding, "8bit") && !mf_same(encoding, "binary"))
        damaged = 1;
    part->damaged |= damaged != 0;
}

/* The line break before a delimiter belongs to the delimiter (RFC 2046 5.1.1). */
static size_t content_end(const struct scan *scan, size_t start, const struct delimiter *next)
{
    size_t end = next->start;
    if (next->start == next->end || end <= start)
        return end;
    return end - mf_line_break(scan->all.data + start, end - start);
}

struct entity {
    const struct mf_message *header;
    size_t start, body;
    bool is_damaged;
    struct mf_part part;
};

static void add_leaf(struct scan *scan, struct entity *entity, const struct delimiter *next)
{
    size_t end = content_end(scan, entity->body, next);
    struct mf_part *part = &entity->part;
    part->headers = mf_bytes_slice(scan->all, entity->start, entity->body);
    part->raw = mf_bytes_slice(scan->all, entity->start, end > entity->body ? end : entity->body);
    part->damaged = entity->is_damaged || (scan->depth > 0 && next->start == next->end);
    part->depth = (int)scan->depth;
    if (!scan->wanted || scan->wanted(part))
        decode_content(scan, entity->header, mf_bytes_slice(scan->all, entity->body, end), part);
    *MF_PUSH(scan->arena, scan->parts, scan->count, scan->capacity) = *part;
}

static struct delimiter read_entity(struct scan *scan, const struct mf_message *header, bool in_digest);

/* Reads the parts of the multipart whose boundary was just opened. */
static struct delimiter read_children(struct scan *scan, bool is_digest)
{
    size_t level = scan->depth - 1;
    struct delimiter next;
    bool is_there = find_delimiter(scan, &next);
    while (is_there && next.level == level && !next.closes && scan->count < PARTS_MAX) {
        scan->at = next.end;
        next = read_entity(scan, NULL, is_digest);
        is_there = next.start != next.end;
    }
    scan->depth = level;
    if (is_there && next.level == level) { /* closed: what follows is of no part */
        scan->at = next.end;
        find_delimiter(scan, &next);
    }
    return next;
}

/* Reads one entity from scan->at on; header NULL: its header stands there too. Returns what ended it. */
static struct delimiter read_entity(struct scan *scan, const struct mf_message *header, bool in_digest)
{
    struct entity entity = {.header = header, .start = scan->at, .body = scan->at};
    if (!header) {
        entity.body = header_end(scan, scan->at);
        entity.header = mf_message_parse(scan->arena, mf_bytes_slice(scan->all, entity.start, entity.body));
    } else {
        entity.body = header->body.data ? (size_t)(header->body.data - scan->all.data) : scan->all.len;
    }
    scan->at = entity.body;
    describe(scan, entity.header, in_digest, &entity.part);
    struct delimiter next;
    if (mf_starts(entity.part.type, "multipart/")) {
        struct mf_parameters type = field(scan, entity.header, "Content-Type");
        const char *boundary = mf_parameters_get(scan->arena, &type, "boundary");
        size_t before = scan->count;
        entity.is_damaged = true; /* if it turns out to be a leaf */
        if (boundary && *boundary && strlen(boundary) <= BOUNDARY_MAX && scan->depth < DEPTH_MAX) {
            scan->boundaries[scan->depth++] = boundary;
            next = read_children(scan, mf_same(entity.part.type, "multipart/digest"));
            if (scan->count > before)
                return next;
            scan->at = entity.body;
        }
    }
    find_delimiter(scan, &next);
    add_leaf(scan, &entity, &next);
    return next;
}

size_t mf_message_parts_wanted(struct mf_arena *arena, const struct mf_message *message, mf_part_wanted *wanted,
                               struct mf_part **parts)
{
    struct scan scan = {.arena = arena, .all = message->raw, .wanted = wanted};
    read_entity(&scan, message, false);
    *parts = scan.parts;
    return scan.count;
}

size_t mf_message_parts(struct mf_arena *arena, const struct mf_message *message, struct mf_part **parts)
{
    return mf_message_parts_wanted(arena, message, NULL, parts);
}
