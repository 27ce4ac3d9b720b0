/* Inside room plan: the binder, and how single values are read.
 *
 *   files → nodes (room scenario) → forms (keys_internal.h) → values → site → flows → plan
 *
 * A reader returns false when the value is no good; then it was told already, and whoever asked
 * stays silent about everything that would follow from it.
 */
#ifndef MAILFLOW_PLAN_BIND_INTERNAL_H
#define MAILFLOW_PLAN_BIND_INTERNAL_H

#include "mailflow/map.h"
#include "plan/keys_internal.h"

struct mf_flow_draft;
struct mf_server_draft;
struct mf_person_draft;
struct mf_flow_files;
struct mf_identity;

/* What a site may lack, and site-has asks for. Order of mf_guard_names. */
enum mf_guard {
    MF_HAS_PRIMARY, MF_HAS_SECONDARY, MF_HAS_GATEWAY, MF_HAS_OUTSIDE, MF_HAS_OLD, /* as enum mf_role */
    MF_HAS_APPLICATIONS, MF_HAS_OUTSIDERS, MF_HAS_DNS_BEFORE, MF_HAS_COUNT,
};

struct mf_deadlines {
    mf_usec late, within, settle; /* -1: not given */
};

struct mf_binder {
    struct mf_arena *arena; /* the plan's */
    struct mf_files *files;
    struct mf_diags *diags;
    const struct mf_plan_options *options;
    struct mf_plan *plan;
    struct mf_site *site;

    const struct mf_key *key; /* whose value is read */
    const struct mf_node *key_node;
    const struct mf_vars *vars;
    bool any_variable;      /* the flow's `each` is no good: whatever it may have defined is known */
    bool met_unknown;       /* a scope gave a stand-in since this was last cleared, see mf_value.unknown */
    struct mf_map *told;    /* places where binding told an error */
    struct mf_map *unset;   /* environment variables that were missed, told once each */
    struct mf_diags *expanding; /* what expanding a text told, before it is known to be new */

    /* the site */
    struct mf_server_draft *server_drafts; /* beside site->servers */
    struct mf_person_draft *person_drafts; /* beside site->people */
    struct mf_map *servers, *people, *applications, *actions, *addresses;
    bool servers_broken, people_broken, applications_broken; /* some could not be read: don't miss them */
    bool shape_only; /* secrets: only the form, they are not looked for */
    struct mf_deadlines deadlines[MF_KIND_COUNT];
    struct mf_severity_rule *severities;
    size_t severity_count, severity_capacity;
    struct mf_words findings;
    bool *var_used; /* beside options->vars */
    struct mf_identity *identity;

    /* the flows */
    struct mf_flow_draft *draft; /* the one at work, or NULL */
    struct mf_flow_files *flows;
};

