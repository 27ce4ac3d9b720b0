/* Who gets the answers, the receipts and the bounces: nothing that leads them elsewhere is added or changed
 * on the way. Added to what was sent it breaks no signature and nobody sees it: told, never a failure. */
#include <string.h>

#include "check/content.h"

static const char *const needs[] = {"arrived", NULL};

static const char *const leading[] = {
    "Reply-To", "Sender", "Cc", "Mail-Followup-To", "Disposition-Notification-To", "Return-Receipt-To", "Errors-To"};

static const char *value_of(struct mf_arena *arena, const struct mf_message *message, const char *name)
{
    const struct mf_header *field = mf_message_header(message, name, 0);
    return field ? mf_header_text(arena, field, true) : NULL;
}

static bool is_expected_otherwise(const struct mf_expect *expect, const char *name)
{
    for (size_t i = 0; i < expect->header_count; i++)
        if (mf_same_nocase(expect->headers[i].name, name))
            return true;
    return false;
}

/* Cc that was sent is held against what arrived with the other fields that must come through. */
static bool is_kept(const char *name)
{
    for (const char *const *kept = mf_kept_fields; *kept; kept++)
        if (mf_same_nocase(*kept, name))
            return true;
    return false;
}

static void state_added(struct mf_check_context *context, const char *name, const char *value)
{
    struct mf_arena *arena = context->arena;
    mf_fact_add(context, "content.header-added", MF_FACT_NOTE, MF_SEGMENT_CONTENT,
                mf_format(arena, "%s: %s", name, value), "",
                mf_format(arena, "%s was not sent and arrived as \"%s\"", name, value));
}

static void judge_field(struct mf_check_context *context, const struct mf_seen *sent, const struct mf_seen *seen,
                        const char *name)
{
    struct mf_arena *arena = context->arena;
    const char *before = value_of(arena, sent->message, name), *after = value_of(arena, seen->message, name);
    if (!after || mf_same(before, after))
        return;
    if (!before && !strcasestr(after, mf_case(context)->message->from))
        state_added(context, name, after);
    else if (before && !is_kept(name))
        mf_fact_add(context, "content.header-changed", MF_FACT_BAD, MF_SEGMENT_CONTENT, name,
                    mf_format(arena, "%s changed", name),
                    mf_format(arena, "%s was sent as \"%s\" and arrived as \"%s\"", name, before, after));
}

static const char *local_part(struct mf_arena *arena, const char *address)
{
    const char *at = strrchr(address, '@');
    return at ? mf_copy_bytes(arena, address, (size_t)(at - address)) : address;
}

static bool is_below(const char *domain, const char *above)
{
    size_t len = strlen(domain), tail = strlen(above);
    return tail && len > tail && domain[len - tail - 1] == '.' && mf_same_nocase(domain + len - tail, above);
}

/* One address written so that its bounces can be told apart, or find back: SRS of forwarders, VERP, BATV, an
 * extension of the address, a domain of its own for bounces. */
static bool is_marked(struct mf_check_context *context, const char *sent, const char *arrived)
{
    struct mf_arena *arena = context->arena;
    const struct mf_recipient *to = mf_case(context)->recipient;
    const char *was = local_part(arena, sent), *is = local_part(arena, arrived);
    if (mf_starts_nocase(is, "SRS0") || mf_starts_nocase(is, "SRS1"))
        return true;
    if (to && strcasestr(is, mf_format(arena, "%s=%s", local_part(arena, to->address), mf_address_domain(to->address))))
        return true;
    const char *domain = mf_address_domain(sent), *its = mf_address_domain(arrived);
    bool extended = mf_starts_nocase(is, was) && strchr("+-=", is[strlen(was)]) != NULL;
    bool tagged = strchr(is, '=') && strcasestr(is, mf_format(arena, "=%s", was));
    return is_below(its, domain) || (mf_same_nocase(its, domain) && (extended || tagged));
}

static const char *bare(struct mf_arena *arena, const char *path)
{
    size_t len = strlen(path);
    return len >= 2 && path[0] == '<' && path[len - 1] == '>' ? mf_copy_bytes(arena, path + 1, len - 2) : path;
}

/* One rule that puts another domain, or one address, in changes all senders alike: the scope is what it puts in. */
static const char *put_in(const char *sent, const char *arrived)
{
    const char *is = mf_address_domain(arrived);
    bool moved = *arrived && !mf_same_nocase(mf_address_domain(sent), is);
    return moved ? is : *arrived ? arrived : "<>";
}

/* Written at final delivery (RFC 5321 4.4); without it nothing is known. */
static void judge_sender(struct mf_check_context *context, const struct mf_seen *seen)
{
    struct mf_arena *arena = context->arena;
    const char *sent = mf_case(context)->message->mail_from;
    const char *path = value_of(arena, seen->message, "Return-Path"), *arrived = path ? bare(arena, path) : NULL;
    if (!arrived || !sent || !*sent || mf_same_nocase(sent, arrived) || (*arrived && is_marked(context, sent, arrived)))
        return;
    mf_fact_add(context, "path.sender-changed", MF_FACT_NOTE, MF_SEGMENT_HOP, put_in(sent, arrived), "",
                mf_format(arena, "it was sent by <%s>, and arrived with \"Return-Path: <%s>\"", sent, arrived));
}

static void judge(struct mf_check_context *context, const struct mf_expect *expect)
{
    const struct mf_case *at = mf_case(context);
    const struct mf_seen *sent = mf_seen_sent(context, at->sent);
    if (!at->arrival || !sent)
        return;
    const struct mf_seen *seen = mf_seen_copy(context, at);
    for (size_t i = 0; i < sizeof leading / sizeof *leading; i++)
        if (!is_expected_otherwise(expect, leading[i]))
            judge_field(context, sent, seen, leading[i]);
    if (!expect->is_copy)
        judge_sender(context, seen);
}

const struct mf_check mf_check_answers = {"answers", "answers, receipts and bounces go where the sender wants them",
                                          needs, mf_expects_arrival, judge};
