/* Files read once, kept, and replayed from a snapshot. */
#include "mailflow/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MAX ((size_t)64 << 20)

struct entry {
    const char *path;
    struct mf_bytes bytes;
};

struct mf_files {
    struct mf_arena *arena;
    struct entry *entries;
    size_t count, capacity;
    bool from_snapshot;
};

struct mf_files *mf_files_new(void)
{
    struct mf_files *files = mf_xmalloc(sizeof *files);
    *files = (struct mf_files){.arena = mf_arena_new()};
    return files;
}

void mf_files_free(struct mf_files **files)
{
    if (!files || !*files)
        return;
    mf_arena_free(&(*files)->arena);
    free(*files);
    *files = NULL;
}

static void keep(struct mf_files *files, const char *path, struct mf_bytes bytes)
{
    struct entry *entry = MF_PUSH(files->arena, files->entries, files->count, files->capacity);
    entry->path = mf_copy(files->arena, path);
    entry->bytes = (struct mf_bytes){mf_copy_bytes(files->arena, bytes.data, bytes.len), bytes.len};
}

static const struct entry *find(const struct mf_files *files, const char *path)
{
    for (size_t i = 0; i < files->count; i++)
        if (strcmp(files->entries[i].path, path) == 0)
            return &files->entries[i];
    return NULL;
}

static int read_all(int fd, const char *path, struct mf_text *text, struct mf_diag *d)
{
    char chunk[65536];
    for (;;) {
        ssize_t got = read(fd, chunk, sizeof chunk);
        if (got == 0)
            return 0;
        if (got < 0 && errno != EINTR)
            return mf_trouble(d, "can't read %s: %s", path, strerror(errno));
        if (got > 0)
            mf_text_add(text, chunk, (size_t)got);
        if (text->full)
            return mf_trouble(d, "%s is larger than 64 MB", path);
    }
}

static int read_disk(const char *path, struct mf_text *text, struct mf_diag *d)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return mf_trouble(d, "can't open %s: %s", path, strerror(errno));
    struct stat st;
    int result = fstat(fd, &st) == 0 && S_ISDIR(st.st_mode) ? mf_trouble(d, "%s is a folder, not a file", path)
                                                             : read_all(fd, path, text, d);
    close(fd);
    return result;
}

int mf_files_read(struct mf_files *files, const char *path, struct mf_bytes *bytes, struct mf_diag *d)
{
    const struct entry *known = find(files, path);
    if (!known && files->from_snapshot)
        return mf_trouble(d, "%s is not in the snapshot that the run took", path);
    if (!known) {
        struct mf_text text;
        mf_text_init(&text, FILE_MAX);
        int result = read_disk(path, &text, d);
        if (result == 0)
            keep(files, path, mf_text_bytes(&text));
        mf_text_release(&text);
        if (result < 0)
            return result;
        known = &files->entries[files->count - 1];
    }
    *bytes = known->bytes;
    return 0;
}

bool mf_files_at(const struct mf_files *files, size_t i, const char **path, struct mf_bytes *bytes)
{
    if (i >= files->count)
        return false;
    *path = files->entries[i].path;
    *bytes = files->entries[i].bytes;
    return true;
}

void mf_files_snapshot(struct mf_files *files, const char *path, struct mf_bytes bytes)
{
    files->from_snapshot = true;
    if (!find(files, path))
        keep(files, path, bytes);
}

/* Drops the last folder of a path being built; false when there is none to drop. */
static bool drop_folder(struct mf_text *out)
{
    size_t len = out->len;
    if (len == 0 || (len >= 2 && strcmp(out->data + len - 2, "..") == 0 && (len == 2 || out->data[len - 3] == '/')))
        return false;
    while (len && out->data[len - 1] != '/')
        len--;
    out->len = len && len > 1 ? len - 1 : len;
    out->data[out->len] = '\0';
    return true;
}

static void add_segment(struct mf_text *out, const char *segment, size_t len)
{
    if (len == 0 || (len == 1 && segment[0] == '.'))
        return;
    if (len == 2 && memcmp(segment, "..", 2) == 0 && drop_folder(out))
        return;
    if (out->len && out->data[out->len - 1] != '/')
        mf_text_putc(out, '/');
    mf_text_add(out, segment, len);
}

static void add_path(struct mf_text *out, const char *path, size_t len)
{
    for (size_t at = 0; at < len;) {
        size_t end = at;
        while (end < len && path[end] != '/')
            end++;
        add_segment(out, path + at, end - at);
        at = end + 1;
    }
}

char *mf_path_from(struct mf_arena *arena, const char *from_file, const char *path)
{
    struct mf_text out = {.max = 8192};
    const char *slash = from_file ? strrchr(from_file, '/') : NULL;
    if (path[0] == '/' || (slash && from_file[0] == '/'))
        mf_text_putc(&out, '/');
    if (path[0] != '/' && slash)
        add_path(&out, from_file, (size_t)(slash - from_file));
    add_path(&out, path, strlen(path));
    char *result = mf_copy(arena, mf_text_str(&out));
    mf_text_release(&out);
    return result;
}
