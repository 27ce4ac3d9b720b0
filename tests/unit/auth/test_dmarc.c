/* DMARC by RFC 9989: the record that applies, alignment, policy; and the view of RFC 7489. */
#include "auth_testing.h"

#include "mailflow/dmarc.h"

static struct mf_arena *arena;

static int start(void **state)
{
    (void)state;
    arena = mf_arena_new();
    return 0;
}

static int stop(void **state)
{
    (void)state;
    mf_arena_free(&arena);
    return 0;
}

/* SPF passes for `spf`, DKIM for `dkim` (NULL: does not). */
static const struct mf_dmarc *check(struct mf_dns *dns, const char *from, const char *spf, const char *dkim)
{
    const char *domains[1] = {from};
    struct mf_dmarc_identifier signature = {dkim, dkim != NULL, false};
    struct mf_dmarc_query query = {.from_domains = domains,
                                   .from_count = 1,
                                   .dkim = &signature,
                                   .dkim_count = 1,
                                   .spf = {spf ? spf : "elsewhere.example", spf != NULL, false}};
    return mf_dmarc_check(arena, &query, dns, SOON);
}

static const char *told(const struct mf_dmarc *dmarc)
{
    return mf_format(arena, "%s %s%s%s at %s org %s", mf_dmarc_result_name(dmarc->result),
                     dmarc->policy_tag ? dmarc->policy_tag : "-", "=", mf_dmarc_policy_name(dmarc->policy),
                     dmarc->record ? dmarc->record->domain : "-", dmarc->org_domain ? dmarc->org_domain : "-");
}

static const char tree[] =
    "_dmarc.example.com. TXT \"v=DMARC1; p=reject; sp=quarantine; np=none; rua=mailto:d@example.com\"\n"
    "example.com. A 192.0.2.1\n"
    "mail.example.com. A 192.0.2.2\n"
    "_dmarc.own.example.com. TXT \"v=DMARC1; p=none; sp=reject\"\n"
    "own.example.com. A 192.0.2.3\n"
    "deep.own.example.com. A 192.0.2.4\n"
    "_dmarc.split.example.com. TXT \"v=DMARC1; p=quarantine; psd=n\"\n"
    "a.split.example.com. A 192.0.2.5\n"
    "_dmarc.strict.example.org. TXT \"v=DMARC1; p=reject; adkim=s; aspf=s\"\n"
    "_dmarc.suffix.example. TXT \"v=DMARC1; p=none; sp=quarantine; np=reject; psd=y; rua=mailto:p@suffix.example\"\n"
    "shop.suffix.example. A 192.0.2.6\n"
    "_dmarc.other.suffix.example. TXT \"v=DMARC1; p=reject\"\n"
    "_dmarc.test.example. TXT \"v=DMARC1; p=reject; t=y\"\n"
    "_dmarc.twice.example. TXT \"v=DMARC1; p=reject\"\n"
    "_dmarc.twice.example. TXT \"v=DMARC1; p=none\"\n"
    "_dmarc.twice.example.com. TXT \"v=DMARC1; p=none\"\n"
    "_dmarc.twice.example.com. TXT \"v=DMARC1; p=none; rua=mailto:x@y.example\"\n"
    "twice.example.com. A 192.0.2.7\n"
    "_dmarc.mixed.example. TXT \"v=spf1 -all\"\n"
    "_dmarc.mixed.example. TXT \"v=DMARC1; p=reject\"\n"
    ";!TIMEOUT _dmarc.silent.example.\n";

