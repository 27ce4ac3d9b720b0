/* Where mail for a domain goes (RFC 5321 5.1, RFC 7505), and the addresses of hosts. */
#include "dns_testing.h"

#include "fakes/fake_dns.h"

static const char zone_text[] = "two.example. MX 20 b.two.example.\n"
                                "two.example. MX 10 a.two.example.\n"
                                "a.two.example. A 192.0.2.1\n"
                                "a.two.example. AAAA 2001:db8::1\n"
                                "b.two.example. A 192.0.2.2\n"
                                "many.example. MX 10 m1.many.example.\n"
                                "many.example. MX 10 m2.many.example.\n"
                                "many.example. MX 10 m3.many.example.\n"
                                "many.example. MX 10 m4.many.example.\n"
                                "many.example. MX 5 first.many.example.\n"
                                "many.example. MX 50 last.many.example.\n"
                                "*.many.example. A 192.0.2.3\n"
                                "implicit.example. A 192.0.2.4\n"
                                "empty.example. TXT \"neither MX nor address\"\n"
                                "null.example. MX 0 .\n"
                                "null.example. A 192.0.2.5\n"
                                "half.example. MX 0 .\n"
                                "half.example. MX 10 a.two.example.\n"
                                "alias.example. MX 10 www.two.example.\n"
                                "www.two.example. CNAME a.two.example.\n"
                                "literal.example. MX 10 192.0.2.6.\n"
                                "typo.example. MX 10 nowhere.example.org.\n"
                                "typos.example. MX 10 nowhere.example.org.\n"
                                "typos.example. MX 20 elsewhere.example.org.\n"
                                "pointing.example. CNAME two.example.\n"
                                ";!SERVFAIL broken.example.\n"
                                "some.example. MX 10 silent.some.example.\n"
                                "some.example. MX 20 a.two.example.\n"
                                ";!TIMEOUT silent.some.example.\n";

static struct mf_dns *zone;
static struct mf_arena *arena;

static int start(void **state)
{
    (void)state;
    const char *path = write_file(zone_text);
    arena = mf_arena_new();
    zone = mf_dns_zone(path, NULL);
    unlink(path);
    return zone ? 0 : -1;
}

static int stop(void **state)
{
    (void)state;
    mf_dns_free(&zone);
    mf_arena_free(&arena);
    return 0;
}

/* "10 a.two.example [2001:db8::1 192.0.2.1], 20 …" */
static const char *route_text(const struct mf_mx_route *route)
{
    const char *text = route->null_mx ? "null MX" : route->implicit ? "implicit" : "";
    for (size_t i = 0; i < route->count; i++) {
        text =
            mf_format(arena, "%s%s%d %s [", text, *text ? ", " : "", route->hosts[i].preference, route->hosts[i].host);
        for (size_t k = 0; k < route->hosts[i].address_count; k++)
            text = mf_format(arena, "%s%s%s", text, k ? " " : "", route->hosts[i].addresses[k]);
        text = mf_format(arena, "%s]", text);
    }
    return text;
}

