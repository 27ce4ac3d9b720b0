/* The literal changes that a go-live makes, as the guide's table has them. */
#ifndef CLI_DNS_CHANGES_H
#define CLI_DNS_CHANGES_H

#include <stdio.h>

#include "mailflow/dns.h"
#include "mailflow/plan.h"

/* From dns-before to dns: what to delete and to publish, what is there already, whose TTLs to lower and until when. For
 * that the zone's servers are asked, found through `dns`; or that one `server` ("ADDR@PORT"), or with zone `dns` itself. */
void dns_changes_print(const struct mf_site *site, struct mf_dns *dns, const char *server, bool zone, FILE *out);

/* dns_changes_ask.c: what the sources say of a record now. */
struct change_sources {
    struct mf_dns *items[8];
    size_t count;
    bool owned; /* to be freed */
};
struct change_now {
    bool known;            /* somebody answered */
    bool there;            /* each of them has exactly this record among those of its type */
    unsigned ttl;          /* the highest of the records of that type, 0: there is none */
    unsigned negative_ttl; /* how long "there is none" is remembered; 0: there is one, or not known */
};
struct change_sources change_sources_open(const char *domain, struct mf_dns *dns, const char *server, bool zone);
void change_sources_close(struct change_sources *sources);
struct change_now change_ask(struct change_sources *sources, struct mf_arena *arena, const struct mf_dns_entry *entry);
bool change_same_value(const char *type, const char *a, const char *b);

#endif
