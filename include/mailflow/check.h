/* Room check: plan and evidence → facts. One file a kind of check, each a static const struct
 * mf_check, listed once in check/list.c. No I/O: keys and other DNS come from the evidence.
 *
 * A fact states one thing about one expectation; it explains nothing. diagnose/ sees all facts and
 * tells one cause once.
 */
#ifndef MAILFLOW_CHECK_H
#define MAILFLOW_CHECK_H

#include "mailflow/dkim.h"
#include "mailflow/evidence.h"
#include "mailflow/plan.h"

enum mf_fact_state {
    MF_FACT_GOOD,
    MF_FACT_NOTE,    /* worth telling, no failure: a short h=, delayed */
    MF_FACT_BAD,     /* the mail is wrong */
    MF_FACT_UNKNOWN, /* could not find out */
    MF_FACT_WAITING, /* before the deadline */
    MF_FACT_SKIPPED, /* its needs are not met: because of another fact */
};
/* Where on a message's way a fact is seen; also the order of custody for precedence. */
enum mf_segment { MF_SEGMENT_MEASURE, MF_SEGMENT_DNS, MF_SEGMENT_CONNECT, MF_SEGMENT_TLS, MF_SEGMENT_LOGIN, MF_SEGMENT_SMTP,
                  MF_SEGMENT_HOP, MF_SEGMENT_STORE, MF_SEGMENT_CONTENT, MF_SEGMENT_AUTH };

enum mf_exhibit_kind { MF_EXHIBIT_TEXT, MF_EXHIBIT_DIFF, MF_EXHIBIT_TABLE, MF_EXHIBIT_TIMELINE };
struct mf_exhibit { enum mf_exhibit_kind kind; const char *title, *text; }; /* text: lines ended by \n; diff lines start with ' ', '+', '-' */

struct mf_fact {
    const char *id;             /* stable words: "arrival.missing", "dkim.body-changed", "header.differs" */
    enum mf_fact_state state;
    enum mf_segment segment;
    const struct mf_flow *flow;
    const struct mf_expect *expect;      /* or NULL: about the flow as such */
    const struct mf_arrival *arrival;    /* the copy it is about, or NULL */
    const struct mf_mailbox *mailbox;    /* or NULL */
    const char *scope;          /* what it is about, for grouping: selector+domain, server, mailbox label, header name … never NULL */
    const char *brief;          /* for the row: "DKIM fail, altered"; few words */
    const char *text;           /* one sentence with the values of this case */
    struct mf_exhibit *exhibits; size_t exhibit_count;
    const char *because;        /* SKIPPED: the fact id that stands in the way */
    const struct mf_dkim_signature *signature; /* auth facts */
    const struct mf_recipient *recipient;      /* SMTP facts about one */
    struct mf_rec_reply reply;                 /* SMTP facts; of a bounce: status and diagnostic */
    const char *by;                            /* SMTP facts: the host that replied so, or NULL */
    const char *told_by;                       /* bounces: the host that was refused and tells of it, or NULL */
};

/* What a row of `dns:` rests on: what each source said, what is good, wrong, not known. */
struct mf_dns_fact {
    struct mf_fact fact;        /* flow, expect … NULL; scope: the name in DNS, or the server */
    const char *name;           /* of the record, where the scope is another; or NULL */
    const char *title;          /* with the names of this case */
    const char *advice;         /* the literal change to make, lines ended by \n */
    struct mf_place place;      /* where the site says what is expected */
};
struct mf_dns_seen {            /* one source's word on one name */
    const char *name, *server;  /* "_dmarc.net-it.com"; "ns1", "resolver 192.0.2.56@53" */
    const char *expected, *found, *serial;
    unsigned ttl;               /* of what was found; 0: nothing was */
    enum mf_fact_state state;
};
struct mf_dns_row_facts {
    const struct mf_dns_row *row;
    struct mf_dns_fact *items; size_t count, capacity;
    struct mf_dns_seen *seen; size_t seen_count, seen_capacity;
    const char *detail, *right; /* of a good row: "0 in.hes.trendmicro.com, alone"; "4 of 10 look-ups" or NULL */
    const char *servers;        /* asked: "ns1, ns2" */
    const char *tree;           /* SPF: its look-ups as counted, "4 of 10 look-ups, 0 of 2 void:\n  1  include:…\n"; or NULL */
    const char **notes; size_t note_count, note_capacity; /* information only */
};

struct mf_facts {
    struct mf_dns_row_facts *rows; size_t row_count; /* of the sections that are not skipped, in order */
    struct mf_fact *items; size_t count, capacity;
    struct mf_arena *arena;
    bool need_dns;              /* recorded answers lack something: see mf_dns_missing(evidence->dns) */
};

struct mf_check_context {
    const struct mf_plan *plan;
    const struct mf_evidence *evidence;
    mf_usec now;
    struct mf_facts *facts;
    struct mf_arena *arena;
    void *cache;                /* parsed messages, DKIM results by blob hash: see check/context.h */
};
struct mf_check {
    const char *name, *summary;
    const char *const *needs;   /* names of checks that must not have said BAD or UNKNOWN for this expectation */
    bool (*applies)(const struct mf_expect *expect);
    void (*judge)(struct mf_check_context *context, const struct mf_expect *expect);
};
extern const struct mf_check *const mf_checks[]; /* NULL-terminated, in order of custody */

/* Asks `dns` what judging the plan's `dns:` rows will ask of the recorded answers beyond the rows' own names. */
void mf_check_dns_ask(const struct mf_plan *plan, struct mf_dns *dns, mf_usec deadline);

/* All facts of all flows. The same plan, evidence and now always give the same facts. */
struct mf_facts *mf_check_all(struct mf_arena *arena, const struct mf_plan *plan, const struct mf_evidence *evidence, mf_usec now);

#endif
