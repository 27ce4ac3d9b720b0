/* Room run, inside: senders. A lane is one connection identity (door or domain, login, EHLO name,
 * source address, TLS) with a queue; its workers each hold one session. A cap is what a server
 * allows over all lanes that lead to it: connections at once, messages a minute.
 */
#ifndef RUN_LANE_INTERNAL_H
#define RUN_LANE_INTERNAL_H

#include "mailflow/smtp.h"
#include "run/engine_internal.h"

struct mf_target { const char *host, *address; int port; enum mf_tls_mode tls_mode; const struct mf_tls *tls; const char *source; };
/* Where a lane leads: addresses in the order to be tried. */
struct mf_route { struct mf_target *targets; size_t count; struct mf_diag why; /* none */ bool temporary; };

struct mf_cap {
    const char *key;
    int active, most;
    bool starving;       /* a lane waits for a connection of another */
    size_t busy;         /* flows' messages that are due or on their way; sentinels don't count */
    mf_usec last_sent;   /* the newest of them that was handed over */
    mf_usec *recent;     /* ring of the last `rate` sends */
    size_t rate, next;   /* rate 0: unlimited */
};
struct mf_lane {
    const char *key;
    const struct mf_via *via;
    const char *domain;  /* by MX */
    struct mf_resolver *resolver; /* NULL: the engine's */
    struct mf_cap *cap;
    struct mf_delivery *first, *last; /* due now */
    struct mf_delivery *later;        /* by due */
    size_t waiting;                   /* in first…last */
    int workers, idle;
    pthread_cond_t wake;
    struct mf_route *route;           /* NULL: not resolved yet */
    mf_usec route_until;
    const char **down;                /* addresses that did not answer, tried last */
    size_t down_count, down_capacity;
};
struct mf_worker {
    struct mf_engine *engine;
    struct mf_lane *lane;
    pthread_t thread;
    struct mf_smtp *session;     /* written under the lock */
    const struct mf_target *target; /* that the session leads to */
    struct mf_worker *next;
};

/* Under the lock. */
void mf_lanes_build(struct mf_engine *engine);
void mf_lane_queue(struct mf_engine *engine, struct mf_delivery *delivery, mf_usec due);
void mf_lanes_end(struct mf_engine *engine, bool interrupt); /* workers leave as soon as they can */
/* Starts what became due; when the next will. */
mf_usec mf_lanes_tick(struct mf_engine *engine, mf_usec now);
/* Not under the lock. */
void mf_lanes_join(struct mf_engine *engine);

/* send.c: one try of a delivery over all its targets; queues it again when there is more to do. */
void mf_send_delivery(struct mf_worker *worker, struct mf_delivery *delivery);
void mf_worker_drop_session(struct mf_worker *worker);

/* attempt.c: a message composed, written down, and what came of it written down. */
struct mf_attempt_run {
    struct mf_delivery *delivery;
    int number;
    struct mf_smtp_recipient *recipients;
    size_t recipient_count;
    size_t *indexes;      /* in the flow */
    struct mf_text message;
    const char *message_id;
    mf_usec concluded;    /* as the journal has it */
    struct mf_diag unfit; /* why it could not be composed */
    struct mf_arena *arena;
};
/* -1 only when the journal can't be written. */
int mf_attempt_begin(struct mf_engine *engine, struct mf_delivery *delivery, const char *via, const char *peer,
                     struct mf_attempt_run *attempt, struct mf_diag *d);
/* On disk: from now on the message may be taken. false: it can't be written, so nothing may be sent. */
bool mf_attempt_data(struct mf_engine *engine, const struct mf_attempt_run *attempt);
void mf_attempt_release(struct mf_attempt_run *attempt);
int mf_attempt_record(struct mf_engine *engine, struct mf_attempt_run *attempt, const struct mf_smtp_sent *sent,
                      const struct mf_diag *trouble, mf_usec retry_at);
/* Under the lock: the recipients' states after it. */
void mf_attempt_settle(struct mf_engine *engine, const struct mf_attempt_run *attempt, const struct mf_smtp_sent *sent, mf_usec retry_at);

/* command.c: handing over to a command. Fills *sent like SMTP does; phase is told as "COMMAND". */
void mf_command_send(struct mf_worker *worker, struct mf_attempt_run *attempt, mf_usec deadline, struct mf_smtp_sent *sent, struct mf_diag *d);

/* resolve.c */
struct mf_resolver *mf_resolver_new(struct mf_dns *dns);
void mf_resolver_free(struct mf_resolver **resolver);
/* Addresses of a host, NULL-terminated, those without a route last; NULL: *why says, and *temporary
 * whether DNS itself failed. Kept for a minute. Valid as long as the resolver. */
const char **mf_resolve(struct mf_resolver *resolver, const char *host, mf_usec deadline, const char **why, bool *temporary);
/* A local address of the same family as `address`: the source itself or one of a name; NULL none. */
const char *mf_resolve_source(struct mf_resolver *resolver, const char *source, const char *address, mf_usec deadline);
const struct mf_mx_route *mf_resolve_mx(struct mf_resolver *resolver, const char *domain, unsigned seed, mf_usec deadline);
/* planned.c: while threads are not running yet. NULL: live DNS. */
struct mf_resolver *mf_planned_resolver(struct mf_engine *engine, const struct mf_dns_table *table);
void mf_planned_release(struct mf_engine *engine);
/* route.c */
const struct mf_route *mf_route_find(struct mf_engine *engine, struct mf_lane *lane, mf_usec deadline);

/* record.c: values of transport as records. Pointers go into what is given. */
struct mf_rec_tls mf_record_tls(const struct mf_tls_seen *seen);

#endif
