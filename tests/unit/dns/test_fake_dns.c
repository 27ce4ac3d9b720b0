/* The fake name server does what the other tests take for granted, seen through plain sockets. */
#include "unit/test.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fakes/fake_dns.h"

/* Question "a.test. A" or "b.test. A", id 0x0102. */
static const unsigned char question[] = "\1\2\1\0\0\1\0\0\0\0\0\0\1a\4test\0\0\1\0\1";
#define QUESTION_LEN (sizeof question - 1)

static int connect_to(struct fake_dns *fake, int type)
{
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_port = htons((unsigned short)fake_dns_port(fake)),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int s = socket(AF_INET, type, 0);
    assert_int_equal(connect(s, (struct sockaddr *)&at, sizeof at), 0);
    return s;
}

/* Asks over UDP; returns the length of the first reply, 0 when none came in 100 ms. */
static int ask_udp(struct fake_dns *fake, char label, unsigned char *reply, size_t size)
{
    unsigned char data[QUESTION_LEN];
    int s = connect_to(fake, SOCK_DGRAM);
    memcpy(data, question, sizeof data);
    data[13] = (unsigned char)label;
    assert_int_equal(send(s, data, sizeof data, 0), sizeof data);
    struct pollfd p = {.fd = s, .events = POLLIN};
    ssize_t len = poll(&p, 1, 100) > 0 ? recv(s, reply, size, 0) : 0;
    close(s);
    return (int)len;
}

#define RCODE(reply) ((reply)[3] & 15)
#define ANSWERS(reply) ((reply)[7])
#define IS_CUT(reply) (((reply)[2] & 2) != 0)
#define IS_AUTHORITATIVE(reply) (((reply)[2] & 4) != 0)

static struct fake_dns *fake;

static int start(void **state)
{
    (void)state;
    fake = fake_dns_start("127.0.0.1");
    return fake && fake_dns_add(fake, "a.test. 60 IN A 192.0.2.1") ? 0 : -1;
}

static int stop(void **state)
{
    (void)state;
    fake_dns_stop(&fake);
    return 0;
}

static void it_answers_and_denies(void **state)
{
    unsigned char reply[512];
    (void)state;
    assert_true(ask_udp(fake, 'a', reply, sizeof reply) > 30);
    assert_int_equal(reply[0] << 8 | reply[1], 0x0102);
    assert_int_equal(RCODE(reply), 0);
    assert_int_equal(ANSWERS(reply), 1);
    assert_true(IS_AUTHORITATIVE(reply));
    assert_true(ask_udp(fake, 'b', reply, sizeof reply) > 0);
    assert_int_equal(RCODE(reply), 3);
    assert_int_equal(fake_dns_asked(fake, "a.test"), 1);
    assert_int_equal(fake_dns_asked(fake, NULL), 2);
    fake_dns_remove(fake, "a.test.");
    ask_udp(fake, 'a', reply, sizeof reply);
    assert_int_equal(RCODE(reply), 3);
    assert_false(fake_dns_add(fake, "a.test. 60 IN A nonsense"));
}

static void it_misbehaves_as_told(void **state)
{
    unsigned char reply[512];
    (void)state;
    fake_dns_behave(fake, "a.test", FAKE_DNS_DROP, 0);
    assert_int_equal(ask_udp(fake, 'a', reply, sizeof reply), 0);
    fake_dns_behave(fake, "a.test", FAKE_DNS_SERVFAIL, 0);
    ask_udp(fake, 'a', reply, sizeof reply);
    assert_int_equal(RCODE(reply), 2);
    fake_dns_behave(fake, "a.test", FAKE_DNS_REFUSED, 0);
    ask_udp(fake, 'a', reply, sizeof reply);
    assert_int_equal(RCODE(reply), 5);
    fake_dns_behave(fake, "a.test", FAKE_DNS_WRONG_ID, 0);
    assert_true(ask_udp(fake, 'a', reply, sizeof reply) > 0);
    assert_int_equal(reply[1], 3);
    fake_dns_behave(fake, "a.test", FAKE_DNS_WRONG_QUESTION, 0);
    assert_true(ask_udp(fake, 'a', reply, sizeof reply) > 0);
    assert_memory_equal(reply + 12, "\5other", 6);
    fake_dns_behave(fake, "a.test", FAKE_DNS_GARBAGE, 0);
    assert_int_equal(ask_udp(fake, 'a', reply, sizeof reply), 7);
    fake_dns_behave(fake, "a.test", FAKE_DNS_SLOW, 60);
    assert_true(ask_udp(fake, 'a', reply, sizeof reply) > 30);
    fake_dns_behave(fake, "a.test", FAKE_DNS_SLOW, 300);
    assert_int_equal(ask_udp(fake, 'a', reply, sizeof reply), 0);
}

static void it_cuts_over_udp_and_tells_all_over_tcp(void **state)
{
    unsigned char reply[512], framed[QUESTION_LEN + 2] = {0, QUESTION_LEN};
    (void)state;
    fake_dns_behave(fake, "a.test", FAKE_DNS_TRUNCATE, 0);
    assert_true(ask_udp(fake, 'a', reply, sizeof reply) > 0);
    assert_true(IS_CUT(reply));
    assert_int_equal(ANSWERS(reply), 0);
    memcpy(framed + 2, question, QUESTION_LEN);
    int s = connect_to(fake, SOCK_STREAM);
    assert_int_equal(send(s, framed, sizeof framed, 0), sizeof framed);
    assert_true(recv(s, reply, 2, MSG_WAITALL) == 2);
    assert_true(recv(s, reply, reply[1], MSG_WAITALL) > 30);
    assert_int_equal(ANSWERS(reply), 1);
    assert_int_equal(fake_dns_asked_over_tcp(fake), 1);
    close(s);
}

static void it_can_be_stopped_twice_and_started_many_times(void **state)
{
    (void)state;
    for (int i = 0; i < 20; i++) {
        struct fake_dns *one = fake_dns_start("127.0.0.1");
        assert_non_null(one);
        assert_true(fake_dns_port(one) > 0);
        fake_dns_stop(&one);
        fake_dns_stop(&one);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(it_answers_and_denies, start, stop),
        cmocka_unit_test_setup_teardown(it_misbehaves_as_told, start, stop),
        cmocka_unit_test_setup_teardown(it_cuts_over_udp_and_tells_all_over_tcp, start, stop),
        cmocka_unit_test(it_can_be_stopped_twice_and_started_many_times),
    };
    return cmocka_run_group_tests_name("fakes: dns", tests, NULL, NULL) != 0;
}
