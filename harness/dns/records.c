/* Raw records to the fields that the other rooms read, CNAMEs followed. */
#include <arpa/inet.h>
#include <string.h>

#include "dns/dns_internal.h"
#include "mailflow/map.h"

struct cursor {
    struct mf_arena *arena;
    struct mf_bytes left;
    bool broken;
};

static unsigned take_number(struct cursor *c, size_t bytes)
{
    unsigned value = 0;
    if (c->left.len < bytes) {
        c->broken = true;
        return 0;
    }
    for (size_t i = 0; i < bytes; i++)
        value = value << 8 | (unsigned char)c->left.data[i];
    c->left = (struct mf_bytes){c->left.data + bytes, c->left.len - bytes};
    return value;
}

static const char *take_name(struct cursor *c)
{
    size_t used = 0;
    const char *name = c->broken ? NULL : mf_dns_name_from_wire(c->arena, c->left, &used);
    if (!name) {
        c->broken = true;
        return NULL;
    }
    c->left = (struct mf_bytes){c->left.data + used, c->left.len - used};
    return name;
}

/* A view for people: a NUL can't end it. */
static const char *visible(struct mf_arena *arena, const char *data, size_t len)
{
    struct mf_text text = {0};
    for (size_t i = 0; i < len; i++)
        if (data[i])
            mf_text_putc(&text, data[i]);
        else
            mf_text_puts(&text, "\\000");
    const char *copy = mf_copy(arena, mf_text_str(&text));
    mf_text_release(&text);
    return copy;
}

static void take_strings(struct cursor *c, struct mf_dns_record *record)
{
    struct mf_text joined = {0};
    size_t capacity = 0;
    while (c->left.len && !c->broken) {
        size_t len = take_number(c, 1);
        if (len > c->left.len) {
            c->broken = true;
            break;
        }
        mf_text_add(&joined, c->left.data, len);
        *MF_PUSH(c->arena, record->strings, record->string_count, capacity) = visible(c->arena, c->left.data, len);
        c->left = (struct mf_bytes){c->left.data + len, c->left.len - len};
    }
    record->text = (struct mf_bytes){mf_copy_bytes(c->arena, joined.data, joined.len), joined.len};
    mf_text_release(&joined);
}

static void take_address(struct cursor *c, struct mf_dns_record *record, int family)
{
    if (c->left.len != (family == AF_INET ? 4 : 16))
        c->broken = true;
    else
        inet_ntop(family, c->left.data, record->address, sizeof record->address);
}

static void take_soa(struct cursor *c, struct mf_dns_record *record)
{
    record->host = take_name(c);
    take_name(c); /* the mailbox of who is responsible */
    record->serial = take_number(c, 4);
}

static void take_srv(struct cursor *c, struct mf_dns_record *record)
{
    record->preference = (int)take_number(c, 2);
    record->weight = (int)take_number(c, 2);
    record->port = (int)take_number(c, 2);
    record->host = take_name(c);
}

static void take_fields(struct cursor *c, struct mf_dns_record *record)
{
    switch (record->type) {
    case MF_DNS_A:
        take_address(c, record, AF_INET);
        break;
    case MF_DNS_AAAA:
        take_address(c, record, AF_INET6);
        break;
    case MF_DNS_NS:
    case MF_DNS_CNAME:
    case MF_DNS_PTR:
        record->host = take_name(c);
        break;
    case MF_DNS_MX:
        record->preference = (int)take_number(c, 2);
        record->host = take_name(c);
        break;
    case MF_DNS_TXT:
    case MF_DNS_SPF:
        take_strings(c, record);
        break;
    case MF_DNS_SOA:
        take_soa(c, record);
        break;
    case MF_DNS_SRV:
        take_srv(c, record);
        break;
    case MF_DNS_TLSA:
    case MF_DNS_CAA:
        break;
    }
}

int mf_dns_record_fill(struct mf_arena *arena, const struct mf_dns_raw *raw, struct mf_dns_record *record)
{
    *record = (struct mf_dns_record){.type = (enum mf_dns_type)raw->type, .ttl = raw->ttl, .name = raw->name};
    record->rdata = (struct mf_bytes){mf_copy_bytes(arena, raw->rdata.data, raw->rdata.len), raw->rdata.len};
    struct cursor c = {arena, record->rdata, false};
    take_fields(&c, record);
    return c.broken ? -1 : 0;
}

static const struct mf_dns_raw *find(const struct mf_dns_raw *raw, size_t count, const char *name, unsigned type)
{
    for (size_t i = 0; i < count; i++)
        if (raw[i].type == type && strcmp(raw[i].name, name) == 0)
            return &raw[i];
    return NULL;
}

/* All records of the type at a name; one that is broken makes the whole answer unusable. */
static void take_all(struct mf_arena *arena, struct mf_dns_answer *answer, const struct mf_dns_raw *raw, size_t count,
                     const char *name)
{
    size_t capacity = 0;
    struct mf_map *known = mf_map_new(arena); /* a set: the same record twice is once */
    answer->status = MF_DNS_OK;
    for (size_t i = 0; i < count; i++) {
        if (raw[i].type != answer->type || strcmp(raw[i].name, name) != 0 ||
            mf_map_add(known, mf_hex(arena, raw[i].rdata), known))
            continue;
        struct mf_dns_record *record = MF_PUSH(arena, answer->records, answer->count, capacity);
        if (mf_dns_record_fill(arena, &raw[i], record) < 0) {
            answer->count = 0;
            answer->status = MF_DNS_SERVFAIL;
            answer->why = mf_format(arena, "the %s record of %s is malformed", mf_dns_type_name(answer->type), name);
            return;
        }
    }
}

/* One step along a CNAME. Returns the next name, NULL when that can't be (status and why tell). */
static const char *follow(struct mf_arena *arena, struct mf_dns_answer *answer, const struct mf_dns_raw *alias,
                          size_t *capacity)
{
    struct mf_dns_record *record = MF_PUSH(arena, answer->chain, answer->chain_count, *capacity);
    answer->status = MF_DNS_SERVFAIL;
    if (mf_dns_record_fill(arena, alias, record) < 0) {
        answer->chain_count--;
        answer->why = mf_format(arena, "the CNAME record of %s is malformed", alias->name);
        return NULL;
    }
    bool is_loop = answer->chain_count > MF_DNS_CHAIN_MAX;
    for (size_t i = 0; i < answer->chain_count; i++)
        is_loop = is_loop || strcmp(answer->chain[i].name, record->host) == 0;
    if (is_loop) {
        answer->why = mf_format(arena, "CNAME loop: %s leads to %s again", answer->name, record->host);
        return NULL;
    }
    answer->canonical = record->host;
    return record->host;
}

const char *mf_dns_answer_collect(struct mf_arena *arena, struct mf_dns_answer *answer, const struct mf_dns_raw *raw,
                                  size_t count)
{
    const char *name = answer->name;
    size_t capacity = 0;
    while (name) {
        if (find(raw, count, name, answer->type)) {
            take_all(arena, answer, raw, count, name);
            return NULL;
        }
        const struct mf_dns_raw *alias = find(raw, count, name, MF_DNS_CNAME);
        if (!alias)
            return name;
        name = follow(arena, answer, alias, &capacity);
    }
    return NULL;
}