static void the_record_the_domain_and_the_policy_are_found(void **state)
{
    static const struct {
        const char *what, *from, *expected;
    } cases[] = {
        {"its own record", "example.com", "fail p=reject at example.com org example.com"},
        {"case and final dot play no part", "Example.COM.", "fail p=reject at example.com org example.com"},
        {"a subdomain takes sp of the organizational domain", "mail.example.com",
         "fail sp=quarantine at example.com org example.com"},
        {"a subdomain that is not there takes np", "ghost.example.com", "fail np=none at example.com org example.com"},
        {"a subdomain with a record of its own takes its p", "own.example.com",
         "fail p=none at own.example.com org example.com"},
        {"the record between is not asked, the topmost is", "deep.own.example.com",
         "fail sp=quarantine at example.com org example.com"},
        {"psd=n makes an organization of its own", "a.split.example.com",
         "fail p=quarantine at split.example.com org split.example.com"},
        {"below a public suffix the domain itself is the organization", "shop.suffix.example",
         "fail sp=quarantine at suffix.example org shop.suffix.example"},
        {"below a public suffix, not there", "ghost.suffix.example",
         "fail np=reject at suffix.example org ghost.suffix.example"},
        {"a record below a public suffix", "other.suffix.example",
         "fail p=reject at other.suffix.example org other.suffix.example"},
        {"mail from the public suffix itself", "suffix.example", "fail p=none at suffix.example org suffix.example"},
        {"t=y asks for one step less", "test.example", "fail p=quarantine at test.example org test.example"},
        {"no record anywhere", "nothing.example.net", "none -= at - org nothing.example.net"},
        {"two records are none", "twice.example", "none -= at - org twice.example"},
        {"two records are none, and the walk goes on", "twice.example.com",
         "fail sp=quarantine at example.com org example.com"},
        {"other text at the name does not count", "mixed.example", "fail p=reject at mixed.example org mixed.example"},
        {"DNS that fails is no verdict", "silent.example", "temperror -= at - org -"},
    };
    (void)state;
    struct mf_dns *dns = zone_of(tree);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *got = told(check(dns, cases[i].from, NULL, NULL));
        if (strcmp(got, cases[i].expected) != 0)
            fail_msg("%s: %s: \"%s\", not \"%s\"", cases[i].what, cases[i].from, got, cases[i].expected);
    }
    mf_dns_free(&dns);
}

static void identifiers_align_by_organization_or_strictly(void **state)
{
    static const struct {
        const char *what, *from, *spf, *dkim;
        bool spf_aligned, dkim_aligned;
    } cases[] = {
        {"the same domain", "example.com", "example.com", "EXAMPLE.com", true, true},
        {"a subdomain, relaxed", "example.com", "bounce.example.com", NULL, true, false},
        {"a sister, relaxed", "mail.example.com", NULL, "news.example.com", false, true},
        {"another organization", "example.com", "example.org", "example.net", false, false},
        {"another organization that only looks alike", "example.com", "notexample.com", NULL, false, false},
        {"the parent of a split-off organization", "a.split.example.com", "example.com", "split.example.com", false,
         true},
        {"into a split-off organization", "example.com", "a.split.example.com", NULL, false, false},
        {"strict: the same", "strict.example.org", "strict.example.org", NULL, true, false},
        {"strict: a subdomain is not", "strict.example.org", "mail.strict.example.org", "mail.strict.example.org",
         false, false},
        {"neighbours below a public suffix", "shop.suffix.example", NULL, "other.suffix.example", false, false},
        {"the public suffix itself", "shop.suffix.example", NULL, "suffix.example", false, false},
    };
    (void)state;
    struct mf_dns *dns = zone_of(tree);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct mf_dmarc *dmarc = check(dns, cases[i].from, cases[i].spf, cases[i].dkim);
        bool passes = cases[i].spf_aligned || cases[i].dkim_aligned;
        if (dmarc->spf_aligned != cases[i].spf_aligned || dmarc->dkim_aligned != cases[i].dkim_aligned ||
            (dmarc->result == MF_DMARC_PASS) != passes)
            fail_msg("%s: %s (%s)", cases[i].what, mf_dmarc_result_name(dmarc->result), dmarc->reason);
    }
    mf_dns_free(&dns);
}

static void unrelated_domains_of_one_suffix_are_never_aligned(void **state)
{
    (void)state;
    /* a peer's library says pass here */
    struct mf_dns *dns =
        zone_of("_dmarc.a.co.uk. TXT \"v=DMARC1; p=reject\"\n_dmarc.b.co.uk. TXT \"v=DMARC1; p=reject\"\n");
    assert_int_equal(check(dns, "a.co.uk", "b.co.uk", "b.co.uk")->result, MF_DMARC_FAIL);
    assert_int_equal(check(dns, "a.co.uk", "none.co.uk", NULL)->result, MF_DMARC_FAIL);
    assert_int_equal(check(dns, "x.a.co.uk", "a.co.uk", NULL)->result, MF_DMARC_PASS);
    mf_dns_free(&dns);
}

