/* Inside room plan: which keys there are. Every kind of map of the language is a form, made of one or
 * two tables of keys. From these tables come binding, "unknown key" with its suggestion, what is
 * missing, and the reference that mf_language_print writes; there is no second list anywhere.
 */
#ifndef MAILFLOW_PLAN_KEYS_INTERNAL_H
#define MAILFLOW_PLAN_KEYS_INTERNAL_H

#include "mailflow/plan.h"

struct mf_binder;

/* Binds a value into its target (what the target is depends on the form). False: it is no good, and
 * that was told. */
typedef bool mf_key_bind(struct mf_binder *b, const struct mf_node *value, void *target);

enum mf_key_flag {
    MF_KEY_REQUIRED = 1,
    MF_KEY_LATER = 2,     /* known and checked, but a flow that uses it is not run yet */
    MF_KEY_FLAG = 4      /* stands alone, without a value */
};

struct mf_key {
    const char *name, *type;
    const char *fallback; /* what holds when it is left out, in words */
    const char *meaning;
    mf_key_bind *bind;
    unsigned flags;
    const char *also;     /* words that people write instead, separated by spaces, or NULL */
};

struct mf_table {
    const char *title; /* heading in the reference */
    const struct mf_key *keys;
    size_t count;
};

enum { MF_IN_SITE = 1, MF_IN_SCENARIO = 2, MF_IN_BOTH = 3 };

struct mf_form {
    const char *what;  /* "a flow" */
    const char *reach; /* completes `"subject" belongs in …` */
    unsigned where;    /* in which files it stands: MF_IN_SITE, MF_IN_SCENARIO */
    const struct mf_table *tables[4];
};

extern const struct mf_form mf_form_site, mf_form_dns_table, mf_form_dkim_value, mf_form_server, mf_form_tls,
    mf_form_person, mf_form_application, mf_form_login, mf_form_oauth2, mf_form_secret, mf_form_action, mf_form_ask,
    mf_form_deadlines, mf_form_kind_deadlines, mf_form_limits, mf_form_via, mf_form_file, mf_form_section, mf_form_phase, mf_form_include,
    mf_form_flow, mf_form_dns_rows, mf_form_message, mf_form_expect, mf_form_auth, mf_form_bounce, mf_form_dsn,
    mf_form_known_failure, mf_form_capture;
extern const struct mf_table mf_flow_table; /* the keys that a file and a section may hold for their flows */
extern const struct mf_form *const mf_forms[]; /* all of them, NULL-terminated, in the order of the reference */

/* A map read by its form. Values by their number in the form, tables one after the other. */
#define MF_KEYS_MAX 48
struct mf_given {
    const struct mf_form *form;
    const struct mf_node *node;
    const struct mf_node *value[MF_KEYS_MAX];
    const struct mf_node *key[MF_KEYS_MAX];
    bool broken[MF_KEYS_MAX]; /* misspelled or empty, and told: say nothing more of it */
    const struct mf_node *meant[MF_KEYS_MAX]; /* of a misspelled one: its value */
    bool strange;             /* a key that nobody knows */
};

const struct mf_key *mf_form_key(const struct mf_form *form, size_t i); /* NULL past the end */
/* Number of a key in a form; -1 when it has none of that name. */
int mf_form_find(const struct mf_form *form, const char *name);

/* Sorts a map's pairs by the form and tells unknown and empty keys. False: no map at all (told). */
bool mf_keys_read(struct mf_binder *b, const struct mf_form *form, const struct mf_node *node, struct mf_given *given);
/* Tells what is required and missing. */
bool mf_keys_require(struct mf_binder *b, const struct mf_given *given);
/* Calls a key's binder, with the key as context for messages. */
bool mf_key_call(struct mf_binder *b, const struct mf_key *key, const struct mf_node *key_node,
                 const struct mf_node *value, void *target);
/* Requires, and binds in the order of the tables. False: something was told. */
bool mf_keys_bind_given(struct mf_binder *b, const struct mf_given *given, void *target);
/* All of it, with reading. */
bool mf_keys_bind(struct mf_binder *b, const struct mf_form *form, const struct mf_node *node, void *target);

/* Words that would be right at a place. */
struct mf_words {
    struct mf_arena *arena;
    const char **items;
    size_t count, capacity;
};
void mf_words_add(struct mf_words *words, const char *word);
/* `did you mean "x"?`, up to three words when they are as near; NULL when none is near. */
const char *mf_words_near(const struct mf_words *words, const char *word);
/* The words that mf_words_near names, nearest first. */
struct mf_words mf_words_all_near(const struct mf_words *words, const char *word);
/* How many letters off the nearest is; large: none is near. */
int mf_words_distance(const struct mf_words *words, const char *word);
/* The same as mf_words_near; when nothing is near and the words are few, names them all. */
const char *mf_words_hint(const struct mf_words *words, const char *word);

#endif
