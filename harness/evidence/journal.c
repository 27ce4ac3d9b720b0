/* Writing the journal. Every record goes to the file at once by one write(); those that others rely
 * on wait until they are on disk. Syncs are shared: while one writer syncs, the next ones append
 * and then sync together, so that many senders don't queue up for a sync each. */
#include "evidence/journal_internal.h"

#include <errno.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "evidence/pack_internal.h"

#define PARTS_MAX 3

static int write_parts(int fd, struct iovec *parts, int count)
{
    while (count) {
        ssize_t n = writev(fd, parts, count);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return -1;
        for (; count && (size_t)n >= parts->iov_len; parts++, count--)
            n -= (ssize_t)parts->iov_len;
        if (count) {
            parts->iov_base = (char *)parts->iov_base + n;
            parts->iov_len -= (size_t)n;
        }
    }
    return 0;
}

int mf_journal_out_add(struct mf_journal_out *out, const struct mf_bytes *parts, size_t count, struct mf_diag *d)
{
    struct iovec vector[PARTS_MAX];
    off_t len = 0;
    int used = 0;
    for (size_t i = 0; i < count && i < PARTS_MAX; i++) {
        if (parts[i].len == 0)
            continue;
        vector[used++] = (struct iovec){(void *)(uintptr_t)parts[i].data, parts[i].len};
        len += (off_t)parts[i].len;
    }
    if (write_parts(out->fd, vector, used) == 0) {
        out->end += len;
        return 0;
    }
    int why = errno;
    /* Half a record must not stay in the middle of the file. */
    if (ftruncate(out->fd, out->end) < 0)
        mf_hint(d, "The last record there is cut off; mailflow leaves it out when it reads the journal.");
    mf_hint(d, why == ENOSPC ? "Free some space, then go on with `mailflow resume`." : "Look at the disk and the rights there.");
    return mf_trouble(d, "can't write the journal %s: %s", out->path, strerror(why));
}

/* Remembers the first failure for mf_journal_close. Called under the lock. */
static int failed(struct mf_journal *journal, const struct mf_diag *why, struct mf_diag *d)
{
    if (!journal->failed)
        journal->first_failure = *why;
    journal->failed = true;
    if (d && !d->title[0])
        *d = *why;
    return -1;
}

/* One sync for all that wait. Called under the lock; gives it up meanwhile. */
static void sync_for_all(struct mf_journal *journal)
{
    unsigned long long upto = journal->written;
    journal->syncing = true;
    pthread_mutex_unlock(&journal->lock);
    /* The pack first: a record on disk never names a blob that is not. */
    bool good = fdatasync(journal->pack.fd) == 0 && fdatasync(journal->lines.fd) == 0;
    int why = errno;
    pthread_mutex_lock(&journal->lock);
    journal->syncing = false;
    if (good) {
        journal->synced = upto;
    } else {
        struct mf_diag trouble = {0};
        mf_trouble(&trouble, "can't bring the journal in %s to disk: %s", journal->dir, strerror(why));
        mf_hint(&trouble, "Nothing is sent that could be forgotten. Look at the disk.");
        journal->sync_failed = true;
        failed(journal, &trouble, NULL);
    }
    pthread_cond_broadcast(&journal->synced_more);
}

static int wait_synced(struct mf_journal *journal, unsigned long long ticket, struct mf_diag *d)
{
    while (journal->synced < ticket && !journal->sync_failed) {
        if (journal->syncing)
            pthread_cond_wait(&journal->synced_more, &journal->lock);
        else
            sync_for_all(journal);
    }
    return journal->synced >= ticket ? 0 : failed(journal, &journal->first_failure, d);
}

static int append(struct mf_journal *journal, enum mf_record_kind kind, const void *record, bool durable, struct mf_diag *d)
{
    struct mf_text line;
    mf_text_init(&line, 0);
    mf_codec_write(&line, mf_record_shape(kind), record);
    struct mf_bytes bytes = mf_text_bytes(&line);
    struct mf_diag trouble = {0};
    pthread_mutex_lock(&journal->lock);
    int result = mf_journal_out_add(&journal->lines, &bytes, 1, &trouble);
    if (result < 0)
        failed(journal, &trouble, d);
    else if (journal->written++, durable)
        result = wait_synced(journal, journal->written, d);
    pthread_mutex_unlock(&journal->lock);
    mf_text_release(&line);
    return result;
}

