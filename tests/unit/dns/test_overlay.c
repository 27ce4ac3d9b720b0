/* A table laid over DNS, as if it were published: what it answers, what it leaves to DNS, and how that is told apart.
 */
#include "dns_testing.h"

static const char zone[] = "$ORIGIN net-it.com.\n"
                           "@ 60 IN SOA ns hostmaster 1 2 3 4 5\n@ 60 IN MX 10 mail\n@ 60 IN TXT \"v=spf1 mx ~all\"\n"
                           "mail 60 IN A 192.0.2.20\nlive._domainkey 60 IN TXT \"p=live\"\n"
                           "$ORIGIN host.example.\nkey 60 IN TXT \"p=hosted\"\nmoved 60 IN CNAME key\n";

static struct mf_dns *zone_dns(const char *text)
{
    struct mf_diag d = {0};
    const char *path = write_file(text);
    struct mf_dns *dns = mf_dns_zone(path, &d);
    unlink(path);
    if (!dns)
        fail_msg("%s", d.title);
    return dns;
}

struct world {
    struct mf_arena *arena;
    struct mf_dns *below, *dns;
};

static struct world new_world(void)
{
    struct world w = {.arena = mf_arena_new()};
    w.below = zone_dns(zone);
    w.dns = mf_dns_overlay("site dns", w.below);
    mf_dns_overlay_add(w.dns, "net-it.com", "MX", "0 a.in.example");
    mf_dns_overlay_add(w.dns, "Net-IT.com", "MX", "10 b.in.example.");
    mf_dns_overlay_add(w.dns, "net-it.com", "TXT", "v=spf1 include:spf.example -all");
    mf_dns_overlay_add(w.dns, "s1._domainkey.net-it.com", "CNAME", "key.host.example");
    mf_dns_overlay_add(w.dns, "s2._domainkey.net-it.com", "CNAME", "moved.host.example");
    mf_dns_overlay_add(w.dns, "s3._domainkey.net-it.com", "CNAME", "nobody.host.example");
    mf_dns_overlay_add(w.dns, "s4._domainkey.net-it.com", "CNAME", "_dmarc.net-it.com");
    mf_dns_overlay_add(w.dns, "_dmarc.net-it.com", "TXT", "\"v=DMARC1; \" \"p=none\"");
    mf_dns_overlay_add(w.dns, "_imaps._tcp.net-it.com", "SRV", "0 1 993 imap.example");
    return w;
}

static void end_world(struct world *w)
{
    mf_dns_free(&w->dns);
    mf_dns_free(&w->below);
    mf_arena_free(&w->arena);
}

static void the_table_answers_its_names_and_dns_the_others(void **state)
{
    (void)state;
    static const struct {
        const char *about, *name;
        enum mf_dns_type type;
        const char *answer, *server;
        bool planned;
    } table[] = {
        {"all MX of it", "NET-IT.com", MF_DNS_MX, "OK 0 a.in.example | 10 b.in.example", "site dns", true},
        {"its text, and not that of DNS beside it", "net-it.com", MF_DNS_TXT, "OK v=spf1 include:spf.example -all",
         "site dns", true},
        {"text in pieces is joined", "_dmarc.net-it.com", MF_DNS_TXT, "OK v=DMARC1; p=none", "site dns", true},
        {"an alias within it", "s4._domainkey.net-it.com", MF_DNS_TXT, "OK v=DMARC1; p=none via _dmarc.net-it.com",
         "site dns", true},
        {"of a name that it has, a type that it has not", "net-it.com", MF_DNS_SOA, "OK ns.net-it.com 1", "zone",
         false},
        {"a name that it has not", "live._domainkey.net-it.com", MF_DNS_TXT, "OK p=live", "zone", false},
        {"nobody has it", "none.net-it.com", MF_DNS_A, "NXDOMAIN", "zone", false},
        {"an alias leads on into DNS", "s1._domainkey.net-it.com", MF_DNS_TXT, "OK p=hosted via key.host.example",
         "site dns, then zone", true},
        {"and on from there", "s2._domainkey.net-it.com", MF_DNS_TXT, "OK p=hosted via key.host.example",
         "site dns, then zone", true},
        {"to where nothing is", "s3._domainkey.net-it.com", MF_DNS_TXT, "NXDOMAIN via nobody.host.example",
         "site dns, then zone", true},
        {"its SRV", "_imaps._tcp.net-it.com", MF_DNS_SRV, "OK 0 1 993 imap.example", "site dns", true},
    };
    struct world w = new_world();
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        const struct mf_dns_answer *answer = mf_dns_ask(w.dns, w.arena, table[i].name, table[i].type, MF_NEVER);
        bool good = strcmp(answer_text(w.arena, answer), table[i].answer) == 0 &&
                    strncmp(answer->server, table[i].server, strlen(table[i].server)) == 0 &&
                    answer->planned == table[i].planned;
        if (!good)
            fail_msg("%s: %s from %s%s", table[i].about, answer_text(w.arena, answer), answer->server,
                     answer->planned ? ", planned" : "");
    }
    end_world(&w);
}

