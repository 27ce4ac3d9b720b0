/* `dns:` rows, seen from where: who answers in the name servers' place, what the resolver is, and what the delegation
 * says. The servers' words stand in the evidence as after a look at them. */
#include "unit/check/build.h"
#include "unit/dns/dns_testing.h"

#define RESOLVER "192.0.2.56@53"
#define NOBODY "203.0.113.53@53"

static const char new_zone[] =
    "$ORIGIN net-it.com.\n$TTL 600\n@ SOA ns1 hostmaster 7 60 10 600 300\n@ NS ns1\n@ NS ns2\nns1 A 192.0.2.53\n"
    "ns2 A 192.0.2.54\nmail A 192.0.2.20\nmail AAAA 2001:db8:2::20\ncrm A 192.0.2.41\n@ MX 0 in.hes.trendmicro.com.\n"
    "@ TXT \"v=spf1 ip4:192.0.2.0/24 ip4:198.51.100.11 ip6:2001:db8:2::/48 -all\"\n"
    "$ORIGIN trendmicro.com.\n@ SOA ns hostmaster 1 60 10 600 300\nin.hes A 198.51.100.10\nrelay.hes A 198.51.100.11\n"
    "$ORIGIN 100.51.198.in-addr.arpa.\n@ SOA ns hostmaster 1 60 10 600 300\n11 PTR relay.hes.trendmicro.com.\n";
static const char *old_zone;

static struct mf_dns *zone_dns(const char *text)
{
    struct mf_diag d = {0};
    const char *path = write_file(text);
    struct mf_dns *dns = mf_dns_zone(path, &d);
    if (!dns)
        fail_msg("%s", d.title);
    unlink(path);
    return dns;
}

static struct build *new_world(void)
{
    static const char *mx[] = {"0 in.hes.trendmicro.com"};
    struct build *b = build_new();
    struct mf_dns_table *table = mf_alloc(b->arena, sizeof *table);
    table->mx = mx;
    table->mx_count = 1;
    table->spf = "v=spf1 ip4:192.0.2.0/24 ip4:198.51.100.11 ip6:2001:db8:2::/48 -all";
    table->place = (struct mf_place){"site.yaml", 5, 3, 1};
    b->plan->site->dns = table;
    b->plan->arena = b->arena;
    b->evidence->arena = b->arena;
    b->evidence->run.host = "probe";
    b->evidence->run.egress = "203.0.113.11";
    mf_plan_add_dns_rows(b->plan, table, NULL);
    return b;
}

enum flags { DIRECT = 0, AA = 1, RA = 2, TCP = 4 };

/* One server's word on one name, `at` seconds into the look, its TTLs counted down by as much as `age`. */
static struct mf_dns_answer *says(struct build *b, const char *server, const char *zone, const char *name,
                                  enum mf_dns_type type, int flags, int at, unsigned age)
{
    struct mf_dns *dns = zone_dns(zone);
    struct mf_dns_answer *answer = mf_alloc(b->arena, sizeof *answer);
    static size_t capacity;
    *answer = *mf_dns_ask(dns, b->arena, name, type, SOON);
    mf_dns_free(&dns);
    answer->server = server;
    answer->direct = answer->replied = true;
    answer->authoritative = flags & AA;
    answer->recursive = flags & RA;
    answer->over_tcp = flags & TCP;
    answer->asked = (1000 + at) * MF_SECOND;
    answer->negative_ttl -= answer->negative_ttl ? age : 0;
    for (size_t i = 0; i < answer->count; i++)
        answer->records[i].ttl -= age;
    capacity = b->evidence->answer_count ? capacity : 0;
    struct mf_dns_answer *kept = MF_PUSH(b->arena, b->evidence->answers, b->evidence->answer_count, capacity);
    *kept = *answer;
    return kept;
}

static void source(struct build *b, const char *server, int flags)
{
    says(b, server, new_zone, "net-it.com", MF_DNS_SOA, flags, 0, 0);
    says(b, server, new_zone, "net-it.com", MF_DNS_MX, flags, 0, 0);
    says(b, server, new_zone, "net-it.com", MF_DNS_TXT, flags, 0, 0);
}

static void both_sources(struct build *b)
{
    source(b, "192.0.2.53@53", AA);
    source(b, "192.0.2.54@53", AA);
}

static void judge(struct build *b, const char *resolver_zone)
{
    struct mf_dns *dns = zone_dns(resolver_zone);
    const char *name;
    enum mf_dns_type type;
    for (bool any = true; any;) {
        any = false;
        build_judge(b);
        while (b->facts->need_dns && mf_dns_missing(b->evidence->dns, 0, &name, &type)) {
            struct mf_dns_answer answer = *mf_dns_ask(dns, b->arena, name, type, SOON);
            answer.server = RESOLVER;
            mf_dns_record_answer(b->evidence->dns, &answer);
            any = true;
        }
    }
    mf_dns_free(&dns);
}

