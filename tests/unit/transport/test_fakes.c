/* The fakes themselves, over a bare socket: a test that leans on a fake that misbehaves wrongly
 * proves nothing. */
#include "transport_test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fakes/fake_http.h"

static int dial(int port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct timeval patience = {3, 0};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    return fd;
}

/* Reads until `end` has come (or the connection ended) and says what came. */
static const char *hear(int fd, const char *end)
{
    static char text[20000];
    size_t len = 0;
    ssize_t n;
    text[0] = '\0';
    while (!strstr(text, end) && (n = recv(fd, text + len, sizeof text - 1 - len, 0)) > 0) {
        len += (size_t)n;
        text[len] = '\0';
    }
    return text;
}

static void tell(int fd, const char *text)
{
    assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

static const char *ask(int fd, const char *command, const char *end)
{
    tell(fd, command);
    return hear(fd, end);
}

static void the_smtp_fake_keeps_what_it_takes(void **state)
{
    (void)state;
    struct fake_smtp *smtp = fake_smtp_start(&(struct fake_smtp_options){.implicit_tls = false});
    int fd = dial(fake_smtp_port(smtp));
    assert_string_equal(hear(fd, "\r\n"), "220 fake.test ESMTP\r\n");
    assert_contains(ask(fd, "EHLO me\r\n", "250 HELP"), "250-SIZE 10485760\r\n");
    assert_contains(ask(fd, "DATA\r\n", "\r\n"), "554");
    assert_contains(ask(fd, "RCPT TO:<b>\r\n", "\r\n"), "503");
    assert_contains(ask(fd, "MAIL FROM:<a>\r\n", "\r\n"), "250");
    assert_contains(ask(fd, "MAIL FROM:<a>\r\n", "\r\n"), "503");
    assert_contains(ask(fd, "RCPT TO:<b>\r\n", "\r\n"), "250");
    assert_contains(ask(fd, "DATA\r\n", "\r\n"), "354");
    assert_contains(ask(fd, "x\r\n..y\r\n.\r\n", "\r\n"), "queued as FAKE1");
    assert_contains(ask(fd, "AUTH PLAIN\r\n", "\r\n"), "334");
    assert_string_equal(fake_smtp_mail(smtp, 0).data, "x\r\n.y\r\n");
    assert_string_equal(fake_smtp_mail(smtp, 0).from, "MAIL FROM:<a>");
    assert_int_equal(fake_smtp_count(smtp), 1);
    close(fd);
    fake_smtp_stop(&smtp);
    assert_null(smtp);
}

static void rules_say_hang_drop_reset_and_slow(void **state)
{
    (void)state;
    struct fake_smtp *smtp = fake_smtp_start(&(struct fake_smtp_options){.rules = {
        {.when = "GREETING", .act = FAKE_BEFORE, .say = "220-first\r\n", .connection = 1}, {.when = "NOOP", .act = FAKE_SAY, .say = "250 mine\r\n"},
        {.when = "MAIL FROM:<slow", .act = FAKE_SLOW, .ms = 100}, {.when = "HELP", .act = FAKE_DROP, .say = "421 bye\r\n"},
        {.when = "VRFY", .act = FAKE_RESET}, {.when = "EXPN", .act = FAKE_HANG}, {.when = "TURN", .act = FAKE_AFTER}}});
    int fd = dial(fake_smtp_port(smtp));
    assert_contains(hear(fd, "220 "), "220-first\r\n220 fake.test");
    assert_string_equal(ask(fd, "noop\r\n", "\r\n"), "250 mine\r\n");
    mf_usec started = mf_now();
    ask(fd, "MAIL FROM:<slow>\r\n", "\r\n");
    assert_took(started, 100 * MF_MS);
    assert_string_equal(ask(fd, "HELP\r\n", "nothing more"), "421 bye\r\n");
    close(fd);
    fd = dial(fake_smtp_port(smtp));
    assert_string_equal(hear(fd, "\r\n"), "220 fake.test ESMTP\r\n"); /* the rule was for the first connection */
    tell(fd, "VRFY x\r\n");
    char byte;
    assert_int_equal(recv(fd, &byte, 1, 0), -1);
    assert_int_equal(errno, ECONNRESET);
    close(fd);
    fd = dial(fake_smtp_port(smtp));
    hear(fd, "\r\n");
    assert_string_equal(ask(fd, "TURN\r\n", "nothing more"), "502 5.5.2 Error: command not recognized\r\n");
    close(fd);
    fd = dial(fake_smtp_port(smtp));
    hear(fd, "\r\n");
    tell(fd, "EXPN x\r\n");
    struct timeval short_patience = {0, 100000};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &short_patience, sizeof short_patience);
    assert_int_equal(recv(fd, &byte, 1, 0), -1);
    assert_int_equal(errno, EAGAIN);
    started = mf_now();
    fake_smtp_stop(&smtp); /* with a connection that hangs */
    assert_quick(started);
    close(fd);
}

