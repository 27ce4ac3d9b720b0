/* Authentication-Results and its kin, field by field. */
#include "mailflow/authres.h"

#include <string.h>

#include "message/authres_internal.h"

static const struct {
    const char *name;
    enum mf_authres_dialect dialect;
} fields[] = {
    {"Authentication-Results", MF_AUTHRES_STANDARD},   {"ARC-Authentication-Results", MF_AUTHRES_STANDARD},
    {"X-TM-Authentication-Results", MF_AUTHRES_TREND}, {"X-TM-Received-SPF", MF_AUTHRES_TREND},
    {"Received-SPF", MF_AUTHRES_RECEIVED_SPF},
};

static enum mf_authres_dialect dialect_of(const char *field)
{
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (mf_same_nocase(fields[i].name, field))
            return fields[i].dialect;
    return MF_AUTHRES_STANDARD;
}

struct mf_authres_result *mf_authres_add(struct mf_authres_reader *reader, const char *method, const char *result)
{
    struct mf_authres *told = reader->told;
    if (told->count >= MF_AUTHRES_MAX)
        return NULL;
    struct mf_authres_result *added = MF_PUSH(reader->arena, told->results, told->count, told->capacity);
    added->method = mf_lower_copy(reader->arena, mf_bytes_of(method));
    added->result = mf_lower_copy(reader->arena, mf_bytes_of(result));
    return added;
}

void mf_authres_remark(struct mf_authres_reader *reader, struct mf_authres_result *result, const char *words)
{
    if (!result || !words || !*words)
        return;
    result->comment = result->comment ? mf_format(reader->arena, "%s; %s", result->comment, words) : words;
    if (strcmp(result->result, "pass") == 0 && strcasestr(words, "no signature"))
        result->is_hollow = true;
}

static void add_property(struct mf_authres_reader *reader, struct mf_authres_result *result, const char *name,
                         const char *value)
{
    if (mf_same_nocase(name, "reason") && !result->reason) {
        result->reason = value;
        return;
    }
    if (result->property_count >= MF_AUTHRES_MAX)
        return;
    *MF_PUSH(reader->arena, result->properties, result->property_count, result->property_capacity) =
        (struct mf_authres_property){mf_lower_copy(reader->arena, mf_bytes_of(name)), value};
}

void mf_authres_properties(struct mf_authres_reader *reader, struct mf_authres_result *result, bool over_semicolons)
{
    for (;;) {
        mf_authres_remark(reader, result, mf_authres_space(reader));
        if (over_semicolons && *reader->at == ';') {
            reader->at++;
            continue;
        }
        if (!*reader->at || *reader->at == ';')
            return;
        const char *name = mf_authres_name(reader);
        mf_authres_remark(reader, result, mf_authres_space(reader));
        if (*reader->at == '=') {
            reader->at++;
            mf_authres_remark(reader, result, mf_authres_space(reader));
            const char *value = mf_authres_value(reader);
            if (result)
                add_property(reader, result, name, value);
        } else if (*name) {
            mf_authres_remark(reader, result, name);
        } else if (*reader->at && *reader->at != ';') {
            reader->at++; /* a stray sign */
        }
    }
}

/* Up to the semicolon, as it stands. */
static const char *rest_of_part(struct mf_authres_reader *reader, const char *from)
{
    size_t len = strcspn(from, ";");
    reader->at = from + len;
    return mf_bytes_copy(reader->arena, mf_bytes_trim((struct mf_bytes){from, len}));
}

static void take_version(struct mf_authres_result *result, char *method)
{
    char *slash = strchr(method, '/');
    if (!slash || !result)
        return;
    result->version = slash + 1;
    *slash = '\0';
    result->method = method;
}

static bool looks_like_host(const char *words)
{
    return strchr(words, '.') && !strpbrk(words, " \t()=\"");
}

/* One part between semicolons: method=result and what belongs to it; else "none", free text of the
 * result before it (Trend Micro), or an authserv-id in a strange place (Microsoft of old). */
