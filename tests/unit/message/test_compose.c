/* Composing: every message is right by RFC 5322 and MIME, marked, and exactly as large as asked for. */
#include "unit/message/compose_testing.h"

#include <stdio.h>
#include <stdlib.h>

/* What holds for every message that we make. */
static void assert_well_formed(struct composed *c, size_t line_max)
{
    static const char *const once[] = {"Date", "From", "Message-ID", "X-Mailflow", "Subject", "MIME-Version"};
    struct mf_bytes rest = mf_text_bytes(&c->out);
    assert_false(c->message->has_broken_header);
    for (size_t i = 0; i < sizeof once / sizeof *once; ++i)
        assert_int_equal(mf_message_header_count(c->message, once[i]), 1);
    while (rest.len) {
        const char *end = memchr(rest.data, '\n', rest.len);
        assert_non_null(end);
        size_t len = (size_t)(end - rest.data);
        assert_true(len > 0 && rest.data[len - 1] == '\r');
        assert_null(memchr(rest.data, '\r', len - 1));
        if (len - 1 > line_max)
            fail_msg("line of %zu: %.*s", len - 1, (int)len, rest.data);
        rest = (struct mf_bytes){end + 1, rest.len - len - 1};
    }
}

static void a_short_text_makes_this_very_message(void **state)
{
    struct composed *c = *state;
    setenv("TZ", "UTC", 1);
    compose(c);
    const char *head = "Date: Mon, 23 Nov 2026 02:14:07 +0000\r\n"
                       "From: Alice <alice@net-it.com>\r\n"
                       "To: bob@net-it.com\r\n"
                       "Message-ID: <mf.7f3a.0123456789abcdef.1@net-it.com>\r\n"
                       "Subject: Test 0123456789abcdef\r\n"
                       "Auto-Submitted: auto-generated\r\n"
                       "X-Mailflow: run=7f3a; flow=abc123abc123; attempt=1;\r\n"
                       " id=mf.7f3a.0123456789abcdef.1@net-it.com;\r\n"
                       " mac=";
    const char *tail = "MIME-Version: 1.0\r\n"
                       "Content-Type: text/plain; charset=us-ascii\r\n"
                       "Content-Transfer-Encoding: 7bit\r\n"
                       "\r\n"
                       "Hello\r\n"
                       "world\r\n"
                       "mailflow test message, run 7f3a, token 0123456789abcdef\r\n";
    assert_true(mf_starts(c->out.data, head));
    assert_string_equal(c->out.data + strlen(head) + 32 + 2, tail);
    assert_string_equal(c->message_id, "<mf.7f3a.0123456789abcdef.1@net-it.com>");
    assert_well_formed(c, 76);
}

static void the_token_line_is_left_out_where_the_text_has_the_token(void **state)
{
    struct composed *c = *state;
    c->wish.text = "token " TOKEN " in it";
    compose(c);
    assert_string_equal(body(c), "token " TOKEN " in it\r\n");
    c->wish.text = NULL;
    compose(c);
    assert_string_equal(body(c), "mailflow test message, run 7f3a, token " TOKEN "\r\n");
}

