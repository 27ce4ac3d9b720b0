/* Tag=value lists, RFC 6376 3.2. */
#include "auth/tags.h"

#include <limits.h>
#include <string.h>

static bool is_fold(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_name_char(char c, bool first)
{
    bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return letter || (!first && ((c >= '0' && c <= '9') || c == '_'));
}

static struct mf_bytes trim(struct mf_bytes text)
{
    while (text.len && is_fold(text.data[0])) {
        text.data++;
        text.len--;
    }
    while (text.len && is_fold(text.data[text.len - 1]))
        text.len--;
    return text;
}

/* Line breaks of folding go, the white space behind them stays. */
static char *unfold(struct mf_arena *arena, struct mf_bytes text)
{
    char *value = mf_alloc(arena, text.len + 1), *to = value;
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] != '\r' && text.data[i] != '\n' && text.data[i] != '\0')
            *to++ = text.data[i];
    *to = '\0';
    return value;
}

static const char *odd_character(struct mf_arena *arena, struct mf_bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.data[i];
        if ((c < 32 && !is_fold((char)c)) || c == 127)
            return mf_format(arena, "a character 0x%02x that must not be there", c);
    }
    size_t bad_at = 0; /* RFC 8616 5: domains and local parts in UTF-8 */
    if (!mf_is_utf8(text.data, text.len, &bad_at))
        return mf_format(arena, "a byte 0x%02x that is neither ASCII nor UTF-8", (unsigned char)text.data[bad_at]);
    return NULL;
}

static const char *add_tag(struct mf_arena *arena, struct mf_tags *tags, struct mf_bytes spec)
{
    const char *equals = memchr(spec.data, '=', spec.len);
    struct mf_bytes name = trim((struct mf_bytes){spec.data, equals ? (size_t)(equals - spec.data) : spec.len});
    if (!equals)
        return mf_format(arena, "\"%.40s\" without \"=\"", unfold(arena, name));
    if (name.len == 0)
        return "a tag without a name";
    for (size_t i = 0; i < name.len; i++)
        if (!is_name_char(name.data[i], i == 0))
            return mf_format(arena, "\"%.40s\" is no tag name", unfold(arena, name));
    char *word = unfold(arena, name);
    if (mf_tags_find(tags, word))
        return mf_format(arena, "tag %.40s= twice", word);
    size_t behind = (size_t)(equals - spec.data) + 1;
    struct mf_tag *tag = MF_PUSH(arena, tags->items, tags->count, tags->capacity);
    tag->name = word;
    tag->where = (struct mf_bytes){spec.data + behind, spec.len - behind};
    tag->value = unfold(arena, trim(tag->where));
    return odd_character(arena, tag->where);
}

struct mf_tags mf_tags_parse(struct mf_arena *arena, struct mf_bytes source)
{
    struct mf_tags tags = {0};
    for (size_t from = 0; from < source.len && tags.count < 100;) {
        const char *semicolon = memchr(source.data + from, ';', source.len - from);
        size_t end = semicolon ? (size_t)(semicolon - source.data) : source.len;
        struct mf_bytes spec = {source.data + from, end - from};
        bool last = !semicolon;
        if (trim(spec).len || !last) {
            const char *why = trim(spec).len ? add_tag(arena, &tags, spec) : "an empty tag (\";;\")";
            if (why && !tags.why)
                tags.why = why;
        }
        from = end + 1;
    }
    return tags;
}

const struct mf_tag *mf_tags_find(const struct mf_tags *tags, const char *name)
{
    for (size_t i = 0; i < tags->count; i++)
        if (strcmp(tags->items[i].name, name) == 0)
            return &tags->items[i];
    return NULL;
}

const char *mf_tags_value(const struct mf_tags *tags, const char *name)
{
    const struct mf_tag *tag = mf_tags_find(tags, name);
    return tag ? tag->value : NULL;
}

const char **mf_tags_list(struct mf_arena *arena, const char *list, size_t *count)
{
    const char **words = NULL;
    size_t capacity = 0;
    *count = 0;
    for (const char *at = list; at && *at;) {
        size_t len = strcspn(at, ":");
        struct mf_bytes word = trim((struct mf_bytes){at, len});
        if (word.len)
            *MF_PUSH(arena, words, *count, capacity) = mf_copy_bytes(arena, word.data, word.len);
        at += len + (at[len] == ':');
    }
    return words;
}

bool mf_tags_list_has(const char *list, const char *word)
{
    size_t wanted = strlen(word);
    for (const char *at = list; at && *at;) {
        size_t len = strcspn(at, ":"), same = 0;
        struct mf_bytes item = trim((struct mf_bytes){at, len});
        while (same < wanted && same < item.len &&
               mf_lower((unsigned char)item.data[same]) == mf_lower((unsigned char)word[same]))
            same++;
        if (item.len == wanted && same == wanted)
            return true;
        at += len + (at[len] == ':');
    }
    return false;
}

char *mf_tags_squeeze(struct mf_arena *arena, const char *value)
{
    char *squeezed = mf_alloc(arena, strlen(value) + 1), *to = squeezed;
    for (; *value; value++)
        if (!is_fold(*value))
            *to++ = *value;
    *to = '\0';
    return squeezed;
}

static int hex_value(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

char *mf_tags_unquote(struct mf_arena *arena, const char *value)
{
    char *text = mf_tags_squeeze(arena, value), *to = text;
    for (const char *at = text; *at; at++) {
        int high = *at == '=' ? hex_value(at[1]) : -1, low = high >= 0 ? hex_value(at[2]) : -1;
        bool is_encoded = low >= 0 && (high || low);
        *to++ = is_encoded ? (char)(high << 4 | low) : *at;
        at += is_encoded ? 2 : 0;
    }
    *to = '\0';
    return text;
}

bool mf_tags_number(const char *value, long long *number)
{
    *number = 0;
    if (*value == '\0')
        return false;
    for (; *value; value++) {
        if (*value < '0' || *value > '9')
            return false;
        if (*number > (LLONG_MAX - 9) / 10)
            *number = LLONG_MAX;
        else
            *number = *number * 10 + (*value - '0');
    }
    return true;
}
