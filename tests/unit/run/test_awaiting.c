/* Seeing mail arrive, and saying "not there" only where everything was looked through. */
#include "unit/test.h"
#include "world.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <unistd.h>

#define TO_BOB "flows:\n  - {flow: One, from: app, to: bob}\n"
#define WITHIN (1500 * MF_MS)

static const struct mf_mailbox_evidence *box(const struct world *world)
{
    return mf_evidence_mailbox(world->evidence, "bob primary");
}

static void a_copy_is_in_hand_soon_after_it_arrived(void **state)
{
    struct world *w = world_new(&(struct world_options){.delay_ms = 40, .deadlines = "{late: 5 s, within: 9 s, settle: 20 ms}"},
                                "flows:\n  - {flow: One $(i), each: {i: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]}, from: app, to: bob}\n");
    world_run(w);
    /* The carrier takes 40 ms for each, one after the other: 400 ms in all. */
    assert_true(w->took < 1200 * MF_MS);
    world_free(&w);
    (void)state;
}

static void what_is_missing_is_looked_for_twice_in_every_folder(void **state)
{
    struct world *w = world_new(&(struct world_options){.folder = ""}, TO_BOB);
    world_run(w);
    assert_int_equal(world_arrivals(w, "One"), 0);
    struct mf_coverage_answer looked = world_coverage(w, "One", "bob primary");
    assert_int_equal(looked.coverage, MF_COVERAGE_COMPLETE);
    assert_int_equal(looked.folders_searched, 4);
    assert_true(w->took >= WITHIN + 60 * MF_MS);
    assert_true(w->took < WITHIN + 10 * MF_SECOND); /* it ends by itself; a busy machine is slow */
    world_free(&w);
    (void)state;
}

/* Whichever look is slow in one folder: `settle` lies between two looks at each of them, or it is not known. */
static void each_folder_is_looked_at_twice_settle_apart_however_long_a_look_takes(void **state)
{
    for (int nth = 1; nth <= 6; nth++) {
        struct world_options slow = {.folder = "",
                                     .deadlines = "{late: 100 ms, within: 300 ms, settle: 60 ms}",
                                     .imap.rules = {{.when = "EXAMINE", .act = FAKE_SLOW, .ms = 90, .nth = 4 * nth}}};
        struct world *w = world_new(&slow, TO_BOB);
        world_run(w);
        assert_int_equal(world_coverage(w, "One", "bob primary").coverage, MF_COVERAGE_COMPLETE);
        world_free(&w);
    }
    (void)state;
}

static void mail_in_junk_ends_the_waiting(void **state)
{
    struct world *w = world_new(&(struct world_options){.folder = "Junk"}, TO_BOB);
    world_run(w);
    assert_int_equal(world_arrivals(w, "One"), 1);
    assert_string_equal(world_seen(w, "One")->arrivals[0].copy.use, "junk");
    assert_true(world_seen(w, "One")->arrivals[0].removed->removed);
    assert_int_equal(fake_imap_count(w->imap, "Junk"), 0);
    assert_true(w->took < WITHIN);
    world_free(&w);
    (void)state;
}

static void mail_in_a_folder_nobody_thought_of_is_found_at_the_deadline(void **state)
{
    struct world *w = world_new(&(struct world_options){.folder = "Projects"}, TO_BOB);
    fake_imap_add_folder(w->imap, "Projects", "");
    world_run(w);
    assert_int_equal(world_arrivals(w, "One"), 1);
    assert_string_equal(world_seen(w, "One")->arrivals[0].copy.folder, "Projects");
    assert_int_equal(fake_imap_count(w->imap, "Projects"), 0);
    world_free(&w);
    (void)state;
}

static void another_folder_than_the_inbox_is_awaited_as_well(void **state)
{
    struct world *w = world_new(&(struct world_options){.folder = "Sent"},
                                "flows:\n  - {flow: One, from: app, to: bob, expect: [{at: bob, folder: sent}]}\n");
    world_run(w);
    assert_int_equal(world_arrivals(w, "One"), 1);
    assert_true(world_seen(w, "One")->arrivals[0].copy.at - world_seen(w, "One")->attempts[0].sent->at < 300 * MF_MS);
    world_free(&w);
    (void)state;
}

