/* SPF: the verdict, and why. */
#include "auth_testing.h"

#include "mailflow/spf.h"

static struct mf_arena *arena;

static int start(void **state)
{
    (void)state;
    arena = mf_arena_new();
    return 0;
}

static int stop(void **state)
{
    (void)state;
    mf_arena_free(&arena);
    return 0;
}

static const struct mf_spf *check(struct mf_dns *dns, const char *ip, const char *mail_from)
{
    struct mf_spf_query query = {
        .ip = ip, .helo = "mail.client.example", .mail_from = mail_from, .now = 1700000000 * MF_SECOND};
    return mf_spf_check(arena, &query, dns, SOON);
}

/* A record for x.example, judged for 192.0.2.7 and 2001:db8::7. */
struct record_case {
    const char *what, *record, *v4, *v6;
};

static const char beside[] =
    "a.example. A 192.0.2.7\n"
    "a.example. AAAA 2001:db8::7\n"
    "near.example. A 192.0.2.200\n"
    "near.example. AAAA 2001:db8::9999\n"
    "mx.example. MX 10 a.example.\n"
    "null.example. MX 0 .\n"
    "yes.example. TXT \"v=spf1 +all\"\n"
    "no.example. TXT \"v=spf1 -all\"\n"
    "none.example. TXT \"nothing\"\n"
    "bad.example. TXT \"v=spf1 what\"\n"
    ";!TIMEOUT silent.example.\n"
    "7.2.0.192.in-addr.arpa. PTR a.example.\n"
    "7.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa. PTR a.example.\n"
    "ok.7.2.0.192.list.example. A 127.0.0.2\n";

