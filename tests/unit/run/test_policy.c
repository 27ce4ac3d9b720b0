/* This reply ⇒ done, the next host, or another try: the one policy, as a table. Tries began at 100 s;
 * it is 101 s; nothing begins after 110 s. */
#include "unit/test.h"

#include "run/policy_internal.h"

#define AT(seconds) ((mf_usec)((double)(seconds) * 1e6))

enum { ONE_HOST = 0, MORE_HOSTS = 1 };
struct row {
    const char *proves;
    enum mf_smtp_outcome outcome;
    enum mf_smtp_phase phase;
    int code;
    const char *words;
    bool temporary, more_hosts, enough;
    int rounds;
    enum mf_policy_step step;
    double wait; /* for RETRY: from now, in seconds */
};

static const struct row rows[] = {
    {"taken is done", MF_SMTP_ACCEPTED, MF_SMTP_END_OF_DATA, 250, "ok", 0, 0, 0, 1, MF_POLICY_DONE, 0},
    {"taken, but one recipient was put off: again for him", MF_SMTP_ACCEPTED, MF_SMTP_END_OF_DATA, 450, "later", 0, 0, 0, 1, MF_POLICY_RETRY, 1},
    {"5xx is final", MF_SMTP_REFUSED, MF_SMTP_RCPT, 550, "no such user", 0, 0, 0, 1, MF_POLICY_DONE, 0},
    {"5xx is final also where other hosts are left", MF_SMTP_REFUSED, MF_SMTP_RCPT, 554, "no", 0, 1, 0, 1, MF_POLICY_DONE, 0},
    {"5xx in the greeting too", MF_SMTP_REFUSED, MF_SMTP_CONNECT, 554, "no service", 0, 1, 0, 1, MF_POLICY_DONE, 0},
    {"4xx is tried again after a second", MF_SMTP_REFUSED, MF_SMTP_RCPT, 451, "busy", 0, 0, 0, 1, MF_POLICY_RETRY, 1},
    {"then after two", MF_SMTP_REFUSED, MF_SMTP_RCPT, 451, "busy", 0, 0, 0, 2, MF_POLICY_RETRY, 2},
    {"then after four", MF_SMTP_REFUSED, MF_SMTP_RCPT, 451, "busy", 0, 0, 0, 3, MF_POLICY_RETRY, 4},
    {"a wait that would be too long is cut for one last try", MF_SMTP_REFUSED, MF_SMTP_RCPT, 451, "busy", 0, 0, 0, 5, MF_POLICY_RETRY, 8.5},
    {"4xx after RCPT stays with this host", MF_SMTP_REFUSED, MF_SMTP_RCPT, 451, "busy", 0, 1, 0, 1, MF_POLICY_RETRY, 1},
    {"4xx in the greeting: the next MX at once (RFC 5321 5.1)", MF_SMTP_REFUSED, MF_SMTP_CONNECT, 421, "busy", 0, 1, 0, 1, MF_POLICY_NEXT_HOST, 0},
    {"4xx after EHLO: the next MX at once", MF_SMTP_REFUSED, MF_SMTP_EHLO, 421, "busy", 0, 1, 0, 1, MF_POLICY_NEXT_HOST, 0},
    {"4xx in the greeting of the last MX: later", MF_SMTP_REFUSED, MF_SMTP_CONNECT, 421, "busy", 0, 0, 0, 1, MF_POLICY_RETRY, 1},
    {"the server says when: obeyed", MF_SMTP_REFUSED, MF_SMTP_RCPT, 450, "greylisted, try again in 5 seconds", 0, 0, 0, 1, MF_POLICY_RETRY, 5},
    {"the server says when, and that is too late", MF_SMTP_REFUSED, MF_SMTP_RCPT, 450, "greylisted, try again in 5 minutes", 0, 0, 0, 1, MF_POLICY_DONE, 0},
    {"a 4xx that is expected ends it", MF_SMTP_REFUSED, MF_SMTP_RCPT, 451, "busy", 0, 0, 1, 1, MF_POLICY_DONE, 0},
    {"lost after the data: never again", MF_SMTP_UNKNOWN, MF_SMTP_END_OF_DATA, 0, "", 1, 1, 0, 1, MF_POLICY_DONE, 0},
    {"unreachable: the next host", MF_SMTP_TROUBLE, MF_SMTP_CONNECT, 0, "", 1, 1, 0, 1, MF_POLICY_NEXT_HOST, 0},
    {"unreachable, the last host: later", MF_SMTP_TROUBLE, MF_SMTP_CONNECT, 0, "", 1, 0, 0, 1, MF_POLICY_RETRY, 1},
    {"wrong certificate, the last host: no use", MF_SMTP_TROUBLE, MF_SMTP_TLS, 0, "", 0, 0, 0, 1, MF_POLICY_DONE, 0},
    {"wrong certificate: another host may have a right one", MF_SMTP_TROUBLE, MF_SMTP_TLS, 0, "", 0, 1, 0, 1, MF_POLICY_NEXT_HOST, 0},
    {"trouble at the login: not at another address of the server", MF_SMTP_TROUBLE, MF_SMTP_AUTH, 0, "", 0, 1, 0, 1, MF_POLICY_DONE, 0},
};

