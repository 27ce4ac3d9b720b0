/* Trace header fields (RFC 5321 4.4) as values. */
#include "mailflow/received.h"

#include <string.h>

#include "message/trace_internal.h"

static const char *first_text(const struct mf_trace *trace, enum mf_trace_clause clause)
{
    struct mf_trace_items items = trace->clauses[clause];
    for (size_t i = 0; i < items.count; ++i)
        if (items.items[i].kind != MF_TRACE_COMMENT && items.items[i].text.len)
            return mf_bytes_copy(trace->arena, items.items[i].text);
    return NULL;
}

/* All words of the clause: "Microsoft SMTP Server". */
static const char *words_of(const struct mf_trace *trace, enum mf_trace_clause clause)
{
    struct mf_text words = {0};
    struct mf_trace_items items = trace->clauses[clause];
    for (size_t i = 0; i < items.count; ++i) {
        const struct mf_trace_item *item = &items.items[i];
        if ((item->kind != MF_TRACE_WORD && item->kind != MF_TRACE_LITERAL) || item->text.len == 0)
            continue;
        if (words.len)
            mf_text_putc(&words, ' ');
        mf_text_add(&words, item->text.data, item->text.len);
    }
    const char *text = mf_text_into(trace->arena, &words);
    return *text ? text : NULL;
}

static void read_by(const struct mf_trace *trace, struct mf_received *received)
{
    struct mf_trace_items by = trace->clauses[MF_TRACE_BY];
    received->by = first_text(trace, MF_TRACE_BY);
    if (received->by)
        received->by_ip = mf_trace_address(trace->arena, mf_bytes_of(received->by));
    for (size_t i = 0; i < by.count && !received->by_ip; ++i) {
        if (by.items[i].kind == MF_TRACE_LITERAL)
            received->by_ip = mf_trace_address(trace->arena, by.items[i].text);
        if (by.items[i].kind != MF_TRACE_COMMENT)
            continue;
        struct mf_trace_items inside = mf_trace_lex(trace->arena, by.items[i].text);
        const struct mf_trace_item *literal = mf_trace_nth(inside, MF_TRACE_LITERAL, 0);
        received->by_ip = mf_trace_address(trace->arena, literal ? literal->text : by.items[i].text);
    }
}

/* Some name the protocol behind "via" only: "via ESMTP", "(via HTTP)". */
static const char *protocol(const struct mf_trace *trace)
{
    const char *with = words_of(trace, MF_TRACE_WITH);
    const char *via = with ? NULL : first_text(trace, MF_TRACE_VIA);
    if (via && (strcasestr(via, "MTP") || strcasestr(via, "HTTP")))
        return via;
    if (!with && mf_trace_comment(trace->all, "via HTTP"))
        return "HTTP";
    return with;
}

/* (envelope-from <a@b>), (envelope-sender <a@b>), or XMail's second "from <a@b>". "" is the null sender. */
static const char *envelope_from(const struct mf_trace *trace)
{
    static const char *const starts[] = {"envelope-from", "envelope-sender"};
    const struct mf_trace_item *second = mf_trace_nth(trace->clauses[MF_TRACE_SECOND_FROM], MF_TRACE_ANGLE, 0);
    for (size_t i = 0; i < sizeof starts / sizeof *starts; ++i) {
        const struct mf_trace_item *comment = mf_trace_comment(trace->all, starts[i]);
        struct mf_trace_items inside = {NULL, 0};
        if (comment)
            inside = mf_trace_lex(trace->arena, mf_bytes_from(comment->text, strlen(starts[i])));
        if (inside.count)
            return mf_bytes_copy(trace->arena, inside.items[0].text);
    }
    return second ? mf_bytes_copy(trace->arena, second->text) : NULL;
}

