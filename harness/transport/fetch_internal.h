/* One FETCH answer (RFC 3501 7.4.2), read off the wire as it comes. Attributes that are not known
 * are read over, not failed at.
 */
#ifndef TRANSPORT_FETCH_INTERNAL_H
#define TRANSPORT_FETCH_INTERNAL_H

#include "transport/imap_internal.h"

#define MF_MESSAGE_MAX ((size_t)64 << 20)
#define MF_HEADER_MAX ((size_t)1 << 20)

struct mf_fetched {
    unsigned uid;
    bool seen, deleted, has_body, cut;
    char internaldate[64];
    struct mf_text raw; /* kept from one answer to the next, so that memory is asked for once */
};

enum mf_fetch_line {
    MF_FETCH_OTHER,   /* the line is something else */
    MF_FETCH_READ,    /* read to its end */
    MF_FETCH_STREAM,  /* the connection ended: wire->io */
    MF_FETCH_GARBAGE, /* a FETCH that can't be read */
};
/* line: as mf_wire_line gave it. */
enum mf_fetch_line mf_fetch_read(struct mf_wire *wire, const char *line, size_t len, struct mf_fetched *fetched);
void mf_fetched_release(struct mf_fetched *fetched);

#endif
