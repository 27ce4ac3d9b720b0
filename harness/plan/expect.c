/* Expectations: each is one thing, with its details; all of them into the flow. */
#include "plan/expect_internal.h"

#include <string.h>

const struct mf_form mf_form_expect = {"an expectation",
                                       "an item of \"expect\": {at: …}",
                                       MF_IN_SCENARIO,
                                       {&mf_expect_kind_table, &mf_expect_detail_table}};

/* Which kinds a detail goes with, as bits of enum mf_expect_key. */
static unsigned kinds_of_detail(const char *name)
{
    const unsigned replies = 1u << MF_KEY_ACCEPTED | 1u << MF_KEY_REFUSED | 1u << MF_KEY_DEFERRED;
    if (strcmp(name, "severity") == 0)
        return ~0u;
    if (strcmp(name, "for") == 0)
        return replies | 1u << MF_KEY_BOUNCE;
    if (strcmp(name, "late") == 0 || strcmp(name, "within") == 0)
        return ~replies;
    return 1u << MF_KEY_AT;
}

/* Exactly one of the kinds; -1: not so, told. */
static int find_kind(struct mf_binder *b, const struct mf_given *given)
{
    int kind = -1;
    for (int i = 0; i < MF_KEY_KINDS; i++) {
        if (!given->value[i] && !given->broken[i])
            continue;
        if (kind >= 0) {
            mf_tell(b, given->key[i] ? given->key[i]->place : given->node->place, "make two items of them",
                    "an expectation is one thing: \"%s\" and \"%s\" are both here",
                    mf_expect_kind_table.keys[kind].name, mf_expect_kind_table.keys[i].name);
            return -1;
        }
        kind = i;
    }
    if (kind < 0 && !given->strange && !given->node->refused)
        mf_tell(b, given->node->place, "at: PERSON, or never, nobody, accepted, refused, deferred, bounce",
                "this says nothing of what is expected: \"at\" is missing");
    return kind;
}

static bool check_details(struct mf_binder *b, const struct mf_given *given, int kind)
{
    const struct mf_key *key;
    for (size_t i = MF_KEY_KINDS; (key = mf_form_key(given->form, i)); i++)
        if (given->value[i] && !(kinds_of_detail(key->name) & (1u << kind)))
            return mf_tell(b, given->key[i]->place,
                           mf_format(b->arena, "it goes with \"%s\"", strcmp(key->name, "for") ? "at" : "refused"),
                           "\"%s\" has no meaning with \"%s\"", key->name, mf_expect_kind_table.keys[kind].name);
    return true;
}

static bool bind_map(struct mf_binder *b, const struct mf_node *node, struct mf_expect_draft *draft)
{
    struct mf_given given;
    if (!mf_keys_read(b, &mf_form_expect, node, &given))
        return false;
    int kind = find_kind(b, &given);
    bool good = kind >= 0 && !given.strange && check_details(b, &given, kind);
    const struct mf_key *key;
    for (size_t i = 0; (key = mf_form_key(given.form, i)); i++) {
        if (given.value[i])
            good &= mf_key_call(b, key, given.key[i], given.value[i], draft);
        good &= !given.broken[i];
        if (given.value[i] && (key->flags & MF_KEY_LATER))
            mf_not_built(b, key->name, given.key[i]->place);
    }
    return good;
}

/* "nobody else", "refused" …: a kind that stands alone. */
static bool bind_bare_kind(struct mf_binder *b, const struct mf_node *node, const struct mf_value *value,
                           struct mf_expect_draft *draft, bool *found)
{
    struct mf_node nothing = {.kind = MF_NODE_TEXT, .place = node->place, .text = "", .empty = true};
    for (size_t i = 0; i < MF_KEY_KINDS; i++)
        if ((mf_expect_kind_table.keys[i].flags & MF_KEY_FLAG) &&
            strcmp(mf_expect_kind_table.keys[i].name, value->text) == 0) {
            *found = true;
            if (mf_expect_kind_table.keys[i].flags & MF_KEY_LATER)
                mf_not_built(b, mf_expect_kind_table.keys[i].name, node->place);
            return mf_key_call(b, &mf_expect_kind_table.keys[i], node, &nothing, draft);
        }
    *found = false;
    return true;
}

static bool bind_bare(struct mf_binder *b, const struct mf_node *node, struct mf_expect_draft *draft)
{
    struct mf_value value;
    bool found;
    if (!mf_bind_value(b, node, &value))
        return false;
    bool good = bind_bare_kind(b, node, &value, draft, &found);
    if (found)
        return good;
    struct mf_words kinds = {.arena = b->arena};
    for (size_t i = 0; i < MF_KEY_KINDS; i++)
        if (mf_expect_kind_table.keys[i].flags & MF_KEY_FLAG)
            mf_words_add(&kinds, mf_expect_kind_table.keys[i].name);
    if (mf_distance(value.text, "nobody else", 2) <= 2)
        return mf_tell(b, value.place, "did you mean \"nobody else\"?", "unknown expectation \"%s\"", value.text);
    draft->pattern.kind = MF_EXPECT_AT;
    draft->mailboxes = mf_alloc_array(b->arena, 1, sizeof *draft->mailboxes);
    draft->mailbox_count = 1;
    return mf_bind_mailbox(b, &value, &kinds, &draft->mailboxes[0]);
}

