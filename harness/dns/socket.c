/* Sockets of one question, every wait under its deadline. A question keeps one random source port (the kernel's choice)
 * and one random id; what does not answer exactly this question is not believed (RFC 5452). */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "dns/dns_internal.h"

#define FIRST_RETRY (500 * MF_MS)
#define GARBAGE_MAX 3
#define EDNS_ROUNDS 2 /* so many times a question is sent with EDNS */

static struct mf_dns_packet *give_up(struct mf_dns_query_state *query, enum mf_dns_status status, const char *why)
{
    query->status = status;
    query->why = why;
    return NULL;
}

static struct mf_dns_packet *no_connection(struct mf_dns_query_state *query, const char *protocol, int error)
{
    const char *words = error == ECONNREFUSED ? "nothing listens there" : strerror(error);
    return give_up(query, MF_DNS_SERVFAIL,
                   mf_format(query->arena, "%s over %s: %s", query->address->text, protocol, words));
}

static struct mf_dns_packet *no_answer(struct mf_dns_query_state *query, mf_usec started, const char *protocol)
{
    char waited[32];
    mf_duration_text(mf_now() - started, waited, sizeof waited);
    const char *strangers = query->strangers ? "; what came was not the reply to our question and was ignored" : "";
    return give_up(query, MF_DNS_TIMEOUT,
                   mf_format(query->arena, "%s: no answer over %s within %s%s", query->address->text, protocol, waited,
                             strangers));
}

