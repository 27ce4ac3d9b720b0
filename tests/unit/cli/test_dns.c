/* `mailflow dns` as people meet it: --watch with its statuses and what it tells meanwhile, --before's changes. */
#include "unit/test.h"

#include <ftw.h>
#include <getopt.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/cli.h"
#include "fakes/fake_dns.h"
#include "mailflow/clock.h"
#include "mailflow/text.h"

static char folder[] = "/tmp/mailflow-dns-test-XXXXXX";
static char output[1 << 16], told[1 << 14];
static struct fake_dns *fake;

static char *file_of(const char *name, const char *text)
{
    static char paths[8][128];
    static size_t next;
    char *path = paths[next++ % 8];
    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    return path;
}

static void read_back(const char *name, char *into, size_t size)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    into[fread(into, 1, size - 1, file)] = '\0';
    fclose(file);
}

static int redirect(int stream, const char *name)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    int saved = dup(stream);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    dup2(fileno(file), stream);
    fclose(file);
    return saved;
}

/* Runs `mailflow dns` with what it prints into `output`, what it tells meanwhile into `told`; its exit status. */
static int run(const char *const *words)
{
    char *argv[24] = {(char *)"dns"};
    int argc = 1;
    for (; words[argc - 1]; argc++)
        argv[argc] = (char *)words[argc - 1];
    fflush(stdout);
    int out = redirect(STDOUT_FILENO, "out"), error = redirect(STDERR_FILENO, "told");
    optind = 0;
    cli_stop = 0;
    int status = cli_dns.main(argc, argv);
    fflush(stdout);
    fflush(stderr);
    dup2(out, STDOUT_FILENO);
    dup2(error, STDERR_FILENO);
    close(out);
    close(error);
    read_back("out", output, sizeof output);
    read_back("told", told, sizeof told);
    return status;
}

#define RUN(...) run((const char *const[]){__VA_ARGS__, NULL})

static size_t count(const char *text, const char *words)
{
    size_t n = 0;
    for (const char *at = text; (at = strstr(at, words)) != NULL; at += strlen(words))
        n++;
    return n;
}

static const char *site;

static int begin(void **state)
{
    static const char *const records[] = {
        "net-it.com. 60 IN SOA ns1.net-it.com. h.net-it.com. 9 1 1 1 60", "net-it.com. 60 IN MX 10 mail.net-it.com.",
        "mail.net-it.com. 60 IN A 192.0.2.20", "in.example. 60 IN A 198.51.100.10"};
    char text[1000];
    (void)state;
    fake = fake_dns_start("127.0.0.1");
    assert_non_null(fake);
    for (size_t i = 0; i < sizeof records / sizeof *records; i++)
        assert_true(fake_dns_add(fake, records[i]));
    fake_dns_set_flags(fake, true, false);
    snprintf(text, sizeof text,
             "site: small\ndomain: net-it.com\nresolver: %s\ndns: {mx: 0 in.example}\ndns-before: {mx: 10 mail.net-it.com}\n"
             "servers: {primary: {smtp: 'smtp://mail.net-it.com:25'}}\npeople: {alice: alice@net-it.com}\n",
             fake_dns_address(fake));
    site = file_of("site.yaml", text);
    return 0;
}

static int end(void **state)
{
    (void)state;
    fake_dns_stop(&fake);
    return 0;
}

/* When the server has been asked for the MX, this happens. */
static void *switch_over(void *nothing)
{
    mf_usec until = mf_now() + 20 * MF_SECOND;
    while (fake_dns_asked(fake, "net-it.com") < 2 && mf_now() < until)
        mf_sleep_until(mf_now() + 10 * MF_MS);
    fake_dns_remove(fake, "net-it.com");
    fake_dns_add(fake, "net-it.com. 60 IN SOA ns1.net-it.com. h.net-it.com. 10 1 1 1 60");
    fake_dns_add(fake, "net-it.com. 60 IN MX 0 in.example.");
    return nothing;
}

