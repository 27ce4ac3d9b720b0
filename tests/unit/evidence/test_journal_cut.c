/* Killed at any byte: what is read back is what was whole, or a clear error; never a crash, and
 * what was known once stays known. */
#include "evidence_testing.h"

static char lines_path[160], pack_path[160];

static char *slurp(const char *path, size_t *len)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    char *data = mf_xmalloc(1 << 16);
    *len = fread(data, 1, 1 << 16, file);
    fclose(file);
    return data;
}

static void put(const char *path, const char *data, size_t len)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, len, file), len);
    fclose(file);
}

static char *sample(void)
{
    char *dir = new_folder();
    struct mf_diag d = {0};
    snprintf(lines_path, sizeof lines_path, "%s/journal.jsonl", dir);
    snprintf(pack_path, sizeof pack_path, "%s/blobs.pack", dir);
    struct mf_journal *journal = mf_journal_create(dir, &d);
    assert_non_null(journal);
    struct mf_rec_run run = sample_run();
    mf_journal_run(journal, &run, &d);
    struct mf_rec_opened opened = {.at = 1500, .mailbox = "bob primary", .peer = "p", .capabilities = "IDLE"};
    mf_journal_opened(journal, &opened, &d);
    struct mf_rec_window window = {.at = 1600, .mailbox = "bob primary", .folder = "INBOX", .use = "inbox", .uidvalidity = 7, .uidnext = 5};
    mf_journal_window(journal, &window, &d);
    write_intent(journal, "f1", 1, "first message\nwith lines\n", 2000);
    write_sent(journal, "f1", 1, "refused", 451, 2100);
    write_intent(journal, "f1", 2, "second message", 2200);
    write_sent(journal, "f1", 2, "accepted", 250, 2300);
    write_copy(journal, "f1", 5, "second message, received", 2400);
    struct mf_rec_scan scan = {.at = 2500, .mailbox = "bob primary", .folder = "INBOX", .uidvalidity = 7, .from_uid = 5, .to_uid = 6};
    mf_journal_scan(journal, &scan, &d);
    scan.at = 2600;
    mf_journal_scan(journal, &scan, &d);
    assert_int_equal(mf_journal_close(&journal, &d), 0);
    return dir;
}

/* More known never means less: the ranks of what a longer journal says. */
static int rank(enum mf_handed state)
{
    switch (state) {
    case MF_HANDED_NOT_YET:
        return 0;
    case MF_HANDED_UNKNOWN:
    case MF_HANDED_DEFERRED:
    case MF_HANDED_TROUBLE:
        return 1;
    case MF_HANDED_REFUSED:
    case MF_HANDED_ACCEPTED:
        return 2;
    }
    return -1;
}

static void the_journal_cut_at_any_byte_gives_what_was_whole_and_only_ever_more(void **state)
{
    char *dir = sample();
    size_t len;
    char *data = slurp(lines_path, &len);
    size_t attempts = 0, arrivals = 0, loaded = 0;
    bool accepted = false, complete = false;
    for (size_t cut = 0; cut <= len; cut++) {
        put(lines_path, data, cut);
        struct mf_diag d = {0};
        struct mf_evidence *evidence = mf_evidence_load(dir, NULL, &d);
        if (!evidence) {
            assert_non_null(strstr(d.title, "stopped before it began"));
            assert_int_equal(loaded, 0); /* only before the first record */
            continue;
        }
        loaded++;
        const struct mf_flow_evidence *flow = mf_evidence_flow(evidence, "f1");
        struct mf_handing handing = mf_evidence_handing(flow, "bob@net-it.com");
        bool covered = mf_evidence_coverage(evidence, "bob primary", 2200, 2550, 50).coverage == MF_COVERAGE_COMPLETE;
        assert_true(!flow || flow->attempt_count >= attempts);
        assert_true(!flow || flow->arrival_count >= arrivals);
        assert_true(!accepted || handing.state == MF_HANDED_ACCEPTED);
        assert_true(!complete || covered);
        assert_true(rank(handing.state) >= 0);
        attempts = flow ? flow->attempt_count : 0, arrivals = flow ? flow->arrival_count : 0;
        accepted = handing.state == MF_HANDED_ACCEPTED, complete = covered;
        mf_evidence_free(&evidence);
    }
    assert_int_equal(attempts, 2);
    assert_int_equal(arrivals, 1);
    assert_true(accepted);
    assert_true(complete);
    free(data);
    remove_folder(dir);
    (void)state;
}