static int open_socket(struct mf_dns_query_state *query, int type)
{
    int s = socket(query->address->socket.ss_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (s < 0)
        return -1;
    int result = connect(s, (const struct sockaddr *)&query->address->socket, query->address->length);
    if (result < 0 && errno != EINPROGRESS) {
        int error = errno;
        close(s);
        errno = error;
        return -1;
    }
    return s;
}

static bool wait_for(int s, short events, mf_usec deadline)
{
    struct pollfd p = {.fd = s, .events = events};
    for (;;) {
        int ms = mf_ms_until(deadline);
        int ready = poll(&p, 1, ms);
        if (ready > 0)
            return true;
        if (ms == 0 || (ready < 0 && errno != EINTR))
            return false;
    }
}

static bool is_our_reply(const struct mf_dns_query_state *query, const struct mf_dns_packet *packet)
{
    if (!packet->is_response || packet->id != query->id)
        return false;
    if (!packet->question_name) /* some servers leave it out when they refuse */
        return packet->rcode != 0 && packet->rcode != 3;
    return packet->question_type == query->type && strcmp(packet->question_name, query->name) == 0;
}

/* Takes what has arrived: the packet, or NULL with errno 0 when it is to be ignored. */
static struct mf_dns_packet *receive(struct mf_dns_query_state *query, int s, int *garbage)
{
    char data[65536];
    const char *why = NULL;
    ssize_t len = recv(s, data, sizeof data, 0);
    if (len < 0)
        return NULL;
    errno = 0;
    struct mf_dns_packet *packet = mf_dns_packet_read(query->arena, (struct mf_bytes){data, (size_t)len}, &why);
    if (!packet) {
        ++*garbage;
        query->why = mf_format(query->arena, "%s answers with %zd bytes that are no DNS message (%s)",
                               query->address->text, len, why);
        errno = 0;
        return NULL;
    }
    if (is_our_reply(query, packet))
        return packet;
    query->strangers++;
    errno = 0;
    return NULL;
}

static bool would_block(int error)
{
    return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

/* Some servers, and what stands before them, drop questions with EDNS: the later tries have none (RFC 6891 6.2.2). */
static void drop_edns(struct mf_dns_query_state *query)
{
    if (query->plain_length == 0)
        return;
    query->length = query->plain_length;
    query->message[10] = query->message[11] = 0; /* ARCOUNT */
}

/* One round: sent, then listened until the next one is due. True when the question has its end. */
static bool udp_round(struct mf_dns_query_state *query, int s, mf_usec until, int *garbage,
                      struct mf_dns_packet **packet)
{
    int before = *garbage;
    if (send(s, query->message, query->length, 0) < 0 && !would_block(errno)) {
        *packet = no_connection(query, "UDP", errno);
        return true;
    }
    while (wait_for(s, POLLIN, until)) {
        *packet = receive(query, s, garbage);
        if (*packet)
            return true;
        if (errno && !would_block(errno)) {
            *packet = no_connection(query, "UDP", errno);
            return true;
        }
        if (*garbage >= GARBAGE_MAX) {
            query->status = MF_DNS_SERVFAIL;
            return true;
        }
        if (*garbage > before)
            return false; /* asked again at once: a damaged packet may come right the next time */
    }
    return false;
}

struct mf_dns_packet *mf_dns_exchange_udp(struct mf_dns_query_state *query)
{
    struct mf_dns_packet *packet = NULL;
    mf_usec started = mf_now(), pause = FIRST_RETRY;
    int garbage = 0, rounds = 0, s = open_socket(query, SOCK_DGRAM);
    if (s < 0)
        return no_connection(query, "UDP", errno);
    for (;;) {
        mf_usec until = mf_now() + pause;
        bool is_last = until >= query->deadline;
        if (udp_round(query, s, is_last ? query->deadline : until, &garbage, &packet))
            break;
        if (mf_now() >= query->deadline) {
            no_answer(query, started, "UDP");
            break;
        }
        pause *= 2;
        if (++rounds == EDNS_ROUNDS)
            drop_edns(query);
    }
    close(s);
    return packet;
}

static bool send_all(struct mf_dns_query_state *query, int s)
{
    unsigned char data[sizeof query->message + 2] = {(unsigned char)(query->length >> 8), (unsigned char)query->length};
    size_t length = query->length + 2, sent = 0;
    memcpy(data + 2, query->message, query->length);
    while (sent < length) {
        errno = ETIMEDOUT;
        if (!wait_for(s, POLLOUT, query->deadline))
            return false;
        ssize_t n = send(s, data + sent, length - sent, MSG_NOSIGNAL);
        if (n < 0 && !would_block(errno))
            return false;
        sent += n > 0 ? (size_t)n : 0;
    }
    return true;
}

static bool receive_all(struct mf_dns_query_state *query, int s, char *data, size_t length)
{
    size_t have = 0;
    while (have < length) {
        errno = ETIMEDOUT;
        if (!wait_for(s, POLLIN, query->deadline))
            return false;
        ssize_t n = recv(s, data + have, length - have, 0);
        errno = n == 0 ? ECONNRESET : errno;
        if (n == 0 || (n < 0 && !would_block(errno)))
            return false;
        have += n > 0 ? (size_t)n : 0;
    }
    return true;
}

static struct mf_dns_packet *tcp_reply(struct mf_dns_query_state *query, int s)
{
    unsigned char size[2];
    const char *why = NULL;
    if (!send_all(query, s) || !receive_all(query, s, (char *)size, 2))
        return NULL;
    size_t length = (size_t)size[0] << 8 | size[1];
    char *data = mf_alloc(query->arena, length);
    if (!receive_all(query, s, data, length))
        return NULL;
    errno = 0;
    struct mf_dns_packet *packet = mf_dns_packet_read(query->arena, (struct mf_bytes){data, length}, &why);
    if (!packet || !is_our_reply(query, packet)) {
        errno = EBADMSG;
        return NULL;
    }
    return packet;
}

struct mf_dns_packet *mf_dns_exchange_tcp(struct mf_dns_query_state *query)
{
    mf_usec started = mf_now();
    const char *over = mf_format(query->arena, "TCP%s", query->because_tcp);
    int s = open_socket(query, SOCK_STREAM);
    if (s < 0)
        return no_connection(query, over, errno);
    struct mf_dns_packet *packet = tcp_reply(query, s);
    int error = errno;
    close(s);
    if (packet)
        return packet;
    if (error == ETIMEDOUT && mf_now() >= query->deadline)
        return no_answer(query, started, over);
    if (error == EBADMSG)
        return give_up(
            query, MF_DNS_SERVFAIL,
            mf_format(query->arena, "%s answers over TCP with no reply to our question", query->address->text));
    return no_connection(query, over, error);
}
