/* Who is it that answers, seen from here? What is asked besides the records, so that judging can tell an intercepted
 * port 53, a resolver with a zone of its own, a server without TCP and a delegation that differs.
 *
 * What is quick is always asked, beside the rest. What takes time (an address that nobody has, the resolver a second
 * time) is asked only where the answers give reason to. */
#include <stdlib.h>
#include <string.h>

#include "run/confirm_internal.h"

#define TCP_TIME (2 * MF_SECOND)
#define NOBODY_TIME (1 * MF_SECOND)
#define RECOUNT_TIME (1200 * MF_MS) /* a TTL that counts down has done so by then */

struct heard {
    const char *name;
    enum mf_dns_type type;
    const char *value;
    bool of_resolver;
};

void mf_vantage_init(struct mf_vantage *v, struct mf_dns *dns, struct mf_journal *journal, const char *zone,
                     mf_usec deadline)
{
    *v = (struct mf_vantage){
        .dns = dns, .journal = journal, .zone = zone, .deadline = deadline, .arena = mf_arena_new()};
    pthread_mutex_init(&v->lock, NULL);
}

void mf_vantage_release(struct mf_vantage *v)
{
    pthread_mutex_destroy(&v->lock);
    mf_arena_free(&v->arena);
}

/* --- what was heard --- */

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The same for the same records, in whatever order. NULL: not known, or only an alias that leads elsewhere. */
static const char *value_of(struct mf_arena *arena, const struct mf_dns_answer *answer)
{
    bool negative = answer->status == MF_DNS_NODATA || answer->status == MF_DNS_NXDOMAIN;
    if (answer->status != MF_DNS_OK && (!negative || answer->chain_count))
        return NULL;
    const char **items = mf_alloc_array(arena, answer->count + 1, sizeof *items);
    for (size_t i = 0; i < answer->count; i++) {
        const struct mf_dns_record *r = &answer->records[i];
        items[i] = mf_format(arena, "%d %s %s %.*s;", r->preference, r->host ? r->host : "", r->address,
                             (int)r->text.len, r->text.data ? r->text.data : "");
    }
    qsort(items, answer->count, sizeof *items, by_text);
    const char *text = "";
    for (size_t i = 0; i < answer->count; i++)
        text = mf_format(arena, "%s%s", text, items[i]);
    return text;
}

void mf_vantage_heard(struct mf_vantage *v, const struct mf_dns_answer *answer, bool of_resolver)
{
    pthread_mutex_lock(&v->lock);
    const char *value = value_of(v->arena, answer);
    if (!of_resolver && answer->type == MF_DNS_SOA && answer->replied) {
        v->replied++;
        v->as_resolver += answer->recursive || !answer->authoritative;
        if (strchr(answer->server, ':'))
            v->has_v6 = true;
        else
            v->has_v4 = true;
    }
    if (value)
        *MF_PUSH(v->arena, v->heard, v->heard_count, v->heard_capacity) =
            (struct heard){mf_copy(v->arena, answer->name), answer->type, value, of_resolver};
    pthread_mutex_unlock(&v->lock);
}

/* --- asking one server --- */

static mf_usec until(const struct mf_vantage *v, mf_usec time)
{
    mf_usec at = mf_now() + time;
    return at < v->deadline ? at : v->deadline;
}

/* As that server's own word. */
static const struct mf_dns_answer *ask(struct mf_vantage *v, struct mf_dns *server, struct mf_arena *arena,
                                       const char *name, enum mf_dns_type type, mf_usec time)
{
    struct mf_dns_answer *direct = mf_alloc(arena, sizeof *direct);
    *direct = *mf_dns_ask(server, arena, name, type, until(v, time));
    direct->direct = true;
    mf_journal_dns(v->journal, direct, NULL); /* closing the journal tells what went wrong */
    return direct;
}

static const struct mf_dns_answer *ask_at(struct mf_vantage *v, struct mf_arena *arena, const char *at,
                                          const char *name, enum mf_dns_type type, mf_usec time)
{
    struct mf_dns *server = mf_dns_server(at, NULL);
    const struct mf_dns_answer *answer = server ? ask(v, server, arena, name, type, time) : NULL;
    mf_dns_free(&server);
    return answer;
}

void mf_vantage_source(struct mf_vantage *v, struct mf_arena *arena, const char *at)
{
    struct mf_dns *tcp = mf_dns_server_tcp(at, NULL);
    ask_at(v, arena, at, v->zone, MF_DNS_NS, TCP_TIME);
    if (tcp)
        ask(v, tcp, arena, v->zone, MF_DNS_SOA, TCP_TIME);
    mf_dns_free(&tcp);
}