static void the_way_of_an_alias_is_told_whole(void **state)
{
    (void)state;
    struct world w = new_world();
    const struct mf_dns_answer *answer = mf_dns_ask(w.dns, w.arena, "s2._domainkey.net-it.com", MF_DNS_TXT, MF_NEVER);
    assert_int_equal(answer->chain_count, 2);
    assert_string_equal(answer->chain[0].host, "moved.host.example");
    assert_string_equal(answer->chain[1].host, "key.host.example");
    assert_string_equal(answer->canonical, "key.host.example");
    end_world(&w);
}

static void a_record_that_is_none_is_no_answer_and_says_why(void **state)
{
    (void)state;
    struct world w = new_world();
    mf_dns_overlay_add(w.dns, "odd.net-it.com", "A", "mail.net-it.com");
    mf_dns_overlay_add(w.dns, "odder.net-it.com", "NONSENSE", "x");
    const struct mf_dns_answer *answer = mf_dns_ask(w.dns, w.arena, "odd.net-it.com", MF_DNS_A, MF_NEVER);
    assert_int_equal(answer->status, MF_DNS_SERVFAIL);
    assert_non_null(strstr(answer->why, "\"A mail.net-it.com\" of site dns is no record"));
    assert_int_equal(mf_dns_ask(w.dns, w.arena, "odder.net-it.com", MF_DNS_A, MF_NEVER)->status, MF_DNS_SERVFAIL);
    end_world(&w);
}

static void text_of_any_length_comes_back_whole(void **state)
{
    (void)state;
    struct world w = new_world();
    char text[700];
    memset(text, 'k', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    text[300] = '"';
    text[400] = '\\';
    mf_dns_overlay_add(w.dns, "long.net-it.com", "TXT", text);
    const struct mf_dns_answer *answer = mf_dns_ask(w.dns, w.arena, "long.net-it.com", MF_DNS_TXT, MF_NEVER);
    assert_int_equal(answer->count, 1);
    assert_string_equal(answer->records[0].text.data, text);
    assert_int_equal(answer->records[0].string_count, 3);
    end_world(&w);
}

static void what_is_lacking_below_is_asked_for_there(void **state)
{
    (void)state;
    struct mf_arena *arena = mf_arena_new();
    struct mf_dns *recorded = mf_dns_recorded(), *dns = mf_dns_overlay("site dns", recorded);
    const char *name;
    enum mf_dns_type type;
    mf_dns_overlay_add(dns, "s1._domainkey.net-it.com", "CNAME", "key.host.example");
    assert_int_equal(mf_dns_ask(dns, arena, "s1._domainkey.net-it.com", MF_DNS_TXT, MF_NEVER)->status, MF_DNS_UNKNOWN);
    assert_true(mf_dns_missing(recorded, 0, &name, &type));
    assert_string_equal(name, "key.host.example"); /* and not the name that the table has */
    assert_false(mf_dns_missing(recorded, 1, &name, &type));
    mf_dns_free(&dns);
    mf_dns_free(&recorded);
    mf_arena_free(&arena);
}

static void quoted_text_is_what_a_zone_file_wants(void **state)
{
    (void)state;
    struct mf_arena *arena = mf_arena_new();
    char text[600], expected[700];
    static const struct {
        const char *text, *quoted;
    } table[] = {{"", "\"\""},
                 {"v=spf1 -all", "\"v=spf1 -all\""},
                 {"say \"x\" c:\\", "\"say \\\"x\\\" c:\\\\\""},
                 {"\xc3\xbc", "\"\\195\\188\""}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        assert_string_equal(mf_dns_quote(arena, table[i].text), table[i].quoted);
    memset(text, 'a', 510);
    text[510] = '\0';
    snprintf(expected, sizeof expected, "\"%.255s\" \"%.255s\"", text, text);
    assert_string_equal(mf_dns_quote(arena, text), expected); /* and no empty third piece */
    mf_arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_answers_its_names_and_dns_the_others),
        cmocka_unit_test(the_way_of_an_alias_is_told_whole),
        cmocka_unit_test(a_record_that_is_none_is_no_answer_and_says_why),
        cmocka_unit_test(text_of_any_length_comes_back_whole),
        cmocka_unit_test(what_is_lacking_below_is_asked_for_there),
        cmocka_unit_test(quoted_text_is_what_a_zone_file_wants),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
