/* What surrounds the records: names of sending addresses; and what judging all that will ask, asked early. */
#include <string.h>

#include "check/dns_internal.h"

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
    mf_dns_clients_ask(arena, plan->site, dns, deadline);
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
