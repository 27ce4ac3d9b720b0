/* Inside SMTP: replies being read, the session, its dialogue. Shared by smtp*.c only. */
#ifndef TRANSPORT_SMTP_INTERNAL_H
#define TRANSPORT_SMTP_INTERNAL_H

#include "mailflow/smtp.h"
#include "transport/link_internal.h"

/* ---- replies (RFC 5321 4.2) ---- */

enum mf_reply_state { MF_REPLY_MORE, MF_REPLY_COMPLETE, MF_REPLY_GARBAGE };
void mf_smtp_reply_begin(struct mf_smtp_reply *reply);
/* One line, with or without its line break. GARBAGE: not a reply line; the text holds its words. */
enum mf_reply_state mf_smtp_reply_line(struct mf_smtp_reply *reply, const char *line, size_t len);
/* "queued as 4F2A1" and its like in the words of a final reply. */
void mf_smtp_find_queue_id(const char *text, char *queue_id, size_t size);
/* One line of an EHLO reply, without code, into what the server offers. */
void mf_smtp_note_offer(struct mf_smtp_sent *seen, const char *line, size_t len);

/* ---- the session ---- */

struct mf_smtp {
    struct mf_arena *arena;
    struct mf_endpoint endpoint;
    const char *ehlo; /* NULL until the first connection when it has to be an address literal */
    struct mf_credentials credentials;
    bool has_credentials;
    mf_usec connect_timeout, reply_timeout;
    struct mf_chain_seen *chain; /* the caller's, or NULL */
    int wake_fd;      /* eventfd; readable once interrupted */
    struct mf_link *link;
    struct mf_smtp_sent known; /* what the connection told: greeting, offers, TLS, AUTH */
    bool dirty;                /* a transaction was begun and not ended: RSET first */
    char line[4096];           /* bytes of the server not yet read as lines */
    size_t line_len;
    struct mf_text out;        /* commands and data on their way */
    const char *login_mechanism;
    bool (*allow_data)(void *context); /* NULL: nobody is asked */
    void *allow_context;
    const struct mf_smtp_dsn *dsn; /* NULL: nothing is asked for */
};

/* Connects, TLS, EHLO, AUTH. 0: ready; else sent->outcome tells, with *failure for TROUBLE (-1). */
int mf_smtp_connect(struct mf_smtp *session, mf_usec deadline, struct mf_smtp_sent *sent, struct mf_failure *failure);
void mf_smtp_disconnect(struct mf_smtp *session);
/* AUTH (RFC 4954). 0, or -1 like above. */
int mf_smtp_authenticate(struct mf_smtp *session, mf_usec deadline, struct mf_smtp_sent *sent, struct mf_failure *failure);

/* Sends one command line (without line break). */
enum mf_io mf_smtp_say(struct mf_smtp *session, mf_usec deadline, bool secret, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* Reads one whole reply within the reply timeout. */
enum mf_io mf_smtp_hear(struct mf_smtp *session, mf_usec deadline, struct mf_smtp_reply *reply);
/* say and hear; fills *failure when it returns other than MF_IO_OK. */
enum mf_io mf_smtp_ask(struct mf_smtp *session, mf_usec deadline, const char *command, const char *for_what,
                       struct mf_smtp_reply *reply, struct mf_failure *failure);
void mf_smtp_fail_io(struct mf_smtp *session, enum mf_io io, mf_usec since, const char *for_what, struct mf_failure *failure);

/* MAIL, RCPT, DATA, the message. Return values as mf_smtp_connect; MF_SMTP_AGAIN when a connection
 * that was there already turned out to be gone before anything was asked of it. */
#define MF_SMTP_AGAIN 1
int mf_smtp_transact(struct mf_smtp *session, const char *mail_from, struct mf_smtp_recipient *recipients, size_t count,
                     struct mf_bytes message, mf_usec deadline, struct mf_smtp_sent *sent, struct mf_failure *failure);

/* Ways for a transaction to end: the connection is of no use any more (-1) … */
int mf_smtp_trouble(struct mf_smtp *session, struct mf_smtp_sent *sent);
/* … or the server refused (0): it is kept for the next message, unless the server said 421. */
int mf_smtp_refused(struct mf_smtp *session, const struct mf_smtp_reply *reply, struct mf_smtp_sent *sent);
int mf_smtp_say_message(struct mf_smtp *session, struct mf_bytes message, mf_usec deadline, struct mf_smtp_sent *sent,
                        struct mf_failure *failure);

#endif
