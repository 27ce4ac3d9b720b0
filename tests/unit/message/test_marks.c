/* Our messages are found whatever happened to them on the way, and only ours are proved ours. */
#include "unit/message/compose_testing.h"

#include <stdio.h>

static const char *const flow_ids[] = {"aaaaaaaaaaaa", FLOW, "cccccccccccc"};
static const char *const tokens[] = {"00000000000000aa", TOKEN, "00000000000000cc"};
static const struct mf_mark_key key = {RUN, test_secret, flow_ids, tokens, 3};

static struct mf_marks find(const char *bytes, long *flow)
{
    return mf_marks_find(mf_bytes_of(bytes), &key, flow);
}

static char *replaced(struct composed *c, const char *bytes, const char *old, const char *new)
{
    const char *at = strstr(bytes, old);
    if (!at)
        fail_msg("\"%s\" is not in it", old);
    return mf_format(c->arena, "%.*s%s%s", (int)(at - bytes), bytes, new, at + strlen(old));
}

static void our_own_message_is_proved_by_everything(void **state)
{
    struct composed *c = *state;
    long flow;
    c->wish.attempt = 3;
    compose(c);
    struct mf_marks marks = mf_marks_find(mf_text_bytes(&c->out), &key, &flow);
    assert_int_equal(flow, 1);
    assert_int_equal(marks.proof, MF_PROOF_OURS);
    assert_int_equal(marks.attempt, 3);
    assert_true(marks.mac_good && marks.in_header && marks.in_message_id && marks.in_subject && marks.in_body);
    assert_false(marks.in_reference);
    assert_string_equal(marks.run, RUN);
    assert_string_equal(marks.flow_id, FLOW);
    assert_string_equal(marks.token, TOKEN);
}

static void the_header_alone_is_enough(void **state)
{
    struct composed *c = *state;
    long flow;
    compose(c);
    const char *end = strstr(c->out.data, "\r\n\r\n");
    struct mf_marks marks = mf_marks_find((struct mf_bytes){c->out.data, (size_t)(end - c->out.data)}, &key, &flow);
    assert_int_equal(flow, 1);
    assert_int_equal(marks.proof, MF_PROOF_OURS);
    assert_false(marks.in_body);
}

struct change {
    const char *what, *old, *new;
    enum mf_proof proof;
    bool mac_good;
};

