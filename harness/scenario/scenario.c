/* The door of the room: files and texts in, trees out. */
#include "mailflow/scenario.h"

#include "scenario/scenario_internal.h"

static void move_diags(struct mf_diags *from, struct mf_diags *to)
{
    const struct mf_diag *d;
    for (size_t i = 0; (d = mf_diags_at(from, i)); i++)
        mf_diags_add(to, d->place, d->title, d->hint);
}

/* Reads until nothing more is to be mended. */
static struct mf_node *read_source(struct mf_yaml_source *source, struct mf_diags *diags)
{
    struct mf_node *root = NULL;
    enum mf_yaml_outcome outcome;
    do {
        struct mf_diags *draft = mf_diags_new();
        outcome = mf_yaml_build(source, diags, draft, &root);
        if (outcome != MF_YAML_AGAIN)
            move_diags(draft, diags);
        mf_diags_free(&draft);
    } while (outcome == MF_YAML_AGAIN);
    return root;
}

struct mf_node *mf_scenario_parse(struct mf_arena *arena, const char *name, const char *data, size_t len,
                                  struct mf_diags *diags)
{
    struct mf_yaml_source source;
    mf_yaml_source_init(&source, arena, mf_copy(arena, name), data, len);
    mf_diags_source(diags, name, source.original, source.original_len);
    struct mf_node *root = mf_yaml_check(&source, diags) ? read_source(&source, diags) : NULL;
    mf_yaml_source_release(&source);
    return root;
}

struct mf_node *mf_scenario_read(struct mf_arena *arena, struct mf_files *files, const char *path,
                                 struct mf_diags *diags)
{
    struct mf_bytes bytes;
    struct mf_diag trouble = {.place = {.file = NULL}};
    if (mf_files_read(files, path, &bytes, &trouble) < 0) {
        mf_diags_add(diags, trouble.place, trouble.title, trouble.hint);
        return NULL;
    }
    return mf_scenario_parse(arena, path, bytes.data ? bytes.data : "", bytes.len, diags);
}
