/* The data of a record as the site's table has it: hosts in lower case without final dot, TXT without quotes. */
#include "dns/dns_internal.h"

static const char *lower(struct mf_arena *arena, const char *text)
{
    char *copy = mf_copy(arena, text ? text : "");
    for (char *c = copy; *c; c++)
        *c = (char)mf_lower(*c);
    return copy;
}

/* RFC 8659 4.1: flags, length of the tag, tag, value. */
static const char *caa_text(struct mf_arena *arena, struct mf_bytes rdata)
{
    size_t len = rdata.len > 1 ? (unsigned char)rdata.data[1] : 0;
    if (rdata.len < 2 + len)
        return "(cut)";
    return mf_format(arena, "%u %s \"%s\"", (unsigned char)rdata.data[0],
                     lower(arena, mf_copy_bytes(arena, rdata.data + 2, len)),
                     mf_copy_bytes(arena, rdata.data + 2 + len, rdata.len - 2 - len));
}

/* RFC 6698 2.1: usage, selector, matching type, value. */
static const char *tlsa_text(struct mf_arena *arena, struct mf_bytes rdata)
{
    if (rdata.len < 3)
        return "(cut)";
    return mf_format(arena, "%d %d %d %s", (unsigned char)rdata.data[0], (unsigned char)rdata.data[1],
                     (unsigned char)rdata.data[2],
                     mf_hex(arena, (struct mf_bytes){rdata.data + 3, rdata.len - 3}));
}

const char *mf_dns_record_text(struct mf_arena *arena, const struct mf_dns_record *record)
{
    switch (record->type) {
    case MF_DNS_A:
    case MF_DNS_AAAA:
        return record->address;
    case MF_DNS_NS:
    case MF_DNS_CNAME:
    case MF_DNS_PTR:
    case MF_DNS_SOA:
        return lower(arena, record->host);
    case MF_DNS_MX:
        return mf_format(arena, "%d %s", record->preference, lower(arena, record->host));
    case MF_DNS_SRV:
        return mf_format(arena, "%d %d %d %s", record->preference, record->weight, record->port,
                         lower(arena, record->host));
    case MF_DNS_TXT:
    case MF_DNS_SPF:
        return mf_copy_bytes(arena, record->text.data, record->text.len);
    case MF_DNS_TLSA:
        return tlsa_text(arena, record->rdata);
    case MF_DNS_CAA:
        return caa_text(arena, record->rdata);
    }
    return "";
}
