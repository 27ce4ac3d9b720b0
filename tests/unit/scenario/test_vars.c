/* $(name) in texts. */
#include "unit/scenario/reading.h"

static const char *get_inner(const void *context, const char *name)
{
    (void)context;
    return strcmp(name, "to") == 0 ? "bob" : strcmp(name, "who") == 0 ? "inner" : NULL;
}

static const char *get_outer(const void *context, const char *name)
{
    static const char *const values[][2] = {{"domain", "net-it.com"},
                                            {"alice.address", "alice@net-it.com"},
                                            {"who", "outer"},
                                            {"empty", ""},
                                            {"odd", "a+b.[c](d)$^{2}|*?\\"},
                                            {"again", "$(domain)"},
                                            {"a_b-c.9", "odd name"},
                                            {"slash", "a/b"}};
    (void)context;
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        if (strcmp(name, values[i][0]) == 0)
            return values[i][1];
    return NULL;
}

static void each_outer(const void *context, void (*told)(void *arg, const char *name), void *arg)
{
    (void)context;
    told(arg, "domain");
    told(arg, "alice.address");
    told(arg, "empty");
}

static const struct mf_vars outer = {.get = get_outer, .each = each_outer};
static const struct mf_vars inner = {.outer = &outer, .get = get_inner};

/* The value of `x:` in a YAML text, expanded; "error" when it could not be. */
static const char *expanded(struct reading *r, const char *yaml)
{
    *r = read_text(yaml);
    const char *text = mf_vars_expand(r->arena, &inner, node_at(r, "x"), r->diags);
    return text ? text : "error";
}

