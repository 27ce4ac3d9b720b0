/* The servers that speak for a domain: found through any resolver, here a zone file. */
#include "dns_testing.h"

static const char zone[] = "$ORIGIN net-it.com.\n@ 60 SOA ns1 h 1 1 1 1 60\n@ 60 NS ns2\n@ 60 NS ns1\n@ 60 NS gone\n"
                           "ns1 60 A 192.0.2.53\nns1 60 AAAA 2001:db8::53\nns2 60 A 192.0.2.54\nwww 60 A 192.0.2.80\n"
                           "alias 60 CNAME www\n;!TIMEOUT lost.example NS\n;!SERVFAIL broken.net-it.com NS\n";

/* "zone: ns1 192.0.2.53 …; …", or why there is none. */
static const char *sources(struct mf_arena *arena, struct mf_dns *dns, const char *domain)
{
    const struct mf_dns_sources *found = mf_dns_sources(dns, arena, domain, SOON);
    if (found->status != MF_DNS_OK)
        return mf_format(arena, "%s: %s", mf_dns_status_name(found->status), found->why);
    const char *text = mf_format(arena, "%s:", found->zone);
    for (size_t i = 0; i < found->count; i++) {
        text = mf_format(arena, "%s%s %s", text, i ? ";" : "", found->servers[i].host);
        for (size_t k = 0; k < found->servers[i].address_count; k++)
            text = mf_format(arena, "%s %s", text, found->servers[i].addresses[k]);
        if (found->servers[i].address_count == 0)
            text = mf_format(arena, "%s (%s)", text, found->servers[i].why);
    }
    return text;
}

static void servers_come_by_name_with_all_their_addresses(void **state)
{
    (void)state;
    static const char all[] = "net-it.com: gone.net-it.com (gone.net-it.com does not exist); ns1.net-it.com 2001:db8::53 192.0.2.53; ns2.net-it.com 192.0.2.54";
    static const struct { const char *what, *domain, *expected; } cases[] = {
        {"the zone itself", "net-it.com", all},
        {"upper case and a final dot", "Net-IT.com.", all},
        {"a name inside the zone", "www.net-it.com", all},
        {"an alias inside the zone", "alias.net-it.com", all},
        {"a name that is not there", "a.b.net-it.com", all},
        {"no zone above but the top", "other.example", "NXDOMAIN: no name servers (NS) are known for other.example or above"},
        {"one label is nobody's zone", "example", "NODATA: no name servers (NS) are known for example or above"},
    };
    const char *path = write_file(zone);
    struct mf_diag d = {0};
    struct mf_dns *dns = mf_dns_zone(path, &d);
    unlink(path);
    assert_non_null(dns);
    struct mf_arena *arena = mf_arena_new();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *seen = sources(arena, dns, cases[i].domain);
        if (strcmp(seen, cases[i].expected) != 0)
            fail_msg("%s: %s", cases[i].what, seen);
    }
    mf_arena_free(&arena);
    mf_dns_free(&dns);
}

static void could_not_find_out_is_no_missing_zone(void **state)
{
    (void)state;
    const char *path = write_file(zone);
    struct mf_dns *dns = mf_dns_zone(path, NULL);
    unlink(path);
    struct mf_arena *arena = mf_arena_new();
    assert_int_equal(mf_dns_sources(dns, arena, "lost.example", SOON)->status, MF_DNS_TIMEOUT);
    assert_int_equal(mf_dns_sources(dns, arena, "broken.net-it.com", SOON)->status, MF_DNS_SERVFAIL);
    assert_int_equal(mf_dns_sources(dns, arena, "lost.example", SOON)->count, 0);
    mf_arena_free(&arena);
    mf_dns_free(&dns);
}

static void recorded_answers_note_what_must_be_asked(void **state)
{
    (void)state;
    struct mf_dns *dns = mf_dns_recorded();
    struct mf_arena *arena = mf_arena_new();
    const char *name;
    enum mf_dns_type type;
    assert_int_equal(mf_dns_sources(dns, arena, "net-it.com", MF_NEVER)->status, MF_DNS_UNKNOWN);
    assert_true(mf_dns_missing(dns, 0, &name, &type));
    assert_string_equal(name, "net-it.com");
    assert_int_equal(type, MF_DNS_NS);
    mf_arena_free(&arena);
    mf_dns_free(&dns);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(servers_come_by_name_with_all_their_addresses),
        cmocka_unit_test(could_not_find_out_is_no_missing_zone),
        cmocka_unit_test(recorded_answers_note_what_must_be_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
