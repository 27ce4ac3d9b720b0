/* Room auth: ARC (RFC 8617): is the chain of custody that intermediaries signed intact, and who
 * said what in it? A pure function of message and answers: keys come from `dns`; with recorded
 * answers a missing key is `need_more`, and mf_dns_missing says which.
 *
 * A passing chain never turns a DKIM fail into a pass: it only tells what a forwarder saw, to those
 * who trust that forwarder.
 */
#ifndef MAILFLOW_ARC_H
#define MAILFLOW_ARC_H

#include "mailflow/arena.h"
#include "mailflow/clock.h"
#include "mailflow/dns.h"
#include "mailflow/text.h"

enum mf_arc_result {
    MF_ARC_NONE, MF_ARC_PASS, MF_ARC_FAIL,
    MF_ARC_TEMPERROR, /* a key could not be looked up: no verdict */
};
const char *mf_arc_result_name(enum mf_arc_result result);

enum mf_arc_state { MF_ARC_NOT_CHECKED, MF_ARC_GOOD, MF_ARC_BAD, MF_ARC_UNKNOWN };
/* One signature of a set: ARC-Message-Signature or ARC-Seal. */
struct mf_arc_signature {
    enum mf_arc_state state;
    const char *why;              /* not good: in words */
    const char *domain, *selector, *algorithm; /* d= s= a=; NULL: not there */
    const char *key_name;         /* SELECTOR._domainkey.DOMAIN, or NULL */
    int key_bits;                 /* 0 unknown */
    mf_usec signed_at;            /* t=, 0: none */
};
/* One ARC set: what one intermediary added. */
struct mf_arc_set {
    int instance;                 /* i= */
    const char *cv;               /* of the seal: "none", "pass", "fail"; NULL: not there */
    const char *results;          /* ARC-Authentication-Results behind "i=N;", unfolded; NULL: not there */
    struct mf_arc_signature message, seal;
    bool body_matches;            /* bh= of the message signature fits what was received */
};
struct mf_arc {
    enum mf_arc_result result;
    const char *reason;           /* one sentence, never NULL */
    struct mf_arc_set *sets; size_t count; /* by instance, 1 first; only as far as they could be read */
    int broken_at;                /* FAIL: the instance at fault; 0: the chain as a whole */
    int oldest_pass;              /* PASS: the lowest instance from which on the message is unchanged; 0: all (RFC 8617 5.2) */
    bool need_more;
};
/* Always a result, in arena. Thread-safe. */
const struct mf_arc *mf_arc_verify(struct mf_arena *arena, struct mf_bytes message, struct mf_dns *dns, mf_usec deadline);

#define MF_ARC_SETS_MAX 50 /* RFC 8617 4.2.1 */

#endif
