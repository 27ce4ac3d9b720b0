/* A bounce without the message that it is about (some servers return nothing of it): it belongs to a flow
 * when it came to the flow's sender and names a recipient that no other flow of his has. */
#include "run/box_internal.h"

/* The message, or its header, that a bounce returns (RFC 3462, 6522); NULL: nothing. */
static const struct mf_part *returned(struct mf_arena *arena, const struct mf_message *message)
{
    struct mf_part *parts;
    size_t count = mf_message_parts(arena, message, &parts);
    for (size_t i = 0; i < count; i++)
        if (mf_same(parts[i].type, "message/rfc822") || mf_same(parts[i].type, "message/global") ||
            mf_same(parts[i].type, "text/rfc822-headers") || mf_same(parts[i].type, "message/global-headers"))
            return &parts[i];
    return NULL;
}

bool mf_bounce_returns_ours(struct mf_box *box, struct mf_arena *arena, const struct mf_message *message, const struct mf_flow_run *run)
{
    const struct mf_part *part = mf_message_is_report(message) ? returned(arena, message) : NULL;
    long index = -1;
    if (!part || mf_mark_index_find(box->engine->marks, part->content, &index).proof != MF_PROOF_OURS)
        return false;
    return index >= 0 && &box->engine->flows[index] == run;
}

static bool is_named(const struct mf_dsn *dsn, const char *address)
{
    for (size_t i = 0; i < dsn->recipient_count; i++)
        if (mf_same_nocase(dsn->recipients[i].final, address) || mf_same_nocase(dsn->recipients[i].original, address))
            return true;
    return false;
}

static bool names_a_recipient(const struct mf_dsn *dsn, const struct mf_flow *flow)
{
    for (size_t i = 0; i < flow->recipient_count; i++)
        if (is_named(dsn, flow->recipients[i].address))
            return true;
    return false;
}

/* The quick question first: thousands of flows may be asked, under the lock. */
static bool may_be_about(const struct mf_box *box, const struct mf_flow_run *run, const struct mf_dsn *dsn)
{
    return run->attempts > 0 && names_a_recipient(dsn, run->flow) &&
           mf_site_person_at(box->engine->plan->site, run->flow->mail_from) == box->mailbox->person;
}

struct mf_flow_run *mf_bounce_owner(struct mf_box *box, struct mf_arena *arena, const struct mf_message *message, const struct mf_dsn *dsn)
{
    struct mf_engine *engine = box->engine;
    struct mf_flow_run *owner = NULL;
    size_t owners = 0;
    if (!dsn->standard || returned(arena, message))
        return NULL;
    pthread_mutex_lock(&engine->lock);
    for (size_t i = 0; i < engine->flow_count; i++)
        if (may_be_about(box, &engine->flows[i], dsn)) {
            owner = &engine->flows[i];
            owners++;
        }
    pthread_mutex_unlock(&engine->lock);
    return owners == 1 ? owner : NULL;
}
