/* Room plan: scenario files and a site, read, expanded and bound completely before the network is
 * touched. The plan is immutable: the same plan and the same evidence always judge alike.
 *
 * Ownership: one arena, freed by mf_plan_free. Threads: read by many once built.
 */
#ifndef MAILFLOW_PLAN_H
#define MAILFLOW_PLAN_H

#include "mailflow/dsn.h"
#include "mailflow/scenario.h"
#include "mailflow/site.h"

enum mf_via_kind { MF_VIA_DOORS, MF_VIA_MX, MF_VIA_COMMAND };
struct mf_via {
    enum mf_via_kind kind;
    const struct mf_door *door;   /* DOORS: the one to use (`port`, `tls` folded in) */
    const struct mf_login *login; /* NULL: none (kind NONE when asked for by `login: none`) */
    enum mf_tls_mode tls_mode;
    const char *source;           /* local address or a name of it to bind, or NULL */
    const char *helo;             /* EHLO name, or NULL: this host's name */
    const char **argv;            /* COMMAND; $(mail-from) and $(rcpt-to) still in it, see mf_plan_argv */
    const char *label;            /* "primary submission", "mx of net-it.com", for reports */
    struct mf_place place;
};

struct mf_recipient {
    const char *address;             /* "<postmaster>" without domain allowed */
    const struct mf_person *person;  /* or NULL */
    enum { MF_TO, MF_CC, MF_BCC } field;
    struct mf_place place;
};

struct mf_attachment { const char *path, *name; struct mf_bytes bytes; bool is_inline; };
struct mf_header_line { const char *name, *value; struct mf_place place; };
struct mf_message_plan {
    struct mf_bytes template_bytes; /* expanded; data NULL: none */
    struct mf_bytes raw;            /* byte for byte; data NULL: none */
    const char *subject, *text, *html; /* expanded; html may be NULL */
    struct mf_attachment *attachments; size_t attachment_count;
    struct mf_header_line *headers; size_t header_count;
    size_t size; /* octets as SIZE counts, 0 = as it comes */
};

enum mf_match_kind { MF_MATCH_EQUAL, MF_MATCH_REGEX };
struct mf_matcher { enum mf_match_kind kind; const char *text; struct mf_place place; bool nocase; }; /* regex: without slashes, POSIX extended; /…/i: nocase */
bool mf_matcher_matches(const struct mf_matcher *matcher, const char *value);

/* Who sent × whose mailbox; decides the defaults of an arrival (language README, "by copy"). */
enum mf_copy_kind {
    MF_COPY_INTERNAL, MF_COPY_INBOUND, MF_COPY_OUTBOUND, MF_COPY_APP_OUTSIDE, MF_COPY_APP_INSIDE,
};

enum mf_auth_want { MF_AUTH_NOT_JUDGED, MF_AUTH_TOLD, MF_AUTH_PASS_OR_NONE_WARN, MF_AUTH_STILL_VERIFIES, MF_AUTH_RESULT };
struct mf_auth_expect {
    enum mf_auth_want want;
    const char *result;            /* RFC 8601 word for MF_AUTH_RESULT, default "pass" */
    const char *domain, *selector; /* or NULL */
    bool aligned;                  /* d= must align with From (relaxed) */
    bool given;                    /* written in the scenario, not a default */
    struct mf_place place;
};

struct mf_hop { const struct mf_server *server; const char *host; struct mf_place place; }; /* one of the two */

enum mf_phase { MF_PHASE_ANY, MF_PHASE_CONNECT, MF_PHASE_TLS, MF_PHASE_EHLO, MF_PHASE_AUTH, MF_PHASE_MAIL,
                MF_PHASE_RCPT, MF_PHASE_DATA, MF_PHASE_END_OF_DATA };
const char *mf_phase_name(enum mf_phase phase); /* "CONNECT", "END-OF-DATA" … */
struct mf_reply_expect {
    enum mf_phase phase;
    char code[4];         /* "550", "5xx" (x = any digit), "" = any of the class */
    const char *enhanced; /* "5.1.1" or NULL */
    const char *regex;    /* or NULL; flag i folded */
    bool regex_nocase;
};

