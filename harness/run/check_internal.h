/* Room run, inside: looking at doors and mailboxes without sending. */
#ifndef RUN_CHECK_INTERNAL_H
#define RUN_CHECK_INTERNAL_H

#include "mailflow/login.h"
#include "run/lane_internal.h"

enum mf_job_kind { MF_JOB_SMTP, MF_JOB_IMAP_DOOR, MF_JOB_MAILBOX, MF_JOB_TOKEN };
/* One look. What it found is kept in it until it is told in order. */
struct mf_job {
    enum mf_job_kind kind;
    const struct mf_door *door;
    const struct mf_login *login;  /* NULL: none */
    const char *who;               /* label of mailbox or application, "" */
    const char *helo, *source;
    struct mf_place place;
    struct mf_resolver *resolver;
    struct mf_logins *logins;
    mf_usec deadline;
    int state;                     /* of struct mf_probe */
    char words[1024], hint[640];
    bool done;
};
void mf_job_do(struct mf_job *job);

/* Verdicts, shared by both kinds of doors. */
void mf_job_good(struct mf_job *job, const char *words, const struct mf_tls_seen *tls);
void mf_job_failed(struct mf_job *job, const struct mf_net_trouble *trouble, const struct mf_diag *d);

#endif
