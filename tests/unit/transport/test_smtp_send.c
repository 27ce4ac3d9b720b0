/* Sending over a connection in clear text: the transaction, its replies and phases. */
#include "transport_test.h"

#include "mailflow/smtp.h"

#define MESSAGE "From: alice@net-it.com\r\nTo: bob@net-it.com\r\nSubject: test\r\n\r\nHello\r\n"

struct sending {
    struct fake_smtp *server;
    struct mf_smtp *session;
    struct mf_smtp_recipient to[4];
    struct mf_smtp_sent sent;
    struct mf_diag d;
    int result;
};

static struct sending *begin(const struct fake_smtp_options *options)
{
    static const struct mf_tls none = {.ca_file = NULL};
    struct sending *s = calloc(1, sizeof *s);
    s->server = fake_smtp_start(options);
    struct mf_smtp_options session = {.endpoint = at_port(fake_smtp_port(s->server), MF_TLS_NONE, &none), .ehlo = "client.test"};
    s->session = mf_smtp_new(&session);
    s->to[0].address = "bob@net-it.com";
    s->to[1].address = "carol@net-it.com";
    s->to[2].address = "nobody@net-it.com";
    return s;
}

static void send_bytes(struct sending *s, size_t recipients, struct mf_bytes message)
{
    s->d = (struct mf_diag){.title = ""};
    s->result = mf_smtp_send(s->session, "alice@net-it.com", s->to, recipients, message, SOON, &s->sent, &s->d);
}

static void send_one(struct sending *s)
{
    send_bytes(s, 1, MF_BYTES(MESSAGE));
}

static void end(struct sending *s)
{
    mf_smtp_free(&s->session);
    fake_smtp_stop(&s->server);
    free(s);
}

static void a_message_is_taken_and_all_is_told(void **state)
{
    (void)state;
    struct sending *s = begin(&(struct fake_smtp_options){.implicit_tls = false});
    send_one(s);
    assert_int_equal(s->result, 0);
    assert_int_equal(s->sent.outcome, MF_SMTP_ACCEPTED);
    assert_int_equal(s->sent.phase, MF_SMTP_END_OF_DATA);
    assert_int_equal(s->sent.reply.code, 250);
    assert_string_equal(s->sent.reply.enhanced, "2.0.0");
    assert_string_equal(s->sent.reply.text, "Ok: queued as FAKE1");
    assert_string_equal(s->sent.queue_id, "FAKE1");
    assert_int_equal(s->to[0].reply.code, 250);
    assert_string_equal(s->sent.greeting, "220 fake.test ESMTP");
    assert_string_equal(s->sent.ehlo_name, "fake.test at your service");
    assert_int_equal(s->sent.size_limit, 10485760);
    assert_true(s->sent.offers_8bitmime && s->sent.offers_smtputf8 && s->sent.offers_size);
    assert_false(s->sent.offers_starttls || s->sent.offers_dsn || s->sent.tls.used || s->sent.reused);
    char peer[64];
    snprintf(peer, sizeof peer, "127.0.0.1:%d", fake_smtp_port(s->server));
    assert_string_equal(s->sent.peer, peer);
    assert_true(s->sent.started <= s->sent.mail_sent && s->sent.mail_sent <= s->sent.finished);
    assert_string_equal(fake_smtp_mail(s->server, 0).data, MESSAGE);
    assert_string_equal(fake_smtp_mail(s->server, 0).recipients, "RCPT TO:<bob@net-it.com>\n");
    char *log = fake_smtp_log(s->server);
    assert_contains(log, "EHLO client.test\n");
    free(log);
    end(s);
}

static void one_connection_serves_many_messages_and_says_quit(void **state)
{
    (void)state;
    struct sending *s = begin(&(struct fake_smtp_options){.implicit_tls = false});
    for (int i = 0; i < 5; i++) {
        send_one(s);
        assert_int_equal(s->sent.outcome, MF_SMTP_ACCEPTED);
        assert_int_equal(s->sent.reused, i > 0);
        assert_string_equal(s->sent.greeting, "220 fake.test ESMTP");
    }
    assert_int_equal(fake_smtp_connections(s->server), 1);
    mf_smtp_free(&s->session);
    mf_sleep_until(mf_now() + 50 * MF_MS);
    char *log = fake_smtp_log(s->server);
    assert_contains(log, "QUIT\n");
    free(log);
    end(s);
}

