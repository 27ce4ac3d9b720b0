/* What a record with mistakes was meant to say: the slips of hand and of clipboard that are seen in the
 * field, mended one term at a time. A guess, and told as one. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "auth/spf_internal.h"
#include "mailflow/pasted.h"

#define WORDS_MAX 200

struct words {
    const char *items[WORDS_MAX];
    size_t count;
};

static bool is_readable(struct mf_arena *arena, const char *word)
{
    return !mf_spf_parse(arena, mf_bytes_of(mf_format(arena, "v=spf1 %s", word))).why;
}

static bool is_address(int family, const char *text)
{
    unsigned char ip[16];
    return inet_pton(family, text, ip) == 1;
}

/* "255.255.255.0" is 24; -1: no mask. */
static int mask_length(const char *text)
{
    unsigned char ip[4];
    int bits = 0;
    if (inet_pton(AF_INET, text, ip) != 1)
        return -1;
    uint32_t mask = (uint32_t)ip[0] << 24 | (uint32_t)ip[1] << 16 | (uint32_t)ip[2] << 8 | ip[3];
    while (bits < 32 && mask & 0x80000000u >> bits)
        bits++;
    return bits && mask == 0xFFFFFFFFu << (32 - bits) ? bits : -1;
}

/* "192.0.2.0/24" and "192.0.2.0/255.255.255.0" as ip4:, 2001:db8::/32 as ip6:, else NULL. */
static const char *as_address(struct mf_arena *arena, const char *value)
{
    const char *slash = strchr(value, '/');
    const char *address = slash ? mf_copy_bytes(arena, value, (size_t)(slash - value)) : value;
    if (is_address(AF_INET, address) && slash && mask_length(slash + 1) > 0)
        return mf_format(arena, "ip4:%s/%d", address, mask_length(slash + 1));
    return is_address(AF_INET, address)    ? mf_format(arena, "ip4:%s", value)
           : is_address(AF_INET6, address) ? mf_format(arena, "ip6:%s", value)
                                           : NULL;
}

/* A name out of a URL or an e-mail address. */
static const char *bare_name(struct mf_arena *arena, const char *value)
{
    const char *scheme = strstr(value, "://");
    value = scheme ? scheme + 3 : value;
    const char *at = strrchr(value, '@');
    value = at ? at + 1 : value;
    return mf_copy_bytes(arena, value, scheme ? strcspn(value, "/:") : strlen(value));
}

static const char *mechanism_named(const char *name)
{
    static const char *const names[] = {"include", "exists", "redirect", "ip4", "ip6", "all", "ptr", "exp", "mx", "a"};
    static const struct {
        const char *wrong, *right;
    } aliases[] = {{"ipv4", "ip4"},         {"ipv6", "ip6"}, {"ip", "ip4"},
                   {"includes", "include"}, {"host", "a"},   {"al", "all"}};
    for (size_t i = 0; i < sizeof aliases / sizeof *aliases; i++)
        if (mf_same_nocase(name, aliases[i].wrong))
            return aliases[i].right;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (mf_same_nocase(name, names[i]))
            return names[i];
    return strlen(name) >= 3 ? mf_nearest(name, names, sizeof names / sizeof *names) : NULL;
}

const char *mf_spf_corrected_term(struct mf_arena *arena, const char *word)
{
    const char *sign = strchr("+-~?", word[0]) && word[0] ? mf_format(arena, "%c", word[0]) : "";
    const char *body = word + strlen(sign);
    size_t len = strcspn(body, ":=/");
    const char *value = body[len] == '\0' ? "" : body[len] == '/' ? body + len : body + len + 1;
    const char *whole = *sign ? NULL : as_address(arena, body),
               *name = mechanism_named(mf_copy_bytes(arena, body, len));
    const char *result = whole;
    if (!result && name && body[len] != '/') {
        const char *address = as_address(arena, value), *bare = bare_name(arena, value);
        bool wants_address = mf_starts(name, "ip");
        bool modifier = mf_same(name, "redirect") || mf_same(name, "exp");
        result = address && !modifier                 ? mf_format(arena, "%s%s", sign, address)
                 : wants_address && strchr(bare, '.') ? mf_format(arena, "%sa:%s", sign, bare)
                 : modifier                           ? mf_format(arena, "%s=%s", name, bare)
                 : *bare                              ? mf_format(arena, "%s%s:%s", sign, name, bare)
                                                      : mf_format(arena, "%s%s", sign, name);
    }
    return result && is_readable(arena, result) ? result : NULL;
}

static void add(struct words *words, const char *word)
{
    if (words->count < WORDS_MAX)
        words->items[words->count++] = word;
}

static bool is_all(const char *word)
{
    word += *word && strchr("+-~?", *word);
    return mf_same_nocase(word, "all");
}

/* Blanks, commas and semicolons part terms; what a blank tore apart is joined again. */
static void split(struct mf_arena *arena, const char *text, struct words *words)
{
    const char *torn = "";
    while (*text) {
        bool macro = memchr(text, '{', strcspn(text, " ")) != NULL;
        size_t len = strcspn(text, macro ? " " : " ,;");
        if (len) {
            const char *word = mf_format(arena, "%s%.*s", torn, (int)len, text);
            size_t end = strlen(word);
            torn = "";
            if ((end == 1 && strchr("+-~?", word[0])) || (end > 1 && (word[end - 1] == ':' || word[end - 1] == '=')))
                torn = word;
            else if (end > 1 && word[end - 1] == '.' && mf_ends_nocase(word, "all."))
                add(words, mf_copy_bytes(arena, word, end - 1));
            else
                add(words, word);
        }
        text += len + (text[len] != '\0');
    }
    if (*torn)
        add(words, torn);
}

/* Where the terms begin: behind whatever was made of "v=spf1", and what was pasted before it. */
static const char *behind_version(const char *text)
{
    static const char *const spellings[] = {"v=spf1",  "v = spf1", "v= spf1", "v =spf1", "v=spf 1", "v=spf-1",
                                            "v=spf.1", "v:spf1",   "v=sfp1",  "spf1",    "v=spf2",  "spf2.0"};
    for (size_t i = 0; i < sizeof spellings / sizeof *spellings; i++) {
        const char *at = strcasestr(text, spellings[i]);
        if (at)
            return at + strlen(spellings[i]) + (mf_starts(at + strlen(spellings[i]), ".0") ? 2 : 0);
    }
    return NULL;
}

const char *mf_spf_corrected(struct mf_arena *arena, struct mf_bytes text)
{
    const char *plain = mf_pasted_plain(arena, text), *terms = behind_version(plain), *record = "v=spf1", *last = "";
    struct words words = {.count = 0};
    if (!terms)
        return NULL;
    split(arena, terms, &words);
    for (size_t i = 0; i < words.count; i++) {
        const char *word = is_readable(arena, words.items[i]) && !strchr(words.items[i], '@')
                               ? words.items[i]
                               : mf_spf_corrected_term(arena, words.items[i]);
        if (!word)
            return NULL;
        if (is_all(word))
            last = word; /* one, and behind the others */
        else if (!mf_same_nocase(word, "v=spf1"))
            record = mf_format(arena, "%s %s", record, word);
    }
    return *last ? mf_format(arena, "%s %s", record, last) : record;
}
