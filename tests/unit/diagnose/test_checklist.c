/* The post-go-live checklist under each thing that administrators get wrong: the right flows, one
 * cause told once, nobody else's flow blamed. */
#include "unit/test.h"

#include <stdio.h>

#include "unit/check/build.h"

static struct signing_key *key, *other;

static int make_keys(void **state)
{
    (void)state;
    key = signing_key_rsa(2048);
    other = signing_key_rsa(2048);
    return 0;
}

static int free_keys(void **state)
{
    (void)state;
    signing_key_free(&key);
    signing_key_free(&other);
    return 0;
}

static struct build *signing_lab(void)
{
    struct build *b = build_new();
    b->signer = key;
    build_publish(b, key);
    return b;
}

/* The ids of all findings that are no warnings, in order, and the flows that did not pass. */
static void told(const struct build *b, const char *ids, const char *not_passed)
{
    char seen_ids[512] = "", seen_flows[1024] = "";
    for (size_t i = 0; i < b->verdict->finding_count; i++)
        if (b->verdict->findings[i]->outcome != MF_PASS) {
            strcat(seen_ids, *seen_ids ? ", " : "");
            strcat(seen_ids, b->verdict->findings[i]->kind->id);
        }
    for (size_t i = 0; i < b->verdict->flow_count; i++)
        if (b->verdict->flows[i].outcome != MF_PASS) {
            strcat(seen_flows, *seen_flows ? ", " : "");
            strcat(seen_flows, b->verdict->flows[i].flow->name);
            strcat(seen_flows, " ");
            strcat(seen_flows, mf_outcome_name(b->verdict->flows[i].outcome));
        }
    assert_string_equal(seen_ids, ids);
    assert_string_equal(seen_flows, not_passed);
}

static void all_is_well(void **state)
{
    (void)state;
    struct build *b = signing_lab();
    struct checklist list = build_checklist(b);
    build_main_copies(b, &list);
    build_secondary_copies(b, &list, true, true);
    build_judge(b);
    told(b, "", "");
    assert_int_equal(b->verdict->status, 0);
    assert_int_equal(b->verdict->passed, 11);
    assert_int_equal(b->verdict->messages_sent, 7);
    assert_int_equal(b->verdict->copies_seen, 11);
    assert_int_equal(b->verdict->copies_removed, 11);
    assert_string_equal(b->verdict->flows[list.internal->index].route, "alice → bob primary");
    assert_string_equal(b->verdict->flows[list.crm_out->index].route, "crm → gateway → probe");
    assert_string_equal(b->verdict->flows[list.copy_outbound->index].route, "alice secondary, sent");
    assert_string_equal(build_detail(b, list.outbound), "DKIM");
    assert_string_equal(build_detail(b, list.copy_inbound), "as at the primary");
    assert_string_equal(build_detail(b, list.copy_outbound), "as sent");
    assert_int_equal(b->verdict->flows[list.internal->index].took, 10 * MF_MS);
    build_free(&b);
}

static void inbound_copies_are_off(void **state)
{
    (void)state;
    struct build *b = signing_lab();
    struct checklist list = build_checklist(b);
    build_main_copies(b, &list);
    build_secondary_copies(b, &list, false, true);
    build_judge(b);
    told(b, "copy.inbound-missing",
         "Copy of inbound mail fail, Copy of mail from crm fail, Copy of mail from billing fail");
    const struct mf_finding *finding = build_finding(b, "copy.inbound-missing");
    assert_string_equal(finding->title, "The secondary gets outbound mail only");
    assert_non_null(strstr(finding->why, "0 of 1 inbound, 0 of 2 application, 1 of 1 outbound"));
    assert_int_equal(finding->flow_count, 3);
    assert_int_equal(finding->number, 1);
    assert_int_equal(b->verdict->status, 1);
    assert_string_equal(build_detail(b, list.copy_inbound), "none in 10.0 s");
    build_free(&b);
}