static void take_part(struct mf_authres_reader *reader)
{
    struct mf_authres *told = reader->told;
    const char *comment = mf_authres_space(reader), *from = reader->at;
    char *method = mf_copy(reader->arena, mf_authres_name(reader));
    mf_authres_space(reader);
    if (*reader->at != '=' || !*method) {
        const char *words = rest_of_part(reader, from);
        if (mf_same_nocase(words, "none"))
            told->is_none = true;
        else if (looks_like_host(words) && !*told->authserv_id)
            told->authserv_id = words;
        else if (told->count && !looks_like_host(words))
            mf_authres_remark(reader, &told->results[told->count - 1], words);
        return;
    }
    reader->at++;
    mf_authres_space(reader);
    struct mf_authres_result *result = mf_authres_add(reader, method, mf_authres_word(reader));
    if (result)
        take_version(result, mf_lower_copy(reader->arena, mf_bytes_of(method)));
    mf_authres_remark(reader, result, comment);
    mf_authres_properties(reader, result, false);
}

/* The authserv-id and its version, unless the first part is a result already. */
static void take_head(struct mf_authres_reader *reader)
{
    struct mf_authres *told = reader->told;
    mf_authres_space(reader);
    const char *from = reader->at, *id = mf_authres_value(reader);
    bool is_result = strchr(id, '=') != NULL;
    mf_authres_space(reader);
    if (is_result || *reader->at == '=' || mf_same_nocase(id, "none")) {
        reader->at = from;
        return;
    }
    told->authserv_id = id;
    if (*reader->at && *reader->at != ';')
        told->version = rest_of_part(reader, reader->at);
    if (*reader->at == ';')
        reader->at++;
}

static void take_instance(struct mf_authres_reader *reader)
{
    mf_authres_space(reader);
    if (mf_lower((unsigned char)reader->at[0]) != 'i' || reader->at[1 + strspn(reader->at + 1, " \t")] != '=')
        return;
    reader->at += strcspn(reader->at, ";");
    reader->at += *reader->at == ';';
}

static void read_results(struct mf_authres_reader *reader)
{
    take_instance(reader);
    take_head(reader);
    while (*reader->at) {
        take_part(reader);
        if (*reader->at == ';')
            reader->at++;
    }
    struct mf_authres *told = reader->told;
    bool is_microsoft = mf_authres_result(told, "compauth", 0) || (told->count && !*told->authserv_id);
    if (told->dialect == MF_AUTHRES_STANDARD && is_microsoft)
        told->dialect = MF_AUTHRES_MICROSOFT;
    told->is_understood = told->count > 0 || told->is_none;
}

/* Received-SPF: Pass (words) client-ip=…; envelope-from=…; helo=…; */
static void read_received_spf(struct mf_authres_reader *reader)
{
    mf_authres_space(reader);
    const char *word = mf_authres_name(reader);
    struct mf_authres_result *result = *word ? mf_authres_add(reader, "spf", word) : NULL;
    mf_authres_properties(reader, result, true);
    reader->told->is_understood = result != NULL;
}

struct mf_authres *mf_authres_parse(struct mf_arena *arena, const char *field, const char *value)
{
    struct mf_authres *told = mf_alloc(arena, sizeof *told);
    struct mf_authres_reader reader = {.arena = arena, .at = value, .told = told};
    told->field = field;
    told->dialect = dialect_of(field);
    told->authserv_id = "";
    told->raw = value;
    if (mf_ends_nocase(field, "Received-SPF"))
        read_received_spf(&reader);
    else
        read_results(&reader);
    return told;
}

static bool is_told_to_us(const struct mf_header *header)
{
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (!mf_starts(fields[i].name, "ARC-") && mf_bytes_same_nocase(header->name, fields[i].name))
            return true;
    return false;
}

struct mf_authres **mf_message_authres(struct mf_arena *arena, const struct mf_message *message, size_t *count)
{
    struct mf_authres **found = NULL;
    size_t capacity = 0;
    *count = 0;
    for (size_t i = 0; i < message->header_count && *count < MF_AUTHRES_MAX; i++) {
        const struct mf_header *header = &message->headers[i];
        if (!is_told_to_us(header))
            continue;
        struct mf_authres *one =
            mf_authres_parse(arena, mf_bytes_copy(arena, header->name), mf_header_text(arena, header, false));
        one->header_index = i;
        *MF_PUSH(arena, found, *count, capacity) = one;
    }
    return found;
}

const char *mf_authres_property(const struct mf_authres_result *result, const char *name)
{
    for (size_t i = 0; i < result->property_count; i++)
        if (mf_same_nocase(result->properties[i].name, name))
            return result->properties[i].value;
    return NULL;
}

const struct mf_authres_result *mf_authres_result(const struct mf_authres *authres, const char *method, size_t n)
{
    for (size_t i = 0; i < authres->count; i++)
        if (mf_same_nocase(authres->results[i].method, method) && n-- == 0)
            return &authres->results[i];
    return NULL;
}
