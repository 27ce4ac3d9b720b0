/* Room run: resolve → open → send → await → clean up. Everything that is seen goes into the journal;
 * nothing is judged here beyond "is there anything left to wait for".
 *
 * Watch before sending: every mailbox of the watch set is open, its windows noted, before the first
 * message leaves. One thread a mailbox connection, a capped pool of senders by connection identity.
 * All waits have deadlines; `stop` ends everything cleanly (clean-up still done, at most 5 s).
 */
#ifndef MAILFLOW_RUN_H
#define MAILFLOW_RUN_H

#include <signal.h>

#include "mailflow/evidence.h"
#include "mailflow/login.h"
#include "mailflow/plan.h"

enum mf_event_kind {
    MF_EVENT_OPENING, MF_EVENT_OPENED, MF_EVENT_UNREADABLE, MF_EVENT_LOST, /* mailbox */
    MF_EVENT_SENDING, MF_EVENT_ACCEPTED, MF_EVENT_REFUSED, MF_EVENT_DEFERRED, MF_EVENT_UNKNOWN, MF_EVENT_TROUBLE, /* flow */
    MF_EVENT_COPY,     /* flow and mailbox: a copy was seen */
    MF_EVENT_COMPLETE, /* flow: nothing is awaited any more */
    MF_EVENT_CLEANING, MF_EVENT_REMOVED,
    MF_EVENT_RECORD_AWAITED, MF_EVENT_RECORD_THERE, /* row: after each round of asking its sources */
};
struct mf_event {
    enum mf_event_kind kind;
    mf_usec at;
    const struct mf_flow *flow;       /* or NULL */
    const struct mf_mailbox *mailbox; /* or NULL */
    const struct mf_dns_row *row;     /* or NULL */
    const char *words;                /* the server's words, the trouble, … or "" */
    mf_usec since, until;             /* handed over at; deadline or next try; 0 unknown */
    mf_usec again;                    /* row: asked again then; 0: not again */
};
/* Called under a lock from any thread; must be quick. */
typedef void mf_run_progress(void *context, const struct mf_event *event);

/* What judging the `dns:` rows will ask of the resolver: asked early, so that nobody waits for it later. */
typedef void mf_confirm_more(const struct mf_plan *plan, struct mf_dns *dns, mf_usec deadline);
/* Confirms the plan's `dns:` rows at their sources: every address of every authoritative server of the
 * zone, and the resolver, are asked for all that the rows need, side by side, in threads of its own.
 * Every answer goes into the journal: those of one server as `direct`, the resolver's by whoever
 * watches `dns`. Each look-up has its deadline (5 s), the whole 15 s; *stop (may be NULL) ends it early.
 * NULL: no row is judged. The end waits for it. */
struct mf_confirm;
struct mf_confirm *mf_confirm_start(const struct mf_plan *plan, struct mf_dns *dns, struct mf_journal *journal,
                                    mf_confirm_more *more, const volatile sig_atomic_t *stop);
void mf_confirm_end(struct mf_confirm **confirm);

/* How a row stands by the evidence so far. words: what is not there yet, "" when nothing is known. */
struct mf_row_state { bool there; const char *words; };
/* Judges the rows of the sections that are not skipped, in their order, from what the journal says by now; words in
 * arena. -1: it can't be judged now, which is not the end. */
typedef int mf_confirm_judge(void *context, struct mf_arena *arena, struct mf_row_state *states, size_t count);
struct mf_confirm_options {
    mf_confirm_more *more;
    const volatile sig_atomic_t *stop;         /* may be NULL */
    mf_confirm_judge *judge; void *judge_context; /* NULL: one round, whatever the rows say */
    mf_run_progress *progress; void *context;  /* may be NULL */
    mf_usec started;                           /* the rows' `within` counts from here */
    mf_usec until;                             /* no longer than this (instant), or MF_NEVER */
};
/* The same, for rows with `within` again and again: until each of them is there or its deadline is over; quick at
 * first, then slower (2 s to a minute between rounds, the last one at the deadline). Rows without `within` are asked
 * in the first round only, and so is one whose deadline is over. */
struct mf_confirm *mf_confirm_watch(const struct mf_plan *plan, struct mf_dns *dns, struct mf_journal *journal,
                                    const struct mf_confirm_options *options);

struct mf_run_options {
    mf_usec wait;                         /* at most this long after the last sending (duration); MF_NEVER: the flows' deadlines */
    bool *wait_over;                      /* becomes true when that ended it; may be NULL */
    const volatile sig_atomic_t *stop;    /* becomes 1 at Ctrl-C, 2 at the second; may be NULL */
    mf_run_progress *progress; void *context; /* may be NULL */
    bool keep_mail;                       /* don't remove our messages afterwards */
    mf_confirm_more *confirm_more;        /* may be NULL; see mf_confirm_start */
    mf_confirm_judge *confirm_judge; void *confirm_context; /* may be NULL; see mf_confirm_watch */
};
/* Sends what `before` (NULL: a first run) does not show as handed over, waits, cleans up. An attempt
 * that ended unknown is never sent again. 0 also when mail is wrong; -1 with d only when the harness
 * itself has trouble (journal can't be written). */
int mf_run(const struct mf_plan *plan, struct mf_dns *dns, struct mf_journal *journal, const struct mf_evidence *before,
           const struct mf_run_options *options, struct mf_diag *d);

/* One line of `mailflow check`: a door or mailbox looked at, nothing sent. */
struct mf_probe {
    enum { MF_PROBE_GOOD, MF_PROBE_WARN, MF_PROBE_BAD, MF_PROBE_UNKNOWN } state; /* UNKNOWN: could not find out */
    const char *what;   /* "imaps://mail.net-it.com:993" */
    const char *who;    /* mailbox label or "" */
    const char *words;  /* "12 folders, inbox 3 messages, certificate CN=…, 61 days left" or the trouble */
    const char *hint;   /* "" when there is none */
    struct mf_place place; /* in the site file */
};
/* Every login, folder, port, certificate and token of the site. In order; the array is in arena. */
struct mf_probe *mf_run_check(const struct mf_plan *plan, struct mf_dns *dns, struct mf_arena *arena, size_t *count,
                              void (*told)(void *context, const struct mf_probe *probe), void *context);

#endif
