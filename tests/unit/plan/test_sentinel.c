/* Which flows have a sentinel, to whom it goes, where it must be seen; what a bounce is expected to be. */
#include "binding.h"

static void describe(const struct mf_flow *flow, struct mf_text *text)
{
    mf_text_puts(text, "");
    if (flow->no_sentinel)
        mf_text_printf(text, "none: %s", flow->no_sentinel);
    if (!flow->sentinel)
        return;
    for (size_t i = 0; i < flow->sentinel->recipient_count; i++)
        mf_text_printf(text, "%s%s", i ? " " : "", flow->sentinel->recipients[i].address);
    for (size_t i = 0; i < flow->sentinel->expect_count; i++)
        mf_text_printf(text, ", %s %s", flow->sentinel->expects[i].mailbox->label, flow->sentinel->expects[i].folder);
}

static void who_has_one_and_where_it_must_be_seen(void **state)
{
    (void)state;
    static const struct {
        const char *about, *flow, *sentinel;
    } table[] = {
        {"nothing must be absent", "to: bob", ""},
        {"never, beside an arrival", "to: bob, expect: [bob, never: carol]", "bob@net-it.com, bob primary inbox"},
        {"nobody at all: it must come to the recipient, who does not get the message", "to: bob, expect: nobody",
         "bob@net-it.com, bob primary inbox"},
        {"nobody else, by an alias: where the message comes", "to: sales@net-it.com, expect: [bob, carol, nobody else]",
         "sales@net-it.com, bob primary inbox, carol primary inbox"},
        {"a copy at the secondary is part of the way", "to: bob, expect: [bob, bob secondary, nobody else]",
         "bob@net-it.com, bob primary inbox, bob secondary inbox"},
        {"the message's folder may be its own", "to: bob, expect: [{at: bob, folder: junk}, nobody else]",
         "bob@net-it.com, bob primary junk, bob primary inbox"},
        {"a recipient that gets nothing is one that the way leads to", "to: [bob, carol], expect: [bob, never: carol]",
         "bob@net-it.com carol@net-it.com, bob primary inbox, carol primary inbox"},
        {"those who are refused get none", "to: [bob, nosuch@net-it.com], expect: [bob, {refused: 550, for: nosuch@net-it.com}, never: bounce]",
         "bob@net-it.com, bob primary inbox"},
        {"nothing is handed over", "to: bob, expect: [refused: 554, nobody]",
         "none: nothing is to be handed over, so two looks are enough"},
        {"put off for good", "to: bob, expect: [deferred: 452, never: bounce]",
         "none: nothing is to be handed over, so two looks are enough"},
        {"put off first", "to: bob, expect: [deferred: 451, bob, never: bounce]", "bob@net-it.com, bob primary inbox"},
        {"nobody outside gets a second message", "to: stranger@example.net, expect: nobody",
         "none: stranger@example.net is nobody of this site, so all of 10.0 s is waited"},
        {"an address of ours of which nothing is known", "to: broken@net-it.com, expect: [accepted, never: bounce]",
         "none: nothing says who gets mail for broken@net-it.com, so all of 10.0 s is waited"},
        {"what is skipped has none", "to: bob, expect: nobody, skip: not today", ""},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char scenario[500];
        snprintf(scenario, sizeof scenario, "scenario: x\nflows: [{flow: a, from: probe, %s}]\n", table[i].flow);
        struct binding binding = bind_good(scenario);
        struct mf_text text = {.max = 1000};
        describe(&binding.plan->flows[0], &text);
        if (strcmp(mf_text_str(&text), table[i].sentinel) != 0)
            fail_msg("%s: %s", table[i].about, mf_text_str(&text));
        mf_text_release(&text);
        forget(&binding);
    }
}

static void it_is_the_same_mail_by_envelope_and_another_by_its_marks(void **state)
{
    (void)state;
    struct binding binding = bind_good("scenario: x\nflows: [{flow: a, from: alice, mail-from: $(carol.address), to: bob, "
                                       "message: {text: hello, header: {X-Spam: yes}}, expect: [bob, nobody else]}]\n");
    const struct mf_flow *flow = &binding.plan->flows[0], *sentinel = flow->sentinel;
    assert_ptr_equal(sentinel->sentinel_of, flow);
    assert_string_equal(sentinel->from, flow->from);
    assert_string_equal(sentinel->mail_from, flow->mail_from);
    assert_ptr_equal(sentinel->via, flow->via);
    assert_string_not_equal(sentinel->id, flow->id);
    assert_string_not_equal(sentinel->token, flow->token);
    assert_int_equal(sentinel->message.header_count, 0); /* neutral: what a filter does with the message is not its affair */
    assert_null(strstr(sentinel->message.text, "hello"));
    assert_int_equal(binding.plan->flow_count, 1); /* it stands in no list */
    forget(&binding);
}

