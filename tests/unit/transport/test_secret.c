/* Secrets: from the environment, files and commands; and what is told when they can't be had. */
#include "transport_test.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mailflow/login.h"

static char *value;
static struct mf_diag d;

static int read_secret(struct mf_secret secret)
{
    mf_secret_wipe(&value);
    d = (struct mf_diag){.title = ""};
    return mf_secret_read(&secret, mf_now() + 2 * MF_SECOND, &value, &d);
}

static int release(void **state)
{
    (void)state;
    mf_secret_wipe(&value);
    assert_null(value);
    return 0;
}

static void a_variable_gives_its_value(void **state)
{
    (void)state;
    setenv("MF_TEST_SECRET", "s3cret\n", 1);
    assert_int_equal(read_secret((struct mf_secret){.env = "MF_TEST_SECRET"}), 0);
    assert_string_equal(value, "s3cret\n"); /* as it is */
    unsetenv("MF_TEST_SECRET");
    assert_int_equal(read_secret((struct mf_secret){.env = "MF_TEST_SECRET"}), -1);
    assert_null(value);
    assert_contains(d.title, "environment variable MF_TEST_SECRET");
    assert_contains(d.title, "not set");
    assert_contains(d.hint, "export MF_TEST_SECRET=");
    setenv("MF_TEST_SECRET", "", 1);
    assert_int_equal(read_secret((struct mf_secret){.env = "MF_TEST_SECRET"}), -1);
    assert_contains(d.title, "empty");
}

static void a_file_gives_its_text_without_the_last_line_break(void **state)
{
    (void)state;
    static const struct { const char *text; size_t len; const char *wanted; } cases[] = {
        {"secret\n", 7, "secret"}, {"secret\r\n", 8, "secret"}, {"secret", 6, "secret"}, {" a b \n\n", 7, " a b \n"}, {"two\nlines\n", 10, "two\nlines"},
        {"", 0, NULL}, {"\n", 1, NULL}, {"nul\0here", 8, NULL},
    };
    char path[] = "/tmp/mf-secret-XXXXXX";
    int fd = mkstemp(path);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(ftruncate(fd, 0), 0);
        assert_int_equal(pwrite(fd, cases[i].text, cases[i].len, 0), (ssize_t)cases[i].len);
        assert_int_equal(read_secret((struct mf_secret){.path = path}), cases[i].wanted ? 0 : -1);
        if (cases[i].wanted)
            assert_string_equal(value, cases[i].wanted);
        else
            assert_contains(d.title, path);
    }
    assert_int_equal(ftruncate(fd, 70000), 0);
    assert_int_equal(read_secret((struct mf_secret){.path = path}), -1);
    assert_contains(d.title, "larger than 64 KB");
    close(fd);
    unlink(path);
    assert_int_equal(read_secret((struct mf_secret){.path = path}), -1);
    assert_contains(d.title, "No such file");
    assert_int_equal(read_secret((struct mf_secret){.path = "/tmp"}), -1);
    assert_contains(d.title, "Is a directory");
    mkfifo(path, 0600);
    assert_int_equal(read_secret((struct mf_secret){.path = path}), -1); /* nobody writes: no hanging */
    unlink(path);
}

static int run(const char *shell)
{
    const char *argv[] = {"sh", "-c", shell, NULL};
    return read_secret((struct mf_secret){.argv = argv});
}

static void a_command_gives_its_first_line(void **state)
{
    (void)state;
    assert_int_equal(run("echo secret; echo more; echo noise >&2"), 0);
    assert_string_equal(value, "secret");
    assert_int_equal(run("printf 'windows\\r\\n'"), 0);
    assert_string_equal(value, "windows");
    assert_int_equal(run("printf 'no line break'"), 0);
    assert_string_equal(value, "no line break");
    assert_int_equal(run("cat; echo 'stdin is empty'"), 0);
    assert_string_equal(value, "stdin is empty");
    assert_int_equal(run("head -c 3000000 /dev/zero | tr '\\0' x; echo"), 0); /* more than is kept; it is not blocked */
}

static void no_shell_stands_between_us_and_the_command(void **state)
{
    (void)state;
    const char *argv[] = {"printf", "%s", "$HOME `id` ; ls", NULL};
    assert_int_equal(read_secret((struct mf_secret){.argv = argv}), 0);
    assert_string_equal(value, "$HOME `id` ; ls");
}

