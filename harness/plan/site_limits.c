/* Deadlines and limits of a site. */
#include "plan/site_internal.h"

static bool deadline_late(struct mf_binder *b, const struct mf_node *node, void *target)
{
    return mf_bind_duration(b, node, &((struct mf_deadlines *)target)->late);
}
static bool deadline_within(struct mf_binder *b, const struct mf_node *node, void *target)
{
    return mf_bind_duration(b, node, &((struct mf_deadlines *)target)->within);
}
static bool deadline_settle(struct mf_binder *b, const struct mf_node *node, void *target)
{
    return mf_bind_duration(b, node, &((struct mf_deadlines *)target)->settle);
}

static const struct mf_deadlines not_given = {-1, -1, -1};

static bool bind_one(struct mf_binder *b, const struct mf_form *form, const struct mf_node *node,
                     struct mf_deadlines *given)
{
    if (!mf_keys_bind(b, form, node, given))
        return false;
    return given->late < 0 || given->within < 0 || given->late <= given->within ||
           mf_tell(b, node->place, "late comes before within", "mail would be missing before it is late");
}

/* All kinds are in one array, behind the one for all. */
static bool bind_kind(struct mf_binder *b, const struct mf_node *node, struct mf_deadlines *all, enum mf_kind kind)
{
    return bind_one(b, &mf_form_kind_deadlines, node, all + 1 + kind);
}
static bool deadline_internal(struct mf_binder *b, const struct mf_node *node, void *target)
{
    return bind_kind(b, node, target, MF_KIND_INTERNAL);
}
static bool deadline_inbound(struct mf_binder *b, const struct mf_node *node, void *target)
{
    return bind_kind(b, node, target, MF_KIND_INBOUND);
}
static bool deadline_outbound(struct mf_binder *b, const struct mf_node *node, void *target)
{
    return bind_kind(b, node, target, MF_KIND_OUTBOUND);
}
static bool deadline_application(struct mf_binder *b, const struct mf_node *node, void *target)
{
    return bind_kind(b, node, target, MF_KIND_APPLICATION);
}

static const struct mf_key deadline_keys[] = {
    {"late", "duration", "5 min (internal 30 s)", "from here on \"delayed\" is shown; finding copy.late", deadline_late,
     0, NULL},
    {"within", "duration", "30 min (internal 5 min)", "from here on copy.missing", deadline_within, 0, "timeout"},
    {"settle", "duration", "30 s", "how long to go on looking for a second copy", deadline_settle, 0, NULL},
};
static const struct mf_key kind_keys[] = {
    {"internal", "deadlines", "", "for mail between our people", deadline_internal, 0, NULL},
    {"inbound", "deadlines", "", "for mail from outside", deadline_inbound, 0, NULL},
    {"outbound", "deadlines", "", "for mail of our people to the outside", deadline_outbound, 0, NULL},
    {"application", "deadlines", "", "for mail of applications", deadline_application, 0, "applications"},
};
static const struct mf_table deadline_table = {"Deadlines", deadline_keys, 3};
static const struct mf_table kind_table = {"Deadlines of one kind of flow", kind_keys, 4};
const struct mf_form mf_form_deadlines = {
    "deadlines", "the site's \"deadlines\"", MF_IN_SITE, {&deadline_table, &kind_table}};
const struct mf_form mf_form_kind_deadlines = {
    "deadlines of a kind", "the site's \"deadlines\"", MF_IN_SITE, {&deadline_table}};

static mf_usec first_given(mf_usec a, mf_usec b, mf_usec c)
{
    return a >= 0 ? a : b >= 0 ? b : c;
}

static void fold(struct mf_binder *b, const struct mf_deadlines *given)
{
    const struct mf_deadlines *all = given;
    for (int kind = 0; kind < MF_KIND_COUNT; kind++) {
        const struct mf_deadlines *own = given + 1 + kind;
        bool internal = kind == MF_KIND_INTERNAL, late_given = own->late >= 0 || all->late >= 0;
        struct mf_deadlines *result = &b->deadlines[kind];
        result->late = first_given(own->late, all->late, (internal ? 30 : 5 * 60) * MF_SECOND);
        result->within = first_given(own->within, all->within, (internal ? 5 : 30) * 60 * MF_SECOND);
        result->settle = first_given(own->settle, all->settle, 30 * MF_SECOND);
        if (result->late > result->within) {
            if (late_given)
                result->within = own->within < 0 && all->within < 0 ? result->late : result->within;
            result->late = result->within;
        }
    }
}

void mf_site_deadline_defaults(struct mf_binder *b)
{
    struct mf_deadlines none[1 + MF_KIND_COUNT];
    for (size_t i = 0; i < 1 + MF_KIND_COUNT; i++)
        none[i] = not_given;
    fold(b, none);
}

bool mf_site_deadlines(struct mf_binder *b, const struct mf_node *node, void *target)
{
    (void)target;
    struct mf_deadlines given[1 + MF_KIND_COUNT];
    for (size_t i = 0; i < 1 + MF_KIND_COUNT; i++)
        given[i] = not_given;
    bool good = bind_one(b, &mf_form_deadlines, node, given);
    fold(b, given);
    return good;
}

/* --- limits --- */

static bool limit_imap(struct mf_binder *b, const struct mf_node *node, void *target)
{
    struct mf_limits *limits = target;
    limits->imap_given = true;
    return mf_bind_rate(b, node, 1, &limits->imap_commands);
}
static bool limit_connections(struct mf_binder *b, const struct mf_node *node, void *target)
{
    struct mf_limits *limits = target;
    return mf_bind_count(b, node, &limits->connections) &&
           (limits->connections > 0 || mf_tell(b, node->place, "1 or more", "no connections, no mail"));
}
static bool limit_messages(struct mf_binder *b, const struct mf_node *node, void *target)
{
    return mf_bind_rate(b, node, 60, &((struct mf_limits *)target)->messages);
}

static const struct mf_key limit_keys[] = {
    {"imap-commands", "rate", "1/s", "a connection; none: no limit", limit_imap, 0, NULL},
    {"connections", "count", "10", "at once, to each server", limit_connections, 0, NULL},
    {"messages", "rate", "30/min", "to each submission server; none: no limit", limit_messages, 0, NULL},
};
static const struct mf_table limit_table = {"Limits", limit_keys, 3};
const struct mf_form mf_form_limits = {"limits", "the site's \"limits\"", MF_IN_SITE, {&limit_table}};

bool mf_site_limits(struct mf_binder *b, const struct mf_node *node, void *target)
{
    return mf_keys_bind(b, &mf_form_limits, node, &((struct mf_site *)target)->limits);
}
