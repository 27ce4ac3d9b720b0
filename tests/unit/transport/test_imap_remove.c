/* Removing exactly the messages named. */
#include "imap_test.h"

static struct mailbox *with_messages(struct fake_imap_options options, unsigned count)
{
    struct mailbox *m = mailbox_new(options);
    for (unsigned i = 0; i < count; i++)
        fake_imap_deliver_text(m->server, "INBOX", "x\r\n");
    if (mailbox_open(m) < 0 || mf_imap_select(m->imap, "INBOX", true, &m->window, &m->trouble, &m->d) < 0)
        fail_msg("%s", m->d.title);
    return m;
}

static int remove_these(struct mailbox *m, const unsigned *uids, size_t count)
{
    m->d = (struct mf_diag){.title = ""};
    return mf_imap_remove(m->imap, uids, count, &m->trouble, &m->d);
}

static void just_these_go_with_uidplus_and_marks_of_others_stay(void **state)
{
    (void)state;
    struct mailbox *m = with_messages((struct fake_imap_options){.login_disabled = false}, 5);
    const unsigned ours[] = {2, 4};
    fake_imap_mark(m->server, "INBOX", 3, "\\Deleted"); /* somebody else's business */
    assert_int_equal(remove_these(m, ours, 2), 0);
    assert_int_equal(fake_imap_count(m->server, "INBOX"), 3);
    assert_true(fake_imap_has(m->server, "INBOX", 1) && fake_imap_has(m->server, "INBOX", 3) && fake_imap_has(m->server, "INBOX", 5));
    assert_true(fake_imap_is_marked(m->server, "INBOX", 3, "\\Deleted"));
    char *log = fake_imap_log(m->server);
    assert_contains(log, "UID STORE 2,4 +FLAGS.SILENT (\\Deleted)\nUID EXPUNGE 2,4\n");
    free(log);
    unsigned exists;
    assert_int_equal(mf_imap_noop(m->imap, &exists, &m->trouble, &m->d), 0);
    assert_int_equal(exists, 3);
    mailbox_end(m);
}

static void a_folder_opened_for_reading_is_opened_again_for_writing(void **state)
{
    (void)state;
    struct mailbox *m = with_messages((struct fake_imap_options){.login_disabled = false}, 2);
    const unsigned ours = 1;
    assert_int_equal(mf_imap_select(m->imap, "INBOX", false, &m->window, &m->trouble, &m->d), 0);
    assert_int_equal(remove_these(m, &ours, 1), 0);
    assert_false(fake_imap_has(m->server, "INBOX", 1));
    mailbox_end(m);
}

static void a_folder_made_anew_meanwhile_keeps_everything(void **state)
{
    (void)state;
    struct mailbox *m = with_messages((struct fake_imap_options){.login_disabled = false}, 2);
    const unsigned ours = 1;
    assert_int_equal(mf_imap_select(m->imap, "INBOX", false, &m->window, &m->trouble, &m->d), 0);
    fake_imap_remake(m->server, "INBOX");
    assert_int_equal(remove_these(m, &ours, 1), -1);
    assert_contains(m->d.title, "UIDVALIDITY");
    assert_contains(m->d.title, "nothing was removed");
    assert_int_equal(fake_imap_count(m->server, "INBOX"), 2);
    assert_false(fake_imap_is_marked(m->server, "INBOX", 1, "\\Deleted"));
    mailbox_end(m);
}

static void without_uidplus_they_go_only_when_nobody_elses_would_go_too(void **state)
{
    (void)state;
    struct mailbox *m = with_messages((struct fake_imap_options){.capabilities = "IMAP4rev1"}, 3);
    const unsigned ours[] = {1, 2};
    assert_int_equal(remove_these(m, ours, 2), 0);
    assert_int_equal(fake_imap_count(m->server, "INBOX"), 1);
    mailbox_end(m);
    m = with_messages((struct fake_imap_options){.capabilities = "IMAP4rev1"}, 3);
    fake_imap_mark(m->server, "INBOX", 3, "\\Deleted");
    assert_int_equal(remove_these(m, ours, 2), -1);
    assert_contains(m->d.title, "no UIDPLUS");
    assert_contains(m->d.title, "ours stay, marked as deleted");
    assert_int_equal(fake_imap_count(m->server, "INBOX"), 3);
    assert_true(fake_imap_is_marked(m->server, "INBOX", 1, "\\Deleted"));
    assert_true(mf_imap_alive(m->imap));
    mailbox_end(m);
}

static void without_uidplus_a_search_that_tells_nothing_is_no_permission(void **state)
{
    (void)state;
    struct mailbox *m = with_messages((struct fake_imap_options){.capabilities = "IMAP4rev1", .rules = {{.when = "UID SEARCH", .act = FAKE_SAY, .say = "$T OK Search completed\r\n"}}}, 2);
    const unsigned ours = 1;
    assert_int_equal(remove_these(m, &ours, 1), -1);
    assert_int_equal(fake_imap_count(m->server, "INBOX"), 2);
    mailbox_end(m);
}

