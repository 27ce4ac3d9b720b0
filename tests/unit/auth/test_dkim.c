/* DKIM verified: what passes, what does not, and for which reason (RFC 6376, 8301, 8463). */
#include "unit/test.h"

#include <pthread.h>
#include <stdlib.h>

#include "auth/dkim_internal.h"
#include "signing.h"

#define NOW ((mf_usec)1790000000 * MF_SECOND)
#define NAME "sel._domainkey.example.com"

static const char plain[] =
    "From: Alice <alice@example.com>\r\nTo: bob@example.org\r\nSubject: Hello\r\n\r\nLine one\r\nLine two\r\n";
static struct signing_key *rsa, *other, *weak, *edwards;

struct bench {
    struct mf_arena *arena;
    struct mf_dns *dns;
};

static int make_keys(void **state)
{
    (void)state;
    rsa = signing_key_rsa(2048);
    other = signing_key_rsa(2048);
    weak = signing_key_rsa(768);
    edwards = signing_key_ed25519();
    return 0;
}

static int free_keys(void **state)
{
    (void)state;
    signing_key_free(&rsa);
    signing_key_free(&other);
    signing_key_free(&weak);
    signing_key_free(&edwards);
    return 0;
}

static struct bench open_bench(const struct signing_key *published)
{
    struct bench bench = {mf_arena_new(), mf_dns_recorded()};
    if (published)
        answer_txt(bench.dns, NAME, (const char *[]){signing_key_record(bench.arena, published)}, 1);
    return bench;
}

static void close_bench(struct bench *bench)
{
    mf_dns_free(&bench->dns);
    mf_arena_free(&bench->arena);
}

static struct signing by(const struct signing_key *key)
{
    return (struct signing){.key = key, .domain = "example.com", .selector = "sel", .limit = -1};
}

static struct mf_bytes signed_by(struct bench *bench, struct signing how)
{
    return sign_message(bench->arena, MF_BYTES(plain), &how);
}

static const struct mf_dkim *verify(struct bench *bench, struct mf_bytes message)
{
    return mf_dkim_verify(bench->arena, message, bench->dns, NOW, MF_NEVER);
}

static const struct mf_dkim_signature *only(const struct mf_dkim *dkim)
{
    assert_int_equal(dkim->count, 1);
    return &dkim->signatures[0];
}

static void expect(const struct mf_dkim *dkim, enum mf_dkim_result result, enum mf_dkim_cause cause)
{
    if (dkim->result != result || dkim->signatures[0].cause != cause)
        fail_msg("dkim=%s, cause %d: %s", mf_dkim_result_name(dkim->result), (int)dkim->signatures[0].cause,
                 dkim->signatures[0].why);
}

/* A part of the message replaced by another; the first place where it stands. */
static struct mf_bytes replaced(struct bench *bench, struct mf_bytes message, const char *from, const char *to)
{
    const char *at = memmem(message.data, message.len, from, strlen(from));
    assert_non_null(at);
    struct mf_text text = {0};
    mf_text_add(&text, message.data, (size_t)(at - message.data));
    mf_text_puts(&text, to);
    at += strlen(from);
    mf_text_add(&text, at, message.len - (size_t)(at - message.data));
    struct mf_bytes result = {mf_copy_bytes(bench->arena, text.data, text.len), text.len};
    mf_text_release(&text);
    return result;
}

static void every_canonicalization_and_both_algorithms_pass(void **state)
{
    (void)state;
    static const char *const canons[] = {"simple/simple", "simple/relaxed", "relaxed/simple", "relaxed/relaxed"};
    for (size_t k = 0; k < 2; k++)
        for (size_t i = 0; i < 4; i++) {
            struct bench bench = open_bench(k ? edwards : rsa);
            struct signing how = by(k ? edwards : rsa);
            how.canon = canons[i];
            const struct mf_dkim *dkim = verify(&bench, signed_by(&bench, how));
            if (dkim->result != MF_DKIM_PASS)
                fail_msg("%s: %s", canons[i], only(dkim)->why);
            close_bench(&bench);
        }
}

