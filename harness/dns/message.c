/* DNS messages as they come from the network (RFC 1035 4), read by ldns into plain values. */
#include <ldns/ldns.h>

#include "dns/dns_internal.h"

static struct mf_bytes bytes_of(const ldns_rdf *rdf)
{
    return (struct mf_bytes){(const char *)ldns_rdf_data(rdf), ldns_rdf_size(rdf)};
}

/* ldns has undone the name compression: its fields, one after the other, are the wire form. */
static struct mf_bytes rdata_of(struct mf_arena *arena, const ldns_rr *rr)
{
    struct mf_text wire = {.max = 65536};
    for (size_t i = 0; i < ldns_rr_rd_count(rr); i++) {
        struct mf_bytes field = bytes_of(ldns_rr_rdf(rr, i));
        mf_text_add(&wire, field.data, field.len);
    }
    struct mf_bytes rdata = {mf_copy_bytes(arena, wire.data, wire.len), wire.len};
    mf_text_release(&wire);
    return rdata;
}

static struct mf_dns_raw *read_section(struct mf_arena *arena, const ldns_rr_list *list, size_t *count)
{
    size_t capacity = 0;
    struct mf_dns_raw *records = NULL;
    for (size_t i = 0; i < ldns_rr_list_rr_count(list); i++) {
        const ldns_rr *rr = ldns_rr_list_rr(list, i);
        const char *name = mf_dns_name_from_wire(arena, bytes_of(ldns_rr_owner(rr)), NULL);
        if (!name || ldns_rr_get_class(rr) != LDNS_RR_CLASS_IN)
            continue;
        *MF_PUSH(arena, records, *count, capacity) =
            (struct mf_dns_raw){name, ldns_rr_get_type(rr), ldns_rr_ttl(rr), rdata_of(arena, rr)};
    }
    return records;
}

static void read_question(struct mf_arena *arena, const ldns_pkt *message, struct mf_dns_packet *packet)
{
    const ldns_rr_list *questions = ldns_pkt_question(message);
    if (ldns_rr_list_rr_count(questions) != 1)
        return;
    const ldns_rr *question = ldns_rr_list_rr(questions, 0);
    packet->question_name = mf_dns_name_from_wire(arena, bytes_of(ldns_rr_owner(question)), NULL);
    packet->question_type = ldns_rr_get_type(question);
}

struct mf_dns_packet *mf_dns_packet_read(struct mf_arena *arena, struct mf_bytes data, const char **why)
{
    ldns_pkt *message = NULL;
    ldns_status status = ldns_wire2pkt(&message, (const uint8_t *)data.data, data.len);
    if (status != LDNS_STATUS_OK) {
        *why = ldns_get_errorstr_by_id(status);
        return NULL;
    }
    struct mf_dns_packet *packet = mf_alloc(arena, sizeof *packet);
    packet->id = ldns_pkt_id(message);
    packet->rcode = (unsigned)ldns_pkt_get_rcode(message) | (unsigned)ldns_pkt_edns_extended_rcode(message) << 4;
    packet->is_response = ldns_pkt_qr(message) && ldns_pkt_get_opcode(message) == LDNS_PACKET_QUERY;
    packet->truncated = ldns_pkt_tc(message);
    packet->authoritative = ldns_pkt_aa(message);
    packet->authenticated = ldns_pkt_ad(message);
    packet->recursion_available = ldns_pkt_ra(message);
    read_question(arena, message, packet);
    packet->answer = read_section(arena, ldns_pkt_answer(message), &packet->answer_count);
    packet->authority = read_section(arena, ldns_pkt_authority(message), &packet->authority_count);
    ldns_pkt_free(message);
    return packet;
}

const char *mf_dns_rcode_name(unsigned rcode, char buffer[16])
{
    static const char *const names[] = {"NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED",
                                        "YXDOMAIN", "YXRRSET", "NXRRSET", "NOTAUTH", "NOTZONE"};
    if (rcode < sizeof names / sizeof *names)
        return names[rcode];
    if (rcode == 16)
        return "BADVERS";
    snprintf(buffer, 16, "RCODE %u", rcode & 0xfff);
    return buffer;
}

uint32_t mf_dns_packet_negative_ttl(const struct mf_dns_packet *packet)
{
    for (size_t i = 0; i < packet->authority_count; i++) {
        const struct mf_dns_raw *soa = &packet->authority[i];
        if (soa->type != MF_DNS_SOA || soa->rdata.len < 22)
            continue;
        const unsigned char *last = (const unsigned char *)soa->rdata.data + soa->rdata.len - 4;
        uint32_t minimum = (uint32_t)last[0] << 24 | (uint32_t)last[1] << 16 | (uint32_t)last[2] << 8 | last[3];
        return soa->ttl < minimum ? soa->ttl : minimum;
    }
    return 0;
}
