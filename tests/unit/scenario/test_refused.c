/* What is YAML, but no part of the language; and what is no text at all. */
#include "unit/scenario/reading.h"

#include <stdio.h>
#include <sys/resource.h>

#define GIVE_A_NAME "write the value out, or give it a name under vars: and use $(name); "

static void anchors_aliases_tags_and_merge_keys(void **state)
{
    (void)state;
    static const struct mistake table[] = {
        {"a star for any host", "through: [*.hes.trendmicro.com]\n",
         "1:11+20 a value can't start with *: to YAML, *.hes.trendmicro.com is an alias | any host below is written "
         "with a "
         "leading dot: .hes.trendmicro.com",
         "{through: [*.hes.trendmicro.com]}"},
        {"an alias of nothing", "a: *bob\n",
         "1:4+4 a value can't start with *: to YAML, *bob is an alias | " GIVE_A_NAME
         "quote it if * is part of the text: \"*bob\"",
         "{a: *bob}"},
        {"an anchor; its aliases are not told again", "a: &who bob\nb: *who\nc: [*who, *who]\n",
         "1:4+4 anchors (&who) are not part of the language | " GIVE_A_NAME "quote it if & is part of the text",
         "{a: bob, b: *who, c: [*who, *who]}"},
        {"an anchor of a map", "a: &m {b: c}\n",
         "1:4+2 anchors (&m) are not part of the language | " GIVE_A_NAME "quote it if & is part of the text",
         "{a: {b: c}}"},
        {"a merge key", "a: {b: c}\nd:\n  <<: {e: f}\n  g: h\n",
         "3:3+2 merge keys (<<) are not part of the language | write the keys out; what all flows share goes to the "
         "section "
         "or the file",
         "{a: {b: c}, d: {g: h}}"},
        {"a tag", "a: !!int 5\n",
         "1:4+5 tags (!!int) are not part of the language | leave it out: the key gives the type; quote it if ! is "
         "part of "
         "the text",
         "{a: 5}"},
        {"a tag of a list", "a: !set [b]\n",
         "1:4+4 tags (!set) are not part of the language | leave it out: the key gives the type; quote it if ! is part "
         "of "
         "the text",
         "{a: [b]}"},
        {"a second document", "a: b\n---\nc: d\n",
         "2:1+3 a second document starts here | one scenario or site a file: put the rest into a file of its own",
         "{a: b}"},
    };
    CHECK_ALL(table);
}

static void a_comment_glued_to_a_word(void **state)
{
    (void)state;
    static const struct mistake table[] = {
        {"behind text", "- flow: Unknown #2\n  to: bob\n",
         "1:17+2 YAML takes \"#2\" for a comment, not for text | quote it: flow: \"Unknown #2\"",
         "[{flow: Unknown #2, to: bob}]"},
        {"instead of a value", "flow: #1 inbound\nto: bob\n",
         "1:7+10 YAML takes \"#1\" for a comment, not for text | quote it: flow: \"#1 inbound\"",
         "{flow: #1 inbound, to: bob}"},
        {"in a list item", "- #1 inbound\n- x\n",
         "1:3+10 YAML takes \"#1\" for a comment, not for text | quote it: \"#1 inbound\"", "[#1 inbound, x]"},
        {"at the very end", "a: b #c", "1:6+2 YAML takes \"#c\" for a comment, not for text | quote it: a: \"b #c\"",
         "{a: b #c}"},
        {"behind brackets nothing is guessed", "a: [b] #c\n",
         "1:8+2 YAML takes \"#c\" for a comment, not for text | quote it if it is text, or put a space after the # if "
         "it is "
         "a comment",
         "{a: [b]}"},
        {"behind quotes nothing is guessed", "a: \"b\" #c\n",
         "1:8+2 YAML takes \"#c\" for a comment, not for text | quote it if it is text, or put a space after the # if "
         "it is "
         "a comment",
         "{a: b}"},
    };
    CHECK_ALL(table);
}

