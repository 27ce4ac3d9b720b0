/* Live look-ups through libunbound: cached, validated where that is possible, never later than their deadline. */
#include "dns_testing.h"

#include <pthread.h>

#include "fakes/fake_dns.h"

static struct fake_dns *fake;
static struct mf_dns *dns;
static struct mf_arena *arena;

static int start_fake(void **state)
{
    (void)state;
    setenv("MAILFLOW_TRUST_ANCHOR", "none", 1); /* whatever this machine has */
    arena = mf_arena_new();
    fake = fake_dns_start("127.0.0.1");
    static const char *const records[] = {
        "example.com. 300 IN SOA ns1.example.com. root.example.com. 7 60 60 60 120",
        "mail.example.com. 60 IN A 192.0.2.25",
        "brief.example.com. 1 IN A 192.0.2.26",
        "www.example.com. 60 IN CNAME mail.example.com.",
        "example.com. 60 IN MX 10 mail.example.com.",
        "k._domainkey.example.com. 60 IN TXT \"v=DKIM1; p=\" \"AAAA\"",
        "mail.lab.test. 60 IN A 192.0.2.27",
        "1.2.0.192.in-addr.arpa. 60 IN PTR mail.example.com.",
        "1.0.0.127.in-addr.arpa. 60 IN PTR host.lab.test.",
        "9.0.0.10.in-addr.arpa. 60 IN PTR inside.example.com.",
        "copy.invalid. 60 IN A 192.0.2.28",
    };
    for (size_t i = 0; i < sizeof records / sizeof *records; i++)
        if (!fake_dns_add(fake, records[i]))
            return -1;
    fake_dns_set_flags(fake, false, false);
    return 0;
}

static int start(void **state)
{
    if (start_fake(state) < 0)
        return -1;
    dns = mf_dns_live(fake_dns_address(fake), NULL);
    return dns ? 0 : -1;
}

static int stop(void **state)
{
    (void)state;
    mf_dns_free(&dns);
    fake_dns_stop(&fake);
    mf_arena_free(&arena);
    return 0;
}