static void a_walk_asks_at_most_eight_questions(void **state)
{
    static const char *const expected[] = {"_dmarc.a.b.c.d.e.f.g.h.i.j.mail.example.com",
                                           "_dmarc.g.h.i.j.mail.example.com",
                                           "_dmarc.h.i.j.mail.example.com",
                                           "_dmarc.i.j.mail.example.com",
                                           "_dmarc.j.mail.example.com",
                                           "_dmarc.mail.example.com",
                                           "_dmarc.example.com",
                                           "_dmarc.com"};
    (void)state;
    struct mf_dns *dns = zone_of("x.example. A 192.0.2.1\n");
    const struct mf_dmarc_walk *walk = mf_dmarc_walk(arena, "a.b.c.d.e.f.g.h.i.j.mail.example.com", dns, SOON);
    assert_int_equal(walk->step_count, 8);
    for (size_t i = 0; i < 8; i++)
        assert_string_equal(walk->steps[i].name, expected[i]);
    assert_int_equal(mf_dmarc_walk(arena, "1.2.3.4.5.6.7.com", dns, SOON)->step_count, 8);
    assert_int_equal(mf_dmarc_walk(arena, "1.2.3.4.5.6.com", dns, SOON)->step_count, 7);
    assert_int_equal(mf_dmarc_walk(arena, "com", dns, SOON)->step_count, 1);
    mf_dns_free(&dns);
}

static const struct mf_dmarc_record *parse(const char *text)
{
    return mf_dmarc_parse(arena, "x.example", mf_bytes_of(text));
}

static bool has_note(const struct mf_dmarc_record *record, const char *id)
{
    for (size_t i = 0; i < record->note_count; i++)
        if (strcmp(record->notes[i].id, id) == 0)
            return true;
    return false;
}

static void records_are_read_as_far_as_they_make_sense(void **state)
{
    static const struct {
        const char *what, *text;
        bool is_usable;
        const char *p, *sp, *note;
    } cases[] = {
        {"the guide's", "v=DMARC1; p=none; sp=none; pct=100", true, "none", "none", "history-tag"},
        {"blanks anywhere", "v = DMARC1 ;p = reject ; ", true, "reject", "", "no-rua"},
        {"values in any case", "v=DMARC1;p=Reject;SP=None", true, "reject", "none", NULL},
        {"no p", "v=DMARC1; rua=mailto:a@b.example", true, "none", "", "p-missing"},
        {"no p and no rua", "v=DMARC1;", true, "none", "", "p-missing"},
        {"a typo in p", "v=DMARC1; p=rejct", false, "none", "", "policy-invalid"},
        {"a typo in p, with rua", "v=DMARC1; p=rejct; rua=mailto:a@b.example", true, "none", "", "policy-invalid"},
        {"a typo in sp, with rua", "v=DMARC1; p=reject; sp=x; rua=mailto:a@b.example", true, "none", "",
         "policy-invalid"},
        {"a missing semicolon", "v=DMARC1; p=reject rua=mailto:a@b.example", false, "none", "", "policy-invalid"},
        {"an unknown tag", "v=DMARC1; p=reject; foo=bar", true, "reject", "", "unknown-tag"},
        {"a tag twice", "v=DMARC1; p=reject; p=none", true, "reject", "", "tag-twice"},
        {"no tag at all", "v=DMARC1; p=reject; what", true, "reject", "", "tag-invalid"},
        {"a bad adkim", "v=DMARC1; p=reject; adkim=x", true, "reject", "", "tag-invalid"},
        {"an address without mailto:", "v=DMARC1; p=reject; rua=a@b.example", true, "reject", "", "rua-invalid"},
        {"p late", "v=DMARC1; rua=mailto:a@b.example; p=reject", true, "reject", "", "p-late"},
        {"test mode", "v=DMARC1; p=reject; t=y", true, "reject", "", "test-mode"},
        {"pct", "v=DMARC1; p=reject; pct=50", true, "reject", "", "history-tag"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct mf_dmarc_record *r = parse(cases[i].text);
        if (r->is_usable != cases[i].is_usable || strcmp(mf_dmarc_policy_name(r->p), cases[i].p) != 0 ||
            strcmp(mf_dmarc_policy_name(r->sp), cases[i].sp) != 0 || (cases[i].note && !has_note(r, cases[i].note)) ||
            (!r->is_usable && !r->why))
            fail_msg("%s: \"%s\": p=%s sp=%s", cases[i].what, cases[i].text, mf_dmarc_policy_name(r->p),
                     mf_dmarc_policy_name(r->sp));
    }
    assert_int_equal(parse("v=DMARC1; p=none; pct=50")->pct, 50);
    assert_true(parse("v=DMARC1; p=none; adkim=s")->strict_dkim);
    assert_true(parse("v=DMARC1; p=none; aspf=S")->strict_spf);
    assert_int_equal(parse("v=DMARC1; p=none; rua=mailto:a@b.example")->note_count, 0);
}

static void only_what_begins_with_the_version_is_a_record(void **state)
{
    static const char *const others[] = {
        "", "v=DMARC2; p=none", "v=dmarc1; p=none", "v=DMARC10; p=none", "p=none; v=DMARC1", "DMARC1", " ; v=DMARC1"};
    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        assert_false(mf_dmarc_is_record(mf_bytes_of(others[i])));
        assert_false(parse(others[i])->is_usable);
    }
    assert_true(mf_dmarc_is_record(mf_bytes_of("v=DMARC1")));
    assert_true(mf_dmarc_is_record(mf_bytes_of("V =\tDMARC1;p=none")));
}

