/* A small mail world for the tests of room run: one SMTP server, one mailbox server, and a thread
 * that carries what the one took to the other, as the test says. Plans are bound from text.
 */
#ifndef RUN_WORLD_H
#define RUN_WORLD_H

#include <signal.h>

#include "fakes/fake_imap.h"
#include "fakes/fake_smtp.h"
#include "mailflow/evidence.h"
#include "mailflow/run.h"

enum { WORLD_FOLDER = 32 };
extern const char world_raw[]; /* raw.eml, for `message: {raw: raw.eml}` */
struct world_options {
    struct fake_smtp_options smtp;
    struct fake_imap_options imap;
    const char *folder;      /* where mail is put; NULL: INBOX; "": nowhere */
    int copies;              /* 0: one */
    int delay_ms;            /* before each copy */
    const char *wrap;        /* put in front of each message as headers of another one; NULL: as sent */
    const char *site;        /* more lines for the site */
    const char *login;       /* of everybody; NULL: {user: reader, password: …} */
    const char *deadlines;   /* NULL: {late: 1 s, within: 1500 ms, settle: 60 ms} */
    bool no_smtp, no_imap;   /* nobody listens there */
    bool submission;         /* the SMTP server is one with TLS and login; alice and bob send by it */
};
struct world {
    struct fake_smtp *smtp;
    struct fake_imap *imap;
    struct world_private *more;
    char *dir;               /* of the journal */
    struct mf_plan *plan;
    struct mf_evidence *evidence; /* after world_run */
    mf_usec took;
    struct mf_diag d;
    int result;
    struct mf_run_options run;
    char *events;            /* a line each: KIND flow mailbox */
};

/* scenario: text; people are alice and bob (one mailbox each, but both look at the same INBOX), the
 * application app sends by the SMTP server. Ends the test when it can't be bound. */
struct world *world_new(const struct world_options *options, const char *scenario);
/* Runs; the evidence is loaded afterwards. */
void world_run(struct world *world);
/* The same journal again, as `mailflow resume` does. */
void world_resume(struct world *world);
/* Only writes the beginning of a journal, so that a test can add what happened before. */
struct mf_journal *world_journal(struct world *world);
void world_set_delivery(struct world *world, const char *folder); /* from now on */
void world_free(struct world **world);

const struct mf_flow *world_flow(const struct world *world, const char *name);
const struct mf_flow_evidence *world_seen(const struct world *world, const char *name); /* NULL: nothing happened */
struct mf_handing world_handing(const struct world *world, const char *name, const char *recipient);
size_t world_arrivals(const struct world *world, const char *name);
struct mf_coverage_answer world_coverage(const struct world *world, const char *name, const char *mailbox);

#endif
