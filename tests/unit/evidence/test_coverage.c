/* When "not there" may be said. Sent at 100, due until 200, two looks 20 apart; the mailbox has an
 * inbox and a junk folder. */
#include "evidence_testing.h"

#define SENT 100
#define UNTIL 200
#define SETTLE 20

struct look { int folder; mf_usec at; unsigned uidvalidity, from; }; /* folder 0 INBOX, 1 Junk, at 0: end */
struct hole { const char *folder; mf_usec at; };                     /* folder "": all of it; NULL: none */
struct row {
    const char *proves;
    mf_usec window;
    struct look looks[6];
    struct hole hole;
    enum mf_coverage want;
    size_t searched;
};

static const struct row rows[] = {
    {"both folders looked at twice, the second time past the deadline", 50, {{0, 150, 7, 5}, {0, 201, 7, 5}, {1, 150, 7, 5}, {1, 201, 7, 5}},
     {NULL, 0}, MF_COVERAGE_COMPLETE, 2},
    {"the second look at the very deadline counts", 50, {{0, 180, 7, 5}, {0, 200, 7, 5}, {1, 180, 7, 5}, {1, 200, 7, 5}}, {NULL, 0}, MF_COVERAGE_COMPLETE, 2},
    {"a window at the very moment of sending counts", SENT, {{0, 150, 7, 5}, {0, 201, 7, 5}, {1, 150, 7, 5}, {1, 201, 7, 5}}, {NULL, 0}, MF_COVERAGE_COMPLETE, 2},
    {"nobody looked yet", 50, {{0}}, {NULL, 0}, MF_COVERAGE_NOT_YET, 0},
    {"one look does not deny", 50, {{0, 201, 7, 5}, {1, 201, 7, 5}}, {NULL, 0}, MF_COVERAGE_NOT_YET, 0},
    {"two looks too close to each other", 50, {{0, 190, 7, 5}, {0, 201, 7, 5}, {1, 150, 7, 5}, {1, 201, 7, 5}}, {NULL, 0}, MF_COVERAGE_NOT_YET, 1},
    {"both looks before the deadline", 50, {{0, 150, 7, 5}, {0, 199, 7, 5}, {1, 150, 7, 5}, {1, 199, 7, 5}}, {NULL, 0}, MF_COVERAGE_NOT_YET, 0},
    {"junk was forgotten", 50, {{0, 150, 7, 5}, {0, 201, 7, 5}}, {NULL, 0}, MF_COVERAGE_NOT_YET, 1},
    {"a window from after the sending proves nothing", 110, {{0, 150, 7, 5}, {0, 201, 7, 5}, {1, 150, 7, 5}, {1, 201, 7, 5}}, {NULL, 0}, MF_COVERAGE_NOT_YET, 0},
    {"but looking from the first UID on does", 110, {{0, 150, 7, 1}, {0, 201, 7, 1}, {1, 150, 7, 1}, {1, 201, 7, 1}}, {NULL, 0}, MF_COVERAGE_COMPLETE, 2},
    {"looks that start behind the window miss something", 50, {{0, 150, 7, 6}, {0, 201, 7, 6}, {1, 150, 7, 5}, {1, 201, 7, 5}}, {NULL, 0}, MF_COVERAGE_NOT_YET, 1},
    {"looks under another UIDVALIDITY don't continue the window", 50, {{0, 150, 8, 5}, {0, 201, 8, 5}, {1, 150, 7, 5}, {1, 201, 7, 5}}, {NULL, 0}, MF_COVERAGE_NOT_YET, 1},
    {"unless they start at the first UID", 50, {{0, 150, 8, 1}, {0, 201, 8, 1}, {1, 150, 7, 5}, {1, 201, 7, 5}}, {NULL, 0}, MF_COVERAGE_COMPLETE, 2},
    {"a gap that later looks cover is healed", 50, {{0, 170, 7, 5}, {0, 201, 7, 5}, {1, 170, 7, 5}, {1, 201, 7, 5}}, {"", 160}, MF_COVERAGE_COMPLETE, 2},
    {"a gap after the first look and none after it", 50, {{0, 150, 7, 5}, {1, 150, 7, 5}}, {"", 160}, MF_COVERAGE_GAP, 0},
    {"a gap from before any look", 50, {{0}}, {"", 160}, MF_COVERAGE_GAP, 0},
    {"a gap of junk alone", 50, {{0, 150, 7, 5}, {0, 201, 7, 5}, {1, 150, 7, 5}}, {"Junk", 160}, MF_COVERAGE_GAP, 1},
    {"a folder of which only its gap is known was never looked at", 50, {{0, 150, 7, 5}, {0, 201, 7, 5}, {1, 150, 7, 5}, {1, 201, 7, 5}},
     {"Archive", 160}, MF_COVERAGE_GAP, 2},
    {"a gap healed by looks that may yet be too early", 50, {{0, 170, 7, 5}, {1, 170, 7, 5}}, {"", 160}, MF_COVERAGE_NOT_YET, 0},
    {"a gap is not healed by a look under another UIDVALIDITY", 50, {{0, 170, 8, 5}, {1, 170, 7, 5}}, {"", 160}, MF_COVERAGE_GAP, 0},
    {"a gap after all was looked at does not matter any more", 50, {{0, 150, 7, 5}, {0, 201, 7, 5}, {1, 150, 7, 5}, {1, 201, 7, 5}}, {"", 300}, MF_COVERAGE_COMPLETE, 2},
};