static void older_receivers_are_told_apart(void **state)
{
    static const struct {
        const char *what, *zone, *from, *dkim;
        enum mf_dmarc_result now, then;
        const char *why;
    } cases[] = {
        {"no difference", "_dmarc.example.com. TXT \"v=DMARC1; p=reject\"\n", "example.com", NULL, MF_DMARC_FAIL,
         MF_DMARC_FAIL, NULL},
        {"a record halfway up", "_dmarc.b.example.com. TXT \"v=DMARC1; p=reject\"\n", "a.b.example.com", NULL,
         MF_DMARC_FAIL, MF_DMARC_NONE, "example.com only"},
        {"two organizations in one registered domain", "_dmarc.b.example.com. TXT \"v=DMARC1; p=reject; psd=n\"\n",
         "b.example.com", "c.example.com", MF_DMARC_FAIL, MF_DMARC_PASS, "receivers of RFC 7489 say pass"},
        {"two records at the author's domain",
         "_dmarc.a.example.com. TXT \"v=DMARC1; p=none\"\n_dmarc.a.example.com. TXT \"v=DMARC1; p=reject\"\n"
         "_dmarc.example.com. TXT \"v=DMARC1; p=reject\"\n",
         "a.example.com", NULL, MF_DMARC_FAIL, MF_DMARC_NONE, "receivers of RFC 7489 say none"},
        {"pct", "_dmarc.example.com. TXT \"v=DMARC1; p=reject; pct=10\"\n", "example.com", NULL, MF_DMARC_FAIL,
         MF_DMARC_FAIL, "10 %"},
        {"test mode", "_dmarc.example.com. TXT \"v=DMARC1; p=reject; t=y\"\n", "example.com", NULL, MF_DMARC_FAIL,
         MF_DMARC_FAIL, "apply reject instead of quarantine"},
        {"np", "_dmarc.example.com. TXT \"v=DMARC1; p=none; np=reject\"\n", "ghost.example.com", NULL, MF_DMARC_FAIL,
         MF_DMARC_FAIL, "apply none instead of reject"},
        {"a suffix of two labels", "_dmarc.example.co.in. TXT \"v=DMARC1; p=reject\"\n", "mail.example.co.in",
         "example.co.in", MF_DMARC_PASS, MF_DMARC_PASS, NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct mf_dns *dns = zone_of(cases[i].zone);
        const struct mf_dmarc *dmarc = check(dns, cases[i].from, NULL, cases[i].dkim);
        bool why_is_right = cases[i].why ? dmarc->old.why && strstr(dmarc->old.why, cases[i].why) : !dmarc->old.why;
        if (dmarc->result != cases[i].now || dmarc->old.result != cases[i].then || !why_is_right)
            fail_msg("%s: %s, then %s: %s", cases[i].what, mf_dmarc_result_name(dmarc->result),
                     mf_dmarc_result_name(dmarc->old.result), dmarc->old.why ? dmarc->old.why : "-");
        mf_dns_free(&dns);
    }
}

static void the_reason_names_what_failed_and_the_advice_what_to_do(void **state)
{
    (void)state;
    struct mf_dns *dns = zone_of(tree);
    const struct mf_dmarc *dmarc = check(dns, "example.com", "bounce.mailer.example", NULL);
    assert_string_equal(dmarc->reason,
                        "no DKIM signature passes; SPF passes for bounce.mailer.example, which is not aligned with "
                        "example.com; example.com asks for p=reject");
    assert_string_equal(
        dmarc->advice,
        "Sign with DKIM as d=example.com, or use an envelope sender in example.com (now bounce.mailer.example).");
    dmarc = check(dns, "example.com", NULL, "mailer.example");
    assert_string_equal(dmarc->advice, "Let the signer use d=example.com (now mailer.example).");
    dmarc = check(dns, "example.com", "example.com", NULL);
    assert_string_equal(dmarc->reason, "SPF passes for example.com, which is aligned with example.com");
    assert_null(dmarc->advice);
    dmarc = check(dns, "nothing.example.net", NULL, NULL);
    assert_non_null(strstr(dmarc->advice, "TXT _dmarc.nothing.example.net \"v=DMARC1; p=none"));
    dmarc = check(dns, "twice.example", NULL, NULL);
    assert_non_null(strstr(dmarc->reason, "several DMARC records"));
    assert_non_null(strstr(dmarc->advice, "_dmarc.twice.example"));
    mf_dns_free(&dns);
}

static void what_could_not_be_found_out_is_no_fail(void **state)
{
    (void)state;
    struct mf_dns *dns = zone_of(tree);
    const char *domains[1] = {"example.com"};
    struct mf_dmarc_identifier late = {"example.com", false, true};
    struct mf_dmarc_query query = {
        .from_domains = domains, .from_count = 1, .dkim = &late, .dkim_count = 1, .spf = {"x.example", false, false}};
    assert_int_equal(mf_dmarc_check(arena, &query, dns, SOON)->result, MF_DMARC_TEMPERROR);
    query.spf = (struct mf_dmarc_identifier){"example.com", true, false}; /* one aligned pass is enough */
    assert_int_equal(mf_dmarc_check(arena, &query, dns, SOON)->result, MF_DMARC_PASS);
    mf_dns_free(&dns);
}

/* ------------------------------------------------------------------ the author */

static struct mf_dmarc_query query_of(const char *headers)
{
    const char *raw = mf_format(arena, "%sSubject: x\r\n\r\ntext\r\n", headers);
    return mf_dmarc_query_of(arena, mf_message_parse(arena, mf_bytes_of(raw)), NULL, NULL);
}

static void the_author_is_taken_from_one_from_field(void **state)
{
    (void)state;
    struct mf_dmarc_query query = query_of("From: \"A, B\" <a@Example.com>\r\n");
    assert_null(query.from_trouble);
    assert_int_equal(query.from_count, 1);
    assert_string_equal(query.from_domains[0], "Example.com");
    query = query_of("From: a@one.example, b@two.example, c@ONE.example\r\n");
    assert_int_equal(query.from_count, 2);
    assert_non_null(strstr(query_of("From: a@one.example\r\nFrom: b@two.example\r\n").from_trouble, "2 From fields"));
    assert_non_null(strstr(query_of("To: a@one.example\r\n").from_trouble, "no From field"));
    assert_non_null(strstr(query_of("From: nobody\r\n").from_trouble, "no address"));
}

static void authors_without_end_are_not_looked_up(void **state)
{
    (void)state;
    const char *headers = "From: a@d0.example";
    for (int i = 1; i < 21; i++)
        headers = mf_format(arena, "%s, a@d%d.example", headers, i);
    assert_non_null(strstr(query_of(mf_format(arena, "%s\r\n", headers)).from_trouble, "more than 20 domains"));
    char *word = mf_alloc(arena, 100001);
    memset(word, 'x', 100000);
    assert_true(strlen(query_of(mf_format(arena, "From: %s\r\n", word)).from_trouble) < 300);
}

static void an_author_in_utf_8_is_aligned_by_its_a_labels(void **state)
{
    (void)state;
    struct mf_dns *dns = zone_of("_dmarc.xn--bcher-kva.example. TXT \"v=DMARC1; p=reject\"\n");
    const struct mf_dmarc *dmarc = check(dns, "b\xC3\xBC"
                                              "cher.example",
                                         "xn--bcher-kva.example", NULL);
    assert_string_equal(told(dmarc), "pass p=reject at xn--bcher-kva.example org xn--bcher-kva.example");
    mf_dns_free(&dns);
}

static void several_authors_get_the_strictest_outcome(void **state)
{
    (void)state;
    struct mf_dns *dns = zone_of(tree);
    struct mf_dmarc_query query = query_of("From: a@own.example.com, b@example.com\r\n");
    const struct mf_dmarc *dmarc = mf_dmarc_check(arena, &query, dns, SOON);
    assert_string_equal(dmarc->from_domain, "example.com");
    assert_int_equal(dmarc->policy, MF_DMARC_POLICY_REJECT);
    query = query_of("From: a@example.com\r\nFrom: b@example.com\r\n");
    dmarc = mf_dmarc_check(arena, &query, dns, SOON);
    assert_int_equal(dmarc->result, MF_DMARC_PERMERROR);
    assert_non_null(dmarc->advice);
    mf_dns_free(&dns);
}

static void with_recorded_answers_it_says_what_it_lacks(void **state)
{
    (void)state;
    struct mf_dns *zone = zone_of(tree), *recorded = mf_dns_recorded();
    const struct mf_dmarc *dmarc = check(recorded, "ghost.example.com", "a.example.com", NULL);
    int rounds = 0;
    for (; dmarc->need_more && rounds < 10; rounds++) {
        const char *name;
        enum mf_dns_type type;
        while (mf_dns_missing(recorded, 0, &name, &type))
            mf_dns_record_answer(recorded, mf_dns_ask(zone, arena, name, type, SOON));
        dmarc = check(recorded, "ghost.example.com", "a.example.com", NULL);
    }
    assert_int_equal(dmarc->result, MF_DMARC_PASS);
    assert_in_range(rounds, 1, 3);
    mf_dns_free(&zone);
    mf_dns_free(&recorded);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_record_the_domain_and_the_policy_are_found),
        cmocka_unit_test(identifiers_align_by_organization_or_strictly),
        cmocka_unit_test(unrelated_domains_of_one_suffix_are_never_aligned),
        cmocka_unit_test(a_walk_asks_at_most_eight_questions),
        cmocka_unit_test(records_are_read_as_far_as_they_make_sense),
        cmocka_unit_test(only_what_begins_with_the_version_is_a_record),
        cmocka_unit_test(older_receivers_are_told_apart),
        cmocka_unit_test(the_reason_names_what_failed_and_the_advice_what_to_do),
        cmocka_unit_test(what_could_not_be_found_out_is_no_fail),
        cmocka_unit_test(the_author_is_taken_from_one_from_field),
        cmocka_unit_test(authors_without_end_are_not_looked_up),
        cmocka_unit_test(an_author_in_utf_8_is_aligned_by_its_a_labels),
        cmocka_unit_test(several_authors_get_the_strictest_outcome),
        cmocka_unit_test(with_recorded_answers_it_says_what_it_lacks),
    };
    return cmocka_run_group_tests_name("auth: DMARC", tests, start, stop) != 0;
}
