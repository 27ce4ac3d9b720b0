/* Private to room message: finding one of many words (tokens, flow ids) in a text, in one pass, and
 * the marks of one message.
 */
#ifndef MESSAGE_MARK_INDEX_INTERNAL_H
#define MESSAGE_MARK_INDEX_INTERNAL_H

#include "mailflow/compose.h"
#include "mailflow/message.h"

struct mf_word_table; /* words by hash; all lengths that occur are looked for */

struct mf_word_table *mf_word_table_new(const char *const *words, size_t count);
void mf_word_table_free(struct mf_word_table **table);
/* The place of this very word in the array, or -1. */
long mf_word_table_get(const struct mf_word_table *table, struct mf_bytes word);
/* The first place of a text where a word stands, at any offset: its number, or -1; *at: where. */
long mf_word_table_scan(const struct mf_word_table *table, struct mf_bytes text, size_t *at);

struct mf_mark_index {
    struct mf_mark_key key;
    struct mf_word_table *tokens, *flow_ids;
};

#define MF_MARK_FIELDS_MAX 16 /* of one name; more than one are somebody's game */

/* One message being looked through. */
struct mf_mark_search {
    const struct mf_mark_index *index;
    struct mf_arena *arena;
    const struct mf_message *message;
    struct mf_marks marks;
    long flow;
    long claimed_flow; /* what X-Mailflow says without a good MAC: heard last */
    int claimed_attempt;
    bool id_is_ours;   /* the Message-ID is one that we make, with one of our tokens in its place */
};
void mf_mark_set(char word[33], const char *value); /* cut to fit; NULL: empty */
/* The first word on which flow it is decides: the surest place is looked at first. */
void mf_mark_note_flow(struct mf_mark_search *search, long flow);
const char *mf_mark_field(struct mf_mark_search *search, const char *name, size_t n); /* not decoded */
/* The attempt in what follows a token in a Message-ID of ours: ".2@domain"; 0 when it is none. */
int mf_mark_attempt_behind(struct mf_bytes text, size_t at);
/* The message's own fields that can prove it ours: X-Mailflow, and <mf.RUN.TOKEN.ATTEMPT@domain>. */
void mf_mark_look_at_proofs(struct mf_mark_search *search);
bool mf_mark_is_own_id(const struct mf_mark_search *search, const char *id);

#endif
