/* Rows that confirm records: their names, their severities, and those of `mailflow dns`. */
#include "plan/flow_internal.h"

#include <string.h>

const char *mf_dns_row_name(enum mf_dns_row_kind kind)
{
    static const char *const names[] = {[MF_ROW_MX] = "MX record",
                                        [MF_ROW_SPF] = "SPF record",
                                        [MF_ROW_DKIM] = "DKIM record",
                                        [MF_ROW_DMARC] = "DMARC record",
                                        [MF_ROW_MORE] = "Other records"};
    return names[kind];
}

const char *mf_dns_row_label(const struct mf_dns_row *row)
{
    return row->label ? row->label : mf_dns_row_name(row->kind);
}

const char *mf_dns_more_name(struct mf_arena *arena, const struct mf_site *site, const char *name)
{
    size_t len = strlen(name);
    if (strcmp(name, "@") == 0)
        return site->domains[0];
    if (name[len - 1] == '.')
        return mf_copy_bytes(arena, name, len - 1);
    for (size_t i = 0; i < site->domain_count; i++)
        if (mf_same_nocase(name, site->domains[i]) ||
            mf_ends_nocase(name, mf_format(arena, ".%s", site->domains[i])))
            return name;
    return mf_format(arena, "%s.%s", name, site->domains[0]);
}

size_t mf_dns_more_rows(struct mf_arena *arena, const struct mf_site *site, const struct mf_dns_table *table,
                        struct mf_dns_row *rows)
{
    size_t count = 0;
    for (size_t i = 0; table && i < table->more_count; i++) {
        const struct mf_dns_more *more = &table->more[i];
        struct mf_dns_row *last = count ? &rows[count - 1] : NULL;
        if (last && strcmp(last->more->type, more->type) == 0 && mf_same_nocase(last->more->name, more->name)) {
            last->more_count++;
            continue;
        }
        rows[count++] = (struct mf_dns_row){.kind = MF_ROW_MORE,
                                            .more = more,
                                            .more_count = 1,
                                            .name = mf_dns_more_name(arena, site, more->name),
                                            .label = mf_format(arena, "%s %s", more->name, more->type)};
    }
    return count;
}

void mf_dns_rows_severities(struct mf_section *section, const struct mf_flow *flow)
{
    for (size_t i = 0; i < section->dns_row_count; i++) {
        section->dns_rows[i].severities = flow->severities;
        section->dns_rows[i].severity_count = flow->severity_count;
    }
}

bool mf_dns_table_has(const struct mf_dns_table *table, enum mf_dns_row_kind kind)
{
    switch (kind) {
    case MF_ROW_MX:
        return table->mx_count > 0;
    case MF_ROW_SPF:
        return table->spf != NULL;
    case MF_ROW_DKIM:
        return table->dkim_count > 0;
    case MF_ROW_DMARC:
        return table->dmarc != NULL;
    case MF_ROW_MORE:
        return table->more_count > 0;
    }
    return false;
}

void mf_plan_add_dns_rows(struct mf_plan *plan, const struct mf_dns_table *table, const char *source)
{
    struct mf_section *section = mf_alloc(plan->arena, sizeof *section);
    section->title = "DNS";
    section->place = table->place;
    section->dns_rows = mf_alloc_array(plan->arena, MF_ROW_MORE + table->more_count, sizeof *section->dns_rows);
    for (int kind = MF_ROW_MX; kind <= MF_ROW_DMARC; kind++)
        if (mf_dns_table_has(table, (enum mf_dns_row_kind)kind))
            section->dns_rows[section->dns_row_count++] = (struct mf_dns_row){.kind = (enum mf_dns_row_kind)kind};
    section->dns_row_count +=
        mf_dns_more_rows(plan->arena, plan->site, table, section->dns_rows + section->dns_row_count);
    for (size_t i = 0; i < section->dns_row_count; i++) {
        struct mf_dns_row *row = &section->dns_rows[i];
        row->section = section;
        row->table = table;
        row->source = source;
        row->severities = plan->severities;
        row->severity_count = plan->severity_count;
        row->place = table->place;
    }
    plan->sections = section;
    plan->section_count = 1;
}
