/* A small name server for tests: UDP and TCP on one free port of 127.0.0.1 (or ::1), in a thread, answering from records
 * given as text and misbehaving name by name as told. Every start has its stop; nothing outlives it.
 *
 * Follows CNAMEs among its records. A name without records is NXDOMAIN, one with others NODATA; both come with the SOA
 * of the nearest zone above, if one was added. Safe to be told things while it runs.
 */
#ifndef FAKE_DNS_H
#define FAKE_DNS_H

#include <stdbool.h>
#include <stddef.h>

struct fake_dns;

enum fake_dns_behaviour {
    FAKE_DNS_ANSWER,         /* as the records say */
    FAKE_DNS_DROP,           /* no reply at all */
    FAKE_DNS_DROP_FIRST,     /* none to the first question, then as the records say */
    FAKE_DNS_SLOW,           /* as the records say, `ms` later */
    FAKE_DNS_GARBAGE,        /* bytes that are no DNS message */
    FAKE_DNS_GARBAGE_FIRST,  /* that once, then as the records say */
    FAKE_DNS_WRONG_ID,       /* a good reply with another id */
    FAKE_DNS_WRONG_QUESTION, /* a good reply to another question */
    FAKE_DNS_FORGED_FIRST,   /* both of these with a wrong address in them, then the right one */
    FAKE_DNS_SERVFAIL,
    FAKE_DNS_REFUSED,
    FAKE_DNS_NO_EDNS,        /* FORMERR to a question with EDNS (RFC 6891 7) */
    FAKE_DNS_DROP_EDNS,      /* no reply to a question with EDNS, as before some firewalls */
    FAKE_DNS_REFER,          /* NOERROR, no answer, no AA, NS of the parent: a referral */
    FAKE_DNS_TRUNCATE,       /* TC over UDP, the answer over TCP */
    FAKE_DNS_TRUNCATE_HANGUP, /* TC over UDP, and TCP closes without a word */
    FAKE_DNS_TRUNCATE_DROP,  /* TC over UDP, and TCP stays silent */
    FAKE_DNS_ALIAS_ONLY,     /* only the CNAME of that name, its target must be asked for */
};

/* address: "127.0.0.1" or "::1". NULL when it can't listen there. */
struct fake_dns *fake_dns_start(const char *address);
void fake_dns_stop(struct fake_dns **fake);
const char *fake_dns_address(const struct fake_dns *fake); /* "127.0.0.1@40123" */
int fake_dns_port(const struct fake_dns *fake);

/* "mail.example.com. 60 IN A 192.0.2.1". False: not understood. */
bool fake_dns_add(struct fake_dns *fake, const char *record);
void fake_dns_remove(struct fake_dns *fake, const char *name); /* all its records */
void fake_dns_behave(struct fake_dns *fake, const char *name, enum fake_dns_behaviour behaviour, int ms);
void fake_dns_set_flags(struct fake_dns *fake, bool authoritative, bool authenticated);
/* Signs all records added so far as one zone "." (an SOA for it is added) and writes its key as a
 * trust anchor to a file. Answers hold signatures from then on. */
bool fake_dns_sign(struct fake_dns *fake, const char *anchor_file);

/* Questions for a name seen so far, all types; NULL: all names. */
int fake_dns_asked(struct fake_dns *fake, const char *name);
int fake_dns_asked_over_tcp(struct fake_dns *fake);

#endif