static void keys_that_are_twice_or_no_words(void **state)
{
    (void)state;
    static const struct mistake table[] = {
        {"twice", "people:\n  alice: a@b\n  bob: b@b\n  alice: c@b\n",
         "4:3+5 \"alice\" is here already, in line 2 | keep one of the two", "{people: {alice: a@b, bob: b@b}}"},
        {"twice in braces, once quoted", "{a: b, \"a\": c}\n",
         "1:8+3 \"a\" is here already, in line 1 | keep one of the two", "{a: b}"},
        {"a list", "? [a]\n: b\n", "1:3+1 a key must be a word, not a list or a map | quote it if it is meant as text",
         "{}"},
        {"nothing", "a: b\n: c\n",
         "2:1+1 a key is missing in front of the colon | write KEY: VALUE; quote the text if the colon is part of it",
         "{a: b}"},
    };
    CHECK_ALL(table);
}

static void braces_and_brackets_whose_author_meant_something_else(void **state)
{
    (void)state;
    static const struct mistake table[] = {
        {"a list without brackets", "- {flow: a, from: alice, to: alice, bob}\n",
         "1:37+3 \"bob\" has no value | a list needs brackets: to: [alice, bob]; a text needs quotes: to: \"alice, "
         "bob\"",
         "[{flow: a, from: alice, to: [alice, bob]}]"},
        {"a list of three, with keys behind", "{to: a, b, c, cc: d}\n",
         "1:9+4 \"b\" has no value | a list needs brackets: to: [a, b, c]; a text needs quotes: to: \"a, b, c\"",
         "{to: [a, b, c], cc: d}"},
        {"a sentence without quotes", "{text: Dear Bob, how are you}\n",
         "1:18+11 \"how are you\" has no value | a text with a comma needs quotes here: text: \"Dear Bob, how are "
         "you\"",
         "{text: Dear Bob, how are you}"},
        {"braces for brackets", "to: {alice}\n",
         "1:6+5 \"alice\" has no value | braces hold \"key: value\"; a list is written [alice, bob]", "{to: {}}"},
        {"a text over the end of the line", "to: [alice\n  bob]\n",
         "1:6+5 in brackets, a text without quotes can't go on over the end of the line | put a comma or the closing "
         "bracket "
         "behind it, or quote the whole text",
         "{to: [alice bob]}"},
        {"a list below a value", "to: alice\n  - bob\n",
         "2:3+5 a list can't follow here: its key has a value already | make that value the first \"- item\" of the "
         "list, or "
         "delete it; a text over several lines starts with |",
         "{to: alice - bob}"},
        {"a value at the margin of its key", "a: b\nc:\nd\n",
         "3:1+1 \"d\" is neither a key nor indented | if it is the value of \"c\", indent it; if it is a key, a colon "
         "is "
         "missing",
         "{a: b, c: d}"},
    };
    CHECK_ALL(table);
}

static void double_quotes_that_turn_a_backslash_into_a_control_character(void **state)
{
    (void)state;
    static const struct mistake table[] = {
        {"a Windows login", "login: {user: \"NETIT\\bob\", x: y}\n",
         "1:21+2 \"\\b\" in double quotes is a control character | in single quotes a backslash is a backslash: "
         "'NETIT\\bob'",
         "{login: {user: NETIT\\bob, x: y}}"},
        {"by number", "a: \"x\\x08y\"\n",
         "1:6+4 \"\\x08\" in double quotes is a control character | in single quotes a backslash is a backslash: "
         "'x\\x08y'",
         "{a: x\\x08y}"},
        {"NUL", "a: \"x\\0y\"\n",
         "1:6+2 \"\\0\" in double quotes is a control character | in single quotes a backslash is a backslash: 'x\\0y'",
         "{a: x\\0y}"},
    };
    CHECK_ALL(table);
}

