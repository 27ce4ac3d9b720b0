/* What is sent, by whom, and how it is handed over. */
#include "unit/plan/binding.h"

static const struct mf_flow *one_flow(struct binding *binding, const char *keys)
{
    char scenario[2000];
    snprintf(scenario, sizeof scenario, "scenario: x\nflows:\n  - flow: a\n    %s\n", keys);
    *binding = bind_good(scenario);
    return &binding->plan->flows[0];
}

/* --- via --- */

static void the_door_is_the_usual_one_or_the_one_that_is_named(void **state)
{
    (void)state;
    static const struct {
        const char *keys, *label;
        int port; /* 0: no door */
        enum mf_tls_mode tls;
        const char *user; /* NULL: no login */
    } table[] = {
        {"{from: alice, to: bob}", "primary submission", 587, MF_TLS_REQUIRED, "alice"},
        {"{from: probe, to: bob}", "mx of net-it.com", 0, MF_TLS_OFFERED, NULL},
        {"{from: crm, to: bob}", "gateway smtp", 25, MF_TLS_OFFERED, NULL},
        {"{from: alice, to: bob, via: secondary}", "secondary submission", 587, MF_TLS_REQUIRED, "alice@net-it.com"},
        {"{from: alice, to: bob, via: primary}", "primary submission", 587, MF_TLS_REQUIRED, "alice"},
        {"{from: probe, to: bob, via: primary}", "primary smtp", 25, MF_TLS_OFFERED, NULL},
        {"{from: alice, to: bob, via: primary smtp}", "primary smtp", 25, MF_TLS_OFFERED, NULL},
        {"{from: alice, to: probe, via: mx}", "mx of example.org", 0, MF_TLS_OFFERED, NULL},
        {"{from: alice, to: bob, via: {server: primary submission, port: 465}}", "primary submission", 465, MF_TLS_IMPLICIT, "alice"},
        {"{from: alice, to: bob, via: \"smtps://mail.net-it.com:465\"}", "primary submission", 465, MF_TLS_IMPLICIT, "alice"},
        {"{from: alice, to: bob, via: \"smtp://other.example:26\"}", "smtp://other.example:26", 26, MF_TLS_OFFERED, NULL},
        {"{from: alice, to: bob, via: {server: primary smtp, tls: required}}", "primary smtp", 25, MF_TLS_REQUIRED, NULL},
        {"{from: alice, to: bob, via: {server: primary smtp, tls: none}}", "primary smtp", 25, MF_TLS_NONE, NULL},
        {"{from: alice, to: bob, via: {server: primary submission, tls: offered}}", "primary submission", 587, MF_TLS_OFFERED, "alice"},
        {"{from: crm, to: bob, via: {server: primary submission, login: {user: crm, password: {env: LAB_PASSWORD}}}}", "primary submission", 587,
         MF_TLS_REQUIRED, "crm"},
        {"{from: c.gruen@net-it.com, to: bob}", "primary submission", 587, MF_TLS_REQUIRED, "carol"},
        {"{from: probe, to: <postmaster>, via: mx, expect: accepted}", "mx of net-it.com", 0, MF_TLS_OFFERED, NULL},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char scenario[600];
        snprintf(scenario, sizeof scenario, "scenario: x\nflows:\n  - {flow: a, %s\n", table[i].keys + 1);
        struct binding binding = bind_good(scenario);
        const struct mf_via *via = binding.plan->flows[0].via;
        assert_string_equal(via->label, table[i].label);
        assert_int_equal(via->kind, table[i].port ? MF_VIA_DOORS : MF_VIA_MX);
        assert_int_equal(via->tls_mode, table[i].tls);
        if (table[i].port)
            assert_int_equal(via->door->port, table[i].port);
        if (table[i].user)
            assert_string_equal(via->login->user, table[i].user);
        else
            assert_null(via->login);
        forget(&binding);
    }
}

