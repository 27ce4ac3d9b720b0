/* DMARC records that are not as they must be, told: TXT records that were meant as one, records at other
 * names, and what differs from the site's tag by tag. */
#include <string.h>

#include "check/dns_internal.h"
#include "mailflow/dmarc.h"
#include "mailflow/pasted.h"

#define FAULTS_SHOWN 500 /* characters: of a record full of them the first are enough */

/* --- meant as one --- */

static bool looks_like(struct mf_arena *arena, struct mf_bytes text)
{
    const char *plain = mf_pasted_plain(arena, text);
    bool policy = strcasestr(plain, "p=none") || strcasestr(plain, "p=quarantine") || strcasestr(plain, "p=reject");
    return strcasestr(plain, "dmarc") || (policy && !mf_starts_nocase(plain, "v=spf1"));
}

const struct mf_dns_record *mf_dns_dmarc_alike(struct mf_arena *arena, const struct mf_dns_answer *answer)
{
    for (size_t i = 0; i < answer->count; i++)
        if (looks_like(arena, answer->records[i].text))
            return &answer->records[i];
    return NULL;
}

/* RFC 9989 4.7: "v=DMARC1" exactly, first, and then a semicolon. */
const char *mf_dns_dmarc_why_not(struct mf_arena *arena, const struct mf_dns_record *record)
{
    const char *text = mf_copy_bytes(arena, record->text.data, record->text.len), *version = strstr(text, "v=DMARC1");
    const char *odd = mf_pasted_odd(arena, record->text), *behind = version ? version + 8 : "";
    if (text[0] == '"' || strchr(text, '\\'))
        return "quotes or backslashes were pasted into the value; they belong to a zone file, not to a panel's field";
    if (odd)
        return mf_format(arena, "%s was pasted in with it", odd);
    if (!version && strcasestr(text, "v=DMARC1"))
        return "DMARC1 must be in upper case";
    if (!version)
        return mf_format(arena, "it begins with \"%.10s\", not with v=DMARC1", text);
    if (version > text)
        return mf_format(arena, "v=DMARC1 must come first, and \"%.*s\" stands before it", (int)(version - text), text);
    behind += strspn(behind, " ");
    if (*behind == ',')
        return "tags are parted by \";\", not by \",\"";
    return "a \";\" is missing behind v=DMARC1";
}

/* --- at another name --- */

const char *mf_dns_dmarc_elsewhere(struct mf_dns_case *at, const char **hint)
{
    struct mf_arena *arena = at->view->arena;
    const char *domain = at->view->domain;
    const struct {
        const char *name, *hint;
    } places[] = {
        {mf_format(arena, "_dmarc.%s.%s", domain, domain),
         "The panel has appended the domain: enter the name as \"_dmarc\" only."},
        {domain, "Enter the name \"_dmarc\" in the panel, not \"@\", and delete the one at the domain itself."},
        {mf_format(arena, "dmarc.%s", domain), "The name begins with an underscore: \"_dmarc\"."},
        {mf_format(arena, "_dmarc._dmarc.%s", domain), "The panel has put _dmarc before the name by itself."},
        {mf_format(arena, "_dmarc.www.%s", domain), "It must be at the domain of the addresses, not at www."},
        {mf_format(arena, "_dmarc.mail.%s", domain),
         "It must be at the domain of the addresses, not at the mail server."},
    };
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        const struct mf_dns_answer *answer = mf_dns_view_ask(at->view, places[i].name, MF_DNS_TXT);
        for (size_t k = 0; answer->status == MF_DNS_OK && k < answer->count; k++)
            if (mf_dmarc_is_record(answer->records[k].text)) {
                *hint = places[i].hint;
                return places[i].name;
            }
    }
    return NULL;
}

/* --- tag by tag --- */

struct tag {
    const char *name, *value;
};

static size_t tags_of(struct mf_arena *arena, const char *text, struct tag *tags, size_t max)
{
    size_t count = 0;
    for (const char *at = text; *at && count < max;) {
        size_t len = strcspn(at, ";");
        const char *part = mf_pasted_plain(arena, (struct mf_bytes){at, len}), *equals = strchr(part, '=');
        if (equals)
            tags[count++] = (struct tag){mf_dns_squeeze(arena, (struct mf_bytes){part, (size_t)(equals - part)}),
                                         mf_copy(arena, equals + 1 + strspn(equals + 1, " "))};
        at += len + (at[len] == ';');
    }
    return count;
}

