/* What a message holds: as sent, or as the expectation's own words want it; and the secondary's copy
 * against the primary's. */
#include "unit/test.h"

#include <stdio.h>

#include "build.h"

static struct build *b;
static struct mf_flow *flow;

static int open_world(void **state)
{
    (void)state;
    b = build_new();
    flow = build_flow(b, "Inbound mail", "probe", "alice");
    return 0;
}

static int close_world(void **state)
{
    (void)state;
    build_free(&b);
    return 0;
}

#define HEAD                                                                                                           \
    "From: probe@example.org\r\nTo: alice@net-it.com\r\nSubject: Inbound mail\r\nDate: Mon, 23 Nov 2026 02:31:40 "     \
    "+0000\r\nMessage-ID: <1@example.org>\r\n"
#define MULTI HEAD "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"x\"\r\n\r\n"
#define TEXT_PART "--x\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nHello Jörg.\r\n"
#define PDF_PART                                                                                                       \
    "--x\r\nContent-Type: application/pdf; name=\"a.pdf\"\r\nContent-Disposition: attachment; "                        \
    "filename=\"a.pdf\"\r\nContent-Transfer-Encoding: base64\r\n\r\n"

static void sent_and_arrived(const char *sent, const char *arrived)
{
    build_accept(b, flow, sent);
    build_copy(b, flow, "alice primary", "INBOX", mf_format(b->arena, "%s%s", build_through_gateway, arrived));
    build_judge(b);
}