static void logins_may_be_none_or_wrong(void **state)
{
    (void)state;
    struct binding binding;
    const struct mf_flow *flow = one_flow(&binding, "from: alice\n    to: bob\n    via: {server: primary submission, login: none}");
    assert_int_equal(flow->via->login->kind, MF_LOGIN_NONE);
    forget(&binding);
    flow = one_flow(&binding, "from: alice\n    to: bob\n    via: {server: primary submission, login: wrong}");
    assert_int_equal(flow->via->login->kind, MF_LOGIN_WRONG);
    assert_string_equal(flow->via->login->user, "alice");
    assert_null(flow->via->login->password);
    forget(&binding);
}

static void ways_that_cannot_work_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *keys, *errors;
    } table[] = {
        {"{flow: a, from: x@example.net, to: bob}",
         "x.yaml:2:16 how is it handed over? x@example.net is nobody of the site, so \"via\" is needed | via: SERVER [DOOR], a URL, mx, or {command: …}\n"},
        {"{flow: a, from: x@example.net, to: bob, via: primary submission}",
         "x.yaml:2:54 x@example.net has no login at primary submission | via: {server: …, login: {user: …, password: {env: NAME}}}, or login: none\n"},
        {"{flow: a, from: alice, to: bob, via: {server: mx, login: wrong}}", "x.yaml:2:59 nobody logs in at an MX | take out login\n"},
        {"{flow: a, from: alice, to: bob, via: {server: mx, command: cat}}",
         "x.yaml:2:46 a command hands the message over by itself: server, login, tls, port, source and helo have no part in it | keep \"command\" alone, or take it out\n"},
        {"{flow: a, from: alice, to: bob, via: {tls: none}}",
         "x.yaml:2:46 \"via\" names neither server nor command | server: SERVER [DOOR], URL or mx; or command:\n"},
        {"{flow: a, from: alice, to: bob, via: {server: primary submission, tls: none}}",
         "x.yaml:2:46 a login never goes in clear text | tls: required, or login: none\n"},
        {"{flow: a, from: alice, to: bob, via: {server: primary submission, port: 465, tls: none, login: none}}",
         "x.yaml:2:46 smtps://mail.net-it.com:465 is TLS from the first byte | use an smtp:// door for that\n"},
        {"{flow: a, from: alice, to: bob, via: {server: \"smtp://x.example:25\", port: 26}}",
         "x.yaml:2:84 the URL has its port already | take out port\n"},
        {"{flow: a, from: alice, to: bob, via: {command: \"sendmail $(rcpt)\"}}",
         "x.yaml:2:66 nothing is known as $(rcpt) | give it a value under vars: or with --var; for a literal $( write $$(\n"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char scenario[600];
        snprintf(scenario, sizeof scenario, "scenario: x\nflows: [%s]\n", table[i].keys);
        expect_errors(usual_site, scenario, table[i].errors);
    }
}

static void a_command_gets_the_envelope_as_arguments(void **state)
{
    (void)state;
    struct binding binding;
    const struct mf_flow *flow = one_flow(&binding, "from: alice\n    to: bob\n    via: {command: ssh crm.example 'sendmail -i' -f$(mail-from) -- $(rcpt-to)}");
    static const char *const rcpt[] = {"bob@net-it.com", "carol@net-it.com"};
    const char **argv = mf_plan_argv(binding.plan->arena, flow->via, "a@net-it.com", rcpt, 2);
    static const char *const expected[] = {"ssh", "crm.example", "sendmail -i", "-fa@net-it.com", "--", "bob@net-it.com", "carol@net-it.com", NULL};
    for (size_t i = 0; expected[i]; i++)
        assert_string_equal(argv[i], expected[i]);
    assert_null(argv[7]);
    argv = mf_plan_argv(binding.plan->arena, flow->via, "", rcpt, 1);
    assert_string_equal(argv[3], "-f<>");
    assert_null(argv[6]);
    forget(&binding);
}

