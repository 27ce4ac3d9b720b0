/* What proves a message ours: the MAC of X-Mailflow, or a Message-ID as we make it. Both must be fields of
 * the message itself.
 */
#include <stdlib.h>
#include <string.h>

#include "message/mac_internal.h"
#include "message/mark_index_internal.h"
#include "message/parameter_internal.h"

/* <mf.RUN.TOKEN.ATTEMPT@domain>, as a whole: an id of somebody else may have ours within it. */
bool mf_mark_is_own_id(const struct mf_mark_search *search, const char *id)
{
    const struct mf_mark_key *key = &search->index->key;
    size_t run = strlen(key->run);
    if (!mf_starts(id, "<mf.") || strncmp(id + 4, key->run, run) != 0 || id[4 + run] != '.')
        return false;
    const char *token = id + 4 + run + 1;
    struct mf_bytes word = {token, strcspn(token, ".@<> ")};
    long flow = mf_word_table_get(search->index->tokens, word);
    return flow >= 0 && mf_mark_attempt_behind(mf_bytes_of(token), word.len) > 0;
}

/* An answer made by a machine that copied our fields: not ours, though our mark stands in it. */
static bool is_answer(struct mf_mark_search *search)
{
    const char *automatic = mf_mark_field(search, "Auto-Submitted", 0);
    return mf_starts_nocase(automatic, "auto-replied") || mf_starts_nocase(automatic, "auto-notified") ||
           mf_message_header(search->message, "In-Reply-To", 0) != NULL;
}

/* The MAC covers the Message-ID as sent. Where a server replaced it, the copy in the mark is taken. */
static bool mac_is_good(struct mf_mark_search *search, const struct mf_parameters *mark, int attempt, const char *mac)
{
    const struct mf_mark_key *key = &search->index->key;
    const char *own_id = mf_parameters_get(search->arena, mark, "id");
    char wanted[MF_MAC_HEX + 1];
    for (size_t n = 0; n < MF_MARK_FIELDS_MAX && mf_message_header(search->message, "Message-ID", n); ++n) {
        mf_mac_of_mark(key->secret, search->marks.run, search->marks.flow_id, attempt,
                       mf_mark_field(search, "Message-ID", n), wanted);
        if (mf_mac_same(wanted, mac))
            return true;
    }
    if (!own_id || is_answer(search))
        return false;
    mf_mac_of_mark(key->secret, search->marks.run, search->marks.flow_id, attempt,
                   mf_format(search->arena, "<%s>", own_id), wanted);
    return mf_mac_same(wanted, mac);
}

static int attempt_of(const char *text)
{
    char *end;
    long attempt = text ? strtol(text, &end, 10) : 0;
    return attempt > 0 && attempt <= 1000000 && *end == '\0' ? (int)attempt : 0;
}

/* One X-Mailflow field. */
static void read_mark(struct mf_mark_search *search, const char *value)
{
    /* The first parameter has no value before it; "x;" gives it one. */
    struct mf_parameters mark = mf_parameters_parse(search->arena, mf_format(search->arena, "x;%s", value));
    const char *mac = mf_parameters_get(search->arena, &mark, "mac");
    struct mf_marks *marks = &search->marks;
    marks->in_header = true;
    mf_mark_set(marks->run, mf_parameters_get(search->arena, &mark, "run"));
    mf_mark_set(marks->flow_id, mf_parameters_get(search->arena, &mark, "flow"));
    int attempt = attempt_of(mf_parameters_get(search->arena, &mark, "attempt"));
    if (!mf_same(marks->run, search->index->key.run))
        return; /* of another run: told, but none of ours */
    long flow = mf_word_table_get(search->index->flow_ids, mf_bytes_of(marks->flow_id));
    marks->mac_good = mac && mac_is_good(search, &mark, attempt, mac);
    if (marks->mac_good) {
        marks->attempt = attempt;
        mf_mark_note_flow(search, flow);
    } else if (search->claimed_flow < 0) {
        search->claimed_flow = flow;
        search->claimed_attempt = attempt;
    }
}

void mf_mark_look_at_proofs(struct mf_mark_search *search)
{
    for (size_t n = 0; n < MF_MARK_FIELDS_MAX && mf_message_header(search->message, "X-Mailflow", n); ++n) {
        read_mark(search, mf_mark_field(search, "X-Mailflow", n));
        if (search->marks.mac_good)
            break;
    }
}

