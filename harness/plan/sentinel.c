/* Which flows have a sentinel, to whom it goes and where it must be seen. The contract is in plan.h. */
#include "plan/flow_internal.h"

#include <string.h>

mf_usec mf_sentinel_gap(mf_usec path)
{
    return 2 * path > MF_SENTINEL_QUIET ? 2 * path : MF_SENTINEL_QUIET;
}

mf_usec mf_sentinel_until(mf_usec accepted, mf_usec sentinel_accepted, mf_usec sentinel_seen)
{
    mf_usec path = sentinel_seen > sentinel_accepted ? sentinel_seen - sentinel_accepted : 0;
    mf_usec until = accepted + mf_sentinel_gap(path) + path;
    return until > sentinel_seen ? until : sentinel_seen;
}

bool mf_expects_absence(const struct mf_expect *expect)
{
    switch (expect->kind) {
    case MF_EXPECT_NEVER_AT:
    case MF_EXPECT_NOBODY:
    case MF_EXPECT_NOBODY_ELSE:
    case MF_EXPECT_NEVER_BOUNCE:
        return true;
    case MF_EXPECT_AT:
    case MF_EXPECT_ACCEPTED:
    case MF_EXPECT_REFUSED:
    case MF_EXPECT_DEFERRED:
    case MF_EXPECT_BOUNCE:
        break;
    }
    return false;
}

/* --- to whom --- */

static bool expects(const struct mf_flow *flow, enum mf_expect_kind kind)
{
    for (size_t i = 0; i < flow->expect_count; i++)
        if (flow->expects[i].kind == kind)
            return true;
    return false;
}

/* Nothing will be handed over for him: refused, or put off and not tried again. */
static bool is_turned_away(const struct mf_flow *flow, const struct mf_recipient *recipient)
{
    bool tried_again = expects(flow, MF_EXPECT_AT) || expects(flow, MF_EXPECT_ACCEPTED);
    for (size_t i = 0; i < flow->expect_count; i++) {
        const struct mf_expect *expect = &flow->expects[i];
        bool away = expect->kind == MF_EXPECT_REFUSED || (expect->kind == MF_EXPECT_DEFERRED && !tried_again);
        for (size_t k = 0; away && k < expect->recipient_count; k++)
            if (expect->recipients[k] == recipient)
                return true;
    }
    return false;
}

static void take_recipients(struct mf_binder *b, const struct mf_flow *flow, struct mf_flow *sentinel)
{
    sentinel->recipients = mf_alloc_array(b->arena, flow->recipient_count + 1, sizeof *sentinel->recipients);
    for (size_t i = 0; i < flow->recipient_count; i++)
        if (!is_turned_away(flow, &flow->recipients[i]))
            sentinel->recipients[sentinel->recipient_count++] = flow->recipients[i];
}

static const char *whole(struct mf_binder *b, const struct mf_flow *flow, const char *why)
{
    char within[32];
    return mf_format(b->arena, "%s, so all of %s is waited", why,
                     mf_duration_text(flow->within, within, sizeof within));
}

/* NULL: it may be sent. Nobody but the site's people is to get a second message. */
static const char *why_not(struct mf_binder *b, const struct mf_flow *flow, const struct mf_flow *sentinel)
{
    if (sentinel->recipient_count == 0)
        return "nothing is to be handed over, so two looks are enough";
    for (size_t i = 0; i < sentinel->recipient_count; i++) {
        const struct mf_recipient *recipient = &sentinel->recipients[i];
        bool ours = strchr(recipient->address, '@') && mf_site_is_ours(b->site, recipient->address);
        if (recipient->person)
            continue;
        if (!ours)
            return whole(b, flow, mf_format(b->arena, "%s is nobody of this site", recipient->address));
        if (!expects(flow, MF_EXPECT_AT))
            return whole(b, flow, mf_format(b->arena, "nothing says who gets mail for %s", recipient->address));
    }
    return NULL;
}

/* --- where it must be seen --- */

static void add_place(struct mf_binder *b, struct mf_flow *sentinel, size_t *capacity, const struct mf_mailbox *mailbox,
                      const char *folder)
{
    struct mf_expect *place = MF_PUSH(b->arena, sentinel->expects, sentinel->expect_count, *capacity);
    *place = (struct mf_expect){.kind = MF_EXPECT_AT,
                                .flow = sentinel,
                                .index = sentinel->expect_count - 1,
                                .place = sentinel->place,
                                .mailbox = mailbox,
                                .folder = folder,
                                .copies = 1,
                                .late = sentinel->late,
                                .within = sentinel->within};
}

