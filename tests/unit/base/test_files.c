/* Files read once and replayed from a snapshot; time. */
#include "unit/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "mailflow/clock.h"
#include "mailflow/files.h"

static void paths_are_seen_from_the_folder_of_the_file_that_names_them(void **state)
{
    (void)state;
    static const struct { const char *from, *path, *result; } cases[] = {
        {"scenarios/a.yaml", "data/x.pdf", "scenarios/data/x.pdf"},
        {"scenarios/sites/lab.yaml", "../../ci/lab/keys/ca.pem", "ci/lab/keys/ca.pem"},
        {"lab.yaml", "../up.pem", "../up.pem"},
        {"../s/lab.yaml", "../../up.pem", "../../up.pem"},
        {"a/b.yaml", "/etc/x", "/etc/x"},
        {"/a/b.yaml", "./c//d", "/a/c/d"},
        {"a.yaml", "b", "b"},
        {NULL, "b", "b"},
    };
    struct mf_arena *arena = mf_arena_new();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(mf_path_from(arena, cases[i].from, cases[i].path), cases[i].result);
    mf_arena_free(&arena);
}

static void a_file_is_read_once_and_kept(void **state)
{
    (void)state;
    char path[] = "/tmp/mailflow-test-XXXXXX";
    int fd = mkstemp(path);
    assert_int_equal(write(fd, "one", 3), 3);
    struct mf_files *files = mf_files_new();
    struct mf_bytes bytes;
    assert_int_equal(mf_files_read(files, path, &bytes, NULL), 0);
    assert_int_equal(pwrite(fd, "two", 3, 0), 3);
    assert_int_equal(mf_files_read(files, path, &bytes, NULL), 0);
    assert_true(mf_bytes_equal(bytes, MF_BYTES("one")));
    const char *seen;
    assert_true(mf_files_at(files, 0, &seen, &bytes));
    assert_string_equal(seen, path);
    assert_false(mf_files_at(files, 1, &seen, &bytes));
    mf_files_free(&files);
    close(fd);
    unlink(path);
}

static void a_snapshot_replaces_the_disk(void **state)
{
    (void)state;
    struct mf_files *files = mf_files_new();
    struct mf_diag d = {0};
    struct mf_bytes bytes;
    mf_files_snapshot(files, "/nowhere/x.yaml", MF_BYTES("as it was"));
    assert_int_equal(mf_files_read(files, "/nowhere/x.yaml", &bytes, &d), 0);
    assert_true(mf_bytes_equal(bytes, MF_BYTES("as it was")));
    assert_int_equal(mf_files_read(files, "/etc/passwd", &bytes, &d), -1);
    assert_string_equal(d.title, "/etc/passwd is not in the snapshot that the run took");
    mf_files_free(&files);
}

static void files_that_cannot_be_read_are_told_with_the_reason(void **state)
{
    (void)state;
    struct mf_files *files = mf_files_new();
    struct mf_bytes bytes;
    struct mf_diag missing = {0}, folder = {0};
    assert_int_equal(mf_files_read(files, "/nowhere/at/all", &bytes, &missing), -1);
    assert_string_equal(missing.title, "can't open /nowhere/at/all: No such file or directory");
    assert_int_equal(mf_files_read(files, "/tmp", &bytes, &folder), -1);
    assert_string_equal(folder.title, "/tmp is a folder, not a file");
    mf_files_free(&files);
}

static void the_clock_never_goes_back_and_waits_end(void **state)
{
    (void)state;
    mf_usec before = mf_now();
    mf_sleep_until(before + 3 * MF_MS);
    assert_true(mf_now() >= before + 3 * MF_MS);
    assert_int_equal(mf_ms_until(before), 0);
    assert_in_range(mf_ms_until(mf_now() + MF_SECOND), 900, 1000);
}

static void dates_are_written_as_the_rfcs_want_them(void **state)
{
    (void)state;
    char buffer[64];
    setenv("TZ", "Asia/Kolkata", 1);
    mf_usec at = 1795388647123456;
    assert_string_equal(mf_date_rfc5322(at, buffer, sizeof buffer), "Mon, 23 Nov 2026 04:34:07 +0530");
    assert_string_equal(mf_date_rfc3339(at, buffer, sizeof buffer), "2026-11-22T23:04:07.123456Z");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_are_seen_from_the_folder_of_the_file_that_names_them),
        cmocka_unit_test(a_file_is_read_once_and_kept),
        cmocka_unit_test(a_snapshot_replaces_the_disk),
        cmocka_unit_test(files_that_cannot_be_read_are_told_with_the_reason),
        cmocka_unit_test(the_clock_never_goes_back_and_waits_end),
        cmocka_unit_test(dates_are_written_as_the_rfcs_want_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
