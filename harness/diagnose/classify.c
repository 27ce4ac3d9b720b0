/* Under which finding a fact is told, and with which scope. Most facts have one home; refusals
 * (refusal.c), troubles with servers and missing ways need a second look. */
#include <string.h>

#include "diagnose/refusal.h"
#include "mailflow/message.h"

/* Facts that have one home. */
static const struct {
    const char *fact, *finding;
} homes[] = {
    {"handed.late", "smtp.delayed"},
    {"handed.unknown", "smtp.outcome-unknown"},
    {"reply.other", "smtp.wrong-reply"},
    {"bounce.delayed", "mail.delay-notice"},
    {"bounce.copy", "copy.bounced"},
    {"bounce.backscatter", "smtp.backscatter"},
    {"arrival.late", "copy.late"},
    {"arrival.time-unknown", "copy.time-unknown"},
    {"arrival.too-late", "copy.too-late"},
    {"arrival.early", "copy.early"},
    {"arrival.taken-away", "copy.taken-away"},
    {"absent.seen", "mailbox.unexpected-copy"},
    {"folder.junk", "copy.in-junk"},
    {"folder.other", "copy.wrong-folder"},
    {"copies.more", "copy.duplicate"},
    {"copies.fewer", "copy.fewer"},
    {"path.order", "path.wrong-order"},
    {"path.forbidden", "path.forbidden-hop"},
    {"path.detour", "path.internal-through-gateway"},
    {"text.differs", "content.text-differs"},
    {"spf.predicted-fail", "spf.fail-predicted"},
};

static bool has_any(const char *text, const char *const *words)
{
    for (; text && *words; words++)
        if (strcasestr(text, *words))
            return true;
    return false;
}

/* OpenSSL's and GnuTLS's words for what is wrong with a certificate. */
static const char *tls_finding(const char *problem)
{
    static const char *const expired[] = {"expired",       "expiration",        "not yet valid",
                                          "not valid yet", "not yet activated", NULL};
    static const char *const name[] = {"does not match",   "mismatch", "not match", "is not for",
                                       "for another name", "no name",  NULL};
    static const char *const untrusted[] = {"verif", "self-signed", "self signed", "issuer", "authority",
                                            "trust", "CAfile",      "certificate", NULL};
    if (has_any(problem, expired))
        return "tls.expired";
    if (has_any(problem, name))
        return "tls.name";
    return has_any(problem, untrusted) ? "tls.untrusted" : "tls.failed";
}

static bool is_stage(const char *stage, const char *word)
{
    return mf_same_nocase(stage, word);
}

/* One zone that can't be looked up is one cause, whatever names of it were asked for. */
static struct mf_class classify_lookup(const struct mf_case_file *file, const struct mf_dns_answer *answer)
{
    const struct mf_site *site = file->plan->site;
    if (answer->status == MF_DNS_NXDOMAIN || answer->status == MF_DNS_NODATA)
        return (struct mf_class){"dns.no-address", answer->name};
    if (!file->dns_answered)
        return (struct mf_class){"dns.resolver-down", answer->server ? answer->server : "the resolver"};
    for (size_t i = 0; i < site->domain_count; i++)
        if (mf_ends_nocase(answer->name, site->domains[i]))
            return (struct mf_class){"dns.unreachable", site->domains[i]};
    const char *dot = strrchr(answer->name, '.'), *start = answer->name;
    for (const char *at = answer->name; dot && at < dot; at++)
        if (*at == '.')
            start = at + 1;
    return (struct mf_class){"dns.unreachable", start};
}

static struct mf_class classify_unreachable(struct mf_case_file *file, const struct mf_fact *fact)
{
    const struct mf_rec_sent *sent = mf_last_sent(file, mf_flow_origin(fact->flow));
    const char *server = mf_server_of_fact(file, fact);
    const char *scope = server ? server : fact->scope;
    if (sent && is_stage(sent->stage, "TLS"))
        return (struct mf_class){
            tls_finding(sent->tls.problem && *sent->tls.problem ? sent->tls.problem : sent->trouble), scope};
    bool connecting = sent && (is_stage(sent->stage, "connect") || is_stage(sent->stage, "greeting"));
    const struct mf_dns_answer *lookup = connecting ? mf_failed_lookup(file, fact) : NULL;
    if (lookup)
        return classify_lookup(file, lookup);
    if (server && connecting && !mf_server_answered(file, server))
        return (struct mf_class){"server.down", server};
    return (struct mf_class){"smtp.unreachable", scope};
}

