/* A zone file answers as a name server with that zone would. */
#include "dns_testing.h"

static const char zone_text[] = "$ORIGIN example.com.\n"
                                "$TTL 1h\n"
                                "@       IN SOA ns1 hostmaster ( 2026112301 ; serial\n"
                                "                 3600 900 604800 300 )\n"
                                "        IN NS ns1\n"
                                "        MX 20 mx2\n"
                                "        MX 10 mx1.example.com.\n"
                                "        TXT \"v=spf1 \" \"-all\"\n"
                                "ns1     600 IN A 192.0.2.53\n"
                                "mx1     IN 600 A 192.0.2.25\n"
                                "mx1     AAAA 2001:db8::25\n"
                                "mx1     A 192.0.2.25\n"
                                "www     CNAME web.example.net.\n"
                                "deep.empty.below A 192.0.2.7\n"
                                "*.wild  A 192.0.2.8\n"
                                "*.wild  TXT wildcard\n"
                                "host.wild TXT \"not the wildcard\"\n"
                                "*.aliases CNAME mx1\n"
                                "loop1   CNAME loop2\n"
                                "loop2   CNAME loop1\n"
                                "dangling CNAME nowhere.example.org.\n"
                                "empty   TXT \"\"\n"
                                "quoted  TXT \"semi;colon (not a comment)\" \"quote \\\" back\\\\slash \\065\" plain\n"
                                "nul     TXT \"a\\000b\"\n"
                                "_sip._tcp SRV 1 2 5060 mx1\n"
                                "_25._tcp.mx1 TLSA 3 1 1 ( 0123456789abcdef0123456789abcdef\n"
                                "                          0123456789abcdef0123456789abcdef )\n"
                                "odd\\ label A 192.0.2.9\n"
                                "foo:bar/baz A 192.0.2.10\n"
                                "old     SPF \"v=spf1 -all\"\n"
                                "$ORIGIN example.net.\n"
                                "web     A 198.51.100.80\n"
                                ";!TIMEOUT slow.example.net.\n"
                                ";!SERVFAIL broken.example.net. TXT\n"
                                "broken  TXT \"never told\"\n"
                                "broken  A 198.51.100.81\n"
                                ";!NODATA gone.example.net. A\n"
                                "gone    A 198.51.100.82\n"
                                ";!NODATA bare.example.net.\n"
                                ";!NXDOMAIN is.only.documentation.\n"
                                ";!!! not for us\n"
                                "10.2.0.192.in-addr.arpa. PTR MX1.Example.Com.\n";

static struct mf_dns *zone;

static int open_zone(void **state)
{
    struct mf_diag d = {0};
    (void)state;
    const char *path = write_file(zone_text);
    zone = mf_dns_zone(path, &d);
    unlink(path);
    if (!zone)
        print_error("%s\n", d.title);
    return zone ? 0 : -1;
}

static int close_zone(void **state)
{
    (void)state;
    mf_dns_free(&zone);
    return zone ? -1 : 0;
}

