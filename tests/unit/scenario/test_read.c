/* YAML → nodes that know their place. */
#include "unit/scenario/reading.h"

#include "mailflow/files.h"

#include <stdio.h>

static void every_scalar_is_text_whatever_it_looks_like(void **state)
{
    (void)state;
    struct reading r = read_text("a: no\nb: 007\nc: null\nd: 1.0\ne: ~\nf: 2026-12-31\ng: 0x1F\nh: 12:30:45\n");
    assert_int_equal(mf_diags_count(r.diags), 0);
    assert_string_equal(tree_of(&r), "{a: no, b: 007, c: null, d: 1.0, e: ~, f: 2026-12-31, g: 0x1F, h: 12:30:45}");
    forget(&r);
}

static void lists_and_maps_nest_in_both_styles(void **state)
{
    (void)state;
    struct reading r = read_text("flows:\n"
                                 "  - flow: a\n"
                                 "    to: [alice, {person: bob, folder: junk}]\n"
                                 "  -\n"
                                 "    flow: b\n"
                                 "    expect:\n"
                                 "    - alice\n"
                                 "    - never: bounce\n"
                                 "each: [a: b]\n");
    assert_int_equal(mf_diags_count(r.diags), 0);
    assert_string_equal(tree_of(&r), "{flows: [{flow: a, to: [alice, {person: bob, folder: junk}]}, "
                                     "{flow: b, expect: [alice, {never: bounce}]}], each: [{a: b}]}");
    forget(&r);
}

static void keys_keep_the_order_of_the_file(void **state)
{
    (void)state;
    struct reading r = read_text("z: 1\na: 2\nm: 3\nb: 4\n");
    assert_string_equal(tree_of(&r), "{z: 1, a: 2, m: 3, b: 4}");
    assert_string_equal(mf_node_get(r.root, "m")->text, "3");
    assert_null(mf_node_get(r.root, "y"));
    assert_null(mf_node_get(mf_node_get(r.root, "m"), "x")); /* a text has no keys */
    assert_null(mf_node_get(NULL, "x"));
    forget(&r);
}

static void places_count_characters_from_one_and_cover_the_value(void **state)
{
    (void)state;
    struct reading r = read_text("scenario: Größe\n"
                                 "flows:\n"
                                 "  - flow: \"a b\"   # ünï\n"
                                 "    é: 'x'\n"
                                 "    to: [ä, bob]\n"
                                 "    m: {a: b, cc: dd}\n");
    assert_place(node_at(&r, "scenario")->place, 1, 11, 5);
    assert_place(node_at(&r, "flows.0.flow")->place, 3, 11, 5); /* with its quotes */
    assert_place(node_at(&r, "flows.0.é")->place, 4, 8, 3);
    assert_place(node_at(&r, "flows.0.to")->place, 5, 9, 8);
    assert_place(node_at(&r, "flows.0.to.1")->place, 5, 13, 3);
    assert_place(node_at(&r, "flows.0.m.cc")->place, 6, 19, 2);
    assert_place(node_at(&r, "flows.0.m")->place, 6, 8, 14);
    assert_place(node_at(&r, "flows.0")->place, 3, 5, 4); /* a block map starts at its first key */
    assert_place(node_at(&r, "flows")->place, 3, 3, 1);   /* a block list at its first dash */
    assert_string_equal(node_at(&r, "flows.0")->place.file, "x.yaml");
    forget(&r);
}

static void an_empty_value_has_the_place_of_its_key(void **state)
{
    (void)state;
    struct reading r = read_text("to:\nfrom: # nobody yet\nm: {a: , b:}\nlist:\n  - x\n  -\n  - y\n");
    assert_int_equal(mf_diags_count(r.diags), 0);
    assert_true(node_at(&r, "to")->empty);
    assert_string_equal(node_at(&r, "to")->text, "");
    assert_place(node_at(&r, "to")->place, 1, 1, 2);
    assert_place(node_at(&r, "from")->place, 2, 1, 4);
    assert_place(node_at(&r, "m.a")->place, 3, 5, 1);
    assert_place(node_at(&r, "m.b")->place, 3, 10, 1);
    assert_true(node_at(&r, "list.1")->empty);
    assert_place(node_at(&r, "list.1")->place, 6, 3, 1); /* its dash */
    assert_false(node_at(&r, "list.2")->empty);
    forget(&r);
}

static void quotes_are_remembered_and_empty_quotes_are_not_empty(void **state)
{
    (void)state;
    struct reading r = read_text("a: \"\"\nb: 'it''s'\nc: \"tab\\tnew\\nline \\u00e9\"\nd: plain\n");
    assert_int_equal(mf_diags_count(r.diags), 0);
    assert_true(node_at(&r, "a")->quoted);
    assert_false(node_at(&r, "a")->empty);
    assert_place(node_at(&r, "a")->place, 1, 4, 2);
    assert_string_equal(node_at(&r, "b")->text, "it's");
    assert_string_equal(node_at(&r, "c")->text, "tab\tnew\nline é");
    assert_false(node_at(&r, "d")->quoted);
    forget(&r);
}

