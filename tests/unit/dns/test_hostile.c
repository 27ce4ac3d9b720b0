/* Zone files and messages as nobody should write them: mutated by a seed, so that each run tries the same. What they
 * prove: no crash (under the sanitizers), no hang, an error with its place or an answer. */
#include "dns_testing.h"

#include "dns/dns_internal.h"

static uint64_t state_of_chance = 20181121;

static unsigned chance(unsigned below) /* splitmix64 */
{
    uint64_t z = state_of_chance += 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return (unsigned)((z ^ (z >> 31)) % below);
}

static const char zone[] =
    "$ORIGIN example.com.\n$TTL 1h\n@ IN SOA ns1 root ( 1 ; serial\n 2 3 4 5 )\n@ NS ns1\n@ MX 10 mail\n"
    "@ TXT \"v=spf1 include:_s.example.com \" \"-all\"\nmail 60 IN A 192.0.2.1\nmail IN 60 AAAA 2001:db8::1\n"
    "www CNAME mail\n*.w TXT wild\n_s TXT v=spf1\\ -all\na\\046b.c A 192.0.2.2\nx\\\\y TXT \"\\\"\\065\\000\"\n"
    "loop CNAME loop2\nloop2 CNAME loop\n@ TYPE65280 \\# 3 010203\nd DNAME example.net.\n_25._tcp TLSA 3 1 1 abcdef\n"
    ";!TIMEOUT slow.example.com. TXT\n;!NODATA nix.example.com. A\n_x._tcp SRV 0 1 25 mail\n$ORIGIN net.\n@ SOA a b 1 1 1 1 1\n";

static const char *const pieces[] = {"(",  ")",  "\"", "\\", ";", "\n", "\r\n", "\\999", "\\000", "$ORIGIN .\n", "$TTL\n", "$INCLUDE\n",
                                     "@ ", "* ", ";!SERVFAIL ", " TXT ", " MX ", " \\# ", "\xEF\xBB\xBF", ".", "..", " 4294967296 ", "\n\tA "};

static void mutate(struct mf_text *text)
{
    for (unsigned changes = 1 + chance(6); changes > 0 && text->len; changes--) {
        size_t at = chance((unsigned)text->len), len = chance(40);
        struct mf_text next = {0};
        mf_text_add(&next, text->data, at);
        switch (chance(6)) {
        case 0:
            mf_text_putc(&next, (char)chance(256));
            break;
        case 1:
            mf_text_puts(&next, pieces[chance(sizeof pieces / sizeof *pieces)]);
            break;
        case 2: /* gone */
            at = at + len > text->len ? text->len : at + len;
            break;
        case 3: /* twice */
            mf_text_add(&next, text->data + at, at + len > text->len ? text->len - at : len);
            break;
        case 4:
            for (unsigned i = 0; i < 300; i++)
                mf_text_putc(&next, "a1.\\"[chance(200) ? 0 : chance(4)]);
            break;
        default: /* the end */
            if (chance(4) == 0)
                at = text->len;
            break;
        }
        mf_text_add(&next, text->data + at, text->len - at);
        mf_text_release(text);
        *text = next;
    }
}

static void ask_everything(struct mf_dns *dns)
{
    static const char *const names[] = {"example.com", "mail.example.com", "www.example.com", "loop.example.com", "a.w.example.com",
                                        "slow.example.com", "a\\046b.c.example.com", "_x._tcp.example.com", "net", "."};
    static const enum mf_dns_type types[] = {MF_DNS_A, MF_DNS_TXT, MF_DNS_MX, MF_DNS_SOA, MF_DNS_SRV};
    struct mf_arena *arena = mf_arena_new();
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        for (size_t k = 0; k < sizeof types / sizeof *types; k++)
            answer_text(arena, mf_dns_ask(dns, arena, names[i], types[k], SOON));
    mf_dns_mx(dns, arena, "example.com", 1, SOON);
    mf_arena_free(&arena);
}