static void each_mechanism_matches_what_it_says(void **state)
{
    static const struct record_case cases[] = {
        {"nothing at all", "v=spf1", "neutral", "neutral"},
        {"all", "v=spf1 -all", "fail", "fail"},
        {"qualifiers", "v=spf1 ~all", "softfail", "softfail"},
        {"the first match decides", "v=spf1 ?ip4:192.0.2.7 -all", "neutral", "fail"},
        {"ip4", "v=spf1 ip4:192.0.2.7 -all", "pass", "fail"},
        {"ip4 with a length", "v=spf1 ip4:192.0.2.128/24 -all", "pass", "fail"},
        {"ip4 with a length that just misses", "v=spf1 ip4:192.0.2.8/29 -all", "fail", "fail"},
        {"ip4 with length 0", "v=spf1 ip4:1.2.3.4/0 -all", "pass", "fail"},
        {"ip6", "v=spf1 ip6:2001:db8::/32 -all", "fail", "pass"},
        {"ip6 with a length inside a byte", "v=spf1 ip6:2001:db8::4/126 -all", "fail", "pass"},
        {"ip6 written as IPv4", "v=spf1 ip6:::ffff:192.0.2.7 -all", "fail", "fail"},
        {"a", "v=spf1 a:a.example -all", "pass", "pass"},
        {"a with lengths", "v=spf1 a:near.example/24//112 -all", "pass", "pass"},
        {"a with one length leaves the other whole", "v=spf1 a:near.example//112 -all", "fail", "pass"},
        {"mx", "v=spf1 mx:mx.example -all", "pass", "pass"},
        {"null MX matches nobody", "v=spf1 mx:null.example -all", "fail", "fail"},
        {"ptr", "v=spf1 ptr:example -all", "permerror", "permerror"},
        {"ptr of the name itself", "v=spf1 ptr:a.example -all", "pass", "pass"},
        {"exists", "v=spf1 exists:ok.%{ir}.list.example -all", "pass", "fail"},
        {"include passes", "v=spf1 include:yes.example -all", "pass", "pass"},
        {"include does not fail", "v=spf1 include:no.example ?all", "neutral", "neutral"},
        {"include of nothing", "v=spf1 include:none.example -all", "permerror", "permerror"},
        {"include of a broken record", "v=spf1 include:bad.example -all", "permerror", "permerror"},
        {"include that can't be looked up", "v=spf1 include:silent.example -all", "temperror", "temperror"},
        {"a that can't be looked up", "v=spf1 a:silent.example -all", "temperror", "temperror"},
        {"what stands behind the match is not looked up", "v=spf1 ip4:192.0.2.7 a:silent.example", "pass", "temperror"},
        {"redirect", "v=spf1 redirect=no.example", "fail", "fail"},
        {"redirect beside all is ignored", "v=spf1 redirect=no.example ?all", "neutral", "neutral"},
        {"redirect to nothing", "v=spf1 redirect=none.example", "permerror", "permerror"},
        {"unknown modifiers are ignored", "v=spf1 op=auth -all", "fail", "fail"},
        {"case plays no part", "V=SPF1 IP4:192.0.2.7 -ALL", "pass", "fail"},
        {"a mistake behind the match spoils all of it", "v=spf1 ip4:192.0.2.7 -all moo", "permerror", "permerror"},
        {"a comma instead of a space", "v=spf1 ip4:192.0.2.7, -all", "permerror", "permerror"},
        {"an address instead of a name", "v=spf1 a:192.0.2.7 -all", "permerror", "permerror"},
        {"a range without colon", "v=spf1 ip4 192.0.2.7 -all", "permerror", "permerror"},
        {"too long a range", "v=spf1 ip4:192.0.2.0/33 -all", "permerror", "permerror"},
        {"a leading zero", "v=spf1 ip4:192.0.2.0/024 -all", "permerror", "permerror"},
        {"redirect twice", "v=spf1 redirect=no.example redirect=no.example", "permerror", "permerror"},
        {"not quite a version", "v=spf10 -all", "none", "none"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char zone[4096];
        snprintf(zone, sizeof zone, "x.example. TXT \"%s\"\n%s", cases[i].record, beside);
        struct mf_dns *dns = zone_of(zone);
        const char *v4 = mf_spf_result_name(check(dns, "192.0.2.7", "me@x.example")->result);
        const char *v6 = mf_spf_result_name(check(dns, "2001:db8::7", "me@x.example")->result);
        const char *mapped = mf_spf_result_name(check(dns, "::ffff:192.0.2.7", "me@x.example")->result);
        mf_dns_free(&dns);
        if (strcmp(v4, cases[i].v4) != 0 || strcmp(v6, cases[i].v6) != 0 || strcmp(mapped, v4) != 0)
            fail_msg("%s: \"%s\": IPv4 %s, IPv6 %s, mapped %s", cases[i].what, cases[i].record, v4, v6, mapped);
    }
}

static void the_limits_are_kept(void **state)
{
    (void)state;
    struct mf_dns *dns =
        zone_of("ten.example. TXT \"v=spf1 a a a a a a a a a a ip4:192.0.2.7 -all\"\n"
                "ten.example. A 192.0.2.1\n"
                "eleven.example. TXT \"v=spf1 a a a a a a a a a a a ip4:192.0.2.7 -all\"\n"
                "eleven.example. A 192.0.2.1\n"
                "nested.example. TXT \"v=spf1 include:ten.example -all\"\n"
                "circle.example. TXT \"v=spf1 include:circle.example -all\"\n"
                "two.example. TXT \"v=spf1 a:n1.example a:n2.example ip4:192.0.2.7 -all\"\n"
                "three.example. TXT \"v=spf1 a:n1.example a:n2.example exists:n3.example ip4:192.0.2.7 -all\"\n"
                "hosts.example. TXT \"v=spf1 mx -all\"\n"
                "hosts.example. MX 1 h1.example.\nhosts.example. MX 2 h2.example.\nhosts.example. MX 3 h3.example.\n"
                "hosts.example. MX 4 h4.example.\n"
                "h1.example. A 192.0.2.1\nh2.example. A 192.0.2.2\nh3.example. A 192.0.2.3\nh4.example. A 192.0.2.4\n");
    const struct mf_spf *spf = check(dns, "192.0.2.7", "me@ten.example");
    assert_int_equal(spf->result, MF_SPF_PASS);
    assert_int_equal(spf->lookups, 10);
    spf = check(dns, "192.0.2.7", "me@eleven.example");
    assert_int_equal(spf->result, MF_SPF_PERMERROR);
    assert_int_equal(spf->cause, MF_SPF_TOO_MANY_LOOKUPS);
    assert_int_equal(check(dns, "192.0.2.7", "me@nested.example")->cause, MF_SPF_TOO_MANY_LOOKUPS);
    assert_int_equal(check(dns, "192.0.2.7", "me@circle.example")->cause, MF_SPF_CIRCLE);
    spf = check(dns, "192.0.2.7", "me@two.example");
    assert_int_equal(spf->result, MF_SPF_PASS);
    assert_int_equal(spf->voids, 2);
    spf = check(dns, "192.0.2.7", "me@three.example");
    assert_int_equal(spf->result, MF_SPF_PERMERROR);
    assert_int_equal(spf->cause, MF_SPF_TOO_MANY_VOIDS);
    /* four MX hosts without IPv6 are one term without an answer for an IPv6 client, not four */
    assert_int_equal(check(dns, "2001:db8::7", "me@hosts.example")->result, MF_SPF_FAIL);
    mf_dns_free(&dns);
}

static void a_mistake_is_told_with_the_record_to_publish_at_the_right_name(void **state)
{
    (void)state;
    struct mf_dns *dns = zone_of("own.example. TXT \"v=spf1 ipv4:192.0.2.7 -all\"\n"
                                 "below.example. TXT \"v=spf1 include:_spf.below.example -all\"\n"
                                 "_spf.below.example. TXT \"v=spf1 ip4:192.0.2.7/99 -all\"\n"
                                 "theirs.example. TXT \"v=spf1 include:own.example -all\"\n"
                                 "one.example. TXT \"v=spf1 include:_spf.one.example -all\"\n"
                                 "_spf.one.example. TXT \"v=spf1 ip4:192.0.2.1 include:one.example -all\"\n");
    const struct mf_spf *spf = check(dns, "192.0.2.7", "me@own.example");
    assert_string_equal(spf->advice, "Correct \"ipv4:192.0.2.7\" in the record of own.example; if this is what was meant:\n"
                                     "  own.example.  TXT  \"v=spf1 ip4:192.0.2.7 -all\"");
    spf = check(dns, "192.0.2.7", "me@below.example");
    assert_string_equal(spf->mistake->domain, "_spf.below.example");
    assert_string_equal(spf->mistake->via, "include:_spf.below.example");
    assert_non_null(strstr(spf->advice, "  _spf.below.example.  TXT  \"v=spf1 ip4:192.0.2.7/99 -all\""));
    spf = check(dns, "192.0.2.7", "me@theirs.example");
    assert_false(spf->mistake->is_within);
    assert_non_null(strstr(spf->advice, "The record of own.example is not yours: ask whoever runs that domain"));
    spf = check(dns, "192.0.2.7", "me@one.example");
    assert_int_equal(spf->cause, MF_SPF_CIRCLE);
    assert_non_null(strstr(spf->advice, "_spf.one.example.  TXT  \"v=spf1 ip4:192.0.2.1 -all\""));
    mf_dns_free(&dns);
}

static void slips_of_hand_and_clipboard_are_guessed(void **state)
{
    (void)state;
    static const char *const cases[][3] = {
        {"another name for a mechanism", "v=spf1 ipv4:192.0.2.7 ip:192.0.2.8 -all", "v=spf1 ip4:192.0.2.7 ip4:192.0.2.8 -all"},
        {"letters swapped", "v=spf1 inlcude:a.example -all", "v=spf1 include:a.example -all"},
        {"commas", "v=spf1,include:a.example,mx,-all", "v=spf1 include:a.example mx -all"},
        {"semicolons", "v=spf1; include:a.example; -all;", "v=spf1 include:a.example -all"},
        {"torn by a blank", "v=spf1 ip4: 192.0.2.7 - all", "v=spf1 ip4:192.0.2.7 -all"},
        {"a name as an address", "v=spf1 ip4:mail.a.example -all", "v=spf1 a:mail.a.example -all"},
        {"an address as a name", "v=spf1 a:192.0.2.7 mx:2001:db8::1 include:192.0.2.0/24 -all", "v=spf1 ip4:192.0.2.7 ip6:2001:db8::1 ip4:192.0.2.0/24 -all"},
        {"the families mixed up", "v=spf1 ip4:2001:db8::1 ip6:192.0.2.7 -all", "v=spf1 ip6:2001:db8::1 ip4:192.0.2.7 -all"},
        {"a URL", "v=spf1 include:https://spf.a.example/ -all", "v=spf1 include:spf.a.example -all"},
        {"an address of mail", "v=spf1 include:info@a.example -all", "v=spf1 include:a.example -all"},
        {"a mask", "v=spf1 ip4:192.0.2.0/255.255.255.0 -all", "v=spf1 ip4:192.0.2.0/24 -all"},
        {"a bare address", "v=spf1 192.0.2.7 -all", "v=spf1 ip4:192.0.2.7 -all"},
        {"a dash of a word processor", "v=spf1 mx \xe2\x80\x93" "all", "v=spf1 mx -all"},
        {"curly quotes and no-break spaces", "\xe2\x80\x9cv=spf1\xc2\xa0mx\xc2\xa0-all\xe2\x80\x9d", "v=spf1 mx -all"},
        {"two records joined", "v=spf1 mx -all v=spf1 a -all", "v=spf1 mx a -all"},
        {"no blank behind the version", "v=spf1include:a.example -all", "v=spf1 include:a.example -all"},
        {"nobody can say", "v=spf1 ip4:192.0.2.7/99 -all", NULL},
        {"no SPF at all", "google-site-verification=spf", NULL},
    };
    struct mf_arena *mine = mf_arena_new();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *meant = mf_spf_corrected(mine, mf_bytes_of(cases[i][1]));
        if (!mf_same(meant, cases[i][2]))
            fail_msg("%s: %s", cases[i][0], meant ? meant : "nothing");
    }
    mf_arena_free(&mine);
}

