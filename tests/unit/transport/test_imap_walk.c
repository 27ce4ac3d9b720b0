/* Walking folders and fetching messages: every byte, every UID, and nothing marked as seen. */
#include "imap_test.h"

struct seen {
    unsigned uids[4000];
    size_t count, bytes, stop_after;
    char last[4096];
    size_t last_len;
    bool seen, deleted, cut;
    char date[64];
};

static bool take(void *context, const struct mf_imap_message *message)
{
    struct seen *seen = context;
    seen->uids[seen->count++ % 4000] = message->uid;
    seen->bytes += message->raw.len;
    seen->last_len = message->raw.len < sizeof seen->last ? message->raw.len : sizeof seen->last - 1;
    memcpy(seen->last, message->raw.data ? message->raw.data : "", seen->last_len);
    seen->last[seen->last_len] = '\0';
    seen->seen = message->seen;
    seen->deleted = message->deleted;
    seen->cut = message->cut;
    snprintf(seen->date, sizeof seen->date, "%s", message->internaldate);
    return seen->count != seen->stop_after;
}

static int walk(struct mailbox *m, unsigned from, struct seen *seen, unsigned *to)
{
    *seen = (struct seen){.stop_after = seen->stop_after};
    m->d = (struct mf_diag){.title = ""};
    return mf_imap_walk(m->imap, from, false, take, seen, to, &m->trouble, &m->d);
}

static void every_message_comes_whole_in_order_and_stays_unseen(void **state)
{
    (void)state;
    struct mailbox *m = mailbox_new((struct fake_imap_options){.login_disabled = false});
    struct seen *seen = calloc(1, sizeof *seen);
    unsigned to;
    fake_imap_deliver_text(m->server, "INBOX", "Subject: one\r\n\r\nfirst\r\n");
    fake_imap_deliver_text(m->server, "INBOX", "Subject: two\r\n\r\nsecond {12}\r\n* 9 EXISTS\r\nmf3 OK\r\n");
    unsigned third = fake_imap_deliver_text(m->server, "INBOX", "Subject: three\r\n\r\nthird)\r\n");
    fake_imap_mark(m->server, "INBOX", third, "\\Deleted");
    assert_int_equal(mailbox_open(m), 0);
    assert_int_equal(mf_imap_select(m->imap, "INBOX", true, &m->window, &m->trouble, &m->d), 0);
    assert_int_equal(walk(m, 1, seen, &to), 0);
    assert_int_equal(seen->count, 3);
    assert_int_equal(seen->uids[0], 1);
    assert_int_equal(seen->uids[2], 3);
    assert_string_equal(seen->last, "Subject: three\r\n\r\nthird)\r\n");
    assert_string_equal(seen->date, "23-Nov-2026 02:14:07 +0530");
    assert_true(seen->deleted && !seen->seen && !seen->cut);
    assert_int_equal(to, 4);
    for (unsigned uid = 1; uid <= 3; uid++)
        assert_false(fake_imap_is_marked(m->server, "INBOX", uid, "\\Seen"));
    char *log = fake_imap_log(m->server);
    assert_contains(log, "BODY.PEEK[]");
    free(log);
    free(seen);
    mailbox_end(m);
}

static void the_last_old_message_is_not_taken_for_a_new_one(void **state)
{
    (void)state;
    struct mailbox *m = mailbox_new((struct fake_imap_options){.login_disabled = false});
    struct seen *seen = calloc(1, sizeof *seen);
    unsigned to, exists;
    fake_imap_deliver_text(m->server, "INBOX", "old\r\n");
    assert_int_equal(mailbox_open(m), 0);
    assert_int_equal(mf_imap_select(m->imap, "INBOX", false, &m->window, &m->trouble, &m->d), 0);
    assert_int_equal(walk(m, m->window.uidnext, seen, &to), 0);
    assert_int_equal(seen->count, 0);
    assert_int_equal(to, 2);
    fake_imap_skip_uids(m->server, "INBOX", 100);
    fake_imap_deliver_text(m->server, "INBOX", "new\r\n");
    assert_int_equal(mf_imap_noop(m->imap, &exists, &m->trouble, &m->d), 0);
    assert_int_equal(exists, 2);
    assert_int_equal(walk(m, to, seen, &to), 0);
    assert_int_equal(seen->count, 1);
    assert_int_equal(seen->uids[0], 102);
    assert_string_equal(seen->last, "new\r\n");
    assert_int_equal(to, 103);
    free(seen);
    mailbox_end(m);
}