static void the_examples_of_rfc_8463_pass(void **state)
{
    (void)state;
    static const char message[] =
        "DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;\r\n d=football.example.com; "
        "i=@football.example.com;\r\n"
        " q=dns/txt; s=brisbane; t=1528637909; h=from : to :\r\n subject : date : message-id : from : subject : "
        "date;\r\n"
        " bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n "
        "b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus\r\n"
        " Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==\r\n"
        "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;\r\n d=football.example.com; i=@football.example.com;\r\n"
        " q=dns/txt; s=test; t=1528637909; h=from : to : subject :\r\n date : message-id : from : subject : date;\r\n"
        " bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n "
        "b=F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3\r\n"
        " DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGsgeefOsk2Jz\r\n "
        "dA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8=\r\n"
        "From: Joe SixPack <joe@football.example.com>\r\nTo: Suzie Q <suzie@shopping.example.net>\r\nSubject: Is "
        "dinner ready?\r\n"
        "Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r\nMessage-ID: "
        "<20030712040037.46341.5F8J@football.example.com>\r\n\r\n"
        "Hi.\r\n\r\nWe lost the game.  Are you hungry yet?\r\n\r\nJoe.\r\n";
    struct bench bench = open_bench(NULL);
    answer_txt(bench.dns, "brisbane._domainkey.football.example.com",
               (const char *[]){"v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="}, 1);
    answer_txt(bench.dns, "test._domainkey.football.example.com",
               (const char *[]){
                   "v=DKIM1; k=rsa; "
                   "p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQiY/J1"
                   "6JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/"
                   "8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQAB"},
               1);
    const struct mf_dkim *dkim = verify(&bench, MF_BYTES(message));
    assert_int_equal(dkim->count, 2);
    for (size_t i = 0; i < 2; i++)
        if (dkim->signatures[i].result != MF_DKIM_PASS)
            fail_msg("%s: %s", dkim->signatures[i].algorithm, dkim->signatures[i].why);
    assert_true(dkim->signatures[0].oversigns_from && dkim->signatures[0].covers_subject &&
                dkim->signatures[0].covers_message_id);
    assert_int_equal(dkim->signatures[1].key_bits, 1024);
    close_bench(&bench);
}

static void libopendkim_is_really_asked(void **state)
{
    (void)state;
    struct bench bench = open_bench(rsa);
    struct mf_bytes good = signed_by(&bench, by(rsa)), bad = replaced(&bench, good, "Line two", "Line 2");
    struct mf_bytes messages[] = {good, bad};
    for (size_t i = 0; i < 2; i++) {
        struct mf_dkim_work work;
        struct mf_dkim_bodies bodies = {0};
        struct mf_opendkim_verdict verdict;
        const struct mf_message *message = mf_message_parse(bench.arena, messages[i]);
        mf_dkim_read(bench.arena, message, 0, NOW, &work);
        assert_true(mf_dkim_find_key(bench.arena, bench.dns, MF_NEVER, &work));
        mf_dkim_judge(bench.arena, message, &bodies, &work);
        mf_text_release(&bodies.simple);
        mf_text_release(&bodies.relaxed);
        mf_opendkim_verify(bench.arena, messages[i], &work, 1, &verdict);
        assert_int_equal(verdict.word, i ? MF_OPENDKIM_OTHER_DIGEST : MF_OPENDKIM_PASS);
    }
    close_bench(&bench);
}

static void an_unsigned_message_is_none(void **state)
{
    (void)state;
    struct bench bench = open_bench(NULL);
    const struct mf_dkim *dkim = verify(&bench, MF_BYTES(plain));
    assert_int_equal(dkim->result, MF_DKIM_NONE);
    assert_int_equal(dkim->count, 0);
    assert_null(mf_dkim_aligned_pass(dkim));
    close_bench(&bench);
}

static void a_changed_body_is_told_from_a_changed_header_and_from_a_wrong_key(void **state)
{
    (void)state;
    struct bench bench = open_bench(rsa);
    struct mf_bytes good = signed_by(&bench, by(rsa));
    const struct mf_dkim *dkim = verify(&bench, replaced(&bench, good, "Line two", "Line two\r\n--\r\nfooter"));
    expect(dkim, MF_DKIM_FAIL, MF_DKIM_BODY_CHANGED);
    assert_true(mf_dkim_body_fits(only(dkim), MF_BYTES(plain)));
    dkim = verify(&bench, replaced(&bench, good, "Subject: Hello", "Subject: [EXT] Hello"));
    expect(dkim, MF_DKIM_FAIL, MF_DKIM_HEADER_CHANGED);
    assert_true(only(dkim)->body_matches);
    expect(verify(&bench, signed_by(&bench, by(other))), MF_DKIM_FAIL, MF_DKIM_WRONG_KEY);
    close_bench(&bench);
}