static void a_vendor_s_host_is_added_by_the_vendor(void **state)
{
    (void)state;
    struct mf_dns *dns = zone_of("net-it.com. TXT \"v=spf1 include:spf.hes.trendmicro.com -all\"\n"
                                 "spf.hes.trendmicro.com. TXT \"v=spf1 ip4:198.51.100.11 -all\"\n");
    struct mf_spf_query query = {.ip = "2001:db8:51::11", .helo = "relay.hes.trendmicro.com", .mail_from = "alice@net-it.com"};
    struct mf_arena *mine = mf_arena_new();
    const struct mf_spf *spf = mf_spf_check(mine, &query, dns, SOON);
    assert_non_null(strstr(spf->advice, "relay.hes.trendmicro.com (the HELO name) is a host of trendmicro.com: ask whoever runs spf.hes.trendmicro.com, which the record "
                                        "includes, to add ip6:2001:db8:51::11 to it."));
    query.helo = "crm.net-it.com";
    assert_null(strstr(mf_spf_check(mine, &query, dns, SOON)->advice, "ask whoever"));
    mf_arena_free(&mine);
    mf_dns_free(&dns);
}

static void the_null_sender_is_judged_by_its_helo(void **state)
{
    (void)state;
    struct mf_dns *dns = zone_of("mail.client.example. TXT \"v=spf1 ip4:192.0.2.7 -all\"\n"
                                 "x.example. TXT \"v=spf1 -all\"\n");
    const struct mf_spf *spf = check(dns, "192.0.2.7", "");
    assert_int_equal(spf->result, MF_SPF_PASS);
    assert_true(spf->helo);
    assert_string_equal(spf->domain, "mail.client.example");
    assert_string_equal(spf->sender, "postmaster@mail.client.example");
    assert_true(check(dns, "192.0.2.7", "<>")->helo);
    spf = check(dns, "192.0.2.7", "<me@X.Example>");
    assert_int_equal(spf->result, MF_SPF_FAIL);
    assert_false(spf->helo);
    assert_string_equal(spf->domain, "x.example");
    struct mf_spf_query query = {.ip = "192.0.2.7", .helo = "mail.client.example", .mail_from = "me@x.example"};
    spf = mf_spf_check_helo(arena, &query, dns, SOON);
    assert_int_equal(spf->result, MF_SPF_PASS);
    assert_true(spf->helo);
    mf_dns_free(&dns);
}