static void any_bytes_at_all_come_as_they_are(void **state)
{
    (void)state;
    char raw[1000];
    for (size_t i = 0; i < sizeof raw; i++)
        raw[i] = (char)(i * 7 % 256); /* NUL, 0xff, LF without CR … */
    struct mailbox *m = mailbox_new((struct fake_imap_options){.login_disabled = false});
    struct seen *seen = calloc(1, sizeof *seen);
    unsigned to;
    struct mf_text text = {.max = 100000};
    fake_imap_deliver(m->server, "INBOX", raw, sizeof raw, 0);
    fake_imap_deliver(m->server, "INBOX", "", 0, 0);
    assert_int_equal(mailbox_open(m), 0);
    assert_int_equal(mf_imap_select(m->imap, "INBOX", false, &m->window, &m->trouble, &m->d), 0);
    assert_int_equal(mf_imap_fetch(m->imap, 1, &text, &m->trouble, &m->d), 0);
    assert_int_equal(text.len, sizeof raw);
    assert_memory_equal(text.data, raw, sizeof raw);
    assert_int_equal(walk(m, 1, seen, &to), 0);
    assert_int_equal(seen->count, 2);
    assert_int_equal(seen->bytes, sizeof raw);
    mf_text_release(&text);
    free(seen);
    mailbox_end(m);
}

static void headers_only_fetches_no_bodies(void **state)
{
    (void)state;
    struct mailbox *m = mailbox_new((struct fake_imap_options){.login_disabled = false});
    struct seen *seen = calloc(1, sizeof *seen);
    unsigned to;
    fake_imap_deliver(m->server, "INBOX", "Subject: big\r\n\r\nbody", 20, 5000000);
    assert_int_equal(mailbox_open(m), 0);
    assert_int_equal(mf_imap_select(m->imap, "INBOX", false, &m->window, &m->trouble, &m->d), 0);
    assert_int_equal(mf_imap_walk(m->imap, 1, true, take, seen, &to, &m->trouble, &m->d), 0);
    assert_int_equal(seen->count, 1);
    assert_string_equal(seen->last, "Subject: big\r\n\r\n");
    assert_false(seen->cut);
    assert_false(fake_imap_is_marked(m->server, "INBOX", 1, "\\Seen"));
    free(seen);
    mailbox_end(m);
}

static void of_a_message_beyond_64_mb_only_the_header_comes_and_the_walk_goes_on(void **state)
{
    (void)state;
    struct mailbox *m = mailbox_new((struct fake_imap_options){.login_disabled = false});
    struct seen *seen = calloc(1, sizeof *seen);
    struct mf_text text = {.max = (size_t)64 << 20};
    unsigned to;
    fake_imap_deliver(m->server, "INBOX", "Subject: huge\r\n\r\nbody", 21, (size_t)65 << 20);
    fake_imap_deliver(m->server, "INBOX", "Subject: just fits\r\n\r\n", 22, ((size_t)64 << 20) - 22);
    fake_imap_deliver_text(m->server, "INBOX", "Subject: small\r\n\r\n");
    assert_int_equal(mailbox_open(m), 0);
    assert_int_equal(mf_imap_select(m->imap, "INBOX", false, &m->window, &m->trouble, &m->d), 0);
    seen->stop_after = 1;
    assert_int_equal(walk(m, 1, seen, &to), 0);
    assert_true(seen->cut);
    assert_string_equal(seen->last, "Subject: huge\r\n\r\n");
    seen->stop_after = 0;
    assert_int_equal(walk(m, 2, seen, &to), 0);
    assert_int_equal(seen->count, 2);
    assert_int_equal(seen->bytes, ((size_t)64 << 20) + 18);
    assert_string_equal(seen->last, "Subject: small\r\n\r\n");
    assert_int_equal(to, 4);
    assert_int_equal(mf_imap_fetch(m->imap, 1, &text, &m->trouble, &m->d), -1);
    assert_contains(m->d.title, "larger than mailflow reads");
    assert_true(mf_imap_alive(m->imap));
    mf_text_release(&text);
    free(seen);
    mailbox_end(m);
}

