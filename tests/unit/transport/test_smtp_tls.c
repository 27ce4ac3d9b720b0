/* TLS of SMTP: implicit, STARTTLS, opportunistic; certificates that are wrong in each way. */
#include "transport_test.h"

#include <openssl/sha.h>
#include <openssl/ssl.h>

#include "mailflow/smtp.h"

static struct fake_ca *known, *unknown;

static int make_cas(void **state)
{
    (void)state;
    known = fake_ca_new("Known Test CA");
    unknown = fake_ca_new("Unknown Test CA");
    return 0;
}

static int free_cas(void **state)
{
    (void)state;
    fake_ca_free(&known);
    fake_ca_free(&unknown);
    return 0;
}

static struct mf_chain_seen *wanted_chain; /* by the next try_it */

struct probe {
    struct mf_smtp_sent sent;
    struct mf_diag d;
    int result;
    char log[400];
};

/* Sends one message to a server with these settings and says how it went. */
static struct probe try_it(struct fake_smtp_options server, enum mf_tls_mode mode, struct mf_tls tls, const char *tls_name)
{
    struct probe p = {.result = 0};
    struct fake_smtp *smtp = fake_smtp_start(&server);
    struct mf_smtp_options options = {.endpoint = at_port(fake_smtp_port(smtp), mode, &tls), .ehlo = "client.test", .chain = wanted_chain};
    options.endpoint.tls_name = tls_name;
    struct mf_smtp *session = mf_smtp_new(&options);
    struct mf_smtp_recipient to = {.address = "bob@net-it.com"};
    p.result = mf_smtp_send(session, "alice@net-it.com", &to, 1, MF_BYTES("x\r\n"), SOON, &p.sent, &p.d);
    mf_smtp_free(&session);
    char *log = fake_smtp_log(smtp);
    snprintf(p.log, sizeof p.log, "%s", log);
    free(log);
    fake_smtp_stop(&smtp);
    return p;
}

static void a_right_certificate_is_verified_and_told(void **state)
{
    (void)state;
    static const struct { bool implicit; enum mf_tls_mode mode; } ways[] = {{true, MF_TLS_IMPLICIT}, {false, MF_TLS_REQUIRED}, {false, MF_TLS_OFFERED}};
    for (size_t i = 0; i < 3; i++) {
        struct ssl_ctx_st *tls = fake_ca_issue(known, "fake.test other.test 127.0.0.1", -1, 30);
        struct probe p = try_it((struct fake_smtp_options){.tls = tls, .implicit_tls = ways[i].implicit, .starttls = !ways[i].implicit},
                                ways[i].mode, (struct mf_tls){.ca_file = fake_ca_file(known)}, "fake.test");
        assert_int_equal(p.sent.outcome, MF_SMTP_ACCEPTED);
        assert_true(p.sent.tls.used && p.sent.tls.verified);
        assert_string_equal(p.sent.tls.problem, "");
        assert_string_equal(p.sent.tls.version, "TLSv1.3");
        assert_contains(p.sent.tls.cipher, "AES");
        assert_string_equal(p.sent.tls.subject, "CN=fake.test");
        assert_string_equal(p.sent.tls.issuer, "CN=Known Test CA");
        assert_string_equal(p.sent.tls.names, "fake.test other.test 127.0.0.1");
        assert_in_range(p.sent.tls.days_left, 29, 30);
        assert_true(p.sent.tls.not_after > (long long)(mf_now() / MF_SECOND) + 29LL * 86400);
        assert_int_equal(p.sent.offers_starttls, !ways[i].implicit);
        fake_tls_free(&tls);
    }
}

