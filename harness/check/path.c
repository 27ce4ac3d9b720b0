/* The way it came, by its Received fields (RFC 5321 4.4): servers passed in the order expected, none
 * that is forbidden. Our messages start without any, so all of them were added on the way. */
#include <string.h>

#include "check/check_internal.h"

static const char *const needs[] = {"arrived", NULL};

static bool host_is(const struct mf_hop *hop, const char *host)
{
    if (!host)
        return false;
    if (hop->server)
        return mf_server_has_host(hop->server, host);
    size_t len = strlen(host), dotted = len && host[len - 1] == '.' ? len - 1 : len;
    if (hop->host[0] == '.')
        return dotted > strlen(hop->host) &&
               strncasecmp(host + dotted - strlen(hop->host), hop->host, strlen(hop->host)) == 0;
    return dotted == strlen(hop->host) && strncasecmp(host, hop->host, dotted) == 0;
}

static bool passed_at(const struct mf_hop *hop, const struct mf_received *line)
{
    return host_is(hop, line->by) || host_is(hop, line->rdns) || host_is(hop, line->helo);
}

static const char *name_of(const struct mf_hop *hop)
{
    return hop->server ? hop->server->name : hop->host;
}

static const char *or_unknown(const char *word)
{
    return word && *word ? word : "?";
}

/* By their own clocks, which may differ: "  +3.00 s", "  -5:29:58 (clocks differ)"; "" below a second. */
static const char *step_words(struct mf_arena *arena, const struct mf_received *before, const struct mf_received *line)
{
    char took[32];
    mf_usec step = before && before->at && line->at ? line->at - before->at : 0;
    if (step >= MF_SECOND)
        return mf_format(arena, "  +%s", mf_duration_text(step, took, sizeof took));
    return step <= -2 * MF_SECOND
               ? mf_format(arena, "  -%s (clocks differ)", mf_duration_text(-step, took, sizeof took))
               : "";
}

/* One hop a line: who gave it to whom, when, how. */
const char *mf_hop_table(struct mf_check_context *context, const struct mf_arrival *arrival)
{
    size_t count;
    const struct mf_received **path = mf_seen_path(context, mf_seen_arrival(context, arrival), &count);
    struct mf_text table = {.max = 64 << 10};
    for (size_t i = 0; i < count; i++) {
        const struct mf_received *line = path[i];
        if (!line->understood) {
            mf_text_printf(&table, "  %s\n", line->raw);
            continue;
        }
        const char *from = line->rdns ? line->rdns : line->helo;
        mf_text_printf(&table, "  %s%s%s%s -> %s", line->local ? "(local)" : or_unknown(from), line->ip ? " [" : "",
                       line->ip ? line->ip : "", line->ip ? "]" : "", or_unknown(line->by));
        mf_text_printf(&table, "  %s%s%s%s\n", line->date_text ? line->date_text : "",
                       step_words(context->arena, i ? path[i - 1] : NULL, line), line->tls ? "  " : "",
                       line->tls ? line->tls : "");
    }
    char *text = mf_copy(context->arena, mf_text_str(&table));
    mf_text_release(&table);
    return count ? text : "  (no Received field)\n";
}

#define HOSTS_SHOWN 8

const char *mf_way_words(struct mf_check_context *context, const struct mf_arrival *arrival)
{
    size_t count, shown = 0;
    const struct mf_received **path = mf_seen_path(context, mf_seen_arrival(context, arrival), &count);
    struct mf_text words = {.max = 4096};
    for (size_t i = 0; i < count; i++) {
        bool again = i && mf_same_nocase(path[i]->by, path[i - 1]->by);
        if (!again && shown++ < HOSTS_SHOWN)
            mf_text_printf(&words, "%s%s", words.len ? ", " : "", or_unknown(path[i]->by));
    }
    if (shown > HOSTS_SHOWN)
        mf_text_printf(&words, " and %zu more", shown - HOSTS_SHOWN);
    char *text = mf_copy(context->arena, mf_text_str(&words));
    mf_text_release(&words);
    return text;
}

static void judge_through(struct mf_check_context *context, const struct mf_expect *expect,
                          const struct mf_received **path, size_t count)
{
    struct mf_arena *arena = context->arena;
    size_t from = 0;
    for (size_t i = 0; i < expect->through_count; i++) {
        const struct mf_hop *hop = &expect->through[i];
        size_t at = from, anywhere = 0;
        while (at < count && !passed_at(hop, path[at]))
            at++;
        while (anywhere < count && !passed_at(hop, path[anywhere]))
            anywhere++;
        if (at < count) {
            from = at;
            continue;
        }
        bool order = anywhere < count;
        const char *words = order ? mf_format(arena, "it passed %s, but not in the order expected", name_of(hop))
                                  : mf_format(arena, "it did not pass %s", name_of(hop));
        struct mf_fact *fact =
            mf_fact_add(context, order ? "path.order" : "path.missing", MF_FACT_BAD, MF_SEGMENT_HOP, name_of(hop),
                        mf_format(arena, order ? "order of hops" : "not through %s", name_of(hop)), words);
        mf_fact_show(context, fact, MF_EXHIBIT_TABLE,
                     "The way it came:", mf_hop_table(context, mf_case(context)->arrival));
        return;
    }
    if (expect->through_count)
        mf_fact_add(context, "path.through", MF_FACT_GOOD, MF_SEGMENT_HOP, name_of(&expect->through[0]), "",
                    mf_format(arena, "it passed %s", name_of(&expect->through[0])));
}

static void judge_not_through(struct mf_check_context *context, const struct mf_expect *expect,
                              const struct mf_received **path, size_t count)
{
    struct mf_arena *arena = context->arena;
    for (size_t i = 0; i < expect->not_through_count; i++) {
        const struct mf_hop *hop = &expect->not_through[i];
        size_t at = 0;
        while (at < count && !passed_at(hop, path[at]))
            at++;
        if (at == count)
            continue;
        bool given = expect->not_through_given;
        struct mf_fact *fact =
            mf_fact_add(context, given ? "path.forbidden" : "path.detour", given ? MF_FACT_BAD : MF_FACT_NOTE,
                        MF_SEGMENT_HOP, name_of(hop), given ? mf_format(arena, "through %s", name_of(hop)) : "",
                        mf_format(arena, "it passed %s (%s)", name_of(hop), or_unknown(path[at]->by)));
        mf_fact_show(context, fact, MF_EXHIBIT_TABLE,
                     "The way it came:", mf_hop_table(context, mf_case(context)->arrival));
    }
}

static void judge(struct mf_check_context *context, const struct mf_expect *expect)
{
    const struct mf_case *at = mf_case(context);
    size_t count;
    if (!at->arrival || (expect->through_count == 0 && expect->not_through_count == 0))
        return;
    const struct mf_received **path = mf_seen_path(context, mf_seen_arrival(context, at->arrival), &count);
    judge_through(context, expect, path, count);
    judge_not_through(context, expect, path, count);
}

const struct mf_check mf_check_path = {"path", "it came through the servers expected, and no other", needs,
                                       mf_expects_arrival, judge};
