/* Running the command that tells a secret. */
#ifndef TRANSPORT_SECRET_INTERNAL_H
#define TRANSPORT_SECRET_INTERNAL_H

#include "mailflow/clock.h"
#include "mailflow/diag.h"
#include "mailflow/login.h"
#include "mailflow/text.h"

struct mf_command_result {
    struct mf_text output, errors; /* stdout, stderr; bounded */
    int status;                    /* exit status; 128 + signal */
    bool timed_out;
};
/* Runs argv without a shell, stdin empty, in a process group of its own that is killed whole at the
 * deadline and when the command ends. -1: it could not be started, d says why. */
int mf_command_run(const char **argv, mf_usec deadline, struct mf_command_result *result, struct mf_diag *d);
void mf_command_release(struct mf_command_result *result);

/* Words that identify a secret without its value: "env NAME", "file PATH", "command …". */
void mf_secret_key(const struct mf_secret *secret, struct mf_text *key);

#endif
