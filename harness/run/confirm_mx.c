/* What each expected MX shows of TLS, at each of its addresses: connected to, greeted, STARTTLS, and left again; no
 * mail. Written down as an opened "mailbox" named by MF_MX_MAILBOX: peer, certificates, and STARTTLS if it was
 * offered; or why it could not be looked at. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "mailflow/smtp.h"
#include "run/confirm_internal.h"
#include "run/lane_internal.h"

#define MX_TIME (4 * MF_SECOND) /* where port 25 is closed on the way out, nobody should wait for long */
#define LOOKS_MAX 24

/* One address of one MX, in a thread of its own. */
struct look {
    const char *host, *address, *label;
    const struct mf_tls *tls; /* whose CA the site names, or NULL */
    struct mf_journal *journal;
    pthread_t thread;
    bool started;
};

static struct mf_rec_certificate record_of(const struct mf_certificate_seen *seen)
{
    return (struct mf_rec_certificate){.subject = seen->subject,
                                       .whole_256 = seen->whole_256,
                                       .whole_512 = seen->whole_512,
                                       .key_256 = seen->key_256,
                                       .key_512 = seen->key_512,
                                       .signs_below = seen->signs_below,
                                       .days_left = seen->days_left};
}

static void write_down(const struct look *look, const struct mf_smtp_sent *sent, const struct mf_chain_seen *chain,
                       const char *trouble)
{
    bool answered = sent->phase == MF_SMTP_TLS || sent->outcome == MF_SMTP_ACCEPTED; /* EHLO, that is */
    bool greeted = sent->greeting[0] || sent->tls.used || sent->trouble.tls.used;
    const struct mf_tls_seen *seen = sent->tls.used || sent->tls.problem[0] ? &sent->tls : &sent->trouble.tls;
    struct mf_rec_certificate certificates[MF_CHAIN_MAX];
    struct mf_rec_opened record = {.at = mf_now(),
                                   .mailbox = look->label,
                                   .peer = greeted ? sent->peer : "",
                                   .tls = mf_record_tls(seen),
                                   .capabilities = sent->offers_starttls ? "STARTTLS" : answered ? "none" : "",
                                   .trouble = trouble,
                                   .chain = certificates,
                                   .chain_count = chain->count};
    for (size_t i = 0; i < chain->count; i++)
        certificates[i] = record_of(&chain->items[i]);
    mf_journal_opened(look->journal, &record, NULL);
}

static void probe(const struct look *look, const struct mf_tls *tls, struct mf_smtp_sent *sent,
                  struct mf_chain_seen *chain, struct mf_diag *d)
{
    struct mf_smtp_options options = {.endpoint = {.address = look->address,
                                                   .port = 25,
                                                   .tls_name = look->host,
                                                   .tls_mode = MF_TLS_REQUIRED,
                                                   .tls = tls,
                                                   .label = look->host},
                                      .connect_timeout = MX_TIME,
                                      .reply_timeout = MX_TIME,
                                      .chain = chain};
    *sent = (struct mf_smtp_sent){0};
    *chain = (struct mf_chain_seen){0};
    *d = (struct mf_diag){0};
    struct mf_smtp *session = mf_smtp_new(&options);
    mf_smtp_probe(session, mf_now() + MX_TIME, sent, d);
    mf_smtp_free(&session);
}

/* The CA that the site names may have made the certificates of its own servers only: what that one does not
 * vouch for, the system's may. */
static void *look_at(void *context)
{
    static const struct mf_tls plain = {.minimum = "1.2"};
    struct look *look = context;
    struct mf_smtp_sent sent;
    struct mf_chain_seen chain;
    struct mf_diag d;
    probe(look, look->tls ? look->tls : &plain, &sent, &chain, &d);
    if (look->tls && chain.count && strstr(sent.tls.problem, "is not among"))
        probe(look, &plain, &sent, &chain, &d);
    if (sent.outcome == MF_SMTP_REFUSED)
        snprintf(d.title, sizeof d.title, "it answered %d %.200s", sent.reply.code, sent.reply.text);
    write_down(look, &sent, &chain, d.title);
    return NULL;
}

static size_t find_looks(struct mf_arena *arena, const struct mf_dns_table *table, struct mf_dns *dns, mf_usec deadline,
                         struct look *looks)
{
    size_t count = 0;
    for (size_t i = 0; i < table->mx_count; i++) {
        const char *host = strrchr(table->mx[i], ' '), *why;
        host = host ? host + 1 : table->mx[i];
        const char **addresses = strcmp(host, ".") == 0 ? NULL : mf_dns_addresses(dns, arena, host, deadline, &why);
        for (size_t k = 0; addresses && addresses[k] && count < LOOKS_MAX; k++)
            looks[count++] = (struct look){.host = host,
                                           .address = addresses[k],
                                           .label = mf_format(arena, MF_MX_MAILBOX "%s %s", host, addresses[k])};
    }
    return count;
}

void mf_confirm_mx(const struct mf_dns_table *table, const struct mf_tls *tls, struct mf_dns *dns,
                   struct mf_journal *journal, mf_usec deadline)
{
    struct mf_arena *arena = mf_arena_new();
    struct look looks[LOOKS_MAX];
    size_t count = find_looks(arena, table, dns, deadline, looks);
    for (size_t i = 0; i < count; i++) {
        looks[i].tls = tls;
        looks[i].journal = journal;
        looks[i].started = pthread_create(&looks[i].thread, NULL, look_at, &looks[i]) == 0;
    }
    for (size_t i = 0; i < count; i++)
        if (looks[i].started)
            pthread_join(looks[i].thread, NULL);
    mf_arena_free(&arena);
}