static const char *value_in(const struct tag *tags, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (mf_same_nocase(tags[i].name, name))
            return tags[i].value;
    return NULL;
}

const char *mf_dns_dmarc_differences(struct mf_arena *arena, const char *found, const char *expected)
{
    struct tag is[32], wanted[32];
    size_t is_count = tags_of(arena, found, is, 32), wanted_count = tags_of(arena, expected, wanted, 32);
    const char *text = "";
    for (size_t i = 0; i < is_count; i++) {
        const char *value = value_in(wanted, wanted_count, is[i].name), *comma = *text ? ", " : "";
        if (!value)
            text = mf_format(arena, "%s%s%s=%s is added", text, comma, is[i].name, is[i].value);
        else if (!mf_same_nocase(mf_dns_squeeze(arena, mf_bytes_of(value)),
                                 mf_dns_squeeze(arena, mf_bytes_of(is[i].value))))
            text = mf_format(arena, "%s%s%s=%s in place of %s=%s", text, comma, is[i].name, is[i].value, is[i].name,
                             value);
    }
    for (size_t i = 0; i < wanted_count; i++)
        if (!value_in(is, is_count, wanted[i].name))
            text = mf_format(arena, "%s%s%s=%s is missing", text, *text ? ", " : "", wanted[i].name, wanted[i].value);
    return text;
}

/* Notes on tags that do not do what they seem to. */
const char *mf_dns_dmarc_faults(struct mf_arena *arena, const struct mf_dmarc_record *record)
{
    static const char *const ids[] = {"rua-invalid",    "tag-invalid", "tag-twice", "unknown-tag",
                                      "policy-invalid", "p-missing",   "p-late"};
    const char *text = "";
    for (size_t i = 0; i < record->note_count && strlen(text) < FAULTS_SHOWN; i++)
        for (size_t k = 0; k < sizeof ids / sizeof *ids; k++)
            if (mf_same(record->notes[i].id, ids[k]))
                text = mf_format(arena, "%s %s", text, mf_dns_sentence(arena, record->notes[i].text));
    return text;
}

/* " In this run DMARC passed for 5 messages and failed for 1." */
static const char *of_this_run(struct mf_dns_case *at)
{
    const struct mf_facts *facts = at->view->context->facts;
    size_t passed = 0, failed = 0;
    for (size_t i = 0; i < facts->count; i++) {
        passed += mf_same(facts->items[i].id, "dmarc.pass");
        failed += mf_same(facts->items[i].id, "dmarc.fail");
    }
    return passed + failed
               ? mf_format(at->view->arena, " In this run DMARC passed for %zu message%s and failed for %zu.", passed,
                           passed == 1 ? "" : "s", failed)
               : "";
}

const char *mf_dns_dmarc_danger(struct mf_dns_case *at, const struct mf_dmarc_record *record)
{
    const struct mf_dmarc_record *expected =
        mf_dmarc_parse(at->view->arena, at->view->domain, mf_bytes_of(at->table->dmarc));
    if (record->p <= expected->p || record->p == MF_DMARC_POLICY_NONE)
        return "";
    return mf_format(at->view->arena,
                     " p=%s asks receivers to %s all mail of %s for which neither SPF nor DKIM passes and aligns: a "
                     "sender that was forgotten loses its mail.%s",
                     mf_dmarc_policy_name(record->p), record->p == MF_DMARC_POLICY_REJECT ? "refuse" : "put into junk",
                     at->view->domain, of_this_run(at));
}

/* rua= with "mailto:" put before a bare address, or a comma between two, when that is what is wrong; NULL: it is not.
 */
const char *mf_dns_dmarc_with_mailto(struct mf_arena *arena, const char *text)
{
    const char *at = strcasestr(text, "rua="), *value = at ? at + 4 + strspn(at + 4, " ") : NULL;
    size_t len = value ? strcspn(value, ",; ") : 0;
    if (len && value[len] == ' ' && strchr(value + len, '@')) /* several, parted by blanks */
        return mf_format(arena, "%.*s,%s", (int)(value + len - text), text, value + len + strspn(value + len, " "));
    if (!len || !memchr(value, '@', len) || memchr(value, ':', len))
        return NULL;
    return mf_format(arena, "%.*smailto:%s", (int)(value - text), text, value);
}
