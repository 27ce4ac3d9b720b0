/* site-has: what a flow needs of a site. The words are a closed list, so that a misspelled guard
 * can't skip anything silently. */
#include "plan/flow_internal.h"

#include <string.h>

const char *const mf_guard_names[MF_HAS_COUNT] = {
    [MF_HAS_PRIMARY] = "primary",
    [MF_HAS_SECONDARY] = "secondary",
    [MF_HAS_GATEWAY] = "gateway",
    [MF_HAS_OUTSIDE] = "outside",
    [MF_HAS_OLD] = "old",
    [MF_HAS_APPLICATIONS] = "applications",
    [MF_HAS_OUTSIDERS] = "outsiders",
    [MF_HAS_DNS_BEFORE] = "dns-before",
};

static bool has_outsiders(const struct mf_site *site)
{
    for (size_t i = 0; i < site->person_count; i++)
        if (site->people[i].outside)
            return true;
    return false;
}

bool mf_guard_met(const struct mf_binder *b, enum mf_guard guard)
{
    switch (guard) {
    case MF_HAS_PRIMARY:
    case MF_HAS_SECONDARY:
    case MF_HAS_GATEWAY:
    case MF_HAS_OUTSIDE:
    case MF_HAS_OLD:
        return mf_site_role(b->site, (enum mf_role)guard) != NULL;
    case MF_HAS_APPLICATIONS:
        return b->site->application_count > 0;
    case MF_HAS_OUTSIDERS:
        return has_outsiders(b->site);
    case MF_HAS_DNS_BEFORE:
        return b->site->dns_before != NULL;
    case MF_HAS_COUNT:
        break;
    }
    return true;
}

bool mf_guard_absent(const struct mf_binder *b, enum mf_guard guard)
{
    return b->draft && (b->draft->absent & (1u << guard));
}

const char *mf_guard_reason(struct mf_binder *b, enum mf_guard guard)
{
    static const char *const words[MF_HAS_COUNT] = {
        [MF_HAS_OUTSIDERS] = "people outside", [MF_HAS_DNS_BEFORE] = "dns-before table"};
    return mf_format(b->arena, "site %s has no %s", b->site->name, words[guard] ? words[guard] : mf_guard_names[guard]);
}

static void bind_guards(struct mf_binder *b, const struct mf_node *node)
{
    struct mf_items items;
    if (!mf_bind_items(b, node, &items))
        return;
    for (size_t i = 0; i < items.count; i++) {
        struct mf_value value;
        if (!mf_bind_value(b, mf_item(&items, i), &value))
            continue;
        int guard = mf_word_among(b, &value, mf_guard_names, MF_HAS_COUNT);
        if (guard >= 0 && !mf_guard_met(b, (enum mf_guard)guard))
            b->draft->absent |= 1u << guard;
    }
}

void mf_flow_guards(struct mf_binder *b)
{
    const struct mf_key *key_before = b->key;
    b->key = &mf_flow_table.keys[MF_FLOW_SITE_HAS];
    for (struct mf_level *level = b->draft->level; level; level = level->outer) {
        level->used[MF_FLOW_SITE_HAS] = true;
        if (level->value[MF_FLOW_SITE_HAS])
            bind_guards(b, level->value[MF_FLOW_SITE_HAS]);
    }
    b->key = key_before;
    for (int guard = 0; guard < MF_HAS_COUNT && !b->draft->flow->skip; guard++)
        if (b->draft->absent & (1u << guard))
            b->draft->flow->skip = mf_guard_reason(b, (enum mf_guard)guard);
}
