/* Trace fields of the servers that a mail path of today shows. */
#include "unit/test.h"

#include <stdio.h>

#include "mailflow/received.h"

struct expected {
    const char *server, *line;
    struct mf_received is; /* NULL fields must be NULL; .at = -1: no date that can be read */
};

static const struct expected cases[] = {
    {"Postfix, TLS, two comments on their own lines",
     "from mail.example.org (mail.example.org [192.0.2.10])\r\n"
     "\t(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)\r\n"
     "\t key-exchange X25519 server-signature RSA-PSS (2048 bits) server-digest SHA256)\r\n"
     "\t(No client certificate requested)\r\n"
     "\tby mx.net-it.com (Postfix) with ESMTPS id 4XyZ9k1Q2Rz3N\r\n"
     "\tfor <alice@net-it.com>; Mon, 23 Nov 2026 02:14:07 +0530 (IST)",
     {.helo = "mail.example.org", .rdns = "mail.example.org", .ip = "192.0.2.10", .by = "mx.net-it.com",
      .with = "ESMTPS", .id = "4XyZ9k1Q2Rz3N", .for_address = "alice@net-it.com", .tls = "TLSv1.3"}},
    {"Postfix, submission with login",
     "from [10.1.2.3] (dsl-1-2.example.net [198.51.100.7]) (using TLSv1.2 with cipher ECDHE-RSA-AES256-GCM-SHA384 "
     "(256/256 bits)) (Client did not present a certificate) (Authenticated sender: alice@net-it.com) "
     "by mail.net-it.com (Postfix) with ESMTPSA id 4XyZ1 for <bob@net-it.com>; Mon, 23 Nov 2026 02:14:07 +0000 (UTC)",
     {.helo = "[10.1.2.3]", .rdns = "dsl-1-2.example.net", .ip = "198.51.100.7", .by = "mail.net-it.com",
      .with = "ESMTPSA", .id = "4XyZ1", .for_address = "bob@net-it.com", .tls = "TLSv1.2", .auth = "ESMTPSA",
      .auth_user = "alice@net-it.com"}},
    {"Postfix, no reverse DNS, IPv6, in the clear",
     "from crm.net-it.com (unknown [IPv6:2001:db8::25]) by relay.hes.trendmicro.com (Postfix) with ESMTP id 9A1B2C; "
     "Mon, 23 Nov 2026 02:14:07 +0000 (UTC)",
     {.helo = "crm.net-it.com", .ip = "2001:db8::25", .by = "relay.hes.trendmicro.com", .with = "ESMTP", .id = "9A1B2C"}},
    {"Postfix, handed in by a program",
     "by crm.net-it.com (Postfix, from userid 33) id 7F00D; Mon, 23 Nov 2026 02:14:07 +0000 (UTC)",
     {.by = "crm.net-it.com", .id = "7F00D", .local = true}},
    {"Postfix with the sender's address behind the date",
     "from a.example (a.example [192.0.2.1]) by b.example (Postfix) with ESMTP id 1; "
     "Mon, 23 Nov 2026 02:14:07 +0000 (UTC) (envelope-from crm@net-it.com)",
     {.helo = "a.example", .rdns = "a.example", .ip = "192.0.2.1", .by = "b.example", .with = "ESMTP", .id = "1",
      .envelope_from = "crm@net-it.com"}},
    {"Dovecot LMTP",
     "from mail.net-it.com ([127.0.0.1]) by mail.net-it.com with LMTP id 2OiNIdvKBl4eQQAAjJ6hGQ "
     "(envelope-from <alice@net-it.com>) for <bob@net-it.com>; Mon, 23 Nov 2026 02:14:07 +0000",
     {.helo = "mail.net-it.com", .ip = "127.0.0.1", .by = "mail.net-it.com", .with = "LMTP",
      .id = "2OiNIdvKBl4eQQAAjJ6hGQ", .envelope_from = "alice@net-it.com", .for_address = "bob@net-it.com"}},
    {"Dovecot LMTP over TLS, a bounce",
     "from mx.example.org by imap.example.org with LMTPS id x1 (envelope-from <>) for <a@example.org>; "
     "Mon, 23 Nov 2026 02:14:07 +0000",
     {.helo = "mx.example.org", .by = "imap.example.org", .with = "LMTPS", .id = "x1", .envelope_from = "",
      .for_address = "a@example.org", .tls = "TLS"}},
    {"Exim 4.96 over TLS",
     "from gate.example.de ([192.0.2.77]:60178 helo=gate2.example.de) by mx.example.net with esmtps  (TLS1.3) "
     "tls TLS_AES_256_GCM_SHA384 (Exim 4.96) (envelope-from <a@example.de>) id 1qX3aB-0005pI-08 "
     "for b@example.net; Mon, 23 Nov 2026 02:14:07 +0100",
     {.helo = "gate2.example.de", .rdns = "gate.example.de", .ip = "192.0.2.77", .by = "mx.example.net",
      .with = "esmtps", .id = "1qX3aB-0005pI-08", .envelope_from = "a@example.de", .for_address = "b@example.net",
      .tls = "TLSv1.3"}},
    {"Exim, HELO the same as reverse DNS",
     "from gate.example.de ([192.0.2.77]:60178) by mx.example.net with esmtp (Exim 4.94.2) id 1qX3aB-0005pI-08; "
     "Mon, 23 Nov 2026 02:14:07 +0100",
     {.helo = "gate.example.de", .rdns = "gate.example.de", .ip = "192.0.2.77", .by = "mx.example.net", .with = "esmtp",
      .id = "1qX3aB-0005pI-08"}},
    {"Exim, a user of the host",
     "from www-data by web.example.net with local (Exim 4.96) (envelope-from <www-data@web.example.net>) "
     "id 1qX3aB-0001xx-2f for b@example.net; Mon, 23 Nov 2026 02:14:07 +0100",
     {.by = "web.example.net", .with = "local", .id = "1qX3aB-0001xx-2f", .envelope_from = "www-data@web.example.net",
      .for_address = "b@example.net", .local = true}},
    {"sendmail 8.16 with TLS and login",
     "from laptop (host-9.example.com [198.51.100.9] (may be forged)) (user=alice mech=LOGIN bits=0) "
     "by mail.example.com (8.16.1/8.16.1) with ESMTPSA id 1AN2E7fr012345 "
     "(version=TLSv1.2 cipher=ECDHE-RSA-AES256-GCM-SHA384 bits=256 verify=NOT) for <b@example.net>; "
     "Mon, 23 Nov 2026 02:14:07 GMT",
     {.helo = "laptop", .rdns = "host-9.example.com", .ip = "198.51.100.9", .by = "mail.example.com",
      .with = "ESMTPSA", .id = "1AN2E7fr012345", .for_address = "b@example.net", .tls = "TLSv1.2", .auth = "LOGIN",
      .auth_user = "alice"}},
    {"sendmail, ident",
     "from a.example (IDENT:root@a.example [192.0.2.1]) by b.example (8.9.3/8.9.3) with ESMTP id QAA13555; "
     "Mon, 23 Nov 2026 16:07:35 -0800 (PST)",
     {.helo = "a.example", .rdns = "a.example", .ip = "192.0.2.1", .ident = "root", .by = "b.example", .with = "ESMTP",
      .id = "QAA13555"}},
    {"sendmail, started by a user",
     "(from www@localhost) by crm.example.com (8.16.1/8.16.1/Submit) id 1AN2E7fr012345 for b@example.net; "
     "Mon, 23 Nov 2026 02:14:07 GMT",
     {.by = "crm.example.com", .id = "1AN2E7fr012345", .for_address = "b@example.net", .local = true}},
    {"qmail, HELO differs",
     "from host.example.org (HELO laptop) (192.0.2.4) by mx.example.net with ESMTPS "
     "(DHE-RSA-AES256-GCM-SHA384 encrypted); 23 Nov 2026 02:14:07 -0000",
     {.helo = "laptop", .rdns = "host.example.org", .ip = "192.0.2.4", .by = "mx.example.net", .with = "ESMTPS",
      .tls = "TLS"}},
    {"qmail, HELO the same, with ident",
     "from host.example.org (me@192.0.2.4) by mx.example.net with SMTP; 23 Nov 2026 02:14:07 -0000",
     {.helo = "host.example.org", .rdns = "host.example.org", .ip = "192.0.2.4", .ident = "me", .by = "mx.example.net",
      .with = "SMTP"}},
    {"qmail, picked up",
     "(qmail 10681 invoked by uid 404); 23 Nov 2026 02:14:07 -0000", {.local = true}},
    {"Exchange Online, between its servers",
     "from BN8NAM11FT003.eop-nam11.prod.protection.outlook.com (2603:10b6:408:ee:cafe::7b) by "
     "BN9PR03CA0961.outlook.office365.com (2603:10b6:408:109::36) with Microsoft SMTP Server (version=TLS1_2, "
     "cipher=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384) id 15.20.7270.12 via Frontend Transport; Mon, 23 Nov 2026 "
     "02:14:07 +0000",
     {.helo = "BN8NAM11FT003.eop-nam11.prod.protection.outlook.com", .ip = "2603:10b6:408:ee:cafe::7b",
      .by = "BN9PR03CA0961.outlook.office365.com", .by_ip = "2603:10b6:408:109::36", .with = "Microsoft SMTP Server",
      .id = "15.20.7270.12", .tls = "TLSv1.2"}},
    {"Exchange Online, mailbox to mailbox, by HTTPS",
     "from AM0PR01MB1234.eurprd01.prod.exchangelabs.com (::1) by AM0PR01MB9999.eurprd01.prod.exchangelabs.com with "
     "HTTPS; Mon, 23 Nov 2026 02:14:07 +0000",
     {.helo = "AM0PR01MB1234.eurprd01.prod.exchangelabs.com", .ip = "::1",
      .by = "AM0PR01MB9999.eurprd01.prod.exchangelabs.com", .with = "HTTPS", .tls = "TLS"}},
    {"Exchange Online, mapi",
     "from AM0PR01MB1234.eurprd01.prod.exchangelabs.com ([fe80::1234]) by AM0PR01MB1234.eurprd01.prod.exchangelabs.com "
     "([fe80::1234%4]) with mapi id 15.20.7270.012; Mon, 23 Nov 2026 02:14:07 +0000",
     {.helo = "AM0PR01MB1234.eurprd01.prod.exchangelabs.com", .ip = "fe80::1234",
      .by = "AM0PR01MB1234.eurprd01.prod.exchangelabs.com", .by_ip = "fe80::1234", .with = "mapi",
      .id = "15.20.7270.012"}},
    {"Exchange 2016 on premises",
     "from mail.example.org (192.0.2.9) by EX01.corp.example.com (10.0.0.5) with Microsoft SMTP Server "
     "(version=TLS1_2, cipher=TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384_P256) id 15.1.2507.6; Mon, 23 Nov 2026 "
     "02:14:07 +0100",
     {.helo = "mail.example.org", .ip = "192.0.2.9", .by = "EX01.corp.example.com", .by_ip = "10.0.0.5",
      .with = "Microsoft SMTP Server", .id = "15.1.2507.6", .tls = "TLSv1.2"}},
    {"Microsoft SMTPSVC",
     "from crm ([10.0.0.9]) by EDGE.corp.example.com with Microsoft SMTPSVC(8.5.9600.16384); "
     "Mon, 23 Nov 2026 02:14:07 +0100",
     {.helo = "crm", .ip = "10.0.0.9", .by = "EDGE.corp.example.com", .with = "Microsoft SMTPSVC"}},
    {"Gmail, from outside",
     "from relay1.hes.trendmicro.com (relay1.hes.trendmicro.com. [54.219.191.1]) by mx.google.com with ESMTPS id "
     "d9443c01a7336-2a1b2c3d4e5si12345678plb.12.2026.11.22.18.14.07 for <probe@gmail.com> (version=TLS1_3 "
     "cipher=TLS_AES_256_GCM_SHA384 bits=256/256); Sun, 22 Nov 2026 18:14:07 -0800 (PST)",
     {.helo = "relay1.hes.trendmicro.com", .rdns = "relay1.hes.trendmicro.com", .ip = "54.219.191.1",
      .by = "mx.google.com", .with = "ESMTPS", .id = "d9443c01a7336-2a1b2c3d4e5si12345678plb.12.2026.11.22.18.14.07",
      .for_address = "probe@gmail.com", .tls = "TLSv1.3"}},
    {"Gmail, inside",
     "by 2002:a05:7022:1288:b0:6d:1234:abcd with SMTP id 8csp1234567dlf; Sun, 22 Nov 2026 18:14:08 -0800 (PST)",
     {.by = "2002:a05:7022:1288:b0:6d:1234:abcd", .by_ip = "2002:a05:7022:1288:b0:6d:1234:abcd", .with = "SMTP",
      .id = "8csp1234567dlf"}},
    {"Trend Micro's gateway, taking mail in",
     "from mail-x.example.com (unknown [40.107.1.1]) by inpre03.tmes.trendmicro.com (Trend Micro Email Security) "
     "with ESMTPS id A1B2C3D4E5F6; Mon, 23 Nov 2026 02:14:07 +0000 (UTC)",
     {.helo = "mail-x.example.com", .ip = "40.107.1.1", .by = "inpre03.tmes.trendmicro.com", .with = "ESMTPS",
      .id = "A1B2C3D4E5F6", .tls = "TLS"}},
    {"Trend Micro's gateway, between its hosts",
     "from 40.107.1.1_.trendmicro.com (unknown [172.21.19.58]) by relay1.hes.trendmicro.com (Postfix) with SMTP id "
     "0F1E2D3C; Mon, 23 Nov 2026 02:14:08 +0000 (UTC)",
     {.helo = "40.107.1.1_.trendmicro.com", .ip = "172.21.19.58", .by = "relay1.hes.trendmicro.com", .with = "SMTP",
      .id = "0F1E2D3C"}},
    {"amavis",
     "from mail.example.org ([127.0.0.1]) by localhost (mail.example.org [127.0.0.1]) (amavis, port 10024) with ESMTP "
     "id abCD-12 for <b@example.org>; Mon, 23 Nov 2026 02:14:07 +0000 (UTC)",
     {.helo = "mail.example.org", .ip = "127.0.0.1", .by = "localhost", .by_ip = "127.0.0.1", .with = "ESMTP",
      .id = "abCD-12", .for_address = "b@example.org"}},
    {"Proofpoint",
     "from pps.filterd (m0098.ppops.net [127.0.0.1]) by mx0a-1.pphosted.com (8.17.1.24/8.17.1.24) with ESMTP id "
     "3ABC-1 (version=TLSv1.2 cipher=ECDHE-RSA-AES256-GCM-SHA384 bits=256 verify=NOT) for <b@example.org>; "
     "Mon, 23 Nov 2026 02:14:07 +0000",
     {.helo = "pps.filterd", .rdns = "m0098.ppops.net", .ip = "127.0.0.1", .by = "mx0a-1.pphosted.com", .with = "ESMTP",
      .id = "3ABC-1", .for_address = "b@example.org", .tls = "TLSv1.2"}},
    {"IronPort",
     "from unknown (HELO mail.example.org) ([192.0.2.3]) by esa1.example.iphmx.com with "
     "ESMTP/TLS/ECDHE-RSA-AES256-GCM-SHA384; 23 Nov 2026 02:14:07 +0000",
     {.helo = "mail.example.org", .ip = "192.0.2.3", .by = "esa1.example.iphmx.com",
      .with = "ESMTP/TLS/ECDHE-RSA-AES256-GCM-SHA384", .tls = "TLS"}},
    {"Mimecast",
     "from EX01.example.com (ex01.example.com [192.0.2.9]) by relay.mimecast.com with ESMTP with STARTTLS "
     "(version=TLSv1.3, cipher=TLS_AES_256_GCM_SHA384) id us-mta-12-AbC; Mon, 23 Nov 2026 02:14:07 -0500",
     {.helo = "EX01.example.com", .rdns = "ex01.example.com", .ip = "192.0.2.9", .by = "relay.mimecast.com",
      .with = "ESMTP", .id = "us-mta-12-AbC", .tls = "TLSv1.3"}},
    {"CommuniGate Pro with login",
     "from [198.51.100.9] (account alice@example.com HELO laptop.example.com) by mail.example.com "
     "(CommuniGate Pro SMTP 6.3.8) with ESMTPSA id 12345678 for b@example.org; Mon, 23 Nov 2026 02:14:07 +0300",
     {.helo = "laptop.example.com", .ip = "198.51.100.9", .by = "mail.example.com", .with = "ESMTPSA", .id = "12345678",
      .for_address = "b@example.org", .tls = "TLS", .auth = "ESMTPSA", .auth_user = "alice@example.com"}},
    {"Zimbra LMTP",
     "from mta.example.com (LHLO mta2.example.com) (192.0.2.20) by store.example.com with LMTP; "
     "Mon, 23 Nov 2026 02:14:07 -0700 (PDT)",
     {.helo = "mta2.example.com", .rdns = "mta.example.com", .ip = "192.0.2.20", .by = "store.example.com",
      .with = "LMTP"}},
    {"webmail",
     "from [94.79.161.130] by web-bs01.example.net (via HTTP); Mon, 23 Nov 2026 02:14:07 +0100",
     {.ip = "94.79.161.130", .by = "web-bs01.example.net", .with = "HTTP", .auth = "HTTP"}},
    {"an address that is written as IPv4 in IPv6",
     "from a.example ([::ffff:192.0.2.8]) by b.example with esmtp; Mon, 23 Nov 2026 02:14:07 +0100",
     {.helo = "a.example", .ip = "192.0.2.8", .by = "b.example", .with = "esmtp"}},
    {"internationalized mail (RFC 6531)",
     "from mail.beispiel.example ([192.0.2.8]) by mx.example with UTF8SMTPS id 1 for <jörg@beispiel.example>; "
     "Mon, 23 Nov 2026 02:14:07 +0100",
     {.helo = "mail.beispiel.example", .ip = "192.0.2.8", .by = "mx.example", .with = "UTF8SMTPS", .id = "1",
      .for_address = "jörg@beispiel.example", .tls = "TLS"}},
    {"a date that nobody can read",
     "from a.example ([192.0.2.8]) by b.example with SMTP id 1; yesterday",
     {.helo = "a.example", .ip = "192.0.2.8", .by = "b.example", .with = "SMTP", .id = "1", .at = -1}},
};

