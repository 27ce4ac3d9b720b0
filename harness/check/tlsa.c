/* TLSA records: their fields, and which of them count for SMTP. */
#include "check/tlsa_internal.h"

struct mf_tlsa mf_tlsa_read(struct mf_arena *arena, const struct mf_dns_record *record)
{
    struct mf_tlsa tlsa = {.usage = -1, .selector = -1, .matching = -1, .hex = "", .text = "(cut)"};
    const struct mf_bytes *rdata = &record->rdata;
    if (rdata->len < 3)
        return tlsa;
    tlsa.usage = (unsigned char)rdata->data[0];
    tlsa.selector = (unsigned char)rdata->data[1];
    tlsa.matching = (unsigned char)rdata->data[2];
    tlsa.data = (struct mf_bytes){rdata->data + 3, rdata->len - 3};
    tlsa.hex = mf_hex(arena, tlsa.data);
    tlsa.text = mf_dns_record_text(arena, record);
    return tlsa;
}

const char *mf_tlsa_trouble(struct mf_arena *arena, const struct mf_tlsa *tlsa)
{
    if (tlsa->usage < 0)
        return "it is cut";
    if (tlsa->usage == 0 || tlsa->usage == 1)
        return mf_format(arena, "usage %d (a public CA must vouch) is not for mail, 3 or 2 is (RFC 7672 3.1.3)",
                         tlsa->usage);
    if (tlsa->usage > 3)
        return mf_format(arena, "there is no usage %d", tlsa->usage);
    if (tlsa->selector > 1)
        return mf_format(arena, "there is no selector %d", tlsa->selector);
    if (tlsa->matching > 2)
        return mf_format(arena, "there is no matching type %d", tlsa->matching);
    size_t wanted = tlsa->matching == 1 ? 32 : tlsa->matching == 2 ? 64 : 0;
    if (wanted && tlsa->data.len != wanted)
        return mf_format(arena, "its value has %zu bytes, and matching type %d makes %zu: it is cut or mistyped",
                         tlsa->data.len, tlsa->matching, wanted);
    return tlsa->data.len ? NULL : "it has no value";
}
