/* Syntax errors that libfyaml words badly: told with the corrected line, and read on as meant. */
#include "unit/scenario/reading.h"

#include <stdio.h>

static void a_value_with_a_colon_is_to_be_quoted(void **state)
{
    (void)state;
    static const struct mistake table[] = {
        {"a numbered step", "- flow: Step 1: internal\n  to: bob\n",
         "1:9+16 a second colon: \"Step 1: internal\" needs quotes | quote it: flow: \"Step 1: internal\"",
         "[{flow: Step 1: internal, to: bob}]"},
        {"with quotes in it", "flow: Step 1: \"x\"\n",
         "1:7+11 a second colon: \"Step 1: \"x\"\" needs quotes | quote it: flow: 'Step 1: \"x\"'",
         "{flow: Step 1: \"x\"}"},
        {"in braces", "- {flow: Step 1: x, from: alice}\n",
         "1:10+9 a second colon: \"Step 1: x\" needs quotes | quote it: {flow: \"Step 1: x\", from: alice}",
         "[{flow: Step 1: x, from: alice}]"},
        {"with a comment", "flow: Step 1: x   # first\n",
         "1:7+9 a second colon: \"Step 1: x\" needs quotes | quote it: flow: \"Step 1: x\"", "{flow: Step 1: x}"},
        {"what looks like a second key", "from: alice to: bob\n",
         "1:7+13 a second colon: \"alice to: bob\" needs quotes | give \"to:\" a line of its own, or quote it: "
         "from: \"alice to: bob\"",
         "{from: alice to: bob}"},
        {"a second key in braces", "{from: alice to: bob}\n",
         "1:14+2 a comma is missing in front of \"to\" | put it in: {from: alice, to: bob}", "{from: alice, to: bob}"},
    };
    CHECK_ALL(table);
}

static void text_behind_a_closing_quote_is_told_with_what_to_quote(void **state)
{
    (void)state;
    static const struct mistake table[] = {
        {"a display name", "from: \"Alice\" <alice@net-it.com>\n",
         "1:7+26 text behind the closing quote: a display name has no place here | write the address alone: "
         "from: alice@net-it.com",
         "{from: alice@net-it.com}"},
        {"a display name in a list", "to: [\"Alice\" <a@b.c>, bob]\n",
         "1:6+15 text behind the closing quote: a display name has no place here | write the address alone: "
         "to: [a@b.c, bob]",
         "{to: [a@b.c, bob]}"},
        {"two quoted words", "a: \"b\" \"c\"\n",
         "1:4+7 text behind the closing quote | quote all of it: a: '\"b\" \"c\"'", "{a: \"b\" \"c\"}"},
        {"an apostrophe in single quotes", "subject: 'it's'\n",
         "1:10+6 text behind the closing quote | quote all of it: subject: \"'it's'\"", "{subject: 'it's'}"},
    };
    CHECK_ALL(table);
}

static void quotes_and_brackets_that_are_never_closed_are_told_where_they_open(void **state)
{
    (void)state;
    static const struct mistake table[] = {
        {"the next line is no part of it", "a: 'foo\nb: c\n", "1:4+4 this quote is never closed | close it: a: 'foo'",
         "{a: foo, b: c}"},
        {"closed by the next opening quote", "- about: \"foo\n  b: \"c\"\n",
         "1:10+4 this quote is never closed | close it: about: \"foo\"", "[{about: foo, b: c}]"},
        {"a key", "a: b\n\"c: d\n", "2:1+5 this quote is never closed | close it: \"c: d\"", "no tree"},
        {"inside braces", "a: {b: \"c}\nd: \"e\"\n", "1:8+2 this quote is never closed | close it: a: {b: \"c\"}",
         "{a: {b: c}, d: e}"},
        {"a list", "a: [x, y\nb: c\n", "1:4+5 this bracket is never closed | close it: a: [x, y]", "{a: [x, y], b: c}"},
        {"a list that swallows the next", "a: [x, y\nb: [c]\n",
         "1:4+5 this bracket is never closed | close it: a: [x, y]", "{a: [x, y], b: [c]}"},
        {"braces over two lines", "a: {b: c,\n  d: e\nf: g\n",
         "1:4+1 this bracket is never closed | close it, perhaps at the end of line 2: d: e}",
         "{a: {b: c, d: e}, f: g}"},
        {"the inner of two", "x: {at: [bob}\ny: z\n",
         "1:13+1 } closes nothing: a [ is open, from column 9 of line 1 | write: x: {at: [bob]}",
         "{x: {at: [bob]}, y: z}"},
        {"the wrong kind", "a: [b, c}\n",
         "1:9+1 } closes nothing: a [ is open, from column 4 of line 1 | write: a: [b, c]", "{a: [b, c]}"},
        {"one too many", "a: [b]]\nc: d\n",
         "1:7+1 this bracket was never opened | delete it, or quote the text: a: [b]", "{a: [b], c: d}"},
        {"hidden by a comment", "a: [b #c]\nd: e\n",
         "1:7+2 YAML takes \"#c\" for a comment, not for text | quote it: a: [\"b #c\"]", "{a: [b #c], d: e}"},
        {"text behind it", "subject: [Test] hello\n",
         "1:10+12 text behind the closing bracket | quote it if the brackets are part of the text: "
         "subject: \"[Test] hello\"",
         "{subject: [Test] hello}"},
        {"a key behind it", "do: {ask: x} undo: {ask: y}\n",
         "1:14+14 \"undo: {ask: y}\" behind the closing bracket | give it a line of its own; read: do: {ask: x}",
         "{do: {ask: x}}"},
    };
    CHECK_ALL(table);
}