/* What a bounce should say (RFC 3464). */
struct mf_bounce_expect {
    const char *action;           /* "failed", "relayed" …; never NULL */
    const char *status;           /* "5.1.1"; x stands for any number; NULL: any */
    struct mf_matcher diagnostic; /* the remote server's words; text NULL: any */
    const char *remote_mta;       /* a leading dot means any host below; NULL: any */
};

enum mf_expect_kind { MF_EXPECT_AT, MF_EXPECT_NEVER_AT, MF_EXPECT_NOBODY, MF_EXPECT_NOBODY_ELSE,
                      MF_EXPECT_ACCEPTED, MF_EXPECT_REFUSED, MF_EXPECT_DEFERRED,
                      MF_EXPECT_BOUNCE, MF_EXPECT_NEVER_BOUNCE };
struct mf_expect {
    enum mf_expect_kind kind;
    struct mf_flow *flow;
    size_t index; /* in flow->expects */
    struct mf_place place;
    /* AT, NEVER_AT: one mailbox each (`at: [bob, carol]` gives two) */
    const struct mf_mailbox *mailbox;
    const char *folder;  /* inbox, junk, sent, archive, trash or a name; never NULL for AT */
    bool folder_given;
    int copies;
    mf_usec late, within, not_before; /* since acceptance (in a later phase: since its start) */
    enum mf_copy_kind copy_kind;
    enum mf_kind kind_of_mail;        /* internal, inbound, outbound, application */
    bool is_copy;                     /* at a server that is not the person's main one: held against the main copy too */
    bool journal;                     /* copy wrapped in a journal report */
    struct mf_hop *through; size_t through_count; bool through_given;
    struct mf_hop *not_through; size_t not_through_count; bool not_through_given; /* default ones only warn */
    struct mf_auth_expect dkim, spf, dmarc, arc;
    struct mf_header_expect { const char *name; struct mf_matcher matcher; bool absent; } *headers; size_t header_count;
    struct mf_matcher *text;   /* NULL: as sent */
    const char **attach; size_t attach_count; bool attach_given;
    /* ACCEPTED, REFUSED, DEFERRED */
    struct mf_reply_expect reply;
    /* BOUNCE, NEVER_BOUNCE: the envelope sender's main mailbox, or `at`; NULL only in flows that are skipped */
    const struct mf_mailbox *bounces_at;
    struct mf_bounce_expect bounce;
    const struct mf_recipient **recipients; size_t recipient_count; /* whom it is about; BOUNCE: none means anybody */
    struct mf_severity_rule *severities; size_t severity_count;     /* its own; see mf_flow_severity */
};

enum mf_severity { MF_SEVERITY_IGNORE, MF_SEVERITY_WARN, MF_SEVERITY_FAIL };
struct mf_severity_rule { const char *finding; enum mf_severity severity; struct mf_place place; };

/* RFC 3461; each NULL when it is not asked for. */
struct mf_dsn_request { bool given; const char *notify, *ret, *envid; }; /* "SUCCESS,DELAY", "HDRS", as it is (not xtext) */

struct mf_need { const struct mf_flow *flow; const struct mf_section *section; }; /* one of the two */

