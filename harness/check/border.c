/* Where mail came in, and what could be judged there. */
#include "check/border.h"

#include <string.h>

static const struct mf_server *receiver_named(const struct mf_check_context *context, const struct mf_case *at,
                                              const char *host)
{
    const struct mf_site *site = context->plan->site;
    const struct mf_mailbox *mailbox = at->expect->mailbox;
    if (!host)
        return NULL;
    if (mf_server_has_host(mailbox->server, host))
        return mailbox->server;
    for (size_t i = 0; !mailbox->person->outside && i < site->server_count; i++)
        if (site->servers[i].role != MF_ROLE_OUTSIDE && mf_server_has_host(&site->servers[i], host))
            return &site->servers[i];
    return NULL;
}

/* The n-th Received from the top. */
static size_t place_of(const struct mf_message *message, size_t n)
{
    const struct mf_header *field = mf_message_header(message, "Received", n);
    return field ? (size_t)(field - message->headers) : MF_AUTHRES_NO_BORDER;
}

struct mf_border mf_border_find(struct mf_check_context *context, const struct mf_case *at)
{
    const struct mf_seen *seen = mf_seen_arrival(context, at->arrival);
    size_t count;
    const struct mf_received **path = mf_seen_path(context, seen, &count);
    for (size_t i = 0; i < count; i++) {
        const struct mf_server *server = receiver_named(context, at, path[i]->by);
        if (server)
            return (struct mf_border){server, path[i], place_of(seen->message, count - 1 - i)};
    }
    return (struct mf_border){NULL, NULL, MF_AUTHRES_NO_BORDER};
}

/* At the recipient's own server the usual evaluation holds; at the gateway in front of it the client
 * is another, and the envelope sender is still the one that was handed over. */
const struct mf_spf *mf_border_spf(struct mf_check_context *context, const struct mf_case *at,
                                   const struct mf_border *border)
{
    if (border->server == at->expect->mailbox->server)
        return mf_seen_spf(context, at);
    if (!border->line || !border->line->ip)
        return NULL;
    struct mf_spf_query query = {.ip = border->line->ip,
                                 .helo = border->line->helo ? border->line->helo : "",
                                 .mail_from = at->message->mail_from,
                                 .receiver = border->line->by,
                                 .now = at->arrival->copy.at};
    const struct mf_spf *spf = mf_spf_check(context->arena, &query, context->evidence->dns, MF_NEVER);
    context->facts->need_dns = context->facts->need_dns || spf->need_more;
    return spf;
}

const struct mf_dmarc *mf_border_dmarc(struct mf_check_context *context, const struct mf_case *at,
                                       const struct mf_border *border)
{
    if (border->server == at->expect->mailbox->server)
        return mf_seen_dmarc(context, at);
    const struct mf_seen *seen = mf_seen_arrival(context, at->arrival);
    struct mf_dmarc_query query = mf_dmarc_query_of(context->arena, seen->message, mf_border_spf(context, at, border),
                                                    mf_seen_dkim(context, seen, at->arrival->copy.at));
    const struct mf_dmarc *dmarc = mf_dmarc_check(context->arena, &query, context->evidence->dns, MF_NEVER);
    context->facts->need_dns = context->facts->need_dns || dmarc->need_more;
    return dmarc;
}

static bool is_pass_of(const struct mf_authres_result *result, const char *domain)
{
    const char *signer = mf_authres_property(result, "header.d"), *identity = mf_authres_property(result, "header.i");
    if (!signer && identity)
        signer = mf_address_domain(identity);
    return mf_same(result->method, "dkim") && mf_same(result->result, "pass") && !result->is_hollow && signer &&
           mf_same_nocase(signer, domain);
}

bool mf_border_verified(struct mf_check_context *context, const struct mf_case *at, const char *domain)
{
    struct mf_border border = mf_border_find(context, at);
    const struct mf_message *message = mf_seen_arrival(context, at->arrival)->message;
    size_t count;
    struct mf_authres **fields = mf_message_authres(context->arena, message, &count);
    if (!border.server)
        return false;
    mf_authres_sort(message, fields, count, border.server->authserv_ids, border.server->authserv_id_count,
                    border.header);
    for (size_t i = 0; i < count; i++)
        for (size_t r = 0; fields[i]->trust == MF_AUTHRES_TRUSTED && r < fields[i]->count; r++)
            if (is_pass_of(&fields[i]->results[r], domain))
                return true;
    return false;
}
