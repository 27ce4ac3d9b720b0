/* Sections, and the DNS records that they confirm. */
#include "plan/flow_internal.h"

#include <string.h>

struct mf_section_draft *mf_section_new(struct mf_binder *b, struct mf_level *level, const char *title,
                                        const char *about, struct mf_place place)
{
    struct mf_section_draft *section = mf_alloc(b->arena, sizeof *section);
    struct mf_flow_files *flows = b->flows;
    *section = (struct mf_section_draft){
        .level = level, .title = title, .about = about, .place = place, .index = flows->section_count};
    *MF_PUSH(b->arena, flows->sections, flows->section_count, flows->section_capacity) = section;
    return section;
}

/* --- dns: --- */

static const char *const kinds[] = {"mx", "spf", "dkim", "dmarc", "more"}; /* as enum mf_dns_row_kind */
#define KINDS (int)(sizeof kinds / sizeof *kinds)

/* What `dns:` says, as a list of records or as a map. */
struct rows_draft {
    const struct mf_dns_table *table; /* NULL: the site has none */
    const char *table_name;
    mf_usec within;
    struct wanted { enum mf_dns_row_kind kind; struct mf_place place; } *wanted; /* NULL: all that the table has */
    size_t wanted_count, wanted_capacity;
    bool records_given;
};

static bool rows_records(struct mf_binder *b, const struct mf_node *node, void *target)
{
    struct rows_draft *draft = target;
    struct mf_items items;
    draft->records_given = true;
    if (!mf_bind_items(b, node, &items))
        return false;
    bool good = items.count > 0 || node->kind != MF_NODE_LIST ||
                mf_tell(b, node->place, "mx, spf, dkim, dmarc, more; or leave it out: all that the table has",
                        "\"%s\" is an empty list", mf_key_name(b));
    for (size_t i = 0; i < items.count; i++) {
        struct mf_value value;
        int kind = mf_bind_value(b, mf_item(&items, i), &value) ? mf_word_among(b, &value, kinds, KINDS) : -1;
        if (kind >= 0)
            *MF_PUSH(b->arena, draft->wanted, draft->wanted_count, draft->wanted_capacity) =
                (struct wanted){(enum mf_dns_row_kind)kind, value.place};
        good = good && kind >= 0;
    }
    return good;
}
static bool rows_table(struct mf_binder *b, const struct mf_node *node, void *target)
{
    struct rows_draft *draft = target;
    int number;
    if (!mf_bind_word(b, node, &number))
        return false;
    draft->table = number == 0 ? b->site->dns : b->site->dns_before;
    draft->table_name = number == 0 ? "dns" : "dns-before";
    return true;
}
static bool rows_within(struct mf_binder *b, const struct mf_node *node, void *target)
{
    return mf_bind_duration(b, node, &((struct rows_draft *)target)->within);
}
static const struct mf_key rows_keys[] = {
    {"records", "names", "all that the table has", "which ones: mx, spf, dkim, dmarc, more", rows_records, 0, "record rows"},
    {"table", "word:dns | dns-before", "dns", "which table of the site they must be as", rows_table, 0, NULL},
    {"within", "duration", "asked once", "ask again and again until every authoritative server has them; counts from the start of the run", rows_within, 0, "timeout deadline wait"},
};
static const struct mf_table rows_key_table = {"DNS rows", rows_keys, sizeof rows_keys / sizeof *rows_keys};
const struct mf_form mf_form_dns_rows = {"dns", "\"dns\" of a section", MF_IN_SCENARIO, {&rows_key_table}};

static void add_row(struct mf_binder *b, struct mf_section_draft *section, const struct rows_draft *draft,
                    enum mf_dns_row_kind kind, struct mf_place place)
{
    if (kind == MF_ROW_MORE && draft->table) {
        struct mf_dns_row *rows = mf_alloc_array(b->arena, draft->table->more_count + 1, sizeof *rows);
        size_t count = mf_dns_more_rows(b->arena, b->site, draft->table, rows);
        for (size_t i = 0; i < count; i++) {
            rows[i].place = place;
            rows[i].table = draft->table;
            rows[i].within = draft->within;
            *MF_PUSH(b->arena, section->dns_rows, section->dns_row_count, section->dns_row_capacity) = rows[i];
        }
        return;
    }
    struct mf_dns_row *row = MF_PUSH(b->arena, section->dns_rows, section->dns_row_count, section->dns_row_capacity);
    *row = (struct mf_dns_row){.kind = kind, .place = place, .table = draft->table, .within = draft->within};
}

static void add_rows(struct mf_binder *b, struct mf_section_draft *section, const struct rows_draft *draft,
                     struct mf_place place)
{
    for (size_t i = 0; i < draft->wanted_count; i++) {
        const struct wanted *wanted = &draft->wanted[i];
        if (draft->table && !mf_dns_table_has(draft->table, wanted->kind))
            mf_tell(b, wanted->place, mf_format(b->arena, "write it under %s: in %s", draft->table_name, b->site->file),
                    "the %s table of site %s has no %s", draft->table_name, b->site->name, kinds[wanted->kind]);
        add_row(b, section, draft, wanted->kind, wanted->place);
    }
    for (int kind = 0; !draft->records_given && draft->table && kind < KINDS; kind++)
        if (mf_dns_table_has(draft->table, (enum mf_dns_row_kind)kind))
            add_row(b, section, draft, (enum mf_dns_row_kind)kind, place);
}

/* Why these rows can't be confirmed here, or NULL. */
static const char *row_obstacle(struct mf_binder *b, const struct mf_section_draft *section,
                                const struct rows_draft *draft)
{
    if (section->level->scenario->later)
        return section->level->scenario->later;
    return draft->table ? NULL : mf_format(b->arena, "site %s has no %s table", b->site->name, draft->table_name);
}

void mf_section_dns(struct mf_binder *b, struct mf_section_draft *section, const struct mf_node *key,
                    const struct mf_node *node, bool has_flows)
{
    struct rows_draft draft = {.table = b->site->dns, .table_name = "dns"};
    const struct mf_key *key_before = b->key;
    int number = mf_form_find(&mf_form_section, "dns");
    b->key = mf_form_key(&mf_form_section, (size_t)number);
    if (node->kind == MF_NODE_MAP)
        mf_keys_bind(b, &mf_form_dns_rows, node, &draft);
    else
        rows_records(b, node, &draft);
    const char *obstacle = row_obstacle(b, section, &draft);
    bool flows_run = has_flows && !section->level->scenario->later;
    if (obstacle && flows_run) /* the rows become a section of their own, so that only they are skipped */
        section = mf_section_new(b, section->level, section->title, NULL, section->place);
    if (obstacle)
        section->skip = obstacle;
    add_rows(b, section, &draft, node->kind == MF_NODE_MAP ? key->place : node->place);
    b->key = key_before;
}
