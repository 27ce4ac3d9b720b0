/* Names that other YAML readers would take for something else, and lists without brackets. */
#include "unit/scenario/reading.h"

static void names_that_yaml_1_1_takes_for_something_else_are_unsafe(void **state)
{
    (void)state;
    static const char *const unsafe[] = {"no",     "NO",   "No",    "yes",   "on", "Off",  "y",    "n",  "true",
                                         "False",  "null", "~",     "007",   "12", "1.5",  "-3",   "+4", "1e3",
                                         "1.5E-7", "0x1F", "1_000", "12:30", ".5", ".inf", ".nan", "<<", "2026-11-23"};
    for (size_t i = 0; i < sizeof unsafe / sizeof *unsafe; i++)
        if (!mf_name_is_unsafe(unsafe[i]))
            fail_msg("%s passed", unsafe[i]);
}

static void ordinary_names_are_safe(void **state)
{
    (void)state;
    static const char *const safe[] = {
        "alice",   "nobody",    "nora", "only", "one",  "y2", "n1",    "offer", "yesterday",
        "crm-2",   "2nd",       "7up",  "x0",   "0xyz", "e3", "1e",    "é",     "truely",
        "nullify", "selector1", "a.b",  "-",    ".",    "o",  "1.2.x", "0x",    "TM-DKIM-20180222144920"};
    for (size_t i = 0; i < sizeof safe / sizeof *safe; i++)
        if (mf_name_is_unsafe(safe[i]))
            fail_msg("%s was refused", safe[i]);
}

static void an_unsafe_name_is_told_at_its_key(void **state)
{
    (void)state;
    struct reading r = read_text("people:\n  alice: a@b\n  no: n@b\n  007: bond@b\n  \"on\": o@b\n");
    const struct mf_node *people = node_at(&r, "people");
    assert_true(mf_name_check(people->pairs[0].key, "a person", r.diags));
    assert_false(mf_name_check(people->pairs[1].key, "a person", r.diags));
    assert_false(mf_name_check(people->pairs[2].key, "a person", r.diags));
    assert_false(mf_name_check(people->pairs[3].key, "a person", r.diags));
    assert_string_equal(error_of(&r, 0),
                        "3:3+2 \"no\" can't be the name of a person: YAML readers take it for a yes, a no or "
                        "nothing | choose another name; quoting it does not help");
    assert_string_equal(error_of(&r, 1),
                        "4:3+3 \"007\" can't be the name of a person: YAML readers take it for a number | "
                        "choose another name; quoting it does not help");
    assert_true(mf_starts(error_of(&r, 2), "5:3+4 "));
    forget(&r);
}

static void a_list_without_brackets_is_known_from_a_sentence(void **state)
{
    (void)state;
    static const struct {
        const char *yaml, *list;
    } table[] = {
        {"x: alice, bob\n", "[alice, bob]"},
        {"x: alice,bob,carol@x.y\n", "[alice,bob,carol@x.y]"},
        {"x: alice\n", NULL},
        {"x: \"alice, bob\"\n", NULL},
        {"x: Dear Bob, how are you\n", NULL},
        {"x: alice, and bob\n", NULL},
        {"x: alice,\n", NULL},
        {"x: [alice, bob]\n", NULL},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct reading r = read_text(table[i].yaml);
        const char *list = mf_node_comma_list(r.arena, node_at(&r, "x"));
        if (!mf_same(list, table[i].list))
            fail_msg("%s: %s", table[i].yaml, list ? list : "no list");
        forget(&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_that_yaml_1_1_takes_for_something_else_are_unsafe),
        cmocka_unit_test(ordinary_names_are_safe),
        cmocka_unit_test(an_unsafe_name_is_told_at_its_key),
        cmocka_unit_test(a_list_without_brackets_is_known_from_a_sentence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
