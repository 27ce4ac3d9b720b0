/* Room check: what every check shares: the case in hand (one expectation with its evidence), messages
 * parsed once, and how facts are stated. Private to harness/check.
 */
#ifndef CHECK_INTERNAL_H
#define CHECK_INTERNAL_H

#include "mailflow/changes.h"
#include "mailflow/check.h"
#include "mailflow/dmarc.h"
#include "mailflow/map.h"
#include "mailflow/message.h"
#include "mailflow/received.h"

/* One message as received or sent, with what was worked out about it; by blob hash, so that each
 * is parsed and verified once. */
struct mf_seen {
    struct mf_bytes raw;
    const struct mf_message *message;
    const struct mf_dkim *dkim; /* NULL until asked for */
    const struct mf_spf *spf;
    bool spf_judged; /* for the client that the border saw; NULL: it names none */
    const struct mf_dmarc *dmarc;
    const struct mf_received **path;
    size_t path_count;
    bool path_read;
    struct mf_part *parts;
    size_t part_count;
    bool parts_read;
    const char *text;                   /* body as text, NULL until asked for */
    const struct mf_seen *changed_from; /* what it was held against last */
    const struct mf_changes *changes;
    const struct mf_dsn *dsn;           /* NULL: it is no bounce */
    bool dsn_read;
};

/* One expectation and all that the evidence says about it. */
struct mf_case {
    const struct mf_expect *expect;
    const struct mf_flow *flow;              /* whose row it is */
    const struct mf_flow *message;           /* whose message: flow->of, or flow itself */
    const struct mf_flow_evidence *evidence; /* of that message; NULL: nothing happened yet */
    const struct mf_recipient *recipient;    /* through whom the mailbox is reached; NULL: none */
    struct mf_handing handing;
    mf_usec first_intent;      /* 0: never tried */
    mf_usec late_at, deadline; /* 0: not accepted yet */
    const struct mf_arrival **copies;
    size_t copy_count, copy_capacity; /* in the mailbox expected */
    const struct mf_arrival *arrival; /* the one to look at, NULL: none */
    const struct mf_attempt *sent;    /* as which it was sent, NULL: not known */
};

/* A table of the site laid over the recorded answers: what flows with `resolve` are judged by. */
struct mf_check_planned { const struct mf_dns_table *table; struct mf_dns *dns; };

struct mf_check_cache {
    struct mf_check_planned planned[2];
    size_t planned_count;
    struct mf_map *blobs;                  /* hash → struct mf_seen */
    const struct mf_flow_evidence **flows; /* by flow index */
    const struct mf_flow **senders;        /* by flow index: `of` followed to its end */
    const struct mf_flow **next_look;      /* by flow index: see mf_next_look */
    struct mf_case now;
};

struct mf_check_cache *mf_check_cache_new(struct mf_check_context *context);
void mf_check_cache_release(struct mf_check_context *context);
/* The next flow that looks at the same message (mf_plan_looks), or NULL. */
const struct mf_flow *mf_next_look(const struct mf_check_context *context, const struct mf_flow *flow);
/* By what the names of the case in hand are answered: the evidence, or a table of the site and then the evidence. */
struct mf_dns *mf_case_dns(struct mf_check_context *context);
/* Prepares the case of an expectation; valid until the next call. */
void mf_case_prepare(struct mf_check_context *context, const struct mf_expect *expect);
const struct mf_case *mf_case(const struct mf_check_context *context);
/* A bounce, which is no copy of ours even if it quotes it; NULL: it is none. */
const struct mf_dsn *mf_seen_dsn(struct mf_check_context *context, const struct mf_arrival *arrival);
bool mf_is_bounce(struct mf_check_context *context, const struct mf_arrival *arrival);
/* "inbox", "junk" … or a name: is an arrival there? */
bool mf_in_folder(const struct mf_arrival *arrival, const char *folder);
/* Until when has to be looked to say that something of this message did not come? The contract of sentinels
 * is in plan.h. */
struct mf_absence {
    mf_usec until;             /* 0: the message is not accepted */
    bool by_sentinel;
    const char *words;         /* what the sentinel said, "" without one */
    const struct mf_flow_evidence *sentinel; /* NULL: none was tried */
};
struct mf_absence mf_absence_of(struct mf_check_context *context, const struct mf_case *at);
/* Is a mailbox among those in which the sentinel must be seen? */
bool mf_sentinel_belongs(const struct mf_flow *sentinel, const struct mf_mailbox *mailbox);

