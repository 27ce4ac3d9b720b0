/* Room evidence, inside: blobs.pack, all messages and files in one append-only file that tells its
 * own contents and can be read with a pager:
 *     blob SHA256 LENGTH LF, the bytes, LF
 * One file and one sync for many messages: ten thousand files of their own took twenty times as
 * long. What a crash cut off at the end is left out.
 */
#ifndef EVIDENCE_PACK_INTERNAL_H
#define EVIDENCE_PACK_INTERNAL_H

#include "mailflow/journal.h"

struct mf_pack_item { char hash[MF_HASH_SIZE]; struct mf_bytes bytes; bool checked; };
/* Calls back for each whole item; *good: up to where the pack is whole. -1 with d when it is damaged
 * elsewhere than at its end. */
int mf_pack_read(struct mf_bytes pack, const char *path, void (*take)(void *context, struct mf_pack_item item),
                 void *context, size_t *good, struct mf_diag *d);
#define MF_PACK_HEAD_SIZE 96
size_t mf_pack_head(char head[MF_PACK_HEAD_SIZE], const char *hash, size_t len);

/* A whole file into the arena; missing: empty when `optional`. */
int mf_evidence_slurp(struct mf_arena *arena, const char *path, bool optional, struct mf_bytes *bytes, struct mf_diag *d);

#endif
