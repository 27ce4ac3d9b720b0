/* mailflow reference: every key of sites and scenarios, made from the tables that read them. */
#include "cli/options.h"
#include "mailflow/plan.h"

static int reference_main(int argc, char **argv)
{
    int status;
    if (!cli_read_options(&cli_reference, argc, argv, NULL, &status))
        return status;
    mf_language_print(stdout);
    return CLI_OK;
}

const struct cli_command cli_reference = {
    "reference", "every key of sites and scenarios",
    "\n\nPrints the reference of the keys of site and scenario files (Markdown), made from the tables\n"
    "in the program itself.\n",
    NULL, NULL,
    reference_main};
