/* The options of a subcommand: a row each, read by one walker and told by --help. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <getopt.h> /* optind */
#include <stddef.h>

#include "cli/cli.h"

struct cli_option {
    const char *name;
    char letter;          /* its short form, 0: none */
    const char *argument; /* what --help calls it; NULL: the option takes none */
    const char *help;     /* lines; NULL: --help is silent about it */
    /* Puts the value where `at` tells, in the subcommand's arguments. CLI_OK or CLI_USAGE, told. */
    int (*take)(const struct cli_command *command, const char *value, void *target);
    size_t at;
};

/* target: the field of … */
int cli_take_flag(const struct cli_command *command, const char *value, void *target); /* bool */
int cli_take_text(const struct cli_command *command, const char *value, void *target); /* const char * */
int cli_take_wait(const struct cli_command *command, const char *value, void *target); /* mf_usec, a duration */
int cli_take_time(const struct cli_command *command, const char *value, void *target); /* mf_usec */

/* Rows that several subcommands have; the places are offsetof(struct arguments, …). */
#define CLI_OPTION_SITE(place) {"site", 0, "FILE", "who and where", cli_take_text, place}
#define CLI_OPTION_WAIT(help, place) {"wait", 0, "DURATION", help, cli_take_wait, place}
#define CLI_OPTIONS_REPORTS(place) /* of the struct session_reports */                                                 \
    {"json", 0, "FILE", "report for programs (- for standard output)", cli_take_text,                                  \
     (place) + offsetof(struct session_reports, json)},                                                                \
        {"junit", 0, "FILE", "report for CI systems: <failure> wrong mail, <error> could not find out", cli_take_text, \
         (place) + offsetof(struct session_reports, junit)},                                                           \
        {"tap", 0, "FILE", "Test Anything Protocol", cli_take_text, (place) + offsetof(struct session_reports, tap)}
#define CLI_OPTION_QUIET(help, place) {"quiet", 'q', NULL, help, cli_take_flag, place}
#define CLI_OPTIONS_LOOKING_UP(dns, zone, time) /* one message judged: who is asked, and as of when */                 \
    {"dns", 0, "ADDR@PORT", "ask this DNS server; without it the system's resolver", cli_take_text, dns},              \
        {"zone", 0, "FILE", "ask no server: answers come from this zone file", cli_take_text, zone},                   \
        {"time", 0, "T", "as if it were then: 2026-11-23T02:14:07Z, or seconds since 1970", cli_take_time, time}

/* Reads the options into the subcommand's arguments; argv[optind] is the first word that is none.
 * false: nothing is left to do but to end with *status (help was asked for, or an error told). */
bool cli_read_options(const struct cli_command *command, int argc, char **argv, void *arguments, int *status);

#endif
