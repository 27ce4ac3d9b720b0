/* What each expected MX shows of TLS: connected to, greeted, STARTTLS, and left again; no mail. Written
 * down as an opened "mailbox" named by MF_MX_MAILBOX: peer, certificate, and STARTTLS if it was offered. */
#include <string.h>

#include "mailflow/smtp.h"
#include "run/confirm_internal.h"
#include "run/lane_internal.h"

#define MX_TIME (4 * MF_SECOND) /* where port 25 is closed on the way out, nobody should wait for long */

static void write_down(struct mf_journal *journal, const char *label, const struct mf_smtp_sent *sent)
{
    const struct mf_tls_seen *seen = sent->tls.used || sent->tls.problem[0] ? &sent->tls : &sent->trouble.tls;
    struct mf_rec_opened record = {.at = mf_now(),
                                   .mailbox = label,
                                   .peer = sent->peer,
                                   .tls = mf_record_tls(seen),
                                   .capabilities = sent->offers_starttls ? "STARTTLS" : ""};
    mf_journal_opened(journal, &record, NULL);
}

/* True when the server was reached. */
static bool look_at(const char *host, const char *address, const struct mf_tls *tls, struct mf_journal *journal,
                    const char *label)
{
    static const struct mf_tls plain = {.minimum = "1.2"};
    struct mf_smtp_options options = {.endpoint = {.address = address,
                                                   .port = 25,
                                                   .tls_name = host,
                                                   .tls_mode = MF_TLS_REQUIRED,
                                                   .tls = tls ? tls : &plain,
                                                   .label = host},
                                      .connect_timeout = MX_TIME,
                                      .reply_timeout = MX_TIME};
    struct mf_smtp_sent sent = {0};
    struct mf_diag d = {0};
    struct mf_smtp *session = mf_smtp_new(&options);
    mf_smtp_probe(session, mf_now() + MX_TIME, &sent, &d);
    mf_smtp_free(&session);
    if (!sent.greeting[0] && !sent.tls.used && !sent.trouble.tls.used)
        return false;
    write_down(journal, label, &sent);
    return true;
}

void mf_confirm_mx(const struct mf_dns_table *table, const struct mf_tls *tls, struct mf_dns *dns,
                   struct mf_journal *journal, mf_usec deadline)
{
    struct mf_arena *arena = mf_arena_new();
    for (size_t i = 0; i < table->mx_count; i++) {
        const char *host = strrchr(table->mx[i], ' '), *why;
        host = host ? host + 1 : table->mx[i];
        const char **addresses = strcmp(host, ".") == 0 ? NULL : mf_dns_addresses(dns, arena, host, deadline, &why);
        const char *label = mf_format(arena, MF_MX_MAILBOX "%s", host);
        for (size_t k = 0; addresses && addresses[k] && mf_now() < deadline; k++)
            if (look_at(host, addresses[k], tls, journal, label))
                break;
    }
    mf_arena_free(&arena);
}
