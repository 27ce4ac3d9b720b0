/* SPF: which identity is judged, and by what address (RFC 7208 2, 4.1, 4.3). */
#include "mailflow/spf.h"

#include <arpa/inet.h>
#include <string.h>

#include "auth/spf_internal.h"
#include "mailflow/message.h"
#include "mailflow/trace.h"

const char *mf_spf_result_name(enum mf_spf_result result)
{
    switch (result) {
    case MF_SPF_NONE:
        return "none";
    case MF_SPF_NEUTRAL:
        return "neutral";
    case MF_SPF_PASS:
        return "pass";
    case MF_SPF_FAIL:
        return "fail";
    case MF_SPF_SOFTFAIL:
        return "softfail";
    case MF_SPF_TEMPERROR:
        return "temperror";
    case MF_SPF_PERMERROR:
        return "permerror";
    }
    return "none";
}

/* RFC 7208 5: an IPv4 address inside an IPv6 one is IPv4. False: no address. */
static bool take_address(struct mf_spf_walk *walk, const char *text)
{
    static const unsigned char mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    char shown[INET6_ADDRSTRLEN];
    struct mf_spf_macros *macros = &walk->macros;
    macros->is_v6 = inet_pton(AF_INET6, text, macros->ip) == 1;
    if (!macros->is_v6 && inet_pton(AF_INET, text, macros->ip) != 1)
        return false;
    if (macros->is_v6 && memcmp(macros->ip, mapped, sizeof mapped) == 0) {
        memmove(macros->ip, macros->ip + 12, 4);
        macros->is_v6 = false;
    }
    walk->spf->ip =
        mf_copy(walk->arena, inet_ntop(macros->is_v6 ? AF_INET6 : AF_INET, macros->ip, shown, sizeof shown));
    return true;
}

static const char *lower(struct mf_arena *arena, const char *text)
{
    char *copy = mf_copy(arena, text);
    for (char *at = copy; *at; at++)
        *at = (char)mf_lower((unsigned char)*at);
    size_t len = strlen(copy);
    if (len > 1 && copy[len - 1] == '.')
        copy[len - 1] = '\0';
    return copy;
}

/* RFC 7208 4.3: without a local part it is postmaster. */
static void take_sender(struct mf_spf_walk *walk, const char *mail_from, const char *helo)
{
    struct mf_spf *spf = walk->spf;
    const char *at = strrchr(mail_from, '@');
    spf->helo = *mail_from == '\0';
    const char *domain = mf_domain_ascii(walk->arena, spf->helo ? helo : at ? at + 1 : mail_from);
    const char *local =
        at && at > mail_from ? mf_copy_bytes(walk->arena, mail_from, (size_t)(at - mail_from)) : "postmaster";
    spf->domain = lower(walk->arena, domain);
    spf->sender = mf_format(walk->arena, "%s@%s", local, domain);
    walk->macros.sender = spf->sender;
    walk->macros.local = local;
    walk->macros.sender_domain = domain;
}

static const char *without_brackets(struct mf_arena *arena, const char *text)
{
    size_t len = text ? strlen(text) : 0;
    if (len >= 2 && text[0] == '<' && text[len - 1] == '>')
        return mf_copy_bytes(arena, text + 1, len - 2);
    return text ? text : "";
}

static const struct mf_spf *check(struct mf_arena *arena, const struct mf_spf_query *query, const char *mail_from,
                                  struct mf_dns *dns, mf_usec deadline)
{
    struct mf_spf *spf = mf_alloc(arena, sizeof *spf);
    struct mf_spf_walk walk = {.arena = arena, .dns = dns, .deadline = deadline, .spf = spf};
    const char *helo = query->helo ? query->helo : "";
    walk.macros.helo = helo;
    walk.macros.receiver = query->receiver ? query->receiver : "unknown";
    walk.macros.now = query->now;
    walk.macros.validated_name = mf_spf_validated_name;
    walk.macros.context = &walk;
    spf->ip = query->ip ? query->ip : "";
    take_sender(&walk, mail_from, helo);
    struct mf_spf_verdict verdict = {.cause = MF_SPF_BAD_ADDRESS,
                                     .why = mf_format(arena, "\"%s\" is no IP address", spf->ip)};
    if (take_address(&walk, spf->ip))
        verdict = mf_spf_walk_domain(&walk, spf->domain, 0);
    mf_spf_tell(&walk, &verdict);
    mf_trace(MF_TRACE_AUTH, "spf=%s %s %s: %s", mf_spf_result_name(spf->result), spf->sender, spf->ip, spf->reason);
    return spf;
}

const struct mf_spf *mf_spf_check(struct mf_arena *arena, const struct mf_spf_query *query, struct mf_dns *dns,
                                  mf_usec deadline)
{
    return check(arena, query, without_brackets(arena, query->mail_from), dns, deadline);
}

const struct mf_spf *mf_spf_check_helo(struct mf_arena *arena, const struct mf_spf_query *query, struct mf_dns *dns,
                                       mf_usec deadline)
{
    return check(arena, query, "", dns, deadline);
}