static void a_command_that_fails_is_told_with_status_and_stderr(void **state)
{
    (void)state;
    assert_int_equal(run("echo half; echo 'vault is sealed' >&2; exit 3"), -1);
    assert_contains(d.title, "the command \"sh -c echo half");
    assert_contains(d.title, "ended with status 3: vault is sealed");
    assert_int_equal(run("kill -9 $$"), -1);
    assert_contains(d.title, "status 137");
    assert_int_equal(run("exit 1"), -1);
    assert_contains(d.title, "said nothing on stderr");
    assert_int_equal(run("true"), -1);
    assert_contains(d.title, "printed nothing");
    const char *argv[] = {"/nowhere/vault", NULL};
    assert_int_equal(read_secret((struct mf_secret){.argv = argv}), -1);
    assert_contains(d.title, "\"/nowhere/vault\" can't be started: No such file");
}

static void a_command_past_its_deadline_is_killed_with_all_that_it_started(void **state)
{
    (void)state;
    char path[] = "/tmp/mf-alive-XXXXXX", shell[300];
    close(mkstemp(path));
    unlink(path);
    snprintf(shell, sizeof shell, "echo waiting >&2; (sleep 1; touch %s) & sleep 30", path);
    const char *argv[] = {"sh", "-c", shell, NULL};
    struct mf_secret secret = {.argv = argv};
    mf_usec started = mf_now();
    d = (struct mf_diag){.title = ""};
    assert_int_equal(mf_secret_read(&secret, started + 300 * MF_MS, &value, &d), -1);
    assert_took(started, 300 * MF_MS);
    assert_contains(d.title, "did not end in");
    assert_contains(d.title, "was killed; stderr: waiting");
    mf_sleep_until(started + 1300 * MF_MS);
    assert_int_equal(access(path, F_OK), -1); /* the grandchild is gone too */
}

static void what_a_command_leaves_running_does_not_hold_us(void **state)
{
    (void)state;
    mf_usec started = mf_now();
    assert_int_equal(run("sleep 30 & echo secret"), 0);
    assert_string_equal(value, "secret");
    assert_true(mf_now() - started < 500 * MF_MS);
}

static int open_files(void)
{
    int count = 0;
    DIR *folder = opendir("/proc/self/fd");
    while (readdir(folder))
        count++;
    closedir(folder);
    return count;
}

static void nothing_is_left_open_and_nothing_is_inherited(void **state)
{
    (void)state;
    int before = open_files(), pair[2];
    assert_int_equal(pipe(pair), 0); /* without CLOEXEC */
    assert_int_equal(run("ls /proc/self/fd | wc -l"), 0);
    assert_true(atoi(value) <= 4); /* 0, 1, 2 and ls's own */
    close(pair[0]);
    close(pair[1]);
    for (int i = 0; i < 20; i++)
        run("exit 1");
    assert_int_equal(open_files(), before);
}

static void a_secret_without_a_source_is_told_and_its_place_kept(void **state)
{
    (void)state;
    assert_int_equal(read_secret((struct mf_secret){.place = {.file = "site.yaml", .line = 7, .column = 3}}), -1);
    assert_contains(d.title, "neither a variable, nor a file, nor a command");
    assert_string_equal(d.place.file, "site.yaml");
    assert_int_equal(d.place.line, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_variable_gives_its_value),
        cmocka_unit_test(a_file_gives_its_text_without_the_last_line_break),
        cmocka_unit_test(a_command_gives_its_first_line),
        cmocka_unit_test(no_shell_stands_between_us_and_the_command),
        cmocka_unit_test(a_command_that_fails_is_told_with_status_and_stderr),
        cmocka_unit_test(a_command_past_its_deadline_is_killed_with_all_that_it_started),
        cmocka_unit_test(what_a_command_leaves_running_does_not_hold_us),
        cmocka_unit_test(nothing_is_left_open_and_nothing_is_inherited),
        cmocka_unit_test(a_secret_without_a_source_is_told_and_its_place_kept),
    };
    return cmocka_run_group_tests(tests, NULL, release) != 0;
}
