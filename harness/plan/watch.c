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

/* Who takes part, by person index: sends, is addressed, or is expected to get something. */
static void take_part(const struct mf_site *site, bool *parts, const struct mf_person *person)
{
    if (person)
        parts[person - site->people] = true;
}

static bool *participants(struct mf_binder *b)
{
    bool *parts = mf_alloc_array(b->arena, b->site->person_count + 1, sizeof *parts);
    for (size_t i = 0; i < b->plan->flow_count; i++) {
        const struct mf_flow *flow = &b->plan->flows[i];
        take_part(b->site, parts, flow->from_person);
        for (size_t k = 0; k < flow->recipient_count; k++)
            take_part(b->site, parts, flow->recipients[k].person);
        for (size_t k = 0; k < flow->expect_count; k++)
            take_part(b->site, parts, flow->expects[k].mailbox ? flow->expects[k].mailbox->person : NULL);
    }
    return parts;
}

/* Mail for one may go to another: whoever takes part is watched at every server where something is expected. */
static void watch_neighbours(struct mf_binder *b)
{
    const struct mf_site *site = b->site;
    const bool *parts = participants(b);
    bool *wanted = mf_alloc_array(b->arena, site->server_count + 1, sizeof *wanted);
    for (size_t i = 0; i < site->mailbox_count; i++)
        if (b->plan->watch[i])
            wanted[site->mailboxes[i].server - site->servers] = true;
    for (size_t i = 0; i < site->mailbox_count; i++)
        if (wanted[site->mailboxes[i].server - site->servers] && parts[site->mailboxes[i].person - site->people])
            b->plan->watch[i] = true;
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
    case MF_EXPECT_BOUNCE:
    case MF_EXPECT_NEVER_BOUNCE:
        if (expect->bounces_at)
            plan->watch[expect->bounces_at->index] = true;
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
        for (size_t j = 0; flow->sentinel && j < flow->sentinel->expect_count; j++)
            watch_expect(plan, &flow->sentinel->expects[j]);
    }
    watch_neighbours(b);
    for (size_t i = 0; plan->needs_nobody && i < b->site->mailbox_count; i++)
        plan->watch[i] = true;
}
