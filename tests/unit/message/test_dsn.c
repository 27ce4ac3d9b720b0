/* Bounces of many servers, read: what is one, about whom, and what it says. */
#include "unit/test.h"

#include "mailflow/dsn.h"

static struct mf_arena *arena;

static int open_arena(void **state)
{
    (void)state;
    arena = mf_arena_new();
    return 0;
}

static int close_arena(void **state)
{
    (void)state;
    mf_arena_free(&arena);
    return 0;
}

static const struct mf_dsn *read(const char *raw)
{
    return mf_message_dsn(arena, mf_message_parse(arena, mf_bytes_of(raw)));
}

static void says(const struct mf_dsn_recipient *recipient, const char *final, const char *action, const char *status,
                 const char *diagnostic)
{
    assert_string_equal(recipient->final, final);
    assert_string_equal(recipient->action, action);
    assert_string_equal(recipient->status, status);
    assert_string_equal(recipient->diagnostic, diagnostic);
}

#define REPORT(fields)                                                                                          \
    "Return-Path: <>\r\nFrom: MAILER-DAEMON@mx.example.org\r\nSubject: Undelivered Mail Returned to Sender\r\n" \
    "Content-Type: multipart/report; report-type=delivery-status;\r\n\tboundary=\"b\"\r\nMIME-Version: 1.0\r\n\r\n" \
    "--b\r\nContent-Type: text/plain\r\n\r\nIt did not work.\r\n"                                               \
    "--b\r\nContent-Type: message/delivery-status\r\n\r\n" fields                                               \
    "\r\n--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <x@net-it.com>\r\n\r\n--b--\r\n"

static void postfix_says_it_by_the_book(void **state)
{
    (void)state;
    const struct mf_dsn *dsn =
        read(REPORT("Reporting-MTA: dns; mx.example.org\r\nX-Postfix-Queue-ID: 4XyZ\r\nOriginal-Envelope-Id: run+2D7\r\n\r\n"
                    "Final-Recipient: rfc822; bob@example.org\r\nOriginal-Recipient: rfc822;Bob@example.org\r\nAction: failed\r\n"
                    "Status: 5.1.1\r\nRemote-MTA: dns; inner.example.org\r\nDiagnostic-Code: smtp; 550 5.1.1 <bob@example.org>: Recipient\r\n"
                    "    address rejected: User unknown\r\n"));
    assert_non_null(dsn);
    assert_true(dsn->standard);
    assert_string_equal(dsn->reporting_mta, "mx.example.org");
    assert_string_equal(dsn->envelope_id, "run-7"); /* xtext, RFC 3461 4 */
    assert_int_equal(dsn->recipient_count, 1);
    says(&dsn->recipients[0], "bob@example.org", "failed", "5.1.1",
         "550 5.1.1 <bob@example.org>: Recipient address rejected: User unknown");
    assert_string_equal(dsn->recipients[0].original, "Bob@example.org");
    assert_string_equal(dsn->recipients[0].remote_mta, "inner.example.org");
}

static void each_recipient_has_a_group_of_his_own(void **state)
{
    (void)state;
    const struct mf_dsn *dsn = read(REPORT("Reporting-MTA: dns; mx.example.org\r\n\r\n"
                                           "Final-Recipient: rfc822; a@example.org\r\nAction: failed\r\nStatus: 5.2.2\r\n\r\n"
                                           "Final-Recipient: RFC822; <b@example.org>\r\nAction: Delayed (still trying)\r\nStatus: 4.4.1 (no answer)\r\n"));
    assert_int_equal(dsn->recipient_count, 2);
    says(&dsn->recipients[0], "a@example.org", "failed", "5.2.2", "");
    says(&dsn->recipients[1], "b@example.org", "delayed", "4.4.1", "");
}

static void a_report_that_says_nothing_is_a_bounce_all_the_same(void **state)
{
    (void)state;
    const struct mf_dsn *dsn = read(REPORT(""));
    assert_non_null(dsn);
    assert_int_equal(dsn->recipient_count, 1);
    says(&dsn->recipients[0], "", "failed", "", "");
}

