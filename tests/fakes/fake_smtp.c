/* See fake_smtp.h. */
#include "fakes/fake_smtp.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "fakes/fake_server.h"

struct kept_mail {
    char *from, *recipients, *data, *user;
    size_t len;
    bool tls;
};

struct fake_smtp {
    struct fake_smtp_options options;
    struct fake_server *server;
    pthread_mutex_t lock;
    struct kept_mail *mails;
    size_t count;
    char *log;
    size_t log_len;
};

/* One session. */
struct session {
    struct fake_smtp *smtp;
    struct fake_talk *talk;
    char from[1200], recipients[65536], user[256];
    int taken;
    bool over;
};

static void note(struct fake_smtp *smtp, const char *format, ...)
{
    char line[4096];
    va_list args;
    va_start(args, format);
    int len = vsnprintf(line, sizeof line - 1, format, args);
    va_end(args);
    len = len < (int)sizeof line - 1 ? len : (int)sizeof line - 2;
    line[len++] = '\n';
    pthread_mutex_lock(&smtp->lock);
    smtp->log = realloc(smtp->log, smtp->log_len + (size_t)len + 1);
    memcpy(smtp->log + smtp->log_len, line, (size_t)len);
    smtp->log_len += (size_t)len;
    smtp->log[smtp->log_len] = '\0';
    pthread_mutex_unlock(&smtp->lock);
}

static const struct fake_rule *rule_for(const struct session *s, const char *line)
{
    return fake_rule_for(s->smtp->options.rules, s->talk, line);
}

static void say(struct session *s, const char *text)
{
    if (!fake_say_bytes(s->talk, text, strlen(text)))
        s->over = true;
}

/* Its own reply, or what the rule for this line wants. true: its own was said. */
static bool reply(struct session *s, const char *line, const char *own)
{
    enum fake_followed followed = fake_follow(s->talk, rule_for(s, line), own, NULL);
    s->over = s->over || followed == FAKE_OVER;
    return followed == FAKE_OWN;
}

static void hello(struct session *s, const char *line)
{
    const struct fake_smtp_options *o = &s->smtp->options;
    char text[2048], offers[1024], *rest = NULL;
    bool tls = fake_has_tls(s->talk);
    size_t used = (size_t)snprintf(text, sizeof text, "250-fake.test at your service\r\n");
    snprintf(offers, sizeof offers, "%s", o->offers ? o->offers : "SIZE 10485760|8BITMIME|SMTPUTF8|ENHANCEDSTATUSCODES");
    for (char *offer = strtok_r(offers, "|", &rest); offer; offer = strtok_r(NULL, "|", &rest))
        used += (size_t)snprintf(text + used, sizeof text - used, "250-%s\r\n", offer);
    if (o->starttls && !tls)
        used += (size_t)snprintf(text + used, sizeof text - used, "250-STARTTLS\r\n");
    if (o->mechanisms && (tls || o->auth_in_clear))
        used += (size_t)snprintf(text + used, sizeof text - used, "250-AUTH %s\r\n", o->mechanisms);
    snprintf(text + used, sizeof text - used, "250 HELP\r\n");
    reply(s, line, text);
}

static const char *ask(void *context, const char *challenge)
{
    struct session *s = context;
    if (!fake_say(s->talk, "334 %s\r\n", challenge))
        return NULL;
    const char *answer = fake_hear(s->talk);
    if (answer)
        note(s->smtp, strcmp(answer, "*") == 0 ? "*" : "(answer)");
    return answer;
}