static int differs(const struct expected *row, const char *field, const char *found, const char *wanted)
{
    if (mf_same(found, wanted))
        return 0;
    print_error("%s: %s is %s, wanted %s\n", row->server, field, found ? found : "NULL", wanted ? wanted : "NULL");
    return 1;
}

static int compare(const struct expected *row, const struct mf_received *found)
{
    const struct mf_received *is = &row->is;
    return differs(row, "helo", found->helo, is->helo) + differs(row, "rdns", found->rdns, is->rdns) +
           differs(row, "ip", found->ip, is->ip) + differs(row, "ident", found->ident, is->ident) +
           differs(row, "auth", found->auth, is->auth) + differs(row, "auth_user", found->auth_user, is->auth_user) +
           differs(row, "envelope_from", found->envelope_from, is->envelope_from) +
           differs(row, "by", found->by, is->by) + differs(row, "by_ip", found->by_ip, is->by_ip) +
           differs(row, "with", found->with, is->with) + differs(row, "id", found->id, is->id) +
           differs(row, "for", found->for_address, is->for_address) + differs(row, "tls", found->tls, is->tls) +
           differs(row, "local", found->local ? "yes" : "no", is->local ? "yes" : "no");
}

static void every_server_s_line_gives_what_it_says_and_nothing_else(void **state)
{
    (void)state;
    struct mf_arena *arena = mf_arena_new();
    int wrong = 0;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        const struct mf_received *found = mf_received_parse(arena, cases[i].line);
        wrong += compare(&cases[i], found);
        if (!found->understood || (found->at == 0) != (cases[i].is.at == -1) || strpbrk(found->raw, "\r\n")) {
            print_error("%s: understood %d, date %s\n", cases[i].server, found->understood, found->date_text);
            ++wrong;
        }
    }
    mf_arena_free(&arena);
    assert_int_equal(wrong, 0);
}

