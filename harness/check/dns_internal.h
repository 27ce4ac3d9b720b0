/* Room check: `dns:` rows. What each source said, held against the site's table. A *point* is one
 * address of one server; a *variant* is an answer that one or more points give. Private to harness/check.
 */
#ifndef CHECK_DNS_INTERNAL_H
#define CHECK_DNS_INTERNAL_H

#include "mailflow/check.h"

enum mf_point_state { MF_POINT_ALIVE, MF_POINT_SILENT, MF_POINT_LAME, MF_POINT_INTERCEPTED, MF_POINT_UNASKED };
struct mf_dns_point {
    const char *label; /* "ns1" */
    const char *full;  /* "ns1 (192.0.2.53)" */
    const char *at;    /* as in answers: "192.0.2.53@53" */
    enum mf_point_state state;
    const char *why;    /* not alive: in words */
    bool no_route;      /* that is for lack of a route from here */
    const char *serial; /* "" unknown */
};
struct mf_dns_view {
    struct mf_check_context *context;
    struct mf_arena *arena;
    const char *domain, *zone, *source; /* source: the only one, or NULL */
    const struct mf_dns_sources *sources;
    struct mf_dns_point *points;
    size_t point_count;
    const char *servers;    /* "ns1, ns2" */
    bool intercepted;       /* somebody else answers in the servers' place, or it looks like that */
    const char *nobody;     /* the address that nobody has and that answered: then it is sure; or NULL */
};
struct mf_dns_case {
    struct mf_dns_view *view;
    struct mf_dns_row_facts *row;
    const struct mf_dns_table *table;
};

struct mf_dns_variant {
    const struct mf_dns_answer *answer;
    const char *value; /* told to people */
    bool good;
    const struct mf_dns_point **points;
    size_t point_count, capacity;
    const char *who; /* "ns1 and ns2" */
};
struct mf_dns_variants {
    struct mf_dns_variant *items;
    size_t count, capacity;
    size_t good; /* variants that are as expected */
};
/* What is wanted at one name. */
struct mf_dns_wanted {
    const char *name;
    enum mf_dns_type type;
    const char *what;     /* "MX", "SPF record", "DKIM key", "DMARC record" */
    const char *expected; /* told to people */
    const char *publish;  /* "  net-it.com.  MX  0 in.example.\n" */
    bool (*is_good)(const struct mf_dns_case *at, const struct mf_dns_answer *answer, const void *wanted);
    const char *(*value)(struct mf_arena *arena, const struct mf_dns_answer *answer);
    const void *wanted;
    struct mf_place place;
};

/* dns_view.c: whom the evidence knows as sources; name: of the record, NULL: the domain. */
struct mf_dns_view mf_dns_view_new(struct mf_check_context *context, const char *source, const char *name);
/* What that point said; NULL: it was not asked. */
const struct mf_dns_answer *mf_dns_point_answer(const struct mf_dns_view *view, const struct mf_dns_point *point,
                                                const char *name, enum mf_dns_type type);
/* What was asked of one server besides, or of the resolver itself: the oldest, the newest, the one over TCP. NULL: not. */
enum mf_dns_which { MF_DNS_FIRST, MF_DNS_LAST, MF_DNS_OVER_TCP };
const struct mf_dns_answer *mf_dns_direct_answer(const struct mf_evidence *evidence, const char *server, const char *name,
                                                 enum mf_dns_type type, enum mf_dns_which which);
/* The resolver's answer; one that is not there yet is noted as needed. */
const struct mf_dns_answer *mf_dns_view_ask(struct mf_dns_view *view, const char *name, enum mf_dns_type type);

/* dns_vantage.c: who answers, seen from here. */
const char *mf_dns_vantage_from(const struct mf_evidence *evidence); /* "probe-host.example.org (203.0.113.11)" */
void mf_dns_vantage_examine(struct mf_dns_view *view);
void mf_dns_state_intercepted(struct mf_dns_case *at);
void mf_dns_judge_servers(struct mf_dns_case *at); /* TCP, delegation, addresses: warnings */
/* An answer of the resolver's that is another than the sources': how long will that be so? */
struct mf_dns_horizon {
    enum { MF_HORIZON_CACHE,     /* until its TTL is over */
           MF_HORIZON_OWN_ZONE,  /* it answers with authority (AA) */
           MF_HORIZON_STAYS,     /* still so when the TTL was over */
           MF_HORIZON_NO_COUNT } kind; /* its TTL does not count down */
    const char *server;          /* "192.0.2.56@53" */
    const struct mf_dns_answer *last; /* its own newest word, NULL: it was not asked itself */
    uint32_t ttl, first_ttl;     /* now, and `apart` ago */
    mf_usec apart;
};
struct mf_dns_horizon mf_dns_horizon_of(const struct mf_dns_view *view, const struct mf_dns_answer *cached);

