/* What was changed between two states of a message: each kind told by its name, and nothing else. */
#include "unit/test.h"

#include "mailflow/changes.h"

static struct mf_arena *arena;

static int set_up(void **state)
{
    (void)state;
    arena = mf_arena_new();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    mf_arena_free(&arena);
    return 0;
}

#define FIELDS "From: a@b.example\r\nSubject: hello\r\nMessage-ID: <1@b.example>\r\n"
#define TEXT "Content-Type: text/plain; charset=utf-8\r\n"
#define SENT FIELDS TEXT "\r\nOne line.\r\nSee https://a.example/x and\r\nbye.\r\n"

/* The kinds of all changes but the usual trace, as "kind: what", one after the other. */
static const char *told(const char *before, const char *after)
{
    const struct mf_changes *changes = mf_changes_find(arena, mf_message_parse(arena, mf_bytes_of(before)),
                                                       mf_message_parse(arena, mf_bytes_of(after)));
    const char *all = "";
    for (size_t i = 0; i < changes->count; i++) {
        const struct mf_change *change = &changes->items[i];
        assert_true(change->text && *change->text);
        if (!change->is_trace)
            all = mf_format(arena, "%s%s%s%s%s", all, *all ? ", " : "", mf_change_name(change->kind),
                            *change->what ? ": " : "", change->what);
    }
    return all;
}

