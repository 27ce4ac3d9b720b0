/* One handing-over: composed anew each time (Gmail drops a second message with the same Message-ID),
 * on disk before it starts, its outcome written down before anyone relies on it. */
#include <stdlib.h>
#include <string.h>

#include "mailflow/message.h"
#include "run/lane_internal.h"

static const char **addresses_in(struct mf_arena *arena, const struct mf_flow *flow, int field, size_t *count)
{
    const char **list = mf_alloc_array(arena, flow->recipient_count, sizeof *list);
    *count = 0;
    for (size_t i = 0; i < flow->recipient_count; i++)
        if ((int)flow->recipients[i].field == field)
            list[(*count)++] = flow->recipients[i].address;
    return list;
}

static struct mf_compose_file *files_of(struct mf_arena *arena, const struct mf_message_plan *plan)
{
    struct mf_compose_file *files = mf_alloc_array(arena, plan->attachment_count, sizeof *files);
    for (size_t i = 0; i < plan->attachment_count; i++)
        files[i] = (struct mf_compose_file){plan->attachments[i].name, plan->attachments[i].bytes, plan->attachments[i].is_inline};
    return files;
}

static struct mf_compose_header *headers_of(struct mf_arena *arena, const struct mf_message_plan *plan)
{
    struct mf_compose_header *headers = mf_alloc_array(arena, plan->header_count, sizeof *headers);
    for (size_t i = 0; i < plan->header_count; i++)
        headers[i] = (struct mf_compose_header){plan->headers[i].name, plan->headers[i].value};
    return headers;
}

static const char *id_domain(const struct mf_engine *engine, const struct mf_flow *flow)
{
    const char *domain = mf_address_domain(flow->from);
    return *domain ? domain : engine->plan->site->domains[0];
}

static int compose(struct mf_engine *engine, struct mf_attempt_run *attempt, struct mf_diag *d)
{
    const struct mf_flow *flow = attempt->delivery->run->flow;
    const struct mf_message_plan *plan = &flow->message;
    struct mf_arena *arena = attempt->arena;
    if (plan->raw.data) { /* byte for byte, without marks */
        mf_text_add(&attempt->message, plan->raw.data, plan->raw.len);
        const struct mf_header *id = mf_message_header(mf_message_parse(arena, plan->raw), "Message-ID", 0);
        attempt->message_id = id ? mf_header_text(arena, id, false) : "";
        return 0;
    }
    struct mf_compose c = {.from = flow->from, .from_name = flow->from_person ? flow->from_person->display_name : NULL,
                           .subject = plan->subject, .text = plan->text, .html = plan->html,
                           .template_bytes = plan->template_bytes, .files = files_of(arena, plan),
                           .file_count = plan->attachment_count, .headers = headers_of(arena, plan),
                           .header_count = plan->header_count, .size = plan->size, .message_id_domain = id_domain(engine, flow),
                           .run = engine->plan->run, .flow_id = flow->id, .token = flow->token,
                           .attempt = attempt->number, .secret = engine->plan->secret, .date = mf_now()};
    c.to = addresses_in(arena, flow, MF_TO, &c.to_count);
    c.cc = addresses_in(arena, flow, MF_CC, &c.cc_count);
    return mf_compose_message(arena, &c, &attempt->message, &attempt->message_id, d);
}

static const char **recipient_list(const struct mf_attempt_run *attempt)
{
    const char **list = mf_alloc_array(attempt->arena, attempt->recipient_count, sizeof *list);
    for (size_t i = 0; i < attempt->recipient_count; i++)
        list[i] = attempt->recipients[i].address;
    return list;
}

static int write_intent(struct mf_engine *engine, const struct mf_attempt_run *attempt, const char *via, const char *peer, struct mf_diag *d)
{
    const struct mf_flow *flow = attempt->delivery->run->flow;
    char hash[MF_HASH_SIZE];
    if (mf_journal_blob(engine->journal, mf_text_bytes(&attempt->message), hash, d) < 0)
        return -1;
    struct mf_rec_intent intent = {.at = mf_now(), .flow = flow->id, .attempt = attempt->number, .hash = hash,
                                   .message_id = attempt->message_id, .mail_from = flow->mail_from,
                                   .rcpt = recipient_list(attempt), .rcpt_count = attempt->recipient_count, .via = via, .peer = peer,
                                   .sentinel_of = flow->sentinel_of ? flow->sentinel_of->id : NULL};
    return mf_journal_intent(engine->journal, &intent, d);
}

int mf_attempt_begin(struct mf_engine *engine, struct mf_delivery *delivery, const char *via, const char *peer,
                     struct mf_attempt_run *attempt, struct mf_diag *d)
{
    *attempt = (struct mf_attempt_run){.delivery = delivery, .arena = mf_arena_new(), .recipient_count = delivery->recipient_count,
                                       .indexes = delivery->recipients, .message = {.max = (size_t)256 << 20}};
    attempt->recipients = mf_alloc_array(attempt->arena, delivery->recipient_count, sizeof *attempt->recipients);
    for (size_t i = 0; i < delivery->recipient_count; i++)
        attempt->recipients[i].address = delivery->run->flow->recipients[delivery->recipients[i]].address;
    pthread_mutex_lock(&engine->lock);
    attempt->number = ++delivery->run->attempts;
    pthread_mutex_unlock(&engine->lock);
    if (compose(engine, attempt, &attempt->unfit) < 0) {
        mf_text_clear(&attempt->message); /* told as an attempt that came to nothing */
        attempt->message_id = "";
    }
    return mf_engine_journaled(engine, write_intent(engine, attempt, via, peer, d), d);
}

