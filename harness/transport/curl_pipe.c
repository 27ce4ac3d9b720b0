/* A connection that libcurl made, as a pipe of bytes: every wait has its end, and can be woken. */
#include <errno.h>
#include <poll.h>

#include "transport/curl_link_internal.h"

int mf_link_error(const struct mf_link *link)
{
    return link->error_number;
}

/* Waits for the socket, or to be woken. */
static enum mf_io await_socket(struct mf_link *link, short events, mf_usec until, short *seen)
{
    struct pollfd fds[2] = {{.fd = (int)link->fd, .events = events}, {.fd = link->options.wake_fd, .events = POLLIN}};
    for (;;) {
        int ready = poll(fds, 2, mf_ms_until(until));
        if (ready < 0 && errno != EINTR)
            return MF_IO_BROKEN;
        if (ready > 0 && fds[1].revents)
            return MF_IO_INTERRUPTED;
        if (ready > 0) {
            *seen = fds[0].revents;
            return MF_IO_OK;
        }
        if (mf_now() >= until)
            return MF_IO_TIMED_OUT;
    }
}

static enum mf_io lost(struct mf_link *link)
{
    long os_error = 0;
    curl_easy_getinfo(link->easy, CURLINFO_OS_ERRNO, &os_error);
    link->error_number = (int)os_error;
    return os_error == EPIPE || os_error == 0 ? MF_IO_CLOSED : MF_IO_BROKEN;
}

enum mf_io mf_link_send(struct mf_link *link, const char *data, size_t len, bool heed, mf_usec until, size_t *sent)
{
    *sent = 0;
    while (*sent < len) {
        size_t taken = 0;
        CURLcode code = curl_easy_send(link->easy, data + *sent, len - *sent, &taken);
        if (code == CURLE_OK) {
            *sent += taken;
            continue;
        }
        if (code != CURLE_AGAIN)
            return lost(link);
        short seen;
        enum mf_io io = await_socket(link, heed ? POLLOUT | POLLIN : POLLOUT, until, &seen);
        if (io != MF_IO_OK)
            return io;
        if (heed && (seen & (POLLIN | POLLHUP | POLLERR)))
            return MF_IO_CLOSED;
    }
    return MF_IO_OK;
}

enum mf_io mf_link_receive(struct mf_link *link, char *buffer, size_t size, mf_usec until, size_t *got)
{
    /* A reply is never there at once, so waiting comes first; but TLS may hold bytes that no poll sees. */
    bool wait_first = !link->secure;
    for (;;) {
        short seen;
        enum mf_io io = wait_first ? await_socket(link, POLLIN, until, &seen) : MF_IO_OK;
        if (io != MF_IO_OK)
            return io;
        CURLcode code = curl_easy_recv(link->easy, buffer, size, got);
        if (code == CURLE_OK)
            return *got ? MF_IO_OK : MF_IO_CLOSED;
        if (code != CURLE_AGAIN)
            return lost(link);
        wait_first = true;
    }
}

bool mf_link_is_quiet(struct mf_link *link)
{
    struct pollfd fd = {.fd = (int)link->fd, .events = POLLIN};
    char byte;
    size_t got;
    /* Readable may be TLS's own talk (RFC 8446 4.6: tickets), which is none of ours. */
    return poll(&fd, 1, 0) == 0 || curl_easy_recv(link->easy, &byte, 1, &got) == CURLE_AGAIN;
}
