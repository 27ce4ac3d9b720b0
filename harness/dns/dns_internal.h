/* Room dns, inside: what the four ways to answer share.
 *
 * A name is a C string in normal form: lower case, no final dot ("." is the root), each byte of a
 * label that is no visible ASCII, or is a dot or a backslash, written \DDD. So two names are the
 * same when their texts are. A raw record is its owner and its uncompressed wire form (RFC 1035 3.2).
 */
#ifndef MAILFLOW_DNS_INTERNAL_H
#define MAILFLOW_DNS_INTERNAL_H

#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>

#include "mailflow/dns.h"

struct mf_dns_kind {
    /* Fills status, records and the rest of an answer in which name, type and asked are set. */
    void (*ask)(struct mf_dns *dns, struct mf_arena *arena, struct mf_dns_answer *answer, mf_usec deadline);
    void (*flush)(struct mf_dns *dns); /* may be NULL */
    void (*release)(struct mf_dns *dns);
};
/* The first member of each kind's own struct. */
struct mf_dns {
    const struct mf_dns_kind *kind;
    pthread_mutex_t watch_lock;
    void (*seen)(void *context, const struct mf_dns_answer *answer);
    void *seen_context;
};
void mf_dns_base_init(struct mf_dns *dns, const struct mf_dns_kind *kind);

/* names.c */
#define MF_DNS_WIRE_MAX 255
/* The wire form, lower case. Returns its length, 0 with *why set when it can't be a DNS name. */
size_t mf_dns_name_to_wire(const char *name, unsigned char wire[MF_DNS_WIRE_MAX], const char **why);
/* Normal form of an uncompressed wire name; *used is its length. NULL when it is broken. */
char *mf_dns_name_from_wire(struct mf_arena *arena, struct mf_bytes wire, size_t *used);
char *mf_dns_name_normal(struct mf_arena *arena, const char *name, const char **why);
/* The name behind the first label; NULL for the root. */
const char *mf_dns_name_parent(const char *name);

/* records.c */
struct mf_dns_raw {
    const char *name;
    unsigned type;
    uint32_t ttl;
    struct mf_bytes rdata;
};
/* -1: the rdata does not fit its type. */
int mf_dns_record_fill(struct mf_arena *arena, const struct mf_dns_raw *raw, struct mf_dns_record *record);
/* Puts what `raw` says about the answer's name and type into it: the records, with CNAMEs followed. Returns
 * NULL when records were found or a CNAME loop ends it (status SERVFAIL then), else the name at which the
 * chain ends: nothing of that type was found there. */
const char *mf_dns_answer_collect(struct mf_arena *arena, struct mf_dns_answer *answer, const struct mf_dns_raw *raw,
                                  size_t count);
#define MF_DNS_CHAIN_MAX 12

/* message.c (ldns): a packet as it came from the network. */
struct mf_dns_packet {
    unsigned id, rcode;
    bool is_response, truncated, authoritative, authenticated, recursion_available;
    const char *question_name; /* NULL: none */
    unsigned question_type;
    struct mf_dns_raw *answer, *authority;
    size_t answer_count, authority_count;
};
/* NULL with *why when it is no DNS message. */
struct mf_dns_packet *mf_dns_packet_read(struct mf_arena *arena, struct mf_bytes data, const char **why);
const char *mf_dns_rcode_name(unsigned rcode, char buffer[16]);
/* The TTL of a negative answer (RFC 2308 5) from the SOA in the authority section; 0: there is none. */
uint32_t mf_dns_packet_negative_ttl(const struct mf_dns_packet *packet);

/* address.c */
struct mf_dns_address {
    struct sockaddr_storage socket;
    socklen_t length;
    char text[64]; /* "192.0.2.53@53" */
};
/* "ADDR[@PORT]", IPv6 with or without [] and %scope. -1 with d. */
int mf_dns_address_parse(const char *text, struct mf_dns_address *address, struct mf_diag *d);
/* query.c: one question to one address. Asks over UDP, again over TCP when the answer was cut, until the deadline; NULL with *status
 * (TIMEOUT or SERVFAIL) and *why in words when there was no usable answer. */