int mf_journal_blob(struct mf_journal *journal, struct mf_bytes bytes, char hash[MF_HASH_SIZE], struct mf_diag *d)
{
    mf_hash(bytes, hash);
    char head[MF_PACK_HEAD_SIZE];
    size_t head_len = mf_pack_head(head, hash, bytes.len);
    struct mf_bytes parts[PARTS_MAX] = {{head, head_len}, bytes, MF_BYTES("\n")};
    struct mf_diag trouble = {0};
    int result = 0;
    pthread_mutex_lock(&journal->lock);
    if (!mf_map_get(journal->blobs, hash)) {
        result = mf_journal_out_add(&journal->pack, parts, PARTS_MAX, &trouble);
        if (result < 0)
            failed(journal, &trouble, d);
        else
            mf_map_add(journal->blobs, mf_copy(journal->arena, hash), journal);
    }
    pthread_mutex_unlock(&journal->lock);
    return result;
}

int mf_journal_run(struct mf_journal *journal, const struct mf_rec_run *record, struct mf_diag *d)
{
    struct mf_run_line line = {MF_JOURNAL_FORMAT, MF_JOURNAL_REVISION, *record};
    return append(journal, MF_RECORD_RUN, &line, true, d);
}

int mf_journal_file(struct mf_journal *journal, const struct mf_rec_file *record, struct mf_diag *d)
{
    return append(journal, MF_RECORD_FILE, record, true, d);
}

int mf_journal_intent(struct mf_journal *journal, const struct mf_rec_intent *record, struct mf_diag *d)
{
    return append(journal, MF_RECORD_INTENT, record, false, d);
}

int mf_journal_data(struct mf_journal *journal, const struct mf_rec_data *record, struct mf_diag *d)
{
    return append(journal, MF_RECORD_DATA, record, true, d);
}

int mf_journal_sent(struct mf_journal *journal, const struct mf_rec_sent *record, struct mf_diag *d)
{
    return append(journal, MF_RECORD_SENT, record, false, d);
}

int mf_journal_window(struct mf_journal *journal, const struct mf_rec_window *record, struct mf_diag *d)
{
    return append(journal, MF_RECORD_WINDOW, record, false, d);
}

int mf_journal_scan(struct mf_journal *journal, const struct mf_rec_scan *record, struct mf_diag *d)
{
    return append(journal, MF_RECORD_SCAN, record, false, d);
}

int mf_journal_gap(struct mf_journal *journal, const struct mf_rec_gap *record, struct mf_diag *d)
{
    return append(journal, MF_RECORD_GAP, record, false, d);
}

int mf_journal_copy(struct mf_journal *journal, const struct mf_rec_copy *record, struct mf_diag *d)
{
    return append(journal, MF_RECORD_COPY, record, false, d);
}

int mf_journal_removed(struct mf_journal *journal, const struct mf_rec_removed *record, struct mf_diag *d)
{
    return append(journal, MF_RECORD_REMOVED, record, false, d);
}

int mf_journal_opened(struct mf_journal *journal, const struct mf_rec_opened *record, struct mf_diag *d)
{
    return append(journal, MF_RECORD_OPENED, record, false, d);
}

int mf_journal_command(struct mf_journal *journal, const struct mf_rec_command *record, struct mf_diag *d)
{
    return append(journal, MF_RECORD_COMMAND, record, false, d);
}

int mf_journal_dns(struct mf_journal *journal, const struct mf_dns_answer *answer, struct mf_diag *d)
{
    return append(journal, MF_RECORD_DNS, answer, false, d);
}

int mf_journal_end(struct mf_journal *journal, const struct mf_rec_end *record, struct mf_diag *d)
{
    return append(journal, MF_RECORD_END, record, true, d);
}
