/* A connection made by libcurl: TCP, TLS (implicit or STARTTLS), greeting and capabilities; then a
 * plain pipe of bytes. libcurl stays in the .c file.
 *
 * Why not libcurl's whole transfer: it can say neither exactly whether the final dot went out (then
 * a lost connection is no knowledge) nor BODY=8BITMIME, it goes on without AUTH when none is
 * offered, prefers GSSAPI when somebody's user name holds an "@", lacks SCRAM in Debian's build,
 * blocks up to 120 s in QUIT, and 7.88 takes a message for completely sent when the dots that it
 * stuffed make up for the bytes still to go (transfer.c: writebytecount == infilesize). With
 * CURLOPT_CONNECT_ONLY it does what it is best at.
 */
#ifndef TRANSPORT_LINK_INTERNAL_H
#define TRANSPORT_LINK_INTERNAL_H

#include "transport/endpoint_internal.h"

struct mf_link;

/* What is said while the connection is being made. line: one of the server's lines, with its line
 * break; false ends the attempt. command: one of ours. */
struct mf_link_watch {
    bool (*line)(void *context, const char *line, size_t len);
    void (*command)(void *context, const char *line, size_t len);
    void *context;
};

struct mf_link_options {
    const struct mf_endpoint *endpoint; /* outlives the link */
    bool imap;                          /* else SMTP */
    bool tls_required;                  /* STARTTLS even where the end point only wants it if offered */
    bool clear_text;                    /* without TLS whatever the end point wants */
    const char *ehlo;
    struct mf_link_watch watch;
    int wake_fd;                        /* readable: give up; -1 none */
    mf_usec connect_timeout, reply_timeout;
    struct mf_chain_seen *chain;        /* to be filled with what the server shows, or NULL */
};

/* NULL with *failure filled; *tls and peer hold what was seen, also then. */
struct mf_link *mf_link_open(const struct mf_link_options *options, mf_usec deadline, struct mf_tls_seen *tls,
                             char *peer, size_t peer_size, struct mf_failure *failure);
void mf_link_close(struct mf_link **link); /* says nothing to the server */

/* Sends all, or says why not; *sent tells how much the connection took. When `heed` is set, stops
 * with MF_IO_CLOSED as soon as the server says something meanwhile. */
enum mf_io mf_link_send(struct mf_link *link, const char *data, size_t len, bool heed, mf_usec until, size_t *sent);
enum mf_io mf_link_receive(struct mf_link *link, char *buffer, size_t size, mf_usec until, size_t *got);
/* Did the server say something, or hang up, while nobody asked? */
bool mf_link_is_quiet(struct mf_link *link);
int mf_link_error(const struct mf_link *link); /* errno of the last MF_IO_BROKEN, 0 unknown */

#endif