static void senders_without_a_domain_have_no_spf(void **state)
{
    static const char *const senders[] = {"me@[192.0.2.1]", "me@localhost", "me@a..example", "me@",
                                          "me@two words.example"};
    (void)state;
    struct mf_dns *dns = zone_of("a.example. A 192.0.2.1\n");
    for (size_t i = 0; i < sizeof senders / sizeof *senders; i++) {
        const struct mf_spf *spf = check(dns, "192.0.2.7", senders[i]);
        assert_int_equal(spf->result, MF_SPF_NONE);
        assert_int_equal(spf->cause, MF_SPF_NO_DOMAIN);
    }
    assert_int_equal(check(dns, "192.0.2.7", "me@nowhere.example")->cause, MF_SPF_NO_RECORD);
    assert_int_equal(check(dns, "not an address", "me@a.example")->cause, MF_SPF_BAD_ADDRESS);
    mf_dns_free(&dns);
}

static const char guide_zone[] =
    "net-it.example. TXT \"v=spf1 include:spf.gateway.example include:spf.apps.example -all\"\n"
    "spf.gateway.example. TXT \"v=spf1 ip4:198.51.100.0/24 ~all\"\n"
    "spf.apps.example. TXT \"v=spf1 a:crm.apps.example -all\"\n"
    "crm.apps.example. A 192.0.2.20\n";

