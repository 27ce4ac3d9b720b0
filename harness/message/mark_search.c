/* What looking for marks and looking for proofs share: which flow it is, fields, attempts. */
#include <stdio.h>

#include "message/bytes_internal.h"
#include "message/mark_index_internal.h"

void mf_mark_set(char word[33], const char *value)
{
    snprintf(word, 33, "%s", value ? value : "");
}

void mf_mark_note_flow(struct mf_mark_search *search, long flow)
{
    const struct mf_mark_key *key = &search->index->key;
    if (flow < 0 || search->flow >= 0)
        return;
    search->flow = flow;
    mf_mark_set(search->marks.run, key->run);
    mf_mark_set(search->marks.flow_id, key->flow_ids ? key->flow_ids[flow] : NULL);
    mf_mark_set(search->marks.token, key->tokens ? key->tokens[flow] : NULL);
}

const char *mf_mark_field(struct mf_mark_search *search, const char *name, size_t n)
{
    return mf_header_text(search->arena, mf_message_header(search->message, name, n), false);
}

int mf_mark_attempt_behind(struct mf_bytes text, size_t at)
{
    int attempt = 0;
    if (at >= text.len || text.data[at] != '.')
        return 0;
    while (++at < text.len && mf_is_digit((unsigned char)text.data[at]) && attempt < 100000)
        attempt = attempt * 10 + (text.data[at] - '0');
    return at < text.len && text.data[at] == '@' ? attempt : 0;
}
