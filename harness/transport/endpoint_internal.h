/* What every connection of this room shares: its own copy of an end point, and how trouble with a
 * server is told.
 */
#ifndef TRANSPORT_ENDPOINT_INTERNAL_H
#define TRANSPORT_ENDPOINT_INTERNAL_H

#include "mailflow/arena.h"
#include "mailflow/clock.h"
#include "mailflow/endpoint.h"

/* A copy that lives in the arena: strings, TLS settings and all. tls_name is never NULL afterwards
 * (the address when none was given; a trailing dot is removed). */
struct mf_endpoint mf_endpoint_copy(struct mf_arena *arena, const struct mf_endpoint *endpoint);
/* "192.0.2.20:993", "[2001:db8::1]:993". */
const char *mf_address_text(const char *address, int port, char *buffer, size_t size);
bool mf_is_loopback(const char *address);
bool mf_has_secrets(const struct mf_credentials *credentials); /* a password or a token */
struct mf_credentials mf_credentials_copy(const struct mf_credentials *credentials);
/* Frees a secret after overwriting it. */
void mf_wipe_text(char **secret);

/* How a wait for a server ended. */
enum mf_io { MF_IO_OK, MF_IO_CLOSED, MF_IO_TIMED_OUT, MF_IO_INTERRUPTED, MF_IO_BROKEN };

/* Why a connection can't be used, before it is told. */
struct mf_failure {
    enum mf_stage stage;
    bool timed_out, temporary, interrupted;
    char reason[400]; /* "refused", "no answer in 30 s", … */
    char hint[400];   /* what to do; "" = the usual hint for that stage */
};
void mf_fail(struct mf_failure *failure, enum mf_stage stage, bool temporary, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* A wait that did not end with MF_IO_OK. `waited` is what was allowed, `for_what` "the greeting". */
void mf_fail_io(struct mf_failure *failure, enum mf_stage stage, enum mf_io io, int error, mf_usec waited,
                const char *for_what);
/* Words for an errno of a connection: "refused", "no route to that network", … */
const char *mf_errno_words(int error);

/* Tells a failure: `trouble` and the title "LABEL (ADDRESS:PORT): WHERE: REASON" with a hint. where
 * NULL: the stage's name. Returns -1. */
int mf_tell_failure(const struct mf_endpoint *endpoint, const struct mf_failure *failure, const char *where,
                    const char *server_said, struct mf_net_trouble *trouble, struct mf_diag *d);

/* Server's words made fit for one line of a message: control characters become "?". */
void mf_clean_words(char *to, size_t size, const char *from, size_t len);

#endif