/* "dns.cached warns; MX pass, SPF pass" */
static const char *told(const struct build *b)
{
    const char *text = "";
    for (size_t i = 0; i < b->verdict->finding_count; i++)
        text = mf_format(b->arena, "%s%s%s %s", text, i ? ", " : "", b->verdict->findings[i]->kind->id,
                         b->verdict->findings[i]->outcome == MF_PASS ? "warns"
                                                                     : mf_outcome_name(b->verdict->findings[i]->outcome));
    for (size_t i = 0; i < b->verdict->dns_count; i++)
        text = mf_format(b->arena, "%s%s%.*s %s", text, i ? ", " : "; ",
                         (int)strcspn(b->verdict->dns[i].name, " "), b->verdict->dns[i].name,
                         mf_outcome_name(b->verdict->dns[i].outcome));
    return text;
}

static bool tells(const struct build *b, const char *words)
{
    const struct mf_finding *f = b->verdict->finding_count ? b->verdict->findings[0] : NULL;
    return f && (strstr(f->title, words) || strstr(f->why, words) || strstr(f->fix, words));
}

static int make_old(void **state)
{
    (void)state;
    struct mf_text text = {0};
    const char *mx = strstr(new_zone, "@ MX"), *rest = strchr(mx, '\n');
    mf_text_add(&text, new_zone, (size_t)(mx - new_zone));
    mf_text_puts(&text, "@ MX 10 mail");
    mf_text_puts(&text, rest);
    old_zone = strdup(mf_text_str(&text));
    mf_text_release(&text);
    return 0;
}

static int free_old(void **state)
{
    (void)state;
    free((char *)old_zone);
    return 0;
}

/* --- port 53 --- */

static void what_nobody_has_and_answers_is_an_intercepted_port(void **state)
{
    static const int flags[] = {RA, AA | RA, AA}; /* who intercepts may also pretend to authority */
    (void)state;
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
        struct build *b = new_world();
        source(b, "192.0.2.53@53", flags[i]);
        source(b, "192.0.2.54@53", flags[i]);
        says(b, NOBODY, new_zone, "net-it.com", MF_DNS_SOA, flags[i], 0, 0);
        judge(b, new_zone);
        assert_string_equal(told(b), "dns.intercepted error; MX error, SPF error");
        assert_true(tells(b, NOBODY) && tells(b, "probe (203.0.113.11)"));
        assert_true(tells(b, "dig +norecurse @192.0.2.53 net-it.com SOA"));
        assert_false(tells(b, "looks as if"));
        assert_int_equal(b->verdict->status, 2);
        build_free(&b);
    }
}

static void answers_of_resolvers_alone_only_look_like_it(void **state)
{
    (void)state;
    struct build *b = new_world();
    source(b, "192.0.2.53@53", RA);
    source(b, "192.0.2.54@53", RA);
    struct mf_dns_answer *silent = says(b, NOBODY, new_zone, "net-it.com", MF_DNS_SOA, DIRECT, 0, 0);
    silent->replied = false;
    silent->status = MF_DNS_TIMEOUT;
    silent->count = 0;
    judge(b, new_zone);
    assert_string_equal(told(b), "dns.intercepted error; MX error, SPF error");
    assert_true(tells(b, "looks as if") && tells(b, "Either something on the way"));
    build_free(&b);
}

static void one_server_that_is_a_resolver_is_lame_itself(void **state)
{
    (void)state;
    struct build *b = new_world();
    source(b, "192.0.2.53@53", AA);
    source(b, "192.0.2.54@53", RA);
    judge(b, new_zone);
    assert_string_equal(told(b), "dns.server-lame fail; MX fail, SPF fail");
    build_free(&b);
}

static void a_name_server_that_also_recurses_is_none_the_less_one(void **state)
{
    (void)state;
    struct build *b = new_world();
    source(b, "192.0.2.53@53", AA | RA);
    source(b, "192.0.2.54@53", AA | RA);
    judge(b, new_zone);
    assert_string_equal(told(b), "; MX pass, SPF pass");
    build_free(&b);
}

/* --- the resolver --- */

/* The resolver itself was asked for the MX, once or twice. */
static struct build *resolver_says(const char *first, int flags, const char *second, int at, unsigned age)
{
    struct build *b = new_world();
    both_sources(b);
    if (first)
        says(b, RESOLVER, first, "net-it.com", MF_DNS_MX, flags, 0, 100);
    if (second)
        says(b, RESOLVER, second, "net-it.com", MF_DNS_MX, flags, at, 100 + age);
    judge(b, old_zone);
    return b;
}

