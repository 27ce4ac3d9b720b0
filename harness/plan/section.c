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

static void add_row(struct mf_binder *b, struct mf_section_draft *section, enum mf_dns_row_kind kind,
                    struct mf_place place)
{
    if (kind == MF_ROW_MORE && b->site->dns) {
        const struct mf_dns_table *table = b->site->dns;
        struct mf_dns_row *rows = mf_alloc_array(b->arena, table->more_count + 1, sizeof *rows);
        size_t count = mf_dns_more_rows(b->arena, b->site, table, rows);
        for (size_t i = 0; i < count; i++) {
            rows[i].place = place;
            *MF_PUSH(b->arena, section->dns_rows, section->dns_row_count, section->dns_row_capacity) = rows[i];
        }
        return;
    }
    struct mf_dns_row *row = MF_PUSH(b->arena, section->dns_rows, section->dns_row_count, section->dns_row_capacity);
    *row = (struct mf_dns_row){.kind = kind, .place = place};
}

static void rows_of_list(struct mf_binder *b, struct mf_section_draft *section, const struct mf_node *node)
{
    struct mf_items items;
    if (!mf_bind_items(b, node, &items))
        return;
    for (size_t i = 0; i < items.count; i++) {
        struct mf_value value;
        if (!mf_bind_value(b, mf_item(&items, i), &value))
            continue;
        int kind = mf_word_among(b, &value, kinds, MF_ROW_MORE + 1);
        if (kind < 0)
            continue;
        if (b->site->dns && !mf_dns_table_has(b->site->dns, (enum mf_dns_row_kind)kind))
            mf_tell(b, value.place, mf_format(b->arena, "write it under dns: in %s", b->site->file),
                    "the dns table of site %s has no %s", b->site->name, value.text);
        add_row(b, section, (enum mf_dns_row_kind)kind, value.place);
    }
}

struct rows_draft {
    const struct mf_dns_table *table;
    mf_usec within;
};

static bool rows_table(struct mf_binder *b, const struct mf_node *node, void *target)
{
    struct rows_draft *draft = target;
    int number;
    if (!mf_bind_word(b, node, &number))
        return false;
    draft->table = number == 0 ? b->site->dns : b->site->dns_before;
    return true;
}
static bool rows_within(struct mf_binder *b, const struct mf_node *node, void *target)
{
    return mf_bind_duration(b, node, &((struct rows_draft *)target)->within);
}
static const struct mf_key rows_keys[] = {
    {"table", "word:dns | dns-before", "dns", "which table of the site", rows_table, MF_KEY_LATER, NULL},
    {"within", "duration", "now", "how long to go on asking", rows_within, MF_KEY_LATER, NULL},
};
static const struct mf_table rows_key_table = {"DNS rows", rows_keys, 2};
const struct mf_form mf_form_dns_rows = {"dns", "\"dns\" of a section", MF_IN_SCENARIO, {&rows_key_table}};

static void rows_of_map(struct mf_binder *b, struct mf_section_draft *section, const struct mf_node *node)
{
    struct rows_draft draft = {.table = b->site->dns};
    if (!mf_keys_bind(b, &mf_form_dns_rows, node, &draft))
        return;
    for (int kind = MF_ROW_MX; kind <= MF_ROW_MORE; kind++)
        if (draft.table && mf_dns_table_has(draft.table, (enum mf_dns_row_kind)kind))
            add_row(b, section, (enum mf_dns_row_kind)kind, node->place);
}

/* Why these rows can't be confirmed here, or NULL. */
static const char *row_obstacle(struct mf_binder *b, const struct mf_section_draft *section, const struct mf_node *key,
                                const struct mf_node *node)
{
    if (section->level->scenario->later)
        return section->level->scenario->later;
    if (node->kind == MF_NODE_MAP)
        return mf_not_built_text(b, "dns: {…}", key->place);
    return b->site->dns ? NULL : mf_format(b->arena, "site %s has no dns table", b->site->name);
}

void mf_section_dns(struct mf_binder *b, struct mf_section_draft *section, const struct mf_node *key,
                    const struct mf_node *node, bool has_flows)
{
    const char *obstacle = row_obstacle(b, section, key, node);
    const struct mf_key *key_before = b->key;
    int number = mf_form_find(&mf_form_section, "dns");
    b->key = mf_form_key(&mf_form_section, (size_t)number);
    bool flows_run = has_flows && !section->level->scenario->later;
    if (obstacle && flows_run) /* the rows become a section of their own, so that only they are skipped */
        section = mf_section_new(b, section->level, section->title, NULL, section->place);
    if (obstacle)
        section->skip = obstacle;
    if (node->kind == MF_NODE_MAP)
        rows_of_map(b, section, node);
    else
        rows_of_list(b, section, node);
    b->key = key_before;
}