static struct mf_evidence *build(struct mf_arena *arena, const struct row *row)
{
    static const char *const names[] = {"INBOX", "Junk"};
    struct mf_evidence *evidence = mf_alloc(arena, sizeof *evidence);
    struct mf_mailbox_evidence *mailbox = mf_alloc(arena, sizeof *mailbox);
    struct mf_rec_opened *opened = mf_alloc(arena, sizeof *opened);
    evidence->mailboxes = mailbox, evidence->mailbox_count = 1;
    mailbox->mailbox = "bob primary", mailbox->opened = opened;
    mailbox->folders = mf_alloc_array(arena, 2, sizeof *mailbox->folders), mailbox->folder_count = 2;
    for (int i = 0; i < 2; i++) {
        mailbox->folders[i].folder = names[i];
        mailbox->folders[i].window = (struct mf_rec_window){.at = row->window, .uidvalidity = 7, .uidnext = 5};
        mailbox->folders[i].scans = mf_alloc_array(arena, 6, sizeof(struct mf_rec_scan));
    }
    for (const struct look *look = row->looks; look->at; look++) {
        struct mf_folder_evidence *folder = &mailbox->folders[look->folder];
        folder->scans[folder->scan_count++] = (struct mf_rec_scan){.at = look->at, .uidvalidity = look->uidvalidity, .from_uid = look->from};
    }
    if (row->hole.folder) {
        mailbox->gaps = mf_alloc(arena, sizeof *mailbox->gaps), mailbox->gap_count = 1;
        *mailbox->gaps = (struct mf_rec_gap){.at = row->hole.at, .folder = row->hole.folder, .title = "lost"};
    }
    return evidence;
}

static void the_looks_decide(void **state)
{
    struct mf_arena *arena = mf_arena_new();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct mf_evidence *evidence = build(arena, &rows[i]);
        struct mf_coverage_answer answer = mf_evidence_coverage(evidence, "bob primary", SENT, UNTIL, SETTLE);
        if (answer.coverage != rows[i].want || answer.folders_searched != rows[i].searched || !answer.gap != (rows[i].want != MF_COVERAGE_GAP))
            fail_msg("%s: %d, %zu searched, %s", rows[i].proves, answer.coverage, answer.folders_searched, answer.gap ? "a gap" : "no gap");
    }
    mf_arena_free(&arena);
    (void)state;
}

static void a_mailbox_that_never_opened_says_why(void **state)
{
    struct mf_rec_gap gap = {.at = 10, .folder = "", .title = "login refused"};
    struct mf_mailbox_evidence mailbox = {.mailbox = "bob primary", .gaps = &gap, .gap_count = 1};
    struct mf_evidence evidence = {.mailboxes = &mailbox, .mailbox_count = 1};
    struct mf_coverage_answer answer = mf_evidence_coverage(&evidence, "bob primary", SENT, UNTIL, SETTLE);
    assert_int_equal(answer.coverage, MF_COVERAGE_NEVER_OPEN);
    assert_string_equal(answer.gap->title, "login refused");
    assert_int_equal(mf_evidence_coverage(&evidence, "carol primary", SENT, UNTIL, SETTLE).coverage, MF_COVERAGE_NEVER_OPEN);
    (void)state;
}

static void the_newest_look_is_told(void **state)
{
    struct mf_arena *arena = mf_arena_new();
    struct mf_evidence *evidence = build(arena, &rows[0]);
    assert_int_equal(mf_evidence_coverage(evidence, "bob primary", SENT, UNTIL, SETTLE).last_scan, 201);
    mf_arena_free(&arena);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_looks_decide),
        cmocka_unit_test(a_mailbox_that_never_opened_says_why),
        cmocka_unit_test(the_newest_look_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
