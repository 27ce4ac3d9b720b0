/* A site: servers, doors, people and their mailboxes, applications, logins, DNS, includes. */
#include "unit/plan/binding.h"

static struct binding bind_site(const char *site)
{
    struct binding binding = bind_text(site, NULL);
    if (!binding.plan) {
        char *errors = errors_of(&binding);
        print_error("%s", errors);
        free(errors);
        fail();
    }
    return binding;
}

/* --- servers --- */

static void doors_have_the_usual_ports_and_tls(void **state)
{
    (void)state;
    struct binding binding = bind_site(
        "domain: a.example\nservers:\n"
        "  primary:\n    submission: [smtp://m.a.example, smtps://m.a.example, smtp://m.a.example:2525]\n"
        "    smtp: smtp://m.a.example\n    imap: imaps://M.A.example\n    pop3: pop3s://m.a.example\n"
        "    web: https://mail.a.example/owa/\n    login: {password: {env: LAB_PASSWORD}}\n"
        "  old: {imap: \"imap://[2001:db8::1]:1143\", smtp: smtp://192.0.2.1}\n"
        "people: {ann: ann@a.example}\n");
    const struct mf_server *primary = mf_site_server(binding.plan->site, "primary");
    static const struct {
        int port;
        enum mf_tls_mode tls;
    } submission[] = {{587, MF_TLS_REQUIRED}, {465, MF_TLS_IMPLICIT}, {2525, MF_TLS_REQUIRED}};
    assert_int_equal(primary->submission_count, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(primary->submission[i].port, submission[i].port);
        assert_int_equal(primary->submission[i].tls_mode, submission[i].tls);
        assert_string_equal(primary->submission[i].host, "m.a.example");
        assert_ptr_equal(primary->submission[i].server, primary);
        assert_string_equal(primary->submission[i].tls->minimum, "1.2");
    }
    assert_int_equal(primary->smtp[0].port, 25);
    assert_int_equal(primary->smtp[0].tls_mode, MF_TLS_OFFERED);
    assert_int_equal(primary->imap->port, 993);
    assert_int_equal(primary->pop3->port, 995);
    assert_string_equal(primary->web->host, "mail.a.example");
    assert_string_equal(primary->web->url, "https://mail.a.example/owa/");
    const struct mf_server *old = mf_site_role(binding.plan->site, MF_ROLE_OLD);
    assert_string_equal(old->imap->host, "2001:db8::1");
    assert_int_equal(old->imap->port, 1143);
    assert_int_equal(old->imap->tls_mode, MF_TLS_REQUIRED);
    assert_true(mf_server_has_host(primary, "M.a.example."));
    assert_true(mf_server_has_host(primary, "mail.a.example"));
    assert_int_equal(primary->host_count, 2);
    assert_string_equal(primary->authserv_ids[0], "m.a.example");
    forget(&binding);
}

static void a_role_is_given_or_the_servers_own_name(void **state)
{
    (void)state;
    struct binding binding = bind_site(
        "domain: a.example\nservers:\n"
        "  m365: {role: primary, imap: imaps://o.example, login: {password: {env: LAB_PASSWORD}}}\n"
        "  sky: {role: secondary, imap: imaps://s.example, login: {password: {env: LAB_PASSWORD}}, copy-form: journal}\n"
        "  gateway: {smtp: smtp://g.example, hosts: [.g.example, relay.example]}\n"
        "people: {ann: ann@a.example}\n");
    const struct mf_site *site = binding.plan->site;
    assert_string_equal(mf_site_role(site, MF_ROLE_PRIMARY)->name, "m365");
    assert_string_equal(mf_site_role(site, MF_ROLE_SECONDARY)->name, "sky");
    assert_true(mf_site_role(site, MF_ROLE_SECONDARY)->copy_is_journal);
    assert_null(mf_site_role(site, MF_ROLE_OUTSIDE));
    assert_string_equal(site->mailboxes[0].label, "ann m365");
    const struct mf_server *gateway = mf_site_server(site, "gateway");
    static const struct {
        const char *host;
        bool has;
    } hosts[] = {{"in.g.example", true}, {"A.B.G.EXAMPLE.", true}, {"g.example", false}, {"xg.example", false}, {"relay.example", true},
                 {"x.relay.example", false}, {"", false}};
    for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++)
        assert_int_equal(mf_server_has_host(gateway, hosts[i].host), hosts[i].has);
    forget(&binding);
}

