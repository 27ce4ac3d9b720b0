/* Sender, recipients and the smaller keys of a flow. */
#include "plan/flow_internal.h"

#include <string.h>

/* --- from --- */

static bool tell_no_sender(struct mf_binder *b, const struct mf_value *value)
{
    struct mf_words applications = {.arena = b->arena};
    if (b->applications_broken && !mf_map_get(b->applications, value->text)) {
        struct mf_words people = {.arena = b->arena};
        mf_words_add_names(b->people, &people);
        if (!mf_words_near(&people, value->text))
            return false;
    }
    mf_words_add_names(b->applications, &applications);
    mf_find_person(b, value, &applications);
    return false;
}

static bool from_address(struct mf_binder *b, const struct mf_value *value)
{
    struct mf_flow *flow = b->draft->flow;
    if (!mf_check_address(b, value, false, &flow->from))
        return false;
    flow->from_person = mf_site_person_at(b->site, flow->from);
    return true;
}

bool mf_flow_from(struct mf_binder *b, const struct mf_node *node, void *target)
{
    struct mf_flow *flow = b->draft->flow;
    struct mf_value value;
    (void)target;
    if (!mf_bind_value(b, node, &value) || value.unknown)
        return false;
    flow->from_person = mf_map_get(b->people, value.text);
    flow->from_application = flow->from_person ? NULL : mf_map_get(b->applications, value.text);
    if (!flow->from_person && !flow->from_application)
        return strpbrk(value.text, "@<") ? from_address(b, &value) : tell_no_sender(b, &value);
    flow->from = flow->from_person ? flow->from_person->address : flow->from_application->address;
    return flow->from[0] != '\0'; /* "": the site's mistake */
}

struct mf_sender mf_flow_sender(const struct mf_binder *b)
{
    const struct mf_flow *flow = b->draft->flow;
    struct mf_sender sender = {
        .person = flow->from_person, .application = flow->from_application, .name = flow->from, .address = flow->from};
    if (flow->from_person)
        sender.name = flow->from_person->name;
    if (flow->from_application) {
        sender.name = flow->from_application->name;
        sender.source = flow->from_application->via ? flow->from_application->via->source : NULL;
        sender.helo = flow->from_application->via ? flow->from_application->via->helo : NULL;
    }
    if (flow->recipient_count) {
        const char *at = strrchr(flow->recipients[0].address, '@');
        sender.to_domain = at ? at + 1 : b->site->domain_count ? b->site->domains[0] : NULL; /* <postmaster> */
    }
    return sender;
}

/* <postmaster> without domain is at the server itself: not outside. */
static bool is_outside(const struct mf_binder *b, const struct mf_recipient *recipient)
{
    if (recipient->person)
        return recipient->person->outside;
    return strchr(recipient->address, '@') && !mf_site_is_ours(b->site, recipient->address);
}

enum mf_kind mf_flow_kind(const struct mf_binder *b, const struct mf_flow *flow, bool any_outside)
{
    if (flow->from_application)
        return MF_KIND_APPLICATION;
    bool inside = flow->from_person ? !flow->from_person->outside : flow->from && mf_site_is_ours(b->site, flow->from);
    if (!inside)
        return MF_KIND_INBOUND;
    for (size_t i = 0; i < flow->recipient_count && (i == 0 || any_outside); i++)
        if (is_outside(b, &flow->recipients[i]))
            return MF_KIND_OUTBOUND;
    return MF_KIND_INTERNAL;
}

/* --- to, cc, bcc --- */

static bool tell_application(struct mf_binder *b, const struct mf_value *value)
{
    return mf_tell(b, value->place, mf_format(b->arena, "if its address takes mail, write $(%s.address)", value->text),
                   "\"%s\" is an application and has no mailbox", value->text);
}

static bool bind_recipient(struct mf_binder *b, const struct mf_value *value, struct mf_recipient *recipient)
{
    if (value->unknown || !mf_refuse_comma(b, value))
        return false;
    recipient->place = value->place;
    recipient->person = mf_map_get(b->people, value->text);
    if (recipient->person) {
        recipient->address = recipient->person->address;
        return recipient->address[0] != '\0';
    }
    if (mf_map_get(b->applications, value->text))
        return tell_application(b, value);
    if (!strpbrk(value->text, "@<")) {
        mf_find_person(b, value, NULL);
        return false;
    }
    if (!mf_check_address(b, value, true, &recipient->address))
        return false;
    recipient->person = mf_site_person_at(b->site, recipient->address);
    return true;
}

