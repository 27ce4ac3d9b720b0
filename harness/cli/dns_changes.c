/* From dns-before to dns: what to delete, what to publish, whose TTL to lower first. */
#include "cli/dns_changes.h"

#include <string.h>
#include <strings.h>
#include <time.h>

#define TTL_AT_SWITCH 300

struct table {
    const struct mf_dns_entry *items;
    size_t count;
};
struct changes {
    struct mf_arena *arena;
    struct change_sources sources;
    struct table before, after;
    unsigned highest; /* TTL, of what changes */
    unsigned negative;
    size_t told, ttls;
    FILE *out;
};

static bool same_set(const struct mf_dns_entry *a, const struct mf_dns_entry *b)
{
    return mf_same_nocase(a->name, b->name) && mf_same_nocase(a->type, b->type);
}

static bool has(const struct table *table, const struct mf_dns_entry *entry)
{
    for (size_t i = 0; i < table->count; i++)
        if (same_set(&table->items[i], entry) && change_same_value(entry->type, table->items[i].value, entry->value))
            return true;
    return false;
}

static bool has_set(const struct table *table, const struct mf_dns_entry *entry)
{
    for (size_t i = 0; i < table->count; i++)
        if (same_set(&table->items[i], entry))
            return true;
    return false;
}

static bool is_first_of_set(const struct table *table, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (same_set(&table->items[k], &table->items[i]))
            return false;
    return true;
}

/* Beside a CNAME nothing else may stand (RFC 1034 3.6.2). */
static bool is_in_the_way(const struct table *table, const struct mf_dns_entry *entry)
{
    for (size_t i = 0; i < table->count; i++)
        if (mf_same_nocase(table->items[i].name, entry->name) && !same_set(&table->items[i], entry) &&
            (mf_same_nocase(table->items[i].type, "CNAME") || mf_same_nocase(entry->type, "CNAME")))
            return true;
    return false;
}

static void print_line(struct changes *c, const char *what, const struct mf_dns_entry *entry, const char *remark)
{
    bool text = mf_same_nocase(entry->type, "TXT") && entry->value[0] != '"';
    fprintf(c->out, "  %-8s %-6s %-30s %s\n", what, entry->type, entry->name,
            text ? mf_dns_quote(c->arena, entry->value) : entry->value);
    if (remark)
        fprintf(c->out, "%17s%s\n", "", remark);
    c->told++;
}

/* --- what goes --- */

static bool is_key(const struct mf_dns_entry *entry)
{
    return strcasestr(entry->name, "._domainkey.") != NULL;
}

static bool is_policy(const struct mf_dns_entry *entry)
{
    return strncasecmp(entry->value, "v=spf1", 6) == 0 || strncasecmp(entry->value, "v=DMARC1", 8) == 0;
}

/* Of what the new table has no word at all, and what does not go at the switch itself. */
static bool stays_for_now(const struct changes *c, const struct mf_dns_entry *entry)
{
    return !has_set(&c->after, entry) && !is_in_the_way(&c->after, entry) && (is_key(entry) || is_policy(entry));
}

static void print_deleted(struct changes *c, const struct mf_dns_entry *entry)
{
    if (has(&c->after, entry))
        return;
    if (!stays_for_now(c, entry))
        print_line(c, "delete", entry,
                   is_in_the_way(&c->after, entry) ? "before the other record of this name is published" : NULL);
    else if (is_key(entry))
        print_line(c, "delete", entry, "a week after the switch: mail that was signed before is still under way");
    else
        print_line(c, "keep", entry, "dns: has none; write one there if it shall change");
}

/* --- what comes --- */

static void print_published(struct changes *c, const struct mf_dns_entry *entry)
{
    if (has(&c->before, entry))
        return;
    struct change_now now = change_ask(&c->sources, c->arena, entry);
    bool replaces = has_set(&c->before, entry) && !mf_same_nocase(entry->type, "MX");
    if (now.there)
        print_line(c, "there", entry, "published already, at every server that answered");
    else
        print_line(c, replaces ? "in place" : "publish", entry, NULL);
    if (now.negative_ttl > c->negative && !now.there && !has_set(&c->before, entry))
        c->negative = now.negative_ttl;
}

