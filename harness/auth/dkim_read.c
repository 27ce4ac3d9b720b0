/* A DKIM-Signature field read (RFC 6376 3.5), and what its own words rule out (6.1.1, RFC 8301). */
#include <limits.h>
#include <string.h>

#include "auth/dkim_internal.h"

void mf_dkim_settle(struct mf_dkim_work *work, enum mf_dkim_result result, enum mf_dkim_cause cause, const char *why)
{
    if (work->settled)
        return;
    work->settled = true;
    work->told->result = result;
    work->told->cause = cause;
    work->told->why = why;
}

static void refuse(struct mf_dkim_work *work, const char *why)
{
    mf_dkim_settle(work, MF_DKIM_PERMERROR, MF_DKIM_SYNTAX, why);
}

static const char *text_of(const struct mf_tags *tags, const char *name)
{
    const char *value = mf_tags_value(tags, name);
    return value ? value : "";
}

static bool is_domain(const char *domain)
{
    size_t len = strlen(domain), label = 0;
    if (len == 0 || len > 253)
        return false;
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)domain[i];
        if (c <= ' ' || c >= 127 || c == '@' || c == '/' || c == '\\')
            return false;
        label = c == '.' ? 0 : label + 1;
        if (label > 63 || (c == '.' && (i == 0 || domain[i - 1] == '.')))
            return false;
    }
    return true;
}

/* Both with A-labels. */
static bool same_or_below(const char *domain, const char *parent)
{
    if (mf_same_nocase(domain, parent))
        return true;
    size_t len = strlen(domain), parent_len = strlen(parent);
    return len > parent_len + 1 && domain[len - parent_len - 1] == '.' && mf_ends_nocase(domain, parent);
}

static void require_tags(struct mf_arena *arena, struct mf_dkim_work *work)
{
    static const char *const required[] = {"v", "a", "b", "bh", "d", "h", "s"};
    for (size_t i = 0; i < sizeof required / sizeof *required; i++) {
        const char *value = mf_tags_value(&work->tags, required[i]);
        if (!value || *value == '\0')
            refuse(work, mf_format(arena, "%s= is %s", required[i], value ? "empty" : "missing"));
    }
    if (strcmp(text_of(&work->tags, "v"), "1") != 0)
        refuse(work, "v= is not 1");
}

static void read_algorithm(struct mf_arena *arena, struct mf_dkim_work *work)
{
    const char *algorithm = work->told->algorithm;
    work->digest_kind = MF_DIGEST_SHA256;
    if (strcmp(algorithm, "rsa-sha256") == 0) {
        work->key_type = MF_KEY_RSA;
    } else if (strcmp(algorithm, "ed25519-sha256") == 0) {
        work->key_type = MF_KEY_ED25519;
    } else if (strcmp(algorithm, "rsa-sha1") == 0) {
        work->digest_kind = MF_DIGEST_SHA1;
    } else {
        refuse(work, mf_format(arena, "a=%.40s is unknown", algorithm));
    }
}

static void read_canonicalization(struct mf_arena *arena, struct mf_dkim_work *work)
{
    const char *words = mf_tags_value(&work->tags, "c");
    if (!mf_canon_parse(words ? words : "simple/simple", &work->canon_header, &work->canon_body))
        refuse(work, mf_format(arena, "c=%.40s is unknown", words));
    work->told->canon_header = mf_canon_name(work->canon_header);
    work->told->canon_body = mf_canon_name(work->canon_body);
}

static void read_identity(struct mf_arena *arena, struct mf_dkim_work *work)
{
    struct mf_dkim_signature *told = work->told;
    if (*told->domain && !is_domain(work->domain))
        refuse(work, "d= is no domain name");
    if (*told->selector && !is_domain(mf_domain_ascii(arena, told->selector)))
        refuse(work, "s= is no selector");
    const char *identity = mf_tags_value(&work->tags, "i");
    told->identity = identity ? mf_tags_unquote(arena, identity) : mf_format(arena, "@%s", told->domain);
    const char *at = strrchr(told->identity, '@');
    work->identity_domain = at ? mf_domain_ascii(arena, at + 1) : "";
    if (!at || !same_or_below(work->identity_domain, work->domain))
        refuse(work, mf_format(arena, "i=%.80s is not in d=%.80s", told->identity, told->domain));
}

/* t=, x=, l=: digits only. */
static bool read_number(struct mf_arena *arena, struct mf_dkim_work *work, const char *name, long long *number)
{
    const char *value = mf_tags_value(&work->tags, name);
    if (!value)
        return false;
    if (mf_tags_number(value, number))
        return true;
    refuse(work, mf_format(arena, "%s=%.40s is no number", name, value));
    return false;
}

static mf_usec in_usec(long long seconds)
{
    return seconds > MF_NEVER / MF_SECOND ? MF_NEVER : seconds * MF_SECOND;
}

static void read_numbers(struct mf_arena *arena, struct mf_dkim_work *work)
{
    struct mf_dkim_signature *told = work->told;
    long long number;
    told->body_limit = -1;
    if (read_number(arena, work, "l", &number))
        told->body_limit = number;
    if (read_number(arena, work, "t", &number))
        told->signed_at = in_usec(number);
    if (read_number(arena, work, "x", &number))
        told->expires_at = in_usec(number);
    if (told->expires_at && told->signed_at && told->expires_at < told->signed_at)
        refuse(work, "x= is before t=");
}

static void read_query(struct mf_arena *arena, struct mf_dkim_work *work)
{
    const char *query = mf_tags_value(&work->tags, "q");
    if (query && !mf_tags_list_has(query, "dns/txt"))
        refuse(work, mf_format(arena, "q=%.40s: no way to the key that is known", query));
}