/* --- beside the rest --- */

/* The resolver itself, past every cache of ours: does it speak with authority, are its TTLs those of a cache? */
static void ask_resolver(struct mf_vantage *v, struct mf_arena *arena)
{
    const char *at = mf_dns_ask(v->dns, arena, v->zone, MF_DNS_SOA, until(v, TCP_TIME))->server;
    while (*at) {
        size_t len = strcspn(at, ",");
        const char *one = mf_copy_bytes(arena, at, len);
        const struct mf_dns_answer *soa = ask_at(v, arena, one, v->zone, MF_DNS_SOA, TCP_TIME);
        if (soa && soa->replied) {
            v->resolver = mf_copy(v->arena, one);
            return;
        }
        at += len + strspn(at + len, ", ");
    }
}

static const struct mf_dns_sources *find_parent(struct mf_vantage *v, struct mf_arena *arena)
{
    for (const char *name = v->zone; *name && strcmp(name, ".") != 0;) {
        const char *dot = strchr(name, '.');
        name = dot ? dot + 1 : ".";
        const struct mf_dns_answer *ns = mf_dns_ask(v->dns, arena, name, MF_DNS_NS, until(v, TCP_TIME));
        if (ns->status == MF_DNS_OK && !ns->canonical)
            return mf_dns_sources_at(v->dns, arena, ns, until(v, TCP_TIME));
        if (ns->status != MF_DNS_NODATA && ns->status != MF_DNS_NXDOMAIN)
            break;
    }
    return NULL;
}

/* Whom does the zone above name? The first of its servers that says so, is believed. */
static void ask_parent(struct mf_vantage *v, struct mf_arena *arena)
{
    const struct mf_dns_sources *parent = find_parent(v, arena);
    for (size_t i = 0, tries = 0; parent && i < parent->count && tries < 3; i++)
        for (size_t k = 0; k < parent->servers[i].address_count && tries < 3; k++, tries++) {
            const char *at = mf_format(arena, "%s@53", parent->servers[i].addresses[k]);
            const struct mf_dns_answer *answer = ask_at(v, arena, at, v->zone, MF_DNS_NS, TCP_TIME);
            if (answer && answer->replied)
                return;
        }
}

void *mf_vantage_beside(void *context)
{
    struct mf_vantage *v = context;
    struct mf_arena *arena = mf_arena_new();
    ask_resolver(v, arena);
    ask_parent(v, arena);
    mf_arena_free(&arena);
    return NULL;
}

/* --- where the answers give reason to --- */

/* Every server speaks like a resolver: then who answers at an address that nobody has? */
static void ask_nobody(struct mf_vantage *v, struct mf_arena *arena)
{
    if (v->replied == 0 || v->as_resolver < v->replied)
        return;
    if (v->has_v4)
        ask_at(v, arena, MF_DNS_NOBODY_V4 "@53", v->zone, MF_DNS_SOA, NOBODY_TIME);
    if (v->has_v6)
        ask_at(v, arena, MF_DNS_NOBODY_V6 "@53", v->zone, MF_DNS_SOA, NOBODY_TIME);
}

static bool differs(const struct mf_vantage *v, const struct heard *cached)
{
    bool known = false;
    for (size_t i = 0; i < v->heard_count; i++) {
        const struct heard *it = &v->heard[i];
        if (it->of_resolver || it->type != cached->type || !mf_same_nocase(it->name, cached->name))
            continue;
        if (strcmp(it->value, cached->value) == 0)
            return false;
        known = true;
    }
    return known;
}

static size_t ask_what_differs(struct mf_vantage *v, struct mf_arena *arena)
{
    size_t count = 0;
    for (size_t i = 0; i < v->heard_count && mf_now() < v->deadline; i++)
        if (v->heard[i].of_resolver && differs(v, &v->heard[i]) && ++count)
            ask_at(v, arena, v->resolver, v->heard[i].name, v->heard[i].type, TCP_TIME);
    return count;
}

void mf_vantage_doubts(struct mf_vantage *v)
{
    struct mf_arena *arena = mf_arena_new();
    mf_usec again = mf_now() + RECOUNT_TIME;
    ask_nobody(v, arena);
    if (v->resolver && ask_what_differs(v, arena) && again < v->deadline) {
        mf_sleep_until(again);
        ask_what_differs(v, arena);
    }
    mf_arena_free(&arena);
}