/* The old records of a set right before the new ones. */
static void print_set(struct changes *c, const struct table *table, size_t first)
{
    if (!is_first_of_set(table, first))
        return; /* told with the first of them */
    for (size_t i = 0; i < c->before.count; i++)
        if (same_set(&c->before.items[i], &table->items[first]))
            print_deleted(c, &c->before.items[i]);
    for (size_t i = 0; i < c->after.count; i++)
        if (same_set(&c->after.items[i], &table->items[first]))
            print_published(c, &c->after.items[i]);
}

static void print_changes(struct changes *c)
{
    fprintf(c->out, "\nChanges to make at the go-live\n");
    for (size_t i = 0; i < c->before.count; i++) /* what is in the way goes first */
        if (!has_set(&c->after, &c->before.items[i]))
            print_set(c, &c->before, i);
    for (size_t i = 0; i < c->after.count; i++)
        print_set(c, &c->after, i);
    if (!c->told)
        fprintf(c->out, "  none: dns-before and dns are the same\n");
}

/* --- TTLs --- */

static void begin_ttls(struct changes *c)
{
    if (c->ttls++ == 0)
        fprintf(c->out, "\nTTLs to lower before, so that caches forget the old records soon\n");
}

/* Whoever has asked before the switch keeps the old answer for as long as its TTL says. */
static void print_ttl(struct changes *c, const struct mf_dns_entry *entry)
{
    struct change_now now = change_ask(&c->sources, c->arena, entry);
    if (!now.known) {
        begin_ttls(c);
        fprintf(c->out, "  %-6s %-30s not known: no name server answered\n", entry->type, entry->name);
    } else if (now.ttl > TTL_AT_SWITCH) {
        begin_ttls(c);
        fprintf(c->out, "  %-6s %-30s from %u s to %d s, at least %u s before the switch\n", entry->type, entry->name,
                now.ttl, TTL_AT_SWITCH, now.ttl);
        c->highest = now.ttl > c->highest ? now.ttl : c->highest;
    }
}

static const char *clock_words(unsigned seconds, char *buffer, size_t size)
{
    time_t then = (time_t)(mf_now() / MF_SECOND) + seconds;
    struct tm local;
    localtime_r(&then, &local);
    strftime(buffer, size, "%a %d %b %Y %H:%M:%S", &local);
    return buffer;
}

/* A record more is a change as well: caches know the set without it. */
static bool set_changes(const struct changes *c, const struct mf_dns_entry *entry)
{
    for (size_t i = 0; i < c->before.count; i++)
        if (same_set(&c->before.items[i], entry) && !has(&c->after, &c->before.items[i]))
            return !stays_for_now(c, entry);
    for (size_t i = 0; i < c->after.count; i++)
        if (same_set(&c->after.items[i], entry) && !has(&c->before, &c->after.items[i]))
            return true;
    return false;
}

static void print_ttls(struct changes *c)
{
    char when[40];
    for (size_t i = 0; i < c->before.count; i++)
        if (is_first_of_set(&c->before, i) && set_changes(c, &c->before.items[i]))
            print_ttl(c, &c->before.items[i]);
    if (c->negative > TTL_AT_SWITCH) {
        begin_ttls(c);
        fprintf(c->out,
                "  SOA    negative answers               from %u s to %d s (the last number of the SOA), for the names "
                "that are new:\n"
                "         whoever asks for one too early is told for so long that there is none\n",
                c->negative, TTL_AT_SWITCH);
        c->highest = c->negative > c->highest ? c->negative : c->highest;
    }
    if (c->highest)
        fprintf(c->out, "  lowered now, the switch can be made from %s on\n",
                clock_words(c->highest, when, sizeof when));
    else if (!c->ttls)
        fprintf(c->out, "\nNo TTL needs to be lowered: none is above %d s.\n", TTL_AT_SWITCH);
}

static struct table table_of(struct mf_arena *arena, const struct mf_site *site, const struct mf_dns_table *table)
{
    struct table entries;
    entries.items = mf_dns_table_entries(arena, site, table, &entries.count);
    return entries;
}

void dns_changes_print(const struct mf_site *site, struct mf_dns *dns, const char *server, bool zone, FILE *out)
{
    struct changes c = {.arena = mf_arena_new(), .out = out};
    c.sources = change_sources_open(site->domains[0], dns, server, zone);
    c.before = table_of(c.arena, site, site->dns_before);
    c.after = table_of(c.arena, site, site->dns);
    print_changes(&c);
    print_ttls(&c);
    change_sources_close(&c.sources);
    mf_arena_free(&c.arena);
}
