/* What became of each flow, kept beside the evidence, so that `--only failed` knows. */
#ifndef CLI_OUTCOMES_H
#define CLI_OUTCOMES_H

#include "mailflow/diagnose.h"

#define EVIDENCE_HOME "build/evidence"

/* Writes DIR/outcomes: "OUTCOME<tab>FLOW ID<tab>NAME" a line. Trouble is not told: it is a convenience. */
void outcomes_save(const char *dir, const struct mf_verdict *verdict);
/* The names of the flows that did not pass in the newest evidence under EVIDENCE_HOME, in arena.
 * -1 with d when there is none. */
int outcomes_failed(struct mf_arena *arena, const char ***names, size_t *count, struct mf_diag *d);

#endif
