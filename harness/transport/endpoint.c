/* End points, credentials, and the words for trouble with a server. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mailflow/text.h"
#include "transport/endpoint_internal.h"

const char *mf_stage_name(enum mf_stage stage)
{
    switch (stage) {
    case MF_STAGE_NONE: return "none";
    case MF_STAGE_CONNECT: return "connect";
    case MF_STAGE_TLS: return "TLS";
    case MF_STAGE_GREETING: return "greeting";
    case MF_STAGE_LOGIN: return "login";
    case MF_STAGE_COMMAND: return "command";
    }
    return "unknown";
}

void mf_wipe_text(char **secret)
{
    if (*secret)
        explicit_bzero(*secret, strlen(*secret));
    free(*secret);
    *secret = NULL;
}

void mf_credentials_wipe(struct mf_credentials *credentials)
{
    mf_wipe_text(&credentials->user);
    mf_wipe_text(&credentials->password);
    mf_wipe_text(&credentials->bearer);
    credentials->mechanism = NULL;
}

bool mf_has_secrets(const struct mf_credentials *credentials)
{
    return credentials && (credentials->password || credentials->bearer);
}

static char *copy_or_null(const char *text)
{
    return text ? mf_xstrdup(text) : NULL;
}

struct mf_credentials mf_credentials_copy(const struct mf_credentials *credentials)
{
    return (struct mf_credentials){
        .user = copy_or_null(credentials->user),
        .password = copy_or_null(credentials->password),
        .bearer = copy_or_null(credentials->bearer),
        .mechanism = credentials->mechanism,
    };
}

static const struct mf_tls *copy_tls(struct mf_arena *arena, const struct mf_tls *tls)
{
    struct mf_tls *copy = mf_alloc(arena, sizeof *copy);
    if (tls)
        *copy = (struct mf_tls){
            .ca_file = mf_copy(arena, tls->ca_file),
            .certificate = mf_copy(arena, tls->certificate),
            .key = mf_copy(arena, tls->key),
            .minimum = mf_copy(arena, tls->minimum),
            .accept_invalid = mf_copy(arena, tls->accept_invalid),
        };
    return copy;
}

struct mf_endpoint mf_endpoint_copy(struct mf_arena *arena, const struct mf_endpoint *endpoint)
{
    struct mf_endpoint copy = *endpoint;
    copy.address = mf_copy(arena, endpoint->address ? endpoint->address : "");
    char *name = mf_copy(arena, endpoint->tls_name && *endpoint->tls_name ? endpoint->tls_name : copy.address);
    size_t len = strlen(name);
    if (len > 1 && name[len - 1] == '.')
        name[len - 1] = '\0';
    copy.tls_name = name;
    copy.source = mf_copy(arena, endpoint->source);
    copy.label = mf_copy(arena, endpoint->label ? endpoint->label : name);
    copy.tls = copy_tls(arena, endpoint->tls);
    return copy;
}

const char *mf_address_text(const char *address, int port, char *buffer, size_t size)
{
    snprintf(buffer, size, strchr(address, ':') ? "[%s]:%d" : "%s:%d", address, port);
    return buffer;
}

bool mf_is_loopback(const char *address)
{
    struct in_addr v4;
    struct in6_addr v6;
    if (inet_pton(AF_INET, address, &v4) == 1)
        return (ntohl(v4.s_addr) >> 24) == 127;
    return inet_pton(AF_INET6, address, &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

const char *mf_errno_words(int error)
{
    switch (error) {
    case ECONNREFUSED: return "refused";
    case EHOSTUNREACH: return "no route to that host";
    case ENETUNREACH: return "no route to that network";
    case ETIMEDOUT: return "no answer";
    case ECONNRESET: return "reset by the server";
    case EPIPE: return "closed by the server";
    case EADDRNOTAVAIL: return "the local address is not one of this host's";
    case EACCES: case EPERM: return "forbidden by this host (firewall?)";
    case EMFILE: case ENFILE: return "too many open files on this host (ulimit -n)";
    case EAFNOSUPPORT: return "this host does not speak that address family";
    default: return strerror(error);
    }
}

void mf_fail(struct mf_failure *failure, enum mf_stage stage, bool temporary, const char *format, ...)
{
    failure->stage = stage;
    failure->temporary = temporary;
    va_list args;
    va_start(args, format);
    vsnprintf(failure->reason, sizeof failure->reason, format, args);
    va_end(args);
}

void mf_fail_io(struct mf_failure *failure, enum mf_stage stage, enum mf_io io, int error, mf_usec waited,
                const char *for_what)
{
    char allowed[32];
    switch (io) {
    case MF_IO_OK:
        break;
    case MF_IO_CLOSED:
        mf_fail(failure, stage, true, "the server closed the connection while we waited for %s", for_what);
        break;
    case MF_IO_TIMED_OUT:
        mf_duration_text(waited > 0 ? waited : 0, allowed, sizeof allowed);
        if (stage == MF_STAGE_CONNECT)
            mf_fail(failure, stage, true, "no answer in %s", allowed);
        else
            mf_fail(failure, stage, true, "no answer in %s while we waited for %s", allowed, for_what);
        failure->timed_out = true;
        break;
    case MF_IO_INTERRUPTED:
        mf_fail(failure, stage, true, "interrupted while we waited for %s", for_what);
        failure->interrupted = true;
        break;
    case MF_IO_BROKEN:
        mf_fail(failure, stage, true, "connection lost while we waited for %s: %s", for_what,
                error ? mf_errno_words(error) : "broken");
        break;
    }
}

void mf_clean_words(char *to, size_t size, const char *from, size_t len)
{
    size_t used = 0;
    for (size_t i = 0; i < len && used + 1 < size; i++) {
        unsigned char c = (unsigned char)from[i];
        if (c == '\r' || c == '\n')
            c = ' ';
        to[used++] = c == '\t' || c == ' ' ? ' ' : c < 0x20 || c == 0x7f ? '?' : (char)c;
    }
    while (used && to[used - 1] == ' ')
        used--;
    to[used] = '\0';
    size_t bad;
    while (!mf_is_utf8(to, strlen(to), &bad))
        to[bad] = '?';
}

/* What an administrator would try next, ready to paste. */
static void usual_hint(const struct mf_endpoint *e, const struct mf_failure *failure, struct mf_diag *d)
{
    char address[80];
    switch (failure->stage) {
    case MF_STAGE_CONNECT:
        mf_hint(d, failure->timed_out ? "Is a firewall on the way? From this host, try: nc -vz %s %d"
                                      : "Is the server running, and listening on that port? From this host, try: nc -vz %s %d",
                e->address, e->port);
        break;
    case MF_STAGE_TLS:
        mf_hint(d, "Look at it with: openssl s_client -connect %s -servername %s%s",
                mf_address_text(e->address, e->port, address, sizeof address), e->tls_name,
                e->tls_mode == MF_TLS_IMPLICIT ? "" : " -starttls smtp (or imap)");
        break;
    case MF_STAGE_GREETING:
        if (failure->timed_out && e->tls_mode != MF_TLS_IMPLICIT && !mf_starts(e->label, "imap")) {
            mf_hint(d, "It takes connections and does not greet in that time: slow DNS look-ups at that server (the name of "
                       "this host's address, block lists), a tarpit, or too many sessions. Look into its log. Real senders "
                       "wait 5 minutes (RFC 5321 4.5.3.2.1): allow as much (`within`) to see whether the greeting comes.");
            break;
        }
        mf_hint(d, e->tls_mode == MF_TLS_IMPLICIT ? "Does this port speak this protocol, with TLS from the first byte?"
                                                  : "Does this port speak this protocol, in clear text at first? (smtps:// and "
                                                    "imaps:// are with TLS from the first byte.)");
        break;
    case MF_STAGE_LOGIN:
        mf_hint(d, "Check the user name and the secret of this login in the site file.");
        break;
    case MF_STAGE_COMMAND:
        mf_hint(d, "MAILFLOW_TRACE=smtp,imap shows the whole conversation.");
        break;
    case MF_STAGE_NONE:
        break;
    }
}

int mf_tell_failure(const struct mf_endpoint *endpoint, const struct mf_failure *failure, const char *where,
                    const char *server_said, struct mf_net_trouble *trouble, struct mf_diag *d)
{
    if (trouble) {
        trouble->stage = failure->stage;
        trouble->timed_out = failure->timed_out;
        trouble->temporary = failure->temporary;
        if (server_said && server_said != trouble->server_said)
            snprintf(trouble->server_said, sizeof trouble->server_said, "%s", server_said);
    }
    char address[80];
    mf_trouble(d, "%s (%s): %s: %s", endpoint->label,
               mf_address_text(endpoint->address, endpoint->port, address, sizeof address),
               where ? where : mf_stage_name(failure->stage), failure->reason);
    if (failure->hint[0])
        mf_hint(d, "%s", failure->hint);
    else if (!failure->interrupted)
        usual_hint(endpoint, failure, d);
    return -1;
}