/* Each case: what was sent, what arrived, which finding tells it (NULL: it is as sent). */
struct sample {
    const char *what, *sent, *arrived, *finding;
};
static const struct sample samples[] = {
    {"the same", HEAD "\r\nHello.\r\n", HEAD "\r\nHello.\r\n", NULL},
    {"refolded", HEAD "\r\nHello.\r\n",
     "From:\r\n probe@example.org\r\nTo: alice@net-it.com\r\nSubject:  Inbound\r\n mail\r\nDate: Mon, 23 Nov 2026 "
     "02:31:40 +0000\r\nMessage-ID:\r\n <1@example.org>\r\n\r\nHello.\r\n",
     NULL},
    {"blanks at line ends", HEAD "\r\nHello. \r\n\r\n", HEAD "\r\nHello.\r\n", NULL},
    {"re-encoded as quoted-printable",
     HEAD
     "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nJörg\r\n",
     HEAD "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: "
          "quoted-printable\r\n\r\nJ=C3=B6rg\r\n",
     NULL},
    {"subject tagged", HEAD "\r\nHello.\r\n",
     "From: probe@example.org\r\nTo: alice@net-it.com\r\nSubject: [EXT] Inbound mail\r\nDate: Mon, 23 Nov 2026 "
     "02:31:40 +0000\r\nMessage-ID: <1@example.org>\r\n\r\nHello.\r\n",
     "content.subject-changed"},
    {"Message-ID rewritten", HEAD "\r\nHello.\r\n",
     "From: probe@example.org\r\nTo: alice@net-it.com\r\nSubject: Inbound mail\r\nDate: Mon, 23 Nov 2026 02:31:40 "
     "+0000\r\nMessage-ID: <other@gateway>\r\n\r\nHello.\r\n",
     "content.header-changed"},
    {"Date gone", HEAD "\r\nHello.\r\n",
     "From: probe@example.org\r\nTo: alice@net-it.com\r\nSubject: Inbound mail\r\nMessage-ID: "
     "<1@example.org>\r\n\r\nHello.\r\n",
     "content.header-changed"},
    {"a Reply-To of somebody else is added", HEAD "\r\nHello.\r\n",
     "Reply-To: helpdesk@gateway.example\r\n" HEAD "\r\nHello.\r\n", "content.header-added"},
    {"a Reply-To that says what From says is added", HEAD "\r\nHello.\r\n",
     HEAD "Reply-To: <probe@example.org>\r\n\r\nHello.\r\n", NULL},
    {"Reply-To is led elsewhere", HEAD "Reply-To: sales@example.org\r\n\r\nHello.\r\n",
     HEAD "Reply-To: helpdesk@gateway.example\r\n\r\nHello.\r\n", "content.header-changed"},
    {"Cc is added", HEAD "\r\nHello.\r\n", HEAD "Cc: archive@gateway.example\r\n\r\nHello.\r\n",
     "content.header-added"},
    {"a receipt is asked for", HEAD "\r\nHello.\r\n",
     HEAD "Disposition-Notification-To: track@gateway.example\r\n\r\nHello.\r\n", "content.header-added"},
    {"fields that lead nowhere are added", HEAD "\r\nHello.\r\n", HEAD "X-Reply: a@b.example\r\n\r\nHello.\r\n",
     NULL},
    {"the text is gone", HEAD "\r\nOne\r\nTwo\r\n", HEAD "\r\n\r\n", "content.changed"},
    {"Bcc visible", HEAD "\r\nHello.\r\n", HEAD "Bcc: carol@net-it.com\r\n\r\nHello.\r\n", "content.bcc-visible"},
    {"footer", HEAD "\r\nHello.\r\n", HEAD "\r\nHello.\r\n--\r\nConfidential.\r\n", "content.footer-added"},
    {"banner", HEAD "\r\nHello.\r\n", HEAD "\r\nCAUTION: from outside\r\nHello.\r\n", "content.banner-added"},
    {"the charset's name is another", HEAD "Content-Type: text/plain; charset=utf-8\r\n\r\ngr\xC3\xBC\xC3\x9F\r\n",
     HEAD "Content-Type: text/plain; charset=iso-8859-1\r\n\r\ngr\xC3\xBC\xC3\x9F\r\n", "content.charset-changed"},
    {"converted to another charset, reads the same",
     HEAD "Content-Type: text/plain; charset=utf-8\r\n\r\ngr\xC3\xBC\xC3\x9F\r\n",
     HEAD "Content-Type: text/plain; charset=iso-8859-1\r\n\r\ngr\xFC\xDF\r\n", NULL},
    {"links in plain text and HTML",
     MULTI TEXT_PART "--x\r\nContent-Type: text/html\r\n\r\n<a href=\"http://x.test/a\">x</a>\r\n--x--\r\n",
     MULTI TEXT_PART "--x\r\nContent-Type: text/html\r\n\r\n<a href=\"http://safe.test/?a\">x</a>\r\n--x--\r\n",
     "content.links-rewritten"},
    {"words replaced", HEAD "\r\nOne\r\nbye\r\n", HEAD "\r\nTwo\r\nbye\r\n", "content.changed"},
    {"links rewritten", HEAD "\r\nSee http://x.test/ now\r\nbye\r\n",
     HEAD "\r\nSee https://safelinks/?u=x now\r\nbye\r\n", "content.links-rewritten"},
    {"attachment re-encoded", MULTI TEXT_PART PDF_PART "aGVsbG8gd29ybGQ=\r\n--x--\r\n",
     MULTI TEXT_PART PDF_PART "aGVsbG8g\r\nd29ybGQ=\r\n--x--\r\n", NULL},
    {"attachment changed", MULTI TEXT_PART PDF_PART "aGVsbG8gd29ybGQ=\r\n--x--\r\n",
     MULTI TEXT_PART PDF_PART "aGVsbG8gd29ybGE=\r\n--x--\r\n", "content.attachment-changed"},
    {"attachment stripped", MULTI TEXT_PART PDF_PART "aGVsbG8gd29ybGQ=\r\n--x--\r\n", MULTI TEXT_PART "--x--\r\n",
     "content.attachment-missing"},
    {"attachment added", MULTI TEXT_PART "--x--\r\n", MULTI TEXT_PART PDF_PART "aGVsbG8gd29ybGQ=\r\n--x--\r\n",
     "content.attachment-added"},
};

static void each_change_is_told_for_what_it_is(void **state)
{
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        open_world(state);
        sent_and_arrived(samples[i].sent, samples[i].arrived);
        size_t wanted = samples[i].finding ? 1 : 0;
        if (b->verdict->finding_count != wanted || (wanted && !build_finding(b, samples[i].finding)))
            fail_msg("%s: %zu findings, first %s", samples[i].what, b->verdict->finding_count,
                     b->verdict->finding_count ? b->verdict->findings[0]->kind->id : "none");
        close_world(state);
    }
}