/* --- telling --- */
/* Adds an error, unless reading the file told one at the very same place. Returns false always. */
bool mf_tell(struct mf_binder *b, struct mf_place place, const char *hint, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* The same from trouble; its place is used when it has one. */
bool mf_tell_trouble(struct mf_binder *b, struct mf_place place, const struct mf_diag *d);
/* More errors than anybody reads were told: no time need be spent on suggestions. */
bool mf_told_enough(const struct mf_binder *b);
/* mf_vars_expand, telling nothing at a place where reading the file told something. NULL: told. */
const char *mf_expand(struct mf_binder *b, const struct mf_vars *vars, const struct mf_node *node);
const char *mf_key_name(const struct mf_binder *b); /* of the key at work, for messages */

/* --- texts --- */
struct mf_value {
    const char *text; /* expanded */
    struct mf_place place;
    const struct mf_node *node;  /* where it was asked for: paths are relative to its file */
    bool verbatim; /* stands at `place` just so: offsets in it are columns */
    bool quoted;   /* at `place`, in quotes */
    bool unknown;  /* depends on what this site lacks or what a later version captures */
};
/* One text, expanded; never NULL after true. Refused: maps, lists, control characters. */
bool mf_bind_value(struct mf_binder *b, const struct mf_node *node, struct mf_value *value);
/* The place of some bytes of it. */
struct mf_place mf_value_place(const struct mf_value *value, size_t offset, size_t len);
/* Some bytes of it as a value of their own. */
struct mf_value mf_value_part(struct mf_binder *b, const struct mf_value *whole, size_t offset, size_t len);
/* Refuses `a, b`, which is one text in YAML. */
bool mf_refuse_comma(struct mf_binder *b, const struct mf_value *value);
bool mf_bind_text(struct mf_binder *b, const struct mf_node *node, const char **text);

/* One value may stand for a list of one. False: a map (told). */
struct mf_items {
    const struct mf_node *single;
    const struct mf_node *list;
    size_t count;
};
bool mf_bind_items(struct mf_binder *b, const struct mf_node *node, struct mf_items *items);
const struct mf_node *mf_item(const struct mf_items *items, size_t i);
/* A list of texts without commas in them. */
bool mf_bind_texts(struct mf_binder *b, const struct mf_node *node, const char ***texts, size_t *count);
/* False (told) unless a node is a map. */
bool mf_want_map(struct mf_binder *b, const struct mf_node *node);

/* --- words, numbers, units --- */
/* A word out of the key's own type ("word:a | b"): its number in that order. */
bool mf_bind_word(struct mf_binder *b, const struct mf_node *node, int *number);
/* Number of a word among some; -1 when it is none, told with a suggestion. */
int mf_word_among(struct mf_binder *b, const struct mf_value *value, const char *const *words, size_t count);
bool mf_bind_duration(struct mf_binder *b, const struct mf_node *node, mf_usec *duration);
bool mf_bind_duration_range(struct mf_binder *b, const struct mf_node *node, mf_usec *from, mf_usec *to);
bool mf_bind_size(struct mf_binder *b, const struct mf_node *node, size_t *octets);
bool mf_bind_count(struct mf_binder *b, const struct mf_node *node, int *count);
/* "1/s", "30/min"; per: what one is counted in, in seconds. none: 0. */
bool mf_bind_rate(struct mf_binder *b, const struct mf_node *node, double per, double *rate);

/* --- the field's values --- */
bool mf_is_domain(const char *text);  /* host name or domain; U-labels allowed */
bool mf_is_address(const char *text); /* local@domain, RFC 5321 4.1.2 and RFC 6531 */
bool mf_is_header_name(const char *text);
bool mf_is_name(const char *text);    /* what people, servers, applications may be called */
/* An address; "<a@b>" is a@b. domainless: <postmaster> is postmaster. */
bool mf_check_address(struct mf_binder *b, const struct mf_value *value, bool domainless, const char **address);
bool mf_bind_address(struct mf_binder *b, const struct mf_node *node, const char **address);
bool mf_bind_envelope(struct mf_binder *b, const struct mf_node *node, const char **address); /* "<>": "" */
bool mf_bind_matcher(struct mf_binder *b, const struct mf_node *node, struct mf_matcher *matcher);
/* /…/ or /…/i → the expression; false when it is none or a bad one. is_regex says which. */
bool mf_check_regex(struct mf_binder *b, const struct mf_value *value, const char **regex, bool *nocase, bool *is_regex);
bool mf_bind_reply(struct mf_binder *b, const struct mf_node *node, int class, struct mf_reply_expect *reply);
bool mf_bind_folder(struct mf_binder *b, const struct mf_node *node, const char **folder);
/* A file beside the one that names it. bytes NULL: it is only looked whether it can be read. */
bool mf_bind_file(struct mf_binder *b, const struct mf_node *node, const char **path, struct mf_bytes *bytes);
/* The same for what holds a secret: opened, not read, so that it comes into no snapshot. */
bool mf_bind_readable(struct mf_binder *b, const struct mf_node *node, const char **path);
/* Words of a command as a shell would split them; nothing is expanded by a shell. */
bool mf_bind_argv(struct mf_binder *b, const struct mf_node *node, const char ***argv);
bool mf_bind_secret(struct mf_binder *b, const struct mf_node *node, const struct mf_secret **secret);
bool mf_bind_severity(struct mf_binder *b, const struct mf_node *node, struct mf_severity_rule **rules, size_t *count,
                      size_t *capacity);
/* A finding id by the catalogue that the caller gave; false: told. */
bool mf_check_finding(struct mf_binder *b, const struct mf_node *key);
struct mf_url {
    const char *scheme, *host;
    int port; /* 0: none given */
};
bool mf_check_url(struct mf_binder *b, const struct mf_value *value, const char *const *schemes, size_t count,
                  struct mf_url *url);

/* --- variables (scope.c) --- */
struct mf_row; /* one combination of `each` */
/* $(domain), $(run), $(token), $(gtube), $(eicar), $(alice.address) …; the outermost scope. */
struct mf_vars mf_scope_names(struct mf_binder *b);
/* --var NAME=VALUE. */
struct mf_vars mf_scope_options(struct mf_binder *b, const struct mf_vars *outer);
/* vars: of a file; node may be NULL. Values are expanded when they are used. */
const struct mf_vars *mf_scope_file(struct mf_binder *b, const struct mf_vars *outer, const struct mf_node *vars);
/* What captures will fill in a later version. */
struct mf_vars mf_scope_captures(struct mf_binder *b, const struct mf_vars *outer, struct mf_map *captures);
struct mf_vars mf_scope_row(const struct mf_row *row, const struct mf_vars *outer);
/* $(person), $(address) for logins; $(mail-from), $(rcpt-to), which stay as they are, for commands. */
struct mf_login_scope {
    const char *person, *address;
};
struct mf_vars mf_scope_login(const struct mf_login_scope *login, const struct mf_vars *outer);
struct mf_vars mf_scope_command(const struct mf_vars *outer);
/* May a variable be called so? yaml: as a key of a YAML file, where `no` and 007 are no names. */
bool mf_bind_variable_name(struct mf_binder *b, const struct mf_node *name, bool yaml);
/* Is this a name of one of the outermost scope that nothing else may be called? */
bool mf_scope_reserved(const char *name);
/* What $(name) was given as its value, when the scopes at work know: in `each` or `vars`. Else NULL. */
const struct mf_node *mf_scope_origin(const struct mf_binder *b, const char *name);

/* --- identity.c --- */
struct mf_identity *mf_identity_new(const unsigned char secret[32], const char *run);
void mf_identity_free(struct mf_identity **identity);
/* 12 hex digits; out has room for 13. */
void mf_identity_flow(struct mf_identity *identity, const char *const *parts, size_t count, char *out);
void mf_identity_token(struct mf_identity *identity, const char *flow_id, char *out);

#endif
