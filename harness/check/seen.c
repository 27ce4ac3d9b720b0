/* Messages parsed and verified once, however many expectations look at them. */
#include <string.h>

#include "check/check_internal.h"

/* The same message is judged otherwise by other records: a table that a flow goes by has results of its own. */
static const char *key_of(struct mf_check_context *context, const char *hash, const char *part)
{
    const struct mf_dns_table *table = mf_case(context)->flow->resolve;
    if (!table && !*part)
        return hash;
    return mf_format(context->arena, "%s%s %s", hash, part,
                     table ? mf_dns_table_name(context->plan->site, table) : "live");
}

static struct mf_seen *seen(struct mf_check_context *context, const char *key, struct mf_bytes raw)
{
    struct mf_check_cache *cache = context->cache;
    struct mf_seen *known = mf_map_get(cache->blobs, key);
    if (known)
        return known;
    known = mf_alloc(context->arena, sizeof *known);
    known->raw = raw;
    known->message = mf_message_parse(context->arena, raw);
    mf_map_add(cache->blobs, key, known);
    return known;
}

const struct mf_seen *mf_seen_arrival(struct mf_check_context *context, const struct mf_arrival *arrival)
{
    return seen(context, key_of(context, arrival->copy.hash, ""), arrival->message);
}

const struct mf_seen *mf_seen_sent(struct mf_check_context *context, const struct mf_attempt *attempt)
{
    return attempt && attempt->message.data ? seen(context, key_of(context, attempt->intent.hash, ""), attempt->message) : NULL;
}

/* A copy that is another message by its Message-ID, and holds ours as an attachment. */
static bool looks_wrapped(struct mf_check_context *context, const struct mf_case *at, const struct mf_seen *outer)
{
    const struct mf_seen *sent = mf_seen_sent(context, at->sent);
    const struct mf_header *ours = sent ? mf_message_header(sent->message, "Message-ID", 0) : NULL;
    const struct mf_header *theirs = mf_message_header(outer->message, "Message-ID", 0);
    if (!at->expect->is_copy || !ours)
        return false;
    return !theirs ||
           strcmp(mf_header_text(context->arena, ours, false), mf_header_text(context->arena, theirs, false)) != 0;
}

const struct mf_seen *mf_seen_copy(struct mf_check_context *context, const struct mf_case *at)
{
    const struct mf_seen *outer = mf_seen_arrival(context, at->arrival);
    if (!at->expect->journal && !looks_wrapped(context, at, outer))
        return outer;
    const char *key = key_of(context, at->arrival->copy.hash, "/inside");
    struct mf_check_cache *cache = context->cache;
    if (mf_map_get(cache->blobs, key))
        return mf_map_get(cache->blobs, key);
    const struct mf_message *inside = mf_message_unwrap(context->arena, outer->message);
    return inside ? seen(context, key, inside->raw) : outer;
}

const struct mf_dkim *mf_seen_dkim(struct mf_check_context *context, const struct mf_seen *known, mf_usec at)
{
    struct mf_seen *mine = (struct mf_seen *)known;
    if (!mine->dkim)
        mine->dkim = mf_dkim_verify(context->arena, mine->raw, mf_case_dns(context), at, MF_NEVER);
    if (mine->dkim->need_more)
        context->facts->need_dns = true;
    return mine->dkim;
}

const struct mf_received **mf_seen_path(struct mf_check_context *context, const struct mf_seen *known, size_t *count)
{
    struct mf_seen *mine = (struct mf_seen *)known;
    if (!mine->path_read)
        mine->path = mf_message_path(context->arena, mine->message, &mine->path_count);
    mine->path_read = true;
    *count = mine->path_count;
    return mine->path;
}

const struct mf_part *mf_seen_parts(struct mf_check_context *context, const struct mf_seen *known, size_t *count)
{
    struct mf_seen *mine = (struct mf_seen *)known;
    if (!mine->parts_read)
        mine->part_count = mf_message_parts(context->arena, mine->message, &mine->parts);
    mine->parts_read = true;
    *count = mine->part_count;
    return mine->parts;
}

const char *mf_seen_text(struct mf_check_context *context, const struct mf_seen *known)
{
    struct mf_seen *mine = (struct mf_seen *)known;
    if (!mine->text)
        mine->text = mf_message_text(context->arena, mine->message);
    return mine->text;
}

const struct mf_changes *mf_seen_changes(struct mf_check_context *context, const struct mf_seen *before,
                                         const struct mf_seen *after)
{
    struct mf_seen *mine = (struct mf_seen *)after;
    if (mine->changed_from != before) {
        mine->changes = mf_changes_find(context->arena, before->message, after->message);
        mine->changed_from = before;
    }
    return mine->changes;
}

const struct mf_dsn *mf_seen_dsn(struct mf_check_context *context, const struct mf_arrival *arrival)
{
    struct mf_seen *mine = (struct mf_seen *)mf_seen_arrival(context, arrival);
    /* Words alone are not enough where the message proves to be ours. */
    if (!mine->dsn_read && (!arrival->copy.proved || mf_message_is_report(mine->message)))
        mine->dsn = mf_message_dsn(context->arena, mine->message);
    mine->dsn_read = true;
    return mine->dsn;
}

bool mf_is_bounce(struct mf_check_context *context, const struct mf_arrival *arrival)
{
    return mf_seen_dsn(context, arrival) != NULL;
}
