/* Files that a site or scenario names, relative to where they are named. */
#include "plan/bind_internal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static bool is_there(const char *path)
{
    return access(path, F_OK) == 0;
}

/* A misspelled path: what lies in the folder that is still right, and is nearly called so? */
static const char *nearest_file(struct mf_binder *b, const char *path)
{
    const char *name = path + (path[0] == '/'), *folder = path[0] == '/' ? "/" : "./";
    for (const char *slash; (slash = strchr(name, '/')); name = slash + 1) {
        const char *further = mf_copy_bytes(b->arena, path, (size_t)(slash - path) + 1);
        if (!is_there(further))
            break;
        folder = further;
    }
    DIR *dir = opendir(folder);
    if (!dir)
        return NULL;
    struct mf_words words = {.arena = b->arena};
    const struct dirent *entry;
    while (words.count < 10000 && (entry = readdir(dir)))
        if (entry->d_name[0] != '.')
            mf_words_add(&words, mf_copy(b->arena, entry->d_name));
    closedir(dir);
    return mf_words_near(&words, mf_copy_bytes(b->arena, name, strcspn(name, "/")));
}

static bool read_file(struct mf_binder *b, const struct mf_value *value, const char *path, struct mf_bytes *bytes)
{
    struct mf_diag d = {.place = {.file = NULL}};
    if (mf_files_read(b->files, path, bytes, &d) == 0)
        return true;
    const char *near = nearest_file(b, path);
    mf_hint(&d, "%s", near ? near : value->text[0] == '/' ? "" : "the path is relative to the file that names it");
    return mf_tell_trouble(b, value->place, &d);
}

bool mf_bind_file(struct mf_binder *b, const struct mf_node *node, const char **path, struct mf_bytes *bytes)
{
    struct mf_value value;
    struct mf_bytes ignored;
    if (!mf_bind_value(b, node, &value) || value.unknown)
        return false;
    if (!value.text[0])
        return mf_tell(b, value.place, "write a path", "\"%s\" is empty", mf_key_name(b));
    *path = mf_path_from(b->arena, node->place.file, value.text);
    return read_file(b, &value, *path, bytes ? bytes : &ignored);
}

bool mf_bind_readable(struct mf_binder *b, const struct mf_node *node, const char **path)
{
    struct mf_value value;
    if (!mf_bind_value(b, node, &value))
        return false;
    *path = mf_path_from(b->arena, node->place.file, value.text);
    if (b->shape_only || b->options->without_secrets)
        return true;
    int fd = open(*path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        const char *reason = strerror(errno), *near = nearest_file(b, *path);
        return mf_tell(b, value.place, near ? near : "the path is relative to the file that names it",
                       "can't open %s: %s", *path, reason);
    }
    close(fd);
    return true;
}

bool mf_bind_folder(struct mf_binder *b, const struct mf_node *node, const char **folder)
{
    static const char *const special[] = {"inbox", "junk", "sent", "archive", "trash"};
    struct mf_value value;
    if (!mf_bind_value(b, node, &value))
        return false;
    *folder = value.text;
    for (size_t i = 0; i < sizeof special / sizeof *special; i++)
        if (mf_same_nocase(value.text, special[i]))
            *folder = special[i];
    return value.text[0] ||
           mf_tell(b, value.place, "inbox, junk, sent, archive, trash or a name", "a folder without name");
}
