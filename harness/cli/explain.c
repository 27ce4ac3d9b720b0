/* mailflow explain: the catalogue of findings. */
#include <stdlib.h>
#include <string.h>

#include "cli/options.h"
#include "mailflow/diagnose.h"

static void print_list(void)
{
    for (size_t i = 0; i < mf_catalogue_count(); i++)
        printf("%-28s %s\n", mf_catalogue_at(i)->id, mf_catalogue_at(i)->title);
}

static void print_markdown(void)
{
    printf("# Findings\n\nWhat a report may say, by stable id; `mailflow explain ID` prints one.\n");
    for (size_t i = 0; i < mf_catalogue_count(); i++) {
        const struct mf_finding_kind *kind = mf_catalogue_at(i);
        printf("\n## %s\n\n*%s* (%s; scope: %s)\n\n%s\n\n**Fix.** %s\n", kind->id, kind->title,
               kind->outcome == MF_PASS ? "warning" : mf_outcome_name(kind->outcome), kind->scope, kind->meaning, kind->fix);
    }
}

static int explain_one(const char *id)
{
    const struct mf_finding_kind *kind = mf_catalogue_find(id);
    if (kind) {
        printf("%s\n\n  %s\n  Told as %s, once for each %s.\n\n%s\n\nFix: %s\n", kind->id, kind->title,
               kind->outcome == MF_PASS ? "a warning" : mf_outcome_name(kind->outcome), kind->scope, kind->meaning, kind->fix);
        if (kind->outcome != MF_ERROR)
            printf("\nMeant so? In the scenario or the site: severity: {%s: ignore}\n", kind->id);
        return CLI_OK;
    }
    size_t count = mf_catalogue_count();
    const char **ids = calloc(count + 1, sizeof *ids);
    for (size_t i = 0; ids && i < count; i++)
        ids[i] = mf_catalogue_at(i)->id;
    const char *meant = ids ? mf_nearest(id, ids, count) : NULL;
    free(ids);
    if (meant)
        return cli_usage_error(&cli_explain, "there is no finding \"%s\"; did you mean \"%s\"?", id, meant);
    return cli_usage_error(&cli_explain, "there is no finding \"%s\"; --list shows all", id);
}

struct arguments {
    bool list, markdown;
};

static const struct cli_option explain_options[] = {
    {"list", 0, NULL, "every id with its title", cli_take_flag, offsetof(struct arguments, list)},
    {"markdown", 0, NULL, "the whole catalogue as a document", cli_take_flag, offsetof(struct arguments, markdown)},
    {0}};

static int explain_main(int argc, char **argv)
{
    struct arguments a = {0};
    int status;
    if (!cli_read_options(&cli_explain, argc, argv, &a, &status))
        return status;
    if (a.list || a.markdown) {
        (a.list ? print_list : print_markdown)();
        return CLI_OK;
    }
    if (optind == argc)
        return cli_usage_error(&cli_explain, "which finding? --list shows all");
    for (int i = optind; i < argc; i++) {
        int one = explain_one(argv[i]);
        status = one ? one : status;
    }
    return status;
}

const struct cli_command cli_explain = {
    "explain", "what a finding means and how to mend it",
    "ID… | --list | --markdown\n\n"
    "Explains findings by the id that stands at the right of a report.\n\n",
    explain_options, NULL,
    explain_main};
