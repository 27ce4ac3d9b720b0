/* SPF and DMARC of a copy, as its border could judge them: evaluated once for each message. */
#include <string.h>

#include "check/check_internal.h"

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

/* In order of travel the first line written by the receiving side: what it says of its client was
 * seen by it, everything below was said by others. */
static const struct mf_received *border_line(struct mf_check_context *context, const struct mf_case *at)
{
    size_t count;
    const struct mf_received **path = mf_seen_path(context, mf_seen_arrival(context, at->arrival), &count);
    for (size_t i = 0; i < count; i++)
        if (path[i]->by &&
            (mf_server_has_host(at->expect->mailbox->server, path[i]->by) || is_mx(context, at, path[i]->by)))
            return path[i]->ip ? path[i] : NULL;
    return NULL;
}

/* The envelope sender at final delivery (RFC 5321 4.4), else as it was sent. */
static const char *envelope_sender(struct mf_check_context *context, const struct mf_case *at)
{
    const struct mf_header *field = mf_message_header(mf_seen_arrival(context, at->arrival)->message, "Return-Path", 0);
    if (!field)
        return at->message->mail_from;
    const char *value = mf_header_text(context->arena, field, false);
    size_t len = strlen(value);
    if (len >= 2 && value[0] == '<' && value[len - 1] == '>')
        return mf_copy_bytes(context->arena, value + 1, len - 2);
    return value;
}

const struct mf_spf *mf_seen_spf(struct mf_check_context *context, const struct mf_case *at)
{
    struct mf_seen *seen = (struct mf_seen *)mf_seen_arrival(context, at->arrival);
    if (!seen->spf_judged) {
        const struct mf_received *line = border_line(context, at);
        struct mf_spf_query query = {.now = at->arrival->copy.at};
        if (line) {
            query.ip = line->ip;
            query.helo = line->helo ? line->helo : "";
            query.mail_from = envelope_sender(context, at);
            query.receiver = line->by;
            seen->spf = mf_spf_check(context->arena, &query, context->evidence->dns, MF_NEVER);
        }
        seen->spf_judged = true;
    }
    if (seen->spf && seen->spf->need_more)
        context->facts->need_dns = true;
    return seen->spf;
}

const struct mf_dmarc *mf_seen_dmarc(struct mf_check_context *context, const struct mf_case *at)
{
    struct mf_seen *seen = (struct mf_seen *)mf_seen_arrival(context, at->arrival);
    if (!seen->dmarc) {
        const struct mf_spf *spf = mf_seen_spf(context, at);
        const struct mf_dkim *dkim = mf_seen_dkim(context, seen, at->arrival->copy.at);
        struct mf_dmarc_query query = mf_dmarc_query_of(context->arena, seen->message, spf, dkim);
        seen->dmarc = mf_dmarc_check(context->arena, &query, context->evidence->dns, MF_NEVER);
    }
    if (seen->dmarc->need_more)
        context->facts->need_dns = true;
    return seen->dmarc;
}
