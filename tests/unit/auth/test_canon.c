/* Canonicalization: the examples of RFC 6376 3.4.5, and the edges of 3.4.3 and 3.4.4. */
#include "unit/test.h"

#include "auth/canon.h"

static void header_of(enum mf_canon canon, const char *field, const char *expected)
{
    struct mf_text out = {0};
    mf_canon_header(canon, mf_bytes_of(field), &out);
    assert_string_equal(mf_text_str(&out), expected);
    mf_text_release(&out);
}

static void body_of(enum mf_canon canon, const char *body, const char *expected)
{
    struct mf_text out = {0};
    mf_canon_body(canon, mf_bytes_of(body), &out);
    assert_string_equal(mf_text_str(&out), expected);
    mf_text_release(&out);
}

static void relaxed_headers_are_as_in_the_rfc(void **state)
{
    (void)state;
    header_of(MF_CANON_RELAXED, "A: X\r\n", "a:X\r\n");
    header_of(MF_CANON_RELAXED, "B : Y\t\r\n\tZ  \r\n", "b:Y Z\r\n");
}

static void simple_headers_stay_as_they_are(void **state)
{
    (void)state;
    header_of(MF_CANON_SIMPLE, "B : Y\t\r\n\tZ  \r\n", "B : Y\t\r\n\tZ  \r\n");
}

static void bodies_are_as_in_the_rfc(void **state)
{
    (void)state;
    body_of(MF_CANON_RELAXED, " C \r\nD \t E\r\n\r\n\r\n", " C\r\nD E\r\n");
    body_of(MF_CANON_SIMPLE, " C \r\nD \t E\r\n\r\n\r\n", " C \r\nD \t E\r\n");
}

static void empty_bodies_are_a_line_break_when_simple_and_nothing_when_relaxed(void **state)
{
    (void)state;
    body_of(MF_CANON_SIMPLE, "", "\r\n");
    body_of(MF_CANON_SIMPLE, "\r\n\r\n", "\r\n");
    body_of(MF_CANON_RELAXED, "", "");
    body_of(MF_CANON_RELAXED, "\r\n \t\r\n", "");
}

static void a_last_line_without_end_gets_one(void **state)
{
    (void)state;
    body_of(MF_CANON_SIMPLE, "x", "x\r\n");
    body_of(MF_CANON_RELAXED, "x ", "x\r\n");
}

static void empty_lines_in_the_middle_stay(void **state)
{
    (void)state;
    body_of(MF_CANON_RELAXED, "a\r\n\r\n \r\nb\r\n", "a\r\n\r\n\r\nb\r\n");
    body_of(MF_CANON_SIMPLE, "a\r\n\r\n\r\nb\r\n\r\n", "a\r\n\r\n\r\nb\r\n");
}

static void bare_line_feeds_are_no_line_ends_but_are_repaired_beforehand(void **state)
{
    (void)state;
    struct mf_arena *arena = mf_arena_new();
    body_of(MF_CANON_RELAXED, "a \nb\r\n", "a \nb\r\n");
    struct mf_bytes fixed = mf_canon_line_ends(arena, MF_BYTES("a\nb\r\nc\n"));
    assert_true(mf_bytes_equal(fixed, MF_BYTES("a\r\nb\r\nc\r\n")));
    mf_arena_free(&arena);
}

static void repeated_names_take_fields_from_the_bottom_up(void **state)
{
    (void)state;
    struct mf_arena *arena = mf_arena_new();
    const struct mf_message *message = mf_message_parse(arena, MF_BYTES("A: 1\r\nB: 2\r\na: 3\r\n\r\nx\r\n"));
    const char *names[] = {"a", "A", "a", "b"};
    struct mf_text out = {0};
    mf_canon_select(MF_CANON_RELAXED, message, NULL, names, 4, &out);
    assert_string_equal(mf_text_str(&out), "a:3\r\na:1\r\nb:2\r\n");
    mf_text_release(&out);
    mf_arena_free(&arena);
}

static void the_signature_is_taken_without_its_value_and_without_line_end(void **state)
{
    (void)state;
    struct mf_bytes field = MF_BYTES("DKIM-Signature: a=x; b=ab\r\n c; s=y\r\n");
    struct mf_text out = {0};
    mf_canon_signature(MF_CANON_RELAXED, field, (struct mf_bytes){field.data + 23, 6}, &out);
    assert_string_equal(mf_text_str(&out), "dkim-signature:a=x; b=; s=y");
    mf_text_release(&out);
}

static void a_million_empty_lines_take_no_time(void **state)
{
    (void)state;
    struct mf_text body = {0}, out = {0};
    for (int i = 0; i < 1000000; i++)
        mf_text_puts(&body, "\r\n");
    mf_text_puts(&body, "x\r\n");
    mf_canon_body(MF_CANON_RELAXED, mf_text_bytes(&body), &out);
    assert_int_equal(out.len, body.len);
    mf_text_release(&body);
    mf_text_release(&out);
}

static void words_of_c_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *words;
        bool good;
        enum mf_canon header, body;
    } cases[] = {
        {"simple", true, MF_CANON_SIMPLE, MF_CANON_SIMPLE},
        {"relaxed", true, MF_CANON_RELAXED, MF_CANON_SIMPLE},
        {"relaxed/relaxed", true, MF_CANON_RELAXED, MF_CANON_RELAXED},
        {"simple/relaxed", true, MF_CANON_SIMPLE, MF_CANON_RELAXED},
        {"nofws", false, 0, 0},
        {"relaxed/", false, 0, 0},
        {"", false, 0, 0},
        {"Relaxed", false, 0, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        enum mf_canon header, body;
        assert_int_equal(mf_canon_parse(cases[i].words, &header, &body), cases[i].good);
        if (cases[i].good) {
            assert_int_equal(header, cases[i].header);
            assert_int_equal(body, cases[i].body);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(relaxed_headers_are_as_in_the_rfc),
        cmocka_unit_test(simple_headers_stay_as_they_are),
        cmocka_unit_test(bodies_are_as_in_the_rfc),
        cmocka_unit_test(empty_bodies_are_a_line_break_when_simple_and_nothing_when_relaxed),
        cmocka_unit_test(a_last_line_without_end_gets_one),
        cmocka_unit_test(empty_lines_in_the_middle_stay),
        cmocka_unit_test(bare_line_feeds_are_no_line_ends_but_are_repaired_beforehand),
        cmocka_unit_test(repeated_names_take_fields_from_the_bottom_up),
        cmocka_unit_test(the_signature_is_taken_without_its_value_and_without_line_end),
        cmocka_unit_test(a_million_empty_lines_take_no_time),
        cmocka_unit_test(words_of_c_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
