/* Folders: names, uses, opening, STATUS. */
#include "imap_test.h"

#include "transport/imap_internal.h"

static void modified_utf7_is_decoded(void **state)
{
    (void)state;
    static const struct { const char *wire, *name; } cases[] = {
        {"INBOX", "INBOX"},
        {"R&AOk-union", "R\xc3\xa9union"},
        {"&-", "&"},
        {"A&-B&-", "A&B&"},
        {"~peter/mail/&U,BTFw-/&ZeVnLIqe-", "~peter/mail/\xe5\x8f\xb0\xe5\x8c\x97/\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e"}, /* RFC 3501 5.1.3 */
        {"&2D3cAA-", "\xf0\x9f\x90\x80"}, /* a pair */
        {"Gesendete &AMQ-pfel", "Gesendete \xc3\x84pfel"},
        {"&AOk", "&AOk"},     /* not ended */
        {"&A*k-", "&A*k-"},   /* no base64 */
        {"&2D0-", "&2D0-"},   /* half a pair */
        {"&3AA-", "&3AA-"},   /* the other half */
        {"&AAAA-", "&AAAA-"}, /* NUL */
        {"&AOl-", "&AOl-"},   /* bits left over */
        {"", ""},
    };
    struct mf_arena *arena = mf_arena_new();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_string_equal(mf_utf7_decode(arena, cases[i].wire), cases[i].name);
    assert_string_equal(mf_utf7_decode(arena, "raw \xff\x01 name"), "raw ?? name");
    mf_arena_free(&arena);
}

static void a_use_is_known_by_flag_or_else_by_name(void **state)
{
    (void)state;
    static const struct { const char *flags; enum mf_folder_use use; } flags[] = {
        {" \\HasNoChildren  \\Junk ", MF_USE_JUNK}, {" \\Sent ", MF_USE_SENT}, {" \\sent ", MF_USE_SENT}, {" \\Spam ", MF_USE_JUNK},
        {" \\All ", MF_USE_ALL}, {" \\AllMail ", MF_USE_ALL}, {" \\Trash ", MF_USE_TRASH}, {" \\Drafts ", MF_USE_DRAFTS},
        {" \\Archive ", MF_USE_ARCHIVE}, {" \\HasChildren ", MF_USE_NONE}, {"", MF_USE_NONE}, {" \\Sentinel ", MF_USE_NONE},
    };
    static const struct { const char *name; char delimiter; enum mf_folder_use use; } names[] = {
        {"Junk", '/', MF_USE_JUNK}, {"INBOX.Spam", '.', MF_USE_JUNK}, {"inbox/spam", '/', MF_USE_JUNK}, {"[Gmail]/Sent Mail", '/', MF_USE_SENT},
        {"[Google Mail]/Papierkorb", '/', MF_USE_TRASH}, {"Sent Items", '/', MF_USE_SENT}, {"Junk E-Mail", '/', MF_USE_JUNK},
        {"\xc3\x89l\xc3\xa9ments envoy\xc3\xa9s", '/', MF_USE_SENT}, {"ENTW\xc3\x9cRFE", '/', MF_USE_DRAFTS},
        {"\xd0\xa1\xd0\x9f\xd0\x90\xd0\x9c", '/', MF_USE_JUNK}, {"Archive", '/', MF_USE_ARCHIVE},
        {"Projects", '/', MF_USE_NONE}, {"Junkyard", '/', MF_USE_NONE}, {"Projects/Sent", '/', MF_USE_NONE}, {"INBOX.Spam", '/', MF_USE_NONE},
    };
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++)
        assert_int_equal(mf_folder_use_by_flags(flags[i].flags), flags[i].use);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_int_equal(mf_folder_use_by_name(names[i].name, names[i].delimiter), names[i].use);
}

static const struct mf_imap_folder *find(const struct mf_imap_folder *folders, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(folders[i].name, name) == 0)
            return &folders[i];
    fail_msg("no folder %s", name);
    return NULL;
}

