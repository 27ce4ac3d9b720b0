/* `verify` and `spf` under fire: mutated messages and zones, and messages of absurd size and depth. Every case ends
 * with one of the documented statuses, whatever the bytes; the sanitizers watch. The same cases every time. */
#include "unit/test.h"

#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/cli.h"
#include "mailflow/text.h"
#include "unit/auth/signing.h"

#define MUTATIONS 250

static char folder[] = "/tmp/mailflow-hostile-XXXXXX";
static char message_path[64], sent_path[64], zone_path[64];
static struct mf_arena *arena;
static struct signing_key *rsa, *edwards;
static struct mf_text mail, zone;
static uint64_t seed;

static size_t below(size_t end)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return end ? (size_t)(seed >> 33) % end : 0;
}

static void put(const char *path, struct mf_bytes bytes)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    fwrite(bytes.data, 1, bytes.len, file);
    fclose(file);
}

/* Its exit status; what it prints is not looked at. */
static int run(const struct cli_command *command, const char *const *words)
{
    char *argv[24] = {(char *)command->name};
    int argc = 1;
    for (; words[argc - 1]; argc++)
        argv[argc] = (char *)words[argc - 1];
    fflush(stdout);
    fflush(stderr);
    int saved = dup(STDOUT_FILENO), saved_error = dup(STDERR_FILENO), nowhere = open("/dev/null", O_WRONLY);
    dup2(nowhere, STDOUT_FILENO);
    dup2(nowhere, STDERR_FILENO);
    optind = 0;
    int status = command->main(argc, argv);
    fflush(stdout);
    fflush(stderr);
    dup2(saved, STDOUT_FILENO);
    dup2(saved_error, STDERR_FILENO);
    close(saved);
    close(saved_error);
    close(nowhere);
    return status;
}

static void expect_documented(int status)
{
    if (status != 0 && status != 1 && status != 2 && status != 64)
        fail_msg("status %d", status);
}

static void verify(struct mf_bytes message, const char *sent)
{
    put(message_path, message);
    expect_documented(run(&cli_verify, (const char *const[]){message_path, "--zone", zone_path, "--time", "1790000000",
                                                             sent ? "--sent" : NULL, sent, NULL}));
}

/* One change as hostile or broken software makes it. */
static void mutate(struct mf_text *text)
{
    static const char *const pieces[] = {"\r\n",
                                         "\n",
                                         "\r",
                                         "\"",
                                         "(",
                                         ")",
                                         ";",
                                         "=",
                                         "<",
                                         ">",
                                         "@",
                                         ":",
                                         ",",
                                         "\\",
                                         "%",
                                         "--",
                                         "=?utf-8?q?=",
                                         "\xFF",
                                         "\xC3",
                                         "i=1;",
                                         "i=51;",
                                         "b=",
                                         "a@b",
                                         "[IPv6:::1]",
                                         "v=spf1",
                                         "%{ir}",
                                         "redirect=net-it.com ",
                                         "include:net-it.com ",
                                         "p=",
                                         "99999999999999999999"};
    size_t at = below(text->len), len = below(40);
    struct mf_text out = {0};
    if (at + len > text->len)
        len = text->len - at;
    mf_text_add(&out, text->data, at);
    switch (below(5)) {
    case 0: /* other bytes */
        for (size_t i = 0; i < len; i++)
            mf_text_putc(&out, (char)below(256));
        break;
    case 1: /* gone */
        break;
    case 2: /* twice and more */
        for (size_t i = 0; i < 1 + below(200); i++)
            mf_text_add(&out, text->data + at, len);
        break;
    case 3: /* a sign that means something */
        mf_text_puts(&out, pieces[below(sizeof pieces / sizeof *pieces)]);
        mf_text_add(&out, text->data + at, len);
        break;
    case 4: /* a NUL */
        mf_text_putc(&out, '\0');
        break;
    }
    mf_text_add(&out, text->data + at + len, text->len - at - len);
    mf_text_release(text);
    *text = out;
}

static struct mf_text mutated(const struct mf_text *base)
{
    struct mf_text text = {0};
    mf_text_add(&text, base->data, base->len);
    for (size_t n = 1 + below(4); n > 0; n--)
        mutate(&text);
    return text;
}

static void mutated_messages_end_with_a_verdict(void **state)
{
    (void)state;
    put(zone_path, mf_text_bytes(&zone));
    put(sent_path, mf_text_bytes(&mail));
    for (size_t i = 0; i < MUTATIONS; i++) {
        seed = i;
        struct mf_text text = mutated(&mail);
        verify(mf_text_bytes(&text), i % 2 ? sent_path : NULL);
        mf_text_release(&text);
    }
}

