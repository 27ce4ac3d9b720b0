/* Records confirmed at their sources: every authoritative server's own word, and the resolver's. */
#include <stdlib.h>

#include "run/confirm_internal.h"

#define QUESTION_TIME (5 * MF_SECOND)
#define SOURCES_MAX 32

/* One address of one server, in a thread of its own. */
struct source {
    struct mf_confirm *confirm;
    const char *address;
    pthread_t thread;
    bool started;
};

static mf_usec question_deadline(const struct mf_confirm *confirm)
{
    mf_usec until = mf_now() + QUESTION_TIME;
    return until < confirm->deadline ? until : confirm->deadline;
}

bool mf_confirm_stopped(const struct mf_confirm *confirm)
{
    return confirm->broken || (confirm->options.stop && *confirm->options.stop);
}

void mf_confirm_cancel(struct mf_confirm *confirm)
{
    if (confirm)
        confirm->broken = true;
}

static bool is_over(const struct mf_confirm *confirm)
{
    return mf_confirm_stopped(confirm) || mf_now() >= confirm->deadline;
}

/* Written down as that server's own word. */
static const struct mf_dns_answer *ask_direct(struct mf_confirm *confirm, struct mf_dns *server, struct mf_arena *arena,
                                              const struct mf_question *question)
{
    const struct mf_dns_answer *answer =
        mf_dns_ask(server, arena, question->name, question->type, question_deadline(confirm));
    struct mf_dns_answer direct = *answer;
    direct.direct = true;
    if (mf_journal_dns(confirm->journal, &direct, NULL) < 0) /* closing the journal tells what went wrong */
        confirm->broken = true;
    if (confirm->vantage)
        mf_vantage_heard(confirm->vantage, &direct, false);
    return answer;
}

/* A server that says nothing to the first question is not asked the others: each would take as long. True: it answers.
 */
static bool ask_all(struct mf_confirm *confirm, struct mf_dns *server, struct mf_arena *arena)
{
    for (size_t i = 0; i < confirm->questions.count && !is_over(confirm); i++) {
        if (confirm->questions.items[i].elsewhere)
            continue;
        const struct mf_dns_answer *answer = ask_direct(confirm, server, arena, &confirm->questions.items[i]);
        if (answer->status == MF_DNS_TIMEOUT ||
            (answer->status == MF_DNS_SERVFAIL && !answer->replied && !answer->authoritative))
            return false;
    }
    return true;
}

static void *ask_source(void *context)
{
    struct source *source = context;
    struct mf_arena *arena = mf_arena_new();
    const char *at = mf_format(arena, "%s@53", source->address);
    struct mf_dns *server = mf_dns_server(at, NULL);
    if (server && ask_all(source->confirm, server, arena) && !is_over(source->confirm))
        mf_vantage_source(source->confirm->vantage, arena, at);
    mf_dns_free(&server);
    mf_arena_free(&arena);
    return NULL;
}

static size_t start_sources(struct mf_confirm *confirm, const struct mf_dns_sources *found, struct source *sources)
{
    size_t count = 0;
    for (size_t i = 0; i < found->count; i++)
        for (size_t k = 0; k < found->servers[i].address_count && count < SOURCES_MAX; k++) {
            struct source *source = &sources[count++];
            *source = (struct source){.confirm = confirm, .address = found->servers[i].addresses[k]};
            source->started = pthread_create(&source->thread, NULL, ask_source, source) == 0;
        }
    return count;
}

static void ask_resolver(struct mf_confirm *confirm, struct mf_arena *arena)
{
    for (size_t i = 0; i < confirm->questions.count && !is_over(confirm); i++)
        if (confirm->questions.items[i].of_resolver) {
            const struct mf_dns_answer *answer =
                mf_dns_ask(confirm->dns, arena, confirm->questions.items[i].name, confirm->questions.items[i].type,
                           question_deadline(confirm));
            if (confirm->vantage)
                mf_vantage_heard(confirm->vantage, answer, true);
        }
    if (confirm->options.more && !is_over(confirm))
        confirm->options.more(confirm->plan, confirm->dns, confirm->deadline);
}

/* One source in place of the zone's servers: a given server, or what `dns` itself is (a zone file). */
static void confirm_alone(struct mf_confirm *confirm)
{
    struct mf_dns *server = mf_dns_server(confirm->questions.alone, NULL);
    ask_all(confirm, server ? server : confirm->dns, confirm->scratch);
    mf_dns_free(&server);
    ask_resolver(confirm, confirm->scratch);
}