static void at_gmail_they_go_through_the_trash_and_our_folder_is_open_again(void **state)
{
    (void)state;
    struct mailbox *m = with_messages((struct fake_imap_options){.capabilities = "IMAP4rev1 UIDPLUS MOVE SPECIAL-USE LIST-EXTENDED X-GM-EXT-1"}, 4);
    const unsigned ours[] = {1, 3};
    unsigned old = fake_imap_deliver_text(m->server, "Trash", "somebody's\r\n"), exists;
    assert_int_equal(remove_these(m, ours, 2), 0);
    assert_int_equal(fake_imap_count(m->server, "INBOX"), 2);
    assert_int_equal(fake_imap_count(m->server, "Trash"), 1);
    assert_true(fake_imap_has(m->server, "Trash", old));
    char *log = fake_imap_log(m->server);
    assert_contains(log, "UID MOVE 1,3 \"Trash\"\n");
    assert_contains(log, "UID EXPUNGE 2,3\n");
    free(log);
    assert_int_equal(mf_imap_noop(m->imap, &exists, &m->trouble, &m->d), 0);
    assert_int_equal(exists, 2); /* of the INBOX */
    mailbox_end(m);
}

static void at_gmail_without_a_trash_nothing_is_touched(void **state)
{
    (void)state;
    struct mailbox *m = with_messages((struct fake_imap_options){.capabilities = "IMAP4rev1 UIDPLUS MOVE X-GM-EXT-1"}, 2);
    const unsigned ours = 1;
    fake_imap_only_inbox(m->server);
    fake_imap_deliver_text(m->server, "INBOX", "x\r\n");
    assert_int_equal(remove_these(m, &ours, 1), -1);
    assert_contains(m->d.title, "no trash folder");
    assert_int_equal(fake_imap_count(m->server, "INBOX"), 1);
    mailbox_end(m);
}

static void a_thousand_go_in_commands_of_bearable_length(void **state)
{
    (void)state;
    struct mailbox *m = with_messages((struct fake_imap_options){.login_disabled = false}, 1000);
    unsigned uids[999];
    for (unsigned i = 0; i < 999; i++)
        uids[i] = i + 2;
    assert_int_equal(remove_these(m, uids, 999), 0);
    assert_int_equal(fake_imap_count(m->server, "INBOX"), 1);
    assert_true(fake_imap_has(m->server, "INBOX", 1));
    char *log = fake_imap_log(m->server);
    for (const char *line = log; *line; line += strcspn(line, "\n") + 1)
        assert_true(strcspn(line, "\n") < 2500);
    free(log);
    mailbox_end(m);
}

static void a_refusal_to_mark_is_told_and_nothing_is_expunged(void **state)
{
    (void)state;
    struct mailbox *m = with_messages((struct fake_imap_options){.rules = {{.when = "UID STORE", .act = FAKE_SAY, .say = "$T NO [NOPERM] not your folder\r\n"}}}, 2);
    const unsigned ours = 1;
    assert_int_equal(remove_these(m, &ours, 1), -1);
    assert_contains(m->d.title, "the server refused STORE: [NOPERM] not your folder");
    char *log = fake_imap_log(m->server);
    assert_lacks(log, "EXPUNGE");
    free(log);
    mailbox_end(m);
}

static void nothing_to_remove_is_nothing_said(void **state)
{
    (void)state;
    struct mailbox *m = with_messages((struct fake_imap_options){.login_disabled = false}, 1);
    char *before = fake_imap_log(m->server);
    assert_int_equal(remove_these(m, NULL, 0), 0);
    char *after = fake_imap_log(m->server);
    assert_string_equal(before, after);
    free(before);
    free(after);
    mailbox_end(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(just_these_go_with_uidplus_and_marks_of_others_stay),
        cmocka_unit_test(a_folder_opened_for_reading_is_opened_again_for_writing),
        cmocka_unit_test(a_folder_made_anew_meanwhile_keeps_everything),
        cmocka_unit_test(without_uidplus_they_go_only_when_nobody_elses_would_go_too),
        cmocka_unit_test(without_uidplus_a_search_that_tells_nothing_is_no_permission),
        cmocka_unit_test(at_gmail_they_go_through_the_trash_and_our_folder_is_open_again),
        cmocka_unit_test(at_gmail_without_a_trash_nothing_is_touched),
        cmocka_unit_test(a_thousand_go_in_commands_of_bearable_length),
        cmocka_unit_test(a_refusal_to_mark_is_told_and_nothing_is_expunged),
        cmocka_unit_test(nothing_to_remove_is_nothing_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
