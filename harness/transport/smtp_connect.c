/* From nothing to a connection that may send: connect, TLS, EHLO, AUTH. */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "mailflow/trace.h"
#include "transport/smtp_internal.h"

/* What is learned while libcurl greets the server. */
struct greeting {
    struct mf_smtp *session;
    struct mf_smtp_sent *sent;
    struct mf_smtp_reply reply; /* the one being read, or the last one */
    bool whole;                 /* it is complete */
    bool garbage;
    char command[16]; /* what it answers, "" the greeting */
    int line;         /* in it */
};

static void forget_offers(struct mf_smtp_sent *sent)
{
    bool starttls = sent->offers_starttls; /* said before TLS, taken back after */
    sent->size_limit = 0;
    sent->offers_size = sent->offers_smtputf8 = sent->offers_8bitmime = sent->offers_dsn = false;
    sent->auth_offered[0] = '\0';
    sent->offers_starttls = starttls;
}

static void on_command(void *context, const char *line, size_t len)
{
    struct greeting *greeting = context;
    mf_trace(MF_TRACE_SMTP, "%s > %.*s", greeting->session->known.peer, (int)len, line);
    mf_smtp_reply_begin(&greeting->reply);
    greeting->whole = false;
    greeting->line = 0;
    snprintf(greeting->command, sizeof greeting->command, "%.*s", (int)strcspn(line, " \r\n"), line);
    greeting->sent->phase = mf_same(greeting->command, "STARTTLS") ? MF_SMTP_TLS : MF_SMTP_EHLO;
    if (mf_same(greeting->command, "EHLO"))
        forget_offers(greeting->sent);
}

static void note_line(struct greeting *greeting, const char *line, size_t len)
{
    const char *words = line + (len > 4 ? 4 : len);
    size_t words_len = len > 4 ? len - 4 : 0;
    bool first = greeting->line++ == 0;
    if (!greeting->command[0] && first)
        mf_clean_words(greeting->sent->greeting, sizeof greeting->sent->greeting, line, len);
    if (!mf_same(greeting->command, "EHLO") && !mf_same(greeting->command, "HELO"))
        return;
    if (first)
        mf_clean_words(greeting->sent->ehlo_name, sizeof greeting->sent->ehlo_name, words, words_len);
    else if (greeting->reply.code == 250)
        mf_smtp_note_offer(greeting->sent, words, words_len);
}

/* false ends the attempt: what is not SMTP is not listened to any longer, and with a login an EHLO
 * refused must not fall back to HELO, which has no AUTH. */
static bool on_line(void *context, const char *line, size_t len)
{
    struct greeting *greeting = context;
    mf_trace(MF_TRACE_SMTP, "%s < %.*s", greeting->session->known.peer, (int)len, line);
    if (greeting->whole)
        return true;
    enum mf_reply_state state = mf_smtp_reply_line(&greeting->reply, line, len);
    greeting->garbage = state == MF_REPLY_GARBAGE;
    if (greeting->garbage)
        return false;
    note_line(greeting, line, len);
    greeting->whole = state == MF_REPLY_COMPLETE;
    bool refused = greeting->whole && greeting->reply.code >= 400;
    return !(refused && greeting->session->has_credentials);
}

/* "[192.0.2.41]": the address that this host has towards the server (RFC 5321 4.1.3). No packet is
 * sent for it. */