static void a_domain_leads_to_its_hosts(void **state)
{
    static const struct {
        const char *what, *domain, *route, *why;
    } cases[] = {
        {"by preference, IPv6 first", "two.example",
         "10 a.two.example [2001:db8::1 192.0.2.1], 20 b.two.example [192.0.2.2]", NULL},
        {"without MX the domain itself", "implicit.example", "implicit, 0 implicit.example [192.0.2.4]", NULL},
        {"without MX and address nowhere", "empty.example", "implicit", "no MX record, and no address"},
        {"a null MX takes no mail, whatever address there is", "null.example", "null MX", "RFC 7505"},
        {"a null MX beside a real one says nothing", "half.example", "10 a.two.example [2001:db8::1 192.0.2.1]", NULL},
        {"a target without address", "typo.example", "10 nowhere.example.org []", "nowhere.example.org does not exist"},
        {"several of them", "typos.example", "10 nowhere.example.org [], 20 elsewhere.example.org []",
         "none of its 2 MX hosts"},
        {"an alias of a domain with MX", "pointing.example",
         "10 a.two.example [2001:db8::1 192.0.2.1], 20 b.two.example [192.0.2.2]", NULL},
        {"a domain that is not there", "none.example", "", "none.example does not exist"},
        {"a domain that can't be looked up", "broken.example", "", "could not be found out (SERVFAIL)"},
        {"one host that can't be looked up leaves the others", "some.example",
         "10 silent.some.example [], 20 a.two.example [2001:db8::1 192.0.2.1]", NULL},
        {"an address literal", "[192.0.2.9]", "0 [192.0.2.9] [192.0.2.9]", NULL},
        {"an IPv6 address literal", "[IPv6:2001:db8::9]", "0 [IPv6:2001:db8::9] [2001:db8::9]", NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct mf_mx_route *route = mf_dns_mx(zone, arena, cases[i].domain, 1, SOON);
        bool why_is_right = cases[i].why ? route->why && strstr(route->why, cases[i].why) : !route->why;
        if (strcmp(route_text(route), cases[i].route) != 0 || !why_is_right)
            fail_msg("%s: \"%s\" (%s)", cases[i].what, route_text(route), route->why ? route->why : "-");
    }
}

static void absence_and_ignorance_are_kept_apart(void **state)
{
    (void)state;
    assert_int_equal(mf_dns_mx(zone, arena, "none.example", 1, SOON)->status, MF_DNS_NXDOMAIN);
    assert_int_equal(mf_dns_mx(zone, arena, "implicit.example", 1, SOON)->status, MF_DNS_NODATA);
    assert_int_equal(mf_dns_mx(zone, arena, "broken.example", 1, SOON)->status, MF_DNS_SERVFAIL);
    assert_int_equal(mf_dns_mx(zone, arena, "two.example", 1, SOON)->status, MF_DNS_OK);
    const struct mf_mx_route *route = mf_dns_mx(zone, arena, "some.example", 1, SOON);
    assert_non_null(strstr(route->hosts[0].why, "could not be found out (TIMEOUT)"));
}

static void what_the_standards_forbid_works_and_is_told(void **state)
{
    (void)state;
    const struct mf_mx_route *route = mf_dns_mx(zone, arena, "alias.example", 1, SOON);
    assert_string_equal(route_text(route), "10 www.two.example [2001:db8::1 192.0.2.1]");
    assert_non_null(strstr(route->hosts[0].why, "alias (CNAME) of a.two.example"));
    route = mf_dns_mx(zone, arena, "literal.example", 1, SOON);
    assert_string_equal(route_text(route), "10 192.0.2.6 [192.0.2.6]");
    assert_non_null(strstr(route->hosts[0].why, "is an address, not a host name"));
}

static void equal_preferences_are_shuffled_and_the_order_of_preference_stays(void **state)
{
    int came_second[5] = {0};
    (void)state;
    for (unsigned seed = 0; seed < 200; seed++) {
        const struct mf_mx_route *route = mf_dns_mx(zone, arena, "many.example", seed, SOON);
        assert_int_equal(route->count, 6);
        assert_string_equal(route->hosts[0].host, "first.many.example");
        assert_string_equal(route->hosts[5].host, "last.many.example");
        came_second[route->hosts[1].host[1] - '0']++;
    }
    for (int i = 1; i <= 4; i++)
        assert_in_range(came_second[i], 25, 85); /* 50 each, were it perfectly even */
    const struct mf_mx_route *one = mf_dns_mx(zone, arena, "many.example", 7, SOON);
    const struct mf_mx_route *same = mf_dns_mx(zone, arena, "many.example", 7, SOON);
    assert_string_equal(route_text(one), route_text(same));
}

static void addresses_come_as_a_list_with_an_end(void **state)
{
    const char *why = "unset";
    (void)state;
    const char **list = mf_dns_addresses(zone, arena, "a.two.example", SOON, &why);
    assert_string_equal(list[0], "2001:db8::1");
    assert_string_equal(list[1], "192.0.2.1");
    assert_null(list[2]);
    assert_null(why);
    list = mf_dns_addresses(zone, arena, "192.0.2.77", SOON, &why);
    assert_string_equal(list[0], "192.0.2.77");
    assert_null(list[1]);
    list = mf_dns_addresses(zone, arena, "::1", SOON, &why);
    assert_string_equal(list[0], "::1");
    list = mf_dns_addresses(zone, arena, "LocalHost", SOON, &why);
    assert_string_equal(list[0], "127.0.0.1");
    assert_string_equal(list[1], "::1");
    list = mf_dns_addresses(zone, arena, "none.example", SOON, &why);
    assert_null(list[0]);
    assert_string_equal(why, "none.example does not exist");
    list = mf_dns_addresses(zone, arena, "empty.example", SOON, &why);
    assert_null(list[0]);
    assert_string_equal(why, "empty.example has no address");
    list = mf_dns_addresses(zone, arena, "a..b", SOON, &why);
    assert_null(list[0]);
    assert_non_null(strstr(why, "can't be a domain name"));
    list = mf_dns_addresses(zone, arena, "broken.example", SOON, NULL);
    assert_null(list[0]);
}

static void a_silent_name_leaves_time_for_the_others(void **state)
{
    (void)state;
    struct fake_dns *fake = fake_dns_start("127.0.0.1");
    fake_dns_add(fake, "example.com. 60 IN MX 10 silent.example.com.");
    fake_dns_add(fake, "example.com. 60 IN MX 20 good.example.com.");
    fake_dns_add(fake, "good.example.com. 60 IN A 192.0.2.8");
    fake_dns_behave(fake, "silent.example.com", FAKE_DNS_DROP, 0);
    struct mf_dns *dns = mf_dns_server(fake_dns_address(fake), NULL);
    mf_usec started = mf_now();
    const struct mf_mx_route *route = mf_dns_mx(dns, arena, "example.com", 1, started + 800 * MF_MS);
    assert_true(mf_now() - started < 900 * MF_MS);
    assert_string_equal(route_text(route), "10 silent.example.com [], 20 good.example.com [192.0.2.8]");
    assert_non_null(strstr(route->hosts[0].why, "TIMEOUT"));
    mf_dns_free(&dns);
    fake_dns_stop(&fake);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_domain_leads_to_its_hosts),
        cmocka_unit_test(absence_and_ignorance_are_kept_apart),
        cmocka_unit_test(what_the_standards_forbid_works_and_is_told),
        cmocka_unit_test(equal_preferences_are_shuffled_and_the_order_of_preference_stays),
        cmocka_unit_test(addresses_come_as_a_list_with_an_end),
        cmocka_unit_test(a_silent_name_leaves_time_for_the_others),
    };
    return cmocka_run_group_tests_name("dns: mail routes", tests, start, stop) != 0;
}
