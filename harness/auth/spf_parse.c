/* SPF records into terms (RFC 7208 4.6.1, 5, 6, 12). A mistake anywhere spoils the whole record, so all of it is read.
 */
#include <arpa/inet.h>
#include <string.h>

#include "auth/spf_internal.h"
#include "mailflow/pasted.h"

bool mf_spf_is_record(struct mf_bytes text)
{
    return text.len >= 6 && mf_starts_nocase(text.data, "v=spf1") && (text.len == 6 || text.data[6] == ' ');
}

bool mf_spf_needs_lookup(const struct mf_spf_term *term)
{
    switch (term->kind) {
    case MF_SPF_INCLUDE:
    case MF_SPF_A:
    case MF_SPF_MX:
    case MF_SPF_PTR:
    case MF_SPF_EXISTS:
    case MF_SPF_REDIRECT:
        return true;
    case MF_SPF_ALL:
    case MF_SPF_IP4:
    case MF_SPF_IP6:
    case MF_SPF_EXP:
    case MF_SPF_OTHER_MODIFIER:
        return false;
    }
    return false;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_alpha(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* "/24" at the end of text, no leading zero. Returns how long it is, 0 when there is none, -1 when it is out of range.
 */
static int cut_cidr(struct mf_bytes text, int max, int *cidr)
{
    size_t digits = 0;
    while (digits < text.len && is_digit(text.data[text.len - 1 - digits]))
        digits++;
    if (digits == 0 || digits >= text.len || text.data[text.len - 1 - digits] != '/')
        return 0;
    const char *number = text.data + text.len - digits;
    int value = 0;
    for (size_t i = 0; i < digits && value <= 1000; i++)
        value = value * 10 + (number[i] - '0');
    if (value > max || (digits > 1 && number[0] == '0'))
        return -1;
    *cidr = value;
    return (int)digits + 1;
}

/* [ "/" ip4-cidr ] [ "//" ip6-cidr ] at the end of `text`, which is shortened. False: out of range. */
static bool take_dual_cidr(struct mf_bytes *text, struct mf_spf_term *term)
{
    int cidr = 0, len = cut_cidr(*text, 1000, &cidr);
    bool is_v6 = len > 0 && text->len > (size_t)len && text->data[text->len - (size_t)len - 1] == '/';
    if (is_v6) {
        len = cut_cidr(*text, 128, &term->cidr6);
        if (len < 0)
            return false;
        text->len -= (size_t)len + 1;
    }
    len = cut_cidr(*text, 32, &term->cidr4);
    if (len < 0)
        return false;
    text->len -= (size_t)len;
    return true;
}

static const char *take_domain_spec(struct mf_arena *arena, struct mf_bytes spec, struct mf_spf_term *term)
{
    if (spec.len == 0)
        return "a domain name is missing";
    const char *why = mf_spf_macro_wrong(spec, false);
    if (why)
        return why;
    if (!mf_spf_domain_spec_ends_right(spec))
        return "this is no domain name";
    term->domain_spec = mf_copy_bytes(arena, spec.data, spec.len);
    return NULL;
}

static const char *take_ip(struct mf_arena *arena, struct mf_bytes text, struct mf_spf_term *term)
{
    bool is_v4 = term->kind == MF_SPF_IP4;
    int len = cut_cidr(text, is_v4 ? 32 : 128, is_v4 ? &term->cidr4 : &term->cidr6);
    if (len < 0)
        return "the length behind / is out of range";
    text.len -= (size_t)len;
    const char *address = mf_copy_bytes(arena, text.data, text.len);
    if (memchr(text.data, '\0', text.len) || inet_pton(is_v4 ? AF_INET : AF_INET6, address, term->address) != 1)
        return is_v4 ? "this is no IPv4 address" : "this is no IPv6 address";
    return NULL;
}

static const struct {
    const char *name;
    enum mf_spf_kind kind;
} mechanisms[] = {
    {"all", MF_SPF_ALL}, {"include", MF_SPF_INCLUDE}, {"a", MF_SPF_A},     {"mx", MF_SPF_MX},
    {"ptr", MF_SPF_PTR}, {"ip4", MF_SPF_IP4},         {"ip6", MF_SPF_IP6}, {"exists", MF_SPF_EXISTS},
};

static bool has_cidr(enum mf_spf_kind kind)
{
    return kind == MF_SPF_A || kind == MF_SPF_MX;
}

/* What stands behind the name of a mechanism: NULL when it is right. */
static const char *take_arguments(struct mf_arena *arena, struct mf_bytes rest, struct mf_spf_term *term)
{
    bool must_have = term->kind == MF_SPF_INCLUDE || term->kind == MF_SPF_EXISTS;
    if (term->kind == MF_SPF_ALL)
        return rest.len ? "\"all\" stands alone" : NULL;
    if (has_cidr(term->kind) && !take_dual_cidr(&rest, term))
        return "the length behind / is out of range";
    if (rest.len == 0)
        return must_have || term->kind == MF_SPF_IP4 || term->kind == MF_SPF_IP6 ? "it needs \":\" and a value" : NULL;
    if (rest.data[0] != ':')
        return "this is no mechanism";
    rest = (struct mf_bytes){rest.data + 1, rest.len - 1};
    if (term->kind == MF_SPF_IP4 || term->kind == MF_SPF_IP6)
        return take_ip(arena, rest, term);
    return take_domain_spec(arena, rest, term);
}

static const char *read_mechanism(struct mf_arena *arena, struct mf_bytes text, struct mf_spf_term *term)
{
    term->qualifier = '+';
    if (text.len && strchr("+-~?", text.data[0]) && text.data[0]) {
        term->qualifier = text.data[0];
        text = (struct mf_bytes){text.data + 1, text.len - 1};
    }
    size_t len = 0;
    while (len < text.len && text.data[len] != ':' && text.data[len] != '/')
        len++;
    const char *name = mf_copy_bytes(arena, text.data, len);
    for (size_t i = 0; i < sizeof mechanisms / sizeof *mechanisms; i++) {
        if (!mf_same_nocase(name, mechanisms[i].name) || strlen(name) != len)
            continue;
        term->kind = mechanisms[i].kind;
        return take_arguments(arena, (struct mf_bytes){text.data + len, text.len - len}, term);
    }
    return "there is no such mechanism";
}

/* name "=": its length without "=", 0 when the term is no modifier (RFC 7208 12: ALPHA *(ALPHA / DIGIT / "-" / "_" /
 * ".")). */
static size_t modifier_name(struct mf_bytes text)
{
    size_t len = 0;
    while (len < text.len && (is_alpha(text.data[len]) ||
                              (len && (is_digit(text.data[len]) || (text.data[len] && strchr("-_.", text.data[len]))))))
        len++;
    return len < text.len && text.data[len] == '=' ? len : 0;
}

static const char *read_modifier(struct mf_arena *arena, struct mf_bytes text, size_t name_len,
                                 struct mf_spf_term *term)
{
    const char *name = mf_copy_bytes(arena, text.data, name_len);
    struct mf_bytes value = {text.data + name_len + 1, text.len - name_len - 1};
    term->kind = mf_same_nocase(name, "redirect") ? MF_SPF_REDIRECT
                 : mf_same_nocase(name, "exp")    ? MF_SPF_EXP
                                                  : MF_SPF_OTHER_MODIFIER;
    return term->kind == MF_SPF_OTHER_MODIFIER ? mf_spf_macro_wrong(value, false)
                                               : take_domain_spec(arena, value, term);
}

static const char *read_term(struct mf_arena *arena, struct mf_bytes text, struct mf_spf_record *record)
{
    struct mf_spf_term *term = MF_PUSH(arena, record->terms, record->count, record->capacity);
    term->text = mf_pasted_shown(arena, (struct mf_bytes){text.data, text.len < 200 ? text.len : 200});
    term->cidr4 = 32;
    term->cidr6 = 128;
    size_t name_len = modifier_name(text);
    const char *why = name_len ? read_modifier(arena, text, name_len, term) : read_mechanism(arena, text, term);
    const char *odd = why ? mf_pasted_odd(arena, text) : NULL;
    return odd ? mf_format(arena, "it holds %s", odd) : why;
}

/* Pointers into the terms, once they no longer move. */
static void find_special(struct mf_spf_record *record)
{
    for (size_t i = 0; i < record->count && !record->why; i++) {
        const struct mf_spf_term *term = &record->terms[i];
        const struct mf_spf_term **place = term->kind == MF_SPF_REDIRECT ? &record->redirect
                                           : term->kind == MF_SPF_EXP    ? &record->exp
                                                                         : NULL;
        if (place && *place) {
            record->why = "this modifier stands there twice";
            record->wrong = term->text;
        } else if (place) {
            *place = term;
        }
        if (term->kind == MF_SPF_ALL && !record->all)
            record->all = term;
    }
}

struct mf_spf_record mf_spf_parse(struct mf_arena *arena, struct mf_bytes text)
{
    struct mf_spf_record record = {0};
    size_t at = 6; /* behind v=spf1 */
    while (at < text.len && !record.why) {
        size_t end = at;
        while (end < text.len && text.data[end] != ' ')
            end++;
        if (end > at) {
            record.why = read_term(arena, (struct mf_bytes){text.data + at, end - at}, &record);
            record.wrong = record.why ? record.terms[record.count - 1].text : NULL;
        }
        at = end + 1;
    }
    find_special(&record);
    return record;
}