static void the_secondary_receives_what_the_site_says(void **state)
{
    (void)state;
    struct binding binding = bind_site(usual_site);
    const struct mf_server *secondary = mf_site_role(binding.plan->site, MF_ROLE_SECONDARY);
    assert_string_equal(secondary->receives[MF_KIND_INBOUND], "inbox");
    assert_string_equal(secondary->receives[MF_KIND_OUTBOUND], "sent");
    assert_string_equal(secondary->receives[MF_KIND_APPLICATION], "inbox");
    assert_null(secondary->receives[MF_KIND_INTERNAL]);
    assert_null(mf_site_role(binding.plan->site, MF_ROLE_PRIMARY)->receives[MF_KIND_INBOUND]);
    forget(&binding);
    binding = bind_site("domain: a.example\nservers: {secondary: {imap: imaps://s.example, receives: {internal: Copies, inbound: INBOX},"
                        " login: {password: {env: LAB_PASSWORD}}}}\npeople: {ann: ann@a.example}\n");
    secondary = mf_site_role(binding.plan->site, MF_ROLE_SECONDARY);
    assert_string_equal(secondary->receives[MF_KIND_INTERNAL], "Copies");
    assert_string_equal(secondary->receives[MF_KIND_INBOUND], "inbox");
    assert_null(secondary->receives[MF_KIND_OUTBOUND]);
    forget(&binding);
}

/* --- people --- */

static void people_have_mailboxes_by_their_side(void **state)
{
    (void)state;
    struct binding binding = bind_site(usual_site);
    const struct mf_site *site = binding.plan->site;
    static const struct {
        const char *label, *user;
        bool main;
    } mailboxes[] = {
        {"alice primary", "alice", true},  {"alice secondary", "alice@net-it.com", false},
        {"bob primary", "bob", true},      {"bob secondary", "bob@net-it.com", false},
        {"carol primary", "carol", true},  {"carol secondary", "carol@net-it.com", false},
        {"probe", "probe@example.org", true},
    };
    assert_int_equal(site->mailbox_count, sizeof mailboxes / sizeof *mailboxes);
    for (size_t i = 0; i < site->mailbox_count; i++) {
        assert_string_equal(site->mailboxes[i].label, mailboxes[i].label);
        assert_string_equal(site->mailboxes[i].login->user, mailboxes[i].user);
        assert_int_equal(site->mailboxes[i].is_main, mailboxes[i].main);
        assert_int_equal(site->mailboxes[i].index, i);
    }
    assert_true(mf_site_person(site, "probe")->outside);
    assert_false(mf_site_person(site, "carol")->outside);
    assert_string_equal(mf_site_person(site, "carol")->display_name, "Carol Grün");
    assert_string_equal(mf_site_person(site, "bob")->display_name, "bob");
    forget(&binding);
}

static void a_person_may_have_other_mailboxes_and_logins(void **state)
{
    (void)state;
    struct binding binding = bind_site(
        "domain: a.example\nservers:\n"
        "  primary: {imap: imaps://m.example, login: {password: {env: LAB_PASSWORD}}}\n"
        "  spare: {role: old, imap: imaps://s.example, login: {user: 's-$(person)', password: {env: LAB_PASSWORD}}}\n"
        "people:\n"
        "  ann: {address: ann@a.example, mailboxes: [spare, primary], login: {primary: {user: 'DOM\\ann', password: {env: LAB_PASSWORD}}}}\n");
    const struct mf_person *ann = mf_site_person(binding.plan->site, "ann");
    assert_int_equal(ann->mailbox_count, 2);
    assert_string_equal(ann->mailboxes[0]->login->user, "s-ann");
    assert_true(ann->mailboxes[0]->is_main);
    assert_string_equal(ann->mailboxes[1]->login->user, "DOM\\ann");
    forget(&binding);
}

