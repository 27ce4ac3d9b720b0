/* Room dns, inside: a master file cut into entries (entries.c), for those who read records from it (master.c). */
#ifndef DNS_MASTER_INTERNAL_H
#define DNS_MASTER_INTERNAL_H

#include "dns/dns_internal.h"

struct mf_master_entry {
    struct mf_bytes *tokens; /* as written: quotes and escapes still there */
    size_t count, capacity;
    bool has_owner;
    int line;
};
struct mf_master_reader {
    struct mf_arena *arena;
    const char *path, *begin, *at, *end;
    int line, depth; /* depth: of $INCLUDE */
    const char *origin, *owner; /* normal form; owner NULL: none yet */
    uint32_t ttl;
    struct mf_dns_master *master;
    struct mf_diag *d;
};

/* Returns -1, d set: "zone FILE:LINE: why"; with the place in the text "zone FILE:LINE:COLUMN: why". */
int mf_master_wrong(struct mf_master_reader *r, int line, const char *why);
int mf_master_wrong_at(struct mf_master_reader *r, const char *place, const char *why);
/* Does a special comment (";!…") stand here? */
bool mf_master_at_special(const struct mf_master_reader *r);
/* Reads one entry: a line, or more of them in parentheses. -1 with d. */
int mf_master_take_entry(struct mf_master_reader *r, struct mf_master_entry *entry);
char *mf_master_text(struct mf_master_reader *r, struct mf_bytes token);
/* "3600", "1h30m". False: no time. */
bool mf_master_read_ttl(const char *text, uint32_t *ttl);
/* Adds a character string as written to wire form, quotes and escapes undone; one of more than 255 bytes is cut into
 * several, as every name server's tool would like it. -1: broken escape. */
int mf_master_add_string(struct mf_bytes token, struct mf_text *wire);

#endif
