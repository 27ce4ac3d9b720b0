/* Names → things. */
#include "unit/test.h"

#include <stdio.h>

#include "mailflow/map.h"

static void what_was_put_is_found_and_nothing_else(void **state)
{
    (void)state;
    struct mf_arena *arena = mf_arena_new();
    struct mf_map *map = mf_map_new(arena);
    int one = 1, two = 2;
    assert_null(mf_map_get(map, "alice"));
    assert_null(mf_map_add(map, "alice", &one));
    assert_null(mf_map_add(map, "", &two));
    assert_ptr_equal(mf_map_get(map, "alice"), &one);
    assert_ptr_equal(mf_map_get(map, ""), &two);
    assert_null(mf_map_get(map, "alic"));
    assert_null(mf_map_get(map, "Alice"));
    mf_arena_free(&arena);
}

static void the_first_under_a_name_stays(void **state)
{
    (void)state;
    struct mf_arena *arena = mf_arena_new();
    struct mf_map *map = mf_map_new(arena);
    int one = 1, two = 2;
    mf_map_add(map, "x", &one);
    assert_ptr_equal(mf_map_add(map, "x", &two), &one);
    assert_ptr_equal(mf_map_get(map, "x"), &one);
    assert_int_equal(mf_map_count(map), 1);
    mf_arena_free(&arena);
}

static void many_names_are_all_found_in_the_order_of_adding(void **state)
{
    (void)state;
    enum { MANY = 50000 };
    struct mf_arena *arena = mf_arena_new();
    struct mf_map *map = mf_map_new(arena);
    static int values[MANY];
    for (int i = 0; i < MANY; i++)
        assert_null(mf_map_add(map, mf_format(arena, "name %d", i), &values[i]));
    assert_int_equal(mf_map_count(map), MANY);
    for (int i = 0; i < MANY; i++) {
        char name[32];
        snprintf(name, sizeof name, "name %d", i);
        assert_ptr_equal(mf_map_get(map, name), &values[i]);
        assert_string_equal(mf_map_key(map, (size_t)i), name);
    }
    assert_null(mf_map_get(map, "name 50000"));
    assert_null(mf_map_key(map, MANY));
    mf_arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_put_is_found_and_nothing_else),
        cmocka_unit_test(the_first_under_a_name_stays),
        cmocka_unit_test(many_names_are_all_found_in_the_order_of_adding),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
