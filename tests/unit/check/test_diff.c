/* Differences line by line, as an exhibit shows them. */
#include "unit/test.h"

#include <stdio.h>

#include "check/diff.h"

static void shows(const char *before, const char *after, const char *expected)
{
    struct mf_arena *arena = mf_arena_new();
    assert_string_equal(mf_diff_lines(arena, mf_bytes_of(before), mf_bytes_of(after), 20).text, expected);
    mf_arena_free(&arena);
}

static void equal_texts_have_none(void **state)
{
    (void)state;
    shows("a\nb\n", "a\nb\n", "");
    shows("a\r\nb\r\n", "a\nb\n", "");
    shows("", "", "");
}

static void a_footer_is_shown_behind_the_last_line(void **state)
{
    (void)state;
    shows("one\ntwo\n", "one\ntwo\n--\nfooter\n", "  2   two\n+ 3   --\n+ 4   footer\n");
}

static void a_changed_line_is_shown_as_it_was_and_as_it_is(void **state)
{
    (void)state;
    shows("a\nb\nc\nd\n", "a\nB\nc\nd\n", "  1   a\n- 2   b\n+ 2   B\n  3   c\n");
}

static void a_removed_line_has_its_old_number(void **state)
{
    (void)state;
    shows("a\nb\nc\n", "a\nc\n", "  1   a\n- 2   b\n  2   c\n");
}

static void added_before_behind_and_between_are_told_apart(void **state)
{
    (void)state;
    static const struct {
        const char *after;
        bool appended, prepended;
    } cases[] = {
        {"a\nb\nx\n", true, false},     {"x\na\nb\n", false, true}, {"a\nx\nb\n", false, false},
        {"x\na\nb\nx\n", false, false}, {"a\nx\n", false, false},
    };
    struct mf_arena *arena = mf_arena_new();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct mf_diff diff = mf_diff_lines(arena, MF_BYTES("a\nb\n"), mf_bytes_of(cases[i].after), 20);
        assert_int_equal(diff.only_appended, cases[i].appended);
        assert_int_equal(diff.only_prepended, cases[i].prepended);
    }
    mf_arena_free(&arena);
}

static void many_changes_are_counted_not_shown(void **state)
{
    (void)state;
    struct mf_arena *arena = mf_arena_new();
    struct mf_text before = {0}, after = {0};
    for (int i = 0; i < 50; i++) {
        mf_text_printf(&before, "old %d\n", i);
        mf_text_printf(&after, "new %d\n", i);
    }
    struct mf_diff diff = mf_diff_lines(arena, mf_text_bytes(&before), mf_text_bytes(&after), 10);
    assert_int_equal(diff.added, 50);
    assert_int_equal(diff.removed, 50);
    assert_non_null(strstr(diff.text, "and 90 changed lines more"));
    mf_text_release(&before);
    mf_text_release(&after);
    mf_arena_free(&arena);
}

static void huge_texts_are_compared_in_bounded_time(void **state)
{
    (void)state;
    struct mf_arena *arena = mf_arena_new();
    struct mf_text before = {0}, after = {0};
    for (int i = 0; i < 100000; i++) {
        mf_text_printf(&before, "line %d\n", i);
        mf_text_printf(&after, "line %d\n", i % 2 ? i : -i - 1);
    }
    assert_true(mf_diff_lines(arena, mf_text_bytes(&before), mf_text_bytes(&after), 10).added >= 50000);
    mf_text_release(&before);
    mf_text_release(&after);
    mf_arena_free(&arena);
}

static void long_lines_are_cut_at_a_whole_character(void **state)
{
    (void)state;
    struct mf_arena *arena = mf_arena_new();
    struct mf_text line = {0};
    for (int i = 0; i < 99; i++)
        mf_text_putc(&line, 'x');
    mf_text_puts(&line, "ééé\n");
    const char *text = mf_diff_lines(arena, MF_BYTES(""), mf_text_bytes(&line), 10).text;
    assert_true(mf_is_utf8(text, strlen(text), &(size_t){0}));
    assert_non_null(strstr(text, " …"));
    mf_text_release(&line);
    mf_arena_free(&arena);
}

static void a_long_line_is_shown_where_it_differs(void **state)
{
    (void)state;
    struct mf_arena *arena = mf_arena_new();
    char *before = mf_alloc(arena, 302), *after = mf_alloc(arena, 302);
    memset(before, 'x', 300);
    memset(after, 'x', 300);
    before[200] = 'A';
    after[200] = 'B';
    const char *text = mf_diff_lines(arena, mf_bytes_of(before), mf_bytes_of(after), 10).text;
    assert_non_null(strstr(text, "xA"));
    assert_non_null(strstr(text, "xB"));
    assert_true(strlen(text) < 300);
    mf_arena_free(&arena);
}

static void numbers_are_right_behind_a_long_common_head(void **state)
{
    (void)state;
    struct mf_arena *arena = mf_arena_new();
    struct mf_text before = {0}, after = {0};
    for (int i = 1; i <= 1000; i++) {
        mf_text_printf(&before, "line %d\n", i);
        mf_text_printf(&after, i == 700 ? "other\n" : "line %d\n", i);
    }
    struct mf_diff diff = mf_diff_lines(arena, mf_text_bytes(&before), mf_text_bytes(&after), 10);
    assert_string_equal(diff.text, "  699 line 699\n- 700 line 700\n+ 700 other\n  701 line 701\n");
    mf_text_release(&before);
    mf_text_release(&after);
    mf_arena_free(&arena);
}

static void what_is_beyond_the_limit_is_counted(void **state)
{
    (void)state;
    struct mf_arena *arena = mf_arena_new();
    struct mf_text after = {0};
    for (int i = 0; i < 250000; i++)
        mf_text_puts(&after, "\n");
    struct mf_diff diff = mf_diff_lines(arena, MF_BYTES("a\n"), mf_text_bytes(&after), 10);
    assert_int_equal(diff.added, 250000);
    assert_int_equal(diff.removed, 1);
    mf_text_release(&after);
    mf_arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_texts_have_none),
        cmocka_unit_test(a_footer_is_shown_behind_the_last_line),
        cmocka_unit_test(a_changed_line_is_shown_as_it_was_and_as_it_is),
        cmocka_unit_test(a_removed_line_has_its_old_number),
        cmocka_unit_test(added_before_behind_and_between_are_told_apart),
        cmocka_unit_test(many_changes_are_counted_not_shown),
        cmocka_unit_test(huge_texts_are_compared_in_bounded_time),
        cmocka_unit_test(long_lines_are_cut_at_a_whole_character),
        cmocka_unit_test(a_long_line_is_shown_where_it_differs),
        cmocka_unit_test(numbers_are_right_behind_a_long_common_head),
        cmocka_unit_test(what_is_beyond_the_limit_is_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
