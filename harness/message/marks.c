/* Is a received message one of a run's? What can be copied by whoever quotes our message (the token
 * in a text) finds it; only what stands in its own header fields proves it.
 */
#include "mailflow/compose.h"

#include <stdlib.h>
#include <string.h>

#include "mailflow/message.h"
#include "message/charset_internal.h"
#include "message/mark_index_internal.h"
#include "message/part_internal.h"

struct mf_mark_index *mf_mark_index_new(const struct mf_mark_key *key)
{
    struct mf_mark_index *index = mf_xmalloc(sizeof *index);
    index->key = *key;
    index->tokens = mf_word_table_new(key->tokens, key->count);
    index->flow_ids = mf_word_table_new(key->flow_ids, key->count);
    return index;
}

void mf_mark_index_free(struct mf_mark_index **index)
{
    if (!index || !*index)
        return;
    mf_word_table_free(&(*index)->tokens);
    mf_word_table_free(&(*index)->flow_ids);
    free(*index);
    *index = NULL;
}

/* A token anywhere in a text: notes the flow, and the attempt when it stands in a Message-ID of ours. */
static bool find_token(struct mf_mark_search *search, struct mf_bytes text)
{
    size_t at;
    long flow = mf_word_table_scan(search->index->tokens, text, &at);
    if (flow < 0)
        return false;
    mf_mark_note_flow(search, flow);
    if (search->flow == flow && search->marks.attempt == 0)
        search->marks.attempt = mf_mark_attempt_behind(text, at + strlen(search->index->key.tokens[flow]));
    return true;
}

static bool quotes_us(struct mf_mark_search *search, const char *name)
{
    for (size_t n = 0; n < MF_MARK_FIELDS_MAX && mf_message_header(search->message, name, n); ++n)
        if (find_token(search, mf_bytes_of(mf_mark_field(search, name, n))))
            return true;
    return false;
}

/* What only an unproved X-Mailflow says counts when nothing better does. */
static void hear_claim(struct mf_mark_search *search)
{
    mf_mark_note_flow(search, search->claimed_flow);
    if (search->marks.attempt == 0 && search->claimed_flow >= 0 && search->claimed_flow == search->flow)
        search->marks.attempt = search->claimed_attempt;
}

static void look_at_fields(struct mf_mark_search *search)
{
    struct mf_marks *marks = &search->marks;
    for (size_t n = 0; n < MF_MARK_FIELDS_MAX && mf_message_header(search->message, "Message-ID", n); ++n) {
        const char *id = mf_mark_field(search, "Message-ID", n);
        search->id_is_ours |= mf_mark_is_own_id(search, id);
        marks->in_message_id |= find_token(search, mf_bytes_of(id));
    }
    const struct mf_header *subject = mf_message_header(search->message, "Subject", 0);
    if (subject)
        marks->in_subject = find_token(search, mf_bytes_of(mf_header_text(search->arena, subject, true)));
    marks->in_reference = quotes_us(search, "In-Reply-To") || quotes_us(search, "References");
}

static bool has_text(const struct mf_part *part)
{
    return mf_starts(part->type, "text/") || mf_starts(part->type, "message/");
}

/* UTF-16 and its like hide ASCII letters; everything else that mail uses shows them. */
static bool hides_ascii(const char *charset)
{
    return charset && (mf_starts_nocase(charset, "utf-16") || mf_starts_nocase(charset, "utf-32") ||
                       mf_starts_nocase(charset, "utf-7"));
}

static bool find_in_parts(struct mf_mark_search *search, const struct mf_message *message, int depth)
{
    struct mf_part *parts;
    size_t count = mf_message_parts_wanted(search->arena, message, has_text, &parts);
    for (size_t i = 0; i < count; ++i) {
        struct mf_bytes content = parts[i].content;
        if (hides_ascii(parts[i].charset))
            content = mf_bytes_of(mf_part_text(search->arena, &parts[i]));
        if (find_token(search, content))
            return true;
        if (depth > 0 && mf_part_is_message(&parts[i]) &&
            find_in_parts(search, mf_message_parse(search->arena, content), depth - 1))
            return true;
    }
    return false;
}

static struct mf_marks judge(struct mf_mark_search *search, long *flow)
{
    struct mf_marks *marks = &search->marks;
    if (flow)
        *flow = search->flow;
    if (search->flow < 0)
        marks->proof = MF_PROOF_NONE;
    else if (marks->mac_good || search->id_is_ours)
        marks->proof = MF_PROOF_OURS;
    else
        marks->proof = MF_PROOF_MARK;
    return *marks;
}

struct mf_marks mf_mark_index_find(const struct mf_mark_index *index, struct mf_bytes raw, long *flow)
{
    struct mf_mark_search search = {.index = index, .arena = mf_arena_new(), .flow = -1, .claimed_flow = -1};
    search.message = mf_message_parse(search.arena, raw);
    mf_mark_look_at_proofs(&search);
    look_at_fields(&search);
    hear_claim(&search);
    search.marks.in_body = find_in_parts(&search, search.message, 3);
    struct mf_marks found = judge(&search, flow);
    mf_arena_free(&search.arena);
    return found;
}

struct mf_marks mf_marks_find(struct mf_bytes raw, const struct mf_mark_key *key, long *flow)
{
    struct mf_mark_index *index = mf_mark_index_new(key);
    struct mf_marks found = mf_mark_index_find(index, raw, flow);
    mf_mark_index_free(&index);
    return found;
}
