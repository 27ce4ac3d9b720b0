/* One given server, asked directly and never from a cache: what this server says now, and in what role. */
#include <stdlib.h>
#include <string.h>

#include "dns/dns_internal.h"

typedef struct mf_dns_packet *ask_once(struct mf_arena *arena, const struct mf_dns_address *address, const char *name,
                                       unsigned type, mf_usec deadline, enum mf_dns_status *status, const char **why);

struct server {
    struct mf_dns base;
    struct mf_dns_address address;
};

static void answer_negative(const struct mf_dns_packet *packet, struct mf_dns_answer *answer)
{
    answer->status = packet->rcode == 3 ? MF_DNS_NXDOMAIN : MF_DNS_NODATA;
    answer->negative_ttl = mf_dns_packet_negative_ttl(packet);
}

/* NOERROR, nothing asked for, no SOA but name servers, and not its own: it only points elsewhere. */
static const char *referral_of(const struct mf_dns_packet *packet)
{
    const char *zone = NULL;
    for (size_t i = 0; i < packet->authority_count; i++) {
        if (packet->authority[i].type == MF_DNS_SOA)
            return NULL;
        if (packet->authority[i].type == MF_DNS_NS)
            zone = packet->authority[i].name;
    }
    return packet->authoritative || packet->rcode != 0 ? NULL : zone;
}

static void refuse(struct mf_arena *arena, struct mf_dns_answer *answer, const char *name, const char *format_why)
{
    answer->status = MF_DNS_SERVFAIL;
    answer->count = 0;
    const char *alias = strcmp(name, answer->name) == 0
                            ? ""
                            : mf_format(arena, " about %s, of which %s is an alias", name, answer->name);
    answer->why = mf_format(arena, "%s %s%s", answer->server, format_why, alias);
}

/* Takes one reply into the answer. Returns the name that must be asked next, NULL when it is done. */
static const char *take_reply(struct mf_arena *arena, struct mf_dns_answer *answer, const struct mf_dns_packet *packet,
                              const char *asked, const struct mf_dns_raw *all, size_t all_count)
{
    char buffer[16];
    const char *zone = referral_of(packet);
    const char *end = mf_dns_answer_collect(arena, answer, all, all_count);
    if (!end)
        return NULL;
    if (packet->rcode != 0 && packet->rcode != 3)
        refuse(arena, answer, end,
               mf_format(arena, "says %s%s", mf_dns_rcode_name(packet->rcode, buffer),
                         packet->rcode == 5 ? ": it does not answer for this name, or not to us" : ""));
    else if (packet->rcode == 0 && strcmp(end, asked) != 0)
        return end; /* an alias that leads out of what the server put into its reply */
    else if (zone)
        refuse(arena, answer, end, mf_format(arena, "only refers to the name servers of %s", zone));
    else
        answer_negative(packet, answer);
    return NULL;
}

static void add_all(struct mf_arena *arena, struct mf_dns_raw **all, size_t *count, size_t *capacity,
                    const struct mf_dns_packet *packet)
{
    for (size_t i = 0; i < packet->answer_count; i++)
        *MF_PUSH(arena, *all, *count, *capacity) = packet->answer[i];
}

static void forget_chain(struct mf_dns_answer *answer)
{
    answer->chain = NULL;
    answer->chain_count = 0;
    answer->canonical = NULL;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Whom a parent names for a zone below it. */
static const char *delegates_of(struct mf_arena *arena, const struct mf_dns_packet *packet, const char *zone)
{
    const char **names = mf_alloc_array(arena, packet->authority_count + 1, sizeof *names), *text = NULL;
    size_t count = 0;
    for (size_t i = 0; i < packet->authority_count; i++) {
        struct mf_dns_record record;
        const struct mf_dns_raw *raw = &packet->authority[i];
        if (raw->type == MF_DNS_NS && strcmp(raw->name, zone) == 0 && mf_dns_record_fill(arena, raw, &record) == 0)
            names[count++] = record.host;
    }
    qsort(names, count, sizeof *names, by_text);
    for (size_t i = 0; i < count; i++)
        text = text ? mf_format(arena, "%s %s", text, names[i]) : names[i];
    return text;
}

static void ask_by(ask_once *once, const struct mf_dns_address *address, struct mf_arena *arena,
                   struct mf_dns_answer *answer, mf_usec deadline)
{
    struct mf_dns_raw *all = NULL;
    size_t count = 0, capacity = 0;
    answer->server = mf_copy(arena, address->text);
    const char *name = answer->name;
    for (int step = 0; name && step < MF_DNS_CHAIN_MAX; step++) {
        struct mf_dns_packet *packet =
            once(arena, address, name, answer->type, deadline, &answer->status, &answer->why);
        if (!packet)
            return;
        answer->replied = true;
        answer->authoritative = packet->authoritative && (step == 0 || answer->authoritative);
        answer->authenticated = packet->authenticated && (step == 0 || answer->authenticated);
        answer->recursive = packet->recursion_available;
        add_all(arena, &all, &count, &capacity, packet);
        forget_chain(answer);
        if (referral_of(packet) && packet->answer_count == 0)
            answer->delegates = delegates_of(arena, packet, answer->name);
        name = take_reply(arena, answer, packet, name, all, count);
    }
    if (name)
        refuse(arena, answer, name, "leads from alias to alias without end");
}

void mf_dns_ask_address(const struct mf_dns_address *address, struct mf_arena *arena, struct mf_dns_answer *answer,
                        mf_usec deadline)
{
    ask_by(mf_dns_query, address, arena, answer, deadline);
}

void mf_dns_ask_address_tcp(const struct mf_dns_address *address, struct mf_arena *arena, struct mf_dns_answer *answer,
                            mf_usec deadline)
{
    answer->over_tcp = true;
    ask_by(mf_dns_query_tcp, address, arena, answer, deadline);
}

static void ask_server(struct mf_dns *dns, struct mf_arena *arena, struct mf_dns_answer *answer, mf_usec deadline)
{
    mf_dns_ask_address(&((struct server *)dns)->address, arena, answer, deadline);
}

static void ask_server_tcp(struct mf_dns *dns, struct mf_arena *arena, struct mf_dns_answer *answer, mf_usec deadline)
{
    mf_dns_ask_address_tcp(&((struct server *)dns)->address, arena, answer, deadline);
}

static void release_server(struct mf_dns *dns)
{
    free(dns);
}

static const struct mf_dns_kind kind = {.ask = ask_server, .release = release_server};
static const struct mf_dns_kind kind_tcp = {.ask = ask_server_tcp, .release = release_server};

static struct mf_dns *new_server(const char *address_at_port, const struct mf_dns_kind *of_kind, struct mf_diag *d)
{
    struct mf_dns_address address;
    if (mf_dns_address_parse(address_at_port, &address, d) < 0)
        return NULL;
    struct server *server = mf_xmalloc(sizeof *server);
    server->address = address;
    mf_dns_base_init(&server->base, of_kind);
    return &server->base;
}

struct mf_dns *mf_dns_server(const char *address_at_port, struct mf_diag *d)
{
    return new_server(address_at_port, &kind, d);
}

struct mf_dns *mf_dns_server_tcp(const char *address_at_port, struct mf_diag *d)
{
    return new_server(address_at_port, &kind_tcp, d);
}
