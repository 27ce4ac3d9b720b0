/* Room cli: what every subcommand shares. A subcommand is a file and a row in commands.c. */
#ifndef CLI_H
#define CLI_H

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>

#include "mailflow/diag.h"

#define MAILFLOW_VERSION "0.1"

/* sysexits.h words where they exist; the rest is ours (README, "Exit status"). */
enum cli_status { CLI_OK = 0, CLI_WRONG_MAIL = 1, CLI_UNKNOWN = 2, CLI_USAGE = 64, CLI_PENDING = 75 };

struct cli_command {
    const char *name, *summary, *usage; /* usage: what --help says behind "usage: mailflow NAME ", up to the options */
    const struct cli_option *options;   /* cli/options.h; up to a row without a name. NULL: none but --help */
    const char *notes;                  /* what --help says behind the options, or NULL */
    int (*main)(int argc, char **argv); /* argv[0] is the subcommand's name; gives the exit status */
};
extern const struct cli_command cli_run, cli_resume, cli_check, cli_explain, cli_init, cli_reference, cli_verify, cli_spf, cli_dns;
extern const struct cli_command *const cli_commands[]; /* NULL-terminated */

/* Prints "usage: …" to stdout; gives CLI_OK. */
int cli_help(const struct cli_command *command);
/* "mailflow run: WORDS", then where help is; gives CLI_USAGE. */
int cli_usage_error(const struct cli_command *command, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Trouble of the harness itself; gives CLI_UNKNOWN. */
int cli_trouble(const struct mf_diag *d);

/* May this stream show colours? NO_COLOR (no-color.org), TERM=dumb, CLICOLOR_FORCE are obeyed. */
bool cli_color(FILE *out);
bool cli_unicode(void);   /* does the locale speak UTF-8? */
int cli_width(FILE *out); /* columns of a terminal, at least 92, at most 120; 92 when it is none */

/* From now on Ctrl-C and SIGTERM set cli_stop to 1, again to 2, and a third one ends the process. */
extern volatile sig_atomic_t cli_stop;
void cli_catch_signals(void);

#endif
