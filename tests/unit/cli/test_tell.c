/* Results told to programs and people; what `spf` and `verify` ask the world. */
#include "unit/test.h"

#include "cli/ask.h"
#include "cli/client.h"
#include "cli/tell_auth.h"
#include "mailflow/diagnose.h"

static void values_are_quoted_where_rfc_8601_wants_it(void **state)
{
    (void)state;
    static const struct {
        const char *name, *value, *told;
    } cases[] = {
        {"header.d", "net-it.com", " header.d=net-it.com"},
        {"smtp.mailfrom", "a.b+c@net-it.com", " smtp.mailfrom=a.b+c@net-it.com"},
        {"smtp.mailfrom", "\"a b\"@net-it.com", " smtp.mailfrom=\"\\\"a b\\\"@net-it.com\""},
        {"smtp.mailfrom", "a@b@net-it.com", " smtp.mailfrom=\"a@b@net-it.com\""},
        {"header.b", "ab/c=", " header.b=\"ab/c=\""},
        {"reason", "plain", " reason=\"plain\""},
        {"reason", "a \"b\" \\", " reason=\"a \\\"b\\\" \\\\\""},
        {"reason", "x\r\ndkim=pass\033[31m", " reason=\"x  dkim=pass [31m\""},
        {"header.d", "", ""},
        {"header.d", NULL, ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct mf_text out = {0};
        tell_value(&out, cases[i].name, cases[i].value);
        assert_string_equal(mf_text_str(&out), cases[i].told);
        mf_text_release(&out);
    }
}

static void a_line_stays_one_line_whatever_is_in_it(void **state)
{
    (void)state;
    struct mf_text out = {0};
    tell_line(&out, 2, "why: %s", "a\ndkim=pass\x1b[2J");
    tell_lines(&out, 4, "one\n\ntwo\n");
    assert_string_equal(mf_text_str(&out), "  why: a dkim=pass [2J\n    one\n\n    two\n");
    mf_text_release(&out);
}

static void times_are_read_as_people_write_them(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        long long seconds;
    } cases[] = {
        {"1795400047", 1795400047},
        {"0", 0},
        {"2026-11-23", 1795392000},
        {"2026-11-23T02:14:07Z", 1795400047},
        {"2026-11-23t02:14:07z", 1795400047},
        {"2026-11-23 02:14:07", 1795400047},
        {"2026-11-23T07:44:07+05:30", 1795400047},
        {"2026-11-23T02:14:07.123456Z", 1795400047},
        {"Mon, 23 Nov 2026 02:14:07 +0000", 1795400047},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        mf_usec at = -1;
        if (ask_time(cases[i].text, &at) != 0 || at != cases[i].seconds * MF_SECOND)
            fail_msg("%s: %lld", cases[i].text, (long long)(at / MF_SECOND));
    }
}

static void what_is_no_time_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "now",
                                      "-5",
                                      "99999999999999999999",
                                      "2026-13-01",
                                      "2026-11-23T25:00:00Z",
                                      "2026-11-23Tx",
                                      "2026-11-23T02:14:07+99:00",
                                      "2026-11-23x"};
    mf_usec at;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (ask_time(bad[i], &at) == 0)
            fail_msg("\"%s\" was taken for a time", bad[i]);
}

static struct client client_of(struct mf_arena *arena, struct client given, const char *message)
{
    return client_find(arena, &given, mf_message_parse(arena, mf_bytes_of(message)));
}

#define DATE "; Mon, 23 Nov 2026 02:14:07 +0000\n"

static void what_is_given_is_not_guessed(void **state)
{
    (void)state;
    struct mf_arena *arena = mf_arena_new();
    struct client given = {.ip = "192.0.2.1", .helo = "h.example", .mail_from = "a@b.example"};
    struct client found = client_of(
        arena, given, "Return-Path: <x@y.example>\nReceived: from z (z [203.0.113.9]) by mx.example.org" DATE "\n");
    assert_string_equal(found.ip, "192.0.2.1");
    assert_string_equal(found.mail_from, "a@b.example");
    assert_null(found.unknown);
    assert_null(found.from_where);
    mf_arena_free(&arena);
}

static void the_client_is_that_of_the_topmost_received_from_the_internet(void **state)
{
    (void)state;
    struct mf_arena *arena = mf_arena_new();
    struct client found =
        client_of(arena, (struct client){0},
                  "Return-Path: <x@y.example>\n"
                  "Received: from mx.example.org (mx.example.org [10.0.0.5]) by store.example.org with LMTP" DATE
                  "Received: from out.y.example (out.y.example [203.0.113.9]) by mx.example.org with ESMTPS" DATE
                  "Received: from pc (pc [198.51.100.77]) by out.y.example with ESMTPSA" DATE "\nx\n");
    assert_null(found.unknown);
    assert_string_equal(found.ip, "203.0.113.9");
    assert_string_equal(found.helo, "out.y.example");
    assert_string_equal(found.mail_from, "x@y.example");
    assert_non_null(strstr(found.from_where, "mx.example.org"));
    mf_arena_free(&arena);
}

static void an_empty_return_path_is_the_null_sender(void **state)
{
    (void)state;
    struct mf_arena *arena = mf_arena_new();
    struct client found =
        client_of(arena, (struct client){.ip = "192.0.2.1", .helo = "h.example"}, "Return-Path: <>\n\n");
    assert_null(found.unknown);
    assert_string_equal(found.mail_from, "");
    mf_arena_free(&arena);
}

static void what_can_not_be_known_is_said(void **state)
{
    (void)state;
    struct mf_arena *arena = mf_arena_new();
    assert_non_null(client_of(arena, (struct client){0}, "Subject: x\n\n").unknown);
    assert_non_null(client_of(arena, (struct client){.ip = "192.0.2.1"}, "Subject: x\n\n").unknown);
    mf_arena_free(&arena);
}

static void every_dkim_cause_leads_to_a_finding_that_exists(void **state)
{
    (void)state;
    assert_null(tell_dkim_finding(MF_DKIM_GOOD));
    for (int cause = MF_DKIM_GOOD + 1; cause <= MF_DKIM_NEED_MORE; cause++) {
        const char *id = tell_dkim_finding((enum mf_dkim_cause)cause);
        assert_non_null(id);
        if (!mf_catalogue_find(id))
            fail_msg("%s is not in the catalogue", id);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_quoted_where_rfc_8601_wants_it),
        cmocka_unit_test(a_line_stays_one_line_whatever_is_in_it),
        cmocka_unit_test(times_are_read_as_people_write_them),
        cmocka_unit_test(what_is_no_time_is_refused),
        cmocka_unit_test(what_is_given_is_not_guessed),
        cmocka_unit_test(the_client_is_that_of_the_topmost_received_from_the_internet),
        cmocka_unit_test(an_empty_return_path_is_the_null_sender),
        cmocka_unit_test(what_can_not_be_known_is_said),
        cmocka_unit_test(every_dkim_cause_leads_to_a_finding_that_exists),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
