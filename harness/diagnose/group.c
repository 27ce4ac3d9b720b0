/* One cause is told once: hits of the same finding and scope are one suspect; a hit is absorbed by a
 * deeper cause only if the catalogue says that it explains it and the link of evidence is there. */
#include <string.h>

#include "diagnose/diagnose_internal.h"

/* What others did with the mail comes from what is published, whatever the flow goes by. */
static bool tells_of_others(const struct mf_fact *fact)
{
    return mf_same(fact->id, "spf.predicted-fail") || mf_same(fact->id, "spf.refused");
}

bool mf_rests_on_records(const struct mf_hit *hit)
{
    if (tells_of_others(hit->fact))
        return false;
    return hit->entry->kind.segment == MF_SEGMENT_DNS || hit->entry->kind.segment == MF_SEGMENT_AUTH;
}

/* What is published and what a table of the site says are wrong for reasons of their own. */
static struct mf_suspect *suspect_for(struct mf_case_file *file, struct mf_map *known, const struct mf_hit *hit)
{
    const struct mf_dns_table *table = mf_rests_on_records(hit) ? hit->fact->flow->resolve : NULL;
    const char *key = mf_format(file->arena, "%s %s%s%s", hit->entry->kind.id, hit->scope, table ? " by " : "",
                                table ? mf_dns_table_name(file->plan->site, table) : "");
    struct mf_suspect *suspect = mf_map_get(known, key);
    if (suspect)
        return suspect;
    suspect = mf_alloc(file->arena, sizeof *suspect);
    suspect->entry = hit->entry;
    suspect->scope = hit->scope;
    mf_map_add(known, key, suspect);
    *MF_PUSH(file->arena, file->suspects, file->suspect_count, file->suspect_capacity) = suspect;
    return suspect;
}

static void absorb(struct mf_case_file *file)
{
    struct mf_map *causes = mf_causes_by_key(file);
    for (size_t i = 0; i < file->hit_count; i++) {
        struct mf_hit *cause = file->hits[i].suspect ? mf_cause_of(file, causes, &file->hits[i]) : NULL;
        if (cause)
            file->hits[i].absorbed_by = cause->suspect;
    }
}

/* The same text added, the same tag: what explains it on one copy explains it on all. */
static bool is_one_change(const struct mf_suspect *suspect)
{
    const char *id = suspect->entry->kind.id;
    return mf_same(id, "content.footer-added") || mf_same(id, "content.banner-added") ||
           (mf_same(id, "content.subject-changed") && !mf_same(suspect->scope, "Subject"));
}

static void absorb_alike(struct mf_case_file *file)
{
    for (size_t i = 0; i < file->suspect_count; i++) {
        const struct mf_suspect *suspect = file->suspects[i];
        struct mf_suspect *cause = NULL;
        for (size_t h = 0; h < suspect->hit_count && is_one_change(suspect); h++)
            cause = cause ? cause : suspect->hits[h]->absorbed_by;
        for (size_t h = 0; cause && h < suspect->hit_count; h++)
            if (!suspect->hits[h]->absorbed_by)
                suspect->hits[h]->absorbed_by = cause;
    }
}

/* A cause that is itself absorbed hands on what it absorbed. */
static struct mf_suspect *root_of(const struct mf_hit *hit)
{
    struct mf_suspect *suspect = hit->absorbed_by;
    for (int depth = 0; suspect && depth < 8; depth++) {
        struct mf_suspect *deeper = NULL;
        for (size_t i = 0; i < suspect->hit_count && (i == 0 || deeper); i++)
            deeper = suspect->hits[i]->absorbed_by;
        if (!deeper)
            break;
        suspect = deeper;
    }
    return suspect;
}

static void hand_over(struct mf_case_file *file)
{
    for (size_t i = 0; i < file->hit_count; i++) {
        struct mf_hit *hit = &file->hits[i];
        struct mf_suspect *root = hit->suspect ? root_of(hit) : NULL;
        if (!root)
            continue;
        hit->absorbed_by = root;
        *MF_PUSH(file->arena, root->absorbed, root->absorbed_count, root->absorbed_capacity) = hit;
    }
}

/* Takes what was absorbed out of its own suspect. */
static void strip(struct mf_suspect *suspect)
{
    size_t kept = 0;
    for (size_t i = 0; i < suspect->hit_count; i++)
        if (!suspect->hits[i]->absorbed_by)
            suspect->hits[kept++] = suspect->hits[i];
    suspect->hit_count = kept;
}

void mf_group_hits(struct mf_case_file *file)
{
    struct mf_map *known = mf_map_new(file->arena);
    for (size_t i = 0; i < file->hit_count; i++) {
        struct mf_hit *hit = &file->hits[i];
        if (file->skipped_why[hit->fact->flow->index])
            continue;
        hit->suspect = suspect_for(file, known, hit);
        *MF_PUSH(file->arena, hit->suspect->hits, hit->suspect->hit_count, hit->suspect->hit_capacity) = hit;
    }
    absorb(file);
    absorb_alike(file);
    hand_over(file);
    for (size_t i = 0; i < file->suspect_count; i++)
        strip(file->suspects[i]);
}
