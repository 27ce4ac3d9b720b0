/* Asking sources: what is asked, what is written down as whose word, and that silence ends it. */
#include "unit/dns/dns_testing.h"

#include <ftw.h>

#include "fakes/fake_dns.h"
#include "mailflow/run.h"

struct world {
    struct mf_arena *arena;
    struct fake_dns *fake;
    struct mf_plan *plan;
    struct mf_dns *dns;
    char dir[40], journal[64];
};

static int drop(const char *path, const struct stat *st, int kind, struct FTW *walk)
{
    (void)st, (void)kind, (void)walk;
    return remove(path);
}

static struct world new_world(void)
{
    static const char *domains[] = {"net-it.com"}, *mx[] = {"0 in.example"};
    struct world w = {.arena = mf_arena_new(), .fake = fake_dns_start("127.0.0.1"), .dir = "/tmp/mailflow-test-XXXXXX"};
    assert_non_null(w.fake);
    static const char *const records[] = {"net-it.com. 60 IN SOA ns1.net-it.com. h.net-it.com. 9 1 1 1 60", "net-it.com. 60 IN MX 0 in.example.",
                                          "net-it.com. 60 IN TXT \"v=spf1 -all\"", "s1._domainkey.net-it.com. 60 IN TXT \"p=x\"",
                                          "_dmarc.net-it.com. 60 IN TXT \"v=DMARC1; p=none\""};
    for (size_t i = 0; i < sizeof records / sizeof *records; i++)
        assert_true(fake_dns_add(w.fake, records[i]));
    fake_dns_set_flags(w.fake, true, false);
    w.plan = mf_alloc(w.arena, sizeof *w.plan);
    w.plan->arena = w.arena;
    w.plan->site = mf_alloc(w.arena, sizeof *w.plan->site);
    w.plan->site->domains = domains;
    w.plan->site->domain_count = 1;
    struct mf_dns_table *table = w.plan->site->dns = mf_alloc(w.arena, sizeof *table);
    table->mx = mx;
    table->mx_count = 1;
    table->spf = "v=spf1 -all";
    table->dmarc = "v=DMARC1; p=none";
    table->dkim = mf_alloc(w.arena, sizeof *table->dkim);
    table->dkim[0] = (struct mf_dkim_value){.selector = "s1", .record = "p=x"};
    table->dkim_count = 1;
    assert_non_null(mkdtemp(w.dir));
    snprintf(w.journal, sizeof w.journal, "%s/journal", w.dir);
    w.dns = mf_dns_recorded(); /* the resolver: knows nothing */
    return w;
}

static struct mf_evidence *confirm(struct world *w, mf_confirm_more *more, const volatile sig_atomic_t *stop)
{
    struct mf_diag d = {0};
    struct mf_journal *journal = mf_journal_create(w->journal, &d);
    assert_non_null(journal);
    struct mf_rec_run run = {.at = mf_now(), .version = "0", .run = "r", .site = "s", .host = "h", .resolver = "", .egress = "",
                             .secret_hex = "0000000000000000000000000000000000000000000000000000000000000000"};
    assert_int_equal(mf_journal_run(journal, &run, &d), 0);
    struct mf_confirm *confirm = mf_confirm_start(w->plan, w->dns, journal, more, stop);
    mf_confirm_end(&confirm);
    assert_null(confirm);
    assert_int_equal(mf_journal_close(&journal, &d), 0);
    struct mf_evidence *evidence = mf_evidence_load(w->journal, NULL, &d);
    assert_non_null(evidence);
    return evidence;
}

static void end_world(struct world *w, struct mf_evidence *evidence)
{
    mf_evidence_free(&evidence);
    mf_dns_free(&w->dns);
    if (w->fake)
        fake_dns_stop(&w->fake);
    mf_arena_free(&w->arena);
    nftw(w->dir, drop, 8, FTW_DEPTH | FTW_PHYS);
}

static const char *answers(struct world *w, const struct mf_evidence *evidence)
{
    const char *text = "";
    for (size_t i = 0; i < evidence->answer_count; i++)
        text = mf_format(w->arena, "%s%s%s%s %s", text, i ? ", " : "", evidence->answers[i].direct ? "" : "cached ", evidence->answers[i].name,
                         mf_dns_type_name(evidence->answers[i].type));
    return text;
}