/* --- into the flow --- */

static void push_expect(struct mf_binder *b, const struct mf_expect *expect)
{
    struct mf_flow *flow = b->draft->flow;
    *MF_PUSH(b->arena, flow->expects, flow->expect_count, b->draft->expect_capacity) = *expect;
}

static void cover(struct mf_binder *b, const struct mf_expect_draft *draft)
{
    const struct mf_flow *flow = b->draft->flow;
    const struct mf_expect *pattern = &draft->pattern;
    bool by_mailbox = pattern->kind == MF_EXPECT_AT || pattern->kind == MF_EXPECT_NEVER_AT;
    for (size_t i = 0; i < flow->recipient_count; i++) {
        bool covered = !by_mailbox && pattern->kind != MF_EXPECT_NOBODY_ELSE && pattern->recipient_count == 0;
        for (size_t j = 0; j < pattern->recipient_count; j++)
            covered |= pattern->recipients[j] == &flow->recipients[i];
        for (size_t j = 0; j < draft->mailbox_count; j++)
            covered |= draft->mailboxes[j]->person == flow->recipients[i].person;
        b->draft->covered[i] |= covered;
    }
}

/* Without `for`, a reply is about all recipients. */
static void about_all(struct mf_binder *b, struct mf_expect *expect)
{
    const struct mf_flow *flow = b->draft->flow;
    bool reply =
        expect->kind == MF_EXPECT_ACCEPTED || expect->kind == MF_EXPECT_REFUSED || expect->kind == MF_EXPECT_DEFERRED;
    if (!reply || expect->recipient_count)
        return;
    expect->recipients = mf_alloc_array(b->arena, flow->recipient_count + 1, sizeof *expect->recipients);
    for (size_t i = 0; i < flow->recipient_count; i++)
        expect->recipients[expect->recipient_count++] = &flow->recipients[i];
}

static bool bind_item(struct mf_binder *b, const struct mf_node *node)
{
    struct mf_expect_draft draft = {.pattern = {.place = node->place, .late = -1, .within = -1, .copies = 1}};
    bool good = node->kind == MF_NODE_MAP ? bind_map(b, node, &draft) : bind_bare(b, node, &draft);
    if (!good)
        return false;
    cover(b, &draft);
    for (size_t i = 0; i < draft.mailbox_count; i++) {
        struct mf_expect one = draft.pattern;
        one.mailbox = draft.mailboxes[i];
        mf_expect_defaults(b, &one);
        push_expect(b, &one);
    }
    if (draft.never_bounce)
        draft.pattern.kind = MF_EXPECT_NEVER_BOUNCE;
    if (draft.mailbox_count > 0 && !draft.never_bounce)
        return true;
    about_all(b, &draft.pattern);
    mf_expect_defaults(b, &draft.pattern);
    bool bounce = draft.pattern.kind == MF_EXPECT_BOUNCE || draft.pattern.kind == MF_EXPECT_NEVER_BOUNCE;
    good = !bounce || mf_expect_bounces_at(b, &draft.pattern);
    push_expect(b, &draft.pattern);
    return good;
}

static void prepare(struct mf_binder *b)
{
    struct mf_flow_draft *draft = b->draft;
    draft->covered = mf_alloc_array(b->arena, draft->flow->recipient_count + 1, sizeof *draft->covered);
}

bool mf_flow_expect(struct mf_binder *b, const struct mf_node *node, void *target)
{
    (void)target;
    prepare(b);
    if (node->kind != MF_NODE_LIST)
        return bind_item(b, node);
    bool good = node->count > 0 || mf_tell(b, node->place, "nobody: no copy anywhere; accepted: arrival not judged",
                                           "an empty \"expect\" would test nothing");
    for (size_t i = 0; i < node->count; i++)
        good &= bind_item(b, node->items[i]);
    return good;
}

/* Each recipient that is a person gets it once; what becomes of any other address has to be said. */
void mf_flow_default_expect(struct mf_binder *b)
{
    struct mf_flow *flow = b->draft->flow;
    prepare(b);
    b->draft->broken[MF_FLOW_EXPECT] = b->draft->broken[MF_FLOW_TO];
    for (size_t i = 0; i < flow->recipient_count; i++) {
        const struct mf_recipient *recipient = &flow->recipients[i];
        b->draft->covered[i] = true;
        if (!recipient->person) {
            if (!b->draft->flow->of)
                mf_tell(b, recipient->place, "expect: says who gets it, or refused, or accepted",
                        "nobody of the site is %s: \"expect\" is missing", recipient->address);
            continue;
        }
        struct mf_value value = {.text = recipient->person->name, .place = recipient->place};
        struct mf_expect one = {.kind = MF_EXPECT_AT, .place = flow->place, .late = -1, .within = -1, .copies = 1};
        if (!mf_bind_mailbox(b, &value, NULL, &one.mailbox))
            continue;
        mf_expect_defaults(b, &one);
        push_expect(b, &one);
    }
}
