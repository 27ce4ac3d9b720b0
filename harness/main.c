/* Picks the subcommand; the only place that exits. */
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "mailflow/text.h"
#include "mailflow/trace.h"

static int print_help(FILE *out)
{
    fputs("mailflow proves that mail flows: it sends test messages, sees each arrive, and says what is wrong.\n\n"
          "usage: mailflow COMMAND …\n\n",
          out);
    for (size_t i = 0; cli_commands[i]; i++)
        fprintf(out, "  %-10s %s\n", cli_commands[i]->name, cli_commands[i]->summary);
    fputs("\n  mailflow COMMAND --help tells more; mailflow --version tells the version.\n\n"
          "Exit status: 0 all passed; 1 mail is wrong; 2 could not find out, or nothing passed;\n"
          "             75 still pending; 64 wrong usage or a bad file.\n"
          "Environment: NO_COLOR, MAILFLOW_RESOLVER=ADDR[@PORT], MAILFLOW_TRACE=smtp,imap,dns,run,auth\n",
          out);
    return CLI_OK;
}

static const struct cli_command *find_command(const char *name)
{
    for (size_t i = 0; cli_commands[i]; i++)
        if (strcmp(cli_commands[i]->name, name) == 0)
            return cli_commands[i];
    return NULL;
}

static int unknown_command(const char *name)
{
    const char *names[32];
    size_t count = 0;
    while (cli_commands[count] && count < 32) {
        names[count] = cli_commands[count]->name;
        count++;
    }
    const char *meant = mf_nearest(name, names, count);
    fprintf(stderr, "mailflow: there is no command \"%s\"%s%s%s\nSee: mailflow --help\n", name, meant ? "; did you mean \"" : "",
            meant ? meant : "", meant ? "\"?" : "");
    return CLI_USAGE;
}

int main(int argc, char **argv)
{
    setlocale(LC_CTYPE, "C.UTF-8");
    mf_trace_init();
    if (argc < 2) {
        print_help(stderr);
        return CLI_USAGE;
    }
    if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0)
        return printf("mailflow %s\n", MAILFLOW_VERSION) < 0;
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
        return print_help(stdout);
    if (strcmp(argv[1], "help") == 0 && argc == 2)
        return print_help(stdout);
    const struct cli_command *command = find_command(strcmp(argv[1], "help") == 0 ? argv[2] : argv[1]);
    if (!command)
        return unknown_command(strcmp(argv[1], "help") == 0 ? argv[2] : argv[1]);
    if (strcmp(argv[1], "help") == 0)
        return cli_help(command);
    return command->main(argc - 1, argv + 1);
}
