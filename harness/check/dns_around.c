/* What surrounds the records: names that mail programs look for, names of sending addresses. Told as
 * warnings; what the site's table has under `more` is as it should be. */
#include <string.h>

#include "check/dns_internal.h"

/* RFC 6186, RFC 8314, and what Outlook and Thunderbird look for. */
static const struct {
    const char *label;
    enum mf_dns_type type;
} client_names[] = {
    {"autodiscover", MF_DNS_A},         {"autoconfig", MF_DNS_A},    {"_submission._tcp", MF_DNS_SRV},
    {"_submissions._tcp", MF_DNS_SRV},  {"_imaps._tcp", MF_DNS_SRV}, {"_imap._tcp", MF_DNS_SRV},
    {"_autodiscover._tcp", MF_DNS_SRV},
};
#define CLIENT_NAMES (sizeof client_names / sizeof *client_names)

static bool is_expected(const struct mf_dns_case *at, const char *name)
{
    const struct mf_site *site = at->view->context->plan->site;
    for (size_t i = 0; i < at->table->more_count; i++)
        if (mf_same_nocase(mf_dns_more_name(at->view->arena, site, at->table->more[i].name), name))
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

/* Where a name leads: the alias, or the SRV's target. NULL: nowhere, or to an address of its own. */
static const char *target_of(const struct mf_dns_answer *answer)
{
    if (answer->type != MF_DNS_SRV)
        return answer->chain_count ? answer->chain[0].host : NULL;
    return answer->count && !mf_same(answer->records[0].host, ".") ? answer->records[0].host : NULL;
}

void mf_dns_judge_client_names(struct mf_dns_case *at)
{
    struct mf_arena *arena = at->view->arena;
    const struct mf_site *site = at->view->context->plan->site;
    const char *lines = "", *where = NULL;
    for (size_t i = 0; i < CLIENT_NAMES; i++) {
        const char *name = mf_format(arena, "%s.%s", client_names[i].label, at->view->domain);
        const struct mf_dns_answer *answer = mf_dns_view_ask(at->view, name, client_names[i].type);
        const char *target = target_of(answer);
        if (!target || is_of_site(site, target) || is_expected(at, name))
            continue;
        lines = mf_format(arena, "%s%s leads to %s\n", lines, name, target);
        where = where ? where : target;
    }
    if (where)
        mf_dns_fact_add(
            at, "dns.client-names", MF_FACT_NOTE, at->view->domain,
            mf_format(arena, "mail programs are led to %s", where),
            mf_format(arena, "Mail programs are still led to %s", where),
            mf_format(arena, "%sThat is no server of the site. Programs that set themselves up go there.", lines),
            "Point these names at the new server or delete them; if they are right, add them to the site's dns table "
            "under more.\n");
}

/* --- PTR --- */

static bool confirms(struct mf_dns_view *view, const char *name, const char *address)
{
    const struct mf_dns_answer *answer = mf_dns_view_ask(view, name, strchr(address, ':') ? MF_DNS_AAAA : MF_DNS_A);
    bool found = answer->status != MF_DNS_OK && answer->status != MF_DNS_NODATA && answer->status != MF_DNS_NXDOMAIN;
    for (size_t i = 0; i < answer->count && !found; i++)
        found = mf_same_nocase(answer->records[i].address, address);
    return found; /* what could not be found out is not told as missing */
}

static const char *trouble_with(struct mf_dns_view *view, const char *address)
{
    const char *reverse = mf_dns_reverse_name(view->arena, address);
    const struct mf_dns_answer *answer = reverse ? mf_dns_view_ask(view, reverse, MF_DNS_PTR) : NULL;
    if (!answer ||
        (answer->status != MF_DNS_OK && answer->status != MF_DNS_NXDOMAIN && answer->status != MF_DNS_NODATA))
        return NULL;
    for (size_t i = 0; i < answer->count; i++)
        if (confirms(view, answer->records[i].host, address))
            return NULL;
    return answer->count ? mf_format(view->arena, "%s is called %s, which does not have that address", address,
                                     answer->records[0].host)
                         : mf_format(view->arena, "%s has no name (%s)", address, reverse);
}

void mf_dns_judge_reverse(struct mf_dns_case *at, const struct mf_dns_sender *senders, size_t count)
{
    struct mf_arena *arena = at->view->arena;
    bool gateway = mf_site_role(at->view->context->plan->site, MF_ROLE_GATEWAY) != NULL;
    for (size_t i = 0; i < count; i++) {
        const char *lines = "";
        for (size_t k = 0; k < senders[i].address_count && (!gateway || mf_same(senders[i].name, "relay")); k++) {
            const char *trouble =
                mf_dns_is_private(senders[i].addresses[k]) ? NULL : trouble_with(at->view, senders[i].addresses[k]);
            if (trouble)
                lines = mf_format(arena, "%s%s.\n", lines, trouble);
        }
        if (*lines)
            mf_dns_fact_add(
                at, "dns.ptr-missing", MF_FACT_NOTE, senders[i].host,
                mf_format(arena, "no PTR for %s", senders[i].name),
                mf_format(arena, "%s sends from an address without a confirmed name", senders[i].name),
                mf_format(arena,
                          "%s%s faces the outside; many receivers refuse or mark mail from addresses whose name does "
                          "not lead back.",
                          lines, senders[i].host),
                mf_format(arena,
                          "Let whoever owns the address set its PTR to %s, and let that name have the address.\n",
                          senders[i].host));
    }
}

/* --- asked early --- */

void mf_dns_around_ask(const struct mf_plan *plan, struct mf_dns *dns, mf_usec deadline)
{
    struct mf_arena *arena = mf_arena_new();
    size_t count;
    for (size_t i = 0; i < CLIENT_NAMES; i++)
        mf_dns_ask(dns, arena, mf_format(arena, "%s.%s", client_names[i].label, plan->site->domains[0]),
                   client_names[i].type, deadline);
    mf_dns_ask(dns, arena, mf_format(arena, "_mta-sts.%s", plan->site->domains[0]), MF_DNS_TXT, deadline);
    mf_dns_ask(dns, arena, mf_format(arena, "_smtp._tls.%s", plan->site->domains[0]), MF_DNS_TXT, deadline);
    for (size_t i = 0; plan->site->dns && i < plan->site->dns->mx_count; i++)
        mf_dns_ask(dns, arena, mf_format(arena, "_25._tcp.%s", mf_dns_mx_host(plan->site->dns->mx[i])), MF_DNS_TLSA,
                   deadline);
    const struct mf_dns_sender *senders = mf_dns_senders(arena, plan->site, dns, deadline, &count);
    bool gateway = mf_site_role(plan->site, MF_ROLE_GATEWAY) != NULL;
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < senders[i].address_count && (!gateway || mf_same(senders[i].name, "relay")); k++) {
            const char *reverse = mf_dns_reverse_name(arena, senders[i].addresses[k]);
            const struct mf_dns_answer *answer = reverse ? mf_dns_ask(dns, arena, reverse, MF_DNS_PTR, deadline) : NULL;
            if (answer && answer->count)
                mf_dns_ask(dns, arena, answer->records[0].host,
                           strchr(senders[i].addresses[k], ':') ? MF_DNS_AAAA : MF_DNS_A, deadline);
        }
    mf_arena_free(&arena);
}
