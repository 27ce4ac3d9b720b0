/* Names of the site's table that lie in other zones than the domain's own: their servers are asked for them. */
#include "run/confirm_internal.h"

#define QUESTION_TIME (4 * MF_SECOND)
#define SERVERS_MAX 26

/* One address of one server, in a thread of its own. */
struct source {
    const struct mf_other_zone *zone;
    struct mf_journal *journal;
    const char *address;
    mf_usec deadline;
    pthread_t thread;
    bool started;
};

static mf_usec until(mf_usec deadline)
{
    mf_usec at = mf_now() + QUESTION_TIME;
    return at < deadline ? at : deadline;
}

/* Written down as that server's own word. False: it does not answer, and is not asked more. */
static bool ask(const struct source *source, struct mf_dns *server, struct mf_arena *arena, const char *name,
                enum mf_dns_type type)
{
    struct mf_dns_answer direct = *mf_dns_ask(server, arena, name, type, until(source->deadline));
    direct.direct = true;
    mf_journal_dns(source->journal, &direct, NULL); /* closing the journal tells what went wrong */
    return direct.status != MF_DNS_TIMEOUT && (direct.status != MF_DNS_SERVFAIL || direct.replied);
}

static void *ask_source(void *context)
{
    const struct source *source = context;
    struct mf_arena *arena = mf_arena_new();
    struct mf_dns *server = mf_dns_server(mf_format(arena, "%s@53", source->address), NULL);
    bool answers = server && ask(source, server, arena, source->zone->sources->zone, MF_DNS_SOA);
    for (size_t i = 0; answers && i < source->zone->count; i++)
        answers = ask(source, server, arena, source->zone->items[i].name, source->zone->items[i].type);
    mf_dns_free(&server);
    mf_arena_free(&arena);
    return NULL;
}

static void ask_zone(const struct mf_other_zone *zone, struct mf_journal *journal, mf_usec deadline)
{
    struct source sources[SERVERS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < zone->sources->count; i++)
        for (size_t k = 0; k < zone->sources->servers[i].address_count && count < SERVERS_MAX; k++) {
            struct source *source = &sources[count++];
            *source = (struct source){.zone = zone,
                                      .journal = journal,
                                      .address = zone->sources->servers[i].addresses[k],
                                      .deadline = deadline};
            source->started = pthread_create(&source->thread, NULL, ask_source, source) == 0;
        }
    for (size_t i = 0; i < count; i++)
        if (sources[i].started)
            pthread_join(sources[i].thread, NULL);
}

void mf_confirm_others(const struct mf_other_zones *zones, struct mf_journal *journal, mf_usec deadline)
{
    for (size_t i = 0; i < zones->count && mf_now() < deadline; i++)
        ask_zone(&zones->items[i], journal, deadline);
}

static struct mf_other_zone *zone_of(struct mf_arena *arena, struct mf_other_zones *zones,
                                     const struct mf_dns_sources *sources)
{
    for (size_t i = 0; i < zones->count; i++)
        if (mf_same_nocase(zones->items[i].sources->zone, sources->zone))
            return &zones->items[i];
    struct mf_other_zone *zone = MF_PUSH(arena, zones->items, zones->count, zones->capacity);
    zone->sources = sources;
    return zone;
}

struct mf_other_zones mf_confirm_sort(struct mf_arena *arena, struct mf_questions *questions, struct mf_dns *dns,
                                      mf_usec deadline)
{
    struct mf_other_zones zones = {0};
    for (size_t i = 0; i < questions->count && mf_now() < deadline; i++) {
        struct mf_question *question = &questions->items[i];
        const struct mf_dns_sources *sources =
            question->of_more ? mf_dns_sources(dns, arena, question->name, deadline) : NULL;
        question->elsewhere = sources && sources->zone && !mf_same_nocase(sources->zone, questions->items[0].name);
        if (!question->elsewhere)
            continue;
        struct mf_other_zone *zone = zone_of(arena, &zones, sources);
        *MF_PUSH(arena, zone->items, zone->count, zone->capacity) = *question;
    }
    return zones;
}