static const char *address_literal(struct mf_smtp *session)
{
    char text[INET6_ADDRSTRLEN] = "127.0.0.1";
    struct sockaddr_in6 to6 = {.sin6_family = AF_INET6, .sin6_port = htons(25)}, own6;
    struct sockaddr_in to4 = {.sin_family = AF_INET, .sin_port = htons(25)}, own4;
    bool v6 = inet_pton(AF_INET6, session->endpoint.address, &to6.sin6_addr) == 1;
    if (session->endpoint.source) {
        snprintf(text, sizeof text, "%s", session->endpoint.source);
        v6 = strchr(text, ':') != NULL;
    } else if (v6 || inet_pton(AF_INET, session->endpoint.address, &to4.sin_addr) == 1) {
        int fd = socket(v6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        struct sockaddr *to = v6 ? (struct sockaddr *)&to6 : (struct sockaddr *)&to4;
        struct sockaddr *own = v6 ? (struct sockaddr *)&own6 : (struct sockaddr *)&own4;
        socklen_t size = v6 ? sizeof own6 : sizeof own4;
        if (fd >= 0 && connect(fd, to, size) == 0 && getsockname(fd, own, &size) == 0)
            inet_ntop(v6 ? AF_INET6 : AF_INET, v6 ? (void *)&own6.sin6_addr : (void *)&own4.sin_addr, text, sizeof text);
        if (fd >= 0)
            close(fd);
    }
    return mf_format(session->arena, v6 ? "[IPv6:%s]" : "[%s]", text);
}

static const char *own_name(struct mf_smtp *session)
{
    char name[256] = "";
    if (gethostname(name, sizeof name - 1) == 0 && strchr(name, '.'))
        return mf_copy(session->arena, name);
    return address_literal(session);
}

/* A login in clear text is refused before anything is connected. */
static int check_privacy(const struct mf_smtp *session, struct mf_failure *failure)
{
    if (!session->has_credentials || session->endpoint.tls_mode != MF_TLS_NONE)
        return 0;
    mf_fail(failure, MF_STAGE_LOGIN, false, "a login is never sent in clear text, and TLS is switched off here");
    snprintf(failure->hint, sizeof failure->hint, "Take out `tls: none`, or the login.");
    return -1;
}

/* The server's own refusal decides when there is one; else it is trouble. */
static int not_connected(struct greeting *greeting, struct mf_failure *failure)
{
    struct mf_smtp_sent *sent = greeting->sent;
    if (greeting->garbage) {
        mf_fail(failure, sent->phase == MF_SMTP_CONNECT ? MF_STAGE_GREETING : MF_STAGE_COMMAND, false,
                "the server said something that is no SMTP reply: \"%.120s\"", greeting->reply.text);
        sent->reply = greeting->reply;
        sent->reply.code = 0;
        return -1;
    }
    if (greeting->whole && greeting->reply.code >= 400 && !failure->timed_out && !failure->interrupted) {
        sent->outcome = MF_SMTP_REFUSED;
        sent->reply = greeting->reply;
        return -1;
    }
    if (failure->stage == MF_STAGE_TLS)
        sent->phase = MF_SMTP_TLS;
    return -1;
}

static struct mf_link *open_link(struct mf_smtp *session, struct greeting *greeting, bool clear_text, mf_usec deadline,
                                 struct mf_failure *failure)
{
    struct mf_link_options options = {
        .clear_text = clear_text,
        .endpoint = &session->endpoint,
        .tls_required = session->has_credentials,
        .ehlo = session->ehlo,
        .watch = {on_line, on_command, greeting},
        .wake_fd = session->wake_fd,
        .connect_timeout = session->connect_timeout,
        .reply_timeout = session->reply_timeout,
        .chain = session->chain,
    };
    struct mf_smtp_sent *sent = greeting->sent;
    return mf_link_open(&options, deadline, &sent->tls, sent->peer, sizeof sent->peer, failure);
}

/* Opportunistic TLS whose handshake fails: like a mail server, go on in clear text (RFC 7435 4). */
static struct mf_link *open_as_offered(struct mf_smtp *session, struct greeting *greeting, mf_usec deadline, struct mf_failure *failure)
{
    struct mf_smtp_sent *sent = greeting->sent;
    struct mf_link *link = open_link(session, greeting, false, deadline, failure);
    bool opportunistic = session->endpoint.tls_mode == MF_TLS_OFFERED && !session->has_credentials;
    if (link || !opportunistic || failure->stage != MF_STAGE_TLS || failure->interrupted)
        return link;
    struct mf_failure first = *failure;
    mf_usec started = sent->started;
    *sent = (struct mf_smtp_sent){.outcome = MF_SMTP_TROUBLE, .started = started};
    *greeting = (struct greeting){.session = session, .sent = sent};
    *failure = (struct mf_failure){.stage = MF_STAGE_NONE};
    link = open_link(session, greeting, true, deadline, failure);
    snprintf(sent->tls.problem, sizeof sent->tls.problem, "in clear text, since %.200s", first.reason);
    return link;
}

int mf_smtp_connect(struct mf_smtp *session, mf_usec deadline, struct mf_smtp_sent *sent, struct mf_failure *failure)
{
    struct greeting greeting = {.session = session, .sent = sent};
    sent->phase = MF_SMTP_CONNECT;
    if (check_privacy(session, failure) < 0)
        return -1;
    if (!session->ehlo)
        session->ehlo = own_name(session);
    mf_address_text(session->endpoint.address, session->endpoint.port, session->known.peer, sizeof session->known.peer);
    session->line_len = 0;
    session->dirty = false;
    session->link = open_as_offered(session, &greeting, deadline, failure);
    if (!session->link)
        return not_connected(&greeting, failure);
    int result = session->has_credentials ? mf_smtp_authenticate(session, deadline, sent, failure) : 0;
    if (result < 0)
        mf_smtp_disconnect(session);
    session->known = *sent;
    return result;
}