static void a_second_copy_within_settle_is_seen(void **state)
{
    struct world_options twice = {.copies = 2, .delay_ms = 60, .deadlines = "{late: 1 s, within: 1500 ms, settle: 400 ms}"};
    struct world *w = world_new(&twice, TO_BOB);
    world_run(w);
    assert_int_equal(world_arrivals(w, "One"), 2);
    assert_int_equal(fake_imap_count(w->imap, "INBOX"), 0);
    world_free(&w);
    (void)state;
}

static void other_peoples_mail_is_neither_kept_nor_touched(void **state)
{
    struct world *w = world_new(&(struct world_options){.delay_ms = 80}, TO_BOB);
    unsigned before = fake_imap_deliver_text(w->imap, "INBOX", "Subject: private\r\n\r\nold\r\n");
    world_run(w);
    assert_int_equal(world_arrivals(w, "One"), 1);
    assert_true(fake_imap_has(w->imap, "INBOX", before));
    assert_int_equal(fake_imap_count(w->imap, "INBOX"), 1);
    assert_false(fake_imap_is_marked(w->imap, "INBOX", before, "\\Seen"));
    char file[200], *found = NULL;
    snprintf(file, sizeof file, "%s/blobs.pack", w->dir);
    FILE *pack = fopen(file, "rb");
    char *bytes = calloc(1, 1 << 20);
    assert_true(fread(bytes, 1, (1 << 20) - 1, pack) > 0);
    fclose(pack);
    found = strstr(bytes, "private");
    free(bytes);
    assert_null(found);
    world_free(&w);
    (void)state;
}

static void *take_it_away(void *context)
{
    struct world *world = context;
    while (!fake_imap_has(world->imap, "INBOX", 1))
        usleep(1000);
    usleep(150000);
    fake_imap_expunge(world->imap, "INBOX", 1);
    return NULL;
}

static void what_another_client_removes_after_it_was_seen_is_noted(void **state)
{
    struct world *w = world_new(&(struct world_options){.deadlines = "{late: 1 s, within: 1500 ms, settle: 600 ms}"}, TO_BOB);
    pthread_t thread;
    pthread_create(&thread, NULL, take_it_away, w);
    world_run(w);
    pthread_join(thread, NULL);
    assert_int_equal(world_arrivals(w, "One"), 1);
    assert_string_equal(world_seen(w, "One")->arrivals[0].removed->why, MF_TAKEN_AWAY);
    world_free(&w);
    (void)state;
}

static void *come_and_go(void *context)
{
    struct world *world = context;
    while (fake_smtp_count(world->smtp) == 0)
        usleep(1000);
    fake_imap_skip_uids(world->imap, "INBOX", 2); /* two were there for a moment */
    return NULL;
}

static void what_is_gone_before_it_can_be_looked_at_leaves_its_number(void **state)
{
    struct world *w = world_new(&(struct world_options){.folder = ""}, TO_BOB);
    pthread_t thread;
    pthread_create(&thread, NULL, come_and_go, w);
    world_run(w);
    pthread_join(thread, NULL);
    const struct mf_folder_evidence *inbox = mf_evidence_folder(box(w), "INBOX"), *junk = mf_evidence_folder(box(w), "Junk");
    assert_int_equal(inbox->scans[inbox->scan_count - 1].gone, 2);
    assert_int_equal(junk->scans[junk->scan_count - 1].gone, 0);
    world_free(&w);
    (void)state;
}

/* The token in its text tells whose it is; it does not prove that we sent it. */
static void what_only_quotes_our_marks_is_told_and_left(void **state)
{
    struct world_options forwarding = {.wrap = "From: x@example.org\r\nMessage-ID: <forwarded@example.org>\r\nSubject: Fwd\r\n\r\n----- forwarded -----\r\n> "};
    struct world *w = world_new(&forwarding, TO_BOB);
    world_run(w);
    assert_int_equal(world_arrivals(w, "One"), 1);
    const struct mf_arrival *arrival = &world_seen(w, "One")->arrivals[0];
    assert_false(arrival->copy.proved);
    assert_non_null(arrival->removed);
    assert_false(arrival->removed->removed);
    assert_non_null(strstr(arrival->removed->why, "not proved"));
    assert_int_equal(fake_imap_count(w->imap, "INBOX"), 1);
    world_free(&w);
    (void)state;
}

static void mail_is_left_where_it_is_when_that_is_wanted(void **state)
{
    struct world *w = world_new(&(struct world_options){0}, TO_BOB);
    w->run.keep_mail = true;
    world_run(w);
    assert_int_equal(fake_imap_count(w->imap, "INBOX"), 1);
    world_free(&w);
    (void)state;
}