static void appending_after_any_cut_gives_a_journal_that_can_be_read(void **state)
{
    char *dir = sample();
    size_t len;
    char *data = slurp(lines_path, &len);
    for (size_t cut = 0; cut <= len; cut += 7) {
        put(lines_path, data, cut);
        struct mf_diag d = {0};
        struct mf_journal *journal = mf_journal_append(dir, &d);
        if (!journal)
            fail_msg("cut at %zu: %s", cut, d.title);
        struct mf_rec_run again = sample_run();
        again.resumed = true;
        assert_int_equal(mf_journal_run(journal, &again, &d), 0);
        write_intent(journal, "f9", 1, "after the cut", 9000);
        assert_int_equal(mf_journal_close(&journal, &d), 0);
        struct mf_evidence *evidence = load_good(dir);
        assert_non_null(mf_evidence_flow(evidence, "f9"));
        mf_evidence_free(&evidence);
    }
    free(data);
    remove_folder(dir);
    (void)state;
}

static void the_pack_cut_at_any_byte_gives_a_clear_error_or_all_that_is_named(void **state)
{
    char *dir = sample();
    size_t len;
    char *data = slurp(pack_path, &len);
    for (size_t cut = 0; cut <= len; cut++) {
        put(pack_path, data, cut);
        struct mf_diag d = {0};
        struct mf_evidence *evidence = mf_evidence_load(dir, NULL, &d);
        assert_int_equal(evidence != NULL, cut == len);
        if (!evidence)
            assert_non_null(strstr(d.title, "lacks the blob"));
        mf_evidence_free(&evidence);
    }
    free(data);
    remove_folder(dir);
    (void)state;
}

static void a_pack_cut_by_a_crash_is_mended_by_writing_the_blob_again(void **state)
{
    char *dir = sample();
    size_t len, lines_len;
    char *data = slurp(pack_path, &len), *lines = slurp(lines_path, &lines_len);
    char *copy_line = strstr(lines, "{\"kind\":\"copy\"");
    assert_non_null(copy_line);
    for (size_t lost = 1; lost < 40; lost++) {
        for (int zeroed = 0; zeroed <= 1; zeroed++) {
            char *broken = mf_xmalloc(len);
            memcpy(broken, data, len);
            memset(broken + len - lost, 0, lost);
            put(pack_path, broken, zeroed ? len : len - lost); /* cut, or filled with zeroes by the file system */
            free(broken);
            put(lines_path, lines, (size_t)(copy_line - lines));
            struct mf_diag d = {0};
            struct mf_journal *journal = mf_journal_append(dir, &d);
            if (!journal)
                fail_msg("%zu bytes %s: %s", lost, zeroed ? "zeroed" : "cut", d.title);
            write_copy(journal, "f1", 5, "second message, received", 2400);
            assert_int_equal(mf_journal_close(&journal, &d), 0);
            struct mf_evidence *evidence = load_good(dir);
            assert_int_equal(mf_evidence_flow(evidence, "f1")->arrival_count, 1);
            mf_evidence_free(&evidence);
        }
    }
    free(data);
    free(lines);
    remove_folder(dir);
    (void)state;
}

static void altered_bytes_of_a_message_are_noticed(void **state)
{
    char *dir = sample();
    size_t len;
    char *data = slurp(pack_path, &len);
    *strstr(data, "second message, received") = 'S';
    put(pack_path, data, len);
    struct mf_diag d = {0};
    assert_null(mf_evidence_load(dir, NULL, &d));
    assert_non_null(strstr(d.title, "altered bytes"));
    assert_non_null(strstr(d.title, "journal.jsonl:8: ")); /* the record that names it */
    free(data);
    remove_folder(dir);
    (void)state;
}