static void a_pass_tells_which_term_in_whose_record_matched(void **state)
{
    (void)state;
    struct mf_dns *dns = zone_of(guide_zone);
    const struct mf_spf *spf = check(dns, "192.0.2.20", "crm@net-it.example");
    assert_int_equal(spf->result, MF_SPF_PASS);
    assert_string_equal(spf->term, "a:crm.apps.example");
    assert_string_equal(spf->term_domain, "spf.apps.example");
    assert_string_equal(spf->path, "include:spf.apps.example > a:crm.apps.example");
    assert_string_equal(spf->reason,
                        "192.0.2.20 is matched by \"a:crm.apps.example\" in the record of spf.apps.example "
                        "(by include:spf.apps.example > a:crm.apps.example)");
    assert_null(spf->advice);
    assert_int_equal(spf->all, '-');
    mf_dns_free(&dns);
}

static void a_fail_tells_what_to_publish(void **state)
{
    (void)state;
    struct mf_dns *dns = zone_of(guide_zone);
    const struct mf_spf *spf = check(dns, "203.0.113.9", "crm@net-it.example");
    assert_int_equal(spf->result, MF_SPF_FAIL);
    assert_string_equal(spf->reason, "nothing before \"-all\" in the record of net-it.example matches 203.0.113.9");
    assert_non_null(strstr(spf->advice,
                           "TXT net-it.example \"v=spf1 include:spf.gateway.example include:spf.apps.example "
                           "ip4:203.0.113.9 -all\""));
    mf_dns_free(&dns);
}

static void the_advice_is_a_record_that_would_pass(void **state)
{
    static const char *const records[] = {
        "v=spf1 -all",
        "v=spf1 mx ~all exp=e.example",
        "v=spf1",
        "v=spf1 -ip4:192.0.2.7 +all",
        "v=spf1 redirect=y.example",
        "v=spf1 -include:y.example -all",
        "v=spf1 ?all",
    };
    (void)state;
    for (size_t i = 0; i < sizeof records / sizeof *records; i++) {
        char zone[1000];
        snprintf(zone, sizeof zone, "x.example. TXT \"%s\"\ny.example. TXT \"v=spf1 %sall\"\n", records[i],
                 i == 5 ? "+" : "-");
        struct mf_dns *dns = zone_of(zone);
        const struct mf_spf *spf = check(dns, "192.0.2.7", "me@x.example");
        assert_int_not_equal(spf->result, MF_SPF_PASS);
        char *quote = strchr(spf->advice, '"');
        assert_non_null(quote);
        snprintf(zone, sizeof zone, "x.example. TXT \"%.*s\"\ny.example. TXT \"v=spf1 +all\"\n",
                 (int)strcspn(quote + 1, "\""), quote + 1);
        mf_dns_free(&dns);
        dns = zone_of(zone);
        if (check(dns, "192.0.2.7", "me@x.example")->result != MF_SPF_PASS)
            fail_msg("\"%s\": %s", records[i], spf->advice);
        mf_dns_free(&dns);
    }
}

