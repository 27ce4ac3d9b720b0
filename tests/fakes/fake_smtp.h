/* An SMTP server for tests: takes mail like a real one, remembers it, and misbehaves where told to. */
#ifndef FAKES_FAKE_SMTP_H
#define FAKES_FAKE_SMTP_H

#include <stdbool.h>
#include <stddef.h>

#include "fakes/fake_rule.h"
#include "fakes/fake_sasl.h"

struct ssl_ctx_st;
struct fake_smtp;

/* Rules: besides commands, `when` may be "GREETING"; "HANDSHAKE" (after STARTTLS was agreed on);
 * "BODY" (the first line of the message), "." (after the final dot). */
struct fake_smtp_options {
    struct ssl_ctx_st *tls;  /* the caller's */
    bool implicit_tls, starttls, silent_tls, deaf, ipv6;
    const char *offers;      /* NULL: "SIZE 10485760|8BITMIME|SMTPUTF8|ENHANCEDSTATUSCODES", by "|" */
    const char *mechanisms;  /* "PLAIN LOGIN": offered under TLS */
    bool auth_in_clear;      /* offered without TLS too */
    struct fake_login login;
    struct fake_rule rules[FAKE_RULES];
};

struct fake_smtp *fake_smtp_start(const struct fake_smtp_options *options);
void fake_smtp_stop(struct fake_smtp **smtp);
int fake_smtp_port(const struct fake_smtp *smtp);
int fake_smtp_connections(const struct fake_smtp *smtp);

/* What it took, in order. Texts live until it is stopped. */
struct fake_mail {
    const char *from;       /* the whole MAIL line */
    const char *recipients; /* the RCPT lines that were taken, each ended by "\n" */
    const char *data;       /* dots taken out, CRLF kept */
    size_t len;
    bool tls;
    const char *user;       /* who had logged in, "" nobody */
};
size_t fake_smtp_count(struct fake_smtp *smtp);
struct fake_mail fake_smtp_mail(struct fake_smtp *smtp, size_t i);
/* All command lines so far, each ended by "\n"; SASL answers as "(answer)". The caller frees it. */
char *fake_smtp_log(struct fake_smtp *smtp);

#endif
