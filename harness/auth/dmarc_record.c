/* DMARC policy records (RFC 9989 4.7, 4.8, 4.10.1). */
#include <stdlib.h>
#include <string.h>

#include "auth/dmarc_internal.h"

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static struct mf_bytes trim(struct mf_bytes text)
{
    while (text.len && is_blank(text.data[0]))
        text = (struct mf_bytes){text.data + 1, text.len - 1};
    while (text.len && is_blank(text.data[text.len - 1]))
        text.len--;
    return text;
}

/* Cuts the next "name=value" off; false at the end. A part without "=" has an empty name. */
static bool next_tag(struct mf_bytes *rest, struct mf_bytes *name, struct mf_bytes *value)
{
    if (rest->len == 0)
        return false;
    const char *end = memchr(rest->data, ';', rest->len);
    size_t len = end ? (size_t)(end - rest->data) : rest->len;
    struct mf_bytes part = {rest->data, len};
    const char *equals = memchr(part.data, '=', part.len);
    size_t before = equals ? (size_t)(equals - part.data) : 0;
    *name = trim((struct mf_bytes){part.data, before});
    *value = trim(equals ? (struct mf_bytes){equals + 1, part.len - before - 1} : part);
    len += end != NULL;
    *rest = (struct mf_bytes){rest->data + len, rest->len - len};
    return true;
}

static bool is_word(struct mf_bytes text, const char *word)
{
    return text.len == strlen(word) && mf_starts_nocase(text.data, word);
}

bool mf_dmarc_is_record(struct mf_bytes text)
{
    struct mf_bytes name, value;
    return next_tag(&text, &name, &value) && is_word(name, "v") && mf_bytes_equal(value, MF_BYTES("DMARC1"));
}

struct reading {
    struct mf_arena *arena;
    struct mf_dmarc_record *record;
    bool has_p, is_policy_invalid;
    const char *invalid_policy; /* "p=rejct" */
    unsigned seen;              /* known tags, by number */
    int count;
};

static void __attribute__((format(printf, 3, 4))) note(struct reading *r, const char *id, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    *MF_PUSH(r->arena, r->record->notes, r->record->note_count, r->record->note_capacity) =
        (struct mf_dmarc_note){id, mf_vformat(r->arena, format, args)};
    va_end(args);
}

static enum mf_dmarc_policy read_policy(struct reading *r, const char *tag, struct mf_bytes value)
{
    for (enum mf_dmarc_policy p = MF_DMARC_POLICY_NONE; p <= MF_DMARC_POLICY_REJECT; p++)
        if (is_word(value, mf_dmarc_policy_name(p)))
            return p;
    r->is_policy_invalid = true;
    r->invalid_policy = mf_format(r->arena, "%s=%.*s", tag, (int)value.len, value.data);
    return MF_DMARC_POLICY_UNSET;
}

/* One letter of a few; the default when it is none of them. */
static char read_letter(struct reading *r, const char *tag, struct mf_bytes value, const char *letters)
{
    char letter = value.len == 1 ? (char)mf_lower((unsigned char)value.data[0]) : '\0';
    if (letter && strchr(letters, letter))
        return letter;
    note(r, "tag-invalid", "%s=%.*s is not understood: the default %s=%c holds", tag, (int)value.len, value.data, tag,
         letters[0]);
    return letters[0];
}

static const char *read_uris(struct reading *r, const char *tag, struct mf_bytes value, bool *has_valid)
{
    struct mf_bytes rest = value;
    while (rest.len) {
        const char *comma = memchr(rest.data, ',', rest.len);
        size_t len = comma ? (size_t)(comma - rest.data) : rest.len;
        struct mf_bytes uri = trim((struct mf_bytes){rest.data, len});
        if (mf_dmarc_is_uri(uri))
            *has_valid = true;
        else
            note(r, "rua-invalid", "%s=%.*s is no URI (mailto:ADDRESS): no reports go there", tag, (int)uri.len,
                 uri.data);
        if (uri.len && memchr(uri.data, '!', uri.len))
            note(r, "history-tag", "the size limit behind \"!\" in %s is history and ignored (RFC 9989)", tag);
        len += comma != NULL;
        rest = (struct mf_bytes){rest.data + len, rest.len - len};
    }
    return mf_copy_bytes(r->arena, value.data, value.len);
}

static void read_pct(struct reading *r, struct mf_bytes value)
{
    const char *text = mf_copy_bytes(r->arena, value.data, value.len);
    char *end;
    long pct = strtol(text, &end, 10);
    if (*text && *end == '\0' && pct >= 0 && pct <= 100)
        r->record->pct = (int)pct;
    if (r->record->pct == 100)
        note(r, "history-tag", "pct=%s is history: RFC 9989 has no pct, and 100 changes nothing", text);
    else
        note(r, "history-tag",
             "pct=%s is history: RFC 9989 applies the policy to all mail, older receivers to %d %% of it "
             "(t=y is today's way to test)",
             text, r->record->pct);
}