static void what_a_rule_adds_for_all_is_a_warning_told_once(void **state)
{
    (void)state;
    struct mf_flow *flows[] = {flow, build_flow(b, "Another", "probe", "bob")};
    for (size_t i = 0; i < 2; i++) {
        build_accept(b, flows[i], NULL);
        build_copy(b, flows[i], i ? "bob primary" : "alice primary", "INBOX",
                   mf_format(b->arena, "%sReply-To: helpdesk@gateway.example\r\n%s", build_through_gateway,
                             build_message(b, flows[i])));
    }
    build_judge(b);
    const struct mf_finding *finding = build_finding(b, "content.header-added");
    assert_int_equal(b->verdict->finding_count, 1);
    assert_int_equal(finding->flow_count, 2);
    assert_int_equal(build_outcome(b, flow), MF_PASS);
    assert_string_equal(finding->title, "Reply-To is added on the way: helpdesk@gateway.example");
    assert_non_null(strstr(finding->why, "relay.hes.trendmicro.com"));
}

static void a_text_that_is_gone_is_told_so(void **state)
{
    (void)state;
    sent_and_arrived(HEAD "\r\nOne\r\nTwo\r\n", HEAD "\r\n\r\n");
    assert_non_null(strstr(build_finding(b, "content.changed")->why, "the text is gone: 2 lines were sent, none arrived"));
}

static void who_shows_bcc_is_told_by_whether_it_was_sent(void **state)
{
    static const struct {
        const char *sent, *fix;
    } cases[] = {{HEAD "\r\nx\r\n", "find the rule that adds \"Bcc: carol@net-it.com\""},
                 {HEAD "Bcc: carol@net-it.com\r\n\r\nx\r\n", "Let the submission server remove Bcc"}};
    for (size_t i = 0; i < 2; i++) {
        open_world(state);
        sent_and_arrived(cases[i].sent, HEAD "Bcc: carol@net-it.com\r\n\r\nx\r\n");
        assert_non_null(strstr(build_finding(b, "content.bcc-visible")->fix, cases[i].fix));
        close_world(state);
    }
}