/* --- whom --- */

static void kinds_follow_sender_and_first_recipient(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to;
        enum mf_kind kind;
    } table[] = {
        {"alice", "bob", MF_KIND_INTERNAL},        {"alice", "probe", MF_KIND_OUTBOUND},        {"probe", "alice", MF_KIND_INBOUND},
        {"crm", "alice", MF_KIND_APPLICATION},     {"crm", "probe", MF_KIND_APPLICATION},       {"alice", "[bob, probe]", MF_KIND_INTERNAL},
        {"alice", "[probe, bob]", MF_KIND_OUTBOUND}, {"alice", "x@example.net", MF_KIND_OUTBOUND}, {"alice", "x@net-it.com", MF_KIND_INTERNAL},
        {"probe", "x@example.net", MF_KIND_INBOUND},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char keys[200];
        snprintf(keys, sizeof keys, "from: %s\n    to: %s\n    expect: accepted", table[i].from, table[i].to);
        struct binding binding;
        assert_int_equal(one_flow(&binding, keys)->kind, table[i].kind);
        forget(&binding);
    }
}

static void all_fields_make_the_envelope(void **state)
{
    (void)state;
    struct binding binding;
    const struct mf_flow *flow =
        one_flow(&binding, "from: alice\n    to: [bob, sales@$(domain)]\n    cc: probe\n    bcc: [BOB@net-it.com, जॉन@net-it.com]\n    expect: accepted");
    static const struct {
        const char *address, *person;
        int field;
    } expected[] = {{"bob@net-it.com", "bob", MF_TO}, {"sales@net-it.com", NULL, MF_TO}, {"probe@example.org", "probe", MF_CC},
                    {"BOB@net-it.com", NULL, MF_BCC}, {"जॉन@net-it.com", NULL, MF_BCC}};
    assert_int_equal(flow->recipient_count, 5);
    for (size_t i = 0; i < 5; i++) {
        assert_string_equal(flow->recipients[i].address, expected[i].address);
        assert_int_equal(flow->recipients[i].field, expected[i].field);
        assert_true(mf_same(flow->recipients[i].person ? flow->recipients[i].person->name : NULL, expected[i].person));
    }
    assert_string_equal(flow->mail_from, "alice@net-it.com");
    forget(&binding);
}

/* --- what --- */

static void a_message_has_a_subject_and_text_of_its_own(void **state)
{
    (void)state;
    struct binding binding;
    const struct mf_flow *flow = one_flow(&binding, "from: alice\n    to: bob");
    char subject[100];
    snprintf(subject, sizeof subject, "a [%s]", flow->token);
    assert_string_equal(flow->message.subject, subject);
    assert_non_null(strstr(flow->message.text, "mailflow test message, run 7f3a"));
    assert_non_null(strstr(flow->message.text, flow->token));
    assert_null(flow->message.html);
    forget(&binding);
}

