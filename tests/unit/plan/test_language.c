/* The tables of keys, and the reference that is printed from them. */
#include "unit/plan/binding.h"

#include "plan/keys_internal.h"

static char *printed_reference(void)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    mf_language_print(out);
    fclose(out);
    char *copy = strdup(text);
    free(text);
    return copy;
}

static void every_key_has_a_type_and_is_there_once(void **state)
{
    (void)state;
    for (const struct mf_form *const *form = mf_forms; *form; form++) {
        const struct mf_key *key;
        size_t count = 0;
        for (size_t i = 0; (key = mf_form_key(*form, i)); i++, count++) {
            assert_true(key->name[0] && key->type[0]);
            assert_non_null(key->fallback);
            assert_non_null(key->meaning);
            assert_int_equal(mf_form_find(*form, key->name), i);
        }
        assert_true(count > 0 && count <= MF_KEYS_MAX);
        assert_int_equal(mf_form_find(*form, "no such key"), -1);
    }
}

/* A habit's word must not be a key of the same form: then it would never be looked at. */
static void words_of_habit_are_no_keys_of_the_same_form(void **state)
{
    (void)state;
    for (const struct mf_form *const *form = mf_forms; *form; form++) {
        const struct mf_key *key;
        for (size_t i = 0; (key = mf_form_key(*form, i)); i++) {
            char words[200];
            snprintf(words, sizeof words, "%s", key->also ? key->also : "");
            for (char *word = strtok(words, " "); word; word = strtok(NULL, " "))
                if (mf_form_find(*form, word) >= 0)
                    fail_msg("\"%s\" is both a key and a habit for \"%s\" in %s", word, key->name, (*form)->what);
        }
    }
}

static void the_reference_names_every_key_with_its_default(void **state)
{
    (void)state;
    char *text = printed_reference();
    for (const struct mf_form *const *form = mf_forms; *form; form++) {
        const struct mf_key *key;
        for (size_t i = 0; (key = mf_form_key(*form, i)); i++) {
            char start[200];
            snprintf(start, sizeof start, "| `%s` | ", key->name);
            assert_non_null(strstr(text, start));
        }
    }
    free(text);
}

static void rows_of_the_reference_are_as_agreed(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "## Site\n| key | type | default | meaning |\n|---|---|---|---|\n",
        "| `role` | word:primary \\| secondary \\| gateway \\| outside \\| old | the server's own name | what it is for the mail |\n",
        "| `from` | sender | required | person, application, or address (then via is required) |\n",
        "| `refused` | reply | any 5xx | [PHASE] [code] [x.y.z] [/text/] |\n",
        "| `dsn` | dsn |  | [success, failure, delay], never, or {notify, ret, envid} |\n",
        "| `late` | duration | 5 min (internal 30 s) | from here on \"delayed\" is shown; finding copy.late |\n",
    };
    char *text = printed_reference();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (!strstr(text, rows[i]))
            fail_msg("missing: %s", rows[i]);
    const char *shared = strstr(text, "## Flow; also at the file, a section, a phase");
    assert_non_null(shared);
    assert_null(strstr(shared + 1, "## Flow; also at the file, a section, a phase"));
    free(text);
}

/* --- suggestions --- */

static void the_nearest_words_are_suggested(void **state)
{
    (void)state;
    static const char *const words[] = {"from", "to", "cc", "bcc", "of", "expect", "primary", "secondary", "all applications", "nobody else"};
    static const struct {
        const char *typed, *hint;
    } table[] = {
        {"form", "did you mean \"from\"?"},
        {"frm", "did you mean \"from\"?"},
        {"ffrom", "did you mean \"from\"?"},
        {"From", "did you mean \"from\"?"},
        {"o", "did you mean \"of\" or \"to\"?"},
        {"ccc", "did you mean \"cc\" or \"bcc\"?"},
        {"secondry", "did you mean \"secondary\"?"},
        {"all aplications", "did you mean \"all applications\"?"},
        {"nobodyelse", "did you mean \"nobody else\"?"},
        {"subject", NULL},
        {"x", NULL},
        {"", NULL},
    };
    struct mf_words known = {.arena = mf_arena_new()};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        mf_words_add(&known, words[i]);
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        const char *hint = mf_words_near(&known, table[i].typed);
        if (!mf_same(hint, table[i].hint))
            print_error("%s: %s\n", table[i].typed, hint ? hint : "nothing");
        assert_true(mf_same(hint, table[i].hint));
    }
    assert_string_equal(mf_words_hint(&known, "subject"),
                        "one of: from, to, cc, bcc, of, expect, primary, secondary, all applications, nobody else");
    mf_arena_free(&known.arena);
}

/* --- --dry-run --- */

static void a_dry_run_says_what_would_be_done(void **state)
{
    (void)state;
    struct binding binding = bind_good("scenario: Dry\nabout: Nothing leaves.\nsections:\n"
                                       "  - section: One\n    dns: [mx, dkim]\n    flows:\n"
                                       "      - {flow: a, from: alice, to: [bob, x@example.net], cc: probe, mail-from: <>,\n"
                                       "         expect: [bob, {refused: RCPT 550 /no/i, for: x@example.net}, {at: probe, folder: junk, copies: 2}]}\n"
                                       "      - {flow: b, of: a, needs: a, expect: {at: bob secondary, folder: sent}, within: 90 s, skip: later}\n"
                                       "      - {flow: c, from: probe, to: carol, via: {server: primary submission, login: wrong}, expect: accepted}\n");
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    mf_plan_print(binding.plan, out);
    fclose(out);
    assert_string_equal(text, "Dry · net-it.com · site lab\nNothing leaves.\n\nOne\n  MX record\n  DKIM record\n  a\n"
                              "      alice → bob, x@example.net, cc probe, internal, via primary submission\n"
                              "      envelope sender <>\n"
                              "      expects at bob primary, inbox, within 10 s, not through gateway\n"
                              "      expects refused at RCPT 550 /no/i for x@example.net\n"
                              "      expects at probe, junk, 2 copies, within 10 s, through gateway, DKIM pass aligned, SPF pass, DMARC pass\n"
                              "  b\n      skipped: later\n"
                              "  c\n      probe → carol, inbound, via primary submission, with a wrong password\n      expects accepted 250\n"
                              "\nMailboxes to be opened: alice primary, bob primary, carol primary, probe\n3 flows, 2 messages; nothing was sent.\n");
    free(text);
    forget(&binding);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_key_has_a_type_and_is_there_once),
        cmocka_unit_test(words_of_habit_are_no_keys_of_the_same_form),
        cmocka_unit_test(the_reference_names_every_key_with_its_default),
        cmocka_unit_test(rows_of_the_reference_are_as_agreed),
        cmocka_unit_test(the_nearest_words_are_suggested),
        cmocka_unit_test(a_dry_run_says_what_would_be_done),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
