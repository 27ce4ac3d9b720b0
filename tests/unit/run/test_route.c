/* Where a lane leads: in which order, from which local address, and why nowhere. */
#include "unit/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "run/lane_internal.h"

static const char zone[] = "$ORIGIN example.org.\n"
                           "@ 60 IN SOA ns hostmaster 1 2 3 4 5\n"
                           "@ 60 IN MX 20 second\n@ 60 IN MX 10 first\n"
                           "first 60 IN A 127.0.0.1\nfirst 60 IN A 127.0.0.2\nsecond 60 IN A 127.0.0.3\n"
                           "none 60 IN MX 0 .\n"
                           "lost 60 IN MX 10 nowhere\n"
                           "here 60 IN A 127.0.0.9\nsix 60 IN AAAA ::1\n";

struct setup {
    struct mf_engine engine;
    struct mf_plan plan;
    struct mf_via via;
    struct mf_lane lane;
    struct mf_door door;
    struct mf_tls tls;
    char path[40];
};

static struct setup *begin(const char *domain)
{
    struct setup *s = calloc(1, sizeof *s);
    struct mf_diag d = {0};
    snprintf(s->path, sizeof s->path, "/tmp/mailflow-zone-XXXXXX");
    int fd = mkstemp(s->path);
    assert_int_equal(write(fd, zone, sizeof zone - 1), sizeof zone - 1);
    close(fd);
    s->engine = (struct mf_engine){.plan = &s->plan, .arena = mf_arena_new(), .dns = mf_dns_zone(s->path, &d)};
    if (!s->engine.dns)
        fail_msg("%s", d.title);
    s->engine.resolver = mf_resolver_new(s->engine.dns);
    pthread_mutex_init(&s->engine.lock, NULL);
    s->via = (struct mf_via){.kind = MF_VIA_MX, .tls_mode = MF_TLS_OFFERED};
    s->lane = (struct mf_lane){.via = &s->via, .domain = domain};
    return s;
}

static const struct mf_route *find(struct setup *s)
{
    return mf_route_find(&s->engine, &s->lane, mf_now() + MF_SECOND);
}

static void end(struct setup *s)
{
    mf_planned_release(&s->engine);
    mf_resolver_free(&s->engine.resolver);
    mf_dns_free(&s->engine.dns);
    mf_arena_free(&s->engine.arena);
    pthread_mutex_destroy(&s->engine.lock);
    unlink(s->path);
    free(s);
}

static void mx_hosts_come_by_preference_with_all_their_addresses(void **state)
{
    struct setup *s = begin("example.org");
    const struct mf_route *route = find(s);
    static const char *const hosts[] = {"first.example.org", "first.example.org", "second.example.org"};
    assert_int_equal(route->count, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_string_equal(route->targets[i].host, hosts[i]);
        assert_int_equal(route->targets[i].port, 25);
    }
    assert_string_equal(route->targets[2].address, "127.0.0.3");
    end(s);
    (void)state;
}

static void an_address_that_did_not_answer_is_tried_last(void **state)
{
    struct setup *s = begin("example.org");
    const char *down[] = {"127.0.0.1", "127.0.0.2"};
    s->lane.down = down, s->lane.down_count = 2;
    s->lane.route_until = mf_now() + MF_SECOND; /* not forgotten yet */
    const struct mf_route *route = find(s);
    assert_string_equal(route->targets[0].address, "127.0.0.3");
    assert_int_equal(route->count, 3);
    end(s);
    (void)state;
}

static void it_gets_another_chance_when_the_route_is_looked_up_again(void **state)
{
    struct setup *s = begin("example.org");
    const char *down[] = {"127.0.0.1", "127.0.0.2"};
    s->lane.down = down, s->lane.down_count = 2;
    s->lane.route_until = mf_now() - 1;
    assert_string_equal(find(s)->targets[0].host, "first.example.org");
    end(s);
    (void)state;
}

static void the_source_is_of_the_same_family_as_the_target(void **state)
{
    struct setup *s = begin("example.org");
    s->via.source = "here.example.org";
    assert_string_equal(find(s)->targets[0].source, "127.0.0.9");
    end(s);
    s = begin("example.org");
    s->via.source = "six.example.org";
    const struct mf_route *route = find(s);
    assert_int_equal(route->count, 0);
    assert_non_null(strstr(route->why.title, "six.example.org"));
    assert_false(route->temporary);
    end(s);
    (void)state;
}

