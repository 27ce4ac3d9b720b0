/* Refusals: those that are expected, and what those that are not are told as. */
#include "unit/test.h"

#include "build.h"

struct sample {
    const char *what, *from;
    int code;
    const char *enhanced, *text, *phase;
    const char *finding;
};
static const struct sample unexpected[] = {
    {"an application that is not registered", "crm", 554, "5.7.1", "Client host rejected: Access denied", "RCPT",
     "relay.denied"},
    {"its sender refused", "crm", 553, "5.7.1", "Sender address rejected: not owned", "MAIL", "smtp.sender-refused"},
    {"relaying, in words only", "crm", 550, "", "we do not relay", "RCPT", "relay.denied"},
    {"an unknown recipient", "alice", 550, "5.1.1", "User unknown", "RCPT", "smtp.recipient-unknown"},
    {"an unknown recipient, in words only", "alice", 550, "", "No such user here", "RCPT", "smtp.recipient-unknown"},
    {"too large", "alice", 552, "5.3.4", "Message too big", "END-OF-DATA", "smtp.too-large"},
    {"a loop", "alice", 554, "5.4.6", "Hop count exceeded", "RCPT", "path.loop"},
    {"anything else", "alice", 554, "5.6.0", "I don't like it", "END-OF-DATA", "smtp.refused"},
    {"policy, for a person", "alice", 550, "5.7.1", "Message rejected as spam", "END-OF-DATA", "smtp.blocked"},
    {"policy without words, after the data", "crm", 550, "5.7.1", "no", "END-OF-DATA", "smtp.refused"},
};

static void each_refusal_is_told_for_what_it_is(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof unexpected / sizeof *unexpected; i++) {
        const struct sample *sample = &unexpected[i];
        struct build *b = build_new();
        struct mf_flow *flow = build_flow(b, "Flow", sample->from, "bob");
        build_refuse(b, flow, sample->phase, sample->code, sample->enhanced, sample->text);
        build_judge(b);
        if (b->verdict->finding_count != 1 || !build_finding(b, sample->finding))
            fail_msg("%s: %s", sample->what,
                     b->verdict->finding_count ? b->verdict->findings[0]->kind->id : "nothing told");
        if (!strstr(b->verdict->findings[0]->why, sample->text))
            fail_msg("%s: the server's words are not told: %s", sample->what, b->verdict->findings[0]->why);
        build_free(&b);
    }
}

static const struct {
    const char *what;
    struct mf_reply_expect wanted;
    const char *phase;
    int code;
    const char *enhanced, *text;
    bool fits;
    const char *advice;
} expected[] = {
    {"any refusal", {0}, "RCPT", 550, "5.1.1", "User unknown", true, NULL},
    {"the code", {.code = "550"}, "RCPT", 550, "5.1.1", "User unknown", true, NULL},
    {"a class of codes", {.code = "55x"}, "RCPT", 554, "5.7.1", "no", true, NULL},
    {"another code", {.code = "551"}, "RCPT", 550, "5.1.1", "User unknown", false, NULL},
    {"a 4xx where 5xx is meant", {0}, "RCPT", 450, "4.2.0", "later", false, NULL},
    {"the enhanced code", {.enhanced = "5.1.1"}, "RCPT", 550, "5.1.1", "x", true, NULL},
    {"another enhanced code", {.enhanced = "5.7.1"}, "RCPT", 550, "5.1.1", "x", false, NULL},
    {"words", {.regex = "unknown"}, "RCPT", 550, "5.1.1", "User unknown", true, NULL},
    {"words in another case",
     {.regex = "UNKNOWN", .regex_nocase = true},
     "RCPT",
     550,
     "5.1.1",
     "User unknown",
     true,
     NULL},
    {"other words", {.regex = "spam"}, "RCPT", 550, "5.1.1", "User unknown", false, NULL},
    {"the phase", {.phase = MF_PHASE_RCPT, .code = "550"}, "RCPT", 550, "5.1.1", "x", true, NULL},
    {"another phase only",
     {.phase = MF_PHASE_MAIL, .code = "550"},
     "RCPT",
     550,
     "5.1.1",
     "x",
     false,
     "leave \"MAIL\" out"},
    {"phase and code differ", {.phase = MF_PHASE_MAIL, .code = "554"}, "RCPT", 550, "5.1.1", "x", false, NULL},
};

static void an_expected_refusal_fits_by_phase_code_and_words(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        struct build *b = build_new();
        struct mf_flow *flow = build_flow(b, "Flow", "alice", "nosuch@net-it.com");
        build_expect(b, flow, MF_EXPECT_REFUSED, NULL)->reply = expected[i].wanted;
        build_refuse(b, flow, expected[i].phase, expected[i].code, expected[i].enhanced, expected[i].text);
        build_judge(b);
        enum mf_outcome outcome = expected[i].fits ? MF_PASS : MF_FAIL;
        if (build_outcome(b, flow) != outcome)
            fail_msg("%s: %s", expected[i].what, mf_outcome_name(build_outcome(b, flow)));
        const struct mf_finding *finding = build_finding(b, "smtp.wrong-reply");
        assert_int_equal(finding != NULL, !expected[i].fits);
        if (finding && (strstr(finding->why, "leave") != NULL) != (expected[i].advice != NULL))
            fail_msg("%s: %s", expected[i].what, finding->why);
        build_free(&b);
    }
}