static void a_callback_stops_the_walk_and_the_rest_can_be_walked_later(void **state)
{
    (void)state;
    struct mailbox *m = mailbox_new((struct fake_imap_options){.login_disabled = false});
    struct seen *seen = calloc(1, sizeof *seen);
    unsigned to;
    for (int i = 0; i < 10; i++)
        fake_imap_deliver_text(m->server, "INBOX", "x\r\n");
    assert_int_equal(mailbox_open(m), 0);
    assert_int_equal(mf_imap_select(m->imap, "INBOX", false, &m->window, &m->trouble, &m->d), 0);
    seen->stop_after = 4;
    assert_int_equal(walk(m, 1, seen, &to), 0);
    assert_int_equal(seen->count, 4);
    assert_int_equal(to, 5);
    seen->stop_after = 0;
    assert_int_equal(walk(m, to, seen, &to), 0);
    assert_int_equal(seen->count, 6);
    assert_int_equal(to, 11);
    free(seen);
    mailbox_end(m);
}

static void many_messages_come_in_batches_over_gaps_and_a_stop_ends_them_early(void **state)
{
    (void)state;
    struct mailbox *m = mailbox_new((struct fake_imap_options){.login_disabled = false});
    struct seen *seen = calloc(1, sizeof *seen);
    unsigned to;
    for (int i = 0; i < 2300; i++) {
        fake_imap_deliver_text(m->server, "INBOX", "Subject: x\r\n\r\ny\r\n");
        if (i % 100 == 0)
            fake_imap_skip_uids(m->server, "INBOX", 1000);
    }
    assert_int_equal(mailbox_open(m), 0);
    assert_int_equal(mf_imap_select(m->imap, "INBOX", false, &m->window, &m->trouble, &m->d), 0);
    assert_int_equal(walk(m, 1, seen, &to), 0);
    assert_int_equal(seen->count, 2300);
    for (size_t i = 1; i < seen->count; i++)
        assert_true(seen->uids[i] > seen->uids[i - 1]);
    assert_int_equal(to, m->window.uidnext);
    seen->stop_after = 10;
    assert_int_equal(walk(m, 1, seen, &to), 0);
    assert_int_equal(seen->count, 10);
    char *log = fake_imap_log(m->server);
    size_t fetches = 0;
    for (const char *at = log; (at = strstr(at, "BODY.PEEK")); at++)
        fetches++;
    assert_int_equal(fetches, 5 + 1);
    free(log);
    free(seen);
    mailbox_end(m);
}

static void attributes_that_nobody_asked_for_do_no_harm(void **state)
{
    (void)state;
    static const char *const extras[] = {"MODSEQ (12345678901234567890) ", "X-ODD (1 (2 \"th)ree\" NIL) \\four) ", "ENVELOPE (NIL \"a\\\"b\" ((\"x\" NIL)) ) ",
                                         "X-LITERAL {5}\r\n)\r\n(x ", "BODY[HEADER.FIELDS (SUBJECT TO)] \"a b\" X NIL ", "EMAILID (M6d99ac3275bb4e) "};
    for (size_t i = 0; i < sizeof extras / sizeof extras[0]; i++) {
        struct mailbox *m = mailbox_new((struct fake_imap_options){.fetch_extra = extras[i]});
        struct seen *seen = calloc(1, sizeof *seen);
        unsigned to;
        fake_imap_deliver_text(m->server, "INBOX", "one\r\n");
        fake_imap_deliver_text(m->server, "INBOX", "two\r\n");
        assert_int_equal(mailbox_open(m), 0);
        assert_int_equal(mf_imap_select(m->imap, "INBOX", false, &m->window, &m->trouble, &m->d), 0);
        assert_int_equal(walk(m, 1, seen, &to), 0);
        assert_int_equal(seen->count, 2);
        assert_string_equal(seen->last, "two\r\n");
        free(seen);
        mailbox_end(m);
    }
}

