/* Mail that goes round in circles: a host that took the same message three times or more, with others
 * in between. (Twice is how internal mail looks that leaves the house and comes back; at once after
 * itself is how a content filter looks.) */
#include <stdlib.h>
#include <string.h>

#include "check/check_internal.h"

#define HOSTS_MAX 200
#define ROUNDS 3

/* The hosts of the way, without those that repeat at once. */
static size_t hosts_of(const struct mf_received **path, size_t count, const char **hosts)
{
    size_t found = 0;
    for (size_t i = 0; i < count && found < HOSTS_MAX; i++)
        if (path[i]->by && !(found && mf_same_nocase(hosts[found - 1], path[i]->by)))
            hosts[found++] = path[i]->by;
    return found;
}

/* Where the circle begins, with the host's next place in *next; count: there is none. */
static size_t circle_at(const char **hosts, size_t count, size_t *next)
{
    for (size_t i = 0; i < count; i++) {
        size_t seen = 0;
        *next = 0;
        for (size_t k = i; k < count; k++)
            if (mf_same_nocase(hosts[i], hosts[k]) && ++seen == 2)
                *next = k;
        if (seen >= ROUNDS)
            return i;
    }
    return count;
}

static int compare_hosts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The same circle has the same words, wherever it was entered. */
static const char *circle_words(struct mf_arena *arena, const char **hosts, size_t count)
{
    struct mf_text words = {.max = 2048};
    qsort(hosts, count, sizeof *hosts, compare_hosts);
    for (size_t i = 0; i < count; i++)
        if (i == 0 || !mf_same_nocase(hosts[i], hosts[i - 1]))
            mf_text_printf(&words, "%s%s", words.len ? ", " : "", hosts[i]);
    char *text = mf_copy(arena, mf_text_str(&words));
    mf_text_release(&words);
    return text;
}

static bool judge_arrival(struct mf_check_context *context, const struct mf_arrival *arrival)
{
    size_t count, next;
    const struct mf_received **path = mf_seen_path(context, mf_seen_arrival(context, arrival), &count);
    const char *hosts[HOSTS_MAX];
    size_t found = hosts_of(path, count, hosts), begin = circle_at(hosts, found, &next);
    if (begin == found)
        return false;
    const char *circle = circle_words(context->arena, hosts + begin, next - begin);
    struct mf_fact *fact = mf_fact_add(context, "path.loop", MF_FACT_BAD, MF_SEGMENT_HOP, circle, "goes in circles",
                                       mf_format(context->arena, "the copy at %s went round between %s: %s",
                                                 arrival->copy.mailbox, circle, mf_way_words(context, arrival)));
    fact->arrival = arrival;
    return true;
}

static bool applies(const struct mf_expect *expect)
{
    return expect->kind == MF_EXPECT_AT && !expect->flow->of && expect->index == 0;
}

static void judge(struct mf_check_context *context, const struct mf_expect *expect)
{
    (void)expect;
    const struct mf_case *at = mf_case(context);
    for (size_t i = 0; at->evidence && i < at->evidence->arrival_count; i++)
        if (!mf_is_bounce(context, &at->evidence->arrivals[i]) && judge_arrival(context, &at->evidence->arrivals[i]))
            return;
}

const struct mf_check mf_check_loop = {"loop", "it does not go round in circles", NULL, applies, judge};
