/* Authentication-Results read as RFC 8601 and its dialects write it, and whose word counts. */
#include "unit/test.h"

#include <stdlib.h>

#include "mailflow/authres.h"

static struct mf_arena *arena;

static int set_up(void **state)
{
    (void)state;
    arena = mf_arena_new();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    mf_arena_free(&arena);
    return 0;
}

static const struct mf_authres *read_field(const char *value)
{
    return mf_authres_parse(arena, "Authentication-Results", value);
}

static const char *property(const struct mf_authres *told, const char *method, const char *name)
{
    const struct mf_authres_result *result = mf_authres_result(told, method, 0);
    assert_non_null(result);
    return mf_authres_property(result, name);
}

static void several_methods_with_comments_and_a_version_are_read(void **state)
{
    (void)state;
    const struct mf_authres *told =
        read_field(" example.com (comment; with = signs) 1;\r\n spf=pass smtp.mailfrom=example.net;\r\n"
                   " dkim/1 = pass (good (very) signature) header.d=example.com header.b=abcdef/g=; DMARC=Fail"
                   " reason=\"no; alignment\" header.from=\"example.com\" policy.dmarc=none");
    assert_string_equal(told->authserv_id, "example.com");
    assert_string_equal(told->version, "1");
    assert_int_equal(told->count, 3);
    assert_string_equal(property(told, "spf", "smtp.mailfrom"), "example.net");
    assert_string_equal(told->results[1].version, "1");
    assert_string_equal(told->results[1].comment, "good (very) signature");
    assert_string_equal(property(told, "dkim", "header.b"), "abcdef/g=");
    assert_string_equal(told->results[2].result, "fail");
    assert_string_equal(told->results[2].reason, "no; alignment");
    assert_string_equal(property(told, "dmarc", "header.from"), "example.com");
    assert_string_equal(property(told, "dmarc", "policy.dmarc"), "none");
}

static void spaces_and_comments_may_stand_around_every_sign(void **state)
{
    (void)state;
    const struct mf_authres *told = read_field(
        "foo.example.net (foobar) 1 (baz); dkim (Because I like it) / 1 (One yay) = (wait for it) fail "
        "policy (A dot can go here) . (like that) expired (this surprised me) = (as I wasn't expecting it) 1362471462");
    assert_string_equal(told->authserv_id, "foo.example.net");
    assert_int_equal(told->count, 1);
    assert_string_equal(told->results[0].method, "dkim");
    assert_string_equal(told->results[0].result, "fail");
    assert_string_equal(property(told, "dkim", "policy.expired"), "1362471462");
}

static void none_means_that_nothing_was_checked(void **state)
{
    (void)state;
    const struct mf_authres *told = read_field("example.org 1; none");
    assert_true(told->is_none);
    assert_true(told->is_understood);
    assert_int_equal(told->count, 0);
}

static void quoted_strings_are_unquoted(void **state)
{
    (void)state;
    const struct mf_authres *told = read_field("\"mx;1\"; auth=pass smtp.auth=\"a \\\"b\\\"\"@example.com");
    assert_string_equal(told->authserv_id, "mx;1");
    assert_string_equal(property(told, "auth", "smtp.auth"), "a \"b\"@example.com");
}

static void microsoft_leaves_the_id_out_and_adds_words_of_its_own(void **state)
{
    (void)state;
    const struct mf_authres *told = read_field(
        "spf=pass (sender IP is 40.107.1.1)\r\n smtp.mailfrom=contoso.com; dkim=pass (signature was verified)\r\n"
        " header.d=contoso.com;dmarc=pass action=none\r\n header.from=contoso.com;compauth=pass reason=100");
    assert_int_equal(told->dialect, MF_AUTHRES_MICROSOFT);
    assert_string_equal(told->authserv_id, "");
    assert_int_equal(told->count, 4);
    assert_string_equal(told->results[0].comment, "sender IP is 40.107.1.1");
    assert_string_equal(property(told, "dmarc", "action"), "none");
    assert_string_equal(told->results[3].reason, "100");
}

