/* Master files (RFC 1035 5.1) cut into entries: here and not by ldns, because test zones hold special comments and
 * people write long keys as one string. */
#include <ctype.h>
#include <string.h>

#include "dns/master_internal.h"

#define TOKENS_MAX 4096

int mf_master_wrong(struct mf_master_reader *r, int line, const char *why)
{
    return mf_trouble(r->d, "zone %s:%d: %s", r->path, line, why);
}

int mf_master_wrong_at(struct mf_master_reader *r, const char *place, const char *why)
{
    int line = 1;
    const char *start = r->begin;
    for (const char *at = r->begin; at < place; at++)
        if (*at == '\n') {
            line++;
            start = at + 1;
        }
    return mf_trouble(r->d, "zone %s:%d:%d: %s", r->path, line, (int)(place - start) + 1, why);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

bool mf_master_at_special(const struct mf_master_reader *r)
{
    const char *at = r->at;
    while (at < r->end && is_blank(*at))
        at++;
    return r->end - at > 2 && at[0] == ';' && at[1] == '!';
}

/* A token in quotes or without; escapes are only jumped over. -1: a quote is not closed. */
static int take_token(struct mf_master_reader *r, struct mf_bytes *token)
{
    const char *start = r->at;
    bool is_quoted = *r->at == '"';
    r->at += is_quoted;
    while (r->at < r->end && *r->at != '\n') {
        if (is_quoted ? *r->at == '"' : !*r->at || is_blank(*r->at) || strchr(";()\"", *r->at))
            break;
        r->at += *r->at == '\\' && r->at + 1 < r->end && r->at[1] != '\n' ? 2 : 1;
    }
    if (is_quoted && (r->at == r->end || *r->at != '"'))
        return mf_master_wrong_at(r, start, "a quote is opened and not closed on the same line");
    r->at += is_quoted;
    *token = (struct mf_bytes){start, (size_t)(r->at - start)};
    return 0;
}

static void skip_comment(struct mf_master_reader *r)
{
    while (r->at < r->end && *r->at != '\n')
        r->at++;
}

char *mf_master_text(struct mf_master_reader *r, struct mf_bytes token)
{
    return mf_copy_bytes(r->arena, token.data, token.len);
}

static int add_token(struct mf_master_reader *r, struct mf_master_entry *entry)
{
    struct mf_bytes token;
    if (*r->at == '\0')
        return mf_master_wrong_at(r, r->at, "a NUL byte: this is no text file");
    if (take_token(r, &token) < 0)
        return -1;
    if (entry->count == TOKENS_MAX)
        return mf_master_wrong(r, entry->line, "this record has too many parts");
    *MF_PUSH(r->arena, entry->tokens, entry->count, entry->capacity) = token;
    return 0;
}

int mf_master_take_entry(struct mf_master_reader *r, struct mf_master_entry *entry)
{
    int depth = 0;
    entry->line = r->line;
    entry->has_owner = r->at < r->end && !is_blank(*r->at);
    while (r->at < r->end && (*r->at != '\n' || depth > 0)) {
        if (*r->at == ';') {
            skip_comment(r);
        } else if (*r->at == '(' || *r->at == ')') {
            depth += *r->at++ == '(' ? 1 : -1;
            if (depth < 0)
                return mf_master_wrong_at(r, r->at - 1, "\")\" without \"(\"");
        } else if (*r->at == '\n') {
            r->line++;
            r->at++;
        } else if (is_blank(*r->at)) {
            r->at++;
        } else if (add_token(r, entry) < 0) {
            return -1;
        }
    }
    r->at += r->at < r->end;
    r->line++;
    return depth ? mf_master_wrong(r, entry->line, "\"(\" is opened and never closed") : 0;
}

bool mf_master_read_ttl(const char *text, uint32_t *ttl)
{
    uint64_t total = 0, number = 0;
    bool has_digit = false;
    for (; *text; text++) {
        static const char units[] = "smhdw";
        static const unsigned seconds[] = {1, 60, 3600, 86400, 604800};
        const char *unit = strchr(units, mf_lower((unsigned char)*text));
        if (*text >= '0' && *text <= '9') {
            number = number * 10 + (unsigned)(*text - '0');
            has_digit = true;
        } else if (unit && has_digit) {
            total += number * seconds[unit - units];
            number = 0;
        } else {
            return false;
        }
        if (number > UINT32_MAX || total > UINT32_MAX)
            return false;
    }
    *ttl = (uint32_t)(total + number);
    return has_digit;
}

/* The bytes of a character string, quotes and escapes undone. -1: broken escape. */
static int read_string(struct mf_bytes token, struct mf_text *out)
{
    bool is_quoted = token.data[0] == '"';
    const char *at = token.data + is_quoted, *end = token.data + token.len - is_quoted;
    while (at < end) {
        int value = 0;
        if (*at != '\\') {
            mf_text_putc(out, *at++);
        } else if (end - at > 3 && isdigit((unsigned char)at[1]) && isdigit((unsigned char)at[2]) &&
                   isdigit((unsigned char)at[3])) {
            value = (at[1] - '0') * 100 + (at[2] - '0') * 10 + (at[3] - '0');
            if (value > 255)
                return -1;
            mf_text_putc(out, (char)value);
            at += 4;
        } else if (end - at > 1) {
            mf_text_putc(out, at[1]);
            at += 2;
        } else {
            return -1;
        }
    }
    return 0;
}

static void add_pieces(struct mf_text *wire, const struct mf_text *string)
{
    size_t at = 0;
    do {
        size_t len = string->len - at > 255 ? 255 : string->len - at;
        mf_text_putc(wire, (char)len);
        mf_text_add(wire, string->data ? string->data + at : NULL, len);
        at += len;
    } while (at < string->len);
}

int mf_master_add_string(struct mf_bytes token, struct mf_text *wire)
{
    struct mf_text string = {.max = 65535};
    int result = read_string(token, &string);
    add_pieces(wire, &string);
    wire->full = wire->full || string.full;
    mf_text_release(&string);
    return result;
}
