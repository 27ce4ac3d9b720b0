/* What the `dns:` rows of a plan must ask. */
#include "run/confirm_internal.h"

static void add(struct mf_arena *arena, struct mf_questions *list, const char *name, enum mf_dns_type type,
                bool of_resolver)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->items[i].type == type && mf_same_nocase(list->items[i].name, name))
            return;
    *MF_PUSH(arena, list->items, list->count, list->capacity) =
        (struct mf_question){.name = name, .type = type, .of_resolver = of_resolver};
}

static void add_keys(struct mf_arena *arena, struct mf_questions *list, const struct mf_dns_table *table,
                     const char *domain)
{
    for (size_t i = 0; i < table->dkim_count; i++) {
        const char *name = mf_format(arena, "%s._domainkey.%s", table->dkim[i].selector, domain);
        add(arena, list, name, MF_DNS_TXT, true);
        add(arena, list, mf_format(arena, "%s.%s", name, domain), MF_DNS_TXT, false); /* a panel may have appended it */
    }
}

static void add_row(struct mf_arena *arena, struct mf_questions *list, const struct mf_dns_row *row,
                    const struct mf_site *site)
{
    const char *domain = site->domains[0];
    list->alone = row->source;
    add(arena, list, domain, MF_DNS_SOA, false);
    switch (row->kind) {
    case MF_ROW_MX:
        add(arena, list, domain, MF_DNS_MX, true);
        list->mx = row->source || row->table != site->dns ? NULL : row->table;
        break;
    case MF_ROW_SPF:
        add(arena, list, domain, MF_DNS_TXT, true);
        break;
    case MF_ROW_DKIM:
        add_keys(arena, list, row->table, domain);
        break;
    case MF_ROW_DMARC:
        add(arena, list, mf_format(arena, "_dmarc.%s", domain), MF_DNS_TXT, true);
        break;
    case MF_ROW_MORE:
        add(arena, list, row->name, mf_dns_type_find(row->more->type), true);
        list->items[list->count - 1].of_more = list->items[list->count - 1].name == row->name;
        break;
    }
}

struct mf_questions mf_confirm_questions(struct mf_arena *arena, const struct mf_plan *plan, const bool *left)
{
    struct mf_questions list = {0};
    size_t row = 0;
    for (size_t i = 0; i < plan->section_count; i++)
        for (size_t k = 0; !plan->sections[i].skip && k < plan->sections[i].dns_row_count; k++, row++)
            if (!left || left[row])
                add_row(arena, &list, &plan->sections[i].dns_rows[k], plan->site);
    return list;
}
