/* Room evidence: the journal, append-only and on disk: DIR/journal.jsonl (a JSON object a line, times
 * in microseconds since 1970) and DIR/blobs.pack (messages and files, by SHA-256; each behind a line
 * "blob HASH LENGTH", so a pager can read it; one file, since a sync of thousands takes too long).
 * Whatever happened is written down before anyone relies on it; so resuming, surviving kill -9,
 * keeping evidence and judging again are one mechanism.
 *
 * `intent` says what is about to be handed over. `data` is on disk (fdatasync), with all before it,
 * between the server's 354 and the first byte of the message: so after kill -9, what may have been
 * taken is told from what surely was not. `file`, `run`, `end` are synced likewise; the rest is
 * written at once and synced with the next of those, and when the journal is closed. Writers that
 * wait for the disk at the same time share a sync. A last line cut short by a crash is left out.
 *
 * Threads: writers may be called by many threads; there is a lock. The directory is made with mode
 * 0700: it holds mail. No secret but the run's own HMAC key is ever written.
 */
#ifndef MAILFLOW_JOURNAL_H
#define MAILFLOW_JOURNAL_H

#include "mailflow/clock.h"
#include "mailflow/diag.h"
#include "mailflow/dns.h"
#include "mailflow/text.h"

#define MF_HASH_SIZE 65 /* SHA-256 in hex, with NUL */
/* By which blobs are named, and a copy is known again. */
void mf_hash(struct mf_bytes bytes, char hash[MF_HASH_SIZE]);

struct mf_rec_run { /* first of a journal; again (resumed = true) at every resume */
    mf_usec at;
    const char *version, *run, *secret_hex, *site, *host, *resolver, *egress; /* the place we look from */
    const char *const *scenarios; size_t scenario_count;
    const char *const *vars; size_t var_count;
    const char *const *only; size_t only_count;
    bool resumed;
};
struct mf_rec_file { const char *path; const char *hash; };
struct mf_rec_intent { /* a message is about to be handed over */
    mf_usec at;
    const char *flow;         /* flow id */
    int attempt;              /* from 1, counts all handings-over of this flow */
    const char *hash;         /* the bytes */
    const char *message_id, *mail_from;
    const char *const *rcpt; size_t rcpt_count; /* of this attempt */
    const char *via;          /* label of the door, or the host of the MX */
    const char *peer;         /* address:port aimed at, "" for a command */
    const char *sentinel_of;  /* the flow whose absence it is to show; NULL: it is a flow's own message */
};
struct mf_rec_data { mf_usec at; const char *flow; int attempt; }; /* from here on its bytes may have been taken */
struct mf_rec_reply { int code; const char *enhanced, *text; };
struct mf_rec_tls { bool used, verified; const char *version, *cipher, *subject, *issuer, *names, *problem; int days_left; };
struct mf_rec_sent { /* the answer to an intent; `data` without one is "unknown", neither: it was never handed over */
    mf_usec at, started, took;
    const char *flow; int attempt;
    const char *outcome;      /* accepted, refused, unknown, trouble */
    const char *phase;        /* SMTP phase name; "COMMAND" for via: command */
    struct mf_rec_reply reply;
    struct mf_rec_rcpt { const char *address; struct mf_rec_reply reply; } *rcpt; size_t rcpt_count;
    const char *queue_id, *peer, *server; /* server: name in greeting */
    struct mf_rec_tls tls;
    const char *trouble, *hint, *stage; bool temporary; /* for outcome trouble */
    mf_usec retry_at;         /* 0: no more tries are planned */
};
struct mf_rec_window { /* a folder as it was when the watch began */
    mf_usec at; const char *mailbox, *folder, *use; unsigned uidvalidity, uidnext, exists;
};
struct mf_rec_scan { /* a complete walk, begun at `at`: every UID from from_uid up to below to_uid was looked at */
    mf_usec at; const char *mailbox, *folder; unsigned uidvalidity, from_uid, to_uid;
    unsigned gone; /* UIDs that were given since the watch began and were gone before we could look: somebody took the mail away */
};
struct mf_rec_gap { /* from `at` on a mailbox (folder "" = all of it) could not be read; until the next scan */
    mf_usec at; const char *mailbox, *folder, *stage, *title, *hint, *server_said, *peer; int tries; struct mf_rec_tls tls;
};
struct mf_rec_copy { /* one arrival of one of our messages in one folder */
    mf_usec at; const char *mailbox, *folder, *use; unsigned uidvalidity, uid;
    const char *hash, *flow; int attempt; const char *internaldate;
    bool proved, mac_good, in_header, in_message_id, in_subject, in_body;
    bool again; /* \All view of a message that another folder shows too; or seen before under another UIDVALIDITY */
};
#define MF_TAKEN_AWAY "another client removed it" /* as `why` of a removal that was not ours */
struct mf_rec_removed { mf_usec at; const char *mailbox, *folder; unsigned uidvalidity, uid; bool removed; const char *why; };
/* Under this, a host name and an address ("mx in.example 192.0.2.1") in place of a mailbox's: an MX of the site's
 * table that was looked at for its TLS (capabilities: "STARTTLS" where offered, "none" where not, "" not known; trouble: how far it did not come;
 * peer "": it was not reached). */
