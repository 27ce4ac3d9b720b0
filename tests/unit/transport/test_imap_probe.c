/* The IMAP probe: connected by libcurl, logged in and looked at as in a run. */
#include "imap_test.h"

static struct fake_ca *ca;
static struct ssl_ctx_st *tls;

static int set_up(void **state)
{
    (void)state;
    ca = fake_ca_new("Test CA");
    tls = fake_ca_issue(ca, "fake.test", -1, 30);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fake_tls_free(&tls);
    fake_ca_free(&ca);
    return 0;
}

static struct mailbox *server(struct fake_imap_options options)
{
    options.tls = tls;
    struct mailbox *m = mailbox_new(options);
    m->options.endpoint.tls_mode = options.implicit_tls ? MF_TLS_IMPLICIT : MF_TLS_REQUIRED;
    m->tls.ca_file = fake_ca_file(ca);
    return m;
}

static int probe(struct mailbox *m, const char *folder, mf_usec deadline, struct mf_imap_probe *seen)
{
    m->d = (struct mf_diag){.title = ""};
    return mf_imap_probe(&m->options, folder, deadline, seen, &m->trouble, &m->d);
}

static void it_tells_certificate_login_and_folder(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        struct mailbox *m = server((struct fake_imap_options){.implicit_tls = i % 2, .starttls = !(i % 2), .mechanisms = i < 2 ? "SCRAM-SHA-256" : NULL, .greeting_tells = i % 2, .login_tells = i < 2});
        struct mf_imap_probe seen;
        fake_imap_deliver_text(m->server, "INBOX", "x\r\n");
        assert_int_equal(probe(m, "INBOX", SOON, &seen), 0);
        assert_true(seen.tls.used && seen.tls.verified && seen.folder_ok);
        assert_string_equal(seen.tls.names, "fake.test");
        assert_int_equal(seen.exists, 1);
        assert_contains(seen.capabilities, "UIDPLUS");
        char peer[64];
        snprintf(peer, sizeof peer, "127.0.0.1:%d", fake_imap_port(m->server));
        assert_string_equal(seen.peer, peer);
        char *log = fake_imap_log(m->server);
        assert_contains(log, "EXAMINE INBOX");
        assert_contains(log, "LOGOUT\n");
        free(log);
        mailbox_end(m);
    }
}

static void without_a_folder_it_stops_after_the_login(void **state)
{
    (void)state;
    struct mailbox *m = server((struct fake_imap_options){.implicit_tls = true});
    struct mf_imap_probe seen;
    assert_int_equal(probe(m, NULL, SOON, &seen), 0);
    assert_false(seen.folder_ok);
    char *log = fake_imap_log(m->server);
    assert_lacks(log, "EXAMINE");
    free(log);
    mailbox_end(m);
}

static void a_folder_that_is_not_there_is_told_with_the_rest(void **state)
{
    (void)state;
    struct mailbox *m = server((struct fake_imap_options){.implicit_tls = true});
    struct mf_imap_probe seen;
    assert_int_equal(probe(m, "Nowhere", SOON, &seen), -1);
    assert_false(seen.folder_ok);
    assert_true(seen.tls.verified);
    assert_contains(m->d.title, "to open the folder \"Nowhere\"");
    mailbox_end(m);
}

static void what_is_wrong_is_told_at_its_stage(void **state)
{
    (void)state;
    static const struct { struct fake_rule rule; enum mf_stage stage; const char *words; } cases[] = {
        {{.when = "GREETING", .act = FAKE_SAY, .say = "* BYE too many\r\n"}, MF_STAGE_GREETING, "the server ended the connection: too many"},
        {{.when = "GREETING", .act = FAKE_SAY, .say = "220 smtp here\r\n"}, MF_STAGE_GREETING, "no IMAP: \"220 smtp here\""},
        {{.when = "GREETING", .act = FAKE_DROP}, MF_STAGE_GREETING, "closed the connection"},
        {{.when = "LOGIN", .act = FAKE_SAY, .say = "$T NO [AUTHENTICATIONFAILED] no\r\n"}, MF_STAGE_LOGIN, "[AUTHENTICATIONFAILED] no"},
        {{.when = "LOGIN", .act = FAKE_DROP}, MF_STAGE_LOGIN, "closed the connection"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct mailbox *m = server((struct fake_imap_options){.implicit_tls = true, .rules = {cases[i].rule}});
        struct mf_imap_probe seen;
        assert_int_equal(probe(m, "INBOX", SOON, &seen), -1);
        assert_int_equal(m->trouble.stage, cases[i].stage);
        assert_contains(m->d.title, cases[i].words);
        mailbox_end(m);
    }
}

static void a_hang_anywhere_is_left_at_the_deadline(void **state)
{
    (void)state;
    static const char *const moments[] = {"GREETING", "CAPABILITY", "LOGIN", "EXAMINE"};
    for (size_t i = 0; i < 4; i++) {
        struct mailbox *m = server((struct fake_imap_options){.implicit_tls = true, .rules = {{.when = moments[i], .act = FAKE_HANG}}});
        struct mf_imap_probe seen;
        mf_usec started = mf_now();
        assert_int_equal(probe(m, "INBOX", started + 400 * MF_MS, &seen), -1);
        assert_took(started, 400 * MF_MS);
        assert_true(m->trouble.timed_out);
        mailbox_end(m);
    }
}

static void a_wrong_certificate_is_told(void **state)
{
    (void)state;
    struct mailbox *m = server((struct fake_imap_options){.starttls = true});
    struct mf_imap_probe seen;
    m->options.endpoint.tls_name = "other.test";
    assert_int_equal(probe(m, "INBOX", SOON, &seen), -1);
    assert_int_equal(m->trouble.stage, MF_STAGE_TLS);
    assert_contains(m->d.title, "the certificate is not for other.test but for fake.test");
    assert_string_equal(seen.tls.names, "fake.test");
    char *log = fake_imap_log(m->server);
    assert_lacks(log, "LOGIN");
    free(log);
    mailbox_end(m);
}

static void starttls_that_is_not_offered_is_told(void **state)
{
    (void)state;
    struct mailbox *m = server((struct fake_imap_options){.starttls = false});
    struct mf_imap_probe seen;
    assert_int_equal(probe(m, "INBOX", SOON, &seen), -1);
    assert_contains(m->d.title, "TLS: the server does not offer STARTTLS");
    assert_contains(m->d.hint, "imaps://");
    mailbox_end(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_tells_certificate_login_and_folder),
        cmocka_unit_test(without_a_folder_it_stops_after_the_login),
        cmocka_unit_test(a_folder_that_is_not_there_is_told_with_the_rest),
        cmocka_unit_test(what_is_wrong_is_told_at_its_stage),
        cmocka_unit_test(a_hang_anywhere_is_left_at_the_deadline),
        cmocka_unit_test(a_wrong_certificate_is_told),
        cmocka_unit_test(starttls_that_is_not_offered_is_told),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down) != 0;
}
