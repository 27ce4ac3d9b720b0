/* Room base: every file that a run depends on is read here, so that a run can take a snapshot of
 * them with it: `mailflow resume` reads the snapshot, not what somebody edited since.
 *
 * Threads: one at a time.
 */
#ifndef MAILFLOW_FILES_H
#define MAILFLOW_FILES_H

#include <stddef.h>

#include "mailflow/diag.h"
#include "mailflow/text.h"

struct mf_files;

struct mf_files *mf_files_new(void);
void mf_files_free(struct mf_files **files);
/* The bytes of a file, read once and kept until `files` is freed. At most 64 MB. From the snapshot
 * when one was given, and then never from disk. Returns -1 with d set: no such file, no
 * permission, a directory, too large. */
int mf_files_read(struct mf_files *files, const char *path, struct mf_bytes *bytes, struct mf_diag *d);
/* What was read so far, in order. Returns false past the end. */
bool mf_files_at(const struct mf_files *files, size_t i, const char **path, struct mf_bytes *bytes);
/* Puts a file into the snapshot (bytes are copied); from then on disk is not read any more. */
void mf_files_snapshot(struct mf_files *files, const char *path, struct mf_bytes bytes);

/* path as seen from the folder of `from_file`: "../data/x.pdf" in "scenarios/a.yaml" →
 * "data/x.pdf"; absolute paths stay. "." and ".." are folded as text. */
char *mf_path_from(struct mf_arena *arena, const char *from_file, const char *path);

#endif