static void the_chain_that_is_shown_is_noted_for_who_asks_for_it(void **state)
{
    (void)state;
    struct ssl_ctx_st *tls = fake_ca_issue(known, "fake.test", -1, 30);
    for (int trusted = 0; trusted < 2; trusted++) {
        struct mf_chain_seen chain = {.count = 7};
        wanted_chain = &chain;
        struct probe p = try_it((struct fake_smtp_options){.tls = tls, .starttls = true}, MF_TLS_REQUIRED,
                                (struct mf_tls){.ca_file = fake_ca_file(trusted ? known : unknown)}, "fake.test");
        wanted_chain = NULL;
        assert_int_equal(p.sent.outcome, trusted ? MF_SMTP_ACCEPTED : MF_SMTP_TROUBLE);
        assert_int_equal(chain.count, 1);
        unsigned char *der = NULL, sum[SHA256_DIGEST_LENGTH];
        int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(SSL_CTX_get0_certificate(tls)), &der);
        SHA256(der, (size_t)len, sum);
        char hex[2 * SHA256_DIGEST_LENGTH + 1];
        for (size_t i = 0; i < sizeof sum; i++)
            snprintf(hex + 2 * i, 3, "%02x", sum[i]);
        OPENSSL_free(der);
        assert_string_equal(chain.items[0].key_256, hex);
        assert_int_equal(strlen(chain.items[0].whole_256), 64);
        assert_int_equal(strlen(chain.items[0].whole_512), 128);
        assert_string_equal(chain.items[0].subject, "CN=fake.test");
        assert_false(chain.items[0].signs_below);
        assert_in_range(chain.items[0].days_left, 29, 30);
    }
    fake_tls_free(&tls);
}

static const struct bad { const char *names; int from, until; bool unknown; const char *tls_name, *problem; } bad[] = {
    {"other.test", -1, 30, false, "fake.test", "the certificate is not for fake.test but for other.test"},
    {"*.test", -1, 30, false, "a.fake.test", "the certificate is not for a.fake.test but for *.test"},
    {"fake.test", -1, 30, false, "127.0.0.1", "the certificate is not for 127.0.0.1 but for fake.test"},
    {"fake.test", -1, 30, true, "fake.test", "the certificate is issued by CN=Unknown Test CA, which is not among "},
    {"fake.test", -30, -2, false, "fake.test", "the certificate expired on 20"},
    {"fake.test", 2, 30, false, "fake.test", "the certificate is not valid yet"},
};
#define BAD (sizeof bad / sizeof bad[0])

static void a_wrong_certificate_is_refused_with_the_reason_and_nothing_is_said(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2 * BAD; i++) {
        const struct bad *b = &bad[i / 2];
        bool implicit = i % 2;
        struct ssl_ctx_st *tls = fake_ca_issue(b->unknown ? unknown : known, b->names, b->from, b->until);
        struct probe p = try_it((struct fake_smtp_options){.tls = tls, .implicit_tls = implicit, .starttls = !implicit},
                                implicit ? MF_TLS_IMPLICIT : MF_TLS_REQUIRED, (struct mf_tls){.ca_file = fake_ca_file(known)}, b->tls_name);
        assert_int_equal(p.result, -1);
        assert_int_equal(p.sent.outcome, MF_SMTP_TROUBLE);
        assert_int_equal(p.sent.phase, MF_SMTP_TLS);
        assert_int_equal(p.sent.trouble.stage, MF_STAGE_TLS);
        assert_false(p.sent.trouble.temporary);
        assert_contains(p.d.title, "TLS: ");
        assert_contains(p.d.title, b->problem);
        assert_contains(p.sent.trouble.tls.problem, b->problem);
        assert_true(p.sent.tls.used && !p.sent.tls.verified);
        assert_true(p.d.hint[0] != '\0');
        assert_lacks(p.log, "MAIL");
        fake_tls_free(&tls);
    }
}

static void a_wrong_certificate_is_taken_and_recorded_where_it_is_not_judged(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2 * BAD; i++) {
        const struct bad *b = &bad[i / 2];
        bool offered = i % 2;
        struct ssl_ctx_st *tls = fake_ca_issue(b->unknown ? unknown : known, b->names, b->from, b->until);
        struct mf_tls settings = {.ca_file = fake_ca_file(known), .accept_invalid = offered ? NULL : "the lab is being rebuilt"};
        struct probe p = try_it((struct fake_smtp_options){.tls = tls, .starttls = true}, offered ? MF_TLS_OFFERED : MF_TLS_REQUIRED, settings, b->tls_name);
        assert_int_equal(p.sent.outcome, MF_SMTP_ACCEPTED);
        assert_true(p.sent.tls.used && !p.sent.tls.verified);
        assert_contains(p.sent.tls.problem, b->problem);
        fake_tls_free(&tls);
    }
}

