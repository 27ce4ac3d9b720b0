/* Growing text, words and UTF-8. */
#include "unit/test.h"

#include "mailflow/arena.h"
#include "mailflow/quantity.h"
#include "mailflow/text.h"

static void a_text_grows_and_stays_terminated(void **state)
{
    (void)state;
    struct mf_text text = {0};
    assert_string_equal(mf_text_str(&text), "");
    for (int i = 0; i < 1000; i++)
        mf_text_printf(&text, "%d,", i);
    assert_int_equal(text.len, 3890);
    assert_int_equal(strlen(text.data), text.len);
    mf_text_release(&text);
    assert_null(text.data);
}

static void a_text_never_grows_past_its_maximum(void **state)
{
    (void)state;
    struct mf_text text;
    mf_text_init(&text, 5);
    mf_text_puts(&text, "1234");
    assert_false(text.full);
    mf_text_puts(&text, "56");
    assert_true(text.full);
    assert_string_equal(text.data, "1234");
    mf_text_putc(&text, '5');
    assert_string_equal(text.data, "12345");
    mf_text_printf(&text, "%s", "too much");
    assert_string_equal(text.data, "12345");
    mf_text_release(&text);
}

static void words_compare_in_ascii_whatever_the_locale(void **state)
{
    (void)state;
    assert_true(mf_same_nocase("Message-ID", "message-id"));
    assert_false(mf_same_nocase("Message-ID", "message-i"));
    assert_false(mf_same_nocase("É", "é"));
    assert_true(mf_same(NULL, NULL));
    assert_false(mf_same(NULL, ""));
    assert_true(mf_starts_nocase("X-Mailflow: 1", "x-mailFLOW:"));
    assert_false(mf_starts_nocase("X", "X-"));
    assert_true(mf_ends_nocase("mx1.hes.Trendmicro.com", ".trendmicro.COM"));
    assert_false(mf_ends_nocase("com", ".com"));
}