static void with_ed25519_header_and_key_can_not_be_told_apart(void **state)
{
    (void)state;
    struct bench bench = open_bench(edwards);
    struct mf_bytes good = signed_by(&bench, by(edwards));
    expect(verify(&bench, good), MF_DKIM_PASS, MF_DKIM_GOOD);
    expect(verify(&bench, replaced(&bench, good, "Subject: Hello", "Subject: hi")), MF_DKIM_FAIL,
           MF_DKIM_HEADER_OR_KEY);
    expect(verify(&bench, replaced(&bench, good, "Line two", "Line 2")), MF_DKIM_FAIL, MF_DKIM_BODY_CHANGED);
    close_bench(&bench);
}

static void what_was_sent_tells_a_changed_header_from_another_key(void **state)
{
    (void)state;
    struct signing_key *keys[] = {edwards, rsa};
    for (size_t i = 0; i < 2; i++) {
        struct bench bench = open_bench(keys[i]);
        struct mf_bytes good = signed_by(&bench, by(keys[i]));
        struct mf_bytes changed = replaced(&bench, good, "Subject: Hello", "Subject: hi");
        const struct mf_dkim_signature *signature = only(verify(&bench, changed));
        assert_true(mf_dkim_header_fits(signature, changed, MF_BYTES(plain)));
        assert_false(mf_dkim_header_fits(signature, changed, changed));
        struct mf_bytes foreign = signed_by(&bench, by(other));
        assert_false(mf_dkim_header_fits(only(verify(&bench, foreign)), foreign, MF_BYTES(plain)));
        close_bench(&bench);
    }
}

static void white_space_matters_only_where_it_is_simple(void **state)
{
    (void)state;
    struct bench bench = open_bench(rsa);
    struct signing how = by(rsa);
    how.canon = "relaxed/relaxed";
    struct mf_bytes relaxed = signed_by(&bench, how);
    expect(verify(&bench, replaced(&bench, relaxed, "Subject: Hello", "Subject:   Hello ")), MF_DKIM_PASS,
           MF_DKIM_GOOD);
    expect(verify(&bench, replaced(&bench, relaxed, "Line one", "Line   one ")), MF_DKIM_PASS, MF_DKIM_GOOD);
    how.canon = "simple/simple";
    struct mf_bytes simple = signed_by(&bench, how);
    expect(verify(&bench, replaced(&bench, simple, "Subject: Hello", "Subject:   Hello")), MF_DKIM_FAIL,
           MF_DKIM_HEADER_CHANGED);
    expect(verify(&bench, replaced(&bench, simple, "Line one", "Line one ")), MF_DKIM_FAIL, MF_DKIM_BODY_CHANGED);
    close_bench(&bench);
}

static void line_feeds_alone_are_taken_as_line_ends(void **state)
{
    (void)state;
    struct bench bench = open_bench(rsa);
    struct mf_bytes good = signed_by(&bench, by(rsa));
    struct mf_text bare = {0};
    for (size_t i = 0; i < good.len; i++)
        if (good.data[i] != '\r')
            mf_text_putc(&bare, good.data[i]);
    expect(verify(&bench, mf_text_bytes(&bare)), MF_DKIM_PASS, MF_DKIM_GOOD);
    mf_text_release(&bare);
    close_bench(&bench);
}

static void text_behind_l_passes_and_is_told(void **state)
{
    (void)state;
    struct bench bench = open_bench(rsa);
    struct signing how = by(rsa);
    how.limit = 10;
    struct mf_bytes partial = signed_by(&bench, how);
    const struct mf_dkim *dkim = verify(&bench, replaced(&bench, partial, "Line two", "whatever follows"));
    expect(dkim, MF_DKIM_PASS, MF_DKIM_GOOD);
    assert_int_equal(only(dkim)->body_limit, 10);
    assert_int_equal(only(dkim)->body_covered, 10);
    assert_int_equal(only(dkim)->body_length, 28);
    close_bench(&bench);
}

static void a_body_shorter_than_l_is_told_as_cut(void **state)
{
    (void)state;
    struct bench bench = open_bench(rsa);
    struct signing how = by(rsa);
    how.limit = 20;
    const struct mf_dkim *dkim = verify(&bench, replaced(&bench, signed_by(&bench, how), "Line two\r\n", ""));
    assert_int_not_equal(dkim->result, MF_DKIM_PASS);
    assert_int_equal(only(dkim)->cause, MF_DKIM_BODY_CHANGED);
    assert_non_null(strstr(only(dkim)->why, "cut"));
    close_bench(&bench);
}

static void a_second_from_field_is_never_believed(void **state)
{
    (void)state;
    struct bench bench = open_bench(rsa);
    struct mf_bytes good = signed_by(&bench, by(rsa));
    expect(verify(&bench, replaced(&bench, good, "DKIM-Signature", "From: boss@example.com\r\nDKIM-Signature")),
           MF_DKIM_PERMERROR, MF_DKIM_SECOND_FROM);
    close_bench(&bench);
}

