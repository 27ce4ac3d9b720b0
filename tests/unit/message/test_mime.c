/* MIME: transfer encodings, parts, text, wrapped messages. */
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

struct decoding {
    const char *what, *in, *out;
    int damaged;
};

static void check_decoding(struct mf_arena *arena, const struct decoding *row,
                           int (*decode)(struct mf_arena *, struct mf_bytes, struct mf_bytes *))
{
    struct mf_bytes out;
    int damaged = decode(arena, mf_bytes_of(row->in), &out);
    if (damaged != row->damaged || !mf_bytes_equal(out, mf_bytes_of(row->out)))
        fail_msg("%s: \"%.*s\", damaged %d", row->what, (int)out.len, out.data, damaged);
}

static void quoted_printable_is_read_as_rfc_2045_says(void **state)
{
    static const struct decoding rows[] = {
        {"plain", "abc\r\n", "abc\r\n", 0},
        {"an octet", "=C3=BC", "ü", 0},
        {"lower-case digits", "=c3=bc", "ü", 0},
        {"a soft break", "ab=\r\ncd\r\n", "abcd\r\n", 0},
        {"a soft break with LF", "ab=\ncd\n", "abcd\n", 0},
        {"space that was added behind a soft break", "ab= \t\r\ncd", "abcd", 0},
        {"space at the end of a line is none of the text", "ab \t\r\ncd  ", "ab\r\ncd", 0},
        {"encoded space at the end stays", "ab=20\r\n", "ab \r\n", 0},
        {"a soft break at the very end", "ab=", "ab", 0},
        {"an encoding cut by the end", "ab=4", "ab=4", 1},
        {"an encoding cut by the line", "ab=4\r\n1", "ab=4\r\n1", 1},
        {"no digits", "a=ZZb", "a=ZZb", 1},
        {"two signs", "a==b", "a==b", 1},
        {"only a sign", "=", "", 0},
        {"nothing", "", "", 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; ++i)
        check_decoding(*state, &rows[i], mf_quoted_printable_decode);
}

static void base64_is_read_as_rfc_2045_says(void **state)
{
    static const struct decoding rows[] = {
        {"three octets", "YWJj", "abc", 0},
        {"two", "YWI=", "ab", 0},
        {"one", "YQ==", "a", 0},
        {"lines", "YW\r\nJj\r\n", "abc", 0},
        {"the other digits", "+/+/", "\xfb\xff\xbf", 0},
        {"no padding", "YQ", "a", 1},
        {"half the padding is enough", "YQ=", "a", 0},
        {"a digit too many", "YWJjY", "abc", 1},
        {"letters that are no digits", "YW*Jj", "abc", 1},
        {"padding that pads nothing", "YWJj=", "abc", 1},
        {"two encodings in a row", "YQ==Yg==", "ab", 1},
        {"nothing", "", "", 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; ++i)
        check_decoding(*state, &rows[i], mf_base64_decode);
}

/* "type|type|…" of the parts, with '*' behind damaged ones. */
static const char *types_of(struct mf_arena *arena, const char *bytes)
{
    struct mf_part *parts;
    size_t count = mf_message_parts(arena, mf_message_parse(arena, mf_bytes_of(bytes)), &parts);
    char types[2000] = "";
    for (size_t i = 0; i < count; ++i)
        snprintf(types + strlen(types), sizeof types - strlen(types), "%s%s%s:%.*s", i ? "|" : "", parts[i].type,
                 parts[i].damaged ? "*" : "", (int)parts[i].content.len, parts[i].content.data);
    return mf_copy(arena, types);
}

#define MIXED "Content-Type: multipart/mixed; boundary=\"b\"\n\n"
#define INNER "Content-Type: multipart/alternative; boundary=c\n\n"

static void parts_are_found_in_order(void **state)
{
    static const struct { const char *what, *message, *parts; } cases[] = {
        {"no MIME at all", "A: 1\n\nhello\n", "text/plain:hello\n"},
        {"a type in capitals with parameters", "Content-Type: TEXT/Html; charset=x\n\nx", "text/html:x"},
        {"a type that is none", "Content-Type: text\n\nx", "text/plain:x"},
        {"two parts", MIXED "preamble\n--b\n\none\n--b\nContent-Type: a/b\n\ntwo\n\n--b--\nepilogue\n",
         "text/plain:one|a/b:two\n"},
        {"boundaries with space behind", MIXED "--b \t\n\none\n--b-- \n", "text/plain:one"},
        {"a boundary that starts alike", MIXED "--b\n\none\n--bb\n--b-\ntwo\n--b--\n", "text/plain:one\n--bb\n--b-\ntwo"},
        {"nested", MIXED "--b\n" INNER "--c\n\n1\n--c\nContent-Type: text/html\n\n2\n--c--\n--b\n\n3\n--b--\n",
         "text/plain:1|text/html:2|text/plain:3"},
        {"the inner end is lost", MIXED "--b\n" INNER "--c\n\n1\n--b\n\n2\n--b--\n", "text/plain:1|text/plain:2"},
        {"the end is lost", MIXED "--b\n\none\n--b\n\ntwo", "text/plain:one|text/plain*:two"},
        {"no boundary is ever seen", MIXED "hello", "multipart/mixed*:hello"},
        {"a multipart without boundary", "Content-Type: multipart/mixed\n\nhello", "multipart/mixed*:hello"},
        {"an empty part", MIXED "--b\n--b\n\n--b--\n", "text/plain:|text/plain:"},
        {"a digest's parts are messages", "Content-Type: multipart/digest; boundary=b\n\n--b\n\nS: x\n\ny\n--b--\n",
         "message/rfc822:S: x\n\ny"},
        {"base64 in a part", MIXED "--b\nContent-Transfer-Encoding: BASE64 (x)\n\nYWJj\n--b--\n", "text/plain:abc"},
        {"an unknown encoding", "Content-Transfer-Encoding: uuencode\n\nx", "text/plain*:x"},
        {"damaged base64", "Content-Transfer-Encoding: base64\n\nYW!Jj", "text/plain*:abc"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        const char *types = types_of(*state, cases[i].message);
        if (!mf_same(types, cases[i].parts))
            fail_msg("%s:\n%s\ninstead of\n%s", cases[i].what, types, cases[i].parts);
    }
}

static void a_part_shows_its_bytes_as_they_stand_in_the_message(void **state)
{
    struct mf_part *parts;
    static const char bytes[] = "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nX: 1\r\n\r\none\r\n--b--\r\n";
    const struct mf_message *m = mf_message_parse(*state, MF_BYTES(bytes));
    assert_int_equal(mf_message_parts(*state, m, &parts), 1);
    assert_true(mf_bytes_equal(parts[0].headers, MF_BYTES("X: 1\r\n\r\n")));
    assert_true(mf_bytes_equal(parts[0].raw, MF_BYTES("X: 1\r\n\r\none")));
    assert_ptr_equal(parts[0].raw.data, strstr(bytes, "X: 1"));
    assert_int_equal(parts[0].depth, 1);
}

static void file_names_are_read_in_all_their_spellings(void **state)
{
    static const struct { const char *what, *fields, *name; } cases[] = {
        {"plain", "Content-Disposition: attachment; filename=a.pdf", "a.pdf"},
        {"quoted", "Content-Disposition: attachment; filename=\"a \\\"b\\\";.pdf\"", "a \"b\";.pdf"},
        {"unquoted with spaces", "Content-Disposition: attachment; filename=my file.pdf; size=1", "my file.pdf"},
        {"RFC 2231", "Content-Disposition: attachment;\n filename*=iso-8859-1'de'Gr%FC%DFe.pdf", "Grüße.pdf"},
        {"RFC 2231 in pieces", "Content-Disposition: attachment; filename*1*=%BC.; filename*0*=utf-8''%C3;\n filename*2=\"p df\"", "ü.p df"},
        {"RFC 2231 wins", "Content-Disposition: attachment; filename=x; filename*=utf-8''y", "y"},
        {"RFC 2047, as many do", "Content-Disposition: attachment; filename=\"=?utf-8?q?=C3=BC?=.pdf\"", "ü.pdf"},
        {"raw UTF-8", "Content-Disposition: attachment; filename=\"ü.pdf\"", "ü.pdf"},
        {"raw Latin-1", "Content-Disposition: attachment; filename=\"\xFC.pdf\"", "ü.pdf"},
        {"name of the type", "Content-Type: a/b; name=\"x.y\"\nContent-Disposition: inline", "x.y"},
        {"none", "Content-Disposition: attachment", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        struct mf_part *parts;
        const char *bytes = mf_format(*state, "%s\n\nx", cases[i].fields);
        assert_int_equal(mf_message_parts(*state, mf_message_parse(*state, mf_bytes_of(bytes)), &parts), 1);
        if (!mf_same(parts[0].file_name, cases[i].name))
            fail_msg("%s: %s", cases[i].what, parts[0].file_name);
    }
}

static void the_text_is_what_a_person_reads(void **state)
{
    static const struct { const char *what, *message, *text; } cases[] = {
        {"CRLF becomes LF", "A: 1\r\n\r\na\r\nb\r\n", "a\nb\n"},
        {"plain before HTML", "Content-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/html\n\n<p>h"
         "\n--b\n\nplain\n--b--\n", "plain"},
        {"HTML without tags", "Content-Type: text/html\n\n<style>x{}</style><b>a</b> &lt; &#x41;&#66;&amp;<!-- c --> d",
         "a < AB& d"},
        {"an attached text is not the text", MIXED "--b\nContent-Disposition: attachment\n\nno\n--b\n\nyes\n--b--\n", "yes"},
        {"a charset", "Content-Type: text/plain; charset=iso-8859-15\nContent-Transfer-Encoding: quoted-printable\n\n=A4", "€"},
        {"UTF-16", "Content-Type: text/plain; charset=utf-16le\nContent-Transfer-Encoding: base64\n\nYQC8IA==", "a₼"},
        {"no text at all", "Content-Type: image/png\n\nx", ""},
        {"no body", "A: 1\n", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        const char *text = mf_message_text(*state, mf_message_parse(*state, mf_bytes_of(cases[i].message)));
        if (!mf_same(text, cases[i].text))
            fail_msg("%s: \"%s\"", cases[i].what, text);
    }
}

static void a_journal_report_is_unwrapped(void **state)
{
    const struct mf_message *report = mf_message_parse(*state, mf_bytes_of(
        "Subject: report\n" MIXED "--b\n\nSender: a\n--b\nContent-Type: message/rfc822\n\nSubject: inner\n\nbody\n--b--\n"));
    const struct mf_message *inner = mf_message_unwrap(*state, report);
    assert_non_null(inner);
    assert_string_equal(mf_header_text(*state, mf_message_header(inner, "Subject", 0), true), "inner");
    assert_true(mf_bytes_equal(inner->body, MF_BYTES("body")));
    assert_null(mf_message_unwrap(*state, inner));
    assert_string_equal(mf_message_text(*state, report), "Sender: a");
}

static void multiparts_deeper_than_32_end_in_a_damaged_leaf(void **state)
{
    struct mf_text text = {0};
    for (int i = 0; i < 100; ++i)
        mf_text_printf(&text, "Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n", i, i);
    struct mf_part *parts;
    size_t count = mf_message_parts(*state, mf_message_parse(*state, mf_text_bytes(&text)), &parts);
    assert_int_equal(count, 1);
    assert_int_equal(parts[0].depth, 32);
    assert_true(parts[0].damaged);
    mf_text_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(quoted_printable_is_read_as_rfc_2045_says, set_up, tear_down),
        cmocka_unit_test_setup_teardown(base64_is_read_as_rfc_2045_says, set_up, tear_down),
        cmocka_unit_test_setup_teardown(parts_are_found_in_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_part_shows_its_bytes_as_they_stand_in_the_message, set_up, tear_down),
        cmocka_unit_test_setup_teardown(file_names_are_read_in_all_their_spellings, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_text_is_what_a_person_reads, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_journal_report_is_unwrapped, set_up, tear_down),
        cmocka_unit_test_setup_teardown(multiparts_deeper_than_32_end_in_a_damaged_leaf, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
