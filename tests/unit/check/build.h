/* For tests of judging: a small world by hand. A site as in the README (gateway, primary, secondary,
 * outside; alice, bob, probe; crm, billing), flows between them, and what was seen of each.
 *
 * Times: messages are accepted at BUILD_START; copies come 10 ms later unless said; every mailbox was
 * looked through twice after all deadlines, unless it is made unreadable; it is judged an hour later.
 */
#ifndef CHECK_BUILD_H
#define CHECK_BUILD_H

#include "mailflow/diagnose.h"
#include "unit/auth/signing.h"

#define BUILD_SELECTOR "TM-DKIM-20180222144920"
#define BUILD_KEY_NAME BUILD_SELECTOR "._domainkey.net-it.com"

#define BUILD_START ((mf_usec)1795401101 * MF_SECOND)
#define BUILD_LATE (2 * MF_SECOND)
#define BUILD_WITHIN (10 * MF_SECOND)

struct build {
    struct mf_arena *arena;
    struct mf_plan *plan;
    struct mf_evidence *evidence;
    mf_usec now;
    const struct signing_key *signer; /* the gateway's; NULL: it does not sign */
    const struct mf_facts *facts;     /* after build_judge */
    const struct mf_verdict *verdict;
};

struct build *build_new(void);
void build_free(struct build **build);

/* from: a person or an application; to: a person or an address. The expectation is the recipient's
 * main mailbox, with the defaults of the language; none for an address that is nobody's. */
struct mf_flow *build_flow(struct build *b, const char *name, const char *from, const char *to);
/* Looks again at the message of `of`, at a mailbox. */
struct mf_flow *build_again(struct build *b, const char *name, struct mf_flow *of, const char *mailbox);
struct mf_expect *build_expect(struct build *b, struct mf_flow *flow, enum mf_expect_kind kind, const char *mailbox);
/* The flow's sentinel, to its recipient; to be made after all flows. It must be seen at that mailbox. */
struct mf_flow *build_sentinel(struct build *b, struct mf_flow *flow, const char *mailbox);
/* When every folder was walked, instead of long after all deadlines. */
void build_walks(struct build *b, mf_usec first, mf_usec second);
/* A bounce about the flow's message; report: fields about the recipient. */
struct mf_rec_copy *build_bounce(struct build *b, struct mf_flow *flow, const char *mailbox, const char *fields);
void build_rule(struct build *b, struct mf_flow *flow, const char *finding, enum mf_severity severity);
const struct mf_mailbox *build_mailbox(struct build *b, const char *label);

/* What was handed over: the message that build_message gives, or this one. */
const char *build_message(struct build *b, const struct mf_flow *flow);
void build_accept(struct build *b, struct mf_flow *flow, const char *message);
void build_refuse(struct build *b, struct mf_flow *flow, const char *phase, int code, const char *enhanced,
                  const char *text);
void build_defer(struct build *b, struct mf_flow *flow, int code, const char *text, mf_usec retry_at);
void build_trouble(struct build *b, struct mf_flow *flow, const char *stage, const char *words);
void build_lose(struct build *b, struct mf_flow *flow); /* connection lost after the data */

/* A copy: message NULL = as sent, with the Received fields of its usual way. */
struct mf_rec_copy *build_copy(struct build *b, struct mf_flow *flow, const char *mailbox, const char *folder,
                               const char *message);
/* As sent, with this in front (Received fields, signatures) and this behind the body. */
const char *build_received(struct build *b, const struct mf_flow *flow, const char *front, const char *behind);
/* The same, signed by b->signer before front and behind are added. */
const char *build_signed(struct build *b, const struct mf_flow *flow, const char *front, const char *behind);
void build_publish(struct build *b, const struct signing_key *key);
extern const char build_through_gateway[]; /* Received fields */
extern const char build_inside_only[];

void build_unreadable(struct build *b, const char *mailbox, const char *stage, const char *said); /* never opened */
void build_lost(struct build *b, const char *mailbox);               /* opened, then a gap */
void build_not_searched_again(struct build *b, const char *mailbox); /* no scan after the deadlines */

void build_judge(struct build *b);
const struct mf_finding *build_finding(const struct build *b, const char *id); /* NULL: not told */
size_t build_findings(const struct build *b, const char *id);
const struct mf_fact *build_fact(const struct build *b, const struct mf_flow *flow, const char *id);
enum mf_outcome build_outcome(const struct build *b, const struct mf_flow *flow);
const char *build_detail(const struct build *b, const struct mf_flow *flow);
bool build_hits(const struct mf_finding *finding, const struct mf_flow *flow);

/* The whole post-go-live checklist of the README, all well. */
struct checklist {
    struct mf_flow *internal, *inbound, *outbound, *crm_in, *crm_out, *billing_in, *billing_out;
    struct mf_flow *copy_inbound, *copy_outbound, *copy_crm, *copy_billing;
};
struct checklist build_checklist(struct build *b); /* flows and acceptance; no copies yet */
void build_main_copies(struct build *b,
                       const struct checklist *list); /* at main mailboxes; signed where b->signer is set */
void build_secondary_copies(struct build *b, const struct checklist *list, bool inbound, bool outbound);

#endif