static void every_name_gets_the_answer_of_the_standard(void **state)
{
    static const struct {
        const char *what, *name;
        enum mf_dns_type type;
        const char *answer;
    } cases[] = {
        {"all MX records, in file order", "example.com", MF_DNS_MX, "OK 20 mx2.example.com | 10 mx1.example.com"},
        {"case and final dot play no part", "EXAMPLE.com.", MF_DNS_NS, "OK ns1.example.com"},
        {"SOA over several lines", "example.com", MF_DNS_SOA, "OK ns1.example.com 2026112301"},
        {"character strings are joined", "example.com", MF_DNS_TXT, "OK v=spf1 -all"},
        {"IPv6", "mx1.example.com", MF_DNS_AAAA, "OK 2001:db8::25"},
        {"a record written twice is one", "mx1.example.com", MF_DNS_A, "OK 192.0.2.25"},
        {"an alias is followed into another zone", "www.example.com", MF_DNS_A, "OK 198.51.100.80 via web.example.net"},
        {"an alias asked for itself", "www.example.com", MF_DNS_CNAME, "OK web.example.net"},
        {"an alias to a name without the type", "www.example.com", MF_DNS_MX, "NODATA via web.example.net"},
        {"an alias to nothing", "dangling.example.com", MF_DNS_A, "NXDOMAIN via nowhere.example.org"},
        {"an alias loop is a failure, not an absence", "loop1.example.com", MF_DNS_A, "SERVFAIL via loop2.example.com"},
        {"the name exists, the type does not", "mx1.example.com", MF_DNS_TXT, "NODATA"},
        {"an empty non-terminal exists (RFC 8020)", "empty.below.example.com", MF_DNS_A, "NODATA"},
        {"and so does the one above", "below.example.com", MF_DNS_A, "NODATA"},
        {"an unknown name", "nobody.example.com", MF_DNS_A, "NXDOMAIN"},
        {"a name outside all zones", "example.org", MF_DNS_A, "NXDOMAIN"},
        {"a wildcard", "any.wild.example.com", MF_DNS_A, "OK 192.0.2.8"},
        {"a wildcard covers deeper names", "a.b.wild.example.com", MF_DNS_TXT, "OK wildcard"},
        {"a wildcard without the type", "any.wild.example.com", MF_DNS_MX, "NODATA"},
        {"a name that exists hides the wildcard", "host.wild.example.com", MF_DNS_A, "NODATA"},
        {"and covers the names below it (RFC 4592 2.2.1)", "sub.host.wild.example.com", MF_DNS_A, "NXDOMAIN"},
        {"the wildcard's own parent is not covered", "wild.example.com", MF_DNS_A, "NODATA"},
        {"an alias by wildcard", "x.aliases.example.com", MF_DNS_A, "OK 192.0.2.25 via mx1.example.com"},
        {"an empty text is a text", "empty.example.com", MF_DNS_TXT, "OK "},
        {"quotes, comments and escapes", "quoted.example.com", MF_DNS_TXT,
         "OK semi;colon (not a comment)quote \" back\\slash Aplain"},
        {"SRV", "_sip._tcp.example.com", MF_DNS_SRV, "OK 1 2 5060 mx1.example.com"},
        {"TLSA in parentheses", "_25._tcp.mx1.example.com", MF_DNS_TLSA, "OK 35 bytes"},
        {"PTR, lower case", "10.2.0.192.in-addr.arpa", MF_DNS_PTR, "OK mx1.example.com"},
        {"an odd label, asked plainly", "odd label.example.com", MF_DNS_A, "OK 192.0.2.9"},
        {"an odd label, asked escaped", "odd\\032label.example.com", MF_DNS_A, "OK 192.0.2.9"},
        {"punctuation in a label", "foo:bar/baz.example.com", MF_DNS_A, "OK 192.0.2.10"},
        {"the old SPF type", "old.example.com", MF_DNS_SPF, "OK v=spf1 -all"},
        {"told to be silent", "slow.example.net", MF_DNS_A, "TIMEOUT"},
        {"told to fail for one type, whatever stands there", "broken.example.net", MF_DNS_TXT, "SERVFAIL"},
        {"the other types of that name are right", "broken.example.net", MF_DNS_A, "OK 198.51.100.81"},
        {"told to have no address", "gone.example.net", MF_DNS_A, "NODATA"},
        {"told to exist and be empty", "bare.example.net", MF_DNS_TXT, "NODATA"},
        {"what can't be a name does not exist", "a..example.com", MF_DNS_A, "NXDOMAIN"},
    };
    struct mf_arena *arena = mf_arena_new();
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *answer = ask(zone, arena, cases[i].name, cases[i].type);
        if (strcmp(answer, cases[i].answer) != 0)
            fail_msg("%s: %s %s -> \"%s\", not \"%s\"", cases[i].what, cases[i].name, mf_dns_type_name(cases[i].type),
                     answer, cases[i].answer);
    }
    mf_arena_free(&arena);
}

static void an_answer_says_where_it_is_from_and_how_long_it_holds(void **state)
{
    struct mf_arena *arena = mf_arena_new();
    (void)state;
    const struct mf_dns_answer *a = mf_dns_ask(zone, arena, "NS1.example.com", MF_DNS_A, SOON);
    assert_string_equal(a->name, "ns1.example.com");
    assert_true(mf_starts(a->server, "zone /"));
    assert_true(a->authoritative);
    assert_false(a->validated);
    assert_int_equal(a->records[0].ttl, 600);
    assert_null(a->why);
    a = mf_dns_ask(zone, arena, "example.com", MF_DNS_MX, SOON);
    assert_int_equal(a->records[0].ttl, 3600); /* $TTL 1h */
    a = mf_dns_ask(zone, arena, "nobody.example.com", MF_DNS_A, SOON);
    assert_int_equal(a->negative_ttl, 300);
    a = mf_dns_ask(zone, arena, "www.example.com", MF_DNS_A, SOON);
    assert_int_equal(a->chain_count, 1);
    assert_string_equal(a->chain[0].name, "www.example.com");
    assert_string_equal(a->chain[0].host, "web.example.net");
    a = mf_dns_ask(zone, arena, "slow.example.net", MF_DNS_A, SOON);
    assert_non_null(strstr(a->why, "TIMEOUT"));
    a = mf_dns_ask(zone, arena, "loop1.example.com", MF_DNS_A, SOON);
    assert_non_null(strstr(a->why, "loop"));
    mf_arena_free(&arena);
}

