/* How records stand while they are awaited: which server answers what, in few words. */
#include <string.h>

#include "cli/session.h"

#define VALUE_MAX 80

/* "ns2" of "ns2 (192.0.2.54)" */
static const char *server_of(struct mf_arena *arena, const struct mf_dns_seen *seen)
{
    const char *address = strstr(seen->server, " (");
    return address ? mf_copy_bytes(arena, seen->server, (size_t)(address - seen->server)) : seen->server;
}

static bool is_missing(const struct mf_dns_seen *seen)
{
    return seen->state == MF_FACT_BAD || seen->state == MF_FACT_UNKNOWN;
}

static bool same_word(const struct mf_dns_seen *a, const struct mf_dns_seen *b)
{
    return is_missing(a) && a->state == b->state && mf_same(a->name, b->name) && mf_same(a->found, b->found) &&
           mf_same(a->serial, b->serial);
}

/* All servers that say the same, once: "ns1, ns2 answer 10 mail.net-it.com, SOA serial 9". */
static const char *group_words(struct mf_arena *arena, const struct mf_dns_row_facts *facts, size_t first)
{
    const struct mf_dns_seen *one = &facts->seen[first];
    const char *servers = "", *last = "";
    size_t count = 0;
    for (size_t i = first; i < facts->seen_count; i++) {
        const char *server = server_of(arena, &facts->seen[i]);
        if (!same_word(&facts->seen[i], one) || mf_same(server, last))
            continue;
        servers = mf_format(arena, "%s%s%s", servers, count++ ? ", " : "", server);
        last = server;
    }
    if (one->state == MF_FACT_UNKNOWN)
        return mf_format(arena, "%s: %s", servers, one->found);
    return mf_format(arena, "%s answer%s %.*s%s%s%s", servers, count > 1 ? "" : "s", VALUE_MAX, one->found,
                     strlen(one->found) > VALUE_MAX ? "…" : "", one->serial[0] ? ", SOA serial " : "", one->serial);
}

static const char *words_of(struct mf_arena *arena, const struct mf_dns_verdict *verdict)
{
    const struct mf_dns_row_facts *facts = verdict->facts;
    const char *words = "";
    for (size_t i = 0; i < facts->seen_count; i++) {
        bool known = !is_missing(&facts->seen[i]);
        for (size_t k = 0; k < i && !known; k++)
            known = same_word(&facts->seen[k], &facts->seen[i]);
        if (!known)
            words = mf_format(arena, "%s%s%s", words, *words ? "; " : "", group_words(arena, facts, i));
    }
    if (*words)
        return words;
    return verdict->outcome != MF_PASS && verdict->finding_count ? verdict->findings[0]->title : verdict->detail;
}

int session_judge_records(void *context, struct mf_arena *arena, struct mf_row_state *states, size_t count)
{
    struct session records = *(struct session *)context;
    struct mf_plan rows_alone = *records.plan;
    struct mf_diag d = {0};
    struct mf_evidence *evidence = mf_evidence_load(records.dir, NULL, &d);
    if (!evidence)
        return -1;
    rows_alone.flow_count = 0; /* the mail is judged in the end */
    records.plan = &rows_alone;
    const struct mf_verdict *verdict = session_verdict(&records, evidence, arena);
    for (size_t i = 0; i < count && i < verdict->dns_count; i++) {
        states[i].there = verdict->dns[i].outcome == MF_PASS;
        states[i].words = mf_copy(arena, words_of(arena, &verdict->dns[i]));
    }
    mf_evidence_free(&evidence);
    return 0;
}