static void each_recipient_has_a_reply_of_its_own(void **state)
{
    (void)state;
    struct sending *s = begin(&(struct fake_smtp_options){.rules = {
        {.when = "RCPT TO:<carol@", .act = FAKE_SAY, .say = "450 4.2.0 greylisted\r\n"},
        {.when = "RCPT TO:<nobody@", .act = FAKE_SAY, .say = "550-5.1.1 no such\r\n550 5.1.1 user here\r\n"}}});
    send_bytes(s, 3, MF_BYTES(MESSAGE));
    assert_int_equal(s->sent.outcome, MF_SMTP_ACCEPTED);
    assert_int_equal(s->to[0].reply.code, 250);
    assert_int_equal(s->to[1].reply.code, 450);
    assert_string_equal(s->to[1].reply.enhanced, "4.2.0");
    assert_int_equal(s->to[2].reply.code, 550);
    assert_string_equal(s->to[2].reply.text, "no such user here");
    assert_string_equal(fake_smtp_mail(s->server, 0).recipients, "RCPT TO:<bob@net-it.com>\n");
    end(s);
}

static void all_recipients_refused_is_a_refusal_and_the_next_message_goes_over_the_same_connection(void **state)
{
    (void)state;
    struct sending *s = begin(&(struct fake_smtp_options){.rules = {{.when = "RCPT TO:<nobody@", .act = FAKE_SAY, .say = "550 5.1.1 no such user\r\n"}}});
    s->to[0].address = "nobody@net-it.com";
    send_one(s);
    assert_int_equal(s->result, 0);
    assert_int_equal(s->sent.outcome, MF_SMTP_REFUSED);
    assert_int_equal(s->sent.phase, MF_SMTP_RCPT);
    assert_int_equal(s->sent.reply.code, 550);
    assert_int_equal(s->to[0].reply.code, 550);
    s->to[0].address = "bob@net-it.com";
    send_one(s);
    assert_int_equal(s->sent.outcome, MF_SMTP_ACCEPTED);
    assert_int_equal(fake_smtp_connections(s->server), 1);
    char *log = fake_smtp_log(s->server);
    assert_contains(log, "RSET\n");
    free(log);
    end(s);
}