static void a_message_is_made_of_what_is_given(void **state)
{
    (void)state;
    static const char *const path[] = {"s/x.yaml"};
    static const struct file_in_memory memory[] = {
        {"site.yaml", usual_site},
        {"s/x.yaml", "scenario: x\nfrom: alice\nto: bob\nvars: {greeting: Hello $(bob.name)}\nflows:\n"
                     "  - flow: map\n    message: {subject: \"$(greeting) $(token)\", text: $(gtube), html: <p>$$(x)</p>, attach: [data/a.pdf, data/b.txt],\n"
                     "              inline: data/c.png, header: {X-Run: $(run), From: $(carol.address)}, size: 9 MB}\n"
                     "  - {flow: template, message: t/mail.eml}\n"
                     "  - {flow: raw, message: {raw: t/mail.eml}}\n"},
        {"s/data/a.pdf", "%PDF"}, {"s/data/b.txt", "text"}, {"s/data/c.png", "png"},
        {"s/t/mail.eml", "From: $(alice.address)\nSubject: ${x} $$(y) $5\n\n/$(domain)/\n"},
        {NULL, NULL}};
    struct mf_plan_options options = usual_options("site.yaml", path, 1);
    setenv("LAB_PASSWORD", "x", 1);
    struct binding binding = bind_files(&options, memory);
    char *errors = errors_of(&binding);
    assert_string_equal(errors, "");
    free(errors);
    const struct mf_message_plan *m = &binding.plan->flows[0].message;
    char subject[100];
    snprintf(subject, sizeof subject, "Hello bob %s", binding.plan->flows[0].token);
    assert_string_equal(m->subject, subject);
    assert_non_null(strstr(m->text, "GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X"));
    assert_string_equal(m->html, "<p>$(x)</p>");
    assert_int_equal(m->attachment_count, 3);
    assert_string_equal(m->attachments[1].name, "b.txt");
    assert_string_equal(m->attachments[1].path, "s/data/b.txt");
    assert_int_equal(m->attachments[1].bytes.len, 4);
    assert_true(m->attachments[2].is_inline && !m->attachments[0].is_inline);
    assert_string_equal(m->headers[0].value, "7f3a");
    assert_string_equal(m->headers[1].value, "carol@net-it.com");
    assert_int_equal(m->size, 9000000);
    m = &binding.plan->flows[1].message;
    assert_string_equal(m->template_bytes.data, "From: alice@net-it.com\nSubject: ${x} $(y) $5\n\n/net-it.com/\n");
    assert_null(m->subject);
    m = &binding.plan->flows[2].message;
    assert_null(m->template_bytes.data);
    assert_non_null(memmem(m->raw.data, m->raw.len, "$(alice.address)", 16));
    forget(&binding);
}

static void a_mistake_in_a_template_is_told_where_it_is(void **state)
{
    (void)state;
    static const char *const path[] = {"x.yaml"};
    static const struct file_in_memory memory[] = {
        {"site.yaml", usual_site},
        {"x.yaml", "scenario: x\nflows: [{flow: a, from: alice, to: bob, message: mail.eml}]\n"},
        {"mail.eml", "Subject: Hello\n\nDear $(bob.nam), from $(domian)\n"},
        {NULL, NULL}};
    struct mf_plan_options options = usual_options("site.yaml", path, 1);
    setenv("LAB_PASSWORD", "x", 1);
    struct binding binding = bind_files(&options, memory);
    char *errors = errors_of(&binding);
    assert_string_equal(errors, "mail.eml:3:6 nothing is known as $(bob.nam) | did you mean $(bob.name)?\n"
                                "mail.eml:3:23 nothing is known as $(domian) | did you mean $(domain)?\n");
    free(errors);
    forget(&binding);
}

/* --- variables --- */

static void variables_come_from_the_innermost_that_knows_them(void **state)
{
    (void)state;
    static const char *const path[] = {"x.yaml"}, *const vars[] = {"who=bob", "unused-but-declared=1"};
    static const struct file_in_memory memory[] = {
        {"site.yaml", usual_site},
        {"x.yaml", "scenario: x\nvars: {who: carol, a: \"$(b)-$(who)\", b: $(domain), unused-but-declared: 0}\nfrom: alice\nto: $(who)\nflows:\n"
                   "  - {flow: \"one $(a)\"}\n  - {flow: two $(who), each: {who: [probe]}}\n"},
        {NULL, NULL}};
    struct mf_plan_options options = usual_options("site.yaml", path, 1);
    options.vars = vars;
    options.var_count = 2;
    setenv("LAB_PASSWORD", "x", 1);
    struct binding binding = bind_files(&options, memory);
    char *errors = errors_of(&binding);
    assert_string_equal(errors, "");
    free(errors);
    assert_string_equal(binding.plan->flows[0].name, "one net-it.com-bob");
    assert_string_equal(binding.plan->flows[1].recipients[0].person->name, "probe");
    forget(&binding);
}