static void only_utf8_of_rfc_3629_is_utf8(void **state)
{
    (void)state;
    static const struct { const char *words, *data; bool good; size_t bad_at; } cases[] = {
        {"ASCII", "abc", true, 0},
        {"two, three and four bytes", "é€😀", true, 0},
        {"a lone continuation", "a\x80", false, 1},
        {"an overlong slash", "\xC0\xAF", false, 0},
        {"an overlong three-byte form", "ab\xE0\x80\xAF", false, 2},
        {"a surrogate", "\xED\xA0\x80", false, 0},
        {"above U+10FFFF", "\xF4\x90\x80\x80", false, 0},
        {"cut short", "x\xE2\x82", false, 1},
        {"Latin-1", "Gr\xFC\xDF", false, 2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t bad_at = 0;
        if (mf_is_utf8(cases[i].data, strlen(cases[i].data), &bad_at) != cases[i].good || bad_at != cases[i].bad_at)
            fail_msg("%s", cases[i].words);
    }
}

static void distance_counts_a_swap_of_neighbours_once(void **state)
{
    (void)state;
    assert_int_equal(mf_distance("from", "form", 3), 1);
    assert_int_equal(mf_distance("alice", "alcie", 3), 1);
    assert_int_equal(mf_distance("secondary", "secondry", 3), 1);
    assert_int_equal(mf_distance("ab", "ba", 3), 1);
    assert_int_equal(mf_distance("abc", "xyz", 2), 3);
    assert_int_equal(mf_distance("FROM", "from", 3), 0);
}

static void the_nearest_word_is_told_and_a_far_one_is_not(void **state)
{
    (void)state;
    static const char *const keys[] = {"from", "to", "cc", "bcc", "within", "late", "expect"};
    const size_t n = sizeof keys / sizeof *keys;
    assert_string_equal(mf_nearest("form", keys, n), "from");
    assert_string_equal(mf_nearest("wihtin", keys, n), "within");
    assert_string_equal(mf_nearest("exspect", keys, n), "expect");
    assert_null(mf_nearest("subject-line", keys, n));
    assert_null(mf_nearest("zz", keys, 2));
}

static void of_two_equally_near_words_the_one_with_the_same_first_letter_wins(void **state)
{
    (void)state;
    static const char *const words[] = {"bate", "late"};
    assert_string_equal(mf_nearest("lat", words, 2), "late");
    static const char *const other[] = {"cat", "hat", "sat"};
    assert_string_equal(mf_nearest("hot", other, 3), "hat");
}

static void durations_read_as_people_write_them(void **state)
{
    (void)state;
    static const struct { int64_t usec; const char *text; } cases[] = {
        {0, "0 ms"}, {4200, "4 ms"}, {99499, "99 ms"}, {410000, "0.41 s"}, {10600000, "10.6 s"},
        {312000000, "5:12"}, {3723000000, "1:02:03"}, {-5, "0 ms"},
    };
    char buffer[32];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(mf_duration_text(cases[i].usec, buffer, sizeof buffer), cases[i].text);
}

static void an_arena_array_grows_with_zeroed_elements(void **state)
{
    (void)state;
    struct mf_arena *arena = mf_arena_new();
    int *numbers = NULL;
    size_t count = 0, capacity = 0;
    for (int i = 0; i < 1000; i++) {
        int *one = MF_PUSH(arena, numbers, count, capacity);
        assert_int_equal(*one, 0);
        *one = i;
    }
    for (int i = 0; i < 1000; i++)
        assert_int_equal(numbers[i], i);
    mf_arena_free(&arena);
    assert_null(arena);
    mf_arena_free(&arena);
}

static void large_and_small_pieces_of_an_arena_do_not_overlap(void **state)
{
    (void)state;
    struct mf_arena *arena = mf_arena_new();
    char *pieces[64];
    for (int i = 0; i < 64; i++) {
        size_t size = i % 7 == 0 ? 200000 : (size_t)i * 997;
        pieces[i] = mf_alloc(arena, size + 1);
        memset(pieces[i], i, size + 1);
    }
    for (int i = 0; i < 64; i++) {
        size_t size = i % 7 == 0 ? 200000 : (size_t)i * 997;
        assert_int_equal(pieces[i][0], i);
        assert_int_equal(pieces[i][size], i);
    }
    mf_arena_free(&arena);
}

static void durations_are_read_with_their_unit(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        mf_usec usec; /* -1: no duration */
    } cases[] = {
        {"200 ms", 200000},
        {"30s", 30000000},
        {"1.5 min", 90000000},
        {"2\th", 7200000000},
        {"1 d", 86400000000},
        {"0 s", 0},
        {"366 d", 31622400000000},
        {"367 d", -1},
        {"30", -1},
        {"", -1},
        {"s", -1},
        {"-5 s", -1},
        {"+5 s", -1},
        {".5 s", -1},
        {"1.2.3 s", -1},
        {"5 minutes", -1},
        {"5 min ago", -1},
        {"1e3 s", -1},
        {"0x10 s", -1},
        {"nan s", -1},
        {"inf s", -1},
        {"99999999999999999999999999999999 s", -1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (mf_duration_read(cases[i].text) != cases[i].usec)
            fail_msg("\"%s\" is read as %lld", cases[i].text, (long long)mf_duration_read(cases[i].text));
}

static void what_is_wrong_with_a_duration_is_known(void **state)
{
    (void)state;
    double amount;
    const char *unit;
    assert_int_equal(mf_quantity_read(&mf_durations, "soon", &amount, &unit), MF_READING_NO_NUMBER);
    assert_int_equal(mf_quantity_read(&mf_durations, "30 ", &amount, &unit), MF_READING_NO_UNIT);
    assert_string_equal(unit, "");
    assert_int_equal(mf_quantity_read(&mf_durations, "5 minutes", &amount, &unit), MF_READING_NO_UNIT);
    assert_string_equal(unit, "minutes");
    assert_string_equal(mf_unit_meant(&mf_durations, "minutes")->name, "min");
    assert_null(mf_unit_meant(&mf_durations, "fortnights of a very long and winding name"));
    assert_int_equal(mf_quantity_read(&mf_durations, "400 d", &amount, &unit), MF_READING_TOO_MUCH);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_grows_and_stays_terminated),
        cmocka_unit_test(a_text_never_grows_past_its_maximum),
        cmocka_unit_test(words_compare_in_ascii_whatever_the_locale),
        cmocka_unit_test(only_utf8_of_rfc_3629_is_utf8),
        cmocka_unit_test(distance_counts_a_swap_of_neighbours_once),
        cmocka_unit_test(the_nearest_word_is_told_and_a_far_one_is_not),
        cmocka_unit_test(of_two_equally_near_words_the_one_with_the_same_first_letter_wins),
        cmocka_unit_test(durations_read_as_people_write_them),
        cmocka_unit_test(durations_are_read_with_their_unit),
        cmocka_unit_test(what_is_wrong_with_a_duration_is_known),
        cmocka_unit_test(an_arena_array_grows_with_zeroed_elements),
        cmocka_unit_test(large_and_small_pieces_of_an_arena_do_not_overlap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
