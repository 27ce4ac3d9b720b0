/* A DKIM key record (RFC 6376 3.6.1, RFC 8463): parsed and checked. */
#include <string.h>

#include "auth/crypto.h"
#include "auth/tags.h"
#include "mailflow/dkim.h"
#include "mailflow/message.h"
#include "mailflow/pasted.h"

/* What people really paste into a panel: told by what it looks like, before the grammar complains. */
static const char *pasted_badly(struct mf_arena *arena, struct mf_bytes record)
{
    for (size_t i = 0; i < record.len; i++)
        if ((unsigned char)record.data[i] >= 127)
            return mf_format(arena, "it holds %s",
                             mf_pasted_odd(arena, (struct mf_bytes){record.data + i, record.len - i}));
    if (memchr(record.data, '"', record.len))
        return "quotes inside the record: they belong to the zone file, not to the value";
    if (memchr(record.data, '\\', record.len))
        return "backslashes inside the record: paste it without \"\\;\"";
    return NULL;
}

static bool holds(struct mf_bytes text, const char *word)
{
    return text.len && memmem(text.data, text.len, word, strlen(word)) != NULL;
}

static bool version_fits(const struct mf_tags *tags)
{
    const char *version = mf_tags_value(tags, "v");
    return !version || (strcmp(version, "DKIM1") == 0 && strcmp(tags->items[0].name, "v") == 0);
}

/* "P" of "P=": taken for p= by people, not by receivers. */
static const char *capital_tag(const struct mf_tags *tags)
{
    const struct mf_tag *tag = mf_tags_find(tags, "P");
    return tag ? tag->name : NULL;
}

static bool type_known(const char *type)
{
    return strcmp(type, "rsa") == 0 || strcmp(type, "ed25519") == 0;
}

/* The first thing that makes the record unusable, or NULL. Fills in what it learns on the way. */
static const char *examine(struct mf_arena *arena, struct mf_dkim_key *key, const struct mf_tags *tags)
{
    const char *version = mf_tags_value(tags, "v");
    if (version && !mf_starts_nocase(version, "DKIM"))
        return mf_format(arena, "it is a v=%.*s record, and no DKIM key (v=DKIM1)", (int)strcspn(version, " "),
                         version);
    if (key->is_line)
        return "the whole line of a zone file was pasted: only what stands behind TXT belongs there, without quotes";
    if (tags->why && !key->p && key->has_bare_key)
        return "\"p=\" is missing before the key";
    if (tags->why)
        return mf_format(arena, "not a list of tags: %s", tags->why);
    if (!version_fits(tags))
        return mf_same(mf_tags_value(tags, "v"), "DKIM1")
                   ? "v=DKIM1 must come first"
                   : mf_format(arena, "v=%.20s must be DKIM1, in upper case", mf_tags_value(tags, "v"));
    if (!type_known(key->type))
        return mf_format(arena, "k=%.40s is unknown (rsa, ed25519)", key->type);
    const char *capital = key->p ? NULL : capital_tag(tags);
    if (capital)
        return mf_format(arena, "there is no p=: tags are in lower case, and \"%s=\" is another", capital);
    if (!key->p)
        return "there is no p=: the key itself is missing";
    if (key->revoked)
        return "p= is empty: the key is revoked";
    if (strstr(key->p, "BEGINPUBLICKEY"))
        return "the lines BEGIN PUBLIC KEY and END PUBLIC KEY were pasted into p=: only what stands between them "
               "belongs there";
    if (mf_base64_decode(arena, mf_bytes_of(key->p), &key->der) != 0)
        return "p= is damaged: not base64 (cut, or something was put in between)";
    enum mf_key_type type = strcmp(key->type, "ed25519") == 0 ? MF_KEY_ED25519 : MF_KEY_RSA;
    const char *why;
    key->bits = mf_public_key_bits(arena, type, key->der, &why);
    return why;
}

const struct mf_dkim_key *mf_dkim_key_parse(struct mf_arena *arena, struct mf_bytes record)
{
    struct mf_dkim_key *key = mf_alloc(arena, sizeof *key);
    key->type = "rsa";
    key->why = record.len ? pasted_badly(arena, record) : "the record is empty";
    struct mf_tags tags = mf_tags_parse(arena, record);
    key->is_line = holds(record, "IN TXT") || holds(record, "_domainkey");
    key->has_bare_key = holds(record, "MII");
    const char *type = mf_tags_value(&tags, "k"), *p = mf_tags_value(&tags, "p"), *flags = mf_tags_value(&tags, "t");
    if (type)
        key->type = type;
    if (p)
        key->p = mf_tags_squeeze(arena, p);
    key->revoked = key->p && key->p[0] == '\0';
    key->test = mf_tags_list_has(flags, "y");
    key->strict = mf_tags_list_has(flags, "s");
    key->hashes = mf_tags_value(&tags, "h");
    key->services = mf_tags_value(&tags, "s");
    if (!key->why)
        key->why = examine(arena, key, &tags);
    key->good = !key->why;
    return key;
}
