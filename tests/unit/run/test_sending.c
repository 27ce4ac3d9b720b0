/* Handing over: once, with the server's own words, again only where that is right. */
#include "unit/test.h"
#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#define TO_BOB "flows:\n  - {flow: One, from: app, to: bob}\n"

static int code_of(const struct world *world, int attempt)
{
    const struct mf_flow_evidence *seen = world_seen(world, "One");
    return seen->attempts[attempt - 1].sent ? seen->attempts[attempt - 1].sent->reply.code : -1;
}

static void a_message_is_sent_once_seen_once_and_removed(void **state)
{
    struct world *w = world_new(&(struct world_options){0}, TO_BOB);
    world_run(w);
    assert_int_equal(w->result, 0);
    assert_int_equal(fake_smtp_count(w->smtp), 1);
    assert_int_equal(world_handing(w, "One", "bob@net-it.com").state, MF_HANDED_ACCEPTED);
    assert_int_equal(world_arrivals(w, "One"), 1);
    const struct mf_arrival *arrival = &world_seen(w, "One")->arrivals[0];
    assert_true(arrival->copy.proved);
    assert_string_equal(arrival->copy.mailbox, "bob primary");
    assert_string_equal(arrival->copy.use, "inbox");
    assert_non_null(arrival->removed);
    assert_true(arrival->removed->removed);
    assert_int_equal(fake_imap_count(w->imap, "INBOX"), 0);
    assert_true(w->took < 800 * MF_MS); /* not until a deadline */
    world_free(&w);
    (void)state;
}

static void the_window_is_noted_before_the_first_message_leaves(void **state)
{
    struct world_options slow = {.imap.rules = {{.when = "EXAMINE", .act = FAKE_SLOW, .ms = 150}}};
    struct world *w = world_new(&slow, TO_BOB);
    world_run(w);
    const struct mf_folder_evidence *inbox = mf_evidence_folder(mf_evidence_mailbox(w->evidence, "bob primary"), "INBOX");
    assert_non_null(inbox);
    assert_true(inbox->window.at <= world_seen(w, "One")->attempts[0].intent.at);
    assert_int_equal(world_arrivals(w, "One"), 1);
    world_free(&w);
    (void)state;
}

static void a_5xx_ends_it_at_once(void **state)
{
    struct world_options refusing = {.smtp.rules = {{.when = "RCPT", .act = FAKE_SAY, .say = "550 5.1.1 no such user\r\n"}}};
    struct world *w = world_new(&refusing, TO_BOB);
    world_run(w);
    struct mf_handing handing = world_handing(w, "One", "bob@net-it.com");
    assert_int_equal(handing.state, MF_HANDED_REFUSED);
    assert_int_equal(handing.reply.code, 550);
    assert_string_equal(handing.reply.enhanced, "5.1.1");
    assert_string_equal(handing.phase, "RCPT");
    assert_int_equal(world_seen(w, "One")->attempt_count, 1);
    assert_true(w->took < 800 * MF_MS); /* nothing is awaited */
    world_free(&w);
    (void)state;
}

static void a_4xx_is_tried_again_with_another_message_id(void **state)
{
    struct world_options busy = {.smtp.rules = {{.when = "MAIL", .act = FAKE_DROP, .say = "421 4.3.2 busy\r\n", .connection = 1}},
                                 .deadlines = "{late: 1 s, within: 5 s, settle: 20 ms}"};
    struct world *w = world_new(&busy, TO_BOB);
    world_run(w);
    const struct mf_flow_evidence *seen = world_seen(w, "One");
    assert_int_equal(seen->attempt_count, 2);
    assert_int_equal(code_of(w, 1), 421);
    assert_true(seen->attempts[0].sent->retry_at >= seen->attempts[0].sent->at + 900 * MF_MS);
    assert_string_not_equal(seen->attempts[0].intent.message_id, seen->attempts[1].intent.message_id);
    struct mf_handing handing = world_handing(w, "One", "bob@net-it.com");
    assert_int_equal(handing.state, MF_HANDED_ACCEPTED);
    assert_ptr_equal(handing.first_deferred, &seen->attempts[0]);
    assert_int_equal(seen->arrivals[0].copy.attempt, 2);
    assert_non_null(strstr(w->events, "deferred One"));
    world_free(&w);
    (void)state;
}

