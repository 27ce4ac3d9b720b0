/* What became of the handing-over to one recipient, over all attempts. */
#include "mailflow/evidence.h"

#include <string.h>

static bool same_address(const char *a, const char *b)
{
    return mf_same_nocase(a, b);
}

static bool meant_for(const struct mf_attempt *attempt, const char *recipient)
{
    for (size_t i = 0; i < attempt->intent.rcpt_count; i++)
        if (same_address(attempt->intent.rcpt[i], recipient))
            return true;
    return false;
}

/* The reply to this recipient's RCPT, or NULL: never asked, or none came. */
static const struct mf_rec_reply *rcpt_reply(const struct mf_rec_sent *sent, const char *recipient)
{
    for (size_t i = 0; i < sent->rcpt_count; i++)
        if (same_address(sent->rcpt[i].address, recipient))
            return sent->rcpt[i].reply.code ? &sent->rcpt[i].reply : NULL;
    return NULL;
}

static bool refuses(const struct mf_rec_reply *reply)
{
    return reply && reply->code >= 400;
}

static enum mf_handed refused_state(const struct mf_rec_sent *sent, int code)
{
    return code < 500 && sent->retry_at ? MF_HANDED_DEFERRED : MF_HANDED_REFUSED;
}

/* One attempt's word on the recipient. */
static struct mf_handing word_of(const struct mf_attempt *attempt, const char *recipient)
{
    const struct mf_rec_sent *sent = attempt->sent;
    struct mf_handing word = {.state = MF_HANDED_UNKNOWN, .attempt = attempt, .phase = "", .reply = {0, "", ""}};
    if (!sent)
        return word;
    const struct mf_rec_reply *own = rcpt_reply(sent, recipient);
    word.phase = sent->phase;
    word.reply = sent->reply;
    if (refuses(own)) {
        word.state = refused_state(sent, own->code);
        word.reply = *own;
        word.phase = "RCPT";
    } else if (strcmp(sent->outcome, "accepted") == 0) {
        word.state = MF_HANDED_ACCEPTED;
        word.accepted_at = sent->at;
    } else if (strcmp(sent->outcome, "refused") == 0) {
        word.state = refused_state(sent, sent->reply.code);
    } else if (strcmp(sent->outcome, "trouble") == 0) {
        word.state = MF_HANDED_TROUBLE;
    }
    return word;
}

/* Killed before the message left: as if it had not been tried. */
static bool never_began(const struct mf_attempt *attempt)
{
    return !attempt->sent && !attempt->data_at;
}

/* After these nothing is handed over again, whatever a journal may say. */
static bool is_final(const struct mf_handing *handing)
{
    return handing->state == MF_HANDED_ACCEPTED || handing->state == MF_HANDED_UNKNOWN ||
           (handing->state == MF_HANDED_REFUSED && handing->reply.code >= 500);
}

struct mf_handing mf_evidence_handing(const struct mf_flow_evidence *flow, const char *recipient)
{
    struct mf_handing handing = {.state = MF_HANDED_NOT_YET, .phase = "", .reply = {0, "", ""}};
    const struct mf_attempt *first_deferred = NULL;
    for (size_t i = 0; flow && i < flow->attempt_count && !is_final(&handing); i++) {
        if (!meant_for(&flow->attempts[i], recipient) || never_began(&flow->attempts[i]))
            continue;
        handing = word_of(&flow->attempts[i], recipient);
        bool soft = handing.reply.code >= 400 && handing.reply.code < 500;
        if (soft && !first_deferred)
            first_deferred = handing.attempt;
    }
    handing.first_deferred = first_deferred;
    return handing;
}