struct mf_dns_packet *mf_dns_query(struct mf_arena *arena, const struct mf_dns_address *address, const char *name,
                                   unsigned type, mf_usec deadline, enum mf_dns_status *status, const char **why);
/* The same over TCP from the start. */
struct mf_dns_packet *mf_dns_query_tcp(struct mf_arena *arena, const struct mf_dns_address *address, const char *name,
                                       unsigned type, mf_usec deadline, enum mf_dns_status *status, const char **why);
/* server.c: fills the answer with what this server says. */
void mf_dns_ask_address(const struct mf_dns_address *address, struct mf_arena *arena, struct mf_dns_answer *answer,
                        mf_usec deadline);
void mf_dns_ask_address_tcp(const struct mf_dns_address *address, struct mf_arena *arena, struct mf_dns_answer *answer,
                            mf_usec deadline);
/* socket.c: waits and exchanges under a deadline. */
struct mf_dns_query_state {
    struct mf_arena *arena;
    const struct mf_dns_address *address;
    const char *name; /* normal form */
    unsigned type, id;
    unsigned char message[MF_DNS_WIRE_MAX + 32];
    size_t length, plain_length; /* with EDNS, which stands last; without it (0: it has none) */
    const char *because_tcp;     /* why it is asked over TCP, behind "over TCP" */
    mf_usec deadline;
    enum mf_dns_status status;
    const char *why;
    int strangers; /* replies that were not to our question */
};
struct mf_dns_packet *mf_dns_exchange_udp(struct mf_dns_query_state *query);
struct mf_dns_packet *mf_dns_exchange_tcp(struct mf_dns_query_state *query);

/* master.c (ldns): the records and special comments of a master file. */
struct mf_dns_special {
    const char *name;
    unsigned type; /* 0: every type that has no record here */
    enum mf_dns_status status;
};
struct mf_dns_master {
    struct mf_dns_raw *records;
    size_t count, capacity;
    struct mf_dns_special *specials;
    size_t special_count, special_capacity;
};
int mf_dns_master_read(struct mf_arena *arena, const char *path, struct mf_dns_master *master, struct mf_diag *d);

/* address.c: whom a live resolver forwards to. */
#define MF_DNS_FORWARDERS_MAX 8
struct mf_dns_forwarders {
    struct mf_dns_address address[MF_DNS_FORWARDERS_MAX];
    size_t count;
    char text[512]; /* "192.0.2.53@53, 192.0.2.54@53" */
};
int mf_dns_forwarders_find(const char *resolver, struct mf_dns_forwarders *forwarders, struct mf_diag *d);
/* The same from a given resolv.conf; for tests too. */
int mf_dns_forwarders_read(const char *path, struct mf_dns_forwarders *forwarders, struct mf_diag *d);

/* unbound.c (libunbound): one resolver context. Threads: lock and arrived are the owner's; every call but
 * new and free is made with the lock held. */
struct mf_dns_unbound;
struct mf_dns_found { /* what libunbound says; packet is in the arena given */
    enum { MF_DNS_FOUND_NOTHING, MF_DNS_FOUND_FAILURE, MF_DNS_FOUND_BOGUS, MF_DNS_FOUND_ANSWER } what;
    bool secure, nxdomain;
    bool checked; /* with a trust anchor: not secure means not signed */
    struct mf_bytes packet;
    const char *why;
};
/* anchor: file of trust anchors, NULL: no validation. NULL with d when it can't be set up. */
struct mf_dns_unbound *mf_dns_unbound_new(const struct mf_dns_forwarders *forwarders, const char *anchor,
                                          pthread_mutex_t *lock, pthread_cond_t *arrived, struct mf_diag *d);
void mf_dns_unbound_free(struct mf_dns_unbound **unbound);
/* A question is begun, waited for as often as one likes, and ended once; ended before it is answered, nothing was found. */
struct mf_dns_waiter;
struct mf_dns_waiter *mf_dns_unbound_begin(struct mf_dns_unbound *unbound, const char *name, unsigned type);
bool mf_dns_unbound_wait(struct mf_dns_waiter *waiter, mf_usec deadline);
struct mf_dns_found mf_dns_unbound_end(struct mf_dns_waiter *waiter, struct mf_arena *arena);

#endif
