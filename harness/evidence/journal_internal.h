/* Room evidence, inside: a journal being written. */
#ifndef EVIDENCE_JOURNAL_INTERNAL_H
#define EVIDENCE_JOURNAL_INTERNAL_H

#include <pthread.h>
#include <sys/types.h>

#include "evidence/records_internal.h"
#include "mailflow/map.h"

struct mf_journal_out { int fd; off_t end; const char *path; }; /* a file that only grows */
struct mf_journal {
    struct mf_arena *arena; /* under the lock, as all that follows */
    const char *dir;
    pthread_mutex_t lock;
    pthread_cond_t synced_more;
    struct mf_journal_out lines, pack;
    struct mf_map *blobs;       /* hashes that are in the pack */
    unsigned long long written, synced; /* records; the first `synced` of them are on disk */
    bool syncing, sync_failed;
    bool failed;
    struct mf_diag first_failure;
};

/* journal_open.c makes one; journal.c uses it. */
int mf_journal_out_add(struct mf_journal_out *out, const struct mf_bytes *parts, size_t count, struct mf_diag *d);

#endif