static void authenticate(struct session *s, const char *line)
{
    char mechanism[64] = "", initial[4096] = "";
    sscanf(line, "AUTH %63s %4095s", mechanism, initial);
    const struct fake_rule *rule = rule_for(s, line);
    if (rule && rule->act != FAKE_SLOW) {
        reply(s, line, "");
        return;
    }
    enum fake_verdict verdict = fake_sasl(&s->smtp->options.login, mechanism, initial[0] ? initial : NULL, ask, s);
    switch (verdict) {
    case FAKE_GRANTED:
        snprintf(s->user, sizeof s->user, "%s", s->smtp->options.login.user);
        reply(s, line, "235 2.7.0 Authentication successful\r\n");
        break;
    case FAKE_DENIED:
        reply(s, line, "535 5.7.8 Error: authentication failed\r\n");
        break;
    case FAKE_CANCELLED:
        reply(s, line, "501 5.7.0 Authentication aborted\r\n");
        break;
    case FAKE_UNKNOWN_MECHANISM:
        reply(s, line, "504 5.5.4 Unrecognized authentication type\r\n");
        break;
    case FAKE_GONE:
        s->over = true;
    }
}

/* Which one it is, counted from 1. */
static size_t keep(struct session *s, char *data, size_t len)
{
    struct fake_smtp *smtp = s->smtp;
    pthread_mutex_lock(&smtp->lock);
    smtp->mails = realloc(smtp->mails, (smtp->count + 1) * sizeof *smtp->mails);
    smtp->mails[smtp->count++] = (struct kept_mail){strdup(s->from), strdup(s->recipients), data, strdup(s->user), len, fake_has_tls(s->talk)};
    size_t number = smtp->count;
    pthread_mutex_unlock(&smtp->lock);
    return number;
}

/* The message up to the final dot; kept even when the reply will be no good one. */
static void take_message(struct session *s)
{
    char *data = NULL;
    size_t len = 0, capacity = 0, lines = 0;
    for (const char *line; (line = fake_hear(s->talk));) {
        if (lines++ == 0 && rule_for(s, "BODY")) {
            reply(s, "BODY", "");
            break;
        }
        if (strcmp(line, ".") == 0) {
            char queued[80];
            snprintf(queued, sizeof queued, "250 2.0.0 Ok: queued as FAKE%zu\r\n", keep(s, data, len));
            reply(s, ".", queued);
            s->from[0] = s->recipients[0] = '\0';
            s->taken = 0;
            return;
        }
        line += line[0] == '.';
        size_t line_len = strlen(line);
        if (len + line_len + 3 > capacity)
            data = realloc(data, capacity = capacity * 2 + line_len + 4096);
        memcpy(data + len, line, line_len);
        memcpy(data + len + line_len, "\r\n", 3);
        len += line_len + 2;
    }
    free(data);
    s->over = true;
}

static void recipient(struct session *s, const char *line)
{
    if (!s->from[0]) {
        say(s, "503 5.5.1 Error: need MAIL command\r\n");
        return;
    }
    const struct fake_rule *rule = rule_for(s, line);
    reply(s, line, "250 2.1.5 Ok\r\n");
    if (rule && rule->act == FAKE_SAY && rule->say[0] != '2')
        return;
    s->taken++;
    size_t used = strlen(s->recipients);
    snprintf(s->recipients + used, sizeof s->recipients - used, "%s\n", line);
}

