/* The details of an expectation. */
#include "plan/expect_internal.h"

#include <string.h>

static struct mf_expect *pattern_of(void *target)
{
    return &((struct mf_expect_draft *)target)->pattern;
}

/* --- for --- */

static bool is_recipient(const struct mf_recipient *recipient, const char *word)
{
    return mf_same_nocase(recipient->address, word) ||
           (recipient->person && strcmp(recipient->person->name, word) == 0);
}

static bool tell_no_recipient(struct mf_binder *b, const struct mf_value *value)
{
    const struct mf_flow *flow = b->draft->flow;
    struct mf_words words = {.arena = b->arena};
    const char *all = "";
    for (size_t i = 0; i < flow->recipient_count; i++) {
        const struct mf_recipient *recipient = &flow->recipients[i];
        const char *name = recipient->person && recipient->address == recipient->person->address
                               ? recipient->person->name
                               : recipient->address;
        mf_words_add(&words, name);
        mf_words_add(&words, recipient->address);
        all = mf_format(b->arena, "%s%s%s", all, i ? ", " : "", name);
    }
    const char *near = mf_words_near(&words, value->text);
    return mf_tell(b, value->place, near ? near : mf_format(b->arena, "this flow goes to: %s", all),
                   "\"%s\" is no recipient of this flow", value->text);
}

static bool detail_for(struct mf_binder *b, const struct mf_node *node, void *target)
{
    struct mf_expect *pattern = pattern_of(target);
    const struct mf_flow *flow = b->draft->flow;
    struct mf_items items;
    if (b->draft->broken[MF_FLOW_TO] || !mf_bind_items(b, node, &items))
        return false;
    bool good =
        items.count > 0 || mf_tell(b, node->place, "the recipients that this is about", "\"for\" is an empty list");
    pattern->recipients =
        mf_alloc_array(b->arena, flow->recipient_count * items.count + 1, sizeof *pattern->recipients);
    for (size_t i = 0; i < items.count; i++) {
        struct mf_value value;
        size_t before = pattern->recipient_count;
        if (!mf_bind_value(b, mf_item(&items, i), &value) || value.unknown || !mf_refuse_comma(b, &value))
            return false;
        for (size_t j = 0; j < flow->recipient_count; j++)
            if (is_recipient(&flow->recipients[j], value.text))
                pattern->recipients[pattern->recipient_count++] = &flow->recipients[j];
        good &= pattern->recipient_count > before || tell_no_recipient(b, &value);
    }
    return good;
}

/* --- where, how often, when --- */

static bool detail_folder(struct mf_binder *b, const struct mf_node *node, void *target)
{
    pattern_of(target)->folder_given = true;
    return mf_bind_folder(b, node, &pattern_of(target)->folder);
}
static bool detail_copies(struct mf_binder *b, const struct mf_node *node, void *target)
{
    return mf_bind_count(b, node, &pattern_of(target)->copies) &&
           (pattern_of(target)->copies > 0 ||
            mf_tell(b, node->place, "never: says that none arrives", "no copies at all?"));
}
static bool detail_late(struct mf_binder *b, const struct mf_node *node, void *target)
{
    return mf_bind_duration(b, node, &pattern_of(target)->late);
}
static bool detail_within(struct mf_binder *b, const struct mf_node *node, void *target)
{
    return mf_bind_duration_range(b, node, &pattern_of(target)->not_before, &pattern_of(target)->within);
}

/* --- the way --- */

static bool bind_hop(struct mf_binder *b, const struct mf_value *value, struct mf_hop *hop)
{
    hop->place = value->place;
    if (value->unknown || !mf_refuse_comma(b, value))
        return false;
    if (!strchr(value->text, '.') || mf_map_get(b->servers, value->text)) {
        hop->server = mf_find_server(b, value);
        return hop->server != NULL;
    }
    hop->host = value->text;
    return mf_is_domain(value->text + (value->text[0] == '.')) ||
           mf_tell(b, value->place, "a server of the site or a host; a leading dot means any host below",
                   "\"%s\" is no host name", value->text);
}

static bool bind_hops(struct mf_binder *b, const struct mf_node *node, struct mf_hop **hops, size_t *count)
{
    struct mf_items items;
    if (!mf_bind_items(b, node, &items))
        return false;
    bool good = true;
    *hops = mf_alloc_array(b->arena, items.count + 1, sizeof **hops);
    for (size_t i = 0; i < items.count; i++) {
        struct mf_value value;
        if (mf_bind_value(b, mf_item(&items, i), &value) && bind_hop(b, &value, &(*hops)[*count]))
            ++*count;
        else
            good = false;
    }
    return good;
}
static bool detail_through(struct mf_binder *b, const struct mf_node *node, void *target)
{
    struct mf_expect *pattern = pattern_of(target);
    pattern->through_given = true;
    return bind_hops(b, node, &pattern->through, &pattern->through_count);
}
static bool detail_not_through(struct mf_binder *b, const struct mf_node *node, void *target)
{
    struct mf_expect *pattern = pattern_of(target);
    pattern->not_through_given = true;
    return bind_hops(b, node, &pattern->not_through, &pattern->not_through_count);
}

/* --- content --- */