static void the_tree_of_look_ups_is_told_with_its_counts(void **state)
{
    static const struct {
        int depth;
        const char *domain, *term;
        enum mf_spf_step_outcome outcome;
        int lookups;
    } steps[] = {
        {0, "net-it.example", "include:spf.gateway.example", MF_SPF_STEP_NO_MATCH, 1},
        {1, "spf.gateway.example", "ip4:198.51.100.0/24", MF_SPF_STEP_NO_MATCH, 0},
        {1, "spf.gateway.example", "~all", MF_SPF_STEP_MATCH, 0},
        {0, "net-it.example", "include:spf.apps.example", MF_SPF_STEP_MATCH, 2},
        {1, "spf.apps.example", "a:crm.apps.example", MF_SPF_STEP_MATCH, 1},
    };
    (void)state;
    struct mf_dns *dns = zone_of(guide_zone);
    const struct mf_spf *spf = check(dns, "192.0.2.20", "crm@net-it.example");
    assert_int_equal(spf->step_count, sizeof steps / sizeof *steps);
    for (size_t i = 0; i < spf->step_count; i++) {
        assert_int_equal(spf->steps[i].depth, steps[i].depth);
        assert_string_equal(spf->steps[i].domain, steps[i].domain);
        assert_string_equal(spf->steps[i].term, steps[i].term);
        assert_int_equal(spf->steps[i].outcome, steps[i].outcome);
        assert_int_equal(spf->steps[i].lookups, steps[i].lookups);
    }
    assert_string_equal(spf->steps[4].target, "crm.apps.example");
    assert_string_equal(spf->steps[4].found, "192.0.2.20");
    assert_int_equal(spf->lookups, 3);
    mf_dns_free(&dns);
}

static void two_records_and_mistakes_are_told_by_name(void **state)
{
    (void)state;
    struct mf_dns *dns = zone_of("two.example. TXT \"v=spf1 -all\"\ntwo.example. TXT \"v=spf1 mx -all\"\n"
                                 "typo.example. TXT \"v=spf1 inlcude:x.example -all\"\n"
                                 "deep.example. TXT \"v=spf1 include:typo.example -all\"\n"
                                 ";!SERVFAIL broken.example.\n");
    const struct mf_spf *spf = check(dns, "192.0.2.7", "me@two.example");
    assert_int_equal(spf->cause, MF_SPF_SEVERAL_RECORDS);
    assert_non_null(strstr(spf->reason, "two.example publishes 2 SPF records"));
    spf = check(dns, "192.0.2.7", "me@deep.example");
    assert_int_equal(spf->cause, MF_SPF_SYNTAX);
    assert_non_null(strstr(spf->reason, "the SPF record of typo.example has a mistake at \"inlcude:x.example\""));
    assert_non_null(strstr(spf->advice, "inlcude:x.example"));
    spf = check(dns, "192.0.2.7", "me@broken.example");
    assert_int_equal(spf->result, MF_SPF_TEMPERROR);
    assert_non_null(strstr(spf->reason, "TXT broken.example could not be found out (SERVFAIL)"));
    mf_dns_free(&dns);
}

static void an_explanation_is_expanded(void **state)
{
    (void)state;
    struct mf_dns *dns =
        zone_of("x.example. TXT \"v=spf1 -all exp=why.%{d}\"\n"
                "why.x.example. TXT \"%{i} may not send as %{S} (%{d}, %{v}, %{h}, %{r}, %{t}) 100%%\"\n"
                "no.example. TXT \"v=spf1 ~all exp=why.x.example\"\n");
    assert_string_equal(check(dns, "192.0.2.7", "a+b@x.example")->explanation,
                        "192.0.2.7 may not send as a%2Bb%40x.example (x.example, in-addr, mail.client.example, "
                        "unknown, 1700000000) 100%");
    assert_null(check(dns, "192.0.2.7", "me@no.example")->explanation); /* of a fail only */
    mf_dns_free(&dns);
}

static void with_recorded_answers_it_says_what_it_lacks(void **state)
{
    (void)state;
    struct mf_dns *zone = zone_of(guide_zone), *recorded = mf_dns_recorded();
    const struct mf_spf *spf = check(recorded, "192.0.2.20", "crm@net-it.example");
    int rounds = 0;
    for (; spf->need_more && rounds < 10; rounds++) {
        const char *name;
        enum mf_dns_type type;
        assert_int_equal(spf->result, MF_SPF_TEMPERROR);
        assert_true(mf_dns_missing(recorded, 0, &name, &type));
        while (mf_dns_missing(recorded, 0, &name, &type))
            mf_dns_record_answer(recorded, mf_dns_ask(zone, arena, name, type, SOON));
        spf = check(recorded, "192.0.2.20", "crm@net-it.example");
    }
    assert_int_equal(spf->result, MF_SPF_PASS);
    assert_in_range(rounds, 1, 3); /* both includes are asked for in one round */
    mf_dns_free(&zone);
    mf_dns_free(&recorded);
}