static void outbound_copies_are_off(void **state)
{
    (void)state;
    struct build *b = signing_lab();
    struct checklist list = build_checklist(b);
    build_main_copies(b, &list);
    build_secondary_copies(b, &list, true, false);
    build_judge(b);
    told(b, "copy.outbound-missing", "Copy of outbound mail fail");
    const struct mf_finding *finding = build_finding(b, "copy.outbound-missing");
    assert_string_equal(finding->title, "The secondary gets inbound mail only");
    assert_non_null(strstr(finding->why, "queued as 4XyZ9"));
    assert_non_null(strstr(finding->why, "reached probe"));
    assert_non_null(strstr(finding->fix, "by sender in net-it.com"));
    build_free(&b);
}

static void all_copies_are_off(void **state)
{
    (void)state;
    struct build *b = signing_lab();
    struct checklist list = build_checklist(b);
    build_main_copies(b, &list);
    build_judge(b);
    told(b, "copy.all-missing",
         "Copy of inbound mail fail, Copy of outbound mail fail, Copy of mail from crm fail, Copy of mail from billing "
         "fail");
    build_free(&b);
}

static void copies_that_are_at_the_primary_instead_are_told_there(void **state)
{
    (void)state;
    struct build *b = signing_lab();
    struct checklist list = build_checklist(b);
    build_main_copies(b, &list);
    build_copy(b, list.inbound, "alice primary", "INBOX", build_received(b, list.inbound, build_through_gateway, ""));
    build_judge(b);
    const struct mf_finding *finding = build_finding(b, "copy.all-missing");
    assert_non_null(strstr(finding->why, "1 of the messages are at alice primary more than once instead"));
    assert_non_null(strstr(finding->fix, "hands the copies to primary in place of the secondary"));
    build_free(&b);
}

static void only_the_applications_copies_are_missing(void **state)
{
    (void)state;
    struct build *b = signing_lab();
    struct checklist list = build_checklist(b);
    build_main_copies(b, &list);
    build_copy(b, list.inbound, "alice secondary", "INBOX", NULL);
    build_copy(b, list.outbound, "alice secondary", "Sent", NULL);
    build_judge(b);
    told(b, "copy.application-missing", "Copy of mail from crm fail, Copy of mail from billing fail");
    build_free(&b);
}

static void one_applications_copies_are_missing(void **state)
{
    (void)state;
    struct build *b = signing_lab();
    struct checklist list = build_checklist(b);
    build_main_copies(b, &list);
    build_copy(b, list.inbound, "alice secondary", "INBOX", NULL);
    build_copy(b, list.billing_in, "alice secondary", "INBOX", NULL);
    build_copy(b, list.outbound, "alice secondary", "Sent", NULL);
    build_judge(b);
    told(b, "copy.application-missing", "Copy of mail from crm fail");
    assert_string_equal(build_finding(b, "copy.application-missing")->title,
                        "The secondary does not get mail from crm");
    build_free(&b);
}

static void the_signer_is_off(void **state)
{
    (void)state;
    struct build *b = build_new();
    struct checklist list = build_checklist(b);
    build_main_copies(b, &list);
    build_secondary_copies(b, &list, true, true);
    build_judge(b);
    told(b, "dkim.unsigned", "Outbound mail fail, crm to outside fail, billing to outside fail");
    const struct mf_finding *finding = build_finding(b, "dkim.unsigned");
    assert_string_equal(finding->title, "The gateway is not signing");
    assert_int_equal(finding->flow_count, 3);
    assert_string_equal(build_detail(b, list.outbound), "DKIM none");
    /* mail to inside is warned, no more */
    assert_int_equal(build_outcome(b, list.crm_in), MF_PASS);
    assert_ptr_equal(b->verdict->flows[list.crm_in->index].findings[0], finding);
    assert_false(build_hits(finding, list.crm_in));
    build_free(&b);
}