static void a_message_that_should_have_been_refused_and_was_taken_is_a_failure(void **state)
{
    (void)state;
    struct build *b = build_new();
    struct mf_flow *flow = build_flow(b, "Open relay", "probe", "victim@example.com");
    build_expect(b, flow, MF_EXPECT_REFUSED, NULL);
    build_accept(b, flow, NULL);
    build_judge(b);
    assert_int_equal(build_outcome(b, flow), MF_FAIL);
    assert_non_null(build_finding(b, "smtp.accepted-unexpectedly"));
    assert_string_equal(b->verdict->flows[0].route, "probe → victim@example.com");
    build_free(&b);
}

/* Who takes what he should refuse, and from whom for whom, is told apart. */
static void an_open_relay_and_a_way_in_around_the_gateway_are_told_as_that(void **state)
{
    (void)state;
    static const struct {
        const char *what, *server, *from, *to, *finding;
    } cases[] = {
        {"strangers' mail for strangers at the gateway", "gateway", "probe", "victim@example.com", "relay.open"},
        {"mail from outside at the primary's port 25", "primary", "probe", "alice", "path.bypass-open"},
        {"our own mail, which should be refused for another reason", "gateway", "crm", "victim@example.com",
         "smtp.accepted-unexpectedly"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct build *b = build_new();
        struct mf_flow *flow = build_flow(b, "Door", cases[i].from, cases[i].to);
        struct mf_door *door = mf_alloc(b->arena, sizeof *door);
        struct mf_via *via = mf_alloc(b->arena, sizeof *via);
        *door = (struct mf_door){.kind = MF_DOOR_SMTP, .server = mf_site_server(b->plan->site, cases[i].server)};
        *via = (struct mf_via){.door = door, .label = "the door"};
        flow->via = via;
        flow->expect_count = 0;
        build_expect(b, flow, MF_EXPECT_REFUSED, NULL);
        build_accept(b, flow, NULL);
        build_judge(b);
        if (!build_finding(b, cases[i].finding))
            fail_msg("%s: not told as %s", cases[i].what, cases[i].finding);
        build_free(&b);
    }
}

static void a_server_that_does_not_answer_refuses_nothing(void **state)
{
    (void)state;
    struct build *b = build_new();
    struct mf_flow *flow = build_flow(b, "Refused?", "alice", "nosuch@net-it.com");
    build_expect(b, flow, MF_EXPECT_REFUSED, NULL);
    build_trouble(b, flow, "connect", "connection refused");
    build_judge(b);
    assert_int_equal(build_outcome(b, flow), MF_ERROR);
    build_free(&b);
}

static void a_login_that_should_be_refused_and_is_passes(void **state)
{
    (void)state;
    struct build *b = build_new();
    struct mf_flow *flow = build_flow(b, "Wrong password", "alice", "nosuch@net-it.com");
    build_expect(b, flow, MF_EXPECT_REFUSED, NULL)->reply =
        (struct mf_reply_expect){.phase = MF_PHASE_AUTH, .code = "535"};
    build_refuse(b, flow, "AUTH", 535, "5.7.8", "authentication failed");
    build_judge(b);
    assert_int_equal(build_outcome(b, flow), MF_PASS);
    assert_string_equal(build_detail(b, flow), "refused 535 5.7.8");
    build_free(&b);
}

static void accepted_alone_looks_at_no_mailbox(void **state)
{
    (void)state;
    struct build *b = build_new();
    struct mf_flow *flow = build_flow(b, "Taken", "alice", "somebody@example.com");
    build_expect(b, flow, MF_EXPECT_ACCEPTED, NULL);
    build_accept(b, flow, NULL);
    build_judge(b);
    assert_int_equal(build_outcome(b, flow), MF_PASS);
    build_free(&b);
}

static void a_deferral_that_is_expected_is_the_first_answer(void **state)
{
    (void)state;
    for (int deferred = 0; deferred < 2; deferred++) {
        struct build *b = build_new();
        struct mf_flow *flow = build_flow(b, "Greylisting", "alice", "somebody@example.com");
        build_expect(b, flow, MF_EXPECT_DEFERRED, NULL);
        if (deferred)
            build_defer(b, flow, 451, "greylisted", BUILD_START + MF_SECOND);
        build_accept(b, flow, NULL);
        build_judge(b);
        assert_int_equal(build_outcome(b, flow), deferred ? MF_PASS : MF_FAIL);
        build_free(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_refusal_is_told_for_what_it_is),
        cmocka_unit_test(an_expected_refusal_fits_by_phase_code_and_words),
        cmocka_unit_test(a_message_that_should_have_been_refused_and_was_taken_is_a_failure),
        cmocka_unit_test(an_open_relay_and_a_way_in_around_the_gateway_are_told_as_that),
        cmocka_unit_test(a_server_that_does_not_answer_refuses_nothing),
        cmocka_unit_test(a_login_that_should_be_refused_and_is_passes),
        cmocka_unit_test(accepted_alone_looks_at_no_mailbox),
        cmocka_unit_test(a_deferral_that_is_expected_is_the_first_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
