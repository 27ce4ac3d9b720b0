/* Inside room plan: flows on their way from nodes to the plan.
 *
 * 1. Files are read with what they include; every flow of a section becomes as many drafts as its
 *    `each` has rows, and gets its name (collect.c).
 * 2. Each draft is bound into its mf_flow; one that another looks at again (`of`) comes first (flow.c).
 * 3. needs are looked up, --only picks, and the watch set follows (select.c, watch.c).
 */
#ifndef MAILFLOW_PLAN_FLOW_INTERNAL_H
#define MAILFLOW_PLAN_FLOW_INTERNAL_H

#include "plan/bind_internal.h"

/* Numbers of mf_flow_table's keys, in its order. */
enum mf_flow_key {
    MF_FLOW_FROM, MF_FLOW_TO, MF_FLOW_CC, MF_FLOW_BCC, MF_FLOW_MAIL_FROM, MF_FLOW_VIA, MF_FLOW_DSN, MF_FLOW_MESSAGE,
    MF_FLOW_EXPECT, MF_FLOW_LATE, MF_FLOW_WITHIN, MF_FLOW_CLIENT, MF_FLOW_RESOLVE, MF_FLOW_EACH, MF_FLOW_NEEDS,
    MF_FLOW_SITE_HAS, MF_FLOW_SKIP, MF_FLOW_KNOWN_FAILURE, MF_FLOW_SEVERITY, MF_FLOW_TAGS, MF_FLOW_KEYS,
};

/* One combination of `each`. */
struct mf_row {
    struct mf_binder *binder;
    const char *const *names;
    const char **texts;           /* expanded */
    const struct mf_node **nodes; /* where each text stands; NULL: nowhere, it is an application of the site */
    size_t count;
    bool stand_in;                /* for applications that this site has none of: texts are "$(name)" */
};
struct mf_rows {
    struct mf_row *items;
    size_t count, capacity;
};

/* One file given on the command line, with all that it includes. Names hold within it. */
struct mf_scenario {
    const char *path;
    struct mf_map *flows;     /* name → struct mf_flow_draft */
    struct mf_map *templates; /* names before expansion → draft */
    struct mf_map *broken_templates; /* the same for flows whose name came to nothing */
    struct mf_map *sections;  /* title → struct mf_section_draft */
    struct mf_map *captures;  /* variable → struct mf_place of its key */
    const char *later;        /* why none of its flows is run yet, or NULL */
    bool names_broken;        /* some flow's or section's name could not be read */
};

/* What holds for a flow: its own keys, then those of its section, of the file, of the including one. */
struct mf_level {
    struct mf_level *outer;
    struct mf_scenario *scenario;
    const struct mf_vars *vars;
    const struct mf_node *value[MF_FLOW_KEYS], *key[MF_FLOW_KEYS];
    bool broken[MF_FLOW_KEYS]; /* misspelled or empty, and told */
    bool used[MF_FLOW_KEYS];   /* some flow took it */
    struct mf_rows *rows;      /* of this level's `each`, once read */
    bool rows_broken;
};

struct mf_section_draft {
    size_t index;  /* in plan->sections */
    const char *title, *about, *skip;
    struct mf_level *level;
    struct mf_dns_row *dns_rows;
    size_t dns_row_count, dns_row_capacity;
    struct mf_place place;
    size_t flow_count;
};

struct mf_flow_draft {
    struct mf_scenario *scenario;
    struct mf_section_draft *section;
    struct mf_level *level;
    const struct mf_row *row;         /* NULL without `each` */
    const struct mf_node *name_node;
    const char *name, *template;
    struct mf_place name_place;
    const struct mf_node *of_node;
    struct mf_flow *flow;
    char id[13], token[13];
    enum { MF_DRAFT_NEW, MF_DRAFT_AT_WORK, MF_DRAFT_BOUND } state;
    struct mf_flow_draft *of;         /* the draft whose message it looks at again */
    unsigned absent;                  /* guards that this site does not meet, 1 << enum mf_guard */
    bool broken[MF_FLOW_KEYS];        /* told: whatever depends on it stays silent */
    bool of_broken, each_broken;
    bool late_given, within_given;
    bool *covered;                    /* by recipient: some expectation says what becomes of it */
    bool selected;
    size_t expect_capacity;
};

struct mf_flow_files {
    struct mf_scenario **scenarios;
    size_t scenario_count, scenario_capacity;
    struct mf_section_draft **sections;
    size_t section_count, section_capacity;
    struct mf_flow_draft **drafts;
    size_t draft_count, draft_capacity;
    struct mf_level **levels; /* to look at once all flows are bound */
    size_t level_count, level_capacity;
    const char *reading[16]; /* files being read, for circles of includes */
    size_t reading_count;
};

/* The value that holds for a flow, innermost first; NULL: none. level: where it was found, may be NULL. */
const struct mf_node *mf_level_value(struct mf_level *level, enum mf_flow_key key, struct mf_level **found);

/* collect.c, section.c, each.c */
void mf_collect_scenario(struct mf_binder *b, const char *path);
void mf_collect_flows(struct mf_binder *b, struct mf_section_draft *section, const struct mf_node *list);
/* Reads an included file: its flows go into `section`, its own sections follow. */
void mf_collect_include(struct mf_binder *b, struct mf_section_draft *section, const struct mf_node *path_node);
struct mf_section_draft *mf_section_new(struct mf_binder *b, struct mf_level *level, const char *title,
                                        const char *about, struct mf_place place);
void mf_section_dns(struct mf_binder *b, struct mf_section_draft *section, const struct mf_node *key,
                    const struct mf_node *node, bool has_flows);
