/* The DNS tree walk (RFC 9989 4.10): which record applies, and which domain is the organizational one. */
#include <string.h>

#include "auth/dmarc_internal.h"

#define LABELS_AFTER_SHORTENING 7

const char *mf_dmarc_domain(struct mf_arena *arena, const char *domain)
{
    char *copy = mf_copy(arena, mf_domain_ascii(arena, domain));
    for (char *at = copy; *at; at++)
        *at = (char)mf_lower((unsigned char)*at);
    size_t len = strlen(copy);
    if (len > 1 && copy[len - 1] == '.')
        copy[len - 1] = '\0';
    return copy;
}

static size_t count_labels(const char *domain)
{
    size_t count = 1;
    for (; *domain; domain++)
        count += *domain == '.';
    return count;
}

static const char *parent_of(const char *domain)
{
    const char *dot = strchr(domain, '.');
    return dot ? dot + 1 : NULL;
}

/* Steps 3, 4 and 7: one label less, or the last seven of a name of eight and more. */
static const char *next_target(const char *target, bool is_first)
{
    size_t labels = count_labels(target);
    target = parent_of(target);
    if (is_first)
        for (; labels > LABELS_AFTER_SHORTENING + 1; labels--)
            target = parent_of(target);
    return target;
}

static const struct mf_dmarc_record *select_record(struct mf_arena *arena, struct mf_dmarc_walk *walk,
                                                   const char *domain, const struct mf_dns_answer *answer,
                                                   const char **found)
{
    size_t count = 0;
    struct mf_bytes text = {0};
    for (size_t i = 0; i < answer->count; i++)
        if (mf_dmarc_is_record(answer->records[i].text) && count++ == 0)
            text = answer->records[i].text;
    if (count == 1) {
        const struct mf_dmarc_record *record = mf_dmarc_parse(arena, domain, text);
        *found = record->text;
        return record;
    }
    if (count > 1)
        walk->several = answer->name;
    *found = count           ? mf_format(arena, "%zu DMARC records: all of them are ignored", count)
             : answer->count ? "TXT, but none that begins with v=DMARC1"
                             : "nothing";
    return NULL;
}

static void ask(struct mf_arena *arena, struct mf_dmarc_walk *walk, const char *target, struct mf_dns *dns,
                mf_usec deadline)
{
    const char *name = mf_format(arena, "_dmarc.%s", target);
    struct mf_dmarc_step *step = MF_PUSH(arena, walk->steps, walk->step_count, walk->step_capacity);
    const struct mf_dns_answer *answer = mf_dns_ask(dns, arena, name, MF_DNS_TXT, deadline);
    step->name = name;
    if (answer->status == MF_DNS_OK || answer->status == MF_DNS_NODATA || answer->status == MF_DNS_NXDOMAIN) {
        step->record = select_record(arena, walk, target, answer, &step->found);
        return;
    }
    walk->need_more = walk->need_more || answer->status == MF_DNS_UNKNOWN;
    step->found = mf_format(arena, "could not be found out (%s)%s%s", mf_dns_status_name(answer->status),
                            answer->why ? ": " : "", answer->why ? answer->why : "");
    if (!walk->trouble)
        walk->trouble = mf_format(arena, "TXT %s %s", name, step->found);
}

/* The name one label below `above` on the way down to `start`. */
static const char *one_below(const char *start, const char *above)
{
    const char *below = start;
    while (below && strcmp(below, above) != 0 && parent_of(below) && strcmp(parent_of(below), above) != 0)
        below = parent_of(below);
    return below;
}

/* 4.10.2, over the records found from the longest name to the shortest. */
static const char *organizational_domain(const struct mf_dmarc_walk *walk)
{
    const char *shortest = walk->start;
    for (size_t i = 0; i < walk->step_count; i++) {
        const struct mf_dmarc_record *record = walk->steps[i].record;
        if (!record)
            continue;
        if (record->psd == 'n')
            return record->domain;
        if (record->psd == 'y' && strcmp(record->domain, walk->start) != 0)
            return one_below(walk->start, record->domain);
        shortest = record->domain;
    }
    return shortest;
}

static const struct mf_dmarc_record *record_at(const struct mf_dmarc_walk *walk, const char *domain)
{
    for (size_t i = 0; i < walk->step_count; i++)
        if (walk->steps[i].record && strcmp(walk->steps[i].record->domain, domain) == 0)
            return walk->steps[i].record;
    return NULL;
}

/* 4.10.1: the author's domain, its organizational domain, its public suffix domain. */
static const struct mf_dmarc_record *applicable(const struct mf_dmarc_walk *walk)
{
    const struct mf_dmarc_record *record = record_at(walk, walk->start);
    if (!record)
        record = record_at(walk, walk->org_domain);
    for (size_t i = 0; i < walk->step_count && !record; i++)
        if (walk->steps[i].record && walk->steps[i].record->psd == 'y')
            record = walk->steps[i].record;
    return record;
}

const struct mf_dmarc_walk *mf_dmarc_walk(struct mf_arena *arena, const char *domain, struct mf_dns *dns,
                                          mf_usec deadline)
{
    struct mf_dmarc_walk *walk = mf_alloc(arena, sizeof *walk);
    walk->start = mf_dmarc_domain(arena, domain);
    for (const char *target = walk->start; target && *target; target = next_target(target, target == walk->start)) {
        ask(arena, walk, target, dns, deadline);
        const struct mf_dmarc_record *record = walk->steps[walk->step_count - 1].record;
        if (record && (record->psd == 'y' || record->psd == 'n'))
            break;
    }
    walk->org_domain = organizational_domain(walk);
    walk->policy = applicable(walk);
    return walk;
}
