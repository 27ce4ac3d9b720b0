/* One question to one server: written, sent over UDP, over TCP when the answer was cut; and whose words are told when
 * it does not answer as it should. */
#include <string.h>
#include <sys/random.h>

#include "dns/dns_internal.h"

/* 1232 octets fit every path unfragmented (DNS Flag Day 2020). */
#define EDNS_SIZE 1232

static unsigned char *put16(unsigned char *at, unsigned value)
{
    at[0] = (unsigned char)(value >> 8);
    at[1] = (unsigned char)value;
    return at + 2;
}

/* RFC 1035 4.1: RD asks a resolver to work for us, an authoritative server ignores it. AD asks to be told what the
 * server has validated (RFC 6840 5.7). OPT: RFC 6891 6.1.2. */
static void write_message(struct mf_dns_query_state *query, bool with_edns)
{
    const char *why;
    uint16_t id = 0;
    if (getrandom(&id, sizeof id, 0) != (ssize_t)sizeof id)
        id = (uint16_t)mf_now();
    query->id = id;
    unsigned char *at = put16(query->message, query->id);
    at = put16(at, 0x0120);
    at = put16(at, 1);
    at = put16(put16(put16(at, 0), 0), with_edns);
    at += mf_dns_name_to_wire(query->name, at, &why);
    at = put16(put16(at, query->type), 1);
    query->plain_length = with_edns ? (size_t)(at - query->message) : 0;
    if (with_edns) {
        *at++ = 0;
        at = put16(put16(at, 41), EDNS_SIZE);
        at = put16(put16(put16(at, 0), 0), 0);
    }
    query->length = (size_t)(at - query->message);
}

static struct mf_dns_packet *exchange(struct mf_dns_query_state *query, bool with_edns)
{
    write_message(query, with_edns);
    struct mf_dns_packet *packet = mf_dns_exchange_udp(query);
    if (packet && packet->truncated)
        packet = mf_dns_exchange_tcp(query);
    return packet;
}

struct mf_dns_packet *mf_dns_query_tcp(struct mf_arena *arena, const struct mf_dns_address *address, const char *name,
                                       unsigned type, mf_usec deadline, enum mf_dns_status *status, const char **why)
{
    struct mf_dns_query_state query = {
        .arena = arena, .address = address, .name = name, .type = type, .deadline = deadline, .because_tcp = ""};
    write_message(&query, true);
    struct mf_dns_packet *packet = mf_dns_exchange_tcp(&query);
    *status = query.status;
    *why = query.why;
    return packet;
}

struct mf_dns_packet *mf_dns_query(struct mf_arena *arena, const struct mf_dns_address *address, const char *name,
                                   unsigned type, mf_usec deadline, enum mf_dns_status *status, const char **why)
{
    struct mf_dns_query_state query = {.arena = arena,
                                       .address = address,
                                       .name = name,
                                       .type = type,
                                       .deadline = deadline,
                                       .because_tcp = " (the answer does not fit into UDP)"};
    struct mf_dns_packet *packet = exchange(&query, true);
    if (packet && (packet->rcode == 1 || packet->rcode == 4)) { /* FORMERR, NOTIMP: a server older than EDNS */
        struct mf_dns_packet *plain = exchange(&query, false);
        packet = plain ? plain : packet;
    }
    *status = query.status;
    *why = query.why;
    return packet;
}
