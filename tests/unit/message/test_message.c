/* A message taken apart: header fields, addresses, dates. */
#include "unit/test.h"

#include <stdio.h>

#include "mailflow/message.h"

static int set_up(void **state)
{
    *state = mf_arena_new();
    return 0;
}

static int tear_down(void **state)
{
    struct mf_arena *arena = *state;
    mf_arena_free(&arena);
    return 0;
}

static void assert_bytes(struct mf_bytes bytes, const char *wanted)
{
    assert_int_equal(bytes.len, strlen(wanted));
    assert_memory_equal(bytes.data, wanted, bytes.len);
}

static void fields_keep_their_bytes_and_the_body_follows_the_empty_line(void **state)
{
    const struct mf_message *m =
        mf_message_parse(*state, MF_BYTES("From: a@b\r\nSubject :  one\r\n\ttwo \r\nFROM:\r\n\r\n\r\nbody\r\n"));
    assert_int_equal(m->header_count, 3);
    assert_bytes(m->headers[1].name, "Subject");
    assert_bytes(m->headers[1].raw, "Subject :  one\r\n\ttwo \r\n");
    assert_bytes(m->headers[1].value, "  one\r\n\ttwo ");
    assert_bytes(m->headers[2].value, "");
    assert_bytes(m->body, "\r\nbody\r\n");
    assert_false(m->lf_only);
    assert_false(m->has_broken_header);
    assert_string_equal(mf_header_text(*state, &m->headers[1], true), "one\ttwo");
}

static void fields_are_found_by_name_whatever_the_case_in_order_from_the_top(void **state)
{
    const struct mf_message *m = mf_message_parse(*state, MF_BYTES("b: 1\nA: 2\nB: 3\nab: 4\nB: 5\n\n"));
    assert_int_equal(mf_message_header_count(m, "B"), 3);
    assert_bytes(mf_message_header(m, "B", 0)->value, " 1");
    assert_bytes(mf_message_header(m, "b", 1)->value, " 3");
    assert_bytes(mf_message_header(m, "B", 2)->value, " 5");
    assert_null(mf_message_header(m, "B", 3));
    assert_null(mf_message_header(m, "C", 0));
    assert_int_equal(mf_message_header_count(m, "a"), 1);
    assert_true(m->lf_only);
    assert_string_equal(mf_header_text(*state, NULL, true), "");
}

