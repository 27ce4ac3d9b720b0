/* The records and special comments of a master file. The data of each record but TXT is read by ldns. */
#include <ldns/ldns.h>
#include <string.h>

#include "dns/master_internal.h"
#include "mailflow/files.h"

#define DEFAULT_TTL 3600
#define INCLUDE_MAX 8

/* A name as written, relative to the origin, in normal form; NULL with d. */
static const char *absolute(struct mf_master_reader *r, struct mf_bytes token)
{
    const char *name = mf_master_text(r, token);
    const char *why = NULL, *origin = strcmp(r->origin, ".") == 0 ? "" : r->origin;
    size_t len = strlen(name);
    bool is_absolute = len && name[len - 1] == '.' && !(len > 1 && name[len - 2] == '\\');
    if (strcmp(name, "@") == 0)
        return r->origin;
    char *normal =
        mf_dns_name_normal(r->arena, is_absolute || !*origin ? name : mf_format(r->arena, "%s.%s", name, origin), &why);
    if (!normal)
        mf_master_wrong_at(r, token.data, mf_format(r->arena, "\"%s\" can't be a domain name: %s", name, why));
    return normal;
}

/* ";!TIMEOUT name. [TYPE]" and its like; other comments are nobody's business. */
static int read_special(struct mf_master_reader *r)
{
    static const struct {
        const char *word;
        enum mf_dns_status status;
    } words[] = {{"TIMEOUT", MF_DNS_TIMEOUT}, {"SERVFAIL", MF_DNS_SERVFAIL}, {"NODATA", MF_DNS_NODATA}};
    char kind[16], name[1100], type[16] = "";
    const char *end = memchr(r->at, '\n', (size_t)(r->end - r->at));
    char *line = mf_master_text(r, (struct mf_bytes){r->at, (size_t)((end ? end : r->end) - r->at)});
    if (sscanf(line, ";!%15s %1099s %15s", kind, name, type) < 2)
        return 0;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(words[i].word, kind) != 0)
            continue;
        const char *why, *normal = mf_dns_name_normal(r->arena, name, &why);
        unsigned number = *type ? ldns_get_rr_type_by_name(type) : 0;
        if (!normal || (*type && !number))
            return mf_master_wrong(r, r->line, mf_format(r->arena, "\"%s\" names no domain name and type", line));
        *MF_PUSH(r->arena, r->master->specials, r->master->special_count, r->master->special_capacity) =
            (struct mf_dns_special){normal, number, words[i].status};
    }
    return 0;
}

static int add_record(struct mf_master_reader *r, const char *owner, unsigned type, uint32_t ttl, struct mf_bytes rdata)
{
    *MF_PUSH(r->arena, r->master->records, r->master->count, r->master->capacity) =
        (struct mf_dns_raw){owner, type, ttl, rdata};
    return 0;
}

static int read_txt(struct mf_master_reader *r, const struct mf_master_entry *entry, size_t first, unsigned type,
                    uint32_t ttl)
{
    struct mf_text wire = {.max = 65535};
    int result = first < entry->count ? 0 : mf_master_wrong(r, entry->line, "a TXT record without text (write \"\")");
    for (size_t i = first; i < entry->count && result == 0; i++)
        if (mf_master_add_string(entry->tokens[i], &wire) < 0)
            result = mf_master_wrong_at(r, entry->tokens[i].data, "a broken backslash escape");
    if (result == 0 && wire.full)
        result = mf_master_wrong(r, entry->line, "a record of more than 65535 bytes");
    struct mf_bytes rdata = {mf_copy_bytes(r->arena, wire.data, wire.len), wire.len};
    mf_text_release(&wire);
    return result < 0 ? -1 : add_record(r, r->owner, type, ttl, rdata);
}

static struct mf_bytes wire_of(struct mf_arena *arena, const ldns_rr *rr)
{
    struct mf_text wire = {.max = 65535};
    for (size_t i = 0; i < ldns_rr_rd_count(rr); i++)
        mf_text_add(&wire, ldns_rdf_data(ldns_rr_rdf(rr, i)), ldns_rdf_size(ldns_rr_rdf(rr, i)));
    struct mf_bytes rdata = {mf_copy_bytes(arena, wire.data, wire.len), wire.len};
    mf_text_release(&wire);
    return rdata;
}

static int read_rdata(struct mf_master_reader *r, const struct mf_master_entry *entry, size_t type_at, unsigned type,
                      uint32_t ttl)
{
    struct mf_text line = {.max = 65535};
    ldns_rr *rr = NULL;
    mf_text_puts(&line, ". 0 IN");
    for (size_t i = type_at; i < entry->count; i++)
        mf_text_printf(&line, " %.*s", (int)entry->tokens[i].len, entry->tokens[i].data);
    ldns_rdf *origin = ldns_dname_new_frm_str(mf_format(r->arena, "%s%s", r->origin, *r->origin == '.' ? "" : "."));
    ldns_status status = ldns_rr_new_frm_str(&rr, mf_text_str(&line), 0, origin, NULL);
    mf_text_release(&line);
    ldns_rdf_deep_free(origin);
    if (status != LDNS_STATUS_OK)
        return mf_master_wrong_at(r, entry->tokens[type_at].data,
                                  mf_format(r->arena, "%s record: %s", mf_master_text(r, entry->tokens[type_at]),
                                            ldns_get_errorstr_by_id(status)));
    int result = add_record(r, r->owner, type, ttl, wire_of(r->arena, rr));
    ldns_rr_free(rr);
    return result;
}