static void people_are_found_by_address(void **state)
{
    (void)state;
    static const struct {
        const char *address, *person;
    } table[] = {
        {"alice@net-it.com", "alice"}, {"alice@NET-IT.com", "alice"},     {"Alice@net-it.com", NULL}, {"bob+tag@net-it.com", "bob"},
        {"c.gruen@net-it.com", "carol"}, {"c.gruen+x@Net-It.Com", "carol"}, {"+@net-it.com", NULL},     {"nobody@net-it.com", NULL},
        {"probe@example.org", "probe"}, {"postmaster", NULL},              {"", NULL},
    };
    struct binding binding = bind_site(usual_site);
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        const struct mf_person *person = mf_site_person_at(binding.plan->site, table[i].address);
        if (table[i].person)
            assert_string_equal(person->name, table[i].person);
        else
            assert_null(person);
    }
    assert_true(mf_site_is_ours(binding.plan->site, "x@NET-IT.com"));
    assert_false(mf_site_is_ours(binding.plan->site, "x@sub.net-it.com"));
    forget(&binding);
}

/* --- applications --- */

static void applications_hand_over_at_the_gateway_or_where_they_say(void **state)
{
    (void)state;
    char site[sizeof usual_site + 400];
    snprintf(site, sizeof site, "%s%s", usual_site, "");
    char *at = strstr(site, "deadlines:");
    strcpy(at, "  erp: {address: erp@net-it.com, mail-from: bounces@net-it.com, via: {command: [ssh, erp, sendmail, -f, $(mail-from), --, $(rcpt-to)]}}\n"
               "  web: {address: web@net-it.com, via: {server: primary submission, login: {user: $(person), password: {env: LAB_PASSWORD}}}}\n");
    struct binding binding = bind_site(site);
    const struct mf_application *crm = &binding.plan->site->applications[0], *erp = &binding.plan->site->applications[2];
    assert_string_equal(crm->via->label, "gateway smtp");
    assert_string_equal(crm->via->source, "crm.net-it.com");
    assert_string_equal(crm->via->helo, "crm.net-it.com");
    assert_string_equal(crm->mail_from, "crm@net-it.com");
    assert_null(crm->via->login);
    assert_int_equal(erp->via->kind, MF_VIA_COMMAND);
    assert_string_equal(erp->via->argv[4], "$(mail-from)");
    assert_string_equal(erp->mail_from, "bounces@net-it.com");
    assert_string_equal(binding.plan->site->applications[3].via->login->user, "web");
    forget(&binding);
}

static void applications_may_stand_in_a_table(void **state)
{
    (void)state;
    static const struct file_in_memory memory[] = {
        {"site.yaml", "domain: a.example\nservers: {gateway: {smtp: smtp://g.example}}\npeople: {}\napplications: apps/all.csv\n"},
        {"apps/all.csv", "name,address,source,helo\ncrm,crm@a.example,192.0.2.1,crm.a.example\nerp,erp@a.example,,\n"},
        {NULL, NULL}};
    struct mf_plan_options options = usual_options("site.yaml", NULL, 0);
    struct binding binding = bind_files(&options, memory);
    assert_non_null(binding.plan);
    assert_int_equal(binding.plan->site->application_count, 2);
    assert_string_equal(binding.plan->site->applications[0].via->source, "192.0.2.1");
    assert_null(binding.plan->site->applications[1].via->helo);
    forget(&binding);
}

/* --- logins and secrets --- */

