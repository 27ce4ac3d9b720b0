/* Rows that confirm records: their names, their severities, and those of `mailflow dns`. */
#include "plan/flow_internal.h"

const char *mf_dns_row_name(enum mf_dns_row_kind kind)
{
    static const char *const names[] = {[MF_ROW_MX] = "MX record",
                                        [MF_ROW_SPF] = "SPF record",
                                        [MF_ROW_DKIM] = "DKIM record",
                                        [MF_ROW_DMARC] = "DMARC record"};
    return names[kind];
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
    }
    return false;
}

void mf_plan_add_dns_rows(struct mf_plan *plan, const struct mf_dns_table *table, const char *source)
{
    struct mf_section *section = mf_alloc(plan->arena, sizeof *section);
    section->title = "DNS";
    section->place = table->place;
    section->dns_rows = mf_alloc_array(plan->arena, MF_ROW_DMARC + 1, sizeof *section->dns_rows);
    for (int kind = MF_ROW_MX; kind <= MF_ROW_DMARC; kind++)
        if (mf_dns_table_has(table, (enum mf_dns_row_kind)kind))
            section->dns_rows[section->dns_row_count++] = (struct mf_dns_row){.kind = (enum mf_dns_row_kind)kind,
                                                                              .section = section,
                                                                              .table = table,
                                                                              .source = source,
                                                                              .severities = plan->severities,
                                                                              .severity_count = plan->severity_count,
                                                                              .place = table->place};
    plan->sections = section;
    plan->section_count = 1;
}