static void what_a_server_changes_leaves_what_proof_is_left(void **state)
{
    struct composed *c = *state;
    static const struct change rows[] = {
        {"nothing", "Auto-Submitted", "Auto-Submitted", MF_PROOF_OURS, true},
        {"X-Mailflow stripped", "X-Mailflow:", "X-Gone:", MF_PROOF_OURS, false},
        {"Message-ID replaced: the mark has its copy", "Message-ID: <mf.", "Message-ID: <other.", MF_PROOF_OURS, true},
        {"Message-ID taken out", "Message-ID:", "X-Old-Message-ID:", MF_PROOF_OURS, true},
        {"another flow in the mark: Message-ID proves", "flow=abc123abc123", "flow=cccccccccccc", MF_PROOF_OURS, false},
        {"another attempt in the mark", "attempt=1", "attempt=2", MF_PROOF_OURS, false},
        {"subject rewritten", "Subject: Test", "Subject: [EXTERNAL] Test", MF_PROOF_OURS, true},
        {"the mark unfolded", ";\r\n mac=", "; mac=", MF_PROOF_OURS, true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; ++i) {
        compose(c);
        long flow;
        struct mf_marks marks = find(replaced(c, c->out.data, rows[i].old, rows[i].new), &flow);
        if (flow != 1 || marks.proof != rows[i].proof || marks.mac_good != rows[i].mac_good)
            fail_msg("%s: flow %ld, proof %d, mac %d", rows[i].what, flow, (int)marks.proof, marks.mac_good);
    }
}

static void without_header_marks_the_token_only_finds(void **state)
{
    (void)state;
    static const struct { const char *what, *message; bool subject, body, reference; } cases[] = {
        {"in the subject", "Subject: Re: Test " TOKEN "\n\nthanks", true, false, false},
        {"in an encoded subject", "Subject: =?utf-8?b?w7wgMDEyMzQ1Njc4OWFiY2RlZg==?=\n\n", true, false, false},
        {"in the body", "Subject: x\n\n> run 7f3a, token " TOKEN ".\n", false, true, false},
        {"within a longer word", "Subject: x\n\nabc" TOKEN "def\n", false, true, false},
        {"cut by a soft line break", "Content-Transfer-Encoding: quoted-printable\n\n01234567=\n89abcdef\n", false, true, false},
        {"in base64", "Content-Transfer-Encoding: base64\n\neCAwMTIzNDU2Nzg5YWJjZGVmIHg=\n", false, true, false},
        {"in HTML", "Content-Type: text/html\n\n<p>" TOKEN "</p>\n", false, true, false},
        {"in UTF-16", "Content-Type: text/plain; charset=utf-16le\nContent-Transfer-Encoding: base64\n\n"
         "MAAxADIAMwA0ADUANgA3ADgAOQBhAGIAYwBkAGUAZgA=\n", false, true, false},
        {"in a reply's fields", "Subject: Re: x\nIn-Reply-To: <mf.7f3a." TOKEN ".2@x>\n\nhi", false, false, true},
        {"in a bounce that carries our message",
         "Subject: Undelivered\nContent-Type: multipart/report; boundary=b\n\n--b\n\nsorry\n--b\n"
         "Content-Type: message/rfc822\n\nX-Mailflow: run=7f3a; flow=abc123abc123; attempt=1; mac=0\n"
         "Message-ID: <mf.7f3a." TOKEN ".2@x>\n\nbody\n--b--\n", false, true, false},
        {"in a bounce that carries our message in base64",
         "Content-Type: message/rfc822\n\nContent-Transfer-Encoding: base64\n\nMDEyMzQ1Njc4OWFiY2RlZg==\n", false, true, false},
        {"in a Message-ID made of ours by somebody", "Message-ID: <reply-mf.7f3a." TOKEN ".2@x>\n\n", false, false, false},
        {"in a Message-ID of our run's form without attempt", "Message-ID: <mf.7f3a." TOKEN "@x>\n\n", false, false, false},
        {"in a mark without MAC", "X-Mailflow: run=7f3a; flow=abc123abc123; attempt=1\n\n", false, false, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        long flow;
        struct mf_marks marks = find(cases[i].message, &flow);
        if (flow != 1 || marks.proof != MF_PROOF_MARK || marks.in_subject != cases[i].subject ||
            marks.in_body != cases[i].body || marks.in_reference != cases[i].reference || marks.mac_good)
            fail_msg("%s: flow %ld, proof %d, s%d b%d r%d", cases[i].what, flow, (int)marks.proof, marks.in_subject,
                     marks.in_body, marks.in_reference);
    }
}

static void a_bounce_tells_flow_and_attempt_by_the_message_id_that_it_quotes(void **state)
{
    (void)state;
    long flow;
    struct mf_marks marks = find("Subject: failed\n\nMessage-ID: <mf.7f3a." TOKEN ".12@x>\n", &flow);
    assert_int_equal(flow, 1);
    assert_int_equal(marks.attempt, 12);
    assert_string_equal(marks.flow_id, FLOW);
}

static void an_answer_that_copies_our_mark_is_not_ours(void **state)
{
    struct composed *c = *state;
    compose(c);
    const char *mark = raw_field(c, "X-Mailflow");
    static const char *const heads[] = {"Auto-Submitted: auto-replied\r\n", "In-Reply-To: <x@y>\r\n",
                                        "Auto-Submitted: auto-notified\r\n"};
    for (size_t i = 0; i < 3; ++i) {
        long flow;
        struct mf_marks marks = find(mf_format(c->arena, "%s%sMessage-ID: <new@x>\r\n\r\nout of office", mark, heads[i]), &flow);
        assert_int_equal(flow, 1);
        assert_int_equal(marks.proof, MF_PROOF_MARK);
    }
}

static void nothing_of_another_run_or_secret_is_ours(void **state)
{
    struct composed *c = *state;
    static const unsigned char other_secret[32] = "another secret, thirty-two bytes";
    const struct mf_mark_key other_run = {"beef", test_secret, flow_ids, (const char *const[]){"x1", "x2", "x3"}, 3};
    const struct mf_mark_key other = {RUN, other_secret, flow_ids, (const char *const[]){"x1", "x2", "x3"}, 3};
    long flow;
    compose(c);
    struct mf_marks marks = mf_marks_find(mf_text_bytes(&c->out), &other_run, &flow);
    assert_int_equal(flow, -1);
    assert_int_equal(marks.proof, MF_PROOF_NONE);
    assert_true(marks.in_header);
    assert_string_equal(marks.run, RUN);
    marks = mf_marks_find(mf_text_bytes(&c->out), &other, &flow);
    assert_int_equal(marks.proof, MF_PROOF_MARK); /* it claims to be of this run and flow; nothing proves it */
    assert_false(marks.mac_good);
}

static void foreign_mail_has_no_marks(void **state)
{
    (void)state;
    static const char *const mails[] = {"", "Subject: hello\n\nhello\n", "X-Mailflow:\n\n", "X-Mailflow: ;;;=;=\n\n",
                                        "X-Mailflow: run=7f3a; flow=nobody; mac=00000000000000000000000000000000\n\n",
                                        "Message-ID: <mf.7f3a.ffffffffffffffff.1@x>\n\n", "Message-ID: <mf.>\n\n"};
    for (size_t i = 0; i < sizeof mails / sizeof *mails; ++i) {
        long flow = 5;
        struct mf_marks marks = find(mails[i], &flow);
        assert_int_equal(flow, -1);
        assert_int_equal(marks.proof, MF_PROOF_NONE);
        assert_string_equal(marks.token, "");
    }
}

static void a_forged_mark_does_not_hide_the_real_message_id(void **state)
{
    struct composed *c = *state;
    long flow;
    compose(c);
    const char *forged = "X-Mailflow: run=7f3a; flow=cccccccccccc; attempt=9; mac=00000000000000000000000000000000\r\n";
    struct mf_marks marks = find(mf_format(c->arena, "%s%s", forged, c->out.data), &flow);
    assert_int_equal(flow, 1);
    assert_int_equal(marks.proof, MF_PROOF_OURS);
    assert_int_equal(marks.attempt, 1);
    assert_true(marks.mac_good);
}

static void a_message_id_of_the_scenario_is_covered_by_the_mac(void **state)
{
    struct composed *c = *state;
    const struct mf_compose_header own = {"Message-ID", "<odd;id=\"x\"@scenario>"};
    long flow;
    c->wish.headers = &own;
    c->wish.header_count = 1;
    compose(c);
    struct mf_marks marks = mf_marks_find(mf_text_bytes(&c->out), &key, &flow);
    assert_int_equal(marks.proof, MF_PROOF_OURS);
    assert_true(marks.mac_good);
    assert_false(marks.in_message_id);
    marks = find(replaced(c, c->out.data, "<odd;id", "<odd;it"), &flow);
    assert_int_equal(marks.proof, MF_PROOF_MARK);
}

static void one_index_serves_ten_thousand_flows(void **state)
{
    struct composed *c = *state;
    enum { FLOWS = 10000 };
    const char **many_flows = mf_alloc_array(c->arena, FLOWS, sizeof *many_flows);
    const char **many_tokens = mf_alloc_array(c->arena, FLOWS, sizeof *many_tokens);
    for (int i = 0; i < FLOWS; ++i) {
        many_flows[i] = mf_format(c->arena, "f%d", i);
        many_tokens[i] = mf_format(c->arena, "%016llx", (i + 1ULL) * 0x9E3779B97F4A7C15ULL);
    }
    const struct mf_mark_key many = {RUN, test_secret, many_flows, many_tokens, FLOWS};
    struct mf_mark_index *index = mf_mark_index_new(&many);
    mf_usec start = mf_now();
    for (int i = 0; i < FLOWS; i += 7) {
        long flow;
        c->wish.flow_id = many_flows[i];
        c->wish.token = many_tokens[i];
        c->wish.subject = "x";
        compose(c);
        assert_int_equal(mf_mark_index_find(index, mf_text_bytes(&c->out), &flow).proof, MF_PROOF_OURS);
        assert_int_equal(flow, i);
        const char *quoted = mf_format(c->arena, "Subject: y\n\n> %s\n", many_tokens[i]);
        assert_int_equal(mf_mark_index_find(index, mf_bytes_of(quoted), &flow).proof, MF_PROOF_MARK);
        assert_int_equal(flow, i);
    }
    assert_true(mf_now() - start < 20 * MF_SECOND);
    mf_mark_index_free(&index);
    assert_null(index);
    mf_mark_index_free(&index);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, composed_set_up, composed_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(our_own_message_is_proved_by_everything),
        TEST(the_header_alone_is_enough),
        TEST(what_a_server_changes_leaves_what_proof_is_left),
        TEST(without_header_marks_the_token_only_finds),
        TEST(a_bounce_tells_flow_and_attempt_by_the_message_id_that_it_quotes),
        TEST(an_answer_that_copies_our_mark_is_not_ours),
        TEST(nothing_of_another_run_or_secret_is_ours),
        TEST(foreign_mail_has_no_marks),
        TEST(a_forged_mark_does_not_hide_the_real_message_id),
        TEST(a_message_id_of_the_scenario_is_covered_by_the_mac),
        TEST(one_index_serves_ten_thousand_flows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
