/* Room transport: sending by SMTP (RFC 5321) and submission (RFC 6409). The door is free of libcurl.
 *
 * One session = one connection identity (end point, EHLO name, source address, credentials, TLS); it
 * may send many messages one after the other and reconnects by itself when the server hung up
 * between two. One thread a session.
 *
 * AUTH is never sent in clear text: with credentials, TLS_NONE is refused before connecting, and
 * TLS_OFFERED without STARTTLS too.
 *
 * libcurl makes the connection (TCP, TLS, EHLO, STARTTLS); AUTH and the transaction are spoken over
 * it here, since only so it is known for sure whether the final dot went out.
 */
#ifndef MAILFLOW_SMTP_H
#define MAILFLOW_SMTP_H

#include "mailflow/clock.h"
#include "mailflow/endpoint.h"
#include "mailflow/text.h"

struct mf_smtp_reply {
    int code;           /* 0: no reply seen */
    char enhanced[16];  /* "5.1.1" or "" (RFC 3463) */
    char text[512];     /* the server's words, lines joined by " ", without code and enhanced code */
};

enum mf_smtp_phase { MF_SMTP_CONNECT, MF_SMTP_TLS, MF_SMTP_EHLO, MF_SMTP_AUTH, MF_SMTP_MAIL, MF_SMTP_RCPT,
                     MF_SMTP_DATA, MF_SMTP_END_OF_DATA };
const char *mf_smtp_phase_name(enum mf_smtp_phase phase); /* "END-OF-DATA" */

enum mf_smtp_outcome {
    MF_SMTP_ACCEPTED, /* final 2xx after the data for at least one recipient */
    MF_SMTP_REFUSED,  /* 4xx or 5xx before or after the data: nothing was taken; see reply */
    MF_SMTP_UNKNOWN,  /* connection lost or timed out after the final dot: may have been taken. d says how */
    MF_SMTP_TROUBLE,  /* could not ask: connect, TLS, no reply, protocol error; see trouble and d */
};

/* What is wanted of delivery status notifications (RFC 3461); each may be NULL. */
struct mf_smtp_dsn {
    const char *notify; /* "NEVER", or some of "SUCCESS,FAILURE,DELAY" */
    const char *ret;    /* "FULL", "HDRS" */
    const char *envid;  /* not xtext: that is done here; ORCPT is sent as well */
};

struct mf_smtp_recipient {
    const char *address;        /* in: as given to RCPT TO, without <> */
    struct mf_smtp_reply reply; /* out: reply to its RCPT TO; code 0 = never asked */
};

struct mf_smtp_sent {
    enum mf_smtp_outcome outcome;
    enum mf_smtp_phase phase;    /* how far it came: where it was refused or lost */
    struct mf_smtp_reply reply;  /* the deciding one (final reply, or the refusal) */
    char queue_id[64];           /* from "queued as X" and its like, "" unknown */
    char peer[64];               /* address:port really connected to */
    char greeting[256];          /* the 220 line */
    char ehlo_name[128];         /* as the server greeted us back */
    long long size_limit;        /* of SIZE, 0 = none told */
    bool offers_size, offers_starttls, offers_smtputf8, offers_8bitmime, offers_dsn;
    char auth_offered[128], auth_used[32];
    struct mf_tls_seen tls;
    struct mf_net_trouble trouble;
    mf_usec started, mail_sent, finished; /* of this message */
    bool reused;                  /* the connection was there already */
};

struct mf_smtp_options {
    struct mf_endpoint endpoint;            /* copied */
    const char *ehlo;                       /* NULL: this host's name, or an address literal */
    const struct mf_credentials *credentials; /* NULL: no AUTH; copied and wiped with the session */
    mf_usec connect_timeout, reply_timeout; /* durations; 0: 30 s and 5 min (RFC 5321 4.5.3.2) */
    struct mf_chain_seen *chain;            /* the certificates that are shown are noted here, if not NULL */
};

struct mf_smtp;
struct mf_smtp *mf_smtp_new(const struct mf_smtp_options *options);
void mf_smtp_free(struct mf_smtp **session);
/* Sends one message: mail_from "" is <>. message with CRLF lines, dot-stuffing done here. Returns 0
 * when *sent tells the outcome (also REFUSED and UNKNOWN), -1 with outcome TROUBLE and d set. Never
 * later than deadline. */
int mf_smtp_send(struct mf_smtp *session, const char *mail_from, struct mf_smtp_recipient *recipients,
                 size_t recipient_count, struct mf_bytes message, mf_usec deadline,
                 struct mf_smtp_sent *sent, struct mf_diag *d);
/* Asks `allow` between the server's 354 and the first byte of each message: after it the message may
 * have been taken. false: the connection is dropped instead, and nothing was taken (TROUBLE). NULL:
 * nobody is asked. */
void mf_smtp_ask_before_data(struct mf_smtp *session, bool (*allow)(void *context), void *context);
/* For the sends to come; NULL: nothing is asked for. Kept by reference. A server that does not offer DSN gets
 * nothing: TROUBLE. */
void mf_smtp_request_dsn(struct mf_smtp *session, const struct mf_smtp_dsn *dsn);
/* Connect, TLS, EHLO, AUTH if there are credentials, then QUIT: for `check`. Same results; ACCEPTED
 * means that it got that far, `phase` is the last one (EHLO or AUTH). */
int mf_smtp_probe(struct mf_smtp *session, mf_usec deadline, struct mf_smtp_sent *sent, struct mf_diag *d);
/* Makes a waiting send of another thread end at once (Ctrl-C), and all later ones of this session. */
void mf_smtp_interrupt(struct mf_smtp *session);

#endif
