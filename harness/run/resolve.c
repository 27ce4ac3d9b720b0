/* Names to addresses, for all threads of a run. An answer is kept for a minute: ten thousand messages
 * through one door ask once, and a switch-over is still noticed. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "run/lane_internal.h"

#define KEPT (60 * MF_SECOND)
#define TROUBLE_KEPT (2 * MF_SECOND)

struct answer {
    struct mf_arena *arena;
    struct answer *next;
    const char *name; /* behind "a " or "mx " */
    mf_usec until;
    const char **addresses, *why;
    const struct mf_mx_route *mx;
    bool temporary;
};

struct mf_resolver {
    struct mf_dns *dns;
    pthread_mutex_t lock;
    struct answer *answers; /* newest first; none is freed before the end: others hold pointers */
};

struct mf_resolver *mf_resolver_new(struct mf_dns *dns)
{
    struct mf_resolver *resolver = mf_xmalloc(sizeof *resolver);
    *resolver = (struct mf_resolver){.dns = dns};
    pthread_mutex_init(&resolver->lock, NULL);
    return resolver;
}

void mf_resolver_free(struct mf_resolver **resolver)
{
    if (!resolver || !*resolver)
        return;
    for (struct answer *answer = (*resolver)->answers; answer;) {
        struct answer *next = answer->next;
        struct mf_arena *arena = answer->arena;
        mf_arena_free(&arena);
        answer = next;
    }
    pthread_mutex_destroy(&(*resolver)->lock);
    free(*resolver);
    *resolver = NULL;
}

static const struct answer *find(struct mf_resolver *resolver, const char *name)
{
    const struct answer *found = NULL;
    mf_usec now = mf_now();
    pthread_mutex_lock(&resolver->lock);
    for (const struct answer *answer = resolver->answers; answer && !found; answer = answer->next)
        if (answer->until > now && mf_same_nocase(answer->name, name))
            found = answer;
    pthread_mutex_unlock(&resolver->lock);
    return found;
}

static struct answer *new_answer(const char *name)
{
    struct mf_arena *arena = mf_arena_new();
    struct answer *answer = mf_alloc(arena, sizeof *answer);
    answer->arena = arena;
    answer->name = mf_copy(arena, name);
    return answer;
}

static const struct answer *keep(struct mf_resolver *resolver, struct answer *answer, bool good)
{
    answer->until = mf_now() + (good ? KEPT : TROUBLE_KEPT);
    pthread_mutex_lock(&resolver->lock);
    answer->next = resolver->answers;
    resolver->answers = answer;
    pthread_mutex_unlock(&resolver->lock);
    return answer;
}

static socklen_t socket_address(const char *address, int port, struct sockaddr_storage *out)
{
    memset(out, 0, sizeof *out);
    struct sockaddr_in *v4 = (struct sockaddr_in *)out;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)out;
    if (inet_pton(AF_INET, address, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons((uint16_t)port);
        return sizeof *v4;
    }
    if (inet_pton(AF_INET6, address, &v6->sin6_addr) != 1)
        return 0;
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons((uint16_t)port);
    return sizeof *v6;
}

/* Does this host have a way there at all? Connecting a datagram socket asks the routing table and
 * sends nothing, so a missing IPv6 costs no timeout. */
static bool has_route(const char *address)
{
    struct sockaddr_storage to;
    socklen_t len = socket_address(address, 9, &to);
    int fd = len ? socket(to.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0) : -1;
    if (fd < 0)
        return false;
    bool found = connect(fd, (struct sockaddr *)&to, len) == 0;
    close(fd);
    return found;
}

static const char **routed_first(struct mf_arena *arena, const char **addresses)
{
    size_t count = 0, to = 0;
    while (addresses && addresses[count])
        count++;
    const char **sorted = mf_alloc_array(arena, count + 1, sizeof *sorted);
    for (int routed = 1; routed >= 0; routed--)
        for (size_t i = 0; i < count; i++)
            if (has_route(addresses[i]) == (routed == 1))
                sorted[to++] = addresses[i];
    return sorted;
}

/* Did DNS say that there is none, or nothing? */
static bool dns_failed(struct mf_resolver *resolver, struct mf_arena *arena, const char *host, mf_usec deadline)
{
    enum mf_dns_status status = mf_dns_ask(resolver->dns, arena, host, MF_DNS_A, deadline)->status;
    return status != MF_DNS_OK && status != MF_DNS_NODATA && status != MF_DNS_NXDOMAIN;
}

const char **mf_resolve(struct mf_resolver *resolver, const char *host, mf_usec deadline, const char **why, bool *temporary)
{
    struct mf_arena *scratch = mf_arena_new();
    const char *key = mf_format(scratch, "a %s", host);
    const struct answer *answer = find(resolver, key);
    if (!answer) {
        struct answer *fresh = new_answer(key);
        const char **found = mf_dns_addresses(resolver->dns, fresh->arena, host, deadline, &fresh->why);
        fresh->addresses = routed_first(fresh->arena, found);
        fresh->temporary = !fresh->addresses[0] && dns_failed(resolver, fresh->arena, host, deadline);
        answer = keep(resolver, fresh, fresh->addresses[0] != NULL);
    }
    mf_arena_free(&scratch);
    *why = answer->why ? answer->why : "it has no address";
    *temporary = answer->temporary;
    return answer->addresses[0] ? answer->addresses : NULL;
}

static bool same_family(const char *a, const char *b)
{
    return !strchr(a, ':') == !strchr(b, ':');
}

const char *mf_resolve_source(struct mf_resolver *resolver, const char *source, const char *address, mf_usec deadline)
{
    const char *why;
    bool temporary;
    const char **local = mf_resolve(resolver, source, deadline, &why, &temporary);
    for (size_t i = 0; local && local[i]; i++)
        if (same_family(local[i], address))
            return local[i];
    return NULL;
}

static void sort_hosts(struct mf_arena *arena, const struct mf_mx_route *route)
{
    for (size_t i = 0; i < route->count; i++) {
        struct mf_mx_host *host = &route->hosts[i];
        const char **terminated = mf_alloc_array(arena, host->address_count + 1, sizeof *terminated);
        for (size_t k = 0; k < host->address_count; k++)
            terminated[k] = host->addresses[k];
        host->addresses = routed_first(arena, terminated);
    }
}

const struct mf_mx_route *mf_resolve_mx(struct mf_resolver *resolver, const char *domain, unsigned seed, mf_usec deadline)
{
    struct mf_arena *scratch = mf_arena_new();
    const char *key = mf_format(scratch, "mx %s", domain);
    const struct answer *answer = find(resolver, key);
    if (!answer) {
        struct answer *fresh = new_answer(key);
        fresh->mx = mf_dns_mx(resolver->dns, fresh->arena, domain, seed, deadline);
        sort_hosts(fresh->arena, fresh->mx);
        answer = keep(resolver, fresh, fresh->mx->count > 0);
    }
    mf_arena_free(&scratch);
    return answer->mx;
}