static void the_imap_fake_holds_folders_and_tells_changes(void **state)
{
    (void)state;
    struct fake_imap *imap = fake_imap_start(&(struct fake_imap_options){.login = {.user = "u", .password = "p w"}});
    int fd = dial(fake_imap_port(imap));
    fake_imap_deliver_text(imap, "INBOX", "A: b\r\n\r\nhi\r\n");
    assert_contains(hear(fd, "\r\n"), "* OK fake.test ready");
    assert_contains(ask(fd, "a SELECT INBOX\r\n", "\r\n"), "a BAD");
    assert_contains(ask(fd, "b LOGIN u wrong\r\n", "\r\n"), "b NO [AUTHENTICATIONFAILED]");
    assert_contains(ask(fd, "c LOGIN u \"p w\"\r\n", "\r\n"), "c OK");
    assert_contains(ask(fd, "d SELECT Nowhere\r\n", "\r\n"), "d NO");
    assert_contains(ask(fd, "e SELECT INBOX\r\n", "e OK"), "* 1 EXISTS\r\n");
    assert_contains(ask(fd, "f UID FETCH 5:* (UID BODY.PEEK[HEADER])\r\n", "f OK"), "* 1 FETCH (UID 1 BODY[HEADER] {8}\r\nA: b\r\n\r\n)\r\n");
    assert_false(fake_imap_is_marked(imap, "INBOX", 1, "\\Seen"));
    ask(fd, "g UID FETCH 1 (BODY[])\r\n", "g OK");
    assert_true(fake_imap_is_marked(imap, "INBOX", 1, "\\Seen")); /* so that a missing PEEK would show */
    assert_contains(ask(fd, "h IDLE\r\n", "+"), "+ idling");
    fake_imap_deliver_text(imap, "INBOX", "x");
    assert_contains(hear(fd, "EXISTS"), "* 2 EXISTS");
    fake_imap_expunge(imap, "INBOX", 1);
    assert_contains(hear(fd, "EXPUNGE"), "* 1 EXPUNGE");
    assert_contains(ask(fd, "DONE\r\n", "h OK"), "h OK");
    assert_contains(ask(fd, "i UID FETCH 1:* (UID)\r\n", "i OK"), "* 1 FETCH (UID 2)");
    assert_contains(ask(fd, "j LOGOUT\r\n", "j OK"), "* BYE");
    close(fd);
    fake_imap_stop(&imap);
}

static void the_http_fake_answers_in_turn(void **state)
{
    (void)state;
    struct fake_http *http = fake_http_start(&(struct fake_http_options){.answers = {{.status = 200, .body = "one"}, {.status = 400, .body = "two"}}});
    static const char *const wanted[] = {"HTTP/1.1 200", "HTTP/1.1 400", "HTTP/1.1 400"};
    for (int i = 0; i < 3; i++) {
        int fd = dial(fake_http_port(http));
        assert_contains(ask(fd, "POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\na=b", i ? "two" : "one"), wanted[i]);
        close(fd);
    }
    assert_int_equal(fake_http_count(http), 3);
    assert_string_equal(fake_http_form(http, 2), "a=b");
    fake_http_stop(&http);
}

static long verify(struct fake_ca *trusted, struct ssl_ctx_st *server_tls, const char *name)
{
    struct fake_smtp *smtp = fake_smtp_start(&(struct fake_smtp_options){.tls = server_tls, .implicit_tls = true});
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_load_verify_file(context, fake_ca_file(trusted));
    SSL *ssl = SSL_new(context);
    int fd = dial(fake_smtp_port(smtp));
    SSL_set1_host(ssl, name);
    SSL_set_fd(ssl, fd);
    assert_int_equal(SSL_connect(ssl), 1);
    long result = SSL_get_verify_result(ssl);
    SSL_free(ssl);
    SSL_CTX_free(context);
    close(fd);
    fake_smtp_stop(&smtp);
    return result;
}

static void the_authority_issues_what_it_is_asked_for(void **state)
{
    (void)state;
    struct fake_ca *one = fake_ca_new("One"), *two = fake_ca_new("Two");
    static const struct { const char *names; int from, until; bool other; const char *name; long wanted; } cases[] = {
        {"a.test b.test", -1, 1, false, "b.test", X509_V_OK}, {"a.test", -1, 1, false, "c.test", X509_V_ERR_HOSTNAME_MISMATCH},
        {"a.test", -5, -1, false, "a.test", X509_V_ERR_CERT_HAS_EXPIRED}, {"a.test", 1, 5, false, "a.test", X509_V_ERR_CERT_NOT_YET_VALID},
        {"a.test", -1, 1, true, "a.test", X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ssl_ctx_st *tls = fake_ca_issue(cases[i].other ? two : one, cases[i].names, cases[i].from, cases[i].until);
        long result = verify(one, tls, cases[i].name);
        assert_true(result == cases[i].wanted || (cases[i].other && result == X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE));
        fake_tls_free(&tls);
    }
    char file[100];
    snprintf(file, sizeof file, "%s", fake_ca_file(one));
    fake_ca_free(&one);
    fake_ca_free(&two);
    assert_int_equal(access(file, F_OK), -1); /* nothing stays behind */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_smtp_fake_keeps_what_it_takes),
        cmocka_unit_test(rules_say_hang_drop_reset_and_slow),
        cmocka_unit_test(the_imap_fake_holds_folders_and_tells_changes),
        cmocka_unit_test(the_http_fake_answers_in_turn),
        cmocka_unit_test(the_authority_issues_what_it_is_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