struct damage { const char *what, *find, *put, *title; };

static void damage_in_the_middle_is_told_with_its_line(void **state)
{
    static const struct damage cases[] = {
        {"a broken line", "{\"kind\":\"window\"", "{\"kind\":window\"\"", "journal.jsonl:3: this line is no record"},
        {"an unknown kind", "\"kind\":\"window\"", "\"kind\":\"wondow\"", "journal.jsonl:3: a record of unknown kind \"wondow\""},
        {"a text where a number must be", "\"uidnext\":5", "\"uidnext\":\"5", "journal.jsonl:3: "},
        {"a negative UID", "\"uidnext\":5", "\"uidnext\":-", "journal.jsonl:3: "},
        {"a newer format", "\"format\":1", "\"format\":2", "is written in format 2"},
        {"a key that is none", "0102030405", "010203040x", "journal.jsonl:1: the run's key is no 64 hex digits"},
        {"an answer to nothing", "\"attempt\":2,\"outcome\"", "\"attempt\":7,\"outcome\"", "attempt 7 of flow f1, which was never begun"},
    };
    char *dir = sample();
    size_t len;
    char *data = slurp(lines_path, &len);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *broken = mf_xmalloc(len + 1);
        memcpy(broken, data, len);
        broken[len] = '\0';
        char *at = strstr(broken, cases[i].find);
        assert_non_null(at);
        memcpy(at, cases[i].put, strlen(cases[i].put));
        put(lines_path, broken, len);
        struct mf_diag d = {0};
        assert_null(mf_evidence_load(dir, NULL, &d));
        if (!strstr(d.title, cases[i].title))
            fail_msg("%s: %s", cases[i].what, d.title);
        free(broken);
    }
    free(data);
    remove_folder(dir);
    (void)state;
}

static void a_newer_revision_may_hold_records_that_are_not_known_here(void **state)
{
    char *dir = sample();
    size_t len;
    char *data = slurp(lines_path, &len);
    data[len] = '\0';
    char *format = strstr(data, "\"format\":1"), *rest = format + strlen("\"format\":1");
    FILE *file = fopen(lines_path, "wb");
    fprintf(file, "%.*s\"format\":1,\"revision\":1%s{\"kind\":\"moon-phase\",\"at\":1}\n{\"kind\":\"end\",\"at\":9,\"why\":\"done\",\"extra\":1}\n",
            (int)(format - data), data, rest);
    fclose(file);
    struct mf_evidence *evidence = load_good(dir);
    assert_string_equal(evidence->ended, "done");
    assert_int_equal(evidence->flow_count, 1);
    mf_evidence_free(&evidence);
    free(data);
    remove_folder(dir);
    (void)state;
}

static void where_no_journal_is_the_error_says_so(void **state)
{
    struct mf_diag d = {0};
    assert_null(mf_evidence_load("/nonexistent/mailflow", NULL, &d));
    assert_non_null(strstr(d.title, "/nonexistent/mailflow/journal.jsonl"));
    assert_true(d.hint[0] != '\0');
    d = (struct mf_diag){0};
    assert_null(mf_journal_append("/nonexistent/mailflow", &d));
    assert_non_null(strstr(d.title, "/nonexistent/mailflow"));
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_journal_cut_at_any_byte_gives_what_was_whole_and_only_ever_more),
        cmocka_unit_test(appending_after_any_cut_gives_a_journal_that_can_be_read),
        cmocka_unit_test(the_pack_cut_at_any_byte_gives_a_clear_error_or_all_that_is_named),
        cmocka_unit_test(a_pack_cut_by_a_crash_is_mended_by_writing_the_blob_again),
        cmocka_unit_test(altered_bytes_of_a_message_are_noticed),
        cmocka_unit_test(damage_in_the_middle_is_told_with_its_line),
        cmocka_unit_test(a_newer_revision_may_hold_records_that_are_not_known_here),
        cmocka_unit_test(where_no_journal_is_the_error_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
