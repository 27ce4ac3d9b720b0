/* `mailflow spf` and `mailflow verify` as programs and people meet them: output and exit status. */
#include "unit/test.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/cli.h"
#include "mailflow/text.h"
#include "unit/auth/signing.h"

static struct mf_arena *arena;
static struct signing_key *key, *other;
static char folder[] = "/tmp/mailflow-verify-XXXXXX";
static char output[1 << 16];

static char *file_of(const char *name, const char *text)
{
    static char paths[16][256];
    static size_t next;
    char *path = paths[next++ % 16];
    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    fwrite(text, 1, strlen(text), file);
    fclose(file);
    return path;
}

/* The name servers of the world: one SPF record, DMARC, and a key where asked for. */
static char *zone_with(const struct signing_key *published)
{
    static char zone[4096];
    snprintf(zone, sizeof zone,
             "net-it.com. 300 IN TXT \"v=spf1 ip4:192.0.2.0/24 -all\"\n"
             "_dmarc.net-it.com. 300 IN TXT \"v=DMARC1; p=reject\"\n"
             "both.example. 300 IN TXT \"v=spf1 ip4:192.0.2.1 -all\"\n"
             "slow.example. 300 IN TXT \"x\"\n;!TIMEOUT slow.example TXT\n");
    if (published) {
        const char *record = signing_key_record(arena, published);
        snprintf(zone + strlen(zone), sizeof zone - strlen(zone),
                 "s1._domainkey.net-it.com. 300 IN TXT \"%.200s\" \"%s\"\n", record,
                 strlen(record) > 200 ? record + 200 : "");
    }
    return file_of("zone", zone);
}

/* Runs a subcommand with standard output into `output`; its exit status. */
static int run(const struct cli_command *command, const char *const *words)
{
    char *argv[24] = {(char *)command->name}, path[300];
    int argc = 1;
    while (words[argc - 1]) {
        argv[argc] = (char *)words[argc - 1];
        argc++;
    }
    snprintf(path, sizeof path, "%s/out", folder);
    fflush(stdout);
    int saved = dup(STDOUT_FILENO), saved_error = dup(STDERR_FILENO);
    assert_non_null(freopen(path, "wb", stdout));
    assert_true(dup2(STDOUT_FILENO, STDERR_FILENO) >= 0);
    optind = 0;
    int status = command->main(argc, argv);
    fflush(stdout);
    dup2(saved, STDOUT_FILENO);
    dup2(saved_error, STDERR_FILENO);
    close(saved);
    close(saved_error);
    FILE *file = fopen(path, "rb");
    size_t len = fread(output, 1, sizeof output - 1, file);
    fclose(file);
    output[len] = '\0';
    return status;
}
#define RUN(command, ...) run(&(command), (const char *const[]){__VA_ARGS__, NULL})

static void assert_line(const char *line)
{
    size_t len = strlen(line);
    for (const char *at = output; at; at = strchr(at, '\n') ? strchr(at, '\n') + 1 : NULL)
        if (strncmp(at, line, len) == 0)
            return;
    fail_msg("no line begins with \"%s\" in:\n%s", line, output);
}

static void assert_says(const char *words)
{
    if (!strstr(output, words))
        fail_msg("\"%s\" is not in:\n%s", words, output);
}

/* ------------------------------------------------------------------ spf */

static void spf_tells_its_result_first_and_by_its_exit_status(void **state)
{
    (void)state;
    static const struct {
        const char *ip, *from, *line;
        int status;
    } cases[] = {
        {"192.0.2.7", "alice@net-it.com", "spf=pass smtp.mailfrom=alice@net-it.com\n", 0},
        {"203.0.113.7", "alice@net-it.com", "spf=fail smtp.mailfrom=alice@net-it.com reason=\"", 1},
        {"203.0.113.7", "alice@nowhere.example", "spf=none smtp.mailfrom=alice@nowhere.example reason=\"", 0},
        {"203.0.113.7", "alice@slow.example", "spf=temperror smtp.mailfrom=alice@slow.example reason=\"", 2},
        {"192.0.2.7", "<>", "spf=pass smtp.helo=net-it.com\n", 0},
        {"192.0.2.7", "", "spf=pass smtp.helo=net-it.com\n", 0},
    };
    const char *zone = zone_with(NULL);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(
            RUN(cli_spf, "--ip", cases[i].ip, "--helo", "net-it.com", "--mail-from", cases[i].from, "--zone", zone),
            cases[i].status);
        if (strncmp(output, cases[i].line, strlen(cases[i].line)) != 0)
            fail_msg("%s: %s", cases[i].line, output);
    }
}

