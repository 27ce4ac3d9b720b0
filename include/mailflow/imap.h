/* Room transport: reading mailboxes by IMAP (RFC 3501, 2177 IDLE, 4315 UIDPLUS, 6154 special-use),
 * with libetpan over our own TLS stream: certificates and host names verified, poll() not select(),
 * a deadline on every read. Never marks mail as seen (BODY.PEEK, EXAMINE where possible).
 *
 * One connection, one thread. Every function returns 0, or -1 with d and trouble set; after a
 * trouble other than "NO" the connection is dead (mf_imap_alive) and must be freed.
 */
#ifndef MAILFLOW_IMAP_H
#define MAILFLOW_IMAP_H

#include "mailflow/clock.h"
#include "mailflow/endpoint.h"
#include "mailflow/text.h"

struct mf_imap;

struct mf_imap_options {
    struct mf_endpoint endpoint;              /* copied */
    const struct mf_credentials *credentials; /* not kept after open */
    double commands_per_second;               /* limit in any second, 0 = none; waits inside the calls */
    mf_usec connect_timeout, reply_timeout;   /* durations; 0: 30 s and 60 s */
    int interrupt_fd;                         /* an eventfd of the caller's: readable = give up, also while opening; 0: none */
};

/* Connects, TLS, logs in, reads capabilities. A login in clear text is refused, except with
 * MF_TLS_NONE to a loopback address (tests, benchmarks). */
int mf_imap_open(const struct mf_imap_options *options, mf_usec deadline, struct mf_imap **imap,
                 struct mf_net_trouble *trouble, struct mf_diag *d);
void mf_imap_close(struct mf_imap **imap); /* LOGOUT if alive, at most 1 s */
/* From another thread: what waits ends at once with trouble, and the connection is dead (Ctrl-C). */
void mf_imap_interrupt(struct mf_imap *imap);
bool mf_imap_alive(const struct mf_imap *imap);
const struct mf_tls_seen *mf_imap_tls(const struct mf_imap *imap);
bool mf_imap_can(const struct mf_imap *imap, const char *capability); /* "IDLE", "UIDPLUS", … */
const char *mf_imap_peer(const struct mf_imap *imap);                 /* address:port */

enum mf_folder_use { MF_USE_NONE, MF_USE_INBOX, MF_USE_JUNK, MF_USE_SENT, MF_USE_ARCHIVE, MF_USE_TRASH, MF_USE_DRAFTS, MF_USE_ALL };
struct mf_imap_folder {
    const char *name;      /* UTF-8, decoded from modified UTF-7 */
    const char *wire_name; /* as the server says it: what select takes */
    enum mf_folder_use use; /* special-use, else by the usual names (Junk, Spam, Sent Items, …) */
    bool selectable;
};
/* All folders, in arena. */
int mf_imap_folders(struct mf_imap *imap, struct mf_arena *arena, struct mf_imap_folder **folders, size_t *count,
                    struct mf_net_trouble *trouble, struct mf_diag *d);

struct mf_imap_window { unsigned uidvalidity, uidnext, exists; };
/* Opens a folder, read-only unless `write`. UIDNEXT is asked by STATUS when SELECT does not tell. */
int mf_imap_select(struct mf_imap *imap, const char *wire_name, bool write, struct mf_imap_window *window,
                   struct mf_net_trouble *trouble, struct mf_diag *d);
/* Without selecting. */
int mf_imap_status(struct mf_imap *imap, const char *wire_name, struct mf_imap_window *window,
                   struct mf_net_trouble *trouble, struct mf_diag *d);
/* NOOP: what the folder holds now. *exists_now counts messages; it may stay the same while one came
 * and another went, so only a walk can deny. */
int mf_imap_noop(struct mf_imap *imap, unsigned *exists_now, struct mf_net_trouble *trouble, struct mf_diag *d);
/* Messages in the selected folder, as last heard; asks nothing. */
unsigned mf_imap_exists(const struct mf_imap *imap);
/* IDLE until EXISTS grows beyond `exists` (messages expunged meanwhile counted out), a byte comes on
 * wake_fd (-1: none; it is left there), or the instant. *grown tells whether it grew. Re-issued before
 * 29 minutes; NOOP every 2 s where the server has no IDLE. */
int mf_imap_idle(struct mf_imap *imap, unsigned exists, int wake_fd, mf_usec until, bool *grown,
                 struct mf_net_trouble *trouble, struct mf_diag *d);

struct mf_imap_message {
    unsigned uid;
    struct mf_bytes raw;      /* the whole message as stored, CRLF */
    const char *internaldate; /* as the server says it, or "" */
    bool seen, deleted;
    bool cut;                 /* larger than 64 MB: raw is the header only */
};
/* Walks UID from:* (the last old one is filtered), in batches where there are many, and calls for
 * each message as it comes, in order of UID; nothing is kept. headers_only fetches
 * BODY.PEEK[HEADER]; of a message larger than 64 MB only the header is given (`cut`) and the walk
 * goes on. A callback returning false stops the walk; the callback must not use the connection.
 * *walked_to: all UIDs below it were seen by this walk, also when it broke off. */
typedef bool mf_imap_take(void *context, const struct mf_imap_message *message);
int mf_imap_walk(struct mf_imap *imap, unsigned from_uid, bool headers_only, mf_imap_take *take, void *context,
                 unsigned *walked_to, struct mf_net_trouble *trouble, struct mf_diag *d);
/* One message, whole. Returns 1 when it is gone. */
int mf_imap_fetch(struct mf_imap *imap, unsigned uid, struct mf_text *raw, struct mf_net_trouble *trouble, struct mf_diag *d);
/* Removes exactly these messages of the selected folder (opened again for writing when it was
 * read-only): \Deleted, then UID EXPUNGE; with Gmail's extension first moved to its trash; without UIDPLUS only when no other message is marked
 * \Deleted, else they stay marked and -1 says so. */
int mf_imap_remove(struct mf_imap *imap, const unsigned *uids, size_t count, struct mf_net_trouble *trouble, struct mf_diag *d);

/* An end point probed through libcurl (connect, TLS, certificate, login, EXAMINE of a folder when
 * not NULL): for `check`. */
struct mf_imap_probe { struct mf_tls_seen tls; char capabilities[512]; unsigned exists; bool folder_ok; char peer[64]; };
int mf_imap_probe(const struct mf_imap_options *options, const char *folder, mf_usec deadline,
                  struct mf_imap_probe *seen, struct mf_net_trouble *trouble, struct mf_diag *d);

#endif
