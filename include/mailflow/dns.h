/* Room dns: one resolver interface, five ways to answer: live (libunbound, validating, forwarding to
 * the system's or a given resolver), one given server (ldns: AA, who answered, TCP fallback), a zone
 * file, recorded answers (no network: what is missing is said, so that judging stays pure), and a table
 * of records laid over any of them, as if it were published.
 *
 * An answer is a plain value in the asker's arena. "Could not find out" (timeout, SERVFAIL, no
 * route, not recorded) is never "does not exist". No look-up without a deadline.
 *
 * Threads: one struct mf_dns may be asked by many threads at once.
 */
#ifndef MAILFLOW_DNS_H
#define MAILFLOW_DNS_H

#include <stdbool.h>
#include <stdint.h>

#include "mailflow/arena.h"
#include "mailflow/clock.h"
#include "mailflow/diag.h"
#include "mailflow/text.h"

enum mf_dns_type { MF_DNS_A = 1, MF_DNS_NS = 2, MF_DNS_CNAME = 5, MF_DNS_SOA = 6, MF_DNS_PTR = 12, MF_DNS_MX = 15,
                   MF_DNS_TXT = 16, MF_DNS_AAAA = 28, MF_DNS_SRV = 33, MF_DNS_TLSA = 52, MF_DNS_SPF = 99, MF_DNS_CAA = 257 };
const char *mf_dns_type_name(enum mf_dns_type type);
enum mf_dns_type mf_dns_type_find(const char *name); /* 0: none of these */

enum mf_dns_status {
    MF_DNS_OK,        /* records of that type are there */
    MF_DNS_NODATA,    /* the name exists, the type does not */
    MF_DNS_NXDOMAIN,
    MF_DNS_SERVFAIL,  /* incl. REFUSED, FORMERR, NOTIMP: see why */
    MF_DNS_TIMEOUT,
    MF_DNS_BOGUS,     /* DNSSEC says forged */
    MF_DNS_UNKNOWN,   /* recorded answers only: nobody asked yet */
};
const char *mf_dns_status_name(enum mf_dns_status status);

struct mf_dns_record {
    enum mf_dns_type type;
    uint32_t ttl;
    const char *name;      /* owner, without final dot, lower case */
    struct mf_bytes text;  /* TXT/SPF: character strings joined, may hold any byte (NUL added behind) */
    const char **strings; size_t string_count; /* TXT: each character string (NUL-free view) */
    const char *host;      /* MX, NS, CNAME, PTR, SRV target, SOA mname: without final dot; "." for the root; labels' odd bytes escaped as \DDD */
    char address[46];      /* A, AAAA */
    int preference, weight, port; /* MX, SRV (priority in preference) */
    uint32_t serial;       /* SOA */
    struct mf_bytes rdata; /* wire form, for the types without a field of their own */
};
struct mf_dns_answer {
    const char *name;      /* as asked, lower case, no final dot */
    enum mf_dns_type type;
    enum mf_dns_status status;
    struct mf_dns_record *records; size_t count; /* of the type asked, CNAMEs followed */
    const char *canonical; /* end of the CNAME chain when there was one, else NULL */
    struct mf_dns_record *chain; size_t chain_count; /* the CNAMEs followed */
    bool authoritative, authenticated;      /* AA, AD (validated by us or said by it: see validated) */
    bool validated;                          /* by libunbound here */
    bool checked;                            /* by libunbound here, with a trust anchor that fits: so what is not
                                              * validated is not signed. Else nothing is known of that */
    bool replied;                            /* mf_dns_server: it did reply, so a SERVFAIL is its own word */
    bool recursive;                          /* RA: it works for others, as a resolver does (mf_dns_server) */
    bool over_tcp;                           /* asked over TCP only, to see whether it takes that (mf_dns_server_tcp) */
    const char *delegates;                   /* it only refers to others, and for this very name: whom it names,
                                              * sorted, "ns1.example.net ns2.example.net"; else NULL */
    bool direct;                             /* asked for one server's own word: no answer of a resolver's (journal) */
    bool planned;                            /* by a table laid over DNS: perhaps nobody publishes it (journal) */
    uint32_t negative_ttl;                   /* of the SOA in a negative answer, 0 unknown */
    const char *server;                      /* "192.0.2.53@53", "zone FILE", "recorded" */
    const char *why;                         /* for SERVFAIL, TIMEOUT, BOGUS, UNKNOWN, and what can't be a name
                                              * at all (NXDOMAIN): in words; else NULL */
    mf_usec asked, took;
};

struct mf_dns;
/* resolver: "ADDR[@PORT]" or NULL for MAILFLOW_RESOLVER in the environment, else /etc/resolv.conf.
 * NULL with d when it can't be set up. Validates with the trust anchors of MAILFLOW_TRUST_ANCHOR (a
 * file, or "none"), else /usr/share/dns/root.key, where the resolver hands on the root that they fit;
 * with another root nothing is validated and nothing fails for it. */
