/* Killed and started again: every message accounted for, none sent twice. */
#include "unit/test.h"
#include "world.h"

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#define TO_BOB "flows:\n  - {flow: One, from: app, to: bob}\n"
#define PATIENT "{late: 5 s, within: 20 s, settle: 20 ms}"

static void write_attempt(struct world *world, struct mf_journal *journal, int number, mf_usec at)
{
    static const char *const rcpt[] = {"bob@net-it.com"};
    char hash[MF_HASH_SIZE];
    assert_int_equal(mf_journal_blob(journal, MF_BYTES("Subject: x\r\n\r\nx\r\n"), hash, NULL), 0);
    struct mf_rec_intent intent = {.at = at, .flow = world_flow(world, "One")->id, .attempt = number, .hash = hash, .message_id = "<1@x>",
                                   .mail_from = "app@net-it.com", .rcpt = rcpt, .rcpt_count = 1, .via = "primary", .peer = "127.0.0.1:25"};
    assert_int_equal(mf_journal_intent(journal, &intent, NULL), 0);
}

static void write_data(struct world *world, struct mf_journal *journal, int number)
{
    struct mf_rec_data data = {.at = mf_now(), .flow = world_flow(world, "One")->id, .attempt = number};
    assert_int_equal(mf_journal_data(journal, &data, NULL), 0);
}

static void write_sent(struct world *world, struct mf_journal *journal, int number, const char *outcome, int code, mf_usec retry_at)
{
    struct mf_rec_sent sent = {.at = mf_now(), .flow = world_flow(world, "One")->id, .attempt = number, .outcome = outcome, .phase = "RCPT",
                               .reply = {code, "", "words"}, .retry_at = retry_at, .temporary = true};
    assert_int_equal(mf_journal_sent(journal, &sent, NULL), 0);
}

struct row {
    const char *before;
    bool intent, data;
    const char *outcome; /* NULL: none */
    int code;
    bool retry;
    mf_usec ago;         /* the attempt began so long ago */
    size_t sent_now;
};

static void what_was_handed_over_is_not_sent_again_and_what_was_not_is(void **state)
{
    static const struct row rows[] = {
        {"nothing", false, false, NULL, 0, false, 0, 1},
        {"killed before the data", true, false, NULL, 0, false, 0, 1},
        {"killed after the data began", true, true, NULL, 0, false, 0, 0},
        {"taken", true, true, "accepted", 250, false, 0, 0},
        {"unknown", true, true, "unknown", 0, false, 0, 0},
        {"refused", true, false, "refused", 550, false, 0, 0},
        {"put off, another try was planned", true, false, "refused", 451, true, 0, 1},
        {"put off, but the time is over", true, false, "refused", 451, true, 60 * MF_SECOND, 0},
        {"unreachable, another try was planned", true, false, "trouble", 0, true, 0, 1},
        {"unreachable, given up", true, false, "trouble", 0, false, 0, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct world *w = world_new(&(struct world_options){.deadlines = "{late: 100 ms, within: 1 s, settle: 20 ms}"}, TO_BOB);
        struct mf_journal *journal = world_journal(w);
        if (rows[i].intent)
            write_attempt(w, journal, 1, mf_now() - rows[i].ago);
        if (rows[i].data)
            write_data(w, journal, 1);
        if (rows[i].outcome)
            write_sent(w, journal, 1, rows[i].outcome, rows[i].code, rows[i].retry ? mf_now() : 0);
        mf_journal_close(&journal, NULL);
        world_resume(w);
        if (fake_smtp_count(w->smtp) != rows[i].sent_now)
            fail_msg("%s: %zu sent", rows[i].before, fake_smtp_count(w->smtp));
        if (rows[i].sent_now && rows[i].intent)
            assert_int_equal(world_seen(w, "One")->attempts[1].intent.attempt, 2); /* numbers go on */
        world_free(&w);
    }
    (void)state;
}

static void what_arrived_while_nobody_looked_is_found_and_removed(void **state)
{
    struct world *w = world_new(&(struct world_options){.folder = "", .deadlines = PATIENT}, TO_BOB);
    w->run.wait = 100 * MF_MS;
    world_run(w);
    assert_int_equal(world_arrivals(w, "One"), 0);
    struct fake_mail mail = fake_smtp_mail(w->smtp, 0);
    fake_imap_deliver(w->imap, "INBOX", mail.data, mail.len, 0);
    world_resume(w);
    assert_int_equal(fake_smtp_count(w->smtp), 1);
    assert_int_equal(world_arrivals(w, "One"), 1);
    assert_int_equal(fake_imap_count(w->imap, "INBOX"), 0);
    assert_true(w->took < 2 * MF_SECOND);
    world_free(&w);
    (void)state;
}

static void copies_seen_before_are_neither_counted_twice_nor_forgotten(void **state)
{
    struct world *w = world_new(&(struct world_options){.deadlines = PATIENT}, TO_BOB);
    w->run.keep_mail = true;
    world_run(w);
    assert_int_equal(world_arrivals(w, "One"), 1);
    assert_int_equal(fake_imap_count(w->imap, "INBOX"), 1);
    w->run.keep_mail = false;
    world_resume(w);
    assert_int_equal(world_arrivals(w, "One"), 1);
    assert_int_equal(fake_imap_count(w->imap, "INBOX"), 0); /* what was left is removed now */
    assert_true(w->took < 2 * MF_SECOND);
    world_free(&w);
    (void)state;
}

/* Killed at many moments of a real run; then resumed. */
static void killed_at_any_moment_each_message_is_taken_at_most_once_and_known_about(void **state)
{
    for (useconds_t delay = 5000; delay < 160000; delay += 9000) {
        struct world *w = world_new(&(struct world_options){.deadlines = "{late: 500 ms, within: 1 s, settle: 20 ms}"},
                                    "flows:\n  - {flow: One, from: app, to: bob}\n  - {flow: Two, from: app, to: alice}\n");
        pid_t child = fork();
        if (child == 0) {
            world_run(w);
            _exit(0);
        }
        usleep(delay);
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
        usleep(20000); /* what is on its way arrives */
        size_t taken = fake_smtp_count(w->smtp);
        struct mf_diag d = {0};
        struct mf_evidence *before = mf_evidence_load(w->dir, NULL, &d);
        if (before) {
            mf_evidence_free(&before);
            world_resume(w);
            static const char *const flows[] = {"One", "Two"}, *const to[] = {"bob@net-it.com", "alice@net-it.com"};
            assert_true(fake_smtp_count(w->smtp) <= 2);
            assert_true(fake_smtp_count(w->smtp) >= taken);
            for (int i = 0; i < 2; i++) {
                enum mf_handed state_now = world_handing(w, flows[i], to[i]).state;
                if (state_now != MF_HANDED_ACCEPTED && state_now != MF_HANDED_UNKNOWN)
                    fail_msg("killed after %u us: flow %s is %d", (unsigned)delay, flows[i], state_now);
            }
        }
        world_free(&w);
    }
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_handed_over_is_not_sent_again_and_what_was_not_is),
        cmocka_unit_test(what_arrived_while_nobody_looked_is_found_and_removed),
        cmocka_unit_test(copies_seen_before_are_neither_counted_twice_nor_forgotten),
        cmocka_unit_test(killed_at_any_moment_each_message_is_taken_at_most_once_and_known_about),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
