/* Names of a DNS table beside the four of the go-live: "TYPE VALUE", checked, and put into one form. */
#include <arpa/inet.h>
#include <string.h>

#include "plan/site_internal.h"

/* In one form, in arena; NULL: it is no such record. */
typedef const char *value_form(struct mf_arena *arena, const char *value);

static char *lower(struct mf_arena *arena, const char *text, size_t len)
{
    char *copy = mf_copy_bytes(arena, text, len);
    for (size_t i = 0; i < len; i++)
        copy[i] = (char)mf_lower(copy[i]);
    return copy;
}

static const char *form_a(struct mf_arena *arena, const char *value)
{
    unsigned char ip[16];
    char text[INET6_ADDRSTRLEN];
    return inet_pton(AF_INET, value, ip) == 1 ? mf_copy(arena, inet_ntop(AF_INET, ip, text, sizeof text)) : NULL;
}

static const char *form_aaaa(struct mf_arena *arena, const char *value)
{
    unsigned char ip[16];
    char text[INET6_ADDRSTRLEN];
    return inet_pton(AF_INET6, value, ip) == 1 ? mf_copy(arena, inet_ntop(AF_INET6, ip, text, sizeof text)) : NULL;
}

static const char *form_host(struct mf_arena *arena, const char *value)
{
    size_t len = strlen(value);
    if (strcmp(value, ".") == 0)
        return ".";
    return mf_is_domain(value) ? lower(arena, value, value[len - 1] == '.' ? len - 1 : len) : NULL;
}

/* So many numbers up to 65535, then what `rest` takes. */
static const char *form_numbers(struct mf_arena *arena, const char *value, int count, value_form *rest)
{
    const char *numbers = "";
    for (int i = 0; i < count; i++) {
        size_t len = strspn(value, "0123456789");
        unsigned number = 0;
        for (size_t k = 0; k < len && k < 6; k++)
            number = number * 10 + (unsigned)(value[k] - '0');
        if (len == 0 || len > 5 || number > 65535 || value[len] != ' ')
            return NULL;
        numbers = mf_format(arena, "%s%u ", numbers, number);
        value += len + strspn(value + len, " ");
    }
    const char *end = rest(arena, value);
    return end ? mf_format(arena, "%s%s", numbers, end) : NULL;
}

static const char *form_mx(struct mf_arena *arena, const char *value)
{
    return form_numbers(arena, value, 1, form_host);
}

static const char *form_srv(struct mf_arena *arena, const char *value)
{
    return form_numbers(arena, value, 3, form_host);
}

static const char *form_hex(struct mf_arena *arena, const char *value)
{
    char *hex = lower(arena, value, strlen(value));
    size_t len = 0;
    for (size_t i = 0; hex[i]; i++)
        if (hex[i] != ' ')
            hex[len++] = hex[i];
    hex[len] = '\0';
    return len && len % 2 == 0 && strspn(hex, "0123456789abcdef") == len ? hex : NULL;
}

static const char *form_tlsa(struct mf_arena *arena, const char *value)
{
    return form_numbers(arena, value, 3, form_hex);
}

/* Quoted pieces, as zone files have them, are joined. */
static const char *form_txt(struct mf_arena *arena, const char *value)
{
    if (value[0] != '"')
        return value;
    char *text = mf_copy(arena, value);
    size_t len = 0;
    bool inside = false;
    for (size_t i = 0; value[i]; i++) {
        if (value[i] == '"')
            inside = !inside;
        else if (inside)
            text[len++] = value[i];
        else if (value[i] != ' ')
            return NULL;
    }
    text[len] = '\0';
    return inside ? NULL : text;
}