static void microsoft_of_old_puts_its_id_among_the_results(void **state)
{
    (void)state;
    const struct mf_authres *told = read_field(
        "spf=pass (sender IP is 1.2.3.4) smtp.mailfrom=a.example; contoso.com; dkim=none (message not signed)"
        " header.d=none;contoso.com; dmarc=bestguesspass action=none header.from=a.example;");
    assert_string_equal(told->authserv_id, "contoso.com");
    assert_int_equal(told->count, 3);
    assert_string_equal(property(told, "dkim", "header.d"), "none");
    assert_null(told->results[1].reason);
    assert_string_equal(told->results[1].comment, "message not signed");
}

static void trend_micros_pass_without_a_signature_is_no_proof(void **state)
{
    (void)state;
    const struct mf_authres *hollow = mf_authres_parse(arena, "X-TM-Authentication-Results",
                                                       "dkim=pass; No signatures and verification is not enforced");
    assert_int_equal(hollow->dialect, MF_AUTHRES_TREND);
    assert_int_equal(hollow->count, 1);
    assert_true(hollow->results[0].is_hollow);
    const struct mf_authres *good =
        mf_authres_parse(arena, "X-TM-Authentication-Results",
                         "spf=pass (sender IP address: 40.107.131.92) smtp.mailfrom=a.example; dkim=pass (signature "
                         "verified) header.d=a.example;");
    assert_int_equal(good->count, 2);
    assert_false(good->results[1].is_hollow);
}

static void received_spf_of_trend_and_of_the_rfc_is_read(void **state)
{
    (void)state;
    static const struct {
        const char *field, *value, *result, *ip;
    } cases[] = {
        {"X-TM-Received-SPF",
         "Pass (domain of contoso.com designates 40.1.1.1 as permitted sender) client-ip=40.1.1.1; "
         "envelope-from=x@contoso.com; helo=mail.contoso.com",
         "pass", "40.1.1.1"},
        {"Received-SPF",
         "SoftFail (mybox.example.org: a \"quoted; word\") identity=mailfrom; client-ip=192.0.2.1; "
         "helo=foo.example.com; envelope-from=\"myname@example.com\"; receiver=mybox.example.org",
         "softfail", "192.0.2.1"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct mf_authres *told = mf_authres_parse(arena, cases[i].field, cases[i].value);
        assert_true(told->is_understood);
        assert_string_equal(told->results[0].result, cases[i].result);
        assert_string_equal(property(told, "spf", "client-ip"), cases[i].ip);
        assert_non_null(property(told, "spf", "envelope-from"));
    }
}

static void an_arc_field_gives_its_instance_away(void **state)
{
    (void)state;
    const struct mf_authres *told =
        mf_authres_parse(arena, "ARC-Authentication-Results", "i=1; mx.example.com; dkim=pass header.i=@example.org");
    assert_string_equal(told->authserv_id, "mx.example.com");
    assert_string_equal(property(told, "dkim", "header.i"), "@example.org");
}

static void whatever_stands_there_reading_ends(void **state)
{
    (void)state;
    static const char *const odd[] = {
        "",     ";",   ";;;", "=", "a=", "(((((", "\"", "\"\\", "a; =b", "a;b=c d=", "a; b=c \"d\"=e", "x; /=/ ./.=.",
        "a;(b", "none"};
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        assert_non_null(read_field(odd[i]));
        assert_non_null(mf_authres_parse(arena, "Received-SPF", odd[i]));
    }
    srand(7);
    static const char signs[] = "ab=;.()\"\\/ \t1";
    for (int round = 0; round < 5000; round++) {
        char text[40];
        for (size_t i = 0; i < sizeof text - 1; i++)
            text[i] = signs[(size_t)rand() % (sizeof signs - 1)];
        text[sizeof text - 1] = '\0';
        const struct mf_authres *told = read_field(text);
        for (size_t i = 0; i < told->count; i++)
            assert_non_null(told->results[i].result);
    }
}

