/* STARTTLS and the certificate of each expected MX, at each of its addresses, as they were when it was looked at. */
#include <string.h>

#include "check/dns_internal.h"

#define SOON_DAYS 14
#define NOTED_DAYS 30

/* "*.example.net" stands for one label (RFC 6125 6.4.3). */
bool mf_dns_is_named(const char *names, const char *host)
{
    const char *parent = strchr(host, '.');
    for (const char *name = names; *name;) {
        size_t len = strcspn(name, " ");
        bool same = len == strlen(host) && strncasecmp(name, host, len) == 0;
        bool star = len > 2 && name[0] == '*' && parent && len - 1 == strlen(parent) &&
                    strncasecmp(name + 1, parent, len - 1) == 0;
        if (same || star)
            return true;
        name += len;
        name += strspn(name, " ");
    }
    return false;
}

const char *mf_dns_mx_host(const char *mx)
{
    const char *host = strrchr(mx, ' ');
    return host ? host + 1 : mx;
}

const struct mf_rec_opened *mf_dns_mx_look(const struct mf_dns_case *at, const char *host, size_t number)
{
    const struct mf_evidence *evidence = at->view->context->evidence;
    const char *prefix = mf_format(at->view->arena, MF_MX_MAILBOX "%s ", host);
    for (size_t i = 0; i < evidence->mailbox_count; i++)
        if (evidence->mailboxes[i].opened && mf_starts(evidence->mailboxes[i].mailbox, prefix) && number-- == 0)
            return evidence->mailboxes[i].opened;
    return NULL;
}

struct look {
    struct mf_dns_case *at;
    const char *host, *who; /* "in.example (192.0.2.1:25)" */
    const struct mf_rec_opened *seen;
    bool is_enforced;
};

static void tell(const struct look *look, const char *id, const char *brief, const char *title, const char *text)
{
    mf_dns_fact_add(look->at, id, MF_FACT_NOTE, look->host, brief, title, text, NULL);
}

/* Before TLS: what was not reached, or did not let us ask, is not known. */
static bool has_tls(const struct look *look)
{
    struct mf_arena *arena = look->at->view->arena;
    const struct mf_rec_opened *seen = look->seen;
    const char *address = seen->mailbox + strlen(MF_MX_MAILBOX) + strlen(look->host) + 1;
    if (seen->tls.used)
        return true;
    if (seen->peer[0] && mf_same(seen->capabilities, "none"))
        tell(look, "tls.not-offered", "the MX offers no TLS",
             mf_format(arena, "The MX %s offers no STARTTLS", look->host),
             mf_format(
                 arena,
                 "%s does not offer STARTTLS: mail comes in unencrypted, and senders that insist on TLS don't deliver.",
                 look->who));
    else if (seen->peer[0] && strstr(seen->capabilities, "STARTTLS"))
        tell(look, "tls.failed", "TLS with the MX fails", mf_format(arena, "TLS with the MX %s fails", look->host),
             mf_format(arena, "%s offers STARTTLS, and then: %s. Senders go on in clear text or don't deliver.",
                       look->who, seen->trouble[0] ? seen->trouble : "no reason given"));
    else
        mf_dns_note_add(look->at, mf_format(arena, "MX %s: %s was not looked at: %s", look->host, address,
                                            seen->trouble[0] ? seen->trouble : "no reason given"));
    return false;
}

static void judge_trusted(const struct look *look)
{
    struct mf_arena *arena = look->at->view->arena;
    const struct mf_rec_tls *tls = &look->seen->tls;
    if (tls->days_left < SOON_DAYS)
        tell(look, "tls.expires-soon", mf_format(arena, "certificate: %d days left", tls->days_left),
             mf_format(arena, "The certificate of the MX %s expires soon", look->host),
             mf_format(arena, "%s: %d days left (%s).", look->who, tls->days_left, tls->subject));
    else if (tls->days_left < NOTED_DAYS)
        mf_dns_note_add(look->at, mf_format(arena, "MX %s: its certificate has %d days left", look->who, tls->days_left));
}

static void judge_distrusted(const struct look *look)
{
    struct mf_arena *arena = look->at->view->arena;
    const struct mf_rec_tls *tls = &look->seen->tls;
    if (tls->days_left < 0)
        tell(look, "tls.expired", "the MX's certificate has expired",
             mf_format(arena, "The certificate of the MX %s has expired", look->host),
             mf_format(arena, "%s: expired %d days ago (%s).", look->who, -tls->days_left, tls->subject));
    else if (tls->names[0] && !mf_dns_is_named(tls->names, look->host))
        tell(look, "tls.name", "the MX's certificate has another name",
             mf_format(arena, "The certificate of the MX %s is for another name", look->host),
             mf_format(arena, "%s shows a certificate for %s. MTA-STS and senders that insist on it refuse.", look->who,
                       tls->names));
    else if (tls->problem[0] && look->is_enforced)
        tell(look, "tls.untrusted", "the MX's certificate is not trusted",
             mf_format(arena, "The certificate of the MX %s is not trusted", look->host),
             mf_format(arena, "%s: %s. The MTA-STS policy (mode enforce) lets senders deliver only to a certificate of a "
                              "public CA.",
                       look->who, tls->problem));
    else if (tls->problem[0])
        mf_dns_note_add(look->at, mf_format(arena, "MX %s: %s", look->who, tls->problem)); /* most MX are not judged by a CA */
}

void mf_dns_judge_mx_tls(struct mf_dns_case *at, const struct mf_dns_promises *promises)
{
    for (size_t i = 0; i < at->table->mx_count; i++) {
        struct look look = {.at = at, .host = mf_dns_mx_host(at->table->mx[i]), .is_enforced = promises->enforced};
        for (size_t n = 0; (look.seen = mf_dns_mx_look(at, look.host, n)); n++) {
            look.who = mf_format(at->view->arena, "%s (%s)", look.host, look.seen->peer);
            if (!has_tls(&look))
                continue;
            if (look.seen->tls.verified)
                judge_trusted(&look);
            else
                judge_distrusted(&look);
        }
    }
}