static void *interrupt(void *nothing)
{
    mf_usec until = mf_now() + 20 * MF_SECOND;
    while (fake_dns_asked(fake, "net-it.com") < 2 && mf_now() < until)
        mf_sleep_until(mf_now() + 10 * MF_MS);
    cli_stop = 1; /* as Ctrl-C sets it */
    return nothing;
}

static void watching_ends_when_all_is_there_and_each_change_is_told_once(void **state)
{
    (void)state;
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, switch_over, NULL), 0);
    int status = RUN("--site", site, "--dns", fake_dns_address(fake), "--watch", "--wait", "1 min");
    pthread_join(thread, NULL);
    assert_int_equal(status, 0);
    assert_int_equal(count(told, "MX record: "), 1);
    assert_non_null(strstr(told, "answers 10 mail.net-it.com, SOA serial 9"));
    assert_int_equal(count(told, "MX record is there: 0 in.example"), 1);
    assert_int_equal(count(output, "DNS of net-it.com"), 1); /* one table, in the end */
    assert_null(strstr(told, "\033"));                        /* piped: plain lines */
}

static void what_is_wrong_at_the_deadline_is_status_1(void **state)
{
    (void)state;
    assert_int_equal(RUN("--site", site, "--dns", fake_dns_address(fake), "--watch", "--wait", "300 ms"), 1);
    assert_int_equal(count(told, "MX record: "), 1); /* asked twice, told once: nothing had changed */
    assert_non_null(strstr(output, "not there within 0.30 s"));
}

static void nobody_who_answers_until_the_deadline_is_status_2(void **state)
{
    (void)state;
    assert_int_equal(RUN("--site", site, "--dns", "127.0.0.1@9", "--watch", "--wait", "200 ms"), 2);
}

static void interrupted_before_its_time_is_over_is_status_75(void **state)
{
    (void)state;
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, interrupt, NULL), 0);
    int status = RUN("--site", site, "--dns", fake_dns_address(fake), "--watch", "--json", "-");
    pthread_join(thread, NULL);
    assert_int_equal(status, 75);
    assert_non_null(strstr(output, "\"outcome\": \"pending\""));
    assert_null(strstr(told, "mailflow resume")); /* there is nothing to resume: it is asked anew */
}

static void without_watch_it_is_asked_once(void **state)
{
    (void)state;
    assert_int_equal(RUN("--site", site, "--dns", fake_dns_address(fake)), 1);
    assert_string_equal(told, "");
    assert_int_equal(RUN("--site", site, "--dns", fake_dns_address(fake), "--wait", "1 min"), 64);
    assert_non_null(strstr(told, "--watch"));
}

static void the_changes_stay_out_of_a_report_on_standard_output(void **state)
{
    (void)state;
    assert_int_equal(RUN("--site", site, "--dns", fake_dns_address(fake), "--before", "--json", "-"), 0);
    assert_int_equal(output[0], '{');
    assert_null(strstr(output, "Changes to make"));
    assert_non_null(strstr(told, "delete   MX     net-it.com                     10 mail.net-it.com"));
    assert_non_null(strstr(told, "publish  MX     net-it.com                     0 in.example"));
}

static int remove_entry(const char *path, const struct stat *st, int kind, struct FTW *walk)
{
    (void)st, (void)kind, (void)walk;
    return remove(path);
}

static int make_folder(void **state)
{
    (void)state;
    setenv("MAILFLOW_TRUST_ANCHOR", "none", 1);
    return mkdtemp(folder) ? 0 : -1;
}

static int drop_folder(void **state)
{
    (void)state;
    return nftw(folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(watching_ends_when_all_is_there_and_each_change_is_told_once),
        TEST(what_is_wrong_at_the_deadline_is_status_1),
        TEST(nobody_who_answers_until_the_deadline_is_status_2),
        TEST(interrupted_before_its_time_is_over_is_status_75),
        TEST(without_watch_it_is_asked_once),
        TEST(the_changes_stay_out_of_a_report_on_standard_output),
    };
    return cmocka_run_group_tests(tests, make_folder, drop_folder);
}
