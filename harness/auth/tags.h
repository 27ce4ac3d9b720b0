/* Room auth: tag=value lists (RFC 6376 3.2), as in DKIM signatures, key records, ARC seals.
 * Pure; views point into the bytes given.
 */
#ifndef AUTH_TAGS_H
#define AUTH_TAGS_H

#include "mailflow/arena.h"
#include "mailflow/text.h"

struct mf_tag {
    const char *name;      /* in arena; case matters */
    const char *value;     /* in arena; folding removed, white space around it too */
    struct mf_bytes where; /* the value in the source, as written */
};
struct mf_tags {
    struct mf_tag *items;
    size_t count, capacity;
    const char *why; /* NULL: well-formed; else what is wrong, in words */
};
/* Always a result: what could be read before the mistake is there as well. */
struct mf_tags mf_tags_parse(struct mf_arena *arena, struct mf_bytes source);
const struct mf_tag *mf_tags_find(const struct mf_tags *tags, const char *name);
const char *mf_tags_value(const struct mf_tags *tags, const char *name); /* NULL: not there */
/* Is a word in a list separated by colons? White space around, and case, are ignored. */
bool mf_tags_list_has(const char *list, const char *word);
/* The words of such a list, in arena. */
const char **mf_tags_list(struct mf_arena *arena, const char *list, size_t *count);
/* The value with all white space removed (base64, RFC 6376 2.10). */
char *mf_tags_squeeze(struct mf_arena *arena, const char *value);
/* dkim-quoted-printable (RFC 6376 2.11) decoded: "=40" is "@". What is damaged stays as it stands. */
char *mf_tags_unquote(struct mf_arena *arena, const char *value);
/* Decimal digits only, however many (RFC 6376 3.5, x=: too large is for ever); false: anything else. */
bool mf_tags_number(const char *value, long long *number);

#endif
