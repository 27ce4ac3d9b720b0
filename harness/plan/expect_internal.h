/* Inside room plan: expectations between their keys and the plan. */
#ifndef MAILFLOW_PLAN_EXPECT_INTERNAL_H
#define MAILFLOW_PLAN_EXPECT_INTERNAL_H

#include "plan/flow_internal.h"

/* Numbers of keys in the form of an expectation. */
enum mf_expect_key {
    MF_KEY_AT, MF_KEY_NEVER, MF_KEY_NOBODY, MF_KEY_NOBODY_ELSE, MF_KEY_ACCEPTED, MF_KEY_REFUSED, MF_KEY_DEFERRED,
    MF_KEY_BOUNCE, MF_KEY_KINDS, MF_KEY_FOR = MF_KEY_KINDS, MF_KEY_FOLDER,
};

/* What its keys are bound into: the pattern that each mailbox of `at: [bob, carol]` gets a copy of. */
struct mf_expect_draft {
    struct mf_expect pattern;
    const struct mf_mailbox **mailboxes;
    size_t mailbox_count, severity_capacity;
    bool never_bounce; /* `never` names it, perhaps beside mailboxes */
};

extern const struct mf_table mf_expect_kind_table, mf_expect_detail_table; /* the form, in this order */
mf_key_bind mf_expect_bounce; /* expect_bounce.c */
/* Where bounces of the flow at work come, unless the expectation says so. False: told. */
bool mf_expect_bounces_at(struct mf_binder *b, struct mf_expect *expect);
mf_key_bind mf_expect_like, mf_expect_capture;
mf_key_bind mf_expect_dkim, mf_expect_spf, mf_expect_dmarc, mf_expect_arc; /* expect_auth.c */
/* A mailbox by "PERSON [SERVER]"; more: other words that would be right there, or NULL. False: told. */
bool mf_bind_mailbox(struct mf_binder *b, const struct mf_value *value, struct mf_words *more,
                     const struct mf_mailbox **mailbox);

#endif
