/* Which mailboxes have to be open before the first message leaves. */
#include "plan/flow_internal.h"

#include <string.h>

static void watch_person(struct mf_plan *plan, const struct mf_person *person)
{
    const struct mf_mailbox *main = person ? mf_person_mailbox(person, NULL) : NULL;
    if (main)
        plan->watch[main->index] = true;
}

/* What is missing may lie at the server that had the mailboxes before. */
static void watch_old(struct mf_plan *plan, const struct mf_person *person)
{
    for (size_t i = 0; person && i < person->mailbox_count; i++)
        if (person->mailboxes[i]->server->role == MF_ROLE_OLD)
            plan->watch[person->mailboxes[i]->index] = true;
}

static void watch_expect(struct mf_plan *plan, const struct mf_expect *expect)
{
    switch (expect->kind) {
    case MF_EXPECT_AT:
        watch_old(plan, expect->mailbox->person);
        plan->watch[expect->mailbox->index] = true;
        break;
    case MF_EXPECT_NEVER_AT:
        plan->watch[expect->mailbox->index] = true;
        break;
    case MF_EXPECT_NOBODY:
    case MF_EXPECT_NOBODY_ELSE:
        plan->needs_nobody = true;
        break;
    case MF_EXPECT_ACCEPTED:
    case MF_EXPECT_REFUSED:
    case MF_EXPECT_DEFERRED:
        break;
    }
}

/* Bounces come back to the envelope sender. */
static void watch_sender(struct mf_binder *b, const struct mf_flow *flow)
{
    if (flow->mail_from && flow->mail_from[0] && !flow->of)
        watch_person(b->plan, mf_site_person_at(b->site, flow->mail_from));
}

void mf_plan_watch(struct mf_binder *b)
{
    struct mf_plan *plan = b->plan;
    plan->watch = mf_alloc_array(b->arena, b->site->mailbox_count + 1, sizeof *plan->watch);
    for (size_t i = 0; i < plan->flow_count; i++) {
        const struct mf_flow *flow = &plan->flows[i];
        if (flow->skip || flow->not_built)
            continue;
        watch_sender(b, flow);
        for (size_t j = 0; j < flow->expect_count; j++)
            watch_expect(plan, &flow->expects[j]);
    }
    for (size_t i = 0; plan->needs_nobody && i < b->site->mailbox_count; i++)
        plan->watch[i] = true;
}