static void weak_keys_and_sha1_do_not_pass(void **state)
{
    (void)state;
    struct bench bench = open_bench(weak);
    expect(verify(&bench, signed_by(&bench, by(weak))), MF_DKIM_POLICY, MF_DKIM_WEAK_KEY);
    close_bench(&bench);
    bench = open_bench(rsa);
    struct signing how = by(rsa);
    how.algorithm = "rsa-sha1";
    expect(verify(&bench, signed_by(&bench, how)), MF_DKIM_PERMERROR, MF_DKIM_SHA1);
    close_bench(&bench);
}

static void times_are_judged_by_the_given_time(void **state)
{
    (void)state;
    static const struct {
        const char *what, *tags;
        enum mf_dkim_result result;
        enum mf_dkim_cause cause;
    } cases[] = {
        {"signed now", "t=1790000000; ", MF_DKIM_PASS, MF_DKIM_GOOD},
        {"not expired", "t=1789999000; x=1790000100; ", MF_DKIM_PASS, MF_DKIM_GOOD},
        {"a clock that is five minutes fast", "t=1790000290; ", MF_DKIM_PASS, MF_DKIM_GOOD},
        {"expired", "t=1700000000; x=1700000100; ", MF_DKIM_PERMERROR, MF_DKIM_EXPIRED},
        {"tomorrow", "t=1790086400; ", MF_DKIM_PERMERROR, MF_DKIM_FUTURE},
        {"for ever", "t=1700000000; x=99999999999999999999999; ", MF_DKIM_PASS, MF_DKIM_GOOD},
        {"ends before it begins", "t=1700000100; x=1700000000; ", MF_DKIM_PERMERROR, MF_DKIM_SYNTAX},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bench bench = open_bench(rsa);
        struct signing how = by(rsa);
        how.more = cases[i].tags;
        const struct mf_dkim *dkim = verify(&bench, signed_by(&bench, how));
        if (dkim->result != cases[i].result || only(dkim)->cause != cases[i].cause)
            fail_msg("%s: %s, %s", cases[i].what, mf_dkim_result_name(dkim->result), only(dkim)->why);
        close_bench(&bench);
    }
}

static void what_is_wrong_with_the_key_in_dns_is_told(void **state)
{
    (void)state;
    struct bench made = open_bench(NULL);
    const char *good = signing_key_record(made.arena, rsa);
    const char *p = strstr(good, "p=");
    const struct {
        const char *what, *record;
        enum mf_dkim_result result;
        enum mf_dkim_cause cause;
    } cases[] = {
        {"revoked", "v=DKIM1; p=", MF_DKIM_PERMERROR, MF_DKIM_KEY_REVOKED},
        {"broken", "v=DKIM1; p=MIIBIjANBgkqhkiG9w0", MF_DKIM_PERMERROR, MF_DKIM_KEY_BROKEN},
        {"only for SHA-1", mf_format(made.arena, "v=DKIM1; h=sha1; %s", p), MF_DKIM_PERMERROR, MF_DKIM_KEY_UNFIT},
        {"not for mail", mf_format(made.arena, "v=DKIM1; s=tlsrpt; %s", p), MF_DKIM_PERMERROR, MF_DKIM_KEY_UNFIT},
        {"of another type", "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=", MF_DKIM_PERMERROR,
         MF_DKIM_KEY_UNFIT},
        {"for all hashes and services", mf_format(made.arena, "v=DKIM1; h=sha1:sha256; s=*; t=s; %s", p), MF_DKIM_PASS,
         MF_DKIM_GOOD},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bench bench = open_bench(NULL);
        answer_txt(bench.dns, NAME, (const char *[]){cases[i].record}, 1);
        const struct mf_dkim *dkim = verify(&bench, signed_by(&bench, by(rsa)));
        if (dkim->result != cases[i].result || only(dkim)->cause != cases[i].cause)
            fail_msg("%s: %s, %s", cases[i].what, mf_dkim_result_name(dkim->result), only(dkim)->why);
        close_bench(&bench);
    }
    close_bench(&made);
}