static int more_calls;
static void count_more(const struct mf_plan *plan, struct mf_dns *dns, mf_usec deadline)
{
    (void)plan, (void)dns, (void)deadline;
    more_calls++;
}

static void every_record_and_the_doubled_name_are_asked_and_kept_as_that_servers_word(void **state)
{
    (void)state;
    struct world w = new_world();
    mf_plan_add_dns_rows(w.plan, w.plan->site->dns, fake_dns_address(w.fake));
    more_calls = 0;
    struct mf_evidence *evidence = confirm(&w, count_more, NULL);
    assert_string_equal(answers(&w, evidence), "net-it.com SOA, net-it.com MX, net-it.com TXT, s1._domainkey.net-it.com TXT, "
                                               "s1._domainkey.net-it.com.net-it.com TXT, _dmarc.net-it.com TXT");
    assert_string_equal(evidence->answers[1].server, fake_dns_address(w.fake));
    assert_true(evidence->answers[1].authoritative);
    assert_true(evidence->answers[1].replied);
    assert_int_equal(evidence->answers[0].records[0].serial, 9);
    /* what one server says is no answer of the resolver's */
    assert_int_equal(mf_dns_ask(evidence->dns, w.arena, "net-it.com", MF_DNS_MX, MF_NEVER)->status, MF_DNS_UNKNOWN);
    assert_int_equal(more_calls, 1);
    end_world(&w, evidence);
}

static void a_server_that_is_not_there_is_asked_once(void **state)
{
    (void)state;
    struct world w = new_world();
    const char *address = mf_copy(w.arena, fake_dns_address(w.fake));
    fake_dns_stop(&w.fake);
    mf_plan_add_dns_rows(w.plan, w.plan->site->dns, address);
    struct mf_evidence *evidence = confirm(&w, NULL, NULL);
    assert_string_equal(answers(&w, evidence), "net-it.com SOA");
    assert_false(evidence->answers[0].replied);
    end_world(&w, evidence);
}

static void a_server_that_refuses_is_heard_out(void **state)
{
    (void)state;
    struct world w = new_world();
    fake_dns_behave(w.fake, "net-it.com", FAKE_DNS_REFUSED, 0);
    mf_plan_add_dns_rows(w.plan, w.plan->site->dns, fake_dns_address(w.fake));
    struct mf_evidence *evidence = confirm(&w, NULL, NULL);
    assert_int_equal(evidence->answer_count, 6);
    assert_int_equal(evidence->answers[0].status, MF_DNS_SERVFAIL);
    assert_true(evidence->answers[0].replied);
    end_world(&w, evidence);
}

static void ctrl_c_ends_it(void **state)
{
    (void)state;
    static const volatile sig_atomic_t stopped = 1;
    struct world w = new_world();
    mf_plan_add_dns_rows(w.plan, w.plan->site->dns, fake_dns_address(w.fake));
    struct mf_evidence *evidence = confirm(&w, NULL, &stopped);
    assert_int_equal(evidence->answer_count, 0);
    end_world(&w, evidence);
}

static void without_rows_nobody_is_asked(void **state)
{
    (void)state;
    struct world w = new_world();
    mf_plan_add_dns_rows(w.plan, w.plan->site->dns, fake_dns_address(w.fake));
    w.plan->sections[0].skip = "site lab has no secondary";
    struct mf_evidence *evidence = confirm(&w, NULL, NULL);
    assert_int_equal(evidence->answer_count, 0);
    assert_int_equal(fake_dns_asked(w.fake, NULL), 0);
    end_world(&w, evidence);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_record_and_the_doubled_name_are_asked_and_kept_as_that_servers_word),
        cmocka_unit_test(a_server_that_is_not_there_is_asked_once),
        cmocka_unit_test(a_server_that_refuses_is_heard_out),
        cmocka_unit_test(ctrl_c_ends_it),
        cmocka_unit_test(without_rows_nobody_is_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