static void what_counts_down_is_a_cache_and_its_own_clock_is_told(void **state)
{
    (void)state;
    struct build *b = resolver_says(old_zone, RA, old_zone, 2, 2);
    assert_string_equal(told(b), "dns.cached warns; MX pass, SPF pass");
    assert_true(tells(b, "for up to 498 s (8 min) more"));
    build_free(&b);
    b = resolver_says(NULL, 0, NULL, 0, 0); /* it could not be asked itself */
    assert_string_equal(told(b), "dns.cached warns; MX pass, SPF pass");
    assert_true(tells(b, "for up to 600 s (10 min) more"));
    build_free(&b);
}

static void authority_is_a_zone_of_its_own(void **state)
{
    (void)state;
    struct build *b = resolver_says(old_zone, AA | RA, NULL, 0, 0);
    assert_string_equal(told(b), "dns.split-horizon warns; MX pass, SPF pass");
    assert_true(tells(b, "has a zone of its own for net-it.com") && tells(b, "(AA)"));
    assert_true(tells(b, "net-it.com.  MX  0 in.hes.trendmicro.com.") && tells(b, "probe (203.0.113.11)"));
    build_free(&b);
}

static void what_outlives_its_ttl_is_a_zone_of_its_own(void **state)
{
    (void)state;
    struct build *b = resolver_says(old_zone, RA, old_zone, 502, 0);
    assert_string_equal(told(b), "dns.split-horizon warns; MX pass, SPF pass");
    assert_true(tells(b, "when the TTL of 500 s was over"));
    build_free(&b);
}

static void a_ttl_that_stands_still_only_looks_like_it(void **state)
{
    (void)state;
    struct build *b = resolver_says(old_zone, RA, old_zone, 2, 0);
    assert_string_equal(told(b), "dns.split-horizon warns; MX pass, SPF pass");
    assert_true(tells(b, "looks as if") && tells(b, "either it has a zone or a record of its own, or it is a cache"));
    build_free(&b);
}

static void what_went_while_we_looked_is_still_told(void **state)
{
    (void)state;
    struct build *b = resolver_says(new_zone, RA, NULL, 0, 0);
    assert_string_equal(told(b), "dns.cached warns; MX pass, SPF pass");
    assert_true(tells(b, "until a moment ago"));
    build_free(&b);
}

static void a_resolver_that_is_a_name_server_of_the_zone_has_it_by_right(void **state)
{
    (void)state;
    struct build *b = new_world();
    both_sources(b);
    struct mf_dns *dns = zone_dns(new_zone);
    struct mf_dns_answer answer = *mf_dns_ask(dns, b->arena, "net-it.com", MF_DNS_MX, SOON);
    answer.server = "192.0.2.53@53";
    mf_dns_record_answer(b->evidence->dns, &answer);
    mf_dns_free(&dns);
    judge(b, new_zone);
    assert_string_equal(told(b), "; MX pass, SPF pass");
    build_free(&b);
}

/* --- servers and delegation --- */

static void a_server_without_tcp_is_a_warning_once_for_all_its_addresses(void **state)
{
    (void)state;
    struct build *b = new_world();
    both_sources(b);
    for (int i = 0; i < 2; i++) {
        struct mf_dns_answer *tcp =
            says(b, i ? "192.0.2.54@53" : "192.0.2.53@53", new_zone, "net-it.com", MF_DNS_SOA, AA | TCP, 0, 0);
        tcp->replied = i == 0;
        tcp->status = i ? MF_DNS_SERVFAIL : MF_DNS_OK;
        tcp->why = i ? "192.0.2.54@53 over TCP: nothing listens there" : NULL;
    }
    judge(b, new_zone);
    assert_string_equal(told(b), "dns.no-tcp warns; MX pass, SPF pass");
    assert_true(tells(b, "ns2 answers over UDP, but 192.0.2.54@53 over TCP: nothing listens there."));
    build_free(&b);
}

static void an_answer_that_needs_tcp_and_does_not_come_is_not_known(void **state)
{
    (void)state;
    struct build *b = new_world();
    source(b, "192.0.2.53@53", AA);
    source(b, "192.0.2.54@53", AA);
    struct mf_dns_answer *mx = &b->evidence->answers[b->evidence->answer_count - 2];
    mx->status = MF_DNS_SERVFAIL;
    mx->replied = false;
    mx->count = 0;
    mx->why = "192.0.2.54@53 over TCP (the answer does not fit into UDP): nothing listens there";
    judge(b, new_zone);
    assert_string_equal(told(b), "dns.no-tcp error; MX error, SPF pass");
    build_free(&b);
}