#define MF_MX_MAILBOX "mx "
/* A certificate as TLSA records name it: digests in hex, of it and of its key. */
struct mf_rec_certificate { const char *subject, *whole_256, *whole_512, *key_256, *key_512; bool signs_below; int days_left; };
struct mf_rec_opened {
    mf_usec at; const char *mailbox, *peer; struct mf_rec_tls tls; const char *capabilities, *trouble;
    struct mf_rec_certificate *chain; size_t chain_count; /* of an MX; the server's own first */
};
struct mf_rec_command { mf_usec at; const char *flow; int attempt; const char *command; int status; const char *output, *media; };
/* Under this name in place of a flow's: the MTA-STS policy page that was fetched (command: its URL; status: HTTP's, 0
 * when there was no answer; output: the page, or why not; media: its Content-Type). */
#define MF_POLICY_FLOW "mta-sts"
struct mf_rec_end { mf_usec at; const char *why; }; /* done, interrupted, wait-over */

struct mf_journal;
/* Makes DIR (and parents) or fails when it holds a journal already. */
struct mf_journal *mf_journal_create(const char *dir, struct mf_diag *d);
/* To append to an existing one (resume); takes a lock so that two can't. */
struct mf_journal *mf_journal_append(const char *dir, struct mf_diag *d);
/* 0, or -1 when some write failed since it was opened: then d tells the first (disk full …). */
int mf_journal_close(struct mf_journal **journal, struct mf_diag *d);

/* Each -1 with d when it could not be written. */
int mf_journal_blob(struct mf_journal *journal, struct mf_bytes bytes, char hash[MF_HASH_SIZE], struct mf_diag *d);
int mf_journal_run(struct mf_journal *journal, const struct mf_rec_run *record, struct mf_diag *d);
int mf_journal_file(struct mf_journal *journal, const struct mf_rec_file *record, struct mf_diag *d);
int mf_journal_intent(struct mf_journal *journal, const struct mf_rec_intent *record, struct mf_diag *d);
int mf_journal_data(struct mf_journal *journal, const struct mf_rec_data *record, struct mf_diag *d);
int mf_journal_sent(struct mf_journal *journal, const struct mf_rec_sent *record, struct mf_diag *d);
int mf_journal_window(struct mf_journal *journal, const struct mf_rec_window *record, struct mf_diag *d);
int mf_journal_scan(struct mf_journal *journal, const struct mf_rec_scan *record, struct mf_diag *d);
int mf_journal_gap(struct mf_journal *journal, const struct mf_rec_gap *record, struct mf_diag *d);
int mf_journal_copy(struct mf_journal *journal, const struct mf_rec_copy *record, struct mf_diag *d);
int mf_journal_removed(struct mf_journal *journal, const struct mf_rec_removed *record, struct mf_diag *d);
int mf_journal_opened(struct mf_journal *journal, const struct mf_rec_opened *record, struct mf_diag *d);
int mf_journal_command(struct mf_journal *journal, const struct mf_rec_command *record, struct mf_diag *d);
int mf_journal_dns(struct mf_journal *journal, const struct mf_dns_answer *answer, struct mf_diag *d);
int mf_journal_end(struct mf_journal *journal, const struct mf_rec_end *record, struct mf_diag *d);

#endif
