/* Room diagnose: facts → findings and outcomes. One cause is told once: a finding absorbs the
 * symptoms that the catalogue says it explains, when scope and segment fit and a stated link of
 * evidence exists. What can't be told apart from outside is told as "A or B" with what would decide.
 */
#ifndef MAILFLOW_DIAGNOSE_H
#define MAILFLOW_DIAGNOSE_H

#include "mailflow/check.h"

enum mf_outcome { MF_PASS, MF_FAIL, MF_ERROR, MF_PENDING, MF_SKIPPED };
const char *mf_outcome_name(enum mf_outcome outcome); /* "pass", "fail", "error", "pending", "skipped" */

/* The catalogue: one entry a finding; `explain`, the reference and `severity:` rules know it. */
struct mf_finding_kind {
    const char *id;          /* "dkim.body-changed" */
    enum mf_outcome outcome; /* FAIL, ERROR; PASS for what only warns */
    const char *scope;       /* "domain", "server", "identity", "mailbox", "message" */
    enum mf_segment segment;
    const char *title;       /* one sentence, general */
    const char *meaning;     /* for `explain`: how it shows, why it happens */
    const char *fix;         /* general */
    const char *const *explains; /* fact and finding ids that it may absorb; NULL-terminated */
};
size_t mf_catalogue_count(void);
const struct mf_finding_kind *mf_catalogue_at(size_t i);
const struct mf_finding_kind *mf_catalogue_find(const char *id);

struct mf_symptom;
struct mf_finding {
    const struct mf_finding_kind *kind;
    enum mf_outcome outcome;      /* after severity rules: FAIL, ERROR, PENDING, PASS (a warning) */
    int number;                   /* [1], [2] …; 0: a warning, not numbered */
    const char *scope;            /* "TM-DKIM-…._domainkey.net-it.com", "alice secondary" */
    const char *title;            /* with the facts of this case */
    const char *why, *fix;        /* paragraphs, lines ended by \n */
    struct mf_exhibit *exhibits; size_t exhibit_count;
    const struct mf_flow **flows; size_t flow_count; /* hit by it */
    const struct mf_dns_row **rows; size_t row_count; /* likewise */
    struct mf_place *places; size_t place_count;     /* expectations and site entries concerned */
    const char *place_words;      /* "outbound: DKIM passes", or NULL */
    const char *meant_so;         /* line to paste: "severity: {dkim.body-changed: ignore}", or NULL */
    const struct mf_fact **facts; size_t fact_count; /* what it rests on */
    const struct mf_symptom *explains; size_t explains_count; /* what else was seen and is told under it */
};
/* What would have been a finding of its own, had it not a deeper cause. */
struct mf_symptom { const char *id, *scope; const struct mf_flow *flow; };

struct mf_flow_verdict {
    const struct mf_flow *flow;
    enum mf_outcome outcome;
    mf_usec took;                 /* handed over → last expected copy seen; -1: none */
    const char *route;            /* "probe → gateway → alice primary" */
    const char *detail;           /* "DKIM pass", "DKIM fail, altered", "none in 10 s", the skip's reason */
    const struct mf_finding **findings; size_t finding_count; /* warnings included */
};

struct mf_dns_verdict {
    const struct mf_dns_row *row;
    enum mf_outcome outcome;      /* PASS, FAIL, ERROR; PENDING: not there, and still within its time */
    const char *name;             /* "MX record" */
    const char *detail, *right;   /* right: for the far side, or "" */
    const char *servers;          /* asked: "ns1, ns2" */
    const struct mf_finding **findings; size_t finding_count; /* warnings included */
    const struct mf_dns_row_facts *facts;
};

struct mf_verdict {
    enum mf_outcome outcome;      /* of the run; nothing passed is never PASS */
    int status;                   /* exit status: 0, 1, 2, 75 */
    mf_usec started, ended;
    const char *from;             /* where we look from: "host (192.0.2.9), resolver 192.0.2.56@53" */
    struct mf_flow_verdict *flows; size_t flow_count; /* by flow index */
    struct mf_dns_verdict *dns; size_t dns_count;     /* rows of the sections that are not skipped, in order */
    struct mf_finding **findings; size_t finding_count; /* failures first, then errors, warnings */
    size_t passed, failed, errors, pending, skipped, warnings;
    size_t messages_sent, sentinels_sent; /* sentinels are among the messages */
    size_t copies_seen, copies_removed, copies_left;
    const char **left_where; size_t left_count; /* mailbox labels where something of ours may be left */
    bool need_dns;
};
struct mf_verdict *mf_diagnose(struct mf_arena *arena, const struct mf_plan *plan, const struct mf_evidence *evidence,
                               const struct mf_facts *facts, mf_usec now);

#endif