static void text_may_hold_any_byte(void **state)
{
    struct mf_arena *arena = mf_arena_new();
    (void)state;
    const struct mf_dns_answer *a = mf_dns_ask(zone, arena, "nul.example.com", MF_DNS_TXT, SOON);
    assert_int_equal(a->records[0].text.len, 3);
    assert_memory_equal(a->records[0].text.data, "a\0b", 4);
    assert_string_equal(a->records[0].strings[0], "a\\000b");
    a = mf_dns_ask(zone, arena, "example.com", MF_DNS_TXT, SOON);
    assert_int_equal(a->records[0].string_count, 2);
    assert_string_equal(a->records[0].strings[1], "-all");
    mf_arena_free(&arena);
}

static void a_long_key_in_one_string_is_cut_at_255(void **state)
{
    struct mf_arena *arena = mf_arena_new();
    char text[800] = "k.example. TXT \"";
    (void)state;
    memset(text + strlen(text), 'x', 600);
    strcat(text, "\"\n");
    const char *path = write_file(text);
    struct mf_dns *dns = mf_dns_zone(path, NULL);
    unlink(path);
    const struct mf_dns_answer *a = mf_dns_ask(dns, arena, "k.example", MF_DNS_TXT, SOON);
    assert_int_equal(a->records[0].text.len, 600);
    assert_int_equal(a->records[0].string_count, 3);
    mf_dns_free(&dns);
    mf_arena_free(&arena);
}

static void a_broken_file_is_told_with_its_line(void **state)
{
    static const struct {
        const char *what, *text, *told;
    } cases[] = {
        {"unknown type", "a.example. A 192.0.2.1\nb.example. WHAT x\n", ":2:12: \"WHAT\""},
        {"no type at all", "a.example. 60 IN\n", ":1:15: "},
        {"no address", "a.example. A 192.0.2.1\n\n; x\nb.example. A 192.0.2\n", ":4:12: A record"},
        {"open quote", "a.example. TXT \"never closed\n", ":1:16: a quote"},
        {"open parenthesis", "a.example. TXT ( \"x\"\n\n", ":1: \"(\""},
        {"closing parenthesis", "a.example. TXT \"x\" )\n", ":1:20: \")\""},
        {"no name yet", "  A 192.0.2.1\n", ":1: a record without a name"},
        {"impossible name", "a..example. A 192.0.2.1\n", ":1:1: \"a..example.\""},
        {"unknown directive", "$GENERATE 1-9 a A 192.0.2.1\n", ":1:1: $GENERATE"},
        {"bad $TTL", "$TTL soon\n", ":1:1: $TTL"},
        {"TXT without text", "a.example. TXT\n", ":1: a TXT record without text"},
        {"broken escape", "a.example. TXT \"\\999\"\n", ":1:16: a broken backslash"},
        {"special comment with an impossible name", ";!TIMEOUT a..b\n", ":1: "},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct mf_diag d = {0};
        const char *path = write_file(cases[i].text);
        struct mf_dns *dns = mf_dns_zone(path, &d);
        unlink(path);
        if (dns || !strstr(d.title, cases[i].told) || !strstr(d.title, path))
            fail_msg("%s: \"%s\"", cases[i].what, d.title);
    }
    struct mf_diag d = {0};
    assert_null(mf_dns_zone("/nonexistent/zone", &d));
    assert_non_null(strstr(d.title, "/nonexistent/zone"));
}

static void an_empty_file_knows_nobody(void **state)
{
    struct mf_arena *arena = mf_arena_new();
    (void)state;
    const char *path = write_file("");
    struct mf_dns *dns = mf_dns_zone(path, NULL);
    unlink(path);
    assert_string_equal(ask(dns, arena, "example.com", MF_DNS_A), "NXDOMAIN");
    mf_dns_free(&dns);
    mf_arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_name_gets_the_answer_of_the_standard),
        cmocka_unit_test(an_answer_says_where_it_is_from_and_how_long_it_holds),
        cmocka_unit_test(text_may_hold_any_byte),
        cmocka_unit_test(a_long_key_in_one_string_is_cut_at_255),
        cmocka_unit_test(a_broken_file_is_told_with_its_line),
        cmocka_unit_test(an_empty_file_knows_nobody),
    };
    return cmocka_run_group_tests_name("dns: zone file", tests, open_zone, close_zone) != 0;
}