static size_t count_names(const struct mf_dkim_signature *told, const char *name)
{
    size_t count = 0;
    for (size_t i = 0; i < told->signed_header_count; i++)
        count += mf_same_nocase(told->signed_headers[i], name);
    return count;
}

static void read_names(struct mf_arena *arena, const struct mf_message *message, struct mf_dkim_work *work)
{
    struct mf_dkim_signature *told = work->told;
    told->signed_headers = mf_tags_list(arena, text_of(&work->tags, "h"), &told->signed_header_count);
    if (told->signed_header_count > MF_DKIM_MAX_NAMES)
        refuse(work, "h= names more fields than any mail has");
    told->covers_subject = count_names(told, "Subject") > 0;
    told->covers_date = count_names(told, "Date") > 0;
    told->covers_message_id = count_names(told, "Message-ID") > 0;
    told->covers_to = count_names(told, "To") > 0;
    told->covers_content_type = count_names(told, "Content-Type") > 0;
    told->oversigns_from = count_names(told, "From") > mf_message_header_count(message, "From");
    if (count_names(told, "From") == 0)
        mf_dkim_settle(work, MF_DKIM_PERMERROR, MF_DKIM_FROM_UNSIGNED, "h= does not name From");
}

static void decode(struct mf_arena *arena, struct mf_dkim_work *work)
{
    if (mf_base64_decode(arena, mf_bytes_of(mf_tags_squeeze(arena, text_of(&work->tags, "b"))), &work->b) != 0)
        refuse(work, "b= is not base64");
    if (mf_base64_decode(arena, mf_bytes_of(mf_tags_squeeze(arena, text_of(&work->tags, "bh"))), &work->bh) != 0)
        refuse(work, "bh= is not base64");
}

/* The one address of From, or NULL: alignment and RFC 6376 6.1.1 need it. */
static const char *from_address(struct mf_arena *arena, const struct mf_message *message)
{
    const struct mf_header *from = mf_message_header(message, "From", 0);
    size_t count = 0;
    const char **addresses = from ? mf_header_addresses(arena, mf_header_text(arena, from, false), &count) : NULL;
    return count ? addresses[0] : NULL;
}

static void compare_with_from(struct mf_arena *arena, const struct mf_message *message, struct mf_dkim_work *work)
{
    const char *address = from_address(arena, message);
    const char *domain = address ? mf_domain_ascii(arena, mf_address_domain(address)) : "";
    if (mf_message_header_count(message, "From") > 1)
        mf_dkim_settle(work, MF_DKIM_PERMERROR, MF_DKIM_SECOND_FROM, "the message has a second From field");
    if (!*domain)
        refuse(work, "the message has no From with an address");
    work->told->aligned_strict = *domain && mf_same_nocase(work->domain, domain);
    work->told->aligned_relaxed =
        *domain && *work->domain && (same_or_below(domain, work->domain) || same_or_below(work->domain, domain));
}

#define CLOCK_DRIFT (300 * MF_SECOND) /* signers' clocks may be off by that much, as libopendkim allows */

static void check_time(struct mf_arena *arena, struct mf_dkim_work *work, mf_usec now)
{
    struct mf_dkim_signature *told = work->told;
    char when[64];
    if (told->expires_at && told->expires_at != MF_NEVER && now > told->expires_at + CLOCK_DRIFT)
        mf_dkim_settle(work, MF_DKIM_PERMERROR, MF_DKIM_EXPIRED,
                       mf_format(arena, "expired at %s (x=)", mf_date_rfc3339(told->expires_at, when, sizeof when)));
    if (told->signed_at == MF_NEVER || told->signed_at > now + CLOCK_DRIFT)
        mf_dkim_settle(work, MF_DKIM_PERMERROR, MF_DKIM_FUTURE,
                       told->signed_at == MF_NEVER ? "signed in the future (t=)"
                                                   : mf_format(arena, "signed in the future, at %s (t=)",
                                                               mf_date_rfc3339(told->signed_at, when, sizeof when)));
}

void mf_dkim_read(struct mf_arena *arena, const struct mf_message *message, size_t header_index, mf_usec now,
                  struct mf_dkim_work *work)
{
    struct mf_dkim_signature *told = mf_alloc(arena, sizeof *told);
    *work = (struct mf_dkim_work){.told = told, .field = &message->headers[header_index]};
    told->header_index = header_index;
    work->tags = mf_tags_parse(arena, work->field->value);
    told->domain = text_of(&work->tags, "d");
    told->selector = text_of(&work->tags, "s");
    told->algorithm = text_of(&work->tags, "a");
    told->body_hash = mf_tags_squeeze(arena, text_of(&work->tags, "bh"));
    work->domain = mf_domain_ascii(arena, told->domain);
    told->key_name = mf_format(arena, "%s._domainkey.%s", mf_domain_ascii(arena, told->selector), work->domain);
    if (work->tags.why)
        refuse(work, mf_format(arena, "the field is no list of tags: %s", work->tags.why));
    require_tags(arena, work);
    read_algorithm(arena, work);
    read_canonicalization(arena, work);
    read_identity(arena, work);
    read_numbers(arena, work);
    read_query(arena, work);
    read_names(arena, message, work);
    decode(arena, work);
    compare_with_from(arena, message, work);
    check_time(arena, work, now);
    if (work->digest_kind == MF_DIGEST_SHA1)
        mf_dkim_settle(work, MF_DKIM_PERMERROR, MF_DKIM_SHA1, "rsa-sha1 is not valid any more (RFC 8301)");
}