struct mf_dns *mf_dns_live(const char *resolver, struct mf_diag *d);
struct mf_dns *mf_dns_server(const char *address_at_port, struct mf_diag *d);
struct mf_dns *mf_dns_server_tcp(const char *address_at_port, struct mf_diag *d); /* never over UDP */
/* Addresses that nobody has (RFC 5737, RFC 3849): an answer from there is somebody else's, on the way. */
#define MF_DNS_NOBODY_V4 "203.0.113.53"
#define MF_DNS_NOBODY_V6 "2001:db8::53"
/* RFC 1035 master file; several zones in one file are allowed ($ORIGIN); names outside: NXDOMAIN.
 * Special comments of test zones: `;!TIMEOUT NAME [TYPE]`, `;!SERVFAIL NAME [TYPE]`, `;!NODATA NAME TYPE`. */
struct mf_dns *mf_dns_zone(const char *path, struct mf_diag *d);
struct mf_dns *mf_dns_recorded(void);
/* What is added is answered from here, by name and type, with `label` as the server; an alias leads on into `below`, and
 * all else is asked there. `below` must live longer. Filled before it is asked. */
struct mf_dns *mf_dns_overlay(const char *label, struct mf_dns *below);
/* "net-it.com", "MX", "0 in.example"; the text of TXT as it is, or quoted in pieces. What can't be read is answered as
 * SERVFAIL, with why. */
void mf_dns_overlay_add(struct mf_dns *dns, const char *name, const char *type, const char *value);
void mf_dns_free(struct mf_dns **dns);
/* live: forgets what it has cached, and what it thinks of its forwarders. Nothing for the others. */
void mf_dns_flush(struct mf_dns *dns);

/* The address that this host shows on the way to the Internet, as far as it knows; "" when there is no way. Sends
 * nothing. Behind address translation others see another. */
void mf_dns_egress(char text[46]);

/* Always an answer, never NULL: trouble is a status. Asks for exactly this name. */
const struct mf_dns_answer *mf_dns_ask(struct mf_dns *dns, struct mf_arena *arena, const char *name,
                                       enum mf_dns_type type, mf_usec deadline);
/* Watches every answer given by `dns` (to put it into the journal). Called under a lock. */
void mf_dns_watch(struct mf_dns *dns, void (*seen)(void *context, const struct mf_dns_answer *answer), void *context);
/* recorded: adds an answer (copied; the newest for a name and type wins). */
void mf_dns_record_answer(struct mf_dns *dns, const struct mf_dns_answer *answer);
/* recorded: what was asked and not there. false past the end. */
bool mf_dns_missing(const struct mf_dns *dns, size_t i, const char **name, enum mf_dns_type *type);

/* Where mail for a domain goes, RFC 5321 5.1: MX by preference (equal ones shuffled by `seed`), the
 * implicit MX, null MX (RFC 7505). Addresses: AAAA and A of each. */
struct mf_mx_host { const char *host; int preference; const char **addresses; size_t address_count; const char *why; };
struct mf_mx_route {
    enum mf_dns_status status; bool null_mx, implicit;
    struct mf_mx_host *hosts; size_t count;
    const char *why; /* when there is nowhere to go: in words */
};
const struct mf_mx_route *mf_dns_mx(struct mf_dns *dns, struct mf_arena *arena, const char *domain, unsigned seed, mf_usec deadline);
/* Addresses of a host, or the literal itself when it is numeric. NULL-terminated; empty: *why says. */
const char **mf_dns_addresses(struct mf_dns *dns, struct mf_arena *arena, const char *host, mf_usec deadline, const char **why);
/* The servers that speak for a domain: the NS of the nearest zone at or above it, with all addresses
 * of each, found through `dns`. status OK, or why: nobody could say. */
struct mf_dns_source { const char *host; const char **addresses; size_t address_count; const char *why; };
struct mf_dns_sources {
    enum mf_dns_status status;
    const char *zone;
    struct mf_dns_source *servers; size_t count;
    const char *why;
};
const struct mf_dns_sources *mf_dns_sources(struct mf_dns *dns, struct mf_arena *arena, const char *domain, mf_usec deadline);
/* The same from an answer to NS that is there already. */
const struct mf_dns_sources *mf_dns_sources_at(struct mf_dns *dns, struct mf_arena *arena, const struct mf_dns_answer *ns,
                                               mf_usec deadline);
/* The data of a record as the site's table has it (struct mf_dns_more): "10 mail.example", "0 issue \"ca.example\"", hosts
 * in lower case without final dot, TXT without quotes; "(cut)" when it can't be read. In arena, or the record's own. */
const char *mf_dns_record_text(struct mf_arena *arena, const struct mf_dns_record *record);
/* Text as the data of a TXT record in a zone file: "…" "…", cut into strings of 255 octets, quotes escaped. */
const char *mf_dns_quote(struct mf_arena *arena, const char *text);
bool mf_dns_is_address(const char *text); /* IPv4 or IPv6, as DNS writes them; NULL is none */
/* "4.3.2.1.in-addr.arpa" / ip6.arpa of an address, in arena; NULL when it is none. */
const char *mf_dns_reverse_name(struct mf_arena *arena, const char *address);

#endif
