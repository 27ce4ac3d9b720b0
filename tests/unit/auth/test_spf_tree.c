/* SPF's evaluation as a tree for people. */
#include "auth_testing.h"

#include "mailflow/spf.h"

static void every_term_is_a_line_with_what_it_cost(void **state)
{
    (void)state;
    struct mf_arena *arena = mf_arena_new();
    struct mf_dns *dns = zone_of("net-it.com. 300 IN TXT \"v=spf1 include:a.example mx ip4:192.0.2.7 -all\"\n"
                                 "a.example. 300 IN TXT \"v=spf1 a:gone.example -all\"\n"
                                 "net-it.com. 300 IN MX 0 .\n");
    struct mf_spf_query query = {.ip = "192.0.2.7", .helo = "x", .mail_from = "alice@net-it.com"};
    const struct mf_spf *spf = mf_spf_check(arena, &query, dns, SOON);
    const char *tree = mf_spf_tree(arena, spf->steps, spf->step_count);
    assert_int_equal(spf->result, MF_SPF_PASS);
    assert_non_null(strstr(tree, "include:a.example"));
    assert_non_null(strstr(tree, "2 look-ups")); /* its own, and the one inside */
    assert_non_null(strstr(tree, "\n  a:gone.example"));
    assert_non_null(strstr(tree, "void"));
    assert_non_null(strstr(tree, "MATCH"));
    assert_null(strstr(tree, "-all  MATCH"));
    assert_int_equal(tree[strlen(tree) - 1], '\n');
    mf_dns_free(&dns);
    mf_arena_free(&arena);
}

static void without_steps_there_is_nothing_to_show(void **state)
{
    (void)state;
    struct mf_arena *arena = mf_arena_new();
    assert_string_equal(mf_spf_tree(arena, NULL, 0), "");
    mf_arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_term_is_a_line_with_what_it_cost),
        cmocka_unit_test(without_steps_there_is_nothing_to_show),
    };
    return cmocka_run_group_tests_name("auth: SPF tree", tests, NULL, NULL) ? 1 : 0;
}