static void strict_keys_want_the_identity_in_the_very_domain(void **state)
{
    (void)state;
    struct bench bench = open_bench(NULL);
    const char *record = mf_format(bench.arena, "%s; t=s", signing_key_record(bench.arena, rsa));
    answer_txt(bench.dns, NAME, (const char *[]){record}, 1);
    struct signing how = by(rsa);
    how.more = "i=@sub.example.com; ";
    expect(verify(&bench, signed_by(&bench, how)), MF_DKIM_PERMERROR, MF_DKIM_KEY_UNFIT);
    how.more = "i=alice@example.com; ";
    expect(verify(&bench, signed_by(&bench, how)), MF_DKIM_PASS, MF_DKIM_GOOD);
    close_bench(&bench);
}

static void several_txt_records_count_only_when_they_are_keys(void **state)
{
    (void)state;
    struct bench bench = open_bench(NULL);
    const char *record = signing_key_record(bench.arena, rsa), *second = signing_key_record(bench.arena, other);
    answer_txt(bench.dns, NAME, (const char *[]){"v=spf1 -all", record}, 2);
    expect(verify(&bench, signed_by(&bench, by(rsa))), MF_DKIM_PASS, MF_DKIM_GOOD);
    answer_txt(bench.dns, NAME, (const char *[]){record, second}, 2);
    expect(verify(&bench, signed_by(&bench, by(rsa))), MF_DKIM_PERMERROR, MF_DKIM_KEY_MULTIPLE);
    close_bench(&bench);
}

static void a_missing_key_is_not_an_unreachable_one(void **state)
{
    (void)state;
    struct bench bench = open_bench(NULL);
    struct mf_bytes message = signed_by(&bench, by(rsa));
    answer_status(bench.dns, NAME, MF_DNS_TXT, MF_DNS_SERVFAIL);
    expect(verify(&bench, message), MF_DKIM_TEMPERROR, MF_DKIM_KEY_UNREACHABLE);
    answer_status(bench.dns, NAME, MF_DNS_TXT, MF_DNS_TIMEOUT);
    expect(verify(&bench, message), MF_DKIM_TEMPERROR, MF_DKIM_KEY_UNREACHABLE);
    answer_status(bench.dns, NAME, MF_DNS_TXT, MF_DNS_NODATA);
    answer_status(bench.dns, NAME ".example.com", MF_DNS_TXT, MF_DNS_NXDOMAIN);
    const struct mf_dkim *dkim = verify(&bench, message);
    expect(dkim, MF_DKIM_PERMERROR, MF_DKIM_KEY_MISSING);
    assert_false(dkim->need_more);
    close_bench(&bench);
}

static void a_key_under_the_doubled_name_is_found(void **state)
{
    (void)state;
    struct bench bench = open_bench(NULL);
    answer_status(bench.dns, NAME, MF_DNS_TXT, MF_DNS_NXDOMAIN);
    answer_txt(bench.dns, NAME ".example.com", (const char *[]){signing_key_record(bench.arena, rsa)}, 1);
    const struct mf_dkim *dkim = verify(&bench, signed_by(&bench, by(rsa)));
    expect(dkim, MF_DKIM_PERMERROR, MF_DKIM_KEY_MISSING);
    assert_string_equal(only(dkim)->key_elsewhere, NAME ".example.com");
    close_bench(&bench);
}

static void what_recorded_answers_lack_is_asked_for_at_once(void **state)
{
    (void)state;
    struct bench bench = open_bench(NULL);
    struct signing second = by(edwards);
    second.selector = "ed";
    struct mf_bytes once = signed_by(&bench, by(rsa));
    const struct mf_dkim *dkim = verify(&bench, sign_message(bench.arena, once, &second));
    assert_true(dkim->need_more);
    assert_int_equal(dkim->signatures[0].cause, MF_DKIM_NEED_MORE);
    const char *name;
    enum mf_dns_type type;
    bool ed = false, sel = false;
    for (size_t i = 0; mf_dns_missing(bench.dns, i, &name, &type); i++) {
        ed = ed || (type == MF_DNS_TXT && strcmp(name, "ed._domainkey.example.com") == 0);
        sel = sel || (type == MF_DNS_TXT && strcmp(name, NAME) == 0);
    }
    assert_true(ed && sel);
    close_bench(&bench);
}

static void one_good_signature_of_several_is_enough_and_each_is_told(void **state)
{
    (void)state;
    struct bench bench = open_bench(rsa);
    struct signing missing = by(rsa);
    missing.selector = "old";
    answer_status(bench.dns, "old._domainkey.example.com", MF_DNS_TXT, MF_DNS_NXDOMAIN);
    answer_status(bench.dns, "old._domainkey.example.com.example.com", MF_DNS_TXT, MF_DNS_NXDOMAIN);
    struct mf_bytes message = sign_message(bench.arena, signed_by(&bench, by(rsa)), &missing);
    const struct mf_dkim *dkim = verify(&bench, message);
    assert_int_equal(dkim->result, MF_DKIM_PASS);
    assert_int_equal(dkim->signatures[0].cause, MF_DKIM_KEY_MISSING);
    assert_int_equal(dkim->signatures[1].cause, MF_DKIM_GOOD);
    assert_ptr_equal(mf_dkim_aligned_pass(dkim), &dkim->signatures[1]);
    close_bench(&bench);
}