static void spf_says_what_to_publish(void **state)
{
    (void)state;
    RUN(cli_spf, "--ip", "203.0.113.7", "--helo", "x", "--mail-from", "alice@net-it.com", "--zone", zone_with(NULL));
    assert_says("v=spf1 ip4:192.0.2.0/24 ip4:203.0.113.7 -all");
    assert_says("0 of 10 look-ups");
    assert_line("    -all");
}

static void wrong_usage_is_64(void **state)
{
    (void)state;
    const char *zone = zone_with(NULL);
    assert_int_equal(RUN(cli_spf, "--helo", "x", "--mail-from", "a@b.example"), CLI_USAGE);
    assert_int_equal(RUN(cli_spf, "--ip", "192.0.2.1"), CLI_USAGE);
    assert_int_equal(
        RUN(cli_spf, "--ip", "192.0.2.1", "--mail-from", "a@b.example", "--zone", zone, "--dns", "127.0.0.1"),
        CLI_USAGE);
    assert_int_equal(RUN(cli_spf, "--ip", "192.0.2.1", "--mail-from", "a@b.example", "--zone", "/nowhere/zone"),
                     CLI_USAGE);
    assert_int_equal(RUN(cli_verify, "--zone", zone), CLI_USAGE);
    assert_int_equal(RUN(cli_verify, "/nowhere/message", "--zone", zone), CLI_USAGE);
    assert_int_equal(RUN(cli_verify, "a", "b", "--zone", zone), CLI_USAGE);
    assert_int_equal(RUN(cli_verify, "a", "--time", "soon", "--zone", zone), CLI_USAGE);
    assert_int_equal(RUN(cli_verify, "--help"), CLI_OK);
}

/* ------------------------------------------------------------------ verify */

static const char message[] =
    "From: alice@net-it.com\r\nTo: probe@example.org\r\nSubject: hello\r\n"
    "Date: Mon, 23 Nov 2026 02:14:07 +0000\r\nMessage-ID: <1@net-it.com>\r\n\r\nThe text.\r\n";

static char *signed_message(const struct signing_key *by)
{
    struct signing how = {.key = by, .domain = "net-it.com", .selector = "s1", .limit = -1};
    struct mf_bytes bytes = sign_message(arena, mf_bytes_of(message), &how);
    return mf_copy_bytes(arena, bytes.data, bytes.len);
}

static void a_good_message_passes_everything(void **state)
{
    (void)state;
    char *text = signed_message(key);
    assert_int_equal(RUN(cli_verify, file_of("m", text), "--ip", "192.0.2.7", "--helo", "mail.net-it.com",
                         "--mail-from", "alice@net-it.com", "--zone", zone_with(key)),
                     0);
    assert_line("dkim=pass header.d=net-it.com header.s=s1 header.a=rsa-sha256\n");
    assert_line("spf=pass smtp.mailfrom=alice@net-it.com\n");
    assert_line("dmarc=pass header.from=net-it.com policy=reject\n");
    assert_line("arc=none\n");
}

static void bare_lf_is_as_good_as_crlf(void **state)
{
    (void)state;
    char *text = signed_message(key), *to = text;
    for (char *from = text; *from; from++)
        if (*from != '\r')
            *to++ = *from;
    *to = '\0';
    assert_int_equal(RUN(cli_verify, file_of("m", text), "--zone", zone_with(key)), 0);
    assert_line("dkim=pass ");
}

static void a_key_that_does_not_fit_is_told_with_what_to_do(void **state)
{
    (void)state;
    char *text = signed_message(other);
    assert_int_equal(RUN(cli_verify, file_of("m", text), "--ip", "203.0.113.7", "--helo", "x.example", "--mail-from",
                         "alice@net-it.com", "--zone", zone_with(key)),
                     1);
    assert_line("dkim=fail header.d=net-it.com header.s=s1 header.a=rsa-sha256 reason=\"signed with another key");
    assert_line("dmarc=fail header.from=net-it.com policy=reject reason=\"");
    assert_says("mailflow explain dkim.wrong-key");
}

static void without_a_signature_and_a_client_that_is_said(void **state)
{
    (void)state;
    assert_int_equal(RUN(cli_verify, file_of("m", "From: a@nowhere.example\n\nx\n"), "--zone", zone_with(NULL)), 0);
    assert_line("dkim=none ");
    assert_line("spf=none reason=\"the client's address is not known");
    assert_line("dmarc=none header.from=nowhere.example ");
}

static void what_was_changed_is_told_against_what_was_sent(void **state)
{
    (void)state;
    char *text = signed_message(key);
    const char *tagged = mf_format(arena, "%sAdded by a gateway.\r\n", text);
    const char *sent = file_of("sent", text);
    assert_int_equal(RUN(cli_verify, file_of("m", tagged), "--sent", sent, "--zone", zone_with(key)), 1);
    assert_line("dkim=fail ");
    assert_says("bh= fits the body as sent");
    assert_says("footer appended: ");
    assert_line("      + 2   Added by a gateway.");
    assert_int_equal(RUN(cli_verify, file_of("m", text), "--sent", sent, "--zone", zone_with(key)), 0);
    assert_says("Nothing was changed between sending and receiving.");
}