static void mutated_zone_files_are_read_or_refused_with_their_place(void **state)
{
    int read = 0, refused = 0;
    (void)state;
    for (int i = 0; i < 1500; i++) {
        struct mf_text text = {0};
        struct mf_diag d = {0};
        char path[] = "/tmp/mailflow-test-XXXXXX", place[64];
        mf_text_add(&text, zone, sizeof zone - 1);
        mutate(&text);
        int fd = mkstemp(path);
        assert_true(fd >= 0 && write(fd, text.data, text.len) == (ssize_t)text.len);
        close(fd);
        struct mf_dns *dns = mf_dns_zone(path, &d);
        snprintf(place, sizeof place, "zone %s:", path);
        if (dns) {
            read++;
            ask_everything(dns);
        } else if (strncmp(d.title, place, strlen(place)) == 0 && d.title[strlen(place)] >= '1' && d.title[strlen(place)] <= '9') {
            refused++;
        } else {
            fail_msg("case %d is refused without its place: %s", i, d.title);
        }
        mf_dns_free(&dns);
        unlink(path);
        mf_text_release(&text);
    }
    assert_true(read > 100 && refused > 100); /* else it tries nothing */
}

/* example.com TXT, an answer with a compressed name, an SOA in authority, EDNS */
static const unsigned char message[] =
    "\x12\x34\x85\x80\0\1\0\2\0\1\0\1\7example\3com\0\0\x10\0\1"
    "\xc0\x0c\0\x10\0\1\0\0\0\x3c\0\x0c\x0bv=spf1 -all\xc0\x0c\0\x0f\0\1\0\0\0\x3c\0\x09\0\x0a\4mail\xc0\x0c"
    "\xc0\x0c\0\6\0\1\0\0\0\x3c\0\x1e\3ns1\xc0\x0c\1r\xc0\x0c\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0\5\0\0\x29\4\xd0\0\0\0\0\0\0";

static void mutated_messages_are_read_or_refused(void **state)
{
    int read = 0, refused = 0;
    (void)state;
    for (int i = 0; i < 20000; i++) {
        unsigned char data[sizeof message + 64];
        size_t len = sizeof message - 1;
        struct mf_arena *arena = mf_arena_new();
        memcpy(data, message, len);
        for (unsigned changes = chance(5); changes > 0; changes--)
            data[chance(3) ? chance((unsigned)len) : 4 + chance(8)] = (unsigned char)(chance(2) ? chance(256) : chance(4) + 0xBF);
        if (chance(4) == 0)
            len = chance((unsigned)len + 1);
        /* exactly as long as it is, so that the sanitizer sees what reads on */
        char *exact = malloc(len ? len : 1);
        memcpy(exact, data, len);
        const char *why = NULL;
        struct mf_dns_packet *packet = mf_dns_packet_read(arena, (struct mf_bytes){exact, len}, &why);
        struct mf_dns_answer answer = {.name = "example.com", .type = chance(2) ? MF_DNS_TXT : MF_DNS_MX};
        if (packet) {
            mf_dns_answer_collect(arena, &answer, packet->answer, packet->answer_count);
            mf_dns_packet_negative_ttl(packet);
            read++;
        } else {
            assert_non_null(why);
            refused++;
        }
        free(exact);
        mf_arena_free(&arena);
    }
    if (read < 1000 || refused < 1000)
        fail_msg("%d read, %d refused: it tries nothing", read, refused);
}

