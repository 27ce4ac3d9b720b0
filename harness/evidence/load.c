/* A journal on disk → evidence in memory. */
#include <stdlib.h>
#include <string.h>

#include "evidence/fold_internal.h"
#include "evidence/lines_internal.h"
#include "evidence/pack_internal.h"

struct loading {
    struct mf_fold fold;
    const char *path;
    size_t line;
    int revision; /* the newest that wrote here */
};

static void take_blob(void *context, struct mf_pack_item item)
{
    struct mf_fold *fold = context;
    struct mf_pack_item *kept = mf_alloc(fold->scratch, sizeof *kept);
    *kept = item;
    mf_map_add(fold->blobs, kept->hash, kept);
}

static int broken(struct loading *loading, struct mf_diag *d)
{
    mf_context(d, "%s:%zu: ", loading->path, loading->line);
    mf_hint(d, "The evidence was altered or damaged after the run; it can't be judged again.");
    return -1;
}

static int check_version(struct loading *loading, const struct mf_run_line *line, struct mf_diag *d)
{
    if (line->format != MF_JOURNAL_FORMAT) {
        mf_hint(d, "Read it with the mailflow that wrote it (version %s), or a newer one.", line->run.version);
        return mf_trouble(d, "%s is written in format %d; this mailflow reads format %d", loading->path, line->format,
                          MF_JOURNAL_FORMAT);
    }
    if (line->revision > loading->revision)
        loading->revision = line->revision;
    return 0;
}

static int load_record(struct loading *loading, const struct mf_codec_line *line, struct mf_diag *d)
{
    enum mf_record_kind kind = mf_record_find(mf_codec_kind(line));
    if (kind == MF_RECORD_KINDS && loading->revision > MF_JOURNAL_REVISION)
        return 0; /* a newer mailflow knows what it means */
    if (kind == MF_RECORD_KINDS)
        return mf_trouble(d, "a record of unknown kind \"%s\"", mf_codec_kind(line)), broken(loading, d);
    const struct mf_shape *shape = mf_record_shape(kind);
    void *record = mf_alloc(loading->fold.arena, shape->size);
    const char *wrong = mf_codec_read(line, shape, loading->fold.arena, record);
    if (wrong)
        return mf_trouble(d, "the field \"%s\" of a record \"%s\" is not what it should be", wrong, shape->kind),
               broken(loading, d);
    if (kind == MF_RECORD_RUN && check_version(loading, record, d) < 0)
        return -1;
    return mf_fold_record(&loading->fold, kind, record, d) < 0 ? broken(loading, d) : 0;
}

static int load_lines(struct loading *loading, struct mf_bytes data, struct mf_diag *d)
{
    const char *at = data.data, *end = data.data + mf_lines_whole(data);
    while (at < end) {
        const char *line_end = memchr(at, '\n', (size_t)(end - at));
        loading->line++;
        struct mf_codec_line *line = mf_codec_parse(at, (size_t)(line_end - at));
        if (!line)
            return mf_trouble(d, "this line is no record"), broken(loading, d);
        int result = load_record(loading, line, d);
        mf_codec_line_free(&line);
        if (result < 0)
            return -1;
        at = line_end + 1;
    }
    if (loading->fold.started)
        return 0;
    mf_hint(d, "Nothing was sent. Start the run again.");
    return mf_trouble(d, "%s holds no run: it was stopped before it began", loading->path);
}

static int load_all(struct loading *loading, const char *dir, struct mf_diag *d)
{
    struct mf_arena *arena = loading->fold.arena;
    const char *pack_path = mf_format(arena, "%s/" MF_PACK_FILE, dir);
    struct mf_bytes pack, lines;
    size_t whole;
    loading->path = mf_format(arena, "%s/" MF_JOURNAL_FILE, dir);
    /* The lines first: the pack may only be newer than they are, if a run is still writing. */
    if (mf_evidence_slurp(loading->fold.scratch, loading->path, false, &lines, d) < 0) {
        mf_hint(d, "Name the folder of a run's evidence, as told at the end of its report.");
        return -1;
    }
    if (mf_evidence_slurp(arena, pack_path, true, &pack, d) < 0 ||
        mf_pack_read(pack, pack_path, take_blob, &loading->fold, &whole, d) < 0)
        return -1;
    return load_lines(loading, lines, d);
}

struct mf_evidence *mf_evidence_load(const char *dir, struct mf_files *files, struct mf_diag *d)
{
    struct mf_arena *arena = mf_arena_new();
    struct mf_evidence *evidence = mf_alloc(arena, sizeof *evidence);
    evidence->arena = arena;
    evidence->dir = mf_copy(arena, dir);
    struct loading loading = {0};
    mf_fold_start(&loading.fold, evidence, files);
    if (load_all(&loading, dir, d) == 0)
        mf_fold_finish(&loading.fold);
    else
        mf_evidence_free(&evidence);
    mf_fold_release(&loading.fold);
    return evidence;
}

void mf_evidence_free(struct mf_evidence **evidence)
{
    if (!evidence || !*evidence)
        return;
    struct mf_arena *arena = (*evidence)->arena;
    mf_dns_free(&(*evidence)->dns);
    mf_arena_free(&arena);
    *evidence = NULL;
}

static int flow_against(const void *id, const void *flow)
{
    return strcmp(id, ((const struct mf_flow_evidence *)flow)->flow);
}

const struct mf_flow_evidence *mf_evidence_flow(const struct mf_evidence *evidence, const char *flow_id)
{
    if (evidence->flow_count == 0)
        return NULL;
    return bsearch(flow_id, evidence->flows, evidence->flow_count, sizeof *evidence->flows, flow_against);
}

const struct mf_mailbox_evidence *mf_evidence_mailbox(const struct mf_evidence *evidence, const char *label)
{
    for (size_t i = 0; i < evidence->mailbox_count; i++)
        if (strcmp(evidence->mailboxes[i].mailbox, label) == 0)
            return &evidence->mailboxes[i];
    return NULL;
}

const struct mf_folder_evidence *mf_evidence_folder(const struct mf_mailbox_evidence *mailbox, const char *folder)
{
    for (size_t i = 0; mailbox && i < mailbox->folder_count; i++)
        if (strcmp(mailbox->folders[i].folder, folder) == 0)
            return &mailbox->folders[i];
    return NULL;
}