static void a_survey_enters_every_record(void **state)
{
    (void)state;
    struct mf_dns *dns = zone_of(
        "big.example. TXT \"v=spf1 include:i1.example include:i2.example mx a:gone.example redirect=last.example\"\n"
        "big.example. MX 10 h.example.\n"
        "i1.example. TXT \"v=spf1 a a a a a -all\"\ni1.example. A 192.0.2.1\n"
        "i2.example. TXT \"v=spf1 exists:%{i}.x.example ip4:192.0.2.0/24 -all a:never.example\"\n"
        "last.example. TXT \"v=spf1 a:i1.example ~all\"\n"
        "small.example. TXT \"v=spf1 mx -all\"\nsmall.example. MX 1 h.example.\n"
        "circle.example. TXT \"v=spf1 include:circle.example -all\"\n");
    const struct mf_spf_survey *survey = mf_spf_survey(arena, "big.example", dns, SOON);
    assert_int_equal(survey->lookups, 12);
    assert_int_equal(survey->voids, 1);
    assert_int_equal(survey->all, '~');
    assert_int_equal(survey->result, MF_SPF_PERMERROR);
    assert_non_null(strstr(survey->why, "12 DNS look-ups"));
    survey = mf_spf_survey(arena, "small.example", dns, SOON);
    assert_int_equal(survey->result, MF_SPF_NEUTRAL);
    assert_int_equal(survey->all, '-');
    assert_int_equal(survey->lookups, 1);
    assert_int_equal(mf_spf_survey(arena, "circle.example", dns, SOON)->result, MF_SPF_PERMERROR);
    assert_int_equal(mf_spf_survey(arena, "none.example", dns, SOON)->result, MF_SPF_NONE);
    mf_dns_free(&dns);
}

/* ------------------------------------------------------------------ the public suite */

static void judge_row(const struct suite *suite, struct mf_dns *dns)
{
    char *inputs = suite->field[4];
    char *helo = strstr(inputs, " helo="), *from = strstr(inputs, " mailfrom=");
    assert_true(helo && from);
    *helo = *from = '\0';
    struct mf_spf_query query = {.ip = inputs + 3, .helo = helo + 6, .mail_from = from + 10, .now = mf_now()};
    const struct mf_spf *spf = mf_spf_check(arena, &query, dns, SOON);
    if (!is_one_of(mf_spf_result_name(spf->result), suite->field[2]))
        fail_msg("%s: %s, expected %s: %s", suite->field[3], mf_spf_result_name(spf->result), suite->field[2],
                 spf->reason);
}

static void the_rfc_7208_suite_agrees(void **state)
{
    struct suite suite;
    char path[1100], open[1100] = "";
    struct mf_dns *dns = NULL;
    int rows = 0;
    (void)state;
    open_suite(&suite, "spf-rfc7208");
    for (; next_row(&suite); rows++) {
        snprintf(path, sizeof path, "%s/%s", suite.folder, suite.field[1]);
        if (strcmp(path, open) != 0) {
            mf_dns_free(&dns);
            dns = mf_dns_zone(path, NULL);
            assert_non_null(dns);
            strcpy(open, path);
        }
        judge_row(&suite, dns);
    }
    assert_true(rows > 0);
    mf_dns_free(&dns);
    fclose(suite.index);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_mechanism_matches_what_it_says),
        cmocka_unit_test(the_limits_are_kept),
        cmocka_unit_test(a_mistake_is_told_with_the_record_to_publish_at_the_right_name),
        cmocka_unit_test(slips_of_hand_and_clipboard_are_guessed),
        cmocka_unit_test(a_vendor_s_host_is_added_by_the_vendor),
        cmocka_unit_test(the_null_sender_is_judged_by_its_helo),
        cmocka_unit_test(senders_without_a_domain_have_no_spf),
        cmocka_unit_test(a_pass_tells_which_term_in_whose_record_matched),
        cmocka_unit_test(a_fail_tells_what_to_publish),
        cmocka_unit_test(the_advice_is_a_record_that_would_pass),
        cmocka_unit_test(the_tree_of_look_ups_is_told_with_its_counts),
        cmocka_unit_test(two_records_and_mistakes_are_told_by_name),
        cmocka_unit_test(an_explanation_is_expanded),
        cmocka_unit_test(with_recorded_answers_it_says_what_it_lacks),
        cmocka_unit_test(a_survey_enters_every_record),
        cmocka_unit_test(the_rfc_7208_suite_agrees),
    };
    return cmocka_run_group_tests_name("auth: SPF", tests, start, stop) != 0;
}
