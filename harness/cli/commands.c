/* The subcommands, listed once. */
#include <stddef.h>

#include "cli/cli.h"

const struct cli_command *const cli_commands[] = {&cli_run,     &cli_resume, &cli_check,     &cli_dns,      &cli_explain,
                                                  &cli_init,    &cli_verify, &cli_spf,       &cli_reference, NULL};