/* [TTL] [CLASS] in either order; returns the index of the type. */
static size_t skip_ttl_and_class(struct mf_master_reader *r, const struct mf_master_entry *entry, size_t at,
                                 uint32_t *ttl)
{
    for (; at < entry->count; at++) {
        const char *word = mf_master_text(r, entry->tokens[at]);
        if (!mf_same_nocase(word, "IN") && !mf_master_read_ttl(word, ttl))
            break;
    }
    return at;
}

static int read_record(struct mf_master_reader *r, const struct mf_master_entry *entry)
{
    size_t at = 0;
    uint32_t ttl = r->ttl;
    if (entry->has_owner)
        r->owner = absolute(r, entry->tokens[at++]);
    if (!r->owner)
        return mf_master_wrong(r, entry->line,
                               "a record without a name, and no record before it"); /* keeps a title set already */
    at = skip_ttl_and_class(r, entry, at, &ttl);
    const char *word = at < entry->count ? mf_master_text(r, entry->tokens[at]) : "";
    unsigned type = ldns_get_rr_type_by_name(word);
    if (type == 0)
        return mf_master_wrong_at(r, entry->tokens[at < entry->count ? at : entry->count - 1].data,
                                  mf_format(r->arena, "\"%s\" is no type of record", word));
    bool is_generic = at + 1 < entry->count && mf_same(mf_master_text(r, entry->tokens[at + 1]), "\\#"); /* RFC 3597 */
    if ((type == MF_DNS_TXT || type == MF_DNS_SPF) && !is_generic)
        return read_txt(r, entry, at + 1, type, ttl);
    return read_rdata(r, entry, at, type, ttl);
}

static int read_all(struct mf_master_reader *r);

/* RFC 1035 5.1: the file's records, below an origin of their own if one is given; then on as before. */
static int include(struct mf_master_reader *r, const struct mf_master_entry *entry)
{
    struct mf_bytes bytes, name = entry->count > 1 ? entry->tokens[1] : (struct mf_bytes){"", 0};
    const char *slash = strrchr(r->path, '/'), *path = mf_master_text(r, name);
    if (!*path || r->depth == INCLUDE_MAX)
        return mf_master_wrong_at(r, entry->tokens[0].data,
                                  *path ? "files that include each other without end" : "$INCLUDE without a file");
    if (*path != '/' && slash)
        path = mf_format(r->arena, "%.*s/%s", (int)(slash - r->path), r->path, path);
    struct mf_master_reader inner = *r;
    inner.origin = entry->count > 2 ? absolute(r, entry->tokens[2]) : r->origin;
    struct mf_files *files = mf_files_new();
    int result = inner.origin ? mf_files_read(files, path, &bytes, r->d) : -1;
    if (result < 0 && inner.origin)
        mf_context(r->d, "zone %s:%d: $INCLUDE: ", r->path, entry->line);
    if (result == 0) {
        const char *text = mf_copy_bytes(r->arena, bytes.data, bytes.len);
        inner.path = path;
        inner.begin = inner.at = text;
        inner.end = text + bytes.len;
        inner.line = 1;
        inner.depth++;
        result = bytes.len ? read_all(&inner) : 0;
    }
    mf_files_free(&files);
    return result;
}

static int read_directive(struct mf_master_reader *r, const struct mf_master_entry *entry)
{
    const char *word = mf_master_text(r, entry->tokens[0]);
    const char *value = entry->count > 1 ? mf_master_text(r, entry->tokens[1]) : "";
    if (mf_same_nocase(word, "$TTL"))
        return mf_master_read_ttl(value, &r->ttl)
                   ? 0
                   : mf_master_wrong_at(r, entry->tokens[0].data, "$TTL without a time in seconds");
    if (mf_same_nocase(word, "$INCLUDE"))
        return include(r, entry);
    if (!mf_same_nocase(word, "$ORIGIN") || entry->count < 2)
        return mf_master_wrong_at(
            r, entry->tokens[0].data,
            entry->count < 2 ? mf_format(r->arena, "%s without a value", word)
                             : mf_format(r->arena, "%s is not understood here ($ORIGIN, $TTL and $INCLUDE are)", word));
    const char *origin = absolute(r, entry->tokens[1]);
    r->origin = origin ? origin : r->origin;
    return origin ? 0 : -1;
}

static int read_all(struct mf_master_reader *r)
{
    while (r->at < r->end) {
        struct mf_master_entry entry = {0};
        while (mf_master_at_special(r) && (*r->at == ' ' || *r->at == '\t'))
            r->at++;
        if (mf_master_at_special(r) && read_special(r) < 0)
            return -1;
        if (mf_master_take_entry(r, &entry) < 0)
            return -1;
        if (entry.count == 0)
            continue;
        bool is_directive = entry.has_owner && entry.tokens[0].data[0] == '$';
        if ((is_directive ? read_directive(r, &entry) : read_record(r, &entry)) < 0)
            return -1;
    }
    return 0;
}

int mf_dns_master_read(struct mf_arena *arena, const char *path, struct mf_dns_master *master, struct mf_diag *d)
{
    struct mf_bytes bytes;
    struct mf_files *files = mf_files_new();
    int result = mf_files_read(files, path, &bytes, d);
    if (result == 0) {
        if (bytes.len >= 3 && memcmp(bytes.data, "\xEF\xBB\xBF", 3) == 0) /* some editors write a mark first */
            bytes = (struct mf_bytes){bytes.data + 3, bytes.len - 3};
        struct mf_master_reader r = {.arena = arena,
                                     .path = path,
                                     .begin = bytes.data,
                                     .at = bytes.data,
                                     .end = bytes.data + bytes.len,
                                     .line = 1,
                                     .origin = ".",
                                     .ttl = DEFAULT_TTL,
                                     .master = master,
                                     .d = d};
        result = bytes.len ? read_all(&r) : 0;
    }
    mf_files_free(&files);
    return result;
}