/* ------------------------------------------------------------------ whose word counts */

static const char *const ids[] = {"mx.example.org"};

/* The trust of each field, in order: T, F or S. border: which Received (0 = top) is the border's. */
static const char *trusts(const char *text, size_t border)
{
    const struct mf_message *message = mf_message_parse(arena, mf_bytes_of(text));
    size_t count, at = MF_AUTHRES_NO_BORDER;
    struct mf_authres **all = mf_message_authres(arena, message, &count);
    for (size_t i = 0, seen = 0; i < message->header_count; i++)
        if (message->headers[i].name.len == 8 && memcmp(message->headers[i].name.data, "Received", 8) == 0 &&
            seen++ == border)
            at = i;
    mf_authres_sort(message, all, count, ids, 1, at);
    char *word = mf_alloc(arena, count + 1);
    for (size_t i = 0; i < count; i++)
        word[i] = "STF"[all[i]->trust];
    return word;
}

#define OURS "Authentication-Results: mx.example.org; "
#define BORDER "Received: from x (x [192.0.2.1]) by mx.example.org; Mon, 23 Nov 2026 02:14:07 +0000\n"
#define OLDER "Received: from y (y [192.0.2.2]) by x; Mon, 23 Nov 2026 02:14:06 +0000\n"

static void only_what_the_border_wrote_is_believed(void **state)
{
    (void)state;
    static const struct {
        const char *name, *text, *trusts;
    } cases[] = {
        {"above the border's Received", OURS "dkim=pass\n" BORDER OLDER "\n", "T"},
        {"two fields of two milters", OURS "dmarc=pass\n" OURS "dkim=pass\n" BORDER OLDER "\n", "TT"},
        {"a milter's, directly below it", BORDER OURS "dkim=pass\n" OLDER "\n", "T"},
        {"came with the mail, in our name", OURS "dkim=fail\n" BORDER OLDER OURS "dkim=pass\n\n", "TF"},
        {"in our name, at the top of what came, though ours is above",
         OURS "dkim=fail\n" BORDER OURS "dkim=pass\n" OLDER "\n", "TF"},
        {"only a forged one", BORDER OLDER OURS "dkim=pass\n\n", "F"},
        {"somebody else's", "Authentication-Results: other.example; dkim=pass\n" BORDER "\n", "S"},
        {"without an id, above", "Authentication-Results: spf=pass smtp.mailfrom=a.example\n" BORDER "\n", "T"},
        {"without an id, below", BORDER "Authentication-Results: spf=pass smtp.mailfrom=a.example\n\n", "S"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (strcmp(trusts(cases[i].text, 0), cases[i].trusts) != 0)
            fail_msg("%s: %s, not %s", cases[i].name, trusts(cases[i].text, 0), cases[i].trusts);
}

static void without_a_border_nothing_is_believed(void **state)
{
    (void)state;
    assert_string_equal(trusts(OURS "dkim=pass\n" BORDER "\n", 7), "S");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(several_methods_with_comments_and_a_version_are_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(spaces_and_comments_may_stand_around_every_sign, set_up, tear_down),
        cmocka_unit_test_setup_teardown(none_means_that_nothing_was_checked, set_up, tear_down),
        cmocka_unit_test_setup_teardown(quoted_strings_are_unquoted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(microsoft_leaves_the_id_out_and_adds_words_of_its_own, set_up, tear_down),
        cmocka_unit_test_setup_teardown(microsoft_of_old_puts_its_id_among_the_results, set_up, tear_down),
        cmocka_unit_test_setup_teardown(trend_micros_pass_without_a_signature_is_no_proof, set_up, tear_down),
        cmocka_unit_test_setup_teardown(received_spf_of_trend_and_of_the_rfc_is_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_arc_field_gives_its_instance_away, set_up, tear_down),
        cmocka_unit_test_setup_teardown(whatever_stands_there_reading_ends, set_up, tear_down),
        cmocka_unit_test_setup_teardown(only_what_the_border_wrote_is_believed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(without_a_border_nothing_is_believed, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
