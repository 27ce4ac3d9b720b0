/* Replies of SMTP servers, as they are and as they should be. */
#include "transport_test.h"

#include "transport/smtp_internal.h"

static enum mf_reply_state read_lines(struct mf_smtp_reply *reply, const char *lines)
{
    enum mf_reply_state state = MF_REPLY_MORE;
    mf_smtp_reply_begin(reply);
    while (*lines && state == MF_REPLY_MORE) {
        size_t len = strcspn(lines, "\n") + 1;
        state = mf_smtp_reply_line(reply, lines, len);
        lines += len;
    }
    return state;
}

static void replies_are_taken_apart(void **state)
{
    (void)state;
    static const struct { const char *lines; int code; const char *enhanced, *text; } cases[] = {
        {"250 2.1.0 Ok\r\n", 250, "2.1.0", "Ok"},
        {"250 Ok\r\n", 250, "", "Ok"},
        {"250\r\n", 250, "", ""},
        {"250 \r\n", 250, "", ""},
        {"250-2.0.0 one\r\n250 2.0.0 two\r\n", 250, "2.0.0", "one two"},
        {"550-5.1.1 The account\r\n550-5.1.1 does not exist.\r\n550 5.1.1 bye\r\n", 550, "5.1.1", "The account does not exist. bye"},
        {"550 5.1.1\r\n", 550, "5.1.1", ""},
        {"550 5.1.1<bob>\r\n", 550, "", "5.1.1<bob>"},
        {"450 4.7.100 x\r\n", 450, "4.7.100", "x"},
        {"550 5.1.1000 x\r\n", 550, "", "5.1.1000 x"},
        {"550 5.1 x\r\n", 550, "", "5.1 x"},
        {"250 3.1.4 pi\r\n", 250, "", "3.1.4 pi"},
        {"554 10.0.0.1 is listed\r\n", 554, "", "10.0.0.1 is listed"},
        {"250 LF only\n", 250, "", "LF only"},
        {"250 tab\there\x01\x7f\r\n", 250, "", "tab here??"},
        {"250 \xc3\xa4\xff\r\n", 250, "", "\xc3\xa4?"},
    };
    struct mf_smtp_reply reply;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(read_lines(&reply, cases[i].lines), MF_REPLY_COMPLETE);
        assert_int_equal(reply.code, cases[i].code);
        assert_string_equal(reply.enhanced, cases[i].enhanced);
        assert_string_equal(reply.text, cases[i].text);
    }
}

static void what_is_no_reply_is_garbage_and_its_words_are_kept(void **state)
{
    (void)state;
    static const char *const cases[] = {"hello\r\n", "25 0\r\n", "250x\r\n", "\r\n", "199 no\r\n", "600 no\r\n", "250-a\r\n550 b\r\n", "-250 x\r\n"};
    struct mf_smtp_reply reply;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(read_lines(&reply, cases[i]), MF_REPLY_GARBAGE);
    read_lines(&reply, "SSH-2.0-x\r\n");
    assert_string_equal(reply.text, "SSH-2.0-x");
}

static void a_reply_without_end_stays_within_its_bounds(void **state)
{
    (void)state;
    struct mf_smtp_reply reply;
    char line[3000];
    memset(line, 'y', sizeof line);
    memcpy(line, "250-", 4);
    mf_smtp_reply_begin(&reply);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(mf_smtp_reply_line(&reply, line, sizeof line), MF_REPLY_MORE);
    assert_int_equal(strlen(reply.text), sizeof reply.text - 1);
}

static void the_queue_id_of_the_usual_servers_is_found(void **state)
{
    (void)state;
    static const struct { const char *text, *id; } cases[] = {
        {"Ok: queued as 4F2A13C0B1", "4F2A13C0B1"},
        {"Ok: queued as 4Z3bQW0xJpz9sRf", "4Z3bQW0xJpz9sRf"},
        {"OK id=1tEXyz-0000AB-2C", "1tEXyz-0000AB-2C"},
        {"OK id=1tEXyz-00000000AB-2CdE.", "1tEXyz-00000000AB-2CdE"},
        {"4AN2E7gb012345 Message accepted for delivery", "4AN2E7gb012345"},
        {"<abc@x> [InternalId=1234567890123, Hostname=AM0PR01.prod.outlook.com] 9000 bytes in 0.1, 10 KB/sec Queued mail for delivery", "1234567890123"},
        {"OK  1700000000 d2e1a72fcca58-724beeb9a7dsi12345b3a.12 - gsmtp", "d2e1a72fcca58-724beeb9a7dsi12345b3a.12"},
        {"Ok: queued as <A1B2C3>", "A1B2C3"},
        {"Thank you", ""},
        {"", ""},
        {"queued as ", ""},
    };
    char id[64];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        mf_smtp_find_queue_id(cases[i].text, id, sizeof id);
        assert_string_equal(id, cases[i].id);
    }
    char text[400] = "queued as ";
    memset(text + 10, 'A', 300);
    mf_smtp_find_queue_id(text, id, sizeof id);
    assert_string_equal(id, "");
}

static void offers_are_known_in_any_case_and_only_as_whole_words(void **state)
{
    (void)state;
    struct mf_smtp_sent seen = {.size_limit = 0};
    static const char *const lines[] = {"size 35882577", "8bitmime", "Auth PLAIN LOGIN", "AUTH=LOGIN", "AUTH XOAUTH2", "STARTTLSX", "DSN", "SMTPUTF8 "};
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        mf_smtp_note_offer(&seen, lines[i], strlen(lines[i]));
    assert_int_equal(seen.size_limit, 35882577);
    assert_true(seen.offers_size && seen.offers_8bitmime && seen.offers_dsn && seen.offers_smtputf8);
    assert_false(seen.offers_starttls);
    assert_string_equal(seen.auth_offered, "PLAIN LOGIN XOAUTH2");
}

static void every_phase_and_stage_has_a_name(void **state)
{
    (void)state;
    assert_string_equal(mf_smtp_phase_name(MF_SMTP_END_OF_DATA), "END-OF-DATA");
    assert_string_equal(mf_smtp_phase_name(MF_SMTP_RCPT), "RCPT");
    assert_string_equal(mf_stage_name(MF_STAGE_TLS), "TLS");
    for (int i = MF_SMTP_CONNECT; i <= MF_SMTP_END_OF_DATA; i++)
        assert_string_not_equal(mf_smtp_phase_name((enum mf_smtp_phase)i), "unknown");
    for (int i = MF_STAGE_NONE; i <= MF_STAGE_COMMAND; i++)
        assert_string_not_equal(mf_stage_name((enum mf_stage)i), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(replies_are_taken_apart),
        cmocka_unit_test(what_is_no_reply_is_garbage_and_its_words_are_kept),
        cmocka_unit_test(a_reply_without_end_stays_within_its_bounds),
        cmocka_unit_test(the_queue_id_of_the_usual_servers_is_found),
        cmocka_unit_test(offers_are_known_in_any_case_and_only_as_whole_words),
        cmocka_unit_test(every_phase_and_stage_has_a_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
