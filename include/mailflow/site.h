/* Room plan: the site as bound. Who and where: domain, servers, people, applications, the DNS that
 * should be. Plain values, immutable after binding; everything lives in the plan's arena and may be
 * read by many threads.
 */
#ifndef MAILFLOW_SITE_H
#define MAILFLOW_SITE_H

#include <stdbool.h>

#include "mailflow/clock.h"
#include "mailflow/diag.h"
#include "mailflow/map.h"

/* A secret is a reference, never the value. Which of the three is set tells the kind. */
struct mf_secret {
    const char *env, *path;
    const char **argv; /* command: its first output line; NULL-terminated, no shell */
    struct mf_place place;
};

struct mf_oauth2 {
    const char *token_url, *scope, *client_id; /* provider and tenant are already folded in */
    const struct mf_secret *client_secret, *refresh_token, *token;
};

enum mf_login_kind { MF_LOGIN_NONE, MF_LOGIN_WRONG, MF_LOGIN_PASSWORD, MF_LOGIN_OAUTH2 };
struct mf_login {
    enum mf_login_kind kind;
    const char *user; /* expanded for the person */
    const struct mf_secret *password;
    const struct mf_oauth2 *oauth2;
    const char *mechanism; /* NULL: the strongest offered; upper case SASL name */
    struct mf_place place;
};

enum mf_tls_mode {
    MF_TLS_IMPLICIT, /* smtps, imaps: TLS from the first byte */
    MF_TLS_REQUIRED, /* STARTTLS or nothing */
    MF_TLS_OFFERED,  /* STARTTLS if offered, opportunistic: RFC 7435, certificate not judged */
    MF_TLS_NONE,
};
struct mf_tls {
    const char *ca_file, *certificate, *key; /* paths; NULL: the system's CAs, no client certificate */
    const char *minimum;                     /* "1.2" (default) or "1.3" */
    const char *accept_invalid;              /* the reason given, or NULL */
    struct mf_place place;
};

enum mf_door_kind { MF_DOOR_SUBMISSION, MF_DOOR_SMTP, MF_DOOR_IMAP, MF_DOOR_POP3, MF_DOOR_WEB };
/* A way into a server, as written in the site. `run` resolves the host; transport gets an address. */
struct mf_door {
    enum mf_door_kind kind;
    const struct mf_server *server; /* NULL for a bare URL in `via` */
    const char *url;                /* as written, for reports */
    const char *host;               /* also the TLS name (SNI and certificate) */
    int port;
    enum mf_tls_mode tls_mode;
    const struct mf_tls *tls;       /* never NULL */
    struct mf_place place;
};

enum mf_role { MF_ROLE_PRIMARY, MF_ROLE_SECONDARY, MF_ROLE_GATEWAY, MF_ROLE_OUTSIDE, MF_ROLE_OLD };
/* Which kinds of mail are copied into a mailbox here, by sender side. */
enum mf_kind { MF_KIND_INTERNAL, MF_KIND_INBOUND, MF_KIND_OUTBOUND, MF_KIND_APPLICATION, MF_KIND_COUNT };

struct mf_server {
    const char *name;
    enum mf_role role;
    struct mf_door *submission, *smtp;
    size_t submission_count, smtp_count;
    struct mf_door *imap, *pop3, *web; /* each NULL or one */
    const char **hosts;                /* names in Received; ".x" = any host below x; lower case */
    size_t host_count;
    const char **authserv_ids;
    size_t authserv_id_count;
    const char *receives[MF_KIND_COUNT]; /* folder (inbox, sent, … or a name), NULL: no copies of that kind */
    bool copy_is_journal;
    struct mf_place place;
};

/* One person's mailbox on one server. */
struct mf_mailbox {
    const struct mf_person *person;
    const struct mf_server *server;
    const struct mf_login *login; /* user expanded; never NULL for one that can be opened */
    bool is_main;                 /* the first of the person */
    size_t index;                 /* in site->mailboxes */
    const char *label;            /* "alice primary", "probe" (outsiders: the person's name alone) */
};

struct mf_person {
    const char *name; /* the key */
    const char *display_name, *address;
    const char **aliases;
    size_t alias_count;
    bool outside; /* the address is in none of our domains */
    struct mf_mailbox **mailboxes;
    size_t mailbox_count;
    struct mf_place place;
};

struct mf_application {
    const char *name, *address, *mail_from;
    const struct mf_via *via; /* source and helo folded in; never NULL */
    struct mf_place place;
};

struct mf_dns_table {
    const char **mx; size_t mx_count; /* "PREFERENCE HOST" */
    const char *spf, *dmarc;
    struct mf_dkim_value { const char *selector, *record, *cname; struct mf_place place; } *dkim;
    size_t dkim_count;
    /* One record each, those of one type at one name together; value: in one form, hosts in lower case without final
     * dot, TXT without quotes. */
    struct mf_dns_more { const char *name, *type, *value; struct mf_place place; } *more;
    size_t more_count;
    struct mf_place place;
};

struct mf_action {
    const char *name;
    const char **command, **undo; /* argv or NULL */
    const char *ask, *undo_ask;
    const struct mf_server **down; size_t down_count;
    struct mf_place place;
};

struct mf_limits {
    double imap_commands; /* a second and connection; 0 = unlimited */
    int connections;      /* at once and server */
    double messages;      /* a minute and submission server; 0 = unlimited */
    bool imap_given;      /* written in the site; otherwise quick first polls are allowed */
};

struct mf_site {
    const char *name, *file;
    const char **domains; size_t domain_count;
    struct mf_dns_table *dns, *dns_before; /* NULL when not given */
    const char *resolver;                  /* "ADDR[@PORT]" or NULL */
    struct mf_server *servers; size_t server_count;
    struct mf_person *people; size_t person_count;
    struct mf_mailbox *mailboxes; size_t mailbox_count;
    struct mf_application *applications; size_t application_count;
    struct mf_action *actions; size_t action_count;
    struct mf_limits limits;
    const struct mf_map *addresses;        /* behind mf_site_person_at */
};

const struct mf_server *mf_site_server(const struct mf_site *site, const char *name);
const struct mf_server *mf_site_role(const struct mf_site *site, enum mf_role role); /* first, or NULL */
const struct mf_person *mf_site_person(const struct mf_site *site, const char *name);
const struct mf_mailbox *mf_site_mailbox(const struct mf_site *site, const char *label);
/* By address or alias; domain folded in case, +tag ignored. NULL: a stranger. */
const struct mf_person *mf_site_person_at(const struct mf_site *site, const char *address);
bool mf_site_is_ours(const struct mf_site *site, const char *address); /* in one of our domains */
/* Does a host name seen in Received belong to this server? Trailing dot and case are ignored. */
bool mf_server_has_host(const struct mf_server *server, const char *host);
const char *mf_role_name(enum mf_role role);
const char *mf_kind_name(enum mf_kind kind);

#endif