/* ---- mailboxes that can't be read ---- */

static void a_refused_login_is_a_gap_and_the_message_is_sent_all_the_same(void **state)
{
    struct world *w = world_new(&(struct world_options){.imap.login = {.user = "reader", .password = "another"}}, TO_BOB);
    world_run(w);
    assert_int_equal(world_handing(w, "One", "bob@net-it.com").state, MF_HANDED_ACCEPTED);
    assert_int_equal(world_coverage(w, "One", "bob primary").coverage, MF_COVERAGE_NEVER_OPEN);
    assert_int_equal(box(w)->gaps[0].tries, 1); /* once: accounts get locked */
    assert_non_null(strstr(w->events, "unreadable - bob primary"));
    assert_true(w->took < WITHIN); /* nobody can look: nothing to wait for */
    world_free(&w);
    (void)state;
}

static void a_mailbox_server_that_is_down_is_tried_until_the_deadline(void **state)
{
    struct world *w = world_new(&(struct world_options){.no_imap = true}, TO_BOB);
    world_run(w);
    assert_int_equal(world_handing(w, "One", "bob@net-it.com").state, MF_HANDED_ACCEPTED);
    assert_int_equal(world_coverage(w, "One", "bob primary").coverage, MF_COVERAGE_NEVER_OPEN);
    assert_true(box(w)->gap_count > 0);
    assert_true(box(w)->gaps[0].tries >= 3);
    assert_true(w->took < WITHIN + 3 * MF_SECOND);
    world_free(&w);
    (void)state;
}

static void a_dropped_connection_is_healed_and_what_came_meanwhile_is_seen(void **state)
{
    struct world_options dropping = {.imap.rules = {{.when = "NOOP", .act = FAKE_DROP, .connection = 1}}, .delay_ms = 20};
    struct world *w = world_new(&dropping, TO_BOB);
    world_run(w);
    assert_int_equal(world_arrivals(w, "One"), 1);
    assert_true(box(w)->gap_count > 0);
    assert_non_null(strstr(w->events, "lost - bob primary"));
    assert_true(w->took < WITHIN);
    assert_int_equal(fake_imap_count(w->imap, "INBOX"), 0);
    world_free(&w);
    (void)state;
}

static void a_healed_gap_does_not_stand_in_the_way_of_not_there(void **state)
{
    struct world_options dropping = {.imap.rules = {{.when = "NOOP", .act = FAKE_DROP, .connection = 1}}, .folder = ""};
    struct world *w = world_new(&dropping, TO_BOB);
    world_run(w);
    assert_true(box(w)->gap_count > 0);
    assert_int_equal(world_coverage(w, "One", "bob primary").coverage, MF_COVERAGE_COMPLETE);
    world_free(&w);
    (void)state;
}

static void a_gap_up_to_the_end_is_no_absence(void **state)
{
    struct world_options dropping = {.imap.rules = {{.when = "NOOP", .act = FAKE_DROP}, {.when = "UID FETCH", .act = FAKE_DROP, .connection = 2},
                                                    {.when = "LOGIN", .act = FAKE_DROP, .connection = 3}, {.when = "GREETING", .act = FAKE_DROP, .connection = 4},
                                                    {.when = "GREETING", .act = FAKE_DROP, .connection = 5}, {.when = "GREETING", .act = FAKE_DROP, .connection = 6},
                                                    {.when = "GREETING", .act = FAKE_DROP, .connection = 7}, {.when = "GREETING", .act = FAKE_DROP, .connection = 8}},
                                      .folder = ""};
    struct world *w = world_new(&dropping, TO_BOB);
    world_run(w);
    struct mf_coverage_answer looked = world_coverage(w, "One", "bob primary");
    assert_int_equal(looked.coverage, MF_COVERAGE_GAP);
    assert_non_null(looked.gap);
    assert_true(w->took < WITHIN + 5 * MF_SECOND);
    world_free(&w);
    (void)state;
}

