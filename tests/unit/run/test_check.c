/* `mailflow check`: every door, login and folder, told in order; nothing is sent. */
#include "unit/test.h"
#include "world.h"

#include <stdio.h>

#define NOTHING "flows:\n  - {flow: One, from: alice, to: bob, via: {command: [cat]}}\n"

struct told { const struct mf_probe *probes[16]; size_t count; };

static void note(void *context, const struct mf_probe *probe)
{
    struct told *told = context;
    if (told->count < 16)
        told->probes[told->count] = probe;
    told->count++;
}

struct look { struct world *world; struct mf_arena *arena; struct mf_dns *dns; struct mf_probe *probes; size_t count; struct told told; mf_usec took; };

static struct look look_at(const struct world_options *options)
{
    struct look look = {.world = world_new(options, NOTHING), .arena = mf_arena_new(), .dns = mf_dns_recorded()};
    mf_usec started = mf_now();
    look.probes = mf_run_check(look.world->plan, look.dns, look.arena, &look.count, note, &look.told);
    look.took = mf_now() - started;
    return look;
}

static void forget(struct look *look)
{
    mf_dns_free(&look->dns);
    mf_arena_free(&look->arena);
    world_free(&look->world);
}

static void expect_all(const struct look *look, int state)
{
    for (size_t i = 0; i < look->count; i++)
        if ((int)look->probes[i].state != state)
            fail_msg("%s %s: %d, %s", look->probes[i].what, look->probes[i].who, look->probes[i].state, look->probes[i].words);
}

static void all_is_well(void **state)
{
    struct look look = look_at(&(struct world_options){.submission = true});
    assert_int_equal(look.count, 5); /* submission for alice and bob, the IMAP door, two mailboxes */
    expect_all(&look, MF_PROBE_GOOD);
    assert_non_null(strstr(look.probes[0].words, "login good (PLAIN)"));
    assert_non_null(strstr(look.probes[2].words, "days left"));
    assert_non_null(strstr(look.probes[3].words, "4 folders, inbox 0 messages"));
    assert_string_equal(look.probes[3].who, "alice primary");
    assert_true(look.probes[3].place.line > 0);
    assert_int_equal(fake_smtp_count(look.world->smtp), 0);
    forget(&look);
    (void)state;
}

static void they_are_told_in_order_as_they_come(void **state)
{
    struct world_options slow = {.submission = true, .smtp.rules = {{.when = "EHLO", .act = FAKE_SLOW, .ms = 200}}};
    struct look look = look_at(&slow);
    assert_int_equal(look.told.count, look.count);
    for (size_t i = 0; i < look.count; i++)
        assert_string_equal(look.told.probes[i]->what, look.probes[i].what);
    assert_true(look.took < 700 * MF_MS); /* side by side */
    forget(&look);
    (void)state;
}

static void a_wrong_password_is_wrong(void **state)
{
    struct world_options wrong = {.submission = true, .smtp.login = {.user = "reader", .password = "x"}, .imap.login = {.user = "reader", .password = "x"}};
    struct look look = look_at(&wrong);
    expect_all(&look, MF_PROBE_BAD);
    assert_non_null(strstr(look.probes[0].words, "535"));
    assert_true(look.probes[0].hint[0] != '\0');
    forget(&look);
    (void)state;
}

static void a_server_that_is_down_could_not_be_looked_at(void **state)
{
    struct look look = look_at(&(struct world_options){.submission = true, .no_imap = true});
    assert_int_equal(look.probes[0].state, MF_PROBE_GOOD);
    for (size_t i = 2; i < look.count; i++)
        assert_int_equal(look.probes[i].state, MF_PROBE_UNKNOWN);
    assert_non_null(strstr(look.probes[2].words, "refused"));
    forget(&look);
    (void)state;
}

static void an_application_is_tried_by_its_own_door(void **state)
{
    struct look look = look_at(&(struct world_options){0});
    const struct mf_probe *last = &look.probes[look.count - 1];
    assert_string_equal(last->who, "app");
    assert_int_equal(last->state, MF_PROBE_GOOD);
    forget(&look);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_is_well),
        cmocka_unit_test(they_are_told_in_order_as_they_come),
        cmocka_unit_test(a_wrong_password_is_wrong),
        cmocka_unit_test(a_server_that_is_down_could_not_be_looked_at),
        cmocka_unit_test(an_application_is_tried_by_its_own_door),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
