/* The pack of blobs: its form, reading it. */
#include "evidence/pack_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define HASH_LEN (MF_HASH_SIZE - 1)
#define WORD "blob "
#define WORD_LEN (sizeof WORD - 1)

size_t mf_pack_head(char head[MF_PACK_HEAD_SIZE], const char *hash, size_t len)
{
    return (size_t)snprintf(head, MF_PACK_HEAD_SIZE, WORD "%s %zu\n", hash, len);
}

/* The length written in a head line and where its bytes start; false: no such line. */
static bool read_head(const char *at, const char *end, size_t *len, const char **bytes)
{
    const char *line_end = memchr(at, '\n', (size_t)(end - at) < MF_PACK_HEAD_SIZE ? (size_t)(end - at) : MF_PACK_HEAD_SIZE);
    if (!line_end || (size_t)(line_end - at) < WORD_LEN + HASH_LEN + 2 || memcmp(at, WORD, WORD_LEN) != 0)
        return false;
    const char *number = at + WORD_LEN + HASH_LEN;
    if (*number++ != ' ' || *number < '0' || *number > '9')
        return false;
    char *number_end;
    errno = 0;
    *len = strtoul(number, &number_end, 10);
    *bytes = line_end + 1;
    return errno == 0 && number_end == line_end;
}

/* After a crash the end may be cut, or filled with zeroes by the file system. */
static bool only_cut(const char *at, const char *end)
{
    while (end > at && end[-1] == '\0')
        end--;
    size_t left = (size_t)(end - at);
    return left < MF_PACK_HEAD_SIZE && !memchr(at, '\n', left);
}

int mf_pack_read(struct mf_bytes pack, const char *path, void (*take)(void *context, struct mf_pack_item item),
                 void *context, size_t *good, struct mf_diag *d)
{
    const char *at = pack.data, *end = pack.data + pack.len;
    *good = 0;
    while (at < end) {
        struct mf_pack_item item = {0};
        size_t len;
        const char *bytes;
        bool whole = read_head(at, end, &len, &bytes);
        if (whole && len >= (size_t)(end - bytes))
            return 0;
        if (!whole || bytes[len] != '\n') {
            if (whole ? bytes + len + 1 == end : only_cut(at, end))
                return 0;
            mf_hint(d, "The evidence was altered after the run; it can't be judged again.");
            return mf_trouble(d, "%s is damaged at byte %zu: no blob starts there", path, *good);
        }
        memcpy(item.hash, at + WORD_LEN, HASH_LEN);
        item.bytes = (struct mf_bytes){bytes, len};
        take(context, item);
        at = bytes + len + 1;
        *good = (size_t)(at - pack.data);
    }
    return 0;
}

static int read_exactly(int fd, const char *path, char *to, size_t len, size_t *got, struct mf_diag *d)
{
    *got = 0;
    while (*got < len) {
        ssize_t n = read(fd, to + *got, len - *got);
        if (n < 0 && errno != EINTR)
            return mf_trouble(d, "can't read %s: %s", path, strerror(errno));
        if (n == 0)
            return 0;
        *got += n > 0 ? (size_t)n : 0;
    }
    return 0;
}

int mf_evidence_slurp(struct mf_arena *arena, const char *path, bool optional, struct mf_bytes *bytes, struct mf_diag *d)
{
    *bytes = (struct mf_bytes){"", 0};
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return optional && errno == ENOENT ? 0 : mf_trouble(d, "can't open %s: %s", path, strerror(errno));
    struct stat st;
    int result = fstat(fd, &st) < 0 ? mf_trouble(d, "can't read %s: %s", path, strerror(errno)) : 0;
    if (result == 0) {
        char *data = mf_alloc(arena, (size_t)st.st_size + 1);
        bytes->data = data;
        result = read_exactly(fd, path, data, (size_t)st.st_size, &bytes->len, d);
    }
    close(fd);
    return result;
}
