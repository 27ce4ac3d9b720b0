/* From selector and domain to a key that may be used (RFC 6376 6.1.2), through the given resolver. */
#include <string.h>

#include "auth/dkim_internal.h"

static void told_permerror(struct mf_dkim_work *work, enum mf_dkim_cause cause, const char *why)
{
    mf_dkim_settle(work, MF_DKIM_PERMERROR, cause, why);
}

static bool looks_like_key(struct mf_bytes text)
{
    if (text.len > 8 && memcmp(text.data, "v=DMARC1", 8) == 0)
        return false;
    for (size_t i = 0; i + 1 < text.len; i++)
        if (text.data[i] == 'p' && text.data[i + 1] == '=' && (i == 0 || strchr(" \t;\"", text.data[i - 1])))
            return true;
    return false;
}

/* The one record that is a key; more than one is undefined (RFC 6376 3.6.2.2). Others at that name
 * (a wildcard's SPF record) are passed over, unless there is nothing else. */
static const struct mf_dns_record *the_key(const struct mf_dns_answer *answer, size_t *keys)
{
    const struct mf_dns_record *key = NULL;
    *keys = 0;
    for (size_t i = 0; i < answer->count; i++)
        if (looks_like_key(answer->records[i].text) && (*keys)++ == 0)
            key = &answer->records[i];
    return key ? key : &answer->records[0];
}

/* A panel that appends the domain by itself makes x._domainkey.example.com.example.com. */
static bool look_for_doubled_name(struct mf_arena *arena, struct mf_dns *dns, mf_usec deadline,
                                  struct mf_dkim_work *work)
{
    struct mf_dkim_signature *told = work->told;
    const char *doubled = mf_format(arena, "%s.%s", told->key_name, work->domain);
    if (strlen(doubled) > 253)
        return true;
    const struct mf_dns_answer *answer = mf_dns_ask(dns, arena, doubled, MF_DNS_TXT, deadline);
    if (answer->status == MF_DNS_OK && answer->count && looks_like_key(answer->records[0].text)) {
        told->key_elsewhere = doubled;
        told->why =
            mf_format(arena, "no key at %s, but one at %s: the domain was appended twice", told->key_name, doubled);
    }
    return answer->status != MF_DNS_UNKNOWN;
}

static void check_fitness(struct mf_arena *arena, struct mf_dkim_work *work)
{
    const struct mf_dkim_key *key = work->key;
    struct mf_dkim_signature *told = work->told;
    const char *wanted = work->key_type == MF_KEY_ED25519 ? "ed25519" : "rsa";
    const char *hash = work->digest_kind == MF_DIGEST_SHA1 ? "sha1" : "sha256";
    if (strcmp(key->type, wanted) != 0)
        told_permerror(work, MF_DKIM_KEY_UNFIT,
                       mf_format(arena, "a=%s, but the key is k=%s", told->algorithm, key->type));
    if (key->hashes && !mf_tags_list_has(key->hashes, hash))
        told_permerror(work, MF_DKIM_KEY_UNFIT, mf_format(arena, "the key forbids %s (h=%.40s)", hash, key->hashes));
    if (key->services && !mf_tags_list_has(key->services, "*") && !mf_tags_list_has(key->services, "email"))
        told_permerror(work, MF_DKIM_KEY_UNFIT, mf_format(arena, "the key is not for mail (s=%.40s)", key->services));
    if (key->strict && !mf_same_nocase(work->identity_domain, work->domain))
        told_permerror(work, MF_DKIM_KEY_UNFIT,
                       mf_format(arena, "the key allows no subdomains (t=s), but i=%.80s", told->identity));
    if (work->key_type == MF_KEY_RSA && key->bits < 1024)
        mf_dkim_settle(work, MF_DKIM_POLICY, MF_DKIM_WEAK_KEY,
                       mf_format(arena, "the key has %d bits; below 1024 is not valid (RFC 8301)", key->bits));
}

static void take_key(struct mf_arena *arena, const struct mf_dns_answer *answer, struct mf_dkim_work *work)
{
    size_t keys;
    const struct mf_dns_record *record = the_key(answer, &keys);
    struct mf_dkim_signature *told = work->told;
    told->key_record = mf_copy_bytes(arena, record->text.data, record->text.len);
    if (keys > 1)
        told_permerror(work, MF_DKIM_KEY_MULTIPLE,
                       mf_format(arena, "%zu keys at %s: only one may be there", keys, told->key_name));
    const struct mf_dkim_key *key = mf_dkim_key_parse(arena, record->text);
    told->key_bits = key->bits;
    told->key_test = key->test;
    if (key->revoked)
        told_permerror(work, MF_DKIM_KEY_REVOKED,
                       mf_format(arena, "the key at %s is revoked (p= is empty)", told->key_name));
    if (!key->good) {
        told_permerror(work, MF_DKIM_KEY_BROKEN, mf_format(arena, "the key at %s: %s", told->key_name, key->why));
        return;
    }
    work->key = key;
    check_fitness(arena, work);
}

bool mf_dkim_find_key(struct mf_arena *arena, struct mf_dns *dns, mf_usec deadline, struct mf_dkim_work *work)
{
    struct mf_dkim_signature *told = work->told;
    const struct mf_dns_answer *answer = mf_dns_ask(dns, arena, told->key_name, MF_DNS_TXT, deadline);
    switch (answer->status) {
    case MF_DNS_OK:
        if (answer->count) {
            take_key(arena, answer, work);
            return true;
        }
        /* fall through */
    case MF_DNS_NODATA:
    case MF_DNS_NXDOMAIN:
        told_permerror(work, MF_DKIM_KEY_MISSING, mf_format(arena, "no key at %s", told->key_name));
        return look_for_doubled_name(arena, dns, deadline, work);
    case MF_DNS_SERVFAIL:
    case MF_DNS_TIMEOUT:
    case MF_DNS_BOGUS:
        mf_dkim_settle(work, MF_DKIM_TEMPERROR, MF_DKIM_KEY_UNREACHABLE,
                       mf_format(arena, "DNS could not say whether there is a key at %s: %s%s%s", told->key_name,
                                 mf_dns_status_name(answer->status), answer->why ? ", " : "",
                                 answer->why ? answer->why : ""));
        return true;
    case MF_DNS_UNKNOWN:
        break;
    }
    mf_dkim_settle(work, MF_DKIM_TEMPERROR, MF_DKIM_NEED_MORE,
                   mf_format(arena, "%s was not looked up yet", told->key_name));
    return false;
}