static void the_zone_above_may_name_other_servers(void **state)
{
    (void)state;
    struct build *b = new_world();
    both_sources(b);
    says(b, "192.0.2.53@53", new_zone, "net-it.com", MF_DNS_NS, AA, 0, 0);
    struct mf_dns_answer *parent = says(b, "192.0.2.55@53", new_zone, "net-it.com", MF_DNS_NS, DIRECT, 0, 0);
    parent->count = 0;
    parent->status = MF_DNS_SERVFAIL;
    parent->delegates = "ns1.net-it.com ns2.net-it.com";
    judge(b, new_zone);
    assert_string_equal(told(b), "; MX pass, SPF pass");
    parent->delegates = "ns1.net-it.com old.example.net";
    judge(b, new_zone);
    assert_string_equal(told(b), "dns.delegation-differs warns; MX pass, SPF pass");
    assert_true(tells(b, "192.0.2.55@53") && tells(b, "old.example.net"));
    build_free(&b);
}

static void a_name_server_without_address_is_a_warning(void **state)
{
    (void)state;
    struct build *b = new_world();
    both_sources(b);
    judge(b, mf_format(b->arena, "%s\n$ORIGIN net-it.com.\n@ NS ns3\n", new_zone));
    assert_string_equal(told(b), "dns.ns-no-address warns; MX pass, SPF pass");
    assert_true(tells(b, "ns3.net-it.com"));
    build_free(&b);
}

static void an_address_without_a_way_there_is_not_asked_and_not_wrong(void **state)
{
    (void)state;
    struct build *b = new_world();
    source(b, "192.0.2.53@53", AA);
    struct mf_dns_answer *soa = says(b, "192.0.2.54@53", new_zone, "net-it.com", MF_DNS_SOA, DIRECT, 0, 0);
    soa->status = MF_DNS_SERVFAIL;
    soa->replied = false;
    soa->count = 0;
    soa->why = "192.0.2.54@53 over UDP: Network is unreachable";
    judge(b, new_zone);
    assert_string_equal(told(b), "; MX pass, SPF pass");
    assert_true(b->verdict->dns[0].facts->note_count > 0);
    assert_non_null(strstr(b->verdict->dns[0].facts->notes[0], "was not asked, there is no way there from here"));
    build_free(&b);
    b = new_world(); /* without the other, nothing is known */
    soa = says(b, "192.0.2.54@53", new_zone, "net-it.com", MF_DNS_SOA, DIRECT, 0, 0);
    soa->status = MF_DNS_SERVFAIL;
    soa->replied = false;
    soa->count = 0;
    soa->why = "192.0.2.54@53 over UDP: Network is unreachable";
    judge(b, new_zone);
    assert_string_equal(told(b), "dns.server-dead error, dns.server-dead error; MX error, SPF error");
    build_free(&b);
}

static void an_mx_inside_a_public_zone_is_asked_about(void **state)
{
    (void)state;
    struct build *b = new_world();
    both_sources(b);
    const char *inner = mf_format(b->arena, "%s", new_zone);
    memcpy(strstr(inner, "198.51.100.10"), "10.0.0.10    ", 13);
    judge(b, inner);
    assert_string_equal(told(b), "dns.split-horizon warns; MX pass, SPF pass");
    assert_true(tells(b, "in.hes.trendmicro.com 10.0.0.10") && tells(b, "Either it answers otherwise inside"));
    build_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_nobody_has_and_answers_is_an_intercepted_port),
        cmocka_unit_test(answers_of_resolvers_alone_only_look_like_it),
        cmocka_unit_test(one_server_that_is_a_resolver_is_lame_itself),
        cmocka_unit_test(a_name_server_that_also_recurses_is_none_the_less_one),
        cmocka_unit_test(what_counts_down_is_a_cache_and_its_own_clock_is_told),
        cmocka_unit_test(authority_is_a_zone_of_its_own),
        cmocka_unit_test(what_outlives_its_ttl_is_a_zone_of_its_own),
        cmocka_unit_test(a_ttl_that_stands_still_only_looks_like_it),
        cmocka_unit_test(what_went_while_we_looked_is_still_told),
        cmocka_unit_test(a_resolver_that_is_a_name_server_of_the_zone_has_it_by_right),
        cmocka_unit_test(a_server_without_tcp_is_a_warning_once_for_all_its_addresses),
        cmocka_unit_test(an_answer_that_needs_tcp_and_does_not_come_is_not_known),
        cmocka_unit_test(the_zone_above_may_name_other_servers),
        cmocka_unit_test(a_name_server_without_address_is_a_warning),
        cmocka_unit_test(an_address_without_a_way_there_is_not_asked_and_not_wrong),
        cmocka_unit_test(an_mx_inside_a_public_zone_is_asked_about),
    };
    return cmocka_run_group_tests_name("check: dns rows, seen from where", tests, make_old, free_old) ? 1 : 0;
}