static void oauth2_of_a_known_provider_is_filled_in(void **state)
{
    (void)state;
    static const struct {
        const char *oauth2, *token_url, *scope;
    } table[] = {
        {"{provider: microsoft, tenant: t.example, client-id: c, client-secret: {env: LAB_PASSWORD}}",
         "https://login.microsoftonline.com/t.example/oauth2/v2.0/token", "https://outlook.office365.com/.default"},
        {"{provider: microsoft, client-id: c, refresh-token: {env: LAB_PASSWORD}}",
         "https://login.microsoftonline.com/common/oauth2/v2.0/token",
         "https://outlook.office.com/IMAP.AccessAsUser.All https://outlook.office.com/SMTP.Send offline_access"},
        {"{provider: google, client-id: c, client-secret: {env: LAB_PASSWORD}, refresh-token: {env: LAB_PASSWORD}}",
         "https://oauth2.googleapis.com/token", "https://mail.google.com/"},
        {"{token-url: \"https://id.example/token\", scope: mail, client-id: c, client-secret: {env: LAB_PASSWORD}}",
         "https://id.example/token", "mail"},
        {"{token: {command: oama access ann}}", NULL, NULL},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char site[800];
        snprintf(site, sizeof site, "domain: a.example\nservers: {primary: {imap: imaps://m.example, login: {oauth2: %s}}}\npeople: {ann: ann@a.example}\n",
                 table[i].oauth2);
        struct binding binding = bind_site(site);
        const struct mf_login *login = binding.plan->site->mailboxes[0].login;
        assert_int_equal(login->kind, MF_LOGIN_OAUTH2);
        assert_true(mf_same(login->oauth2->token_url, table[i].token_url));
        assert_true(mf_same(login->oauth2->scope, table[i].scope));
        forget(&binding);
    }
}

static void expect_login_error(const char *login, const char *error)
{
    char site[600], line[600];
    snprintf(site, sizeof site, "domain: a.example\nservers: {primary: {imap: imaps://m.example, login: %s}}\npeople: {ann: ann@a.example}\n", login);
    snprintf(line, sizeof line, "site.yaml:2:%s\n", error);
    expect_errors(site, NULL, line);
}

static void logins_that_cannot_work_are_refused(void **state)
{
    (void)state;
    unsetenv("LAB_PASWORD");
    setenv("EMPTY_ONE", "", 1);
    expect_login_error("{password: {env: LAB_PASWORD}}", "70 the environment variable LAB_PASWORD is not set | did you mean \"LAB_PASSWORD\"?");
    expect_login_error("{password: {env: EMPTY_ONE}}", "70 the environment variable EMPTY_ONE is empty | give it its value where mailflow runs");
    expect_login_error("{password: {file: no/such/file}}", "71 can't open no/such/file: No such file or directory | the path is relative to the file that names it");
    expect_login_error("{password: {env: LAB_PASSWORD, file: x}}", "64 \"password\" wants exactly one source | {env: NAME}, {file: PATH} or {command: …}");
    expect_login_error("{password: hunter2}", "64 \"password\" holds a secret in clear text | never the value itself: {env: NAME}, {file: PATH} or {command: …}");
    expect_login_error("{user: ann}", "53 this login has neither password nor oauth2 | password: {env: NAME}, or oauth2:");
    expect_login_error("{oauth2: {provider: google, client-id: c}}", "62 Google gives tokens for a refresh token only (client credentials are not for "
                       "mailboxes there) | refresh-token: {…}, or token: {command: …}");
    expect_login_error("{password: {env: LAB_PASSWORD}, mechanism: SCRAM}", "96 unknown word \"SCRAM\" for \"mechanism\" | one of: PLAIN, LOGIN, CRAM-MD5, "
                       "DIGEST-MD5, SCRAM-SHA-1, SCRAM-SHA-256, XOAUTH2, OAUTHBEARER, NTLM, GSSAPI, EXTERNAL");
}

static void a_secret_is_looked_for_but_never_kept(void **state)
{
    (void)state;
    struct binding binding = bind_text(usual_site, "scenario: x\nflows: [{flow: a, from: alice, to: bob}]\n");
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    mf_plan_print(binding.plan, out);
    fclose(out);
    assert_null(strstr(text, "not shown anywhere"));
    const struct mf_secret *secret = binding.plan->site->mailboxes[0].login->password;
    assert_string_equal(secret->env, "LAB_PASSWORD");
    assert_null(secret->path);
    assert_int_equal(secret->place.line, 10);
    const char *path;
    struct mf_bytes bytes;
    for (size_t i = 0; mf_files_at(binding.files, i, &path, &bytes); i++)
        assert_null(memmem(bytes.data, bytes.len, "not shown anywhere", 18));
    free(text);
    forget(&binding);
}

