/* Room message: what servers noted about a message's authentication: Authentication-Results (RFC
 * 8601), with the dialects of Microsoft (no authserv-id, "action=none", compauth) and of Trend Micro
 * (X-TM-Authentication-Results, X-TM-Received-SPF), and Received-SPF (RFC 7208 9.1). Read without
 * trust: whatever the bytes are, reading ends; what a field does not say stays NULL.
 *
 * Anybody can write such a field. Only what the receiving side's own border wrote counts:
 * mf_authres_sort tells it from what came with the mail.
 */
#ifndef MAILFLOW_AUTHRES_H
#define MAILFLOW_AUTHRES_H

#include "mailflow/message.h"

struct mf_authres_property {
    const char *name, *value;
}; /* "smtp.mailfrom"; Microsoft: "action" */
struct mf_authres_result {
    const char *method, *version; /* "dkim" in lower case; version or NULL */
    const char *result;           /* "pass", in lower case; "" when the field stops there */
    const char *reason;           /* reason=, or NULL */
    const char *comment;          /* what stood in parentheses or as free text, or NULL */
    struct mf_authres_property *properties;
    size_t property_count, property_capacity;
    bool is_hollow; /* "pass" that proves nothing: "No signatures and verification is not enforced" */
};

enum mf_authres_dialect { MF_AUTHRES_STANDARD, MF_AUTHRES_MICROSOFT, MF_AUTHRES_TREND, MF_AUTHRES_RECEIVED_SPF };
enum mf_authres_trust {
    MF_AUTHRES_STRANGE, /* somebody else's: told, never believed */
    MF_AUTHRES_TRUSTED, /* the border's */
    MF_AUTHRES_FORGED,  /* in the border's name, but it came with the mail */
};
struct mf_authres {
    enum mf_authres_dialect dialect;
    const char *field;       /* name of the header field */
    const char *authserv_id; /* as written; "" none */
    const char *version;     /* or NULL */
    bool is_none;            /* "none": nothing was checked */
    bool is_understood;      /* false: nothing could be read */
    struct mf_authres_result *results;
    size_t count, capacity;
    size_t header_index;         /* in the message */
    enum mf_authres_trust trust; /* set by mf_authres_sort */
    const char *raw;             /* unfolded */
};
/* One field. An ARC-Authentication-Results with its "i=1;" may be given as well. Never NULL. */
struct mf_authres *mf_authres_parse(struct mf_arena *arena, const char *field, const char *value);
/* All of a message, top first. */
struct mf_authres **mf_message_authres(struct mf_arena *arena, const struct mf_message *message, size_t *count);

/* NULL: not there. Names and methods without case; n counts results of one method. */
const char *mf_authres_property(const struct mf_authres_result *result, const char *name);
const struct mf_authres_result *mf_authres_result(const struct mf_authres *authres, const char *method, size_t n);

/* Whose are they? ids: the border's authserv-ids (".example.com": any host below), border: the place
 * of the border's Received among the message's headers. Trusted is what stands above that line under
 * one of the ids, and what stands directly below it, where a milter of that hop writes, unless the
 * same method was told above. Others under one of the ids are forged: the border should have taken
 * them away (RFC 8601 5). Fields without an id (Microsoft, Trend Micro) are trusted above that line
 * only. */
void mf_authres_sort(const struct mf_message *message, struct mf_authres **all, size_t count, const char *const *ids,
                     size_t id_count, size_t border);
#define MF_AUTHRES_NO_BORDER ((size_t)-1) /* no such line: nothing is trusted */

#endif