void mf_confirm_look_behind(struct mf_confirm *confirm)
{
    const struct mf_plan *plan = confirm->plan;
    mf_confirm_policy(plan, confirm->dns, confirm->journal, question_deadline(confirm));
    if (!is_over(confirm))
        mf_confirm_mx(confirm->questions.mx, mf_confirm_tls(plan->site), confirm->dns, confirm->journal,
                      confirm->deadline);
}

/* The hosts behind the records, in a thread of their own: connections take longer than questions. */
static void *look_behind(void *context)
{
    mf_confirm_look_behind(context);
    return NULL;
}

static void confirm_everywhere(struct mf_confirm *confirm)
{
    struct source sources[SOURCES_MAX];
    struct mf_vantage vantage;
    const struct mf_dns_sources *found =
        mf_dns_sources(confirm->dns, confirm->scratch, confirm->plan->site->domains[0], question_deadline(confirm));
    if (found->zone)
        confirm->questions.items[0].name = found->zone; /* its SOA */
    struct mf_other_zones others = mf_confirm_sort(confirm->arena, &confirm->questions, confirm->dns,
                                                   question_deadline(confirm));
    mf_vantage_init(&vantage, confirm->dns, confirm->journal, confirm->questions.items[0].name, confirm->deadline);
    confirm->vantage = &vantage;
    pthread_t beside;
    bool aside = found->status == MF_DNS_OK && pthread_create(&beside, NULL, mf_vantage_beside, &vantage) == 0;
    size_t count = start_sources(confirm, found, sources);
    pthread_t behind;
    bool looks = confirm->behind && confirm->questions.mx && found->status == MF_DNS_OK &&
                 pthread_create(&behind, NULL, look_behind, confirm) == 0;
    if (found->status == MF_DNS_OK || found->status == MF_DNS_NXDOMAIN || found->status == MF_DNS_NODATA)
        ask_resolver(confirm, confirm->scratch);
    mf_confirm_others(&others, confirm->journal, confirm->deadline);
    for (size_t i = 0; i < count; i++)
        if (sources[i].started)
            pthread_join(sources[i].thread, NULL);
    if (aside)
        pthread_join(beside, NULL);
    if (!is_over(confirm))
        mf_vantage_doubts(&vantage);
    if (looks)
        pthread_join(behind, NULL);
    confirm->vantage = NULL;
    mf_vantage_release(&vantage);
}

void mf_confirm_round(struct mf_confirm *confirm)
{
    confirm->deadline = mf_now() + MF_CONFIRM_ROUND_TIME;
    confirm->scratch = mf_arena_new();
    if (confirm->questions.alone)
        confirm_alone(confirm);
    else
        confirm_everywhere(confirm);
    mf_arena_free(&confirm->scratch);
}

struct mf_confirm *mf_confirm_watch(const struct mf_plan *plan, struct mf_dns *dns, struct mf_journal *journal,
                                    const struct mf_confirm_options *options)
{
    struct mf_arena *arena = mf_arena_new();
    struct mf_questions questions = mf_confirm_questions(arena, plan, NULL);
    if (questions.count == 0) {
        mf_arena_free(&arena);
        return NULL;
    }
    struct mf_confirm *confirm = mf_alloc(arena, sizeof *confirm);
    *confirm = (struct mf_confirm){
        .plan = plan, .dns = dns, .journal = journal, .options = *options, .arena = arena, .questions = questions};
    if (pthread_create(&confirm->thread, NULL, mf_confirm_rounds, confirm) != 0)
        mf_arena_free(&arena); /* nobody was asked, which the rows then say */
    return arena ? confirm : NULL;
}

struct mf_confirm *mf_confirm_start(const struct mf_plan *plan, struct mf_dns *dns, struct mf_journal *journal,
                                    mf_confirm_more *more, const volatile sig_atomic_t *stop)
{
    struct mf_confirm_options options = {.more = more, .stop = stop, .until = MF_NEVER};
    return mf_confirm_watch(plan, dns, journal, &options);
}

void mf_confirm_end(struct mf_confirm **confirm)
{
    if (!*confirm)
        return;
    pthread_join((*confirm)->thread, NULL);
    struct mf_arena *arena = (*confirm)->arena;
    mf_arena_free(&arena);
    *confirm = NULL;
}
