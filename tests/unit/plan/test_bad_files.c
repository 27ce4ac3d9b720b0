/* Files with mistakes: every one of them is told, at its exact place, with what to do; nothing else is
 * told. What is expected stands beside each file in data/bad, as `file:line:col title | hint` lines.
 *
 * BLESS=1 writes what is told now, to be read before it is kept. */
#include "unit/plan/binding.h"

#define FOLDER "tests/unit/plan/data/bad/"

static char *read_text(const char *path)
{
    struct mf_files *files = mf_files_new();
    struct mf_bytes bytes;
    struct mf_diag d = {.place = {.file = NULL}};
    char *text = mf_files_read(files, path, &bytes, &d) < 0 ? strdup("(missing)") : strndup(bytes.data ? bytes.data : "", bytes.len);
    mf_files_free(&files);
    return text;
}

static struct binding bind_bad(const char *name)
{
    char path[200];
    snprintf(path, sizeof path, "%s.yaml", name);
    char *file = NULL;
    assert_true(asprintf(&file, FOLDER "%s", path) > 0);
    char *text = read_text(file);
    const char *scenario[] = {path};
    bool site = strncmp(name, "site", 4) == 0;
    struct file_in_memory memory[] = {{"site.yaml", usual_site}, {path, text}, {NULL, NULL}};
    struct mf_plan_options options = usual_options(site ? path : "site.yaml", scenario, site ? 0 : 1);
    setenv("LAB_PASSWORD", "not shown anywhere", 1);
    unsetenv("NOT_SET_ANYWHERE");
    struct binding binding = bind_files(&options, memory);
    free(text);
    free(file);
    return binding;
}

static void expect_golden(const char *name)
{
    char path[200];
    snprintf(path, sizeof path, FOLDER "%s.txt", name);
    struct binding binding = bind_bad(name);
    char *errors = errors_of(&binding), *expected = read_text(path);
    if (getenv("BLESS")) {
        FILE *out = fopen(path, "w");
        fputs(errors, out);
        fclose(out);
    } else if (strcmp(errors, expected) != 0) {
        print_error("--- %s expected\n%s--- got\n%s", name, expected, errors);
        fail();
    }
    assert_null(binding.plan);
    assert_true(mf_diags_count(binding.diags) > 0);
    free(errors);
    free(expected);
    forget(&binding);
}

#define GOLDEN(test, name)      \
    static void test(void **state) \
    {                              \
        (void)state;               \
        expect_golden(name);       \
    }

GOLDEN(many_mistakes_at_once_are_all_told, "01-many")
GOLDEN(a_star_in_a_host_gets_the_leading_dot, "02-star")
GOLDEN(a_second_colon_gets_quotes, "03-colon")
GOLDEN(a_name_that_begins_with_a_hash_gets_quotes, "04-hash")
GOLDEN(braces_around_a_variable_get_parentheses, "05-brace")
GOLDEN(a_comma_without_brackets_gets_brackets, "06-comma")
GOLDEN(a_display_name_gets_the_address_alone, "07-display")
GOLDEN(a_second_document_is_refused, "08-two")
GOLDEN(a_size_without_unit_and_a_stranger_in_for_are_told, "09-size")
GOLDEN(a_bad_site_is_told_whole, "site-bad")
GOLDEN(wrong_forms_are_told_with_what_is_wanted, "10-forms")
GOLDEN(keys_at_the_wrong_place_are_told_where_they_belong, "11-places")
GOLDEN(references_to_nothing_are_told_with_the_nearest_name, "12-references")
GOLDEN(contradictions_between_expectations_are_told, "13-contradictions")
GOLDEN(values_of_the_wrong_kind_are_told_with_an_example, "14-values")
GOLDEN(a_site_with_wrong_values_is_told_whole, "site-values")

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_mistakes_at_once_are_all_told),
        cmocka_unit_test(a_star_in_a_host_gets_the_leading_dot),
        cmocka_unit_test(a_second_colon_gets_quotes),
        cmocka_unit_test(a_name_that_begins_with_a_hash_gets_quotes),
        cmocka_unit_test(braces_around_a_variable_get_parentheses),
        cmocka_unit_test(a_comma_without_brackets_gets_brackets),
        cmocka_unit_test(a_display_name_gets_the_address_alone),
        cmocka_unit_test(a_second_document_is_refused),
        cmocka_unit_test(a_size_without_unit_and_a_stranger_in_for_are_told),
        cmocka_unit_test(a_bad_site_is_told_whole),
        cmocka_unit_test(wrong_forms_are_told_with_what_is_wanted),
        cmocka_unit_test(keys_at_the_wrong_place_are_told_where_they_belong),
        cmocka_unit_test(references_to_nothing_are_told_with_the_nearest_name),
        cmocka_unit_test(contradictions_between_expectations_are_told),
        cmocka_unit_test(values_of_the_wrong_kind_are_told_with_an_example),
        cmocka_unit_test(a_site_with_wrong_values_is_told_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