static void a_flow_that_looks_again_needs_the_sentinel_of_its_message(void **state)
{
    (void)state;
    struct binding binding = bind_good("scenario: x\nflows:\n  - {flow: a, from: alice, to: bob}\n"
                                       "  - {flow: b, of: a, expect: {never: bob secondary}}\n");
    assert_non_null(binding.plan->flows[0].sentinel);
    assert_null(binding.plan->flows[1].sentinel);
    forget(&binding);
}

static void it_is_shown_before_anything_is_sent(void **state)
{
    (void)state;
    struct binding binding = bind_good("scenario: x\nflows:\n  - {flow: a, from: alice, to: bob, expect: [bob, never: carol]}\n"
                                       "  - {flow: b, from: alice, to: x@example.net, expect: [accepted, never: bounce]}\n"
                                       "  - {flow: c, from: alice, to: x@example.net, expect: {bounce: failed 5.1.x /unknown/i}}\n");
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    mf_plan_print(binding.plan, out);
    fclose(out);
    assert_non_null(strstr(text, "      sentinel → bob, later the same way; absence is known once it is at bob primary\n"));
    assert_non_null(strstr(text, "      no sentinel: x@example.net is nobody of this site, so all of 10.0 s is waited\n"));
    assert_non_null(strstr(text, "      expects no bounce at alice primary\n"));
    assert_non_null(strstr(text, "      expects a bounce at alice primary, failed 5.1.x /unknown/i, within 10 s\n"));
    assert_non_null(strstr(text, "3 messages and up to 1 sentinel; nothing was sent."));
    free(text);
    forget(&binding);
}

static void how_long_the_way_must_be_quiet(void **state)
{
    (void)state;
    assert_int_equal(mf_sentinel_gap(0), MF_SECOND);
    assert_int_equal(mf_sentinel_gap(400 * MF_MS), MF_SECOND);
    assert_int_equal(mf_sentinel_gap(3 * MF_SECOND), 6 * MF_SECOND);
    /* sent 10 s later, seen 1 s after that: enough */
    assert_int_equal(mf_sentinel_until(MF_SECOND, 11 * MF_SECOND, 12 * MF_SECOND), 12 * MF_SECOND);
    /* sent 1 s later, seen 4 s after that: the message gets 8 s and 4 s more */
    assert_int_equal(mf_sentinel_until(MF_SECOND, 2 * MF_SECOND, 6 * MF_SECOND), 13 * MF_SECOND);
}

static void what_a_bounce_can_not_be(void **state)
{
    (void)state;
    expect_errors(usual_site, "scenario: x\nflows: [{flow: a, from: alice, mail-from: <>, to: bob, expect: bounce}]\n",
                  "x.yaml:2:64 with a null envelope sender there is no bounce | refused, nobody, or an envelope sender\n");
    expect_errors(usual_site, "scenario: x\nflows: [{flow: a, from: crm, to: bob, expect: [bob, never: bounce]}]\n",
                  "x.yaml:2:53 a bounce goes to crm@net-it.com, and that is no mailbox of the site | give that address to a person of the site, as an alias\n");
    expect_errors(usual_site, "scenario: x\nflows: [{flow: a, from: alice, to: bob, expect: [bounce, never: bounce]}]\n",
                  "x.yaml:2:58 a bounce is expected, and expected not to come | keep one of the two\n");
    expect_errors(usual_site, "scenario: x\nflows: [{flow: a, from: alice, to: bob, expect: {bounce: failed 5.1}}]\n",
                  "x.yaml:2:65 unknown word \"5.1\" for \"bounce\" | one of: failed, delayed, delivered, relayed, expanded\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_has_one_and_where_it_must_be_seen),
        cmocka_unit_test(it_is_the_same_mail_by_envelope_and_another_by_its_marks),
        cmocka_unit_test(a_flow_that_looks_again_needs_the_sentinel_of_its_message),
        cmocka_unit_test(it_is_shown_before_anything_is_sent),
        cmocka_unit_test(how_long_the_way_must_be_quiet),
        cmocka_unit_test(what_a_bounce_can_not_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