static void a_site_without_a_login_for_somebody_is_told_once_a_server(void **state)
{
    (void)state;
    expect_errors("domain: a.example\nservers: {primary: {imap: imaps://m.example}}\npeople: {ann: ann@a.example, ben: ben@a.example}\n", NULL,
                  "site.yaml:2:11 nobody can log in at \"primary\": ann and 1 more have a mailbox there, but no login is given | login: {password: {env: NAME}}\n");
}

/* --- DNS --- */

static void a_dns_table_is_bound_with_its_files(void **state)
{
    (void)state;
    static const struct file_in_memory memory[] = {
        {"s/site.yaml", "domain: a.example\nservers: {}\npeople: {}\nresolver: 192.0.2.53@5353\ndns:\n  mx: [10 mx1.a.example, 20 mx2.a.example]\n"
                        "  spf: v=spf1 mx:$(domain) -all\n  dkim: {s1: {file: keys/one.txt}, s2: {file: keys/zone.txt}, s3: {cname: k.b.example}}\n"
                        "  more: {autodiscover: CNAME autodiscover.outlook.com}\n"},
        {"s/keys/one.txt", "v=DKIM1; k=rsa;\n p=AAAA\r\nBBBB\n"},
        {"s/keys/zone.txt", "s2._domainkey IN TXT ( \"v=DKIM1; k=rsa; \"\n  \"p=CCCC\" ) ; ----- DKIM key\n"},
        {NULL, NULL}};
    struct mf_plan_options options = usual_options("s/site.yaml", NULL, 0);
    struct binding binding = bind_files(&options, memory);
    char *errors = errors_of(&binding);
    assert_string_equal(errors, "");
    free(errors);
    const struct mf_dns_table *dns = binding.plan->site->dns;
    assert_int_equal(dns->mx_count, 2);
    assert_string_equal(dns->spf, "v=spf1 mx:a.example -all");
    assert_string_equal(dns->dkim[0].record, "v=DKIM1; k=rsa; p=AAAABBBB");
    assert_string_equal(dns->dkim[1].record, "v=DKIM1; k=rsa; p=CCCC");
    assert_string_equal(dns->dkim[2].cname, "k.b.example");
    assert_string_equal(dns->more[0].type, "CNAME");
    assert_string_equal(dns->more[0].value, "autodiscover.outlook.com");
    assert_string_equal(binding.plan->site->resolver, "192.0.2.53@5353");
    assert_string_equal(binding.plan->site->name, "site");
    forget(&binding);
}

/* "NAME TYPE VALUE", by ", ". */
static const char *more_of(struct binding *binding)
{
    const struct mf_dns_table *dns = binding->plan->site->dns;
    const char *text = "";
    for (size_t i = 0; i < dns->more_count; i++)
        text = mf_format(binding->plan->arena, "%s%s%s %s %s", text, i ? ", " : "", dns->more[i].name, dns->more[i].type, dns->more[i].value);
    return text;
}