static void answers_of_every_shape_are_understood(void **state)
{
    (void)state;
    static const struct { const char *answer; size_t count; const char *last; } cases[] = {
        {"* 1 FETCH (BODY[] {3}\r\nabc UID 7 FLAGS (\\Seen \\Deleted))\r\n$T OK done\r\n", 1, "abc"}, /* the UID comes last */
        {"* 1 FETCH (UID 7 BODY[] \"a\\\"b\")\r\n$T OK done\r\n", 1, "a\"b"},
        {"* 1 FETCH (UID 7 BODY[] NIL)\r\n$T OK done\r\n", 1, ""},
        {"* 1 fetch (uid 7 body[] {2}\r\nhi)\r\n$T ok done\r\n", 1, "hi"},
        {"* 1 FETCH (FLAGS (\\Seen))\r\n* 2 FETCH (UID 9 FLAGS ())\r\n* 5 EXISTS\r\n* OK still here\r\n$T OK done\r\n", 0, ""},
        {"* 1 FETCH (UID 7 BODY[] {0}\r\n)\r\n* 2 EXPUNGE\r\n$T OK done\r\n", 1, ""},
        {"$T BAD The specified message set is invalid.\r\n", 0, ""}, /* of an empty folder */
        {"$T NO [EXPUNGEISSUED] Some messages were already expunged.\r\n", 0, ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct mailbox *m = mailbox_at((struct fake_imap_options){.rules = {{.when = "UID FETCH", .act = FAKE_SAY, .say = cases[i].answer}}});
        struct seen *seen = calloc(1, sizeof *seen);
        unsigned to;
        assert_int_equal(walk(m, 1, seen, &to), 0);
        assert_int_equal(seen->count, cases[i].count);
        assert_string_equal(seen->last, cases[i].last);
        if (i == 0)
            assert_true(seen->seen && seen->deleted && seen->uids[0] == 7);
        free(seen);
        mailbox_end(m);
    }
}

static void answers_that_are_garbage_end_the_connection_with_words(void **state)
{
    (void)state;
    static const char *const answers[] = {
        "* 1 FETCH (UID 7 FLAGS \\Seen BODY[] {3}\r\nabc)\r\n$T OK\r\n", "* 1 FETCH (UID 7 BODY[] \"unended\r\n$T OK\r\n",
        "* 1 FETCH (UID 7 X (1 2\r\n$T OK\r\n",
    };
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        struct mailbox *m = mailbox_at((struct fake_imap_options){.rules = {{.when = "UID FETCH", .act = FAKE_SAY, .say = answers[i]}}});
        struct seen *seen = calloc(1, sizeof *seen);
        unsigned to;
        assert_int_equal(walk(m, 1, seen, &to), -1);
        assert_contains(m->d.title, "can't be understood: \"* 1 FETCH (UID 7");
        assert_false(mf_imap_alive(m->imap));
        free(seen);
        mailbox_end(m);
    }
}

static void a_walk_that_breaks_off_says_how_far_it_came(void **state)
{
    (void)state;
    static const struct { struct fake_rule rule; bool timed_out; } ends[] = {
        {{.when = "UID FETCH", .act = FAKE_SAY, .say = "* 1 FETCH (UID 5 BODY[] {3}\r\nabc)\r\n* 2 FETCH (UID 6 BODY[] {3}\r\nab"}, true},
        {{.when = "UID FETCH", .act = FAKE_DROP, .say = "* 1 FETCH (UID 5 BODY[] {3}\r\nabc)\r\n* 2 FETCH (UID 6 BODY[] {3}\r\nab"}, false},
        {{.when = "UID FETCH", .act = FAKE_SAY, .say = "* 1 FETCH (UID 5 BODY[] {3}\r\nabc)\r\n* BYE time is up\r\n"}, false},
    };
    for (size_t i = 0; i < 3; i++) {
        struct mailbox *m = mailbox_new((struct fake_imap_options){.rules = {ends[i].rule}});
        struct seen *seen = calloc(1, sizeof *seen);
        unsigned to;
        m->options.reply_timeout = 150 * MF_MS;
        assert_int_equal(mailbox_open(m), 0);
        assert_int_equal(mf_imap_select(m->imap, "INBOX", false, &m->window, &m->trouble, &m->d), 0);
        mf_usec started = mf_now();
        assert_int_equal(walk(m, 3, seen, &to), -1);
        if (ends[i].timed_out)
            assert_took(started, 150 * MF_MS);
        assert_int_equal(m->trouble.timed_out, ends[i].timed_out);
        assert_int_equal(seen->count, 1);
        assert_int_equal(to, 6);
        free(seen);
        mailbox_end(m);
    }
}