static bool was_searched(const struct mf_mailbox_evidence *mailbox)
{
    for (size_t i = 0; i < mailbox->folder_count; i++)
        if (mailbox->folders[i].scan_count)
            return true;
    return false;
}

/* Several mailboxes of a server were tried and each failed at this stage: it is the server. */
static bool fails_everybody(const struct mf_case_file *file, const char *server, const char *stage)
{
    size_t failed = 0;
    for (size_t i = 0; i < file->plan->site->mailbox_count; i++) {
        const struct mf_mailbox *mailbox = &file->plan->site->mailboxes[i];
        const struct mf_mailbox_evidence *known = mf_evidence_mailbox(file->evidence, mailbox->label);
        if (!known || !mf_same(mailbox->server->name, server))
            continue;
        const struct mf_rec_gap *gap = mf_gap_of(file, mailbox->label);
        bool got_on = is_stage(stage, "command") ? was_searched(known) : known->opened != NULL;
        if (got_on || !gap || !is_stage(gap->stage, stage))
            return false;
        failed++;
    }
    return failed > 1;
}

static struct mf_class classify_unreadable(struct mf_case_file *file, const struct mf_fact *fact)
{
    const struct mf_rec_gap *gap = fact->mailbox ? mf_gap_of(file, fact->mailbox->label) : NULL;
    const char *server = fact->mailbox ? fact->mailbox->server->name : NULL;
    if (!gap || !server)
        return (struct mf_class){"mailbox.unreadable", fact->scope};
    if (is_stage(gap->stage, "TLS"))
        return (struct mf_class){tls_finding(gap->tls.problem && *gap->tls.problem ? gap->tls.problem : gap->title),
                                 server};
    bool connecting = is_stage(gap->stage, "connect") || is_stage(gap->stage, "greeting");
    const struct mf_dns_answer *lookup = connecting ? mf_failed_lookup(file, fact) : NULL;
    if (lookup)
        return classify_lookup(file, lookup);
    if (connecting && !mf_server_answered(file, server))
        return (struct mf_class){"server.down", server};
    if (is_stage(gap->stage, "login") && fails_everybody(file, server, "login"))
        return (struct mf_class){"login.refused", server};
    if (connecting || fails_everybody(file, server, gap->stage))
        return (struct mf_class){"mailbox.unreadable", mf_format(file->arena, "%s IMAP", server)};
    return (struct mf_class){"mailbox.unreadable", fact->scope};
}

static struct mf_class classify_login(struct mf_case_file *file, const struct mf_fact *fact)
{
    const char *server = mf_server_of_fact(file, fact);
    if (server && fails_everybody(file, server, "login"))
        return (struct mf_class){"login.refused", server};
    return (struct mf_class){"smtp.auth-refused", fact->scope};
}

static struct mf_class classify_path(const struct mf_case_file *file, const struct mf_fact *fact)
{
    const struct mf_server *server = mf_site_server(file->plan->site, fact->scope);
    bool gateway = server && server->role == MF_ROLE_GATEWAY;
    return (struct mf_class){gateway ? "path.gateway-bypassed" : "path.missing-hop", fact->scope};
}

static const char *from_domain(struct mf_case_file *file, struct mf_bytes raw)
{
    size_t count = 0;
    const struct mf_header *from = mf_message_header(mf_message_parse(file->arena, raw), "From", 0);
    const char **addresses =
        from ? mf_header_addresses(file->arena, mf_header_text(file->arena, from, false), &count) : NULL;
    return count ? mf_address_domain(addresses[0]) : "";
}

