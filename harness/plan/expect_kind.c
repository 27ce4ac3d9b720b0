/* The kinds of expectations, and whom or what they name. */
#include "plan/expect_internal.h"

#include <string.h>

static bool expect_at(struct mf_binder *b, const struct mf_node *node, void *target)
{
    struct mf_expect_draft *draft = target;
    struct mf_items items;
    if (!mf_bind_items(b, node, &items))
        return false;
    bool good = items.count > 0 ||
                mf_tell(b, node->place, "nobody: no copy anywhere", "\"%s\" is an empty list", mf_key_name(b));
    draft->mailboxes = mf_alloc_array(b->arena, items.count + 1, sizeof *draft->mailboxes);
    draft->pattern.kind = MF_EXPECT_AT;
    for (size_t i = 0; i < items.count; i++) {
        struct mf_value value;
        if (mf_bind_value(b, mf_item(&items, i), &value) &&
            mf_bind_mailbox(b, &value, NULL, &draft->mailboxes[draft->mailbox_count]))
            draft->mailbox_count++;
        else
            good = false;
    }
    return good;
}

static bool bind_never(struct mf_binder *b, const struct mf_node *node, struct mf_expect_draft *draft)
{
    struct mf_words bounce = {.arena = b->arena};
    struct mf_value value;
    if (!mf_bind_value(b, node, &value))
        return false;
    if (strcmp(value.text, "bounce") == 0) {
        draft->never_bounce = true;
        return true;
    }
    mf_words_add(&bounce, "bounce");
    if (!mf_bind_mailbox(b, &value, &bounce, &draft->mailboxes[draft->mailbox_count]))
        return false;
    draft->mailbox_count++;
    return true;
}

static bool expect_never(struct mf_binder *b, const struct mf_node *node, void *target)
{
    struct mf_expect_draft *draft = target;
    struct mf_items items;
    if (!mf_bind_items(b, node, &items))
        return false;
    bool good = items.count > 0 || mf_tell(b, node->place, "a mailbox, or bounce", "\"never\" is an empty list");
    draft->mailboxes = mf_alloc_array(b->arena, items.count + 1, sizeof *draft->mailboxes);
    draft->pattern.kind = MF_EXPECT_NEVER_AT;
    for (size_t i = 0; i < items.count; i++)
        good &= bind_never(b, mf_item(&items, i), draft);
    return good;
}

static bool bind_flag(struct mf_binder *b, const struct mf_node *node, void *target, enum mf_expect_kind kind)
{
    ((struct mf_expect_draft *)target)->pattern.kind = kind;
    return node->empty || mf_tell(b, node->place, mf_format(b->arena, "write just \"%s\"", mf_key_name(b)),
                                  "\"%s\" takes no value", mf_key_name(b));
}
static bool expect_nobody(struct mf_binder *b, const struct mf_node *node, void *target)
{
    return bind_flag(b, node, target, MF_EXPECT_NOBODY);
}
static bool expect_nobody_else(struct mf_binder *b, const struct mf_node *node, void *target)
{
    return bind_flag(b, node, target, MF_EXPECT_NOBODY_ELSE);
}
static bool expect_accepted(struct mf_binder *b, const struct mf_node *node, void *target)
{
    return bind_flag(b, node, target, MF_EXPECT_ACCEPTED);
}
static bool expect_refused(struct mf_binder *b, const struct mf_node *node, void *target)
{
    struct mf_expect *pattern = &((struct mf_expect_draft *)target)->pattern;
    pattern->kind = MF_EXPECT_REFUSED;
    return node->empty || mf_bind_reply(b, node, 5, &pattern->reply);
}
static bool expect_deferred(struct mf_binder *b, const struct mf_node *node, void *target)
{
    struct mf_expect *pattern = &((struct mf_expect_draft *)target)->pattern;
    pattern->kind = MF_EXPECT_DEFERRED;
    return node->empty || mf_bind_reply(b, node, 4, &pattern->reply);
}

static const struct mf_key kind_keys[MF_KEY_KINDS] = {
    [MF_KEY_AT] = {"at", "mailboxes", "", "arrives there; short form: the bare words", expect_at, 0,
                   "arrives mailbox in"},
    [MF_KEY_NEVER] = {"never", "nevers", "", "does not: mailbox, or bounce (proved by a sentinel)", expect_never, 0,
                      "not"},
    [MF_KEY_NOBODY] = {"nobody", "flag", "", "no copy anywhere", expect_nobody, MF_KEY_FLAG, NULL},
    [MF_KEY_NOBODY_ELSE] = {"nobody else", "flag", "", "no copy with any other person of the site", expect_nobody_else,
                            MF_KEY_FLAG, NULL},
    [MF_KEY_ACCEPTED] = {"accepted", "flag", "", "taken with 250; arrival not judged", expect_accepted, MF_KEY_FLAG,
                         NULL},
    [MF_KEY_REFUSED] = {"refused", "reply", "any 5xx", "[PHASE] [code] [x.y.z] [/text/]", expect_refused, MF_KEY_FLAG,
                        "rejected reject"},
    [MF_KEY_DEFERRED] = {"deferred", "reply", "any 4xx", "the same; tried again when an arrival is expected too",
                         expect_deferred, MF_KEY_FLAG, "tempfail"},
    [MF_KEY_BOUNCE] =
        {"bounce", "bounce", "",
         "DSN to the envelope sender: [action] [x.y.z] [/text/] or {action, status, diagnostic, remote-mta, at}",
         mf_expect_bounce, MF_KEY_FLAG, "dsn bounced"},
};
const struct mf_table mf_expect_kind_table = {"Expectation: exactly one of", kind_keys, MF_KEY_KINDS};
