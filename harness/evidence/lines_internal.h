/* Room evidence, inside: journal.jsonl as lines. */
#ifndef EVIDENCE_LINES_INTERNAL_H
#define EVIDENCE_LINES_INTERNAL_H

#include "evidence/codec_internal.h"
#include "mailflow/text.h"

/* How much of the data is whole: all but a last line that was cut off or is no record. Reader and
 * appender must agree on it, else a broken line would end up in the middle. */
size_t mf_lines_whole(struct mf_bytes data);

#endif
