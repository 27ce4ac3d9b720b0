/* The MTA-STS policy of the domain (RFC 8461). Written down as a command's output: the URL, the HTTP status (0: none),
 * the page with its media type, or the trouble. */
#include "mailflow/page.h"
#include "run/confirm_internal.h"

/* The CA that the site names for its primary is trusted for its policy host too. */
const struct mf_tls *mf_confirm_tls(const struct mf_site *site)
{
    const struct mf_server *primary = mf_site_role(site, MF_ROLE_PRIMARY);
    const struct mf_tls *tls = primary && primary->imap ? primary->imap->tls : NULL;
    return tls && tls->ca_file ? tls : NULL;
}

static void write_down(struct mf_journal *journal, const char *url, long status, const char *page, const char *media)
{
    struct mf_rec_command record = {.at = mf_now(),
                                    .flow = MF_POLICY_FLOW,
                                    .attempt = 1,
                                    .command = url,
                                    .status = (int)status,
                                    .output = page,
                                    .media = media};
    mf_journal_command(journal, &record, NULL);
}

struct fetch {
    const char *url, *host;
    const char **addresses;
    mf_usec deadline;
    struct mf_text page, media;
};

static long fetch(struct fetch *f, const struct mf_tls *tls, struct mf_diag *d)
{
    long status = -1;
    for (size_t i = 0; f->addresses[i] && status < 0 && mf_now() < f->deadline; i++) {
        *d = (struct mf_diag){0};
        mf_text_clear(&f->page);
        mf_text_clear(&f->media);
        status = mf_page_get(f->url, f->host, f->addresses[i], tls, f->deadline, &f->page, &f->media, d);
    }
    return status;
}

/* The CA that the site names may be for its own servers only: else the system's count, as for everybody. */
static long fetch_trusting(struct fetch *f, const struct mf_tls *tls, struct mf_diag *d)
{
    long status = fetch(f, tls, d);
    if (status >= 0 || !tls)
        return status;
    struct mf_diag second = {0};
    return fetch(f, NULL, &second);
}

/* Fetched when the host of policies exists: a page that no record announces is worth telling, too. */
void mf_confirm_policy(const struct mf_plan *plan, struct mf_dns *dns, struct mf_journal *journal, mf_usec deadline)
{
    struct mf_arena *arena = mf_arena_new();
    struct mf_diag d = {0};
    const char *domain = plan->site->domains[0], *why = NULL;
    const char *host = mf_format(arena, "mta-sts.%s", domain);
    struct fetch f = {
        .url = mf_format(arena, "https://%s/.well-known/mta-sts.txt", host), .host = host, .deadline = deadline};
    f.addresses = mf_dns_addresses(dns, arena, host, deadline, &why);
    long status = f.addresses[0] ? fetch_trusting(&f, mf_confirm_tls(plan->site), &d) : -1;
    write_down(journal, f.url, status < 0 ? 0 : status, status >= 0 ? mf_text_str(&f.page) : why ? why : d.title,
               mf_text_str(&f.media));
    mf_text_release(&f.page);
    mf_text_release(&f.media);
    mf_arena_free(&arena);
}