static void qmail_writes_words_only(void **state)
{
    (void)state;
    const struct mf_dsn *dsn =
        read("Return-Path: <>\r\nFrom: MAILER-DAEMON@mail.example.net\r\nTo: alice@net-it.com\r\nSubject: failure notice\r\n\r\n"
             "Hi. This is the qmail-send program at mail.example.net.\r\nI'm afraid I wasn't able to deliver your message.\r\n\r\n"
             "<bob@example.net>:\r\n192.0.2.1 does not like recipient.\r\nRemote host said: 550 5.1.1 no such user\r\n\r\n"
             "<carol@example.net>:\r\nSorry, no mailbox here by that name. (#5.1.1)\r\n\r\n"
             "--- Below this line is a copy of the message.\r\n\r\nSubject: x\r\n");
    assert_non_null(dsn);
    assert_false(dsn->standard);
    assert_int_equal(dsn->recipient_count, 2);
    says(&dsn->recipients[0], "bob@example.net", "failed", "5.1.1",
         "192.0.2.1 does not like recipient. Remote host said: 550 5.1.1 no such user");
    says(&dsn->recipients[1], "carol@example.net", "failed", "5.1.1", "Sorry, no mailbox here by that name. (#5.1.1)");
}

static void exim_names_the_recipient_in_a_field(void **state)
{
    (void)state;
    const struct mf_dsn *dsn =
        read("Return-path: <>\r\nX-Failed-Recipients: bob@example.net\r\nAuto-Submitted: auto-replied\r\n"
             "From: Mail Delivery System <Mailer-Daemon@mail.example.net>\r\nSubject: Mail delivery failed: returning message to sender\r\n\r\n"
             "This message was created automatically by mail delivery software.\r\n\r\n  bob@example.net\r\n    Unrouteable address\r\n\r\n"
             "------ This is a copy of the message ------\r\n");
    assert_non_null(dsn);
    says(&dsn->recipients[0], "bob@example.net", "failed", "", "Unrouteable address");
}

static void a_report_flattened_to_text_is_known_by_sender_and_subject(void **state)
{
    (void)state;
    const struct mf_dsn *dsn = read("From: MAILER-DAEMON@mx.example.org (Mail Delivery System)\r\nSubject: Undelivered Mail Returned to Sender\r\n\r\n"
                                    "This is the mail system at host mx.example.org.\r\n\r\n"
                                    "<bob@example.org>: host inner.example.org[192.0.2.7] said: 554 5.7.1 no (in reply\r\n    to RCPT TO command)\r\n");
    assert_non_null(dsn);
    says(&dsn->recipients[0], "bob@example.org", "failed", "5.7.1",
         "host inner.example.org[192.0.2.7] said: 554 5.7.1 no (in reply to RCPT TO command)");
}

static void what_is_no_bounce_for_certain_is_none(void **state)
{
    (void)state;
    static const char *const mails[] = {
        /* somebody writes about a bounce */
        "From: bob@example.org\r\nSubject: Undeliverable: your mail\r\nReturn-Path: <bob@example.org>\r\n\r\nI got this back.\r\n",
        /* a machine writes about something else */
        "From: MAILER-DAEMON@example.org\r\nSubject: quota report\r\n\r\n<bob@example.org>: 90 %\r\n",
        /* an answer made by a machine: null return path */
        "Return-Path: <>\r\nFrom: bob@example.org\r\nSubject: Out of office\r\nAuto-Submitted: auto-replied\r\n\r\nBack on Monday.\r\n",
        /* another kind of report: read receipt */
        "From: bob@example.org\r\nContent-Type: multipart/report; report-type=disposition-notification; boundary=b\r\n\r\n--b--\r\n",
        "",
        "\r\n",
        "X-Failed-Recipients: a@example.org\r\nFrom: bob@example.org\r\n\r\n",
    };
    for (size_t i = 0; i < sizeof mails / sizeof *mails; i++)
        if (read(mails[i]))
            fail_msg("taken for a bounce: %s", mails[i]);
}

static void an_address_of_the_internet_is_no_status(void **state)
{
    (void)state;
    const struct mf_dsn *dsn = read("Return-Path: <>\r\nFrom: postmaster@example.org\r\nSubject: Returned mail: see transcript\r\n\r\n"
                                    "<bob@example.org>: 5.6.7.8 and 2.0.0.1 and 4.4.1: connection timed out\r\n");
    assert_string_equal(dsn->recipients[0].status, "4.4.1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(postfix_says_it_by_the_book, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(each_recipient_has_a_group_of_his_own, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(a_report_that_says_nothing_is_a_bounce_all_the_same, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(qmail_writes_words_only, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(exim_names_the_recipient_in_a_field, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(a_report_flattened_to_text_is_known_by_sender_and_subject, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(what_is_no_bounce_for_certain_is_none, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(an_address_of_the_internet_is_no_status, open_arena, close_arena),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