static bool is_covered(const struct mf_flow *sentinel, const struct mf_person *person)
{
    for (size_t i = 0; i < sentinel->expect_count; i++)
        if (sentinel->expects[i].mailbox->person == person)
            return true;
    return false;
}

/* A folder that the scenario names may be the message's own, by a filter: the sentinel comes in as usual. */
static void take_places(struct mf_binder *b, const struct mf_flow *flow, struct mf_flow *sentinel)
{
    size_t capacity = 0;
    for (size_t i = 0; i < flow->expect_count; i++) {
        const struct mf_expect *expect = &flow->expects[i];
        if (expect->kind != MF_EXPECT_AT)
            continue;
        add_place(b, sentinel, &capacity, expect->mailbox, expect->folder);
        if (expect->folder_given && strcmp(expect->folder, "inbox") != 0)
            add_place(b, sentinel, &capacity, expect->mailbox, "inbox");
    }
    for (size_t i = 0; i < sentinel->recipient_count; i++) {
        const struct mf_person *person = sentinel->recipients[i].person;
        const struct mf_mailbox *main =
            person && !is_covered(sentinel, person) ? mf_person_mailbox(person, NULL) : NULL;
        if (main)
            add_place(b, sentinel, &capacity, main, "inbox");
    }
}

/* --- the message --- */

static void name(struct mf_binder *b, const struct mf_flow *flow, struct mf_flow *sentinel)
{
    const char *const parts[] = {"sentinel", flow->id};
    char id[13], token[13];
    mf_identity_flow(b->identity, parts, 2, id);
    mf_identity_token(b->identity, id, token);
    sentinel->name = mf_format(b->arena, "Sentinel of %s", flow->name);
    sentinel->id = mf_copy(b->arena, id);
    sentinel->token = mf_copy(b->arena, token);
    sentinel->message = (struct mf_message_plan){
        .subject = mf_format(b->arena, "Sentinel [%s]", sentinel->token),
        .text = mf_format(b->arena,
                          "This message shows that the way was open after another one that must not arrive.\n"
                          "Nobody needs to answer it.\n"
                          "mailflow test message, run %s, token %s\n"
                          "Flow: %s\n",
                          b->options->run ? b->options->run : "", sentinel->token, sentinel->name)};
}

static void decide(struct mf_binder *b, struct mf_flow *flow)
{
    struct mf_flow *sentinel = mf_alloc(b->arena, sizeof *sentinel);
    *sentinel = (struct mf_flow){.sentinel_of = flow,
                                 .place = flow->place,
                                 .index = flow->index,
                                 .section = flow->section,
                                 .from_person = flow->from_person,
                                 .from_application = flow->from_application,
                                 .from = flow->from,
                                 .mail_from = flow->mail_from,
                                 .kind = flow->kind,
                                 .via = flow->via,
                                 .resolve = flow->resolve,
                                 .late = flow->late,
                                 .within = flow->within,
                                 .settle = flow->settle};
    take_recipients(b, flow, sentinel);
    flow->no_sentinel = why_not(b, flow, sentinel);
    if (flow->no_sentinel)
        return;
    take_places(b, flow, sentinel);
    name(b, flow, sentinel);
    if (sentinel->expect_count)
        flow->sentinel = sentinel;
    else
        flow->no_sentinel = whole(b, flow, "no mailbox that can be read would get it");
}

static bool is_sent(const struct mf_flow *flow)
{
    return !flow->skip && !flow->section->skip && !flow->not_built;
}

void mf_plan_sentinels(struct mf_binder *b)
{
    struct mf_plan *plan = b->plan;
    bool *wanted = mf_alloc_array(b->arena, plan->flow_count + 1, sizeof *wanted);
    for (size_t i = 0; i < plan->flow_count; i++) {
        const struct mf_flow *flow = &plan->flows[i], *sender = mf_flow_origin(flow);
        for (size_t k = 0; is_sent(flow) && k < flow->expect_count; k++)
            wanted[sender->index] |= mf_expects_absence(&flow->expects[k]);
    }
    for (size_t i = 0; i < plan->flow_count; i++)
        if (wanted[i] && is_sent(&plan->flows[i]) && plan->flows[i].via)
            decide(b, &plan->flows[i]);
}
