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
        cmocka_unit_test_setup_teardown(odd_messages_are_survived, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
