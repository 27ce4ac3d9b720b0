/* Ten thousand flows: the time for binding grows with them, not with their square. */
#include "unit/plan/binding.h"

static char *many_flows(size_t count)
{
    struct mf_text text = {.max = (size_t)32 << 20};
    mf_text_puts(&text, "scenario: Many\nsections:\n");
    for (size_t i = 0; i < count; i++) {
        if (i % 500 == 0)
            mf_text_printf(&text, "  - section: S%zu\n    from: alice\n    tags: [a, b]\n    flows:\n", i / 500);
        if (i % 2 == 0)
            mf_text_printf(&text, "      - {flow: Flow %zu, to: bob, needs: %s, expect: [bob, nobody else]}\n", i, i ? "Flow 0" : "S1");
        else
            mf_text_printf(&text, "      - {flow: Again %zu, of: Flow %zu, expect: bob}\n", i, i - 1);
    }
    return text.data;
}

static mf_usec time_of(size_t count)
{
    char *scenario = many_flows(count);
    mf_usec best = MF_NEVER;
    for (int i = 0; i < 3; i++) {
        mf_usec start = mf_now();
        struct binding binding = bind_text(usual_site, scenario);
        mf_usec took = mf_now() - start;
        best = took < best ? took : best;
        char *errors = errors_of(&binding);
        if (i == 0) /* S1 holds flows that need flow 0, which needs S1 */
            assert_string_equal(errors, count > 500 ? "x.yaml:7:16 \"Flow 0\" waits for itself | needs and of must not lead back\n" : "");
        free(errors);
        forget(&binding);
    }
    free(scenario);
    return best;
}

static void binding_takes_time_in_proportion(void **state)
{
    (void)state;
    mf_usec small = time_of(2000), large = time_of(20000);
    print_message("2,000 flows in %.1f ms, 20,000 in %.1f ms\n", (double)small / 1e3, (double)large / 1e3);
    assert_true(large < small * 25);
}

static void a_chain_of_needs_is_walked_to_its_end(void **state)
{
    (void)state;
    struct mf_text text = {.max = 1 << 20};
    mf_text_puts(&text, "scenario: Chain\nfrom: alice\nto: bob\nflows:\n  - {flow: F0}\n");
    for (int i = 1; i < 3000; i++)
        mf_text_printf(&text, "  - {flow: F%d, needs: F%d}\n", i, i - 1);
    struct binding binding = bind_text(usual_site, text.data);
    assert_non_null(binding.plan);
    assert_int_equal(binding.plan->flow_count, 3000);
    forget(&binding);
    mf_text_release(&text);
}

static void errors_in_every_flow_do_not_take_for_ever(void **state)
{
    (void)state;
    struct mf_text text = {.max = (size_t)4 << 20};
    mf_text_puts(&text, "scenario: Wrong\nflows:\n");
    for (int i = 0; i < 5000; i++)
        mf_text_printf(&text, "  - {flow: F%d, from: alise, to: bobb, needs: Flow%d, expect: [bob secondry]}\n", i, i);
    mf_usec start = mf_now();
    struct binding binding = bind_text(usual_site, text.data);
    mf_usec took = mf_now() - start;
    assert_null(binding.plan);
    assert_int_equal(mf_diags_count(binding.diags), 20000);
    print_message("20,000 errors in %.0f ms\n", (double)took / 1e3);
    assert_true(took < 60 * MF_SECOND);
    forget(&binding);
    mf_text_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(binding_takes_time_in_proportion),
        cmocka_unit_test(a_chain_of_needs_is_walked_to_its_end),
        cmocka_unit_test(errors_in_every_flow_do_not_take_for_ever),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
