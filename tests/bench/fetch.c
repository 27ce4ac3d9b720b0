/* The same folder read by mf_imap_walk and by the least that a socket client can do, in turns, over connections that
 * stay open; no TLS, and only the reading is measured.
 *   fetch fill ADDRESS PORT USER MESSAGES OCTETS     puts messages into the folder "bench"
 *   fetch read ADDRESS PORT USER ROUNDS              prints "raw|mailflow MESSAGES OCTETS SECONDS", a pair a round
 * The password is $LAB_PASSWORD.
 */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "mailflow/imap.h"

struct result { long messages; long long octets; double seconds; };

/* ---- the least that a socket client can do ---- */

struct raw {
    int fd;
    char buffer[65536];
    size_t start, end;
};

static void give_up(const char *why)
{
    fprintf(stderr, "fetch: %s\n", why);
    exit(1);
}

static void fill_buffer(struct raw *raw)
{
    if (raw->start == raw->end)
        raw->start = raw->end = 0;
    if (raw->end == sizeof raw->buffer) {
        memmove(raw->buffer, raw->buffer + raw->start, raw->end - raw->start);
        raw->end -= raw->start;
        raw->start = 0;
    }
    ssize_t got = raw->end < sizeof raw->buffer ? recv(raw->fd, raw->buffer + raw->end, sizeof raw->buffer - raw->end, 0) : 0;
    if (got <= 0)
        give_up("the server hung up, was silent for 30 s, or said too long a line");
    raw->end += (size_t)got;
}

static const char *raw_line(struct raw *raw, size_t *len)
{
    size_t searched = 0;
    for (;;) {
        char *from = raw->buffer + raw->start, *end = memchr(from + searched, '\n', raw->end - raw->start - searched);
        if (end) {
            *len = (size_t)(end - from) + 1;
            raw->start += *len;
            return from;
        }
        searched = raw->end - raw->start;
        fill_buffer(raw);
    }
}

static void raw_skip(struct raw *raw, size_t len)
{
    while (len) {
        if (raw->start == raw->end)
            fill_buffer(raw);
        size_t here = raw->end - raw->start < len ? raw->end - raw->start : len;
        raw->start += here;
        len -= here;
    }
}

/* "… {123}\r\n": 123, else 0 */
static size_t literal_of(const char *line, size_t len)
{
    size_t at = len >= 3 ? len - 3 : 0;
    if (at == 0 || line[at] != '}')
        return 0;
    while (at > 0 && line[at] != '{')
        at--;
    return strtoul(line + at + 1, NULL, 10);
}

static void raw_say(struct raw *raw, const char *text)
{
    size_t len = strlen(text);
    if (send(raw->fd, text, len, MSG_NOSIGNAL) != (ssize_t)len)
        give_up("the server takes nothing");
}

/* Reads up to the tagged end of a command "a …". */
static void raw_until_done(struct raw *raw, struct result *result)
{
    size_t len, literal;
    for (;;) {
        const char *line = raw_line(raw, &len);
        if (line[0] == 'a' && line[1] == ' ') {
            if (strncmp(line, "a OK", 4) != 0)
                give_up(line);
            return;
        }
        if ((literal = literal_of(line, len)) == 0)
            continue;
        raw_skip(raw, literal);
        result->messages++;
        result->octets += (long long)literal;
    }
}

static void raw_command(struct raw *raw, const char *command)
{
    struct result nothing;
    char line[300];
    snprintf(line, sizeof line, "a %s\r\n", command);
    raw_say(raw, line);
    raw_until_done(raw, &nothing);
}

