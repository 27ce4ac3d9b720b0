/* Refusals read: codes first, where they are specific, then the words that servers use. */
#include "diagnose/refusal.h"

#include <stdlib.h>
#include <string.h>

static bool has_any(const char *text, const char *const *words)
{
    for (; text && words && *words; words++)
        if (strcasestr(text, *words))
            return true;
    return false;
}

static bool is_any(const char *code, const char *const *codes)
{
    for (; code && codes && *codes; codes++)
        if (strcmp(code, *codes) == 0)
            return true;
    return false;
}

#define LIST(...) ((const char *const[]){__VA_ARGS__, NULL})

/* In this order: what is specific before what is said of many things ("5.7.1", "not allowed"). The class
 * of an enhanced code is left out: 4.2.2 and 5.2.2 mean the same. */
static const struct {
    enum mf_refusal refusal;
    const char *const *codes, *const *words;
} known[] = {
    {MF_REFUSAL_UTF8, LIST("6.7", "6.8", "6.9", "6.10"),
     LIST("smtputf8", "8bitmime is required", "8bit transfer", "non-ascii addresses", "non-ascii characters")},
    {MF_REFUSAL_LOOP, LIST("4.6", "4.14"),
     LIST("too many hops", "mail loop", "loops back", "hop count exceeded", "loop detected")},
    {MF_REFUSAL_SIZE, LIST("3.4", "2.3"),
     LIST("message size", "message too large", "message too big", "exceeds size limit", "exceeded max message size",
          "exceeds fixed limit")},
    {MF_REFUSAL_FULL, LIST("2.2"), LIST("quota", "mailbox full", "mailbox is full", "insufficient mailbox storage")},
    {MF_REFUSAL_SIGNER, NULL,
     LIST("signing error", "signing failed", "unable to sign", "could not sign", "failed to sign")},
    {MF_REFUSAL_CERTIFICATE, NULL, LIST("client certificate")},
    {MF_REFUSAL_DMARC, LIST("7.26"), LIST("dmarc")},
    {MF_REFUSAL_SPF, LIST("7.23", "7.24"), LIST("spf", "openspf", "sender policy framework")},
    {MF_REFUSAL_DKIM, LIST("7.20", "7.21", "7.22"), LIST("dkim")},
    {MF_REFUSAL_RATE, LIST("7.28"),
     LIST("rate limit", "ratelimit", "too many messages", "too many connections", "too many recipients",
          "too much mail", "message rate", "connection rate", "throttl", "sending limit", "limit exceeded",
          "exceeded the limit", "concurrent connections")},
    {MF_REFUSAL_TLS, LIST("7.10"), LIST("starttls", "encryption required", "tls required", "requires tls")},
    {MF_REFUSAL_LOGIN, LIST("7.8"),
     LIST("authentication required", "authentication is required", "authenticate first", "not authenticated")},
    {MF_REFUSAL_BLOCKED, LIST("7.25", "7.27"),
     LIST("spam", "virus", "malware", "blocked using", "blocklist", "blacklist", "black list", "block list",
          "blacklisted", "reputation", "dnsbl", "rbl", "reverse hostname", "reverse dns", "reverse name", "ptr record",
          "no ptr", "prohibited content", "attachment", "file type", "banned")},
    {MF_REFUSAL_HELO, NULL,
     LIST("helo command rejected", "ehlo command rejected", "helo name", "invalid helo", "invalid ehlo")},
    {MF_REFUSAL_SENDER, LIST("1.7", "1.8"),
     LIST("sender address rejected", "not owned by user", "sender domain", "not allowed to send as", "sendasdenied")},
    {MF_REFUSAL_RECIPIENT, LIST("1.1", "1.2", "1.3", "1.6", "1.10"),
     LIST("user unknown", "no such user", "unknown user", "does not exist", "mailbox unavailable", "unknown in",
          "no mailbox", "recipient not found", "no such recipient", "unknown recipient", "invalid recipient")},
    {MF_REFUSAL_RELAY, LIST("7.64"),
     LIST("relay", "access denied", "not permitted", "not allowed", "not authori", "not registered",
          "client host rejected")},
};

#define KNOWN (sizeof known / sizeof *known)

enum mf_refusal mf_refusal_read(const struct mf_rec_reply *reply)
{
    const char *code = reply->enhanced && strlen(reply->enhanced) > 2 ? reply->enhanced + 2 : NULL;
    for (size_t i = 0; i < KNOWN; i++)
        if (is_any(code, known[i].codes))
            return known[i].refusal;
    for (size_t i = 0; i < KNOWN; i++)
        if (has_any(reply->text, known[i].words))
            return known[i].refusal;
    return reply->code == 552 ? MF_REFUSAL_SIZE : reply->code == 530 ? MF_REFUSAL_LOGIN : MF_REFUSAL_OTHER;
}

