/* What a refusal is about, by codes and words: said to us by the first hop, or told by a bounce. */
#include "unit/test.h"

#include "unit/check/build.h"

static struct build *b;

static int open_world(void **state)
{
    (void)state;
    b = build_new();
    return 0;
}

static int close_world(void **state)
{
    (void)state;
    build_free(&b);
    return 0;
}

static const struct mf_finding *only_finding(const char *what, const char *id)
{
    const struct mf_finding *found = NULL;
    build_judge(b);
    for (size_t i = 0; i < b->verdict->finding_count; i++) {
        if (b->verdict->findings[i]->outcome == MF_PASS)
            continue;
        if (found)
            fail_msg("%s: %s is told beside %s", what, b->verdict->findings[i]->kind->id, found->kind->id);
        found = b->verdict->findings[i];
    }
    if (!found || strcmp(found->kind->id, id) != 0)
        fail_msg("%s: %s is told, not %s", what, found ? found->kind->id : "nothing", id);
    return found;
}

static void refusals_of_the_first_hop_are_told_by_what_they_are_about(void **state)
{
    static const struct {
        const char *what, *from, *to;
        int code;
        const char *enhanced, *words, *finding;
    } cases[] = {
        {"Postfix, size", "probe", "alice", 552, "5.3.4", "Message size exceeds fixed limit", "smtp.too-large"},
        {"552 without words", "probe", "alice", 552, "", "no", "smtp.too-large"},
        {"552 that is about the mailbox", "probe", "alice", 552, "5.2.2", "Mailbox full", "mailbox.full"},
        {"Dovecot, quota", "probe", "alice", 452, "4.2.2", "<alice@net-it.com> Quota exceeded (mailbox for user is full)", "mailbox.full"},
        {"unknown at Postfix", "probe", "alice", 550, "5.1.1", "Recipient address rejected: User unknown in virtual mailbox table", "smtp.recipient-unknown"},
        {"unknown at Exchange", "probe", "alice", 550, "5.1.10", "RESOLVER.ADR.RecipientNotFound", "smtp.recipient-unknown"},
        {"the gateway does not know the domain", "probe", "alice", 454, "4.7.1", "Relay access denied", "smtp.deferred"},
        {"the gateway does not know the domain, for good", "probe", "alice", 554, "5.7.1", "Relay access denied", "smtp.domain-not-served"},
        {"an application that is not registered", "crm", "probe", 554, "5.7.1", "Relay access denied", "relay.denied"},
        {"a sender that is not registered", "crm", "probe", 550, "5.7.1", "Sender address rejected: Access denied", "smtp.sender-refused"},
        {"a code goes before words", "crm", "alice", 550, "5.1.1", "Recipient address rejected: User unknown in relay recipient table", "smtp.recipient-unknown"},
        {"a user may not send as somebody else", "alice", "probe", 553, "5.7.1", "<alice@net-it.com>: Sender address rejected: not owned by user al", "smtp.sender-refused"},
        {"an EHLO name", "crm", "probe", 554, "5.7.1", "<crm>: Helo command rejected: need fully-qualified hostname", "smtp.helo-refused"},
        {"a refusal for SPF is no matter of relaying", "crm", "probe", 550, "5.7.1", "SPF fail: not authorized", "smtp.unauthenticated"},
        {"RFC 7372", "crm", "probe", 550, "5.7.23", "no", "smtp.unauthenticated"},
        {"Gmail, DMARC", "crm", "probe", 550, "5.7.26", "Unauthenticated email from net-it.com is not accepted due to domain's DMARC policy", "smtp.unauthenticated"},
        {"a rate", "crm", "probe", 450, "4.7.1", "Error: too much mail from 203.0.113.41", "smtp.rate-limited"},
        {"a volume", "crm", "probe", 550, "5.7.1", "daily sending limit exceeded", "smtp.rate-limited"},
        {"a blocklist", "crm", "probe", 554, "5.7.1", "Service unavailable; Client host [203.0.113.41] blocked using zen.spamhaus.org", "smtp.blocked"},
        {"no reverse name", "crm", "probe", 550, "5.7.25", "no", "smtp.blocked"},
        {"a virus filter", "probe", "alice", 554, "5.7.1", "virus Eicar-Test-Signature found", "smtp.blocked"},
        {"hops", "probe", "alice", 554, "5.4.6", "Too many hops", "path.loop"},
        {"a signer that can't sign is no matter of relaying", "crm", "probe", 550, "5.7.0", "DKIM signing error", "dkim.signer-broken"},
        {"a certificate of ours is wanted", "alice", "probe", 421, "4.7.1", "Error: No client certificate presented", "tls.client-certificate"},
        {"no SMTPUTF8", "alice", "probe", 553, "5.6.7", "SMTPUTF8 is required, but was not offered by host mx", "smtp.utf8-refused"},
        {"words of somebody else", "probe", "alice", 550, "", "go away", "smtp.refused"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        open_world(state);
        struct mf_flow *flow = build_flow(b, "Mail", cases[i].from, cases[i].to);
        if (cases[i].code < 500)
            build_defer(b, flow, cases[i].code, cases[i].words, 0);
        else
            build_refuse(b, flow, "RCPT", cases[i].code, cases[i].enhanced, cases[i].words);
        const struct mf_finding *finding = only_finding(cases[i].what, cases[i].finding);
        if (!strstr(finding->why, cases[i].words))
            fail_msg("%s: the server's words are not told: %s", cases[i].what, finding->why);
        close_world(state);
    }
}

static const char bounce[] =
    "From: MAILER-DAEMON@x\r\nTo: alice@net-it.com\r\nSubject: Undelivered\r\nMIME-Version: 1.0\r\n"
    "Content-Type: multipart/report; report-type=delivery-status; boundary=\"x\"\r\n\r\n--x\r\nContent-Type: "
    "message/delivery-status\r\n\r\n"
    "Reporting-MTA: dns; mail.net-it.com\r\n\r\nFinal-Recipient: rfc822; probe@example.org\r\nAction: failed\r\n"
    "Status: %s\r\n%sDiagnostic-Code: smtp; %s\r\n\r\n--x--\r\n";

static void a_bounce_is_told_by_what_it_is_about_with_who_refused_it(void **state)
{
    static const struct {
        const char *what, *status, *remote, *words, *finding, *scope;
    } cases[] = {
        {"size, with Remote-MTA", "5.3.4", "Remote-MTA: dns; relay.hes.trendmicro.com\r\n", "552 5.3.4 Message too big", "smtp.too-large", "gateway"},
        {"size, known before it was sent", "5.3.4", "", "message size 300405 exceeds size limit 102400 of server relay.hes.trendmicro.com[198.51.100.11]", "smtp.too-large", "gateway"},
        {"the primary is not registered", "5.7.1", "Remote-MTA: dns; relay.hes.trendmicro.com\r\n", "554 5.7.1 Relay access denied", "relay.denied", "mail.net-it.com"},
        {"a stranger's refusal is no matter of relaying", "5.7.1", "Remote-MTA: dns; mx.example.org\r\n", "554 5.7.1 Access denied", "mail.bounced", "probe@example.org"},
        {"DMARC outside", "5.7.26", "Remote-MTA: dns; mx.example.org\r\n", "550 5.7.26 DMARC policy", "smtp.unauthenticated", "outside"},
        {"full", "5.2.2", "Remote-MTA: dns; mx.example.org\r\n", "552 5.2.2 Quota exceeded", "mailbox.full", "probe@example.org"},
        {"unknown", "5.1.1", "Remote-MTA: dns; mx.example.org\r\n", "550 5.1.1 User unknown", "mail.bounced", "probe@example.org"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        open_world(state);
        struct mf_flow *flow = build_flow(b, "Outbound", "alice", "probe");
        build_accept(b, flow, NULL);
        build_copy(b, flow, "alice primary", "INBOX",
                   mf_format(b->arena, bounce, cases[i].status, cases[i].remote, cases[i].words));
        const struct mf_finding *finding = only_finding(cases[i].what, cases[i].finding);
        if (strcmp(finding->scope, cases[i].scope) != 0)
            fail_msg("%s: the scope is %s, not %s", cases[i].what, finding->scope, cases[i].scope);
        if (!strstr(finding->why, cases[i].words))
            fail_msg("%s: the server's words are not told: %s", cases[i].what, finding->why);
        close_world(state);
    }
}

static void the_mend_of_a_bounce_has_the_address_or_the_smart_host(void **state)
{
    static const struct {
        const char *what, *by, *words, *fix;
    } cases[] = {
        {"an address that is not registered", "relay.hes.trendmicro.com",
         "554 5.7.1 <mail.net-it.com[2001:db8:2::20]>: Client host rejected: Access denied",
         "Register 2001:db8:2::20 (mail.net-it.com)"},
        {"no address in the words", "relay.hes.trendmicro.com", "554 5.7.1 Relay access denied",
         "Register the address of mail.net-it.com"},
        {"handed to the way in, not to the relay", "in.hes.trendmicro.com", "554 5.7.1 Relay access denied",
         "set the smart host (relayhost) to relay.hes.trendmicro.com; now it is in.hes.trendmicro.com"},
        {"an address on a blocklist", "mx.example.org",
         "554 5.7.1 Service unavailable; Client host [198.51.100.11] blocked using zen.spamhaus.org",
         "take 198.51.100.11 off zen.spamhaus.org"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        open_world(state);
        struct mf_flow *flow = build_flow(b, "Outbound", "alice", "probe");
        build_accept(b, flow, NULL);
        build_copy(b, flow, "alice primary", "INBOX",
                   mf_format(b->arena, bounce, "5.7.1", mf_format(b->arena, "Remote-MTA: dns; %s\r\n", cases[i].by),
                             cases[i].words));
        build_judge(b);
        if (!strstr(b->verdict->findings[0]->fix, cases[i].fix))
            fail_msg("%s: %s", cases[i].what, b->verdict->findings[0]->fix);
        close_world(state);
    }
}

static void one_servers_trouble_at_two_doors_is_one_finding(void **state)
{
    (void)state;
    struct mf_flow *inbound = build_flow(b, "Inbound", "probe", "alice"), *crm = build_flow(b, "crm in", "crm", "alice");
    build_defer(b, inbound, 451, "Alias expansion error", 0);
    build_defer(b, crm, 451, "Alias expansion error", 0);
    for (size_t i = 0; i < b->plan->flow_count; i++) {
        const struct mf_flow_evidence *known = mf_evidence_flow(b->evidence, b->plan->flows[i].id);
        ((struct mf_rec_sent *)known->attempts[0].sent)->server = i ? "relay.hes.trendmicro.com" : "in.hes.trendmicro.com";
    }
    const struct mf_finding *finding = only_finding("two doors", "smtp.deferred");
    assert_true(build_hits(finding, inbound) && build_hits(finding, crm));
}

static void a_door_without_auth_is_no_wrong_password(void **state)
{
    (void)state;
    struct mf_flow *flow = build_flow(b, "Internal", "alice", "bob");
    build_trouble(b, flow, "login", "smtp://mail.net-it.com:587: AUTH: the server offers no AUTH here");
    const struct mf_finding *finding = only_finding("no AUTH", "smtp.auth-refused");
    assert_non_null(strstr(finding->title, "offers no login"));
    assert_non_null(strstr(finding->fix, "Switch AUTH on"));
    assert_null(strstr(finding->fix, "Check"));
}

static void who_refuses_an_outsider_has_a_rule_about_him(void **state)
{
    static const struct {
        const char *words, *finding, *title, *fix;
    } cases[] = {
        {"<probe@example.org>: Sender address rejected: Access denied", "smtp.sender-refused", "probe@example.org",
         "that refuses probe@example.org, or all of that domain"},
        {"<probe-host.example.org[203.0.113.11]>: Client host rejected: Access denied", "smtp.refused",
         "refuses the address 203.0.113.11", "that has 203.0.113.11, from which probe sends here"},
    };
    for (size_t i = 0; i < 2; i++) {
        open_world(state);
        struct mf_flow *flow = build_flow(b, "Inbound", "probe", "alice");
        build_refuse(b, flow, "RCPT", 554, "5.7.1", cases[i].words);
        const struct mf_finding *finding = only_finding(cases[i].words, cases[i].finding);
        if (!strstr(finding->title, cases[i].title) || !strstr(finding->fix, cases[i].fix))
            fail_msg("%s\n%s", finding->title, finding->fix);
        close_world(state);
    }
}

static void a_blocked_address_is_told_as_that_not_as_mail_taken_for_spam(void **state)
{
    (void)state;
    struct mf_flow *flow = build_flow(b, "crm", "crm", "probe");
    build_refuse(b, flow, "RCPT", 554, "5.7.1", "Client host [203.0.113.41] blocked using zen.spamhaus.org");
    const struct mf_finding *finding = only_finding("a blocklist", "smtp.blocked");
    assert_non_null(strstr(finding->title, "203.0.113.41 is on the blocklist zen.spamhaus.org"));
}

static const char inbound_bounce[] =
    "From: MAILER-DAEMON@x\r\nTo: probe@example.org\r\nSubject: Undelivered\r\nMIME-Version: 1.0\r\n"
    "Content-Type: multipart/report; report-type=delivery-status; boundary=\"x\"\r\n\r\n--x\r\nContent-Type: "
    "message/delivery-status\r\n\r\n"
    "Reporting-MTA: dns; in.hes.trendmicro.com\r\n\r\nFinal-Recipient: rfc822; alice@net-it.com\r\nAction: failed\r\n"
    "Status: 5.7.1\r\nRemote-MTA: dns; %s\r\nDiagnostic-Code: smtp; 554 5.7.1 %s\r\n\r\n--x--\r\n";

static void a_bounce_by_who_refused_whom_speaks_for_all_mail_to_that_address(void **state)
{
    static const struct {
        const char *what, *by, *words, *finding, *fix;
    } cases[] = {
        {"the gateway's destination is still the old hoster", "mx.oldhoster.example", "Relay access denied", "path.wrong-destination",
         "At in.hes.trendmicro.com, set the destination of net-it.com to mail.net-it.com"},
        {"the primary does not admit the gateway", "mail.net-it.com",
         "<relay.hes.trendmicro.com[198.51.100.11]>: Client host rejected: Access denied", "relay.gateway-refused", "198.51.100.11"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        open_world(state);
        struct mf_flow *inbound = build_flow(b, "Inbound", "probe", "alice"), *app = build_flow(b, "crm", "crm", "alice");
        build_accept(b, inbound, NULL);
        build_accept(b, app, NULL);
        build_copy(b, inbound, "probe", "INBOX", mf_format(b->arena, inbound_bounce, cases[i].by, cases[i].words));
        const struct mf_finding *finding = only_finding(cases[i].what, cases[i].finding);
        assert_true(build_hits(finding, app));
        if (!strstr(finding->fix, cases[i].fix))
            fail_msg("%s: the fix is %s", cases[i].what, finding->fix);
        close_world(state);
    }
}

static void a_bounce_about_another_address_than_it_was_sent_to_is_about_an_alias(void **state)
{
    static const char about_another[] =
        "From: MAILER-DAEMON@x\r\nTo: probe@example.org\r\nSubject: Undelivered\r\nMIME-Version: 1.0\r\n"
        "Content-Type: multipart/report; report-type=delivery-status; boundary=\"x\"\r\n\r\n--x\r\nContent-Type: "
        "message/delivery-status\r\n\r\nReporting-MTA: dns; mail.net-it.com\r\n\r\nFinal-Recipient: rfc822; "
        "%s@net-it.com\r\nAction: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1 User unknown\r\n\r\n--x--\r\n";
    static const struct {
        const char *about, *fix;
    } cases[] = {{"alice.smith", "It was sent to alice@net-it.com: correct the alias, forwarding or rewriting at mail.net-it.com"},
                 {"alice", "create the mailbox or alias there"}};
    for (size_t i = 0; i < 2; i++) {
        open_world(state);
        struct mf_flow *flow = build_flow(b, "Inbound", "probe", "alice");
        build_accept(b, flow, NULL);
        build_copy(b, flow, "probe", "INBOX", mf_format(b->arena, about_another, cases[i].about));
        const struct mf_finding *finding = only_finding(cases[i].about, "mail.bounced");
        if (!strstr(finding->fix, cases[i].fix))
            fail_msg("%s: %s", cases[i].about, finding->fix);
        close_world(state);
    }
}

static void mail_with_our_sender_that_is_missing_alone_is_looked_for_at_anti_spoofing(void **state)
{
    (void)state;
    struct mf_flow *inbound = build_flow(b, "Inbound", "probe", "alice"), *crm = build_flow(b, "crm in", "crm", "alice");
    build_accept(b, inbound, NULL);
    build_accept(b, crm, NULL);
    build_copy(b, inbound, "alice primary", "INBOX", build_received(b, inbound, build_through_gateway, ""));
    const struct mf_finding *finding = only_finding("our sender", "copy.missing");
    assert_non_null(strstr(finding->fix, "anti-spoofing rule at primary that refuses senders of net-it.com"));
}

static void who_refuses_for_dmarc_is_told_with_what_was_found_of_it(void **state)
{
    (void)state;
    struct mf_flow *flow = build_flow(b, "Outbound", "alice", "probe"), *crm = build_flow(b, "crm in", "crm", "alice");
    build_accept(b, flow, NULL);
    build_copy(b, flow, "alice primary", "INBOX",
               mf_format(b->arena, bounce, "5.7.26", "Remote-MTA: dns; mx.example.org\r\n", "550 5.7.26 DMARC policy"));
    build_accept(b, crm, NULL);
    build_copy(b, crm, "alice primary", "INBOX", build_received(b, crm, build_through_gateway, ""));
    build_judge(b);
    const struct mf_finding *finding = build_finding(b, "smtp.unauthenticated");
    assert_non_null(finding);
    assert_non_null(strstr(finding->why, "What this run found of it: Mail goes out unsigned"));
}

static void a_size_limit_met_at_the_door_and_behind_it_is_one_finding_with_the_number(void **state)
{
    (void)state;
    struct mf_flow *in = build_flow(b, "In", "crm", "alice"), *out = build_flow(b, "Out", "alice", "probe");
    build_refuse(b, in, "MAIL", 552, "5.3.4", "Message size exceeds fixed limit");
    struct mf_rec_sent *sent = mf_alloc(b->arena, sizeof *sent);
    *sent = *b->evidence->flows[in->index].attempts[0].sent;
    sent->server = "relay.hes.trendmicro.com";
    b->evidence->flows[in->index].attempts[0].sent = sent;
    build_accept(b, out, NULL);
    build_copy(b, out, "alice primary", "INBOX",
               mf_format(b->arena, bounce, "5.3.4", "",
                         "message size 300405 exceeds size limit 102400 of server relay.hes.trendmicro.com[192.0.2.1]"));
    const struct mf_finding *finding = only_finding("both", "smtp.too-large");
    assert_int_equal(finding->flow_count, 2);
    assert_non_null(strstr(finding->fix, "102400 octets"));
}

static void what_was_absorbed_is_named_in_the_finding(void **state)
{
    (void)state;
    struct mf_flow *flow = build_flow(b, "Outbound", "alice", "probe");
    build_accept(b, flow, NULL);
    build_copy(b, flow, "alice primary", "INBOX", mf_format(b->arena, bounce, "5.1.1", "", "550 5.1.1 User unknown"));
    const struct mf_finding *finding = only_finding("bounced", "mail.bounced");
    assert_int_equal(finding->explains_count, 1);
    assert_string_equal(finding->explains[0].id, "copy.missing");
    assert_ptr_equal(finding->explains[0].flow, flow);
}

static void mail_in_somebody_elses_mailbox_is_told_as_that(void **state)
{
    (void)state;
    struct mf_flow *flow = build_flow(b, "Inbound", "probe", "alice");
    build_accept(b, flow, NULL);
    build_copy(b, flow, "bob primary", "INBOX", NULL);
    const struct mf_finding *finding = only_finding("misdelivered", "copy.misdelivered");
    assert_non_null(strstr(finding->title, "bob primary"));
    assert_non_null(strstr(finding->fix, "alice@net-it.com to bob@net-it.com"));
}

static void mail_led_to_an_outsider_is_told_as_that_once(void **state)
{
    (void)state;
    struct mf_flow *inbound = build_flow(b, "Inbound", "probe", "alice"), *crm = build_flow(b, "crm in", "crm", "alice");
    build_accept(b, inbound, NULL);
    build_accept(b, crm, NULL);
    build_copy(b, inbound, "probe", "INBOX", build_received(b, inbound, build_through_gateway, ""));
    build_copy(b, crm, "probe", "INBOX", build_received(b, crm, build_through_gateway, ""));
    const struct mf_finding *finding = only_finding("led outside", "copy.misdelivered");
    assert_true(build_hits(finding, inbound) && build_hits(finding, crm));
    assert_non_null(strstr(finding->fix, "relay.hes.trendmicro.com that leads alice@net-it.com to probe@example.org"));
}

static void who_has_the_mailbox_and_passed_it_on_has_the_rule(void **state)
{
    (void)state;
    struct mf_flow *flow = build_flow(b, "Internal", "alice", "bob");
    build_accept(b, flow, NULL);
    build_copy(b, flow, "probe", "INBOX",
               build_received(b, flow, mf_format(b->arena, "%s%s", build_through_gateway, build_inside_only), ""));
    const struct mf_finding *finding = only_finding("led outside", "copy.misdelivered");
    assert_non_null(strstr(finding->fix, "mail.net-it.com that leads bob@net-it.com to probe@example.org"));
}

static void mailboxes_where_it_may_lie_unseen_are_named(void **state)
{
    (void)state;
    struct mf_flow *flow = build_flow(b, "Inbound", "probe", "alice");
    build_accept(b, flow, NULL);
    assert_null(strstr(only_finding("all were looked at", "copy.missing")->why, "Not looked at"));
    for (size_t i = 0; i < b->evidence->mailbox_count; i++)
        if (strcmp(b->evidence->mailboxes[i].mailbox, "bob primary") == 0)
            b->evidence->mailboxes[i].mailbox = "none";
    assert_non_null(strstr(only_finding("but bob's", "copy.missing")->why, " Not looked at: bob primary."));
}

static void what_the_sender_keeps_himself_was_delivered_to_nobody(void **state)
{
    (void)state;
    struct mf_flow *flow = build_flow(b, "Internal", "alice", "bob");
    build_accept(b, flow, NULL);
    build_copy(b, flow, "alice primary", "Sent", build_message(b, flow)); /* by the client: no Received */
    only_finding("kept", "copy.missing");
}

static void a_copy_with_somebody_else_is_no_pass_though_all_else_is_well(void **state)
{
    (void)state;
    struct mf_flow *flow = build_flow(b, "Inbound", "probe", "alice");
    build_accept(b, flow, NULL);
    build_copy(b, flow, "alice primary", "INBOX", NULL);
    build_copy(b, flow, "bob primary", "INBOX", NULL);
    build_judge(b);
    assert_int_equal(build_outcome(b, flow), MF_FAIL);
    const struct mf_finding *finding = build_finding(b, "mailbox.unexpected-copy");
    assert_non_null(finding);
    assert_int_equal(finding->outcome, MF_FAIL);
    assert_non_null(strstr(finding->why, "bob primary"));
}

static void the_senders_own_copy_is_no_leak(void **state)
{
    (void)state;
    struct mf_flow *flow = build_flow(b, "Outbound", "alice", "probe");
    build_accept(b, flow, NULL);
    build_copy(b, flow, "probe", "INBOX", NULL);
    build_copy(b, flow, "alice secondary", "Sent", NULL);
    build_judge(b);
    assert_null(build_finding(b, "mailbox.unexpected-copy"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)
int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refusals_of_the_first_hop_are_told_by_what_they_are_about),
        cmocka_unit_test(a_bounce_is_told_by_what_it_is_about_with_who_refused_it),
        cmocka_unit_test(a_bounce_by_who_refused_whom_speaks_for_all_mail_to_that_address),
        cmocka_unit_test(the_mend_of_a_bounce_has_the_address_or_the_smart_host),
        TEST(one_servers_trouble_at_two_doors_is_one_finding),
        TEST(a_door_without_auth_is_no_wrong_password),
        cmocka_unit_test(who_refuses_an_outsider_has_a_rule_about_him),
        TEST(a_blocked_address_is_told_as_that_not_as_mail_taken_for_spam),
        cmocka_unit_test(a_bounce_about_another_address_than_it_was_sent_to_is_about_an_alias),
        TEST(mail_with_our_sender_that_is_missing_alone_is_looked_for_at_anti_spoofing),
        TEST(who_refuses_for_dmarc_is_told_with_what_was_found_of_it),
        TEST(a_size_limit_met_at_the_door_and_behind_it_is_one_finding_with_the_number),
        TEST(what_was_absorbed_is_named_in_the_finding),
        TEST(mail_led_to_an_outsider_is_told_as_that_once),
        TEST(who_has_the_mailbox_and_passed_it_on_has_the_rule),
        TEST(mailboxes_where_it_may_lie_unseen_are_named),
        TEST(what_the_sender_keeps_himself_was_delivered_to_nobody),
        TEST(a_copy_with_somebody_else_is_no_pass_though_all_else_is_well),
        TEST(the_senders_own_copy_is_no_leak),
        TEST(mail_in_somebody_elses_mailbox_is_told_as_that),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
