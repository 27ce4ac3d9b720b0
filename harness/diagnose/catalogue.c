/* The catalogue: all subjects in one row, found by id. */
#include <string.h>

#include "diagnose/catalogue_internal.h"

static const struct mf_entries *const subjects[] = {&mf_reach_entries,  &mf_smtp_entries,    &mf_copy_entries,
                                                    &mf_path_entries,   &mf_content_entries, &mf_dkim_entries,
                                                    &mf_policy_entries, &mf_authres_entries, &mf_dns_entries};
#define SUBJECTS (sizeof subjects / sizeof *subjects)

size_t mf_catalogue_count(void)
{
    size_t count = 0;
    for (size_t i = 0; i < SUBJECTS; i++)
        count += subjects[i]->count;
    return count;
}

const struct mf_finding_kind *mf_catalogue_at(size_t i)
{
    for (size_t s = 0; s < SUBJECTS; s++) {
        if (i < subjects[s]->count)
            return &subjects[s]->items[i].kind;
        i -= subjects[s]->count;
    }
    return NULL;
}

const struct mf_entry *mf_entry_find(const char *id)
{
    for (size_t s = 0; id && s < SUBJECTS; s++)
        for (size_t i = 0; i < subjects[s]->count; i++)
            if (strcmp(subjects[s]->items[i].kind.id, id) == 0)
                return &subjects[s]->items[i];
    return NULL;
}

bool mf_explains(const struct mf_entry *cause, const char *id)
{
    for (const char *const *known = cause->kind.explains; known && *known; known++)
        if (strcmp(*known, id) == 0)
            return true;
    return false;
}

const struct mf_finding_kind *mf_catalogue_find(const char *id)
{
    const struct mf_entry *entry = mf_entry_find(id);
    return entry ? &entry->kind : NULL;
}

const char *mf_outcome_name(enum mf_outcome outcome)
{
    switch (outcome) {
    case MF_PASS:
        return "pass";
    case MF_FAIL:
        return "fail";
    case MF_ERROR:
        return "error";
    case MF_PENDING:
        return "pending";
    case MF_SKIPPED:
        return "skipped";
    }
    return "error";
}