/* "message size 300405 exceeds size limit 102400 of server …", "… limit of 10485760 bytes" */
size_t mf_refusal_size_limit(const char *words)
{
    const char *at = words ? strcasestr(words, "limit") : NULL;
    for (int passed = 0; at && *at && passed < 24; at++, passed++)
        if (*at >= '0' && *at <= '9')
            return strtoul(at, NULL, 10);
    return 0;
}

const char *mf_refused_by(struct mf_case_file *file, const struct mf_fact *fact)
{
    const struct mf_site *site = file->plan->site;
    for (size_t i = 0; fact->by && i < site->server_count; i++)
        if (mf_server_has_host(&site->servers[i], fact->by))
            return site->servers[i].name;
    return fact->by && *fact->by ? fact->by : fact->scope;
}

static bool is_gateway(const struct mf_case_file *file, const char *server)
{
    const struct mf_server *known_server = mf_site_server(file->plan->site, server);
    return known_server && known_server->role == MF_ROLE_GATEWAY;
}

/* One finding for all kinds of refusal; NULL: nothing specific. */
static const char *finding_of(enum mf_refusal refusal)
{
    switch (refusal) {
    case MF_REFUSAL_LOOP:
        return "path.loop";
    case MF_REFUSAL_SIZE:
        return "smtp.too-large";
    case MF_REFUSAL_FULL:
        return "mailbox.full";
    case MF_REFUSAL_RATE:
        return "smtp.rate-limited";
    case MF_REFUSAL_SIGNER:
        return "dkim.signer-broken";
    case MF_REFUSAL_CERTIFICATE:
        return "tls.client-certificate";
    case MF_REFUSAL_UTF8:
        return "smtp.utf8-refused";
    case MF_REFUSAL_BLOCKED:
        return "smtp.blocked";
    case MF_REFUSAL_SPF:
    case MF_REFUSAL_DKIM:
    case MF_REFUSAL_DMARC:
        return "smtp.unauthenticated";
    case MF_REFUSAL_SENDER:
        return "smtp.sender-refused";
    case MF_REFUSAL_HELO:
        return "smtp.helo-refused";
    case MF_REFUSAL_TLS:
    case MF_REFUSAL_LOGIN:
    case MF_REFUSAL_RECIPIENT:
    case MF_REFUSAL_RELAY:
    case MF_REFUSAL_OTHER:
        break;
    }
    return NULL;
}

static const char *scope_of(struct mf_case_file *file, const struct mf_fact *fact, enum mf_refusal refusal)
{
    if (refusal == MF_REFUSAL_FULL)
        return fact->recipient ? fact->recipient->address : fact->scope;
    if (refusal == MF_REFUSAL_SENDER)
        return mf_flow_origin(fact->flow)->mail_from;
    return refusal == MF_REFUSAL_LOOP ? fact->scope : mf_refused_by(file, fact);
}

/* The first hop would not take mail for the recipient's domain, which is ours: it does not know that. */
static bool is_own_domain_refused(const struct mf_case_file *file, const struct mf_fact *fact)
{
    return fact->recipient && mf_site_is_ours(file->plan->site, fact->recipient->address) &&
           strcasestr(fact->reply.text ? fact->reply.text : "", "relay");
}

static struct mf_class classify_access(struct mf_case_file *file, const struct mf_fact *fact)
{
    const struct mf_flow *message = mf_flow_origin(fact->flow);
    const struct mf_door *door = message->via ? message->via->door : NULL;
    bool is_relay = door && (door->server ? door->server->role == MF_ROLE_GATEWAY : message->from_application != NULL);
    if (is_relay)
        return (struct mf_class){"relay.denied",
                                 message->from_application ? message->from_application->name : message->mail_from};
    if (is_own_domain_refused(file, fact))
        return (struct mf_class){"smtp.domain-not-served", mf_refused_by(file, fact)};
    return (struct mf_class){"smtp.refused", mf_format(file->arena, "%s %d", fact->scope, fact->reply.code)};
}

/* "5.7.1" without words that say more: before the data it is about who sends, after it about what. */
static bool is_access_code(const struct mf_case_file *file, const struct mf_fact *fact)
{
    const struct mf_rec_sent *sent = mf_last_sent(file, mf_flow_origin(fact->flow));
    return mf_starts(fact->reply.enhanced ? fact->reply.enhanced : "", "5.7.") && sent &&
           !mf_same_nocase(sent->phase, "END-OF-DATA");
}