static void raw_open(struct raw *raw, const char *address, int port, const char *user)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    struct timeval patience = {.tv_sec = 30};
    int on = 1;
    size_t len;
    char login[300];
    raw->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(raw->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(raw->fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    setsockopt(raw->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    inet_pton(AF_INET, address, &to.sin_addr);
    if (connect(raw->fd, (struct sockaddr *)&to, sizeof to) < 0)
        give_up("can't connect");
    raw_line(raw, &len);
    snprintf(login, sizeof login, "LOGIN %s %s", user, getenv("LAB_PASSWORD"));
    raw_command(raw, login);
}

static struct result raw_fetch(struct raw *raw)
{
    struct result result = {0};
    mf_usec began = mf_now();
    raw_say(raw, "a UID FETCH 1:* (UID FLAGS INTERNALDATE BODY.PEEK[])\r\n");
    raw_until_done(raw, &result);
    result.seconds = (double)(mf_now() - began) / 1e6;
    return result;
}

/* ---- ours ---- */

static struct mf_imap *open_ours(const char *address, int port, const char *user)
{
    struct mf_credentials credentials = {.user = strdup(user), .password = strdup(getenv("LAB_PASSWORD"))};
    struct mf_tls tls = {.minimum = "1.2"};
    struct mf_imap_options options = {.endpoint = {.address = address, .port = port, .tls_name = address,
                                                   .tls_mode = MF_TLS_NONE, .tls = &tls, .label = "bench"},
                                      .credentials = &credentials};
    struct mf_imap_window window;
    struct mf_imap *imap;
    struct mf_diag d = {0};
    if (mf_imap_open(&options, mf_now() + 30 * MF_SECOND, &imap, NULL, &d) < 0 ||
        mf_imap_select(imap, "bench", false, &window, NULL, &d) < 0)
        give_up(d.title);
    mf_credentials_wipe(&credentials);
    return imap;
}

static bool count(void *context, const struct mf_imap_message *message)
{
    struct result *result = context;
    result->messages++;
    result->octets += (long long)message->raw.len;
    return true;
}

static struct result fetch_ours(struct mf_imap *imap)
{
    struct result result = {0};
    struct mf_diag d = {0};
    unsigned walked_to;
    mf_usec began = mf_now();
    if (mf_imap_walk(imap, 1, false, count, &result, &walked_to, NULL, &d) < 0)
        give_up(d.title);
    result.seconds = (double)(mf_now() - began) / 1e6;
    return result;
}

/* ---- */

static void tell(const char *who, struct result result)
{
    printf("%s %ld %lld %.6f\n", who, result.messages, result.octets, result.seconds);
    fflush(stdout);
}

static int read_in_turns(const char *address, int port, const char *user, int rounds)
{
    static struct raw raw;
    raw_open(&raw, address, port, user);
    raw_command(&raw, "EXAMINE bench");
    struct mf_imap *imap = open_ours(address, port, user);
    raw_fetch(&raw); /* so that the server's caches are as warm for one as for the other */
    fetch_ours(imap);
    for (int i = 0; i < rounds; i++) {
        if (i % 2)
            tell("mailflow", fetch_ours(imap));
        tell("raw", raw_fetch(&raw));
        if (i % 2 == 0)
            tell("mailflow", fetch_ours(imap));
    }
    mf_imap_close(&imap);
    close(raw.fd);
    return 0;
}

/* One APPEND of many (RFC 3502), without waiting for leave (RFC 7888). */
static int fill(const char *address, int port, const char *user, long messages, size_t octets)
{
    static struct raw raw;
    struct result nothing;
    struct mf_text message = {0}, command = {0};
    mf_text_puts(&message, "From: <alice@bench.example>\r\nTo: <bob@bench.example>\r\nSubject: bench\r\n\r\n");
    while (message.len + 80 < octets)
        mf_text_puts(&message, "the quick brown fox jumps over the lazy dog and comes back again in the even\r\n");
    while (message.len + 2 < octets)
        mf_text_putc(&message, 'x');
    mf_text_puts(&message, "\r\n");
    raw_open(&raw, address, port, user);
    raw_command(&raw, "CREATE bench");
    raw_say(&raw, "a APPEND bench");
    for (long i = 0; i < messages; i++) {
        mf_text_clear(&command);
        mf_text_printf(&command, " () {%zu+}\r\n%s", message.len, mf_text_str(&message));
        raw_say(&raw, mf_text_str(&command));
    }
    raw_say(&raw, "\r\n");
    raw_until_done(&raw, &nothing);
    close(raw.fd);
    mf_text_release(&message);
    mf_text_release(&command);
    return 0;
}

int main(int argc, char **argv)
{
    if (!getenv("LAB_PASSWORD"))
        give_up("LAB_PASSWORD is not set: run it by ci/lab/lab exec");
    if (argc == 7 && strcmp(argv[1], "fill") == 0)
        return fill(argv[2], atoi(argv[3]), argv[4], atol(argv[5]), (size_t)atol(argv[6]));
    if (argc == 6 && strcmp(argv[1], "read") == 0)
        return read_in_turns(argv[2], atoi(argv[3]), argv[4], atoi(argv[5]));
    give_up("usage: fetch fill ADDRESS PORT USER MESSAGES OCTETS | fetch read ADDRESS PORT USER ROUNDS");
}
