/* Whatever stands in a file, binding ends with a plan or with errors, never otherwise. */
#include "unit/plan/shipped.h"

static const char *const hostile[] = {
    "", "[]", "{}", "[[], {}]", "{a: {b: [c]}}", "$(", "$(nobody)", "${x}", "'$(token) $(run) $(app.address)'", "\"\\b\\0\\x01\"",
    "/(/", "bob, carol", "a b c d e f", "[bob, bob, bob]", "<>", "@", "99999999999999999999", "-1 s", "999999999 d", "all applications",
    "{env: PATH, file: /, command: \"'\"}", "../../../../../../etc", "smtp://[::1", "smtp://:0", "$$(x)", "'*'", "mx", "nobody else",
};
enum { HOSTILE = sizeof hostile / sizeof *hostile };

/* The text with the value of one line replaced; NULL: that line has none. Heap. */
static char *with_value(const char *text, size_t line_start, const char *value)
{
    size_t len = strcspn(text + line_start, "\n");
    const char *colon = memmem(text + line_start, len, ": ", 2);
    const char *dash = colon ? NULL : memmem(text + line_start, len, "- ", 2);
    if (!colon && !dash)
        return NULL;
    struct mf_text out = {.max = 1 << 20};
    mf_text_add(&out, text, (size_t)((colon ? colon : dash) + 2 - text));
    mf_text_puts(&out, value);
    mf_text_puts(&out, text + line_start + len);
    return out.data;
}

static size_t bind_with_every_value(const struct file_in_memory *file)
{
    size_t tried = 0;
    for (size_t at = 0, line = 0; file->text[at]; line++) {
        for (size_t i = line % 5; i < HOSTILE; i += 5) {
            char *text = with_value(file->text, at, hostile[i]);
            if (!text)
                break;
            struct binding binding = bind_changed(file, text);
            assert_true((binding.plan != NULL) == (mf_diags_count(binding.diags) == 0));
            if (binding.plan) {
                FILE *nowhere = fopen("/dev/null", "w");
                mf_plan_print(binding.plan, nowhere);
                fclose(nowhere);
            }
            forget(&binding);
            free(text);
            tried++;
        }
        at += strcspn(file->text + at, "\n");
        at += file->text[at] == '\n';
    }
    return tried;
}

static void any_value_of_any_line_gives_a_plan_or_errors(void **state)
{
    (void)state;
    size_t tried = 0;
    for (size_t i = 0; i < shipped_count; i++)
        if (is_site(shipped[i].path) || is_scenario(shipped[i].path))
            tried += bind_with_every_value(&shipped[i]);
    print_message("%zu files bound\n", tried);
    assert_true(tried > 2000);
}

/* Lines left out, one after the other: half a file is a file too. */
static void any_line_may_be_missing(void **state)
{
    (void)state;
    for (size_t i = 0; i < shipped_count; i++) {
        const char *text = shipped[i].text;
        if (!is_site(shipped[i].path) && !is_scenario(shipped[i].path))
            continue;
        for (size_t at = 0; text[at];) {
            size_t len = strcspn(text + at, "\n") + 1;
            struct mf_text out = {.max = 1 << 20};
            mf_text_add(&out, text, at);
            mf_text_puts(&out, text + at + len);
            struct binding binding = bind_changed(&shipped[i], mf_text_str(&out));
            assert_true((binding.plan != NULL) == (mf_diags_count(binding.diags) == 0));
            forget(&binding);
            mf_text_release(&out);
            at += len;
            if (!text[at - 1])
                break;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_value_of_any_line_gives_a_plan_or_errors),
        cmocka_unit_test(any_line_may_be_missing),
    };
    return cmocka_run_group_tests(tests, load_shipped, drop_shipped) != 0;
}