/* Who gets the bounces of what was sent by probe@example.org to alice@net-it.com. */
static void an_envelope_sender_that_is_changed_is_a_warning(void **state)
{
    static const struct {
        const char *what, *return_path;
        bool told;
    } cases[] = {
        {"as sent", "<probe@example.org>", false},
        {"other letters", "<Probe@Example.ORG>", false},
        {"another of the same domain", "<billing@example.org>", true},
        {"another domain", "<probe@relay.example>", true},
        {"nobody", "<>", true},
        {"SRS of a forwarder", "<SRS0=a1b2=Q3=example.org=probe@forwarder.example>", false},
        {"SRS of a second forwarder", "<SRS1=a1b2=first.example==a1b2=Q3=example.org=probe@second.example>", false},
        {"VERP", "<bounces+alice=net-it.com@example.org>", false},
        {"VERP of a mailer", "<bounce-17-alice=net-it.com@mailer.example>", false},
        {"BATV", "<prvs=0123456789=probe@example.org>", false},
        {"BATV of another make", "<btv1==0123456789==probe@example.org>", false},
        {"an extension of the address", "<probe+17@example.org>", false},
        {"a domain for bounces", "<b-17@bounces.example.org>", false},
        {"a domain that only ends so", "<b-17@notexample.org>", true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        open_world(state);
        build_accept(b, flow, HEAD "\r\nHello.\r\n");
        build_copy(b, flow, "alice primary", "INBOX",
                   mf_format(b->arena, "Return-Path: %s\r\n%s" HEAD "\r\nHello.\r\n", cases[i].return_path,
                             build_through_gateway));
        build_judge(b);
        const struct mf_finding *finding = build_finding(b, "path.sender-changed");
        if (b->verdict->finding_count != cases[i].told || (finding != NULL) != cases[i].told)
            fail_msg("%s: %zu findings", cases[i].what, b->verdict->finding_count);
        assert_int_equal(build_outcome(b, flow), MF_PASS);
        close_world(state);
    }
}

static void a_domain_put_into_all_envelope_senders_is_told_once(void **state)
{
    (void)state;
    struct mf_flow *flows[] = {build_flow(b, "crm out", "crm", "probe"), build_flow(b, "crm in", "crm", "alice"),
                               build_flow(b, "billing in", "billing", "alice")};
    static const char *const at[] = {"probe", "alice primary", "alice primary"};
    for (size_t i = 0; i < 3; i++) {
        build_accept(b, flows[i], NULL);
        build_copy(b, flows[i], at[i], "INBOX",
                   mf_format(b->arena, "Return-Path: <b-%zu@mailer.example>\r\n%s%s", i, build_through_gateway,
                             build_message(b, flows[i])));
    }
    build_judge(b);
    assert_int_equal(build_findings(b, "path.sender-changed"), 1);
    assert_int_equal(build_finding(b, "path.sender-changed")->flow_count, 3);
}

static void a_tag_is_one_cause_for_all_messages_that_it_is_put_on(void **state)
{
    (void)state;
    struct mf_flow *second = build_flow(b, "Another", "probe", "bob");
    struct mf_flow *flows[] = {flow, second};
    for (size_t i = 0; i < 2; i++) {
        build_accept(b, flows[i], NULL);
        const char *message = build_message(b, flows[i]), *subject = strstr(message, "Subject: ");
        build_copy(b, flows[i], i ? "bob primary" : "alice primary", "INBOX",
                   mf_format(b->arena, "%s%.*sSubject: [EXT] %s", build_through_gateway, (int)(subject - message),
                             message, subject + 9));
    }
    build_judge(b);
    assert_int_equal(build_findings(b, "content.subject-changed"), 1);
    assert_int_equal(build_finding(b, "content.subject-changed")->flow_count, 2);
}

static struct mf_header_expect *expect_header(const char *name, const char *text, enum mf_match_kind kind, bool absent)
{
    struct mf_header_expect *header = mf_alloc(b->arena, sizeof *header);
    *header = (struct mf_header_expect){.name = name, .matcher = {.kind = kind, .text = text}, .absent = absent};
    flow->expects[0].headers = header;
    flow->expects[0].header_count = 1;
    return header;
}

static void headers_are_held_against_the_expectation(void **state)
{
    static const struct {
        const char *name, *text;
        enum mf_match_kind kind;
        bool absent;
        const char *finding;
    } cases[] = {
        {"X-Tag", "one", MF_MATCH_EQUAL, false, NULL},
        {"X-Tag", "two", MF_MATCH_EQUAL, false, NULL},
        {"X-Tag", "three", MF_MATCH_EQUAL, false, "header.differs"},
        {"X-Tag", "^t.o$", MF_MATCH_REGEX, false, NULL},
        {"X-None", "x", MF_MATCH_EQUAL, false, "header.missing"},
        {"X-None", NULL, MF_MATCH_EQUAL, true, NULL},
        {"X-Tag", NULL, MF_MATCH_EQUAL, true, "header.forbidden"},
        {"X-Tag", "^t", MF_MATCH_REGEX, true, "header.forbidden"},
        {"X-Tag", "^z", MF_MATCH_REGEX, true, NULL},
        {"Subject", "^\\[EXT\\] ", MF_MATCH_REGEX, false, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        open_world(state);
        expect_header(cases[i].name, cases[i].text, cases[i].kind, cases[i].absent);
        bool subject =
            strcmp(cases[i].name, "Subject") == 0; /* what is expected otherwise is not held against what was sent */
        sent_and_arrived(
            HEAD "\r\nx\r\n",
            subject ? "From: probe@example.org\r\nTo: alice@net-it.com\r\nSubject: [EXT] Inbound mail\r\nDate: Mon, 23 "
                      "Nov 2026 02:31:40 +0000\r\nMessage-ID: <1@example.org>\r\n\r\nx\r\n"
                    : HEAD "X-Tag: one\r\nX-Tag: two\r\n\r\nx\r\n");
        const char *told = b->verdict->finding_count ? b->verdict->findings[0]->kind->id : NULL;
        if (!mf_same(told, cases[i].finding))
            fail_msg("%s %s: %s", cases[i].name, cases[i].text ? cases[i].text : "(any)", told ? told : "nothing told");
        close_world(state);
    }
}

static void text_and_file_names_are_held_against_the_expectation(void **state)
{
    static struct mf_matcher good = {.kind = MF_MATCH_REGEX, .text = "Jörg"},
                             bad = {.kind = MF_MATCH_EQUAL, .text = "Hello"};
    static const char *pdf[] = {"a.pdf"}, *doc[] = {"b.doc"};
    static const struct {
        struct mf_matcher *text;
        const char **attach;
        const char *finding;
    } cases[] = {
        {&good, pdf, NULL},
        {&bad, pdf, "content.text-differs"},
        {&good, doc, "content.attachment-missing"},
    };
    for (size_t i = 0; i < 3; i++) {
        open_world(state);
        flow->expects[0].text = cases[i].text;
        flow->expects[0].attach = cases[i].attach;
        flow->expects[0].attach_count = 1;
        flow->expects[0].attach_given = true;
        sent_and_arrived(HEAD "\r\nsomething else\r\n", MULTI TEXT_PART PDF_PART "aGVsbG8gd29ybGQ=\r\n--x--\r\n");
        bool told = cases[i].finding ? build_finding(b, cases[i].finding) != NULL : b->verdict->finding_count == 0;
        if (!told)
            fail_msg("case %zu: %s", i, b->verdict->finding_count ? b->verdict->findings[0]->kind->id : "nothing told");
        close_world(state);
    }
}

static const char *with_footer(const struct mf_flow *of)
{
    return build_received(b, of, build_through_gateway, "--\r\nCopied by the gateway\r\n");
}

static void an_altered_copy_is_told_at_the_secondary_only(void **state)
{
    (void)state;
    struct mf_flow *copy = build_again(b, "Copy", flow, "alice secondary");
    build_accept(b, flow, NULL);
    build_copy(b, flow, "alice primary", "INBOX", NULL);
    build_copy(b, flow, "alice secondary", "INBOX", with_footer(flow));
    build_judge(b);
    assert_int_equal(build_outcome(b, flow), MF_PASS);
    assert_int_equal(build_outcome(b, copy), MF_FAIL);
    assert_int_equal(b->verdict->finding_count, 1);
    assert_non_null(build_finding(b, "copy.altered"));
    assert_string_equal(build_detail(b, copy), "copy altered");
}

/* Each case: what came to the primary, what to the secondary, what is told of the copy (NULL: it is the same). */
static const struct {
    const char *what, *primary, *secondary, *told;
} copies[] = {
    {"the same", HEAD "\r\nHello.\r\n", HEAD "\r\nHello.\r\n", NULL},
    {"trace fields", HEAD "\r\nHello.\r\n", "X-Journal: yes\r\nDelivered-To: a@b\r\n" HEAD "\r\nHello.\r\n", NULL},
    {"field added", HEAD "\r\nHello.\r\n", HEAD "List-Id: <copies>\r\n\r\nHello.\r\n", NULL},
    {"refolded", "Subject: one two\r\n\r\nHello.\r\n", "Subject: one\r\n two\r\n\r\nHello.\r\n", NULL},
    {"field re-encoded", "Subject: gr\xC3\xBC\xC3\x9F\r\n\r\nx\r\n", "Subject: =?utf-8?q?gr=C3=BC=C3=9F?=\r\n\r\nx\r\n",
     NULL},
    {"trailing blanks", HEAD "\r\nHello.\r\n", HEAD "\r\nHello. \r\n\r\n", NULL},
    {"body re-encoded", HEAD "Content-Type: text/plain; charset=utf-8\r\n\r\ngr\xC3\xBC\xC3\x9F\r\n",
     HEAD "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: "
          "quoted-printable\r\n\r\ngr=C3=BC=C3=9F\r\n",
     NULL},
    {"subject rewritten", "Subject: one\r\n\r\nHello.\r\n", "Subject: [J] one\r\n\r\nHello.\r\n",
     "field rewritten: Subject"},
    {"recipient rewritten", "To: alice@net-it.com\r\n\r\nx\r\n", "To: alice@continuity.example\r\n\r\nx\r\n",
     "field rewritten: To"},
    {"subject gone", "Subject: one\r\n\r\nHello.\r\n", "\r\nHello.\r\n", "field removed: Subject"},
    {"footer", HEAD "\r\nHello.\r\n", HEAD "\r\nHello.\r\n--\r\nArchived.\r\n", "footer appended: the text/plain part"},
    {"banner", HEAD "\r\nHello.\r\n", HEAD "\r\nCAUTION\r\nHello.\r\n", "banner prepended: the text/plain part"},
    {"links", HEAD "\r\nSee http://x.test/ now\r\n", HEAD "\r\nSee https://safe.test/?x now\r\n",
     "links rewritten: the text/plain part"},
    {"attachment stripped", MULTI TEXT_PART PDF_PART "aGVsbG8gd29ybGQ=\r\n--x--\r\n", MULTI TEXT_PART "--x--\r\n",
     "part removed: the attachment a.pdf"},
    {"attachment replaced", MULTI TEXT_PART PDF_PART "aGVsbG8gd29ybGQ=\r\n--x--\r\n",
     MULTI TEXT_PART PDF_PART "aGVsbG8gd29ybGE=\r\n--x--\r\n", "part replaced: the attachment a.pdf"},
    {"attachment re-encoded", MULTI TEXT_PART PDF_PART "aGVsbG8gd29ybGQ=\r\n--x--\r\n",
     MULTI TEXT_PART PDF_PART "aGVsbG8g\r\nd29ybGQ=\r\n--x--\r\n", NULL},
};

static void each_change_of_a_copy_is_told_for_what_it_is(void **state)
{
    for (size_t i = 0; i < sizeof copies / sizeof *copies; i++) {
        open_world(state);
        struct mf_flow *copy = build_again(b, "Copy", flow, "alice secondary");
        build_accept(b, flow, copies[i].primary);
        build_copy(b, flow, "alice primary", "INBOX",
                   mf_format(b->arena, "%s%s", build_through_gateway, copies[i].primary));
        build_copy(b, flow, "alice secondary", "INBOX",
                   mf_format(b->arena, "%s%s", build_through_gateway, copies[i].secondary));
        build_judge(b);
        const struct mf_finding *finding = build_finding(b, "copy.altered");
        if (!finding != !copies[i].told || (finding && !strstr(finding->why, copies[i].told)))
            fail_msg("%s: %s", copies[i].what, finding ? finding->why : build_detail(b, copy));
        if (!finding)
            assert_string_equal(build_detail(b, copy), "as at the primary");
        close_world(state);
    }
}

static void what_was_changed_for_both_is_told_once(void **state)
{
    (void)state;
    struct mf_flow *copy = build_again(b, "Copy", flow, "alice secondary");
    build_accept(b, flow, NULL);
    build_copy(b, flow, "alice primary", "INBOX", with_footer(flow));
    build_copy(b, flow, "alice secondary", "INBOX", with_footer(flow));
    build_judge(b);
    assert_int_equal(b->verdict->finding_count, 1);
    assert_true(build_hits(build_finding(b, "content.footer-added"), flow) &&
                build_hits(build_finding(b, "content.footer-added"), copy));
}

static void a_good_copy_is_not_blamed_for_an_altered_original(void **state)
{
    (void)state;
    struct mf_flow *copy = build_again(b, "Copy", flow, "alice secondary");
    build_accept(b, flow, NULL);
    build_copy(b, flow, "alice primary", "INBOX", with_footer(flow));
    build_copy(b, flow, "alice secondary", "INBOX", NULL);
    build_judge(b);
    assert_int_equal(build_outcome(b, copy), MF_PASS);
    assert_string_equal(build_detail(b, copy), "as sent");
    assert_int_equal(build_outcome(b, flow), MF_FAIL);
}

static void a_journal_report_is_unwrapped(void **state)
{
    (void)state;
    struct mf_flow *copy = build_again(b, "Copy", flow, "alice secondary");
    copy->expects[0].journal = true;
    build_accept(b, flow, NULL);
    build_copy(b, flow, "alice primary", "INBOX", NULL);
    build_copy(b, flow, "alice secondary", "INBOX",
               mf_format(b->arena,
                         "From: journal@net-it.com\r\nTo: x\r\nSubject: report\r\nMIME-Version: 1.0\r\nContent-Type: "
                         "multipart/mixed; boundary=\"j\"\r\n\r\n"
                         "--j\r\nContent-Type: text/plain\r\n\r\nSender: probe\r\n--j\r\nContent-Type: "
                         "message/rfc822\r\n\r\n%s\r\n--j--\r\n",
                         build_message(b, flow)));
    build_judge(b);
    if (build_outcome(b, copy) != MF_PASS)
        fail_msg("%s", b->verdict->findings[0]->why);
    assert_string_equal(build_detail(b, copy), "as at the primary");
}

/* ---- row 28: mail that an application makes wrongly ---- */

static void what_the_sender_forgot_or_dated_wrongly_is_told(void **state)
{
    (void)state;
    static const struct {
        const char *what, *fields, *finding, *words;
    } table[] = {
        {"all well", "Date: Mon, 23 Nov 2026 02:31:40 +0000\r\nMessage-ID: <1@example.org>\r\n", NULL, ""},
        {"no Date", "Message-ID: <1@example.org>\r\n", "message.no-date", "sent without Date, and arrived"},
        {"no Message-ID", "Date: Mon, 23 Nov 2026 02:31:40 +0000\r\n", "message.no-id", "sent without Message-ID, and arrived"},
        {"local time of India with +0000 behind it", "Date: Mon, 23 Nov 2026 08:01:40 +0000\r\nMessage-ID: <1@example.org>\r\n",
         "message.date-wrong", "+5:30 h off, whole quarters of an hour: a wrong time zone"},
        {"a battery that is empty", "Date: Sat, 01 Jan 2000 00:00:07 +0000\r\nMessage-ID: <1@example.org>\r\n", "message.date-wrong", "behind"},
        {"the same instant in another zone", "Date: Mon, 23 Nov 2026 08:01:40 +0530\r\nMessage-ID: <1@example.org>\r\n", NULL, ""},
        {"words", "Date: yesterday\r\nMessage-ID: <1@example.org>\r\n", "message.date-wrong", "no date by RFC 5322"},
    };
    static const char *const ids[] = {"message.no-date", "message.no-id", "message.date-wrong"};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        b->evidence->flows[flow->index].attempt_count = b->evidence->flows[flow->index].arrival_count = 0;
        const char *message = mf_format(b->arena, "From: probe@example.org\r\nTo: alice@net-it.com\r\nSubject: x\r\n%s\r\nHello.\r\n", table[i].fields);
        build_accept(b, flow, message);
        struct mf_rec_copy *copy = build_copy(b, flow, "alice primary", "INBOX", mf_format(b->arena, "%s%s", build_through_gateway, message));
        copy->hash = mf_format(b->arena, "copy %zu", i);
        b->evidence->flows[flow->index].attempts[0].intent.hash = mf_format(b->arena, "sent %zu", i);
        build_judge(b);
        for (size_t k = 0; k < 3; k++)
            if ((build_finding(b, ids[k]) != NULL) != mf_same(table[i].finding, ids[k]))
                fail_msg("%s: %s", table[i].what, ids[k]);
        if (table[i].finding && !strstr(build_finding(b, table[i].finding)->why, table[i].words))
            fail_msg("%s: %s", table[i].what, build_finding(b, table[i].finding)->why);
        assert_int_equal(build_outcome(b, flow), MF_PASS);
    }
}

static void what_a_server_added_is_told_with_its_value(void **state)
{
    (void)state;
    sent_and_arrived("From: probe@example.org\r\nTo: alice@net-it.com\r\nSubject: Inbound mail\r\n\r\nHello.\r\n", HEAD "\r\nHello.\r\n");
    assert_non_null(strstr(build_finding(b, "message.no-id")->why, "a server on the way added \"<1@example.org>\""));
    assert_null(build_finding(b, "content.header-changed"));
    static const struct mf_door submission = {.kind = MF_DOOR_SUBMISSION};
    static const struct mf_via via = {.kind = MF_VIA_DOORS, .door = &submission};
    flow->via = &via;
    build_judge(b);
    assert_int_equal(b->verdict->finding_count, 0); /* there it is the server's office (RFC 6409 8) */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)
int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_change_is_told_for_what_it_is),
        TEST(what_a_rule_adds_for_all_is_a_warning_told_once),
        TEST(a_text_that_is_gone_is_told_so),
        cmocka_unit_test(who_shows_bcc_is_told_by_whether_it_was_sent),
        cmocka_unit_test(an_envelope_sender_that_is_changed_is_a_warning),
        TEST(a_domain_put_into_all_envelope_senders_is_told_once),
        TEST(a_tag_is_one_cause_for_all_messages_that_it_is_put_on),
        cmocka_unit_test(headers_are_held_against_the_expectation),
        cmocka_unit_test(text_and_file_names_are_held_against_the_expectation),
        TEST(an_altered_copy_is_told_at_the_secondary_only),
        cmocka_unit_test(each_change_of_a_copy_is_told_for_what_it_is),
        TEST(what_was_changed_for_both_is_told_once),
        TEST(a_good_copy_is_not_blamed_for_an_altered_original),
        TEST(a_journal_report_is_unwrapped),
        TEST(what_the_sender_forgot_or_dated_wrongly_is_told),
        TEST(what_a_server_added_is_told_with_its_value),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