static void a_block_text_starts_at_its_own_margin(void **state)
{
    (void)state;
    struct reading r = read_text("text: |\n    Hello,\n      you\n\n    bye\nfold: >-\n  one\n  two\nnext: x\n");
    const struct mf_node *text = node_at(&r, "text");
    assert_string_equal(text->text, "Hello,\n  you\n\nbye\n");
    assert_true(text->quoted && text->literal);
    assert_place(text->place, 2, 5, 6);
    assert_string_equal(node_at(&r, "fold")->text, "one two");
    assert_true(node_at(&r, "fold")->quoted);
    assert_false(node_at(&r, "fold")->literal);
    assert_place(node_at(&r, "next")->place, 9, 7, 1);
    forget(&r);
}

static void dos_line_ends_and_a_byte_order_mark_change_no_place(void **state)
{
    (void)state;
    struct reading r = read_text("\xEF\xBB\xBFscenario: x\r\nflows:\r\n  - flow: a\r\n    to: bob\r\n");
    assert_int_equal(mf_diags_count(r.diags), 0);
    assert_string_equal(tree_of(&r), "{scenario: x, flows: [{flow: a, to: bob}]}");
    assert_place(node_at(&r, "scenario")->place, 1, 11, 1);
    assert_place(node_at(&r, "flows.0.to")->place, 4, 9, 3);
    forget(&r);
}

static void comments_that_are_meant_as_comments_are_fine(void **state)
{
    (void)state;
    struct reading r = read_text("# on top\n#glued, but alone on its line\n"
                                 "a: b              # aligned\n"
                                 "  #  indented\n"
                                 "b: c#d e#f\n"
                                 "c: \"x #y\"   ##### ruler #####\n"
                                 "d: 'x #y'  #\n"
                                 "e: |   # a text\n  no #comment here\n"
                                 "f: [x, # first\n  y] # second\n");
    assert_string_equal(error_of(&r, 0), "");
    assert_string_equal(tree_of(&r), "{a: b, b: c#d e#f, c: x #y, d: x #y, e: no #comment here\n, f: [x, y]}");
    forget(&r);
}

static void a_document_marker_on_top_and_at_the_end_does_no_harm(void **state)
{
    (void)state;
    struct reading r = read_text("%YAML 1.2\n---\na: b\n...\n");
    assert_string_equal(error_of(&r, 0), "");
    assert_string_equal(tree_of(&r), "{a: b}");
    forget(&r);
}

static void a_file_that_cannot_be_read_is_told(void **state)
{
    (void)state;
    struct reading r = {mf_arena_new(), mf_diags_new(), NULL};
    struct mf_files *files = mf_files_new();
    assert_null(mf_scenario_read(r.arena, files, "no/such/file.yaml", r.diags));
    assert_int_equal(mf_diags_count(r.diags), 1);
    assert_non_null(strstr(mf_diags_at(r.diags, 0)->title, "no/such/file.yaml"));
    mf_files_free(&files);
    forget(&r);
}

static void a_file_is_read_through_the_snapshot(void **state)
{
    (void)state;
    struct reading r = {mf_arena_new(), mf_diags_new(), NULL};
    struct mf_files *files = mf_files_new();
    mf_files_snapshot(files, "dir/a.yaml", MF_BYTES("a: b\n"));
    r.root = mf_scenario_read(r.arena, files, "dir/a.yaml", r.diags);
    assert_string_equal(tree_of(&r), "{a: b}");
    assert_string_equal(node_at(&r, "a")->place.file, "dir/a.yaml");
    mf_files_free(&files);
    forget(&r);
}

static void ten_thousand_flows_keep_their_places(void **state)
{
    (void)state;
    struct mf_text text = {0};
    mf_text_puts(&text, "scenario: big\nflows:\n");
    for (int i = 0; i < 10000; i++)
        mf_text_printf(&text, "  - flow: Mail %d\n    from: alice\n    to: [bob, {x: y}]\n", i);
    struct reading r = read_bytes(text.data, text.len);
    assert_int_equal(mf_diags_count(r.diags), 0);
    assert_int_equal(node_at(&r, "flows")->count, 10000);
    assert_place(node_at(&r, "flows.9999.to.1.x")->place, 2 + 3 * 10000, 19, 1);
    mf_text_release(&text);
    forget(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_scalar_is_text_whatever_it_looks_like),
        cmocka_unit_test(lists_and_maps_nest_in_both_styles),
        cmocka_unit_test(keys_keep_the_order_of_the_file),
        cmocka_unit_test(places_count_characters_from_one_and_cover_the_value),
        cmocka_unit_test(an_empty_value_has_the_place_of_its_key),
        cmocka_unit_test(quotes_are_remembered_and_empty_quotes_are_not_empty),
        cmocka_unit_test(a_block_text_starts_at_its_own_margin),
        cmocka_unit_test(dos_line_ends_and_a_byte_order_mark_change_no_place),
        cmocka_unit_test(comments_that_are_meant_as_comments_are_fine),
        cmocka_unit_test(a_document_marker_on_top_and_at_the_end_does_no_harm),
        cmocka_unit_test(a_file_that_cannot_be_read_is_told),
        cmocka_unit_test(a_file_is_read_through_the_snapshot),
        cmocka_unit_test(ten_thousand_flows_keep_their_places),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