static void bytes_that_no_mail_should_hold_are_signed_like_any_other(void **state)
{
    (void)state;
    static const char head[] = "From: a@example.com\r\nTo: bob@example.org\r\nSubject: a";
    /* a bare CR, a NUL, a last line without its end, no empty line: libopendkim computes other digests of them */
    const struct mf_bytes tails[] = {MF_BYTES("\rb\r\n\r\nbody\r\n"), MF_BYTES("\0b\r\n\r\nbody\r\n"),
                                            MF_BYTES("\r\n\r\nbo\rdy\r\n"),  MF_BYTES("\r\n\r\nbody \t"),
                                            MF_BYTES("\r\n\r\nbody\r"),      MF_BYTES("\r\n")};
    for (size_t c = 0; c < 2; c++)
        for (size_t i = 0; i < sizeof tails / sizeof *tails; i++) {
            struct bench bench = open_bench(rsa);
            struct mf_text message = {0};
            mf_text_puts(&message, head);
            mf_text_add(&message, tails[i].data, tails[i].len);
            struct signing how = by(rsa);
            how.canon = c ? "relaxed/relaxed" : "simple/simple";
            struct mf_bytes good = sign_message(bench.arena, mf_text_bytes(&message), &how);
            expect(verify(&bench, good), MF_DKIM_PASS, MF_DKIM_GOOD);
            mf_text_release(&message);
            close_bench(&bench);
        }
}

static void a_signature_never_signs_itself_as_one_of_the_fields(void **state)
{
    (void)state;
    struct bench bench = open_bench(rsa);
    struct signing how = by(rsa);
    how.names = "From:DKIM-Signature:Subject";
    struct mf_bytes first = signed_by(&bench, how); /* RFC 6376 3.5: it names one that was not there */
    expect(verify(&bench, first), MF_DKIM_PASS, MF_DKIM_GOOD);
    const struct mf_dkim *dkim = verify(&bench, sign_message(bench.arena, first, &how));
    assert_int_equal(dkim->count, 2);
    assert_int_equal(dkim->signatures[0].result, MF_DKIM_PASS); /* it signed the one below */
    assert_int_equal(dkim->signatures[1].result, MF_DKIM_FAIL); /* which said that there would be no other */
    close_bench(&bench);
}

static void identities_are_decoded_before_they_are_compared(void **state)
{
    (void)state;
    static const struct {
        const char *tag;
        enum mf_dkim_result result;
    } cases[] = {{"i=alice=40example.com; ", MF_DKIM_PASS},      {"i=a=3Db@mail.example=2Ecom; ", MF_DKIM_PASS},
                 {"i=alice=40example.org; ", MF_DKIM_PERMERROR}, {"i=alice=4example.com; ", MF_DKIM_PERMERROR},
                 {"i=@notexample.com; ", MF_DKIM_PERMERROR},     {"i=@EXAMPLE.com; ", MF_DKIM_PASS}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bench bench = open_bench(rsa);
        struct signing how = by(rsa);
        how.more = cases[i].tag;
        const struct mf_dkim *dkim = verify(&bench, signed_by(&bench, how));
        if (dkim->result != cases[i].result)
            fail_msg("%s: %s", cases[i].tag, only(dkim)->why);
        close_bench(&bench);
    }
}

/* RFC 8616 */
static void domains_in_utf_8_are_asked_for_and_compared_as_a_labels(void **state)
{
    (void)state;
    static const char mail[] = "From: J\xC3\xB6rg <j\xC3\xB6rg@b\xC3\xBC"
                               "cher.example>\r\nTo: b@example.org\r\nSubject: x\r\n\r\nhi\r\n";
    static const struct {
        const char *domain, *more;
    } cases[] = {{"b\xC3\xBC"
                  "cher.example",
                  NULL},
                 {"xn--bcher-kva.example", NULL},
                 {"xn--bcher-kva.example", "i=j\xC3\xB6rg@b\xC3\xBC"
                                           "cher.example; "},
                 {"b\xC3\xBC"
                  "cher.example",
                  "i=@xn--bcher-kva.example; "}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bench bench = open_bench(NULL);
        answer_txt(bench.dns, "sel._domainkey.xn--bcher-kva.example",
                   (const char *[]){signing_key_record(bench.arena, rsa)}, 1);
        struct signing how = by(rsa);
        how.domain = cases[i].domain;
        how.more = cases[i].more;
        const struct mf_dkim *dkim = verify(&bench, sign_message(bench.arena, MF_BYTES(mail), &how));
        expect(dkim, MF_DKIM_PASS, MF_DKIM_GOOD);
        assert_true(only(dkim)->aligned_strict);
        close_bench(&bench);
    }
}