static bool add_header(struct mf_binder *b, const struct mf_node *name, const struct mf_node *matcher, bool absent,
                       struct mf_expect *pattern)
{
    struct mf_header_expect *header = &pattern->headers[pattern->header_count];
    *header = (struct mf_header_expect){.name = name->text, .absent = absent};
    if (!mf_is_header_name(name->text))
        return mf_tell(b, name->place, "as before the colon of a header line", "\"%s\" is no name of a header field",
                       name->text);
    if (matcher && !mf_bind_matcher(b, matcher, &header->matcher))
        return false;
    if (!matcher) /* absent whatever it holds: every text has a beginning */
        header->matcher = (struct mf_matcher){.kind = MF_MATCH_REGEX, .text = "^", .place = name->place};
    pattern->header_count++;
    return true;
}

static void more_headers(struct mf_binder *b, struct mf_expect *pattern, size_t count)
{
    struct mf_header_expect *headers = mf_alloc_array(b->arena, pattern->header_count + count + 1, sizeof *headers);
    if (pattern->header_count)
        memcpy(headers, pattern->headers, pattern->header_count * sizeof *headers);
    pattern->headers = headers;
}

static bool headers_of_map(struct mf_binder *b, const struct mf_node *node, struct mf_expect *pattern, bool absent)
{
    bool good = true;
    more_headers(b, pattern, node->count);
    for (size_t i = 0; i < node->count; i++)
        good &= add_header(b, node->pairs[i].key, node->pairs[i].value, absent, pattern);
    return good;
}

static bool detail_header(struct mf_binder *b, const struct mf_node *node, void *target)
{
    return mf_want_map(b, node) && headers_of_map(b, node, pattern_of(target), false);
}

static bool detail_no_header(struct mf_binder *b, const struct mf_node *node, void *target)
{
    struct mf_expect *pattern = pattern_of(target);
    if (node->kind == MF_NODE_MAP)
        return headers_of_map(b, node, pattern, true);
    const char **names;
    size_t count;
    if (!mf_bind_texts(b, node, &names, &count))
        return false;
    bool good = true;
    more_headers(b, pattern, count);
    for (size_t i = 0; i < count; i++) {
        struct mf_node name = {.kind = MF_NODE_TEXT,
                               .text = names[i],
                               .place = node->kind == MF_NODE_LIST ? node->items[i]->place : node->place};
        good &= add_header(b, &name, NULL, true, pattern);
    }
    return good;
}

static bool detail_text(struct mf_binder *b, const struct mf_node *node, void *target)
{
    struct mf_matcher *matcher = mf_alloc(b->arena, sizeof *matcher);
    pattern_of(target)->text = matcher;
    return mf_bind_matcher(b, node, matcher);
}
static bool detail_attach(struct mf_binder *b, const struct mf_node *node, void *target)
{
    pattern_of(target)->attach_given = true;
    return mf_bind_texts(b, node, &pattern_of(target)->attach, &pattern_of(target)->attach_count);
}
static bool detail_severity(struct mf_binder *b, const struct mf_node *node, void *target)
{
    struct mf_expect *pattern = pattern_of(target);
    return mf_bind_severity(b, node, &pattern->severities, &pattern->severity_count,
                            &((struct mf_expect_draft *)target)->severity_capacity);
}

static const struct mf_key keys[] = {
    {"for", "recipients", "all", "the recipients this is about (accepted, refused, deferred, bounce)", detail_for, 0,
     NULL},
    {"folder", "folder", "inbox; a copy: as the site says",
     "inbox, junk, sent, archive, trash (special-use), else a name", detail_folder, 0, "mailbox"},
    {"copies", "count", "1", "how many", detail_copies, 0, "count"},
    {"late", "duration", "the flow's", "", detail_late, 0, NULL},
    {"within", "duration", "the flow's", "30 min, or 5 min..20 min", detail_within, 0, "timeout"},
    {"through", "hops", "by kind", "servers or hosts passed, in this order", detail_through, 0, "path"},
    {"not-through", "hops", "by kind", "forbidden ones", detail_not_through, 0, NULL},
    {"dkim", "auth", "by kind", "RFC 8601 result, or {result, domain, selector}; any: not judged", mf_expect_dkim, 0,
     NULL},
    {"spf", "auth", "by kind", "", mf_expect_spf, 0, NULL},
    {"dmarc", "auth", "by kind", "", mf_expect_dmarc, 0, NULL},
    {"arc", "auth", "any", "", mf_expect_arc, 0, NULL},
    {"header", "map:matcher", "as sent", "text is equal, /regex/ matches", detail_header, 0, "headers"},
    {"no-header", "nohdr", "", "names; or {NAME: matcher}: none of that name may match", detail_no_header, 0,
     "not-header"},
    {"text", "matcher", "as sent", "", detail_text, 0, "body"},
    {"attach", "texts", "as sent", "file names", detail_attach, 0, "attachment attachments"},
    {"like", "file", "", "expected message; only its headers are compared, * and ? match", mf_expect_like, MF_KEY_LATER,
     NULL},
    {"capture", "map:capture", "", "VAR: HEADER, or {header: H, match: /(..)/}, {text: /(..)/}", mf_expect_capture,
     MF_KEY_LATER, "save"},
    {"severity", "severity", "", "", detail_severity, 0, NULL},
};
const struct mf_table mf_expect_detail_table = {"Expectation: details", keys, sizeof keys / sizeof *keys};