static void records_of_other_names_are_put_into_one_form(void **state)
{
    (void)state;
    static const struct file_in_memory memory[] = {
        {"s/site.yaml", "domain: [a.example, b.example]\nservers: {}\npeople: {}\ndns:\n  more:\n"
                        "    autoconfig: [A 192.0.2.1, AAAA 2001:DB8:0::1, A 192.0.2.2]\n"
                        "    _imaps._tcp: SRV  0 1  993 IMAP.a.example.\n    _imap._tcp: SRV 0 0 0 .\n"
                        "    '@': [CAA 0 ISSUE \"ca.example\", NS ns1.a.example, MX 10 Mx.b.example]\n"
                        "    _25._tcp.mail: TLSA 3 1 1 AA bb\n    _smtp._tls: TXT \"v=TLSRPTv1; \" \"rua=mailto:x@a.example\"\n"
                        "    1.2.0.192.in-addr.arpa.: PTR mail.a.example\n    www.b.example: CNAME a.example\n"},
        {NULL, NULL}};
    struct mf_plan_options options = usual_options("s/site.yaml", NULL, 0);
    struct binding binding = bind_files(&options, memory);
    char *errors = errors_of(&binding);
    assert_string_equal(errors, "");
    free(errors);
    assert_string_equal(more_of(&binding), "autoconfig A 192.0.2.1, autoconfig A 192.0.2.2, autoconfig AAAA 2001:db8::1, _imaps._tcp SRV 0 1 993 imap.a.example, "
                                           "_imap._tcp SRV 0 0 0 ., @ CAA 0 issue \"ca.example\", @ NS ns1.a.example, @ MX 10 mx.b.example, "
                                           "_25._tcp.mail TLSA 3 1 1 aabb, _smtp._tls TXT v=TLSRPTv1; rua=mailto:x@a.example, "
                                           "1.2.0.192.in-addr.arpa. PTR mail.a.example, www.b.example CNAME a.example");
    const struct mf_site *site = binding.plan->site;
    assert_string_equal(mf_dns_more_name(binding.plan->arena, site, "_imaps._tcp"), "_imaps._tcp.a.example");
    assert_string_equal(mf_dns_more_name(binding.plan->arena, site, "@"), "a.example");
    assert_string_equal(mf_dns_more_name(binding.plan->arena, site, "www.b.example"), "www.b.example");
    assert_string_equal(mf_dns_more_name(binding.plan->arena, site, "wwwb.example"), "wwwb.example.a.example");
    assert_string_equal(mf_dns_more_name(binding.plan->arena, site, "x.c.example."), "x.c.example");
    mf_plan_add_dns_rows(binding.plan, site->dns, NULL);
    assert_int_equal(binding.plan->sections[0].dns_row_count, 11);
    assert_string_equal(mf_dns_row_label(&binding.plan->sections[0].dns_rows[0]), "autoconfig A");
    assert_int_equal(binding.plan->sections[0].dns_rows[0].more_count, 2);
    forget(&binding);
}

