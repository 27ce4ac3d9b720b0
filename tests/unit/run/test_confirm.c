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

/* --- again and again --- */

static struct {
    struct world *world;
    int rounds, there_after; /* the MX is judged to be there from this round on; 0: never */
    int publish_in;          /* the record changes after this round */
    int awaited, there;      /* events */
    mf_usec again;           /* of the newest event */
    volatile sig_atomic_t stop;
    int stop_in;
} watched;

static int judge_rounds(void *context, struct mf_arena *arena, struct mf_row_state *states, size_t count)
{
    (void)context;
    watched.rounds++;
    for (size_t i = 0; i < count; i++) {
        states[i].there = i > 0 || (watched.there_after && watched.rounds >= watched.there_after);
        states[i].words = mf_format(arena, "round %d", watched.rounds);
    }
    if (watched.rounds == watched.publish_in)
        fake_dns_add(watched.world->fake, "net-it.com. 60 IN MX 5 other.example.");
    watched.stop = watched.stop_in && watched.rounds >= watched.stop_in;
    return 0;
}

static void note_event(void *context, const struct mf_event *event)
{
    (void)context;
    assert_non_null(event->row);
    if (event->row->kind != MF_ROW_MX)
        return;
    watched.awaited += event->kind == MF_EVENT_RECORD_AWAITED;
    watched.there += event->kind == MF_EVENT_RECORD_THERE;
    watched.again = event->again;
}

/* The MX has so long; no other row waits. */
static struct mf_evidence *watch(struct world *w, mf_usec within, mf_usec until)
{
    struct mf_diag d = {0};
    struct mf_journal *journal = mf_journal_create(w->journal, &d);
    struct mf_rec_run run = {.at = mf_now(), .version = "0", .run = "r", .site = "s", .host = "h", .resolver = "", .egress = "",
                             .secret_hex = "0000000000000000000000000000000000000000000000000000000000000000"};
    assert_int_equal(mf_journal_run(journal, &run, &d), 0);
    mf_plan_add_dns_rows(w->plan, w->plan->site->dns, fake_dns_address(w->fake));
    w->plan->sections[0].dns_rows[0].within = within;
    watched.world = w;
    watched.rounds = watched.awaited = watched.there = 0;
    watched.stop = 0;
    struct mf_confirm_options options = {.judge = judge_rounds, .progress = note_event, .stop = &watched.stop,
                                         .started = mf_now(), .until = until == MF_NEVER ? until : mf_now() + until};
    struct mf_confirm *confirm = mf_confirm_watch(w->plan, w->dns, journal, &options);
    mf_confirm_end(&confirm);
    assert_int_equal(mf_journal_close(&journal, &d), 0);
    struct mf_evidence *evidence = mf_evidence_load(w->journal, NULL, &d);
    assert_non_null(evidence);
    return evidence;
}

static size_t times_asked(const struct mf_evidence *evidence, const char *name, enum mf_dns_type type)
{
    size_t count = 0;
    for (size_t i = 0; i < evidence->answer_count; i++)
        count += evidence->answers[i].type == type && strcmp(evidence->answers[i].name, name) == 0;
    return count;
}

static void a_record_with_time_is_asked_until_it_is_there_the_others_once(void **state)
{
    (void)state;
    struct world w = new_world();
    watched.there_after = 2, watched.publish_in = 1, watched.stop_in = 0;
    struct mf_evidence *evidence = watch(&w, 60 * MF_SECOND, MF_NEVER);
    assert_int_equal(watched.rounds, 2);
    assert_int_equal(watched.awaited, 1);
    assert_int_equal(watched.there, 1);
    assert_true(watched.again == 0); /* and that was the last round */
    assert_int_equal(times_asked(evidence, "net-it.com", MF_DNS_MX), 2);
    assert_int_equal(times_asked(evidence, "net-it.com", MF_DNS_SOA), 2);
    assert_int_equal(times_asked(evidence, "_dmarc.net-it.com", MF_DNS_TXT), 1);
    size_t newest = evidence->answer_count; /* each round's answers are there, and the newest has what was published */
    while (evidence->answers[--newest].type != MF_DNS_MX)
        continue;
    assert_int_equal(evidence->answers[newest].count, 2);
    end_world(&w, evidence);
}

static void the_last_round_is_at_the_deadline(void **state)
{
    (void)state;
    struct world w = new_world();
    watched.there_after = watched.publish_in = watched.stop_in = 0;
    struct mf_evidence *evidence = watch(&w, 300 * MF_MS, MF_NEVER);
    assert_int_equal(watched.rounds, 2);
    assert_int_equal(watched.there, 0);
    assert_true(watched.again == 0);
    assert_true(evidence->answers[evidence->answer_count - 1].asked >= evidence->started + 300 * MF_MS);
    end_world(&w, evidence);
}

static void waiting_no_longer_than_was_asked_for_leaves_it_open(void **state)
{
    (void)state;
    struct world w = new_world();
    watched.there_after = watched.publish_in = watched.stop_in = 0;
    struct mf_evidence *evidence = watch(&w, 3600 * MF_SECOND, 200 * MF_MS);
    assert_int_equal(watched.rounds, 2); /* at once, and when the time is over */
    end_world(&w, evidence);
}

static void ctrl_c_ends_the_waiting_between_rounds(void **state)
{
    (void)state;
    struct world w = new_world();
    watched.there_after = watched.publish_in = 0, watched.stop_in = 1;
    struct mf_evidence *evidence = watch(&w, 3600 * MF_SECOND, MF_NEVER);
    assert_int_equal(watched.rounds, 1);
    assert_int_equal(times_asked(evidence, "net-it.com", MF_DNS_MX), 1);
    end_world(&w, evidence);
}

static void a_server_that_comes_back_is_asked_everything_again(void **state)
{
    (void)state;
    struct world w = new_world();
    fake_dns_behave(w.fake, "net-it.com", FAKE_DNS_DROP_FIRST, 0);
    watched.there_after = 2, watched.publish_in = watched.stop_in = 0;
    struct mf_evidence *evidence = watch(&w, 60 * MF_SECOND, MF_NEVER);
    assert_int_equal(watched.rounds, 2);
    assert_true(times_asked(evidence, "net-it.com", MF_DNS_MX) >= 1);
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
        cmocka_unit_test(a_record_with_time_is_asked_until_it_is_there_the_others_once),
        cmocka_unit_test(the_last_round_is_at_the_deadline),
        cmocka_unit_test(waiting_no_longer_than_was_asked_for_leaves_it_open),
        cmocka_unit_test(ctrl_c_ends_the_waiting_between_rounds),
        cmocka_unit_test(a_server_that_comes_back_is_asked_everything_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