static void a_given_subject_is_not_altered(void **state)
{
    struct composed *c = *state;
    static const struct { const char *what, *subject; } cases[] = {
        {"plain", "Invoice 17"},
        {"German", "Grüße aus Köln, Übergröße " TOKEN},
        {"Japanese, long", "これは長い件名です。これは長い件名です。これは長い件名です。これは長い件名です。これは長い件名です。"},
        {"long, plain", "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"},
        {"many spaces inside", "a  b   c"},
        {"spaces at the ends", " a "},
        {"looks encoded", "=?utf-8?q?x?= and more"},
        {"an emoji", "😀"},
        {"non-ASCII only in the middle", "aaa bbb ccc ddd eee fff ggg hhh iii jjj kkk lll mmm ü nnn ooo ppp qqq rrr sss ttt"},
        {"a tab", "a\tb"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        c->wish.subject = cases[i].subject;
        compose(c);
        assert_well_formed(c, 76);
        if (!mf_same(field(c, "Subject"), cases[i].subject))
            fail_msg("%s: \"%s\"", cases[i].what, field(c, "Subject"));
    }
}

static void one_word_without_end_stays_below_998_characters(void **state)
{
    struct composed *c = *state;
    char *word = mf_alloc(c->arena, 5001);
    memset(word, 'x', 5000);
    c->wish.subject = c->wish.text = word;
    compose(c);
    assert_well_formed(c, 76);
    assert_string_equal(field(c, "Subject"), word);
}

static void display_names_are_quoted_or_encoded_where_they_must_be(void **state)
{
    struct composed *c = *state;
    static const struct { const char *name, *raw; } cases[] = {
        {"Alice", "From: Alice <alice@net-it.com>\r\n"},
        {"Alice B Cooper", "From: Alice B Cooper <alice@net-it.com>\r\n"},
        {"Alice, Dr.", "From: \"Alice, Dr.\" <alice@net-it.com>\r\n"},
        {"A \"B\" \\ C", "From: \"A \\\"B\\\" \\\\ C\" <alice@net-it.com>\r\n"},
        {"Alice  Two", "From: \"Alice  Two\" <alice@net-it.com>\r\n"},
        {"Jörg", "From: =?UTF-8?B?SsO2cmc=?= <alice@net-it.com>\r\n"},
        {"Jörg of Alice", "From: =?UTF-8?Q?J=C3=B6rg_of_Alice?= <alice@net-it.com>\r\n"},
        {"", "From: alice@net-it.com\r\n"},
        {NULL, "From: alice@net-it.com\r\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        c->wish.from_name = cases[i].name;
        compose(c);
        assert_string_equal(raw_field(c, "From"), cases[i].raw);
    }
}

static void recipients_are_listed_and_folded(void **state)
{
    struct composed *c = *state;
    static const char *const many[] = {"a.long.address.of.somebody@subdomain.example.com", "jörg@exämple.de",
                                       "another.long.address@subdomain.example.com", "x@y"};
    c->wish.to = many;
    c->wish.to_count = 4;
    c->wish.cc = many + 3;
    c->wish.cc_count = 1;
    compose(c);
    assert_well_formed(c, 76);
    size_t count;
    const char **found = mf_header_addresses(c->arena, field(c, "To"), &count);
    assert_int_equal(count, 4);
    for (size_t i = 0; i < 4; ++i)
        assert_string_equal(found[i], many[i]);
    assert_string_equal(field(c, "Cc"), "x@y");
    c->wish.to_count = c->wish.cc_count = 0;
    compose(c);
    assert_string_equal(field(c, "To"), "undisclosed-recipients:;");
}

static void given_headers_replace_ours_or_are_added(void **state)
{
    struct composed *c = *state;
    static const struct mf_compose_header given[] = {
        {"subject", "mine"}, {"Date", "yesterday"}, {"X-Other", "Grüße"}, {"From", "Jörg Müller <j@x>, \"Ö, B\" <b@y>"},
        {"Message-ID", "<own@id>"}, {"X-Other", "second"}, {"List-Unsubscribe", "<mailto:a@b>, <https://x/y>"},
    };
    c->wish.headers = given;
    c->wish.header_count = sizeof given / sizeof *given;
    compose(c);
    assert_string_equal(raw_field(c, "Subject"), "subject: mine\r\n");
    assert_string_equal(field(c, "Date"), "yesterday");
    assert_string_equal(field(c, "Message-ID"), "<own@id>");
    assert_string_equal(c->message_id, "<own@id>");
    assert_int_equal(mf_message_header_count(c->message, "X-Other"), 2);
    assert_string_equal(field(c, "X-Other"), "Grüße");
    assert_string_equal(raw_field(c, "List-Unsubscribe"), "List-Unsubscribe: <mailto:a@b>, <https://x/y>\r\n");
    assert_int_equal(mf_message_header_count(c->message, "From"), 1);
    size_t count;
    const char **from = mf_header_addresses(c->arena, field(c, "From"), &count);
    assert_int_equal(count, 2);
    assert_string_equal(from[1], "b@y");
    assert_non_null(strstr(field(c, "From"), "Jörg Müller"));
}

static void what_no_header_can_hold_is_refused_with_its_name(void **state)
{
    struct composed *c = *state;
    const struct mf_compose good = c->wish;
    static const struct { const char *what; struct mf_compose_header header; const char *title; } cases[] = {
        {"a line break", {"X-A", "a\r\nBcc: b"}, "header field X-A has a line break in it"},
        {"a control character", {"X-A", "a\x01"}, "header field X-A has a control character in it"},
        {"no UTF-8", {"X-A", "a\xFF"}, "header field X-A is no valid UTF-8"},
        {"a name with a space", {"X A", "a"}, "\"X A\" is no name of a header field"},
        {"a name with a colon", {"X:", "a"}, "\"X:\" is no name of a header field"},
        {"no name", {"", "a"}, "\"\" is no name of a header field"},
        {"our mark", {"x-mailflow", "a"}, "header field X-Mailflow is the harness's own mark; it can't be given"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        c->wish = good;
        c->wish.headers = &cases[i].header;
        c->wish.header_count = 1;
        assert_int_equal(try_compose(c), -1);
        assert_string_equal(c->trouble.title, cases[i].title);
        assert_int_equal(c->out.len, 0);
    }
    c->wish = good;
    c->wish.subject = "a\nb";
    assert_int_equal(try_compose(c), -1);
    assert_string_equal(c->trouble.title, "header field Subject has a line break in it");
    c->wish = good;
    c->wish.from_name = "a\nb";
    assert_int_equal(try_compose(c), -1);
    c->wish = good;
    c->wish.from = "a@b>\r\nX: y <";
    assert_int_equal(try_compose(c), -1);
    c->wish = good;
    c->wish.token = "no good";
    assert_int_equal(try_compose(c), -1);
}

static void texts_come_back_as_they_were_given(void **state)
{
    struct composed *c = *state;
    c->wish.token = "tok";
    static const struct { const char *what, *text, *encoding; } cases[] = {
        {"short ASCII", "a\nb tok\n", "7bit"},
        {"a line of 76", "tok4567890123456789012345678901234567890123456789012345678901234567890123456\n", "7bit"},
        {"a line of 77", "tok45678901234567890123456789012345678901234567890123456789012345678901234567\n", "quoted-printable"},
        {"space at the end of a line", "a \ntok\t\n", "quoted-printable"},
        {"a dot at the start", ".\n..tok\n", "quoted-printable"},
        {"From at the start", "From tok\n", "quoted-printable"},
        {"a few umlauts", "Grüße an alle, die das hier lesen tok\n", "quoted-printable"},
        {"mostly not ASCII", "これは長い文です。これは長い文です。 tok\n", "base64"},
        {"equals signs", "a=b=c= tok\nü", "quoted-printable"},
        {"a control character", "tok \x1b[0m\n", "quoted-printable"},
        {"what looks like our boundary", "tok\n--=_mf.tok.1--\n", "quoted-printable"},
        {"empty lines", "\n\ntok\n\n\n", "7bit"},
        {"a tab", "\ttok\n", "7bit"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        c->wish.text = cases[i].text;
        compose(c);
        assert_well_formed(c, 76);
        const char *wanted = mf_format(c->arena, "%s%s", cases[i].text, mf_ends_nocase(cases[i].text, "\n") ? "" : "\n");
        const char *text = mf_message_text(c->arena, c->message);
        if (!mf_same(text, wanted) || !mf_same(field(c, "Content-Transfer-Encoding"), cases[i].encoding))
            fail_msg("%s: %s\n%s", cases[i].what, field(c, "Content-Transfer-Encoding"), text);
    }
    c->wish.text = "a\r\nb\rtok";
    compose(c);
    assert_string_equal(body(c), "a\r\nb\r\ntok\r\n");
}

static void html_and_files_make_the_right_tree(void **state)
{
    struct composed *c = *state;
    static const struct mf_compose_file files[] = {
        {"logo.png", {"\x89PNG\0\r\n", 7}, true},
        {"Rechnung für Jörg – eine recht lange Bezeichnung, die gefaltet werden muss.pdf", {"%PDF", 4}, false},
        {"empty", {NULL, 0}, false},
    };
    c->wish.html = "<p>Grüße <img src=\"cid:logo.png\"> cid:other.png</p>";
    c->wish.files = files;
    c->wish.file_count = 3;
    compose(c);
    assert_well_formed(c, 76);
    struct mf_part *parts;
    size_t count = mf_message_parts(c->arena, c->message, &parts);
    assert_int_equal(count, 5);
    static const struct { const char *type, *disposition; int depth; } wanted[] = {
        {"text/plain", NULL, 3}, {"text/html", NULL, 3}, {"image/png", "inline", 2},
        {"application/pdf", "attachment", 1}, {"application/octet-stream", "attachment", 1},
    };
    for (size_t i = 0; i < count; ++i) {
        assert_string_equal(parts[i].type, wanted[i].type);
        assert_true(mf_same(parts[i].disposition, wanted[i].disposition));
        assert_int_equal(parts[i].depth, wanted[i].depth);
        assert_false(parts[i].damaged);
        if (i >= 2) {
            assert_string_equal(parts[i].file_name, files[i - 2].name);
            assert_true(mf_bytes_equal(parts[i].content, files[i - 2].bytes));
        }
    }
    assert_string_equal(parts[2].content_id, "logo.png@net-it.com");
    assert_true(mf_bytes_equal(parts[1].content,
                               mf_bytes_of("<p>Grüße <img src=\"cid:logo.png@net-it.com\"> cid:other.png</p>\r\n")));
}

static void padding_reaches_the_very_octet(void **state)
{
    struct composed *c = *state;
    const char *const texts[] = {"short", "Grüße und mehr", "これは長い文です。これは長い文です。", NULL};
    static const struct mf_compose_file file = {"a.bin", {"abc", 3}, false};
    for (size_t t = 0; t < 4; ++t) {
        c->wish.text = texts[t];
        c->wish.html = t == 2 ? "<p>x" : NULL;
        c->wish.files = &file;
        c->wish.file_count = t == 3;
        c->wish.size = 1;
        assert_int_equal(try_compose(c), -1);
        size_t least = strtoul(strstr(c->trouble.title, "has ") + 4, NULL, 10);
        for (size_t more = 0; more < 5000; more += more < 400 ? 1 : 37) {
            c->wish.size = least + more;
            compose(c);
            assert_int_equal(c->out.len, least + more);
            assert_well_formed(c, 76);
        }
        c->wish.size = 9000001;
        compose(c);
        assert_int_equal(c->out.len, 9000001);
        assert_true(mf_starts(mf_message_text(c->arena, c->message), texts[t] ? texts[t] : "mailflow test message"));
    }
}

static void a_size_too_small_is_told_with_the_least(void **state)
{
    struct composed *c = *state;
    c->wish.size = 100;
    assert_int_equal(try_compose(c), -1);
    assert_non_null(strstr(c->trouble.title, "more than the size of 100"));
    assert_non_null(strstr(c->trouble.hint, "Ask for at least"));
}

static void a_message_larger_than_its_place_is_trouble(void **state)
{
    struct composed *c = *state;
    mf_text_init(&c->out, 300);
    assert_int_equal(try_compose(c), -1);
    assert_non_null(strstr(c->trouble.title, "larger than the 300 octets"));
}

#define TEMPLATE_HEAD "From: T <t@x>\nSubject: from\n the template\nX-Mailflow: run=old\nMessage-ID: <old@x>\n"

static void a_template_keeps_its_bytes_and_gets_marks(void **state)
{
    struct composed *c = *state;
    c->wish.template_bytes = MF_BYTES(TEMPLATE_HEAD "\nbody\n.\nline two");
    compose(c);
    assert_string_equal(field(c, "From"), "T <t@x>");
    assert_string_equal(raw_field(c, "Subject"), "Subject: from\r\n the template\r\n");
    assert_string_equal(body(c), "body\r\n.\r\nline two\r\n");
    assert_string_equal(field(c, "Message-ID"), "<mf.7f3a.0123456789abcdef.1@net-it.com>");
    assert_int_equal(mf_message_header_count(c->message, "X-Mailflow"), 1);
    assert_true(mf_starts(field(c, "X-Mailflow"), "run=7f3a;"));
    assert_int_equal(mf_message_header_count(c->message, "Date"), 1);
    assert_string_equal(field(c, "Auto-Submitted"), "auto-generated");
    assert_int_equal(mf_message_header_count(c->message, "MIME-Version"), 0);
}

static void a_template_s_own_message_id_stays_when_it_has_the_token(void **state)
{
    struct composed *c = *state;
    c->wish.template_bytes = MF_BYTES("Message-ID: <app-" TOKEN "@x>\r\nFrom: a@b\r\nDate: now\r\n\r\n");
    compose(c);
    assert_string_equal(c->message_id, "<app-" TOKEN "@x>");
    assert_string_equal(field(c, "Message-ID"), "<app-" TOKEN "@x>");
    assert_string_equal(field(c, "Date"), "now");
}

static void given_headers_win_over_the_template_s(void **state)
{
    struct composed *c = *state;
    static const struct mf_compose_header given[] = {{"Subject", "given"}, {"X-New", "1"}, {"Message-ID", "<given@x>"}};
    c->wish.template_bytes = MF_BYTES(TEMPLATE_HEAD "Subject: again\n\nbody\n");
    c->wish.headers = given;
    c->wish.header_count = 3;
    compose(c);
    assert_int_equal(mf_message_header_count(c->message, "Subject"), 1);
    assert_string_equal(field(c, "Subject"), "given");
    assert_string_equal(field(c, "X-New"), "1");
    assert_string_equal(field(c, "Message-ID"), "<given@x>");
    assert_string_equal(c->message_id, "<given@x>");
}

static void templates_are_padded_too(void **state)
{
    struct composed *c = *state;
    static const char *const templates[] = {
        TEMPLATE_HEAD "\nbody\n",
        TEMPLATE_HEAD "MIME-Version: 1.0\nContent-Transfer-Encoding: base64\n\nYWJj\n",
        TEMPLATE_HEAD "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\none\n--b--\n",
    };
    for (size_t t = 0; t < 3; ++t)
        for (size_t size = 1000; size < 1200; ++size) {
            c->wish.template_bytes = mf_bytes_of(templates[t]);
            c->wish.size = size;
            compose(c);
            assert_int_equal(c->out.len, size);
            struct mf_part *parts;
            assert_int_equal(mf_message_parts(c->arena, c->message, &parts), 1);
            assert_false(parts[0].damaged);
            if (t > 0)
                assert_true(mf_bytes_equal(parts[0].content, mf_bytes_of(t == 1 ? "abc" : "one")));
        }
}

static void a_template_with_a_broken_header_is_refused(void **state)
{
    struct composed *c = *state;
    c->wish.template_bytes = MF_BYTES("From a@b Mon Nov 23\nSubject: x\n\nbody");
    assert_int_equal(try_compose(c), -1);
    assert_non_null(strstr(c->trouble.title, "no header field"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, composed_set_up, composed_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_short_text_makes_this_very_message),
        TEST(the_token_line_is_left_out_where_the_text_has_the_token),
        TEST(a_given_subject_is_not_altered),
        TEST(one_word_without_end_stays_below_998_characters),
        TEST(display_names_are_quoted_or_encoded_where_they_must_be),
        TEST(recipients_are_listed_and_folded),
        TEST(given_headers_replace_ours_or_are_added),
        TEST(what_no_header_can_hold_is_refused_with_its_name),
        TEST(texts_come_back_as_they_were_given),
        TEST(html_and_files_make_the_right_tree),
        TEST(padding_reaches_the_very_octet),
        TEST(a_size_too_small_is_told_with_the_least),
        TEST(a_message_larger_than_its_place_is_trouble),
        TEST(a_template_keeps_its_bytes_and_gets_marks),
        TEST(a_template_s_own_message_id_stays_when_it_has_the_token),
        TEST(given_headers_win_over_the_template_s),
        TEST(templates_are_padded_too),
        TEST(a_template_with_a_broken_header_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
