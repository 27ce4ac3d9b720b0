/* The Received fields told: one hop a line in words that programs can read too. */
#include <string.h>

#include "cli/tell_auth.h"

static void add(struct mf_text *line, const char *name, const char *value)
{
    if (value && *value)
        mf_text_printf(line, "%s%s=%s", line->len ? " " : "", name, value);
}

/* Other hosts' clocks are told, never judged: a negative time is skew. */
static void add_time(struct mf_text *line, const struct mf_received *hop, const struct mf_received *before)
{
    char when[64];
    if (!hop->at)
        return;
    add(line, "at", mf_date_rfc3339(hop->at, when, sizeof when));
    if (!before || !before->at)
        return;
    mf_usec took = hop->at - before->at;
    mf_text_printf(line, " after=%s%s%s", took < 0 ? "-" : "",
                   mf_duration_text(took < 0 ? -took : took, when, sizeof when), took < 0 ? "(clocks differ)" : "");
}

static void tell_hop(struct mf_text *out, const struct mf_received *hop, const struct mf_received *before)
{
    struct mf_text line = {.max = 64 << 10};
    add(&line, "ip", hop->ip);
    add(&line, "rdns", hop->rdns);
    add(&line, "helo", hop->helo);
    add(&line, "by", hop->by);
    add(&line, "by-ip", hop->by_ip);
    add(&line, "ident", hop->ident);
    add(&line, "envfrom", hop->envelope_from);
    add(&line, "id", hop->id);
    add(&line, "auth", hop->auth);
    add(&line, "auth-user", hop->auth_user);
    add(&line, "with", hop->with);
    add(&line, "tls", hop->tls);
    add(&line, "for", hop->for_address);
    add_time(&line, hop, before);
    if (hop->local)
        mf_text_puts(&line, " (picked up locally)");
    if (hop->understood && line.len)
        tell_line(out, 2, "%s", line.data);
    else
        tell_line(out, 2, "not understood: %s", hop->raw);
    mf_text_release(&line);
}

/* A host that took the message twice: a loop, or its own filter handing it back. */
static void tell_repeats(struct mf_text *out, const struct mf_received **path, size_t count)
{
    size_t most = 0, times = 0;
    for (size_t i = 0; i < count && i < 200; i++) {
        size_t same = 0;
        for (size_t j = 0; j < count && j < 200; j++)
            same += path[i]->by && mf_same_nocase(path[i]->by, path[j]->by);
        if (same > times) {
            times = same;
            most = i;
        }
    }
    if (times > 2)
        tell_line(out, 2, "%s took it %zu times: that is a loop, unless its own filters hand it back.", path[most]->by,
                  times);
}

void tell_path(struct mf_text *out, struct mf_arena *arena, const struct mf_message *message)
{
    size_t count;
    const struct mf_received **path = mf_message_path(arena, message, &count);
    tell_line(out, 0, "The way it came, oldest first, by its %zu Received field%s%s", count, count == 1 ? "" : "s",
              count ? " (what came before your own border may be forged):" : ".");
    for (size_t i = 0; i < count; i++)
        tell_hop(out, path[i], i ? path[i - 1] : NULL);
    tell_repeats(out, path, count);
}
