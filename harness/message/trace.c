/* A Received value taken apart: words, comments, literals; then the clauses that they make. */
#include "message/trace_internal.h"

#include <string.h>

bool mf_bytes_start_nocase(struct mf_bytes bytes, const char *start)
{
    size_t len = strlen(start);
    return bytes.len >= len && mf_bytes_same_nocase(mf_bytes_slice(bytes, 0, len), start);
}

/* The comment that starts at the first octet, with those inside it. */
static size_t comment_length(struct mf_bytes rest)
{
    int depth = 0;
    for (size_t i = 0; i < rest.len; ++i) {
        if (rest.data[i] == '\\')
            ++i;
        else if (rest.data[i] == '(')
            ++depth;
        else if (rest.data[i] == ')' && --depth == 0)
            return i + 1;
    }
    return rest.len;
}

static size_t length_to(struct mf_bytes rest, char end)
{
    const char *found = memchr(rest.data, end, rest.len);
    return found ? (size_t)(found - rest.data) + 1 : rest.len;
}

static struct mf_trace_item enclosed(enum mf_trace_kind kind, struct mf_bytes rest, size_t length, char end)
{
    bool is_closed = length > 1 && rest.data[length - 1] == end;
    return (struct mf_trace_item){kind, mf_bytes_slice(rest, 1, is_closed ? length - 1 : length),
                                  mf_bytes_slice(rest, 0, length)};
}

/* "<<a@b>>" too. */
static struct mf_trace_item angle(struct mf_bytes rest)
{
    size_t length = length_to(rest, '>');
    while (length < rest.len && rest.data[length] == '>')
        ++length;
    struct mf_bytes text = mf_bytes_slice(rest, 0, length);
    while (text.len && (text.data[0] == '<' || mf_is_space((unsigned char)text.data[0])))
        text = (struct mf_bytes){text.data + 1, text.len - 1};
    while (text.len && (text.data[text.len - 1] == '>' || mf_is_space((unsigned char)text.data[text.len - 1])))
        --text.len;
    return (struct mf_trace_item){MF_TRACE_ANGLE, text, mf_bytes_slice(rest, 0, length)};
}

static struct mf_trace_item word(struct mf_bytes rest)
{
    size_t length = 1;
    if (rest.data[0] == '"')
        length = 1 + length_to((struct mf_bytes){rest.data + 1, rest.len - 1}, '"');
    while (length < rest.len && !mf_is_space((unsigned char)rest.data[length]) && !strchr("();<>", rest.data[length]))
        ++length;
    struct mf_bytes text = mf_bytes_slice(rest, 0, length);
    while (text.len && text.data[text.len - 1] == ',')
        --text.len;
    if (text.len >= 2 && text.data[0] == '"' && text.data[text.len - 1] == '"')
        text = mf_bytes_slice(text, 1, text.len - 1);
    return (struct mf_trace_item){MF_TRACE_WORD, text, mf_bytes_slice(rest, 0, length)};
}

static struct mf_trace_item next_item(struct mf_bytes rest)
{
    switch (rest.data[0]) {
    case '(':
        return enclosed(MF_TRACE_COMMENT, rest, comment_length(rest), ')');
    case '[':
        return enclosed(MF_TRACE_LITERAL, rest, length_to(rest, ']'), ']');
    case '<':
        return angle(rest);
    case ';':
        return (struct mf_trace_item){MF_TRACE_SEMICOLON, mf_bytes_slice(rest, 0, 1), mf_bytes_slice(rest, 0, 1)};
    default:
        return word(rest);
    }
}

struct mf_trace_items mf_trace_lex(struct mf_arena *arena, struct mf_bytes text)
{
    struct mf_trace_item *items = NULL;
    size_t count = 0, capacity = 0, at = 0;
    while (at < text.len) {
        struct mf_bytes rest = mf_bytes_from(text, at);
        if (mf_is_space((unsigned char)rest.data[0])) {
            ++at;
            continue;
        }
        struct mf_trace_item *item = MF_PUSH(arena, items, count, capacity);
        *item = next_item(rest);
        at += item->whole.len;
    }
    return (struct mf_trace_items){items, count};
}

const struct mf_trace_item *mf_trace_nth(struct mf_trace_items items, enum mf_trace_kind kind, size_t n)
{
    for (size_t i = 0; i < items.count; ++i)
        if (items.items[i].kind == kind && n-- == 0)
            return &items.items[i];
    return NULL;
}

bool mf_trace_is(const struct mf_trace_item *item, const char *text)
{
    return item && item->kind == MF_TRACE_WORD && mf_bytes_same_nocase(item->text, text);
}

const struct mf_trace_item *mf_trace_comment(struct mf_trace_items items, const char *start)
{
    for (size_t i = 0; i < items.count; ++i)
        if (items.items[i].kind == MF_TRACE_COMMENT && mf_bytes_start_nocase(items.items[i].text, start))
            return &items.items[i];
    return NULL;
}

/* Which clause starts with this item; -1: none. */
static int clause_of(const struct mf_trace_items *all, size_t i)
{
    static const struct {
        const char *word;
        enum mf_trace_clause clause;
    } words[] = {{"by", MF_TRACE_BY}, {"via", MF_TRACE_VIA}, {"with", MF_TRACE_WITH}, {"id", MF_TRACE_ID},
                 {"for", MF_TRACE_FOR}, {"tls", MF_TRACE_TLS}};
    const struct mf_trace_item *item = &all->items[i];
    if (item->kind == MF_TRACE_SEMICOLON)
        return MF_TRACE_DATE;
    if (mf_trace_is(item, "from") && i == 0)
        return MF_TRACE_FROM;
    if (mf_trace_is(item, "from") && i + 1 < all->count && item[1].kind == MF_TRACE_ANGLE)
        return MF_TRACE_SECOND_FROM;
    for (size_t w = 0; w < sizeof words / sizeof *words; ++w)
        if (mf_trace_is(item, words[w].word))
            return words[w].clause;
    return -1;
}

static void end_clause(struct mf_trace *trace, int clause, size_t start, size_t end)
{
    if (clause < 0 || (trace->clauses[clause].count && clause != MF_TRACE_DATE) || end == start)
        return;
    trace->clauses[clause] = (struct mf_trace_items){trace->all.items + start, end - start};
}

struct mf_trace mf_trace_split(struct mf_arena *arena, const char *value)
{
    struct mf_trace trace = {.arena = arena};
    struct mf_header field = {.value = mf_bytes_of(value)};
    trace.text = mf_header_text(arena, &field, false);
    trace.all = mf_trace_lex(arena, mf_bytes_of(trace.text));
    int clause = -1;
    size_t start = 0;
    for (size_t i = 0; i < trace.all.count; ++i) {
        int next = clause_of(&trace.all, i);
        if (next < 0)
            continue;
        end_clause(&trace, clause, start, i);
        clause = next;
        start = i + 1;
    }
    end_clause(&trace, clause, start, trace.all.count);
    return trace;
}
