/* Private to room message: reading the words of an Authentication-Results field. */
#ifndef MESSAGE_AUTHRES_INTERNAL_H
#define MESSAGE_AUTHRES_INTERNAL_H

#include "mailflow/authres.h"
#include "message/bytes_internal.h"

#define MF_AUTHRES_MAX 200 /* results in a field, properties of a result, fields of a message */

struct mf_authres_reader {
    struct mf_arena *arena;
    const char *at;
    struct mf_authres *told;
};

/* White space and comments; what the comments said, or NULL. */
const char *mf_authres_space(struct mf_authres_reader *reader);
/* Letters, digits and signs up to white space, "=", ";" or "("; "smtp . mailfrom" is one name. */
const char *mf_authres_name(struct mf_authres_reader *reader);
/* Up to white space or ";": quoted strings unquoted, "=" and "/" are part of it ("header.b=a/b="). */
const char *mf_authres_value(struct mf_authres_reader *reader);
/* A result's keyword: up to white space, ";" or "(". */
const char *mf_authres_word(struct mf_authres_reader *reader);

/* NULL when there are too many. */
struct mf_authres_result *mf_authres_add(struct mf_authres_reader *reader, const char *method, const char *result);
void mf_authres_remark(struct mf_authres_reader *reader, struct mf_authres_result *result, const char *words);
/* NAME=VALUE … up to ";", or over it. result may be NULL. */
void mf_authres_properties(struct mf_authres_reader *reader, struct mf_authres_result *result, bool over_semicolons);

#endif