static void a_refusal_is_told_with_its_phase_and_words(void **state)
{
    (void)state;
    static const struct { const char *when, *say; enum mf_smtp_phase phase; int code; const char *enhanced; } cases[] = {
        {"GREETING", "554 5.3.2 no service here\r\n", MF_SMTP_CONNECT, 554, "5.3.2"},
        {"GREETING", "421 4.7.0 too many connections\r\n", MF_SMTP_CONNECT, 421, "4.7.0"},
        {"MAIL", "550 5.7.1 sender refused\r\n", MF_SMTP_MAIL, 550, "5.7.1"},
        {"MAIL", "452 4.3.1 disk full\r\n", MF_SMTP_MAIL, 452, "4.3.1"},
        {"RCPT", "451 4.7.1 try later\r\n", MF_SMTP_RCPT, 451, "4.7.1"},
        {"RCPT", "421 4.7.0 going down\r\n", MF_SMTP_RCPT, 421, "4.7.0"},
        {"DATA", "554 5.5.1 no valid recipients\r\n", MF_SMTP_DATA, 554, "5.5.1"},
        {".", "554 5.7.1 spam\r\n", MF_SMTP_END_OF_DATA, 554, "5.7.1"},
        {".", "451 queue file write error\r\n", MF_SMTP_END_OF_DATA, 451, ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sending *s = begin(&(struct fake_smtp_options){.rules = {{.when = cases[i].when, .act = FAKE_SAY, .say = cases[i].say}}});
        send_one(s);
        assert_int_equal(s->result, 0);
        assert_int_equal(s->sent.outcome, MF_SMTP_REFUSED);
        assert_int_equal(s->sent.phase, cases[i].phase);
        assert_int_equal(s->sent.reply.code, cases[i].code);
        assert_string_equal(s->sent.reply.enhanced, cases[i].enhanced);
        assert_string_equal(s->d.title, "");
        end(s);
    }
}

static void a_refused_ehlo_falls_back_to_helo(void **state)
{
    (void)state;
    struct sending *s = begin(&(struct fake_smtp_options){.rules = {{.when = "EHLO", .act = FAKE_SAY, .say = "502 5.5.1 never heard of it\r\n"}}});
    send_one(s);
    assert_int_equal(s->sent.outcome, MF_SMTP_ACCEPTED);
    assert_false(s->sent.offers_8bitmime);
    char *log = fake_smtp_log(s->server);
    assert_contains(log, "HELO client.test\n");
    assert_contains(log, "MAIL FROM:<alice@net-it.com>\n");
    free(log);
    end(s);
}

static void dots_and_the_last_line_break_are_right(void **state)
{
    (void)state;
    static const struct { const char *sent, *kept; } cases[] = {
        {".\r\n", ".\r\n"}, {"..\r\n.x\r\n", "..\r\n.x\r\n"}, {"a\r\n.\r\nb\r\n", "a\r\n.\r\nb\r\n"},
        {"no line break at the end", "no line break at the end\r\n"}, {"dot at the end\r\n.", "dot at the end\r\n.\r\n"},
        {"a\r\n\r\n.\r\n.\r\n..\r\n", "a\r\n\r\n.\r\n.\r\n..\r\n"}, {"", ""}, {"\r\n", "\r\n"},
    };
    struct sending *s = begin(&(struct fake_smtp_options){.implicit_tls = false});
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        send_bytes(s, 1, mf_bytes_of(cases[i].sent));
        assert_int_equal(s->sent.outcome, MF_SMTP_ACCEPTED);
        assert_string_equal(fake_smtp_mail(s->server, i).data, cases[i].kept);
    }
    end(s);
}

static void a_large_message_with_dots_everywhere_arrives_byte_for_byte(void **state)
{
    (void)state;
    size_t len = (size_t)20 << 20;
    char *message = malloc(len);
    for (size_t i = 0; i < len; i++)
        message[i] = "x.y\r\n.z..\r\n"[i % 11];
    memcpy(message + len - 2, "\r\n", 2);
    struct sending *s = begin(&(struct fake_smtp_options){.implicit_tls = false});
    send_bytes(s, 1, (struct mf_bytes){message, len});
    assert_int_equal(s->sent.outcome, MF_SMTP_ACCEPTED);
    assert_int_equal(fake_smtp_mail(s->server, 0).len, len);
    assert_memory_equal(fake_smtp_mail(s->server, 0).data, message, len);
    free(message);
    end(s);
}

static void a_message_beyond_what_mailflow_sends_is_not_begun(void **state)
{
    (void)state;
    size_t len = (size_t)73 << 20;
    char *message = calloc(1, len);
    struct sending *s = begin(&(struct fake_smtp_options){.implicit_tls = false});
    send_bytes(s, 1, (struct mf_bytes){message, len});
    assert_int_equal(s->sent.outcome, MF_SMTP_TROUBLE);
    assert_contains(s->d.title, "too large");
    free(message);
    end(s);
}

