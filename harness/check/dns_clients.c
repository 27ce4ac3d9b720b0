/* Names that mail programs look for, to set themselves up: do they still lead to the old server? Told as a warning;
 * what the site's table has under `more` is a row of its own. */
#include <string.h>

#include "check/dns_internal.h"

/* RFC 6186, RFC 8314, and what Outlook and Thunderbird look for. */
static const struct {
    const char *label;
    enum mf_dns_type type;
    const char *secure; /* of a service in clear text or by STARTTLS: the same with TLS from the first byte */
} names[] = {
    {"autodiscover", MF_DNS_A, NULL},
    {"autodiscover", MF_DNS_AAAA, NULL},
    {"autoconfig", MF_DNS_A, NULL},
    {"autoconfig", MF_DNS_AAAA, NULL},
    {"_submission._tcp", MF_DNS_SRV, "_submissions._tcp"},
    {"_submissions._tcp", MF_DNS_SRV, NULL},
    {"_imap._tcp", MF_DNS_SRV, "_imaps._tcp"},
    {"_imaps._tcp", MF_DNS_SRV, NULL},
    {"_pop3._tcp", MF_DNS_SRV, "_pop3s._tcp"},
    {"_pop3s._tcp", MF_DNS_SRV, NULL},
    {"_autodiscover._tcp", MF_DNS_SRV, NULL},
};
#define NAMES (sizeof names / sizeof *names)

struct clients {
    struct mf_dns_case *at;
    struct mf_arena *arena;
    const struct mf_site *site;
    const char *lines, *where; /* what is wrong; the first place that it leads to, NULL: nowhere */
};

static bool is_expected(const struct clients *c, const char *name)
{
    for (size_t i = 0; i < c->at->table->more_count; i++)
        if (mf_same_nocase(mf_dns_more_name(c->arena, c->site, c->at->table->more[i].name), name))
            return true;
    return false;
}

static bool is_of_site(const struct mf_site *site, const char *host)
{
    for (size_t i = 0; i < site->server_count; i++)
        if (site->servers[i].role != MF_ROLE_OLD && mf_server_has_host(&site->servers[i], host))
            return true;
    return false;
}

/* Hosts of the old server, by its role or as the MX of before; without those that are a server of the site still. */
static const char *old_host(struct mf_arena *arena, const struct mf_site *site, size_t number)
{
    for (size_t i = 0; i < site->server_count; i++)
        for (size_t k = 0; site->servers[i].role == MF_ROLE_OLD && k < site->servers[i].host_count; k++)
            if (site->servers[i].hosts[k][0] != '.' && number-- == 0)
                return site->servers[i].hosts[k];
    for (size_t i = 0; site->dns_before && i < site->dns_before->mx_count; i++) {
        const char *host = mf_dns_mx_host(site->dns_before->mx[i]);
        if (!mf_same(host, ".") && !is_of_site(site, host) && number-- == 0)
            return mf_copy(arena, host);
    }
    return NULL;
}

static bool has_address(struct clients *c, const char *host, const char *address)
{
    const char **addresses =
        mf_dns_addresses(c->at->view->context->evidence->dns, c->arena, host, MF_NEVER, NULL);
    for (; *addresses; addresses++)
        if (mf_same_nocase(*addresses, address))
            return true;
    return false;
}

static void add(struct clients *c, const char *line, const char *where)
{
    c->lines = mf_format(c->arena, "%s%s\n", c->lines, line);
    c->where = c->where ? c->where : where;
}

/* --- a name with addresses --- */

/* The old name of a machine that goes on serving. */
static bool is_address_of_site(struct clients *c, const char *address)
{
    for (size_t i = 0; i < c->site->server_count; i++)
        for (size_t k = 0; c->site->servers[i].role != MF_ROLE_OLD && k < c->site->servers[i].host_count; k++)
            if (c->site->servers[i].hosts[k][0] != '.' && has_address(c, c->site->servers[i].hosts[k], address))
                return true;
    return false;
}

static void judge_addresses(struct clients *c, const char *name, const struct mf_dns_answer *answer)
{
    const char *host;
    for (size_t i = 0; i < answer->count && old_host(c->arena, c->site, 0); i++)
        for (size_t n = 0; (host = old_host(c->arena, c->site, n)); n++)
            if (has_address(c, host, answer->records[i].address) &&
                !is_address_of_site(c, answer->records[i].address)) {
                add(c, mf_format(c->arena, "%s has the address %s, which is that of %s", name,
                                 answer->records[i].address, host),
                    host);
                break;
            }
}