static void mutated_zones_end_with_a_verdict(void **state)
{
    (void)state;
    put(message_path, mf_text_bytes(&mail));
    for (size_t i = 0; i < MUTATIONS; i++) {
        seed = i;
        struct mf_text text = mutated(&zone);
        put(zone_path, mf_text_bytes(&text));
        mf_text_release(&text);
        expect_documented(
            run(&cli_spf, (const char *const[]){"--ip", i % 2 ? "192.0.2.77" : "2001:db8::1", "--helo", "mx.net-it.com",
                                                "--mail-from", "x@net-it.com", "--zone", zone_path, NULL}));
        expect_documented(run(&cli_verify, (const char *const[]){message_path, "--zone", zone_path, NULL}));
    }
    put(zone_path, mf_text_bytes(&zone));
}

static void repeat(struct mf_text *text, const char *piece, size_t count)
{
    for (size_t i = 0; i < count; i++)
        mf_text_puts(text, piece);
}

static void numbered(struct mf_text *text, const char *format, size_t count) __attribute__((format(printf, 2, 0)));
static void numbered(struct mf_text *text, const char *format, size_t count)
{
    for (size_t i = 0; i < count; i++)
        mf_text_puts(text, mf_format(arena, format, (int)i, (int)i + 1));
}

/* Each with the rest of a usual mail behind it, and held against the usual mail as sent. */
static void what_is_absurdly_large_or_deep_ends_too(void **state)
{
    (void)state;
    static const char rest[] = "From: a@net-it.com\nSubject: x\n\nhi\n",
                      mime[] = "From: a@net-it.com\nMIME-Version: 1.0\n";
    struct mf_text texts[12] = {{0}};
    size_t n = 0;
    numbered(&texts[n], "X-%d: %d\n", 20000);
    mf_text_puts(&texts[n++], rest);
    numbered(&texts[n], "DKIM-Signature: v=1; a=rsa-sha256; d=net-it.com; s=s%d; h=from; bh=AA%d=; b=AAAA\n", 2000);
    mf_text_puts(&texts[n++], rest);
    numbered(&texts[n], "Received: from a%d (a [192.0.2.1]) by b%d with ESMTP; Mon, 23 Nov 2026 09:04:57 +0000\n",
             2000);
    mf_text_puts(&texts[n++], rest);
    numbered(&texts[n], "ARC-Seal: i=%d; a=rsa-sha256; cv=pass; d=net-it.com; s=s; b=AA%d\n", 500);
    mf_text_puts(&texts[n++], rest);
    mf_text_puts(&texts[n], "X-Long: ");
    repeat(&texts[n], "a (", 300000);
    mf_text_puts(&texts[n], "\n");
    mf_text_puts(&texts[n++], rest);
    mf_text_puts(&texts[n], "Authentication-Results: x");
    repeat(&texts[n], "; spf=pass (((", 60000);
    mf_text_puts(&texts[n], "\n");
    mf_text_puts(&texts[n++], rest);
    mf_text_puts(&texts[n], "From: a@net-it.com");
    numbered(&texts[n], ", <u%d@d%d.example>", 20000);
    mf_text_puts(&texts[n++], "\n\nhi\n");
    mf_text_puts(&texts[n], "DKIM-Signature: v=1; a=rsa-sha256; d=net-it.com; s=s1; bh=AAAA; b=AAAA; h=from");
    repeat(&texts[n], ":subject", 60000);
    mf_text_puts(&texts[n], "\n");
    mf_text_puts(&texts[n++], rest);
    mf_text_puts(&texts[n], mime);
    numbered(&texts[n], "Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n", 2000);
    n++;
    mf_text_puts(&texts[n], mime);
    repeat(&texts[n++], "Content-Type: message/rfc822\n\n", 2000);
    mf_text_puts(&texts[n], rest);
    repeat(&texts[n++], "\n", 1000000);
    for (size_t i = 0; i < n; i++) {
        verify(mf_text_bytes(&texts[i]), NULL);
        verify(mf_text_bytes(&texts[i]), sent_path);
        mf_text_release(&texts[i]);
    }
}

