/* Whom an SPF record covers: evaluated for every address that mail of the domain is known to come from. */
#include <string.h>

#include "check/dns_internal.h"
#include "mailflow/spf.h"

static const struct mf_spf *evaluate(struct mf_arena *arena, struct mf_dns *dns, const char *domain,
                                     const struct mf_dns_sender *sender, const char *address, mf_usec deadline,
                                     mf_usec now)
{
    struct mf_spf_query query = {
        .ip = address, .helo = sender->host, .mail_from = mf_format(arena, "postmaster@%s", domain), .now = now};
    return mf_spf_check(arena, &query, dns, deadline);
}

static void note_uncovered(struct mf_arena *arena, struct mf_dns_coverage *c, const struct mf_dns_sender *sender,
                           const char *address, const struct mf_spf *spf)
{
    if (!strstr(mf_format(arena, ", %s,", c->not_covered), mf_format(arena, ", %s,", sender->name)))
        c->not_covered = mf_format(arena, "%s%s%s", c->not_covered, *c->not_covered ? ", " : "", sender->name);
    c->reasons = mf_format(arena, "%s%s, %s: spf=%s, %s\n", c->reasons, sender->name, address,
                           mf_spf_result_name(spf->result), spf->reason);
    c->add = mf_format(arena, "%s %s:%s", c->add, strchr(address, ':') ? "ip6" : "ip4", address);
    if (!c->sure)
        c->place = sender->place;
    c->sure = c->sure || sender->ours;
}

struct mf_dns_coverage mf_dns_cover(struct mf_dns_case *at, bool is_other_record)
{
    struct mf_arena *arena = at->view->arena;
    struct mf_check_context *context = at->view->context;
    struct mf_dns_coverage c = {.covered = "", .not_covered = "", .reasons = "", .add = ""};
    size_t count;
    struct mf_dns_sender *senders =
        mf_dns_senders(arena, context->plan->site, context->evidence->dns, MF_NEVER, &count);
    for (size_t i = 0; i < count; i++) {
        bool all = senders[i].address_count > 0;
        for (size_t k = 0; k < senders[i].address_count; k++) {
            const char *address = senders[i].addresses[k];
            const struct mf_spf *spf =
                evaluate(arena, context->evidence->dns, at->view->domain, &senders[i], address, MF_NEVER, context->now);
            all = all && spf->result == MF_SPF_PASS;
            if (spf->result == MF_SPF_TEMPERROR && !spf->need_more)
                c.dns_trouble = spf->reason;
            else if (spf->result != MF_SPF_PASS && !spf->need_more && !mf_dns_is_private(address) &&
                     (senders[i].ours || is_other_record))
                note_uncovered(arena, &c, &senders[i], address, spf);
            else if (spf->result != MF_SPF_PASS && spf->result != MF_SPF_PERMERROR && !spf->need_more)
                mf_dns_note_add(at, mf_format(arena, "SPF: %s (%s) gets %s; it is not known that it sends from there",
                                              senders[i].name, address, mf_spf_result_name(spf->result)));
        }
        if (all && !strstr(mf_format(arena, ", %s,", c.covered), mf_format(arena, ", %s,", senders[i].name)))
            c.covered = mf_format(arena, "%s%s%s", c.covered, *c.covered ? ", " : "", senders[i].name);
    }
    if (at->table != context->plan->site->dns_before)
        mf_dns_judge_reverse(at, senders, count);
    return c;
}

void mf_dns_spf_ask(const struct mf_plan *plan, struct mf_dns *dns, mf_usec deadline)
{
    struct mf_arena *arena = mf_arena_new();
    size_t count;
    mf_spf_survey(arena, plan->site->domains[0], dns, deadline);
    struct mf_dns_sender *senders = mf_dns_senders(arena, plan->site, dns, deadline, &count);
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < senders[i].address_count; k++)
            evaluate(arena, dns, plan->site->domains[0], &senders[i], senders[i].addresses[k], deadline, mf_now());
    mf_arena_free(&arena);
}
