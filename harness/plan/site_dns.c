/* The site's DNS tables: what must be published. */
#include "plan/site_internal.h"

#include <string.h>

/* "PREFERENCE HOST"; "0 ." is the null MX of RFC 7505. */
static bool check_mx(struct mf_binder *b, const struct mf_value *value)
{
    const char *host = value->text + strspn(value->text, "0123456789");
    bool number = host != value->text && host - value->text < 6 && *host == ' ';
    host += strspn(host, " ");
    if (number && (strcmp(host, ".") == 0 || mf_is_domain(host)))
        return true;
    return mf_refuse_comma(b, value) && mf_tell(b, value->place, "\"PREFERENCE HOST\", such as 0 in.hes.trendmicro.com",
                                                "\"%s\" is no MX record", value->text);
}

static bool dns_mx(struct mf_binder *b, const struct mf_node *node, void *target)
{
    struct mf_dns_table *table = target;
    struct mf_items items;
    bool good = mf_bind_items(b, node, &items);
    if (!good)
        return false;
    table->mx = mf_alloc_array(b->arena, items.count + 1, sizeof *table->mx);
    for (size_t i = 0; i < items.count; i++) {
        struct mf_value value;
        if (mf_bind_value(b, mf_item(&items, i), &value) && check_mx(b, &value))
            table->mx[table->mx_count++] = value.text;
        else
            good = false;
    }
    return good;
}

static bool bind_record(struct mf_binder *b, const struct mf_node *node, const char *start, const char **record)
{
    struct mf_value value;
    if (!mf_bind_value(b, node, &value))
        return false;
    *record = value.text;
    return mf_starts_nocase(value.text, start) ||
           mf_tell(b, value.place, mf_format(b->arena, "it begins with %s", start), "\"%s\" is no %s record",
                   value.text, mf_key_name(b));
}

static bool dns_spf(struct mf_binder *b, const struct mf_node *node, void *target)
{
    return bind_record(b, node, "v=spf1", &((struct mf_dns_table *)target)->spf);
}

static bool dns_dmarc(struct mf_binder *b, const struct mf_node *node, void *target)
{
    return bind_record(b, node, "v=DMARC1", &((struct mf_dns_table *)target)->dmarc);
}

/* A record as somebody sent it: quoted pieces, as zone files have them, are joined; else line breaks
 * are left out. */
static const char *record_of_file(struct mf_arena *arena, struct mf_bytes bytes)
{
    struct mf_text text = {.max = 65536};
    bool pieces = memchr(bytes.data, '"', bytes.len) != NULL, inside = !pieces;
    mf_text_puts(&text, "");
    for (size_t i = 0; i < bytes.len && (pieces || bytes.data[i]); i++) {
        if (pieces && bytes.data[i] == '"')
            inside = !inside;
        else if (inside && bytes.data[i] != '\n' && bytes.data[i] != '\r')
            mf_text_putc(&text, bytes.data[i]);
    }
    while (text.len && strchr(" \t", text.data[text.len - 1]))
        text.data[--text.len] = '\0';
    const char *record = mf_copy(arena, mf_text_str(&text) + strspn(mf_text_str(&text), " \t"));
    mf_text_release(&text);
    return record;
}

static bool dkim_cname(struct mf_binder *b, const struct mf_node *node, void *target)
{
    struct mf_dkim_value *dkim = target;
    return mf_bind_text(b, node, &dkim->cname) &&
           (mf_is_domain(dkim->cname) ||
            mf_tell(b, node->place, "the name that the CNAME leads to", "\"%s\" is no domain name", dkim->cname));
}

static bool dkim_file(struct mf_binder *b, const struct mf_node *node, void *target)
{
    struct mf_dkim_value *dkim = target;
    const char *path;
    struct mf_bytes bytes;
    if (!mf_bind_file(b, node, &path, &bytes))
        return false;
    dkim->record = record_of_file(b->arena, bytes);
    return strstr(dkim->record, "p=") ||
           mf_tell(b, node->place, "the TXT value: v=DKIM1; k=rsa; p=…", "%s holds no DKIM record", path);
}

static const struct mf_key dkim_keys[] = {
    {"cname", "text", "", "the selector is a CNAME to this name", dkim_cname, 0, "alias"},
    {"file", "file", "", "a file that holds the record; line breaks do no harm", dkim_file, 0, "path"},
};
static const struct mf_table dkim_table = {"DKIM value", dkim_keys, 2};
const struct mf_form mf_form_dkim_value = {"a DKIM value", "a DKIM value of the site's dns", MF_IN_SITE, {&dkim_table}};

static bool bind_dkim(struct mf_binder *b, const struct mf_pair *pair, struct mf_dkim_value *dkim)
{
    *dkim = (struct mf_dkim_value){.selector = pair->key->text, .place = pair->key->place};
    if (!mf_is_domain(dkim->selector))
        return mf_tell(b, pair->key->place, "the s= of the signature", "\"%s\" is no DKIM selector", dkim->selector);
    if (pair->value->kind == MF_NODE_TEXT)
        return mf_bind_text(b, pair->value, &dkim->record) &&
               (strstr(dkim->record, "p=") ||
                mf_tell(b, pair->value->place, "v=DKIM1; k=rsa; p=…, or {cname: NAME} or {file: PATH}",
                        "\"%s\" is no DKIM record", dkim->record));
    if (!mf_keys_bind(b, &mf_form_dkim_value, pair->value, dkim))
        return false;
    return !dkim->record != !dkim->cname ||
           mf_tell(b, pair->value->place, "{cname: NAME} or {file: PATH}", "a DKIM value has one source");
}

static bool dns_dkim(struct mf_binder *b, const struct mf_node *node, void *target)
{
    struct mf_dns_table *table = target;
    if (!mf_want_map(b, node))
        return false;
    bool good = true;
    table->dkim = mf_alloc_array(b->arena, node->count + 1, sizeof *table->dkim);
    for (size_t i = 0; i < node->count; i++) {
        if (bind_dkim(b, &node->pairs[i], &table->dkim[table->dkim_count]))
            table->dkim_count++;
        else
            good = false;
    }
    return good;
}

static const struct mf_key keys[] = {
    {"mx", "lines", "", "\"PREFERENCE HOST\", all of them", dns_mx, 0, NULL},
    {"spf", "text", "", "the one record", dns_spf, 0, NULL},
    {"dkim", "map:dkimvalue", "", "SELECTOR: record, or {cname: NAME} or {file: PATH}", dns_dkim, 0, NULL},
    {"dmarc", "text", "", "the record at _dmarc", dns_dmarc, 0, NULL},
    {"more", "map:texts", "", "other names: \"TYPE VALUE\", one or a list (autodiscover, _mta-sts, ...)", mf_site_dns_more, 0, "other others"},
};
static const struct mf_table table = {"DNS table", keys, sizeof keys / sizeof *keys};
const struct mf_form mf_form_dns_table = {"a DNS table", "the site's \"dns\"", MF_IN_SITE, {&table}};

static bool bind_table(struct mf_binder *b, const struct mf_node *node, struct mf_dns_table **result)
{
    struct mf_dns_table *dns = mf_alloc(b->arena, sizeof *dns);
    dns->place = node->place;
    *result = dns;
    return mf_keys_bind(b, &mf_form_dns_table, node, dns);
}

bool mf_site_dns(struct mf_binder *b, const struct mf_node *node, void *target)
{
    return bind_table(b, node, &((struct mf_site *)target)->dns);
}

bool mf_site_dns_before(struct mf_binder *b, const struct mf_node *node, void *target)
{
    return bind_table(b, node, &((struct mf_site *)target)->dns_before);
}