static void commas_too_few_and_too_many(void **state)
{
    (void)state;
    static const struct mistake table[] = {
        {"too many", "a: [b,, c]\n", "1:7+1 a comma too many | delete it: a: [b, c]", "{a: [b, c]}"},
        {"too many in braces", "a: {b: c,, d: e}\n", "1:10+1 a comma too many | delete it: a: {b: c, d: e}",
         "{a: {b: c, d: e}}"},
        {"none at the end of a line", "a: {b: c\n  d: e}\n",
         "1:8+1 a comma is missing at the end of this line | write: a: {b: c,", "{a: {b: c, d: e}}"},
    };
    CHECK_ALL(table);
}

static void characters_that_yaml_keeps_for_itself_are_to_be_quoted(void **state)
{
    (void)state;
    static const struct mistake table[] = {
        {"at", "a: [ok, @x, y]\n", "1:9+2 a value can't start with @ | quote it: a: [ok, \"@x\", y]",
         "{a: [ok, @x, y]}"},
        {"percent", "a: %x\nb: c\n", "1:4+2 a value can't start with % | quote it: a: \"%x\"", "{a: %x, b: c}"},
        {"backtick", "a: `x`\n", "1:4+3 a value can't start with ` | quote it: a: \"`x`\"", "{a: `x`}"},
        {"greater than", "text: >foo bar\n", "1:7+8 a value can't start with > | quote it: text: \">foo bar\"",
         "{text: >foo bar}"},
        {"ampersand alone", "a: &\n", "1:4+1 a value can't start with & | quote it: a: \"&\"", "{a: &}"},
        {"an unknown escape", "user: \"NETIT\\kim\"\n",
         "1:13+2 \\k means nothing in double quotes | in single quotes a backslash is a backslash: user: 'NETIT\\kim'",
         "{user: NETIT\\kim}"},
    };
    CHECK_ALL(table);
}

static void variables_in_other_styles_are_shown_in_ours(void **state)
{
    (void)state;
    static const struct mistake table[] = {
        {"shell, in a list", "to: [${x}]\n",
         "1:6+4 ${x} is no variable here | variables are written with $(): to: [$(x)]", "{to: [$(x)]}"},
        {"shell, in braces", "a: {b: ${x}, c: d}\n",
         "1:8+4 ${x} is no variable here | variables are written with $(): a: {b: $(x), c: d}", "{a: {b: $(x), c: d}}"},
        {"template", "a: {{ x }}\n", "1:4+7 {{ x }} is no variable here | variables are written with $(): a: $(x)",
         "{a: $(x)}"},
        {"template and text", "a: {{x}} y\n",
         "1:4+5 {{x}} is no variable here | variables are written with $(): a: $(x) y", "{a: $(x) y}"},
    };
    CHECK_ALL(table);
}