static void alignment_is_told_strict_and_relaxed(void **state)
{
    (void)state;
    static const struct {
        const char *domain;
        bool strict, relaxed;
    } cases[] = {
        {"example.com", true, true},
        {"mail.example.com", false, true},
        {"example.org", false, false},
        {"ample.com", false, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bench bench = open_bench(NULL);
        struct signing how = by(rsa);
        how.domain = cases[i].domain;
        answer_txt(bench.dns, mf_format(bench.arena, "sel._domainkey.%s", how.domain),
                   (const char *[]){signing_key_record(bench.arena, rsa)}, 1);
        const struct mf_dkim *dkim = verify(&bench, signed_by(&bench, how));
        expect(dkim, MF_DKIM_PASS, MF_DKIM_GOOD);
        assert_int_equal(only(dkim)->aligned_strict, cases[i].strict);
        assert_int_equal(only(dkim)->aligned_relaxed, cases[i].relaxed);
        assert_int_equal(mf_dkim_aligned_pass(dkim) != NULL, cases[i].relaxed);
        close_bench(&bench);
    }
}

static void malformed_signatures_are_permerror_with_the_reason(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to, *why;
    } cases[] = {
        {"v=1;", "v=2;", "v="},
        {"v=1; ", "", "v= is missing"},
        {"a=rsa-sha256", "a=rsa-sha512", "unknown"},
        {"d=example.com", "d=", "d= is"},
        {"s=sel;", "s=;", "s= is"},
        {"c=relaxed/relaxed", "c=loose", "c="},
        {"h=From", "h=Fro", "From"},
        {"d=example.com", "d=exa mple.com", "domain"},
        {"\tb=", "\tb=*", "base64"},
        {"s=sel;", "s=sel; s=sel;", "twice"},
        {"s=sel;", "s=sel; l=-5;", "l="},
        {"s=sel;", "s=sel; q=http/web;", "q="},
        {"s=sel;", "s=sel; i=x@example.net;", "i="},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bench bench = open_bench(rsa);
        const struct mf_dkim *dkim =
            verify(&bench, replaced(&bench, signed_by(&bench, by(rsa)), cases[i].from, cases[i].to));
        if (dkim->result != MF_DKIM_PERMERROR || !strstr(only(dkim)->why, cases[i].why))
            fail_msg("%s: %s, \"%s\"", cases[i].to, mf_dkim_result_name(dkim->result), only(dkim)->why);
        close_bench(&bench);
    }
}

static void twenty_signatures_are_looked_at_the_rest_is_told(void **state)
{
    (void)state;
    struct bench bench = open_bench(rsa);
    struct mf_bytes message = MF_BYTES(plain);
    struct signing how = by(rsa);
    for (int i = 0; i < 25; i++)
        message = sign_message(bench.arena, message, &how);
    const struct mf_dkim *dkim = verify(&bench, message);
    assert_int_equal(dkim->count, 25);
    assert_int_equal(dkim->result, MF_DKIM_PASS);
    assert_int_equal(dkim->signatures[19].cause, MF_DKIM_GOOD);
    assert_int_equal(dkim->signatures[20].cause, MF_DKIM_NOT_PROCESSED);
    close_bench(&bench);
}

/* Bytes changed, removed, doubled at random places: never a crash, never a pass with another body or From. */
static void mutated_messages_end_with_a_result(void **state)
{
    (void)state;
    unsigned seed = 20261123;
    struct bench bench = open_bench(rsa);
    struct mf_bytes good = signed_by(&bench, by(rsa));
    for (int i = 0; i < 3000; i++) {
        struct mf_arena *arena = mf_arena_new();
        struct mf_text text = {0};
        mf_text_add(&text, good.data, good.len);
        for (int k = 0; k < 1 + i % 4; k++) {
            size_t at = (size_t)rand_r(&seed) % text.len;
            switch (rand_r(&seed) % 3) {
            case 0:
                text.data[at] = (char)(rand_r(&seed) % 256);
                break;
            case 1:
                memmove(text.data + at, text.data + at + 1, text.len - at - 1);
                text.len--;
                break;
            default:
                text.data[at] = "\r\n:;= \t"[rand_r(&seed) % 7];
            }
        }
        struct mf_bytes message = {mf_copy_bytes(arena, text.data, text.len), text.len};
        const struct mf_dkim *dkim = mf_dkim_verify(arena, message, bench.dns, NOW, MF_NEVER);
        if (dkim->result == MF_DKIM_PASS) {
            assert_non_null(memmem(message.data, message.len, "Line one", 8));
            assert_non_null(memmem(message.data, message.len, "alice@example.com", 17));
        }
        mf_text_release(&text);
        mf_arena_free(&arena);
    }
    close_bench(&bench);
}

