/* Mechanisms of SPF (RFC 7208 5): does this one match the client? */
#include <arpa/inet.h>
#include <string.h>

#include "auth/spf_internal.h"

#define HOSTS_MAX 10 /* RFC 7208 4.6.4: of mx, and of ptr and %{p} */

static bool has_prefix(const unsigned char *a, const unsigned char *b, int bits)
{
    int bytes = bits / 8, rest = bits % 8;
    return memcmp(a, b, (size_t)bytes) == 0 && (rest == 0 || (a[bytes] ^ b[bytes]) >> (8 - rest) == 0);
}

static bool is_unknown(struct mf_spf_walk *walk, const struct mf_dns_answer *answer)
{
    if (answer->status == MF_DNS_UNKNOWN)
        walk->spf->need_more = true;
    return answer->status == MF_DNS_UNKNOWN;
}

static struct mf_spf_matched trouble(struct mf_spf_walk *walk, const struct mf_dns_answer *answer)
{
    return (struct mf_spf_matched){.match = MF_SPF_ERROR,
                                   .error = MF_SPF_TEMPERROR,
                                   .cause = MF_SPF_DNS,
                                   .why = mf_spf_dns_trouble(walk->arena, answer)};
}

static bool is_void(const struct mf_dns_answer *answer)
{
    return answer->status == MF_DNS_NODATA || answer->status == MF_DNS_NXDOMAIN;
}

/* Is the client among these addresses, by the term's lengths? */
static bool is_among(const struct mf_spf_walk *walk, const struct mf_spf_term *term, const struct mf_dns_answer *answer)
{
    unsigned char address[16];
    int family = walk->macros.is_v6 ? AF_INET6 : AF_INET;
    for (size_t i = 0; i < answer->count; i++)
        if (inet_pton(family, answer->records[i].address, address) == 1 &&
            has_prefix(address, walk->macros.ip, walk->macros.is_v6 ? term->cidr6 : term->cidr4))
            return true;
    return false;
}

static const char *addresses_text(struct mf_arena *arena, const struct mf_dns_answer *answer)
{
    const char *text = answer->count ? answer->records[0].address : mf_dns_status_name(answer->status);
    for (size_t i = 1; i < answer->count && i < 8; i++)
        text = mf_format(arena, "%s, %s", text, answer->records[i].address);
    return answer->count > 8 ? mf_format(arena, "%s and %zu more", text, answer->count - 8) : text;
}

static const struct mf_dns_answer *ask_address(struct mf_spf_walk *walk, const char *name)
{
    return mf_spf_ask(walk, name, walk->macros.is_v6 ? MF_DNS_AAAA : MF_DNS_A);
}

static struct mf_spf_matched match_a(struct mf_spf_walk *walk, const struct mf_spf_term *term, const char *target)
{
    const struct mf_dns_answer *answer = ask_address(walk, target);
    if (is_unknown(walk, answer))
        return (struct mf_spf_matched){.found = "not known yet"};
    if (answer->status != MF_DNS_OK && !is_void(answer))
        return trouble(walk, answer);
    return (struct mf_spf_matched){.match = is_among(walk, term, answer) ? MF_SPF_YES : MF_SPF_NO,
                                   .is_void = is_void(answer),
                                   .found = addresses_text(walk->arena, answer)};
}

static struct mf_spf_matched match_exists(struct mf_spf_walk *walk, const char *target)
{
    const struct mf_dns_answer *answer = mf_spf_ask(walk, target, MF_DNS_A); /* A, also for IPv6 clients */
    if (is_unknown(walk, answer))
        return (struct mf_spf_matched){.found = "not known yet"};
    if (answer->status != MF_DNS_OK && !is_void(answer))
        return trouble(walk, answer);
    return (struct mf_spf_matched){.match = answer->status == MF_DNS_OK ? MF_SPF_YES : MF_SPF_NO,
                                   .is_void = is_void(answer),
                                   .found = addresses_text(walk->arena, answer)};
}

static struct mf_spf_matched match_mx_hosts(struct mf_spf_walk *walk, const struct mf_spf_term *term,
                                            const struct mf_dns_answer *mx)
{
    struct mf_spf_matched matched = {.found =
                                         mf_format(walk->arena, "%zu MX host%s", mx->count, mx->count == 1 ? "" : "s")};
    bool all_void = true;
    for (size_t i = 0; i < mx->count; i++) {
        if (strcmp(mx->records[i].host, ".") == 0)
            continue; /* null MX (RFC 7505) */
        struct mf_spf_matched one = match_a(walk, term, mx->records[i].host);
        matched.found =
            mf_format(walk->arena, "%s; %s: %s", matched.found, mx->records[i].host, one.found ? one.found : one.why);
        if (one.match != MF_SPF_NO) {
            one.found = matched.found;
            return one;
        }
        all_void = all_void && one.is_void;
    }
    matched.is_void = all_void;
    return matched;
}