static void a_folder_that_may_not_be_read_is_a_gap_of_its_own(void **state)
{
    struct world_options forbidden = {.imap.rules = {{.when = "STATUS Trash", .act = FAKE_SAY, .say = "$T NO [NOPERM] not yours\r\n"},
                                                     {.when = "STATUS \"Trash\"", .act = FAKE_SAY, .say = "$T NO [NOPERM] not yours\r\n"},
                                                     {.when = "EXAMINE Trash", .act = FAKE_SAY, .say = "$T NO [NOPERM] not yours\r\n"},
                                                     {.when = "EXAMINE \"Trash\"", .act = FAKE_SAY, .say = "$T NO [NOPERM] not yours\r\n"}},
                                      .folder = ""};
    struct world *w = world_new(&forbidden, TO_BOB);
    world_run(w);
    struct mf_coverage_answer looked = world_coverage(w, "One", "bob primary");
    assert_int_equal(looked.folders_searched, 3);
    assert_int_equal(looked.coverage, MF_COVERAGE_GAP); /* it may be there */
    assert_string_equal(looked.gap->folder, "Trash");
    assert_true(w->took < WITHIN + MF_SECOND);
    world_free(&w);
    (void)state;
}

static void *number_anew(void *context)
{
    struct world *world = context;
    while (fake_smtp_count(world->smtp) == 0)
        usleep(1000);
    fake_imap_remake(world->imap, "INBOX");
    return NULL;
}

static void a_folder_numbered_anew_is_looked_through_from_its_first_message(void **state)
{
    struct world_options renumbering = {.imap.rules = {{.when = "NOOP", .act = FAKE_DROP, .connection = 1}}, .delay_ms = 100};
    struct world *w = world_new(&renumbering, TO_BOB);
    fake_imap_skip_uids(w->imap, "INBOX", 5000); /* the window is far above what the new numbers will be */
    pthread_t thread;
    pthread_create(&thread, NULL, number_anew, w);
    world_run(w);
    pthread_join(thread, NULL);
    const struct mf_flow_evidence *seen = world_seen(w, "One");
    const struct mf_folder_evidence *inbox = mf_evidence_folder(box(w), "INBOX");
    size_t copies = 0;
    for (size_t i = 0; i < seen->arrival_count; i++) {
        copies += !seen->arrivals[i].copy.again; /* the same one under its old and its new number is one */
        assert_true(seen->arrivals[i].removed->removed);
    }
    assert_int_equal(copies, 1);
    assert_int_not_equal(seen->arrivals[seen->arrival_count - 1].copy.uidvalidity, inbox->window.uidvalidity);
    assert_int_equal(fake_imap_count(w->imap, "INBOX"), 0);
    world_free(&w);
    (void)state;
}

static void a_flow_is_not_held_up_by_somebody_elses_mailbox(void **state)
{
    struct world_options slow = {.imap.rules = {{.when = "GREETING", .act = FAKE_SLOW, .ms = 900, .connection = 1}}};
    struct world *w = world_new(&slow, "flows:\n  - {flow: To alice, from: app, to: alice}\n"
                                       "  - {flow: To bob, from: app, to: bob}\n");
    world_run(w);
    /* One of the two mailboxes opens 900 ms late; whose it is depends on the threads. */
    mf_usec alice = world_seen(w, "To alice")->attempts[0].intent.at, bob = world_seen(w, "To bob")->attempts[0].intent.at;
    assert_true((alice < bob ? bob - alice : alice - bob) > 600 * MF_MS);
    world_free(&w);
    (void)state;
}

/* ---- stopping ---- */

static volatile sig_atomic_t pressed;

static void on_alarm(int signal)
{
    (void)signal;
    pressed = 1;
}

static void press_ctrl_c_soon(struct world *world)
{
    struct itimerval soon = {.it_value = {.tv_usec = 400000}};
    struct sigaction action = {.sa_handler = on_alarm};
    pressed = 0;
    world->run.stop = &pressed;
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &soon, NULL);
}

static void ctrl_c_ends_it_soon_and_cleans_up(void **state)
{
    struct world *w = world_new(&(struct world_options){.deadlines = "{late: 20 s, within: 30 s, settle: 10 s}"}, TO_BOB);
    press_ctrl_c_soon(w);
    world_run(w);
    assert_int_equal(world_arrivals(w, "One"), 1);
    assert_int_equal(fake_imap_count(w->imap, "INBOX"), 0);
    assert_true(w->took < 1500 * MF_MS);
    world_free(&w);
    (void)state;
}