static void the_codes_of_a_refusing_greeting_are_no_servers_name(void **state)
{
    static const struct {
        const char *says, *name;
    } cases[] = {{"421 4.7.0 mx.example.org Error: too many connections\r\n", "mx.example.org"},
                 {"421 4.7.0 too many connections\r\n", ""},
                 {"421 mx.example.org closing\r\n", "mx.example.org"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct world_options busy = {.smtp.rules = {{.when = "GREETING", .act = FAKE_DROP, .say = cases[i].says, .connection = 1}},
                                     .deadlines = "{late: 1 s, within: 5 s, settle: 20 ms}"};
        struct world *w = world_new(&busy, TO_BOB);
        world_run(w);
        assert_string_equal(world_seen(w, "One")->attempts[0].sent->server, cases[i].name);
        assert_int_equal(world_handing(w, "One", "bob@net-it.com").state, MF_HANDED_ACCEPTED);
        world_free(&w);
    }
    (void)state;
}

static void only_the_recipient_who_was_put_off_is_tried_again(void **state)
{
    struct world_options busy = {.smtp.rules = {{.when = "RCPT TO:<bob@", .act = FAKE_SAY, .say = "450 4.2.1 try again in 1 second\r\n", .connection = 1},
                                                {.when = ".", .act = FAKE_AFTER, .connection = 1}},
                                 .deadlines = "{late: 1 s, within: 5 s, settle: 20 ms}"};
    struct world *w = world_new(&busy, "flows:\n  - {flow: One, from: app, to: [alice, bob]}\n");
    world_run(w);
    const struct mf_flow_evidence *seen = world_seen(w, "One");
    assert_int_equal(seen->attempt_count, 2);
    assert_int_equal(seen->attempts[1].intent.rcpt_count, 1);
    assert_string_equal(seen->attempts[1].intent.rcpt[0], "bob@net-it.com");
    assert_int_equal(world_handing(w, "One", "alice@net-it.com").attempt->intent.attempt, 1);
    assert_int_equal(world_handing(w, "One", "bob@net-it.com").state, MF_HANDED_ACCEPTED);
    world_free(&w);
    (void)state;
}

static void a_deferral_that_is_expected_is_not_tried_again(void **state)
{
    struct world_options busy = {.smtp.rules = {{.when = "RCPT", .act = FAKE_SAY, .say = "451 4.7.1 greylisted\r\n"}}};
    struct world *w = world_new(&busy, "flows:\n  - {flow: One, from: app, to: bob, expect: [{deferred: 451}]}\n");
    world_run(w);
    assert_int_equal(world_seen(w, "One")->attempt_count, 1);
    assert_true(w->took < 800 * MF_MS);
    world_free(&w);
    (void)state;
}

static void lost_after_the_data_is_unknown_never_sent_again_and_awaited(void **state)
{
    struct world_options losing = {.smtp.rules = {{.when = ".", .act = FAKE_DROP}}, .folder = ""};
    struct world *w = world_new(&losing, TO_BOB);
    world_run(w);
    assert_int_equal(world_seen(w, "One")->attempt_count, 1);
    assert_int_equal(world_handing(w, "One", "bob@net-it.com").state, MF_HANDED_UNKNOWN);
    assert_true(w->took >= 1500 * MF_MS); /* it may have been taken: looked for until the deadline */
    world_free(&w);
    (void)state;
}

static void an_unreachable_first_hop_is_trouble_of_ours_after_some_tries(void **state)
{
    struct world *w = world_new(&(struct world_options){.no_smtp = true}, TO_BOB);
    world_run(w);
    struct mf_handing handing = world_handing(w, "One", "bob@net-it.com");
    assert_int_equal(handing.state, MF_HANDED_TROUBLE);
    assert_true(world_seen(w, "One")->attempt_count >= 2);
    assert_true(handing.attempt->sent->temporary);
    assert_int_equal(handing.attempt->sent->retry_at, 0);
    assert_true(handing.attempt->sent->trouble[0] != '\0');
    assert_true(w->took < 2 * MF_SECOND);
    world_free(&w);
    (void)state;
}

static void a_server_that_hangs_is_trouble_by_the_deadline(void **state)
{
    struct world_options hanging = {.smtp.rules = {{.when = "MAIL", .act = FAKE_HANG}}};
    struct world *w = world_new(&hanging, TO_BOB);
    world_run(w);
    assert_int_equal(world_handing(w, "One", "bob@net-it.com").state, MF_HANDED_TROUBLE);
    assert_true(w->took < 2 * MF_SECOND);
    world_free(&w);
    (void)state;
}

static void connections_are_shared_and_capped(void **state)
{
    struct world_options many = {.site = "limits: {connections: 2}\n", .deadlines = "{late: 5 s, within: 10 s, settle: 20 ms}"};
    struct world *w = world_new(&many, "flows:\n  - {flow: One $(i), each: {i: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]}, from: app, to: bob}\n");
    world_run(w);
    assert_int_equal(fake_smtp_count(w->smtp), 12);
    assert_true(fake_smtp_connections(w->smtp) <= 2);
    world_free(&w);
    (void)state;
}

/* At the end a connection is handed from one login to the next rather than never. */
static void identities_take_turns_where_connections_are_few(void **state)
{
    struct world_options few = {.site = "limits: {connections: 1}\n", .deadlines = "{late: 5 s, within: 10 s, settle: 20 ms}"};
    struct world *w = world_new(&few, "flows:\n  - {flow: $(h), each: {h: [a.example, b.example, c.example]}, from: app, to: bob,\n"
                                      "     via: {server: primary smtp, helo: $(h)}}\n");
    world_run(w);
    assert_int_equal(fake_smtp_count(w->smtp), 3);
    assert_int_equal(fake_smtp_connections(w->smtp), 3); /* an EHLO name belongs to a connection */
    assert_true(w->took < 3 * MF_SECOND);
    world_free(&w);
    (void)state;
}

static void a_command_takes_the_message_and_its_status_decides(void **state)
{
    static const struct { const char *script; enum mf_handed handed; int status; } cases[] = {
        {"cat >/dev/null; echo taken", MF_HANDED_ACCEPTED, 0},
        {"cat >/dev/null; echo later >&2; exit 75", MF_HANDED_REFUSED, 75}, /* no time is left for another try */
        {"cat >/dev/null; echo no such user; exit 67", MF_HANDED_REFUSED, 67},
        {"exit 64", MF_HANDED_REFUSED, 64}, /* reads nothing */
        {"sleep 30", MF_HANDED_UNKNOWN, 137},
        {"kill -9 $$", MF_HANDED_UNKNOWN, 137},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char scenario[400];
        snprintf(scenario, sizeof scenario,
                 "flows:\n  - flow: One\n    from: app\n    to: bob\n    via: {command: [sh, -c, '%s']}\n    expect: [accepted]\n", cases[i].script);
        struct world *w = world_new(&(struct world_options){.deadlines = "{late: 100 ms, within: 600 ms, settle: 20 ms}"}, scenario);
        world_run(w);
        struct mf_handing handing = world_handing(w, "One", "bob@net-it.com");
        const struct mf_rec_command *command = world_seen(w, "One")->command;
        assert_non_null(command);
        if (handing.state != cases[i].handed || command->status != cases[i].status)
            fail_msg("%s: %d, status %d", cases[i].script, handing.state, command->status);
        assert_string_equal(handing.phase, "COMMAND");
        assert_true(w->took < 2500 * MF_MS);
        world_free(&w);
    }
    (void)state;
}

static void a_command_that_is_not_there_is_trouble_of_ours(void **state)
{
    struct world *w = world_new(&(struct world_options){0}, "flows:\n  - {flow: One, from: app, to: bob, via: {command: [/nonexistent/sendmail]}}\n");
    world_run(w);
    struct mf_handing handing = world_handing(w, "One", "bob@net-it.com");
    assert_int_equal(handing.state, MF_HANDED_TROUBLE);
    assert_non_null(strstr(handing.attempt->sent->trouble, "/nonexistent/sendmail"));
    world_free(&w);
    (void)state;
}

static void a_flow_waits_for_what_it_needs_and_is_not_sent_without(void **state)
{
    struct world_options refusing = {.smtp.rules = {{.when = "MAIL FROM:<no@", .act = FAKE_SAY, .say = "550 no\r\n"}}};
    struct world *w = world_new(&refusing, "flows:\n"
                                           "  - {flow: Good, from: app, to: bob}\n"
                                           "  - {flow: Bad, from: app, mail-from: no@net-it.com, to: bob}\n"
                                           "  - {flow: After good, from: app, to: bob, needs: Good}\n"
                                           "  - {flow: After bad, from: app, to: bob, needs: Bad}\n");
    world_run(w);
    assert_true(world_seen(w, "After good")->attempts[0].intent.at >= world_seen(w, "Good")->arrivals[0].copy.at);
    assert_null(world_seen(w, "After bad"));
    assert_int_equal(fake_smtp_count(w->smtp), 2);
    world_free(&w);
    (void)state;
}

static void submission_logs_in_over_tls(void **state)
{
    struct world *w = world_new(&(struct world_options){.submission = true}, "flows:\n  - {flow: One, from: alice, to: bob}\n");
    world_run(w);
    assert_int_equal(world_handing(w, "One", "bob@net-it.com").state, MF_HANDED_ACCEPTED);
    struct fake_mail mail = fake_smtp_mail(w->smtp, 0);
    assert_true(mail.tls);
    assert_string_equal(mail.user, "reader");
    const struct mf_rec_sent *sent = world_seen(w, "One")->attempts[0].sent;
    assert_true(sent->tls.used && sent->tls.verified);
    world_free(&w);
    (void)state;
}

static void a_wrong_password_is_refused_once_and_not_tried_again(void **state)
{
    struct world_options wrong = {.submission = true, .smtp.login = {.user = "reader", .password = "another"}};
    struct world *w = world_new(&wrong, "flows:\n  - {flow: One, from: alice, to: bob}\n");
    world_run(w);
    struct mf_handing handing = world_handing(w, "One", "bob@net-it.com");
    assert_string_equal(handing.phase, "AUTH");
    assert_int_equal(handing.reply.code, 535);
    assert_int_equal(world_seen(w, "One")->attempt_count, 1); /* accounts get locked */
    world_free(&w);
    (void)state;
}

/* The first token is good for the mailbox only; the command gives another one each time. */
static void a_refused_token_is_had_anew_once(void **state)
{
    char counter[] = "/tmp/mailflow-token-XXXXXX", login[300];
    int fd = mkstemp(counter);
    assert_true(fd >= 0);
    close(fd);
    snprintf(login, sizeof login, "{user: reader, oauth2: {token: {command: [sh, -c, 'echo x >> %s; wc -l < %s']}}}", counter, counter);
    for (int second_is_good = 1; second_is_good >= 0; second_is_good--) {
        struct world_options tokens = {.submission = true, .login = login, .smtp.mechanisms = "XOAUTH2", .imap.mechanisms = "XOAUTH2",
                                       .smtp.login.bearer = second_is_good ? "2" : "never", .imap.login.bearer = "1"};
        struct world *w = world_new(&tokens, "flows:\n  - {flow: One, from: alice, to: alice}\n");
        assert_int_equal(truncate(counter, 0), 0);
        world_run(w);
        const struct mf_flow_evidence *seen = world_seen(w, "One");
        assert_int_equal(seen->attempt_count, 2);
        assert_string_equal(seen->attempts[0].sent->outcome, "trouble");
        assert_non_null(strstr(seen->attempts[0].sent->trouble, "token was refused"));
        struct mf_handing handing = world_handing(w, "One", "alice@net-it.com");
        assert_int_equal(handing.state, second_is_good ? MF_HANDED_ACCEPTED : MF_HANDED_REFUSED);
        if (!second_is_good)
            assert_string_equal(handing.phase, "AUTH");
        world_free(&w);
    }
    unlink(counter);
    (void)state;
}

static void messages_a_minute_are_kept_at_a_submission_server(void **state)
{
    struct world_options slow = {.submission = true, .site = "limits: {messages: 2/min}\n"};
    struct world *w = world_new(&slow, "flows:\n  - {flow: One $(i), each: {i: [1, 2, 3]}, from: alice, to: bob}\n");
    w->run.wait = 400 * MF_MS;
    world_run(w);
    assert_int_equal(fake_smtp_count(w->smtp), 2);
    world_free(&w);
    (void)state;
}

static void a_relay_without_login_is_not_limited(void **state)
{
    struct world *w = world_new(&(struct world_options){.site = "limits: {messages: 2/min}\n"},
                                "flows:\n  - {flow: One $(i), each: {i: [1, 2, 3]}, from: app, to: bob}\n");
    world_run(w);
    assert_int_equal(fake_smtp_count(w->smtp), 3);
    world_free(&w);
    (void)state;
}

static void nothing_is_sent_that_can_not_be_written_down(void **state)
{
    struct world *w = world_new(&(struct world_options){0}, TO_BOB);
    struct rlimit old, tight;
    getrlimit(RLIMIT_FSIZE, &old);
    tight = (struct rlimit){600, old.rlim_max};
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &tight);
    world_run(w);
    setrlimit(RLIMIT_FSIZE, &old);
    assert_int_equal(w->result, -1);
    assert_non_null(strstr(w->d.title, "can't write the journal"));
    assert_int_equal(fake_smtp_count(w->smtp), 0);
    assert_true(w->took < 2 * MF_SECOND);
    world_free(&w);
    (void)state;
}