static void list_is_asked_the_way_the_server_knows(void **state)
{
    (void)state;
    static const struct { const char *capabilities, *command; } cases[] = {
        {"IMAP4rev1 SPECIAL-USE LIST-EXTENDED", "LIST \"\" \"*\" RETURN (SPECIAL-USE)"},
        {"IMAP4rev1 SPECIAL-USE", "LIST \"\" \"*\""},
        {"IMAP4rev1 XLIST", "XLIST \"\" \"*\""},
        {"IMAP4rev1", "LIST \"\" \"*\""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct mailbox *m = mailbox_at((struct fake_imap_options){.capabilities = cases[i].capabilities});
        struct mf_arena *arena = mf_arena_new();
        struct mf_imap_folder *folders;
        size_t count;
        fake_imap_add_folder(m->server, "R&AOk-union/Sent", "\\HasNoChildren");
        fake_imap_add_folder(m->server, "Spam", "");
        fake_imap_add_folder(m->server, "Gone", "\\Noselect \\HasChildren");
        assert_int_equal(mf_imap_folders(m->imap, arena, &folders, &count, &m->trouble, &m->d), 0);
        assert_int_equal(count, 7);
        assert_int_equal(find(folders, count, "INBOX")->use, MF_USE_INBOX);
        assert_int_equal(find(folders, count, "Junk")->use, MF_USE_JUNK);
        assert_int_equal(find(folders, count, "Spam")->use, MF_USE_NONE); /* the server named its junk folder */
        assert_int_equal(find(folders, count, "Trash")->use, MF_USE_TRASH);
        assert_string_equal(find(folders, count, "R\xc3\xa9union/Sent")->wire_name, "R&AOk-union/Sent");
        assert_false(find(folders, count, "Gone")->selectable);
        assert_true(find(folders, count, "Spam")->selectable);
        char *log = fake_imap_log(m->server);
        assert_contains(log, cases[i].command);
        free(log);
        mf_arena_free(&arena);
        mailbox_end(m);
    }
}

static void without_flags_the_first_usual_name_has_the_use(void **state)
{
    (void)state;
    struct mailbox *m = mailbox_at((struct fake_imap_options){.capabilities = "IMAP4rev1"});
    struct mf_arena *arena = mf_arena_new();
    struct mf_imap_folder *folders;
    size_t count;
    fake_imap_only_inbox(m->server);
    fake_imap_add_folder(m->server, "Sent Items", "");
    fake_imap_add_folder(m->server, "Sent", "");
    fake_imap_add_folder(m->server, "INBOX/Spam", "");
    assert_int_equal(mf_imap_folders(m->imap, arena, &folders, &count, &m->trouble, &m->d), 0);
    assert_int_equal(find(folders, count, "Sent Items")->use, MF_USE_SENT);
    assert_int_equal(find(folders, count, "Sent")->use, MF_USE_NONE);
    assert_int_equal(find(folders, count, "INBOX/Spam")->use, MF_USE_JUNK);
    mf_arena_free(&arena);
    mailbox_end(m);
}

static void opening_a_folder_tells_its_window_and_never_writes_unasked(void **state)
{
    (void)state;
    for (int no_uidnext = 0; no_uidnext < 2; no_uidnext++) {
        struct mailbox *m = mailbox_new((struct fake_imap_options){.no_uidnext = no_uidnext});
        fake_imap_skip_uids(m->server, "Junk", 41);
        fake_imap_deliver_text(m->server, "Junk", "x\r\n");
        assert_int_equal(mailbox_open(m), 0);
        assert_int_equal(mf_imap_select(m->imap, "Junk", false, &m->window, &m->trouble, &m->d), 0);
        assert_int_equal(m->window.uidnext, 43);
        assert_int_equal(m->window.exists, 1);
        assert_int_equal(m->window.uidvalidity, 1002);
        char *log = fake_imap_log(m->server);
        assert_contains(log, "EXAMINE Junk");
        assert_lacks(log, "SELECT");
        if (no_uidnext)
            assert_contains(log, "STATUS Junk");
        else
            assert_lacks(log, "STATUS");
        free(log);
        assert_int_equal(mf_imap_select(m->imap, "Junk", true, &m->window, &m->trouble, &m->d), 0);
        log = fake_imap_log(m->server);
        assert_contains(log, "SELECT Junk");
        free(log);
        mailbox_end(m);
    }
}

static void malformed_flags_and_codes_do_no_harm(void **state)
{
    (void)state;
    static const char *const lines[] = {"* OK [PERMANENTFLAGS (\\Seen\r\n", "* OK [PERMANENTFLAGS] x\r\n", "* FLAGS (\\Seen \\\r\n", "* FLAGS\r\n",
                                        "* OK [BADCHARSET (x\r\n", "* OK [UIDNEXT x] y\r\n", "* OK [UIDVALIDITY 99999999999999999999] y\r\n",
                                        "* OK [HIGHESTMODSEQ ] x\r\n", "* CAPABILITY\r\n", "* 3 FETCH (\r\n", "* SEARCH x {3}\r\nabc\r\n", "* OK [\r\n", "* OK []\r\n"};
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        struct mailbox *m = mailbox_new((struct fake_imap_options){.rules = {{.when = "EXAMINE", .act = FAKE_BEFORE, .say = lines[i]}}});
        assert_int_equal(mailbox_open(m), 0);
        assert_int_equal(mf_imap_select(m->imap, "Junk", false, &m->window, &m->trouble, &m->d), 0);
        assert_int_equal(m->window.uidnext, 1);
        assert_int_equal(m->window.uidvalidity, 1002);
        mailbox_end(m);
    }
}