struct mf_level *mf_level_new(struct mf_binder *b, struct mf_level *outer, struct mf_scenario *scenario,
                              const struct mf_vars *vars, const struct mf_given *given);
/* Rows of an `each` that stands at a level, read once. NULL: no good (told). */
struct mf_rows *mf_each_rows(struct mf_binder *b, struct mf_level *level);

/* names of flows: does a text name one that came to nothing, or nearly? */
bool mf_names_broken_flow(struct mf_binder *b, const struct mf_value *value);

/* flow.c: binds a draft, and first the one that it looks at again. */
void mf_flow_bind(struct mf_binder *b, struct mf_flow_draft *draft);
/* Defaults that no flow took are checked all the same. */
void mf_levels_check(struct mf_binder *b);
/* Marks the flow at work: something of it waits for a later version. */
void mf_not_built(struct mf_binder *b, const char *what, struct mf_place place);
const char *mf_not_built_text(struct mf_binder *b, const char *what, struct mf_place place);

/* names.c: looking up what a text names. NULL: nothing, and that was told, unless it follows from what
 * was told before or from a guard that says that this site has none. */
const struct mf_server *mf_find_server(struct mf_binder *b, const struct mf_value *value);
int mf_role_of(const char *word); /* enum mf_role; -1: no role */
void mf_words_add_servers(struct mf_binder *b, struct mf_words *words); /* their roles as well */
void mf_words_add_names(const struct mf_map *map, struct mf_words *words);
/* A person by name; more: other words that would be right there, or NULL. */
const struct mf_person *mf_find_person(struct mf_binder *b, const struct mf_value *value, struct mf_words *more);

/* guard.c: what a site may lack */
extern const char *const mf_guard_names[MF_HAS_COUNT];
bool mf_guard_met(const struct mf_binder *b, enum mf_guard guard);
/* Has the flow at work said that it needs this, on a site without it? */
bool mf_guard_absent(const struct mf_binder *b, enum mf_guard guard);
const char *mf_guard_reason(struct mf_binder *b, enum mf_guard guard); /* "site lab has no secondary" */

/* via.c */
struct mf_sender {
    const struct mf_person *person;           /* one of these two, or neither */
    const struct mf_application *application;
    const char *name, *address;               /* "alice"; never NULL */
    const char *to_domain;                    /* of the first recipient, for the label of mx; or NULL */
    const char *source, *helo;                /* an application's own, or NULL */
    bool unknown;                             /* told already: nothing is said about logins */
};
const struct mf_via *mf_bind_via(struct mf_binder *b, const struct mf_node *node, const struct mf_sender *sender);
/* A server's door of a kind, as if written SERVER DOOR. */
const struct mf_via *mf_via_of_server(struct mf_binder *b, const struct mf_server *server, enum mf_door_kind kind,
                                      const struct mf_sender *sender, struct mf_place place);
bool mf_bind_source(struct mf_binder *b, const struct mf_node *node, const char **source);
bool mf_bind_helo(struct mf_binder *b, const struct mf_node *node, const char **helo);
const struct mf_via *mf_via_of_mx(struct mf_binder *b, const struct mf_sender *sender, struct mf_place place);

/* Parts of a flow. Their target is not used: all add to b->draft->flow. */
mf_key_bind mf_flow_from, mf_flow_to, mf_flow_cc, mf_flow_bcc, mf_flow_mail_from, mf_flow_via, mf_flow_dsn,
    mf_flow_message, mf_flow_expect, mf_flow_late, mf_flow_within, mf_flow_client, mf_flow_resolve, mf_flow_skip,
    mf_flow_known_failure;
/* Only where no flow uses them: their form. */
mf_key_bind mf_flow_each_form, mf_flow_texts_form, mf_flow_severity_form;
struct mf_sender mf_flow_sender(const struct mf_binder *b);
/* By the sender's side and the first recipient's; any_outside: outbound if any recipient is outside. */
enum mf_kind mf_flow_kind(const struct mf_binder *b, const struct mf_flow *flow, bool any_outside);
/* What holds when a key is not given. False: told, or it follows from what was. */
bool mf_flow_default_via(struct mf_binder *b);
void mf_flow_default_message(struct mf_binder *b);
void mf_flow_default_expect(struct mf_binder *b);

/* expect_default.c: what every arrival gets that was not given, by copy. */
void mf_expect_defaults(struct mf_binder *b, struct mf_expect *expect);
/* expect_check.c: expectations that can't all hold, and people whom none covers. */
void mf_expect_check(struct mf_binder *b);
const struct mf_mailbox *mf_person_mailbox(const struct mf_person *person, const struct mf_server *server);

/* needs, severity, tags, site-has: they add up over the levels. */
void mf_flow_guards(struct mf_binder *b);
void mf_flow_tags(struct mf_binder *b);
void mf_flow_severities(struct mf_binder *b);
/* dns_rows.c: a row for each name and type under `more` of a table, at most more_count; returns how many. */
size_t mf_dns_more_rows(struct mf_arena *arena, const struct mf_site *site, const struct mf_dns_table *table,
                        struct mf_dns_row *rows);
/* dns_rows.c: does the table say what this row confirms? The rules that a flow of that section would have. */
bool mf_dns_table_has(const struct mf_dns_table *table, enum mf_dns_row_kind kind);
void mf_dns_rows_severities(struct mf_section *section, const struct mf_flow *flow);
void mf_flow_needs(struct mf_binder *b, struct mf_flow_draft *draft);

/* select.c, sentinel.c, watch.c */
void mf_plan_needs_circles(struct mf_binder *b);
void mf_plan_select(struct mf_binder *b);
void mf_plan_sentinels(struct mf_binder *b);
void mf_plan_watch(struct mf_binder *b);

#endif