static const char *const known[] = {"v",   "p",   "sp", "np",  "adkim", "aspf", "fo",
                                    "rua", "ruf", "t",  "psd", "pct",   "rf",   "ri"};
enum {
    TAG_V,
    TAG_P,
    TAG_SP,
    TAG_NP,
    TAG_ADKIM,
    TAG_ASPF,
    TAG_FO,
    TAG_RUA,
    TAG_RUF,
    TAG_T,
    TAG_PSD,
    TAG_PCT,
    TAG_RF,
    TAG_RI,
    TAG_COUNT
};

static void take(struct reading *r, int tag, struct mf_bytes value)
{
    struct mf_dmarc_record *record = r->record;
    bool unused = false;
    switch (tag) {
    case TAG_P:
        r->has_p = true;
        record->p = read_policy(r, "p", value);
        if (r->count != 1)
            note(r, "p-late", "p= is not the first tag behind v=DMARC1: receivers of RFC 7489 may ignore the record");
        break;
    case TAG_SP:
        record->sp = read_policy(r, "sp", value);
        break;
    case TAG_NP:
        record->np = read_policy(r, "np", value);
        break;
    case TAG_ADKIM:
        record->strict_dkim = read_letter(r, "adkim", value, "rs") == 's';
        break;
    case TAG_ASPF:
        record->strict_spf = read_letter(r, "aspf", value, "rs") == 's';
        break;
    case TAG_T:
        record->test = read_letter(r, "t", value, "ny") == 'y';
        break;
    case TAG_PSD:
        record->psd = read_letter(r, "psd", value, "uyn");
        break;
    case TAG_RUA:
        record->rua = read_uris(r, "rua", value, &record->has_valid_rua);
        break;
    case TAG_RUF:
        record->ruf = read_uris(r, "ruf", value, &unused);
        break;
    case TAG_PCT:
        read_pct(r, value);
        break;
    case TAG_RF:
    case TAG_RI:
        note(r, "history-tag", "%s= is history and ignored (RFC 9989)", known[tag]);
        break;
    }
}

static void take_part(struct reading *r, struct mf_bytes name, struct mf_bytes value)
{
    int tag = 0;
    if (name.len == 0 && value.len == 0)
        return; /* ";;" or the final ";" */
    while (tag < TAG_COUNT && !is_word(name, known[tag]))
        tag++;
    if (name.len == 0)
        note(r, "tag-invalid", "\"%.*s\" is no tag=value", (int)value.len, value.data);
    else if (tag == TAG_COUNT)
        note(r, "unknown-tag", "the tag \"%.*s\" is unknown and ignored", (int)name.len, name.data);
    else if (r->seen & 1u << tag)
        note(r, "tag-twice", "%s= stands there twice: the first holds, other receivers may ignore the record",
             known[tag]);
    else
        take(r, tag, value);
    r->seen |= tag < TAG_COUNT ? 1u << tag : 0;
    r->count++;
}

/* RFC 9989 4.7 (p is not there: none) and 4.10.1 (p, sp or np can't be understood). */
static void settle(struct reading *r)
{
    struct mf_dmarc_record *record = r->record;
    record->is_usable = true;
    if (r->is_policy_invalid) {
        record->is_usable = record->has_valid_rua;
        record->p = MF_DMARC_POLICY_NONE;
        record->sp = record->np = MF_DMARC_POLICY_UNSET;
        record->why =
            record->is_usable
                ? NULL
                : mf_format(r->arena, "\"%s\" is no policy (none, quarantine or reject): the record does not count",
                            r->invalid_policy);
        note(r, "policy-invalid", "\"%s\" is no policy (none, quarantine or reject): %s", r->invalid_policy,
             record->is_usable ? "the record counts as p=none" : "the record does not count");
    } else if (!r->has_p) {
        record->p = MF_DMARC_POLICY_NONE;
        note(r, "p-missing", "p= is missing, which counts as p=none%s",
             record->has_valid_rua ? "" : "; receivers of RFC 7489 ignore the record");
    }
    if (!record->rua)
        note(r, "no-rua", "without rua= nobody reports what fails: you are blind");
    if (record->test)
        note(r, "test-mode", "t=y asks receivers to do one step less than the policy says");
}

const struct mf_dmarc_record *mf_dmarc_parse(struct mf_arena *arena, const char *domain, struct mf_bytes text)
{
    struct mf_dmarc_record *record = mf_alloc(arena, sizeof *record);
    struct reading r = {.arena = arena, .record = record};
    struct mf_bytes rest = text, name, value;
    record->domain = mf_dmarc_domain(arena, domain);
    record->name = mf_format(arena, "_dmarc.%s", record->domain);
    record->text = mf_copy_bytes(arena, text.data, text.len);
    record->psd = 'u';
    record->pct = 100;
    if (!mf_dmarc_is_record(text)) {
        record->why = "it does not begin with v=DMARC1";
        return record;
    }
    while (next_tag(&rest, &name, &value))
        take_part(&r, name, value);
    settle(&r);
    return record;
}
