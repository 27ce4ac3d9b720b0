/* Who sends mail for the domain, and from which addresses, as far as the site tells. */
#include <arpa/inet.h>
#include <string.h>

#include "check/dns_internal.h"

struct senders {
    struct mf_arena *arena;
    const struct mf_site *site;
    struct mf_dns *dns;
    mf_usec deadline;
    struct mf_dns_sender *items;
    size_t count, capacity;
};

static bool is_ours(const struct mf_site *site, const char *host)
{
    for (size_t i = 0; i < site->domain_count; i++) {
        size_t len = strlen(host), tail = strlen(site->domains[i]);
        if (mf_same_nocase(host, site->domains[i]) ||
            (len > tail && host[len - tail - 1] == '.' && mf_same_nocase(host + len - tail, site->domains[i])))
            return true;
    }
    return false;
}

static void add(struct senders *s, const char *name, const char *host, bool ours, struct mf_place place)
{
    const char *why;
    for (size_t i = 0; i < s->count; i++)
        if (mf_same_nocase(s->items[i].host, host) && strcmp(s->items[i].name, name) == 0)
            return;
    const char **addresses = mf_dns_addresses(s->dns, s->arena, host, s->deadline, &why);
    struct mf_dns_sender *sender = MF_PUSH(s->arena, s->items, s->count, s->capacity);
    *sender = (struct mf_dns_sender){.name = name, .host = host, .ours = ours, .addresses = addresses, .place = place};
    while (addresses[sender->address_count])
        sender->address_count++;
}

/* What a server sends from is known when it is a machine of ours; a provider sends from elsewhere. */
static void add_primary(struct senders *s, const struct mf_server *server)
{
    for (size_t i = 0; i < server->host_count; i++)
        if (server->hosts[i][0] != '.')
            add(s, server->name, server->hosts[i], is_ours(s->site, server->hosts[i]), server->place);
}

static void add_relay(struct senders *s, const struct mf_server *server)
{
    for (size_t i = 0; i < server->smtp_count; i++)
        add(s, "relay", server->smtp[i].host, is_ours(s->site, server->smtp[i].host), server->place);
}

/* An application that binds an address sends from there; else its EHLO name may be its host. */
static void add_application(struct senders *s, const struct mf_application *application)
{
    const struct mf_via *via = application->via;
    if (via && via->source)
        add(s, application->name, via->source, true, application->place);
    else if (via && via->helo && (mf_dns_is_address(via->helo) || is_ours(s->site, via->helo)))
        add(s, application->name, via->helo, true, application->place);
}

/* Behind address translation nobody outside sees it. */
bool mf_dns_is_private(const char *address)
{
    unsigned char ip[16];
    if (inet_pton(AF_INET, address, ip) == 1)
        return ip[0] == 10 || ip[0] == 127 || (ip[0] == 172 && (ip[1] & 0xF0) == 16) ||
               (ip[0] == 192 && ip[1] == 168) || (ip[0] == 100 && (ip[1] & 0xC0) == 64) ||
               (ip[0] == 169 && ip[1] == 254);
    return inet_pton(AF_INET6, address, ip) == 1 &&
           ((ip[0] & 0xFE) == 0xFC || (ip[0] == 0xFE && (ip[1] & 0xC0) == 0x80));
}

struct mf_dns_sender *mf_dns_senders(struct mf_arena *arena, const struct mf_site *site, struct mf_dns *dns,
                                     mf_usec deadline, size_t *count)
{
    struct senders s = {.arena = arena, .site = site, .dns = dns, .deadline = deadline};
    for (size_t i = 0; i < site->server_count; i++)
        if (site->servers[i].role == MF_ROLE_PRIMARY)
            add_primary(&s, &site->servers[i]);
    for (size_t i = 0; i < site->server_count; i++)
        if (site->servers[i].role == MF_ROLE_GATEWAY)
            add_relay(&s, &site->servers[i]);
    for (size_t i = 0; i < site->application_count; i++)
        add_application(&s, &site->applications[i]);
    *count = s.count;
    return s.items;
}
