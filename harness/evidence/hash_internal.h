/* Room evidence, inside: SHA-256 of blobs. */
#ifndef EVIDENCE_HASH_INTERNAL_H
#define EVIDENCE_HASH_INTERNAL_H

#include "mailflow/journal.h"

void mf_hash(struct mf_bytes bytes, char hash[MF_HASH_SIZE]);

#endif
