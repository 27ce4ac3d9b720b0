/* What became of the handing-over: the deciding word of all attempts, per recipient. */
#include "evidence_testing.h"

#define BOB "bob@net-it.com"
#define CAROL "carol@net-it.com"

struct step { /* one attempt: to whom, and what came back; outcome NULL: killed before an answer */
    const char *to, *outcome;
    int code, bob, carol; /* final reply; replies to RCPT, 0: none */
    bool retry;           /* another try is planned */
};
struct row {
    const char *proves;
    struct step steps[3];
    enum mf_handed bob, carol;
    int deciding, code, first_deferred; /* attempt for bob, its reply; 0: none */
};

static const struct row rows[] = {
    {"nothing was tried yet", {{0}}, MF_HANDED_NOT_YET, MF_HANDED_NOT_YET, 0, 0, 0},
    {"taken", {{"both", "accepted", 250, 250, 250, false}}, MF_HANDED_ACCEPTED, MF_HANDED_ACCEPTED, 1, 250, 0},
    {"one recipient refused, the other taken", {{"both", "accepted", 250, 550, 250, false}}, MF_HANDED_REFUSED, MF_HANDED_ACCEPTED, 1, 550, 0},
    {"one recipient deferred, the other taken", {{"both", "accepted", 250, 450, 250, true}}, MF_HANDED_DEFERRED, MF_HANDED_ACCEPTED, 1, 450, 1},
    {"deferred, then taken for that one alone", {{"both", "accepted", 250, 450, 250, true}, {"bob", "accepted", 250, 250, 0, false}},
     MF_HANDED_ACCEPTED, MF_HANDED_ACCEPTED, 2, 250, 1},
    {"refused as a whole after the data", {{"both", "refused", 554, 250, 250, false}}, MF_HANDED_REFUSED, MF_HANDED_REFUSED, 1, 554, 0},
    {"4xx after the data, to be tried again", {{"both", "refused", 451, 250, 250, true}}, MF_HANDED_DEFERRED, MF_HANDED_DEFERRED, 1, 451, 1},
    {"4xx and no more tries is a refusal", {{"both", "refused", 451, 250, 250, false}}, MF_HANDED_REFUSED, MF_HANDED_REFUSED, 1, 451, 1},
    {"4xx three times, the last one final", {{"both", "refused", 450, 0, 0, true}, {"both", "refused", 450, 0, 0, true}, {"both", "refused", 452, 0, 0, false}},
     MF_HANDED_REFUSED, MF_HANDED_REFUSED, 3, 452, 1},
    {"4xx, then 5xx", {{"both", "refused", 450, 0, 0, true}, {"both", "refused", 550, 0, 0, false}}, MF_HANDED_REFUSED, MF_HANDED_REFUSED, 2, 550, 1},
    {"lost after the data", {{"both", "unknown", 0, 250, 250, false}}, MF_HANDED_UNKNOWN, MF_HANDED_UNKNOWN, 1, 0, 0},
    {"lost after the data, but this one was refused before", {{"both", "unknown", 0, 550, 250, false}}, MF_HANDED_REFUSED, MF_HANDED_UNKNOWN, 1, 550, 0},
    {"killed between data and answer", {{"both", "killed", 0, 0, 0, false}}, MF_HANDED_UNKNOWN, MF_HANDED_UNKNOWN, 1, 0, 0},
    {"killed before the data: it was never handed over", {{"both", NULL, 0, 0, 0, false}}, MF_HANDED_NOT_YET, MF_HANDED_NOT_YET, 0, 0, 0},
    {"killed before the data, sent by resume", {{"both", NULL, 0, 0, 0, false}, {"both", "accepted", 250, 250, 250, false}},
     MF_HANDED_ACCEPTED, MF_HANDED_ACCEPTED, 2, 250, 0},
    {"the first hop could not be reached", {{"both", "trouble", 0, 0, 0, false}}, MF_HANDED_TROUBLE, MF_HANDED_TROUBLE, 1, 0, 0},
    {"unreachable first, then taken", {{"both", "trouble", 0, 0, 0, true}, {"both", "accepted", 250, 250, 250, false}}, MF_HANDED_ACCEPTED, MF_HANDED_ACCEPTED, 2, 250, 0},
    {"taken stays taken, whatever comes after", {{"both", "accepted", 250, 250, 250, false}, {"both", "refused", 550, 0, 0, false}},
     MF_HANDED_ACCEPTED, MF_HANDED_ACCEPTED, 1, 250, 0},
    {"5xx stays refused", {{"both", "refused", 550, 0, 0, false}, {"both", "accepted", 250, 250, 250, false}}, MF_HANDED_REFUSED, MF_HANDED_REFUSED, 1, 550, 0},
    {"unknown stays unknown: it is never sent again", {{"both", "unknown", 0, 250, 250, false}, {"both", "trouble", 0, 0, 0, false}},
     MF_HANDED_UNKNOWN, MF_HANDED_UNKNOWN, 1, 0, 0},
    {"tried for bob only", {{"bob", "accepted", 250, 250, 0, false}}, MF_HANDED_ACCEPTED, MF_HANDED_NOT_YET, 1, 250, 0},
    {"a command that took it has no replies to recipients", {{"both", "accepted", 0, 0, 0, false}}, MF_HANDED_ACCEPTED, MF_HANDED_ACCEPTED, 1, 0, 0},
};