static void cut_messages_end_with_a_result(void **state)
{
    (void)state;
    struct bench bench = open_bench(rsa);
    struct mf_bytes good = signed_by(&bench, by(rsa));
    for (size_t len = 0; len < good.len; len++) {
        struct mf_bytes cut = {mf_copy_bytes(bench.arena, good.data, len), len};
        bool whole_body = len + 2 >= good.len;
        assert_true(verify(&bench, cut)->result != MF_DKIM_PASS || whole_body);
    }
    close_bench(&bench);
}

static void *verify_many(void *message)
{
    struct bench bench = open_bench(rsa);
    for (int i = 0; i < 50; i++)
        if (verify(&bench, *(struct mf_bytes *)message)->result != MF_DKIM_PASS)
            return message;
    close_bench(&bench);
    return NULL;
}

static void threads_may_verify_at_once(void **state)
{
    (void)state;
    struct bench bench = open_bench(NULL);
    struct mf_bytes message = signed_by(&bench, by(rsa));
    pthread_t threads[4];
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, verify_many, &message), 0);
    for (size_t i = 0; i < 4; i++) {
        void *failed;
        pthread_join(threads[i], &failed);
        assert_null(failed);
    }
    close_bench(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_canonicalization_and_both_algorithms_pass),
        cmocka_unit_test(the_examples_of_rfc_8463_pass),
        cmocka_unit_test(libopendkim_is_really_asked),
        cmocka_unit_test(an_unsigned_message_is_none),
        cmocka_unit_test(a_changed_body_is_told_from_a_changed_header_and_from_a_wrong_key),
        cmocka_unit_test(with_ed25519_header_and_key_can_not_be_told_apart),
        cmocka_unit_test(what_was_sent_tells_a_changed_header_from_another_key),
        cmocka_unit_test(white_space_matters_only_where_it_is_simple),
        cmocka_unit_test(line_feeds_alone_are_taken_as_line_ends),
        cmocka_unit_test(text_behind_l_passes_and_is_told),
        cmocka_unit_test(a_body_shorter_than_l_is_told_as_cut),
        cmocka_unit_test(a_second_from_field_is_never_believed),
        cmocka_unit_test(weak_keys_and_sha1_do_not_pass),
        cmocka_unit_test(times_are_judged_by_the_given_time),
        cmocka_unit_test(what_is_wrong_with_the_key_in_dns_is_told),
        cmocka_unit_test(strict_keys_want_the_identity_in_the_very_domain),
        cmocka_unit_test(several_txt_records_count_only_when_they_are_keys),
        cmocka_unit_test(a_missing_key_is_not_an_unreachable_one),
        cmocka_unit_test(a_key_under_the_doubled_name_is_found),
        cmocka_unit_test(what_recorded_answers_lack_is_asked_for_at_once),
        cmocka_unit_test(one_good_signature_of_several_is_enough_and_each_is_told),
        cmocka_unit_test(bytes_that_no_mail_should_hold_are_signed_like_any_other),
        cmocka_unit_test(a_signature_never_signs_itself_as_one_of_the_fields),
        cmocka_unit_test(identities_are_decoded_before_they_are_compared),
        cmocka_unit_test(domains_in_utf_8_are_asked_for_and_compared_as_a_labels),
        cmocka_unit_test(alignment_is_told_strict_and_relaxed),
        cmocka_unit_test(malformed_signatures_are_permerror_with_the_reason),
        cmocka_unit_test(twenty_signatures_are_looked_at_the_rest_is_told),
        cmocka_unit_test(threads_may_verify_at_once),
        cmocka_unit_test(mutated_messages_end_with_a_result),
        cmocka_unit_test(cut_messages_end_with_a_result),
    };
    return cmocka_run_group_tests(tests, make_keys, free_keys) ? 1 : 0;
}
