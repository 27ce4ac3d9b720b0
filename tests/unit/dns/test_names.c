/* Names as text and on the wire, addresses of servers, reverse names. */
#include "dns_testing.h"

#include "dns/dns_internal.h"

static void names_come_into_one_normal_form(void **state)
{
    static const struct {
        const char *what, *given, *normal;
    } cases[] = {
        {"case is folded", "Mail.Example.COM", "mail.example.com"},
        {"the final dot goes", "example.com.", "example.com"},
        {"the root stays a dot", ".", "."},
        {"a space inside a label is escaped", "a b.example", "a\\032b.example"},
        {"an escaped dot is part of its label", "a\\.b.example", "a\\046b.example"},
        {"\\DDD is one byte, shown plainly when it can be", "\\065bc.example", "abc.example"},
        {"bytes above ASCII are escaped", "\xc3\xa4.example", "\\195\\164.example"},
        {"punctuation of service names is kept", "_dmarc.%x:y/z.example", "_dmarc.%x:y/z.example"},
        {"a label of 63 bytes is a label", "123456789012345678901234567890123456789012345678901234567890123.x",
         "123456789012345678901234567890123456789012345678901234567890123.x"},
    };
    struct mf_arena *arena = mf_arena_new();
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *why = NULL, *normal = mf_dns_name_normal(arena, cases[i].given, &why);
        if (!normal || strcmp(normal, cases[i].normal) != 0)
            fail_msg("%s: %s -> %s", cases[i].what, cases[i].given, normal ? normal : why);
    }
    mf_arena_free(&arena);
}

static void what_cannot_be_a_name_is_refused_with_the_reason(void **state)
{
    static const struct {
        const char *given, *reason;
    } cases[] = {
        {"", "empty"},     {"a..b", "empty"},
        {".a", "empty"},   {"1234567890123456789012345678901234567890123456789012345678901234.x", "63"},
        {"a\\", "escape"}, {"a\\999", "escape"},
    };
    struct mf_arena *arena = mf_arena_new();
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *why = NULL;
        assert_null(mf_dns_name_normal(arena, cases[i].given, &why));
        assert_non_null(strstr(why, cases[i].reason));
    }
    char longest[300] = "", *at = longest;
    for (int i = 0; i < 127; i++)
        at += sprintf(at, "%sa", i ? "." : "");
    const char *why = NULL;
    assert_non_null(mf_dns_name_normal(arena, longest, &why)); /* 127 labels of one byte: 255 on the wire */
    strcat(longest, ".a");
    assert_null(mf_dns_name_normal(arena, longest, &why));
    assert_non_null(strstr(why, "255"));
    mf_arena_free(&arena);
}

static void broken_wire_names_are_refused(void **state)
{
    struct mf_arena *arena = mf_arena_new();
    size_t used = 0;
    (void)state;
    assert_string_equal(mf_dns_name_from_wire(arena, MF_BYTES("\3Www\0rest"), &used), "www");
    assert_int_equal(used, 5);
    assert_null(mf_dns_name_from_wire(arena, MF_BYTES("\3ww"), &used));
    assert_null(mf_dns_name_from_wire(arena, (struct mf_bytes){"\3www", 4}, &used));
    assert_null(mf_dns_name_from_wire(arena, MF_BYTES("\xc0\x0c"), &used));
    assert_null(mf_dns_name_from_wire(arena, (struct mf_bytes){0}, &used));
    mf_arena_free(&arena);
}

static void addresses_turn_into_reverse_names(void **state)
{
    struct mf_arena *arena = mf_arena_new();
    (void)state;
    assert_string_equal(mf_dns_reverse_name(arena, "192.0.2.53"), "53.2.0.192.in-addr.arpa");
    assert_string_equal(mf_dns_reverse_name(arena, "2001:db8::1"),
                        "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa");
    assert_null(mf_dns_reverse_name(arena, "mail.example.com"));
    assert_null(mf_dns_reverse_name(arena, ""));
    assert_null(mf_dns_reverse_name(arena, NULL));
    mf_arena_free(&arena);
}

static void servers_are_written_as_address_and_port(void **state)
{
    static const struct {
        const char *given, *shown;
    } good[] = {
        {"192.0.2.53", "192.0.2.53@53"},     {"127.0.0.1@5353", "127.0.0.1@5353"},
        {"2001:db8::53", "2001:db8::53@53"}, {"[2001:db8::53]@5353", "2001:db8::53@5353"},
        {"fe80::1%lo", "fe80::1%lo@53"},
    };
    static const char *const bad[] = {"",
                                      "ns1.example.com",
                                      "192.0.2.53@",
                                      "192.0.2.53@0",
                                      "192.0.2.53@65536",
                                      "192.0.2.53@5x",
                                      "192.0.2.53:53",
                                      "@53",
                                      "fe80::1%nosuchinterface"};
    struct mf_dns_address address;
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_int_equal(mf_dns_address_parse(good[i].given, &address, NULL), 0);
        assert_string_equal(address.text, good[i].shown);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct mf_diag d = {0};
        assert_int_equal(mf_dns_address_parse(bad[i], &address, &d), -1);
        assert_non_null(strstr(d.title, bad[i]));
        assert_non_null(strstr(d.hint, "@"));
    }
}

static void resolv_conf_names_the_forwarders(void **state)
{
    struct mf_dns_forwarders f;
    (void)state;
    const char *path = write_file("# mine\nsearch example.com\nnameserver 192.0.2.53\n"
                                  "nameserver nonsense\n  nameserver 2001:db8::53 # second\noptions rotate\n");
    assert_int_equal(mf_dns_forwarders_read(path, &f, NULL), 0);
    assert_string_equal(f.text, "192.0.2.53@53, 2001:db8::53@53");
    unlink(path);
    path = write_file("search example.com\n");
    assert_int_equal(mf_dns_forwarders_read(path, &f, NULL), 0);
    assert_string_equal(f.text, "127.0.0.1@53"); /* resolv.conf(5): the local machine */
    unlink(path);
    assert_int_equal(mf_dns_forwarders_read("/nonexistent/resolv.conf", &f, NULL), 0);
    assert_string_equal(f.text, "127.0.0.1@53");
}

static void the_given_resolver_goes_before_the_environment_before_the_system(void **state)
{
    struct mf_dns_forwarders f;
    struct mf_diag d = {0};
    (void)state;
    setenv("MAILFLOW_RESOLVER", "192.0.2.1@1053", 1);
    assert_int_equal(mf_dns_forwarders_find("192.0.2.2", &f, &d), 0);
    assert_string_equal(f.text, "192.0.2.2@53");
    assert_int_equal(mf_dns_forwarders_find(NULL, &f, &d), 0);
    assert_string_equal(f.text, "192.0.2.1@1053");
    setenv("MAILFLOW_RESOLVER", "ns.example", 1);
    assert_int_equal(mf_dns_forwarders_find(NULL, &f, &d), -1);
    assert_non_null(strstr(d.title, "MAILFLOW_RESOLVER"));
    unsetenv("MAILFLOW_RESOLVER");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_come_into_one_normal_form),
        cmocka_unit_test(what_cannot_be_a_name_is_refused_with_the_reason),
        cmocka_unit_test(broken_wire_names_are_refused),
        cmocka_unit_test(addresses_turn_into_reverse_names),
        cmocka_unit_test(servers_are_written_as_address_and_port),
        cmocka_unit_test(resolv_conf_names_the_forwarders),
        cmocka_unit_test(the_given_resolver_goes_before_the_environment_before_the_system),
    };
    return cmocka_run_group_tests_name("dns: names", tests, NULL, NULL) != 0;
}