static void a_message_given_byte_for_byte_is_found_by_its_message_id(void **state)
{
    struct world *w = world_new(&(struct world_options){0}, "flows:\n  - {flow: One, from: app, to: bob, message: {raw: raw.eml}}\n");
    world_run(w);
    struct fake_mail mail = fake_smtp_mail(w->smtp, 0);
    assert_int_equal(mail.len, strlen(world_raw));
    assert_memory_equal(mail.data, world_raw, mail.len);
    assert_int_equal(world_arrivals(w, "One"), 1);
    assert_false(world_seen(w, "One")->arrivals[0].copy.proved); /* anybody could send these bytes: it is left */
    assert_int_equal(fake_imap_count(w->imap, "INBOX"), 1);
    world_free(&w);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_is_sent_once_seen_once_and_removed),
        cmocka_unit_test(the_window_is_noted_before_the_first_message_leaves),
        cmocka_unit_test(a_5xx_ends_it_at_once),
        cmocka_unit_test(a_4xx_is_tried_again_with_another_message_id),
        cmocka_unit_test(the_codes_of_a_refusing_greeting_are_no_servers_name),
        cmocka_unit_test(only_the_recipient_who_was_put_off_is_tried_again),
        cmocka_unit_test(a_deferral_that_is_expected_is_not_tried_again),
        cmocka_unit_test(lost_after_the_data_is_unknown_never_sent_again_and_awaited),
        cmocka_unit_test(an_unreachable_first_hop_is_trouble_of_ours_after_some_tries),
        cmocka_unit_test(a_server_that_hangs_is_trouble_by_the_deadline),
        cmocka_unit_test(connections_are_shared_and_capped),
        cmocka_unit_test(identities_take_turns_where_connections_are_few),
        cmocka_unit_test(a_command_takes_the_message_and_its_status_decides),
        cmocka_unit_test(a_command_that_is_not_there_is_trouble_of_ours),
        cmocka_unit_test(a_flow_waits_for_what_it_needs_and_is_not_sent_without),
        cmocka_unit_test(submission_logs_in_over_tls),
        cmocka_unit_test(a_wrong_password_is_refused_once_and_not_tried_again),
        cmocka_unit_test(a_refused_token_is_had_anew_once),
        cmocka_unit_test(messages_a_minute_are_kept_at_a_submission_server),
        cmocka_unit_test(a_relay_without_login_is_not_limited),
        cmocka_unit_test(nothing_is_sent_that_can_not_be_written_down),
        cmocka_unit_test(a_message_given_byte_for_byte_is_found_by_its_message_id),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