struct mf_class mf_classify_refusal(struct mf_case_file *file, const struct mf_fact *fact)
{
    const char *address = fact->recipient ? fact->recipient->address : "";
    enum mf_refusal refusal = mf_refusal_read(&fact->reply);
    if (finding_of(refusal))
        return (struct mf_class){finding_of(refusal), scope_of(file, fact, refusal)};
    if (refusal == MF_REFUSAL_RECIPIENT)
        return (struct mf_class){"smtp.recipient-unknown", address};
    if (refusal == MF_REFUSAL_RELAY || is_access_code(file, fact))
        return classify_access(file, fact);
    return (struct mf_class){"smtp.refused", mf_format(file->arena, "%s %d", fact->scope, fact->reply.code)};
}

struct mf_class mf_classify_deferral(struct mf_case_file *file, const struct mf_fact *fact)
{
    enum mf_refusal refusal = mf_refusal_read(&fact->reply);
    if (refusal == MF_REFUSAL_RATE || refusal == MF_REFUSAL_FULL || refusal == MF_REFUSAL_SIGNER ||
        refusal == MF_REFUSAL_CERTIFICATE)
        return (struct mf_class){finding_of(refusal), scope_of(file, fact, refusal)};
    return (struct mf_class){"smtp.deferred",
                             mf_format(file->arena, "%s %d %s", mf_refused_by(file, fact), fact->reply.code,
                                       fact->reply.enhanced ? fact->reply.enhanced : "")};
}

/* A bounce "too many hops" is about the circle that a copy of the same message shows, if one does. */
static struct mf_class classify_loop(const struct mf_case_file *file, const struct mf_fact *fact)
{
    for (size_t i = file->first_fact[fact->flow->index]; i < file->first_fact[fact->flow->index + 1]; i++)
        if (mf_same(file->facts->items[i].id, "path.loop"))
            return (struct mf_class){"path.loop", file->facts->items[i].scope};
    return (struct mf_class){"path.loop", fact->scope};
}

static enum mf_role role_of(const struct mf_case_file *file, const char *host, enum mf_role unknown)
{
    const struct mf_site *site = file->plan->site;
    for (size_t i = 0; host && i < site->server_count; i++)
        if (mf_server_has_host(&site->servers[i], host))
            return site->servers[i].role;
    return unknown;
}

/* Mail for our domain that somebody handed to a server that is none of ours. */
static bool is_wrong_destination(const struct mf_case_file *file, const struct mf_fact *fact)
{
    enum mf_role role = role_of(file, fact->by, MF_ROLE_OUTSIDE);
    return strchr(fact->scope, '@') && mf_site_is_ours(file->plan->site, fact->scope) && fact->by &&
           strchr(fact->by, '.') && !mf_dns_is_address(fact->by) && (role == MF_ROLE_OUTSIDE || role == MF_ROLE_OLD);
}

static bool is_gateway_shut_out(const struct mf_case_file *file, const struct mf_fact *fact)
{
    enum mf_role by = role_of(file, fact->by, MF_ROLE_OUTSIDE);
    return role_of(file, fact->told_by, MF_ROLE_OUTSIDE) == MF_ROLE_GATEWAY &&
           (by == MF_ROLE_PRIMARY || by == MF_ROLE_SECONDARY);
}

/* An address that is not known there stays a bounce: that it was taken first is the trouble. */
struct mf_class mf_classify_bounce(struct mf_case_file *file, const struct mf_fact *fact)
{
    enum mf_refusal refusal = mf_refusal_read(&fact->reply);
    bool to_itself = strcasestr(fact->reply.text ? fact->reply.text : "", "loops back to myself") != NULL;
    if (to_itself && fact->told_by && strchr(fact->scope, '@') && mf_site_is_ours(file->plan->site, fact->scope))
        return (struct mf_class){"path.wrong-destination", fact->told_by};
    if (refusal == MF_REFUSAL_LOOP)
        return classify_loop(file, fact);
    if (is_wrong_destination(file, fact))
        return (struct mf_class){"path.wrong-destination", fact->by};
    if (refusal == MF_REFUSAL_FULL)
        return (struct mf_class){"mailbox.full", fact->scope};
    if (refusal == MF_REFUSAL_RELAY && is_gateway_shut_out(file, fact))
        return (struct mf_class){"relay.gateway-refused", mf_refused_by(file, fact)};
    if (refusal == MF_REFUSAL_RELAY && fact->by && is_gateway(file, mf_refused_by(file, fact)))
        return (struct mf_class){"relay.denied", fact->told_by ? fact->told_by : fact->scope};
    if (finding_of(refusal) && fact->by)
        return (struct mf_class){finding_of(refusal), mf_refused_by(file, fact)};
    return (struct mf_class){"mail.bounced", fact->scope};
}