static bool bind_recipients(struct mf_binder *b, const struct mf_node *node, int field)
{
    struct mf_flow *flow = b->draft->flow;
    struct mf_items items;
    if (!mf_bind_items(b, node, &items))
        return false;
    bool good =
        items.count > 0 || mf_tell(b, node->place, "people or addresses", "\"%s\" is an empty list", mf_key_name(b));
    size_t total = flow->recipient_count + items.count;
    struct mf_recipient *all = mf_alloc_array(b->arena, total + 1, sizeof *all);
    if (flow->recipient_count)
        memcpy(all, flow->recipients, flow->recipient_count * sizeof *all);
    flow->recipients = all;
    for (size_t i = 0; i < items.count; i++) {
        struct mf_recipient *recipient = &all[flow->recipient_count];
        struct mf_value value;
        if (!mf_bind_value(b, mf_item(&items, i), &value) || !bind_recipient(b, &value, recipient)) {
            good = false;
            continue;
        }
        recipient->field = field;
        flow->recipient_count++;
    }
    return good;
}

bool mf_flow_to(struct mf_binder *b, const struct mf_node *node, void *target)
{
    (void)target;
    return bind_recipients(b, node, MF_TO);
}
bool mf_flow_cc(struct mf_binder *b, const struct mf_node *node, void *target)
{
    (void)target;
    return bind_recipients(b, node, MF_CC);
}
bool mf_flow_bcc(struct mf_binder *b, const struct mf_node *node, void *target)
{
    (void)target;
    return bind_recipients(b, node, MF_BCC);
}

/* --- the smaller ones --- */

bool mf_flow_mail_from(struct mf_binder *b, const struct mf_node *node, void *target)
{
    (void)target;
    return mf_bind_envelope(b, node, &b->draft->flow->mail_from);
}
bool mf_flow_late(struct mf_binder *b, const struct mf_node *node, void *target)
{
    (void)target;
    return mf_bind_duration(b, node, &b->draft->flow->late);
}
bool mf_flow_within(struct mf_binder *b, const struct mf_node *node, void *target)
{
    (void)target;
    return mf_bind_duration(b, node, &b->draft->flow->within);
}

bool mf_flow_skip(struct mf_binder *b, const struct mf_node *node, void *target)
{
    (void)target;
    struct mf_value value;
    if (!mf_bind_value(b, node, &value))
        return false;
    if (!b->draft->flow->skip)
        b->draft->flow->skip = value.text;
    return value.text[0] || mf_tell(b, value.place, "skip: why", "a reason is missing");
}

bool mf_flow_client(struct mf_binder *b, const struct mf_node *node, void *target)
{
    (void)target;
    int number;
    if (!mf_bind_word(b, node, &number))
        return false;
    if (number > 0)
        mf_not_built(b, mf_format(b->arena, "client: %s", node->text), b->key_node->place);
    return true;
}

bool mf_flow_resolve(struct mf_binder *b, const struct mf_node *node, void *target)
{
    (void)target;
    int number;
    if (!mf_bind_word(b, node, &number))
        return false;
    const struct mf_dns_table *const tables[] = {NULL, b->site->dns, b->site->dns_before};
    b->draft->flow->resolve = tables[number];
    if (number == 0 || tables[number] || (number == 2 && mf_guard_absent(b, MF_HAS_DNS_BEFORE)))
        return true;
    return mf_tell(b, node->place, mf_format(b->arena, "write one in %s", b->site->file), "site %s has no %s table",
                   b->site->name, number == 1 ? "dns" : "dns-before");
}

bool mf_flow_each_form(struct mf_binder *b, const struct mf_node *node, void *target)
{
    (void)b;
    (void)node;
    (void)target;
    return true; /* read for its level: see mf_levels_check */
}
bool mf_flow_texts_form(struct mf_binder *b, const struct mf_node *node, void *target)
{
    const char **texts;
    size_t count;
    (void)target;
    return mf_bind_texts(b, node, &texts, &count);
}
bool mf_flow_severity_form(struct mf_binder *b, const struct mf_node *node, void *target)
{
    struct mf_severity_rule *rules = NULL;
    size_t count = 0, capacity = 0;
    (void)target;
    return mf_bind_severity(b, node, &rules, &count, &capacity);
}
