/* Addresses in header fields (RFC 5322 3.4, with the obsolete forms). */
#include "mailflow/message.h"

#include <string.h>

#include "message/bytes_internal.h"

struct reader {
    struct mf_arena *arena;
    const char **found;
    size_t count, capacity;
    struct mf_text word;       /* being read */
    const char *candidate;     /* outside <>: the word that has an @, else the only word */
    size_t words;
    const char *bare;          /* a mailbox that is one word without @: an address only if there is no other */
    size_t bare_count;
    bool candidate_has_at;
    bool in_angle, had_angle;
};

/* The comment that starts here, with those inside it. */
static const char *skip_comment(const char *at)
{
    int depth = 0;
    for (; *at; ++at) {
        if (*at == '\\' && at[1])
            ++at;
        else if (*at == '(')
            ++depth;
        else if (*at == ')' && --depth == 0)
            return at + 1;
    }
    return at;
}

static const char *skip_space(const char *at)
{
    for (;;) {
        if (*at == '(')
            at = skip_comment(at);
        else if (mf_is_space((unsigned char)*at))
            ++at;
        else
            return at;
    }
}

/* "quoted", or [literal]: all of it, as it stands. One that has no end spoils its word. */
static const char *take_enclosed(struct mf_text *word, const char *at, char end)
{
    const char *start = at++;
    while (*at && *at != end)
        at += *at == '\\' && at[1] ? 2 : 1;
    if (!*at) {
        mf_text_clear(word);
        return at;
    }
    mf_text_add(word, start, (size_t)(++at - start));
    return at;
}

static void end_word(struct reader *reader)
{
    if (reader->word.len == 0)
        return;
    bool has_at = memchr(reader->word.data, '@', reader->word.len) != NULL;
    if (!reader->candidate_has_at || has_at)
        reader->candidate = mf_copy_bytes(reader->arena, reader->word.data, reader->word.len);
    reader->candidate_has_at |= has_at;
    ++reader->words;
    mf_text_clear(&reader->word);
}

static void add_address(struct reader *reader, const char *address)
{
    if (*address)
        *MF_PUSH(reader->arena, reader->found, reader->count, reader->capacity) = address;
}

static void end_mailbox(struct reader *reader)
{
    end_word(reader);
    if (!reader->had_angle && reader->candidate_has_at) {
        add_address(reader, reader->candidate);
    } else if (!reader->had_angle && reader->words == 1) {
        reader->bare = reader->candidate;
        ++reader->bare_count;
    }
    reader->candidate = NULL;
    reader->candidate_has_at = reader->had_angle = false;
    reader->words = 0;
}

static void end_angle(struct reader *reader)
{
    add_address(reader, mf_copy_bytes(reader->arena, reader->word.data, reader->word.len));
    mf_text_clear(&reader->word);
    reader->in_angle = false;
    reader->had_angle = true;
}

/* Space ends a word, unless a dot or an @ stands beside it (RFC 5322 4.4). */
static bool space_is_inside(const struct reader *reader, const char *next)
{
    char last = reader->word.len ? reader->word.data[reader->word.len - 1] : ' ';
    return reader->in_angle || last == '.' || last == '@' || *next == '.' || *next == '@';
}

static const char *take_special(struct reader *reader, const char *at)
{
    if (*at == '<') {
        mf_text_clear(&reader->word);
        reader->in_angle = true;
    } else if (*at == '>') {
        if (reader->in_angle)
            end_angle(reader);
    } else if (*at == ':') { /* the name of a group, or a source route: neither is an address */
        mf_text_clear(&reader->word);
        reader->candidate = NULL;
        reader->candidate_has_at = false;
        reader->words = 0;
    } else if (*at == ';' || !reader->in_angle) {
        if (reader->in_angle)
            end_angle(reader); /* the '>' is missing */
        end_mailbox(reader);
    }
    return at + 1;
}

const char **mf_header_addresses(struct mf_arena *arena, const char *value, size_t *count)
{
    struct reader reader = {.arena = arena};
    mf_text_init(&reader.word, 0);
    const char *at = skip_space(value);
    while (*at) {
        if (*at == '"')
            at = take_enclosed(&reader.word, at, '"');
        else if (*at == '[')
            at = take_enclosed(&reader.word, at, ']');
        else if (strchr("<>,;:", *at))
            at = take_special(&reader, at);
        else
            mf_text_putc(&reader.word, *at++);
        const char *next = skip_space(at);
        if (next != at && !space_is_inside(&reader, next))
            end_word(&reader);
        at = next;
    }
    if (reader.in_angle)
        end_angle(&reader);
    end_mailbox(&reader);
    if (reader.count == 0 && reader.bare_count == 1)
        add_address(&reader, reader.bare);
    mf_text_release(&reader.word);
    *count = reader.count;
    return reader.found;
}

const char *mf_address_domain(const char *address)
{
    const char *at = address ? strrchr(address, '@') : NULL;
    return at ? at + 1 : "";
}