static void required_tls_that_is_not_offered_is_trouble(void **state)
{
    (void)state;
    struct probe p = try_it((struct fake_smtp_options){.starttls = false}, MF_TLS_REQUIRED, (struct mf_tls){.ca_file = NULL}, "fake.test");
    assert_int_equal(p.result, -1);
    assert_contains(p.d.title, "TLS: the server does not offer STARTTLS, and TLS is required here");
    assert_contains(p.d.hint, "smtps://");
    assert_lacks(p.log, "MAIL");
}

static void required_tls_that_is_refused_is_a_refusal(void **state)
{
    (void)state;
    struct ssl_ctx_st *tls = fake_ca_issue(known, "fake.test", -1, 30);
    struct probe p = try_it((struct fake_smtp_options){.tls = tls, .starttls = true, .rules = {{.when = "STARTTLS", .act = FAKE_SAY, .say = "454 4.7.0 TLS not available\r\n"}}},
                            MF_TLS_REQUIRED, (struct mf_tls){.ca_file = NULL}, "fake.test");
    assert_int_equal(p.result, 0);
    assert_int_equal(p.sent.outcome, MF_SMTP_REFUSED);
    assert_int_equal(p.sent.phase, MF_SMTP_TLS);
    assert_int_equal(p.sent.reply.code, 454);
    fake_tls_free(&tls);
}

static void opportunistic_tls_goes_on_in_clear_where_it_is_not_to_be_had(void **state)
{
    (void)state;
    struct ssl_ctx_st *tls = fake_ca_issue(known, "fake.test", -1, 30);
    struct fake_smtp_options servers[] = {
        {.starttls = false},
        {.tls = tls, .starttls = true, .rules = {{.when = "STARTTLS", .act = FAKE_SAY, .say = "454 4.7.0 not now\r\n"}}},
        {.tls = tls, .starttls = true, .rules = {{.when = "HANDSHAKE", .act = FAKE_DROP, .connection = 1}}},
    };
    for (size_t i = 0; i < 3; i++) {
        struct probe p = try_it(servers[i], MF_TLS_OFFERED, (struct mf_tls){.ca_file = NULL}, "fake.test");
        assert_int_equal(p.sent.outcome, MF_SMTP_ACCEPTED);
        assert_false(p.sent.tls.used);
        if (i == 2)
            assert_contains(p.sent.tls.problem, "in clear text, since");
    }
    fake_tls_free(&tls);
}

static void tls_to_a_port_in_clear_text_is_told(void **state)
{
    (void)state;
    struct probe p = try_it((struct fake_smtp_options){.starttls = false}, MF_TLS_IMPLICIT, (struct mf_tls){.ca_file = NULL}, "fake.test");
    assert_int_equal(p.sent.trouble.stage, MF_STAGE_TLS);
    assert_contains(p.d.title, "TLS: the TLS handshake failed");
}

static void the_minimum_version_is_kept(void **state)
{
    (void)state;
    struct ssl_ctx_st *old = fake_ca_issue(known, "fake.test", -1, 30);
    SSL_CTX_set_max_proto_version(old, TLS1_2_VERSION);
    struct mf_tls both = {.ca_file = fake_ca_file(known)}, newest = {.ca_file = fake_ca_file(known), .minimum = "1.3"};
    struct probe p = try_it((struct fake_smtp_options){.tls = old, .implicit_tls = true}, MF_TLS_IMPLICIT, both, "fake.test");
    assert_string_equal(p.sent.tls.version, "TLSv1.2");
    assert_true(p.sent.tls.verified);
    p = try_it((struct fake_smtp_options){.tls = old, .implicit_tls = true}, MF_TLS_IMPLICIT, newest, "fake.test");
    assert_int_equal(p.sent.outcome, MF_SMTP_TROUBLE);
    assert_int_equal(p.sent.trouble.stage, MF_STAGE_TLS);
    fake_tls_free(&old);
}