static int make(void **state)
{
    (void)state;
    static const char plain[] =
        "Received: from mail.net-it.com (mail.net-it.com [192.0.2.7])\r\n\tby mx.example.org (Postfix) with ESMTPS id "
        "4F2\r\n"
        "\t(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384) for <b@example.org>; Mon, 23 Nov 2026 09:04:57 +0000 "
        "(UTC)\r\n"
        "Authentication-Results: mx.example.org 1; spf=pass (sender IP is 192.0.2.7) smtp.mailfrom=a@net-it.com;\r\n"
        " dkim=pass header.d=net-it.com; dmarc=pass action=none header.from=net-it.com; compauth=pass reason=100\r\n"
        "Return-Path: <a@net-it.com>\r\nFrom: \"A, B\" <a@net-it.com>\r\nTo: Group: b@example.org, c@example.org;\r\n"
        "Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?= and more\r\nDate: Mon, 23 Nov 2026 09:04:50 +0000\r\n"
        "Message-ID: <1@net-it.com>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; "
        "boundary=\"b\"\r\n\r\n--b\r\n"
        "Content-Type: multipart/alternative; boundary=c\r\n\r\n--c\r\nContent-Type: text/plain; charset=utf-8\r\n"
        "Content-Transfer-Encoding: quoted-printable\r\n\r\nGr=C3=BC=C3=9Fe, see https://a.example/x=\r\n and "
        "more\r\n--c\r\n"
        "Content-Type: text/html\r\n\r\n<html><body><a "
        "href=\"https://a.example/x\">x</a></body></html>\r\n--c--\r\n--b\r\n"
        "Content-Type: application/pdf; name*=utf-8''a%C3%BC.pdf\r\nContent-Transfer-Encoding: "
        "base64\r\n\r\nAAECAwQF\r\n"
        "--b\r\nContent-Type: message/rfc822\r\n\r\nFrom: x@y.example\r\nMessage-ID: "
        "<1@net-it.com>\r\n\r\ninner\r\n--b--\r\n";
    assert_non_null(mkdtemp(folder));
    snprintf(message_path, sizeof message_path, "%s/m", folder);
    snprintf(sent_path, sizeof sent_path, "%s/sent", folder);
    snprintf(zone_path, sizeof zone_path, "%s/zone", folder);
    arena = mf_arena_new();
    rsa = signing_key_rsa(1024);
    edwards = signing_key_ed25519();
    struct mf_bytes once = sign_message(
        arena, MF_BYTES(plain), &(struct signing){.key = rsa, .domain = "net-it.com", .selector = "s1", .limit = -1});
    struct mf_bytes twice = sign_message(
        arena, once,
        &(struct signing){
            .key = edwards, .domain = "net-it.com", .selector = "s2", .canon = "simple/simple", .limit = 100});
    mf_text_puts(
        &mail,
        "ARC-Seal: i=1; a=rsa-sha256; cv=none; d=net-it.com; s=s1; t=1789000000; b=AAAA\r\n"
        "ARC-Message-Signature: i=1; a=rsa-sha256; c=relaxed/relaxed; d=net-it.com; s=s1; h=from; bh=AAAA; b=AAAA\r\n"
        "ARC-Authentication-Results: i=1; mx.example.org; arc=none; spf=pass smtp.mailfrom=net-it.com\r\n");
    mf_text_add(&mail, twice.data, twice.len);
    mf_text_printf(
        &zone,
        "net-it.com. TXT \"v=spf1 mx a:%%{d} ip4:192.0.2.0/24 ip6:2001:db8::/32 include:_spf.net-it.com \" "
        "\"exists:%%{ir}.%%{v}.%%{d2} -all exp=e.net-it.com\"\n"
        "_spf.net-it.com. TXT \"v=spf1 ptr include:net-it.com ?all\"\ne.net-it.com. TXT \"%%{i} %%{c} %%{t} is not "
        "%%{o}\"\n"
        "net-it.com. MX 10 mx.net-it.com.\nmx.net-it.com. A 192.0.2.1\nmx.net-it.com. TXT \"v=spf1 "
        "redirect=net-it.com\"\n"
        "_dmarc.net-it.com. TXT \"v=DMARC1; p=reject; sp=none; np=quarantine; adkim=s; rua=mailto:d@net-it.com!10m\"\n"
        "s1._domainkey.net-it.com. TXT \"%s\"\ns2._domainkey.net-it.com. CNAME k.net-it.com.\nk.net-it.com. TXT "
        "\"%s\"\n",
        signing_key_record(arena, rsa), signing_key_record(arena, edwards));
    return 0;
}

static int unmake(void **state)
{
    (void)state;
    unlink(message_path);
    unlink(sent_path);
    unlink(zone_path);
    rmdir(folder);
    signing_key_free(&rsa);
    signing_key_free(&edwards);
    mf_text_release(&mail);
    mf_text_release(&zone);
    mf_arena_free(&arena);
    return 0;
}

static void unchanged_they_are_what_they_seem(void **state)
{
    (void)state;
    put(message_path, mf_text_bytes(&mail));
    put(zone_path, mf_text_bytes(&zone));
    /* the chain is broken, so the status is 1; without it all passes, or the mutations would start from rubbish */
    assert_int_equal(
        run(&cli_verify, (const char *const[]){message_path, "--zone", zone_path, "--time", "1790000000", NULL}), 1);
    const char *behind = strstr(mail.data, "DKIM-Signature");
    put(message_path, (struct mf_bytes){behind, mail.len - (size_t)(behind - mail.data)});
    assert_int_equal(
        run(&cli_verify, (const char *const[]){message_path, "--zone", zone_path, "--time", "1790000000", NULL}), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unchanged_they_are_what_they_seem),
        cmocka_unit_test(mutated_messages_end_with_a_verdict),
        cmocka_unit_test(mutated_zones_end_with_a_verdict),
        cmocka_unit_test(what_is_absurdly_large_or_deep_ends_too),
    };
    return cmocka_run_group_tests(tests, make, unmake) ? 1 : 0;
}