static void variables_that_make_no_sense_are_refused(void **state)
{
    (void)state;
    expect_errors(usual_site, "scenario: x\nvars: {a: $(b), b: $(a), run: 1, c: [d], yes: 1, x.y: 2}\nflows: [{flow: x, from: alice, to: bob}]\n",
                  "x.yaml:2:11 the variable \"a\" is made of itself\n"
                  "x.yaml:2:20 the variable \"b\" is made of itself\n"
                  "x.yaml:2:26 $(run) has a meaning of its own | take another name\n"
                  "x.yaml:2:37 \"vars\" wants one text here, not a list | its type is map:text: values for $(name); --var NAME=VALUE wins\n"
                  "x.yaml:2:42 \"yes\" can't be the name of a variable: YAML readers take it for a yes, a no or nothing | choose another name; quoting it does not help\n"
                  "x.yaml:2:50 \"x.y\" can't be the name of a variable | letters, digits, - and _\n");
}

static void ids_stay_and_tokens_change_with_the_run(void **state)
{
    (void)state;
    static const char scenario[] = "scenario: x\nflows: [{flow: $(who), each: {who: [bob, carol]}, from: alice, to: $(who)}]\n";
    static const char *const path[] = {"x.yaml"};
    static const struct file_in_memory memory[] = {{"site.yaml", usual_site}, {"x.yaml", scenario}, {NULL, NULL}};
    struct mf_plan_options options = usual_options("site.yaml", path, 1);
    setenv("LAB_PASSWORD", "x", 1);
    struct binding one = bind_files(&options, memory), again = bind_files(&options, memory);
    options.run = "7f3b";
    struct binding other_run = bind_files(&options, memory);
    options.run = "7f3a";
    options.secret = (const unsigned char *)"another secret, also of 32 bytes";
    struct binding other_secret = bind_files(&options, memory);
    assert_int_equal(strlen(one.plan->flows[0].id), 12);
    assert_int_equal(strlen(one.plan->flows[0].token), 12);
    for (size_t i = 0; i < 2; i++) {
        assert_string_equal(one.plan->flows[i].id, again.plan->flows[i].id);
        assert_string_equal(one.plan->flows[i].token, again.plan->flows[i].token);
        assert_string_equal(one.plan->flows[i].id, other_run.plan->flows[i].id);
        assert_string_not_equal(one.plan->flows[i].token, other_run.plan->flows[i].token);
        assert_string_not_equal(one.plan->flows[i].token, other_secret.plan->flows[i].token);
    }
    assert_string_not_equal(one.plan->flows[0].id, one.plan->flows[1].id);
    /* SHA-256 of "x.yaml\0$(who)\0who\0bob\0", and its HMAC: by another tool. */
    assert_string_equal(one.plan->flows[0].id, "858db87a6331");
    assert_string_equal(one.plan->flows[0].token, "74947aaf9d3a");
    forget(&one);
    forget(&again);
    forget(&other_run);
    forget(&other_secret);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_door_is_the_usual_one_or_the_one_that_is_named),
        cmocka_unit_test(logins_may_be_none_or_wrong),
        cmocka_unit_test(ways_that_cannot_work_are_refused),
        cmocka_unit_test(a_command_gets_the_envelope_as_arguments),
        cmocka_unit_test(kinds_follow_sender_and_first_recipient),
        cmocka_unit_test(all_fields_make_the_envelope),
        cmocka_unit_test(a_message_has_a_subject_and_text_of_its_own),
        cmocka_unit_test(a_message_is_made_of_what_is_given),
        cmocka_unit_test(a_mistake_in_a_template_is_told_where_it_is),
        cmocka_unit_test(variables_come_from_the_innermost_that_knows_them),
        cmocka_unit_test(variables_that_make_no_sense_are_refused),
        cmocka_unit_test(ids_stay_and_tokens_change_with_the_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