static void spaces_that_are_missing_behind_dashes_and_colons(void **state)
{
    (void)state;
    static const struct mistake table[] = {
        {"the only item", "expect:\n  -bob\n", "2:3+4 no space after the dash | write it as a list item: - bob",
         "{expect: [bob]}"},
        {"an item of several", "x:\n  - flow: a\n  -flow: b\n    from: c\n",
         "3:3+8 no space after the dash | write it as a list item: - flow: b", "{x: [{flow: a}, {flow: b, from: c}]}"},
        {"two dashes", "x:\n  -- a\n  - b\n", "2:3+4 two dashes | write it as a list item: - a", "{x: [a, b]}"},
        {"first key", "- from:alice\n  to: bob\n",
         "1:3+10 no space after the colon in \"from:alice\" | write it with a space: from: alice",
         "[{from: alice, to: bob}]"},
        {"key in between", "flow: a\nfrom:alice\nto: bob\n",
         "2:1+10 no space after the colon in \"from:alice\" | write it with a space: from: alice",
         "{flow: a, from: alice, to: bob}"},
        {"last key", "from: alice\nto:bob\n",
         "2:1+6 no space after the colon in \"to:bob\" | write it with a space: to: bob", "{from: alice, to: bob}"},
        {"a number behind it", "from: alice\nwithin:1 min\n",
         "2:1+12 no space after the colon in \"within:1\" | write it with a space: within: 1 min",
         "{from: alice, within: 1 min}"},
        {"only key", "expect:\n  at:bob\n",
         "2:3+6 no space after the colon in \"at:bob\" | write it with a space: at: bob", "{expect: {at: bob}}"},
        {"in braces", "x: {at: probe, through:gateway}\n",
         "1:16+15 no space after the colon in \"through:gateway\" | write it with a space: through: gateway",
         "{x: {at: probe, through: gateway}}"},
        {"space in front instead", "a: b\nfrom :alice\nc: d\n",
         "2:1+11 the space belongs behind the colon | write: from: alice", "{a: b, from: alice, c: d}"},
        {"no-break space in the indentation",
         "- flow: a\n \xC2\xA0"
         "to: bob\n",
         "2:2+1 a no-break space (U+00A0), which only looks like a space | type it again: to: bob",
         "[{flow: a, to: bob}]"},
        {"no-break space",
         "from:\xC2\xA0"
         "alice\nto: bob\n",
         "1:6+1 a no-break space (U+00A0), which only looks like a space | type it again: from: alice",
         "{from: alice, to: bob}"},
    };
    CHECK_ALL(table);
}

static void keys_without_their_colon(void **state)
{
    (void)state;
    static const struct mistake table[] = {
        {"a key and its value", "from alice\nto: bob\n",
         "1:1+10 a key and a colon are missing: \"from alice\" | perhaps: from: alice", "{from: alice, to: bob}"},
        {"a heading", "a: b\nflows\n  - x\n", "2:1+5 a colon is missing | write: flows:", "{a: b, flows: [x]}"},
        {"a colon that slipped", "a: b\nflow:s\n  - x\n",
         "2:1+6 the colon belongs to the end of the key | write: flows:", "{a: b, flows: [x]}"},
        {"another sign", "from = alice\nto: bob\n",
         "1:1+12 a key is followed by a colon, not by = | write: from: alice", "{from: alice, to: bob}"},
        {"a word alone", "a: b\nfoo\nc: d\n", "2:1+3 a key and a colon are missing: \"foo\" | write KEY: VALUE",
         "no tree"},
    };
    CHECK_ALL(table);
}

static void lines_that_stand_too_far_left_or_right(void **state)
{
    (void)state;
    static const struct mistake table[] = {
        {"a key too deep", "- flow: a\n   from: b\n  to: c\n",
         "2:4+7 this line is indented by 1 space too many | line it up with those above: 2 spaces in front",
         "[{flow: a, from: b, to: c}]"},
        {"several keys too deep are told once", "x:\n  - flow: a\n     from: b\n     to: c\n    cc: d\n",
         "3:6+7 this line is indented by 1 space too many | line it up with those above: 4 spaces in front",
         "{x: [{flow: a, from: b, to: c, cc: d}]}"},
        {"keys too far left", "  - flow: a\n    x: y\n   from: b\n   to: z\n    cc: q\n",
         "3:4+7 this line is indented by 1 space too few | line it up with those above: 4 spaces in front",
         "[{flow: a, x: y, from: b, to: z, cc: q}]"},
        {"an item with its keys", "- a: b\n  c: d\n - a: e\n   c: g\n- a: h\n",
         "3:2+6 this line is indented by 1 space too many | line it up with those above: 0 spaces in front",
         "[{a: b, c: d}, {a: e, c: g}, {a: h}]"},
        {"the first item of a list, by the others", "x:\n   - flow: a\n    to: b\n  - flow: c\n    to: d\n",
         "2:4+9 this line is indented by 1 space too many | line it up with those above: 2 spaces in front",
         "{x: [{flow: a, to: b}, {flow: c, to: d}]}"},
        {"a plain item, which YAML would add to the one above", "a:\n- b\n - c\n",
         "3:2+3 this line is indented by 1 space too many | line it up with those above: 0 spaces in front",
         "{a: [b, c]}"},
        {"a list on the line of its key", "expect: - at: bob\nto: x\n",
         "1:9+9 a list can't start on the line of its key | write: expect: [at: bob]", "{expect: [{at: bob}], to: x}"},
        {"a list below a value", "a: x\n  - b: c\n",
         "2:3+6 a list can't follow here: \"a\" has a value already | make the value above the first \"- item\" of the "
         "list, "
         "or delete it",
         "no tree"},
    };
    CHECK_ALL(table);
}

