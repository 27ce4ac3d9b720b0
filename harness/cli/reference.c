/* mailflow reference: every key of sites and scenarios, made from the tables that read them. */
#include <getopt.h>

#include "cli/cli.h"
#include "mailflow/plan.h"

static int reference_main(int argc, char **argv)
{
    static const struct option options[] = {{"help", no_argument, NULL, 'h'}, {0}};
    opterr = 0;
    for (int c; (c = getopt_long(argc, argv, "h", options, NULL)) != -1;)
        return c == 'h' ? cli_help(&cli_reference) : cli_usage_error(&cli_reference, "unknown option %s", argv[optind - 1]);
    mf_language_print(stdout);
    return CLI_OK;
}

const struct cli_command cli_reference = {
    "reference", "every key of sites and scenarios",
    "\n\nPrints the reference of the keys of site and scenario files (Markdown), made from the tables\n"
    "in the program itself.\n",
    reference_main};
