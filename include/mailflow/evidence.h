/* Room evidence: what the journal says, folded into what is known. Plain values; nothing here does
 * network I/O. Everything lives in the evidence's own arena; blobs are read when it is loaded.
 *
 * Mailboxes are named by their label, flows by their id: evidence knows no plan.
 */
#ifndef MAILFLOW_EVIDENCE_H
#define MAILFLOW_EVIDENCE_H

#include "mailflow/files.h"
#include "mailflow/journal.h"

struct mf_attempt {
    struct mf_rec_intent intent;
    mf_usec data_at;                /* from here on it may have been taken; 0: it never came so far */
    const struct mf_rec_sent *sent; /* NULL: killed in between; with data_at it is unknown whether it was taken */
    struct mf_bytes message;        /* the bytes handed over */
};
struct mf_arrival {
    struct mf_rec_copy copy;
    struct mf_bytes message;
    const struct mf_rec_removed *removed; /* the newest word on its removal, or NULL */
};
struct mf_flow_evidence {
    const char *flow;
    struct mf_attempt *attempts; size_t attempt_count;
    struct mf_arrival *arrivals; size_t arrival_count; /* by time; each (folder, uidvalidity, uid) once */
    const struct mf_rec_command *command;
};
struct mf_folder_evidence {
    const char *folder, *use;
    struct mf_rec_window window;
    struct mf_rec_scan *scans; size_t scan_count;
};
/* Nobody watched: from a dropped connection, or the end of a run cut short, to the next opening. */
struct mf_blind { mf_usec from, to; };
struct mf_mailbox_evidence {
    const char *mailbox;
    const struct mf_rec_opened *opened;  /* the newest, or NULL: never could be opened */
    struct mf_folder_evidence *folders; size_t folder_count;
    struct mf_rec_gap *gaps; size_t gap_count;
    struct mf_blind *blind; size_t blind_count; /* by time */
};
struct mf_evidence {
    struct mf_arena *arena;
    const char *dir;
    struct mf_rec_run run;               /* the first */
    unsigned char secret[32];
    mf_usec started, last;               /* first and newest record */
    const char *ended;                   /* why of the newest end record, NULL: killed, or still running */
    struct mf_flow_evidence *flows; size_t flow_count; /* by flow id */
    struct mf_mailbox_evidence *mailboxes; size_t mailbox_count;
    struct mf_dns_answer *answers; size_t answer_count;
    struct mf_dns *dns;                  /* recorded answers, newest wins */
};
/* NULL with d: no journal there, unreadable, of a newer version, a blob missing or altered (its hash
 * is checked), a broken line other than the last. files (may be NULL) receives the snapshot. */
struct mf_evidence *mf_evidence_load(const char *dir, struct mf_files *files, struct mf_diag *d);
void mf_evidence_free(struct mf_evidence **evidence);
const struct mf_flow_evidence *mf_evidence_flow(const struct mf_evidence *evidence, const char *flow_id);
const struct mf_mailbox_evidence *mf_evidence_mailbox(const struct mf_evidence *evidence, const char *label);
const struct mf_folder_evidence *mf_evidence_folder(const struct mf_mailbox_evidence *mailbox, const char *folder);

/* What became of the handing-over, per recipient: folds all attempts. */
enum mf_handed { MF_HANDED_NOT_YET, MF_HANDED_ACCEPTED, MF_HANDED_REFUSED, /* 5xx, or 4xx and no more tries */
                 MF_HANDED_DEFERRED, /* 4xx, a retry is planned */
                 MF_HANDED_UNKNOWN,  /* lost after the data */
                 MF_HANDED_TROUBLE   /* the first hop could not be asked */ };
struct mf_handing {
    enum mf_handed state;
    const struct mf_attempt *attempt;  /* the deciding one */
    struct mf_rec_reply reply;         /* the deciding reply */
    const char *phase;
    const struct mf_attempt *first_deferred; /* the first 4xx, when there was one */
    mf_usec accepted_at;
};
struct mf_handing mf_evidence_handing(const struct mf_flow_evidence *flow, const char *recipient);

/* When was the last time before `seen` that this mailbox was watched, for something that was found when
 * the watch began again? 0: it was watched when that came, so `seen` is its time. */
mf_usec mf_evidence_unwatched_since(const struct mf_evidence *evidence, const char *mailbox, mf_usec seen);
/* Has a mailbox been looked through well enough to say "not there" about the time until `until`?
 * Complete: every folder of it has a watch window from before `sent` (the first intent) and two
 * complete scans since then, the later one not before `until`, `settle` apart; a gap that a later complete
 * scan (same UIDVALIDITY) covers is healed. A scan from the very first UID needs no window. */
enum mf_coverage { MF_COVERAGE_COMPLETE, MF_COVERAGE_NOT_YET, MF_COVERAGE_GAP, MF_COVERAGE_NEVER_OPEN };
struct mf_coverage_answer { enum mf_coverage coverage; const struct mf_rec_gap *gap; size_t folders_searched; mf_usec last_scan; };
struct mf_coverage_answer mf_evidence_coverage(const struct mf_evidence *evidence, const char *mailbox, mf_usec sent,
                                               mf_usec until, mf_usec settle);

#endif