static void status_looks_without_opening(void **state)
{
    (void)state;
    struct mailbox *m = mailbox_at((struct fake_imap_options){.login_disabled = false});
    struct mf_imap_window window;
    fake_imap_deliver_text(m->server, "Sent", "x\r\n");
    fake_imap_deliver_text(m->server, "Sent", "y\r\n");
    assert_int_equal(mf_imap_status(m->imap, "Sent", &window, &m->trouble, &m->d), 0);
    assert_int_equal(window.exists, 2);
    assert_int_equal(window.uidnext, 3);
    assert_int_equal(window.uidvalidity, 1003);
    mailbox_end(m);
}

static void a_folder_that_is_not_there_is_a_no_and_the_connection_lives(void **state)
{
    (void)state;
    struct mailbox *m = mailbox_at((struct fake_imap_options){.login_disabled = false});
    struct mf_imap_window window;
    unsigned exists;
    assert_int_equal(mf_imap_select(m->imap, "No such \"folder\"", false, &window, &m->trouble, &m->d), -1);
    assert_contains(m->d.title, "the server refused to open the folder \"No such \"folder\"\": [NONEXISTENT]");
    assert_contains(m->trouble.server_said, "[NONEXISTENT] Mailbox doesn't exist: No such \"folder\"");
    assert_true(mf_imap_alive(m->imap));
    m->d = (struct mf_diag){.title = ""};
    assert_int_equal(mf_imap_status(m->imap, "Neither", &window, &m->trouble, &m->d), -1);
    assert_true(mf_imap_alive(m->imap));
    assert_int_equal(mf_imap_noop(m->imap, &exists, &m->trouble, &m->d), 0);
    unsigned walked;
    m->d = (struct mf_diag){.title = ""};
    assert_int_equal(mf_imap_walk(m->imap, 1, false, NULL, NULL, &walked, &m->trouble, &m->d), -1);
    assert_contains(m->d.title, "no folder is open");
    mailbox_end(m);
}

static const char *const commands[] = {"LIST", "EXAMINE", "STATUS", "NOOP", "UID FETCH", "IDLE"};

static int run(struct mailbox *m, const char *command)
{
    struct mf_arena *arena = mf_arena_new();
    struct mf_imap_folder *folders;
    struct mf_imap_window window;
    struct mf_text raw = {.max = 100};
    size_t count;
    unsigned exists;
    bool grown;
    int result = -2;
    m->d = (struct mf_diag){.title = ""};
    if (command[0] == 'L')
        result = mf_imap_folders(m->imap, arena, &folders, &count, &m->trouble, &m->d);
    if (command[0] == 'E')
        result = mf_imap_select(m->imap, "Junk", false, &window, &m->trouble, &m->d);
    if (command[0] == 'S')
        result = mf_imap_status(m->imap, "Junk", &window, &m->trouble, &m->d);
    if (command[0] == 'N')
        result = mf_imap_noop(m->imap, &exists, &m->trouble, &m->d);
    if (command[0] == 'U')
        result = mf_imap_fetch(m->imap, 1, &raw, &m->trouble, &m->d);
    if (command[0] == 'I')
        result = mf_imap_idle(m->imap, 9, -1, mf_now() + 2 * MF_SECOND, &grown, &m->trouble, &m->d);
    mf_arena_free(&arena);
    mf_text_release(&raw);
    return result;
}

