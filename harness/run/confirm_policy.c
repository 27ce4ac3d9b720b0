/* The MTA-STS policy of the domain (RFC 8461), fetched when there is a record that announces one. Written
 * down as a command's output: the URL, the HTTP status (0: none), the page or the trouble. */
#include <string.h>

#include "mailflow/page.h"
#include "run/confirm_internal.h"

/* The CA that the site names for its primary is trusted for its policy host too. */
const struct mf_tls *mf_confirm_tls(const struct mf_site *site)
{
    const struct mf_server *primary = mf_site_role(site, MF_ROLE_PRIMARY);
    const struct mf_tls *tls = primary && primary->imap ? primary->imap->tls : NULL;
    return tls && tls->ca_file ? tls : NULL;
}

static bool is_announced(const struct mf_dns_answer *answer)
{
    for (size_t i = 0; i < answer->count; i++)
        if (mf_starts(answer->records[i].text.data, "v=STSv1"))
            return true;
    return false;
}

static void write_down(struct mf_journal *journal, const char *url, long status, const char *page)
{
    struct mf_rec_command record = {
        .at = mf_now(), .flow = MF_POLICY_FLOW, .attempt = 1, .command = url, .status = (int)status, .output = page};
    mf_journal_command(journal, &record, NULL);
}

void mf_confirm_policy(const struct mf_plan *plan, struct mf_dns *dns, struct mf_journal *journal, mf_usec deadline)
{
    struct mf_arena *arena = mf_arena_new();
    struct mf_diag d = {0};
    struct mf_text page = {0};
    const char *domain = plan->site->domains[0], *why = NULL;
    const char *host = mf_format(arena, "mta-sts.%s", domain),
               *url = mf_format(arena, "https://%s/.well-known/mta-sts.txt", host);
    if (is_announced(mf_dns_ask(dns, arena, mf_format(arena, "_mta-sts.%s", domain), MF_DNS_TXT, deadline))) {
        const char **addresses = mf_dns_addresses(dns, arena, host, deadline, &why);
        long status = -1;
        for (size_t i = 0; addresses[i] && status < 0 && mf_now() < deadline; i++) {
            d.title[0] = '\0';
            mf_text_clear(&page);
            status = mf_page_get(url, host, addresses[i], mf_confirm_tls(plan->site), deadline, &page, &d);
        }
        write_down(journal, url, status < 0 ? 0 : status, status < 0 ? (why ? why : d.title) : mf_text_str(&page));
    }
    mf_text_release(&page);
    mf_arena_free(&arena);
}