struct mf_flow {
    const char *name, *id; /* id: 12 hex of SHA-256 over file, name, bindings: stable across runs */
    const char *token;     /* HMAC over run and flow: unguessable, so it proves a message ours */
    struct mf_place place;
    size_t index;                      /* in plan->flows */
    const struct mf_section *section;  /* never NULL */
    const struct mf_flow *of;          /* looks again at that flow's message; sends nothing */
    const char *skip;                  /* reason, or NULL */
    const struct mf_person *from_person;           /* one of these two, or neither (a bare address) */
    const struct mf_application *from_application;
    const char *from;                  /* address in From */
    const char *mail_from;             /* envelope sender; "" is <> */
    enum mf_kind kind;                 /* by sender and first recipient */
    struct mf_recipient *recipients; size_t recipient_count;
    const struct mf_via *via;          /* NULL only with `of` or `skip` */
    struct mf_dsn_request dsn;
    struct mf_message_plan message;
    struct mf_expect *expects; size_t expect_count;
    mf_usec late, within, settle;
    struct mf_need *needs; size_t need_count;
    struct mf_severity_rule *severities; size_t severity_count; /* innermost first */
    const char **tags; size_t tag_count;
    const char *not_built;             /* what of it waits for a later version, told in its row; else NULL */
    /* Where something must not arrive: the message that shows that the way was open, or why there is none. */
    const struct mf_flow *sentinel;
    const char *no_sentinel;
    const struct mf_flow *sentinel_of; /* it is one itself, and stands in no list */
    const struct mf_dns_table *resolve; /* its names are answered from the site, as if published; NULL: live DNS */
};

/* Sentinels. That something did *not* arrive can't be proved; but a second message that went the same way
 * later and is there shows that the way was open and has been travelled. It is decided when the plan is
 * bound, one for a flow that sends, with a token and an id of its own: same sender, envelope sender, door
 * and recipients (without those who are expected to be refused), neutral content. It goes only to people of
 * the site, and to addresses in its own domains where the scenario says who of them gets it. Its `expects`
 * are the mailboxes in which it must be seen: where the message itself is expected, and the main ones of
 * its recipients.
 *
 * What it proves: when it was sent the message had been under way for at least mf_sentinel_gap, and
 * whatever this way does with mail by sender and recipient (deliver, copy, forward, file) was done with a
 * later message. What it does not: that a wrong copy does not wait in a queue for a server that the
 * sentinel did not pass, nor that a filter will not release from quarantine what only the message's content
 * put there. So it is told as "not seen until", and mailboxes are walked twice after it.
 */
#define MF_SENTINEL_QUIET MF_SECOND
/* How long the way must be quiet before a sentinel, when mail took `path` on it: in a burst nearly half of
 * the messages overtook others. */
mf_usec mf_sentinel_gap(mf_usec path);
/* Until when the message would have come, if it came: the sentinel is there, and the message had three
 * times its time and the gap. */
mf_usec mf_sentinel_until(mf_usec accepted, mf_usec sentinel_accepted, mf_usec sentinel_seen);
/* Is this expectation about something that must not come? */
bool mf_expects_absence(const struct mf_expect *expect);
/* Does one recipient's part of a bounce fit the expectation? */
bool mf_bounce_fits(const struct mf_expect *expect, const struct mf_dsn_recipient *recipient);

/* A row that confirms a record of the site's table at its source. */
enum mf_dns_row_kind { MF_ROW_MX, MF_ROW_SPF, MF_ROW_DKIM, MF_ROW_DMARC, MF_ROW_MORE };
struct mf_dns_row {
    enum mf_dns_row_kind kind;
    const struct mf_section *section;
    const struct mf_dns_table *table; /* what should be there; never NULL */
    const struct mf_dns_more *more; size_t more_count; /* MORE: the records of one type at one name, as the table has them */
    const char *name, *label;         /* MORE: that name in full, without final dot; "autodiscover CNAME" */
    const char *source;               /* this alone is asked, "ADDR@PORT" or "zone FILE"; NULL: the zone's servers */
    mf_usec within;                   /* asked again until all is there, so long after the run's start; 0: asked once */
    struct mf_severity_rule *severities; size_t severity_count; /* innermost first */
    struct mf_place place;
};
const char *mf_dns_row_name(enum mf_dns_row_kind kind); /* "MX record" … */
const char *mf_dns_row_label(const struct mf_dns_row *row); /* the same, or "autodiscover CNAME" */
/* A name of `more` in full, without final dot: relative to the first domain, unless it ends in a dot or in a domain of
 * the site; "@": that domain. */
const char *mf_dns_more_name(struct mf_arena *arena, const struct mf_site *site, const char *name);
/* A table as single records, each with its full name: "net-it.com", "MX", "0 in.hes.trendmicro.com"; text of TXT as it is,
 * without quotes. */