static struct mf_spf_matched match_mx(struct mf_spf_walk *walk, const struct mf_spf_term *term, const char *target)
{
    const struct mf_dns_answer *answer = mf_spf_ask(walk, target, MF_DNS_MX);
    if (is_unknown(walk, answer))
        return (struct mf_spf_matched){.found = "not known yet"};
    if (answer->status != MF_DNS_OK && !is_void(answer))
        return trouble(walk, answer);
    if (answer->count > HOSTS_MAX)
        return (struct mf_spf_matched){.match = MF_SPF_ERROR,
                                       .error = MF_SPF_PERMERROR,
                                       .cause = MF_SPF_TOO_MANY_LOOKUPS,
                                       .why = mf_format(walk->arena,
                                                        "%s has %zu MX hosts, and 10 is the limit (RFC 7208 4.6.4)",
                                                        target, answer->count)};
    if (is_void(answer))
        return (struct mf_spf_matched){.is_void = true, .found = mf_dns_status_name(answer->status)};
    return match_mx_hosts(walk, term, answer);
}

/* ------------------------------------------------------------------ ptr and %{p} */

static bool is_at_or_below(const char *name, const char *domain)
{
    size_t name_len = strlen(name), len = strlen(domain);
    if (name_len < len || !mf_same_nocase(name + name_len - len, domain))
        return false;
    return name_len == len || name[name_len - len - 1] == '.';
}

/* Does the name lead back to the client's address? Trouble counts as no (RFC 7208 5.5). */
static bool leads_back(struct mf_spf_walk *walk, const char *name)
{
    static const struct mf_spf_term exact = {.cidr4 = 32, .cidr6 = 128};
    const struct mf_dns_answer *answer = ask_address(walk, name);
    return !is_unknown(walk, answer) && answer->status == MF_DNS_OK && is_among(walk, &exact, answer);
}

static const struct mf_dns_answer *reverse(struct mf_spf_walk *walk)
{
    return mf_spf_ask(walk, mf_dns_reverse_name(walk->arena, walk->spf->ip), MF_DNS_PTR);
}

static struct mf_spf_matched match_ptr(struct mf_spf_walk *walk, const char *target)
{
    const struct mf_dns_answer *answer = reverse(walk);
    struct mf_spf_matched matched = {.is_void = is_void(answer), .found = mf_dns_status_name(answer->status)};
    if (is_unknown(walk, answer))
        matched.found = "not known yet";
    for (size_t i = 0; i < answer->count && i < HOSTS_MAX; i++) {
        const char *name = answer->records[i].host;
        bool is_there = is_at_or_below(name, target) && leads_back(walk, name);
        matched.found = mf_format(walk->arena, "%s%s%s", i ? matched.found : "", i ? ", " : "", name);
        if (is_there) {
            matched.match = MF_SPF_YES;
            return matched;
        }
    }
    return matched;
}

const char *mf_spf_validated_name(void *context, const char *domain)
{
    struct mf_spf_walk *walk = context;
    const char *best = "unknown";
    int best_rank = 0; /* the domain itself, below it, any */
    const struct mf_dns_answer *answer = reverse(walk);
    is_unknown(walk, answer);
    for (size_t i = 0; i < answer->count && i < HOSTS_MAX; i++) {
        const char *name = answer->records[i].host;
        int rank = mf_same_nocase(name, domain) ? 3 : is_at_or_below(name, domain) ? 2 : 1;
        if (rank > best_rank && leads_back(walk, name)) {
            best = name;
            best_rank = rank;
        }
    }
    return best;
}

/* ------------------------------------------------------------------ all of them */

static bool match_ip(const struct mf_spf_walk *walk, const struct mf_spf_term *term)
{
    bool is_v6 = term->kind == MF_SPF_IP6;
    return is_v6 == walk->macros.is_v6 && has_prefix(term->address, walk->macros.ip, is_v6 ? term->cidr6 : term->cidr4);
}

struct mf_spf_matched mf_spf_match(struct mf_spf_walk *walk, const struct mf_spf_term *term, const char *target)
{
    struct mf_spf_matched no = {.match = MF_SPF_NO}, yes = {.match = MF_SPF_YES};
    switch (term->kind) {
    case MF_SPF_ALL:
        return yes;
    case MF_SPF_IP4:
    case MF_SPF_IP6:
        return match_ip(walk, term) ? yes : no;
    case MF_SPF_A:
    case MF_SPF_MX:
    case MF_SPF_PTR:
    case MF_SPF_EXISTS:
        break;
    case MF_SPF_INCLUDE: /* the walk enters these itself */
    case MF_SPF_REDIRECT:
    case MF_SPF_EXP:
    case MF_SPF_OTHER_MODIFIER:
        return no;
    }
    if (!mf_spf_is_name(target)) {
        no.found = "can't be a domain name";
        return no;
    }
    return term->kind == MF_SPF_A     ? match_a(walk, term, target)
           : term->kind == MF_SPF_MX  ? match_mx(walk, term, target)
           : term->kind == MF_SPF_PTR ? match_ptr(walk, target)
                                      : match_exists(walk, target);
}