static void mail_goes_around_the_gateway(void **state)
{
    (void)state;
    struct build *b = signing_lab();
    struct checklist list = build_checklist(b);
    build_accept(b, list.outbound, NULL);
    build_copy(b, list.outbound, "probe", "INBOX",
               build_received(b, list.outbound,
                              "Received: from mail.net-it.com (mail.net-it.com [192.0.2.20]) by mx.example.org with "
                              "ESMTPS id 3; Mon, 23 Nov 2026 02:31:42 +0000\r\n",
                              ""));
    build_main_copies(b, &(struct checklist){list.internal, list.inbound, list.outbound, list.crm_in, list.crm_out,
                                             list.billing_in, list.billing_out, 0, 0, 0, 0});
    build_secondary_copies(b, &list, true, false);
    build_judge(b);
    const struct mf_finding *finding = build_finding(b, "path.gateway-bypassed");
    assert_non_null(finding);
    assert_null(build_finding(b, "dkim.unsigned"));
    assert_null(build_finding(b, "copy.outbound-missing")); /* what does not pass the gateway can't be copied there */
    assert_int_equal(finding->flow_count, 2);
    assert_true(build_hits(finding, list.outbound) && build_hits(finding, list.copy_outbound));
    build_free(&b);
}

static void dns_holds_another_key(void **state)
{
    (void)state;
    struct build *b = signing_lab();
    build_publish(b, other);
    struct checklist list = build_checklist(b);
    build_main_copies(b, &list);
    build_secondary_copies(b, &list, true, true);
    build_judge(b);
    told(
        b, "dkim.wrong-key",
        "Outbound mail fail, crm to inside fail, crm to outside fail, billing to inside fail, billing to outside fail");
    assert_string_equal(build_finding(b, "dkim.wrong-key")->scope, BUILD_KEY_NAME);
    assert_string_equal(build_detail(b, list.outbound), "DKIM fail, wrong key");
    build_free(&b);
}

static void a_footer_is_added_after_signing(void **state)
{
    (void)state;
    struct build *b = signing_lab();
    struct checklist list = build_checklist(b);
    struct mf_flow *outside[] = {list.outbound, list.crm_out, list.billing_out};
    for (size_t i = 0; i < 3; i++) {
        build_accept(b, outside[i], NULL);
        build_copy(b, outside[i], "probe", "INBOX",
                   build_signed(b, outside[i], build_through_gateway, "--\r\nThis message is confidential.\r\n"));
    }
    struct mf_flow *inside[] = {list.inbound, list.crm_in, list.billing_in};
    for (size_t i = 0; i < 3; i++) {
        build_accept(b, inside[i], NULL);
        build_copy(b, inside[i], "alice primary", "INBOX", build_signed(b, inside[i], build_through_gateway, ""));
    }
    build_accept(b, list.internal, NULL);
    build_copy(b, list.internal, "bob primary", "INBOX", NULL);
    build_secondary_copies(b, &list, true, true);
    build_judge(b);
    told(b, "dkim.body-changed", "Outbound mail fail, crm to outside fail, billing to outside fail");
    const struct mf_finding *finding = build_finding(b, "dkim.body-changed");
    assert_string_equal(finding->title, "Text is added after the gateway has signed");
    assert_non_null(strstr(finding->why, "bh= fits the body as sent, not as received"));
    assert_non_null(strstr(finding->why, "between relay.hes.trendmicro.com and mx.example.org"));
    assert_string_equal(finding->meant_so, "severity: {dkim.body-changed: ignore}");
    assert_string_equal(finding->place_words, "outbound: DKIM passes");
    assert_int_equal(finding->exhibit_count, 1);
    assert_string_equal(finding->exhibits[0].text,
                        "  2   mailflow test message\n+ 3   --\n+ 4   This message is confidential.\n");
    assert_string_equal(build_detail(b, list.outbound), "DKIM fail, altered");
    build_free(&b);
}