bool mf_attempt_data(struct mf_engine *engine, const struct mf_attempt_run *attempt)
{
    struct mf_rec_data data = {.at = mf_now(), .flow = attempt->delivery->run->flow->id, .attempt = attempt->number};
    struct mf_diag d = {0};
    return mf_engine_journaled(engine, mf_journal_data(engine->journal, &data, &d), &d) == 0;
}

void mf_attempt_release(struct mf_attempt_run *attempt)
{
    mf_text_release(&attempt->message);
    mf_arena_free(&attempt->arena);
}

/* ---- what came of it ---- */

static const char *outcome_word(enum mf_smtp_outcome outcome)
{
    switch (outcome) {
    case MF_SMTP_ACCEPTED:
        return "accepted";
    case MF_SMTP_REFUSED:
        return "refused";
    case MF_SMTP_UNKNOWN:
        return "unknown";
    case MF_SMTP_TROUBLE:
        return "trouble";
    }
    return "trouble";
}

static struct mf_rec_reply reply_of(const struct mf_smtp_reply *reply)
{
    return (struct mf_rec_reply){reply->code, reply->enhanced, reply->text};
}

static bool is_code(const char *word, size_t len)
{
    return len > 0 && strspn(word, "0123456789.") >= len;
}

/* The server's name stands first in its greeting (RFC 5321 4.2), behind the codes; a refusal need not have it. */
static const char *server_name(struct mf_arena *arena, const char *greeting)
{
    const char *word = greeting;
    size_t len = strcspn(word, " -\r\n");
    while (is_code(word, len)) {
        word += len + strspn(word + len, " -");
        len = strcspn(word, " \r\n");
    }
    bool is_name = mf_starts(greeting, "220") || memchr(word, '.', len);
    return is_name ? mf_copy_bytes(arena, word, len) : "";
}

int mf_attempt_record(struct mf_engine *engine, struct mf_attempt_run *attempt, const struct mf_smtp_sent *sent,
                      const struct mf_diag *trouble, mf_usec retry_at)
{
    struct mf_rec_rcpt *rcpt = mf_alloc_array(attempt->arena, attempt->recipient_count, sizeof *rcpt);
    for (size_t i = 0; i < attempt->recipient_count; i++)
        rcpt[i] = (struct mf_rec_rcpt){attempt->recipients[i].address, reply_of(&attempt->recipients[i].reply)};
    bool by_command = attempt->delivery->lane->via->kind == MF_VIA_COMMAND;
    attempt->concluded = mf_now();
    struct mf_rec_sent record = {
        .at = attempt->concluded, .started = sent->started, .took = sent->finished - sent->started,
        .flow = attempt->delivery->run->flow->id, .attempt = attempt->number, .outcome = outcome_word(sent->outcome),
        .phase = by_command ? "COMMAND" : mf_smtp_phase_name(sent->phase), .reply = reply_of(&sent->reply), .rcpt = rcpt,
        .rcpt_count = attempt->recipient_count, .queue_id = sent->queue_id, .peer = sent->peer,
        .server = server_name(attempt->arena, sent->greeting), .tls = mf_record_tls(&sent->tls), .trouble = trouble->title,
        .hint = trouble->hint, .stage = sent->outcome == MF_SMTP_TROUBLE ? mf_stage_name(sent->trouble.stage) : "",
        .temporary = sent->outcome == MF_SMTP_TROUBLE && sent->trouble.temporary, .retry_at = retry_at};
    struct mf_diag d = {0};
    return mf_engine_journaled(engine, mf_journal_sent(engine->journal, &record, &d), &d);
}

/* The same rules by which the evidence is folded (handing.c in room evidence). */
static struct mf_handover handover_after(const struct mf_smtp_reply *own, const struct mf_smtp_sent *sent, mf_usec retry_at, mf_usec now)
{
    int code = own->code >= 400 ? own->code : sent->reply.code;
    bool refused = own->code >= 400 || sent->outcome == MF_SMTP_REFUSED;
    if (refused && code < 500 && retry_at)
        return (struct mf_handover){MF_HANDED_DEFERRED, false, now};
    if (refused)
        return (struct mf_handover){MF_HANDED_REFUSED, true, now};
    if (sent->outcome == MF_SMTP_ACCEPTED)
        return (struct mf_handover){MF_HANDED_ACCEPTED, true, now};
    if (sent->outcome == MF_SMTP_UNKNOWN)
        return (struct mf_handover){MF_HANDED_UNKNOWN, true, now};
    return (struct mf_handover){MF_HANDED_TROUBLE, retry_at == 0, now};
}

void mf_attempt_settle(struct mf_engine *engine, const struct mf_attempt_run *attempt, const struct mf_smtp_sent *sent, mf_usec retry_at)
{
    struct mf_delivery *delivery = attempt->delivery;
    mf_usec now = attempt->concluded; /* the engine and the evidence reckon from the same instant */
    size_t left = 0;
    for (size_t i = 0; i < attempt->recipient_count; i++) {
        size_t index = attempt->indexes[i];
        delivery->run->recipients[index] = handover_after(&attempt->recipients[i].reply, sent, retry_at, now);
        if (!delivery->run->recipients[index].final)
            delivery->recipients[left++] = index;
    }
    delivery->recipient_count = left;
    delivery->run->changed = now;
    engine->last_sent = now;
    if (!delivery->run->sentinel_of)
        delivery->lane->cap->last_sent = now;
    mf_flow_update(engine, delivery->run);
}
