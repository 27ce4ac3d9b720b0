/* Making, opening and closing a journal: one writer at a time, nothing half-written in it. */
#include "evidence/journal_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "evidence/lines_internal.h"
#include "evidence/pack_internal.h"

#define FOLDER_MODE 0700 /* it holds mail */
#define FILE_MODE 0600

static int make_folder(const char *path, struct mf_diag *d)
{
    if (mkdir(path, FOLDER_MODE) == 0 || errno == EEXIST)
        return 0;
    return mf_trouble(d, "can't make the folder %s for the evidence: %s", path, strerror(errno));
}

static int make_folders(const char *dir, struct mf_diag *d)
{
    char *path = mf_xstrdup(dir);
    int result = 0;
    for (char *slash = strchr(path + 1, '/'); slash && result == 0; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        result = make_folder(path, d);
        *slash = '/';
    }
    if (result == 0)
        result = make_folder(path, d);
    free(path);
    return result;
}

/* A new file in a folder is only safe once the folder is on disk. */
static void sync_folder(const char *dir)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return;
    (void)fsync(fd); /* some file systems can't; the files themselves are synced anyway */
    close(fd);
}

static struct mf_journal *new_journal(const char *dir)
{
    struct mf_journal *journal = mf_xmalloc(sizeof *journal);
    *journal = (struct mf_journal){.arena = mf_arena_new(), .lines.fd = -1, .pack.fd = -1};
    journal->dir = mf_copy(journal->arena, dir);
    journal->lines.path = mf_format(journal->arena, "%s/" MF_JOURNAL_FILE, dir);
    journal->pack.path = mf_format(journal->arena, "%s/" MF_PACK_FILE, dir);
    journal->blobs = mf_map_new(journal->arena);
    pthread_mutex_init(&journal->lock, NULL);
    pthread_cond_init(&journal->synced_more, NULL);
    return journal;
}

static void free_journal(struct mf_journal **journal)
{
    if ((*journal)->lines.fd >= 0)
        close((*journal)->lines.fd);
    if ((*journal)->pack.fd >= 0)
        close((*journal)->pack.fd);
    pthread_cond_destroy(&(*journal)->synced_more);
    pthread_mutex_destroy(&(*journal)->lock);
    mf_arena_free(&(*journal)->arena);
    free(*journal);
    *journal = NULL;
}

static int open_out(struct mf_journal_out *out, int flags, struct mf_diag *d)
{
    out->fd = open(out->path, O_WRONLY | O_APPEND | O_CLOEXEC | flags, FILE_MODE);
    return out->fd >= 0 ? 0 : mf_trouble(d, "can't open %s: %s", out->path, strerror(errno));
}

static int lock_alone(struct mf_journal *journal, struct mf_diag *d)
{
    if (flock(journal->lines.fd, LOCK_EX | LOCK_NB) == 0)
        return 0;
    if (errno != EWOULDBLOCK)
        return mf_trouble(d, "can't lock %s: %s", journal->lines.path, strerror(errno));
    mf_hint(d, "Wait until it has ended, or stop it first.");
    return mf_trouble(d, "another mailflow is writing to the journal in %s", journal->dir);
}

static int create_files(struct mf_journal *journal, struct mf_diag *d)
{
    if (make_folders(journal->dir, d) < 0)
        return -1;
    if (access(journal->lines.path, F_OK) == 0) {
        mf_hint(d, "Name another folder with --evidence, or go on with that run: mailflow resume %s", journal->dir);
        return mf_trouble(d, "%s holds the journal of another run", journal->dir);
    }
    if (open_out(&journal->lines, O_CREAT | O_EXCL, d) < 0 || lock_alone(journal, d) < 0 ||
        open_out(&journal->pack, O_CREAT | O_TRUNC, d) < 0)
        return -1;
    sync_folder(journal->dir);
    return 0;
}

struct mf_journal *mf_journal_create(const char *dir, struct mf_diag *d)
{
    struct mf_journal *journal = new_journal(dir);
    if (create_files(journal, d) < 0)
        free_journal(&journal);
    return journal;
}

static int cut_to(struct mf_journal_out *out, size_t len, size_t whole, struct mf_diag *d)
{
    out->end = (off_t)whole;
    if (whole < len && ftruncate(out->fd, out->end) < 0)
        return mf_trouble(d, "can't cut the half-written end off %s: %s", out->path, strerror(errno));
    return 0;
}

static int take_up_lines(struct mf_journal *journal, struct mf_arena *scratch, struct mf_diag *d)
{
    struct mf_bytes data;
    if (mf_evidence_slurp(scratch, journal->lines.path, false, &data, d) < 0)
        return -1;
    return cut_to(&journal->lines, data.len, mf_lines_whole(data), d);
}

struct taking {
    struct mf_journal *journal;
    struct mf_pack_item last;
};

static void take_item(void *context, struct mf_pack_item item)
{
    struct taking *taking = context;
    if (taking->last.bytes.data)
        mf_map_add(taking->journal->blobs, mf_copy(taking->journal->arena, taking->last.hash), taking->journal);
    taking->last = item;
}

/* The last blob may have lost its bytes in a power failure: then it is cut off and written again
 * when it is needed. */
static int take_up_pack(struct mf_journal *journal, struct mf_arena *scratch, struct mf_diag *d)
{
    struct taking taking = {.journal = journal};
    struct mf_bytes data;
    size_t whole;
    if (mf_evidence_slurp(scratch, journal->pack.path, true, &data, d) < 0 ||
        mf_pack_read(data, journal->pack.path, take_item, &taking, &whole, d) < 0)
        return -1;
    char hash[MF_HASH_SIZE] = "", head[MF_PACK_HEAD_SIZE];
    if (taking.last.bytes.data)
        mf_hash(taking.last.bytes, hash);
    if (strcmp(hash, taking.last.hash) != 0)
        whole -= mf_pack_head(head, taking.last.hash, taking.last.bytes.len) + taking.last.bytes.len + 1;
    else
        take_item(&taking, (struct mf_pack_item){0});
    return cut_to(&journal->pack, data.len, whole, d);
}

static int take_up(struct mf_journal *journal, struct mf_diag *d)
{
    if (open_out(&journal->lines, 0, d) < 0 || lock_alone(journal, d) < 0 || open_out(&journal->pack, O_CREAT, d) < 0)
        return -1;
    struct mf_arena *scratch = mf_arena_new();
    int result = take_up_lines(journal, scratch, d);
    if (result == 0)
        result = take_up_pack(journal, scratch, d);
    mf_arena_free(&scratch);
    return result;
}

struct mf_journal *mf_journal_append(const char *dir, struct mf_diag *d)
{
    struct mf_journal *journal = new_journal(dir);
    if (take_up(journal, d) < 0)
        free_journal(&journal);
    return journal;
}

int mf_journal_close(struct mf_journal **journal, struct mf_diag *d)
{
    if (!journal || !*journal)
        return 0;
    struct mf_journal *closing = *journal;
    if (!closing->failed && (fdatasync(closing->pack.fd) < 0 || fdatasync(closing->lines.fd) < 0))
        closing->failed = true, mf_trouble(&closing->first_failure, "can't bring the journal in %s to disk: %s",
                                           closing->dir, strerror(errno));
    int result = closing->failed ? -1 : 0;
    if (result < 0 && d && !d->title[0])
        *d = closing->first_failure;
    free_journal(journal);
    return result;
}