/* dns_resolver.c: holds what the resolver says against what is wanted. */
void mf_dns_judge_resolver(struct mf_dns_case *at, const struct mf_dns_wanted *wanted);
void mf_dns_judge_private(struct mf_dns_case *at); /* MX hosts and name servers with addresses of an inner network */

/* dns_compare.c: asks every point's answer, states who is silent, lame, stale, and what caches say.
 * Left for the row to judge: variants when none is good; deeper questions when all are. */
struct mf_dns_variants mf_dns_compare(struct mf_dns_case *at, const struct mf_dns_wanted *wanted);
struct mf_dns_fact *mf_dns_fact_add(struct mf_dns_case *at, const char *id, enum mf_fact_state state, const char *scope,
                                    const char *brief, const char *title, const char *text, const char *advice);
void mf_dns_seen_add(struct mf_dns_case *at, const struct mf_dns_wanted *wanted, const char *server, const char *found,
                     const char *serial, unsigned ttl, enum mf_fact_state state);
bool mf_dns_is_definite(const struct mf_dns_answer *answer); /* a set of records, or that there is none */
void mf_dns_note_add(struct mf_dns_case *at, const char *note);
/* "s" behind the verb of one server, "" behind that of several ("ns1 and ns2"). */
const char *mf_dns_verb_s(const char *who);
/* Of what is told in a row; the rest is counted: nobody reads thousands. */
#define MF_DNS_TOLD 20
/* The text, kept in the arena; it is released. */
const char *mf_dns_keep(struct mf_arena *arena, struct mf_text *text);
/* A sentence with a space before it, or "": what a CNAME, or a wildcard, has to do with an answer; and what to do. */
const char *mf_dns_alias_words(struct mf_arena *arena, const struct mf_dns_answer *answer);
const char *mf_dns_alias_fix(struct mf_arena *arena, const struct mf_dns_answer *answer);
const char *mf_dns_wildcard_words(struct mf_dns_view *view, const struct mf_dns_answer *answer);
/* Words as a sentence: upper case at the beginning, a full stop at the end. */
const char *mf_dns_sentence(struct mf_arena *arena, const char *text);
/* "  NAME.  TXT  "…" "…"\n", cut into strings of 255 */
const char *mf_dns_publish_txt(struct mf_arena *arena, const char *name, const char *value);
/* Without white space. */
const char *mf_dns_squeeze(struct mf_arena *arena, struct mf_bytes text);
const char *mf_dns_txt_value(struct mf_arena *arena, const struct mf_dns_answer *answer);

/* The rows. */
void mf_dns_judge_mx(struct mf_dns_case *at);
void mf_dns_judge_spf(struct mf_dns_case *at);
void mf_dns_judge_dkim(struct mf_dns_case *at);
void mf_dns_judge_dmarc(struct mf_dns_case *at);
void mf_dns_judge_more(struct mf_dns_case *at);

/* dns_senders.c: who sends for the domain, with the addresses that are known. */
struct mf_dns_sender {
    const char *name, *host; /* "crm", "crm.net-it.com" or the address */
    bool ours; /* its host is in our domains, or the site names its address: it is known what it sends from */
    const char **addresses;
    size_t address_count;
    struct mf_place place;
};
struct mf_dns_sender *mf_dns_senders(struct mf_arena *arena, const struct mf_site *site, struct mf_dns *dns,
                                     mf_usec deadline, size_t *count);

/* Behind address translation nobody outside sees it. */
bool mf_dns_is_private(const char *address);

/* dns_around.c: warnings */
void mf_dns_judge_client_names(struct mf_dns_case *at); /* dns_clients.c */
void mf_dns_clients_ask(struct mf_arena *arena, const struct mf_site *site, struct mf_dns *dns, mf_usec deadline);
void mf_dns_judge_reverse(struct mf_dns_case *at, const struct mf_dns_sender *senders, size_t count);