static struct mf_flow_evidence *build(struct mf_arena *arena, const struct row *row)
{
    static const char *const both[] = {BOB, CAROL};
    struct mf_flow_evidence *flow = mf_alloc(arena, sizeof *flow);
    flow->attempts = mf_alloc_array(arena, 3, sizeof *flow->attempts);
    for (; flow->attempt_count < 3 && row->steps[flow->attempt_count].to; flow->attempt_count++) {
        const struct step *step = &row->steps[flow->attempt_count];
        struct mf_attempt *attempt = &flow->attempts[flow->attempt_count];
        attempt->intent = (struct mf_rec_intent){.attempt = (int)flow->attempt_count + 1, .rcpt = both, .rcpt_count = strcmp(step->to, "bob") ? 2 : 1};
        if (!step->outcome)
            continue;
        attempt->data_at = 70;
        if (strcmp(step->outcome, "killed") == 0)
            continue;
        struct mf_rec_rcpt *rcpt = mf_alloc_array(arena, 2, sizeof *rcpt);
        rcpt[0] = (struct mf_rec_rcpt){BOB, {step->bob, "", ""}};
        rcpt[1] = (struct mf_rec_rcpt){CAROL, {step->carol, "", ""}};
        struct mf_rec_sent *sent = mf_alloc(arena, sizeof *sent);
        *sent = (struct mf_rec_sent){.at = 77, .outcome = step->outcome, .phase = "END-OF-DATA", .reply = {step->code, "", ""}, .rcpt = rcpt,
                                     .rcpt_count = attempt->intent.rcpt_count, .retry_at = step->retry ? 99 : 0};
        attempt->sent = sent;
    }
    return flow;
}

static int number_of(const struct mf_attempt *attempt)
{
    return attempt ? attempt->intent.attempt : 0;
}

static void each_state_follows_from_the_attempts(void **state)
{
    struct mf_arena *arena = mf_arena_new();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct row *row = &rows[i];
        struct mf_flow_evidence *flow = build(arena, row);
        struct mf_handing bob = mf_evidence_handing(flow, "Bob@NET-IT.com"), carol = mf_evidence_handing(flow, CAROL);
        if (bob.state != row->bob || carol.state != row->carol || number_of(bob.attempt) != row->deciding ||
            bob.reply.code != row->code || number_of(bob.first_deferred) != row->first_deferred)
            fail_msg("%s: bob %d (attempt %d, %d, first deferred %d), carol %d", row->proves, bob.state, number_of(bob.attempt),
                     bob.reply.code, number_of(bob.first_deferred), carol.state);
        assert_int_equal(bob.accepted_at, bob.state == MF_HANDED_ACCEPTED ? 77 : 0);
        assert_non_null(bob.phase);
        assert_non_null(bob.reply.text);
    }
    mf_arena_free(&arena);
    (void)state;
}

static void a_flow_without_evidence_is_not_handed_over(void **state)
{
    assert_int_equal(mf_evidence_handing(NULL, BOB).state, MF_HANDED_NOT_YET);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_state_follows_from_the_attempts),
        cmocka_unit_test(a_flow_without_evidence_is_not_handed_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
