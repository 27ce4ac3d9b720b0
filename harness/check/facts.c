/* All facts of all flows: the checks run in order of custody, each only when what it needs holds. */
#include <string.h>

#include "check/check_internal.h"
#include "check/dns_internal.h"

struct mf_fact *mf_fact_add(struct mf_check_context *context, const char *id, enum mf_fact_state state,
                            enum mf_segment segment, const char *scope, const char *brief, const char *text)
{
    struct mf_facts *facts = context->facts;
    const struct mf_case *at = mf_case(context);
    struct mf_fact *fact = MF_PUSH(facts->arena, facts->items, facts->count, facts->capacity);
    fact->id = id;
    fact->state = state;
    fact->segment = segment;
    fact->flow = at->flow;
    fact->expect = at->expect;
    fact->arrival = at->arrival;
    fact->mailbox = at->expect->mailbox;
    fact->recipient = at->recipient;
    fact->scope = scope ? scope : "";
    fact->brief = brief ? brief : "";
    fact->text = text ? text : "";
    fact->reply = (struct mf_rec_reply){0, "", ""};
    return fact;
}

void mf_fact_show(struct mf_check_context *context, struct mf_fact *fact, enum mf_exhibit_kind kind, const char *title,
                  const char *text)
{
    struct mf_exhibit *more = mf_alloc_array(context->arena, fact->exhibit_count + 1, sizeof *more);
    if (fact->exhibit_count)
        memcpy(more, fact->exhibits, fact->exhibit_count * sizeof *more);
    more[fact->exhibit_count] = (struct mf_exhibit){kind, title, text};
    fact->exhibits = more;
    fact->exhibit_count++;
}

#define MAX_CHECKS 64

/* What a check said about this expectation. */
struct said {
    bool blocks;         /* others that need it can't be judged */
    const char *because; /* the fact in the way; NULL: it only waits */
};

static struct said listen(const struct mf_facts *facts, size_t from)
{
    struct said said = {false, NULL};
    for (size_t i = from; i < facts->count; i++)
        switch (facts->items[i].state) {
        case MF_FACT_GOOD:
        case MF_FACT_NOTE:
            break;
        case MF_FACT_WAITING:
            said.blocks = true;
            break;
        case MF_FACT_BAD:
        case MF_FACT_UNKNOWN:
        case MF_FACT_SKIPPED:
            said.blocks = true;
            said.because = facts->items[i].state == MF_FACT_SKIPPED ? facts->items[i].because : facts->items[i].id;
            break;
        }
    return said;
}

/* The first need that is not met, or NULL. */
static const struct said *unmet(const struct mf_check *check, const struct said *saids)
{
    for (const char *const *need = check->needs; need && *need; need++)
        for (size_t i = 0; mf_checks[i] && i < MAX_CHECKS; i++)
            if (saids[i].blocks && strcmp(mf_checks[i]->name, *need) == 0)
                return &saids[i];
    return NULL;
}

static void skip(struct mf_check_context *context, const struct mf_check *check, const char *because)
{
    const char *id = mf_format(context->arena, "%s.skipped", check->name);
    mf_fact_add(context, id, MF_FACT_SKIPPED, MF_SEGMENT_MEASURE, check->name, "", "")->because = because;
}

static void check_expectation(struct mf_check_context *context, const struct mf_expect *expect)
{
    struct said saids[MAX_CHECKS] = {{false, NULL}};
    mf_case_prepare(context, expect);
    for (size_t i = 0; mf_checks[i] && i < MAX_CHECKS; i++) {
        const struct mf_check *check = mf_checks[i];
        if (!check->applies(expect))
            continue;
        size_t from = context->facts->count;
        const struct said *obstacle = unmet(check, saids);
        if (!obstacle)
            check->judge(context, expect);
        else if (obstacle->because)
            skip(context, check, obstacle->because);
        saids[i] = obstacle ? *obstacle : listen(context->facts, from);
    }
}

static bool is_judged(const struct mf_flow *flow)
{
    return !flow->skip && !flow->section->skip && !flow->not_built;
}

struct mf_facts *mf_check_all(struct mf_arena *arena, const struct mf_plan *plan, const struct mf_evidence *evidence,
                              mf_usec now)
{
    struct mf_facts *facts = mf_alloc(arena, sizeof *facts);
    facts->arena = arena;
    struct mf_check_context context = {.plan = plan, .evidence = evidence, .now = now, .facts = facts, .arena = arena};
    context.cache = mf_check_cache_new(&context);
    for (size_t f = 0; f < plan->flow_count; f++)
        for (size_t e = 0; is_judged(&plan->flows[f]) && e < plan->flows[f].expect_count; e++)
            check_expectation(&context, &plan->flows[f].expects[e]);
    mf_dns_check_rows(&context);
    mf_check_cache_release(&context);
    return facts;
}