static void it_tells_what_the_resolver_says(void **state)
{
    static const struct {
        const char *what, *name;
        enum mf_dns_type type;
        const char *answer;
    } cases[] = {
        {"an address", "mail.example.com", MF_DNS_A, "OK 192.0.2.25"},
        {"MX", "Example.COM.", MF_DNS_MX, "OK 10 mail.example.com"},
        {"a text in pieces", "k._domainkey.example.com", MF_DNS_TXT, "OK v=DKIM1; p=AAAA"},
        {"an alias", "www.example.com", MF_DNS_A, "OK 192.0.2.25 via mail.example.com"},
        {"an alias without the type", "www.example.com", MF_DNS_TXT, "NODATA via mail.example.com"},
        {"no such type", "mail.example.com", MF_DNS_TXT, "NODATA"},
        {"no such name", "none.example.com", MF_DNS_TXT, "NXDOMAIN"},
        {".test is asked, not known better (RFC 6761 or not)", "mail.lab.test", MF_DNS_A, "OK 192.0.2.27"},
        {".invalid too", "copy.invalid", MF_DNS_A, "OK 192.0.2.28"},
        {"documentation addresses have names", "1.2.0.192.in-addr.arpa", MF_DNS_PTR, "OK mail.example.com"},
        {"loopback addresses too", "1.0.0.127.in-addr.arpa", MF_DNS_PTR, "OK host.lab.test"},
        {"private addresses too", "9.0.0.10.in-addr.arpa", MF_DNS_PTR, "OK inside.example.com"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *answer = ask(dns, arena, cases[i].name, cases[i].type);
        if (strcmp(answer, cases[i].answer) != 0)
            fail_msg("%s: \"%s\", not \"%s\"", cases[i].what, answer, cases[i].answer);
    }
    const struct mf_dns_answer *a = mf_dns_ask(dns, arena, "www.example.com", MF_DNS_A, SOON);
    assert_string_equal(a->server, fake_dns_address(fake));
    assert_false(a->authoritative);
    assert_false(a->validated);
    assert_string_equal(a->chain[0].host, "mail.example.com");
    a = mf_dns_ask(dns, arena, "none.example.com", MF_DNS_TXT, SOON);
    assert_true(a->negative_ttl > 100 && a->negative_ttl <= 120);
}

static void answers_are_kept_for_their_time_to_live(void **state)
{
    (void)state;
    assert_string_equal(ask(dns, arena, "brief.example.com", MF_DNS_A), "OK 192.0.2.26");
    ask(dns, arena, "brief.example.com", MF_DNS_A);
    assert_int_equal(fake_dns_asked(fake, "brief.example.com"), 1);
    fake_dns_remove(fake, "brief.example.com.");
    fake_dns_add(fake, "brief.example.com. 1 IN A 192.0.2.99");
    mf_sleep_until(mf_now() + 2100 * MF_MS);
    assert_string_equal(ask(dns, arena, "brief.example.com", MF_DNS_A), "OK 192.0.2.99");
}

static void a_flush_forgets_what_was_kept(void **state)
{
    (void)state;
    ask(dns, arena, "mail.example.com", MF_DNS_A);
    fake_dns_remove(fake, "mail.example.com.");
    fake_dns_add(fake, "mail.example.com. 60 IN A 192.0.2.99");
    assert_string_equal(ask(dns, arena, "mail.example.com", MF_DNS_A), "OK 192.0.2.25");
    mf_dns_flush(dns);
    assert_string_equal(ask(dns, arena, "mail.example.com", MF_DNS_A), "OK 192.0.2.99");
}

static void a_silent_resolver_is_given_up_at_the_deadline(void **state)
{
    (void)state;
    fake_dns_behave(fake, "mail.example.com", FAKE_DNS_DROP, 0);
    for (int ms = 50; ms <= 800; ms *= 4) {
        mf_usec started = mf_now();
        const struct mf_dns_answer *a = mf_dns_ask(dns, arena, "mail.example.com", MF_DNS_A, started + ms * MF_MS);
        mf_usec late = mf_now() - started - ms * MF_MS;
        assert_int_equal(a->status, MF_DNS_TIMEOUT);
        assert_non_null(strstr(a->why, fake_dns_address(fake)));
        if (late > 100 * MF_MS || late < -10 * MF_MS)
            fail_msg("deadline of %d ms met %d ms late", ms, (int)(late / MF_MS));
    }
}

static void one_silent_name_does_not_spoil_the_others(void **state)
{
    (void)state;
    fake_dns_behave(fake, "mail.example.com", FAKE_DNS_DROP, 0);
    for (int i = 0; i < 3; i++) {
        char name[40];
        snprintf(name, sizeof name, "n%d.example.com", i);
        const struct mf_dns_answer *a = mf_dns_ask(dns, arena, "mail.example.com", MF_DNS_A, mf_now() + 700 * MF_MS);
        assert_int_equal(a->status, MF_DNS_TIMEOUT);
        mf_usec started = mf_now();
        assert_string_equal(ask(dns, arena, name, MF_DNS_A), "NXDOMAIN");
        assert_true(mf_now() - started < 100 * MF_MS);
    }
}

static void a_resolver_that_is_back_is_seen_to_be_back(void **state)
{
    (void)state;
    fake_dns_behave(fake, "mail.example.com", FAKE_DNS_DROP, 0);
    assert_int_equal(mf_dns_ask(dns, arena, "mail.example.com", MF_DNS_A, mf_now() + 500 * MF_MS)->status,
                     MF_DNS_TIMEOUT);
    fake_dns_behave(fake, "mail.example.com", FAKE_DNS_SERVFAIL, 0);
    assert_int_equal(mf_dns_ask(dns, arena, "mail.example.com", MF_DNS_A, SOON)->status, MF_DNS_SERVFAIL);
    fake_dns_behave(fake, "mail.example.com", FAKE_DNS_ANSWER, 0);
    assert_string_equal(ask(dns, arena, "mail.example.com", MF_DNS_A), "OK 192.0.2.25");
}

static void each_bad_resolver_is_told_in_words(void **state)
{
    static const struct {
        enum fake_dns_behaviour behaviour;
        const char *status, *words;
    } cases[] = {
        {FAKE_DNS_SERVFAIL, "SERVFAIL", "says SERVFAIL"},
        {FAKE_DNS_REFUSED, "SERVFAIL", "says REFUSED"},
        {FAKE_DNS_REFER, "SERVFAIL", "only refers to the name servers of example.com"},
        {FAKE_DNS_GARBAGE, "SERVFAIL", "no DNS message"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        fake_dns_behave(fake, "mail.example.com", cases[i].behaviour, 0);
        const struct mf_dns_answer *a = mf_dns_ask(dns, arena, "mail.example.com", MF_DNS_A, mf_now() + 1500 * MF_MS);
        if (strcmp(answer_text(arena, a), cases[i].status) != 0 || !a->why || !strstr(a->why, cases[i].words))
            fail_msg("behaviour %d: %s: %s", (int)cases[i].behaviour, answer_text(arena, a), a->why ? a->why : "-");
    }
}

static void a_resolver_that_does_not_listen_is_told_by_the_deadline(void **state)
{
    char address[80];
    (void)state;
    snprintf(address, sizeof address, "%s", fake_dns_address(fake));
    fake_dns_stop(&fake);
    mf_usec started = mf_now();
    const struct mf_dns_answer *a = mf_dns_ask(dns, arena, "mail.example.com", MF_DNS_A, started + 600 * MF_MS);
    assert_true(mf_now() - started < 700 * MF_MS);
    assert_int_equal(a->status, MF_DNS_SERVFAIL);
    assert_non_null(strstr(a->why, "nothing listens there"));
    assert_non_null(strstr(a->why, address));
}

struct asker {
    struct mf_dns *dns;
    int number, good;
    enum mf_dns_status expected;
    const char *words;
};

static void *ask_three(void *argument)
{
    struct asker *asker = argument;
    for (int i = 0; i < 3; i++) {
        struct mf_arena *own = mf_arena_new();
        const struct mf_dns_answer *a = mf_dns_ask(asker->dns, own, mf_format(own, "d%d.example.com", i + 3 * asker->number),
                                                   MF_DNS_A, mf_now() + 30 * MF_SECOND);
        asker->good += a->status == asker->expected && a->why && strstr(a->why, asker->words) != NULL;
        mf_arena_free(&own);
    }
    return NULL;
}

/* Eight ask three names each, all with a deadline far away: together they wait once. */
static void ask_together(enum mf_dns_status expected, const char *words)
{
    pthread_t threads[8];
    struct asker askers[8];
    mf_usec started = mf_now();
    for (int i = 0; i < 8; i++) {
        askers[i] = (struct asker){.dns = dns, .number = i, .expected = expected, .words = words};
        pthread_create(&threads[i], NULL, ask_three, &askers[i]);
    }
    for (int i = 0; i < 8; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(askers[i].good, 3);
    }
    assert_true(mf_now() - started < 15 * MF_SECOND); /* not 90 s */
}

static void that_nobody_listens_is_found_out_once_for_all(void **state)
{
    (void)state;
    fake_dns_stop(&fake);
    ask_together(MF_DNS_SERVFAIL, "nothing listens there");
}

static void that_a_resolver_is_silent_is_found_out_once_for_all(void **state)
{
    (void)state;
    fake_dns_behave(fake, ".", FAKE_DNS_DROP, 0);
    for (int i = 0; i < 24; i++) {
        char name[40];
        snprintf(name, sizeof name, "d%d.example.com", i);
        fake_dns_behave(fake, name, FAKE_DNS_DROP, 0);
    }
    ask_together(MF_DNS_TIMEOUT, "no answer over UDP");
    int asked = fake_dns_asked(fake, NULL);
    assert_int_equal(mf_dns_ask(dns, arena, "mail.example.com", MF_DNS_A, SOON)->status, MF_DNS_TIMEOUT);
    assert_int_equal(fake_dns_asked(fake, NULL), asked); /* not asked again so soon */
    fake_dns_behave(fake, ".", FAKE_DNS_ANSWER, 0);
    mf_dns_flush(dns); /* as a new look does */
    assert_string_equal(ask(dns, arena, "mail.example.com", MF_DNS_A), "OK 192.0.2.25");
}

static void a_slow_resolver_is_waited_for(void **state)
{
    (void)state;
    fake_dns_behave(fake, "mail.example.com", FAKE_DNS_SLOW, 800); /* longer than a moment, and the fake takes one at a time */
    assert_string_equal(ask(dns, arena, "mail.example.com", MF_DNS_A), "OK 192.0.2.25");
}

static void a_cut_answer_is_fetched_over_tcp(void **state)
{
    (void)state;
    fake_dns_behave(fake, "k._domainkey.example.com", FAKE_DNS_TRUNCATE, 0);
    assert_string_equal(ask(dns, arena, "k._domainkey.example.com", MF_DNS_TXT), "OK v=DKIM1; p=AAAA");
    assert_int_equal(fake_dns_asked_over_tcp(fake), 1);
}

static void a_look_up_on_this_machine_is_quick(void **state)
{
    (void)state;
    ask(dns, arena, "example.com", MF_DNS_MX); /* the first starts libunbound's thread */
    mf_usec best = MF_NEVER;
    for (int i = 0; i < 20; i++) {
        char name[40];
        snprintf(name, sizeof name, "q%d.example.com", i);
        const struct mf_dns_answer *a = mf_dns_ask(dns, arena, name, MF_DNS_A, SOON);
        best = a->took < best ? a->took : best;
    }
    assert_true(best < 3 * MF_MS);
}

static void a_resolver_on_ipv6_is_asked_there(void **state)
{
    (void)state;
    struct fake_dns *six = fake_dns_start("::1");
    if (!six)
        skip(); /* no IPv6 on this machine */
    fake_dns_add(six, "six.example. 60 IN AAAA 2001:db8::6");
    struct mf_dns *there = mf_dns_live(fake_dns_address(six), NULL);
    assert_string_equal(ask(there, arena, "six.example", MF_DNS_AAAA), "OK 2001:db8::6");
    mf_dns_free(&there);
    fake_dns_stop(&six);
}

static void *ask_many(void *argument)
{
    struct asker *asker = argument;
    for (int i = 0; i < 25; i++) {
        struct mf_arena *own = mf_arena_new();
        char name[40];
        bool is_slow = i == 7 && asker->number == 0;
        snprintf(name, sizeof name, "t%d.example.com", (i + asker->number) % 30);
        const struct mf_dns_answer *a =
            is_slow ? mf_dns_ask(asker->dns, own, "silent.example.com", MF_DNS_A, mf_now() + 100 * MF_MS)
                    : mf_dns_ask(asker->dns, own, i % 2 ? "mail.example.com" : name, MF_DNS_A, SOON);
        asker->good += a->status == (is_slow ? MF_DNS_TIMEOUT : i % 2 ? MF_DNS_OK : MF_DNS_NXDOMAIN);
        mf_arena_free(&own);
    }
    return NULL;
}

static void count_answer(void *context, const struct mf_dns_answer *answer)
{
    (void)answer;
    ++*(int *)context; /* called under a lock: no other */
}

static void many_threads_may_ask_at_once(void **state)
{
    pthread_t threads[8];
    struct asker askers[8];
    int seen = 0;
    (void)state;
    fake_dns_behave(fake, "silent.example.com", FAKE_DNS_DROP, 0);
    mf_dns_watch(dns, count_answer, &seen);
    for (int i = 0; i < 8; i++) {
        askers[i] = (struct asker){.dns = dns, .number = i};
        pthread_create(&threads[i], NULL, ask_many, &askers[i]);
    }
    for (int i = 0; i < 8; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(askers[i].good, 25);
    }
    assert_int_equal(seen, 200);
}

static void many_contexts_are_fine(void **state)
{
    struct mf_dns *many[40];
    (void)state;
    for (int i = 0; i < 40; i++) {
        many[i] = mf_dns_live(fake_dns_address(fake), NULL);
        assert_non_null(many[i]);
        assert_string_equal(ask(many[i], arena, "mail.example.com", MF_DNS_A), "OK 192.0.2.25");
    }
    for (int i = 0; i < 40; i++)
        mf_dns_free(&many[i]);
}

static void a_resolver_that_is_none_is_refused(void **state)
{
    struct mf_diag d = {0};
    (void)state;
    assert_null(mf_dns_live("resolver.example.com", &d));
    assert_non_null(strstr(d.title, "resolver.example.com"));
}

/* ------------------------------------------------------------------ DNSSEC */

static void a_signed_root_with_our_anchor_is_validated(void **state)
{
    char anchor[64];
    (void)state;
    snprintf(anchor, sizeof anchor, "%s", write_file(""));
    assert_true(fake_dns_sign(fake, anchor));
    fake_dns_add(fake, "forged.example.com. 60 IN A 203.0.113.66"); /* added after signing */
    setenv("MAILFLOW_TRUST_ANCHOR", anchor, 1);
    dns = mf_dns_live(fake_dns_address(fake), NULL);
    const struct mf_dns_answer *a = mf_dns_ask(dns, arena, "mail.example.com", MF_DNS_A, SOON);
    assert_string_equal(answer_text(arena, a), "OK 192.0.2.25");
    assert_true(a->validated && a->authenticated && a->checked);
    a = mf_dns_ask(dns, arena, "forged.example.com", MF_DNS_A, SOON);
    assert_int_equal(a->status, MF_DNS_BOGUS);
    assert_non_null(a->why);
    assert_int_equal(a->count, 0);
    a = mf_dns_ask(dns, arena, "mail.lab.test", MF_DNS_A, SOON); /* a private top level is nobody's to sign */
    assert_int_equal(a->status, MF_DNS_OK);
    assert_false(a->validated);
    unlink(anchor);
}

static void a_private_root_is_believed_without_validation(void **state)
{
    (void)state;
    const char *anchor =
        write_file(". IN DS 20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D\n");
    setenv("MAILFLOW_TRUST_ANCHOR", anchor, 1);
    dns = mf_dns_live(fake_dns_address(fake), NULL);
    const struct mf_dns_answer *a = mf_dns_ask(dns, arena, "mail.example.com", MF_DNS_A, SOON);
    assert_string_equal(answer_text(arena, a), "OK 192.0.2.25");
    assert_false(a->validated || a->authenticated || a->checked); /* whether it is signed is not known */
    int asked = fake_dns_asked(fake, NULL);
    assert_string_equal(ask(dns, arena, "none.example.com", MF_DNS_A), "NXDOMAIN");
    assert_int_equal(fake_dns_asked(fake, NULL), asked + 1); /* the root is not tried again each time */
    unlink(anchor);
}

static void a_broken_anchor_file_does_not_stop_look_ups(void **state)
{
    (void)state;
    const char *anchor = write_file("this is no key\n");
    setenv("MAILFLOW_TRUST_ANCHOR", anchor, 1);
    dns = mf_dns_live(fake_dns_address(fake), NULL);
    assert_non_null(dns);
    assert_string_equal(ask(dns, arena, "mail.example.com", MF_DNS_A), "OK 192.0.2.25");
    unlink(anchor);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(it_tells_what_the_resolver_says, start, stop),
        cmocka_unit_test_setup_teardown(answers_are_kept_for_their_time_to_live, start, stop),
        cmocka_unit_test_setup_teardown(a_flush_forgets_what_was_kept, start, stop),
        cmocka_unit_test_setup_teardown(a_silent_resolver_is_given_up_at_the_deadline, start, stop),
        cmocka_unit_test_setup_teardown(one_silent_name_does_not_spoil_the_others, start, stop),
        cmocka_unit_test_setup_teardown(a_resolver_that_is_back_is_seen_to_be_back, start, stop),
        cmocka_unit_test_setup_teardown(each_bad_resolver_is_told_in_words, start, stop),
        cmocka_unit_test_setup_teardown(a_resolver_that_does_not_listen_is_told_by_the_deadline, start, stop),
        cmocka_unit_test_setup_teardown(that_nobody_listens_is_found_out_once_for_all, start, stop),
        cmocka_unit_test_setup_teardown(that_a_resolver_is_silent_is_found_out_once_for_all, start, stop),
        cmocka_unit_test_setup_teardown(a_slow_resolver_is_waited_for, start, stop),
        cmocka_unit_test_setup_teardown(a_cut_answer_is_fetched_over_tcp, start, stop),
        cmocka_unit_test_setup_teardown(a_look_up_on_this_machine_is_quick, start, stop),
        cmocka_unit_test_setup_teardown(a_resolver_on_ipv6_is_asked_there, start, stop),
        cmocka_unit_test_setup_teardown(many_threads_may_ask_at_once, start, stop),
        cmocka_unit_test_setup_teardown(many_contexts_are_fine, start, stop),
        cmocka_unit_test(a_resolver_that_is_none_is_refused),
        cmocka_unit_test_setup_teardown(a_signed_root_with_our_anchor_is_validated, start_fake, stop),
        cmocka_unit_test_setup_teardown(a_private_root_is_believed_without_validation, start_fake, stop),
        cmocka_unit_test_setup_teardown(a_broken_anchor_file_does_not_stop_look_ups, start_fake, stop),
    };
    return cmocka_run_group_tests_name("dns: live", tests, NULL, NULL) != 0;
}
