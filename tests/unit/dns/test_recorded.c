/* Recorded answers: judging without a network, and knowing what it lacks. */
#include "dns_testing.h"

static const struct mf_dns_answer *record(struct mf_dns *to, struct mf_arena *arena, const char *name,
                                          const char *address)
{
    struct mf_dns_record *a = mf_alloc(arena, sizeof *a);
    struct mf_dns_answer *answer = mf_alloc(arena, sizeof *answer);
    *a = (struct mf_dns_record){.type = MF_DNS_A, .name = name, .ttl = 60};
    snprintf(a->address, sizeof a->address, "%s", address);
    *answer = (struct mf_dns_answer){.name = name,
                                     .type = MF_DNS_A,
                                     .status = MF_DNS_OK,
                                     .records = a,
                                     .count = 1,
                                     .server = "192.0.2.53@53",
                                     .asked = 1234};
    mf_dns_record_answer(to, answer);
    return answer;
}

static void what_nobody_asked_is_unknown_and_listed_once(void **state)
{
    struct mf_arena *arena = mf_arena_new();
    struct mf_dns *dns = mf_dns_recorded();
    const char *name = NULL;
    enum mf_dns_type type = 0;
    (void)state;
    assert_false(mf_dns_missing(dns, 0, &name, &type));
    assert_string_equal(ask(dns, arena, "Mail.example.com.", MF_DNS_A), "UNKNOWN");
    assert_string_equal(ask(dns, arena, "mail.EXAMPLE.com", MF_DNS_A), "UNKNOWN");
    assert_string_equal(ask(dns, arena, "mail.example.com", MF_DNS_TXT), "UNKNOWN");
    assert_true(mf_dns_missing(dns, 0, &name, &type));
    assert_string_equal(name, "mail.example.com");
    assert_int_equal(type, MF_DNS_A);
    assert_true(mf_dns_missing(dns, 1, &name, &type));
    assert_int_equal(type, MF_DNS_TXT);
    assert_false(mf_dns_missing(dns, 2, &name, &type));
    mf_dns_free(&dns);
    mf_arena_free(&arena);
}

static void what_was_recorded_is_no_longer_missing(void **state)
{
    struct mf_arena *arena = mf_arena_new(), *elsewhere = mf_arena_new();
    struct mf_dns *dns = mf_dns_recorded();
    const char *name;
    enum mf_dns_type type;
    (void)state;
    ask(dns, arena, "a.example", MF_DNS_A);
    ask(dns, arena, "b.example", MF_DNS_A);
    record(dns, elsewhere, "a.example", "192.0.2.1");
    mf_arena_free(&elsewhere); /* it was copied */
    assert_true(mf_dns_missing(dns, 0, &name, &type));
    assert_string_equal(name, "b.example");
    assert_false(mf_dns_missing(dns, 1, &name, &type));
    const struct mf_dns_answer *a = mf_dns_ask(dns, arena, "A.example", MF_DNS_A, 0);
    assert_string_equal(answer_text(arena, a), "OK 192.0.2.1");
    assert_string_equal(a->server, "192.0.2.53@53"); /* who said it then, not who says it now */
    assert_int_equal(a->asked, 1234);
    mf_dns_free(&dns);
    mf_arena_free(&arena);
}

static void the_newest_recording_wins(void **state)
{
    struct mf_arena *arena = mf_arena_new();
    struct mf_dns *dns = mf_dns_recorded();
    (void)state;
    record(dns, arena, "a.example", "192.0.2.1");
    const char *before = ask(dns, arena, "a.example", MF_DNS_A);
    record(dns, arena, "A.EXAMPLE.", "192.0.2.2");
    assert_string_equal(before, "OK 192.0.2.1");
    assert_string_equal(ask(dns, arena, "a.example", MF_DNS_A), "OK 192.0.2.2");
    mf_dns_free(&dns);
    mf_arena_free(&arena);
}

struct seen {
    int count;
    char last[80];
};

static void note(void *context, const struct mf_dns_answer *answer)
{
    struct seen *seen = context;
    seen->count++;
    snprintf(seen->last, sizeof seen->last, "%s %s %s", answer->name, mf_dns_type_name(answer->type),
             mf_dns_status_name(answer->status));
}

static void answers_of_another_resolver_can_be_watched_and_replayed(void **state)
{
    struct mf_arena *arena = mf_arena_new();
    const char *path = write_file("www.example. CNAME web.example.\nweb.example. A 192.0.2.80\n"
                                  "txt.example. TXT \"one\" \"two\"\n");
    struct mf_dns *zone = mf_dns_zone(path, NULL), *dns = mf_dns_recorded();
    struct seen seen = {0};
    (void)state;
    unlink(path);
    mf_dns_watch(zone, note, &seen);
    mf_dns_record_answer(dns, mf_dns_ask(zone, arena, "www.example", MF_DNS_A, SOON));
    assert_string_equal(seen.last, "www.example A OK");
    mf_dns_record_answer(dns, mf_dns_ask(zone, arena, "txt.example", MF_DNS_TXT, SOON));
    mf_dns_record_answer(dns, mf_dns_ask(zone, arena, "none.example", MF_DNS_TXT, SOON));
    assert_string_equal(seen.last, "none.example TXT NXDOMAIN");
    assert_int_equal(seen.count, 3);
    mf_dns_free(&zone);
    assert_string_equal(ask(dns, arena, "www.example", MF_DNS_A), "OK 192.0.2.80 via web.example");
    assert_string_equal(ask(dns, arena, "txt.example", MF_DNS_TXT), "OK onetwo");
    assert_string_equal(ask(dns, arena, "none.example", MF_DNS_TXT), "NXDOMAIN");
    mf_dns_free(&dns);
    mf_arena_free(&arena);
}

static void only_recorded_answers_can_be_added_to_or_lack_something(void **state)
{
    struct mf_arena *arena = mf_arena_new();
    const char *path = write_file("a.example. A 192.0.2.1\n"), *name;
    enum mf_dns_type type;
    struct mf_dns *zone = mf_dns_zone(path, NULL);
    (void)state;
    unlink(path);
    record(zone, arena, "b.example", "192.0.2.2");
    assert_string_equal(ask(zone, arena, "b.example", MF_DNS_A), "NXDOMAIN");
    assert_false(mf_dns_missing(zone, 0, &name, &type));
    mf_dns_flush(zone); /* nothing to forget, no harm */
    mf_dns_free(&zone);
    mf_dns_free(&zone);
    mf_arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_nobody_asked_is_unknown_and_listed_once),
        cmocka_unit_test(what_was_recorded_is_no_longer_missing),
        cmocka_unit_test(the_newest_recording_wins),
        cmocka_unit_test(answers_of_another_resolver_can_be_watched_and_replayed),
        cmocka_unit_test(only_recorded_answers_can_be_added_to_or_lack_something),
    };
    return cmocka_run_group_tests_name("dns: recorded answers", tests, NULL, NULL) != 0;
}