/* What is promised to senders about TLS, so that something depends on it. */
struct mf_dns_promises {
    bool sts, enforced; /* an MTA-STS policy that asks for something; mode enforce */
    bool dane;          /* signed TLSA records at an MX */
};
void mf_dns_judge_policy(struct mf_dns_case *at, struct mf_dns_promises *promises); /* dns_policy.c: MTA-STS */
void mf_dns_judge_dane(struct mf_dns_case *at, struct mf_dns_promises *promises);   /* dns_dane.c */
void mf_dns_judge_tls_rpt(struct mf_dns_case *at, const struct mf_dns_promises *promises); /* dns_tls_rpt.c */
/* dns_mx_tls.c */
void mf_dns_judge_mx_tls(struct mf_dns_case *at, const struct mf_dns_promises *promises);
const char *mf_dns_mx_host(const char *mx); /* of "0 in.example" */
/* The look at the TLS of an MX, one address after the other; NULL: no more. */
const struct mf_rec_opened *mf_dns_mx_look(const struct mf_dns_case *at, const char *host, size_t number);
/* Is a host among the names (by blanks) of a certificate? */
bool mf_dns_is_named(const char *names, const char *host);
void mf_dns_around_ask(const struct mf_plan *plan, struct mf_dns *dns, mf_usec deadline);

/* dns_cover.c: SPF for each sender. */
struct mf_dns_coverage {
    const char *covered;     /* "primary, relay, crm" */
    const char *not_covered; /* "crm, billing" */
    const char *reasons;     /* a line each */
    const char *add;         /* " ip4:192.0.2.41": what would cover them */
    struct mf_place place;   /* of the first that is not */
    const char *dns_trouble;
    bool sure; /* at least one of them is known to send from there */
};
/* is_other_record: it is not the site's, so that whoever is not covered is told, whether or not it is sure that it
 * sends from there. */
struct mf_dns_coverage mf_dns_cover(struct mf_dns_case *at, bool is_other_record);

/* dns_spf_alike.c: a TXT record that was meant as SPF and is none, as shown to people; NULL: there is none */
const char *mf_dns_spf_alike(struct mf_arena *arena, const struct mf_dns_answer *answer);
void mf_dns_spf_tell_alike(struct mf_dns_case *at, const struct mf_dns_variant *variant, const char *publish);
const char *mf_dns_spf_elsewhere(struct mf_dns_case *at); /* a sentence with a space before it, or "" */
/* Sentences with a space before them, or "". */
const char *mf_dns_spf_differences(struct mf_arena *arena, const char *found, const char *expected);
const char *mf_dns_spf_joint(struct mf_arena *arena, const struct mf_dns_answer *answer, const char *term);
const char *mf_dns_spf_below(struct mf_dns_case *at);
const char *mf_dns_spf_at(struct mf_dns_case *at, const char *domain);
const char *mf_dns_spf_with(struct mf_arena *arena, const char *record, const char *add); /* add: " ip4:192.0.2.1" */

/* dns_dmarc_words.c: meant as one and none, with the reason; at another name, with what to do in the panel */
struct mf_dmarc_record;
const struct mf_dns_record *mf_dns_dmarc_alike(struct mf_arena *arena, const struct mf_dns_answer *answer);
const char *mf_dns_dmarc_why_not(struct mf_arena *arena, const struct mf_dns_record *record);
const char *mf_dns_dmarc_elsewhere(struct mf_dns_case *at, const char **hint);
/* "p=reject in place of p=none, rua=x is added"; sentences with a space before each, or "" */
const char *mf_dns_dmarc_differences(struct mf_arena *arena, const char *found, const char *expected);
const char *mf_dns_dmarc_faults(struct mf_arena *arena, const struct mf_dmarc_record *record);
const char *mf_dns_dmarc_danger(struct mf_dns_case *at, const struct mf_dmarc_record *record);
const char *mf_dns_dmarc_with_mailto(struct mf_arena *arena, const char *text);

/* dns_dkim_words.c: where else the key is, with what to do in the panel; what a usable key is not good for */
const char *mf_dns_dkim_elsewhere(struct mf_dns_case *at, const char *selector, const char **hint);
const char *mf_dns_dkim_unfit(struct mf_arena *arena, const struct mf_dkim_key *key);

/* dns_cover.c: asks what judging the SPF row will need. */
void mf_dns_spf_ask(const struct mf_plan *plan, struct mf_dns *dns, mf_usec deadline);

/* dns_rows.c */
void mf_dns_check_rows(struct mf_check_context *context);

#endif