static void an_applications_address_is_not_registered(void **state)
{
    (void)state;
    struct build *b = signing_lab();
    struct checklist list = build_checklist(b);
    build_refuse(b, list.crm_in, "RCPT", 554, "5.7.1",
                 "<crm.net-it.com[192.0.2.41]>: Client host rejected: Access denied");
    build_refuse(b, list.crm_out, "RCPT", 554, "5.7.1",
                 "<crm.net-it.com[192.0.2.41]>: Client host rejected: Access denied");
    struct mf_flow *rest[] = {list.inbound, list.billing_in};
    for (size_t i = 0; i < 2; i++) {
        build_accept(b, rest[i], NULL);
        build_copy(b, rest[i], "alice primary", "INBOX", build_signed(b, rest[i], build_through_gateway, ""));
        build_copy(b, rest[i], "alice secondary", "INBOX", NULL);
    }
    struct mf_flow *out[] = {list.outbound, list.billing_out};
    for (size_t i = 0; i < 2; i++) {
        build_accept(b, out[i], NULL);
        build_copy(b, out[i], "probe", "INBOX", build_signed(b, out[i], build_through_gateway, ""));
    }
    build_copy(b, list.outbound, "alice secondary", "Sent", NULL);
    build_accept(b, list.internal, NULL);
    build_copy(b, list.internal, "bob primary", "INBOX", NULL);
    build_judge(b);
    told(b, "relay.denied", "crm to inside fail, crm to outside fail, Copy of mail from crm skipped");
    const struct mf_finding *finding = build_finding(b, "relay.denied");
    assert_string_equal(finding->title, "crm may not relay through gateway smtp");
    assert_non_null(strstr(finding->why, "Client host rejected: Access denied"));
    assert_non_null(strstr(finding->fix, "Register 192.0.2.41"));
    assert_int_equal(finding->flow_count, 2);
    assert_string_equal(build_detail(b, list.crm_in), "refused 554 5.7.1");
    assert_string_equal(build_detail(b, list.copy_crm), "its message was not accepted, see [1]");
    assert_int_equal(b->verdict->status, 1);
    build_free(&b);
}

static void bobs_password_was_changed(void **state)
{
    (void)state;
    struct build *b = signing_lab();
    struct checklist list = build_checklist(b);
    build_main_copies(b, &list);
    b->evidence->flows[list.internal->index].arrival_count = 0;
    build_secondary_copies(b, &list, true, true);
    build_unreadable(b, "bob primary", "login", "NO [AUTHENTICATIONFAILED] Authentication failed.");
    build_judge(b);
    told(b, "mailbox.unreadable", "Internal mail error");
    const struct mf_finding *finding = build_finding(b, "mailbox.unreadable");
    assert_string_equal(finding->title, "bob's mailbox could not be read");
    assert_non_null(strstr(
        finding->why,
        "imaps://mail.net-it.com (192.0.2.20:993), certificate good, login bob, 3 tries:\nNO [AUTHENTICATIONFAILED]"));
    assert_string_equal(finding->fix,
                        "alice logs in there with the same secret: look at bob's account (locked? renamed?).\n");
    assert_string_equal(finding->place_words, "login of server primary");
    assert_int_equal(b->verdict->status, 2);
    assert_string_equal(build_detail(b, list.internal), "mailbox unreadable");
    assert_int_equal(b->verdict->left_count, 1);
    assert_string_equal(b->verdict->left_where[0], "bob primary");
    build_free(&b);
}

static void the_servers_login_is_wrong_for_everybody(void **state)
{
    (void)state;
    struct build *b = signing_lab();
    struct checklist list = build_checklist(b);
    build_main_copies(b, &list);
    build_secondary_copies(b, &list, true, true);
    build_unreadable(b, "alice primary", "login", "NO [AUTHENTICATIONFAILED]");
    build_unreadable(b, "bob primary", "login", "NO [AUTHENTICATIONFAILED]");
    b->evidence->flows[list.internal->index].arrival_count = 0;
    b->evidence->flows[list.crm_in->index].arrivals[0].copy.mailbox = "alice secondary";
    b->evidence->flows[list.crm_in->index].arrival_count = 1;
    b->evidence->flows[list.billing_in->index].arrivals[0].copy.mailbox = "alice secondary";
    b->evidence->flows[list.billing_in->index].arrival_count = 1;
    b->evidence->flows[list.inbound->index].arrivals[0].copy.mailbox = "alice secondary";
    b->evidence->flows[list.inbound->index].arrival_count = 1;
    build_judge(b);
    told(b, "login.refused", "Internal mail error, Inbound mail error, crm to inside error, billing to inside error");
    build_free(&b);
}

