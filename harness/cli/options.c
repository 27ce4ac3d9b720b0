/* Walks the options of any subcommand by its table, and tells them. */
#include "cli/options.h"

#include <getopt.h>
#include <string.h>

#include "cli/ask.h"
#include "mailflow/quantity.h"

#define OPTIONS_MAX 24
#define FIRST_LONG 256 /* above every letter: 256 + n is row n of the table */

int cli_take_flag(const struct cli_command *command, const char *value, void *target)
{
    (void)command;
    (void)value;
    *(bool *)target = true;
    return CLI_OK;
}

int cli_take_text(const struct cli_command *command, const char *value, void *target)
{
    (void)command;
    *(const char **)target = value;
    return CLI_OK;
}

int cli_take_wait(const struct cli_command *command, const char *value, void *target)
{
    mf_usec *duration = target;
    *duration = mf_duration_read(value);
    return *duration >= 0
               ? CLI_OK
               : cli_usage_error(command, "--wait wants a duration with its unit, as \"90 s\" or \"5 min\", not \"%s\"",
                                 value);
}

int cli_take_time(const struct cli_command *command, const char *value, void *target)
{
    return ask_time(value, target) == 0
               ? CLI_OK
               : cli_usage_error(command, "--time wants 2026-11-23T02:14:07Z or seconds since 1970, not \"%s\"", value);
}

/* The table in getopt's form; --help stands in none and belongs to all. */
struct getopt_form {
    struct option longs[OPTIONS_MAX + 2];
    char letters[OPTIONS_MAX + 3];
};

static void to_getopt(const struct cli_option *options, struct getopt_form *form)
{
    size_t letter = 0, i = 0;
    *form = (struct getopt_form){0};
    form->letters[letter++] = ':';
    form->letters[letter++] = 'h';
    for (; options && options[i].name && i < OPTIONS_MAX; i++) {
        form->longs[i] = (struct option){options[i].name, options[i].argument ? required_argument : no_argument, NULL,
                                         FIRST_LONG + (int)i};
        if (options[i].letter)
            form->letters[letter++] = options[i].letter;
    }
    form->longs[i] = (struct option){"help", no_argument, NULL, 'h'};
}

/* Which row getopt's answer means; NULL: none, and an error is to be told. */
static const struct cli_option *row_of(const struct cli_option *options, int answer)
{
    if (answer >= FIRST_LONG)
        return &options[answer - FIRST_LONG];
    for (const struct cli_option *option = options; option && option->name; option++)
        if (option->letter && option->letter == answer)
            return option;
    return NULL;
}

bool cli_read_options(const struct cli_command *command, int argc, char **argv, void *arguments, int *status)
{
    struct getopt_form form;
    to_getopt(command->options, &form);
    opterr = 0;
    *status = CLI_OK;
    for (int c; *status == CLI_OK && (c = getopt_long(argc, argv, form.letters, form.longs, NULL)) != -1;) {
        const struct cli_option *option = row_of(command->options, c);
        if (c == 'h')
            return *status = cli_help(command), false;
        *status = option ? option->take(command, optarg, (char *)arguments + option->at)
                         : cli_usage_error(command, c == ':' ? "option %s wants a value" : "unknown option %s",
                                           argv[optind - 1]);
    }
    return *status == CLI_OK;
}

/* --- help --- */

/* "  -q, --quiet"; its width. */
static int name_of(const struct cli_option *option, char *buffer, size_t size)
{
    char letter[8] = "";
    if (option->letter)
        snprintf(letter, sizeof letter, "-%c, ", option->letter);
    return snprintf(buffer, size, "  %s--%s%s%s", letter, option->name, option->argument ? " " : "",
                    option->argument ? option->argument : "");
}

static int widest(const struct cli_option *options)
{
    char buffer[64];
    int most = 0;
    for (const struct cli_option *option = options; option->name; option++) {
        int width = option->help ? name_of(option, buffer, sizeof buffer) : 0;
        most = width > most ? width : most;
    }
    return most;
}

static void print_options(const struct cli_option *options)
{
    int width = widest(options);
    char name[64];
    for (const struct cli_option *option = options; option->name; option++) {
        if (!option->help)
            continue;
        name_of(option, name, sizeof name);
        printf("%-*s  ", width, name);
        const char *line = option->help;
        for (const char *end; (end = strchr(line, '\n')); line = end + 1)
            printf("%.*s\n%*s  ", (int)(end - line), line, width, "");
        puts(line);
    }
}

int cli_help(const struct cli_command *command)
{
    printf("usage: mailflow %s %s", command->name, command->usage);
    if (command->options)
        print_options(command->options);
    if (command->notes)
        printf("%s%s", command->options ? "\n" : "", command->notes);
    return CLI_OK;
}