static const char *form_property(struct mf_arena *arena, const char *value)
{
    size_t len = strspn(value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");
    const char *text = len && value[len] == ' ' ? form_txt(arena, value + len + strspn(value + len, " ")) : NULL;
    return text ? mf_format(arena, "%s \"%s\"", lower(arena, value, len), text) : NULL;
}

static const char *form_caa(struct mf_arena *arena, const char *value)
{
    return form_numbers(arena, value, 1, form_property);
}

static const struct {
    const char *type, *example;
    value_form *form;
} types[] = {
    {"A", "A 192.0.2.25", form_a},
    {"AAAA", "AAAA 2001:db8::25", form_aaaa},
    {"CNAME", "CNAME autodiscover.outlook.com", form_host},
    {"MX", "MX 10 mail.example.com", form_mx},
    {"TXT", "TXT v=TLSRPTv1; rua=mailto:tls@example.com", form_txt},
    {"SRV", "SRV 0 1 993 imap.example.com", form_srv},
    {"TLSA", "TLSA 3 1 1 5f2e…", form_tlsa},
    {"CAA", "CAA 0 issue letsencrypt.org", form_caa},
    {"NS", "NS ns1.example.com", form_host},
    {"PTR", "PTR mail.example.com", form_host},
};
#define TYPES (sizeof types / sizeof *types)

static bool bind_one(struct mf_binder *b, const struct mf_value *value, struct mf_dns_more *more)
{
    size_t len = strcspn(value->text, " "), gap = strspn(value->text + len, " ");
    struct mf_words known = {.arena = b->arena};
    for (size_t i = 0; i < TYPES; i++) {
        mf_words_add(&known, types[i].type);
        if (strlen(types[i].type) != len || strncmp(types[i].type, value->text, len) != 0)
            continue;
        more->type = types[i].type;
        more->value = gap ? types[i].form(b->arena, value->text + len + gap) : NULL;
        return more->value || mf_tell(b, value->place, mf_format(b->arena, "such as \"%s\"", types[i].example),
                                      "\"%s\" is no %s record", value->text, more->type);
    }
    const char *word = mf_copy_bytes(b->arena, value->text, len);
    return strspn(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == len && len && gap
               ? mf_tell(b, value->place, mf_words_hint(&known, word), "%s records can't be confirmed here", word)
               : mf_tell(b, value->place, "\"TYPE VALUE\", such as CNAME autodiscover.outlook.com",
                         "\"%s\" is no record", value->text);
}

/* Behind the others of its type at its name, so that they stand together. */
static void add(struct mf_dns_table *table, struct mf_dns_more more)
{
    size_t at = table->more_count;
    for (size_t i = 0; i < table->more_count; i++)
        if (strcmp(table->more[i].type, more.type) == 0 && mf_same_nocase(table->more[i].name, more.name))
            at = i + 1;
    memmove(&table->more[at + 1], &table->more[at], (table->more_count - at) * sizeof more);
    table->more[at] = more;
    table->more_count++;
}

static bool bind_name(struct mf_binder *b, const struct mf_pair *pair, struct mf_dns_table *table)
{
    struct mf_items items;
    const char *name = pair->key->text;
    bool good = strcmp(name, "@") == 0 || mf_is_domain(name) ||
                mf_tell(b, pair->key->place, "a name of the zone, such as autodiscover or _submissions._tcp",
                        "\"%s\" is no name in DNS", name);
    if (!good || !mf_bind_items(b, pair->value, &items))
        return false;
    struct mf_dns_more *all = mf_alloc_array(b->arena, table->more_count + items.count + 1, sizeof *all);
    if (table->more_count)
        memcpy(all, table->more, table->more_count * sizeof *all);
    table->more = all;
    for (size_t i = 0; i < items.count; i++) {
        struct mf_value value;
        struct mf_dns_more more = {.name = name, .place = pair->key->place};
        if (mf_bind_value(b, mf_item(&items, i), &value) && bind_one(b, &value, &more))
            add(table, more);
        else
            good = false;
    }
    return good;
}

bool mf_site_dns_more(struct mf_binder *b, const struct mf_node *node, void *target)
{
    bool good = mf_want_map(b, node);
    for (size_t i = 0; node->kind == MF_NODE_MAP && i < node->count; i++)
        good &= bind_name(b, &node->pairs[i], target);
    return good;
}