static void ctrl_c_interrupts_a_server_that_hangs(void **state)
{
    struct world_options hanging = {.smtp.rules = {{.when = "RCPT", .act = FAKE_HANG}}, .deadlines = "{late: 20 s, within: 30 s, settle: 10 s}"};
    struct world *w = world_new(&hanging, TO_BOB);
    press_ctrl_c_soon(w);
    world_run(w);
    assert_true(w->took < 1500 * MF_MS);
    assert_int_equal(world_handing(w, "One", "bob@net-it.com").state, MF_HANDED_TROUBLE);
    assert_true(world_seen(w, "One")->attempts[0].sent->retry_at > 0); /* resume goes on */
    world_free(&w);
    (void)state;
}

static void ctrl_c_interrupts_a_mailbox_that_hangs(void **state)
{
    struct world_options hanging = {.imap.rules = {{.when = "NOOP", .act = FAKE_HANG}}, .deadlines = "{late: 20 s, within: 30 s, settle: 10 s}"};
    struct world *w = world_new(&hanging, TO_BOB);
    press_ctrl_c_soon(w);
    world_run(w);
    assert_true(w->took < 6 * MF_SECOND);
    world_free(&w);
    (void)state;
}

static void ctrl_c_interrupts_a_mailbox_that_is_being_opened(void **state)
{
    struct world_options silent = {.imap.rules = {{.when = "GREETING", .act = FAKE_HANG}}, .deadlines = "{late: 20 s, within: 30 s, settle: 10 s}"};
    struct world *w = world_new(&silent, TO_BOB);
    press_ctrl_c_soon(w);
    world_run(w);
    assert_true(w->took < 6 * MF_SECOND);
    world_free(&w);
    (void)state;
}

static void waiting_no_longer_than_told_leaves_it_pending(void **state)
{
    struct world *w = world_new(&(struct world_options){.folder = "", .deadlines = "{late: 20 s, within: 30 s, settle: 1 s}"}, TO_BOB);
    w->run.wait = 300 * MF_MS;
    world_run(w);
    assert_true(w->took < 1500 * MF_MS);
    assert_int_equal(world_coverage(w, "One", "bob primary").coverage, MF_COVERAGE_NOT_YET);
    world_free(&w);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_copy_is_in_hand_soon_after_it_arrived),
        cmocka_unit_test(what_is_missing_is_looked_for_twice_in_every_folder),
        cmocka_unit_test(each_folder_is_looked_at_twice_settle_apart_however_long_a_look_takes),
        cmocka_unit_test(mail_in_junk_ends_the_waiting),
        cmocka_unit_test(mail_in_a_folder_nobody_thought_of_is_found_at_the_deadline),
        cmocka_unit_test(another_folder_than_the_inbox_is_awaited_as_well),
        cmocka_unit_test(a_second_copy_within_settle_is_seen),
        cmocka_unit_test(other_peoples_mail_is_neither_kept_nor_touched),
        cmocka_unit_test(what_another_client_removes_after_it_was_seen_is_noted),
        cmocka_unit_test(what_is_gone_before_it_can_be_looked_at_leaves_its_number),
        cmocka_unit_test(what_only_quotes_our_marks_is_told_and_left),
        cmocka_unit_test(mail_is_left_where_it_is_when_that_is_wanted),
        cmocka_unit_test(a_refused_login_is_a_gap_and_the_message_is_sent_all_the_same),
        cmocka_unit_test(a_mailbox_server_that_is_down_is_tried_until_the_deadline),
        cmocka_unit_test(a_dropped_connection_is_healed_and_what_came_meanwhile_is_seen),
        cmocka_unit_test(a_healed_gap_does_not_stand_in_the_way_of_not_there),
        cmocka_unit_test(a_gap_up_to_the_end_is_no_absence),
        cmocka_unit_test(a_folder_that_may_not_be_read_is_a_gap_of_its_own),
        cmocka_unit_test(a_folder_numbered_anew_is_looked_through_from_its_first_message),
        cmocka_unit_test(a_flow_is_not_held_up_by_somebody_elses_mailbox),
        cmocka_unit_test(ctrl_c_ends_it_soon_and_cleans_up),
        cmocka_unit_test(ctrl_c_interrupts_a_server_that_hangs),
        cmocka_unit_test(ctrl_c_interrupts_a_mailbox_that_hangs),
        cmocka_unit_test(ctrl_c_interrupts_a_mailbox_that_is_being_opened),
        cmocka_unit_test(waiting_no_longer_than_told_leaves_it_pending),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