static void parameters_are_said_only_where_offered_and_needed(void **state)
{
    (void)state;
    static const struct { const char *offers, *from, *message, *line; } cases[] = {
        {"SIZE 1000", "alice@net-it.com", "x\r\n", "MAIL FROM:<alice@net-it.com> SIZE=3"},
        {"SIZE", "alice@net-it.com", "x\r\n", "MAIL FROM:<alice@net-it.com> SIZE=3"},
        {"8BITMIME", "alice@net-it.com", "x\r\n", "MAIL FROM:<alice@net-it.com>"},
        {"8BITMIME", "alice@net-it.com", "\xc3\xa4\r\n", "MAIL FROM:<alice@net-it.com> BODY=8BITMIME"},
        {"PIPELINING", "alice@net-it.com", "\xc3\xa4\r\n", "MAIL FROM:<alice@net-it.com>"},
        {"SMTPUTF8", "\xe0\xa4\x9c@net-it.com", "x\r\n", "MAIL FROM:<\xe0\xa4\x9c@net-it.com> SMTPUTF8"},
        {"SMTPUTF8", "alice@net-it.com", "x\r\n", "MAIL FROM:<alice@net-it.com>"},
        {"SIZE|8bitmime|SMTPUTF8", "", "\xc3\xa4\r\n", "MAIL FROM:<> SIZE=4 BODY=8BITMIME"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sending *s = begin(&(struct fake_smtp_options){.offers = cases[i].offers});
        assert_int_equal(mf_smtp_send(s->session, cases[i].from, s->to, 1, mf_bytes_of(cases[i].message), SOON, &s->sent, &s->d), 0);
        assert_int_equal(s->sent.outcome, MF_SMTP_ACCEPTED);
        assert_string_equal(fake_smtp_mail(s->server, 0).from, cases[i].line);
        end(s);
    }
}

static void notices_are_asked_for_in_xtext(void **state)
{
    (void)state;
    static const struct { struct mf_smtp_dsn dsn; const char *address, *mail, *rcpt; } cases[] = {
        {{"SUCCESS,DELAY", "HDRS", "run 7+1=x"}, "bob@net-it.com", "MAIL FROM:<alice@net-it.com> RET=HDRS ENVID=run+207+2B1+3Dx",
         "RCPT TO:<bob@net-it.com> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;bob@net-it.com\n"},
        {{"NEVER", NULL, NULL}, "bob+tag@net-it.com", "MAIL FROM:<alice@net-it.com>",
         "RCPT TO:<bob+tag@net-it.com> NOTIFY=NEVER ORCPT=rfc822;bob+2Btag@net-it.com\n"},
        {{NULL, "FULL", NULL}, "postmaster", "MAIL FROM:<alice@net-it.com> RET=FULL", "RCPT TO:<postmaster>\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sending *s = begin(&(struct fake_smtp_options){.offers = "DSN"});
        s->to[0].address = cases[i].address;
        mf_smtp_request_dsn(s->session, &cases[i].dsn);
        send_one(s);
        assert_int_equal(s->sent.outcome, MF_SMTP_ACCEPTED);
        assert_string_equal(fake_smtp_mail(s->server, 0).from, cases[i].mail);
        assert_string_equal(fake_smtp_mail(s->server, 0).recipients, cases[i].rcpt);
        end(s);
    }
}

static void notices_are_not_asked_for_where_they_are_not_offered(void **state)
{
    (void)state;
    static const struct mf_smtp_dsn dsn = {"NEVER", NULL, NULL};
    struct sending *s = begin(&(struct fake_smtp_options){.offers = "SIZE"});
    mf_smtp_request_dsn(s->session, &dsn);
    send_one(s);
    assert_int_equal(s->sent.outcome, MF_SMTP_TROUBLE);
    assert_contains(s->d.title, "does not offer DSN (RFC 3461)");
    assert_false(s->sent.trouble.temporary);
    end(s);
}

static void an_international_recipient_asks_for_smtputf8(void **state)
{
    (void)state;
    struct sending *s = begin(&(struct fake_smtp_options){.offers = "SMTPUTF8"});
    s->to[0].address = "r\xc3\xa4tin@b\xc3\xbc" "cher.example";
    send_one(s);
    assert_int_equal(s->sent.outcome, MF_SMTP_ACCEPTED);
    assert_string_equal(fake_smtp_mail(s->server, 0).from, "MAIL FROM:<alice@net-it.com> SMTPUTF8");
    assert_string_equal(fake_smtp_mail(s->server, 0).recipients, "RCPT TO:<r\xc3\xa4tin@b\xc3\xbc" "cher.example>\n");
    end(s);
}

static void an_international_address_is_not_sent_to_a_server_without_smtputf8(void **state)
{
    (void)state;
    struct sending *s = begin(&(struct fake_smtp_options){.offers = "8BITMIME"});
    s->to[0].address = "r\xc3\xa4tin@net-it.com";
    send_one(s);
    assert_int_equal(s->result, -1);
    assert_int_equal(s->sent.outcome, MF_SMTP_TROUBLE);
    assert_contains(s->d.title, "does not offer SMTPUTF8");
    assert_false(s->sent.trouble.temporary);
    char *log = fake_smtp_log(s->server);
    assert_lacks(log, "MAIL");
    free(log);
    end(s);
}

static void an_address_that_would_smuggle_commands_is_not_sent(void **state)
{
    (void)state;
    static const char *const addresses[] = {"bob@net-it.com>\r\nRCPT TO:<eve@evil.example", "bob\n@net-it.com", "<bob@net-it.com>", ""};
    struct sending *s = begin(&(struct fake_smtp_options){.implicit_tls = false});
    for (size_t i = 0; i < sizeof addresses / sizeof addresses[0]; i++) {
        s->to[0].address = addresses[i];
        send_one(s);
        assert_int_equal(s->result, -1);
        assert_contains(s->d.title, "can't be an address");
    }
    assert_int_equal(fake_smtp_connections(s->server), 0);
    end(s);
}

static void a_server_that_hung_up_between_two_messages_is_connected_to_again(void **state)
{
    (void)state;
    static const struct fake_rule rules[] = {
        {.when = ".", .act = FAKE_AFTER, .connection = 1},                                   /* closed right after the first */
        {.when = "MAIL FROM:<again@", .act = FAKE_DROP, .connection = 1},                    /* found out only when asking */
        {.when = "MAIL FROM:<again@", .act = FAKE_RESET, .connection = 1},
        {.when = "MAIL FROM:<again@", .act = FAKE_DROP, .say = "421 4.4.2 idle for too long\r\n", .connection = 1},
    };
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        struct sending *s = begin(&(struct fake_smtp_options){.rules = {rules[i]}});
        send_one(s);
        assert_int_equal(s->sent.outcome, MF_SMTP_ACCEPTED);
        mf_sleep_until(mf_now() + 20 * MF_MS);
        assert_int_equal(mf_smtp_send(s->session, "again@net-it.com", s->to, 1, MF_BYTES(MESSAGE), SOON, &s->sent, &s->d), 0);
        assert_int_equal(s->sent.outcome, MF_SMTP_ACCEPTED);
        assert_false(s->sent.reused);
        assert_int_equal(fake_smtp_connections(s->server), 2);
        assert_int_equal(fake_smtp_count(s->server), 2);
        end(s);
    }
}

static void what_is_no_smtp_is_told_with_its_words(void **state)
{
    (void)state;
    static const struct { const char *when, *say, *words; } cases[] = {
        {"GREETING", "SSH-2.0-OpenSSH_9.2\r\n", "greeting: the server said something that is no SMTP reply: \"SSH-2.0-OpenSSH_9.2\""},
        {"GREETING", "* OK IMAP4 ready\r\n", "\"* OK IMAP4 ready\""},
        {"EHLO", "250-one\r\n251 other code\r\n", "\"251 other code\""},
        {"MAIL", "\x01\x02garbage\r\n", "\"\?\?garbage\""},
        {"RCPT", "999 what\r\n", "\"999 what\""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sending *s = begin(&(struct fake_smtp_options){.rules = {{.when = cases[i].when, .act = FAKE_SAY, .say = cases[i].say}}});
        send_one(s);
        assert_int_equal(s->result, -1);
        assert_int_equal(s->sent.outcome, MF_SMTP_TROUBLE);
        assert_contains(s->d.title, cases[i].words);
        assert_int_equal(fake_smtp_count(s->server), 0);
        end(s);
    }
}

static void garbage_after_the_final_dot_is_no_knowledge(void **state)
{
    (void)state;
    struct sending *s = begin(&(struct fake_smtp_options){.rules = {{.when = ".", .act = FAKE_SAY, .say = "what?\r\n"}}});
    send_one(s);
    assert_int_equal(s->result, 0);
    assert_int_equal(s->sent.outcome, MF_SMTP_UNKNOWN);
    end(s);
}

static void a_port_where_nobody_listens_is_told_with_host_port_phase_and_reason(void **state)
{
    (void)state;
    static const struct mf_tls none = {.ca_file = NULL};
    int port = fake_free_port();
    struct mf_smtp_options options = {.endpoint = at_port(port, MF_TLS_NONE, &none)};
    struct mf_smtp *session = mf_smtp_new(&options);
    struct mf_smtp_recipient to = {.address = "bob@net-it.com"};
    struct mf_smtp_sent sent;
    struct mf_diag d = {.title = ""};
    char wanted[200];
    assert_int_equal(mf_smtp_send(session, "alice@net-it.com", &to, 1, MF_BYTES(MESSAGE), SOON, &sent, &d), -1);
    snprintf(wanted, sizeof wanted, "test://fake.test (127.0.0.1:%d): connect: refused", port);
    assert_string_equal(d.title, wanted);
    assert_int_equal(sent.phase, MF_SMTP_CONNECT);
    assert_int_equal(sent.trouble.stage, MF_STAGE_CONNECT);
    assert_true(sent.trouble.temporary);
    assert_false(sent.trouble.timed_out);
    assert_contains(d.hint, "nc -vz 127.0.0.1");
    mf_smtp_free(&session);
}

static void a_source_address_that_is_not_ours_is_told(void **state)
{
    (void)state;
    static const struct mf_tls none = {.ca_file = NULL};
    struct fake_smtp *server = fake_smtp_start(&(struct fake_smtp_options){.implicit_tls = false});
    struct mf_smtp_options options = {.endpoint = at_port(fake_smtp_port(server), MF_TLS_NONE, &none)};
    options.endpoint.source = "203.0.113.77";
    struct mf_smtp *session = mf_smtp_new(&options);
    struct mf_smtp_sent sent;
    struct mf_diag d = {.title = ""};
    assert_int_equal(mf_smtp_probe(session, SOON, &sent, &d), -1);
    assert_contains(d.title, "can't connect from 203.0.113.77");
    mf_smtp_free(&session);
    fake_smtp_stop(&server);
}

static void a_source_address_of_ours_is_used_and_named_in_ehlo(void **state)
{
    (void)state;
    static const struct mf_tls none = {.ca_file = NULL};
    struct fake_smtp *server = fake_smtp_start(&(struct fake_smtp_options){.implicit_tls = false});
    struct mf_smtp_options options = {.endpoint = at_port(fake_smtp_port(server), MF_TLS_NONE, &none), .ehlo = "[127.0.0.9]"};
    options.endpoint.source = "127.0.0.9";
    struct mf_smtp *session = mf_smtp_new(&options);
    struct mf_smtp_sent sent;
    struct mf_diag d = {.title = ""};
    assert_int_equal(mf_smtp_probe(session, SOON, &sent, &d), 0);
    char *log = fake_smtp_log(server);
    assert_string_equal(log, "EHLO [127.0.0.9]\nQUIT\n");
    free(log);
    mf_smtp_free(&session);
    fake_smtp_stop(&server);
}

static void the_default_ehlo_is_a_full_name_or_an_address_literal(void **state)
{
    (void)state;
    static const struct mf_tls none = {.ca_file = NULL};
    struct fake_smtp *server = fake_smtp_start(&(struct fake_smtp_options){.implicit_tls = false});
    struct mf_smtp_options options = {.endpoint = at_port(fake_smtp_port(server), MF_TLS_NONE, &none)};
    struct mf_smtp *session = mf_smtp_new(&options);
    struct mf_smtp_sent sent;
    struct mf_diag d = {.title = ""};
    assert_int_equal(mf_smtp_probe(session, SOON, &sent, &d), 0);
    char *log = fake_smtp_log(server), name[256] = "";
    assert_int_equal(sscanf(log, "EHLO %255s", name), 1);
    assert_true(strchr(name, '.') && (name[0] != '[' || strcmp(name, "[127.0.0.1]") == 0));
    free(log);
    mf_smtp_free(&session);
    fake_smtp_stop(&server);
}

static bool say_no(void *context)
{
    struct sending *s = context;
    char *log = fake_smtp_log(s->server);
    assert_contains(log, "DATA\n"); /* asked after the 354 … */
    free(log);
    assert_int_equal(fake_smtp_count(s->server), 0); /* … and before the first byte */
    return false;
}

static bool say_yes(void *context)
{
    (*(int *)context)++;
    return true;
}

static void who_is_asked_before_the_data_may_still_say_no(void **state)
{
    (void)state;
    int asked = 0;
    struct sending *s = begin(&(struct fake_smtp_options){.rules = {{.when = "RCPT TO:<nobody@", .act = FAKE_SAY, .say = "550 5.1.1 no\r\n"}}});
    mf_smtp_ask_before_data(s->session, say_no, s);
    send_one(s);
    assert_int_equal(s->result, -1);
    assert_int_equal(s->sent.outcome, MF_SMTP_TROUBLE);
    assert_int_equal(s->sent.phase, MF_SMTP_DATA);
    mf_sleep_until(mf_now() + 50 * MF_MS);
    assert_int_equal(fake_smtp_count(s->server), 0);
    mf_smtp_ask_before_data(s->session, say_yes, &asked);
    send_one(s);
    assert_int_equal(s->sent.outcome, MF_SMTP_ACCEPTED);
    assert_int_equal(asked, 1);
    s->to[0].address = "nobody@net-it.com"; /* refused before: nothing to ask */
    send_one(s);
    assert_int_equal(s->sent.outcome, MF_SMTP_REFUSED);
    assert_int_equal(asked, 1);
    end(s);
}

static void a_probe_says_nothing_but_hello_and_quit(void **state)
{
    (void)state;
    struct sending *s = begin(&(struct fake_smtp_options){.implicit_tls = false});
    assert_int_equal(mf_smtp_probe(s->session, SOON, &s->sent, &s->d), 0);
    assert_int_equal(s->sent.outcome, MF_SMTP_ACCEPTED);
    assert_int_equal(s->sent.phase, MF_SMTP_EHLO);
    assert_int_equal(s->sent.size_limit, 10485760);
    char *log = fake_smtp_log(s->server);
    assert_string_equal(log, "EHLO client.test\nQUIT\n");
    free(log);
    end(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_is_taken_and_all_is_told),
        cmocka_unit_test(one_connection_serves_many_messages_and_says_quit),
        cmocka_unit_test(each_recipient_has_a_reply_of_its_own),
        cmocka_unit_test(all_recipients_refused_is_a_refusal_and_the_next_message_goes_over_the_same_connection),
        cmocka_unit_test(a_refusal_is_told_with_its_phase_and_words),
        cmocka_unit_test(a_refused_ehlo_falls_back_to_helo),
        cmocka_unit_test(dots_and_the_last_line_break_are_right),
        cmocka_unit_test(a_large_message_with_dots_everywhere_arrives_byte_for_byte),
        cmocka_unit_test(a_message_beyond_what_mailflow_sends_is_not_begun),
        cmocka_unit_test(parameters_are_said_only_where_offered_and_needed),
        cmocka_unit_test(notices_are_asked_for_in_xtext),
        cmocka_unit_test(notices_are_not_asked_for_where_they_are_not_offered),
        cmocka_unit_test(an_international_recipient_asks_for_smtputf8),
        cmocka_unit_test(an_international_address_is_not_sent_to_a_server_without_smtputf8),
        cmocka_unit_test(an_address_that_would_smuggle_commands_is_not_sent),
        cmocka_unit_test(a_server_that_hung_up_between_two_messages_is_connected_to_again),
        cmocka_unit_test(what_is_no_smtp_is_told_with_its_words),
        cmocka_unit_test(garbage_after_the_final_dot_is_no_knowledge),
        cmocka_unit_test(a_port_where_nobody_listens_is_told_with_host_port_phase_and_reason),
        cmocka_unit_test(a_source_address_that_is_not_ours_is_told),
        cmocka_unit_test(a_source_address_of_ours_is_used_and_named_in_ehlo),
        cmocka_unit_test(the_default_ehlo_is_a_full_name_or_an_address_literal),
        cmocka_unit_test(who_is_asked_before_the_data_may_still_say_no),
        cmocka_unit_test(a_probe_says_nothing_but_hello_and_quit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