/* Another domain in From is another sender for the signer, SPF, DMARC and rules. */
static struct mf_class classify_header(struct mf_case_file *file, const struct mf_fact *fact)
{
    if (!mf_same_nocase(fact->scope, "From") || !fact->arrival)
        return (struct mf_class){fact->id, fact->scope};
    const char *sent = mf_address_domain(mf_flow_origin(fact->flow)->from);
    const char *now = from_domain(file, fact->arrival->message);
    if (!*now || !*sent || mf_same_nocase(now, sent))
        return (struct mf_class){fact->id, fact->scope};
    return (struct mf_class){"content.sender-rewritten", mf_format(file->arena, "%s → %s", sent, now)};
}

/* What the sender's own Sent folder shows is filed there, not delivered. */
static bool is_own_sent(const struct mf_fact *fact)
{
    const struct mf_expect *expect = fact->expect;
    return expect && expect->kind == MF_EXPECT_AT && mf_same_nocase(expect->folder, "sent") &&
           mf_flow_origin(fact->flow)->from_person == expect->mailbox->person;
}

/* Who takes what he should refuse: a relay for strangers, a way in around the gateway, or something else. */
static struct mf_class classify_accepted(const struct mf_case_file *file, const struct mf_fact *fact)
{
    const struct mf_flow *message = mf_flow_origin(fact->flow);
    const struct mf_door *door = message->via ? message->via->door : NULL;
    const struct mf_site *site = file->plan->site;
    bool refusal = fact->expect && fact->expect->kind == MF_EXPECT_REFUSED;
    bool stranger = !message->from_application && !mf_site_is_ours(site, message->mail_from);
    bool login = message->via && message->via->login && message->via->login->kind != MF_LOGIN_NONE;
    if (!refusal || !stranger || login || !door || !door->server || door->server->role == MF_ROLE_OUTSIDE)
        return (struct mf_class){"smtp.accepted-unexpectedly", fact->scope};
    if (!mf_site_is_ours(site, fact->scope))
        return (struct mf_class){"relay.open", door->server->name};
    if (door->server->role == MF_ROLE_PRIMARY && door->kind == MF_DOOR_SMTP && mf_site_role(site, MF_ROLE_GATEWAY))
        return (struct mf_class){"path.bypass-open", door->server->name};
    return (struct mf_class){"smtp.accepted-unexpectedly", fact->scope};
}

struct mf_class mf_classify(struct mf_case_file *file, const struct mf_fact *fact)
{
    if (mf_same(fact->id, "arrival.missing") && is_own_sent(fact) && !fact->expect->is_copy)
        return (struct mf_class){"copy.sent-missing", fact->scope};
    if (mf_same(fact->id, "copies.more") && is_own_sent(fact))
        return (struct mf_class){"copy.sent-double", fact->scope};
    if (mf_same(fact->id, "handed.refused"))
        return mf_classify_refusal(file, fact);
    if (mf_same(fact->id, "handed.deferred-out"))
        return mf_classify_deferral(file, fact);
    if (mf_same(fact->id, "bounce.failed"))
        return mf_classify_bounce(file, fact);
    if (mf_same(fact->id, "handed.unreachable"))
        return classify_unreachable(file, fact);
    if (mf_same(fact->id, "handed.login-refused"))
        return classify_login(file, fact);
    if (mf_same(fact->id, "arrival.unknown"))
        return classify_unreadable(file, fact);
    if (mf_same(fact->id, "arrival.missing"))
        return mf_classify_missing(file, fact);
    if (mf_same(fact->id, "reply.accepted"))
        return classify_accepted(file, fact);
    if (mf_same(fact->id, "content.header-changed"))
        return classify_header(file, fact);
    if (mf_same(fact->id, "path.missing"))
        return classify_path(file, fact);
    for (size_t i = 0; i < sizeof homes / sizeof *homes; i++)
        if (mf_same(homes[i].fact, fact->id))
            return (struct mf_class){homes[i].finding, fact->scope};
    return (struct mf_class){fact->id, fact->scope};
}