static void what_is_no_record_is_told_where_it_stands(void **state)
{
    (void)state;
    static const struct { const char *value, *told; } cases[] = {
        {"autodiscover.outlook.com", "\"autodiscover.outlook.com\" is no record | \"TYPE VALUE\", such as CNAME autodiscover.outlook.com"},
        {"CNAME", "\"CNAME\" is no CNAME record | such as \"CNAME autodiscover.outlook.com\""},
        {"A mail.a.example", "\"A mail.a.example\" is no A record | such as \"A 192.0.2.25\""},
        {"SRV 0 1 imap.a.example", "\"SRV 0 1 imap.a.example\" is no SRV record | such as \"SRV 0 1 993 imap.example.com\""},
        {"SRV 0 1 99999 imap.a.example", "\"SRV 0 1 99999 imap.a.example\" is no SRV record | such as \"SRV 0 1 993 imap.example.com\""},
        {"TLSA 3 1 1 abc", "\"TLSA 3 1 1 abc\" is no TLSA record | such as \"TLSA 3 1 1 5f2e…\""},
        {"HINFO x y", "HINFO records can't be confirmed here"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char site[400];
        snprintf(site, sizeof site, "domain: a.example\nservers: {}\npeople: {}\ndns:\n  more:\n    name: %s\n", cases[i].value);
        struct mf_plan_options options = usual_options("s/site.yaml", NULL, 0);
        const struct file_in_memory memory[] = {{"s/site.yaml", site}, {NULL, NULL}};
        struct binding binding = bind_files(&options, memory);
        char *errors = errors_of(&binding);
        if (!strstr(errors, cases[i].told))
            fail_msg("%s: %s", cases[i].value, errors);
        free(errors);
        forget(&binding);
    }
}

/* --- includes --- */

static void included_files_are_read_first_and_names_are_unique(void **state)
{
    (void)state;
    static const struct file_in_memory memory[] = {
        {"site.yaml", "include: [people.yaml, more/servers.yaml]\ndomain: a.example\npeople: {probe: p@example.org, ann: x@a.example}\n"},
        {"people.yaml", "people:\n  ann: ann@a.example\n  ben: {address: ben@a.example, mailboxes: primary}\n"},
        {"more/servers.yaml", "servers: {primary: {imap: imaps://m.example, login: {password: {env: LAB_PASSWORD}}}}\nlimits: {connections: 3}\n"},
        {NULL, NULL}};
    struct mf_plan_options options = usual_options("site.yaml", NULL, 0);
    setenv("LAB_PASSWORD", "x", 1);
    struct binding binding = bind_files(&options, memory);
    char *errors = errors_of(&binding);
    assert_string_equal(errors, "site.yaml:3:32 \"ann\" is the name of a person already | the other is at people.yaml:2\n");
    free(errors);
    forget(&binding);
    struct file_in_memory good[4];
    memcpy(good, memory, sizeof good);
    good[0].text = "include: [people.yaml, more/servers.yaml]\ndomain: a.example\npeople: {probe: p@example.org}\n";
    binding = bind_files(&options, good);
    assert_non_null(binding.plan);
    assert_int_equal(binding.plan->site->person_count, 3);
    assert_int_equal(binding.plan->site->limits.connections, 3);
    assert_string_equal(mf_site_person(binding.plan->site, "ben")->mailboxes[0]->server->name, "primary");
    forget(&binding);
}

static void limits_have_defaults_and_none(void **state)
{
    (void)state;
    struct binding binding = bind_site(usual_site);
    assert_true(binding.plan->site->limits.imap_commands > 0.99 && binding.plan->site->limits.imap_commands < 1.01);
    assert_int_equal(binding.plan->site->limits.connections, 10);
    assert_true(binding.plan->site->limits.messages > 29.9 && binding.plan->site->limits.messages < 30.1);
    assert_false(binding.plan->site->limits.imap_given);
    forget(&binding);
    binding = bind_site("domain: a.example\nservers: {}\npeople: {}\nlimits: {imap-commands: 30/min, messages: none}\n");
    assert_true(binding.plan->site->limits.imap_commands > 0.49 && binding.plan->site->limits.imap_commands < 0.51);
    assert_true(binding.plan->site->limits.messages < 0.001);
    assert_true(binding.plan->site->limits.imap_given);
    forget(&binding);
}

static void a_missing_site_is_an_error_not_a_crash(void **state)
{
    (void)state;
    static const char *const path[] = {"x.yaml"};
    static const struct file_in_memory memory[] = {{"x.yaml", "scenario: x\nflows: [{flow: a, from: alice, to: bob, via: primary, expect: alice secondary}]\n"}, {NULL, NULL}};
    struct mf_plan_options options = usual_options("no-such-site.yaml", path, 1);
    struct binding binding = bind_files(&options, memory);
    char *errors = errors_of(&binding);
    assert_string_equal(errors, "no-such-site.yaml is not in the snapshot that the run took\n");
    assert_null(binding.plan);
    free(errors);
    forget(&binding);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(doors_have_the_usual_ports_and_tls),
        cmocka_unit_test(a_role_is_given_or_the_servers_own_name),
        cmocka_unit_test(the_secondary_receives_what_the_site_says),
        cmocka_unit_test(people_have_mailboxes_by_their_side),
        cmocka_unit_test(a_person_may_have_other_mailboxes_and_logins),
        cmocka_unit_test(people_are_found_by_address),
        cmocka_unit_test(applications_hand_over_at_the_gateway_or_where_they_say),
        cmocka_unit_test(applications_may_stand_in_a_table),
        cmocka_unit_test(oauth2_of_a_known_provider_is_filled_in),
        cmocka_unit_test(logins_that_cannot_work_are_refused),
        cmocka_unit_test(a_secret_is_looked_for_but_never_kept),
        cmocka_unit_test(a_site_without_a_login_for_somebody_is_told_once_a_server),
        cmocka_unit_test(a_dns_table_is_bound_with_its_files),
        cmocka_unit_test(records_of_other_names_are_put_into_one_form),
        cmocka_unit_test(what_is_no_record_is_told_where_it_stands),
        cmocka_unit_test(included_files_are_read_first_and_names_are_unique),
        cmocka_unit_test(limits_have_defaults_and_none),
        cmocka_unit_test(a_missing_site_is_an_error_not_a_crash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
