/* What `run` and `resume` share: a plan with its files, a journal, judging, reports. */
#ifndef CLI_SESSION_H
#define CLI_SESSION_H

#include "cli/cli.h"
#include "mailflow/report.h"
#include "mailflow/run.h"

struct session_reports {
    const char *json, *junit, *tap; /* paths, "-" for standard output; NULL: none */
    const char *face;               /* format of the checklist; NULL: "terminal" */
    bool quiet;                     /* no checklist on standard output */
};

struct session {
    struct mf_files *files;
    struct mf_diags *diags;
    struct mf_plan *plan;
    struct mf_dns *dns;
    struct mf_journal *journal;
    const char *dir;             /* of the evidence */
    bool keep_evidence;          /* also when all passed */
    mf_usec wait;                /* MF_NEVER: the flows' own deadlines */
    bool keep_mail;
    struct session_reports reports;
    const char *again;           /* the command line that runs the failed flows again, or NULL */
};

/* Binds; prints every error to stderr. CLI_OK or CLI_USAGE. */
int session_bind(struct session *session, struct mf_plan_options *options);
/* Sends what is to be sent, waits, cleans up, judges, reports. The exit status. */
int session_run(struct session *session, const struct mf_evidence *before);
/* Judges what the journal says, without network, and reports. The exit status. */
int session_judge(struct session *session);
/* The parts of it, for a subcommand with a round of its own: judges, asking session->dns for what judging
 * lacks; prints and saves the reports; a watcher that writes answers into the journal given as context. */
const struct mf_verdict *session_verdict(struct session *session, struct mf_evidence *evidence, struct mf_arena *arena);
int session_report(struct session *session, const struct mf_verdict *verdict);
void session_journal_answer(void *journal, const struct mf_dns_answer *answer);
bool session_takes_stdout(const struct session *session); /* some report does: people read stderr then */
void session_drop_evidence(const char *dir);
/* records.c: how the plan's `dns:` rows stand by what session->dir holds now (mf_confirm_judge; context: the session). */
int session_judge_records(void *session, struct mf_arena *arena, struct mf_row_state *states, size_t count);
void session_release(struct session *session);

/* Live progress on stderr: in place on a terminal, plain lines elsewhere. */
struct progress;
struct progress *progress_new(const struct mf_plan *plan, FILE *out);
void progress_event(void *progress, const struct mf_event *event);
void progress_free(struct progress **progress); /* wipes what was drawn */

#endif