static void every_line_with_a_tab_in_its_indentation_is_told(void **state)
{
    (void)state;
    struct reading r = read_text("a:\n\tb: c\n  d: e\n  \tf: g\n\t# a comment\n");
    assert_string_equal(error_of(&r, 0), "2:1+1 a tab in the indentation | indent with spaces");
    assert_string_equal(error_of(&r, 1), "4:3+1 a tab in the indentation | indent with spaces");
    assert_string_equal(error_of(&r, 2), "");
    forget(&r);
}

static void all_mistakes_of_a_file_are_told_in_one_go_at_their_real_places(void **state)
{
    (void)state;
    struct reading r = read_text("scenario: Step 1: x\n"       /* 1: colon */
                                 "from:alice\n"                /* 2: glued */
                                 "flows:\n"                    /* 3 */
                                 "  - flow: #1 in\n"           /* 4: comment */
                                 "    to: [bob, ${x}\n"        /* 5: variable, bracket */
                                 "    expect:\n"               /* 6 */
                                 "      -bob\n"                /* 7: dash */
                                 "  - flow: \"a\" b: [c, d]\n" /* 8: quote */
                                 "     to: {x: *y}\n"          /* 9: indentation, alias */
                                 "    to: z\n");               /* 10: twice */
    static const char *const places[] = {"1:11+9 ", "2:1+10 ", "4:11+5 ", "5:9+",  "5:15+4 ",
                                         "7:7+4 ",  "8:11+",   "9:6+11 ", "9:14+", "10:5+2 "};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        if (!mf_starts(error_of(&r, i), places[i]))
            fail_msg("error %zu: %s, not at %s", i, error_of(&r, i), places[i]);
    assert_string_equal(error_of(&r, 10), "");
    assert_string_equal(tree_of(&r), "{scenario: Step 1: x, from: alice, flows: [{flow: #1 in, to: [bob, $(x)], "
                                     "expect: [bob]}, {flow: \"a\" b: [c, d], to: {x: *y}}]}");
    forget(&r);
}

static void places_behind_a_mended_part_are_those_of_the_file(void **state)
{
    (void)state;
    struct reading r = read_text("x: {flow: Step 1: internal, from: alice, to: bob}\ny: z\n");
    assert_int_equal(mf_diags_count(r.diags), 1);
    assert_place(node_at(&r, "x.flow")->place, 1, 11, 16);
    assert_place(node_at(&r, "x.from")->place, 1, 35, 5);
    assert_place(node_at(&r, "x.to")->place, 1, 46, 3);
    assert_place(node_at(&r, "y")->place, 2, 4, 1);
    forget(&r);
}

static void what_is_not_understood_is_told_in_the_librarys_words(void **state)
{
    (void)state;
    struct reading r = read_text("a: b\nc: &x - d\n");
    assert_null(r.root);
    assert_int_equal(mf_diags_count(r.diags), 1);
    assert_non_null(strstr(error_of(&r, 0), "2:7+3 this is no YAML: "));
    forget(&r);
}

static void hundreds_of_mistakes_end(void **state)
{
    (void)state;
    struct mf_text text = {0};
    for (int i = 0; i < 1000; i++)
        mf_text_printf(&text, "key%d: Step %d: x\n", i, i);
    struct reading r = read_bytes(text.data, text.len);
    assert_true(mf_diags_count(r.diags) >= 50);
    assert_true(mf_diags_count(r.diags) < 100); /* mending has a limit */
    mf_text_release(&text);
    forget(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_value_with_a_colon_is_to_be_quoted),
        cmocka_unit_test(text_behind_a_closing_quote_is_told_with_what_to_quote),
        cmocka_unit_test(quotes_and_brackets_that_are_never_closed_are_told_where_they_open),
        cmocka_unit_test(commas_too_few_and_too_many),
        cmocka_unit_test(characters_that_yaml_keeps_for_itself_are_to_be_quoted),
        cmocka_unit_test(variables_in_other_styles_are_shown_in_ours),
        cmocka_unit_test(spaces_that_are_missing_behind_dashes_and_colons),
        cmocka_unit_test(keys_without_their_colon),
        cmocka_unit_test(lines_that_stand_too_far_left_or_right),
        cmocka_unit_test(every_line_with_a_tab_in_its_indentation_is_told),
        cmocka_unit_test(all_mistakes_of_a_file_are_told_in_one_go_at_their_real_places),
        cmocka_unit_test(places_behind_a_mended_part_are_those_of_the_file),
        cmocka_unit_test(what_is_not_understood_is_told_in_the_librarys_words),
        cmocka_unit_test(hundreds_of_mistakes_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