static struct mf_policy ask(const struct row *row, mf_usec now)
{
    struct mf_policy_case it = {.outcome = row->outcome, .phase = row->phase, .code = row->code, .words = row->words,
                                .temporary = row->temporary, .more_hosts = row->more_hosts, .reply_is_enough = row->enough,
                                .rounds = row->rounds, .now = now, .first_try = AT(100), .accept_by = AT(110)};
    return mf_policy_after(&it);
}

static void each_answer_has_its_consequence(void **state)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct mf_policy policy = ask(&rows[i], AT(101));
        mf_usec wanted = AT(101) + (mf_usec)(rows[i].wait * 1e6);
        if (policy.step != rows[i].step || (policy.step == MF_POLICY_RETRY && policy.retry_at != wanted))
            fail_msg("%s: step %d, after %.1f s", rows[i].proves, policy.step, (double)(policy.retry_at - AT(101)) / 1e6);
    }
    (void)state;
}

static void nothing_is_tried_when_time_is_up(void **state)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct mf_policy policy = ask(&rows[i], AT(109.5));
        if (policy.step == MF_POLICY_RETRY)
            fail_msg("%s: tried again half a second before the end", rows[i].proves);
    }
    (void)state;
}

/* It could only be told as silent after 0 ms, in place of the one that was really waited for. */
static void the_next_host_is_not_tried_when_time_is_up(void **state)
{
    (void)state;
    struct row silent = {"", MF_SMTP_TROUBLE, MF_SMTP_CONNECT, 0, "", 1, MORE_HOSTS, 0, 1, MF_POLICY_NEXT_HOST, 0};
    assert_int_equal(ask(&silent, AT(109)).step, MF_POLICY_NEXT_HOST);
    assert_int_equal(ask(&silent, AT(110)).step, MF_POLICY_DONE);
}

static void a_first_hop_that_stays_unreachable_is_given_up_after_half_a_minute(void **state)
{
    struct mf_policy_case it = {.outcome = MF_SMTP_TROUBLE, .phase = MF_SMTP_CONNECT, .temporary = true, .words = "", .rounds = 6,
                                .first_try = AT(100), .accept_by = AT(1900)};
    it.now = AT(120);
    struct mf_policy policy = mf_policy_after(&it);
    assert_int_equal(policy.step, MF_POLICY_RETRY);
    assert_true(policy.retry_at <= AT(130));
    it.now = AT(129.5);
    assert_int_equal(mf_policy_after(&it).step, MF_POLICY_DONE);
    (void)state;
}

static void waits_never_grow_beyond_a_minute(void **state)
{
    struct mf_policy_case it = {.outcome = MF_SMTP_REFUSED, .phase = MF_SMTP_RCPT, .code = 451, .words = "", .rounds = 50,
                                .now = AT(200), .first_try = AT(100), .accept_by = AT(10000)};
    assert_int_equal(mf_policy_after(&it).retry_at, AT(260));
    (void)state;
}

static void words_about_waiting_are_understood_and_others_are_not(void **state)
{
    static const struct { const char *words; int seconds; } cases[] = {
        {"Greylisted, please try again in 300 seconds", 300},
        {"4.7.1 Greylisting in action, please come back in 00:05:00", 300},
        {"try again in 5 minutes", 300},
        {"Recipient address rejected: Greylisted for 2 min", 120},
        {"please retry in 30s", 30},
        {"Service unavailable, try again later", 0},
        {"too many messages, wait 1 hour", 3600},
        {"451 4.3.0 queue file write error 12 seconds ago", 0},
        {"try again at 192.0.2.5 sometime", 0},
        {"", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (mf_policy_wait_told(cases[i].words) != AT(cases[i].seconds))
            fail_msg("\"%s\" gives %lld ms", cases[i].words, (long long)(mf_policy_wait_told(cases[i].words) / 1000));
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_answer_has_its_consequence),
        cmocka_unit_test(nothing_is_tried_when_time_is_up),
        cmocka_unit_test(the_next_host_is_not_tried_when_time_is_up),
        cmocka_unit_test(a_first_hop_that_stays_unreachable_is_given_up_after_half_a_minute),
        cmocka_unit_test(waits_never_grow_beyond_a_minute),
        cmocka_unit_test(words_about_waiting_are_understood_and_others_are_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