static void files_without_anything_to_read(void **state)
{
    (void)state;
#define STARTS "a scenario starts with \"scenario: TITLE\", a site with \"domain: NAME\""
    static const struct mistake table[] = {
        {"no bytes", "", "1:1+1 the file is empty | " STARTS, "no tree"},
        {"comments only", "# nothing\n\n", "1:1+1 the file is empty | " STARTS, "no tree"},
        {"a marker only", "---\n", "1:1+1 the file is empty | " STARTS, "no tree"},
        {"no key", "hello world\n", "1:1+11 no key with a colon, so this is neither a scenario nor a site | " STARTS,
         "no tree"},
    };
    CHECK_ALL(table);
}

static void bytes_that_are_no_text(void **state)
{
    (void)state;
    static const struct {
        const char *about, *bytes;
        size_t len;
        const char *error;
    } table[] = {
        {"Latin-1", "a: b\nc: Gr\xFC\xDF", 12, "2:6+1 byte 0xFC is not valid UTF-8 | save the file as UTF-8"},
        {"behind good UTF-8", "a: \xC3\xA9\xC3\xA9\xC3", 8,
         "1:6+1 byte 0xC3 is not valid UTF-8 | save the file as UTF-8"},
        {"a surrogate", "a: \xED\xA0\x80", 6, "1:4+1 byte 0xED is not valid UTF-8 | save the file as UTF-8"},
        {"UTF-16",
         "\xFF\xFE"
         "a\0:\0",
         6, "1:1+1 this file is UTF-16, not UTF-8 | save it as UTF-8"},
        {"NUL", "a: b\0c", 6,
         "1:5+1 control character U+0000 | delete it; where a text needs it, write it as an escape in double quotes"},
        {"escape", "a: \x1B[31m", 8,
         "1:4+1 control character U+001B | delete it; where a text needs it, write it as an escape in double quotes"},
        {"C1", "a: \xC2\x85", 5,
         "1:4+1 control character U+0085 | delete it; where a text needs it, write it as an escape in double quotes"},
        {"line separator", "a: \xE2\x80\xA8", 6,
         "1:4+1 control character U+2028 | delete it; where a text needs it, write it as an escape in double quotes"},
        {"carriage return alone", "a: b\rc: d\n", 10,
         "1:5+1 control character U+000D | end lines with LF or CR LF, not with CR alone"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct reading r = read_bytes(table[i].bytes, table[i].len);
        if (strcmp(error_of(&r, 0), table[i].error) != 0 || r.root)
            fail_msg("%s: %s\n want: %s", table[i].about, error_of(&r, 0), table[i].error);
        forget(&r);
    }
}

static void several_control_characters_are_told_but_not_thousands(void **state)
{
    (void)state;
    char bytes[5000];
    memset(bytes, 1, sizeof bytes);
    struct reading r = read_bytes(bytes, sizeof bytes);
    assert_int_equal(mf_diags_count(r.diags), 10);
    forget(&r);
}

static char *repeated(const char *head, const char *part, size_t times, const char *tail, size_t *len)
{
    size_t h = strlen(head), p = strlen(part), t = strlen(tail);
    char *bytes = malloc(h + p * times + t + 1);
    memcpy(bytes, head, h);
    for (size_t i = 0; i < times; i++)
        memcpy(bytes + h + i * p, part, p);
    memcpy(bytes + h + p * times, tail, t + 1);
    *len = h + p * times + t;
    return bytes;
}

static void check_limit(const char *head, const char *part, size_t times, const char *tail, const char *error)
{
    size_t len;
    char *bytes = repeated(head, part, times, tail, &len);
    struct reading r = read_bytes(bytes, len);
    assert_string_equal(error_of(&r, 0), error);
    assert_string_equal(error_of(&r, 1), "");
    assert_null(r.root);
    forget(&r);
    free(bytes);
}

static void sizes_have_limits(void **state)
{
    (void)state;
    check_limit("a: b\n", "# a comment of 32 characters ...\n", (17u << 20) / 33, "",
                "1:1+1 the file has more than 16 MB | split it into several files");
    check_limit("a: b\nc: [", "a, ", 100000, "d]\n",
                "2:1+1 this line has more than 256 kB | put it on several lines, or into a file of its own");
}

static void nesting_has_a_limit(void **state)
{
    (void)state;
    check_limit("", "[", 65, "\n", "1:65+1 nested deeper than 64 | ");
    check_limit("a: ", "{b: ", 100000 / 4, "\n", "1:256+1 nested deeper than 64 | ");
    size_t len;
    char *bytes = repeated("", "[", 64, "a]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]\n", &len);
    struct reading r = read_bytes(bytes, len);
    assert_int_equal(mf_diags_count(r.diags), 0);
    assert_non_null(r.root);
    forget(&r);
    free(bytes);
}

static long peak_memory_kb(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

static void an_alias_bomb_is_refused_at_once_with_little_memory(void **state)
{
    (void)state;
    struct mf_text bomb = {0};
    mf_text_puts(&bomb, "a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for (int i = 1; i < 30; i++) {
        mf_text_printf(&bomb, "a%d: &a%d [", i, i);
        for (int j = 0; j < 9; j++)
            mf_text_printf(&bomb, "%s*a%d", j ? ", " : "", i - 1);
        mf_text_puts(&bomb, "]\n");
    }
    long before = peak_memory_kb();
    struct reading r = read_bytes(bomb.data, bomb.len);
    assert_true(peak_memory_kb() - before < 20000);
    assert_non_null(strstr(error_of(&r, 0), "1:5+3 anchors (&a0) are not part of the language"));
    assert_int_equal(mf_diags_count(r.diags), 20); /* each anchor, up to a number; no alias */
    mf_text_release(&bomb);
    forget(&r);
}

static void what_was_told_is_marked_so_that_nothing_follows_from_it(void **state)
{
    (void)state;
    struct reading r = read_text("a: *x\nb: c\nm: {c}\nd: !x e\n");
    assert_true(node_at(&r, "a")->refused);
    assert_false(node_at(&r, "b")->refused);
    assert_true(node_at(&r, "m")->refused); /* a key is missing because of what was told */
    assert_true(node_at(&r, "d")->refused);
    forget(&r);
}

static void a_site_full_of_mistakes_is_told_whole(void **state)
{
    (void)state;
    struct reading r = read_text("domain: net-it.com\n"
                                 "servers:\n"
                                 "  primary:\n"
                                 "    login: {user: \"NETIT\\bob\", password: secret123}\n"
                                 "people:\n"
                                 "  alice: alice@net-it.com\n"
                                 "  no: no@net-it.com\n"
                                 "  alice: alice2@net-it.com\n"
                                 "  probe: {adress: probe@example.org}\n");
    assert_int_equal(mf_diags_count(r.diags), 2);
    assert_non_null(strstr(error_of(&r, 0), "4:25+2 "));
    assert_non_null(strstr(error_of(&r, 1), "8:3+5 "));
    assert_string_equal(node_at(&r, "people.no")->text, "no@net-it.com");
    assert_string_equal(node_at(&r, "people.probe.adress")->text, "probe@example.org");
    forget(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(anchors_aliases_tags_and_merge_keys),
        cmocka_unit_test(a_comment_glued_to_a_word),
        cmocka_unit_test(keys_that_are_twice_or_no_words),
        cmocka_unit_test(braces_and_brackets_whose_author_meant_something_else),
        cmocka_unit_test(double_quotes_that_turn_a_backslash_into_a_control_character),
        cmocka_unit_test(files_without_anything_to_read),
        cmocka_unit_test(bytes_that_are_no_text),
        cmocka_unit_test(several_control_characters_are_told_but_not_thousands),
        cmocka_unit_test(sizes_have_limits),
        cmocka_unit_test(nesting_has_a_limit),
        cmocka_unit_test(an_alias_bomb_is_refused_at_once_with_little_memory),
        cmocka_unit_test(what_was_told_is_marked_so_that_nothing_follows_from_it),
        cmocka_unit_test(a_site_full_of_mistakes_is_told_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