static void values_stand_in_for_names(void **state)
{
    (void)state;
    static const struct {
        const char *yaml, *text;
    } table[] = {
        {"x: nothing\n", "nothing"},
        {"x: sales@$(domain)\n", "sales@net-it.com"},
        {"x: $(to)$(to) $(alice.address)\n", "bobbob alice@net-it.com"},
        {"x: $(who)\n", "inner"}, /* the innermost wins */
        {"x: a$(empty)b\n", "ab"},
        {"x: $(a_b-c.9)\n", "odd name"},
        {"x: $(again)\n", "$(domain)"}, /* values are not expanded again */
        {"x: $$(domain) costs 5$ or $5\n", "$(domain) costs 5$ or $5"},
        {"x: $$$(domain)\n", "$$(domain)"}, /* a dollar sign, then $$( */
        {"x: \"$(to)\\t'$(to)'\"\n", "bob\t'bob'"},
        {"x: |\n  Dear $(to),\n  bye\n", "Dear bob,\nbye\n"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct reading r;
        assert_string_equal(expanded(&r, table[i].yaml), table[i].text);
        assert_int_equal(mf_diags_count(r.diags), 0);
        forget(&r);
    }
}

static void a_text_without_variables_is_given_back_as_it_is(void **state)
{
    (void)state;
    struct reading r = read_text("x: plain\n");
    assert_ptr_equal(mf_vars_expand(r.arena, &inner, node_at(&r, "x"), r.diags), node_at(&r, "x")->text);
    forget(&r);
}

static void inside_a_regex_values_match_themselves(void **state)
{
    (void)state;
    static const char quoted[] = "a\\+b\\.\\[c]\\(d\\)\\$\\^\\{2}\\|\\*\\?\\\\";
    static const struct {
        const char *yaml, *head, *tail;
    } table[] = {
        {"x: /^$(odd)$/\n", "/^", "$/"},
        {"x: /$(odd)/i\n", "/", "/i"},
        {"x: RCPT 550 5.1.1 /no $(odd)/\n", "RCPT 550 5.1.1 /no ", "/"},
        {"x: 5xx /$(odd)/i\n", "5xx /", "/i"},
        {"x: failed /$(odd)/\n", "failed /", "/"},
        {"x: END-OF-DATA 554 /$(odd)/\n", "END-OF-DATA 554 /", "/"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct reading r;
        const char *text = expanded(&r, table[i].yaml);
        assert_string_equal(text, mf_format(r.arena, "%s%s%s", table[i].head, quoted, table[i].tail));
        forget(&r);
    }
}

static void paths_and_commands_are_no_regexes(void **state)
{
    (void)state;
    static const struct {
        const char *yaml, *text;
    } table[] = {
        {"x: rm -r /tmp/$(domain)/\n", "rm -r /tmp/net-it.com/"},
        {"x: ssh host ls /srv/$(domain)/\n", "ssh host ls /srv/net-it.com/"},
        {"x: /srv/$(domain)/mail\n", "/srv/net-it.com/mail"},
        {"x: https://$(domain)/\n", "https://net-it.com/"},
        {"x: a/$(domain)/\n", "a/net-it.com/"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct reading r;
        assert_string_equal(expanded(&r, table[i].yaml), table[i].text);
        forget(&r);
    }
}

static void what_is_wrong_is_told_at_its_column(void **state)
{
    (void)state;
#define LITERAL "variables are written $(name); for a literal $( write $$("
#define UNKNOWN "give it a value under vars: or with --var; for a literal $( write $$("
    static const struct {
        const char *about, *yaml, *error;
    } table[] = {
        {"undefined, near a known one", "x: nosuch@$(domian)\n",
         "1:11+9 nothing is known as $(domian) | did you mean $(domain)?"},
        {"undefined, near nothing", "x: $(zebra)\n", "1:4+8 nothing is known as $(zebra) | " UNKNOWN},
        {"behind characters of several bytes", "x: Grüße an $(domian)\n",
         "1:13+9 nothing is known as $(domian) | did you mean $(domain)?"},
        {"in quotes", "x: \"to $(domian)\"\n", "1:8+9 nothing is known as $(domian) | did you mean $(domain)?"},
        {"in quotes with escapes, the whole", "x: \"a\\tb $(domian)\"\n",
         "1:4+16 nothing is known as $(domian) | did you mean $(domain)?"},
        {"in a block text, on its line", "x: |\n    Dear $(to),\n    $(domian)\n",
         "3:5+9 nothing is known as $(domian) | did you mean $(domain)?"},
        {"in a folded text, its start", "x: >\n  one\n  $(domian)\n",
         "2:3+3 nothing is known as $(domian) | did you mean $(domain)?"},
        {"not closed", "x: a $(domain and more\n", "1:6+2 $( without a closing ) | " LITERAL},
        {"no name", "x: $()\n", "1:4+3 $() names no variable | " LITERAL},
        {"no possible name", "x: $(two words)\n",
         "1:4+12 a variable's name has letters, digits, dot, _ and - only | " LITERAL},
        {"one in another", "x: $(alice$(to))\n",
         "1:4+13 a variable inside the name of a variable | give the whole name: $(alice.address)"},
        {"the shell's way", "x: for ${to}\n", "1:8+5 ${to} is no variable here | write $(to)"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct reading r;
        const char *text = expanded(&r, table[i].yaml);
        if (strcmp(text, "error") != 0 || strcmp(error_of(&r, 0), table[i].error) != 0 || *error_of(&r, 1))
            fail_msg("%s: %s, %s %s\n want: %s", table[i].about, text, error_of(&r, 0), error_of(&r, 1),
                     table[i].error);
        forget(&r);
    }
}

static void all_that_is_wrong_in_a_text_is_told(void **state)
{
    (void)state;
    struct reading r;
    assert_string_equal(expanded(&r, "x: $(domian) $(to) $() ${to} $(\n"), "error");
    assert_int_equal(mf_diags_count(r.diags), 4);
    assert_true(mf_starts(error_of(&r, 3), "1:30+2 "));
    forget(&r);
}

static void a_text_of_our_own_making_is_told_at_its_place(void **state)
{
    (void)state;
    struct reading r = read_text("x: y\n");
    struct mf_node template = {.kind = MF_NODE_TEXT,
                               .place = {.file = "mail.eml", .line = 1, .column = 1, .length = 1},
                               .text = "Subject: hello\n\nDear $(tu)\n",
                               .literal = true};
    assert_null(mf_vars_expand(r.arena, &inner, &template, r.diags));
    assert_true(mf_starts(error_of(&r, 0), "3:6+5 nothing is known as $(tu)"));
    assert_string_equal(mf_diags_at(r.diags, 0)->place.file, "mail.eml");
    forget(&r);
}

static void expansion_cannot_grow_without_end(void **state)
{
    (void)state;
    struct reading r = read_text("x: y\n");
    size_t count = 200000;
    char *text = mf_alloc(r.arena, count * 16 + 1);
    for (size_t i = 0; i < count; i++)
        memcpy(text + 16 * i, "$(alice.address)", 16);
    const struct mf_node node = {.kind = MF_NODE_TEXT, .text = text, .place = {.line = 1, .column = 1, .length = 1}};
    assert_non_null(mf_vars_expand(r.arena, &inner, &node, r.diags)); /* 3.2 MB */
    char *big = mf_alloc(r.arena, count * 16 * 7 + 1);
    for (size_t i = 0; i < 7; i++)
        memcpy(big + count * 16 * i, text, count * 16);
    const struct mf_node too_big = {.kind = MF_NODE_TEXT, .text = big, .place = {.line = 1, .column = 1, .length = 1}};
    assert_null(mf_vars_expand(r.arena, &inner, &too_big, r.diags));
    assert_non_null(strstr(error_of(&r, 0), "longer than 16 MB"));
    forget(&r);
}

static void the_use_of_a_name_is_found(void **state)
{
    (void)state;
    assert_true(mf_vars_used("a $(mid) b", "mid"));
    assert_true(mf_vars_used("$$ $(mid)", "mid"));
    assert_false(mf_vars_used("$(midx) $(xmid) $(mid", "mid"));
    assert_false(mf_vars_used("$$(mid)", "mid"));
    assert_false(mf_vars_used("", "mid"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_stand_in_for_names),
        cmocka_unit_test(a_text_without_variables_is_given_back_as_it_is),
        cmocka_unit_test(inside_a_regex_values_match_themselves),
        cmocka_unit_test(paths_and_commands_are_no_regexes),
        cmocka_unit_test(what_is_wrong_is_told_at_its_column),
        cmocka_unit_test(all_that_is_wrong_in_a_text_is_told),
        cmocka_unit_test(a_text_of_our_own_making_is_told_at_its_place),
        cmocka_unit_test(expansion_cannot_grow_without_end),
        cmocka_unit_test(the_use_of_a_name_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