/* EXAMINE opens the INBOX first: only that of Junk is to meet the rule. */
static const char *rule_of(const char *command)
{
    return command[0] == 'E' ? "EXAMINE Junk" : command;
}

static void a_command_that_gets_no_answer_ends_after_the_reply_timeout(void **state)
{
    (void)state;
    for (size_t i = 0; i < 6; i++) {
        struct mailbox *m = mailbox_new((struct fake_imap_options){.rules = {{.when = rule_of(commands[i]), .act = FAKE_HANG}}});
        m->options.reply_timeout = 150 * MF_MS;
        assert_int_equal(mailbox_open(m), 0);
        assert_int_equal(mf_imap_select(m->imap, "INBOX", false, &m->window, &m->trouble, &m->d), 0);
        mf_usec started = mf_now();
        assert_int_equal(run(m, commands[i]), -1);
        assert_took(started, 150 * MF_MS);
        assert_true(m->trouble.timed_out && m->trouble.temporary);
        assert_int_equal(m->trouble.stage, MF_STAGE_COMMAND);
        assert_false(mf_imap_alive(m->imap));
        assert_int_equal(run(m, "NOOP"), -1);
        assert_contains(m->d.title, "the connection is gone already");
        mailbox_end(m);
    }
}

static void a_command_that_is_hung_up_on_a_bye_or_garbage_ends_the_connection_with_words(void **state)
{
    (void)state;
    static const struct { struct fake_rule rule; const char *words; } ends[] = {
        {{.act = FAKE_DROP}, "closed the connection"},
        {{.act = FAKE_RESET}, "connection"},
        {{.act = FAKE_SAY, .say = "* BYE Server shutting down.\r\n"}, "the server ended the connection: Server shutting down."},
        {{.act = FAKE_SAY, .say = "* 3 EXISTS\r\n* bye idle too long\r\n"}, "the server ended the connection: idle too long"},
        {{.act = FAKE_SAY, .say = "$T BAD what?\r\n"}, "what?"},
        {{.act = FAKE_SAY, .say = "$T NO not now\r\n"}, "not now"},
    };
    for (size_t i = 0; i < 6 * 6; i++) {
        struct fake_rule rule = ends[i % 6].rule;
        rule.when = rule_of(commands[i / 6]);
        struct mailbox *m = mailbox_new((struct fake_imap_options){.rules = {rule}});
        fake_imap_deliver_text(m->server, "INBOX", "x\r\n");
        assert_int_equal(mailbox_open(m), 0);
        assert_int_equal(mf_imap_select(m->imap, "INBOX", false, &m->window, &m->trouble, &m->d), 0);
        assert_int_equal(run(m, commands[i / 6]), -1);
        assert_contains(m->d.title, ends[i % 6].words);
        assert_int_equal(m->trouble.stage, MF_STAGE_COMMAND);
        if (i % 6 == 4)
            assert_false(mf_imap_alive(m->imap));
        if (i % 6 < 4)
            assert_true(!mf_imap_alive(m->imap) && m->trouble.temporary);
        if (i % 6 == 5)
            assert_true(mf_imap_alive(m->imap));
        mailbox_end(m);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(modified_utf7_is_decoded),
        cmocka_unit_test(a_use_is_known_by_flag_or_else_by_name),
        cmocka_unit_test(list_is_asked_the_way_the_server_knows),
        cmocka_unit_test(without_flags_the_first_usual_name_has_the_use),
        cmocka_unit_test(opening_a_folder_tells_its_window_and_never_writes_unasked),
        cmocka_unit_test(malformed_flags_and_codes_do_no_harm),
        cmocka_unit_test(status_looks_without_opening),
        cmocka_unit_test(a_folder_that_is_not_there_is_a_no_and_the_connection_lives),
        cmocka_unit_test(a_command_that_gets_no_answer_ends_after_the_reply_timeout),
        cmocka_unit_test(a_command_that_is_hung_up_on_a_bye_or_garbage_ends_the_connection_with_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