static void broken_headers_are_told_and_the_rest_is_read(void **state)
{
    static const struct { const char *what, *bytes; size_t headers; bool broken; const char *body; } cases[] = {
        {"nothing at all", "", 0, false, ""},
        {"only an empty line", "\r\n", 0, false, ""},
        {"an mbox line on top", "From a@b Mon Nov 23 02:14:07 2026\nA: 1\n\nx", 1, true, "x"},
        {"a line without colon in between", "A: 1\r\nno field\r\nB: 2\r\n\r\nx", 2, true, "x"},
        {"a name with a space in it", "A B: 1\r\n\r\nx", 0, true, "x"},
        {"a continuation that continues nothing", " x\r\nA: 1\r\n\r\n", 1, true, ""},
        {"no empty line", "A: 1\r\nB: 2", 2, false, ""},
        {"a line of spaces belongs to the field above", "A: 1\r\n \r\nB: 2\r\n\r\nx", 2, false, "x"},
        {"a bare CR is no line break", "A: 1\rB: 2\r\n\r\nx", 1, false, "x"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        const struct mf_message *m = mf_message_parse(*state, mf_bytes_of(cases[i].bytes));
        if (m->header_count != cases[i].headers || m->has_broken_header != cases[i].broken)
            fail_msg("%s: %zu fields, broken %d", cases[i].what, m->header_count, m->has_broken_header);
        assert_bytes(m->body, cases[i].body);
    }
}

static void nul_bytes_end_nothing(void **state)
{
    static const char bytes[] = "A: x\0y\r\nB: 2\r\n\r\nbo\0dy";
    const struct mf_message *m = mf_message_parse(*state, MF_BYTES(bytes));
    assert_int_equal(m->header_count, 2);
    assert_int_equal(m->body.len, 5);
    assert_string_equal(mf_header_text(*state, &m->headers[0], false), "x\xEF\xBF\xBDy");
}

static void words_of_other_charsets_are_decoded(void **state)
{
    static const struct { const char *what, *value, *text; } cases[] = {
        {"plain text stays", "Hello = world =? x", "Hello = world =? x"},
        {"quoted-printable", "=?UTF-8?Q?Gr=C3=BC=C3=9Fe_aus?= K=", "Grüße aus K="},
        {"base64", "=?utf-8?B?R3LDvMOfZQ==?=", "Grüße"},
        {"Latin-1", "=?ISO-8859-1?q?caf=E9?=", "café"},
        {"Windows-1252 called Latin-1", "=?iso-8859-1?q?=80?=", "€"},
        {"Shift_JIS by iconv", "=?Shift_JIS?B?k/qWew==?=", "日本"},
        {"ISO-2022-JP by iconv", "=?ISO-2022-JP?B?GyRCRnxLXBsoQg==?=", "日本"},
        {"GB2312 with characters of GB18030", "=?gb2312?B?1tDOxA==?=", "中文"},
        {"space between two words is not text", "=?utf-8?q?a?= \r\n =?utf-8?q?b?=", "ab"},
        {"space beside a plain word is", "=?utf-8?q?a?= b =?utf-8?q?c?=", "a b c"},
        {"a character cut in two by the words", "=?utf-8?q?=C3?= =?utf-8?q?=BC?=", "ü"},
        {"a language behind the charset (RFC 2231)", "=?utf-8*en?q?x?=", "x"},
        {"inside quotes, as many do", "\"=?utf-8?q?=C3=BC?=\" <a@b>", "\"ü\" <a@b>"},
        {"an unknown charset with UTF-8 in it", "=?x-nobody?q?=C3=BC?=", "ü"},
        {"an unknown charset with something else", "=?x-nobody?q?=FC?=", "ü"},
        {"a charset that is no name", "=?utf-8//TRANSLIT?q?=FC?=", "ü"},
        {"an unknown encoding stays", "=?utf-8?x?abc?=", "=?utf-8?x?abc?="},
        {"an unfinished word stays", "=?utf-8?q?abc", "=?utf-8?q?abc"},
        {"broken UTF-8", "=?utf-8?q?a=FFb?=", "a\xEF\xBF\xBD" "b"},
        {"a NUL in a word", "=?utf-8?q?a=00b?=", "a\xEF\xBF\xBD" "b"},
        {"raw UTF-8 stays", "Grüße", "Grüße"},
        {"raw Latin-1 is guessed", "Gr\xFC\xDF" "e", "Grüße"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        struct mf_header header = {.value = mf_bytes_of(cases[i].value)};
        const char *text = mf_header_text(*state, &header, true);
        if (!mf_same(text, cases[i].text))
            fail_msg("%s: \"%s\" instead of \"%s\"", cases[i].what, text, cases[i].text);
    }
}

static void addresses_come_without_names_groups_and_comments(void **state)
{
    static const struct { const char *what, *value, *addresses; } cases[] = {
        {"one", "a@b.example", "a@b.example"},
        {"with a name", "Alice <a@b.example>", "a@b.example"},
        {"a name with comma and @", "\"Doe, J. @ home\" <j@x>, b@y", "j@x|b@y"},
        {"comments everywhere", "(x) a (y (z)) @ b . example (w), c@d", "a@b.example|c@d"},
        {"a group", "Team: a@b, C <c@d>; e@f", "a@b|c@d|e@f"},
        {"nobody", "undisclosed-recipients:;", ""},
        {"a source route", "<@r1,@r2:a@b>", "a@b"},
        {"a quoted local part", "\"a b\"@c", "\"a b\"@c"},
        {"a literal", "a@[192.0.2.1]", "a@[192.0.2.1]"},
        {"the null sender", "<>", ""},
        {"a name without quotes around special characters", "J. Doe, Jr. <j@x>", "j@x"},
        {"a name behind no angle", "John Doe j@x", "j@x"},
        {"folded", "a@b,\r\n\tc@d", "a@b|c@d"},
        {"an encoded name", "=?utf-8?q?J=C3=B6rg?= <j@x>", "j@x"},
        {"UTF-8 (RFC 6532)", "Jörg <jörg@exämple.de>", "jörg@exämple.de"},
        {"an unclosed angle", "A <a@b", "a@b"},
        {"an unclosed quote", "\"A <a@b", ""},
        {"only a name", "root", "root"},
        {"words that are no address", "not an address", ""},
        {"empty places", ",, a@b ,,", "a@b"},
        {"nothing", "", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        size_t count;
        const char **found = mf_header_addresses(*state, cases[i].value, &count);
        char joined[400] = "";
        for (size_t j = 0; j < count; ++j)
            snprintf(joined + strlen(joined), sizeof joined - strlen(joined), "%s%s", j ? "|" : "", found[j]);
        if (!mf_same(joined, cases[i].addresses))
            fail_msg("%s: %s instead of %s", cases[i].what, joined, cases[i].addresses);
    }
}

static void only_one_addr_spec_is_an_address(void **state)
{
    (void)state;
    static const char *const good[] = {"a@b", "a.b+c@example.com", "\"a b\"@x", "\"a\\\"b\"@x", "a@[192.0.2.1]",
                                       "a@[IPv6:2001:db8::1]", "jörg@exämple.de", "postmaster@xn--exmple-cua.de",
                                       "!#$%&'*+-/=?^_`{|}~@x"};
    static const char *const bad[] = {"", "a", "@b", "a@", "a b@c", "A <a@b>", "<a@b>", ".a@b", "a.@b", "a..b@c",
                                      "a@b..c", "a@.b", "a@b.", "a@-b", "a@b-", "a@b_c", "a@[192.0.2]", "a@[x]",
                                      "\"a@b", "\"\"@b", "\"a\\\"@b", "a@b c", "a,b@c", "a@b,c@d", "a\n@b", "\xFF@b",
                                      "a123456789a123456789a123456789a123456789a123456789a123456789abcde@b"};
    for (size_t i = 0; i < sizeof good / sizeof *good; ++i)
        if (!mf_address_valid(good[i]))
            fail_msg("%s is an address", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; ++i)
        if (mf_address_valid(bad[i]))
            fail_msg("%s is no address", bad[i]);
    assert_false(mf_address_valid(NULL));
    assert_string_equal(mf_address_domain("a@b@c.example"), "c.example");
    assert_string_equal(mf_address_domain("root"), "");
    assert_string_equal(mf_address_domain(NULL), "");
}

static void domains_in_utf_8_become_a_labels(void **state)
{
    static const struct {
        const char *given, *wanted;
    } cases[] = {
        {"example.com", "example.com"},
        {"EXAMPLE.com.", "EXAMPLE.com."},
        {"b\xC3\xBC"
         "cher.example",
         "xn--bcher-kva.example"},
        {"B\xC3\x9C"
         "CHER.example.",
         "xn--bcher-kva.example."},
        {"\xE4\xBB\x96\xE4\xBB\xAC\xE4\xB8\xBA\xE4\xBB\x80\xE4\xB9\x88\xE4\xB8\x8D\xE8\xAF\xB4\xE4\xB8\xAD\xE6\x96\x87",
         "xn--ihqwcrb4cv8a8dqg056pqjye"}, /* RFC 3492 7.1 (B) */
        {"\xED\x95\x9C\xEA\xB5\xAD.\xED\x95\x9C\xEA\xB5\xAD", "xn--3e0b707e.xn--3e0b707e"},
        {"x.\xC3\x9F.de", "x.xn--zca.de"},
        {"..\xC3\xBC.", "..xn--tda."},
        {"b\xFC"
         "cher.example",
         "b\xFC"
         "cher.example"}, /* no UTF-8 */
        {"", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(mf_domain_ascii(*state, cases[i].given), cases[i].wanted);
    char longer[200] = "";
    for (size_t i = 0; i < 64; i++)
        strcat(longer, "\xC3\xBC");
    assert_string_equal(mf_domain_ascii(*state, longer), longer); /* no label is that long */
}

static void dates_of_all_kinds_are_read(void **state)
{
    (void)state;
    const mf_usec at = 1795400047; /* 2026-11-23 02:14:07 UTC */
    static const struct { const char *what, *text; int offset; long more; } cases[] = {
        {"RFC 5322", "Mon, 23 Nov 2026 02:14:07 +0000", 0, 0},
        {"east of Greenwich", "Mon, 23 Nov 2026 07:44:07 +0530", 330, 0},
        {"west of it", "Sun, 22 Nov 2026 18:14:07 -0800", -480, 0},
        {"no day name", "23 Nov 2026 02:14:07 -0000", 0, 0},
        {"with a comment", "Mon, 23 Nov 2026 02:14:07 +0000 (UTC)", 0, 0},
        {"comments within", "Mon (x), 23 (y(z)) Nov 2026 02:14:07 (w) +0000", 0, 0},
        {"no seconds", "Mon, 23 Nov 2026 02:14 +0000", 0, -7},
        {"two digits for the year", "23 Nov 26 02:14:07 GMT", 0, 0},
        {"an obsolete zone", "Sun, 22 Nov 2026 21:14:07 EST", -300, 0},
        {"a zone that only some know", "Mon, 23 Nov 2026 03:14:07 CET", 60, 0},
        {"a military zone says nothing", "Mon, 23 Nov 2026 02:14:07 K", 0, 0},
        {"no zone", "Mon, 23 Nov 2026 02:14:07", 0, 0},
        {"the zone glued on", "Mon, 23 Nov 2026 02:14:07+0000", 0, 0},
        {"a zone with colon", "Mon, 23 Nov 2026 03:14:07 +01:00", 60, 0},
        {"GMT and an offset", "Mon, 23 Nov 2026 03:14:07 GMT+0100 (CET)", 60, 0},
        {"asctime", "Mon Nov 23 02:14:07 2026", 0, 0},
        {"asctime with a zone in it", "Mon Nov 23 03:14:07 CET 2026", 60, 0},
        {"IMAP", "23-Nov-2026 02:14:07 +0000", 0, 0},
        {"ISO 8601", "2026-11-23T02:14:07Z", 0, 0},
        {"ISO 8601 with fractions", "2026-11-23T03:14:07.250+01:00", 60, 0},
        {"am", "Mon, 23 Nov 2026 2:14:07 AM +0000", 0, 0},
        {"just after midnight by twelve hours", "Mon, 23 Nov 2026 12:14:07 am +0000", 0, -7200},
        {"pm", "Sun, 22 Nov 2026 6:14:07 PM -0800", -480, 0},
        {"long names", "Monday, 23 November 2026 02:14:07 UT", 0, 0},
        {"many spaces and lines", "  Mon,\r\n 23   Nov\t2026  02:14:07 +0000 ", 0, 0},
        {"dots for colons", "Mon, 23 Nov 2026 02.14.07 +0000", 0, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        mf_usec found = 0;
        int offset = 12345;
        if (mf_date_parse(cases[i].text, &found, &offset) || found / MF_SECOND != at + cases[i].more ||
            offset != cases[i].offset)
            fail_msg("%s: %s is %lld, %d", cases[i].what, cases[i].text, (long long)(found / MF_SECOND), offset);
    }
    mf_usec leap;
    assert_int_equal(mf_date_parse("29 Feb 2024 00:00:00 +0000", &leap, NULL), 0);
    assert_true(leap == 1709164800 * MF_SECOND);
    assert_int_equal(mf_date_parse("1 Jan 70 00:00:00 +0000", &leap, NULL), 0);
    assert_true(leap == 0);
}

static void what_is_no_date_is_refused(void **state)
{
    (void)state;
    static const char *const cases[] = {"", "yesterday", "Mon", "23 Nov 2026", "30 Feb 2026 01:00:00 +0000",
                                        "29 Feb 2026 01:00:00 +0000", "0 Nov 2026 01:00:00 +0000",
                                        "23 Nov 2026 25:00:00 +0000", "23 Nov 2026 01:61:00 +0000",
                                        "23 Foo 2026 01:00:00 +0000", "23 Nov 01:00:00 +0000", "Nov 2026 01:00:00",
                                        "(unclosed", ":", "-", "99999999999999999999 Nov 2026 01:00:00 +0000",
                                        "23 Nov 2026 01:00:00 +12345678"};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        mf_usec at;
        if (mf_date_parse(cases[i], &at, NULL) == 0)
            fail_msg("\"%s\" is no date", cases[i]);
    }
    mf_usec at;
    assert_int_not_equal(mf_date_parse(NULL, &at, NULL), 0);
}

static void our_own_dates_are_read_back(void **state)
{
    (void)state;
    char text[64];
    for (mf_usec at = 0; at < 4000000000 * MF_SECOND; at += 123456789 * MF_SECOND) {
        mf_usec found = -1;
        assert_int_equal(mf_date_parse(mf_date_rfc5322(at, text, sizeof text), &found, NULL), 0);
        assert_true(found == at);
        assert_int_equal(mf_date_parse(mf_date_rfc3339(at, text, sizeof text), &found, NULL), 0);
        assert_true(found == at);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(fields_keep_their_bytes_and_the_body_follows_the_empty_line, set_up, tear_down),
        cmocka_unit_test_setup_teardown(fields_are_found_by_name_whatever_the_case_in_order_from_the_top, set_up, tear_down),
        cmocka_unit_test_setup_teardown(broken_headers_are_told_and_the_rest_is_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nul_bytes_end_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(words_of_other_charsets_are_decoded, set_up, tear_down),
        cmocka_unit_test_setup_teardown(addresses_come_without_names_groups_and_comments, set_up, tear_down),
        cmocka_unit_test(only_one_addr_spec_is_an_address),
        cmocka_unit_test_setup_teardown(domains_in_utf_8_become_a_labels, set_up, tear_down),
        cmocka_unit_test(dates_of_all_kinds_are_read),
        cmocka_unit_test(what_is_no_date_is_refused),
        cmocka_unit_test(our_own_dates_are_read_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
