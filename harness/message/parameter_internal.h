/* Private to room message: fields of the form "value; name=value; …" (RFC 2045 5.1, RFC 2183,
 * RFC 2231 for long and foreign values).
 */
#ifndef MESSAGE_PARAMETER_INTERNAL_H
#define MESSAGE_PARAMETER_INTERNAL_H

#include "message/bytes_internal.h"

struct mf_parameters {
    const char *value; /* before the first semicolon, trimmed, in lower case */
    struct mf_parameter {
        const char *name; /* in lower case, with its RFC 2231 stars and numbers */
        const char *value;
    } *items;
    size_t count, capacity;
};

/* text: unfolded. At most 256 parameters are kept. */
struct mf_parameters mf_parameters_parse(struct mf_arena *arena, const char *text);
/* The value in UTF-8, put together from its parts, or NULL. */
const char *mf_parameters_get(struct mf_arena *arena, const struct mf_parameters *parameters, const char *name);

#endif
