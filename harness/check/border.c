/* Where mail came in, and what could be judged there. */
#include "check/border.h"

#include <string.h>

/* Is a host one of those that take mail for the recipient's domain? A second MX may have taken it and
 * handed it on, and its word on the client is the receiving side's as well. */
static bool is_mx(struct mf_check_context *context, const struct mf_case *at, const char *host)
{
    const char *domain = at->recipient ? mf_address_domain(at->recipient->address) : "";
    if (!*domain)
        return false;
    const struct mf_dns_answer *answer =
        mf_dns_ask(context->evidence->dns, context->arena, domain, MF_DNS_MX, MF_NEVER);
    if (answer->status == MF_DNS_UNKNOWN)
        context->facts->need_dns = true;
    for (size_t i = 0; i < answer->count; i++)
        if (mf_same_nocase(answer->records[i].host, host))
            return true;
    return false;
}

static const struct mf_server *receiver_named(struct mf_check_context *context, const struct mf_case *at,
                                              const char *host)
{
    const struct mf_site *site = context->plan->site;
    const struct mf_mailbox *mailbox = at->expect->mailbox;
    if (!host)
        return NULL;
    if (mf_server_has_host(mailbox->server, host))
        return mailbox->server;
    if (mailbox->person->outside)
        return is_mx(context, at, host) ? mailbox->server : NULL;
    for (size_t i = 0; i < site->server_count; i++)
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

/* The envelope sender at final delivery (RFC 5321 4.4), else as it was sent. A server in front of the
 * mailbox's own saw the one that was handed over. */
static const char *envelope_sender(struct mf_check_context *context, const struct mf_case *at,
                                   const struct mf_border *border)
{
    const struct mf_header *field = mf_message_header(mf_seen_arrival(context, at->arrival)->message, "Return-Path", 0);
    if (!field || border->server != at->expect->mailbox->server)
        return at->message->mail_from;
    const char *value = mf_header_text(context->arena, field, false);
    size_t len = strlen(value);
    if (len >= 2 && value[0] == '<' && value[len - 1] == '>')
        return mf_copy_bytes(context->arena, value + 1, len - 2);
    return value;
}

const struct mf_spf *mf_border_spf(struct mf_check_context *context, const struct mf_case *at)
{
    struct mf_seen *seen = (struct mf_seen *)mf_seen_arrival(context, at->arrival);
    if (!seen->spf_judged) {
        struct mf_border border = mf_border_find(context, at);
        if (border.line && border.line->ip) {
            struct mf_spf_query query = {.ip = border.line->ip,
                                         .helo = border.line->helo ? border.line->helo : "",
                                         .mail_from = envelope_sender(context, at, &border),
                                         .receiver = border.line->by,
                                         .now = at->arrival->copy.at};
            seen->spf = mf_spf_check(context->arena, &query, mf_case_dns(context), MF_NEVER);
        }
        seen->spf_judged = true;
    }
    if (seen->spf && seen->spf->need_more)
        context->facts->need_dns = true;
    return seen->spf;
}

const struct mf_dmarc *mf_border_dmarc(struct mf_check_context *context, const struct mf_case *at)
{
    struct mf_seen *seen = (struct mf_seen *)mf_seen_arrival(context, at->arrival);
    if (!seen->dmarc) {
        const struct mf_spf *spf = mf_border_spf(context, at);
        const struct mf_dkim *dkim = mf_seen_dkim(context, seen, at->arrival->copy.at);
        struct mf_dmarc_query query = mf_dmarc_query_of(context->arena, seen->message, spf, dkim);
        seen->dmarc = mf_dmarc_check(context->arena, &query, mf_case_dns(context), MF_NEVER);
    }
    if (seen->dmarc->need_more)
        context->facts->need_dns = true;
    return seen->dmarc;
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