static void a_client_certificate_is_shown_where_wanted(void **state)
{
    (void)state;
    struct ssl_ctx_st *tls = fake_ca_issue(known, "fake.test", -1, 30);
    fake_tls_want_client(tls, known);
    struct mf_tls with = {.ca_file = fake_ca_file(known), .certificate = fake_ca_issue_file(known, "client.test")}, without = {.ca_file = fake_ca_file(known)};
    struct probe p = try_it((struct fake_smtp_options){.tls = tls, .implicit_tls = true}, MF_TLS_IMPLICIT, with, "fake.test");
    assert_int_equal(p.sent.outcome, MF_SMTP_ACCEPTED);
    p = try_it((struct fake_smtp_options){.tls = tls, .implicit_tls = true}, MF_TLS_IMPLICIT, without, "fake.test");
    assert_int_equal(p.sent.outcome, MF_SMTP_TROUBLE);
    fake_tls_free(&tls);
}

static void files_that_are_not_there_are_named(void **state)
{
    (void)state;
    struct ssl_ctx_st *tls = fake_ca_issue(known, "fake.test", -1, 30);
    struct probe p = try_it((struct fake_smtp_options){.tls = tls, .implicit_tls = true}, MF_TLS_IMPLICIT, (struct mf_tls){.ca_file = "/nowhere/ca.pem"}, "fake.test");
    assert_contains(p.d.title, "the CA file /nowhere/ca.pem can't be read");
    p = try_it((struct fake_smtp_options){.tls = tls, .implicit_tls = true}, MF_TLS_IMPLICIT,
               (struct mf_tls){.ca_file = fake_ca_file(known), .certificate = "/nowhere/client.pem"}, "fake.test");
    assert_contains(p.d.title, "the client certificate /nowhere/client.pem or its key can't be used");
    fake_tls_free(&tls);
}

static void a_large_message_goes_through_tls_byte_for_byte(void **state)
{
    (void)state;
    struct ssl_ctx_st *tls = fake_ca_issue(known, "fake.test", -1, 30);
    struct mf_tls trusted = {.ca_file = fake_ca_file(known)};
    struct fake_smtp *smtp = fake_smtp_start(&(struct fake_smtp_options){.tls = tls, .implicit_tls = true});
    struct mf_smtp_options options = {.endpoint = at_port(fake_smtp_port(smtp), MF_TLS_IMPLICIT, &trusted), .ehlo = "client.test"};
    struct mf_smtp *session = mf_smtp_new(&options);
    struct mf_smtp_recipient to = {.address = "bob@net-it.com"};
    struct mf_smtp_sent sent;
    struct mf_diag d = {.title = ""};
    size_t len = (size_t)9 << 20;
    char *message = malloc(len);
    for (size_t i = 0; i < len; i++)
        message[i] = i % 77 == 75 ? '\r' : i % 77 == 76 ? '\n' : i % 77 == 0 && i % 3 == 0 ? '.' : (char)('a' + i % 26);
    memcpy(message + len - 2, "\r\n", 2);
    assert_int_equal(mf_smtp_send(session, "alice@net-it.com", &to, 1, (struct mf_bytes){message, len}, mf_now() + 30 * MF_SECOND, &sent, &d), 0);
    assert_int_equal(sent.outcome, MF_SMTP_ACCEPTED);
    assert_int_equal(fake_smtp_mail(smtp, 0).len, len);
    assert_memory_equal(fake_smtp_mail(smtp, 0).data, message, len);
    free(message);
    mf_smtp_free(&session);
    fake_smtp_stop(&smtp);
    fake_tls_free(&tls);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_right_certificate_is_verified_and_told),
        cmocka_unit_test(the_chain_that_is_shown_is_noted_for_who_asks_for_it),
        cmocka_unit_test(a_wrong_certificate_is_refused_with_the_reason_and_nothing_is_said),
        cmocka_unit_test(a_wrong_certificate_is_taken_and_recorded_where_it_is_not_judged),
        cmocka_unit_test(required_tls_that_is_not_offered_is_trouble),
        cmocka_unit_test(required_tls_that_is_refused_is_a_refusal),
        cmocka_unit_test(opportunistic_tls_goes_on_in_clear_where_it_is_not_to_be_had),
        cmocka_unit_test(tls_to_a_port_in_clear_text_is_told),
        cmocka_unit_test(the_minimum_version_is_kept),
        cmocka_unit_test(a_client_certificate_is_shown_where_wanted),
        cmocka_unit_test(files_that_are_not_there_are_named),
        cmocka_unit_test(a_large_message_goes_through_tls_byte_for_byte),
    };
    return cmocka_run_group_tests(tests, make_cas, free_cas) != 0;
}