/* What the mailbox calls the folder for the use that is expected ("Sent Items"); NULL: no folder has it, so
 * that "sent" is a name like another. */
const char *mf_folder_of_use(const struct mf_check_context *context, const struct mf_expect *expect);
bool mf_where_expected(const struct mf_check_context *context, const struct mf_expect *expect,
                       const struct mf_arrival *arrival);
/* How handing over to one recipient went; `of` flows: of the message looked at. */
struct mf_handing mf_case_handing(const struct mf_check_context *context, const struct mf_flow *flow,
                                  const char *address);

const struct mf_seen *mf_seen_arrival(struct mf_check_context *context, const struct mf_arrival *arrival);
/* The message to hold against what was sent: out of the journal report that it came in, if it did. */
const struct mf_seen *mf_seen_copy(struct mf_check_context *context, const struct mf_case *at);
const struct mf_seen *mf_seen_sent(struct mf_check_context *context, const struct mf_attempt *attempt);
const struct mf_dkim *mf_seen_dkim(struct mf_check_context *context, const struct mf_seen *seen, mf_usec at);
const struct mf_received **mf_seen_path(struct mf_check_context *context, const struct mf_seen *seen, size_t *count);
const struct mf_part *mf_seen_parts(struct mf_check_context *context, const struct mf_seen *seen, size_t *count);
const char *mf_seen_text(struct mf_check_context *context, const struct mf_seen *seen);
/* What was changed between two states; worked out once for a message held against the same one again. */
const struct mf_changes *mf_seen_changes(struct mf_check_context *context, const struct mf_seen *before,
                                         const struct mf_seen *after);

/* States a fact about the case in hand. Valid until the next one. brief and text are formatted into
 * the arena by the caller (mf_format). */
struct mf_fact *mf_fact_add(struct mf_check_context *context, const char *id, enum mf_fact_state state,
                            enum mf_segment segment, const char *scope, const char *brief, const char *text);
void mf_fact_show(struct mf_check_context *context, struct mf_fact *fact, enum mf_exhibit_kind kind, const char *title,
                  const char *text);

/* The same message where it matters first: in the same person's main mailbox, else in another's
 * (an outbound copy: the recipient's). NULL: no such copy was seen. */
const struct mf_arrival *mf_main_copy(struct mf_check_context *context, const struct mf_case *at);

/* States how handing over to a recipient went, when it should have been accepted. */
void mf_state_handing(struct mf_check_context *context, const struct mf_recipient *recipient,
                      const struct mf_handing *handing);
/* "09:04:57", local time, as the report's head has it. */
const char *mf_clock_words(struct mf_arena *arena, mf_usec at);
/* "550 5.1.1 User unknown" in arena; "no reply" without code. */
const char *mf_reply_words(struct mf_arena *arena, const struct mf_rec_reply *reply);
/* The hops of a message, one a line, in order of travel. */
const char *mf_hop_table(struct mf_check_context *context, const struct mf_arrival *arrival);
/* The hosts that took it, in order of travel: "in.hes.trendmicro.com, mail.net-it.com". */
const char *mf_way_words(struct mf_check_context *context, const struct mf_arrival *arrival);
/* Words for the door: "primary submission". */
const char *mf_door_words(const struct mf_flow *flow);

/* The checks, in order of custody. */
extern const struct mf_check mf_check_handed, mf_check_accepted, mf_check_refused, mf_check_deferred, mf_check_bounced, mf_check_bounce,
    mf_check_no_bounce, mf_check_wellformed, mf_check_loop, mf_check_clock, mf_check_predicted, mf_check_distrusted, mf_check_arrived, mf_check_absent,
    mf_check_astray, mf_check_where,
    mf_check_copies, mf_check_path, mf_check_dkim, mf_check_dkim_notes, mf_check_spf, mf_check_dmarc, mf_check_fields, mf_check_answers,
    mf_check_body, mf_check_attachments, mf_check_headers, mf_check_pair;

bool mf_expects_arrival(const struct mf_expect *expect); /* kind AT */

#endif