static void where_mail_can_not_go_is_told_with_its_reason(void **state)
{
    static const struct { const char *domain, *words; } cases[] = {
        {"none.example.org", "null MX"},
        {"lost.example.org", "nowhere.example.org"},
        {"missing.example.org", "does not exist"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct setup *s = begin(cases[i].domain);
        const struct mf_route *route = find(s);
        assert_int_equal(route->count, 0);
        assert_false(route->temporary);
        if (!strstr(route->why.title, cases[i].words) || !route->why.hint[0])
            fail_msg("%s: %s", cases[i].domain, route->why.title);
        end(s);
    }
    (void)state;
}

static void a_door_leads_to_the_addresses_of_its_host(void **state)
{
    struct setup *s = begin(NULL);
    s->door = (struct mf_door){.url = "smtps://first.example.org", .host = "first.example.org", .port = 465, .tls = &s->tls};
    s->via = (struct mf_via){.kind = MF_VIA_DOORS, .door = &s->door, .tls_mode = MF_TLS_IMPLICIT};
    const struct mf_route *route = find(s);
    assert_int_equal(route->count, 2);
    assert_int_equal(route->targets[0].port, 465);
    assert_int_equal(route->targets[0].tls_mode, MF_TLS_IMPLICIT);
    assert_ptr_equal(route->targets[0].tls, &s->tls);
    assert_ptr_equal(find(s), route); /* kept for a while */
    end(s);
    (void)state;
}

static int planned_seen, live_seen;
static void count_live(void *context, const struct mf_dns_answer *answer)
{
    (void)context;
    live_seen += answer->type == MF_DNS_MX;
    planned_seen += answer->planned;
}

static const char *hosts_of(struct setup *s, const struct mf_route *route)
{
    const char *text = "";
    for (size_t i = 0; i < route->count; i++)
        text = mf_format(s->engine.arena, "%s%s%s %s", text, i ? ", " : "", route->targets[i].host, route->targets[i].address);
    return text;
}

static void a_table_of_the_site_has_its_own_mx_and_all_else_is_live(void **state)
{
    (void)state;
    static const char *domains[] = {"example.org"}, *mx[] = {"0 second.example.org"};
    struct mf_dns_table table = {.mx = mx, .mx_count = 1};
    struct mf_site site = {.domains = domains, .domain_count = 1, .dns = &table};
    struct setup *s = begin("example.org");
    s->plan.site = &site;
    planned_seen = live_seen = 0;
    mf_dns_watch(s->engine.dns, count_live, NULL);
    assert_ptr_equal(mf_planned_resolver(&s->engine, NULL), s->engine.resolver);
    s->lane.resolver = mf_planned_resolver(&s->engine, &table);
    assert_ptr_equal(mf_planned_resolver(&s->engine, &table), s->lane.resolver); /* one for all flows */
    mf_dns_watch(s->engine.planned[0].dns, count_live, NULL);
    assert_string_equal(hosts_of(s, find(s)), "second.example.org 127.0.0.3");
    assert_int_equal(planned_seen, 1); /* the MX; the addresses are DNS's */
    assert_int_equal(live_seen, 1);    /* that one MX: DNS was not asked for it */
    s->lane = (struct mf_lane){.via = &s->via, .domain = "example.org"};
    assert_string_equal(hosts_of(s, find(s)), "first.example.org 127.0.0.1, first.example.org 127.0.0.2, second.example.org 127.0.0.3");
    end(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mx_hosts_come_by_preference_with_all_their_addresses),
        cmocka_unit_test(an_address_that_did_not_answer_is_tried_last),
        cmocka_unit_test(it_gets_another_chance_when_the_route_is_looked_up_again),
        cmocka_unit_test(the_source_is_of_the_same_family_as_the_target),
        cmocka_unit_test(where_mail_can_not_go_is_told_with_its_reason),
        cmocka_unit_test(a_door_leads_to_the_addresses_of_its_host),
        cmocka_unit_test(a_table_of_the_site_has_its_own_mx_and_all_else_is_live),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
