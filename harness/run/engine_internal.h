/* Room run, inside: what the threads of a run share.
 *
 * Threads: the engine's (waits, decides, ends), one per mailbox (box.h), senders in lanes (lane.h).
 * Whatever is not said to belong to one thread is under engine->lock; nobody does I/O under it.
 */
#ifndef RUN_ENGINE_INTERNAL_H
#define RUN_ENGINE_INTERNAL_H

#include <pthread.h>

#include "mailflow/compose.h"
#include "mailflow/imap.h"
#include "mailflow/map.h"
#include "mailflow/run.h"

struct mf_box;
struct mf_lane;
struct mf_cap;
struct mf_resolver;

/* One copy, or absence, that is awaited in a mailbox. */
struct mf_want {
    struct mf_box *box;
    const char *folder;     /* inbox, sent, … or a name */
    int copies, seen;       /* copies 0: must not arrive */
    mf_usec seen_at;        /* the newest of them */
    mf_usec within;
    bool bounce;            /* a bounce, no copy */
    const struct mf_expect *expect; /* what that should say; NULL: any */
    bool soft;              /* waited for, since it may explain; nobody expects it */
    const struct mf_recipient *recipient; /* through whom it gets there; NULL: any */
    bool live;              /* counts among box->awaited */
    bool settled;           /* seen, or looked for in vain, or it can't come any more */
};

/* What is known of one recipient. */
struct mf_handover { enum mf_handed state; bool final; mf_usec at; /* accepted, or lost */ };

struct mf_delivery;

/* A table of the site that flows go by as if it were published: dns, or dns-before. */
struct mf_planned { const struct mf_dns_table *table; struct mf_dns *dns; struct mf_resolver *resolver; };

/* A flow that sends. */
struct mf_flow_run {
    const struct mf_flow *flow;
    struct mf_handover *recipients;   /* by index in the flow */
    struct mf_delivery *deliveries;
    size_t delivery_count;
    struct mf_want *wants;
    size_t want_count;
    struct mf_box **boxes;            /* to be open before it is sent */
    size_t box_count;
    int attempts;                     /* handed out so far */
    mf_usec began;                    /* the first of them, when a run before made it; else 0 */
    mf_usec changed;                  /* when something of it was last seen */
    struct mf_flow_run *sentinel, *sentinel_of; /* the one that goes the same way later; NULL: none */
    bool released, complete;
};

/* A message on its way to some of a flow's recipients: all of them, or those of one domain by MX. */
struct mf_delivery {
    struct mf_flow_run *run;
    size_t *recipients;
    size_t recipient_count;
    struct mf_lane *lane;
    struct mf_delivery *next; /* in the lane's queue */
    int rounds;
    mf_usec first_try, due;
    bool fresh_token;         /* the login was refused once: a new token, then no more */
};

/* A record that its sources were asked for; decided: it is there, or not asked again. */
struct mf_row_run { const struct mf_dns_row *row; bool decided, there; };

struct mf_engine {
    const struct mf_plan *plan;
    struct mf_dns *dns;
    struct mf_journal *journal;
    const struct mf_evidence *before;
    struct mf_run_options options;
    struct mf_logins *logins;
    struct mf_resolver *resolver;
    struct mf_planned planned[2];
    size_t planned_count;
    struct mf_mark_index *marks;
    struct mf_map *raw_ids;      /* Message-ID → struct mf_flow_run: messages without marks */
    struct mf_arena *arena;      /* once threads run, under the lock */

    pthread_mutex_t lock;
    pthread_cond_t changed;      /* for the engine's thread */
    struct mf_flow_run *flows;
    size_t flow_count, open_flows; /* those not complete */
    struct mf_flow_run **by_index; /* by plan index: the one that sends, `of` followed; or NULL */
    struct mf_box *boxes;
    size_t box_count;
    struct mf_box **by_mailbox;  /* by mailbox index; NULL: not watched */
    struct mf_lane **lanes;
    size_t lane_count;
    size_t cap_count;
    struct mf_worker *workers;   /* all that were started, to be joined */
    mf_usec last_sent;
    bool stopping;               /* nothing more is begun */
    bool sending_over;           /* workers leave */
    bool has_needs;
    struct mf_row_run *rows;     /* of the sections that are not skipped */
    size_t row_count;
    struct mf_diag trouble;      /* the journal can't be written */
    bool failed;

    pthread_mutex_t event_lock;
};

/* Tells the progress callback. */
void mf_engine_tell(struct mf_engine *engine, enum mf_event_kind kind, const struct mf_flow *flow,
                    const struct mf_mailbox *mailbox, const char *words, mf_usec since, mf_usec until);
/* result of a mf_journal_… call: on trouble the run stops. Takes the lock. Returns result. */
int mf_engine_journaled(struct mf_engine *engine, int result, const struct mf_diag *d);
/* For pthread_cond_timedwait on conditions of mf_engine_cond_init. */
struct timespec mf_engine_time(mf_usec instant);
void mf_engine_cond_init(pthread_cond_t *condition);
bool mf_engine_stopped(const struct mf_engine *engine); /* Ctrl-C */

/* flows.c: who is to be sent, what is awaited. */
void mf_flows_build(struct mf_engine *engine);
/* Under the lock: what is known has changed. Sets live wants, completes the flow. */
void mf_flow_update(struct mf_engine *engine, struct mf_flow_run *run);
/* Under the lock: until when a want is looked for, 0: not known yet; MF_NEVER never. */
mf_usec mf_want_deadline(const struct mf_flow_run *run, const struct mf_want *want);
/* The same for what must not come: walks from when on count. */
mf_usec mf_want_looks_since(const struct mf_flow_run *run, const struct mf_want *want);
/* Under the lock: a copy was seen in a mailbox; a bounce was (true: it is one that is expected). */
void mf_flow_saw(struct mf_engine *engine, struct mf_flow_run *run, struct mf_box *box, enum mf_folder_use use, mf_usec at);
bool mf_flow_bounced(struct mf_engine *engine, struct mf_flow_run *run, struct mf_box *box, const struct mf_dsn *dsn, mf_usec at);
const struct mf_handover *mf_flow_handover(const struct mf_flow_run *run, const struct mf_recipient *recipient);
/* Under the lock: have all that it needs done what is expected of them? */
enum mf_needs { MF_NEEDS_MET, MF_NEEDS_OPEN, MF_NEEDS_BROKEN };
enum mf_needs mf_run_needs(const struct mf_engine *engine, const struct mf_flow *flow);

/* rows.c: starts asking for the records; under no lock. */
void mf_rows_build(struct mf_engine *engine);
struct mf_confirm *mf_rows_confirm(struct mf_engine *engine);

/* raw.c */
void mf_raw_build(struct mf_engine *engine);
struct mf_flow_run *mf_raw_find(const struct mf_engine *engine, struct mf_bytes raw); /* NULL: none of them */

/* sentinel.c */
/* Under the lock: when what must not come would have come, for the sentinel is there; 0: it is not. */
mf_usec mf_sentinel_word(const struct mf_flow_run *run);
/* Under the lock: may it go now? `at`: when to ask again at the latest. */
enum mf_sentinel_step { MF_SENTINEL_WAITS, MF_SENTINEL_GOES, MF_SENTINEL_NEVER };
enum mf_sentinel_step mf_sentinel_next(const struct mf_flow_run *sentinel, mf_usec now, mf_usec *at);

/* await.c: the engine's thread. */
void mf_engine_await(struct mf_engine *engine);

#endif
