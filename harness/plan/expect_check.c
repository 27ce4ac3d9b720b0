/* Expectations as a whole: do they fit together, and is anybody forgotten? */
#include "plan/expect_internal.h"

#include <string.h>

/* Was `expect` written further in than `to`? Then it is what has to change. */
static const struct mf_node *inner_expect(const struct mf_flow_draft *draft)
{
    for (const struct mf_level *level = draft->level; level; level = level->outer) {
        if (level->value[MF_FLOW_TO] || level->value[MF_FLOW_CC] || level->value[MF_FLOW_BCC])
            return NULL;
        if (level->value[MF_FLOW_EXPECT])
            return level->value[MF_FLOW_EXPECT];
    }
    return NULL;
}

static void check_covered(struct mf_binder *b)
{
    const struct mf_flow_draft *draft = b->draft;
    const struct mf_flow *flow = draft->flow;
    const struct mf_node *inner = inner_expect(draft);
    for (size_t i = 0; i < flow->recipient_count; i++) {
        const struct mf_recipient *recipient = &flow->recipients[i];
        if (!recipient->person || draft->covered[i])
            continue;
        mf_tell(b, inner ? inner->place : recipient->place,
                mf_format(b->arena, "add \"%s\" to expect, or say there what else becomes of that mail",
                          recipient->person->name),
                "%s is addressed, but no expectation says what becomes of it", recipient->person->name);
    }
}

static bool same_mailbox(const struct mf_expect *a, const struct mf_expect *b)
{
    return a->mailbox && a->mailbox == b->mailbox;
}

static void check_pair(struct mf_binder *b, const struct mf_expect *one, const struct mf_expect *other)
{
    const char *label = one->mailbox ? one->mailbox->label : other->mailbox ? other->mailbox->label : "";
    if (same_mailbox(one, other) && one->kind != other->kind)
        mf_tell(b, other->place, "keep one of the two", "%s is expected to get it and never to get it", label);
    else if (same_mailbox(one, other) && one->kind == MF_EXPECT_AT && strcmp(one->folder, other->folder) == 0)
        mf_tell(b, other->place, "copies: 2 says that two copies are right", "%s is expected twice", label);
    else if ((one->kind == MF_EXPECT_NOBODY && other->kind == MF_EXPECT_AT) ||
             (one->kind == MF_EXPECT_AT && other->kind == MF_EXPECT_NOBODY))
        mf_tell(b, other->place, "perhaps \"nobody else\"?", "\"nobody\" and an arrival at %s can't both hold", label);
    else if ((one->kind == MF_EXPECT_BOUNCE && other->kind == MF_EXPECT_NEVER_BOUNCE) ||
             (one->kind == MF_EXPECT_NEVER_BOUNCE && other->kind == MF_EXPECT_BOUNCE))
        mf_tell(b, other->place, "keep one of the two", "a bounce is expected, and expected not to come");
}

/* Quadratic, so only where somebody wrote them by hand. */
#define PAIRS_MAX 200

static void check_pairs(struct mf_binder *b)
{
    const struct mf_flow *flow = b->draft->flow;
    for (size_t i = 1; i < flow->expect_count && i < PAIRS_MAX; i++)
        for (size_t j = 0; j < i; j++)
            check_pair(b, &flow->expects[j], &flow->expects[i]);
}

void mf_expect_check(struct mf_binder *b)
{
    const struct mf_flow_draft *draft = b->draft;
    if (draft->broken[MF_FLOW_EXPECT] || draft->broken[MF_FLOW_TO] || draft->of_broken || !draft->covered)
        return;
    check_pairs(b);
    if (!draft->of_node && !draft->absent)
        check_covered(b);
}
