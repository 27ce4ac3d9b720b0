/* STARTTLS and the certificate of each expected MX, as they were when it was looked at. */
#include <string.h>

#include "check/dns_internal.h"

#define SOON_DAYS 14

/* "*.example.net" stands for one label (RFC 6125 6.4.3). */
static bool is_among(const char *names, const char *host)
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

static void tell(struct mf_dns_case *at, const char *id, const char *host, const char *brief, const char *title,
                 const char *text)
{
    mf_dns_fact_add(at, id, MF_FACT_NOTE, host, brief, title, text, NULL);
}

static void judge_host(struct mf_dns_case *at, const char *host, const struct mf_rec_opened *seen)
{
    struct mf_arena *arena = at->view->arena;
    const struct mf_rec_tls *tls = &seen->tls;
    const char *who = mf_format(arena, "%s (%s)", host, seen->peer);
    if (!tls->used && !strstr(seen->capabilities, "STARTTLS"))
        tell(at, "tls.not-offered", host, "the MX offers no TLS",
             mf_format(arena, "The MX %s offers no STARTTLS", host),
             mf_format(
                 arena,
                 "%s does not offer STARTTLS: mail comes in unencrypted, and senders that insist on TLS don't deliver.",
                 who));
    else if (tls->verified && tls->days_left < SOON_DAYS)
        tell(at, "tls.expires-soon", host, mf_format(arena, "certificate: %d days left", tls->days_left),
             mf_format(arena, "The certificate of the MX %s expires soon", host),
             mf_format(arena, "%s: %d days left (%s).", who, tls->days_left, tls->subject));
    else if (tls->verified)
        return;
    else if (tls->days_left < 0)
        tell(at, "tls.expired", host, "the MX's certificate has expired",
             mf_format(arena, "The certificate of the MX %s has expired", host),
             mf_format(arena, "%s: expired %d days ago (%s).", who, -tls->days_left, tls->subject));
    else if (tls->names[0] && !is_among(tls->names, host))
        tell(at, "tls.name", host, "the MX's certificate has another name",
             mf_format(arena, "The certificate of the MX %s is for another name", host),
             mf_format(arena, "%s shows a certificate for %s. MTA-STS and senders that insist on it refuse.", who,
                       tls->names));
    else if (tls->problem[0])
        mf_dns_note_add(at, mf_format(arena, "MX %s: %s", host, tls->problem)); /* most MX are not judged by a CA */
}

void mf_dns_judge_mx_tls(struct mf_dns_case *at)
{
    for (size_t i = 0; i < at->table->mx_count; i++) {
        const char *host = strrchr(at->table->mx[i], ' ');
        host = host ? host + 1 : at->table->mx[i];
        const struct mf_mailbox_evidence *seen =
            mf_evidence_mailbox(at->view->context->evidence, mf_format(at->view->arena, MF_MX_MAILBOX "%s", host));
        if (seen && seen->opened)
            judge_host(at, host, seen->opened);
    }
}
