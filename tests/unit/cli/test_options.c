/* Every subcommand's options are read by one walker and told by one table. */
#include "unit/test.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/options.h"

struct arguments {
    bool loud;
    const char *name;
};

static const struct cli_option rows[] = {
    {"loud", 'l', NULL, "makes noise", cli_take_flag, offsetof(struct arguments, loud)},
    {"name", 0, "NAME", "what to call it;\nany word", cli_take_text, offsetof(struct arguments, name)},
    {"secret", 0, NULL, NULL, cli_take_flag, offsetof(struct arguments, loud)},
    {0}};
static const struct cli_command shouting = {"shout", "", "WORD\n\nShouts.\n\n", rows, "Afterwards all is quiet.\n",
                                            NULL};
static char printed[4096];

/* Reads the words with both outputs into `printed`; whether work is left to do. */
static bool read_words(struct arguments *a, int *status, char **words)
{
    int count = 0;
    while (words[count])
        count++;
    FILE *file = tmpfile();
    assert_non_null(file);
    fflush(NULL);
    int out = dup(STDOUT_FILENO), errors = dup(STDERR_FILENO);
    dup2(fileno(file), STDOUT_FILENO);
    dup2(fileno(file), STDERR_FILENO);
    optind = 0;
    bool go_on = cli_read_options(&shouting, count, words, a, status);
    fflush(NULL);
    dup2(out, STDOUT_FILENO);
    dup2(errors, STDERR_FILENO);
    close(out);
    close(errors);
    rewind(file);
    printed[fread(printed, 1, sizeof printed - 1, file)] = '\0';
    fclose(file);
    return go_on;
}
#define READ(...) read_words(&a, &status, (char *[]){"shout", __VA_ARGS__, NULL})

static void values_go_where_the_row_says(void **state)
{
    (void)state;
    struct arguments a = {0};
    int status = -1;
    assert_true(READ("-l", "word", "--name=x"));
    assert_int_equal(status, CLI_OK);
    assert_true(a.loud);
    assert_string_equal(a.name, "x");
    assert_int_equal(optind, 3);
}

static void wrong_options_are_told_with_their_name(void **state)
{
    (void)state;
    struct arguments a = {0};
    int status = -1;
    assert_false(READ("--nane", "x"));
    assert_int_equal(status, CLI_USAGE);
    assert_string_equal(printed, "mailflow shout: unknown option --nane\nSee: mailflow shout --help\n");
    assert_false(READ("word", "--name"));
    assert_int_equal(status, CLI_USAGE);
    assert_string_equal(printed, "mailflow shout: option --name wants a value\nSee: mailflow shout --help\n");
}

static void help_tells_each_row_and_ends(void **state)
{
    (void)state;
    struct arguments a = {0};
    int status = -1;
    assert_false(READ("--help"));
    assert_int_equal(status, CLI_OK);
    assert_string_equal(printed, "usage: mailflow shout WORD\n\nShouts.\n\n"
                                 "  -l, --loud   makes noise\n"
                                 "  --name NAME  what to call it;\n"
                                 "               any word\n"
                                 "\n"
                                 "Afterwards all is quiet.\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_go_where_the_row_says),
        cmocka_unit_test(wrong_options_are_told_with_their_name),
        cmocka_unit_test(help_tells_each_row_and_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