static void a_slow_but_steady_fetch_is_waited_for_but_no_other_command(void **state)
{
    (void)state;
    static const char answer[] = "* 1 FETCH (UID 7 BODY[] {80}\r\n01234567890123456789012345678901234567890123456789012345678901234567890123456789)\r\n* OK \r\n$T OK done\r\n";
    static const char chatter[] = "* OK 4567890123456789012345678901234567890123456789012345678901234567890123456789\r\n* OK 456\r\n* OK \r\n$T OK done\r\n";
    struct mailbox *m = mailbox_new((struct fake_imap_options){.rules = {
        {.when = "UID FETCH", .act = FAKE_DRIP, .say = answer, .ms = 30},
        {.when = "NOOP", .act = FAKE_DRIP, .say = chatter, .ms = 30}}});
    struct seen *seen = calloc(1, sizeof *seen);
    unsigned to, exists;
    m->options.reply_timeout = 150 * MF_MS; /* the whole takes twice as long, no part of it does */
    assert_int_equal(mailbox_open(m), 0);
    assert_int_equal(mf_imap_select(m->imap, "INBOX", false, &m->window, &m->trouble, &m->d), 0);
    assert_int_equal(walk(m, 1, seen, &to), 0);
    assert_int_equal(seen->bytes, 80);
    mf_usec started = mf_now();
    assert_int_equal(mf_imap_noop(m->imap, &exists, &m->trouble, &m->d), -1);
    assert_took(started, 150 * MF_MS);
    assert_true(m->trouble.timed_out);
    free(seen);
    mailbox_end(m);
}

static void messages_that_go_while_we_walk_are_no_trouble(void **state)
{
    (void)state;
    struct mailbox *m = mailbox_new((struct fake_imap_options){.login_disabled = false});
    struct seen *seen = calloc(1, sizeof *seen);
    unsigned to, exists;
    for (int i = 0; i < 6; i++)
        fake_imap_deliver_text(m->server, "INBOX", "x\r\n");
    assert_int_equal(mailbox_open(m), 0);
    assert_int_equal(mf_imap_select(m->imap, "INBOX", false, &m->window, &m->trouble, &m->d), 0);
    fake_imap_expunge(m->server, "INBOX", 2);
    fake_imap_expunge(m->server, "INBOX", 6);
    assert_int_equal(walk(m, 1, seen, &to), 0);
    assert_int_equal(seen->count, 4);
    assert_int_equal(mf_imap_noop(m->imap, &exists, &m->trouble, &m->d), 0);
    assert_int_equal(exists, 4);
    struct mf_text raw = {.max = 100};
    assert_int_equal(mf_imap_fetch(m->imap, 2, &raw, &m->trouble, &m->d), 1); /* gone */
    assert_int_equal(mf_imap_fetch(m->imap, 3, &raw, &m->trouble, &m->d), 0);
    assert_string_equal(mf_text_str(&raw), "x\r\n");
    mf_text_release(&raw);
    free(seen);
    mailbox_end(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_message_comes_whole_in_order_and_stays_unseen),
        cmocka_unit_test(the_last_old_message_is_not_taken_for_a_new_one),
        cmocka_unit_test(any_bytes_at_all_come_as_they_are),
        cmocka_unit_test(headers_only_fetches_no_bodies),
        cmocka_unit_test(of_a_message_beyond_64_mb_only_the_header_comes_and_the_walk_goes_on),
        cmocka_unit_test(a_callback_stops_the_walk_and_the_rest_can_be_walked_later),
        cmocka_unit_test(many_messages_come_in_batches_over_gaps_and_a_stop_ends_them_early),
        cmocka_unit_test(attributes_that_nobody_asked_for_do_no_harm),
        cmocka_unit_test(answers_of_every_shape_are_understood),
        cmocka_unit_test(answers_that_are_garbage_end_the_connection_with_words),
        cmocka_unit_test(a_walk_that_breaks_off_says_how_far_it_came),
        cmocka_unit_test(a_slow_but_steady_fetch_is_waited_for_but_no_other_command),
        cmocka_unit_test(messages_that_go_while_we_walk_are_no_trouble),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
