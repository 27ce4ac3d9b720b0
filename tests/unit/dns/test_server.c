/* One given server: what it says, in what role, and in words what is wrong with it. */
#include "dns_testing.h"

#include <arpa/inet.h>
#include <sys/socket.h>

#include "fakes/fake_dns.h"

static struct fake_dns *fake;
static struct mf_dns *dns;
static struct mf_arena *arena;

static int start(void **state)
{
    (void)state;
    arena = mf_arena_new();
    fake = fake_dns_start("127.0.0.1");
    static const char *const records[] = {
        "example.com. 300 IN SOA ns1.example.com. root.example.com. 7 60 60 60 120",
        "mail.example.com. 60 IN A 192.0.2.25",
        "mail.example.com. 60 IN AAAA 2001:db8::25",
        "www.example.com. 60 IN CNAME mail.example.com.",
        "example.com. 60 IN MX 10 mail.example.com.",
        "k._domainkey.example.com. 60 IN TXT \"v=DKIM1; p=\" \"AAAA\"",
        "out.example.com. 60 IN CNAME away.example.net.",
        "loop.example.com. 60 IN CNAME loop.example.com.",
    };
    for (size_t i = 0; i < sizeof records / sizeof *records; i++)
        if (!fake_dns_add(fake, records[i]))
            return -1;
    dns = mf_dns_server(fake_dns_address(fake), NULL);
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

static void it_tells_what_the_server_says(void **state)
{
    static const struct {
        const char *name;
        enum mf_dns_type type;
        const char *answer;
    } cases[] = {
        {"mail.example.com", MF_DNS_A, "OK 192.0.2.25"},
        {"MAIL.example.com.", MF_DNS_AAAA, "OK 2001:db8::25"},
        {"example.com", MF_DNS_MX, "OK 10 mail.example.com"},
        {"example.com", MF_DNS_SOA, "OK ns1.example.com 7"},
        {"k._domainkey.example.com", MF_DNS_TXT, "OK v=DKIM1; p=AAAA"},
        {"www.example.com", MF_DNS_A, "OK 192.0.2.25 via mail.example.com"},
        {"www.example.com", MF_DNS_TXT, "NODATA via mail.example.com"},
        {"mail.example.com", MF_DNS_TXT, "NODATA"},
        {"none.example.com", MF_DNS_TXT, "NXDOMAIN"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(ask(dns, arena, cases[i].name, cases[i].type), cases[i].answer);
}

static void it_tells_who_answered_and_in_what_role(void **state)
{
    (void)state;
    const struct mf_dns_answer *a = mf_dns_ask(dns, arena, "mail.example.com", MF_DNS_A, SOON);
    assert_string_equal(a->server, fake_dns_address(fake));
    assert_true(a->authoritative);
    assert_false(a->authenticated);
    assert_int_equal(a->records[0].ttl, 60);
    fake_dns_set_flags(fake, false, true);
    a = mf_dns_ask(dns, arena, "mail.example.com", MF_DNS_A, SOON);
    assert_false(a->authoritative);
    assert_true(a->authenticated);
    assert_false(a->validated); /* said by the server, not seen by us */
    a = mf_dns_ask(dns, arena, "none.example.com", MF_DNS_A, SOON);
    assert_int_equal(a->negative_ttl, 120);
    assert_true(a->took >= 0 && a->asked > 0);
}

static void nothing_is_cached(void **state)
{
    (void)state;
    ask(dns, arena, "mail.example.com", MF_DNS_A);
    fake_dns_remove(fake, "mail.example.com.");
    fake_dns_add(fake, "mail.example.com. 60 IN A 192.0.2.26");
    assert_string_equal(ask(dns, arena, "mail.example.com", MF_DNS_A), "OK 192.0.2.26");
}

struct bad_case {
    enum fake_dns_behaviour behaviour;
    const char *status, *words; /* NULL: no words */
    int at_least_ms, at_most_ms;
};

static void each_bad_server_is_told_in_words_and_in_time(void **state)
{
    static const struct bad_case cases[] = {
        {FAKE_DNS_SERVFAIL, "SERVFAIL", "says SERVFAIL", 0, 200},
        {FAKE_DNS_REFUSED, "SERVFAIL", "says REFUSED: it does not answer for this name", 0, 200},
        {FAKE_DNS_REFER, "SERVFAIL", "only refers to the name servers of example.com", 0, 200},
        {FAKE_DNS_GARBAGE, "SERVFAIL", "7 bytes that are no DNS message", 0, 300},
        {FAKE_DNS_TRUNCATE_HANGUP, "SERVFAIL", "over TCP (the answer does not fit into UDP)", 0, 300},
        {FAKE_DNS_TRUNCATE_DROP, "TIMEOUT", "no answer over TCP", 350, 500},
        {FAKE_DNS_DROP, "TIMEOUT", "no answer over UDP within 0.4", 350, 500},
        {FAKE_DNS_WRONG_ID, "TIMEOUT", "not the reply to our question", 350, 500},
        {FAKE_DNS_WRONG_QUESTION, "TIMEOUT", "not the reply to our question", 350, 500},
        {FAKE_DNS_SLOW, "TIMEOUT", "no answer over UDP", 350, 500},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        fake_dns_behave(fake, "mail.example.com", cases[i].behaviour, 3000);
        mf_usec started = mf_now();
        const struct mf_dns_answer *a = mf_dns_ask(dns, arena, "mail.example.com", MF_DNS_A, started + 400 * MF_MS);
        int ms = (int)((mf_now() - started) / MF_MS);
        if (strcmp(answer_text(arena, a), cases[i].status) != 0 || !a->why || !strstr(a->why, cases[i].words) ||
            !strstr(a->why, fake_dns_address(fake)) || ms < cases[i].at_least_ms || ms > cases[i].at_most_ms)
            fail_msg("behaviour %d: %s after %d ms: %s", (int)cases[i].behaviour, answer_text(arena, a), ms,
                     a->why ? a->why : "no words");
    }
}

static void each_server_that_can_be_lived_with_is(void **state)
{
    static const struct {
        enum fake_dns_behaviour behaviour;
        int ms;
        const char *what;
    } cases[] = {
        {FAKE_DNS_DROP_FIRST, 0, "a lost packet is sent again"},
        {FAKE_DNS_GARBAGE_FIRST, 0, "a damaged packet is asked for again"},
        {FAKE_DNS_FORGED_FIRST, 0, "a forged reply is not believed"},
        {FAKE_DNS_SLOW, 700, "an answer that comes after the question was sent again is taken"},
        {FAKE_DNS_NO_EDNS, 0, "a server from before EDNS is asked without"},
        {FAKE_DNS_DROP_EDNS, 0, "a server behind something that drops EDNS is asked without"},
        {FAKE_DNS_TRUNCATE, 0, "a cut answer is fetched over TCP"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char record[96], name[40];
        snprintf(name, sizeof name, "c%zu.example.com", i);
        snprintf(record, sizeof record, "%s. 60 IN A 192.0.2.25", name);
        fake_dns_add(fake, record);
        fake_dns_behave(fake, name, cases[i].behaviour, cases[i].ms);
        const char *answer = ask(dns, arena, name, MF_DNS_A);
        if (strcmp(answer, "OK 192.0.2.25") != 0)
            fail_msg("%s: %s", cases[i].what, answer);
    }
    assert_int_equal(fake_dns_asked_over_tcp(fake), 1);
}

static void a_referral_says_whom_it_names(void **state)
{
    (void)state;
    fake_dns_behave(fake, "example.com", FAKE_DNS_REFER, 0);
    const struct mf_dns_answer *a = mf_dns_ask(dns, arena, "example.com", MF_DNS_NS, SOON);
    assert_string_equal(a->delegates, "ns1.elsewhere.example");
    fake_dns_behave(fake, "mail.example.com", FAKE_DNS_REFER, 0);
    assert_null(mf_dns_ask(dns, arena, "mail.example.com", MF_DNS_NS, SOON)->delegates); /* of the zone above it */
}

static void over_tcp_only_udp_is_not_touched(void **state)
{
    (void)state;
    struct mf_dns *tcp = mf_dns_server_tcp(fake_dns_address(fake), NULL);
    const struct mf_dns_answer *a = mf_dns_ask(tcp, arena, "mail.example.com", MF_DNS_A, SOON);
    assert_string_equal(answer_text(arena, a), "OK 192.0.2.25");
    assert_true(a->over_tcp);
    assert_int_equal(fake_dns_asked_over_tcp(fake), 1);
    assert_int_equal(fake_dns_asked(fake, NULL), 1);
    fake_dns_behave(fake, "mail.example.com", FAKE_DNS_TRUNCATE_HANGUP, 0);
    a = mf_dns_ask(tcp, arena, "mail.example.com", MF_DNS_A, SOON);
    assert_int_equal(a->status, MF_DNS_SERVFAIL);
    assert_false(a->replied);
    assert_non_null(strstr(a->why, "over TCP"));
    assert_null(strstr(a->why, "does not fit"));
    mf_dns_free(&tcp);
}

static void a_resolver_is_known_by_what_it_offers(void **state)
{
    (void)state;
    assert_false(mf_dns_ask(dns, arena, "mail.example.com", MF_DNS_A, SOON)->recursive);
    fake_dns_set_flags(fake, false, false); /* the fake offers recursion where it has no authority */
    assert_true(mf_dns_ask(dns, arena, "mail.example.com", MF_DNS_A, SOON)->recursive);
}

static void a_long_answer_comes_whole(void **state)
{
    (void)state;
    char record[400] = "long.example.com. 60 IN TXT \"";
    memset(record + strlen(record), 'k', 250);
    strcat(record, "00\"");
    char *digits = strstr(record, "00\"");
    for (int i = 0; i < 60; i++) {
        digits[0] = (char)('0' + i / 10);
        digits[1] = (char)('0' + i % 10);
        assert_true(fake_dns_add(fake, record));
    }
    fake_dns_behave(fake, "long.example.com", FAKE_DNS_TRUNCATE, 0);
    const struct mf_dns_answer *a = mf_dns_ask(dns, arena, "long.example.com", MF_DNS_TXT, SOON);
    assert_int_equal(a->count, 60);
}

static void an_alias_is_followed_at_the_same_server_only(void **state)
{
    (void)state;
    fake_dns_behave(fake, "www.example.com", FAKE_DNS_ALIAS_ONLY, 0);
    assert_string_equal(ask(dns, arena, "www.example.com", MF_DNS_A), "OK 192.0.2.25 via mail.example.com");
    fake_dns_behave(fake, "out.example.com", FAKE_DNS_ALIAS_ONLY, 0);
    fake_dns_behave(fake, "away.example.net", FAKE_DNS_REFUSED, 0);
    const struct mf_dns_answer *a = mf_dns_ask(dns, arena, "out.example.com", MF_DNS_A, SOON);
    assert_string_equal(answer_text(arena, a), "SERVFAIL via away.example.net");
    assert_non_null(strstr(a->why, "REFUSED"));
    assert_non_null(strstr(a->why, "away.example.net, of which out.example.com is an alias"));
    a = mf_dns_ask(dns, arena, "loop.example.com", MF_DNS_A, SOON);
    assert_int_equal(a->status, MF_DNS_SERVFAIL);
    assert_non_null(strstr(a->why, "loop"));
}

/* A port on which nothing listens: bound, then let go. */
static int free_port(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    int s = socket(AF_INET, SOCK_DGRAM, 0);
    assert_int_equal(bind(s, (struct sockaddr *)&at, len), 0);
    getsockname(s, (struct sockaddr *)&at, &len);
    close(s);
    return ntohs(at.sin_port);
}

static void a_port_where_nothing_listens_is_told_at_once(void **state)
{
    char address[40];
    (void)state;
    snprintf(address, sizeof address, "127.0.0.1@%d", free_port());
    struct mf_dns *nobody = mf_dns_server(address, NULL);
    mf_usec started = mf_now();
    const struct mf_dns_answer *a = mf_dns_ask(nobody, arena, "mail.example.com", MF_DNS_A, SOON);
    assert_true(mf_now() - started < 200 * MF_MS);
    assert_int_equal(a->status, MF_DNS_SERVFAIL);
    assert_non_null(strstr(a->why, "nothing listens there"));
    assert_non_null(strstr(a->why, address));
    mf_dns_free(&nobody);
}

static void a_deadline_in_the_past_is_a_timeout_at_once(void **state)
{
    (void)state;
    mf_usec started = mf_now();
    fake_dns_behave(fake, "mail.example.com", FAKE_DNS_DROP, 0);
    assert_string_equal(answer_text(arena, mf_dns_ask(dns, arena, "mail.example.com", MF_DNS_A, started - 1)),
                        "TIMEOUT");
    assert_true(mf_now() - started < 100 * MF_MS);
}

static void a_server_on_ipv6_is_asked_there(void **state)
{
    (void)state;
    struct fake_dns *six = fake_dns_start("::1");
    if (!six)
        skip(); /* no IPv6 on this machine */
    fake_dns_add(six, "six.example. 60 IN AAAA 2001:db8::6");
    struct mf_dns *there = mf_dns_server(fake_dns_address(six), NULL);
    const struct mf_dns_answer *a = mf_dns_ask(there, arena, "six.example", MF_DNS_AAAA, SOON);
    assert_string_equal(answer_text(arena, a), "OK 2001:db8::6");
    assert_true(mf_starts(a->server, "::1@"));
    mf_dns_free(&there);
    fake_dns_stop(&six);
}

static void an_address_that_is_none_is_refused(void **state)
{
    struct mf_diag d = {0};
    (void)state;
    assert_null(mf_dns_server("ns1.example.com", &d));
    assert_non_null(strstr(d.title, "ns1.example.com"));
    assert_string_not_equal(d.hint, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(it_tells_what_the_server_says, start, stop),
        cmocka_unit_test_setup_teardown(it_tells_who_answered_and_in_what_role, start, stop),
        cmocka_unit_test_setup_teardown(nothing_is_cached, start, stop),
        cmocka_unit_test_setup_teardown(each_bad_server_is_told_in_words_and_in_time, start, stop),
        cmocka_unit_test_setup_teardown(each_server_that_can_be_lived_with_is, start, stop),
        cmocka_unit_test_setup_teardown(a_referral_says_whom_it_names, start, stop),
        cmocka_unit_test_setup_teardown(over_tcp_only_udp_is_not_touched, start, stop),
        cmocka_unit_test_setup_teardown(a_resolver_is_known_by_what_it_offers, start, stop),
        cmocka_unit_test_setup_teardown(a_long_answer_comes_whole, start, stop),
        cmocka_unit_test_setup_teardown(an_alias_is_followed_at_the_same_server_only, start, stop),
        cmocka_unit_test_setup_teardown(a_port_where_nothing_listens_is_told_at_once, start, stop),
        cmocka_unit_test_setup_teardown(a_deadline_in_the_past_is_a_timeout_at_once, start, stop),
        cmocka_unit_test_setup_teardown(a_server_on_ipv6_is_asked_there, start, stop),
        cmocka_unit_test(an_address_that_is_none_is_refused),
    };
    return cmocka_run_group_tests_name("dns: one given server", tests, NULL, NULL) != 0;
}
