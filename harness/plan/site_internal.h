/* Inside room plan: a site on its way from nodes to struct mf_site. */
#ifndef MAILFLOW_PLAN_SITE_INTERNAL_H
#define MAILFLOW_PLAN_SITE_INTERNAL_H

#include "plan/flow_internal.h"

struct mf_server_draft {
    struct mf_server *server;
    struct mf_tls *tls;
    const struct mf_node *login; /* for every mailbox here, bound for each person */
    bool login_broken, role_given, receives_given, broken;
    const char **missing_login; /* people who would need one */
    size_t missing_count, missing_capacity;
};

struct mf_person_draft {
    struct mf_person *person;
    const struct mf_node *login;     /* SERVER: login */
    const struct mf_node *mailboxes; /* names of servers */
    bool broken;
};

/* Reads the site with all that it includes; b->site is filled as far as the files are good. */
void mf_site_bind(struct mf_binder *b, const char *path);

/* Keys of the site: bound in the order of its table, for all files together. */
/* site_dns_more.c: the names of a DNS table beside the four of the go-live. */
mf_key_bind mf_site_dns_more;
mf_key_bind mf_site_servers, mf_site_people, mf_site_applications, mf_site_actions, mf_site_dns, mf_site_dns_before,
    mf_site_deadlines, mf_site_limits;

/* Refuses what can't be a name; tells a name that another file has already. what: "a server". */
bool mf_site_name(struct mf_binder *b, const struct mf_node *key, const char *what, struct mf_map *names, void *value,
                  const struct mf_place *(*place_of)(const void *));
struct mf_server_draft *mf_server_draft_of(const struct mf_binder *b, const struct mf_server *server);

/* site_door.c, site_tls.c: keys of a server; their target is a struct mf_server_draft. */
mf_key_bind mf_server_submission, mf_server_smtp, mf_server_imap, mf_server_pop3, mf_server_web, mf_server_tls;
/* One URL. */
bool mf_bind_door(struct mf_binder *b, const struct mf_value *value, enum mf_door_kind kind, struct mf_door *door);

/* site_login.c. text: `none`, `wrong` are allowed (in via). NULL after true never happens. */
bool mf_bind_login(struct mf_binder *b, const struct mf_node *node, const struct mf_login_scope *whose,
                   const struct mf_login **login);
/* A person's login at a server: the mailbox's, or what the site says for that server. */
bool mf_person_login(struct mf_binder *b, const struct mf_person *person, const struct mf_server *server,
                     const struct mf_login **login);
/* Once servers and people are there. */
void mf_site_mailboxes(struct mf_binder *b);

/* FILE.csv of applications as a list of maps; NULL: no good (told). */
struct mf_node *mf_applications_table(struct mf_binder *b, const struct mf_node *node);

/* deadlines that hold for a kind of mail where a flow says nothing */
void mf_site_deadline_defaults(struct mf_binder *b);

#endif