static void a_line_that_nobody_understands_is_kept_raw(void **state)
{
    (void)state;
    static const char *const lines[] = {"", "   ", "hello", "(unclosed", "[unclosed", "<", "from", "from (", "; date", "by", "(((((", "\\"};
    struct mf_arena *arena = mf_arena_new();
    for (size_t i = 0; i < sizeof lines / sizeof *lines; ++i) {
        const struct mf_received *found = mf_received_parse(arena, lines[i]);
        assert_non_null(found->raw);
        assert_false(found->understood);
        assert_null(found->by);
    }
    assert_non_null(mf_received_parse(arena, NULL));
    mf_arena_free(&arena);
}

static void the_path_is_told_in_order_of_travel(void **state)
{
    (void)state;
    static const char text[] = "Received: from b ([192.0.2.2]) by c with SMTP; Mon, 23 Nov 2026 02:14:09 +0000\r\n"
                               "X-TM-MAIL-RECEIVED-TIME: in between\r\n"
                               "Received: from a ([192.0.2.1])\r\n\tby b with SMTP; Mon, 23 Nov 2026 02:14:07 +0000\r\n"
                               "received: by a (Postfix, from userid 0) id 1; Mon, 23 Nov 2026 02:14:06 +0000\r\n"
                               "Subject: x\r\n\r\nReceived: from no by where\r\n";
    struct mf_arena *arena = mf_arena_new();
    const struct mf_message *message = mf_message_parse(arena, MF_BYTES(text));
    size_t count;
    const struct mf_received **path = mf_message_path(arena, message, &count);
    assert_int_equal(count, 3);
    assert_string_equal(path[0]->by, "a");
    assert_true(path[0]->local);
    assert_string_equal(path[1]->by, "b");
    assert_string_equal(path[2]->by, "c");
    assert_true(path[2]->at - path[1]->at == 2 * MF_SECOND);
    mf_arena_free(&arena);
}

static void a_message_without_trace_has_an_empty_path(void **state)
{
    (void)state;
    struct mf_arena *arena = mf_arena_new();
    size_t count = 7;
    mf_message_path(arena, mf_message_parse(arena, MF_BYTES("Subject: x\n\n")), &count);
    assert_int_equal(count, 0);
    mf_arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_server_s_line_gives_what_it_says_and_nothing_else),
        cmocka_unit_test(a_line_that_nobody_understands_is_kept_raw),
        cmocka_unit_test(the_path_is_told_in_order_of_travel),
        cmocka_unit_test(a_message_without_trace_has_an_empty_path),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