/* An alias is judged by its name: the address behind it is somebody else's to choose. */
static void judge_name(struct clients *c, const char *name, const struct mf_dns_answer *answer)
{
    if (answer->chain_count == 0) {
        judge_addresses(c, name, answer);
        return;
    }
    for (size_t i = 0; i < answer->chain_count; i++)
        if (is_of_site(c->site, answer->chain[i].host))
            return;
    const char *line = mf_format(c->arena, "%s leads to %s", name, answer->chain[0].host);
    if (!strstr(c->lines, mf_format(c->arena, "%s\n", line))) /* the alias shows in the answer to A and to AAAA */
        add(c, line, answer->chain[0].host);
}

/* --- a service --- */

/* Does a server that people use have this service, with TLS from the first byte? Its host, or NULL. */
static const char *secure_door(const struct mf_site *site, const char *label)
{
    for (size_t i = 0; i < site->server_count; i++) {
        const struct mf_server *server = &site->servers[i];
        if (server->role != MF_ROLE_PRIMARY)
            continue;
        if (mf_same(label, "_imaps._tcp") && server->imap && server->imap->tls_mode == MF_TLS_IMPLICIT)
            return server->imap->host;
        if (mf_same(label, "_pop3s._tcp") && server->pop3 && server->pop3->tls_mode == MF_TLS_IMPLICIT)
            return server->pop3->host;
        for (size_t k = 0; mf_same(label, "_submissions._tcp") && k < server->submission_count; k++)
            if (server->submission[k].tls_mode == MF_TLS_IMPLICIT)
                return server->submission[k].host;
    }
    return NULL;
}

static bool is_absent(const struct mf_dns_answer *answer)
{
    return answer->status == MF_DNS_NODATA || answer->status == MF_DNS_NXDOMAIN;
}

static void note_no_secure(struct clients *c, size_t i, const char *name)
{
    const char *secure = mf_format(c->arena, "%s.%s", names[i].secure, c->at->view->domain);
    if (is_absent(mf_dns_view_ask(c->at->view, secure, MF_DNS_SRV)))
        mf_dns_note_add(c->at, mf_format(c->arena, "%s is published and %s is not: programs find no TLS from the first "
                                                   "byte (RFC 8314 prefers it)",
                                         name, secure));
}

static void judge_service(struct clients *c, size_t i, const char *name, const struct mf_dns_answer *answer)
{
    bool is_offered = false;
    for (size_t k = 0; k < answer->count; k++) {
        const char *target = answer->records[k].host;
        if (mf_same(target, "."))
            continue; /* RFC 2782: decidedly not offered */
        is_offered = true;
        if (!is_of_site(c->site, target))
            add(c, mf_format(c->arena, "%s leads to %s", name, target), target);
    }
    const char *door = answer->count && !is_offered ? secure_door(c->site, names[i].label) : NULL;
    if (door)
        add(c, mf_format(c->arena, "%s says that there is no such service (\".\"), and the site has it at %s", name, door),
            NULL);
    if (is_offered && names[i].secure)
        note_no_secure(c, i, name);
}

void mf_dns_judge_client_names(struct mf_dns_case *at)
{
    struct clients c = {
        .at = at, .arena = at->view->arena, .site = at->view->context->plan->site, .lines = "", .where = NULL};
    for (size_t i = 0; i < NAMES; i++) {
        const char *name = mf_format(c.arena, "%s.%s", names[i].label, at->view->domain);
        const struct mf_dns_answer *answer = mf_dns_view_ask(at->view, name, names[i].type);
        if (is_expected(&c, name))
            continue;
        if (names[i].type == MF_DNS_SRV)
            judge_service(&c, i, name, answer);
        else
            judge_name(&c, name, answer);
    }
    if (*c.lines)
        mf_dns_fact_add(
            at, "dns.client-names", MF_FACT_NOTE, at->view->domain,
            c.where ? mf_format(c.arena, "mail programs are led to %s", c.where) : "mail programs are led nowhere",
            c.where ? mf_format(c.arena, "Mail programs are still led to %s", c.where)
                    : "Mail programs are told that a service of the site is not there",
            mf_format(c.arena, "%s%s", c.lines,
                      c.where ? "That is no server of the site. Programs that set themselves up go there."
                              : "Programs that set themselves up don't find it."),
            "Point these names at the new server or delete them; if they are right, add them to the site's dns table "
            "under more.\n");
}

void mf_dns_clients_ask(struct mf_arena *arena, const struct mf_site *site, struct mf_dns *dns, mf_usec deadline)
{
    const char *host;
    for (size_t i = 0; i < NAMES; i++)
        mf_dns_ask(dns, arena, mf_format(arena, "%s.%s", names[i].label, site->domains[0]), names[i].type, deadline);
    for (size_t n = 0; (host = old_host(arena, site, n)); n++)
        mf_dns_addresses(dns, arena, host, deadline, NULL);
}
