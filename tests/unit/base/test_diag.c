/* Trouble as an administrator reads it. */
#include "unit/test.h"

#include <stdio.h>
#include <stdlib.h>

#include "mailflow/diag.h"

static char *printed(struct mf_diags *diags, bool color)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    mf_diags_print(diags, out, color);
    fclose(out);
    return text;
}

static void the_innermost_title_stays_and_outer_layers_add_in_front(void **state)
{
    (void)state;
    struct mf_diag d = {0};
    assert_int_equal(mf_trouble(&d, "connection %s", "refused"), -1);
    mf_trouble(&d, "sending failed");
    mf_context(&d, "mail.net-it.com:587: ");
    mf_hint(&d, "is it up?");
    mf_hint(&d, "another hint");
    assert_string_equal(d.title, "mail.net-it.com:587: connection refused");
    assert_string_equal(d.hint, "is it up?");
    assert_int_equal(mf_trouble(NULL, "nobody listens"), -1);
}

static void an_error_shows_its_line_a_caret_and_the_hint(void **state)
{
    (void)state;
    struct mf_diags *diags = mf_diags_new();
    mf_diags_source(diags, "s.yaml", "scenario: x\n        form: alice\n", 32);
    mf_diags_add(diags, (struct mf_place){"s.yaml", 2, 9, 4}, "unknown key \"form\"", "did you mean \"from\"?");
    char *text = printed(diags, false);
    assert_string_equal(text, "s.yaml:2:9: error: unknown key \"form\"\n"
                              "      2 |         form: alice\n"
                              "        |         ^~~~ did you mean \"from\"?\n"
                              "1 error; nothing was sent.\n");
    free(text);
    mf_diags_free(&diags);
    assert_null(diags);
}

static void errors_come_in_the_order_of_their_places_each_once(void **state)
{
    (void)state;
    struct mf_diags *diags = mf_diags_new();
    mf_diags_source(diags, "b.yaml", "1\n2\n3\n", 6);
    mf_diags_source(diags, "a.yaml", "1\n", 2);
    mf_diags_add(diags, (struct mf_place){"a.yaml", 1, 1, 1}, "last: its file was read later", NULL);
    mf_diags_add(diags, (struct mf_place){"b.yaml", 3, 1, 1}, "third", NULL);
    mf_diags_add(diags, (struct mf_place){"b.yaml", 1, 1, 1}, "first", NULL);
    mf_diags_add(diags, (struct mf_place){"b.yaml", 1, 1, 1}, "first", "told twice");
    assert_int_equal(mf_diags_count(diags), 3);
    assert_string_equal(mf_diags_at(diags, 0)->title, "first");
    assert_string_equal(mf_diags_at(diags, 1)->title, "third");
    assert_string_equal(mf_diags_at(diags, 2)->place.file, "a.yaml");
    assert_null(mf_diags_at(diags, 3));
    mf_diags_free(&diags);
}

static void what_a_file_holds_cannot_play_with_the_terminal(void **state)
{
    (void)state;
    struct mf_diags *diags = mf_diags_new();
    mf_diags_source(diags, "s", "a\033[2Jb\tc\xFF", 9);
    mf_diags_add(diags, (struct mf_place){"s", 1, 6, 1}, "bad", NULL);
    char *text = printed(diags, false);
    assert_null(strchr(text, '\033'));
    assert_non_null(strstr(text, "a\\x1B[2Jb c\\xFF"));
    free(text);
    mf_diags_free(&diags);
}

static void a_caret_behind_letters_of_several_bytes_stands_under_its_character(void **state)
{
    (void)state;
    struct mf_diags *diags = mf_diags_new();
    mf_diags_source(diags, "s", "Grüße: x", strlen("Grüße: x"));
    mf_diags_add(diags, (struct mf_place){"s", 1, 8, 1}, "bad", NULL);
    char *text = printed(diags, false);
    assert_non_null(strstr(text, "| Grüße: x\n        |        ^\n"));
    free(text);
    mf_diags_free(&diags);
}

static void past_two_hundred_errors_the_rest_is_counted(void **state)
{
    (void)state;
    struct mf_diags *diags = mf_diags_new();
    for (int i = 1; i <= 250; i++)
        mf_diags_addf(diags, (struct mf_place){"s", i, 1, 1}, NULL, "error %d", i);
    assert_int_equal(mf_diags_count(diags), 250);
    char *text = printed(diags, false);
    assert_non_null(strstr(text, "… and 50 more\n250 errors; nothing was sent.\n"));
    free(text);
    mf_diags_free(&diags);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_innermost_title_stays_and_outer_layers_add_in_front),
        cmocka_unit_test(an_error_shows_its_line_a_caret_and_the_hint),
        cmocka_unit_test(errors_come_in_the_order_of_their_places_each_once),
        cmocka_unit_test(what_a_file_holds_cannot_play_with_the_terminal),
        cmocka_unit_test(a_caret_behind_letters_of_several_bytes_stands_under_its_character),
        cmocka_unit_test(past_two_hundred_errors_the_rest_is_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
