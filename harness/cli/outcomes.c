/* What became of each flow, kept beside the evidence. */
#include "cli/outcomes.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

void outcomes_save(const char *dir, const struct mf_verdict *verdict)
{
    struct mf_text path = {.max = 4096};
    mf_text_printf(&path, "%s/outcomes", dir);
    FILE *out = fopen(mf_text_str(&path), "we");
    mf_text_release(&path);
    if (!out)
        return;
    for (size_t i = 0; i < verdict->dns_count; i++) /* --only picks rows by the title of their section */
        if (verdict->dns[i].row->section->title[0])
            fprintf(out, "%s\tdns\t%s\n", mf_outcome_name(verdict->dns[i].outcome), verdict->dns[i].row->section->title);
    for (size_t i = 0; i < verdict->flow_count; i++) {
        const struct mf_flow_verdict *flow = &verdict->flows[i];
        fprintf(out, "%s\t%s\t%s\n", mf_outcome_name(flow->outcome), flow->flow->id, flow->flow->name);
    }
    fclose(out);
}

/* The newest folder that holds outcomes. */
static const char *newest(struct mf_arena *arena)
{
    const char *best = NULL;
    struct timespec when = {0};
    DIR *home = opendir(EVIDENCE_HOME);
    for (struct dirent *entry; home && (entry = readdir(home));) {
        char *path = mf_format(arena, "%s/%s/outcomes", EVIDENCE_HOME, entry->d_name);
        struct stat st;
        if (entry->d_name[0] == '.' || stat(path, &st) < 0)
            continue;
        bool newer = st.st_mtim.tv_sec > when.tv_sec ||
                     (st.st_mtim.tv_sec == when.tv_sec && st.st_mtim.tv_nsec > when.tv_nsec);
        if (!best || newer) {
            best = path;
            when = st.st_mtim;
        }
    }
    if (home)
        closedir(home);
    return best;
}

int outcomes_failed(struct mf_arena *arena, const char ***names, size_t *count, struct mf_diag *d)
{
    const char *path = newest(arena);
    FILE *in = path ? fopen(path, "re") : NULL;
    if (!in) {
        mf_hint(d, "a run that did not pass leaves its outcomes under " EVIDENCE_HOME "; run from the same folder");
        return mf_trouble(d, "--only failed: no earlier run is known here");
    }
    char line[4096];
    size_t capacity = 0;
    *names = NULL;
    *count = 0;
    while (fgets(line, sizeof line, in)) {
        line[strcspn(line, "\n")] = '\0';
        char *id = strchr(line, '\t'), *name = id ? strchr(id + 1, '\t') : NULL;
        if (name && !mf_starts(line, "pass\t") && !mf_starts(line, "skipped\t"))
            *MF_PUSH(arena, *names, *count, capacity) = mf_copy(arena, name + 1);
    }
    fclose(in);
    return 0;
}