static void the_changed_field_is_named_with_its_signature(void **state)
{
    (void)state;
    char *text = signed_message(key), *at = strstr(text, "Subject: hello");
    const char *sent = file_of("sent", text);
    char *changed = mf_copy(arena, text);
    memcpy(changed + (at - text), "Subject: HELLO", 14);
    assert_int_equal(RUN(cli_verify, file_of("m", changed), "--sent", sent, "--zone", zone_with(key)), 1);
    assert_says("field rewritten: Subject was rewritten  <- covered by the signature s=s1 d=net-it.com");
    assert_says("mailflow explain dkim.header-changed");
}

static void a_predicted_client_is_called_predicted(void **state)
{
    (void)state;
    assert_int_equal(RUN(cli_verify,
                         file_of("m", "Return-Path: <a@both.example>\nReceived: from x (x [192.0.2.1]) by "
                                      "mx.example.org; Mon, 23 Nov 2026 02:14:07 +0000\n"
                                      "From: a@both.example\n\nx\n"),
                         "--zone", zone_with(NULL)),
                     0);
    assert_line("spf=pass smtp.mailfrom=a@both.example reason=\"predicted from Received: ");
    assert_line("  ip=192.0.2.1 ");
}

static void odd_messages_are_survived(void **state)
{
    (void)state;
    static const char *const odd[] = {"From:",
                                      "DKIM-Signature:\nARC-Seal:\nReceived:\nAuthentication-Results:\n\n",
                                      "DKIM-Signature: v=1; a=rsa-sha256; b=; bh=; d=; s=; h=\n\n",
                                      "From: a@b.example\nFrom: c@d.example\n\n"};
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        int status = RUN(cli_verify, file_of("m", odd[i]), "--zone", zone_with(NULL));
        assert_in_range(status, 0, 2);
        assert_line("dmarc=");
        assert_line("arc=");
    }
}

static void what_is_no_message_is_told_by_error_and_status(void **state)
{
    (void)state;
    static const char *const files[] = {"", "\n", "\r\n\r\n", "no header at all", "\n\nFrom: a@b.example\n"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        assert_int_equal(RUN(cli_verify, file_of("m", files[i]), "--zone", zone_with(NULL)), 64);
        assert_non_null(strstr(output, i == 0 ? "is empty" : "is no message"));
        assert_non_null(strstr(output, "arc=none")); /* what the public ARC suite wants of an empty message */
    }
    assert_int_equal(RUN(cli_verify, "/nonexistent/m", "--zone", zone_with(NULL)), 64);
    assert_non_null(strstr(output, "/nonexistent/m"));
    assert_int_equal(RUN(cli_verify, file_of("m", "From: a@b.example\n\nx\n"), "--sent", file_of("sent", ""), "--zone",
                         zone_with(NULL)),
                     64);
    assert_int_equal(RUN(cli_verify, file_of("m", "From: a@b.example\n\nx\n"), "--ip", "192.0.2", "--zone",
                         zone_with(NULL)),
                     64);
}

static int make(void **state)
{
    (void)state;
    arena = mf_arena_new();
    key = signing_key_rsa(2048);
    other = signing_key_rsa(2048);
    return mkdtemp(folder) ? 0 : -1;
}

static int unmake(void **state)
{
    (void)state;
    static const char *const names[] = {"zone", "m", "out", "sent"};
    char path[300];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        unlink(path);
    }
    rmdir(folder);
    signing_key_free(&key);
    signing_key_free(&other);
    mf_arena_free(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spf_tells_its_result_first_and_by_its_exit_status),
        cmocka_unit_test(spf_says_what_to_publish),
        cmocka_unit_test(wrong_usage_is_64),
        cmocka_unit_test(a_good_message_passes_everything),
        cmocka_unit_test(bare_lf_is_as_good_as_crlf),
        cmocka_unit_test(a_key_that_does_not_fit_is_told_with_what_to_do),
        cmocka_unit_test(without_a_signature_and_a_client_that_is_said),
        cmocka_unit_test(what_was_changed_is_told_against_what_was_sent),
        cmocka_unit_test(the_changed_field_is_named_with_its_signature),
        cmocka_unit_test(a_predicted_client_is_called_predicted),
        cmocka_unit_test(odd_messages_are_survived),
        cmocka_unit_test(what_is_no_message_is_told_by_error_and_status),
    };
    return cmocka_run_group_tests(tests, make, unmake) ? 1 : 0;
}