static void the_primary_is_down(void **state)
{
    (void)state;
    struct build *b = signing_lab();
    struct checklist list = build_checklist(b);
    build_trouble(b, list.internal, "connect",
                  "smtp://mail.net-it.com:587 (192.0.2.20:587): connect: connection refused");
    build_trouble(b, list.outbound, "connect",
                  "smtp://mail.net-it.com:587 (192.0.2.20:587): connect: connection refused");
    struct mf_flow *inside[] = {list.inbound, list.crm_in, list.billing_in};
    for (size_t i = 0; i < 3; i++) {
        build_accept(b, inside[i], NULL);
        build_copy(b, inside[i], "alice secondary", "INBOX", NULL);
    }
    struct mf_flow *out[] = {list.crm_out, list.billing_out};
    for (size_t i = 0; i < 2; i++) {
        build_accept(b, out[i], NULL);
        build_copy(b, out[i], "probe", "INBOX", build_signed(b, out[i], build_through_gateway, ""));
    }
    build_unreadable(b, "alice primary", "connect", "connection refused");
    build_unreadable(b, "bob primary", "connect", "connection refused");
    build_judge(b);
    told(b, "server.down",
         "Internal mail error, Inbound mail error, Outbound mail error, crm to inside error, billing to inside error, "
         "Copy of outbound mail skipped");
    const struct mf_finding *finding = build_finding(b, "server.down");
    assert_string_equal(finding->scope, "primary");
    assert_non_null(strstr(finding->why, "587"));
    assert_int_equal(finding->flow_count, 5);
    assert_int_equal(b->verdict->status, 2);
    assert_string_equal(build_detail(b, list.copy_outbound), "its message was not accepted, see [1]");
    assert_string_equal(build_detail(b, list.copy_inbound), "as sent");
    build_free(&b);
}

static void the_secondarys_imap_is_down(void **state)
{
    (void)state;
    struct build *b = signing_lab();
    struct checklist list = build_checklist(b);
    build_main_copies(b, &list);
    build_unreadable(b, "alice secondary", "connect", "connection refused");
    build_unreadable(b, "bob secondary", "connect", "connection refused");
    build_judge(b);
    told(b, "server.down",
         "Copy of inbound mail error, Copy of outbound mail error, Copy of mail from crm error, Copy of mail from "
         "billing error");
    assert_int_equal(b->verdict->status, 2);
    build_free(&b);
}

static void a_failure_and_an_error_together_are_status_1_and_numbered_in_that_order(void **state)
{
    (void)state;
    struct build *b = signing_lab();
    struct checklist list = build_checklist(b);
    build_main_copies(b, &list);
    b->evidence->flows[list.internal->index].arrival_count = 0;
    build_unreadable(b, "bob primary", "login", "NO");
    build_secondary_copies(b, &list, true, false);
    build_judge(b);
    told(b, "copy.outbound-missing, mailbox.unreadable", "Internal mail error, Copy of outbound mail fail");
    assert_int_equal(b->verdict->status, 1);
    assert_int_equal(build_finding(b, "copy.outbound-missing")->number, 1);
    assert_int_equal(build_finding(b, "mailbox.unreadable")->number, 2);
    build_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_is_well),
        cmocka_unit_test(inbound_copies_are_off),
        cmocka_unit_test(outbound_copies_are_off),
        cmocka_unit_test(all_copies_are_off),
        cmocka_unit_test(copies_that_are_at_the_primary_instead_are_told_there),
        cmocka_unit_test(only_the_applications_copies_are_missing),
        cmocka_unit_test(one_applications_copies_are_missing),
        cmocka_unit_test(the_signer_is_off),
        cmocka_unit_test(mail_goes_around_the_gateway),
        cmocka_unit_test(dns_holds_another_key),
        cmocka_unit_test(a_footer_is_added_after_signing),
        cmocka_unit_test(an_applications_address_is_not_registered),
        cmocka_unit_test(bobs_password_was_changed),
        cmocka_unit_test(the_servers_login_is_wrong_for_everybody),
        cmocka_unit_test(the_primary_is_down),
        cmocka_unit_test(the_secondarys_imap_is_down),
        cmocka_unit_test(a_failure_and_an_error_together_are_status_1_and_numbered_in_that_order),
    };
    return cmocka_run_group_tests(tests, make_keys, free_keys) ? 1 : 0;
}