static void command(struct session *s, const char *line)
{
    if (strncasecmp(line, "EHLO", 4) == 0 || strncasecmp(line, "HELO", 4) == 0) {
        if (line[0] == 'H')
            reply(s, line, "250 fake.test\r\n");
        else
            hello(s, line);
    } else if (strcasecmp(line, "STARTTLS") == 0 && s->smtp->options.starttls) {
        if (reply(s, line, "220 2.0.0 Ready to start TLS\r\n")) {
            const struct fake_rule *rule = rule_for(s, "HANDSHAKE");
            if (rule)
                reply(s, "HANDSHAKE", "");
            else if (!fake_start_tls(s->talk))
                s->over = true;
        }
    } else if (strncasecmp(line, "AUTH ", 5) == 0) {
        authenticate(s, line);
    } else if (strncasecmp(line, "MAIL FROM:", 10) == 0) {
        if (s->from[0])
            say(s, "503 5.5.1 Error: nested MAIL command\r\n");
        else if (reply(s, line, "250 2.1.0 Ok\r\n"))
            snprintf(s->from, sizeof s->from, "%s", line);
    } else if (strncasecmp(line, "RCPT TO:", 8) == 0) {
        recipient(s, line);
    } else if (strcasecmp(line, "DATA") == 0) {
        if (!s->taken)
            say(s, "554 5.5.1 Error: no valid recipients\r\n");
        else if (reply(s, line, "354 End data with <CR><LF>.<CR><LF>\r\n"))
            take_message(s);
    } else if (strcasecmp(line, "RSET") == 0) {
        s->from[0] = s->recipients[0] = '\0';
        s->taken = 0;
        reply(s, line, "250 2.0.0 Ok\r\n");
    } else if (strcasecmp(line, "QUIT") == 0) {
        reply(s, line, "221 2.0.0 Bye\r\n");
        s->over = true;
    } else {
        reply(s, line, "502 5.5.2 Error: command not recognized\r\n");
    }
}

static void talk(struct fake_talk *talk_, void *context)
{
    struct session *s = calloc(1, sizeof *s);
    const char *line;
    s->smtp = context;
    s->talk = talk_;
    reply(s, "GREETING", "220 fake.test ESMTP\r\n");
    while (!s->over && (line = fake_hear(talk_))) {
        note(s->smtp, "%.4000s", line);
        char *copy = strdup(line);
        command(s, copy);
        free(copy);
    }
    free(s);
}

struct fake_smtp *fake_smtp_start(const struct fake_smtp_options *options)
{
    struct fake_smtp *smtp = calloc(1, sizeof *smtp);
    smtp->options = *options;
    pthread_mutex_init(&smtp->lock, NULL);
    smtp->server = fake_server_start(&(struct fake_server_options){
        .script = talk, .context = smtp, .tls = options->tls, .implicit_tls = options->implicit_tls,
        .silent_tls = options->silent_tls, .deaf = options->deaf, .ipv6 = options->ipv6});
    return smtp;
}

void fake_smtp_stop(struct fake_smtp **smtp)
{
    if (!*smtp)
        return;
    fake_server_stop(&(*smtp)->server);
    for (size_t i = 0; i < (*smtp)->count; i++) {
        free((*smtp)->mails[i].from);
        free((*smtp)->mails[i].recipients);
        free((*smtp)->mails[i].data);
        free((*smtp)->mails[i].user);
    }
    free((*smtp)->mails);
    free((*smtp)->log);
    pthread_mutex_destroy(&(*smtp)->lock);
    free(*smtp);
    *smtp = NULL;
}

int fake_smtp_port(const struct fake_smtp *smtp)
{
    return fake_server_port(smtp->server);
}

int fake_smtp_connections(const struct fake_smtp *smtp)
{
    return fake_server_connections(smtp->server);
}

size_t fake_smtp_count(struct fake_smtp *smtp)
{
    pthread_mutex_lock(&smtp->lock);
    size_t count = smtp->count;
    pthread_mutex_unlock(&smtp->lock);
    return count;
}

struct fake_mail fake_smtp_mail(struct fake_smtp *smtp, size_t i)
{
    struct fake_mail mail = {.from = NULL};
    pthread_mutex_lock(&smtp->lock);
    if (i < smtp->count) {
        const struct kept_mail *kept = &smtp->mails[i];
        mail = (struct fake_mail){kept->from, kept->recipients, kept->data ? kept->data : "", kept->len, kept->tls, kept->user};
    }
    pthread_mutex_unlock(&smtp->lock);
    return mail;
}

char *fake_smtp_log(struct fake_smtp *smtp)
{
    pthread_mutex_lock(&smtp->lock);
    char *log = strdup(smtp->log ? smtp->log : "");
    pthread_mutex_unlock(&smtp->lock);
    return log;
}
