/* Room evidence, inside: how each kind of record is written. The names are the journal's format;
 * they may be added to, never changed. */
#ifndef EVIDENCE_RECORDS_INTERNAL_H
#define EVIDENCE_RECORDS_INTERNAL_H

#include "evidence/codec_internal.h"
#include "mailflow/journal.h"

/* A journal of a newer FORMAT can't be read. One of a newer REVISION may hold kinds of records that
 * are not known here: those are skipped; otherwise an unknown kind is damage. */
#define MF_JOURNAL_FORMAT 1
#define MF_JOURNAL_REVISION 0

enum mf_record_kind {
    MF_RECORD_RUN, MF_RECORD_FILE, MF_RECORD_INTENT, MF_RECORD_SENT, MF_RECORD_WINDOW, MF_RECORD_SCAN, MF_RECORD_GAP,
    MF_RECORD_COPY, MF_RECORD_REMOVED, MF_RECORD_OPENED, MF_RECORD_COMMAND, MF_RECORD_DNS, MF_RECORD_END, MF_RECORD_DATA,
    MF_RECORD_KINDS
};
struct mf_run_line { int format, revision; struct mf_rec_run run; };
/* Every shape but RUN's fits the struct of journal.h; RUN's is struct mf_run_line. */
const struct mf_shape *mf_record_shape(enum mf_record_kind kind);
/* MF_RECORD_KINDS when no kind has this name. */
enum mf_record_kind mf_record_find(const char *kind);

#define MF_JOURNAL_FILE "journal.jsonl"
#define MF_PACK_FILE "blobs.pack"

#endif