static const char *for_address(const struct mf_trace *trace)
{
    struct mf_trace_items items = trace->clauses[MF_TRACE_FOR];
    for (size_t i = 0; i < items.count; ++i) {
        const struct mf_trace_item *item = &items.items[i];
        bool is_word = item->kind == MF_TRACE_WORD && mf_bytes_find(item->text, "@") >= 0;
        if (is_word || item->kind == MF_TRACE_ANGLE)
            return mf_bytes_copy(trace->arena, item->text);
    }
    return NULL;
}

/* From the first to the last word: comments behind it are no part of the date. */
static const char *words_span(const struct mf_trace *trace, struct mf_trace_items items)
{
    const char *start = NULL, *end = NULL;
    for (size_t i = 0; i < items.count; ++i)
        if (items.items[i].kind == MF_TRACE_WORD) {
            start = start ? start : items.items[i].whole.data;
            end = items.items[i].whole.data + items.items[i].whole.len;
        }
    return start ? mf_copy_bytes(trace->arena, start, (size_t)(end - start)) : NULL;
}

static void read_date(const struct mf_trace *trace, struct mf_received *received)
{
    struct mf_trace_items id = trace->clauses[MF_TRACE_ID];
    received->date_text = words_span(trace, trace->clauses[MF_TRACE_DATE]);
    if (!received->date_text && id.count > 4) /* the semicolon is missing: "id X Mon, 11 Sep 2006 …" */
        received->date_text = words_span(trace, (struct mf_trace_items){id.items + 1, id.count - 1});
    if (received->date_text && mf_date_parse(received->date_text, &received->at, NULL))
        received->at = 0;
}

/* Nobody connected: a program on that host handed it in. */
static bool is_local(const struct mf_trace *trace, const struct mf_received *received)
{
    const struct mf_trace_item *first = trace->all.count ? &trace->all.items[0] : NULL;
    bool by_comment = first && first->kind == MF_TRACE_COMMENT;
    if (by_comment && mf_bytes_start_nocase(first->text, "qmail ") && mf_bytes_find(first->text, "invoked ") >= 0)
        return true;
    if (by_comment && mf_bytes_start_nocase(first->text, "from ") && !received->ip)
        return true;
    if (mf_trace_comment(trace->clauses[MF_TRACE_BY], "Postfix, from userid"))
        return true;
    if (mf_same_nocase(received->with, "local")) /* Exim */
        return true;
    if (mf_starts(trace->text, "from mail pickup service "))
        return true;
    const struct mf_trace_item *software = mf_trace_nth(trace->clauses[MF_TRACE_BY], MF_TRACE_COMMENT, 0);
    return !trace->clauses[MF_TRACE_FROM].count && software && mf_bytes_find(software->text, "/Submit") >= 0;
}

const struct mf_received *mf_received_parse(struct mf_arena *arena, const char *value)
{
    struct mf_received *received = mf_alloc(arena, sizeof *received);
    struct mf_trace trace = mf_trace_split(arena, value ? value : "");
    received->raw = trace.text;
    read_by(&trace, received);
    received->with = protocol(&trace);
    received->id = first_text(&trace, MF_TRACE_ID);
    received->for_address = for_address(&trace);
    received->envelope_from = envelope_from(&trace);
    read_date(&trace, received);
    mf_trace_read_client(&trace, received);
    mf_trace_read_security(&trace, received);
    received->local = is_local(&trace, received);
    if (received->local && !received->ip)
        received->helo = received->rdns = NULL;
    received->understood = received->by || received->ip || received->local;
    return received;
}

const struct mf_received **mf_message_path(struct mf_arena *arena, const struct mf_message *message, size_t *count)
{
    const struct mf_received **path;
    *count = mf_message_header_count(message, "Received");
    path = mf_alloc_array(arena, *count + 1, sizeof *path);
    for (size_t n = 0; n < *count; ++n) {
        const struct mf_header *header = mf_message_header(message, "Received", n);
        path[*count - 1 - n] = mf_received_parse(arena, mf_header_text(arena, header, false));
    }
    return path;
}