static void corners_of_master_files(void **state)
{
    static const struct {
        const char *what, *text, *answer; /* of example.com MX; or the words of what is wrong */
    } cases[] = {
        {"lines end in CR LF", "$ORIGIN example.com.\r\n@ MX 10 mail\r\n", "OK 10 mail.example.com"},
        {"a mark of UTF-8 first", "\xEF\xBB\xBF$ORIGIN example.com.\n@ MX 10 mail\n", "OK 10 mail.example.com"},
        {"no end of the last line", "$ORIGIN example.com.\n@ MX 10 mail", "OK 10 mail.example.com"},
        {"TTL and class in either order", "example.com. IN 1h MX 1 a.\nexample.com. 60 IN MX 2 b.\n", "OK 1 a | 2 b"},
        {"a record over several lines", "example.com. MX ( 10 ; here\n mail. )\n", "OK 10 mail"},
        {"an unknown type", "example.com. TYPE65280 \\# 3 010203\nexample.com. MX 1 a.\n", "OK 1 a"},
        {"a known type in generic form", "example.com. MX \\# 4 00010000\n", "OK 1 ."},
        {"the same record twice", "example.com. MX 1 a.\nexample.com. MX 1 a.\n", "OK 1 a"},
        {"a wildcard", "*.com. MX 1 a.\n", "OK 1 a"},
        {"aliases in a ring", "example.com. CNAME a.\na. CNAME example.com.\n", "SERVFAIL via a"},
        {"bytes that are no UTF-8", "\xE4\xF6. A 192.0.2.1\nexample.com. MX 1 a.\n", "OK 1 a"},
        {"a NUL", "example.com. MX 1 a.\n@ \x01 A\n", ":2:3: \"\x01\" is no type of record"},
        {"a broken escape", "a\\999. A 192.0.2.1\n", ":1:1: \"a\\999.\" can't be a domain name"},
        {"an open quote", "example.com. TXT \"abc\n", ":1:18: a quote is opened"},
        {"a name of 300 bytes", "$ORIGIN com.\naaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa A 192.0.2.1\n", ":2:1: \"aaaa"},
        {"a directive that is not known", "$GENERATE 1-9 a$ A 192.0.2.$\n", ":1:1: $GENERATE is not understood"},
        {"a file that is not there", "$INCLUDE /nonexistent/zone\n", ":1: $INCLUDE: "},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct mf_arena *arena = mf_arena_new();
        struct mf_diag d = {0};
        const char *path = write_file(cases[i].text);
        struct mf_dns *dns = mf_dns_zone(path, &d);
        const char *said = dns ? ask(dns, arena, "example.com", MF_DNS_MX) : d.title;
        if (dns ? strcmp(said, cases[i].answer) != 0 : !strstr(said, cases[i].answer))
            fail_msg("%s: \"%s\", not \"%s\"", cases[i].what, said, cases[i].answer);
        mf_dns_free(&dns);
        unlink(path);
        mf_arena_free(&arena);
    }
}

static void an_included_file_has_its_own_origin_and_can_not_include_itself(void **state)
{
    (void)state;
    struct mf_arena *arena = mf_arena_new();
    struct mf_diag d = {0};
    const char *inner = mf_copy(arena, write_file("@ MX 5 in\n")), *base = strrchr(inner, '/') + 1;
    const char *outer = mf_copy(arena, write_file(mf_format(arena, "$ORIGIN net.\n$INCLUDE %s example.com.\n@ MX 1 a\n", base)));
    struct mf_dns *dns = mf_dns_zone(outer, &d);
    assert_non_null(dns);
    assert_string_equal(ask(dns, arena, "example.com", MF_DNS_MX), "OK 5 in.example.com");
    assert_string_equal(ask(dns, arena, "net", MF_DNS_MX), "OK 1 a.net");
    mf_dns_free(&dns);
    FILE *file = fopen(inner, "w");
    fprintf(file, "$INCLUDE %s\n", base);
    fclose(file);
    assert_null(mf_dns_zone(inner, &d));
    assert_non_null(strstr(d.title, "include each other without end"));
    unlink(inner);
    unlink(outer);
    mf_arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(corners_of_master_files),
        cmocka_unit_test(an_included_file_has_its_own_origin_and_can_not_include_itself),
        cmocka_unit_test(mutated_zone_files_are_read_or_refused_with_their_place),
        cmocka_unit_test(mutated_messages_are_read_or_refused),
    };
    return cmocka_run_group_tests_name("dns: hostile input", tests, NULL, NULL) != 0;
}