struct mf_dns_entry { const char *name, *type, *value; struct mf_place place; };
struct mf_dns_entry *mf_dns_table_entries(struct mf_arena *arena, const struct mf_site *site, const struct mf_dns_table *table,
                                          size_t *count);
const char *mf_dns_table_name(const struct mf_site *site, const struct mf_dns_table *table); /* "dns", "dns-before" */

struct mf_section {
    const char *title, *about; /* title "" : flows directly in the file */
    size_t index;
    const char *skip;          /* e.g. "site lab has no secondary", or NULL */
    struct mf_dns_row *dns_rows; size_t dns_row_count;
    struct mf_flow **flows; size_t flow_count;
    struct mf_place place;
};

struct mf_plan {
    struct mf_arena *arena;
    const char *title, *about, *file; /* of the first scenario */
    const char *run;                  /* run id, lower-case hex */
    unsigned char secret[32];         /* the run's HMAC key */
    struct mf_site *site;
    struct mf_section *sections; size_t section_count;
    struct mf_flow *flows; size_t flow_count;
    struct mf_severity_rule *severities; size_t severity_count; /* the site's, for everything */
    bool needs_nobody;   /* some expectation watches every mailbox */
    bool *watch;         /* by mailbox index: must be opened (expectations, senders' bounces, nobody else) */
};

struct mf_plan_options {
    const char *site;                                    /* path; required */
    const char *const *scenarios; size_t scenario_count; /* none: the site alone is bound (`check`) */
    const char *const *vars; size_t var_count;           /* "NAME=VALUE" */
    const char *const *only; size_t only_count;          /* flow or section names or tags; "of" targets come along */
    const char *run;              /* run id */
    const unsigned char *secret;  /* 32 bytes */
    const char *const *findings; size_t finding_count; /* ids that `severity` may name; none: only their form is checked */
    bool without_secrets; /* nothing will log in: secrets, certificates and their files are not looked for */
};
/* NULL when anything is wrong; all errors of all files are in diags. Secrets from the environment
 * and files are looked for (not kept). Files are read through `files`. */
struct mf_plan *mf_plan_bind(const struct mf_plan_options *options, struct mf_files *files, struct mf_diags *diags);
void mf_plan_free(struct mf_plan **plan);
/* For `mailflow dns`: a section with a row for each kind of record in a table of the site. `source`: see
 * struct mf_dns_row; both live as long as the plan. The plan has no other sections. */
void mf_plan_add_dns_rows(struct mf_plan *plan, const struct mf_dns_table *table, const char *source);
/* The flow that sends the message which a flow looks at: `of` followed to its end. */
const struct mf_flow *mf_flow_origin(const struct mf_flow *flow);
/* The flows that look at one message, one after the other. By flow index: after one that sends the first that looks again
 * at its message, after that the next; NULL: no more. In arena. */
const struct mf_flow **mf_plan_looks(struct mf_arena *arena, const struct mf_plan *plan);
/* Did that person send the flow's message, or was addressed? */
bool mf_flow_involves(const struct mf_flow *flow, const struct mf_person *person);
/* A command's argv for one message: $(mail-from), $(rcpt-to) (several arguments when it stands
 * alone), NULL-terminated, in arena. */
const char **mf_plan_argv(struct mf_arena *arena, const struct mf_via *via, const char *mail_from,
                          const char *const *rcpt, size_t rcpt_count);
/* What severity a finding has here: the flow's rules, then the default given. */
enum mf_severity mf_flow_severity(const struct mf_flow *flow, const struct mf_expect *expect, const char *finding,
                                  enum mf_severity normal);
/* Prints what would be done (--dry-run): flows with from, to, via, expectations, deadlines. */
void mf_plan_print(const struct mf_plan *plan, FILE *out);
/* The reference of all keys of sites and scenarios (Markdown), made from the tables that bind them. */
void mf_language_print(FILE *out);

/* The same for a DNS row. */
enum mf_severity mf_row_severity(const struct mf_dns_row *row, const char *finding, enum mf_severity normal);

#endif
