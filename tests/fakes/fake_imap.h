/* An IMAP server for tests: folders in memory, mail delivered by the test, and misbehaviour where
 * told to. It says a delivery to an idling client at once.
 */
#ifndef FAKES_FAKE_IMAP_H
#define FAKES_FAKE_IMAP_H

#include <stdbool.h>
#include <stddef.h>

#include "fakes/fake_rule.h"
#include "fakes/fake_sasl.h"

struct ssl_ctx_st;
struct fake_imap;

/* Rules: besides commands (without the tag), `when` may be "GREETING"; "HANDSHAKE" (after STARTTLS
 * was agreed on); "IDLING" (its SAY goes out together with the "+"); "BODY" (in the middle of the
 * first literal of a FETCH). */
struct fake_imap_options {
    struct ssl_ctx_st *tls; /* the caller's */
    bool implicit_tls, starttls, silent_tls, deaf, ipv6;
    const char *capabilities; /* after the login; NULL: "IMAP4rev1 IDLE UIDPLUS MOVE SPECIAL-USE LIST-EXTENDED SASL-IR" */
    const char *mechanisms;   /* "PLAIN LOGIN": AUTH=…; NULL: none, LOGIN only */
    bool login_disabled, greeting_tells, login_tells; /* CAPABILITY in the greeting, in the login's OK */
    bool no_uidnext;          /* SELECT does not tell it */
    const char *fetch_extra;  /* attributes put in front of each FETCH answer: "MODSEQ (12) " */
    struct fake_login login;
    struct fake_rule rules[FAKE_RULES];
};
/* Folders to begin with: INBOX, Junk \Junk, Sent \Sent, Trash \Trash. */
struct fake_imap *fake_imap_start(const struct fake_imap_options *options);
void fake_imap_stop(struct fake_imap **imap);
int fake_imap_port(const struct fake_imap *imap);
int fake_imap_connections(const struct fake_imap *imap);

void fake_imap_add_folder(struct fake_imap *imap, const char *wire_name, const char *flags);
void fake_imap_only_inbox(struct fake_imap *imap); /* the other folders are gone */
/* Returns its UID. padding: so many bytes "x" more behind `raw`. */
unsigned fake_imap_deliver(struct fake_imap *imap, const char *folder, const void *raw, size_t len, size_t padding);
unsigned fake_imap_deliver_text(struct fake_imap *imap, const char *folder, const char *raw);
void fake_imap_expunge(struct fake_imap *imap, const char *folder, unsigned uid);
void fake_imap_skip_uids(struct fake_imap *imap, const char *folder, unsigned count); /* a gap */
void fake_imap_mark(struct fake_imap *imap, const char *folder, unsigned uid, const char *flag);
void fake_imap_remake(struct fake_imap *imap, const char *folder); /* another UIDVALIDITY */
bool fake_imap_has(struct fake_imap *imap, const char *folder, unsigned uid);
size_t fake_imap_count(struct fake_imap *imap, const char *folder);
bool fake_imap_is_marked(struct fake_imap *imap, const char *folder, unsigned uid, const char *flag);
/* All commands so far (without tag), each ended by "\n"; SASL answers as "(answer)". The caller frees it. */
char *fake_imap_log(struct fake_imap *imap);

#endif
