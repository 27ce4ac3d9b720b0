/* Room diagnose: from facts to findings. A *hit* is a fact that tells something (bad, unknown, a
 * note) under the id of a finding; hits of the same finding and scope make a *suspect*; a suspect's
 * hits may be absorbed by a deeper cause; what is left is told. Private to harness/diagnose.
 */
#ifndef DIAGNOSE_INTERNAL_H
#define DIAGNOSE_INTERNAL_H

#include "diagnose/catalogue_internal.h"
#include "mailflow/map.h"

struct mf_suspect;
struct mf_dns_causes;
struct mf_hit {
    const struct mf_fact *fact;
    const struct mf_entry *entry;
    const char *scope;             /* for grouping */
    enum mf_outcome outcome;       /* FAIL, ERROR, PASS (a warning); after severity rules */
    const struct mf_flow *message; /* whose message it is about */
    const char *server;            /* the server that it is about, NULL: none */
    struct mf_suspect *suspect;
    struct mf_suspect *absorbed_by; /* NULL: it stands for itself */
};
struct mf_suspect {
    const struct mf_entry *entry;
    const char *scope;
    struct mf_hit **hits;
    size_t hit_count, hit_capacity; /* its own */
    struct mf_hit **absorbed;
    size_t absorbed_count, absorbed_capacity; /* of others */
    struct mf_finding *finding;               /* once told */
};
/* How copies fare at a secondary. */
struct mf_copy_count {
    size_t seen, missing, unknown;
};
/* How mail for the main mailboxes of a server fares. */
struct mf_home_count {
    size_t seen, missing;
    const struct mf_mailbox *mailbox; /* one where it is missing */
    bool several;                     /* another as well */
};
struct mf_case_file {
    struct mf_arena *arena;
    const struct mf_plan *plan;
    const struct mf_evidence *evidence;
    const struct mf_facts *facts;
    mf_usec now;
    struct mf_hit *hits;
    size_t hit_count;
    struct mf_suspect **suspects;
    size_t suspect_count, suspect_capacity;
    size_t *first_fact; /* by flow index: where its facts begin in facts->items; flow_count + 1 of them */
    size_t *first_hit;  /* likewise into hits */
    const struct mf_flow **next_look; /* by flow index: the next that looks at the same message (mf_plan_looks) */
    struct mf_flow_verdict *flows;
    struct mf_dns_causes *dns; /* what `dns:` rows found */
    const char **skipped_why;  /* by flow index: why not judged, or NULL */
    /* counted once: */
    bool *answered;                   /* by server index */
    bool dns_answered;                /* any look-up had a definite answer */
    struct mf_copy_count *copies;     /* by server index × kind of mail */
    struct mf_copy_count *app_copies; /* by server index × application index */
    struct mf_copy_count *box_copies; /* by mailbox index */
    struct mf_home_count *homes;      /* main mailboxes, by server index */
    struct mf_copy_count *app_homes;  /* the main mailboxes that an application writes to, by application index */
};
void mf_count_everything(struct mf_case_file *file);

/* What a fact is told as; entry NULL: it is not told. */
struct mf_class {
    const char *id, *scope;
};
struct mf_class mf_classify(struct mf_case_file *file, const struct mf_fact *fact);
struct mf_class mf_classify_missing(struct mf_case_file *file,
                                    const struct mf_fact *fact); /* a copy at a secondary, or any */
/* A mailbox where a message that is missing was seen though nobody expects it there: at the old server, or
 * that of somebody who has nothing to do with it. NULL: none. */
const struct mf_mailbox *mf_lies_instead_at(const struct mf_case_file *file, const struct mf_fact *fact);
const char *mf_server_of_fact(struct mf_case_file *file, const struct mf_fact *fact);
/* The gap that made a mailbox unreadable, newest; NULL: nothing was noted. */
const struct mf_rec_gap *mf_gap_of(const struct mf_case_file *file, const char *label);
/* Did anything work at this server during the run: a message taken by it, a mailbox opened? */
bool mf_server_answered(const struct mf_case_file *file, const char *server);
/* The look-up that kept a server from being reached, as written down; NULL: names were no problem. */
const struct mf_dns_answer *mf_failed_lookup(const struct mf_case_file *file, const struct mf_fact *fact);
/* The last try to hand a message over, or NULL. */
const struct mf_rec_sent *mf_last_sent(const struct mf_case_file *file, const struct mf_flow *message);

const struct mf_copy_count *mf_copies_of_kind(const struct mf_case_file *file, const struct mf_server *server,
                                              enum mf_kind kind);
const struct mf_copy_count *mf_copies_in(const struct mf_case_file *file, const struct mf_mailbox *mailbox);
const struct mf_home_count *mf_homes_at(const struct mf_case_file *file, const struct mf_server *server);
const struct mf_copy_count *mf_copies_of_application(const struct mf_case_file *file, const struct mf_server *server,
                                                     const struct mf_application *application);

/* Of what an application sends, seen and missing in main mailboxes. */
const struct mf_copy_count *mf_homes_of_application(const struct mf_case_file *file,
                                                    const struct mf_application *application);

/* A hit about DNS or what is judged by it. */
bool mf_rests_on_records(const struct mf_hit *hit);
void mf_collect_hits(struct mf_case_file *file); /* fills hits */
void mf_judge_flows(struct mf_case_file *file);  /* outcomes, skips, needs; drops hits of skipped flows */
void mf_group_hits(struct mf_case_file *file);   /* suspects and absorption */
/* Hits that may be causes, by what links them; and the one of them that explains a symptom, or NULL. */
struct mf_map *mf_causes_by_key(struct mf_case_file *file);
struct mf_hit *mf_cause_of(struct mf_case_file *file, const struct mf_map *causes, const struct mf_hit *symptom);
/* Writes the finding of a suspect, its words and places. */
struct mf_finding *mf_finding_tell(struct mf_case_file *file, struct mf_suspect *suspect);
/* The finding's list of what it explains, from what its suspect absorbed. */
void mf_finding_explain(struct mf_case_file *file, struct mf_finding *finding, const struct mf_suspect *suspect);
/* dns_rows.c: causes among the records, which may absorb hits; told; their rows judged and counted. */
void mf_dns_find_causes(struct mf_case_file *file);
void mf_dns_tell_causes(struct mf_case_file *file, struct mf_verdict *verdict);
enum mf_outcome mf_dns_row_outcome(struct mf_case_file *file, size_t row); /* number in facts->rows; from its facts alone */
void mf_dns_add_awaited(struct mf_case_file *file, struct mf_finding *finding); /* the rows that may still come */
int mf_dns_compare_rows(const struct mf_finding *a, const struct mf_finding *b); /* records stand above the mail */
void mf_dns_judge_rows(struct mf_case_file *file, struct mf_verdict *verdict);
void mf_write_row(struct mf_case_file *file, struct mf_flow_verdict *verdict);

#endif