static void each_change_is_told_by_its_name(void **state)
{
    (void)state;
#define PLAIN "the text/plain part"
#define MULTI FIELDS "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" TEXT "\r\nText.\r\n"
#define FILE_A                                                                                                         \
    "--b\r\nContent-Type: application/pdf; name=a.pdf\r\nContent-Disposition: attachment; "                            \
    "filename=a.pdf\r\n\r\nPDF\r\n"
#define FILE_A_RENAMED                                                                                                 \
    "--b\r\nContent-Type: application/pdf; name=a.pd_\r\nContent-Disposition: attachment; "                            \
    "filename=a.pd_\r\n\r\nPDF\r\n"
#define HTML "the text/html part"
#define PAGE(body) FIELDS "Content-Type: text/html\r\n\r\n<html><body>" body "</body></html>\r\n"
#define FILE_B                                                                                                         \
    "--b\r\nContent-Type: application/pdf; name=a.pdf\r\nContent-Disposition: attachment; "                            \
    "filename=a.pdf\r\n\r\nOther\r\n"
#define NOTICE                                                                                                         \
    "--b\r\nContent-Type: text/html\r\nContent-Disposition: attachment; filename=removed.html\r\n\r\nremoved\r\n"
    static const struct {
        const char *name, *before, *after, *told;
    } cases[] = {
        {"nothing", SENT, SENT, ""},
        {"trace only", SENT, "Received: from x by y; z\r\nX-Spam: no\r\nReturn-Path: <a@b.example>\r\n" SENT, ""},
        {"a field added", SENT, "List-Id: <x>\r\n" SENT, "field added: List-Id"},
        {"a field removed", "Reply-To: x@y.example\r\n" SENT, SENT, "field removed: Reply-To"},
        {"the subject tagged", SENT,
         "From: a@b.example\r\nSubject: [EXT] hello\r\nMessage-ID: <1@b.example>\r\n" TEXT
         "\r\nOne line.\r\nSee https://a.example/x and\r\nbye.\r\n",
         "field rewritten: Subject"},
        {"a field folded", "Subject: one two\r\n\r\nx\r\n", "Subject: one\r\n two\r\n\r\nx\r\n",
         "field refolded: Subject"},
        {"a field's name in capitals", "Subject: one\r\n\r\nx\r\n", "SUBJECT: one\r\n\r\nx\r\n",
         "field refolded: Subject"},
        {"a field encoded", "Subject: gr\xC3\xBC\xC3\x9F\r\n\r\nx\r\n",
         "Subject: =?utf-8?q?gr=C3=BC=C3=9F?=\r\n\r\nx\r\n", "field re-encoded: Subject"},
        {"a footer", SENT, SENT "-- \r\nThis mail is confidential.\r\n", "footer appended: " PLAIN},
        {"a banner", SENT, FIELDS TEXT "\r\nCAUTION: external\r\nOne line.\r\nSee https://a.example/x and\r\nbye.\r\n",
         "banner prepended: " PLAIN},
        {"text inside", SENT, FIELDS TEXT "\r\nOne line.\r\nAdvert.\r\nSee https://a.example/x and\r\nbye.\r\n",
         "text inserted: " PLAIN},
        {"a link", SENT,
         FIELDS TEXT "\r\nOne line.\r\nSee https://safe.example/?u=https%3A%2F%2Fa.example%2Fx and\r\nbye.\r\n",
         "links rewritten: " PLAIN},
        {"words", SENT, FIELDS TEXT "\r\nTwo lines.\r\nSee nothing and\r\nbye.\r\n", "text changed: " PLAIN},
        {"trailing blanks", SENT, FIELDS TEXT "\r\nOne line.  \r\nSee https://a.example/x and\r\nbye.\r\n\r\n",
         "trailing blanks changed: " PLAIN},
        {"line ends", "Subject: x\r\n\r\nx\r\ny\r\n", "Subject: x\n\nx\ny\n", "line ends changed"},
        {"quoted-printable", FIELDS TEXT "Content-Transfer-Encoding: 8bit\r\n\r\ngr\xC3\xBC\xC3\x9F\r\n",
         FIELDS TEXT "Content-Transfer-Encoding: quoted-printable\r\n\r\ngr=C3=BC=C3=9F\r\n",
         "field rewritten: Content-Transfer-Encoding, body re-encoded: " PLAIN},
        {"another charset's name", FIELDS TEXT "\r\ngr\xC3\xBC\xC3\x9F\r\n",
         FIELDS "Content-Type: text/plain; charset=iso-8859-1\r\n\r\ngr\xC3\xBC\xC3\x9F\r\n",
         "field rewritten: Content-Type, character set changed: " PLAIN},
        {"an attachment gone", MULTI FILE_A "--b--\r\n", MULTI "--b--\r\n", "part removed: the attachment a.pdf"},
        {"an attachment exchanged", MULTI FILE_A "--b--\r\n", MULTI FILE_B "--b--\r\n",
         "part replaced: the attachment a.pdf"},
        {"a notice in its place", MULTI FILE_A "--b--\r\n", MULTI NOTICE "--b--\r\n",
         "part replaced: the attachment a.pdf"},
        {"an attachment added", MULTI "--b--\r\n", MULTI FILE_A "--b--\r\n", "part added: the attachment a.pdf"},
        {"an attachment renamed", MULTI FILE_A "--b--\r\n", MULTI FILE_A_RENAMED "--b--\r\n",
         "part renamed: the attachment a.pdf"},
        {"a banner and a footer", SENT,
         FIELDS TEXT "\r\nCAUTION\r\nOne line.\r\nSee https://a.example/x and\r\nbye.\r\nScanned.\r\n",
         "banner prepended: " PLAIN ", footer appended: " PLAIN},
        {"a banner in HTML", PAGE("<p>Hi</p>"), PAGE("<div style='x'>CAUTION</div><p>Hi</p>"),
         "banner prepended: " HTML},
        {"a footer in HTML", PAGE("<p>Hi</p>"), PAGE("<p>Hi</p><p>Scanned</p>"), "footer appended: " HTML},
        {"text inside HTML", PAGE("<p>Hi</p><p>bye</p>"), PAGE("<p>Hi</p><p>ad</p><p>bye</p>"), "text inserted: " HTML},
        {"a style sheet in HTML is in front of all that is seen", PAGE("<p>Hi</p>"),
         PAGE("<style>p {x: y}</style><p>Hi</p>"), "banner prepended: " HTML},
        {"format=flowed undone", FIELDS TEXT "\r\nOne long \r\nline.\r\n", FIELDS TEXT "\r\nOne long line.\r\n",
         "body re-encoded: " PLAIN},
        {"wrapped anew", SENT, FIELDS TEXT "\r\nOne\r\nline. See\r\nhttps://a.example/x and bye.\r\n",
         "body re-encoded: " PLAIN},
        {"the quoting of mbox files", FIELDS TEXT "\r\nHi\r\nFrom here\r\nbye\r\n",
         FIELDS TEXT "\r\nHi\r\n>From here\r\nbye\r\n", "text changed: " PLAIN},
        {"a dot that was doubled", FIELDS TEXT "\r\n.Hi\r\n", FIELDS TEXT "\r\n..Hi\r\n", "text changed: " PLAIN},
        {"a journal report", SENT,
         "From: journal@b.example\r\nSubject: report\r\nContent-Type: multipart/mixed; "
         "boundary=j\r\n\r\n--j\r\nContent-Type: text/plain\r\n\r\nSender: a\r\n--j\r\nContent-Type: "
         "message/rfc822\r\n\r\n" SENT "\r\n--j--\r\n",
         "wrapped in a report"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (strcmp(told(cases[i].before, cases[i].after), cases[i].told) != 0)
            fail_msg("%s: \"%s\", not \"%s\"", cases[i].name, told(cases[i].before, cases[i].after), cases[i].told);
}

static void a_field_added_on_top_of_one_of_its_name_leaves_the_old_one_alone(void **state)
{
    (void)state;
    assert_string_equal(told("Comments: one\r\nComments: two\r\n\r\nx\r\n",
                             "Comments: new\r\nComments: one\r\nComments: two\r\n\r\nx\r\n"),
                        "field added: Comments");
}

static void the_exhibit_shows_what_was_and_what_is(void **state)
{
    (void)state;
    const struct mf_changes *changes =
        mf_changes_find(arena, mf_message_parse(arena, MF_BYTES("Subject: hello\r\n\r\nx\r\n")),
                        mf_message_parse(arena, MF_BYTES("Subject: [T] hello\r\n\r\nx\r\n")));
    assert_int_equal(changes->count, 1);
    assert_string_equal(changes->items[0].exhibit, "- Subject: hello\n+ Subject: [T] hello\n");
    assert_true(changes->items[0].is_visible);
}

static void what_was_inserted_is_told_in_words_that_a_reader_sees(void **state)
{
    (void)state;
    static const struct {
        const char *before, *after, *wanted;
    } cases[] = {
        {PAGE("<p>Hi</p>"), PAGE("<div style='x'><b>CAUTION</b>: external</div><p>Hi</p>"), "\"CAUTION: external\""},
        {FIELDS TEXT "\r\n\xC3\xBC\r\n", FIELDS TEXT "\r\n\xC3\xA4\xC3\xB6\xC3\xBC\r\n", "\"\xC3\xA4\xC3\xB6\""},
        {FIELDS TEXT "\r\nFrom a\r\n", FIELDS TEXT "\r\n>From a\r\n", "mbox"},
        {FIELDS TEXT "\r\n.a\r\n", FIELDS TEXT "\r\n..a\r\n", "SMTP doubles"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct mf_changes *changes = mf_changes_find(arena, mf_message_parse(arena, mf_bytes_of(cases[i].before)),
                                                           mf_message_parse(arena, mf_bytes_of(cases[i].after)));
        assert_int_equal(changes->count, 1);
        if (!strstr(changes->items[0].text, cases[i].wanted))
            fail_msg("\"%s\" lacks %s", changes->items[0].text, cases[i].wanted);
    }
}

static void odd_messages_are_survived(void **state)
{
    (void)state;
    static const char *const odd[] = {
        "", "\n", "x", ":\n\n", "Content-Type: multipart/mixed; boundary=b\n\n--b\n--b\n--b", "Subject:\n\n\xff\xfe"};
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
        for (size_t k = 0; k < sizeof odd / sizeof *odd; k++)
            assert_non_null(told(odd[i], odd[k]));
    assert_string_equal(told("", ""), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_change_is_told_by_its_name, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_field_added_on_top_of_one_of_its_name_leaves_the_old_one_alone, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(the_exhibit_shows_what_was_and_what_is, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_was_inserted_is_told_in_words_that_a_reader_sees, set_up, tear_down),
        cmocka_unit_test_setup_teardown(odd_messages_are_survived, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
