/* RFC 4180 tables. */
#include "unit/scenario/reading.h"

#include "mailflow/files.h"

static struct reading read_table(const char *bytes, size_t len)
{
    struct reading r = {mf_arena_new(), mf_diags_new(), NULL};
    struct mf_files *files = mf_files_new();
    mf_files_snapshot(files, "apps.csv", (struct mf_bytes){bytes, len});
    r.root = mf_scenario_read_csv(r.arena, files, "apps.csv", r.diags);
    mf_files_free(&files);
    return r;
}

static void the_first_line_names_the_columns(void **state)
{
    (void)state;
    static const struct {
        const char *about, *csv, *tree;
    } table[] = {
        {"two rows", "name,address\ncrm,crm@x.y\nerp,erp@x.y\n",
         "[{name: crm, address: crm@x.y}, {name: erp, address: erp@x.y}]"},
        {"no line end at the end", "a,b\n1,2", "[{a: 1, b: 2}]"},
        {"DOS line ends and a byte order mark",
         "\xEF\xBB\xBF"
         "a,b\r\n1,2\r\n3,4\r\n",
         "[{a: 1, b: 2}, {a: 3, b: 4}]"},
        {"commas, quotes and line ends in quotes", "a,b\n\"x, y\",\"say \"\"hi\"\"\n bye\"\n",
         "[{a: x, y, b: say \"hi\"\n bye}]"},
        {"blanks around cells go, in quotes they stay", "a, b\n  1 ,\t2\n\" 3 \", \"4\" \n",
         "[{a: 1, b: 2}, {a:  3 , b: 4}]"},
        {"empty cells", "a,b,c\n,2,\n\"\",,x\n", "[{a: -, b: 2, c: -}, {a: , b: -, c: x}]"},
        {"empty lines are no rows", "\na,b\n\n1,2\n\r\n3,4\n\n", "[{a: 1, b: 2}, {a: 3, b: 4}]"},
        {"one column", "a\n1\n2\n", "[{a: 1}, {a: 2}]"},
        {"no rows", "a,b\n", "[]"},
        {"a hash is no comment", "a\n#1\n", "[{a: #1}]"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct reading r = read_table(table[i].csv, strlen(table[i].csv));
        if (strcmp(tree_of(&r), table[i].tree) != 0 || *error_of(&r, 0))
            fail_msg("%s: %s %s\n want %s", table[i].about, tree_of(&r), error_of(&r, 0), table[i].tree);
        forget(&r);
    }
}

static void cells_know_their_places(void **state)
{
    (void)state;
    const char csv[] = "näme,to\nGröße, bob\n\"a\nb\",\"c\"\nlast,x\n";
    struct reading r = read_table(csv, sizeof csv - 1);
    assert_place(node_at(&r, "0.näme")->place, 2, 1, 5);
    assert_place(node_at(&r, "0.to")->place, 2, 8, 3);
    assert_place(node_at(&r, "0")->place, 2, 1, 5);
    assert_place(node_at(&r, "1.näme")->place, 3, 1, 2);
    assert_place(node_at(&r, "1.to")->place, 4, 4, 3);
    assert_place(node_at(&r, "2.to")->place, 5, 6, 1);
    assert_place(r.root->items[0]->pairs[1].key->place, 1, 6, 2);
    assert_string_equal(node_at(&r, "2.to")->place.file, "apps.csv");
    assert_true(node_at(&r, "1.to")->quoted);
    assert_false(node_at(&r, "2.to")->quoted);
    forget(&r);
}

static void what_is_wrong_in_a_table_is_told_with_its_place(void **state)
{
    (void)state;
    static const struct {
        const char *about, *csv, *error;
    } table[] = {
        {"too few cells", "a,b,c\n1,2\n",
         "2:3+1 2 cells in this row; the first line names 3 | write nothing between two "
         "commas for an empty cell"},
        {"too many cells", "a,b\n1,2,3\n",
         "2:5+1 3 cells in this row; the first line names 2 | put a cell that holds a comma into quotes"},
        {"never closed", "a,b\n1,\"2\n3,4\n",
         "2:3+1 this quote is never closed | close it with \"; a quote inside a quoted cell is written twice: \"\""},
        {"text behind a quote", "a\n\"1\"2\n",
         "2:4+1 text behind the closing quote | a quote inside a quoted cell is written twice: \"\""},
        {"a quote in a plain cell", "a\nsay \"hi\"\n",
         "2:1+8 a quote inside a cell without quotes | put the whole cell into quotes, and write each quote in it "
         "twice"},
        {"semicolons", "a;b\n1;2\n",
         "1:1+3 the columns are not separated by commas | save the table as comma-separated (CSV UTF-8)"},
        {"a column twice", "a,b,a\n1,2,3\n", "1:5+1 the column \"a\" is here twice | keep one of the two"},
        {"a column without name", "a,,c\n1,2,3\n", "1:3+1 this column has no name | the first line names the columns"},
        {"nothing", "\n", "1:1+1 the file is empty | the first line names the columns"},
        {"Latin-1", "a\nGr\xFC\xDF\n", "2:3+1 byte 0xFC is not valid UTF-8 | save the file as UTF-8"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct reading r = read_table(table[i].csv, strlen(table[i].csv));
        if (strcmp(error_of(&r, 0), table[i].error) != 0 || *error_of(&r, 1))
            fail_msg("%s: %s %s\n want %s", table[i].about, error_of(&r, 0), error_of(&r, 1), table[i].error);
        forget(&r);
    }
}

static void all_wrong_rows_are_told(void **state)
{
    (void)state;
    const char csv[] = "a,b\n1\n1,2\n1,2,3\n";
    struct reading r = read_table(csv, sizeof csv - 1);
    assert_true(mf_starts(error_of(&r, 0), "2:1+1 1 cell in this row"));
    assert_true(mf_starts(error_of(&r, 1), "4:5+1 3 cells in this row"));
    assert_string_equal(error_of(&r, 2), "");
    forget(&r);
}

static void a_table_that_cannot_be_read_is_told(void **state)
{
    (void)state;
    struct reading r = {mf_arena_new(), mf_diags_new(), NULL};
    struct mf_files *files = mf_files_new();
    assert_null(mf_scenario_read_csv(r.arena, files, "no/such.csv", r.diags));
    assert_int_equal(mf_diags_count(r.diags), 1);
    mf_files_free(&files);
    forget(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_line_names_the_columns),
        cmocka_unit_test(cells_know_their_places),
        cmocka_unit_test(what_is_wrong_in_a_table_is_told_with_its_place),
        cmocka_unit_test(all_wrong_rows_are_told),
        cmocka_unit_test(a_table_that_cannot_be_read_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
